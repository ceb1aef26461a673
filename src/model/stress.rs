//! What stress does to PDs.

use crate::scenario::Stress;

/// The part of the stress that acts on PDs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PdStress {
    multiplier: f64,
    odds_multiplier: f64,
}

/// A PD after stress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StressedPd {
    /// The PD used.
    pub pd: f64,
    /// Whether the multiplier would have carried it above 1.
    pub clamped: bool,
}

impl PdStress {
    /// That part.
    pub fn of(stress: &Stress) -> Self {
        Self { multiplier: stress.pd_multiplier, odds_multiplier: stress.odds_multiplier }
    }

    /// p -> min(1, m p), then odds times the odds multiplier.
    pub fn on(self, pd: f64) -> StressedPd {
        let raised = pd * self.multiplier;
        let clamped = raised > 1.0;
        let p = raised.min(1.0);
        let o = self.odds_multiplier;
        // o p / (1 - p + o p): exact at 0 and 1, no logarithms.
        let pd = if o == 1.0 { p } else { o * p / (1.0 - p + o * p) };
        StressedPd { pd, clamped }
    }
}
