//! The scenario file as serde reads it: every key, nothing checked yet.
//!
//! Every field is optional, so that a file with faults can still be read after they are taken
//! out; what has to be there is for the checks to say. Doc comments are the descriptions in the
//! JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec_expect::RawExpect;
use super::spec_model::{RawModel, RawStress};
use super::spec_policy::RawPolicy;
use super::spec_portfolio::RawPortfolio;
use super::values::{Money, Names, Number, Whole};

/// A list in which null stands where a fault was taken out.
pub(super) type List<T> = Option<Vec<Option<T>>>;

/// A tailcap scenario, format 1.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Scenario")]
pub(super) struct RawScenario {
    /// The JSON Schema that an editor is to use; ignored.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// Scenario file, or list of them, that this one is built on; paths start from this file's
    /// folder, later files go before earlier ones.
    pub extends: Option<Names>,
    /// Version of the format: 1.
    pub format: Option<Whole>,
    /// Title for people.
    pub title: Option<String>,
    /// Longer text for people.
    pub description: Option<String>,
    /// Where the data come from, and under which licence.
    pub source: Option<String>,
    /// Currency code, such as "TWD".
    pub currency: Option<String>,
    /// Smallest units in one unit of currency, 1 to 10,000.
    pub minor_units: Option<Whole>,
    /// What the PDs refer to, such as "1 year".
    pub horizon: Option<String>,
    /// Key of all random numbers, 0 to 2^63 - 1.
    pub seed: Option<Whole>,
    /// Levels of VaR and ES.
    pub levels: List<Number>,
    /// Coverage of the error bands.
    pub confidence: Option<Number>,
    /// Id of the policy that the others are compared with; the first unless given.
    pub baseline: Option<String>,
    /// Losses whose probability of being exceeded is reported.
    pub thresholds: List<Money>,
    /// How trials are drawn.
    pub sampling: Option<RawSampling>,
    /// Where the book comes from.
    pub portfolio: Option<RawPortfolio>,
    /// How borrowers default together.
    pub model: Option<RawModel>,
    /// What is done to PDs and factors on top of the model.
    pub stress: Option<RawStress>,
    /// The limit policies.
    pub policy: List<RawPolicy>,
    /// Named sets of overrides, run on the same seed.
    pub variant: List<RawVariant>,
    /// Statements about the results, judged with their error bands.
    pub expect: List<RawExpect>,
    /// What is written beyond the standard results.
    pub output: Option<RawOutput>,
}

/// `[sampling]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Sampling")]
pub(super) struct RawSampling {
    /// Number of trials.
    pub trials: Option<Whole>,
}

/// `[[variant]]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Variant")]
pub(super) struct RawVariant {
    /// Slug, unique among the variants.
    pub id: Option<String>,
    /// Title for people.
    pub title: Option<String>,
    /// Stands in place of `[stress]`.
    pub stress: Option<RawStress>,
    /// Values by path, such as "model.correlation".
    pub set: Option<BTreeMap<String, serde_json::Value>>,
}

/// `[output]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Output")]
pub(super) struct RawOutput {
    /// Whether each binding policy is set beside a proportional cut that keeps the same credit.
    pub equal_credit_cut: Option<bool>,
    /// Whether the losses of each trial are written.
    pub trial_losses: Option<bool>,
}
