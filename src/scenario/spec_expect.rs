//! `[[expect]]` as serde reads it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::expectations::{Against, BEARERS, Says};
use super::spec_measure::RawMeasure;
use super::values::{List, Money, Number, Whole};

/// `[[expect]]`: exactly one of `below`, `above`, `falls_by_at_least`, `falls_by_at_most`,
/// `rises_by_at_least` and `rises_by_at_most`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Expect")]
pub(super) struct RawExpect {
    /// The statement in words.
    pub text: Option<String>,
    /// Id of the policy it is about.
    pub policy: Option<String>,
    /// What changes are measured against: "baseline" or "equal-credit".
    pub against: Option<Against>,
    /// Only the losses of this lender.
    pub lender: Option<String>,
    /// Only the losses of this segment.
    pub segment: Option<String>,
    /// Whether other assets of lenders, the second round and the costs of bankruptcy count, too.
    #[schemars(extend("default" = false))]
    pub total: Option<bool>,
    /// Only the losses that fall on owners of the book's "lenders" or of "partners", on "investors" in
    /// tranches or on "creditors".
    #[schemars(extend("enum" = BEARERS))]
    pub bearer: Option<String>,
    /// What is measured.
    pub measure: Option<RawMeasure>,
    /// The measure lies below this.
    pub below: Option<Number>,
    /// The measure lies above this.
    pub above: Option<Number>,
    /// The measure falls by this much or more.
    pub falls_by_at_least: Option<RawSize>,
    /// The measure falls by this much or less (or rises).
    pub falls_by_at_most: Option<RawSize>,
    /// The measure rises by this much or more.
    pub rises_by_at_least: Option<RawSize>,
    /// The measure rises by this much or less (or falls).
    pub rises_by_at_most: Option<RawSize>,
    /// What it says of the claim that the scenario tests, if it holds: "for" or "against".
    pub says: Option<Says>,
    /// Runs in which it has to hold: "base" and ids of variants; only "base" unless given.
    pub variants: List<String>,
}

/// A claim that the scenario puts to the test; its statements are the evidence.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Claim", extend("required" = ["number", "text"]))]
pub(super) struct RawClaim {
    /// Number of the claim, from 1; scenarios of one number belong together.
    #[schemars(range(min = 1))]
    pub number: Option<Whole>,
    /// The claim in words.
    pub text: Option<String>,
    /// How it would come about.
    pub mechanism: Option<String>,
    /// What would refute it.
    pub refuted_by: Option<String>,
    /// What the answer rests on that is not known.
    pub assumptions: List<String>,
}

/// Size of a change: exactly one of the two.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "the size of a change, such as { relative = 0.10 } or { amount = 1_000_000 }"
)]
#[schemars(rename = "Size")]
pub(super) struct RawSize {
    /// As a share of what it is held against.
    pub relative: Option<Number>,
    /// In units of the measure.
    pub amount: Option<Money>,
}
