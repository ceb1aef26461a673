//! One input file, one what-if: the scenario as checked, plain data.
//!
//! [`load`] reads TOML, YAML or JSON with the files it extends, applies `--set` overrides, and
//! returns either a [`Loaded`] scenario, in which every number is in range and every reference
//! inside the file is known, or up to 20 faults with their places. What only the tape can tell (do the columns exist, is the
//! segment of a filter known) is checked by the later stages, which report at the same places
//! through the `path` that the checked types carry.

pub mod behaviour;
mod book;
mod check;
mod check_behaviour;
mod check_contagion;
mod check_dependence;
mod check_engine;
mod check_expect;
mod check_factors;
mod check_ladder;
mod check_law;
mod check_lenders;
mod check_match;
mod check_model;
mod check_network;
mod check_output;
mod check_part;
mod check_policy;
mod check_portfolio;
mod check_programme;
mod check_range;
mod check_sampling;
mod check_scenario;
mod check_segment_by;
mod check_severity;
mod check_studies;
mod check_synthetic;
mod check_system;
mod check_tranche;
mod dependence;
mod diagnostics;
mod examine;
mod expectations;
mod extends;
mod files;
mod found;
mod heal;
mod json_tree;
mod known;
pub mod law;
mod load;
mod merge;
mod output;
mod overrides;
mod parties;
mod paths;
mod policies;
mod sampling;
mod schema;
mod schema_rules;
mod severity;
mod shape;
mod source;
mod spec;
mod spec_behaviour;
mod spec_expect;
mod spec_ladder;
mod spec_law;
mod spec_measure;
mod spec_model;
mod spec_policy;
mod spec_portfolio;
mod spec_sampling;
mod spec_severity;
mod spec_studies;
mod spec_synthetic;
mod spec_system;
mod studies;
mod suggest;
pub mod synthetic;
pub mod system;
mod toml_tree;
mod tree;
mod values;
mod variants;
mod vary;
mod words;
mod written;
mod yaml_tree;

pub use behaviour::{Behaviour, Channels, Outside, Response, ResponseGroup, Rival};
pub use book::{
    BookSource, ColumnMapping, Defaults, Field, NegativeBalance, ObservedPd, PortfolioSpec,
    SegmentRule,
};
pub use check_factors::DEFAULT_FACTOR;
pub use check_lenders::{DEFAULT_OTHER_LGD, DEFAULT_OTHER_LOADING};
pub use check_output::{DEFAULT_OVER_INDEBTED, DEFAULT_REPAYMENT_YEARS};
pub use check_portfolio::DEFAULT_LENDER;
pub use check_sampling::{DEFAULT_MOST_TRIALS, DEFAULT_TRIALS, MOST_TRIALS};
pub use check_scenario::{DEFAULT_CONFIDENCE, DEFAULT_LEVELS, DEFAULT_SEED, FORMAT};
pub use check_system::{DEFAULT_CAPITAL_RATIO, DEFAULT_RISK_WEIGHT};
pub use dependence::{
    BaselRetail, Copula, CorrelationRule, DefaultLaw, Dependence, FactorStress, ModelSpec,
    PART_SEPARATOR, SegmentDependence, Stress,
};
pub use diagnostics::Places;
pub use expectations::{
    Against, BEARERS, Claim, Expectation, Measured, Part, Quantity, Says, Side, TestedClaim,
};
pub use load::{Loaded, Rejected, load, load_text};
pub use output::{BandEdges, IrbClasses, OutputSpec};
pub use policies::{
    AppliesTo, Bound, Filter, IfMissing, LadderStep, LimitBound, Per, Policy, Raise, Range, Rule,
    ScoreCap,
};
pub use sampling::{EngineChoice, HalfWidth, PreciseOf, Precision, Sampling, SamplingPlan};
pub use schema::schema;
pub use severity::{LgdLaw, SegmentSeverity, SeverityLaw, SeveritySpec};
pub use source::Notation;
pub use studies::{Axis, BreakEven, Region};
pub use suggest::nearest;
pub use system::{
    BalanceSheet, ContagionSpec, DebtRankVariant, Feedback, GroupSpec, Guarantee, LenderSpec,
    NetworkSpec, OtherAssets, Programme, SystemSpec, Tranche, Weights, When,
};
pub use vary::Vary;

use crate::units::{Amount, Confidence, Currency, HUNDREDTHS, Level};

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
    /// Whether the file gives the smallest unit; otherwise it follows the data.
    pub gives_unit: bool,
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
    /// How losses are worked out.
    pub engine: EngineChoice,
    /// How trials are drawn.
    pub sampling: Sampling,
    /// Where the book comes from.
    pub portfolio: PortfolioSpec,
    /// How borrowers default together.
    pub model: ModelSpec,
    /// What is done to PDs and factors on top of the model.
    pub stress: Stress,
    /// What a default costs.
    pub severity: SeveritySpec,
    /// How borrowers answer to new limits.
    pub behaviour: Behaviour,
    /// The lenders behind the book; `None`: each lender bears its own losses and none fails.
    pub system: Option<SystemSpec>,
    /// The limit policies, at least one, in file order, ids unique.
    pub policies: Vec<Policy>,
    /// Maps of where a policy helps.
    pub regions: Vec<Region>,
    /// Numbers at which a policy stops helping.
    pub break_evens: Vec<BreakEven>,
    /// The claim that the scenario tests.
    pub claim: Option<TestedClaim>,
    /// Statements about the results.
    pub expectations: Vec<Expectation>,
    /// What is written beyond the standard results.
    pub output: OutputSpec,
}

impl Scenario {
    /// Whether the smallest unit is finer than a hundredth because the data need it.
    pub fn has_finer_unit(&self) -> bool {
        !self.gives_unit && self.currency.minor_per_unit != HUNDREDTHS
    }
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

#[cfg(test)]
mod tests;
