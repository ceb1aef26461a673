//! A function on an interval as the polynomial through its values at Chebyshev points.
//!
//! 1. x_j = cos(pi j / n),   p(x) = sum_j w_j f_j / (x - x_j) / sum_j w_j / (x - x_j)
//!
//! with w_j = (-1)^j, halved at the ends (Berrut and Trefethen 2004, equation 5.4), and
//!
//! 2. p'(x) = sum_j w_j (p(x) - f_j) / (x - x_j)^2 / sum_j w_j / (x - x_j)      (Schneider and Werner 1986).
//!
//! The last coefficients of p in Chebyshev polynomials tell its error.

use std::sync::LazyLock;

use crate::special::{normal, quadrature};

/// n of equation 1.
const DEGREE: usize = 16;
/// Iterations of a search for a root, at most.
const MOST_STEPS: usize = 200;

/// cos(pi j / n).
static POINTS: LazyLock<[f64; DEGREE + 1]> = LazyLock::new(|| {
    std::array::from_fn(|j| libm::cos(std::f64::consts::PI * j as f64 / DEGREE as f64))
});

/// A polynomial on an interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Values at the points of equation 1, from the upper end down.
    values: [f64; DEGREE + 1],
}

/// The points of a panel from its upper end down.
pub fn points(from: f64, to: f64) -> [f64; DEGREE + 1] {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    std::array::from_fn(|j| match j {
        0 => to,
        DEGREE => from,
        _ => middle + half * POINTS[j],
    })
}

impl Panel {
    /// Through the values at its [`points`].
    pub fn new((from, to): (f64, f64), values: [f64; DEGREE + 1]) -> Self {
        Self { from, to, values }
    }

    /// Size of the last two coefficients: about the error of the polynomial.
    pub fn error(&self) -> f64 {
        let coefficient = |k: usize| {
            let term = |(j, f): (usize, &f64)| {
                // cos(pi j k / n) by its period of 2 n.
                let at = j * k % (2 * DEGREE);
                let cosine = if at <= DEGREE { POINTS[at] } else { POINTS[2 * DEGREE - at] };
                let end = if j == 0 || j == DEGREE { 0.5 } else { 1.0 };
                end * f * cosine
            };
            let sum: f64 = self.values.iter().enumerate().map(term).sum();
            let scale = if k == DEGREE { 1.0 } else { 2.0 };
            (scale * sum / DEGREE as f64).abs()
        };
        // NaN stays one.
        let (last, before) = (coefficient(DEGREE), coefficient(DEGREE - 1));
        if last.is_nan() || before.is_nan() { f64::NAN } else { last.max(before) }
    }

    /// Least value at the points.
    pub fn least(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Largest value at the points.
    pub fn most(&self) -> f64 {
        self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// Equation 1 at a place of the interval.
    pub fn at(&self, place: f64) -> f64 {
        let half = 0.5 * (self.to - self.from);
        let x = (place - 0.5 * (self.from + self.to)) / half;
        let (mut above, mut below) = (0.0, 0.0);
        for (j, (&f, &own)) in self.values.iter().zip(POINTS.iter()).enumerate() {
            let off = x - own;
            if off == 0.0 {
                return f;
            }
            let weight = weight(j) / off;
            above += weight * f;
            below += weight;
        }
        above / below
    }

    /// Equation 2.
    pub fn slope(&self, place: f64) -> f64 {
        /// Nearer to a point the quotients lose their digits.
        const NEAR: f64 = 1e-5;
        let half = 0.5 * (self.to - self.from);
        let mut x = (place - 0.5 * (self.from + self.to)) / half;
        if let Some(own) = POINTS.iter().find(|own| (x - **own).abs() < NEAR) {
            x = if *own > 0.0 { own - NEAR } else { own + NEAR };
        }
        let value = self.at(0.5 * (self.from + self.to) + half * x);
        let (mut above, mut below) = (0.0, 0.0);
        for (j, (&f, &own)) in self.values.iter().zip(POINTS.iter()).enumerate() {
            let off = x - own;
            let weight = weight(j) / off;
            above += weight * (value - f) / off;
            below += weight;
        }
        above / below / half
    }

    /// Integrals of 1, the function and its square times the normal density over a part of the interval.
    pub fn integrals(&self, from: f64, to: f64) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for (place, weight) in quadrature::nodes(from, to) {
            let (value, mass) = (self.at(place), weight * density(place));
            sums[0] += mass;
            sums[1] += mass * value;
            sums[2] += mass * value * value;
        }
        sums
    }

    /// Where the function is `x` between two places where it lies on either side of it (or on it).
    pub fn root(&self, x: f64, (from, to): (f64, f64)) -> f64 {
        root(|place| self.at(place) - x, (from, to), 4e-16)
    }
}

fn weight(j: usize) -> f64 {
    let sign = if j.is_multiple_of(2) { 1.0 } else { -1.0 };
    if j == 0 || j == DEGREE { 0.5 * sign } else { sign }
}

/// The normal density.
pub fn density(e: f64) -> f64 {
    libm::exp(-0.5 * e * e) / libm::sqrt(2.0 * std::f64::consts::PI)
}

/// Phi(to) - Phi(from), without cancellation in either tail.
pub fn mass(from: f64, to: f64) -> f64 {
    match from < 0.0 {
        true => normal::cdf(to) - normal::cdf(from),
        false => normal::cdf(-from) - normal::cdf(-to),
    }
}

/// A root of a function between two places where its signs differ, to a share of the place: secants from both ends
/// (the Illinois rule), halving wherever three of them have not brought the ends eight times nearer.
pub fn root(f: impl Fn(f64) -> f64, (a, b): (f64, f64), precision: f64) -> f64 {
    let ((mut a, mut b), (mut at_a, mut at_b)) = ((a, b), (f(a), f(b)));
    if at_a == 0.0 || at_b == 0.0 || (at_a > 0.0) == (at_b > 0.0) {
        return if at_b.abs() < at_a.abs() { b } else { a };
    }
    let mut checked = (b - a).abs();
    for step in 1..=MOST_STEPS {
        let width = (b - a).abs();
        if width <= precision * (1.0 + a.abs().max(b.abs())) {
            break;
        }
        let is_slow = step % 3 == 0 && width > checked / 8.0;
        if step % 3 == 0 {
            checked = width;
        }
        let secant = b - at_b * (b - a) / (at_b - at_a);
        let inside = (secant - a) * (secant - b) < 0.0;
        let next = if is_slow || !inside { 0.5 * (a + b) } else { secant };
        let value = f(next);
        if value == 0.0 || next == a || next == b {
            return next;
        }
        if (value > 0.0) == (at_b > 0.0) {
            // The other end stays: its value is halved, so that it moves soon.
            at_a *= 0.5;
        } else {
            (a, at_a) = (b, at_b);
        }
        (b, at_b) = (next, value);
    }
    b
}
