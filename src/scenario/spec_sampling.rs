//! `[sampling]` as serde reads it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SamplingPlan;
use super::schema_rules::exactly_one;
use super::spec_measure::RawMeasure;
use super::values::{Number, Whole};

/// How trials are drawn.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Sampling")]
pub(super) struct RawSampling {
    /// Number of trials, 1 to 2^38; the most there may be where `until` is given.
    #[schemars(range(min = 1, max = 274_877_906_944_u64), extend("default" = 100_000))]
    pub trials: Option<Whole>,
    /// How factors are drawn: independently (`plain`), more often where losses are large
    /// (`importance`), evenly spread (`quasi`), both, or as suits the book (`auto`).
    #[schemars(extend("default" = "plain"))]
    pub plan: Option<SamplingPlan>,
    /// Stop as soon as a number is known well enough.
    pub until: Option<RawUntil>,
}

/// A number of the system and how well it has to be known.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(
    rename = "Until",
    extend("required" = ["measure"], "oneOf" = exactly_one(&["relative_error", "absolute_error"]))
)]
pub(super) struct RawUntil {
    /// What is measured.
    pub measure: Option<RawMeasure>,
    /// Id of the policy; the baseline unless given.
    pub policy: Option<String>,
    /// Whether the relative change against the baseline is meant, not the number itself.
    #[schemars(extend("default" = false))]
    pub change: Option<bool>,
    /// Half-width of the band as a share of the number.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub relative_error: Option<Number>,
    /// Half-width of the band in units of the number.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub absolute_error: Option<Number>,
}
