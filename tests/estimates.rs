//! Asset correlations from series of default rates: known answers, and bands that cover as often as they
//! say, over many seeded series.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use tailcap::estimate::{Asked, Banded, Estimates, Found, Method, Refusal, Series, estimate};
use tailcap::random::{Address, Purpose, Stream, uniform};
use tailcap::special::normal;

const ASKED: Asked = Asked { confidence: 0.9, seed: 1, replicates: 199, block: None };
/// Series per coverage.
const SERIES: u64 = 600;
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

/// How often the bands of both numbers cover, in `SERIES` series.
fn coverage(
    (periods, truth, count): (usize, (f64, f64), Option<u64>),
    method: Method,
    confidence: f64,
) -> (f64, f64) {
    let one = |seed| {
        let series = drawn(seed, periods, truth, count);
        let asked = Asked { confidence, ..ASKED };
        let found = estimate(&series, asked).unwrap();
        let Found { pd, correlation, .. } = of(&found, method);
        (covers(correlation, truth.1), covers(pd, truth.0))
    };
    let all: Vec<(bool, bool)> = (0..SERIES).map(one).collect();
    let share = |hits: usize| hits as f64 / SERIES as f64;
    let correlation = all.iter().filter(|hit| hit.0).count();
    (share(correlation), share(all.iter().filter(|hit| hit.1).count()))
}

/// Whether a share of `SERIES` may come from this probability, give or take `slack` for what bands of few
/// periods promise.
fn agrees(share: f64, probability: f64, slack: f64) -> bool {
    let error = (probability * (1.0 - probability) / SERIES as f64).sqrt();
    (share - probability).abs() <= ERRORS * error + slack
}

#[test]
fn large_pool_bands_cover_as_stated() {
    let case = (25, (0.03, 0.06), None);
    let (correlation, pd) = coverage(case, Method::LargePool, 0.9);
    println!("large pool: {correlation} {pd}");
    // The band of the correlation is exact, that of the PD nearly so.
    assert!(agrees(correlation, 0.9, 0.0), "{correlation}");
    assert!(agrees(pd, 0.9, 0.01), "{pd}");
    // The wrong twin: bands made for 75 % do not pass for 90 %.
    let (correlation, pd) = coverage(case, Method::LargePool, 0.75);
    assert!(!agrees(correlation, 0.9, 0.0) && !agrees(pd, 0.9, 0.01), "{correlation} {pd}");
}

#[test]
fn binomial_bands_cover_as_stated() {
    let case = (25, (0.03, 0.06), Some(500));
    let (correlation, pd) = coverage(case, Method::Binomial, 0.9);
    println!("binomial: {correlation} {pd}");
    assert!(agrees(correlation, 0.9, 0.02), "{correlation}");
    assert!(agrees(pd, 0.9, 0.02), "{pd}");
    let (correlation, pd) = coverage(case, Method::Binomial, 0.75);
    assert!(!agrees(correlation, 0.9, 0.02) && !agrees(pd, 0.9, 0.02), "{correlation} {pd}");
}

#[test]
fn bootstrap_bands_cover_as_stated() {
    for count in [None, Some(500)] {
        let case = (60, (0.03, 0.06), count);
        let (correlation, pd) = coverage(case, Method::Moments, 0.9);
        println!("moments {count:?}: {correlation} {pd}");
        assert!(agrees(correlation, 0.9, 0.04), "{correlation}");
        assert!(agrees(pd, 0.9, 0.04), "{pd}");
        let (correlation, pd) = coverage(case, Method::Moments, 0.6);
        assert!(!agrees(correlation, 0.9, 0.04) && !agrees(pd, 0.9, 0.04), "{correlation} {pd}");
    }
}
