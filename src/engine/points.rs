//! Who defaults in a cell of many entries: points thrown on intervals.
//!
//! Everybody has an interval as long as the envelope of his grade, lambda_c(Y) >= lambda_i(Y) = -ln(1 - p_i(Y))
//! (see [`super::envelope`]), on which points fall as a Poisson process of rate 1:
//!
//! 1. their number in the whole cell is N ~ Poisson(sum of n_c lambda_c(Y)), one draw for all grades;
//! 2. each falls evenly on all intervals together, by one word ([`super::coarse`]) or, where that leaves
//!    something open, by two ([`super::alias`]);
//! 3. a person defaults if some point lies at r <= lambda_i(Y) in his interval.
//!
//! The points up to lambda_i(Y) are Poisson of that mean, so that none lies there with probability
//! exp(-lambda_i(Y)) = 1 - p_i(Y), for each person by itself: the law is exact. Points fall with replacement;
//! only defaults are told apart, as a person hit twice defaults once (where defaults are counted, as in
//! CreditRisk+, twice). The grade's table says of most points
//! that they are below everybody's hazard; of the others the hazard is worked out.
//!
//! The least r of a person is his mark on the scale of hazards: with a higher PD under some policy more
//! points, independent of these, open above lambda_i(Y). In cells where policies touch people first words tell
//! who defaults under all of them, and the other points are settled by [`super::moving`].

use super::above::{Above, Part};
use super::alias::{self, OPEN};
use super::bounds::Bounds;
use super::cells::{Cell, Layout};
use super::coarse;
use super::coarse_table::LEAST;
use super::envelope::{Envelope, Held};
use super::hazards::{Hazards, Law};
use super::hits::Hits;
use super::lanes::{Lanes, Words};
use super::moves::Moves;
use super::moving::{Candidates, With};
use super::opening::Opening;
use super::poisson::Poissons;
use super::seen::Seen;
use super::thresholds::Thresholds;
use crate::model::Link;
use crate::random::{Purpose, Stream};

/// Blocks of words that are drawn together, about: they stay in the first-level cache.
const BATCH: usize = 1 << 9;

/// Points above the envelope that are taken together, about: with this many a trial more costs no memory that counts.
const ABOVE: usize = 1 << 15;

/// Words of a block.
const BLOCK: usize = 4;

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
    open: Open,
    /// Positions of people hit; those of a trial stand where its points stand.
    hits: Vec<u32>,
    seen: Seen,
    bounds: Bounds,
    finer: Words,
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
}

/// The points of a trial.
#[derive(Debug, Clone, Copy)]
struct Thrown {
    t: usize,
    /// Where their words stand in a batch.
    first: usize,
    end: usize,
    /// How often they hit somebody.
    hits: usize,
    /// One past the last of its open points.
    open: usize,
}

