//! Books whose amounts are smaller than a hundredth of the currency, or sums of many such ones.
//!
//! Credit is the sum of the balances, and EL that of PD x LGD x balance, by hand.

use super::sampled::{Book, estimate};
use super::{Case, Check, Kind, Settings, range};
use crate::measures::{Comparison, Measure};
use crate::scenario::Rejected;

/// A name, the tape, credit and EL.
const BOOKS: [(&str, &str, f64, f64); 3] = [
    (
        "cards and firms in millions",
        "count,limit,balance,pd,lgd\n1000000,0.004,0.003,0.05,0.5\n500,2.5,1.2,0.02,0.5\n",
        3_600.0,
        81.0,
    ),
    ("shares of 1", "count,limit,balance,pd\n1000,0.001,0.001,0.02\n", 1.0, 0.02),
    (
        "large and small",
        "count,limit,balance,pd\n10,25.5,25.5,0.01\n50000,0.0042,0.0042,0.03\n",
        465.0,
        8.85,
    ),
];

/// All books.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    for (name, tape, credit, loss) in BOOKS {
        let scenario = r#"
            format = 1
            currency = "EUR m"
            engine = "exact"
            portfolio = { tape = "book.csv", defaults = { lgd = 1, ccf = 0 } }
            model = { correlation = 0.1 }
            policy = [{ id = "today" }]
            "#;
        let book = Book {
            name: "smallest-units.toml",
            scenario: scenario.into(),
            tape: tape.into(),
            trials: 1,
            seed: 1,
        };
        let run = book.run(settings)?;
        for (what, measure, expected) in
            [("credit", Measure::Credit, credit), ("EL", Measure::ExpectedLoss, loss)]
        {
            let found = estimate(&run, ("system", "today"), (measure, None), Comparison::Level);
            let found = found.map_or(f64::NAN, |found| found.value);
            let room = range::within(expected, 1e-6 * expected);
            checks.push(Check::new(format!("{name}: {what}"), expected, found, room));
        }
    }
    Ok(Case {
        id: "smallest-units",
        title: "Amounts below a hundredth of the currency",
        source: "sums of balances and of PD x LGD x balance, by hand",
        kind: Kind::Law,
        trials: 0,
        checks,
    })
}
