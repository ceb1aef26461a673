//! Who defaults in a cell of many entries: points thrown on intervals.
//!
//! Everybody has an interval as long as the envelope of his grade, lambda_c(Y) >= lambda_i(Y) = -ln(1 - p_i(Y))
//! (see [`super::envelope`]), on which points fall as a Poisson process of rate 1:
//!
//! 1. their number in the whole cell is N ~ Poisson(sum of n_c lambda_c(Y)), one draw for all grades;
//! 2. each falls evenly on all intervals together, one double word each (see [`super::alias`]);
//! 3. a person defaults if some point lies at r <= lambda_i(Y) in his interval.
//!
//! The points up to lambda_i(Y) are Poisson of that mean, so that none lies there with probability
//! exp(-lambda_i(Y)) = 1 - p_i(Y), for each person by itself: the law is exact. Points fall with replacement;
//! only defaults are told apart, as a person hit twice defaults once. The grade's table says of most points
//! that they are below everybody's hazard; of the others the hazard is worked out.
//!
//! The least r of a person is his mark on the scale of hazards: with a higher PD under some policy more
//! points, independent of these, open above lambda_i(Y). Nothing depends on policies here.

use super::alias::{self, OPEN};
use super::cells::Cell;
use super::envelope::{Envelope, Held};
use super::lanes::{self, Words};
use super::poisson::Poissons;
use super::thresholds::Thresholds;
use crate::random::{Address, Purpose, Stream};

/// Blocks of words that are drawn together, about: they stay in the first-level cache.
const BATCH: usize = 1 << 10;

/// A cell in some trials side by side.
#[derive(Debug, Clone, Copy)]
pub struct Lanes<'l> {
    /// Systematic parts.
    pub y: &'l [f64],
    /// The trials in the order of these: trials that need the same part of a table follow each other.
    pub order: &'l [u32],
    /// First trial, and the number of the cell, with a purpose still to be set.
    pub at: Address,
    /// Seed of the run.
    pub seed: u64,
}

impl Lanes<'_> {
    /// The address of trial `t` for a purpose.
    pub fn address(&self, purpose: Purpose, t: usize) -> Address {
        Address { purpose, trial: self.at.trial + t as u64, ..self.at }
    }
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Points {
    /// What holds in each trial.
    pub held: Vec<Held>,
    totals: Vec<f64>,
    counts: Vec<u32>,
    words: Words,
    poissons: Poissons,
    batch: Vec<Thrown>,
    decoded: Vec<u32>,
    open: Open,
    taken: Vec<u64>,
    hits: Vec<u32>,
}

/// Where the points of a trial stand in a batch.
#[derive(Debug, Clone, Copy)]
struct Thrown {
    t: usize,
    first: usize,
    end: usize,
}

/// Points whose hazards have to be worked out.
#[derive(Debug, Default)]
struct Open {
    /// Which they are.
    points: Vec<u32>,
    /// Where they lie in the intervals.
    places: Vec<f64>,
    thresholds: Vec<f64>,
    loadings: Vec<f64>,
    y: Vec<f64>,
    hazards: Vec<f64>,
}

