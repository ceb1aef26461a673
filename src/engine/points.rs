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
//! only defaults are told apart, as a person hit twice defaults once (where defaults are counted, as in
//! CreditRisk+, twice). The grade's table says of most points
//! that they are below everybody's hazard; of the others the hazard is worked out.
//!
//! The least r of a person is his mark on the scale of hazards: with a higher PD under some policy more
//! points, independent of these, open above lambda_i(Y). Nothing depends on policies here.

use super::above::{Above, Part};
use super::alias::{self, OPEN};
use super::cells::{Cell, Layout};
use super::envelope::{Envelope, Held};
use super::lanes::{self, Words};
use super::moves::Moves;
use super::moving::{Candidates, Opening};
use super::poisson::Poissons;
use super::thresholds::Thresholds;
use crate::model::Link;
use crate::random::{Address, Purpose, Stream};

/// Blocks of words that are drawn together, about: they stay in the first-level cache.
const BATCH: usize = 1 << 9;

/// Hazards are worked out in multiples of so many.
const TOGETHER: usize = 32;

/// A cell in some trials side by side.
#[derive(Debug, Clone, Copy)]
pub struct Lanes<'l> {
    /// Drivers.
    pub y: &'l [f64],
    /// Scales of thresholds; empty where there is none.
    pub scale: &'l [f64],
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
    /// People hit, a bitmap for each trial of the batch.
    taken: Vec<u64>,
    /// Those of a trial stand where its points stand.
    hits: Vec<u32>,
    /// Touched people.
    candidates: Candidates,
    above: Above,
}

/// Who is touched by some policy in a cell.
#[derive(Debug, Clone, Copy)]
pub struct Touched<'c> {
    /// All of them.
    pub moves: &'c Moves<'c>,
    /// Bands above today's hazards.
    pub opening: &'c Opening,
    /// Whether everybody is.
    pub everybody: bool,
}

/// Takes the defaults of a cell as they are found, trial by trial in any order.
pub trait Hits {
    /// Entries of those who default under all policies alike.
    fn alike(&mut self, t: usize, entries: &[u32]);
    /// Rows of those who may default, with their critical thresholds.
    fn touched(&mut self, t: usize, rows: &[u32], critical: &[f32]);
}

/// The points of a trial.
#[derive(Debug, Clone, Copy)]
struct Thrown {
    t: usize,
    /// Where they stand in a batch.
    first: usize,
    end: usize,
    /// People they hit.
    hits: usize,
    /// One past the last of its open points.
    open: usize,
}

/// Points whose hazards have to be worked out.
#[derive(Debug, Default)]
struct Open {
    /// Which they are, and whom they may hit.
    points: Vec<u32>,
    positions: Vec<u32>,
    entries: Vec<u32>,
    /// Where they lie in the intervals.
    places: Vec<f64>,
    y: Vec<f64>,
    thresholds: Vec<f64>,
    loadings: Vec<f64>,
    hazards: Vec<f64>,
}

/// A cell of points and what is known of its people.
#[derive(Debug, Clone, Copy)]
pub struct Target<'c> {
    /// The cell.
    pub cell: &'c Cell,
    /// Envelopes of its grades.
    pub envelope: &'c Envelope,
    /// Thresholds and loadings.
    pub thresholds: &'c Thresholds<'c>,
    /// Where some policy touches somebody.
    pub touched: Option<Touched<'c>>,
}

