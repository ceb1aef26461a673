//! The exact expected loss, where the model gives one: the reference a simulated mean must meet.
//!
//! 1. EL = sum_i count_i p_i sum_a loss_ia, since E p_i(Z) = p_i as long as no factor is held or
//!    moved.

use crate::model::Model;
use crate::policy::Applied;
use crate::portfolio::Portfolio;

/// Exact means of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanReference {
    /// EL of the system under each applied policy, smallest units; `None` where a factor is held
    /// or moved.
    pub expected_losses: Option<Vec<f64>>,
    /// People whose PD the multiplier would carry above 1.
    pub clamped: u64,
}

/// Sums over the book.
pub fn mean_reference(book: &Portfolio, model: &Model, applied: &[Applied]) -> MeanReference {
    let mut clamped = 0;
    let mut sums = vec![0.0; applied.len()];
    for b in 0..book.entries() {
        let stressed = model.stressed(book.borrowers.pd.get(b));
        let count = book.count(b);
        clamped += if stressed.clamped { count } else { 0 };
        let weight = stressed.pd * count as f64;
        for (sum, policy) in sums.iter_mut().zip(applied) {
            let loss: i64 = book.accounts_of(b).map(|a| policy.exposure.loss(book, a)).sum();
            *sum += weight * loss as f64;
        }
    }
    let expected_losses = (!model.factors.is_moved()).then_some(sums);
    MeanReference { expected_losses, clamped }
}
