//! A small portfolio of unequal loans whose tail is known down to 1e-8 (Glasserman and Li 2005): what importance
//! sampling finds there, against recursion over the loans and quadrature over the factor.

use super::law::{Latent, Law, one_factor};
use super::sampled::{Book, Sampled, estimate};
use super::{Case, Check, Kind, Settings, range};
use crate::measures::{Comparison, Measure};
use crate::scenario::Rejected;

/// Exceedance probabilities computed twice by others with other quadratures, to the digits shown: loading, loss,
/// probability.
const TAILS: [(f64, u32, f64); 16] = [
    (0.3, 20, 2.023_229e-1),
    (0.3, 50, 2.971_881e-2),
    (0.3, 100, 1.489_223e-3),
    (0.3, 150, 8.656_053e-5),
    (0.3, 200, 5.704_892e-6),
    (0.3, 250, 4.090_354e-7),
    (0.3, 300, 3.077_878e-8),
    (0.3, 400, 1.797_585e-10),
    (0.5, 20, 1.784_425e-1),
    (0.5, 50, 5.112_945e-2),
    (0.5, 100, 1.102_520e-2),
    (0.5, 150, 3.074_595e-3),
    (0.5, 200, 9.767_633e-4),
    (0.5, 300, 1.186_339e-4),
    (0.5, 400, 1.564_720e-5),
    (0.5, 500, 1.991_399e-6),
];
/// ES 99 %, the atom at VaR split.
const SHORTFALLS: [(f64, f64); 2] = [(0.3, 85.538_913), (0.5, 144.690_094)];

const SOURCE: &str = "Glasserman and Li 2005, m = 100: p_k = 0.01 (1 + sin(16 pi k / m)), losses \
                      ceil(5 k / m)^2; probabilities by recursion and quadrature, computed twice";

/// Probability and loss of each loan.
fn loans() -> Vec<(f64, usize)> {
    let loan = |k: u32| {
        let p = 0.01 * (1.0 + (16.0 * std::f64::consts::PI * f64::from(k) / 100.0).sin());
        (p, k.div_ceil(20).pow(2) as usize)
    };
    (1..=100).map(loan).collect()
}

/// The scenario of a loading with its tape.
fn book(loading: f64, keys: &str, seed: u64) -> Book {
    let levels: Vec<u32> = TAILS.iter().filter(|t| t.0 == loading).map(|t| t.1).collect();
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.99]
        thresholds = {levels:?}
        {keys}
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1 }} }}
        model = {{ loadings = {{ systematic = {loading} }} }}
        policy = [{{ id = "today" }}]
        "#
    );
    let row = |(p, loss): &(f64, usize)| format!("{loss},{loss},{p}\n");
    let rows: String = loans().iter().map(row).collect();
    Book {
        name: "glasserman-li.toml",
        scenario,
        tape: format!("limit,balance,pd\n{rows}"),
        trials: 200_000,
        seed,
    }
}

/// Both loadings.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    let mut trials = 0;
    for (seed, loading) in (61..).zip([0.3, 0.5]) {
        let people: Vec<(Latent, usize)> =
            loans().iter().map(|&(p, loss)| (Latent::one(p, loading), loss)).collect();
        let law = Law::of_sum(&people, &one_factor(0.1));
        let sampled =
            book(loading, "sampling = { plan = \"importance\" }", seed).sample(settings)?;
        let answer = Settings { overrides: &[], ..*settings };
        let worked_out = book(loading, "engine = \"exact\"", seed).run(&answer)?;
        trials = sampled.trials();
        let name = |what: String| format!("loading {loading}: {what}");
        for &(_, x, p) in TAILS.iter().filter(|tail| tail.0 == loading) {
            let found = law.exceeds(i64::from(x));
            let room = range::within(p, 6e-7 * p);
            checks.push(Check::new(name(format!("P(L > {x}), by recursion")), p, found, room));
            let at = (Measure::ExceedanceProbability, Some(f64::from(x)));
            let engine = estimate(&worked_out, ("system", "today"), at, Comparison::Level);
            let found = engine.map_or(f64::NAN, |estimate| estimate.value);
            checks.push(Check::new(name(format!("P(L > {x}), exact engine")), p, found, room));
            // What a run of this length may not see is not asked of it.
            if p < 1e-9 {
                continue;
            }
            checks.push(by_sampling(&sampled, name(format!("P(L > {x}), importance")), at, p));
        }
        for (_, es) in SHORTFALLS.iter().filter(|own| own.0 == loading) {
            let found = law.es(0.99);
            let room = range::within(*es, 1e-5);
            checks.push(Check::new(name("ES 99 %, by recursion".into()), *es, found, room));
            let at = (Measure::ExpectedShortfall, Some(0.99));
            checks.push(by_sampling(&sampled, name("ES 99 %, importance".into()), at, *es));
        }
    }
    let title = "A hundred unequal loans, tails to 1e-8";
    Ok(Case { id: "glasserman-li", title, source: SOURCE, kind: Kind::Published, trials, checks })
}

/// A number of the sample within its own error of the answer.
fn by_sampling(
    sampled: &Sampled,
    quantity: String,
    (measure, at): (Measure, Option<f64>),
    expected: f64,
) -> Check {
    let found = sampled.estimate("system", "today", measure, at);
    let value = found.map_or(f64::NAN, |estimate| estimate.value);
    let error = found.and_then(|estimate| estimate.standard_error).unwrap_or(f64::NAN);
    Check::new(quantity, expected, value, range::normal(expected, error))
}
