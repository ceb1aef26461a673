//! Candidates for default where policies move PDs: marks of touched people and how they are settled.
//!
//! In a cell of points the least point of a person is his mark on the scale of hazards
//! ([`super::points`]). Points up to the envelope fall anyway; those above it fall in bands, between
//!
//! 1. 2^((j - 1) / 4) lambda_c(Y) and 2^(j / 4) lambda_c(Y),   j = 1, 2, ...,
//!
//! each with streams of its own, as far up as the highest PD under some policy asks for. Bands have the
//! grades' shares of points and so the envelope's own tables. Where no policy moves a PD upwards
//! there are none. A mark r is a uniform U = 1 - exp(-r), from which the latent asset follows
//! ([`super::moves`]).

use super::above::Part;
use super::alias::{self, OPEN, Slots};
use super::cells::{Cell, Layout};
use super::envelope::Envelope;
use super::extremes::highest_argument;
use super::grades::Grade;
use super::lanes;
use super::moves::Moves;
use super::thresholds::Thresholds;
use crate::model::Link;
use crate::special::normal;

/// Hazards beyond this are certain for all that an f64 tells apart.
const CERTAIN: f64 = 40.0;
/// Far above the rounding of thresholds to 4 bytes.
const SLACK: f64 = 1e-5;
/// Candidates are settled in multiples of so many.
const TOGETHER: usize = 32;
/// Bands per doubling of the hazard.
const PER_DOUBLING: f64 = 4.0;
/// Bits of a cell's number; the band stands above them.
const CELL_BITS: u32 = 24;

/// Where a band ends, in multiples of the envelope: 1, 2^(1/4), ...
pub fn band_end(band: u32) -> f64 {
    libm::exp2(f64::from(band) / PER_DOUBLING)
}

/// Number of the streams of a cell in a band.
pub fn in_band(cell: u32, band: u32) -> u32 {
    assert!(cell < 1 << CELL_BITS, "behaviour works with up to 2^24 cells");
    cell | band << CELL_BITS
}

/// How many bands are open in each interval of Y.
#[derive(Debug)]
pub struct Opening {
    bands: Vec<u8>,
}

impl Opening {
    /// For a cell whose first entry is `first`.
    pub fn new(
        (first, grades): (usize, &[Grade]),
        entry: impl Fn(u32) -> usize,
        envelope: &Envelope,
        moves: &Moves<'_>,
    ) -> Self {
        // Highest threshold under any policy among the touched people of each grade.
        let highest = |grade: &Grade| {
            let end = grade.start + grade.people;
            let entries = first + entry(grade.start)..first + entry(end - 1) + 1;
            let own = moves.rows(entries).map(|row| f64::from(moves.span(row as u32).highest));
            own.fold(f64::NEG_INFINITY, f64::max)
        };
        let highest: Vec<f64> = grades.iter().map(highest).collect();
        let bands = (0..envelope.intervals()).map(|interval| {
            let layer = Envelope::layer(interval);
            let (bin, ends) = envelope.ends(interval);
            let ratio = |(c, grade): (usize, &Grade), (y, total): (f64, f64)| {
                let held = total * envelope.rate(bin, c);
                let threshold = envelope.layers().highest(layer, highest[c]);
                let x = highest_argument(envelope.link(), threshold, grade.loadings, y);
                let needed = hazard(envelope.link(), x);
                if held > 0.0 { needed / held } else { 0.0 }
            };
            let at = |end| grades.iter().enumerate().map(|own| ratio(own, end)).fold(0.0, f64::max);
            let most = at(ends[0]).max(at(ends[1])) * (1.0 + SLACK);
            (0..=u8::MAX).find(|&band| band_end(band.into()) >= most).unwrap_or(u8::MAX)
        });
        Self { bands: bands.collect() }
    }

    /// Bands that are open at Y and a scale.
    pub fn at(&self, envelope: &Envelope, y: f64, scale: f64) -> u8 {
        envelope.interval(y, scale).map_or(0, |interval| self.bands[interval])
    }

