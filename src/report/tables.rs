//! Tidy CSV tables: one row per number, an empty cell where there is none.

use std::io::Write;

use serde::Serialize;

use super::results::{Results, RunResults};
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
struct Band {
    value: f64,
    standard_error: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    confidence: f64,
    quality: &'static str,
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
        Table { name: "convergence.csv", bytes: convergence(results)? },
        Table { name: "densities.csv", bytes: densities(results)? },
        Table { name: "exceedance.csv", bytes: exceedance(results)? },
        Table { name: "portfolio.csv", bytes: portfolio(results)? },
        Table { name: "verdicts.csv", bytes: verdicts(results)? },
        Table { name: "who_is_cut.csv", bytes: who_is_cut(results)? },
    ];
    if results.runs.iter().any(|run| !run.summary.ladders.is_empty()) {
        tables.push(Table { name: "ladder.csv", bytes: ladder(results)? });
    }
    Ok(tables)
}

/// Writes rows of tuples under a heading.
fn write<R: Serialize>(
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
    let heading = [
        "variant",
        "policy",
        "scope_kind",
        "scope",
        "measure",
        "level",
        "threshold",
        "comparison",
        "unit",
        "value",
        "standard_error",
        "lower",
        "upper",
        "confidence",
        "quality",
    ];
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

fn convergence(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = [
        "variant",
        "policy",
        "trials",
        "measure",
        "level",
        "value",
        "standard_error",
        "lower",
        "upper",
        "confidence",
        "quality",
    ];
    write(&heading, results, |run| {
        run.summary
            .convergence
            .iter()
            .map(|row| {
                (
                    run.variant.clone(),
                    row.policy.clone(),
                    row.trials,
                    row.measure.as_str(),
                    row.level,
                    Band::from(&row.estimate),
                )
            })
            .collect()
    })
}

/// One row per variant x ladder x cap x measure x level x comparison.
fn ladder(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = [
        "variant",
        "ladder",
        "cap",
        "policy",
        "measure",
        "level",
        "comparison",
        "unit",
        "value",
        "standard_error",
        "lower",
        "upper",
        "confidence",
        "quality",
        "credit_kept",
        "people_cut",
    ];
    write(&heading, results, |run| {
        let ladders = run.summary.ladders.iter();
        let points = ladders.flat_map(|l| l.points.iter().map(move |point| (&l.ladder, point)));
        points
            .flat_map(|(ladder, point)| {
                point.values.iter().map(move |row| {
                    (
                        (run.variant.clone(), ladder.clone(), point.cap, point.policy.clone()),
                        (row.measure.as_str(), row.level),
                        (row.comparison.as_str(), row.unit.as_str()),
                        Band::from(&row.estimate),
                        (point.credit_kept, point.people_cut),
                    )
                })
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

fn densities(results: &Results) -> Result<Vec<u8>, csv::Error> {
    write(&["variant", "policy", "loss", "density"], results, |run| {
        run.summary
            .densities
            .iter()
            .flat_map(|series| {
                series
                    .points
                    .iter()
                    .map(|p| (run.variant.clone(), series.policy.clone(), p.loss, p.density))
            })
            .collect()
    })
}

fn exceedance(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = [
        "variant",
        "policy",
        "scope_kind",
        "scope",
        "loss",
        "probability",
        "lower",
        "upper",
        "return_period",
    ];
    write(&heading, results, |run| {
        run.summary
            .exceedance
            .iter()
            .flat_map(|series| {
                series.points.iter().map(|p| {
                    (
                        run.variant.clone(),
                        series.policy.clone(),
                        series.scope_kind.as_str(),
                        series.scope.clone(),
                        p.loss,
                        p.probability,
                        p.lower,
                        p.upper,
                        p.return_period,
                    )
                })
            })
            .collect()
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
