//! What a checked scenario says about synthetic borrowers.

use super::law::{Domain, Law};
use crate::units::{Fraction, Probability};

/// A book without a tape: segments of borrowers drawn from laws.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticBook {
    /// The segments, in file order; ids unique.
    pub segments: Vec<SyntheticSegment>,
    /// Key of the streams that the book is drawn from.
    pub seed: u64,
}

/// Borrowers of one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticSegment {
    /// Name of the segment.
    pub id: String,
    /// People.
    pub borrowers: u64,
    /// How many of them are alike.
    pub grain: Grain,
    /// The account that everybody has.
    pub line: SyntheticLine,
    /// A second account that some have.
    pub second: Option<SecondLine>,
    /// PD per horizon.
    pub pd: PdLaw,
    /// Income per year, units of currency.
    pub income: Option<Law>,
    /// Score.
    pub score: Option<Law>,
    /// Age in years.
    pub age: Option<Law>,
    /// Spearman correlations of pairs of attributes, each pair once.
    pub rank_correlations: Vec<RankCorrelation>,
    /// Such as `portfolio.synthetic[0]`.
    pub path: String,
}

/// How the people of a segment become entries of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Everybody is drawn alone.
    Each,
    /// So many pools of like people who default independently.
    Pools(u64),
    /// Each draw decides on the default of so many people at once.
    StandsFor(u64),
}

/// An account of synthetic borrowers.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticLine {
    /// Product; the default of the portfolio without it.
    pub product: Option<String>,
    /// Lender; the default of the portfolio without it.
    pub lender: Option<String>,
    /// Limit, units of currency.
    pub limit: Law,
    /// Balance over limit.
    pub utilisation: Law,
    /// Loss given default; the default of the portfolio without it.
    pub lgd: Option<Law>,
    /// Share of the undrawn line drawn before default; the default of the portfolio without it.
    pub ccf: Option<Fraction>,
    /// Interest rate per year; the default of the portfolio without it.
    pub interest_rate: Option<f64>,
}

/// A second account held by a share of the borrowers. What it does not say is as for the first.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondLine {
    /// Share of the borrowers who have it.
    pub share: Fraction,
    /// The account.
    pub line: SyntheticLine,
}

/// The law of PDs.
#[derive(Debug, Clone, PartialEq)]
pub enum PdLaw {
    /// A law of its own.
    Free(Law),
    /// A logistic function of the first line's limit.
    Logistic(Logistic),
    /// The default of the portfolio.
    Default,
}

/// log-odds of the PD = log-odds(pd) + slope ln(limit / at) + sigma e, e standard normal.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// The PD at the limit `at` (in 0..1, ends excluded).
    pub pd: Probability,
    /// A limit above 0, units of currency.
    pub at: f64,
    /// Change of the log-odds per unit of ln(limit).
    pub slope: f64,
    /// Standard deviation of what the limit does not explain.
    pub sigma: f64,
    /// Where the scenario says it.
    pub path: String,
}

/// What a synthetic borrower has; the order is that of the random numbers and is part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// Limit of the first line.
    Limit,
    /// Utilisation of the first line.
    Utilisation,
    /// PD; under a logistic law what the limit does not explain.
    Pd,
    /// Limit of the second line.
    SecondLimit,
    /// Utilisation of the second line.
    SecondUtilisation,
    /// Income.
    Income,
    /// Score.
    Score,
    /// Age.
    Age,
    /// LGD of the first line.
    Lgd,
    /// LGD of the second line.
    SecondLgd,
    /// Who has the second line: those with high values.
    Second,
}

impl Attribute {
    /// All of them, in the order of their random numbers.
    pub const ALL: [Self; 11] = [
        Self::Limit,
        Self::Utilisation,
        Self::Pd,
        Self::SecondLimit,
        Self::SecondUtilisation,
        Self::Income,
        Self::Score,
        Self::Age,
        Self::Lgd,
        Self::SecondLgd,
        Self::Second,
    ];

    /// What its values may be.
    pub const fn domain(self) -> Domain {
        match self {
            Self::Pd | Self::Lgd | Self::SecondLgd => Domain::SHARE,
            Self::Score | Self::Second => Domain::ANY,
            _ => Domain::AT_LEAST_0,
        }
    }

    /// As written in `rank_correlation`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Utilisation => "utilisation",
            Self::Pd => "pd",
            Self::SecondLimit => "second_limit",
            Self::SecondUtilisation => "second_utilisation",
            Self::Income => "income",
            Self::Score => "score",
            Self::Age => "age",
            Self::Lgd => "lgd",
            Self::SecondLgd => "second_lgd",
            Self::Second => "second",
        }
    }
}

/// Spearman's rank correlation of two attributes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankCorrelation {
    /// One of the two.
    pub a: Attribute,
    /// The other.
    pub b: Attribute,
    /// In -1..=1.
    pub rank: f64,
}

impl SyntheticSegment {
    /// The law of an attribute, where it has one of its own.
    pub fn law(&self, attribute: Attribute) -> Option<&Law> {
        let second = self.second.as_ref().map(|second| &second.line);
        match attribute {
            Attribute::Limit => Some(&self.line.limit),
            Attribute::Utilisation => Some(&self.line.utilisation),
            Attribute::Pd => match &self.pd {
                PdLaw::Free(law) => Some(law),
                PdLaw::Logistic(_) | PdLaw::Default => None,
            },
            Attribute::SecondLimit => second.map(|line| &line.limit),
            Attribute::SecondUtilisation => second.map(|line| &line.utilisation),
            Attribute::Income => self.income.as_ref(),
            Attribute::Score => self.score.as_ref(),
            Attribute::Age => self.age.as_ref(),
            Attribute::Lgd => self.line.lgd.as_ref(),
            Attribute::SecondLgd => second.and_then(|line| line.lgd.as_ref()),
            Attribute::Second => None,
        }
    }

    /// Whether borrowers differ in an attribute.
    pub fn varies(&self, attribute: Attribute) -> bool {
        match (attribute, &self.pd) {
            (Attribute::Second, _) => {
                self.second.is_some() && !matches!(self.grain, Grain::Pools(_))
            }
            (Attribute::Pd, PdLaw::Logistic(logistic)) => logistic.sigma > 0.0,
            _ => self.law(attribute).is_some_and(|law| !law.is_fixed()),
        }
    }
}
