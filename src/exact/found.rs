//! What is asked of a law that is worked out, and what is found.

use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grid::MOST_POINTS;
use super::law::LossLaw;
use crate::units::Level;

/// How a law is worked out; of these only `points` moves a number.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// Threads.
    pub threads: usize,
    /// Points of the grid, at most.
    pub points: usize,
    /// Set to end after the points under way.
    pub stop: &'a AtomicBool,
}

impl<'a> Work<'a> {
    /// On so many threads.
    pub fn new(threads: usize, stop: &'a AtomicBool) -> Self {
        Self { threads, points: MOST_POINTS, stop }
    }
}

/// A law (on a grid, unless told otherwise) with what is known besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<L = LossLaw> {
    /// The law.
    pub law: L,
    /// Whether all losses stand on the grid.
    pub is_exact: bool,
    /// E L without the grid, smallest units.
    pub mean: f64,
    /// Standard deviation without the grid, smallest units.
    pub deviation: f64,
    /// Mean number of defaults.
    pub defaults: f64,
    /// States that were added up.
    pub nodes: usize,
    /// How far P(L > x) may be off, as a share of it (of [`Found::least`] where it is smaller): the largest of what the last
    /// halving of the lattice changed and of what known masses miss ([`super::known`]), and what a step of the
    /// grid moves where losses do not stand on it; 0 where there is one state only.
    pub error: f64,
    /// Tail probabilities down to this are held to that error.
    pub least: f64,
    /// How near the limit is, where the law is that of an infinitely granular portfolio.
    pub limit: Option<Limit>,
    /// What each part adds to ES, by level and part, where it was asked for; up to a common factor next to 1.
    pub shortfalls: Vec<Vec<f64>>,
}

/// Relative errors of tail probabilities from which numbers are called approximations.
pub const DOUBTFUL: f64 = 1e-5;

impl<L> Found<L> {
    /// Whether VaR, ES and tail probabilities are those of an approximation: an infinitely granular portfolio stands for the
    /// book, losses were moved to a grid, or states were not refined to the end.
    pub fn is_approximate(&self) -> bool {
        self.limit.is_some() || !self.is_exact || self.error > DOUBTFUL
    }

    /// What idiosyncratic risk adds to VaR and ES at a level where the adjustment is applied, smallest units.
    pub fn granularity(&self, level: Level) -> (f64, f64) {
        let applied = self.limit.iter().filter(|limit| limit.adjustment == Adjustment::Applied);
        let mut all = applied.flat_map(|limit| &limit.granularity);
        let own = all.find(|own| own.level == level);
        own.map_or((0.0, 0.0), |own| (own.value_at_risk, own.expected_shortfall))
    }

    /// The same with its law as part of something else.
    pub fn with_law<M>(self, of: impl FnOnce(L) -> M) -> Found<M> {
        Found {
            law: of(self.law),
            is_exact: self.is_exact,
            mean: self.mean,
            deviation: self.deviation,
            defaults: self.defaults,
            nodes: self.nodes,
            error: self.error,
            least: self.least,
            limit: self.limit,
            shortfalls: self.shortfalls,
        }
    }
}

/// How near a portfolio is to the infinitely granular one whose law stands for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Independent draws of default.
    pub borrowers: f64,
    /// Share of idiosyncratic risk in the variance of losses.
    pub idiosyncratic: f64,
    /// Its first-order effect, by level; none where losses do not move with the state.
    pub granularity: Vec<Granularity>,
    /// What is done with it.
    pub adjustment: Adjustment,
}

/// What is done with the first-order effect of idiosyncratic risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Adjustment {
    /// VaR and ES hold it.
    Applied,
    /// Idiosyncratic risk makes less than 1e-5 of the variance: VaR and ES are those of the limit.
    Negligible,
    /// It is no small correction: VaR and ES are those of the limit, which leaves idiosyncratic risk out.
    LeftOut,
}

/// What idiosyncratic risk adds at a level, smallest units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Granularity {
    /// The level.
    pub level: Level,
    /// Equation 2 of [`super::large_pool`].
    pub value_at_risk: f64,
    /// Equation 3 of it.
    pub expected_shortfall: f64,
}
