//! Arithmetic of one cell over many trials side by side, compiled for several widths of vectors and
//! chosen at run time for the machine at hand. Every width gives the same bits.

use multiversion::multiversion;

use crate::model::{Link, conditional_argument};
use crate::random::{Address, Purpose, many};
use crate::special::exponential::{exp, log1p_minus};
use crate::special::normal;

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

/// Conditional PDs (mean numbers for counts) for one threshold and loading in every trial; `scale` is that
/// of each trial, empty for none.
pub fn conditional(
    (link, threshold, loading): (Link, f64, f64),
    (y, scale): (&[f64], &[f64]),
    arguments: &mut Vec<f64>,
    out: &mut Vec<f64>,
) {
    if link != Link::Probit {
        out.clear();
        out.extend(y.iter().map(|&y| link.probability(link.argument(threshold, loading, y))));
        return;
    }
    if scale.is_empty() {
        self::arguments(threshold, loading, y, arguments);
    } else {
        arguments.clear();
        let trials = y.iter().zip(scale);
        arguments.extend(trials.map(|(&y, s)| conditional_argument(threshold * s, loading, y)));
    }
    probabilities(arguments, out);
}

/// Conditional PDs of people with their own thresholds, scaled already, and loadings, given `y`.
pub fn conditional_of(
    link: Link,
    (thresholds, loadings): (&[f64], &[f64]),
    y: f64,
    arguments: &mut Vec<f64>,
    out: &mut Vec<f64>,
) {
    if link != Link::Probit {
        let people = thresholds.iter().zip(loadings);
        out.clear();
        out.extend(people.map(|(&g, &l)| link.probability(link.argument(g, l, y))));
        return;
    }
    arguments_of(thresholds, loadings, y, arguments);
    probabilities(arguments, out);
}

/// Arguments of Phi for one threshold and loading in every trial.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn arguments(threshold: f64, loading: f64, y: &[f64], out: &mut Vec<f64>) {
    out.clear();
    out.extend(y.iter().map(|&y| conditional_argument(threshold, loading, y)));
}

/// Arguments of Phi for people with their own thresholds and loadings, given `y`.
///
/// # Panics
/// If the lengths differ.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn arguments_of(thresholds: &[f64], loadings: &[f64], y: f64, out: &mut Vec<f64>) {
    assert_eq!(thresholds.len(), loadings.len());
    out.clear();
    let people = thresholds.iter().zip(loadings);
    out.extend(people.map(|(&threshold, &l)| conditional_argument(threshold, l, y)));
}

/// Phi of every argument.
fn probabilities(arguments: &[f64], out: &mut Vec<f64>) {
    out.resize(arguments.len(), 0.0);
    normal::cdf_many(arguments, out);
}

/// H(x) of every argument ([`Link::hazard`]).
pub fn hazards(link: Link, arguments: &[f64], out: &mut Vec<f64>) {
    if link == Link::Probit {
        return hazards_of_assets(arguments, out);
    }
    out.clear();
    out.extend(arguments.iter().map(|&x| link.hazard(x)));
}

/// H(x) = -ln(1 - Phi(x)) of every argument up to 0; larger ones give something above ln 2.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn hazards_of_assets(arguments: &[f64], out: &mut Vec<f64>) {
    out.clear();
    out.extend(arguments.iter().map(|&x| hazard(x)));
}

