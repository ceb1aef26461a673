//! One input file, one what-if: the scenario as checked, plain data.
//!
//! [`load`] reads TOML or JSON, applies `--set` overrides, and returns either a [`Loaded`]
//! scenario, in which every number is in range and every reference inside the file is known, or
//! up to 20 faults with their places. What only the tape can tell (do the columns exist, is the
//! segment of a filter known) is checked by the later stages, which report at the same places
//! through the `path` that the checked types carry.

mod check;
mod check_model;
mod check_policy;
mod check_portfolio;
mod check_range;
mod check_scenario;
mod diagnostics;
mod heal;
mod json_tree;
mod load;
mod overrides;
mod paths;
mod source;
mod spec;
mod spec_model;
mod spec_policy;
mod spec_portfolio;
mod suggest;
mod toml_tree;
mod tree;
mod values;
mod variants;
mod words;
mod written;

use std::path::PathBuf;

pub use check_model::DEFAULT_FACTOR;
pub use check_portfolio::DEFAULT_LENDER;
pub use check_scenario::{
    DEFAULT_CONFIDENCE, DEFAULT_LEVELS, DEFAULT_SEED, DEFAULT_TRIALS, FORMAT, MOST_TRIALS,
};
pub use diagnostics::Places;
pub use load::{Loaded, Rejected, load, load_text};
pub use source::Notation;
pub use suggest::nearest;

use crate::units::{
    Amount, AssetCorrelation, Confidence, Currency, Fraction, Level, Loading, Probability,
};

/// A scenario in which everything that the file alone can tell has been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Slug of the file's stem; the name of the results folder.
    pub id: String,
    /// Free text for people; the id when the file gives none.
    pub title: String,
    /// Longer free text.
    pub description: Option<String>,
    /// Where the data come from and under which licence.
    pub source: Option<String>,
    /// Currency and its smallest unit.
    pub currency: Currency,
    /// Free text, such as `1 year`: what the PDs refer to.
    pub horizon: String,
    /// Key of every random stream, in 0..2^63.
    pub seed: u64,
    /// Levels of VaR, ES and economic capital, ascending, no duplicates.
    pub levels: Vec<Level>,
    /// Coverage of every error band.
    pub confidence: Confidence,
    /// Index into `policies` of the policy that the others are compared with.
    pub baseline: usize,
    /// Losses x for which P(L > x) of the system is reported, ascending.
    pub thresholds: Vec<Amount>,
    /// How trials are drawn.
    pub sampling: Sampling,
    /// Where the book comes from.
    pub portfolio: PortfolioSpec,
    /// How borrowers default together.
    pub model: ModelSpec,
    /// What is done to PDs and factors on top of the model.
    pub stress: Stress,
    /// The limit policies, at least one, in file order, ids unique.
    pub policies: Vec<Policy>,
    /// What is written beyond the standard results.
    pub output: OutputSpec,
}

/// A named set of overrides of the scenario, run on the same seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Slug, unique among the variants; `base` is taken by the scenario itself.
    pub id: String,
    /// Free text; the id when the file gives none.
    pub title: String,
    /// The scenario with the overrides applied and checked again.
    pub scenario: Scenario,
}

/// How trials are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Number of trials, at least 1.
    pub trials: u64,
}

/// Where the book comes from and what is done to it on the way in.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioSpec {
    /// The CSV tape, resolved against the folder of the scenario file.
    pub tape: PathBuf,
    /// Which header of the tape holds which field.
    pub columns: Vec<ColumnMapping>,
    /// Values for rows (or whole tapes) that do not have the field.
    pub defaults: Defaults,
    /// Segments derived by ranges; the first match wins.
    pub segments: Vec<SegmentRule>,
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

/// A field of a tape row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Id that ties the accounts of one borrower together; without it each row is a borrower.
    Borrower,
    /// Number of identical, independent borrowers in the row.
    Count,
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
    pub const ALL: [Self; 15] = [
        Self::Borrower,
        Self::Count,
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
    pub ccf: Fraction,
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

/// How borrowers default together: a Gaussian copula with correlated factors.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// Ids of the systematic factors, at least one (`systematic` when the file names none).
    pub factors: Vec<String>,
    /// Correlation of the factors, symmetric with unit diagonal, row by row. Checked here for
    /// range and symmetry; whether it is positive semi-definite is for the model stage to say.
    pub factor_correlation: Vec<Vec<f64>>,
    /// What holds for segments not named below.
    pub default: Dependence,
    /// Segments with their own dependence.
    pub segments: Vec<SegmentDependence>,
    /// `model`.
    pub path: String,
}

/// A segment's own dependence.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentDependence {
    /// The segment.
    pub segment: String,
    /// Its dependence.
    pub dependence: Dependence,
    /// Such as `model.segment.students`.
    pub path: String,
}

/// How a borrower's latent asset hangs on the factors.
#[derive(Debug, Clone, PartialEq)]
pub enum Dependence {
    /// One factor (index into [`ModelSpec::factors`]) and an asset correlation.
    OneFactor {
        /// Index of the factor.
        factor: usize,
        /// Where the correlation comes from.
        correlation: CorrelationRule,
    },
    /// A loading on each factor, in the order of [`ModelSpec::factors`].
    Loadings(Vec<Loading>),
}

/// Where an asset correlation comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CorrelationRule {
    /// Given as a number.
    Fixed(AssetCorrelation),
    /// A Basel retail function of the PD.
    Basel(BaselRetail),
}