    /// The most at any Y.
    pub fn most(&self) -> u8 {
        self.bands.iter().copied().max().unwrap_or(0)
    }
}

/// H(x), at most [`CERTAIN`].
fn hazard(link: Link, x: f64) -> f64 {
    match link {
        Link::Probit => (-libm::log(normal::cdf(-x))).min(CERTAIN),
        _ => link.hazard(x).min(CERTAIN),
    }
}

/// What settles candidates.
type With<'a> = (&'a Thresholds<'a>, &'a Moves<'a>, Link);

/// Touched people who may default under some policy, trial by trial, column by column.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Trials, and where each begins.
    trials: Vec<(usize, usize)>,
    /// Positions of the people in their cell.
    positions: Vec<u32>,
    /// Rows among the touched.
    rows: Vec<u32>,
    /// Marks on the scale of hazards.
    marks: Vec<f64>,
    /// Whether they default today.
    defaults: Vec<bool>,
    /// Those of whom that is open.
    open: Vec<u32>,
    open_entries: Vec<u32>,
    open_y: Vec<f64>,
    thresholds: Vec<f64>,
    hazards: Vec<f64>,
    entries: Vec<u32>,
    y: Vec<f64>,
    /// Scale of each; empty where there is none.
    scale: Vec<f64>,
    loadings: Vec<f64>,
    assets: Vec<f64>,
    decoded: Vec<u32>,
    places: Vec<f64>,
    /// People met in a trial, a bitmap, and what is handed over of them.
    met: Vec<u64>,
    out: (Vec<u32>, Vec<u32>, Vec<f32>),
}

