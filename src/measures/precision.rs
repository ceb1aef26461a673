//! Sampling until a number is known well enough.
//!
//! Trials are drawn in rounds. After a round of n trials in all the half-width h of the number's band is
//! held against the half-width w that is asked for (relative to the number, or absolute). It falls as
//! 1 / sqrt n, so that
//!
//! 1. next n = n max(1.25, min(4, 1.05 (h / w)^2)),
//!
//! rounded up to whole blocks, at most the number of trials the scenario allows. The first round has
//! 200 trials beyond the highest level, 16,384 at least, so that the first band can be believed; plans
//! other than the plain one begin with 2,048. Few,
//! growing rounds keep the bias of stopping early small; the coverage of the bands of such runs is
//! measured by a test. Where the sample says that it has too few tail trials, sampling goes on.
//! Rounds depend on the trials alone: any number of threads stops at the same trial.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, Quality};
use super::measure::Measure;
use crate::engine::BLOCK_TRIALS;
use crate::scenario::HalfWidth;
use crate::units::Level;

/// Trials beyond the highest level in the first round.
const TAIL: f64 = 200.0;
/// Trials of the first round at least.
const FIRST: u64 = 16_384;
/// The same under a plan other than the plain one.
const FIRST_PLANNED: u64 = 2_048;

/// A number that ended sampling, or did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrecisionFacts {
    /// Policy id.
    pub policy: String,
    /// What is measured, of the system.
    pub measure: Measure,
    /// Its level.
    pub level: Option<f64>,
    /// Whether its relative change against the baseline is meant.
    pub change: bool,
    /// Half-width asked for: a share of the number if `relative`, else in its unit.
    pub asked: f64,
    /// Half-width reached; `null` where the sample gives none.
    pub reached: Option<f64>,
    /// Whether both are shares of the number.
    pub relative: bool,
    /// Whether it was reached.
    pub met: bool,
}

/// The half-width of an estimate as it was asked for.
pub fn half_width(estimate: &Estimate, asked: HalfWidth) -> Option<f64> {
    let half = estimate.half_width()?;
    match asked {
        HalfWidth::Absolute(_) => Some(half),
        HalfWidth::Relative(_) => {
            Some(half / estimate.value.abs()).filter(|share| share.is_finite())
        }
    }
}

/// The number asked for.
pub fn target(asked: HalfWidth) -> f64 {
    match asked {
        HalfWidth::Absolute(x) | HalfWidth::Relative(x) => x,
    }
}

/// Whether an estimate is precise enough, and rests on enough trials to say so.
pub fn is_met(estimate: &Estimate, asked: HalfWidth) -> bool {
    let sure = matches!(estimate.quality, Quality::Good | Quality::Exact);
    sure && half_width(estimate, asked).is_some_and(|half| half <= target(asked))
}

/// Trials of the first round.
pub fn first_round(levels: &[Level], plain: bool, most: u64) -> u64 {
    if !plain {
        return FIRST_PLANNED.min(most);
    }
    let tail = levels.iter().map(|level| level.tail()).fold(1.0, f64::min);
    whole_blocks((TAIL / tail).ceil() as u64).max(FIRST).min(most)
}

/// Equation 1: trials after the next round, `done` before it.
pub fn next_round(done: u64, estimate: &Estimate, asked: HalfWidth, most: u64) -> u64 {
    let ratio = half_width(estimate, asked).map_or(f64::INFINITY, |half| half / target(asked));
    let factor = (1.05 * ratio * ratio).clamp(1.25, 4.0);
    whole_blocks((done as f64 * factor) as u64).min(most)
}

fn whole_blocks(trials: u64) -> u64 {
    trials.next_multiple_of(BLOCK_TRIALS)
}

#[cfg(test)]
mod tests {
    use super::super::estimate::Figures;
    use super::*;

    fn estimate(value: f64, half: f64, quality: Quality) -> Estimate {
        Estimate::of(Figures {
            value,
            standard_error: Some(half / 1.96),
            lower: Some(value - half),
            upper: Some(value + half),
            confidence: 0.95,
            quality,
            effective_trials: None,
            variance_ratio: None,
        })
    }

    #[test]
    fn rounds_grow_with_what_is_missing() {
        let levels = [0.99, 0.999].map(|q| Level::new(q).unwrap());
        assert_eq!(first_round(&levels, true, 1 << 40), 200_192);
        assert_eq!(first_round(&levels[..1], true, 1 << 40), 20_224);
        assert_eq!(first_round(&levels, true, 5_000), 5_000);
        assert_eq!(first_round(&levels, false, 1 << 40), 2_048);
        let asked = HalfWidth::Relative(0.01);
        let next =
            |half| next_round(128_000, &estimate(-50.0, half, Quality::Good), asked, 1 << 40);
        assert_eq!(next(0.55), 162_816, "1.05 x 1.1^2, rounded up to blocks");
        assert_eq!(next(0.501), 160_000, "a quarter more at least");
        assert_eq!(next(50.0), 512_000, "four times at most");
        assert_eq!(next_round(1_000, &estimate(1.0, 9.0, Quality::Good), asked, 1_500), 1_500);
        let nothing = Estimate::of(Figures { lower: None, ..*estimate(0.0, 0.0, Quality::Bound) });
        assert_eq!(next_round(128, &nothing, asked, 1 << 40), 512);
    }

    #[test]
    fn few_tail_trials_are_never_enough() {
        let asked = HalfWidth::Absolute(2.0);
        assert!(is_met(&estimate(5.0, 2.0, Quality::Good), asked));
        assert!(!is_met(&estimate(5.0, 2.1, Quality::Good), asked));
        assert!(!is_met(&estimate(5.0, 0.1, Quality::TooFew), asked));
        assert!(!is_met(&estimate(0.0, 0.1, Quality::Good), HalfWidth::Relative(0.5)));
    }
}
