//! What a checked scenario says about its book.

use std::path::PathBuf;

use super::Filter;
use super::synthetic::SyntheticBook;
use crate::error::Place;
use crate::units::{Amount, Fraction, Probability};

/// Where the book comes from and what is done to it on the way in.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioSpec {
    /// A tape, or laws.
    pub source: BookSource,
    /// Which header of the tape holds which field.
    pub columns: Vec<ColumnMapping>,
    /// Values for rows (or whole tapes) that do not have the field.
    pub defaults: Defaults,
    /// Segments derived by ranges; the first match wins.
    pub segments: Vec<SegmentRule>,
    /// Columns whose values make the name of the segment; empty: `segment` alone, as it stands.
    pub segment_by: Vec<String>,
    /// What to do with balances below zero.
    pub negative_balance: NegativeBalance,
    /// PDs from the tape's own observed defaults instead of a PD column.
    pub observed_pd: Option<ObservedPd>,
    /// Balance-weighted mean that all PDs are shifted to (one shift in log-odds, so that ranking
    /// is kept).
    pub calibrate_mean_pd: Option<Probability>,
    /// Step of the balance grid on which accounts of equal limit are pooled, if asked for.
    pub pool_balance_step: Option<Amount>,
}

/// Where borrowers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum BookSource {
    /// A CSV tape, resolved against the folder of the scenario file.
    Tape(PathBuf),
    /// Laws that they are drawn from.
    Synthetic(SyntheticBook),
}

impl BookSource {
    /// Where faults of the book as a whole stand.
    pub fn place(&self) -> Place {
        match self {
            Self::Tape(tape) => Place::File(tape.clone()),
            Self::Synthetic(_) => Place::Key("portfolio.synthetic".into()),
        }
    }
}

/// A field of a tape row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Id that ties the accounts of one borrower together; without it each row is a borrower.
    Borrower,
    /// Number of identical, independent borrowers in the row.
    Count,
    /// Number of borrowers who default together with each of them: one draw stands for so many.
    StandsFor,
    /// Segment of the borrower.
    Segment,
    /// Product of the account.
    Product,
    /// Lender of the account.
    Lender,
    /// Size of the line, in units of currency.
    Limit,
    /// Drawn today, in units of currency.
    Balance,
    /// Probability of default per horizon.
    Pd,
    /// Loss given default, share of EAD.
    Lgd,
    /// Share of the undrawn line drawn before default.
    Ccf,
    /// Credit score of the borrower, any scale.
    Score,
    /// Income of the borrower per year, in units of currency.
    Income,
    /// Age of the borrower in years.
    Age,
    /// Interest rate of the account per year, a fraction.
    InterestRate,
    /// Observed default of the past (0 or 1), for [`ObservedPd`].
    Default,
}

impl Field {
    /// Every field, in the order in which docs and written tapes list them.
    pub const ALL: [Self; 16] = [
        Self::Borrower,
        Self::Count,
        Self::StandsFor,
        Self::Segment,
        Self::Product,
        Self::Lender,
        Self::Limit,
        Self::Balance,
        Self::Pd,
        Self::Lgd,
        Self::Ccf,
        Self::Score,
        Self::Income,
        Self::Age,
        Self::InterestRate,
        Self::Default,
    ];

    /// The key in `[portfolio.columns]` and the header that is recognised without a mapping.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Borrower => "borrower",
            Self::Count => "count",
            Self::StandsFor => "stands_for",
            Self::Segment => "segment",
            Self::Product => "product",
            Self::Lender => "lender",
            Self::Limit => "limit",
            Self::Balance => "balance",
            Self::Pd => "pd",
            Self::Lgd => "lgd",
            Self::Ccf => "ccf",
            Self::Score => "score",
            Self::Income => "income",
            Self::Age => "age",
            Self::InterestRate => "interest_rate",
            Self::Default => "default",
        }
    }
}

/// One line of `[portfolio.columns]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMapping {
    /// What the column holds.
    pub field: Field,
    /// Its header in the tape.
    pub header: String,
    /// Where the scenario says so, such as `portfolio.columns.limit`.
    pub path: String,
}

/// Values for what the tape does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// PD, if the tape has no column and no observed defaults.
    pub pd: Option<Probability>,
    /// LGD, if the tape has no column.
    pub lgd: Option<Fraction>,
    /// CCF; 0 if neither the tape nor the scenario has it.
    pub ccf: Option<Fraction>,
    /// Interest rate per year; without it interest income is not reported.
    pub interest_rate: Option<f64>,
    /// Lender of all accounts if the tape has no column.
    pub lender: String,
    /// Segment of borrowers that neither the tape nor a segment rule places.
    pub segment: Option<String>,
    /// Product of all accounts if the tape has no column.
    pub product: Option<String>,
}

/// A segment derived by ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentRule {
    /// Slug, unique among the segments.
    pub id: String,
    /// Which borrowers belong to it (for several accounts: judged on the sum of limits and of
    /// balances).
    pub filter: Filter,
    /// Such as `portfolio.segment[2]`.
    pub path: String,
}

/// What to do with balances below zero (credit balances of the client).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NegativeBalance {
    /// Taken as 0 and counted in the quality report.
    #[default]
    Zero,
    /// A fault.
    Refuse,
}

/// PDs as the default rate observed in the tape, by band of the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedPd {
    /// Upper edges (inclusive) of the limit bands, ascending; above the last edge is one more band.
    pub limit_edges: Vec<Amount>,
    /// `portfolio.observed_pd`.
    pub path: String,
}
