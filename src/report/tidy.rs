//! How tidy CSV tables are written: one row per number, an empty cell where there is none.

use std::io::Write;

use serde::Serialize;

use super::results::{Results, RunResults};
use crate::measures::{Estimate, Quality};

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
        Quality::Approximation => "approximation",
        Quality::Good => "good",
        Quality::TooFew => "too_few",
        Quality::Bound => "bound",
    }
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
