//! Asset correlations from series of default rates: known answers, and bands that cover as often as they
//! say, over many seeded series.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use tailcap::estimate::{Asked, Banded, Estimates, Found, Method, Refusal, Series, estimate};
use tailcap::random::{Address, Purpose, Stream, uniform};
use tailcap::special::normal;

const ASKED: Asked = Asked { confidence: 0.9, seed: 1, replicates: 99, block: None };
/// Series per coverage.
const SERIES: u64 = 500;
/// Standard errors that a count may lie off: a false alarm in about 500,000.
const ERRORS: f64 = 4.75;

/// A series of the model; `count` borrowers per period, or pools without end.
fn drawn(seed: u64, periods: usize, (p, rho): (f64, f64), count: Option<u64>) -> Series {
    let address = Address { purpose: Purpose::Factor, period: 0, trial: seed, cell: 0 };
    let mut stream = Stream::new(20_240_223, address);
    let rate = |stream: &mut Stream| {
        let y = normal::quantile(uniform(stream));
        let pd = normal::cdf((normal::quantile(p) - rho.sqrt() * y) / (1.0 - rho).sqrt());
        match count {
            None => pd,
            Some(n) => (0..n).filter(|_| uniform(stream) < pd).count() as f64 / n as f64,
        }
    };
    Series { rates: (0..periods).map(|_| rate(&mut stream)).collect(), count }
}

fn of(estimates: &Estimates, method: Method) -> &Found {
    estimates.found.iter().find(|found| found.method == method).unwrap()
}

fn covers(band: &Banded, truth: f64) -> bool {
    band.lower <= truth && truth <= band.upper
}

/// How often the bands of a method cover.
#[derive(Debug, Default)]
struct Coverage {
    correlation: f64,
    pd: f64,
    /// Of a correlation half as large again.
    wrong_correlation: f64,
    /// Of a PD larger by a quarter.
    wrong_pd: f64,
}

/// Bands made for 90 %, in `SERIES` series.
fn coverage(
    (periods, (p, rho), count): (usize, (f64, f64), Option<u64>),
    method: Method,
) -> Coverage {
    let mut found = Coverage::default();
    for seed in 0..SERIES {
        let series = drawn(seed, periods, (p, rho), count);
        let estimates = estimate(&series, ASKED).unwrap();
        let Found { pd, correlation, .. } = of(&estimates, method);
        let one = |hit: bool| f64::from(u8::from(hit)) / SERIES as f64;
        found.correlation += one(covers(correlation, rho));
        found.pd += one(covers(pd, p));
        found.wrong_correlation += one(covers(correlation, 1.5 * rho));
        found.wrong_pd += one(covers(pd, 1.25 * p));
    }
    println!("{method:?} {count:?}: {found:?}");
    found
}

/// Bands made for 90 % cover as often, give or take `slack`, and a wrong twin less.
fn judge(found: &Coverage, slack: f64) {
    assert!(agrees(found.correlation, 0.9, slack) && agrees(found.pd, 0.9, slack), "{found:?}");
    let wrong = agrees(found.wrong_correlation, 0.9, slack) || agrees(found.wrong_pd, 0.9, slack);
    assert!(!wrong, "{found:?}");
}

/// Whether a share of `SERIES` may come from this probability, give or take `slack` for what bands of few
/// periods promise.
fn agrees(share: f64, probability: f64, slack: f64) -> bool {
    let error = (probability * (1.0 - probability) / SERIES as f64).sqrt();
    (share - probability).abs() <= ERRORS * error + slack
}

#[test]
fn large_pool_bands_cover_as_stated() {
    // The band of the correlation is exact, that of the PD nearly so.
    judge(&coverage((40, (0.03, 0.06), None), Method::LargePool), 0.0);
}

#[test]
fn binomial_bands_cover_as_stated() {
    judge(&coverage((40, (0.03, 0.06), Some(500)), Method::Binomial), 0.01);
}

#[test]
fn bootstrap_bands_cover_as_stated() {
    judge(&coverage((60, (0.03, 0.06), None), Method::Moments), 0.03);
    judge(&coverage((60, (0.03, 0.06), Some(500)), Method::Moments), 0.03);
}

#[test]
fn a_series_that_says_nothing_is_refused() {
    let of = |rates: &[f64], count| estimate(&Series { rates: rates.to_vec(), count }, ASKED);
    assert_eq!(of(&[0.01, 0.02], None), Err(Refusal::Short(2)));
    assert_eq!(of(&[0.02; 9], None), Err(Refusal::Even));
    let mut rates = [0.02, 0.01, 0.03, 0.02, 0.025, 0.011, 0.04, 0.015, 0.02];
    assert!(of(&rates, None).is_ok());
    rates[2] = 0.0;
    assert_eq!(of(&rates, None), Err(Refusal::Extreme(3, 0.0)));
    assert!(of(&rates, Some(1000)).is_ok());
}

#[test]
fn without_a_common_factor_the_binomial_correlation_touches_zero() {
    // Counts of 1,000 with less variance than binomial ones.
    let rates = [0.030, 0.031, 0.029, 0.030, 0.031, 0.029, 0.030, 0.031, 0.029, 0.030].to_vec();
    let found = estimate(&Series { rates, count: Some(1000) }, ASKED).unwrap();
    for method in [Method::Moments, Method::Binomial] {
        let Found { pd, correlation, .. } = of(&found, method);
        assert!(correlation.value < 1e-5 && correlation.lower == 0.0, "{correlation:?}");
        assert!(correlation.upper < 0.05 && covers(pd, 0.03), "{correlation:?} {pd:?}");
    }
}

#[test]
fn both_likelihoods_agree_where_pools_are_large() {
    let many = drawn(3, 30, (0.05, 0.1), None);
    let large = estimate(&many, ASKED).unwrap();
    let counted = estimate(&Series { count: Some(1_000_000), ..many.clone() }, ASKED).unwrap();
    let (large, counted) = (of(&large, Method::LargePool), of(&counted, Method::Binomial));
    assert!((large.correlation.value / counted.correlation.value - 1.0).abs() < 1e-3);
    assert!((large.pd.value / counted.pd.value - 1.0).abs() < 1e-3);
    // A thousand times fewer are told apart.
    let few = estimate(&Series { count: Some(1000), ..many }, ASKED).unwrap();
    let few = of(&few, Method::Binomial);
    assert!((large.correlation.value / few.correlation.value - 1.0).abs() > 5e-3, "{few:?}");
}
