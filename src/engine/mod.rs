//! Sampling: from a book, a model and exposures to a loss sample.
//!
//! Random numbers and threads live here and nowhere else. The cost of a trial follows the number
//! of defaults and of cells, not of borrowers; all policies are evaluated on one pass.

mod above;
mod ahead;
mod alias;
mod beyond;
mod binomial;
mod blocks;
mod bounds;
mod caps;
mod cells;
mod coarse;
mod coarse_table;
mod costs;
mod defaults;
mod envelope;
mod extremes;
mod grades;
mod hazards;
mod heights;
mod hits;
mod lanes;
mod layers;
mod marks;
mod memory;
mod moves;
mod moving;
mod opening;
mod patience;
mod people;
mod pilot;
pub mod plan;
mod points;
mod poisson;
mod ranks;
mod replay;
mod rows;
mod sample;
mod seen;
mod severity;
mod severity_tally;
mod sketch;
mod tally;
mod thresholds;
mod touched;
mod twist;
mod uniforms;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::atomic::AtomicBool;

use ndarray::{Array3, Array4};

pub use blocks::{Mapped, ordered_map};
pub use costs::{Costs, Holding};
pub use defaults::{Defaulted, Defaults, Scratch};
pub use hits::Moved;
pub use memory::{Need, Room, RoomKind};
pub use moves::Moves;
pub use opening::MOST_POINTS;
pub use pilot::{Wanted, find_plan};
pub use plan::{Plan, PlanName};
pub use replay::{Replayed, Replays};
pub use sample::{BLOCK_TRIALS, LossBlock, LossSample};
pub use severity::Severities;

use crate::portfolio::{Columns, Portfolio};
use patience::{Patience, Patient};
use severity_tally::SeverityTally;
use tally::{Tallied, Tally};

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
    /// The only column of each cell, where it has one.
    cell_columns: Vec<Option<usize>>,
    /// Whether defaults are counted where policies touch people.
    counts: bool,
    /// Where what a default costs changes from trial to trial.
    severity: Option<Severities<'a>>,
}

impl<'a> Engine<'a> {
    /// Puts who defaults and what it costs together.
    pub fn new(
        book: &'a Portfolio,
        columns: &'a Columns,
        defaults: Defaults<'a>,
        costs: Costs<'a>,
    ) -> Self {
        let cells = defaults.cells().iter();
        let cell_columns = cells.map(|cell| costs.column_of(cell.first..cell.end)).collect();
        Self { book, columns, defaults, costs, cell_columns, counts: true, severity: None }
    }

    /// The same for those who ask for losses only: where policies touch people the defaults of their
    /// samples are not counted.
    #[must_use]
    pub fn without_counts(self) -> Self {
        Self { counts: false, ..self }
    }

    /// The same where what a default costs follows laws.
    #[must_use]
    pub fn with_severity(self, severity: Option<Severities<'a>>) -> Self {
        Self { severity, ..self }
    }

    /// How trials are drawn.
    pub fn plan(&self) -> &Plan {
        self.defaults.draws().plan()
    }

