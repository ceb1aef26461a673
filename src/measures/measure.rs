//! The names, units and comparisons of everything that is reported.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::Measured;

/// What is measured. Losses per horizon; amounts in units of currency.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Mean loss.
    ExpectedLoss,
    /// Standard deviation of the loss.
    StandardDeviation,
    /// Smallest loss x with P(L <= x) >= level.
    ValueAtRisk,
    /// Mean of the worst 1 - level.
    ExpectedShortfall,
    /// Value at risk minus expected loss.
    EconomicCapital,
    /// P(L > threshold).
    ExceedanceProbability,
    /// Mean number of defaults (people; accounts for a lender).
    Defaults,
    /// Mean loss over mean number of defaults.
    LossPerDefault,
    /// Expected loss over credit kept.
    ExpectedLossPerCredit,
    /// Expected shortfall over credit kept.
    ExpectedShortfallPerCredit,
    /// Expected shortfall over expected loss.
    ExpectedShortfallOverMean,
    /// Balances after the policy.
    Credit,
    /// Balances the policy takes away.
    WithdrawnCredit,
    /// Part of it that other lenders take over.
    LeakedCredit,
    /// Balances taken over from other lenders.
    ReceivedCredit,
    /// Limits after the policy.
    Limits,
    /// Limits the policy takes away.
    LimitCut,
    /// Exposure at default after the policy.
    Exposure,
    /// Capital by the Basel retail formula at 99.9 %.
    IrbCapital,
    /// Yearly interest on withdrawn credit.
    InterestIncomeLost,
    /// Accounts whose limit falls.
    AccountsCut,
    /// People with at least one limit cut.
    PeopleCut,
    /// People cut below what they have drawn.
    PeopleCutBelowBalance,
    /// Over-indebted people after the policy, as a share of those who can be judged.
    OverIndebted,
    /// Balance the policy takes away per person who is over-indebted before it and not after it.
    WithdrawnPerRelieved,
    /// People whose odds of default rise under the policy.
    PeopleWithHigherOdds,
    /// People whose odds of default fall.
    PeopleWithLowerOdds,
    /// Mean number of lenders that fail.
    Failures,
    /// P(at least so many lenders fail); the number stands as threshold.
    FailuresAtLeast,
    /// P(a lender fails).
    FailureProbability,
    /// Mean capital that lenders lack to their capital ratio.
    CapitalShortfall,
    /// Mean costs of bankruptcy.
    BankruptcyCosts,
    /// Mean loss of the second round.
    FeedbackLoss,
    /// Mean loss of assets outside the book.
    OtherAssetLoss,
    /// Mean share of equity that distress takes beyond the losses themselves.
    DebtRank,
    /// Mean number of lenders that fail if nothing of failed debts is paid.
    #[serde(rename = "cascade_failures")]
    Cascade,
    /// Mean loss of a lender in the worst 1 - level of all.
    #[serde(rename = "marginal_expected_shortfall")]
    MarginalShortfall,
    /// VaR of all others given a lender at its VaR, less the same given its median.
    DeltaCovar,
    /// Capital that a lender lacks in the worst 1 - level of all.
    Srisk,
    /// Risk-weighted assets before losses.
    RiskWeightedAssets,
    /// Capital over risk-weighted assets before losses.
    CapitalRatio,
}

/// The unit of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Units of the scenario's currency.
    Currency,
    /// A share: a probability, a ratio, a relative change.
    Fraction,
    /// A number of people, accounts or lenders.
    Count,
}

