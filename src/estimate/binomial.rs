//! Likelihood of numbers of defaults among n borrowers per period.
//!
//! With c = G(p) / sqrt(1 - rho) and v = rho / (1 - rho) a period of d defaults has the likelihood
//! (its binomial coefficient left out)
//!
//! 1. L = integral of phi(y) Phi(a)^d Phi(-a)^(n - d) dy, a = c - sqrt(v) y.
//!
//! The integrand is log-concave in y: it has one peak, found by Newton steps, and falls off on both sides of it. 16 Gauss-Legendre
//! nodes on each side, out to where it is e^-30 of the peak, give ln L to about 1e-8. The same nodes give
//! the slopes
//!
//! 2. d ln L / dc = E(g), d ln L / d sqrt(v) = -E(y g), g = d phi(a) / Phi(a) - (n - d) phi(a) / Phi(-a),
//!
//! means under the integrand. For given v the likelihood is log-concave in c as well (Prekopa 1973), and its
//! maximum there, the profile of v, is found by the sign of the slope. The band of rho are the v whose
//! profile lies within t^2 / 2 of the top, t the quantile of Student's law with T - 1 degrees
//! (instead of the normal one, as there are few periods). p has the band of c / sqrt(1 + v) by the delta method, with the observed
//! information from differences of the slopes, carried through Phi.

use super::root::root;
use super::{Banded, Found, Method, student};
use crate::special::{normal, quadrature};

/// ln v is looked for between these.
const LOG_V: (f64, f64) = (-13.8, 3.0);
/// Beyond this much of ln L below the peak nothing counts.
const DEEP: f64 = 30.0;
/// Arguments of Phi are kept within this.
const FURTHEST: f64 = 30.0;

/// Rates times the count, rounded, are the numbers of defaults.
pub(super) fn estimate(rates: &[f64], count: u64, confidence: f64) -> Found {
    let n = count as f64;
    let mut defaults: Vec<f64> = rates.iter().map(|rate| libm::round(rate * n)).collect();
    defaults.sort_by(f64::total_cmp);
    let book = Counts { defaults, n };
    let start = book.centre();
    let slope_at = |log_v: f64| {
        let (c, at) = book.profile(start, log_v);
        (c, at.value, at.by_root * 0.5 * libm::exp(0.5 * log_v))
    };
    let (low, high) = LOG_V;
    // The slope falls as v grows: out from a guess until it changes sign.
    let guess = book.log_spread().clamp(low, high);
    let at_guess = slope_at(guess).2;
    let up = at_guess > 0.0;
    let top = reach((guess, at_guess), up, |x| slope_at(x).2);
    let periods = rates.len() as f64;
    let (c, best, _) = slope_at(top);
    let t = student(confidence, periods - 1.0);
    let drop = 0.5 * t * t;
    let end = |up: bool| reach((top, drop), up, |x| slope_at(x).1 - best + drop);
    let at_zero = |x: f64| if x <= low { 0.0 } else { libm::exp(x) / (1.0 + libm::exp(x)) };
    let v = libm::exp(top);
    let scale = (1.0 + v).sqrt();
    let centre = c / scale;
    let by = t * book.error((c, top), top <= low);
    Found {
        method: Method::Binomial,
        correlation: Banded {
            value: at_zero(top),
            lower: at_zero(end(false)),
            upper: at_zero(end(true)),
        },
        pd: Banded {
            value: normal::cdf(centre),
            lower: normal::cdf(centre - by),
            upper: normal::cdf(centre + by),
        },
    }
}

/// From a point where `f` has this value to where it changes sign, on one side; the end of [`LOG_V`] if it
/// does not.
fn reach((start, at_start): (f64, f64), up: bool, mut f: impl FnMut(f64) -> f64) -> f64 {
    let limit = if up { LOG_V.1 } else { LOG_V.0 };
    let (mut near, mut at_near, mut step) = (start, at_start, 0.25);
    while near != limit {
        let far = if up { (near + step).min(limit) } else { (near - step).max(limit) };
        let at_far = f(far);
        if (at_far > 0.0) != (at_near > 0.0) {
            return root(f, (near, at_near), (far, at_far), 1e-6);
        }
        (near, at_near) = (far, at_far);
        step *= 2.0;
    }
    limit
}

/// Numbers of defaults among `n` per period, ascending.
struct Counts {
    defaults: Vec<f64>,
    n: f64,
}

/// ln L of all periods and its slopes.
#[derive(Debug, Clone, Copy, Default)]
struct At {
    value: f64,
    by_c: f64,
    /// By sqrt(v).
    by_root: f64,
}

impl Counts {
    /// G of the rate of all periods together.
    fn centre(&self) -> f64 {
        let all: f64 = self.defaults.iter().sum();
        normal::quantile((all + 0.5) / (self.n * self.defaults.len() as f64 + 1.0))
    }

    /// ln of the variance of the inverse normals of the rates, rates of 0 and 1 moved inside.
    fn log_spread(&self) -> f64 {
        let x = self.defaults.iter().map(|d| normal::quantile((d + 0.5) / (self.n + 1.0)));
        let x: Vec<f64> = x.collect();
        let periods = x.len() as f64;
        let mean = x.iter().sum::<f64>() / periods;
        let squares: f64 = x.iter().map(|x| (x - mean) * (x - mean)).sum();
        libm::log((squares / periods).max(f64::MIN_POSITIVE))
    }