impl Points {
    /// Hands the entries of those who default in each trial to `found`, trial by trial in any order.
    pub fn throw(
        &mut self,
        (cell, envelope, thresholds): (&Cell, &Envelope, &Thresholds<'_>),
        lanes: &Lanes<'_>,
        mut found: impl FnMut(usize, &[u32]),
    ) {
        self.held.clear();
        self.held.extend(lanes.y.iter().map(|&y| envelope.at(y)));
        self.totals.clear();
        self.totals.extend(self.held.iter().map(|held| held.total));
        self.words.clear();
        for t in 0..lanes.y.len() {
            self.words.ask((lanes.at.trial as u32).wrapping_add(t as u32), 1);
        }
        self.words.draw(lanes.seed, lanes.address(Purpose::Defaults, 0));
        let stream = |t| Stream::new(lanes.seed, lanes.address(Purpose::Defaults, t));
        self.poissons.draw(&self.totals, &self.words.drawn, stream, &mut self.counts);

        let size = (cell.people as usize).div_ceil(64);
        if self.taken.len() < size {
            self.taken.resize(size, 0);
        }
        let mut left = lanes.order;
        while !left.is_empty() {
            // As many trials as fit into a batch of words, one at least.
            self.words.clear();
            self.batch.clear();
            while let Some((&t, rest)) = left.split_first()
                && self.words.len() < BATCH
            {
                left = rest;
                let count = self.counts[t as usize];
                if count > 0 {
                    let first = 2 * self.words.len();
                    self.words.ask((lanes.at.trial as u32).wrapping_add(t), count.div_ceil(2));
                    self.batch.push(Thrown { t: t as usize, first, end: first + count as usize });
                }
            }
            self.words.draw(lanes.seed, lanes.address(Purpose::Places, 0));
            self.decoded.resize(self.words.drawn.len(), 0);
            for &Thrown { t, first, end } in &self.batch {
                let words = &self.words.drawn[first..end];
                let slots = envelope.slots(self.held[t].bin);
                alias::decode(slots, words, &mut self.decoded[first..end]);
            }
            self.decide((cell, envelope, thresholds), lanes.y);
            for at in 0..self.batch.len() {
                let Thrown { t, first, end } = self.batch[at];
                self.gather(cell, first..end);
                if !self.hits.is_empty() {
                    found(t, &self.hits);
                }
            }
        }
    }

    /// Works out the open points of a batch: those at or below the hazard are open no more.
    fn decide(
        &mut self,
        (cell, envelope, thresholds): (&Cell, &Envelope, &Thresholds<'_>),
        y: &[f64],
    ) {
        let rule = thresholds.rule(cell.first);
        let Self { held, words, batch, decoded, open, .. } = self;
        open.clear();
        for &Thrown { t, first, end } in batch.iter() {
            let known = open.points.len();
            open.points.resize(known + end - first, 0);
            // Every point is written down, and kept if it is open: no branch to mispredict.
            let mut kept = known;
            for (i, point) in (first as u32..).zip(&decoded[first..end]) {
                open.points[kept] = i;
                kept += usize::from(point & OPEN != 0);
            }
            open.points.truncate(kept);
            let Held { bin, total, .. } = held[t];
            let slots = envelope.slots(bin);
            for &i in &open.points[known..] {
                let (grade, share) = alias::detail(slots, words.drawn[i as usize]);
                let entry = cell.first + cell.layout.entry(decoded[i as usize] & !OPEN);
                open.places.push(share * (total * envelope.rate(bin, grade)));
                open.thresholds.push(thresholds.threshold(entry));
                open.loadings.push(thresholds.loading(rule, entry));
                open.y.push(y[t]);
            }
        }
        let Open { points, places, thresholds, loadings, y, hazards } = open;
        hazards.resize(points.len(), 0.0);
        lanes::hazards_of(thresholds, loadings, y, hazards);
        for ((&i, place), hazard) in points.iter().zip(places.iter()).zip(hazards.iter()) {
            if place <= hazard {
                decoded[i as usize] &= !OPEN;
            }
        }
    }

    /// The entries of those whom some points of one trial hit, each person once.
    fn gather(&mut self, cell: &Cell, points: std::ops::Range<usize>) {
        let Self { decoded, taken, hits, .. } = self;
        let points = &decoded[points];
        hits.resize(points.len(), 0);
        let hits_of = &mut hits[..points.len()];
        let taken = &mut taken[..(cell.people as usize).div_ceil(64)];
        let mut kept = 0;
        for &point in points {
            let position = point & !OPEN;
            let bit = u64::from(point & OPEN == 0) << (position % 64);
            let word = &mut taken[(position / 64) as usize];
            hits_of[kept] = position;
            kept += usize::from(bit & !*word != 0);
            *word |= bit;
        }
        // Few words are cleared at once; of a large cell only those that were touched.
        if taken.len() <= 4 * points.len() {
            taken.fill(0);
        } else {
            points.iter().for_each(|p| taken[((p & !OPEN) / 64) as usize] = 0);
        }
        hits.truncate(kept);
        if !matches!(cell.layout, super::cells::Layout::Singles) {
            hits.iter_mut().for_each(|hit| *hit = cell.layout.entry(*hit) as u32);
        }
        hits.iter_mut().for_each(|hit| *hit += cell.first as u32);
    }
}

impl Open {
    fn clear(&mut self) {
        self.points.clear();
        self.places.clear();
        self.thresholds.clear();
        self.loadings.clear();
        self.y.clear();
    }
}
