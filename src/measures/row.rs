//! A reported number with all that says what it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Comparison, Estimate, Measure, Unit};
use crate::system::ScopeKind;

/// One reported number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureRow {
    /// Policy id.
    pub policy: String,
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Name of the scope.
    pub scope: String,
    /// What is measured.
    pub measure: Measure,
    /// Level of VaR, ES and economic capital.
    pub level: Option<f64>,
    /// Threshold of exceedance probabilities, units of currency; number of lenders of
    /// `failures_at_least`.
    pub threshold: Option<f64>,
    /// What the value is held against.
    pub comparison: Comparison,
    /// Unit of the estimate.
    pub unit: Unit,
    /// The number with its error.
    pub estimate: Estimate,
}
