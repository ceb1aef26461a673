//! How trials are drawn, and how many.

use super::Measured;

/// How losses are worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// By drawing trials.
    #[default]
    MonteCarlo,
    /// By summation and integration: the law itself.
    Exact,
    /// The same for pools so large that nobody's own luck counts, with the first-order effect of
    /// what luck is left.
    LargePool,
}

/// How trials are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// By which plan.
    pub plan: SamplingPlan,
    /// Number of trials, at least 1; the most there may be where a precision is asked for.
    pub trials: u64,
    /// When to stop before.
    pub until: Option<Precision>,
}

/// How the factors of trials are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SamplingPlan {
    /// Independent trials of equal weight: the reference.
    #[default]
    Plain,
    /// Independent trials, more of them where losses are large, weighted back.
    Importance,
    /// Evenly spread factors in independent randomisations.
    Quasi,
    /// Both.
    ImportanceQuasi,
    /// The plan that suits the book.
    Auto,
}

/// A precision that ends sampling once it is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// Index of the policy whose number it is.
    pub policy: usize,
    /// What is measured, of the system.
    pub measured: Measured,
    /// The number itself, or its relative change against the baseline.
    pub of: PreciseOf,
    /// Half-width of its band at the stated confidence.
    pub error: HalfWidth,
}

/// Which number has to be precise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreciseOf {
    /// The number itself.
    Level,
    /// Its change as a share of the baseline's.
    RelativeChange,
}

/// A half-width of a band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HalfWidth {
    /// As a share of the number.
    Relative(f64),
    /// In units of the number: currency, or a fraction for relative changes and probabilities.
    Absolute(f64),
}
