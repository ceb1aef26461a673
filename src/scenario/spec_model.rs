//! `[model]` and `[stress]` as serde reads them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::schema_rules::exactly_one;
use super::values::{List, Number, RawCorrelation};

/// How borrowers default together.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Model")]
pub(super) struct RawModel {
    /// The family of the dependence: "gaussian", "t" or "creditrisk+".
    #[schemars(extend("enum" = ["gaussian", "t", "creditrisk+"], "default" = "gaussian"))]
    pub copula: Option<String>,
    /// What a rate of default means under "creditrisk+": "poisson" or "bernoulli".
    #[schemars(extend("enum" = ["poisson", "bernoulli"]))]
    pub defaults: Option<String>,
    /// Asset correlation, or the Basel function that gives it.
    pub correlation: Option<RawCorrelation>,
    /// Id of the factor that the correlation refers to; the first unless given.
    pub on_factor: Option<String>,
    /// Loading on each factor by id, in -1..1, instead of a correlation; weights of sectors under
    /// "creditrisk+", log-odds per unit of a factor of a "logit-normal" mixture.
    #[schemars(extend("examples" = [{ "systematic": 0.2 }]))]
    pub loadings: Option<BTreeMap<String, Option<Number>>>,
    /// The law of conditional PDs under normal factors: "probit", "logit-normal" or "beta".
    #[schemars(extend("enum" = ["probit", "logit-normal", "beta"], "default" = "probit"))]
    pub mixture: Option<String>,
    /// Standard deviation of the log-odds of a "logit-normal" mixture on one factor.
    #[schemars(range(min = 0, max = 10))]
    pub log_odds_sd: Option<Number>,
    /// Correlation of two defaults of a "beta" mixture, above 0 and below 1.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub default_correlation: Option<Number>,
    /// Degrees of freedom of a "t" copula, 1 to 1,000.
    #[schemars(range(min = 1, max = 1000))]
    pub degrees_of_freedom: Option<Number>,
    /// The systematic factors; one, `systematic`, unless given.
    pub factor: List<RawFactor>,
    /// Whether factor correlations that cannot hold together are moved to the nearest ones that can.
    #[schemars(extend("default" = false))]
    pub repair: Option<bool>,
    /// Segments with their own dependence.
    pub segment: Option<BTreeMap<String, Option<RawDependence>>>,
}

/// A systematic factor.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Factor", extend("required" = ["id"]))]
pub(super) struct RawFactor {
    /// Slug, unique among the factors.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// One factor for each value of this column of `portfolio.segment_by`, all independent.
    #[schemars(extend("examples" = ["region"]))]
    pub per: Option<String>,
    /// Correlation with other factors by id; 0 unless given.
    pub correlation: Option<BTreeMap<String, Option<Number>>>,
    /// Standard deviation of a "creditrisk+" sector, whose mean is 1.
    #[schemars(range(min = 0))]
    pub sd: Option<Number>,
}

/// The dependence of one segment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Dependence")]
pub(super) struct RawDependence {
    /// Asset correlation, or the Basel function that gives it.
    pub correlation: Option<RawCorrelation>,
    /// Id of the factor that the correlation refers to; the first unless given.
    pub on_factor: Option<String>,
    /// Loading on each factor by id, in -1..1, instead of a correlation; weights of sectors under
    /// "creditrisk+", log-odds per unit of a factor of a "logit-normal" mixture.
    #[schemars(extend("examples" = [{ "systematic": 0.2 }]))]
    pub loadings: Option<BTreeMap<String, Option<Number>>>,
    /// The law of conditional PDs under normal factors: "probit", "logit-normal" or "beta".
    #[schemars(extend("enum" = ["probit", "logit-normal", "beta"], "default" = "probit"))]
    pub mixture: Option<String>,
    /// Standard deviation of the log-odds of a "logit-normal" mixture on one factor.
    #[schemars(range(min = 0, max = 10))]
    pub log_odds_sd: Option<Number>,
    /// Correlation of two defaults of a "beta" mixture, above 0 and below 1.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub default_correlation: Option<Number>,
    /// Degrees of freedom of a "t" copula, 1 to 1,000.
    #[schemars(range(min = 1, max = 1000))]
    pub degrees_of_freedom: Option<Number>,
}

/// What is done to PDs and factors on top of the model.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Stress")]
pub(super) struct RawStress {
    /// Multiplies every PD; the result is clamped at 1.
    #[schemars(extend("exclusiveMinimum" = 0, "default" = 1))]
    pub pd_multiplier: Option<Number>,
    /// Multiplies the odds of every PD.
    #[schemars(extend("exclusiveMinimum" = 0, "default" = 1))]
    pub odds_multiplier: Option<Number>,
    /// What is done to the only factor.
    pub factor: Option<RawFactorStress>,
    /// What is done to factors, by id.
    pub factors: Option<BTreeMap<String, Option<RawFactorStress>>>,
}

/// What is done to a factor: exactly one of the two.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { fixed = -1.57 } or { shift = -1.0 }"
)]
#[schemars(rename = "FactorStress", extend("oneOf" = exactly_one(&["fixed", "shift"])))]
pub(super) struct RawFactorStress {
    /// The factor takes this value in every trial; the others keep their law given it.
    #[schemars(extend("examples" = [-1.57]))]
    pub fixed: Option<Number>,
    /// This is added to the factor in every trial; the others stay.
    #[schemars(extend("examples" = [-1.0]))]
    pub shift: Option<Number>,
}
