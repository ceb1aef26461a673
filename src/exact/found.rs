//! What is asked of a law that is worked out, and what is found.

use std::sync::atomic::AtomicBool;

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

/// A law with what is known besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The law on the grid.
    pub law: LossLaw,
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
    /// What the luck of single people adds, where the law leaves it out.
    pub granularity: Vec<Granularity>,
    /// What each part adds to ES, by level and part, where it was asked for; up to a common factor next to 1.
    pub shortfalls: Vec<Vec<f64>>,
}

/// Relative errors of tail probabilities from which numbers are called approximations.
pub const DOUBTFUL: f64 = 1e-5;

impl Found {
    /// Whether the law is off by more than rounding: losses were moved to a grid, or states were not refined to the end.
    pub fn is_approximate(&self) -> bool {
        !self.is_exact || self.error > DOUBTFUL
    }

    /// What the luck of single people adds to VaR and ES at a level, smallest units.
    pub fn granularity(&self, level: Level) -> (f64, f64) {
        let own = self.granularity.iter().find(|own| own.level == level);
        own.map_or((0.0, 0.0), |own| (own.value_at_risk, own.expected_shortfall))
    }
}

/// What the luck of single people adds at a level, smallest units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Granularity {
    /// The level.
    pub level: Level,
    /// Equation 2 of [`super::large_pool`].
    pub value_at_risk: f64,
    /// Equation 3 of it.
    pub expected_shortfall: f64,
    /// y: the normal at VaR.
    pub at: f64,
}
