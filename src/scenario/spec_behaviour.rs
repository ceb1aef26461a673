//! `[behaviour]` as serde reads it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec_portfolio::RawRange;
use super::values::{List, Names, Number};

/// How borrowers answer to new limits; what stands above a new limit runs off, all else is zero
/// unless given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { leakage = 0.4 }")]
#[schemars(rename = "Behaviour")]
pub(super) struct RawBehaviour {
    /// Share of the balance above the new limit that runs off.
    #[schemars(range(min = 0, max = 1), extend("default" = 1))]
    pub run_off: Option<Number>,
    /// Debt that goes (or comes) with each unit of limit taken away (or given).
    #[schemars(range(min = 0, max = 1), extend("default" = 0))]
    pub pass_through: Option<Number>,
    /// Share of withdrawn credit that rivals are asked for.
    #[schemars(range(min = 0, max = 1), extend("default" = 0))]
    pub leakage: Option<Number>,
    /// Debt at a rival may not exceed this multiple of the cut account's old limit.
    #[schemars(range(min = 0), extend("default" = 1))]
    pub rival_limit: Option<Number>,
    /// Fall of the log-odds of default if all of the borrower's debt went (in proportion for less).
    #[schemars(extend("default" = 0))]
    pub relief: Option<Number>,
    /// Rise of the log-odds of default of those who are cut below their balance.
    #[schemars(extend("default" = 0))]
    pub squeeze: Option<Number>,
    /// What the odds of default are multiplied by when all withdrawn credit leaked to new lenders.
    #[schemars(extend("exclusiveMinimum" = 0, "default" = 1))]
    pub stacking: Option<Number>,
    /// Name of the lenders outside the book, seen as one.
    #[schemars(extend("default" = "outside"))]
    pub outside: Option<String>,
    /// Loss given default there; that of the cut account unless given.
    #[schemars(range(min = 0, max = 1))]
    pub outside_lgd: Option<Number>,
    /// Lenders that take leaked credit; unless given, the borrower's other lenders in proportion to
    /// limits, then those outside.
    pub rival: List<RawRival>,
    /// Borrowers with numbers of their own; the first that matches counts.
    pub group: List<RawResponseGroup>,
    /// Switches, all on unless given.
    pub channels: Option<RawChannels>,
}

/// A lender that takes leaked credit.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { lender = \"rival\" }")]
#[schemars(rename = "Rival", extend("required" = ["lender"]))]
pub(super) struct RawRival {
    /// Its name; a lender of the book, or a new one.
    pub lender: Option<String>,
    /// Its part of what leaks, relative to that of the other rivals.
    #[schemars(extend("exclusiveMinimum" = 0, "default" = 1))]
    pub share: Option<Number>,
    /// In place of `rival_limit`.
    #[schemars(range(min = 0))]
    pub limit: Option<Number>,
    /// Loss given default of debts of borrowers new to it; that of the cut account unless given.
    #[schemars(range(min = 0, max = 1))]
    pub lgd: Option<Number>,
}

/// Borrowers with numbers of their own; what is not given is as for everybody.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "ResponseGroup", extend("required" = ["id", "where"]))]
pub(super) struct RawResponseGroup {
    /// Slug, unique among the groups.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// Whom it holds.
    #[serde(rename = "where")]
    pub filter: Option<RawBorrowerFilter>,
    /// Share of the balance above the new limit that runs off, for the group.
    #[schemars(range(min = 0, max = 1))]
    pub run_off: Option<Number>,
    /// Debt that goes with each unit of limit, for the group.
    #[schemars(range(min = 0, max = 1))]
    pub pass_through: Option<Number>,
    /// Share of withdrawn credit that rivals are asked for, for the group.
    #[schemars(range(min = 0, max = 1))]
    pub leakage: Option<Number>,
    /// Multiple of the old limit up to which rivals lend, for the group.
    #[schemars(range(min = 0))]
    pub rival_limit: Option<Number>,
    /// Fall of the log-odds of default per 100 % fall of debt, for the group.
    pub relief: Option<Number>,
    /// Rise of the log-odds of those cut below their balance, for the group.
    pub squeeze: Option<Number>,
    /// Odds multiplier where all withdrawn credit leaked to new lenders, for the group.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub stacking: Option<Number>,
}

/// Conditions on the borrower that all have to hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { score = { below = 600 } }")]
#[schemars(rename = "BorrowerFilter")]
pub(super) struct RawBorrowerFilter {
    /// Segment, or several any of which will do.
    pub segment: Option<Names>,
    /// Credit score.
    pub score: Option<RawRange>,
    /// Yearly income.
    pub income: Option<RawRange>,
    /// Age in years.
    pub age: Option<RawRange>,
}

/// Switches of the channels.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { leakage = false }")]
#[schemars(rename = "Channels")]
pub(super) struct RawChannels {
    /// Withdrawn credit finds other lenders.
    #[schemars(extend("default" = true))]
    pub leakage: Option<bool>,
    /// Less debt, fewer defaults.
    #[schemars(extend("default" = true))]
    pub relief: Option<bool>,
    /// Cut below the balance, more defaults.
    #[schemars(extend("default" = true))]
    pub squeeze: Option<bool>,
    /// Debts at more lenders, other odds.
    #[schemars(extend("default" = true))]
    pub stacking: Option<bool>,
}
