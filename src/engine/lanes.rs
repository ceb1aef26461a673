//! Arithmetic of one cell over many trials side by side, compiled for several widths of vectors and
//! chosen at run time for the machine at hand. Every width gives the same bits.

use multiversion::multiversion;

use super::binomial::unit;
use super::squeeze::Squeeze;
use crate::model::conditional_argument;
use crate::random::{Address, many};
use crate::special::exponential::exp;
use crate::special::normal;

/// Arguments of Phi for one threshold and loading in every trial.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub fn arguments(threshold: f64, loading: f64, y: &[f64], out: &mut Vec<f64>) {
    out.clear();
    out.extend(y.iter().map(|&y| conditional_argument(threshold, loading, y)));
}

/// Phi of every argument.
pub fn probabilities(arguments: &[f64], out: &mut Vec<f64>) {
    out.resize(arguments.len(), 0.0);
    normal::cdf_many(arguments, out);
}

/// The normal density at every argument that is not above 0 (0 elsewhere and far out, where nobody
/// needs it).
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub fn densities(arguments: &[f64], out: &mut Vec<f64>) {
    /// 1 / sqrt(2 pi).
    const SCALE: f64 = 0.398_942_280_401_432_7;
    out.clear();
    out.extend(arguments.iter().map(|&x| {
        let inside = x <= 0.0 && x > -37.0;
        let held = if inside { x } else { 0.0 };
        if inside { SCALE * exp(-0.5 * held * held) } else { 0.0 }
    }));
}

/// What the bounds say of a candidate.
pub mod decided {
    /// It does not default.
    pub const NO: u8 = 0;
    /// It defaults.
    pub const YES: u8 = 1;
    /// Phi has to be worked out.
    pub const OPEN: u8 = 2;
}

/// The candidates of one trial: their marks below p(Z) = `top` against the bounds on their own PDs.
#[derive(Debug, Clone, Copy)]
pub struct Candidates {
    /// Where they stand among those of the batch.
    pub first: usize,
    /// One past the last.
    pub end: usize,
    /// p(Z).
    pub top: f64,
    /// Loading times the systematic part.
    pub pull: f64,
    /// The bounds.
    pub squeeze: Squeeze,
}

/// Decides on the candidates of a batch as far as bounds can. `thresholds` are G(p_i), `spread` is
/// sqrt(1 - l^2), l the loading of all.
///
/// # Panics
/// If the lengths differ.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub fn decide(
    trials: &[Candidates],
    spread: f64,
    thresholds: &[f64],
    marks: &[u64],
    verdicts: &mut [u8],
) {
    for trial in trials {
        let Candidates { first, end, top, pull, squeeze } = *trial;
        let (thresholds, marks) = (&thresholds[first..end], &marks[first..end]);
        let verdicts = &mut verdicts[first..end];
        for ((verdict, &threshold), &mark) in verdicts.iter_mut().zip(thresholds).zip(marks) {
            let x = (threshold - pull) / spread;
            let mark = top * unit(mark);
            let yes = (mark <= squeeze.sure) | (mark <= squeeze.lower.0 + squeeze.lower.1 * x);
            let no = mark > squeeze.upper.0 + squeeze.upper.1 * x;
            *verdict = if yes {
                decided::YES
            } else if no {
                decided::NO
            } else {
                decided::OPEN
            };
        }
    }
}

/// Double words of many streams that differ in their trial only.
#[derive(Debug, Default)]
pub struct Words {
    position: Vec<u32>,
    trial: Vec<u32>,
    /// Two double words of each block, block by block.
    pub drawn: Vec<u64>,
}

impl Words {
    /// Forgets what was asked for.
    pub fn clear(&mut self) {
        self.position.clear();
        self.trial.clear();
    }

    /// Asks for blocks `0..blocks` of the stream of `trial` (its low half).
    pub fn ask(&mut self, trial: u32, blocks: u32) {
        self.position.extend(0..blocks);
        self.trial.extend(std::iter::repeat_n(trial, blocks as usize));
    }

    /// Blocks asked for.
    pub fn len(&self) -> usize {
        self.position.len()
    }

    /// Draws what was asked for; `at` is the address of all but for the low half of the trial.
    pub fn draw(&mut self, seed: u64, at: Address) {
        self.drawn.resize(2 * self.len(), 0);
        many(seed, at, (&self.position, &self.trial), &mut self.drawn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_those_of_phi() {
        let thresholds: Vec<f64> = (0..400).map(|i| -2.4 + 0.001 * f64::from(i)).collect();
        let marks: Vec<u64> = (0..400_u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let mut verdicts = vec![decided::OPEN; 400];
        let (pull, spread) = (0.3_f64, 0.96_f64);
        let [low, high] = [-2.4, -2.001].map(|threshold: f64| (threshold - pull) / spread);
        let mut density = Vec::new();
        densities(&[high], &mut density);
        let ends = ((low, normal::cdf(low)), (high, normal::cdf(high)));
        let trial = Candidates {
            first: 10,
            end: 390,
            top: normal::cdf(high),
            pull,
            squeeze: Squeeze::new(ends.0, ends.1, density[0]),
        };
        decide(&[trial], spread, &thresholds, &marks, &mut verdicts);
        let mut open = 0;
        for i in 0..400 {
            let p = normal::cdf((thresholds[i] - pull) / spread);
            let holds = trial.top * unit(marks[i]) <= p;
            match verdicts[i] {
                decided::OPEN => open += 1,
                verdict => assert_eq!(verdict == decided::YES, holds, "candidate {i}"),
            }
        }
        // Twenty outside the trial, and a few where the bounds are too wide.
        assert!((20..100).contains(&open), "{open}");
    }

    #[test]
    fn densities_are_those_of_the_normal_law() {
        let mut out = Vec::new();
        densities(&[-37.5, -5.0, -1.0, 0.0, 0.5], &mut out);
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        for (found, x) in out.iter().skip(1).zip([-5.0, -1.0, 0.0]) {
            assert!((found / density(x) - 1.0).abs() < 1e-14, "{x}");
        }
        assert_eq!((out[0], out[4]), (0.0, 0.0));
    }
}