/// The retail asset classes of the Basel framework (CRE31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaselRetail {
    /// Qualifying revolving retail exposures: 0.04.
    Qrre,
    /// Other retail: 0.03 to 0.16, falling with the PD.
    OtherRetail,
    /// Residential mortgages: 0.15.
    Mortgage,
}

/// What is done to PDs and factors on top of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Stress {
    /// Multiplies every PD (result clamped at 1, clamps counted); 1 is no stress.
    pub pd_multiplier: f64,
    /// Multiplies the odds of every PD; 1 is no stress.
    pub odds_multiplier: f64,
    /// Factors that are held or moved: (index of the factor, what is done).
    pub factors: Vec<(usize, FactorStress)>,
}

impl Default for Stress {
    fn default() -> Self {
        Self { pd_multiplier: 1.0, odds_multiplier: 1.0, factors: Vec::new() }
    }
}

/// What is done to one factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FactorStress {
    /// The factor takes this value in every trial; the others keep their law given it.
    Fixed(f64),
    /// This is added to the factor in every trial; the others stay.
    Shift(f64),
}

/// One set of limit rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Slug, unique.
    pub id: String,
    /// Free text; the id when the file gives none.
    pub title: String,
    /// No rules: limits stay as they are.
    pub rules: Vec<Rule>,
    /// Such as `policy[1]`.
    pub path: String,
}

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Which accounts it touches, judged on values before any rule.
    pub filter: Filter,
    /// What bounds the limit.
    pub bound: LimitBound,
    /// Whether it bounds each account or the sum over a borrower's matching accounts.
    pub per: Per,
    /// Whether it may lift a limit.
    pub raise: Raise,
    /// What to do with rows that lack an attribute the rule or its filter needs.
    pub if_missing: IfMissing,
    /// Whether existing balances are touched.
    pub applies_to: AppliesTo,
    /// Such as `policy[1].rule[0]`.
    pub path: String,
}

/// What bounds a limit.
#[derive(Debug, Clone, PartialEq)]
pub enum LimitBound {
    /// An absolute amount.
    Cap(Amount),
    /// A multiple of the old limit.
    Scale(f64),
    /// A share of the borrower's yearly income.
    IncomeShare(f64),
    /// An amount by band of the score; a score in no band is not bounded.
    ScoreCaps(Vec<ScoreCap>),
    /// The least that account rules may leave, never above the old limit (unless `raise`).
    Floor(Amount),
}

/// One band of [`LimitBound::ScoreCaps`].
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreCap {
    /// The band.
    pub score: Range,
    /// Its cap.
    pub cap: Amount,
}

/// What a rule bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Per {
    /// Each account by itself.
    #[default]
    Account,
    /// The sum over the borrower's matching accounts, at all lenders.
    Borrower,
}

/// Whether a rule may lift a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Raise {
    /// Limits only fall.
    #[default]
    Never,
    /// The rule may set a limit above the old one.
    Allowed,
}

/// What to do with rows that lack an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfMissing {
    /// A fault.
    #[default]
    Refuse,
    /// The rule leaves the row alone.
    Skip,
    /// The attribute counts as 0: no income, the lowest score, age 0.
    Zero,
}

/// Which credit a rule acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AppliesTo {
    /// Existing balances too: what stands above the new limit is withdrawn.
    #[default]
    All,
    /// New credit only: the limit never falls below what is drawn today, so nothing is withdrawn.
    New,
}

/// Conditions that all have to hold; an empty filter matches everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Any of these segments.
    pub segments: Option<Vec<String>>,
    /// Any of these lenders.
    pub lenders: Option<Vec<String>>,
    /// Any of these products.
    pub products: Option<Vec<String>>,
    /// Score of the borrower.
    pub score: Option<Range>,
    /// Yearly income of the borrower, units of currency.
    pub income: Option<Range>,
    /// Age of the borrower, years.
    pub age: Option<Range>,
    /// Old limit of the account, units of currency.
    pub limit: Option<Range>,
    /// Old balance of the account, units of currency.
    pub balance: Option<Range>,
}

impl Filter {
    /// Whether the filter lets everything pass.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An interval of a number; either end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// `above` (exclusive) or `at_least` (inclusive).
    pub lower: Option<Bound>,
    /// `below` (exclusive) or `at_most` (inclusive).
    pub upper: Option<Bound>,
}

/// One end of a [`Range`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The value itself belongs to the range.
    Inclusive(f64),
    /// The value itself does not.
    Exclusive(f64),
}

impl Range {
    /// Whether `x` lies inside; NaN never does.
    pub fn contains(&self, x: f64) -> bool {
        let above = match self.lower {
            None => !x.is_nan(),
            Some(Bound::Inclusive(a)) => x >= a,
            Some(Bound::Exclusive(a)) => x > a,
        };
        let below = match self.upper {
            None => !x.is_nan(),
            Some(Bound::Inclusive(b)) => x <= b,
            Some(Bound::Exclusive(b)) => x < b,
        };
        above && below
    }
}

/// What is written beyond the standard results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// Whether every binding policy is accompanied by a proportional cut of all limits that keeps
    /// the same credit (on by default).
    pub equal_credit_cut: bool,
    /// Whether losses of each trial are written too.
    pub trial_losses: bool,
}

/// The JSON Schema of the scenario file, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(spec::RawScenario).to_value()
}

#[cfg(test)]
mod tests;
