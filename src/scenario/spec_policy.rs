//! `[[policy]]` as serde reads it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::schema_rules::exactly_one;
use super::spec_ladder::RawCap;
use super::spec_portfolio::RawRange;
use super::values::{List, Money, Names, Number};
use super::{AppliesTo, IfMissing, Per, When};

/// A limit policy; without rules, limits stay as they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Policy", extend("required" = ["id"]))]
pub(super) struct RawPolicy {
    /// Slug, unique among the policies.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// Title for people; the id unless given.
    pub title: Option<String>,
    /// Id of the policy whose credit this one is scaled to.
    pub match_credit: Option<String>,
    /// Whether a proportional cut of the same credit stands beside the policy.
    pub equal_credit_cut: Option<bool>,
    /// Whether its limits come before any loss, or during a bad year, once some lender is stressed.
    #[schemars(extend("default" = "before"))]
    pub when: Option<When>,
    /// The rules; none leaves limits as they are.
    pub rule: List<RawRule>,
}

/// A rule with exactly one of `cap`, `scale`, `income_share`, `score_caps` and `floor`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(
    rename = "Rule",
    extend("oneOf" = exactly_one(&["cap", "scale", "income_share", "score_caps", "floor"]))
)]
pub(super) struct RawRule {
    /// Which accounts the rule touches; all unless given.
    #[serde(rename = "where")]
    pub filter: Option<RawFilter>,
    /// No limit above this amount; a table makes one policy per cap.
    pub cap: Option<RawCap>,
    /// No limit above this multiple of the old one; above 1 only with `raise`.
    #[schemars(range(min = 0), extend("examples" = [0.5]))]
    pub scale: Option<Number>,
    /// No limit above this share of the yearly income.
    #[schemars(range(min = 0), extend("examples" = [0.3333]))]
    pub income_share: Option<Number>,
    /// No limit above an amount that depends on the score.
    pub score_caps: List<RawScoreCap>,
    /// The least that the other account rules leave, never above the old limit.
    #[schemars(range(min = 0))]
    pub floor: Option<Money>,
    /// Whether each account is bounded, or the sum over a borrower's matching accounts.
    #[schemars(extend("default" = "account"))]
    pub per: Option<Per>,
    /// Whether the rule may lift a limit.
    #[schemars(extend("default" = false))]
    pub raise: Option<bool>,
    /// Rows without income, score or age that the rule needs: a fault, left alone, or counted as 0.
    #[schemars(extend("default" = "refuse"))]
    pub if_missing: Option<IfMissing>,
    /// Existing balances too, or new credit only.
    #[schemars(extend("default" = "all"))]
    pub applies_to: Option<AppliesTo>,
}

/// Conditions that all have to hold, judged on values before any rule.
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
#[schemars(rename = "ScoreCap", extend("required" = ["cap"]))]
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
    #[schemars(range(min = 0))]
    pub cap: Option<Money>,
}
