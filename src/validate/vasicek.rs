//! Reference values of the one-factor model for endlessly many equal loans that lose all.
//!
//! 1. quantile of the default share: Phi((G(p) + sqrt(r) G(q)) / sqrt(1 - r));
//! 2. ES: Phi2(G(1 - q), G(p); sqrt(r)) / (1 - q); both default: Phi2(G(p), G(p); r);
//! 3. standard deviation for n loans: sqrt((p - p^2) / n + (1 - 1/n)(joint - p^2)).

use super::exact::{Atoms, Exact};
use super::judge::{Asked, against};
use super::law::{Latent, Law, one_factor};
use super::limit::Limit;
use super::sampled::Book;
use super::{Case, Check, Kind, Settings, range};
use crate::measures::Measure;
use crate::model::conditional_pd;
use crate::report::numbers::percent;
use crate::scenario::Rejected;
use crate::special::normal;

/// p, r, quantiles at 99 and 99.9 %, ES at 99 and 99.9 %, joint default probability.
type Reference = (f64, f64, [f64; 2], [f64; 2], f64);

/// Evaluated from equations 1 and 2 in other software, to the digits shown.
const TABLE: [Reference; 6] = [
    (0.02, 0.015, [0.037_354, 0.045_707], [0.041_007, 0.049_171], 0.000_436_290_8),
    (0.02, 0.04, [0.052_484, 0.071_418], [0.060_709, 0.079_748], 0.000_501_943_6),
    (0.02, 0.15, [0.105_587, 0.176_329], [0.135_971, 0.209_404], 0.000_876_896_4),
    (0.03, 0.015, [0.053_920, 0.065_049], [0.058_793, 0.069_600], 0.000_971_304_8),
    (0.03, 0.04, [0.074_269, 0.098_736], [0.084_920, 0.109_252], 0.001_098_608_5),
    (0.03, 0.15, [0.143_949, 0.229_089], [0.180_673, 0.266_940], 0.001_795_676_3),
];
const LEVELS: [f64; 2] = [0.99, 0.999];
const SOURCE: &str =
    "Vasicek 1987, 2002: quantile, ES and joint default by the bivariate normal law";

/// The table by the model's conditional PD.
pub fn formula(_: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    for (p, r, vars, shortfalls, joint) in TABLE {
        let name = |what: &str| format!("p {p}, r {r}: {what}");
        let given = |z: f64| conditional_pd(normal::quantile(p), r.sqrt(), z);
        for ((q, var), shortfall) in LEVELS.into_iter().zip(vars).zip(shortfalls) {
            let found = given(-normal::quantile(q));
            let quantity = name(&format!("VaR {}", percent(q)));
            checks.push(Check::new(quantity, var, found, range::within(var, 1e-6)));
            let found = tail_mean(&given, q);
            let quantity = name(&format!("ES {}", percent(q)));
            checks.push(Check::new(quantity, shortfall, found, range::within(shortfall, 1e-6)));
        }
        let found = one_factor(0.02).iter().map(|(z, w)| w * given(z[0]).powi(2)).sum();
        checks.push(Check::new(name("both default"), joint, found, range::within(joint, 1e-9)));
    }
    Ok(Case {
        id: "vasicek-formula",
        title: "One-factor reference values by formula",
        source: SOURCE,
        kind: Kind::Law,
        trials: 0,
        checks,
    })
}

/// Mean of f over the worst 1 - q of the factor, by the midpoint rule in probability.
fn tail_mean(f: &dyn Fn(f64) -> f64, q: f64) -> f64 {
    const STEPS: u32 = 200_000;
    let at = |k: u32| (1.0 - q) * (f64::from(k) + 0.5) / f64::from(STEPS);
    (0..STEPS).map(|k| f(normal::quantile(at(k)))).sum::<f64>() / f64::from(STEPS)
}

/// The table by simulation, and the standard deviation of a hundred loans.
pub fn pools(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    let mut trials = 0;
    for (seed, (p, r, vars, shortfalls, joint)) in (10..).zip(TABLE) {
        let sampled = book(seed, p, r, PEOPLE).sample(settings)?;
        trials = sampled.trials();
        let law = Limit::pool(p, r, 1.0);
        let found = |measure, at| sampled.found("system", "today", measure, at) / PEOPLE;
        let name = |what: &str| format!("p {p}, r {r}: {what}");
        // Expected values are those of the table, rounded to six digits.
        let rounded = |range: range::Range| range.widened(5e-7);
        let el = found(Measure::ExpectedLoss, None);
        checks.push(Check::new(name("EL"), p, el, range::mean(&law, trials)));
        let sd = (joint - p * p).sqrt();
        let seen = found(Measure::StandardDeviation, None);
        let room = rounded(range::standard_deviation(&law, trials));
        checks.push(Check::new(name("sd"), sd, seen, room));
        for ((q, var), shortfall) in LEVELS.into_iter().zip(vars).zip(shortfalls) {
            let seen = found(Measure::ValueAtRisk, Some(q));
            let room = rounded(range::value_at_risk(&law, q, trials));
            checks.push(Check::new(name(&format!("VaR {}", percent(q))), var, seen, room));
            let seen = found(Measure::ExpectedShortfall, Some(q));
            let room = rounded(range::expected_shortfall(&law, q, trials));
            checks.push(Check::new(name(&format!("ES {}", percent(q))), shortfall, seen, room));
        }
    }
    let sampled = book(16, 0.03, 0.04, 100.0).sample(settings)?;
    let people = vec![(Latent::one(0.03, 0.2), 1); 100];
    let law = Atoms { law: Law::of_sum(&people, &one_factor(0.1)), per_unit: 100.0 };
    let prefix = "100 loans, p 0.03, r 0.04: ";
    let (scope, policy, levels) = ("system", "today", &LEVELS);
    let asked = Asked { prefix, scope, policy, levels, thresholds: &[], per: 0.01 };
    let mut own = against(&law, &sampled, asked);
    // Equation 3, printed as 0.022082.
    own[1].expected = 0.022_082;
    debug_assert!((law.sd() - own[1].expected).abs() < 5e-7);
    checks.extend(own);
    Ok(Case {
        id: "vasicek-pools",
        title: "One-factor reference values by simulation",
        source: SOURCE,
        kind: Kind::Law,
        trials,
        checks,
    })
}

const PEOPLE: f64 = 1e9;

fn book(seed: u64, p: f64, r: f64, people: f64) -> Book {
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.99, 0.999]
        portfolio = {{ tape = "book.csv", defaults = {{ pd = {p}, lgd = 1 }} }}
        model = {{ correlation = {r} }}
        policy = [{{ id = "today" }}]
        "#
    );
    let tape = format!("count,limit,balance\n{people},1,1\n");
    Book { name: "vasicek-pools.toml", scenario, tape, trials: 200_000, seed }
}
