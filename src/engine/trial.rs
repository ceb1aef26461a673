//! One trial: factors, then the borrowers that default, then what the defaults cost.
//!
//! For a cell of n people with highest conditional PD p(Z):
//!
//! 1. the number of candidates is N ~ Binomial(n, p(Z));
//! 2. the candidates are N of the n people, without replacement (Floyd's algorithm on a bitmap);
//! 3. candidate i carries the mark U_i = p(Z) V_i, V_i uniform, and defaults if U_i <= p_i(Z).
//!
//! As each person independently has U_i <= p(Z) with probability p(Z), and given that U_i is
//! uniform below it, this is exactly the law of n independent uniform marks; people with higher
//! marks are never touched. The marks do not depend on policies, so all policies see the same
//! defaults. Where all PDs of a cell agree, step 3 always holds and no V is drawn. Elsewhere most
//! marks are decided by bounds on p_i(Z) that cost a few multiplications (see `squeeze`).

use super::cells::{Cell, Layout};
use super::draw::{below, binomial};
use super::squeeze::Squeeze;
use crate::model::{Model, conditional_argument};
use crate::portfolio::{Numbers, Portfolio};
use crate::random::{Address, Purpose, Stream, uniform};
use crate::special::normal;

/// A book cut into cells under a model: everything that decides who defaults.
#[derive(Debug)]
pub struct Defaults<'a> {
    seed: u64,
    book: &'a Portfolio,
    model: &'a Model,
    cells: Vec<Cell>,
    thresholds: Thresholds,
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

/// Working memory of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    taken: Vec<u64>,
    placed: Vec<u32>,
}

impl<'a> Defaults<'a> {
    /// Cuts the book.
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
        Self { seed, book, model, cells: super::cells::cut(book, model), thresholds }
    }

    /// The cells, in the order of their streams.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The systematic factors of a trial.
    pub fn factors(&self, period: u8, trial: u64) -> Vec<f64> {
        let independent: Vec<f64> = (0..self.model.factors.len())
            .map(|factor| {
                let at = Address { purpose: Purpose::Factor, period, trial, cell: factor as u32 };
                normal::quantile(uniform(&mut Stream::new(self.seed, at)))
            })
            .collect();
        self.model.factors.transform(&independent)
    }

    /// Calls `visit(entry, draws)` for everybody who defaults in a trial.
    pub fn visit(
        &self,
        period: u8,
        trial: u64,
        scratch: &mut Scratch,
        mut visit: impl FnMut(usize, u64),
    ) {
        let y = self.model.directions_at(&self.factors(period, trial));
        for (index, cell) in self.cells.iter().enumerate() {
            let y = y[cell.direction];
            let top = normal::cdf(highest_argument(cell.thresholds.1, cell.loadings, y));
            if top <= 0.0 {
                continue;
            }
            let at = Address { purpose: Purpose::Defaults, period, trial, cell: index as u32 };
            let mut stream = Stream::new(self.seed, at);
            let candidates = binomial(&mut stream, cell.people, top);
            if candidates == 0 {
                continue;
            }
            if matches!(cell.layout, Layout::Pool) {
                // One entry, one PD: every candidate defaults.
                visit(cell.first, candidates);
                continue;
            }
            place(&mut stream, cell.people as u32, candidates as u32, scratch);
            let alike =
                cell.thresholds.0 == cell.thresholds.1 && cell.loadings.0 == cell.loadings.1;
            let thinning = (!alike).then(|| self.thinning(cell, y, top));
            for &position in &scratch.placed {
                let entry = cell.first
                    + match &cell.layout {
                        Layout::Mixed(positions) => positions.entry(position),
                        _ => position as usize,
                    };
                let defaults = thinning.as_ref().is_none_or(|thinning| {
                    let mark = top * uniform(&mut stream);
                    thinning.holds(mark, || self.argument(entry, cell, y))
                });
                if defaults {
                    visit(entry, 1);
                }
            }
        }
    }

    /// What step 3 needs to know of a cell of different people.
    fn thinning(&self, cell: &Cell, y: f64, top: f64) -> Squeeze {
        let (low, high) = cell.thresholds;
        let lowest = lowest_argument(low, cell.loadings, y);
        let highest = highest_argument(high, cell.loadings, y);
        Squeeze::new(lowest, highest, top)
    }

    /// The argument of Phi for one entry.
    fn argument(&self, entry: usize, cell: &Cell, y: f64) -> f64 {
        let threshold = match (&self.thresholds, &self.book.borrowers.pd) {
            (Thresholds::Coded(by_code), Numbers::Coded { codes, .. }) => by_code[codes.get(entry)],
            (Thresholds::Each(by_entry), _) => by_entry[entry],
            (_, pd) => normal::quantile(self.model.stressed(pd.get(entry)).pd),
        };
        let loading = if cell.loadings.0 == cell.loadings.1 {
            cell.loadings.0
        } else {
            let segment = self.book.borrowers.segment.codes.get(entry);
            self.model.segments[segment].loading.at(self.book.borrowers.pd.get(entry))
        };
        conditional_argument(threshold, loading, y)
    }
}

