//! The worst losses of a law, and how probable they are in a state if more or less is lost.

use super::conditional::Given;
use super::law::LossLaw;
use crate::units::Level;

/// Terms of the series of [`Tail::without`] below this do not count.
const LEAST_TERM: f64 = 1e-17;

/// The worst losses at a level: h of equation 1 of [`super::contribution`] on a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worst {
    /// v, grid points.
    pub at: usize,
    /// w.
    pub weight: f64,
    /// 1 - q.
    pub tail: f64,
}

impl Worst {
    /// Of a law at a level.
    pub fn of(law: &LossLaw, level: Level) -> Self {
        let (tail, step) = (level.tail(), law.step);
        let at = (law.value_at_risk(level) / step) as usize;
        let weight = match law.probabilities[at] {
            0.0 => 0.0,
            atom => (tail - law.beyond[at]) / atom,
        };
        Self { at, weight, tail }
    }

    /// P(L > x) + w P(L = x) for probabilities of consecutive grid points x.
    pub fn tails(&self, p: &[f64]) -> Vec<f64> {
        let mut above = 0.0;
        let mut tails = vec![0.0; p.len()];
        for (tail, p) in tails.iter_mut().zip(p).rev() {
            *tail = above + self.weight * p;
            above += p;
        }
        tails
    }

    /// Sum of h times values on consecutive grid points.
    pub fn over(&self, values: &[f64], first: usize) -> f64 {
        let weighed = values.iter().enumerate().map(|(at, value)| match first + at {
            x if x < self.at => 0.0,
            x if x == self.at => self.weight * value,
            _ => *value,
        });
        weighed.sum()
    }
}

/// a(s): the probability of the worst losses if s more is lost in a state.
pub struct Tail {
    points: Points,
    /// h at each point where it is v: P(L > point) + w P(L = point).
    values: Vec<f64>,
    v: i64,
}

/// Grid points of a law.
enum Points {
    /// All from this one on.
    From(i64),
    /// These, ascending, with P(L > point).
    Listed(Vec<i64>, Vec<f64>),
}

impl Tail {
    /// Of the law given a state.
    pub fn of(given: &Given, step: i64, worst: Worst) -> Self {
        let v = worst.at as i64;
        match given {
            Given::Stretch(own) => {
                let points = Points::From(own.first as i64);
                Self { points, values: worst.tails(&own.p), v }
            }
            Given::Atoms(atoms) => {
                let (points, p): (Vec<i64>, Vec<f64>) = on_grid(atoms, step).into_iter().unzip();
                let above = Worst { weight: 0.0, ..worst }.tails(&p);
                Self { values: worst.tails(&p), points: Points::Listed(points, above), v }
            }
        }
    }

    /// a(s).
    pub fn at(&self, s: i64) -> f64 {
        let y = self.v - s;
        match &self.points {
            Points::From(first) => match usize::try_from(y - first) {
                Ok(place) => self.values.get(place).copied().unwrap_or(0.0),
                Err(_) => 1.0,
            },
            Points::Listed(points, above) => match points.binary_search(&y) {
                Ok(place) => self.values[place],
                Err(0) => 1.0,
                // Nothing between two points is lost.
                Err(place) => above[place - 1],
            },
        }
    }

    /// Whether all that can be lost lies beyond v.
    pub fn is_everything(&self) -> bool {
        match &self.points {
            Points::From(first) => self.v < *first,
            Points::Listed(points, _) => points.first().is_some_and(|first| self.v < *first),
        }
    }

    /// a'(s) without a draw of PD p that loses l: equations 3 and 4 are those of s = l.
    pub fn without(&self, (l, p): (i64, f64), from: i64) -> f64 {
        if p >= 1.0 {
            return self.at(from - l);
        }
        let (few, many) = (p.min(1.0 - p), p.max(1.0 - p));
        let ratio = few / many;
        let (mut sum, mut factor) = (0.0, 1.0);
        let (mut s, stride) = if p <= 0.5 { (from, l) } else { (from - l, -l) };
        loop {
            let a = self.at(s);
            if a >= 1.0 && stride > 0 {
                // From here on all terms are: their sum is factor / (1 + r) = factor x many.
                return (sum + factor * many) / many;
            }
            if a == 0.0 && stride < 0 || factor.abs() < LEAST_TERM {
                return sum / many;
            }
            sum += factor * a;
            factor *= -ratio;
            s += stride;
        }
    }
}

/// Atoms split between neighbouring grid points, as [`super::mixture`] adds them up.
fn on_grid(atoms: &[(i64, f64)], step: i64) -> Vec<(i64, f64)> {
    let split = |&(loss, p): &(i64, f64)| {
        let up = (loss % step) as f64 / step as f64;
        [(loss / step, (1.0 - up) * p), (loss / step + 1, up * p)]
    };
    let mut all: Vec<(i64, f64)> = atoms.iter().flat_map(split).filter(|(_, p)| *p > 0.0).collect();
    all.sort_by_key(|own| own.0);
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    all
}
