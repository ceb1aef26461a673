//! The checks of `[output]`.

use super::check::Check;
use super::output::{BandEdges, IrbClasses, OutputSpec};
use super::spec::{RawBands, RawOutput};
use super::values::{List, Number, RawIrb};
use super::{BaselRetail, paths};

/// Repayment over income above which a borrower counts as over-indebted.
pub const DEFAULT_OVER_INDEBTED: f64 = 0.4;
/// Years in which a balance is taken to be repaid.
pub const DEFAULT_REPAYMENT_YEARS: f64 = 1.0;

/// Checks the table.
pub(super) fn output(raw: Option<RawOutput>, check: &mut Check<'_>) -> OutputSpec {
    let raw = raw.unwrap_or_default();
    let line = check.number(
        "output.over_indebted",
        raw.over_indebted,
        "a finite share of the yearly income > 0",
        |x| x > 0.0,
    );
    let years = check.number(
        "output.repayment_years",
        raw.repayment_years,
        "a finite number of years > 0",
        |x| x > 0.0,
    );
    let RawBands { income, age, score, limit } = raw.bands.unwrap_or_default();
    let bands = BandEdges {
        income: edges(income, "income", check),
        age: edges(age, "age", check),
        score: edges(score, "score", check),
        limit: edges(limit, "limit", check),
    };
    OutputSpec {
        equal_credit_cut: raw.equal_credit_cut.unwrap_or(true),
        attribution: raw.attribution.unwrap_or(true),
        trial_losses: raw.trial_losses.unwrap_or(false),
        irb: raw.irb.map(irb),
        bands,
        over_indebted: line.unwrap_or(DEFAULT_OVER_INDEBTED),
        repayment_years: years.unwrap_or(DEFAULT_REPAYMENT_YEARS),
    }
}

fn irb(raw: RawIrb) -> IrbClasses {
    match raw {
        RawIrb::Class(class) => IrbClasses::All(class),
        RawIrb::BySegment(table) => {
            let class = |(segment, class): (String, Option<BaselRetail>)| {
                let path = paths::key("output.irb", &segment);
                class.map(|class| (segment, path, class))
            };
            IrbClasses::BySegment(table.into_iter().filter_map(class).collect())
        }
    }
}

fn edges(raw: List<Number>, key: &str, check: &mut Check<'_>) -> Option<Vec<f64>> {
    let path = paths::key("output.bands", key);
    let mut edges: Vec<f64> = Vec::new();
    for (i, x) in raw?.into_iter().enumerate() {
        let Some(Number(x)) = x else { continue };
        if edges.last().is_some_and(|&last| x <= last) {
            check.value(&paths::element(&path, i), "larger than the edge before it");
        }
        edges.push(x);
    }
    Some(edges)
}
