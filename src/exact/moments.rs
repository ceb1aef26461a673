//! Mean, variance and defaults given a state, and how far its losses reach.
//!
//! What lies outside of the mean given the state -+ t has a probability below exp(-c) on either side,
//!
//! 1. t = b c / 3 + sqrt((b c / 3)^2 + 2 v c)      (Bernstein 1946),
//!
//! b the largest loss of a draw, v the conditional variance.

use super::class::Class;
use crate::model::{Model, State};

/// c of equation 1 beyond which nothing counts: 1e-18.
pub const FAR: f64 = 41.5;

/// Mean, variance and defaults given a state.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// E\[L | state\], smallest units.
    pub mean: f64,
    /// Var\[L | state\], smallest units squared.
    pub variance: f64,
    /// Mean number of defaults.
    pub defaults: f64,
    /// Largest loss of a draw that may default, smallest units.
    pub largest: f64,
}

impl Moments {
    /// Equation 1.
    pub fn reach(&self, c: f64) -> f64 {
        let b = self.largest * c / 3.0;
        b + (b * b + 2.0 * self.variance * c).sqrt()
    }

    /// Losses beyond this do not count.
    pub fn highest(&self) -> f64 {
        self.mean + self.reach(FAR)
    }
}

/// Conditional PDs of all classes in a state.
pub fn given(classes: &[Class], model: &Model, state: &State) -> Vec<f64> {
    classes.iter().map(|class| class.given(model, state)).collect()
}

/// Sums over the book for these conditional PDs.
pub fn moments(classes: &[Class], model: &Model, pds: &[f64]) -> Moments {
    let mut sum = Moments::default();
    for (class, &p) in classes.iter().zip(pds) {
        let rest = if class.counts(model) { 1.0 } else { 1.0 - p };
        let (mut losses, mut squares, mut luck) = (0.0, 0.0, 0.0);
        for lot in &class.lots {
            let draws = lot.draws as f64;
            let (loss, square, largest) = class.moments(lot);
            losses += draws * loss;
            squares += draws * loss * loss;
            luck += draws * (square - loss * loss);
            if p > 0.0 {
                sum.largest = sum.largest.max(largest);
            }
        }
        sum.mean += p * losses;
        sum.variance += p * (rest * squares + luck);
        sum.defaults += p * class.defaults;
    }
    sum
}
