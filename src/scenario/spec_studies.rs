//! `[[region]]` and `[[break_even]]` as serde reads them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec_measure::RawMeasure;
use super::values::{Number, Whole};

/// A map of where a policy helps: the change of a measure over a grid of two numbers of the scenario.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Region", extend("required" = ["id", "policy", "x", "y"]))]
pub(super) struct RawRegion {
    /// Slug, unique among the regions.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// Title for people; the id unless given.
    pub title: Option<String>,
    /// Id of the policy whose change against the baseline is mapped.
    pub policy: Option<String>,
    /// What is measured; ES at the highest level unless given.
    pub measure: Option<RawMeasure>,
    /// The number that varies from left to right.
    pub x: Option<RawAxis>,
    /// The number that varies from bottom to top.
    pub y: Option<RawAxis>,
}

/// A range of a number of the scenario.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { key = \"behaviour.leakage\", from = 0, to = 1 }"
)]
#[schemars(rename = "Axis", extend("required" = ["key", "from", "to"]))]
pub(super) struct RawAxis {
    /// Path of the number, such as "behaviour.leakage".
    pub key: Option<String>,
    /// Lowest value.
    pub from: Option<Number>,
    /// Highest value.
    pub to: Option<Number>,
    /// Number of values, evenly spread, 2 to 100.
    #[schemars(range(min = 2, max = 100), extend("default" = 20))]
    pub points: Option<Whole>,
}

/// The value of a number of the scenario at which a policy stops helping.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "BreakEven", extend("required" = ["id", "policy", "key", "from", "to"]))]
pub(super) struct RawBreakEven {
    /// Slug, unique among the break-evens.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// Title for people; the id unless given.
    pub title: Option<String>,
    /// Id of the policy whose change against the baseline is to pass 0.
    pub policy: Option<String>,
    /// What is measured; ES at the highest level unless given.
    pub measure: Option<RawMeasure>,
    /// Path of the number, such as "behaviour.leakage".
    pub key: Option<String>,
    /// Lowest value that is tried.
    pub from: Option<Number>,
    /// Highest value that is tried.
    pub to: Option<Number>,
}
