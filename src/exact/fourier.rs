//! The law of many independent losses through their characteristic function.
//!
//! With draws of PD p on the grid points j and r = p / (1 - p) the generating function of their sum has
//!
//! 1. ln G(z) = sum n \[ln(1 - p) + sum_m (-1)^(m+1) (r^m / m) z^(j m)\],      r < 1, |z| = 1;
//! 2. where r > 1 the same for those who do not default: n \[ln p + j ln z + sum_m (-1)^(m+1) (r^-m / m) z^(-j m)\];
//! 3. Poisson numbers of mean l: ln G(z) = sum n l (z^j - 1);
//! 4. where a draw costs j + X, X small with mean 0 and E z^X = psi(z), to equations 1 and 2 joins to first order
//!    n q(z) (psi(z) - 1),   q = p z^j / (1 - p + p z^j) = sum_m (-1)^(m+1) r^m z^(j m),   r < 1, and the same of 1 - q else.
//!
//! What equation 4 leaves out is of the fourth order in X: variance and third cumulant of the sum are those of its draws.
//! It serves where they are many. Where they are few G is multiplied draw by draw ([`super::direct`]).
//!
//! Coefficients of z^k are gathered at k modulo the size F of the window, so that one transform
//! gives ln G at all its frequencies exactly; a second one brings G back. The window holds all but 1e-18
//! of the law, by equation 1 of [`super::moments`], so that what is folded onto it does not count. What is
//! left is the rounding of the transforms, some 1e-16 of the largest probability; below that is 0.
//!
//! The transforms are `rustfft`'s without vector instructions: they would round differently by machine.

use std::ops::Range;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

use super::cost::Luck;
use super::direct::{Direct, Spectra};
use super::grid::Stretch;

/// Terms of the series below this do not count.
const LEAST_TERM: f64 = 1e-17;
/// Where |ln r| is smaller the series of equation 1 does not end: factors are multiplied one by one.
const SLOW: f64 = 2e-3;
/// The same where draws have luck: q of equation 4 stays below 1, so that its first order serves.
const SLOW_LUCK: f64 = 0.7;
/// Share of the largest probability below which nothing but rounding is left.
const ROUNDING: f64 = 1e-15;
/// |G| below exp of this adds nothing.
const FAINT: f64 = -45.0;

/// Transforms with their working space, used again and again.
pub struct Fourier {
    planner: FftPlannerScalar<f64>,
    work: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    /// G of the last law, where it was multiplied draw by draw.
    kept: Vec<Complex<f64>>,
    /// Transforms of the laws of costs by size.
    spectra: Vec<Spectra>,
}

impl Default for Fourier {
    fn default() -> Self {
        Self {
            planner: FftPlannerScalar::new(),
            work: Vec::new(),
            scratch: Vec::new(),
            kept: Vec::new(),
            spectra: Vec::new(),
        }
    }
}

/// Draws by class.
#[derive(Debug, Clone, Copy)]
pub struct Draws<'a> {
    /// Grid points with the number of draws.
    pub moved: &'a [Vec<(usize, f64)>],
    /// The same of those with luck around their grid point.
    pub lucky: &'a [Vec<(usize, f64, Luck)>],
    /// Draws whose costs have laws.
    pub direct: &'a [Direct],
}

/// A factor (1 - p + p z^at psi(z))^draws of G that no series gives.
struct Slow {
    at: usize,
    draws: f64,
    p: f64,
    luck: Option<Luck>,
}