impl Points {
    /// Hands the entries of those who default in each trial to `found`.
    pub fn throw(&mut self, target: Target<'_>, lanes: &Lanes<'_>, found: &mut impl Hits) {
        let low = |t: usize| (lanes.at.trial as u32).wrapping_add(t as u32);
        self.held.clear();
        match lanes.scale {
            [] => self.held.extend(lanes.y.iter().map(|&y| target.envelope.at(y, 1.0))),
            scale => {
                let trials = lanes.y.iter().zip(scale);
                self.held.extend(trials.map(|(&y, &scale)| target.envelope.at(y, scale)));
            }
        }
        self.totals.clear();
        self.totals.extend(self.held.iter().map(|held| held.total));
        self.words.clear();
        (0..lanes.y.len()).for_each(|t| self.words.ask(low(t), 1));
        self.words.draw(lanes.seed, lanes.address(Purpose::Defaults, 0));
        let stream = |t| Stream::new(lanes.seed, lanes.address(Purpose::Defaults, t));
        self.poissons.draw(&self.totals, &self.words.drawn, stream, &mut self.counts);
        if let Some(touched) = target.touched {
            self.above.count((touched.opening, target.envelope), &self.totals, lanes);
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
                let (t, count) = (t as usize, self.counts[t as usize]);
                if count > 0 || target.touched.is_some() {
                    let first = 2 * self.words.len();
                    self.words.ask(low(t), count.div_ceil(2));
                    let end = first + count as usize;
                    self.batch.push(Thrown { t, first, end, hits: 0, open: 0 });
                }
            }
            self.words.draw(lanes.seed, lanes.address(Purpose::Places, 0));
            self.decoded.resize(self.words.drawn.len(), 0);
            for &Thrown { t, first, end, .. } in &self.batch {
                // Whole vectors: what is too much belongs to the next trial, which comes later.
                let end = (first + (end - first).next_multiple_of(8)).min(self.decoded.len());
                let words = &self.words.drawn[first..end];
                let slots = target.envelope.slots(self.held[t].bin);
                alias::decode(slots, words, &mut self.decoded[first..end]);
            }
            if target.touched.is_none_or(|touched| !touched.everybody) {
                match target.envelope.link() {
                    Link::Count => self.sort::<true>(target.cell),
                    _ => self.sort::<false>(target.cell),
                }
                self.decide(target, lanes);
                self.hand_over(target, found);
            }
            if let Some(touched) = target.touched {
                self.gather(target, touched, lanes);
                let cell = (target.cell.first, target.cell.people as usize);
                let with = (target.thresholds, touched.moves, target.envelope.link());
                let states = (lanes.y, lanes.scale);
                self.candidates.settle(cell, with, states, |t, who, at| found.touched(t, who, at));
            }
        }
    }

    /// Gathers the points of touched people in the trials of a batch.
    fn gather(&mut self, target: Target<'_>, touched: Touched<'_>, lanes: &Lanes<'_>) {
        let Self { held, words, batch, candidates, above, .. } = self;
        let Target { cell, envelope, .. } = target;
        above.draw(batch.iter().map(|own| own.t), lanes);
        candidates.clear();
        for &Thrown { t, first, end, .. } in batch.iter() {
            let Held { bin, total, .. } = held[t];
            let scale = (envelope.slots(bin), envelope.rates(bin));
            candidates.begin(t);
            let whom = (cell, touched.moves, touched.everybody);
            candidates.add(whom, scale, (total, Part::BASE), &words.drawn[first..end]);
            for (part, words) in above.take(t) {
                candidates.add(whom, scale, (total, part), words);
            }
        }
    }

    /// Sorts the points of a batch into people hit and open points; where defaults are counted a person hit
    /// twice is hit twice.
    fn sort<const COUNTED: bool>(&mut self, cell: &Cell) {
        let Self { batch, decoded, open, taken, hits, .. } = self;
        let size = (cell.people as usize).div_ceil(64);
        if taken.len() < batch.len() * size {
            taken.resize(batch.len() * size, 0);
        }
        hits.resize(decoded.len(), 0);
        open.points.resize(decoded.len(), 0);
        let mut known = 0;
        for (own, taken) in batch.iter_mut().zip(taken.chunks_exact_mut(size)) {
            let points = &decoded[own.first..own.end];
            let hits = &mut hits[own.first..own.end];
            let most = known + points.len();
            let open_points = &mut open.points[..most];
            let mut kept = 0;
            // Every point is written down twice, and kept where it belongs: no branch to mispredict.
            for (i, &point) in (own.first as u32..).zip(points) {
                let position = point & !OPEN;
                let is_open = point >> 31;
                let bit = u64::from(1 - is_open) << (position % 64);
                let word = &mut taken[(position / 64) as usize];
                hits[kept] = position;
                kept += if COUNTED { 1 - is_open as usize } else { usize::from(bit & !*word != 0) };
                *word |= bit;
                open_points[known] = i;
                known += is_open as usize;
            }
            (own.hits, own.open) = (kept, known);
        }
        open.points.truncate(known);
    }

    /// Works out the open points of a batch; those at or below the hazard join the hits.
    fn decide(&mut self, target: Target<'_>, lanes: &Lanes<'_>) {
        let Target { cell, envelope, thresholds, .. } = target;
        let Self { held, words, batch, decoded, open, taken, hits, .. } = self;
        if open.points.is_empty() {
            return;
        }
        let first = cell.first as u32;
        open.positions.clear();
        open.positions.extend(open.points.iter().map(|&i| decoded[i as usize] & !OPEN));
        open.entries.clear();
        match &cell.layout {
            Layout::Mixed(positions) => {
                let entry = |&position: &u32| first + positions.entry(position) as u32;
                open.entries.extend(open.positions.iter().map(entry));
            }
            _ => open.entries.extend(open.positions.iter().map(|position| first + position)),
        }
        // Whole vectors: what is left over after them would be worked out one by one.
        let padded = open.points.len().next_multiple_of(TOGETHER);
        let last = open.entries[open.entries.len() - 1];
        open.entries.resize(padded, last);
        open.places.clear();
        open.y.clear();
        let mut known = 0;
        for &Thrown { t, open: end, .. } in batch.iter() {
            let Held { bin, total, .. } = held[t];
            let slots = envelope.slots(bin);
            open.places.extend(open.points[known..end].iter().map(|&i| {
                let (grade, share) = alias::detail(slots, words.drawn[i as usize]);
                share * (total * envelope.rate(bin, grade))
            }));
            open.y.resize(end, lanes.y[t]);
            known = end;
        }
        open.y.resize(padded, 0.0);
        thresholds.thresholds(cell.first, &open.entries, &mut open.thresholds);
        thresholds.loadings(cell.first, &open.entries, &mut open.loadings);
        if !lanes.scale.is_empty() {
            let mut known = 0;
            for &Thrown { t, open: end, .. } in batch.iter() {
                open.thresholds[known..end].iter_mut().for_each(|g| *g *= lanes.scale[t]);
                known = end;
            }
        }
        open.hazards.resize(padded, 0.0);
        let link = envelope.link();
        lanes::hazards_of(link, &open.thresholds, &open.loadings, &open.y, &mut open.hazards);
        let size = (cell.people as usize).div_ceil(64);
        let mut known = 0;
        for (own, taken) in batch.iter_mut().zip(taken.chunks_exact_mut(size)) {
            let verdicts = open.places[known..own.open].iter().zip(&open.hazards[known..own.open]);
            let hits = &mut hits[own.first..own.end];
            for ((place, hazard), &position) in verdicts.zip(&open.positions[known..own.open]) {
                let bit = u64::from(place <= hazard) << (position % 64);
                let word = &mut taken[(position / 64) as usize];
                hits[own.hits] = position;
                let met = if link == Link::Count { 0 } else { *word };
                own.hits += usize::from(bit & !met != 0);
                *word |= bit;
            }
            known = own.open;
        }
    }

    /// Hands the entries of a batch's hits over, and cleans the bitmaps.
    fn hand_over(&mut self, target: Target<'_>, found: &mut impl Hits) {
        let cell = target.cell;
        let size = (cell.people as usize).div_ceil(64);
        let first = cell.first as u32;
        for (own, taken) in self.batch.iter().zip(self.taken.chunks_exact_mut(size)) {
            let hits = &mut self.hits[own.first..own.first + own.hits];
            // Few words are cleared at once; of a large cell only those that were touched.
            if size <= 4 * hits.len() {
                taken.fill(0);
            } else {
                hits.iter().for_each(|hit| taken[(hit / 64) as usize] = 0);
            }
            match &cell.layout {
                Layout::Mixed(positions) => {
                    hits.iter_mut().for_each(|hit| *hit = first + positions.entry(*hit) as u32);
                }
                _ => hits.iter_mut().for_each(|hit| *hit += first),
            }
            let mut kept = hits.len();
            if let Some(Touched { moves, .. }) = target.touched {
                kept = 0;
                for i in 0..hits.len() {
                    hits[kept] = hits[i];
                    kept += usize::from(!moves.touches(hits[i] as usize));
                }
            }
            if kept > 0 {
                found.alike(own.t, &hits[..kept]);
            }
        }
    }
}
