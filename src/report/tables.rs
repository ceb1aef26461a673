//! Tidy CSV tables: one row per number, an empty cell where there is none.

use std::io::Write;

use serde::Serialize;

use super::results::{Results, RunResults};
use super::{lenders, points, studies};
use crate::measures::{Estimate, Quality};

/// A named CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// File name.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The columns in which every estimate is written.
#[derive(Serialize)]
pub(super) struct Band {
    pub value: f64,
    pub standard_error: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub confidence: f64,
    pub quality: &'static str,
    pub effective_trials: Option<f64>,
    pub variance_ratio: Option<f64>,
}

impl Band {
    /// The heading of a table with these columns, `value` under a name of its own, between others.
    pub fn columns<'a>(before: &[&'a str], value: &'a str, after: &[&'a str]) -> Vec<&'a str> {
        let own = [
            value,
            "standard_error",
            "lower",
            "upper",
            "confidence",
            "quality",
            "effective_trials",
            "variance_ratio",
        ];
        [before, &own, after].concat()
    }
}

impl From<&Estimate> for Band {
    fn from(e: &Estimate) -> Self {
        Self {
            value: e.value,
            standard_error: e.standard_error,
            lower: e.lower,
            upper: e.upper,
            confidence: e.confidence,
            quality: quality(e.quality),
            effective_trials: e.effective_trials,
            variance_ratio: e.variance_ratio,
        }
    }
}

/// As written in tables.
pub(super) const fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Exact => "exact",
        Quality::Good => "good",
        Quality::TooFew => "too_few",
        Quality::Bound => "bound",
    }
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

/// Writes rows of tuples under a heading.
pub(super) fn write<R: Serialize>(
    heading: &[&str],
    results: &Results,
    rows: impl Fn(&RunResults) -> Vec<R>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(heading)?;
    for run in &results.runs {
        for row in rows(run) {
            writer.serialize(row)?;
        }
    }
    writer.flush()?;
    let mut bytes =
        writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    bytes.flush()?;
    Ok(bytes)
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
    let per_unit = f64::from(results.scenario.minor_units);
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