impl Fourier {
    /// The law on a window of the grid, given the conditional PDs of the classes.
    pub fn law(
        &mut self,
        (draws, poisson): (Draws<'_>, &[bool]),
        pds: &[f64],
        window: Range<usize>,
    ) -> Stretch {
        let size = (window.end - window.start).next_power_of_two();
        let mask = size - 1;
        self.work.clear();
        self.work.resize(size, Complex::new(0.0, 0.0));
        let mut shift = 0_usize;
        let mut slow: Vec<Slow> = Vec::new();
        for ((points, &poisson), &p) in draws.moved.iter().zip(poisson).zip(pds) {
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
                slow.extend(points.iter().map(|&(at, draws)| Slow { at, draws, p, luck: None }));
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
        for ((points, &poisson), &p) in draws.lucky.iter().zip(poisson).zip(pds) {
            for &(at, n, luck) in points.iter().filter(|_| p > 0.0) {
                shift =
                    shift.wrapping_add(self.lucky((at, n, luck), (p, poisson), mask, &mut slow));
            }
        }
        self.back(size, shift & mask, &slow);
        if !draws.direct.is_empty() {
            self.multiply(draws.direct, pds);
        }
        let plan = self.planner.plan_fft_inverse(size);
        self.transform(&plan);
        let scale = 1.0 / size as f64;
        self.work.iter_mut().for_each(|value| value.re *= scale);
        let largest = self.work.iter().map(|f| f.re).fold(0.0, f64::max);
        let least = ROUNDING * largest;
        let value = |x: usize| self.work[x & mask].re;
        let mut p: Vec<f64> =
            window.clone().map(value).map(|p| if p > least { p } else { 0.0 }).collect();
        let total: f64 = p.iter().sum();
        p.iter_mut().for_each(|p| *p /= total);
        Stretch { first: window.start, p }
    }

    /// Coefficients of equation 4 with those of equations 1 to 3; the shift of those who default.
    fn lucky(
        &mut self,
        (at, draws, luck): (usize, f64, Luck),
        (p, poisson): (f64, bool),
        mask: usize,
        slow: &mut Vec<Slow>,
    ) -> usize {
        // n c z^place (psi(z) - 1)
        let around = |work: &mut [Complex<f64>], place: usize, c: f64| {
            work[place.wrapping_sub(luck.below) & mask].re += c * luck.p_below;
            work[place.wrapping_add(luck.above) & mask].re += c * luck.p_above;
            work[place & mask].re -= c * (luck.p_below + luck.p_above);
        };
        let work = &mut self.work;
        if poisson {
            work[at & mask].re += draws * p;
            work[0].re -= draws * p;
            around(work, at, draws * p);
            return 0;
        }
        let (few, many) = (p.min(1.0 - p), p.max(1.0 - p));
        let ratio = few / many;
        if libm::log(ratio) > -SLOW_LUCK {
            slow.push(Slow { at, draws, p, luck: Some(luck) });
            return 0;
        }
        let is_flipped = p > 0.5;
        work[0].re += draws * libm::log1p(-few);
        if is_flipped {
            around(work, 0, draws);
        }
        let (mut place, mut power) = (0_usize, -1.0);
        let stride = if is_flipped { at.wrapping_neg() } else { at };
        for m in 1_u32.. {
            place = place.wrapping_add(stride);
            power *= -ratio;
            work[place & mask].re += draws * power / f64::from(m);
            around(work, place, if is_flipped { -draws * power } else { draws * power });
            if libm::fabs(power) < LEAST_TERM {
                break;
            }
        }
        if is_flipped { at.wrapping_mul(draws as usize) } else { 0 }
    }

    /// From the coefficients of ln G to G.
    fn back(&mut self, size: usize, shift: usize, slow: &[Slow]) {
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
            for &Slow { at, draws, p, luck } in slow {
                let at_point = |x: usize| {
                    let (sin, cos) = libm::sincos(angle(x & (size - 1)));
                    Complex::new(cos, sin)
                };
                let mut phi = at_point(at);
                if let Some(Luck { below, above, p_below, p_above }) = luck {
                    let (low, high) = (at_point(at.wrapping_sub(below)), at_point(at + above));
                    phi = phi * (1.0 - p_below - p_above) + low * p_below + high * p_above;
                }
                let (re, im) = (1.0 - p + p * phi.re, p * phi.im);
                let log = draws * libm::log(libm::hypot(re, im));
                g *= polar(libm::exp(log), draws * libm::atan2(im, re));
                // Of many such draws few frequencies are left.
                if luck.is_some() && g.norm_sqr() < libm::exp(2.0 * FAINT) {
                    g = Complex::new(0.0, 0.0);
                    break;
                }
            }
            *value = g;
        }
    }

    /// G times the factors of draws whose costs have laws; kept.
    fn multiply(&mut self, direct: &[Direct], pds: &[f64]) {
        let size = self.work.len();
        let at = self.spectra_at(direct, size);
        let half = size / 2 + 1;
        for (own, spectrum) in direct.iter().zip(&self.spectra[at].laws) {
            own.multiply(pds[own.class], spectrum, &mut self.work[..half]);
        }
        mirror(&mut self.work);
        self.kept.clone_from(&self.work);
    }

    /// E\[what a part loses; L = x\] in grid points over a window, by part, of draws whose costs have laws. The law
    /// with them on this window was worked out last.
    pub fn held(
        &mut self,
        direct: &[Direct],
        pds: &[f64],
        (parts, window): (usize, Range<usize>),
    ) -> Vec<Vec<f64>> {
        let size = self.kept.len();
        let at = self.spectra_at(direct, size);
        let half = size / 2 + 1;
        let mut sums = vec![vec![Complex::new(0.0, 0.0); size]; parts];
        for (own, (law, held)) in
            direct.iter().zip(self.spectra[at].laws.iter().zip(&self.spectra[at].held))
        {
            own.add_held(pds[own.class], (law, held), &mut sums, half);
        }
        let plan = self.planner.plan_fft_inverse(size);
        let mut found = Vec::with_capacity(parts);
        for mut sum in sums {
            sum[..half].iter_mut().zip(&self.kept).for_each(|(sum, g)| *sum *= g);
            mirror(&mut sum);
            self.work = sum;
            self.transform(&plan);
            let value = |x: usize| self.work[x & (size - 1)].re / size as f64;
            found.push(window.clone().map(value).collect());
        }
        found
    }

    /// Where the transforms of some laws stand.
    fn spectra_at(&mut self, direct: &[Direct], size: usize) -> usize {
        if let Some(at) = self.spectra.iter().position(|own| own.size == size) {
            return at;
        }
        let plan = self.planner.plan_fft_forward(size);
        let mut scratch = vec![Complex::new(0.0, 0.0); plan.get_inplace_scratch_len()];
        let own = Spectra::of(direct, size, |values| {
            plan.process_with_scratch(values, &mut scratch);
        });
        self.spectra.push(own);
        self.spectra.len() - 1
    }

    fn transform(&mut self, plan: &Arc<dyn Fft<f64>>) {
        self.scratch.resize(plan.get_inplace_scratch_len(), Complex::new(0.0, 0.0));
        plan.process_with_scratch(&mut self.work, &mut self.scratch);
    }
}

/// The upper half of the transform of real numbers from the lower one.
fn mirror(values: &mut [Complex<f64>]) {
    let size = values.len();
    for k in size / 2 + 1..size {
        values[k] = values[size - k].conj();
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