impl Measure {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExpectedLoss => "expected_loss",
            Self::StandardDeviation => "standard_deviation",
            Self::ValueAtRisk => "value_at_risk",
            Self::ExpectedShortfall => "expected_shortfall",
            Self::EconomicCapital => "economic_capital",
            Self::ExceedanceProbability => "exceedance_probability",
            Self::Defaults => "defaults",
            Self::LossPerDefault => "loss_per_default",
            Self::ExpectedLossPerCredit => "expected_loss_per_credit",
            Self::ExpectedShortfallPerCredit => "expected_shortfall_per_credit",
            Self::ExpectedShortfallOverMean => "expected_shortfall_over_mean",
            Self::Credit => "credit",
            Self::WithdrawnCredit => "withdrawn_credit",
            Self::LeakedCredit => "leaked_credit",
            Self::ReceivedCredit => "received_credit",
            Self::Limits => "limits",
            Self::LimitCut => "limit_cut",
            Self::Exposure => "exposure",
            Self::IrbCapital => "irb_capital",
            Self::InterestIncomeLost => "interest_income_lost",
            Self::AccountsCut => "accounts_cut",
            Self::PeopleCut => "people_cut",
            Self::PeopleCutBelowBalance => "people_cut_below_balance",
            Self::OverIndebted => "over_indebted",
            Self::WithdrawnPerRelieved => "withdrawn_per_relieved",
            Self::PeopleWithHigherOdds => "people_with_higher_odds",
            Self::PeopleWithLowerOdds => "people_with_lower_odds",
            Self::Failures => "failures",
            Self::FailuresAtLeast => "failures_at_least",
            Self::FailureProbability => "failure_probability",
            Self::CapitalShortfall => "capital_shortfall",
            Self::BankruptcyCosts => "bankruptcy_costs",
            Self::FeedbackLoss => "feedback_loss",
            Self::OtherAssetLoss => "other_asset_loss",
            Self::DebtRank => "debt_rank",
            Self::Cascade => "cascade_failures",
            Self::MarginalShortfall => "marginal_expected_shortfall",
            Self::DeltaCovar => "delta_covar",
            Self::Srisk => "srisk",
            Self::RiskWeightedAssets => "risk_weighted_assets",
            Self::CapitalRatio => "capital_ratio",
        }
    }

    /// Whether it is a share of credit kept.
    pub const fn is_per_credit(self) -> bool {
        matches!(self, Self::ExpectedLossPerCredit | Self::ExpectedShortfallPerCredit)
    }

    /// Unit of its value.
    pub const fn unit(self) -> Unit {
        match self {
            Self::ExceedanceProbability
            | Self::ExpectedLossPerCredit
            | Self::ExpectedShortfallPerCredit
            | Self::ExpectedShortfallOverMean
            | Self::OverIndebted
            | Self::FailuresAtLeast
            | Self::FailureProbability
            | Self::DebtRank
            | Self::CapitalRatio => Unit::Fraction,
            Self::Defaults
            | Self::AccountsCut
            | Self::PeopleCut
            | Self::PeopleCutBelowBalance
            | Self::PeopleWithHigherOdds
            | Self::PeopleWithLowerOdds
            | Self::Failures
            | Self::Cascade => Unit::Count,
            _ => Unit::Currency,
        }
    }
}

/// The measure behind a word of the scenario.
impl From<Measured> for Measure {
    fn from(measured: Measured) -> Self {
        match measured {
            Measured::ExpectedLoss => Self::ExpectedLoss,
            Measured::StandardDeviation => Self::StandardDeviation,
            Measured::ValueAtRisk(_) => Self::ValueAtRisk,
            Measured::ExpectedShortfall(_) => Self::ExpectedShortfall,
            Measured::EconomicCapital(_) => Self::EconomicCapital,
            Measured::ExceedanceProbability(_) => Self::ExceedanceProbability,
            Measured::Defaults => Self::Defaults,
            Measured::LossPerDefault => Self::LossPerDefault,
            Measured::ExpectedLossPerCredit => Self::ExpectedLossPerCredit,
            Measured::ExpectedShortfallPerCredit(_) => Self::ExpectedShortfallPerCredit,
            Measured::ExpectedShortfallOverMean(_) => Self::ExpectedShortfallOverMean,
            Measured::Credit => Self::Credit,
            Measured::Limits => Self::Limits,
            Measured::PeopleCut => Self::PeopleCut,
            Measured::OverIndebted => Self::OverIndebted,
            Measured::WithdrawnPerRelieved => Self::WithdrawnPerRelieved,
            Measured::Failures => Self::Failures,
            Measured::AtLeastFailures(_) => Self::FailuresAtLeast,
            Measured::FailureProbability => Self::FailureProbability,
            Measured::CapitalShortfall => Self::CapitalShortfall,
            Measured::BankruptcyCosts => Self::BankruptcyCosts,
            Measured::FeedbackLoss => Self::FeedbackLoss,
            Measured::DebtRank => Self::DebtRank,
        }
    }
}

impl Unit {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Currency => "currency",
            Self::Fraction => "fraction",
            Self::Count => "count",
        }
    }
}

/// What a value is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Nothing: the value itself.
    Level,
    /// Minus the baseline's.
    Change,
    /// Minus the baseline's, as a share of it.
    RelativeChange,
    /// Minus that of the proportional cut with the same credit.
    ChangeAtEqualCredit,
    /// The same as a share of the proportional cut's.
    RelativeChangeAtEqualCredit,
}

impl Comparison {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Change => "change",
            Self::RelativeChange => "relative_change",
            Self::ChangeAtEqualCredit => "change_at_equal_credit",
            Self::RelativeChangeAtEqualCredit => "relative_change_at_equal_credit",
        }
    }
}
