//! What a checked scenario expects of its results.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Amount, Level};

/// A statement about the results, to be judged with its error band.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The statement in words.
    pub text: String,
    /// Index of the policy it is about.
    pub policy: usize,
    /// What changes are measured against; levels are held against nothing.
    pub against: Against,
    /// Part of the system.
    pub part: Part,
    /// What is measured.
    pub measured: Measured,
    /// What has to hold.
    pub claim: Claim,
    /// Runs in which it has to hold: `base` and ids of variants, at least one. With several, a
    /// statement whose verdict changes among them depends on assumption.
    pub runs: Vec<String>,
    /// What it says of the claim that the scenario tests, if it holds.
    pub says: Says,
    /// Such as `expect[0]`.
    pub path: String,
}

/// What a statement that holds says of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It supports the claim.
    #[default]
    For,
    /// It refutes the claim.
    Against,
}

/// A claim that a scenario puts to the test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestedClaim {
    /// Its number; scenarios of one number belong together.
    pub number: u64,
    /// The claim in words.
    pub text: String,
    /// How it would come about.
    pub mechanism: String,
    /// What would refute it.
    pub refuted_by: String,
    /// What the answer rests on that is not known.
    pub assumptions: Vec<String>,
}

/// What a policy is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Against {
    /// The scenario's baseline.
    #[default]
    Baseline,
    /// The proportional cut that keeps the same credit.
    EqualCredit,
}

/// Part of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Everything.
    System,
    /// One lender, by name.
    Lender(String),
    /// One segment, by name.
    Segment(String),
    /// The book with other assets of lenders, the second round and the costs of bankruptcy.
    Total,
    /// Those who bear the loss in the end: one of [`BEARERS`].
    Bearer(String),
}

/// Who bears losses in the end: owners of lenders, investors in tranches, creditors of lenders.
pub const BEARERS: [&str; 4] = ["lenders", "partners", "investors", "creditors"];

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// Mean loss.
    ExpectedLoss,
    /// Standard deviation of the loss.
    StandardDeviation,
    /// Value at risk.
    ValueAtRisk(Level),
    /// Expected shortfall.
    ExpectedShortfall(Level),
    /// Value at risk minus expected loss.
    EconomicCapital(Level),
    /// P(L > amount).
    ExceedanceProbability(Amount),
    /// Mean number of defaults.
    Defaults,
    /// Mean loss over mean number of defaults.
    LossPerDefault,
    /// Expected loss over credit kept.
    ExpectedLossPerCredit,
    /// Expected shortfall over credit kept.
    ExpectedShortfallPerCredit(Level),
    /// Expected shortfall over expected loss.
    ExpectedShortfallOverMean(Level),
    /// Balances after the policy.
    Credit,
    /// Limits after the policy.
    Limits,
    /// People whose limits the policy cuts.
    PeopleCut,
    /// Over-indebted people as a share of those who can be judged.
    OverIndebted,
    /// Balance taken away per person who is over-indebted no more.
    WithdrawnPerRelieved,
    /// Mean number of lenders that fail.
    Failures,
    /// P(at least so many lenders fail).
    AtLeastFailures(u32),
    /// P(a lender fails).
    FailureProbability,
    /// Mean shortfall of lenders' capital.
    CapitalShortfall,
    /// Mean costs of bankruptcy.
    BankruptcyCosts,
    /// Mean loss that the second round adds.
    FeedbackLoss,
    /// Mean share of the lenders' value that distress takes.
    DebtRank,
}

impl Measured {
    /// Whether it is a number of the books, without trials behind it.
    pub const fn is_of_the_books(self) -> bool {
        matches!(
            self,
            Self::Credit
                | Self::Limits
                | Self::PeopleCut
                | Self::OverIndebted
                | Self::WithdrawnPerRelieved
        )
    }

    /// Whether it is a number of the lenders behind the book, and needs a system.
    pub const fn is_of_the_system(self) -> bool {
        matches!(
            self,
            Self::Failures
                | Self::AtLeastFailures(_)
                | Self::FailureProbability
                | Self::CapitalShortfall
                | Self::BankruptcyCosts
                | Self::FeedbackLoss
                | Self::DebtRank
        )
    }

    /// The level, if it has one.
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::ValueAtRisk(q)
            | Self::ExpectedShortfall(q)
            | Self::EconomicCapital(q)
            | Self::ExpectedShortfallPerCredit(q)
            | Self::ExpectedShortfallOverMean(q) => Some(q),
            _ => None,
        }
    }

    /// The threshold, if it has one: an amount in units of currency, or a number of failures.
    pub fn threshold(self, per_unit: f64) -> Option<f64> {
        match self {
            Self::ExceedanceProbability(amount) => Some(amount.0 as f64 / per_unit),
            Self::AtLeastFailures(failures) => Some(f64::from(failures)),
            _ => None,
        }
    }
}

/// What has to hold; a fall is a negative change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// What the number is: the measure itself or its change.
    pub of: Quantity,
    /// On which side of the border it has to lie.
    pub side: Side,
    /// The border, in the unit of the number (currency in whole units).
    pub border: f64,
}

/// The number a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The measure itself.
    Level,
    /// Its change.
    Change,
    /// Its change as a share.
    RelativeChange,
}

/// A side of a border; the border itself belongs to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At or below.
    AtMost,
    /// At or above.
    AtLeast,
}

impl Side {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtMost => "at_most",
            Self::AtLeast => "at_least",
        }
    }
}
