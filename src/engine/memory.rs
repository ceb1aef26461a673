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
    /// Series with a number per trial that are kept of one policy in one scope while it is measured.
    pub series: u64,
    /// Levels of the tail; where trials weigh, what parts add to each is a series.
    pub levels: u64,
    /// Threads; each works on one policy at a time.
    pub threads: u64,
    /// What is held already: book, exposures.
    pub held: u64,
}

/// Loss tables and figures, roughly.
const REST: u64 = 96 << 20;

impl Need {
    /// The loss streams, the working copies of the measures, and what is held already.
    pub fn bytes(&self) -> u64 {
        let trials = self.trials.next_multiple_of(BLOCK_TRIALS);
        // Losses, defaulted accounts and people, weights.
        let streams = self.policies * self.columns + self.columns + self.segments + 1;
        // A policy under way keeps its own and its proportional cut's series, and works on four more: losses by
        // rank, of parts of the system, prefixes; the baseline's are shared, and those of the next scope are
        // taken ahead.
        let under_way = (2 * self.series + 4).max(self.series + self.levels + 6);
        let working = self.threads.min(self.policies) * under_way + 2 * self.series;
        trials.saturating_mul(8 * (streams + working)).saturating_add(self.held + REST)
    }
}
