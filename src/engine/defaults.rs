//! Who defaults: factors, then the number of candidates of each cell, then the candidates.
//!
//! For a cell of n people with highest conditional PD p(Z):
//!
//! 1. the number of candidates is N ~ Binomial(n, p(Z));
//! 2. the candidates are N of the n people, without replacement (see [`super::placing`]);
//! 3. candidate i carries the mark U_i = p(Z) V_i, V_i uniform, and defaults if U_i <= p_i(Z).
//!
//! As each person independently has U_i <= p(Z) with probability p(Z), and given that U_i is
//! uniform below it, this is exactly the law of n independent uniform marks; people with higher
//! marks are never touched. The marks do not depend on policies, so all policies see the same
//! defaults. Where all PDs of a cell agree, step 3 always holds and no V is drawn. Elsewhere most
//! marks are decided by bounds on p_i(Z) that cost a few multiplications (see `squeeze`).

use super::binomial::{Binomials, unit};
use super::cells::{Cell, Layout};
use super::extremes::{extreme, highest_argument, lowest_argument};
use super::lanes::{self, Candidates, Words, decided};
use super::placing::{Placing, pairs_for};
use super::plan::{Draws, Plan};
use super::squeeze::Squeeze;
use super::twist::{Twist, TwistScratch};
use crate::model::{Model, conditional_argument};
use crate::policy::Exposure;
use crate::portfolio::{Numbers, Portfolio};
use crate::random::{Address, Purpose, Stream};
use crate::special::normal;

/// A book cut into cells under a model: everything that decides who defaults.
#[derive(Debug)]
pub struct Defaults<'a> {
    seed: u64,
    book: &'a Portfolio,
    model: &'a Model,
    cells: Vec<Cell>,
    thresholds: Thresholds,
    draws: Draws,
    /// Where defaults have PDs of their own.
    twist: Option<Twist<'a>>,
}

/// G(stressed PD) of the entries.
#[derive(Debug)]
enum Thresholds {
    /// By code, where PDs repeat.
    Coded(Vec<f64>),
    /// By entry, in books small enough.
    Each(Vec<f64>),
    /// Worked out when a candidate needs it: costs no memory in a large book of distinct PDs.
    OnDemand,
}

/// Entries up to which thresholds of distinct PDs are kept (8 MiB).
const KEPT_THRESHOLDS: usize = 1 << 20;

/// Blocks of words that are drawn together, about: they stay in the first-level cache.
const BATCH: usize = 1 << 10;
/// Blocks of words of one trial that are drawn together, at most.
const MOST_BLOCKS: u32 = 1 << 14;

/// Trials that are worked on side by side.
const LANES: u64 = 128;

/// Working memory of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Systematic parts by direction x trial.
    y: Vec<f64>,
    highest: Vec<f64>,
    tops: Vec<f64>,
    lowest: Vec<f64>,
    sures: Vec<f64>,
    densities: Vec<f64>,
    words: Words,
    binomials: Binomials,
    counts: Vec<u64>,
    /// Blocks of words that the candidates of each trial need.
    blocks: Vec<u32>,
    placing: Placing,
    /// Trials of the batch with candidates.
    trials: Vec<Placed>,
    /// The candidates of the batch: entry, mark, threshold, whether they default.
    entries: Vec<u32>,
    marks: Vec<u64>,
    thresholds: Vec<f64>,
    verdicts: Vec<u8>,
    bounds: Vec<Candidates>,
    /// Candidates that the bounds leave open: which they are, their marks, their conditional PDs.
    open: Vec<u32>,
    open_marks: Vec<f64>,
    open_arguments: Vec<f64>,
    open_pds: Vec<f64>,
    hits: Vec<u32>,
    twist: TwistScratch,
}

/// Where the candidates of a trial stand in a batch.
#[derive(Debug, Clone, Copy)]
struct Placed {
    t: usize,
    first: usize,
    end: usize,
}

