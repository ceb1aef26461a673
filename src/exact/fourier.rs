//! The law of many independent losses through their characteristic function.
//!
//! With draws of PD p on the grid points j and r = p / (1 - p) the generating function of their sum has
//!
//! 1. ln G(z) = sum n \[ln(1 - p) + sum_m (-1)^(m+1) (r^m / m) z^(j m)\],      r < 1, |z| = 1;
//! 2. where r > 1 the same for those who do not default: n \[ln p + j ln z + sum_m (-1)^(m+1) (r^-m / m) z^(-j m)\];
//! 3. Poisson numbers of mean l: ln G(z) = sum n l (z^j - 1).
//!
//! Coefficients of z^k are gathered at k modulo the size F of the window, so that one transform
//! gives ln G at all its frequencies exactly; a second one brings G back. The window holds all but 1e-18
//! of the law, by equation 3 of [`super::conditional`], so that what is folded onto it does not count. What is
//! left is the rounding of the transforms, some 1e-16 of the largest probability; below that is 0.
//!
//! The transforms are `rustfft`'s without vector instructions: they would round differently by machine.

use std::ops::Range;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

use super::grid::Stretch;

/// Terms of the series below this do not count.
const LEAST_TERM: f64 = 1e-17;
/// Where |ln r| is smaller the series of equation 1 does not end: factors are multiplied one by one.
const SLOW: f64 = 2e-3;
/// Share of the largest probability below which nothing but rounding is left.
const ROUNDING: f64 = 1e-15;
/// |G| below exp of this adds nothing.
const FAINT: f64 = -45.0;

/// Transforms with their working space, used again and again.
pub struct Fourier {
    planner: FftPlannerScalar<f64>,
    work: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Default for Fourier {
    fn default() -> Self {
        Self { planner: FftPlannerScalar::new(), work: Vec::new(), scratch: Vec::new() }
    }
}

/// Draws by class: grid points with the number of draws.
type Moved<'a> = &'a [Vec<(usize, f64)>];

impl Fourier {
    /// The law on a window of the grid, given the conditional PDs of the classes.
    pub fn law(
        &mut self,
        (moved, poisson): (Moved<'_>, &[bool]),
        pds: &[f64],
        window: Range<usize>,
    ) -> Stretch {
        let size = (window.end - window.start).next_power_of_two();
        let mask = size - 1;
        self.work.clear();
        self.work.resize(size, Complex::new(0.0, 0.0));
        let mut shift = 0_usize;
        let mut slow: Vec<(usize, f64, f64)> = Vec::new();
        for ((points, &poisson), &p) in moved.iter().zip(poisson).zip(pds) {
            if p <= 0.0 {
                continue;
            }
            if poisson {
                for &(at, draws) in points {
                    self.work[at & mask].re += draws * p;
                    self.work[0].re -= draws * p;
                }
                continue;
            }
            let (few, many) = (p.min(1.0 - p), p.max(1.0 - p));
            let log_ratio = libm::log(few / many);
            if log_ratio > -SLOW {
                slow.extend(points.iter().map(|&(at, draws)| (at, draws, p)));
                continue;
            }
            let terms = series(few / many);
            let is_flipped = p > 0.5;
            let constant = libm::log1p(-few);
            for &(at, draws) in points {
                self.work[0].re += draws * constant;
                let mut place = 0_usize;
                // Indices go round the window, which is a power of two.
                let stride = if is_flipped { at.wrapping_neg() } else { at };
                if is_flipped {
                    shift = shift.wrapping_add(at.wrapping_mul(draws as usize));
                }
                for term in &terms {
                    place = place.wrapping_add(stride);
                    self.work[place & mask].re += draws * term;
                }
            }
        }
        self.back(size, shift & mask, &slow);
        let largest = self.work.iter().map(|f| f.re).fold(0.0, f64::max);
        let least = ROUNDING * largest;
        let value = |x: usize| self.work[x & mask].re;
        let mut p: Vec<f64> =
            window.clone().map(value).map(|p| if p > least { p } else { 0.0 }).collect();
        let total: f64 = p.iter().sum();
        p.iter_mut().for_each(|p| *p /= total);
        Stretch { first: window.start, p }
    }

    /// From the coefficients of ln G to the law.
    fn back(&mut self, size: usize, shift: usize, slow: &[(usize, f64, f64)]) {
        let plan = self.planner.plan_fft_forward(size);
        self.transform(&plan);
        let turn = 2.0 * std::f64::consts::PI / size as f64;
        for (k, value) in self.work.iter_mut().enumerate() {
            // exp(-2 pi i k x / F), the whole turns taken off in integers.
            let angle = |x: usize| -turn * ((k as u128 * x as u128) % size as u128) as f64;
            if value.re < FAINT {
                *value = Complex::new(0.0, 0.0);
                continue;
            }
            let mut g = polar(libm::exp(value.re), value.im + angle(shift));
            for &(at, draws, p) in slow {
                let (sin, cos) = libm::sincos(angle(at & (size - 1)));
                let (re, im) = (1.0 - p + p * cos, p * sin);
                let log = draws * libm::log(libm::hypot(re, im));
                g *= polar(libm::exp(log), draws * libm::atan2(im, re));
            }
            *value = g;
        }
        let plan = self.planner.plan_fft_inverse(size);
        self.transform(&plan);
        let scale = 1.0 / size as f64;
        self.work.iter_mut().for_each(|value| value.re *= scale);
    }

    fn transform(&mut self, plan: &Arc<dyn Fft<f64>>) {
        self.scratch.resize(plan.get_inplace_scratch_len(), Complex::new(0.0, 0.0));
        plan.process_with_scratch(&mut self.work, &mut self.scratch);
    }
}

/// (-1)^(m+1) r^m / m for m = 1, 2, ...
fn series(r: f64) -> Vec<f64> {
    let mut terms = Vec::new();
    let mut power = -1.0;
    for m in 1_u32.. {
        power *= -r;
        let term = power / f64::from(m);
        terms.push(term);
        if term.abs() < LEAST_TERM {
            break;
        }
    }
    terms
}

fn polar(length: f64, angle: f64) -> Complex<f64> {
    let (sin, cos) = libm::sincos(angle);
    Complex::new(length * cos, length * sin)
}
