//! A stop inside a block: short blocks are finished, long ones are given up.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::defaults::Defaulted;
use super::hits::Moved;

/// A block may take so long after a stop.
const LONGEST: Duration = Duration::from_secs(1);

/// How long a block under way is waited for.
#[derive(Debug)]
pub struct Patience<'s> {
    stop: &'s AtomicBool,
    since: Cell<Option<Instant>>,
}

impl<'s> Patience<'s> {
    /// Endless until `stop` is set.
    pub fn new(stop: &'s AtomicBool) -> Self {
        Self { stop, since: Cell::new(None) }
    }

    /// Whether the block is to be given up.
    pub fn is_over(&self) -> bool {
        if !self.stop.load(Ordering::Relaxed) {
            return false;
        }
        let since = self.since.get().unwrap_or_else(Instant::now);
        self.since.set(Some(since));
        since.elapsed() >= LONGEST
    }
}

/// Takes defaults as another does, until patience is over.
pub struct Patient<'p, 's, F> {
    /// The other.
    pub found: &'p mut F,
    /// Until when.
    pub patience: &'p Patience<'s>,
}

impl<F: Defaulted> Defaulted for Patient<'_, '_, F> {
    #[inline]
    fn pool(&mut self, t: usize, entry: usize, draws: u64) {
        self.found.pool(t, entry, draws);
    }

    #[inline]
    fn people(&mut self, t: usize, cell: usize, entries: &[u32]) {
        self.found.people(t, cell, entries);
    }

    #[inline]
    fn touched(&mut self, t: usize, cell: usize, moved: Moved<'_>) {
        self.found.touched(t, cell, moved);
    }

    #[inline]
    fn touched_pool(&mut self, t: usize, row: u32, draws: &[u64]) {
        self.found.touched_pool(t, row, draws);
    }

    #[inline]
    fn ask_ahead(&self, entries: &[u32]) {
        self.found.ask_ahead(entries);
    }

    #[inline]
    fn ask_touched_ahead(&self, cell: usize, surely: &[u32], rows: &[u32]) {
        self.found.ask_touched_ahead(cell, surely, rows);
    }

    fn ranks(&self) -> bool {
        self.found.ranks()
    }

    fn is_over(&self) -> bool {
        self.patience.is_over()
    }
}