/// Takes the defaults of a block of trials as they are found.
pub trait Defaulted {
    /// `draws` people of the pool `entry` default in trial `t` (from the first of the block).
    fn pool(&mut self, t: usize, entry: usize, draws: u64);
    /// One person of each entry defaults in trial `t`; all entries lie in cell number `cell`.
    fn people(&mut self, t: usize, cell: usize, entries: &[u32]);
}

impl<'a> Defaults<'a> {
    /// Cuts the book; trials are drawn plainly.
    pub fn new(seed: u64, book: &'a Portfolio, model: &'a Model) -> Self {
        let threshold = |&p: &f64| normal::quantile(model.stressed(p).pd);
        let thresholds = match &book.borrowers.pd {
            Numbers::Coded { values, .. } => {
                Thresholds::Coded(values.iter().map(threshold).collect())
            }
            Numbers::Each(values) if values.len() <= KEPT_THRESHOLDS => {
                Thresholds::Each(values.iter().map(threshold).collect())
            }
            _ => Thresholds::OnDemand,
        };
        let draws = Draws::new(seed, model.factors.len(), Plan::plain());
        Self {
            seed,
            book,
            model,
            cells: super::cells::cut(book, model),
            thresholds,
            draws,
            twist: None,
        }
    }

    /// The cells, in the order of their streams.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The same people drawn by a plan, which may aim at losses under `exposure`.
    pub fn with_plan(mut self, plan: Plan, exposure: &Exposure) -> Self {
        let is_twisted = plan.is_twisted();
        self.draws = Draws::new(self.seed, self.model.factors.len(), plan);
        self.twist = is_twisted.then(|| Twist::new(self.book, self.model, exposure, &self.draws));
        self
    }

    /// How the factors are drawn.
    pub fn draws(&self) -> &Draws {
        &self.draws
    }

    /// The systematic factors of a trial.
    pub fn factors(&self, period: u8, trial: u64) -> Vec<f64> {
        self.model.factors.transform(&self.draws.draw(period, trial).normals)
    }

    /// Finds everybody who defaults in trials `first..first + trials`, and gives the weights of the
    /// trials: none where all weigh the same.
    ///
    /// Cell by cell, the trials of a cell side by side: what is needed of a cell stays in the nearest
    /// memory, and most arithmetic works on several trials at once.
    pub fn visit(
        &self,
        period: u8,
        first: u64,
        trials: u64,
        scratch: &mut Scratch,
        found: &mut impl Defaulted,
    ) -> Vec<f64> {
        if let Some(twist) = &self.twist {
            let mut one = |t: u64| {
                let at = (period, first + t);
                let hit = |entry, draws| found.pool(t as usize, entry, draws);
                twist.trial(&self.draws, at, &mut scratch.twist, hit)
            };
            return (0..trials).map(&mut one).collect();
        }
        let mut done = 0;
        while done < trials {
            let start = first + done;
            // The lanes share the upper half of the trial's number.
            let same_half = (1 << 32) - (start & u64::from(u32::MAX));
            let lanes = LANES.min(trials - done).min(same_half);
            self.visit_lanes((period, start, lanes as usize, done as usize), scratch, found);
            done += lanes;
        }
        match self.draws.plan().proposals.is_empty() {
            true => Vec::new(),
            false => {
                (first..first + trials).map(|trial| self.draws.weight(period, trial)).collect()
            }
        }
    }