    /// Who defaults.
    pub fn defaults(&self) -> &Defaults<'a> {
        &self.defaults
    }

    /// Samples trials 0..trials.
    pub fn sample(&self, trials: u64, carrying: Carrying<'_>) -> LossSample {
        let mut sample =
            LossSample { plan: self.plan().clone(), blocks: Vec::new(), stopped: false };
        self.extend(&mut sample, trials, carrying);
        sample
    }

    /// Adds the trials that a sample of whole blocks lacks to be that of trials 0..trials.
    pub fn extend(&self, sample: &mut LossSample, trials: u64, carrying: Carrying<'_>) {
        let done = sample.blocks.len();
        let blocks = (trials.div_ceil(BLOCK_TRIALS) as usize).saturating_sub(done);
        let range = |block: usize| {
            let first = (done + block) as u64 * BLOCK_TRIALS;
            (first, BLOCK_TRIALS.min(trials - first))
        };
        let mapped = ordered_map(
            blocks,
            carrying.threads,
            carrying.stop,
            Scratch::default,
            |scratch, block| {
                let (first, count) = range(block);
                let done = self.block_until(first, count, scratch, carrying.stop)?;
                (carrying.finished)(count);
                Some(done)
            },
            |_| {},
        );
        sample.blocks.extend(mapped.done.into_iter().map_while(|block| block));
        sample.stopped |= sample.blocks.len() < done + blocks;
    }

    /// Samples `count` trials from `first` on. A single trial is replayed by `block(t, 1, ..)`.
    ///
    /// # Panics
    /// Never: nobody asks for a stop.
    pub fn block(&self, first: u64, count: u64, scratch: &mut Scratch) -> LossBlock {
        let never = AtomicBool::new(false);
        self.block_until(first, count, scratch, &never).expect("only a stop gives a block up")
    }

    /// The same; a block that goes on long after a stop is given up.
    fn block_until(
        &self,
        first: u64,
        count: u64,
        scratch: &mut Scratch,
        stop: &AtomicBool,
    ) -> Option<LossBlock> {
        let patience = &Patience::new(stop);
        let (policies, columns) = (self.costs.policies(), self.columns.len());
        let segments = self.book.borrowers.segment.names.len();
        let trials = count as usize;
        let moves = self.defaults.moves();
        let counted = if moves.is_some() && self.counts { policies } else { 1 };
        let sums = Tallied::new(self, trials);
        let (sums, weights) = match &self.severity {
            None => {
                let mut tally = Tally { engine: self, sums };
                let mut found = Patient { found: &mut tally, patience };
                let weights = self.defaults.visit(0, first, count, scratch, &mut found);
                (tally.sums, weights)
            }
            Some(severities) => {
                let mut tally = SeverityTally::new(self, severities, (first, count), sums);
                let mut found = Patient { found: &mut tally, patience };
                let weights = self.defaults.visit(0, first, count, scratch, &mut found);
                (tally.finish(), weights)
            }
        };
        if patience.is_over() {
            return None;
        }
        let Tallied { losses, accounts, people, touched } = sums;
        // Per default the losses of all policies lie side by side; the sample keeps trials side by side.
        let mut by_trial = Array4::zeros((policies, columns, 1, trials));
        let size = (columns * policies).max(1);
        for (policy, mut out) in by_trial.outer_iter_mut().enumerate() {
            for (column, mut out) in out.outer_iter_mut().enumerate() {
                let own =
                    losses[(column * policies + policy).min(losses.len())..].iter().step_by(size);
                out.iter_mut().zip(own).for_each(|(out, &loss)| *out = loss);
            }
        }
        let mut block = LossBlock {
            first,
            losses: by_trial.permuted_axes([3, 2, 0, 1]),
            accounts: Array3::zeros((trials, counted, columns)),
            people: Array3::zeros((trials, counted, segments)),
            weights,
        };
        let touched = touched.as_ref().filter(|_| self.counts);
        let more = touched.map(|touched| (touched.accounts.as_slice(), touched.people.as_slice()));
        add_counts(&mut block.accounts, &accounts, more.map(|more| more.0));
        add_counts(&mut block.people, &people, more.map(|more| more.1));
        Some(block)
    }
}

/// Counts by trial, policy and part: those of people who default alike, trial x part, and of those whom policies
/// touch, trial x part x policy.
fn add_counts(out: &mut Array3<u64>, alike: &[u64], touched: Option<&[u64]>) {
    let (_, policies, parts) = out.dim();
    let size = (policies * parts).max(1);
    let out = out.as_slice_mut().expect("a new array is one slice");
    for (trial, out) in out.chunks_exact_mut(size).enumerate() {
        let alike = &alike[trial * parts..(trial + 1) * parts];
        for (policy, out) in out.chunks_exact_mut(parts).enumerate() {
            out.copy_from_slice(alike);
            if let Some(touched) = touched {
                let own = touched[trial * size..][policy..size].iter().step_by(policies);
                out.iter_mut().zip(own).for_each(|(sum, more)| *sum += more);
            }
        }
    }
}