impl Candidates {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.trials.clear();
        self.positions.clear();
        self.rows.clear();
        self.marks.clear();
        self.defaults.clear();
        self.open.clear();
    }

    /// What is added from now on belongs to trial `t`.
    pub fn begin(&mut self, t: usize) {
        self.trials.push((t, self.rows.len()));
    }

    /// Adds the points of touched people among those that words throw on a part of the scale.
    pub fn add(
        &mut self,
        (cell, moves, everybody): (&Cell, &Moves<'_>, bool),
        slots: Slots<'_>,
        (total, part): (f64, Part),
        words: &[u64],
    ) {
        let count = words.len();
        self.decoded.resize(count, 0);
        self.places.resize(count, 0.0);
        let at = (total, part.bottom, part.width);
        alias::decode_marks(slots, at, words, &mut self.decoded, &mut self.places);
        let is_base = part.bottom == 0.0;
        if everybody && matches!(cell.layout, Layout::Singles) {
            // Rows follow each other as people do.
            let first = moves.rows(cell.first..cell.first + 1).start as u32;
            let before = self.rows.len();
            self.positions.extend(self.decoded.iter().map(|point| point & !OPEN));
            self.rows.extend(self.decoded.iter().map(|point| first + (point & !OPEN)));
            self.marks.extend(&self.places);
            self.defaults.extend(self.decoded.iter().map(|point| is_base && point & OPEN == 0));
            if is_base {
                let open = self.decoded.iter().enumerate().filter(|(_, point)| *point & OPEN != 0);
                self.open.extend(open.map(|(at, _)| (before + at) as u32));
            }
            return;
        }
        for (&point, &mark) in self.decoded.iter().zip(&self.places) {
            let (position, open) = (point & !OPEN, point & OPEN != 0);
            let Some(row) = moves.row(cell.first + cell.layout.entry(position)) else { continue };
            if is_base && open {
                self.open.push(self.rows.len() as u32);
            }
            self.positions.push(position);
            self.rows.push(row);
            self.marks.push(mark);
            self.defaults.push(is_base && !open);
        }
    }

    /// Settles candidates of a cell of points: for every trial the rows of those who may default, each
    /// with its critical threshold.
    pub fn settle(
        &mut self,
        (first, people): (usize, usize),
        (thresholds, moves, link): (&Thresholds<'_>, &Moves<'_>, Link),
        (y, scale): (&[f64], &[f64]),
        mut found: impl FnMut(usize, &[u32], &[f32]),
    ) {
        if self.rows.is_empty() {
            return;
        }
        self.spread(y, scale);
        self.decide(first, (thresholds, moves, link));
        self.work_out(first, (thresholds, moves, link));
        if self.met.len() < people.div_ceil(64) {
            self.met.resize(people.div_ceil(64), 0);
        }
        let (positions, rows, criticals) = &mut self.out;
        for (at, &(t, begin)) in self.trials.iter().enumerate() {
            let end = self.trials.get(at + 1).map_or(self.rows.len(), |next| next.1);
            positions.clear();
            rows.clear();
            criticals.clear();
            for i in begin..end {
                let span = moves.span(self.rows[i]);
                let critical = span.critical(self.assets[i], self.defaults[i]);
                if critical > span.highest {
                    continue;
                }
                let position = self.positions[i];
                let (word, bit) = (&mut self.met[(position / 64) as usize], 1 << (position % 64));
                if *word & bit != 0 {
                    // Somebody hit by several points has the least of them for his mark.
                    let before = positions.iter().position(|&p| p == position).expect("he was met");
                    criticals[before] = criticals[before].min(critical);
                    continue;
                }
                *word |= bit;
                positions.push(position);
                rows.push(self.rows[i]);
                criticals.push(critical);
            }
            positions.iter().for_each(|p| self.met[(p / 64) as usize] = 0);
            if !rows.is_empty() {
                found(t, rows, criticals);
            }
        }
    }

    /// Gives every candidate the driver and the scale of its trial.
    fn spread(&mut self, y: &[f64], scale: &[f64]) {
        self.y.clear();
        self.scale.clear();
        for (at, &(t, _)) in self.trials.iter().enumerate() {
            let end = self.trials.get(at + 1).map_or(self.rows.len(), |next| next.1);
            self.y.resize(end, y[t]);
            if !scale.is_empty() {
                self.scale.resize(end, scale[t]);
            }
        }
    }

    /// Decides on those of whom it is open whether they default today.
    fn decide(&mut self, first: usize, (thresholds, moves, link): With<'_>) {
        let Some(&last) = self.open.last() else { return };
        let count = self.open.len();
        // Whole vectors: what is left over after them would be worked out one by one.
        self.open.resize(count.next_multiple_of(TOGETHER), last);
        self.open_entries.clear();
        self.open_y.clear();
        for &i in &self.open {
            self.open_entries.push(moves.entry(self.rows[i as usize]) as u32);
            self.open_y.push(self.y[i as usize]);
        }
        thresholds.thresholds(first, &self.open_entries, &mut self.thresholds);
        thresholds.loadings(first, &self.open_entries, &mut self.loadings);
        if !self.scale.is_empty() {
            let scaled = self.thresholds.iter_mut().zip(&self.open);
            scaled.for_each(|(g, &i)| *g *= self.scale[i as usize]);
        }
        self.hazards.resize(self.open.len(), 0.0);
        lanes::hazards_of(link, &self.thresholds, &self.loadings, &self.open_y, &mut self.hazards);
        for (&i, &hazard) in self.open[..count].iter().zip(&self.hazards) {
            self.defaults[i as usize] = self.marks[i as usize] <= hazard;
        }
    }

    /// Works the latent assets out.
    fn work_out(&mut self, first: usize, (thresholds, moves, link): With<'_>) {
        match thresholds.one_loading(first) {
            Some(loading) => {
                self.loadings.clear();
                self.loadings.resize(self.rows.len(), loading);
            }
            None => {
                self.entries.clear();
                self.entries.extend(self.rows.iter().map(|&row| moves.entry(row) as u32));
                thresholds.loadings(first, &self.entries, &mut self.loadings);
            }
        }
        self.assets.resize(self.rows.len(), 0.0);
        lanes::critical(link, &self.marks, &self.loadings, &self.y, &mut self.assets);
        self.assets.iter_mut().zip(&self.scale).for_each(|(asset, s)| *asset /= s);
    }
}
