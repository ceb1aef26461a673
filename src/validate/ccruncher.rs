//! The four analytic laws that ccruncher ships as checks: one obligor, two, a hundred, a thousand,
//! each with PD 0.1 and a loss of 1.

use super::exact::{Atoms, Exact};
use super::law::{Latent, Law, one_factor, quantile};
use super::sampled::{Book, Sampled};
use super::{Basis, Case, Check, Kind, Settings, range};
use crate::measures::Measure;
use crate::report::numbers::percent;
use crate::scenario::Rejected;

const PD: f64 = 0.1;
const LEVELS: [f64; 4] = [0.9, 0.95, 0.975, 0.99];

fn book(seed: u64, obligors: u64, correlation: f64) -> Book {
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.9, 0.95, 0.975, 0.99]
        portfolio = {{ tape = "book.csv", defaults = {{ pd = {PD}, lgd = 1 }} }}
        model = {{ correlation = {correlation} }}
        policy = [{{ id = "today" }}]
        "#
    );
    let tape = format!("count,limit,balance\n{obligors},1,1\n");
    Book { name: "ccruncher.toml", scenario, tape, trials: 200_000, seed }
}

/// Probabilities of the outcomes, VaR at its four levels.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    let one = book(5, 1, 0.2).sample(settings)?;
    outcomes(&mut checks, "1 obligor", &[(0, 0.9), (1, 0.1)], &one);
    let two = book(6, 2, 0.0).sample(settings)?;
    outcomes(&mut checks, "2 obligors", &[(0, 0.81), (1, 0.18), (2, 0.01)], &two);

    let hundred = book(7, 100, 0.0).sample(settings)?;
    let people = vec![(Latent::one(PD, 0.0), 1); 100];
    let law = Law::of_sum(&people, &one_factor(8.5));
    // Outcomes that the sample can be expected to show.
    let seen = |&&(_, p): &&(i64, f64)| p * hundred.trials() as f64 > 25.0;
    let likely: Vec<(i64, f64)> = law.0.iter().filter(seen).copied().collect();
    outcomes(&mut checks, "100 obligors", &likely, &hundred);

    thousand(&mut checks, &book(8, 1_000, 0.04).sample(settings)?);
    Ok(Case {
        id: "ccruncher",
        title: "Four laws of default counts",
        source: "github.com/torrentg/ccruncher, samples test01 to test04, and its acceptance rule",
        kind: Kind::Published,
        trials: one.trials(),
        checks,
    })
}

fn outcomes(checks: &mut Vec<Check>, name: &str, law: &[(i64, f64)], sampled: &Sampled) {
    for &(loss, p) in law {
        checks.push(Check::new(
            format!("{name}: P({loss})"),
            p,
            sampled.share_of(loss),
            range::counts(p, sampled.trials()),
        ));
    }
}

/// Its rule for a thousand obligors: VaR within 10 of the limit of an endless pool. Ours: within the
/// exact law of a thousand.
fn thousand(checks: &mut Vec<Check>, sampled: &Sampled) {
    let people = vec![(Latent::one(PD, 0.2), 1); 1_000];
    let law = Atoms { law: Law::of_sum(&people, &one_factor(0.1)), per_unit: 1.0 };
    let n = sampled.trials();
    let el = sampled.found("system", "today", Measure::ExpectedLoss, None);
    checks.push(Check::new("1,000 obligors: EL".into(), 100.0, el, range::mean(&law, n)));
    for q in LEVELS {
        let found = sampled.found("system", "today", Measure::ValueAtRisk, Some(q));
        let pull = quantile(PD) + 0.2 * quantile(q);
        let limit = 1_000.0 * super::law::phi(pull / (1.0_f64 - 0.04).sqrt());
        let name = format!("1,000 obligors: VaR {}", percent(q));
        let rule = range::Range { basis: Basis::Rounding, ..range::within(limit, 10.0) };
        checks.push(Check::new(format!("{name}, its rule"), limit, found, rule));
        let own = range::value_at_risk(&law, q, n);
        checks.push(Check::new(format!("{name}, exact law"), law.quantile(q), found, own));
    }
}
