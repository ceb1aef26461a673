//! Series behind the figures: plain points, computed once, written as CSV beside each figure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Estimate;
use crate::system::ScopeKind;

/// Loss density of one policy, with its tail marks. Losses in units of currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DensitySeries {
    /// Policy id.
    pub policy: String,
    /// Policy title.
    pub title: String,
    /// What the heights are.
    pub kind: DensityKind,
    /// The curve, by rising loss.
    pub points: Vec<DensityPoint>,
    /// VaR and ES per level, by rising level.
    pub marks: Vec<TailMark>,
}

/// What the heights of a density series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DensityKind {
    /// Probability per unit of currency (kernel estimate).
    Smooth,
    /// Probability of exactly this loss: the law has few atoms.
    Atoms,
}

/// A point of a density.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DensityPoint {
    /// Loss, units of currency.
    pub loss: f64,
    /// Height, see [`DensityKind`].
    pub density: f64,
}

/// VaR and ES of one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TailMark {
    /// The level in percent as printed, such as `99.9`.
    pub level: String,
    /// Value at risk.
    pub value_at_risk: Estimate,
    /// Expected shortfall.
    pub expected_shortfall: Estimate,
}

/// Exceedance curve of one policy in one scope: P(L > x) against x.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExceedanceSeries {
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Name of the scope.
    pub scope: String,
    /// Policy id.
    pub policy: String,
    /// Policy title.
    pub title: String,
    /// The curve, by rising loss; thinned evenly in the logarithm of the probability.
    pub points: Vec<ExceedancePoint>,
}

/// A point of an exceedance curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExceedancePoint {
    /// x, units of currency.
    pub loss: f64,
    /// P(L > x).
    pub probability: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
    /// 1 / P(L > x), in horizons; `null` where nothing was seen beyond x.
    pub return_period: Option<f64>,
}
