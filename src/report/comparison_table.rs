//! A comparison as CSV: one row per number, an empty cell where there is none.

use super::comparison::{Comparison, Row};
use super::tidy::quality;
use crate::media;

const HEADING: [&str; 25] = [
    "variant",
    "policy",
    "scope_kind",
    "scope",
    "measure",
    "level",
    "threshold",
    "unit",
    "a",
    "a_lower",
    "a_upper",
    "b",
    "b_lower",
    "b_upper",
    "difference",
    "standard_error",
    "lower",
    "upper",
    "relative_difference",
    "relative_lower",
    "relative_upper",
    "confidence",
    "quality",
    "basis",
    "adjusted_p",
];

/// All rows of a comparison.
pub fn table(comparison: &Comparison) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(HEADING)?;
    for row in &comparison.rows {
        let Row { a, b, difference, relative, .. } = row;
        let relative = relative.as_ref();
        writer.serialize((
            (&comparison.variant, &row.policy, row.scope_kind.as_str(), &row.scope),
            (row.measure.as_str(), row.level, row.threshold, row.unit.as_str()),
            (a.value, a.lower, a.upper),
            (b.value, b.lower, b.upper),
            (difference.value, difference.standard_error, difference.lower, difference.upper),
            (
                relative.map(|e| e.value),
                relative.and_then(|e| e.lower),
                relative.and_then(|e| e.upper),
            ),
            (difference.confidence, quality(difference.quality)),
            (row.basis.as_str(), row.adjusted_p),
        ))?;
    }
    let made = writer.into_inner();
    made.map(media::csv).map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}