    /// The best c for a v, with ln L there.
    fn profile(&self, start: f64, log_v: f64) -> (f64, At) {
        let w = libm::exp(0.5 * log_v);
        let start = start * (1.0 + w * w).sqrt();
        let slope = |c: f64| self.at(c, w).by_c;
        let (mut near, mut at_near) = (start, slope(start));
        let mut step = if at_near > 0.0 { 0.1 } else { -0.1 };
        let c = loop {
            let far = near + step;
            let at_far = slope(far);
            if (at_far > 0.0) != (at_near > 0.0) || far.is_nan() || far.abs() > FURTHEST {
                break root(slope, (near, at_near), (far, at_far), 1e-7);
            }
            (near, at_near) = (far, at_far);
            step *= 2.0;
        };
        (c, self.at(c, w))
    }

    fn at(&self, c: f64, w: f64) -> At {
        let mut sum = At::default();
        let mut last: Option<(f64, At)> = None;
        // Equal numbers have equal likelihoods, and stand together.
        for &d in &self.defaults {
            let one = match last {
                Some((same, at)) if same == d => at,
                _ => period(d, self.n, c, w),
            };
            last = Some((d, one));
            sum.value += one.value;
            sum.by_c += one.by_c;
            sum.by_root += one.by_root;
        }
        sum
    }

    /// Standard error of c / sqrt(1 + v); of c alone where v is 0.
    fn error(&self, (c, log_v): (f64, f64), without: bool) -> f64 {
        let step = 1e-3;
        let slopes = |c: f64, log_v: f64| {
            let w = libm::exp(0.5 * log_v);
            let at = self.at(c, w);
            (at.by_c, 0.5 * w * at.by_root)
        };
        let by =
            |a: (f64, f64), b: (f64, f64)| ((a.0 - b.0) / (2.0 * step), (a.1 - b.1) / (2.0 * step));
        let (cc, cv) = by(slopes(c - step, log_v), slopes(c + step, log_v));
        let (vc, vv) = by(slopes(c, log_v - step), slopes(c, log_v + step));
        if without {
            return (1.0 / cc.max(f64::MIN_POSITIVE)).sqrt();
        }
        let cross = 0.5 * (cv + vc);
        let determinant = (cc * vv - cross * cross).max(f64::MIN_POSITIVE);
        let v = libm::exp(log_v);
        let scale = (1.0 + v).sqrt();
        let (by_c, by_v) = (1.0 / scale, -0.5 * c * v / (scale * scale * scale));
        let variance = by_c * by_c * vv - 2.0 * by_c * by_v * cross + by_v * by_v * cc;
        (variance / determinant).max(0.0).sqrt()
    }
}

/// ln L of a period and its slopes.
fn period(d: f64, n: f64, c: f64, w: f64) -> At {
    let of = |y: f64| Integrand::at(d, n, c - w * y);
    let log = |y: f64, at: &Integrand| at.log - 0.5 * y * y;
    // The peak: a point to integrate about, so that a rough one will do.
    let guess = (c - normal::quantile((d + 0.5) / (n + 1.0))) / w.max(1e-3);
    let mut y = guess.clamp(-38.0, 38.0) * (w * w * n.min(1e4) / (1.0 + w * w * n.min(1e4)));
    let mut width = 1.0;
    for _ in 0..60 {
        let at = of(y);
        let curve = 1.0 + w * w * at.curve;
        let step = (-y - w * at.slope) / curve;
        width = 1.0 / curve.sqrt();
        y += step.clamp(-8.0, 8.0);
        if step.abs() < 1e-3 * width {
            break;
        }
    }
    let top = log(y, &of(y));
    let end = |sign: f64| {
        let mut far = 8.0 * width;
        while log(y + sign * far, &of(y + sign * far)) > top - DEEP && far < 50.0 {
            far *= 1.3;
        }
        y + sign * far
    };
    let (low, high) = (end(-1.0), end(1.0));
    let (mut whole, mut by_c, mut by_root) = (0.0, 0.0, 0.0);
    for (x, weight) in quadrature::nodes(low, y).chain(quadrature::nodes(y, high)) {
        let at = of(x);
        let mass = weight * libm::exp(log(x, &at) - top);
        whole += mass;
        by_c += mass * at.slope;
        by_root -= mass * x * at.slope;
    }
    At {
        value: top + libm::log(whole / (2.0 * std::f64::consts::PI).sqrt()),
        by_c: by_c / whole,
        by_root: by_root / whole,
    }
}

/// d ln Phi(a) + (n - d) ln Phi(-a), its slope and minus its curvature, by a.
struct Integrand {
    log: f64,
    slope: f64,
    curve: f64,
}

impl Integrand {
    fn at(d: f64, n: f64, a: f64) -> Self {
        let a = a.clamp(-FURTHEST, FURTHEST);
        let (below, above) = (normal::cdf(a), normal::cdf(-a));
        let density = libm::exp(-0.5 * a * a) / (2.0 * std::f64::consts::PI).sqrt();
        let (up, down) = (density / below, density / above);
        Self {
            log: d * libm::log(below) + (n - d) * libm::log(above),
            slope: d * up - (n - d) * down,
            curve: d * up * (a + up) + (n - d) * down * (down - a),
        }
    }
}