/// Points whose hazards have to be worked out.
#[derive(Debug, Default)]
struct Open {
    /// Which they are, with room for more, and how many.
    points: Vec<u32>,
    known: usize,
    /// All digits of them.
    pairs: Vec<u64>,
    /// Whom they may hit.
    positions: Vec<u32>,
    /// Where they lie in the intervals, at first as shares of the envelope.
    places: Vec<f64>,
    /// Envelope over T.
    rates: Vec<f64>,
    hazards: Hazards,
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
            let setting = (touched.opening, target.envelope);
            self.above.count(setting, (&self.held, target.cell.people), lanes);
        }
        let mut left = lanes.order;
        while !left.is_empty() && !found.is_over() {
            // As many trials as fit into a batch of words, one at least.
            self.words.clear();
            self.batch.clear();
            let mut above = 0;
            while let Some((&t, rest)) = left.split_first()
                && self.words.len() < BATCH
                && above < ABOVE
            {
                left = rest;
                let (t, count) = (t as usize, self.counts[t as usize]);
                if target.touched.is_some() {
                    above += self.above.points(t);
                }
                if count > 0 || target.touched.is_some() {
                    let first = BLOCK * self.words.len();
                    self.words.ask(low(t), count.div_ceil(BLOCK as u32));
                    let end = first + count as usize;
                    self.batch.push(Thrown { t, first, end, hits: 0, open: 0 });
                }
            }
            self.words.draw(lanes.seed, lanes.address(Purpose::Places, 0));
            match target.touched {
                None => {
                    self.sort(target.envelope, lanes);
                    self.decide(target, lanes);
                    self.hand_over(target, found);
                }
                Some(touched) => self.settle(target, touched, lanes, found),
            }
        }
    }

    /// Settles the points of a batch where policies touch people.
    fn settle(
        &mut self,
        target: Target<'_>,
        touched: Touched<'_>,
        lanes: &Lanes<'_>,
        found: &mut impl Hits,
    ) {
        let Target { cell, envelope, thresholds, .. } = target;
        let ranks = found.ranks();
        if !ranks {
            // What first words tell of such cells is who defaults under all policies.
            self.sort(envelope, lanes);
        }
        let Self { held, words, finer, batch, open, hits, candidates, above, .. } = self;
        above.draw(batch.iter().map(|own| own.t), lanes);
        finer.clear();
        for own in batch.iter() {
            let low = (lanes.at.trial as u32).wrapping_add(own.t as u32);
            finer.ask(low, (own.end - own.first).div_ceil(BLOCK) as u32);
        }
        finer.draw(lanes.seed, lanes.address(Purpose::Finer, 0));
        let whole =
            |i: usize| coarse::whole(coarse::word(&words.drawn, i), coarse::word(&finer.drawn, i));
        candidates.clear();
        for (own, before) in batch.iter().zip(ends_before(batch)) {
            let t = own.t;
            candidates.begin(t, held[t], (lanes.y[t], lanes.scale.get(t).copied()));
            if ranks {
                candidates.add(Part::BASE, (own.first..own.end).map(whole));
            } else {
                let open = &open.points[before..own.open];
                candidates.add(Part::BASE, open.iter().map(|&i| whole(i as usize)));
            }
            for (part, words) in above.take(t) {
                candidates.add(part, words.iter().copied());
            }
            let setting = (touched.opening, envelope);
            if let Some((positions, marks)) = above.beyond(setting, (held[t], t), lanes) {
                candidates.add_known(positions, marks);
            }
        }
        let surely = |at: usize| {
            let own = &batch[at];
            hits.get(own.first..own.first + own.hits).unwrap_or_default()
        };
        let with = With { cell, envelope, thresholds, moves: touched.moves, ranks };
        candidates.settle(with, surely, found);
    }

    /// Sorts the points of a batch into hits and open points.
    fn sort(&mut self, envelope: &Envelope, lanes: &Lanes<'_>) {
        let Self { held, words, batch, bounds, open, hits, .. } = self;
        let room = 2 * words.drawn.len() + LEAST;
        if hits.len() < room {
            hits.resize(room, 0);
            open.points.resize(room, 0);
        }
        open.known = 0;
        for own in batch.iter_mut() {
            let words = &words.drawn[own.first / 2..];
            let points = (own.end - own.first, own.first as u32);
            // Vectors write beyond the trial's hits, where the next one's will stand.
            let into = (&mut hits[own.first..], &mut open.points[open.known..]);
            let state = (lanes.y[own.t], lanes.scale.get(own.t).copied());
            let coarse = envelope.told_by(held[own.t], state, bounds);
            let (hit, left) = coarse.tell(words, points, into);
            open.known += left;
            (own.hits, own.open) = (hit, open.known);
        }
    }

    /// Works out the open points of a batch; those at or below the hazard join the hits.
    fn decide(&mut self, target: Target<'_>, lanes: &Lanes<'_>) {
        let Target { cell, envelope, thresholds, .. } = target;
        let Self { held, words, finer, batch, open, hits, .. } = self;
        let count = open.known;
        if count == 0 {
            return;
        }
        finer.clear();
        for (own, before) in batch.iter().zip(ends_before(batch)) {
            let low = (lanes.at.trial as u32).wrapping_add(own.t as u32);
            for &i in &open.points[before..own.open] {
                finer.ask_block(low, ((i as usize - own.first) / BLOCK) as u32);
            }
        }
        finer.draw(lanes.seed, lanes.address(Purpose::Finer, 0));
        open.pairs.clear();
        for (own, before) in batch.iter().zip(ends_before(batch)) {
            for (at, &i) in (before..).zip(&open.points[before..own.open]) {
                // Trials begin with a block, so that a point has the same place in both.
                let own = coarse::word(&finer.drawn, BLOCK * at + i as usize % BLOCK);
                open.pairs.push(coarse::whole(coarse::word(&words.drawn, i as usize), own));
            }
        }
        open.positions.resize(count, 0);
        open.places.resize(count, 0.0);
        open.rates.resize(count, 0.0);
        open.hazards.clear();
        let mut known = 0;
        // Trials of a bin follow each other.
        for alike in batch.chunk_by(|a, b| held[a.t].bin == held[b.t].bin) {
            let end = alike[alike.len() - 1].open;
            let slots = envelope.slots(held[alike[0].t].bin);
            let into = (&mut open.places[known..end], &mut open.rates[known..end]);
            let positions = &mut open.positions[known..end];
            alias::decode(slots, &open.pairs[known..end], positions, into);
            for own in alike {
                let total = held[own.t].total;
                let points = known..own.open;
                let rates = &open.rates[points.clone()];
                for (place, rate) in open.places[points].iter_mut().zip(rates) {
                    *place *= total * rate;
                }
                let state = (lanes.y[own.t], lanes.scale.get(own.t).copied());
                open.hazards.ask(own.open, state);
                known = own.open;
            }
        }
        open.positions.iter_mut().for_each(|position| *position &= !OPEN);
        let first = cell.first as u32;
        let law = Law { link: envelope.link(), first: cell.first, thresholds };
        let Open { positions, places, hazards, .. } = open;
        let hazards = match &cell.layout {
            Layout::Mixed(order) => {
                let entry = |&position: &u32| first + order.entry(position) as u32;
                hazards.of(law, positions.iter().map(entry))
            }
            _ => hazards.of(law, positions.iter().map(|position| first + position)),
        };
        let mut known = 0;
        for own in batch.iter_mut() {
            let verdicts = places[known..own.open].iter().zip(&hazards[known..own.open]);
            let hits = &mut hits[own.first..own.end];
            for ((place, hazard), &position) in verdicts.zip(&positions[known..own.open]) {
                hits[own.hits] = position;
                own.hits += usize::from(place <= hazard);
            }
            known = own.open;
        }
    }

    /// Hands the entries of a batch's hits over: everybody once, or, where defaults are counted, as often
    /// as he is hit.
    fn hand_over(&mut self, target: Target<'_>, found: &mut impl Hits) {
        let cell = target.cell;
        let first = cell.first as u32;
        let counted = target.envelope.link() == Link::Count;
        for own in &mut self.batch {
            let hits = &mut self.hits[own.first..own.first + own.hits];
            let kept =
                if counted { hits.len() } else { self.seen.begin(cell.people).keep_new(hits) };
            own.hits = kept;
            let hits = &mut hits[..kept];
            match &cell.layout {
                Layout::Mixed(positions) => {
                    hits.iter_mut().for_each(|hit| *hit = first + positions.entry(*hit) as u32);
                }
                _ => hits.iter_mut().for_each(|hit| *hit += first),
            }
            found.ask_ahead(hits);
        }
        // One trial right behind the other: what is fetched for them overlaps.
        for own in self.batch.iter().filter(|own| own.hits > 0) {
            found.alike(own.t, &self.hits[own.first..own.first + own.hits]);
        }
    }
}

/// Where the open points of each trial begin.
fn ends_before(batch: &[Thrown]) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(batch.iter().map(|own| own.open))
}
