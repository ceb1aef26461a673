//! The exact engine against simulation: every family of dependence, every sampling plan, three policies.
//!
//! The two engines share the model stage and the policies and nothing else. Tolerances are 4.75 standard errors as
//! the simulation states them, a third more where 64 randomisations are all that the error is known from.

use super::sampled::{Book, estimate};
use super::{Case, Check, Kind, Settings, range};
use crate::measures::{Comparison, Measure};
use crate::report::results::RunResults;
use crate::scenario::Rejected;

/// Name and `[model]`.
const FAMILIES: [(&str, &str); 8] = [
    ("gaussian", "correlation = 0.08"),
    (
        "gaussian, two factors",
        "factor = [{ id = \"x\" }, { id = \"y\", correlation = { x = 0.3 } }]\n\
      loadings = { x = 0.2, y = 0.15 }\nsegment = { b = { loadings = { y = 0.35 } } }",
    ),
    ("t", "copula = \"t\"\ndegrees_of_freedom = 5\ncorrelation = 0.08"),
    (
        "grouped t",
        "copula = \"t\"\ndegrees_of_freedom = 4\ncorrelation = 0.08\n\
      segment = { b = { correlation = 0.05, degrees_of_freedom = 12 } }",
    ),
    ("logit-normal", "mixture = \"logit-normal\"\nlog_odds_sd = 0.5"),
    ("beta", "mixture = \"beta\"\ndefault_correlation = 0.02"),
    (
        "creditrisk+ poisson",
        "copula = \"creditrisk+\"\ndefaults = \"poisson\"\n\
      factor = [{ id = \"x\", sd = 0.8 }, { id = \"y\", sd = 0.5 }]\n\
      loadings = { x = 0.5, y = 0.3 }\nsegment = { b = { loadings = { y = 0.9 } } }",
    ),
    (
        "creditrisk+ bernoulli",
        "copula = \"creditrisk+\"\ndefaults = \"bernoulli\"\n\
      factor = [{ id = \"x\", sd = 0.8 }]\nloadings = { x = 0.7 }",
    ),
];
const PLANS: [&str; 4] = ["plain", "importance", "quasi", "importance-quasi"];
const POLICIES: [&str; 3] = ["today", "cap-100", "b-half"];

/// Pools and people of their own.
const TAPE: &str = "segment,count,limit,balance,pd\na,160,20,20,0.06\na,20,60,60,0.08\n\
    b,1,200,160,0.1\nb,1,140,120,0.04\nb,1,180,80,0.2\na,1,240,200,0.03\nb,10,100,40,0.06\n";

fn book(model: &str, plan: &str, engine: &str, seed: u64) -> Book {
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.99]
        thresholds = [800]
        engine = "{engine}"
        sampling = {{ plan = "{plan}" }}
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1, ccf = 0.5 }} }}
        output = {{ equal_credit_cut = false }}
        [model]
        {model}
        [[policy]]
        id = "today"
        [[policy]]
        id = "cap-100"
        rule = [{{ cap = 100 }}]
        [[policy]]
        id = "b-half"
        rule = [{{ where = {{ segment = "b" }}, scale = 0.5 }}]
        "#
    );
    Book { name: "grid.toml", scenario, tape: TAPE.into(), trials: 50_000, seed }
}

/// All families, plans and policies.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    let mut trials = 0;
    for (f, (family, model)) in FAMILIES.into_iter().enumerate() {
        // The answer stays while the scenario changes.
        let answer = Settings { overrides: &[], ..*settings };
        let exact = book(model, "plain", "exact", 1).run(&answer)?;
        for (p, plan) in PLANS.into_iter().enumerate() {
            let seed = 100 + (f * PLANS.len() + p) as u64;
            let sampled = book(model, plan, "monte-carlo", seed).run(settings)?;
            trials = sampled.trials;
            let room = if plan.ends_with("quasi") { 1.3 } else { 1.0 };
            checks.extend(against((&exact, &sampled), (family, plan), room));
        }
    }
    Ok(Case {
        id: "engines",
        title: "Exact engine and simulation over families, plans and policies",
        source: "the exact engine: recursion or transforms on a grid of losses, quadrature over the state",
        kind: Kind::Grid,
        trials,
        checks,
    })
}

/// EL, ES and an exceedance probability of each policy, and what policies change.
fn against(
    (exact, sampled): (&RunResults, &RunResults),
    (family, plan): (&str, &str),
    room: f64,
) -> Vec<Check> {
    let asked = [
        ("EL", Measure::ExpectedLoss, None),
        ("ES 99 %", Measure::ExpectedShortfall, Some(0.99)),
        ("P(L > 800)", Measure::ExceedanceProbability, Some(800.0)),
    ];
    let mut checks = Vec::new();
    for policy in POLICIES {
        for (what, measure, at) in asked {
            for (said, comparison) in [("", Comparison::Level), (" change of", Comparison::Change)]
            {
                let of = |run| estimate(run, ("system", policy), (measure, at), comparison);
                let (Some(right), Some(found)) = (of(exact), of(sampled)) else { continue };
                let quantity = format!("{family}, {plan}, {policy}:{said} {what}");
                let error = found.standard_error.unwrap_or(f64::NAN);
                let range = range::normal(right.value, room * error);
                checks.push(Check::new(quantity, right.value, found.value, range));
            }
        }
    }
    checks
}
