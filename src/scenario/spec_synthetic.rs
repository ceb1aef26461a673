//! `[[portfolio.synthetic]]` as serde reads it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec_law::RawLaw;
use super::values::{Number, Whole};

/// Numbers by two names.
pub(super) type RawRanks = BTreeMap<String, Option<BTreeMap<String, Option<Number>>>>;

/// Borrowers drawn from laws instead of read from a tape.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Synthetic", extend("required" = ["id"]))]
pub(super) struct RawSynthetic {
    /// Slug, unique: the segment of these borrowers.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// Number of people.
    #[schemars(range(min = 1))]
    pub borrowers: Option<Whole>,
    /// Number of pools of like people who default independently; without it everybody is drawn alone.
    #[schemars(range(min = 1))]
    pub pools: Option<Whole>,
    /// Number of people whose default one draw decides; instead of pools.
    #[schemars(range(min = 1))]
    pub stands_for: Option<Whole>,
    /// Product of the account.
    pub product: Option<String>,
    /// Lender of the account.
    pub lender: Option<String>,
    /// Limit, in units of currency.
    pub limit: Option<RawLaw>,
    /// Balance as a share of the limit.
    pub utilisation: Option<RawLaw>,
    /// PD per horizon, or a logistic function of the limit.
    pub pd: Option<RawLaw>,
    /// Loss given default, share of EAD.
    pub lgd: Option<RawLaw>,
    /// Share of the undrawn line drawn before default.
    #[schemars(range(min = 0, max = 1))]
    pub ccf: Option<Number>,
    /// Interest rate per year, a fraction.
    #[schemars(range(min = 0, max = 10))]
    pub interest_rate: Option<Number>,
    /// Yearly income, in units of currency.
    pub income: Option<RawLaw>,
    /// Credit score.
    pub score: Option<RawLaw>,
    /// Age in years.
    pub age: Option<RawLaw>,
    /// A second account that some of the borrowers have.
    pub second: Option<RawSecond>,
    /// Spearman correlations of pairs of attributes, by name.
    #[schemars(extend("examples" = [{ "limit": { "income": 0.5, "age": 0.2 } }]))]
    pub rank_correlation: Option<RawRanks>,
}

/// A second account; what it does not say is as for the first.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Second", extend("required" = ["share", "limit", "utilisation"]))]
pub(super) struct RawSecond {
    /// Share of the borrowers who have it.
    #[schemars(range(min = 0, max = 1))]
    pub share: Option<Number>,
    /// Product of the account.
    pub product: Option<String>,
    /// Lender of the account.
    pub lender: Option<String>,
    /// Limit, in units of currency.
    pub limit: Option<RawLaw>,
    /// Balance as a share of the limit.
    pub utilisation: Option<RawLaw>,
    /// Loss given default, share of EAD.
    pub lgd: Option<RawLaw>,
    /// Share of the undrawn line drawn before default.
    #[schemars(range(min = 0, max = 1))]
    pub ccf: Option<Number>,
    /// Interest rate per year, a fraction.
    #[schemars(range(min = 0, max = 10))]
    pub interest_rate: Option<Number>,
}
