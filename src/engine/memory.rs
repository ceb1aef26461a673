//! How much memory a run will need, before it starts.

use super::sample::BLOCK_TRIALS;

/// Predicted memory of a run in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Trials.
    pub trials: u64,
    /// Policies, proportional cuts included.
    pub policies: u64,
    /// Lender x segment columns.
    pub columns: u64,
    /// Segments.
    pub segments: u64,
    /// Threads; each holds a few copies of one loss stream while measures are taken.
    pub threads: u64,
}

impl Need {
    /// The loss streams plus the working copies of the measures.
    pub fn bytes(&self) -> u64 {
        let trials = self.trials.next_multiple_of(BLOCK_TRIALS);
        let per_trial = 8 * (self.policies * self.columns + self.columns + self.segments);
        // A scope holds its own and the baseline's losses, sorted copies and influences.
        let working = 8 * 16 * self.threads;
        trials.saturating_mul(per_trial + working)
    }
}
