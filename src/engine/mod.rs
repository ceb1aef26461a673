//! Sampling: from a book, a model and exposures to a loss sample.
//!
//! Random numbers and threads live here and nowhere else. The cost of a trial follows the number
//! of defaults and of cells, not of borrowers; all policies are evaluated on one pass.

mod blocks;
mod caps;
mod cells;
mod costs;
mod draw;
mod memory;
mod sample;
mod squeeze;
mod trial;

use std::sync::atomic::AtomicBool;

use ndarray::{Array2, Array4};

pub use blocks::{Mapped, ordered_map};
pub use costs::{Costs, Holding};
pub use memory::Need;
pub use sample::{BLOCK_TRIALS, LossBlock, LossSample, Plan};
pub use trial::{Defaults, Scratch};

use crate::portfolio::{Columns, Portfolio};

/// How a run is carried out; nothing here changes a number.
#[derive(Clone, Copy)]
pub struct Carrying<'a> {
    /// Threads to use.
    pub threads: usize,
    /// Set to stop after the blocks under way.
    pub stop: &'a AtomicBool,
    /// Called with the number of trials of each finished block.
    pub finished: &'a (dyn Fn(u64) + Sync),
}

/// A book ready to be sampled.
#[derive(Debug)]
pub struct Engine<'a> {
    book: &'a Portfolio,
    columns: &'a Columns,
    defaults: Defaults<'a>,
    costs: Costs<'a>,
}

impl<'a> Engine<'a> {
    /// Puts who defaults and what it costs together.
    pub fn new(
        book: &'a Portfolio,
        columns: &'a Columns,
        defaults: Defaults<'a>,
        costs: Costs<'a>,
    ) -> Self {
        Self { book, columns, defaults, costs }
    }

    /// Who defaults.
    pub fn defaults(&self) -> &Defaults<'a> {
        &self.defaults
    }

    /// Samples trials 0..trials.
    pub fn sample(&self, trials: u64, carrying: Carrying<'_>) -> LossSample {
        let blocks = trials.div_ceil(BLOCK_TRIALS) as usize;
        let range = |block: usize| {
            let first = block as u64 * BLOCK_TRIALS;
            (first, BLOCK_TRIALS.min(trials - first))
        };
        let mapped = ordered_map(
            blocks,
            carrying.threads,
            carrying.stop,
            Scratch::default,
            |scratch, block| {
                let (first, count) = range(block);
                self.block(first, count, scratch)
            },
            |block| (carrying.finished)(range(block).1),
        );
        LossSample { plan: Plan::Plain, blocks: mapped.done, stopped: mapped.stopped }
    }

    /// Samples `count` trials from `first` on. A single trial is replayed by `block(t, 1, ..)`.
    pub fn block(&self, first: u64, count: u64, scratch: &mut Scratch) -> LossBlock {
        let (policies, columns) = (self.costs.policies(), self.columns.len());
        let segments = self.book.borrowers.segment.names.len();
        let trials = count as usize;
        let mut block = LossBlock {
            first,
            losses: Array4::zeros((trials, 1, policies, columns)),
            accounts: Array2::zeros((trials, columns)),
            people: Array2::zeros((trials, segments)),
        };
        // Per default the losses of all policies lie side by side; the sample keeps columns side
        // by side. One transposition per trial.
        let mut losses = vec![0_i64; columns * policies];
        for trial in 0..trials {
            losses.fill(0);
            let mut accounts = block.accounts.row_mut(trial);
            let accounts = accounts.as_slice_mut().expect("rows of a standard array are slices");
            let mut people = block.people.row_mut(trial);
            let codes = &self.book.borrowers.segment.codes;
            self.defaults.visit(0, first + trial as u64, scratch, |entry, draws| {
                let times = draws * self.book.borrowers.stands_for(entry);
                people[codes.get(entry)] += times;
                self.costs.add(entry, times, &mut losses, accounts);
            });
            for policy in 0..policies {
                for column in 0..columns {
                    block.losses[[trial, 0, policy, column]] = losses[column * policies + policy];
                }
            }
        }
        block
    }
}
