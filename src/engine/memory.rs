//! How much memory a run will need, before it starts.

use super::sample::BLOCK_TRIALS;

/// Memory that may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes, with what is taken already.
    pub bytes: u64,
    /// What limits it.
    pub kind: RoomKind,
    /// Bytes that are taken already.
    pub taken: u64,
    /// The most that was taken at a time.
    pub peak: u64,
}

/// What limits memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomKind {
    /// `--memory`.
    Asked,
    /// Memory of the machine that is free.
    Free,
    /// A limit of the control group, as containers have.
    ControlGroup,
    /// The limit of the address space, `ulimit -v`.
    AddressSpace,
}

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
    /// Policies under which defaults are counted.
    pub counted: u64,
    /// Rows of results.
    pub rows: u64,
    /// What a thread needs besides the streams that it works on: points of a batch, matrices of a network.
    pub scratch: u64,
    /// What is held already: book, exposures, trials and rows of runs before this one.
    pub held: u64,
    /// The most that was held at a time so far.
    pub peak: u64,
}

/// Loss tables and figures, roughly.
const REST: u64 = 96 << 20;
/// A row of results, with its text while it is written.
const ROW: u64 = 2_500;

impl Need {
    /// What stays of the run: its trials and its results.
    pub fn kept(&self) -> u64 {
        let trials = self.trials.saturating_add(BLOCK_TRIALS - 1) / BLOCK_TRIALS * BLOCK_TRIALS;
        // Losses, defaulted accounts and people, weights.
        let counts = self.counted.saturating_mul(self.columns + self.segments);
        let streams = self.policies.saturating_mul(self.columns).saturating_add(counts) + 1;
        trials.saturating_mul(8).saturating_mul(streams).saturating_add(self.rows * ROW)
    }

    /// The most that is held at a time: the streams, the working copies of the measures, and what is held already.
    pub fn bytes(&self) -> u64 {
        let trials = self.trials.saturating_add(BLOCK_TRIALS - 1) / BLOCK_TRIALS * BLOCK_TRIALS;
        // What a thread sums up in a block, before trials stand side by side.
        let counts = self.counted.saturating_mul(self.columns + self.segments);
        let block = self.policies.saturating_mul(self.columns).saturating_add(2 * counts);
        let block = (8 * BLOCK_TRIALS).saturating_mul(block);
        let busy = self.threads.min(trials / BLOCK_TRIALS).max(1);
        // A policy under way keeps its own and its proportional cut's series, and works on four more: losses by
        // rank, of parts of the system, prefixes; the baseline's are shared, and those of the next scope are
        // taken ahead.
        let under_way = (2 * self.series + 4).max(self.series + self.levels + 6);
        let working = self.threads.min(self.policies) * under_way + 2 * self.series;
        let measures = trials.saturating_mul(8 * working);
        let threads = busy.saturating_mul(block.saturating_add(self.scratch));
        let own = self.kept().saturating_add(measures).saturating_add(threads);
        own.saturating_add(self.held + REST).max(self.peak)
    }
}
