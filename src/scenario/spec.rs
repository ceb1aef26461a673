//! The scenario file as serde reads it: every key, nothing checked yet.
//!
//! Every field is optional, so that a file with faults can still be read after they are taken
//! out; what has to be there is for the checks to say. Doc comments are the descriptions in the
//! JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::EngineChoice;
use super::spec_behaviour::RawBehaviour;
use super::spec_expect::{RawClaim, RawExpect};
use super::spec_model::{RawModel, RawStress};
use super::spec_policy::RawPolicy;
use super::spec_portfolio::RawPortfolio;
use super::spec_sampling::RawSampling;
use super::spec_severity::RawSeverity;
use super::spec_studies::{RawBreakEven, RawRegion};
use super::spec_system::RawSystem;
use super::values::{List, Money, Names, Number, RawIrb, Whole};

/// A tailcap scenario, format 1.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Scenario", extend("required" = ["format"]))]
pub(super) struct RawScenario {
    /// The JSON Schema that an editor is to use; ignored.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// Scenario file, or list of them, that this one is built on; paths start from this file's
    /// folder, later files go before earlier ones.
    pub extends: Option<Names>,
    /// Version of the format: 1.
    #[schemars(extend("const" = 1))]
    pub format: Option<Whole>,
    /// Title for people; the name of the file unless given.
    pub title: Option<String>,
    /// Longer text for people.
    pub description: Option<String>,
    /// Where the data come from, and under which licence.
    pub source: Option<String>,
    /// Currency code of all amounts, such as "TWD".
    #[schemars(length(min = 1, max = 12), extend("examples" = ["CNY", "EUR", "USD"]))]
    pub currency: Option<String>,
    /// Smallest units in one unit of currency, 1 to 10^15; 100, or the power of ten that the data need.
    #[schemars(range(min = 1, max = 1_000_000_000_000_000_i64), extend("default" = 100))]
    pub minor_units: Option<Whole>,
    /// What the PDs refer to, such as "1 year".
    #[schemars(extend("default" = "1 year"))]
    pub horizon: Option<String>,
    /// Key of all random numbers, 0 to 2^63 - 1; never taken from the clock.
    #[schemars(range(min = 0), extend("default" = 20_240_223))]
    pub seed: Option<Whole>,
    /// Levels of VaR, ES and economic capital, between 0 and 1.
    #[schemars(
        length(min = 1),
        extend(
            "items" = { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 },
            "default" = [0.99, 0.999]
        )
    )]
    pub levels: List<Number>,
    /// Coverage of the error bands, 0.5 to below 1.
    #[schemars(range(min = 0.5), extend("exclusiveMaximum" = 1, "default" = 0.95))]
    pub confidence: Option<Number>,
    /// Id of the policy that the others are compared with; the first unless given.
    pub baseline: Option<String>,
    /// Losses whose probability of being exceeded is reported.
    #[schemars(extend("examples" = [[1_000_000, 5_000_000]]))]
    pub thresholds: List<Money>,
    /// How losses are worked out: by drawing trials (`monte-carlo`), as the law itself (`exact`), or
    /// for pools without luck of their own (`large-pool`).
    #[schemars(extend("default" = "monte-carlo"))]
    pub engine: Option<EngineChoice>,
    /// How trials are drawn.
    pub sampling: Option<RawSampling>,
    /// Where the book comes from.
    pub portfolio: Option<RawPortfolio>,
    /// How borrowers default together.
    pub model: Option<RawModel>,
    /// What is done to PDs and factors on top of the model.
    pub stress: Option<RawStress>,
    /// What a default costs: the laws of LGDs and CCFs.
    pub severity: Option<RawSeverity>,
    /// How borrowers answer to new limits.
    pub behaviour: Option<RawBehaviour>,
    /// The lenders behind the book.
    pub system: Option<RawSystem>,
    /// The limit policies.
    pub policy: List<RawPolicy>,
    /// Named sets of overrides, run on the same seed.
    pub variant: List<RawVariant>,
    /// The claim that the scenario tests.
    pub claim: Option<RawClaim>,
    /// Statements about the results, judged with their error bands.
    pub expect: List<RawExpect>,
    /// Maps of where a policy helps, over two numbers of the scenario.
    pub region: List<RawRegion>,
    /// Numbers at which a policy stops helping.
    pub break_even: List<RawBreakEven>,
    /// What is written beyond the standard results.
    pub output: Option<RawOutput>,
}

/// The scenario again with some values changed, on the same seed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Variant", extend("required" = ["id"]))]
pub(super) struct RawVariant {
    /// Slug, unique among the variants, other than "base".
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// Title for people; the id unless given.
    pub title: Option<String>,
    /// Stands in place of `[stress]`.
    pub stress: Option<RawStress>,
    /// Values by path, such as "model.correlation" = 0.15.
    #[schemars(extend("examples" = [{ "model.correlation": 0.15 }]))]
    pub set: Option<BTreeMap<String, serde_json::Value>>,
}

/// What is written beyond the standard results.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Output")]
pub(super) struct RawOutput {
    /// Whether each binding policy is set beside a proportional cut that keeps the same credit.
    #[schemars(extend("default" = true))]
    pub equal_credit_cut: Option<bool>,
    /// Whether changes of EL and ES are attributed to the direct effect and the channels of behaviour.
    #[schemars(extend("default" = true))]
    pub attribution: Option<bool>,
    /// Whether the losses of each trial are written.
    #[schemars(extend("default" = false))]
    pub trial_losses: Option<bool>,
    /// Retail class, or table of classes by segment, for capital by the Basel formula; that of the
    /// correlation where it is a Basel function unless given.
    pub irb: Option<RawIrb>,
    /// Edges of the bands by which those who are cut are told apart.
    pub bands: Option<RawBands>,
    /// Yearly repayment over yearly income above which a borrower counts as over-indebted.
    pub over_indebted: Option<Number>,
    /// Years in which a balance is taken to be repaid.
    pub repayment_years: Option<Number>,
}

/// `bands` of `[output]`: upper edges, inclusive, ascending.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { age = [25, 35, 50] }")]
#[schemars(rename = "Bands")]
pub(super) struct RawBands {
    /// Edges of bands of the yearly income.
    pub income: List<Number>,
    /// Edges of bands of the age in years.
    pub age: List<Number>,
    /// Edges of bands of the credit score.
    pub score: List<Number>,
    /// Edges of bands of the sum of a borrower's limits.
    pub limit: List<Number>,
}
