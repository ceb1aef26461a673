//! Draws whose costs have laws, multiplied into the transform of the loss one by one.
//!
//! With phi the transform of what a default costs on the grid, n draws of PD p alike have
//!
//! 1. (1 - p + p phi)^n, and Poisson numbers of mean p exp(n p (phi - 1)).
//!
//! What a part loses of them while the whole loses x has, with G the transform of the loss and phi_i that of x P(cost =
//! x) times the share of the part,
//!
//! 2. G n p phi_i / (1 - p + p phi), and G n p phi_i where defaults are Poisson numbers.

use rustfft::num_complex::Complex;

use super::class::Class;
use super::cost::Held;
use crate::model::Model;

/// Below this a factor of G leaves nothing to be divided.
const NOTHING: f64 = 1e-9;
/// Powers up to this are multiplied; higher ones lose digits.
const ONE_BY_ONE: u64 = 4_096;

/// Draws whose cost has one law.
#[derive(Debug, Clone, PartialEq)]
pub struct Direct {
    /// Number of their class.
    pub class: usize,
    draws: u64,
    poisson: bool,
    /// The law on the grid.
    law: Vec<f64>,
    /// By debt: its loss times probability, by that of the whole cost, and who holds it.
    held: Vec<(Vec<f64>, Held)>,
}

/// Transforms by part.
pub type ByPart = Vec<(usize, Vec<Complex<f64>>)>;

/// Transforms of one size of the laws of a book.
pub struct Spectra {
    /// The size.
    pub size: usize,
    /// phi, the lower half of the frequencies.
    pub laws: Vec<Vec<Complex<f64>>>,
    /// phi_i, by part.
    pub held: Vec<ByPart>,
}

/// All draws of a book whose costs have laws.
pub fn directly((classes, model): (&[Class], &Model), step: i64) -> Vec<Direct> {
    let mut all = Vec::new();
    for (number, class) in classes.iter().enumerate() {
        for lot in &class.lots {
            let Some(cost) = class.cost(lot) else { continue };
            let (law, held) = cost.on_grid(step);
            let held = held.into_iter().map(|(biased, held)| (biased, held.clone())).collect();
            let (draws, poisson) = (lot.draws, class.counts(model));
            all.push(Direct { class: number, draws, poisson, law, held });
        }
    }
    all
}

impl Direct {
    /// Equation 1.
    pub fn multiply(&self, p: f64, phi: &[Complex<f64>], g: &mut [Complex<f64>]) {
        if p <= 0.0 {
            return;
        }
        let n = self.draws as f64;
        for (g, phi) in g.iter_mut().zip(phi) {
            if self.poisson {
                let log = (phi - 1.0) * (n * p);
                let (sin, cos) = libm::sincos(log.im);
                *g *= Complex::new(cos, sin) * libm::exp(log.re);
                continue;
            }
            let factor = phi * p + (1.0 - p);
            *g *= match self.draws {
                1 => factor,
                draws if draws <= ONE_BY_ONE => factor.powu(draws as u32),
                _ => {
                    let log = n * libm::log(libm::hypot(factor.re, factor.im));
                    let (sin, cos) = libm::sincos(n * libm::atan2(factor.im, factor.re));
                    Complex::new(cos, sin) * libm::exp(log)
                }
            };
        }
    }

    /// Equation 2 without G, joined to the sums of the parts.
    pub fn add_held(
        &self,
        p: f64,
        (phi, held): (&[Complex<f64>], &ByPart),
        sums: &mut [Vec<Complex<f64>>],
        half: usize,
    ) {
        let mean = self.draws as f64 * p;
        for (part, biased) in held {
            let sums = &mut sums[*part][..half];
            for ((sum, phi), biased) in sums.iter_mut().zip(phi).zip(biased) {
                let factor = phi * p + (1.0 - p);
                match self.poisson {
                    true => *sum += biased * mean,
                    false if factor.norm_sqr() < NOTHING * NOTHING => {}
                    false => *sum += biased * mean / factor,
                }
            }
        }
    }
}

impl Spectra {
    /// Of a size, by a transform in place.
    pub fn of(
        direct: &[Direct],
        size: usize,
        mut transform: impl FnMut(&mut [Complex<f64>]),
    ) -> Self {
        let mut of = |values: &[f64]| {
            let mut folded = vec![Complex::new(0.0, 0.0); size];
            values.iter().enumerate().for_each(|(x, value)| folded[x & (size - 1)].re += value);
            transform(&mut folded);
            folded.truncate(size / 2 + 1);
            folded
        };
        let laws = direct.iter().map(|own| of(&own.law)).collect();
        let mut held = Vec::with_capacity(direct.len());
        for own in direct {
            let mut parts = ByPart::new();
            for (biased, holders) in &own.held {
                let biased = of(biased);
                for &(part, share) in holders {
                    let at = parts.iter().position(|(known, _)| *known == part);
                    let at = at.unwrap_or_else(|| {
                        parts.push((part, vec![Complex::new(0.0, 0.0); biased.len()]));
                        parts.len() - 1
                    });
                    let sums = parts[at].1.iter_mut().zip(&biased);
                    sums.for_each(|(sum, biased)| *sum += biased * share);
                }
            }
            held.push(parts);
        }
        Self { size, laws, held }
    }
}
