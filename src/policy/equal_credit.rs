//! The proportional cut that keeps the same credit as a policy.
//!
//! All limits are scaled by one share s, chosen so that the balances left equal the policy's
//! (equation 1 of [`super::solve`], on a grid of 2^-52). Credit jumps at s = 1 by what stands above
//! the limits (an untouched limit leaves such balances alone, any cut calls them in), and moves in
//! smallest units; the residual says how near the cut came. Beside its twin one can tell a policy
//! that lowers risk from one that lowers credit.

use super::solve::nearest;

/// Steps of the grid of shares in 0..=1.
pub const SHARES: i64 = 1 << 52;

/// A proportional cut of all limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionalCut {
    /// s: the share of each limit that is left.
    pub scale: f64,
    /// Credit left by the cut minus the target, as a share of the target.
    pub residual: f64,
}

/// The share that a step of the grid is.
pub fn share(step: i64) -> f64 {
    step as f64 / SHARES as f64
}

/// Finds the cut whose credit is nearest to `target` (smallest units); `credit` gives that of a share.
pub fn proportional_cut(target: i64, credit: impl Fn(f64) -> i64) -> ProportionalCut {
    let found = nearest(0, SHARES, target, |step| credit(share(step)));
    ProportionalCut { scale: share(found.at), residual: found.residual }
}
