//! Spreads of protection against the n-th of ten defaults, from the law of their number at every premium date.
//!
//! With N(t) the defaults until t, PD 1 - exp(-h t), F(t) = P(N(t) >= n), discount factors D, premiums at t_1, t_2, ...,
//! defaults in the middle m_i of a period of length d, and recovery R,
//!
//! 1. spread = (1 - R) sum D(m_i) (F(t_i) - F(t_(i-1)))
//!    / sum \[d D(t_i) (1 - F(t_i)) + d D(m_i) (F(t_i) - F(t_(i-1))) / 2\].

use super::sampled::{Book, estimate};
use super::{Case, Check, Kind, Settings, range};
use crate::measures::{Comparison, Measure};
use crate::scenario::Rejected;

const NAMES: usize = 10;
const HAZARD: f64 = 0.01;
const YEARS: f64 = 5.0;
const RECOVERY: f64 = 0.4;
const RATE: f64 = 0.05;
/// Length of a premium period in years.
const PERIOD: f64 = 0.25;
/// Basis points within which printed spreads, cut to whole ones, are rebuilt by quadrature.
const TOLERANCE: f64 = 1.1;

/// Correlation of latent assets, and spreads for n = 1, 2, ..., 10.
pub(super) const PUBLISHED: [(f64, [f64; NAMES]); 3] = [
    (0.0, [603.0, 98.0, 12.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    (0.3, [440.0, 139.0, 53.0, 21.0, 8.0, 3.0, 1.0, 0.0, 0.0, 0.0]),
    (0.6, [293.0, 137.0, 79.0, 49.0, 31.0, 19.0, 12.0, 7.0, 3.0, 1.0]),
];

const SOURCE: &str = "Hull and White 2004, tables 2 and 3 (Gaussian columns, in whole basis points), as quoted by \
                      QuantLib's test-suite/nthtodefault.cpp";

/// All correlations and ranks.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    for (correlation, published) in PUBLISHED {
        let periods = (YEARS / PERIOD).round() as u32;
        let mut tails = vec![[0.0; NAMES]];
        for period in 1..=periods {
            tails.push(tails_at(correlation, PERIOD * f64::from(period), settings)?);
        }
        for (n, expected) in published.into_iter().enumerate() {
            let law: Vec<f64> = tails.iter().map(|tails| tails[n]).collect();
            let quantity = format!("correlation {correlation}: default {} of {NAMES}, bp", n + 1);
            let found = 1e4 * spread(&law);
            checks.push(Check::new(quantity, expected, found, range::within(expected, TOLERANCE)));
        }
    }
    Ok(Case {
        id: "nth-to-default",
        title: "Spreads of n-th-to-default protection on ten names",
        source: SOURCE,
        kind: Kind::Published,
        trials: 0,
        checks,
    })
}

/// P(N(t) >= n) for n = 1, 2, ..., by the exact engine.
fn tails_at(
    correlation: f64,
    t: f64,
    settings: &Settings<'_>,
) -> Result<[f64; NAMES], Box<Rejected>> {
    let thresholds: Vec<usize> = (0..NAMES).collect();
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.99]
        thresholds = {thresholds:?}
        engine = "exact"
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1 }} }}
        model = {{ correlation = {correlation} }}
        policy = [{{ id = "today" }}]
        "#
    );
    let pd = -libm::expm1(-HAZARD * t);
    let book = Book {
        name: "nth-to-default.toml",
        scenario,
        tape: format!("count,limit,balance,pd\n{NAMES},1,1,{pd}\n"),
        trials: 1,
        seed: 1,
    };
    let run = book.run(settings)?;
    let beyond = |x: usize| {
        let at = (Measure::ExceedanceProbability, Some(x as f64));
        let found = estimate(&run, ("system", "today"), at, Comparison::Level);
        found.map_or(f64::NAN, |found| found.value)
    };
    Ok(std::array::from_fn(beyond))
}

/// Equation 1 for F at 0 and all premium dates.
fn spread(law: &[f64]) -> f64 {
    let discount = |t: f64| libm::exp(-RATE * t);
    let (mut protection, mut premium) = (0.0, 0.0);
    for (period, pair) in law.windows(2).enumerate() {
        let end = PERIOD * (period as f64 + 1.0);
        let (defaults, middle) = (pair[1] - pair[0], discount(end - 0.5 * PERIOD));
        protection += (1.0 - RECOVERY) * middle * defaults;
        premium += PERIOD * (discount(end) * (1.0 - pair[1]) + 0.5 * middle * defaults);
    }
    protection / premium
}
