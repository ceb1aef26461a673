//! Tests of the stage as a whole: from a tape's text to the book.

mod books;
mod faults;
mod properties;
mod synthetic;
mod taiwan;

use super::{Portfolio, load_from_reader};
use crate::error::Fault;
use crate::scenario::{BookSource, ColumnMapping, Defaults, Field, NegativeBalance, PortfolioSpec};
use crate::units::Currency;

/// A scenario that maps nothing and gives no defaults but a lender's name.
pub(super) fn plain() -> PortfolioSpec {
    PortfolioSpec {
        segment_by: Vec::new(),
        source: BookSource::Tape("book.csv".into()),
        columns: Vec::new(),
        defaults: Defaults {
            pd: None,
            lgd: None,
            ccf: None,
            interest_rate: None,
            lender: "lender".into(),
            segment: None,
            product: None,
        },
        segments: Vec::new(),
        negative_balance: NegativeBalance::Zero,
        observed_pd: None,
        calibrate_mean_pd: None,
        pool_balance_step: None,
    }
}

pub(super) fn cents() -> Currency {
    Currency { code: "TWD".into(), minor_per_unit: 100 }
}

/// Loans without a line: the balance stands for the limit too.
pub(super) fn loans() -> PortfolioSpec {
    let both = [Field::Limit, Field::Balance].map(|field| ColumnMapping {
        field,
        header: "balance".into(),
        path: format!("portfolio.columns.{}", field.key()),
    });
    PortfolioSpec { columns: both.to_vec(), ..plain() }
}

/// As a tape of loans where the header has no limit.
pub(super) fn read(tape: &str, spec: &PortfolioSpec) -> Result<Portfolio, Vec<Fault>> {
    let mut spec = spec.clone();
    if !tape.contains("limit") && spec.columns.is_empty() {
        spec.columns = loans().columns;
    }
    load_from_reader(tape.as_bytes(), &spec, &cents()).map(|loaded| loaded.portfolio)
}

pub(super) fn good(tape: &str, spec: &PortfolioSpec) -> Portfolio {
    read(tape, spec).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Borrowers and accounts as a tape, without the quality report.
pub(super) fn written(book: &Portfolio) -> String {
    let mut tape = Vec::new();
    super::write(book, &cents(), &[], &mut tape).unwrap();
    String::from_utf8(tape).unwrap()
}
