//! The distribution of the conditional loss: exceedance probabilities, VaR and ES without a grid.
//!
//! With lines v of weight w_v and the conditional loss mu_v(e) along each,
//!
//! 1. P(L > x) = sum_v w_v P(mu_v(e) > x), the part of each line found by the roots of mu_v(e) = x;
//! 2. ES = (E\[mu; mu > VaR\] + VaR (1 - q - P(mu > VaR))) / (1 - q).

use super::line::{Line, Piece};
use super::panel::{Panel, mass, root};
use crate::special::normal;
use crate::units::Level;

/// Quantiles to this share of themselves.
const PRECISE: f64 = 4e-16;
/// Parts of a piece in the sketch.
const PARTS: u32 = 4;
/// How far the sketch may be off, as a factor of a tail probability.
const SKETCHY: f64 = 1.5;

/// The distribution of a conditional loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Smooth {
    /// All lines.
    pub lines: Vec<Line>,
    /// Whether the conditional loss falls along each.
    pub falls: bool,
    /// Losses with about the probability that they are exceeded, by rising loss: where to look for quantiles.
    sketch: Vec<(f64, f64)>,
}

impl Smooth {
    /// Of lines along which losses fall or not.
    pub fn new(lines: Vec<Line>, falls: bool) -> Self {
        let mut atoms: Vec<(f64, f64)> = Vec::new();
        for line in &lines {
            for piece in &line.pieces {
                let (from, to) = piece.ends;
                let place = |k: u32| from + (to - from) * f64::from(k) / f64::from(PARTS);
                for k in 0..PARTS {
                    let (a, b) = (place(k), place(k + 1));
                    let loss = line.panels[piece.panel].at(0.5 * (a + b));
                    atoms.push((loss, line.weight * mass(a, b)));
                }
            }
        }
        atoms.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = lines.iter().map(|line| line.weight).sum();
        let mut beyond = 0.0;
        for (_, p) in atoms.iter_mut().rev() {
            let own = *p / total;
            *p = beyond;
            beyond += own;
        }
        Self { lines, falls, sketch: atoms }
    }

    /// Sum of the weights.
    pub fn weight(&self) -> f64 {
        self.lines.iter().map(|line| line.weight).sum()
    }

    /// Means over all states: loss, its square, its conditional variance, defaults.
    pub fn means(&self) -> [f64; 4] {
        let mut sums = [0.0; 4];
        for line in &self.lines {
            sums.iter_mut().zip(line.means).for_each(|(sum, own)| *sum += line.weight * own);
        }
        let total = self.weight();
        sums.map(|sum| sum / total)
    }

    /// Least and largest loss.
    pub fn range(&self) -> (f64, f64) {
        let ranges = self.lines.iter().flat_map(|line| line.pieces.iter().map(Piece::range));
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        ranges.fold(start, |(low, high), own| (low.min(own.0), high.max(own.1)))
    }

    /// Goes through what lies beyond a loss: the line with its weight, the piece, its panel and the ends of the part.
    pub fn over(&self, x: f64, mut take: impl FnMut(&Line, &Piece, &Panel, (f64, f64), bool)) {
        for line in &self.lines {
            for piece in &line.pieces {
                let (low, high) = piece.range();
                let panel = &line.panels[piece.panel];
                if low > x {
                    take(line, piece, panel, piece.ends, true);
                } else if high > x {
                    take(line, piece, panel, piece.beyond(x, panel), false);
                }
            }
        }
    }

    /// Equation 1, x in smallest units.
    pub fn exceedance(&self, x: f64) -> f64 {
        let mut sum = 0.0;
        self.over(x, |line, piece, _, (from, to), is_whole| {
            sum += line.weight * if is_whole { piece.mass } else { mass(from, to) };
        });
        (sum / self.weight()).clamp(0.0, 1.0)
    }

    /// P(L > x) and E\[L; L > x\].
    fn beyond(&self, x: f64) -> (f64, f64) {
        let (mut probability, mut first) = (0.0, 0.0);
        self.over(x, |line, piece, panel, (from, to), is_whole| {
            let own = match is_whole {
                true => (piece.mass, piece.first),
                false => (mass(from, to), panel.integrals(from, to)[1]),
            };
            probability += line.weight * own.0;
            first += line.weight * own.1;
        });
        let total = self.weight();
        (probability / total, first / total)
    }

    /// Smallest x with P(L > x) <= 1 - level, smallest units.
    pub fn value_at_risk(&self, level: Level) -> f64 {
        let tail = level.tail();
        if let ([line], true) = (&self.lines[..], self.falls) {
            // Next to 0 polynomials may fall below it by rounding.
            return line.at(normal::quantile(tail)).max(0.0);
        }
        let (least, most) = self.range();
        if self.exceedance(least) <= tail {
            return least;
        }
        // On the scale of logarithms tails are nearly straight.
        let miss = |x: f64| match self.exceedance(x) {
            0.0 => -100.0,
            p => libm::log(p / tail).clamp(-100.0, 100.0),
        };
        let low = Some(self.about(tail * SKETCHY)).filter(|&x| miss(x) > 0.0).unwrap_or(least);
        let high = Some(self.about(tail / SKETCHY)).filter(|&x| miss(x) <= 0.0).unwrap_or(most);
        let found = root(miss, (low, high), PRECISE);
        // The end of an atom is the loss above which little enough is left.
        let next = found + PRECISE * found.abs();
        if miss(found) > 0.0 && miss(next) <= 0.0 { next } else { found }
    }

    /// About the loss that is exceeded with this probability, for points of a curve.
    pub fn about(&self, tail: f64) -> f64 {
        if let ([line], true) = (&self.lines[..], self.falls) {
            return line.at(normal::quantile(tail.min(1.0)));
        }
        let at = self.sketch.partition_point(|&(_, beyond)| beyond > tail);
        self.sketch[at.min(self.sketch.len() - 1)].0
    }

    /// Equation 2, smallest units.
    pub fn expected_shortfall(&self, level: Level) -> f64 {
        self.shortfall_beyond(self.value_at_risk(level), level)
    }

    /// The same for a VaR that is known.
    pub fn shortfall_beyond(&self, value_at_risk: f64, level: Level) -> f64 {
        let (probability, first) = self.beyond(value_at_risk);
        let tail = level.tail();
        ((first + value_at_risk * (tail - probability)) / tail).max(value_at_risk)
    }
}
