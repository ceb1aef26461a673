//! Books whose losses come from states that are rare or narrow, by the exact engine.
//!
//! A t copula with few degrees of freedom puts all defaults of a small PD into trials whose mixing variable is next to 0; a
//! correlation next to 1 makes joint defaults of several borrowers a narrow corner of their factors. The answers are:
//!
//! 1. EL = n p x for n loans of x, whatever the copula;
//! 2. ES of the number of defaults from P(N = k) = E Binomial(n, p(S, Z))(k), integrated apart from this project
//!    over S, the root of the mixing variable, and Z by Gauss-Legendre rules of 16 points on 240 and 200 pieces;
//! 3. P(C and (A or B)) = P(A C) + P(B C) - P(A B C) by the bivariate and trivariate normal distribution.

use super::sampled::{Book, estimate};
use super::{Case, Check, Kind, Settings, range};
use crate::measures::{Comparison, Measure};
use crate::report::results::RunResults;
use crate::scenario::Rejected;

/// Largest error of each number, as a share of it.
const TOLERANCE: f64 = 1e-6;

/// Degrees of freedom, PD, and what 100 loans of 100 with correlation 0.3 have for ES 99.9 % by equation 2.
const PUBLISHED: [(f64, f64, f64); 4] =
    [(1.0, 1e-3, 5_526.229_096_97), (2.0, 1e-5, 100.0), (3.0, 1e-6, 10.0), (4.0, 1e-9, 0.01)];

/// Equation 3 for three firms with loadings of 0.999999 on factors with correlations 0.4, 0.6 and 0.5.
const JOINT: f64 = 0.001_264_603_378;

/// All books.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    for (degrees, pd, shortfall) in PUBLISHED {
        let model = format!("copula = \"t\"\ndegrees_of_freedom = {degrees}\ncorrelation = 0.3");
        let tape = format!("count,limit,balance,pd\n100,100,100,{pd}\n");
        let run = book("far-states-t.toml", &model, tape, "").run(settings)?;
        let name = format!("t with {degrees} degrees of freedom, PD {pd}");
        let mean = (Measure::ExpectedLoss, None);
        checks.push(check(&run, format!("{name}: EL"), 100.0 * 100.0 * pd, mean));
        let worst = (Measure::ExpectedShortfall, Some(0.999));
        checks.push(check(&run, format!("{name}: ES 99.9 %"), shortfall, worst));
    }
    let run = firms().run(settings)?;
    let beyond = (Measure::ExceedanceProbability, Some(4_500_000.0));
    checks.push(check(&run, "three firms: P(L > 4.5 m)".into(), JOINT, beyond));
    Ok(Case {
        id: "far-states",
        title: "Losses that come from rare or narrow states, by the exact engine",
        source: "EL in closed form; ES by quadrature over both variables; joint default by the trivariate normal law",
        kind: Kind::Law,
        trials: 0,
        checks,
    })
}

fn firms() -> Book {
    let model = r#"
        loadings = { fa = 0.999999 }
        [model.segment.b]
        loadings = { fb = 0.999999 }
        [model.segment.c]
        loadings = { fc = 0.999999 }
        [[model.factor]]
        id = "fa"
        [[model.factor]]
        id = "fb"
        correlation = { fa = 0.4 }
        [[model.factor]]
        id = "fc"
        correlation = { fa = 0.6, fb = 0.5 }
        "#;
    let tape = "borrower,segment,limit,balance,pd\nA,a,1800000,1800000,0.0018\n\
        B,b,450000,450000,0.0002\nC,c,4500000,4500000,0.052\n";
    book("far-states-firms.toml", model, tape.into(), "thresholds = [4_500_000]")
}

fn book(name: &'static str, model: &str, tape: String, more: &str) -> Book {
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        levels = [0.999]
        engine = "exact"
        {more}
        [portfolio]
        tape = "book.csv"
        defaults = {{ lgd = 1 }}
        [[policy]]
        id = "today"
        [model]
        {model}
        "#
    );
    Book { name, scenario, tape, trials: 1, seed: 1 }
}

fn check(run: &RunResults, quantity: String, expected: f64, at: (Measure, Option<f64>)) -> Check {
    let found = estimate(run, ("system", "today"), at, Comparison::Level);
    let found = found.map_or(f64::NAN, |found| found.value);
    Check::new(quantity, expected, found, range::within(expected, TOLERANCE * expected))
}
