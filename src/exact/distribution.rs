//! The distribution of losses as an engine found it: on a grid, or of a function of the state.

use super::large_pool::Smooth;
use super::law::LossLaw;
use crate::units::Level;

/// A distribution of losses, smallest units.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Probabilities of the points of a grid.
    Grid(LossLaw),
    /// The conditional loss as a function of the state.
    Smooth(Smooth),
}

impl Distribution {
    /// P(L > x).
    pub fn exceedance(&self, x: i64) -> f64 {
        match self {
            Self::Grid(law) => law.exceedance(x),
            Self::Smooth(own) => own.exceedance(x as f64),
        }
    }

    /// Smallest loss x with P(L > x) <= 1 - level.
    pub fn value_at_risk(&self, level: Level) -> f64 {
        match self {
            Self::Grid(law) => law.value_at_risk(level) as f64,
            Self::Smooth(own) => own.value_at_risk(level),
        }
    }

    /// Mean of the worst 1 - level.
    pub fn expected_shortfall(&self, level: Level) -> f64 {
        match self {
            Self::Grid(law) => law.expected_shortfall(level),
            Self::Smooth(own) => own.expected_shortfall(level),
        }
    }
}