    fn visit_lanes(
        &self,
        (period, start, lanes, before): (u8, u64, usize, usize),
        scratch: &mut Scratch,
        found: &mut impl Defaulted,
    ) {
        let mut y = std::mem::take(&mut scratch.y);
        y.resize(self.model.directions.len() * lanes, 0.0);
        for t in 0..lanes {
            let own = self.model.directions_at(&self.factors(period, start + t as u64));
            own.iter().enumerate().for_each(|(d, &own)| y[d * lanes + t] = own);
        }
        for (index, cell) in self.cells.iter().enumerate() {
            // Nobody of a cell of PD 0 ever defaults.
            if cell.thresholds.1 == f64::NEG_INFINITY {
                continue;
            }
            let at = |purpose, t: usize| Address {
                purpose,
                period,
                trial: start + t as u64,
                cell: index as u32,
            };
            let y = &y[cell.direction * lanes..(cell.direction + 1) * lanes];
            let Scratch { highest, tops, words, binomials, counts, .. } = scratch;
            extreme(cell.thresholds.1, cell.loadings, y, highest_argument, highest);
            lanes::probabilities(highest, tops);
            words.clear();
            (0..lanes).for_each(|t| words.ask((start as u32).wrapping_add(t as u32), 1));
            words.draw(self.seed, at(Purpose::Defaults, 0));
            let stream = |t| Stream::new(self.seed, at(Purpose::Defaults, t));
            binomials.draw(cell.people, tops, &words.drawn, stream, counts);
            if matches!(cell.layout, Layout::Pool) {
                // One entry, one PD: every candidate defaults.
                for (t, &draws) in
                    scratch.counts.iter().enumerate().filter(|(_, draws)| **draws > 0)
                {
                    found.pool(before + t, cell.first, draws);
                }
                continue;
            }
            self.place((index, cell), y, at, before, scratch, found);
        }
        scratch.y = y;
    }

    /// Steps 2 and 3 in every trial of a cell of several entries.
    fn place(
        &self,
        (index, cell): (usize, &Cell),
        y: &[f64],
        at: impl Fn(Purpose, usize) -> Address,
        before: usize,
        scratch: &mut Scratch,
        found: &mut impl Defaulted,
    ) {
        let alike = cell.thresholds.0 == cell.thresholds.1 && cell.loadings.0 == cell.loadings.1;
        if !alike {
            let Scratch { highest, lowest, sures, densities, .. } = scratch;
            extreme(cell.thresholds.0, cell.loadings, y, lowest_argument, lowest);
            lanes::probabilities(lowest, sures);
            lanes::densities(highest, densities);
        }
        let people = cell.people as u32;
        pairs_for(people, &scratch.counts, MOST_BLOCKS, &mut scratch.blocks);
        let mut next = 0;
        while next < y.len() {
            // As many trials as fit into a batch of words, one at least.
            scratch.words.clear();
            let first = next;
            while next < y.len() && (next == first || scratch.words.len() < BATCH) {
                scratch.words.ask(at(Purpose::Places, next).trial as u32, scratch.blocks[next]);
                next += 1;
            }
            scratch.words.draw(self.seed, at(Purpose::Places, 0));
            self.candidates(cell, first..next, &at, scratch);
            if alike {
                for trial in &scratch.trials {
                    found.people(before + trial.t, index, &scratch.entries[trial.first..trial.end]);
                }
                continue;
            }
            self.thin(cell, y, scratch);
            for trial in &scratch.trials {
                let own = trial.first..trial.end;
                scratch.hits.resize(own.len(), 0);
                // Every candidate is written down, and kept if it defaults.
                let mut defaults = 0;
                for (&entry, &verdict) in
                    scratch.entries[own.clone()].iter().zip(&scratch.verdicts[own])
                {
                    scratch.hits[defaults] = entry;
                    defaults += usize::from(verdict == decided::YES);
                }
                scratch.hits.truncate(defaults);
                found.people(before + trial.t, index, &scratch.hits);
            }
        }
    }

