//! What a checked scenario says about its limit policies.

use super::When;
use crate::units::Amount;

/// One set of limit rules.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// Slug, unique.
    pub id: String,
    /// Free text; the id when the file gives none.
    pub title: String,
    /// No rules: limits stay as they are.
    pub rules: Vec<Rule>,
    /// The ladder that the policy is a step of.
    pub ladder: Option<LadderStep>,
    /// Index of the policy whose credit this one is scaled to.
    pub match_credit: Option<usize>,
    /// Whether a proportional cut of the same credit stands beside it; `None`: as `[output]` says,
    /// and none beside the steps of a ladder.
    pub equal_credit_cut: Option<bool>,
    /// When its limits come; `During` only with [`super::Feedback`], and never for the baseline.
    pub when: When,
    /// Such as `policy[1]`.
    pub path: String,
}

/// Where a policy stands in a ladder of caps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderStep {
    /// Id of the ladder: that of the policy in the file.
    pub ladder: String,
    /// The cap of this step.
    pub cap: Amount,
}

impl Policy {
    /// One that leaves this share of every limit.
    pub fn scaled(share: f64) -> Self {
        let rule = Rule {
            filter: Filter::default(),
            bound: LimitBound::Scale(share),
            per: Per::Account,
            raise: Raise::Never,
            if_missing: IfMissing::Refuse,
            applies_to: AppliesTo::All,
            path: String::new(),
        };
        Self { rules: vec![rule], ..Self::default() }
    }

    /// The id that the file gives: the ladder's for its steps.
    pub fn written_id(&self) -> &str {
        self.ladder.as_ref().map_or(&self.id, |step| &step.ladder)
    }
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
