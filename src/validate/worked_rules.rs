//! Limit rules, leakage and lenders on books so small that each answer is worked by hand.
//!
//! Loans have a PD of 1/2 and an LGD of 1, so that EL is half of what is owed under the policy. Lenders see a certain default.

use super::sampled::{Book, estimate};
use super::{Case, Check, Kind, Settings, range};
use crate::measures::{Comparison, Measure};
use crate::report::results::RunResults;
use crate::scenario::Rejected;

/// A book and rules: what it is, accounts as `lender,limit,balance,lgd`, `[behaviour]`, the rules of the policy, and the
/// exposures (limit, as the undrawn part is drawn in full) that it leaves at a scope.
struct Rules {
    title: &'static str,
    accounts: &'static [&'static str],
    behaviour: &'static str,
    rules: &'static str,
    scope: &'static str,
    owed: f64,
}

const RULES: [Rules; 8] = [
    Rules {
        title: "a cap that may raise beside one that may not",
        accounts: &["north,1000,1000,1"],
        behaviour: "",
        rules: "[{ cap = 9000, raise = true }, { cap = 1200 }]",
        scope: "system",
        owed: 1_000.0,
    },
    Rules {
        title: "a cap per borrower that may raise beside one that may not",
        accounts: &["north,1000,1000,1"],
        behaviour: "",
        rules: "[{ cap = 9000, per = \"borrower\", raise = true }, { cap = 1200 }]",
        scope: "system",
        owed: 1_000.0,
    },
    Rules {
        title: "a floor above the limit",
        accounts: &["north,1000,1000,1"],
        behaviour: "",
        rules: "[{ floor = 1500 }, { cap = 500 }]",
        scope: "system",
        owed: 1_000.0,
    },
    Rules {
        title: "a floor beside a cap per borrower that may raise",
        accounts: &["north,1000,1000,1"],
        behaviour: "",
        rules: "[{ floor = 1500 }, { cap = 500 }, { cap = 9000, per = \"borrower\", raise = true }]",
        scope: "system",
        owed: 1_000.0,
    },
    Rules {
        title: "two cut lines that leak to lenders outside",
        accounts: &["north,1000,500,1", "south,200,100,1"],
        behaviour: "[behaviour]\nleakage = 1\nrival_limit = 0.1",
        rules: "[{ cap = 0, where = { lender = [\"north\", \"south\"] } }]",
        scope: "system",
        owed: 100.0,
    },
    Rules {
        title: "the same with the two lenders exchanged",
        accounts: &["south,1000,500,1", "north,200,100,1"],
        behaviour: "[behaviour]\nleakage = 1\nrival_limit = 0.1",
        rules: "[{ cap = 0, where = { lender = [\"north\", \"south\"] } }]",
        scope: "system",
        owed: 100.0,
    },
    Rules {
        title: "a rival whose own cap holds",
        accounts: &["north,2448,2448,1", "south,1,1,1"],
        behaviour: "[behaviour]\nleakage = 0.04\n[[behaviour.rival]]\nlender = \"south\"",
        rules: "[{ cap = 600 }, { cap = 50, per = \"borrower\", where = { lender = \"south\" } }]",
        scope: "south",
        owed: 50.0,
    },
    Rules {
        title: "what is left at the lender that cuts",
        accounts: &["north,2448,2448,1", "south,1,1,1"],
        behaviour: "[behaviour]\nleakage = 0.04\n[[behaviour.rival]]\nlender = \"south\"",
        rules: "[{ cap = 600 }, { cap = 50, per = \"borrower\", where = { lender = \"south\" } }]",
        scope: "north",
        owed: 600.0,
    },
];

/// All rules, then lenders.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    for own in &RULES {
        let run = book(own).run(settings)?;
        let at = (Measure::ExpectedLoss, None);
        let found = found(&run, (own.scope, "cut"), at);
        let expected = 0.5 * own.owed;
        let quantity = format!("{}: EL at {}", own.title, own.scope);
        checks.push(Check::new(quantity, expected, found, range::within(expected, 1e-9)));
    }
    for (capital, expected) in [("100", 0.0), ("99.99", 1.0)] {
        let run = partner(capital).run(settings)?;
        let found = found(&run, ("partner", "today"), (Measure::FailureProbability, None));
        let quantity = format!("a loss of 100 on a capital of {capital}: P(failure)");
        checks.push(Check::new(quantity, expected, found, range::within(expected, 0.0)));
    }
    Ok(Case {
        id: "worked-rules",
        title: "Limit rules, leakage and failures on books worked by hand",
        source: "the rules of the limits and the balance sheets, by hand",
        kind: Kind::Law,
        trials: 0,
        checks,
    })
}

fn found(run: &RunResults, of: (&str, &str), at: (Measure, Option<f64>)) -> f64 {
    estimate(run, of, at, Comparison::Level).map_or(f64::NAN, |found| found.value)
}

fn book(own: &Rules) -> Book {
    let Rules { accounts, behaviour, rules, .. } = own;
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        levels = [0.9]
        engine = "exact"
        model = {{ correlation = 0 }}
        output = {{ equal_credit_cut = false }}
        [portfolio]
        tape = "book.csv"
        [[policy]]
        id = "today"
        [[policy]]
        id = "cut"
        rule = {rules}
        {behaviour}
        "#
    );
    let rows: Vec<String> = accounts.iter().map(|row| format!("b,{row},0.5,1\n")).collect();
    let tape = format!("borrower,lender,limit,balance,lgd,pd,ccf\n{}", rows.concat());
    Book { name: "worked-rules.toml", scenario, tape, trials: 1, seed: 1 }
}

/// A partner that funds the one loan of a platform, whose default is certain. A lender fails if it loses more than it has.
fn partner(capital: &str) -> Book {
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        levels = [0.9]
        model = {{ correlation = 0 }}
        [portfolio]
        tape = "book.csv"
        [[policy]]
        id = "today"
        [system]
        [[system.lender]]
        name = "platform"
        capital = 50
        [[system.lender]]
        name = "partner"
        capital = {capital}
        [[system.programme]]
        id = "loans"
        lender = "platform"
        partners = "partner"
        "#
    );
    let tape = "borrower,lender,limit,balance,lgd,pd\nb,platform,100,100,1,1\n".into();
    Book { name: "worked-rules-lenders.toml", scenario, tape, trials: 64, seed: 1 }
}
