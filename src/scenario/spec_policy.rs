//! `[[policy]]` as serde reads it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::List;
use super::spec_portfolio::RawRange;
use super::values::{Money, Names, Number};
use super::{AppliesTo, IfMissing, Per};

/// `[[policy]]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Policy")]
pub(super) struct RawPolicy {
    /// Slug, unique among the policies.
    pub id: Option<String>,
    /// Title for people.
    pub title: Option<String>,
    /// The rules; none leaves limits as they are.
    pub rule: List<RawRule>,
}

/// `[[policy.rule]]`: exactly one of `cap`, `scale`, `income_share`, `score_caps` and `floor`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Rule")]
pub(super) struct RawRule {
    /// Which accounts the rule touches; all unless given.
    #[serde(rename = "where")]
    pub filter: Option<RawFilter>,
    /// No limit above this amount.
    pub cap: Option<Money>,
    /// No limit above this multiple of the old one.
    pub scale: Option<Number>,
    /// No limit above this share of the yearly income.
    pub income_share: Option<Number>,
    /// No limit above an amount that depends on the score.
    pub score_caps: List<RawScoreCap>,
    /// The least that the other rules may leave.
    pub floor: Option<Money>,
    /// Whether each account is bounded, or the sum over a borrower's matching accounts.
    pub per: Option<Per>,
    /// Whether the rule may lift a limit.
    pub raise: Option<bool>,
    /// What to do with rows that lack an attribute the rule needs.
    pub if_missing: Option<IfMissing>,
    /// Whether existing balances are touched.
    pub applies_to: Option<AppliesTo>,
}

/// `where` of a rule: conditions that all have to hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Filter")]
pub(super) struct RawFilter {
    /// Segment, or several any of which will do.
    pub segment: Option<Names>,
    /// Lender, or several any of which will do.
    pub lender: Option<Names>,
    /// Product, or several any of which will do.
    pub product: Option<Names>,
    /// Credit score of the borrower.
    pub score: Option<RawRange>,
    /// Yearly income of the borrower.
    pub income: Option<RawRange>,
    /// Age of the borrower in years.
    pub age: Option<RawRange>,
    /// Limit of the account before any rule.
    pub limit: Option<RawRange>,
    /// Balance of the account before any rule.
    pub balance: Option<RawRange>,
}

/// A band of the score with its cap.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a band, a table such as { below = 600, cap = 1_000 }"
)]
#[schemars(rename = "ScoreCap")]
pub(super) struct RawScoreCap {
    /// Upper end of the score, excluded.
    pub below: Option<Number>,
    /// Upper end of the score, included.
    pub at_most: Option<Number>,
    /// Lower end of the score, excluded.
    pub above: Option<Number>,
    /// Lower end of the score, included.
    pub at_least: Option<Number>,
    /// No limit above this amount in the band.
    pub cap: Option<Money>,
}