/// Draws `wanted` of `people` positions without replacement into `scratch.placed` (Floyd 1987:
/// exactly one draw per position, whatever the share).
fn place(stream: &mut Stream, people: u32, wanted: u32, scratch: &mut Scratch) {
    let Scratch { taken, placed } = scratch;
    let words = (people as usize).div_ceil(64);
    if taken.len() < words {
        taken.resize(words, 0);
    }
    placed.clear();
    for last in people - wanted..people {
        let drawn = below(stream, last + 1);
        let (word, bit) = ((drawn / 64) as usize, 1_u64 << (drawn % 64));
        let position = if taken[word] & bit == 0 { drawn } else { last };
        taken[(position / 64) as usize] |= 1 << (position % 64);
        placed.push(position);
    }
    for &position in placed.iter() {
        taken[(position / 64) as usize] = 0;
    }
}

/// max over l in the range of h(l) = (G - l Y) / sqrt(1 - l^2).
///
/// h'(l) has the sign of l G - Y, so the only stationary point is l = Y / G with
/// h = sign(G) sqrt(G^2 - Y^2): a maximum for G < 0, a minimum for G > 0.
fn highest_argument(threshold: f64, loadings: (f64, f64), y: f64) -> f64 {
    let ends = ends(threshold, loadings, y);
    let high = ends.0.max(ends.1);
    if threshold < 0.0 {
        stationary(threshold, loadings, y).map_or(high, |s| high.max(s))
    } else {
        high
    }
}

/// min over l in the range of the same function.
fn lowest_argument(threshold: f64, loadings: (f64, f64), y: f64) -> f64 {
    let ends = ends(threshold, loadings, y);
    let low = ends.0.min(ends.1);
    if threshold > 0.0 {
        stationary(threshold, loadings, y).map_or(low, |s| low.min(s))
    } else {
        low
    }
}

fn ends(threshold: f64, loadings: (f64, f64), y: f64) -> (f64, f64) {
    let low = conditional_argument(threshold, loadings.0, y);
    if loadings.0 == loadings.1 {
        return (low, low);
    }
    (low, conditional_argument(threshold, loadings.1, y))
}

fn stationary(threshold: f64, loadings: (f64, f64), y: f64) -> Option<f64> {
    let at = y / threshold;
    (loadings.0 < at && at < loadings.1)
        .then(|| (threshold * threshold - y * y).max(0.0).sqrt().copysign(threshold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_over_the_range_of_loadings() {
        for g in [-3.0, -1.88, -0.4, 0.3, 1.5, f64::NEG_INFINITY, f64::INFINITY] {
            for y in [-4.0, -1.0, -0.2, 0.0, 0.5, 2.0] {
                let range = (0.17, 0.4);
                let (low, high) = (lowest_argument(g, range, y), highest_argument(g, range, y));
                for step in 0..=100 {
                    let l = range.0 + (range.1 - range.0) * f64::from(step) / 100.0;
                    let h = conditional_argument(g, l, y);
                    assert!(low <= h + 1e-12 && h <= high + 1e-12, "{g} {y} {l}: {low} {h} {high}");
                }
            }
        }
    }

    #[test]
    fn placing_draws_every_subset_equally_often() {
        // 3 of 5: ten subsets, 20,000 trials; chi-square with 9 degrees of freedom.
        let mut scratch = Scratch::default();
        let mut hits = [0_u32; 32];
        for trial in 0..20_000 {
            let at = Address { purpose: Purpose::Defaults, period: 0, trial, cell: 0 };
            place(&mut Stream::new(0, at), 5, 3, &mut scratch);
            let subset = scratch.placed.iter().fold(0_usize, |s, p| s | 1 << p);
            hits[subset] += 1;
        }
        let seen: Vec<f64> = hits.iter().filter(|&&h| h > 0).map(|&h| f64::from(h)).collect();
        assert_eq!(seen.len(), 10);
        let chi: f64 = seen.iter().map(|h| (h - 2_000.0).powi(2) / 2_000.0).sum();
        assert!(chi < 33.7, "{chi}: beyond the 1e-4 point of chi-square(9)");
        assert!(scratch.taken.iter().all(|&w| w == 0));
    }
}
