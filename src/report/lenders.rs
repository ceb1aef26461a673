//! Tables of the lenders: their numbers, the law of failures, debts between them, tranches.

use super::results::{Results, RunResults, SystemResults};
use super::tidy::{Band, quality, write};

fn of(run: &RunResults) -> Option<&SystemResults> {
    run.system.as_ref()
}

/// One row per variant x policy x lender x measure x level.
pub fn lenders(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let before = ["variant", "policy", "lender", "group", "capital", "measure", "level", "unit"];
    let heading = Band::columns(&before, "value", &["degenerate"]);
    write(&heading, results, |run| {
        let rows = of(run).into_iter().flat_map(|system| {
            system.rows.iter().map(move |row| {
                let facts = system.lenders.iter().find(|facts| facts.name == row.lender);
                (
                    (
                        run.variant.clone(),
                        row.policy.clone(),
                        row.lender.clone(),
                        row.group.clone(),
                    ),
                    facts.and_then(|facts| facts.capital),
                    (row.measure.as_str(), row.level, row.measure.unit().as_str()),
                    Band::from(&row.estimate),
                    row.degenerate,
                )
            })
        });
        rows.collect()
    })
}

/// One row per variant x policy x number of failures.
pub fn failures(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let before = ["variant", "policy", "failures"];
    let after = ["at_least", "at_least_lower", "at_least_upper", "at_least_quality"];
    let heading = Band::columns(&before, "probability", &after);
    write(&heading, results, |run| {
        let points = of(run).into_iter().flat_map(|system| &system.failures);
        points
            .map(|point| {
                let tail = &point.at_least;
                (
                    (run.variant.clone(), point.policy.clone(), point.failures),
                    Band::from(&point.probability),
                    (tail.value, tail.lower, tail.upper, quality(tail.quality)),
                )
            })
            .collect()
    })
}

/// One row per variant and debt.
pub fn debts(results: &Results) -> Result<Vec<u8>, csv::Error> {
    write(&["variant", "from", "to", "amount"], results, |run| {
        let debts = of(run).into_iter().flat_map(|system| &system.debts);
        debts
            .map(|debt| (run.variant.clone(), debt.from.clone(), debt.to.clone(), debt.amount))
            .collect()
    })
}

/// One row per variant x policy x tranche.
pub fn tranches(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = ["variant", "policy", "tranche", "holder", "from", "to", "amount"];
    write(&heading, results, |run| {
        let tranches = of(run).into_iter().flat_map(|system| &system.tranches);
        tranches
            .map(|own| {
                let names = (run.variant.clone(), own.policy.clone(), own.tranche.clone());
                (names, own.holder.clone(), (own.from, own.to, own.amount))
            })
            .collect()
    })
}

/// Whether there are lenders to tell of.
pub fn are_told(results: &Results) -> bool {
    results.runs.iter().any(|run| run.system.is_some())
}
