//! Checks for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Case, Verdict};

/// Number of the format of the report as JSON.
pub const REPORT_FORMAT: u32 = 1;

/// Everything that was checked.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// [`REPORT_FORMAT`].
    pub format: u32,
    /// Version of the software.
    pub version: String,
    /// Architecture and operating system of the build.
    pub target: String,
    /// Failed if any check is.
    pub verdict: Verdict,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One row per check.
pub fn csv(cases: &[Case]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record([
        "case", "quantity", "expected", "found", "lower", "upper", "basis", "trials", "verdict",
        "source",
    ])?;
    for case in cases {
        for check in &case.checks {
            writer.serialize((
                (case.id, &check.quantity),
                (check.expected, check.found, check.lower, check.upper),
                (check.basis, case.trials, check.verdict, case.source),
            ))?;
        }
    }
    writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}
