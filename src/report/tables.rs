//! The CSV tables of a result, by file.

use super::results::{Results, RunResults};
use super::tidy::{Band, write};
use super::{lenders, points, studies};

/// A named CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// File name.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All tables of a result.
pub fn tables(results: &Results) -> Result<Vec<Table>, csv::Error> {
    let mut tables = vec![
        Table { name: "summary.csv", bytes: summary(results)? },
        Table { name: "convergence.csv", bytes: points::convergence(results)? },
        Table { name: "densities.csv", bytes: points::densities(results)? },
        Table { name: "exceedance.csv", bytes: points::exceedance(results)? },
        Table { name: "portfolio.csv", bytes: portfolio(results)? },
        Table { name: "verdicts.csv", bytes: verdicts(results)? },
        Table { name: "who_is_cut.csv", bytes: who_is_cut(results)? },
        Table { name: "frontier.csv", bytes: points::frontier(results)? },
    ];
    if results.runs.iter().any(|run| !run.summary.ladders.is_empty()) {
        tables.push(Table { name: "ladder.csv", bytes: points::ladder(results)? });
    }
    if lenders::are_told(results) {
        tables.push(Table { name: "lenders.csv", bytes: lenders::lenders(results)? });
        tables.push(Table { name: "failures.csv", bytes: lenders::failures(results)? });
    }
    let systems = || results.runs.iter().filter_map(|run| run.system.as_ref());
    if systems().any(|system| !system.debts.is_empty()) {
        tables.push(Table { name: "debts.csv", bytes: lenders::debts(results)? });
    }
    if systems().any(|system| !system.tranches.is_empty()) {
        tables.push(Table { name: "tranches.csv", bytes: lenders::tranches(results)? });
    }
    let attributed = |run: &RunResults| {
        !run.summary.attribution.is_empty()
            || run.system.as_ref().is_some_and(|system| !system.effects.is_empty())
    };
    if results.runs.iter().any(attributed) {
        tables.push(Table { name: "attribution.csv", bytes: studies::attribution(results)? });
    }
    if results.runs.iter().any(|run| !run.regions.is_empty()) {
        tables.push(Table { name: "regions.csv", bytes: studies::regions(results)? });
        tables.push(Table { name: "borders.csv", bytes: studies::borders(results)? });
    }
    if results.runs.iter().any(|run| !run.break_evens.is_empty()) {
        tables.push(Table { name: "break_evens.csv", bytes: studies::break_evens(results)? });
    }
    if results.runs.iter().any(|run| !run.summary.contributions.is_empty()) {
        tables.push(Table { name: "segments.csv", bytes: points::segments(results)? });
    }
    Ok(tables)
}

/// One row per variant x policy x scope x measure x level x comparison.
fn summary(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = Band::columns(
        &[
            "variant",
            "policy",
            "scope_kind",
            "scope",
            "measure",
            "level",
            "threshold",
            "comparison",
            "unit",
        ],
        "value",
        &[],
    );
    write(&heading, results, |run| {
        run.summary
            .rows
            .iter()
            .map(|row| {
                (
                    run.variant.clone(),
                    row.policy.clone(),
                    row.scope_kind.as_str(),
                    row.scope.clone(),
                    row.measure.as_str(),
                    row.level,
                    row.threshold,
                    row.comparison.as_str(),
                    row.unit.as_str(),
                    Band::from(&row.estimate),
                )
            })
            .collect()
    })
}

/// One row per variant x policy x attribute x band.
fn who_is_cut(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = [
        "variant",
        "policy",
        "attribute",
        "band",
        "above",
        "up_to",
        "people",
        "people_cut",
        "accounts_cut",
        "limits_before",
        "limit_cut",
        "credit_before",
        "withdrawn_credit",
        "people_judged",
        "over_indebted_before",
        "over_indebted_after",
    ];
    // The columns behind the first are the keys of a row.
    write(&heading, results, |run| {
        run.who_is_cut.rows.iter().map(|row| (run.variant.clone(), row.clone())).collect()
    })
}

/// The quality report, one fact per row; amounts in units of currency.
fn portfolio(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let per_unit = results.scenario.minor_units as f64;
    write(&["variant", "fact", "value"], results, |run| {
        super::quality::facts(&run.portfolio.quality, per_unit)
            .into_iter()
            .map(|fact| (run.variant.clone(), fact.name, fact.value))
            .collect()
    })
}

/// One row per statement and run.
fn verdicts(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = [
        "variant",
        "statement",
        "text",
        "policy",
        "scope_kind",
        "scope",
        "measure",
        "level",
        "threshold",
        "comparison",
        "side",
        "border",
        "value",
        "lower",
        "upper",
        "adjusted_p",
        "verdict",
        "verdict_overall",
        "trials_to_decide",
    ];
    write(&heading, results, |run| {
        let judgements = results.verdicts.iter().enumerate();
        judgements
            .flat_map(|(index, j)| {
                let own = j.runs.iter().filter(|r| r.variant == run.variant);
                own.map(move |r| {
                    let estimate = r.estimate.as_ref();
                    (
                        (r.variant.clone(), index + 1, j.text.clone(), j.policy.clone()),
                        (j.scope_kind.as_str(), j.scope.clone(), j.measure.as_str(), j.level),
                        (j.threshold, j.comparison.as_str(), j.side.as_str(), j.border),
                        (
                            estimate.map(|e| e.value),
                            estimate.and_then(|e| e.lower),
                            estimate.and_then(|e| e.upper),
                            r.adjusted_p,
                        ),
                        (r.verdict.as_str(), j.verdict.as_str(), j.trials_to_decide),
                    )
                })
            })
            .collect()
    })
}
