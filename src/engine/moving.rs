//! Candidates for default where policies move PDs: marks of touched people and how they are settled.
//!
//! In a cell of points the least point of a person is his mark on the scale of hazards
//! ([`super::points`]). Points up to the envelope fall anyway; those above it fall in bands, between
//!
//! 1. 2^((j - 1) / 4) lambda_c(Y) and 2^(j / 4) lambda_c(Y),   j = 1, 2, ...,
//!
//! each with streams of its own, as far up as the highest PD under some policy asks for. Bands have the
//! grades' shares of points and so the envelope's own tables. Where no policy moves a PD upwards
//! there are none. A mark r is a uniform U = 1 - exp(-r); most candidates lie below the lowest PD of
//! their person under any policy, or above the highest, and are settled by that.

use super::envelope::Envelope;
use super::extremes::highest_argument;
use super::grades::Grade;
use super::lanes;
use super::moves::Moves;
use super::thresholds::Thresholds;
use crate::special::exponential::exp;
use crate::special::normal;

/// Hazards beyond this are certain for all that an f64 tells apart.
const CERTAIN: f64 = 40.0;
/// Far above the rounding of PDs.
const SLACK: f64 = 1e-9;
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
            let touched = moves.touched(entries).iter();
            touched.map(|&b| moves.thresholds(b as usize).1).fold(f64::NEG_INFINITY, f64::max)
        };
        let highest: Vec<f64> = grades.iter().map(highest).collect();
        let bands = (0..Envelope::intervals()).map(|interval| {
            let (bin, ends) = envelope.ends(interval);
            let ratio = |(c, grade): (usize, &Grade), (y, total): (f64, f64)| {
                let held = total * envelope.rate(bin, c);
                let needed = hazard(highest_argument(highest[c], grade.loadings, y));
                if held > 0.0 { needed / held } else { 0.0 }
            };
            let at = |end| grades.iter().enumerate().map(|own| ratio(own, end)).fold(0.0, f64::max);
            let most = at(ends[0]).max(at(ends[1])) * (1.0 + SLACK);
            (0..=u8::MAX).find(|&band| band_end(band.into()) >= most).unwrap_or(u8::MAX)
        });
        Self { bands: bands.collect() }
    }

    /// Bands that are open at Y.
    pub fn at(&self, y: f64) -> u8 {
        Envelope::interval(y).map_or(0, |interval| self.bands[interval])
    }

    /// The most at any Y.
    pub fn most(&self) -> u8 {
        self.bands.iter().copied().max().unwrap_or(0)
    }
}

/// H(x) = -ln(1 - Phi(x)), at most [`CERTAIN`].
fn hazard(x: f64) -> f64 {
    (-libm::log(normal::cdf(-x))).min(CERTAIN)
}

/// Touched people who may default under some policy, column by column.
#[derive(Debug, Default)]
pub struct Candidates {
    trials: Vec<u32>,
    /// Positions of the people in their cell.
    positions: Vec<u32>,
    entries: Vec<u32>,
    /// Marks on the scale of hazards, or of probabilities once known.
    marks: Vec<f64>,
    /// Known to default today.
    sure: Vec<bool>,
    y: Vec<f64>,
    thresholds: [Vec<f64>; 3],
    loadings: Vec<f64>,
    known: [Vec<f64>; 3],
    arguments: Vec<f64>,
    /// Trial and position, critical shift, entry.
    settled: Vec<(u64, f32, u32)>,
    out: (Vec<u32>, Vec<f32>),
}

impl Candidates {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.trials.clear();
        self.positions.clear();
        self.entries.clear();
        self.marks.clear();
        self.sure.clear();
    }

    /// Adds one: trial, position in the cell, entry, its mark on the scale of hazards, and whether it is
    /// known to default today.
    pub fn push(&mut self, (t, position, entry): (usize, u32, u32), mark: f64, sure: bool) {
        self.trials.push(t as u32);
        self.positions.push(position);
        self.entries.push(entry);
        self.marks.push(mark);
        self.sure.push(sure);
    }

    /// Settles candidates of a cell of points: for every trial the entries of those who may default, each
    /// with its critical shift.
    pub fn settle(
        &mut self,
        first: usize,
        thresholds: &Thresholds<'_>,
        moves: &Moves<'_>,
        y: &[f64],
        mut found: impl FnMut(usize, &[u32], &[f32]),
    ) {
        let count = self.entries.len();
        let Some(&last) = self.entries.last() else { return };
        // Whole vectors: what is left over after them would be worked out one by one.
        self.entries.resize(count.next_multiple_of(TOGETHER), last);
        let [own, low, high] = &mut self.thresholds;
        thresholds.thresholds(&self.entries, own);
        thresholds.loadings(first, &self.entries, &mut self.loadings);
        low.clear();
        high.clear();
        for &b in &self.entries {
            let (lowest, highest) = moves.thresholds(b as usize);
            low.push(lowest);
            high.push(highest);
        }
        self.y.clear();
        self.y.extend(self.trials.iter().map(|&t| y[t as usize]));
        self.y.resize(self.entries.len(), 0.0);
        let [today, lowest, highest] = &mut self.known;
        today.resize(self.entries.len(), 0.0);
        lanes::hazards_of(own, &self.loadings, &self.y, today);
        for (thresholds, out) in [(low, lowest), (high, highest)] {
            lanes::arguments_each(thresholds, &self.loadings, &self.y, &mut self.arguments);
            lanes::probabilities(&self.arguments, out);
        }
        self.settled.clear();
        for i in 0..count {
            let (r, entry) = (self.marks[i], self.entries[i] as usize);
            let defaults = self.sure[i] || r <= self.known[0][i];
            let u = probability(r);
            if u > self.known[2][i] * (1.0 + SLACK) && !defaults {
                continue;
            }
            let critical = if u < self.known[1][i] * (1.0 - SLACK) && defaults {
                f32::NEG_INFINITY
            } else {
                moves.critical(entry, (u, defaults), self.y[i])
            };
            let place = u64::from(self.trials[i]) << 32 | u64::from(self.positions[i]);
            self.settled.push((place, critical, self.entries[i]));
        }
        // Somebody hit by several points has the least of them for his mark.
        self.settled.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.settled.dedup_by_key(|own| own.0);
        let (entries, criticals) = &mut self.out;
        for trial in self.settled.chunk_by(|a, b| a.0 >> 32 == b.0 >> 32) {
            entries.clear();
            criticals.clear();
            entries.extend(trial.iter().map(|own| own.2));
            criticals.extend(trial.iter().map(|own| own.1));
            found((trial[0].0 >> 32) as usize, entries, criticals);
        }
    }
}

/// 1 - exp(-r) for r >= 0.
fn probability(r: f64) -> f64 {
    if r < 1e-6 { r * (1.0 - 0.5 * r) } else { 1.0 - exp(-r.min(700.0)) }
}
