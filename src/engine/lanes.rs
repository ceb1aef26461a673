//! Arithmetic of one cell over many trials side by side, compiled for several widths of vectors and
//! chosen at run time for the machine at hand. Every width gives the same bits.

use multiversion::multiversion;

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

/// Double words of many streams that differ in their trial only.
#[derive(Debug, Default)]
pub struct Words {
    position: Vec<u32>,
    trial: Vec<u32>,
    /// The first two words of each block, low one first.
    pub first: Vec<u64>,
    /// The last two.
    pub second: Vec<u64>,
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
        let blocks = self.len();
        self.first.resize(blocks, 0);
        self.second.resize(blocks, 0);
        many(seed, at, (&self.position, &self.trial), (&mut self.first, &mut self.second));
    }
}
