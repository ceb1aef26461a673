//! The proportional cut that keeps the same credit as a policy.
//!
//! All limits are scaled by one share s, chosen so that the balances left equal the policy's:
//!
//! 1. sum_i count_i B'_i(s) = target, B'_i(s) = balance left at limit s L_i.
//!
//! The left side rises with s, so bisection finds s. It jumps at s = 1 by what stands above the
//! limits (an untouched limit leaves such balances alone, any cut calls them in), and moves in
//! smallest units; the residual says how near the cut came. Beside its twin one can tell a policy
//! that lowers risk from one that lowers credit.

use super::exposure::NewLimits;
use super::response::DebtResponse;
use crate::portfolio::Portfolio;

/// A proportional cut of all limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionalCut {
    /// s: the share of each limit that is left.
    pub scale: f64,
    /// Credit left by the cut minus the target, as a share of the target.
    pub residual: f64,
}

/// Finds the cut whose credit is nearest to `target` (smallest units).
pub fn proportional_cut(book: &Portfolio, response: &DebtResponse, target: i64) -> ProportionalCut {
    let credit = |scale: f64| -> i64 {
        let limits = NewLimits::Scale(scale);
        (0..book.entries())
            .map(|b| {
                let own: i64 = book
                    .accounts_of(b)
                    .map(|a| limits.account(book, response, a).debt.balance)
                    .sum();
                own * book.count(b) as i64
            })
            .sum()
    };
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // Each step halves the interval; 52 steps exhaust the fraction, far fewer usually hit.
    for _ in 0..52 {
        let middle = 0.5 * (low + high);
        let found = credit(middle);
        if found == target {
            return ProportionalCut { scale: middle, residual: 0.0 };
        }
        if found < target { low = middle } else { high = middle }
    }
    let residual = |scale: f64| (credit(scale) - target) as f64 / (target as f64).max(1.0);
    let (below, above) = (residual(low), residual(high));
    if below.abs() <= above.abs() {
        ProportionalCut { scale: low, residual: below }
    } else {
        ProportionalCut { scale: high, residual: above }
    }
}