/// H of the conditional arguments of people with their own thresholds (scaled already), loadings and
/// drivers.
///
/// # Panics
/// If the lengths differ.
pub fn hazards_of(link: Link, thresholds: &[f64], loadings: &[f64], y: &[f64], out: &mut [f64]) {
    if link == Link::Probit {
        return hazards_of_people(thresholds, loadings, y, out);
    }
    let n = out.len();
    let people = thresholds[..n].iter().zip(&loadings[..n]).zip(&y[..n]);
    for (out, ((&threshold, &l), &y)) in out.iter_mut().zip(people) {
        *out = link.hazard(link.argument(threshold, l, y));
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn hazards_of_people(thresholds: &[f64], loadings: &[f64], y: &[f64], out: &mut [f64]) {
    let n = out.len();
    let people = thresholds[..n].iter().zip(&loadings[..n]).zip(&y[..n]);
    for (out, ((&threshold, &loading), &y)) in out.iter_mut().zip(people) {
        *out = hazard(conditional_argument(threshold, loading, y));
    }
}

#[inline(always)]
fn hazard(x: f64) -> f64 {
    -log1p_minus(normal::cdf(x))
}

/// The thresholds, before scaling is undone, from which on people with marks r on the scale of hazards
/// default: U = 1 - exp(-r) is their mark on that of probabilities.
///
/// # Panics
/// If the lengths differ.
pub fn critical(link: Link, marks: &[f64], loadings: &[f64], y: &[f64], out: &mut [f64]) {
    if link == Link::Probit {
        return assets(marks, loadings, y, out);
    }
    let n = out.len();
    let people = marks[..n].iter().zip(&loadings[..n]).zip(&y[..n]);
    for (out, ((&r, &l), &y)) in out.iter_mut().zip(people) {
        let u = -libm::expm1(-r.min(700.0));
        *out = link.critical((u, libm::exp(-r.min(700.0))), l, y);
    }
}

/// Latent assets l Y + sqrt(1 - l^2) G(U).
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn assets(marks: &[f64], loadings: &[f64], y: &[f64], out: &mut [f64]) {
    let n = out.len();
    let people = marks[..n].iter().zip(&loadings[..n]).zip(&y[..n]);
    for (out, ((&r, &l), &y)) in out.iter_mut().zip(people) {
        let r = r.min(700.0);
        let rest = exp(-r);
        // Where r is small the difference to 1 would lose digits.
        let u = if r < 1e-6 { r * (1.0 - 0.5 * r) } else { 1.0 - rest };
        *out = l * y + (1.0 - l * l).sqrt() * normal::quantile_of(u, rest);
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
        self.ask_from(trial, 0..blocks);
    }

    /// Asks for some blocks of the stream of `trial` (its low half).
    pub fn ask_from(&mut self, trial: u32, blocks: std::ops::Range<u32>) {
        self.trial.extend(std::iter::repeat_n(trial, blocks.len()));
        self.position.extend(blocks);
    }

    /// Asks for one block of the stream of `trial` (its low half).
    pub fn ask_block(&mut self, trial: u32, block: u32) {
        self.trial.push(trial);
        self.position.push(block);
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
    fn assets_are_those_of_the_quantile() {
        let marks: Vec<f64> =
            (0..4_000).map(|i| libm::exp(-35.0 + 0.0095 * f64::from(i))).collect();
        let n = marks.len();
        let mut found = vec![0.0; n];
        assets(&marks, &vec![0.3; n], &vec![-1.5; n], &mut found);
        for (&r, &found) in marks.iter().zip(&found) {
            let g = if r < 1.0 {
                normal::quantile(-libm::expm1(-r))
            } else {
                -normal::quantile(libm::exp(-r))
            };
            let exact = 0.3 * -1.5 + (1.0_f64 - 0.09).sqrt() * g;
            assert!((found - exact).abs() < 2e-9 * exact.abs().max(1.0), "{r}: {found} {exact}");
        }
    }

    #[test]
    fn hazards_are_those_of_libm() {
        let x: Vec<f64> = (0..3_700).map(|i| -0.01 * f64::from(i)).collect();
        let (mut found, mut own) = (Vec::new(), vec![0.0; x.len()]);
        hazards(Link::Probit, &x, &mut found);
        hazards_of(Link::Probit, &x, &vec![0.0; x.len()], &vec![1.0; x.len()], &mut own);
        assert_eq!(found, own);
        for (x, found) in x.iter().zip(&found) {
            let exact = -libm::log1p(-normal::cdf(*x));
            assert!((found / exact - 1.0).abs() < 1e-15, "{x}: {found} {exact}");
        }
        hazards(Link::Probit, &[f64::NEG_INFINITY, 0.001, 5.0, f64::INFINITY], &mut found);
        assert!(found[0] == 0.0 && found[1..].iter().all(|&h| h > std::f64::consts::LN_2));
    }
}
