//! What the hazards of a cell's grades are at least and at most in one trial.
//!
//! Where one table of envelopes serves many states of the world ([`super::layers`]) its bounds are wide; those
//! of the trial at hand leave few points open. They need not be sharp to the last digit, so that the hazard
//!
//! 1. H(x) = -ln(1 - Phi(x)) = exp(q(x) - x^2 / 2)
//!
//! is taken from a polynomial q in 4-byte numbers, whose error is a thousandth at most, and moved by as much.
//! Where people share one loading and grades fall one below the other, the lowest hazard of a grade
//! is above the highest of the next.

use multiversion::multiversion;

use super::alias::Line;
use super::coarse_table::{Coarse, Fitted, Grades};
use super::grades::Grade;
use crate::model::Link;

/// More than the relative error of [`hazard`].
const ERROR: f32 = 1e-3;
/// Arguments that the polynomial is made for.
const LOW: f32 = -9.0;
const HIGH: f32 = 0.6;
/// Thresholds at a time.
const VECTOR: usize = 16;

/// Thresholds of a cell's grades.
#[derive(Debug)]
pub struct Boundaries {
    /// The highest of all, then the lowest of each grade, over sqrt(1 - l^2).
    thresholds: Vec<f32>,
    /// What lies below other thresholds is asked instead, and nothing from above: those, likewise.
    lowest: Option<Vec<f32>>,
    /// sqrt(1 - l^2).
    rest: f64,
    /// l / sqrt(1 - l^2).
    slope: f32,
    grades: Grades,
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Bounds {
    least: Vec<f32>,
    most: Vec<f32>,
    fitted: Fitted,
}

impl Boundaries {
    /// Those of grades that share one loading and fall one below the other under a Gaussian or t copula;
    /// `lines` are as many as slots.
    pub fn new(link: Link, grades: &[Grade], lines: &[Line]) -> Option<Self> {
        let l = grades[0].loadings.0;
        let is_one = grades.iter().all(|grade| grade.loadings == (l, l));
        let falls = grades.windows(2).all(|two| two[1].thresholds.1 <= two[0].thresholds.0);
        let rest = (1.0 - l * l).sqrt();
        if link != Link::Probit || !is_one || !falls || rest < 0.1 {
            return None;
        }
        let all = std::iter::once(grades[0].thresholds.1)
            .chain(grades.iter().map(|grade| grade.thresholds.0));
        let mut thresholds: Vec<f32> = all.map(|g| (g / rest) as f32).collect();
        thresholds.resize((lines.len() + 1).next_multiple_of(VECTOR), f32::NEG_INFINITY);
        let (slope, grades) = ((l / rest) as f32, Grades::new(lines));
        Some(Self { thresholds, lowest: None, rest, slope, grades })
    }

    /// From now on the bounds are those of other thresholds, the lowest of everybody in each grade, and there are
    /// none from above.
    pub fn lower(&mut self, lowest: &[f64]) {
        let mut lowest: Vec<f32> = lowest.iter().map(|g| (g / self.rest) as f32).collect();
        lowest.resize(self.thresholds.len() - 1, f32::NEG_INFINITY);
        self.lowest = Some(lowest);
    }

    /// The table of a bin's slots with the bounds of a trial that has the driver y and the scale; `rates` are
    /// the envelopes of the grades over `total`.
    pub fn fit<'b>(
        &self,
        slots: &[u32],
        (y, scale): (f64, f64),
        (total, rates): (f64, &[f64]),
        bounds: &'b mut Bounds,
    ) -> Coarse<'b> {
        let Bounds { least, most, fitted } = bounds;
        least.resize(self.thresholds.len(), 0.0);
        most.resize(self.thresholds.len(), 0.0);
        let state = (scale as f32, self.slope * y as f32);
        match &self.lowest {
            None => {
                enclose(&self.thresholds, state, least, most);
                fitted.fit(slots, &self.grades, (total, rates), (&least[1..], most))
            }
            Some(lowest) => {
                enclose(lowest, state, least, most);
                most.fill(f32::INFINITY);
                fitted.fit(slots, &self.grades, (total, rates), (least, most))
            }
        }
    }
}

/// The hazards of thresholds, at least and at most.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn enclose(thresholds: &[f32], (scale, shift): (f32, f32), least: &mut [f32], most: &mut [f32]) {
    let both = least.iter_mut().zip(most.iter_mut());
    for (&threshold, (least, most)) in thresholds.iter().zip(both) {
        let x = threshold * scale - shift;
        let hazard = hazard(if x < HIGH { if x > LOW { x } else { LOW } } else { HIGH });
        *least = if x > LOW { hazard * (1.0 - ERROR) } else { 0.0 };
        *most = if x < HIGH { hazard * (1.0 + ERROR) } else { f32::INFINITY };
    }
}

/// H(x) from [`LOW`] to [`HIGH`] to within [`ERROR`].
#[inline(always)]
fn hazard(x: f32) -> f32 {
    /// q on -1..1, constant term first: a Chebyshev fit.
    const Q: [f32; 10] = [
        -2.404_103_6,
        1.042_674_9,
        0.492_411_9,
        0.248_351_85,
        0.246_834_98,
        0.558_699_2,
        0.560_120_8,
        0.021_158_86,
        -0.240_862_58,
        -0.088_228_57,
    ];
    /// 1 / k! for 2^r = exp(r ln 2).
    const TAYLOR: [f32; 7] = [1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0];
    /// 1.5 x 2^23: what is added to it is rounded to a whole number.
    const ROUNDER: f32 = 12_582_912.0;
    let u = (x - 0.5 * (LOW + HIGH)) * (2.0 / (HIGH - LOW));
    let q = Q.iter().rev().fold(0.0, |sum, q| sum * u + q);
    let shifted = (q - 0.5 * x * x) * std::f32::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (q - 0.5 * x * x) - n * std::f32::consts::LN_2;
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    TAYLOR.iter().rev().fold(0.0, |sum, t| sum * r + t) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_known_to_a_thousandth() {
        for i in 0..=96_000 {
            let x = f64::from(LOW) + 1e-4 * f64::from(i);
            let exact = Link::Probit.hazard(x.min(0.0));
            let exact = if x > 0.0 { -libm::log(crate::special::normal::cdf(-x)) } else { exact };
            let found = f64::from(hazard(x as f32));
            assert!((found / exact - 1.0).abs() < 0.8 * f64::from(ERROR), "{x}: {found} {exact}");
        }
    }

    #[test]
    fn hazards_are_enclosed_everywhere() {
        let thresholds: Vec<f64> = (0..32).map(|i| 1.0 - 0.4 * f64::from(i)).collect();
        let narrow: Vec<f32> = thresholds.iter().map(|&g| g as f32).collect();
        let (mut least, mut most) = (vec![0.0; 32], vec![0.0; 32]);
        for (scale, shift) in [(1.0, 0.0), (0.3, 1.5), (2.5, -2.0)] {
            enclose(&narrow, (scale as f32, shift as f32), &mut least, &mut most);
            for (c, g) in thresholds.iter().enumerate() {
                let exact = -libm::log1p(-crate::special::normal::cdf(g * scale - shift));
                let (least, most) = (f64::from(least[c]), f64::from(most[c]));
                assert!(least <= exact && exact <= most, "{g} {scale}: {least} {exact} {most}");
                let x = g * scale - shift;
                assert!(!(-8.9..0.5).contains(&x) || most < 1.003 * least);
            }
        }
    }
}