    /// Step 2: who the candidates are in some trials, and their marks.
    fn candidates(
        &self,
        cell: &Cell,
        trials: std::ops::Range<usize>,
        at: impl Fn(Purpose, usize) -> Address,
        scratch: &mut Scratch,
    ) {
        let Scratch { words, counts, blocks, placing, .. } = scratch;
        let Scratch { entries, marks, trials: placed, .. } = scratch;
        let people = cell.people as u32;
        placed.clear();
        let all: u64 = trials.clone().map(|t| counts[t]).sum();
        entries.resize(all as usize, 0);
        marks.resize(all as usize, 0);
        let (mut begin, mut first) = (0, 0);
        for t in trials {
            let wanted = counts[t] as usize;
            if wanted == 0 {
                continue;
            }
            let blocks = blocks[t] as usize;
            let drawn = &words.drawn[2 * begin..2 * (begin + blocks)];
            begin += blocks;
            let end = first + wanted;
            let room = (&mut entries[first..end], &mut marks[first..end]);
            let rest = || Stream::new(self.seed, at(Purpose::Places, t)).skip_to(blocks as u32);
            placing.place(people, room, drawn, rest);
            placed.push(Placed { t, first, end });
            first = end;
        }
        if let Layout::Mixed(positions) = &cell.layout {
            entries.iter_mut().for_each(|entry| *entry = positions.entry(*entry) as u32);
        }
        entries.iter_mut().for_each(|entry| *entry += cell.first as u32);
    }

    /// Step 3: which of the candidates default.
    fn thin(&self, cell: &Cell, y: &[f64], scratch: &mut Scratch) {
        let Scratch { highest, tops, lowest, sures, densities, entries, marks, .. } = scratch;
        let Scratch { thresholds, verdicts, bounds, trials, .. } = scratch;
        thresholds.clear();
        match &self.thresholds {
            Thresholds::Each(by_entry) => {
                thresholds.extend(entries.iter().map(|&entry| by_entry[entry as usize]));
            }
            _ => thresholds.extend(entries.iter().map(|&entry| self.threshold(entry as usize))),
        }
        let (low, high) = cell.loadings;
        bounds.clear();
        bounds.extend(trials.iter().map(|&Placed { t, first, end }| Candidates {
            first,
            end,
            top: tops[t],
            pull: low * y[t],
            squeeze: Squeeze::new((lowest[t], sures[t]), (highest[t], tops[t]), densities[t]),
        }));
        verdicts.resize(entries.len(), decided::OPEN);
        if low == high {
            let spread = (1.0 - low * low).sqrt();
            lanes::decide(bounds, spread, thresholds, marks, verdicts);
        } else {
            // With loadings of their own the bounds hold for all, but are not worth their while.
            verdicts.fill(decided::OPEN);
        }
        let Scratch { open, open_marks, open_arguments, open_pds, .. } = scratch;
        open.clear();
        open_marks.clear();
        open_arguments.clear();
        for (trial, own) in trials.iter().zip(bounds.iter()) {
            let any = verdicts[trial.first..trial.end].iter().fold(0, |any, verdict| any | verdict);
            if any & decided::OPEN == 0 {
                continue;
            }
            for i in trial.first..trial.end {
                if verdicts[i] == decided::OPEN {
                    let loading = if low == high { low } else { self.loading(entries[i] as usize) };
                    open.push(i as u32);
                    open_marks.push(own.top * unit(marks[i]));
                    open_arguments.push(conditional_argument(thresholds[i], loading, y[trial.t]));
                }
            }
        }
        lanes::probabilities(open_arguments, open_pds);
        for ((&i, mark), pd) in open.iter().zip(open_marks.iter()).zip(open_pds.iter()) {
            verdicts[i as usize] = if mark <= pd { decided::YES } else { decided::NO };
        }
    }

    /// G(stressed PD) of an entry.
    fn threshold(&self, entry: usize) -> f64 {
        match (&self.thresholds, &self.book.borrowers.pd) {
            (Thresholds::Coded(by_code), Numbers::Coded { codes, .. }) => by_code[codes.get(entry)],
            (Thresholds::Each(by_entry), _) => by_entry[entry],
            (_, pd) => normal::quantile(self.model.stressed(pd.get(entry)).pd),
        }
    }

    /// Length of the loading vector of an entry.
    fn loading(&self, entry: usize) -> f64 {
        let segment = self.book.borrowers.segment.codes.get(entry);
        self.model.segments[segment].loading.at(self.book.borrowers.pd.get(entry))
    }
}
