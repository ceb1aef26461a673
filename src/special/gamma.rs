//! The regularised incomplete gamma functions and their inverse, accurate in both tails.
//!
//! 1. P(a, x) = x^a exp(-x) / Gamma(a + 1) sum_k x^k / ((a + 1) ... (a + k))       for x < a + 1,
//! 2. Q(a, x) = 1 - P(a, x) by Legendre's continued fraction, modified Lentz        beyond
//!
//! (Abramowitz and Stegun 6.5.29 and 6.5.31). Both need about sqrt(a) terms; for a beyond 1e8 the functions are
//!
//! 3. Q(a, x) = Phi(-n sqrt a) + exp(-a n^2 / 2) / sqrt(2 pi a) (c_0(n) + c_1(n) / a),   n^2 / 2 = m - ln(1 + m),   m = x / a - 1
//!
//! (Temme 1979, SIAM J. Math. Anal. 10, 757), whose next term is below 1e-18. The inverse solves ln P(a, exp(t)) = ln p, or the same
//! for Q where the upper tail is the smaller one, by Newton steps in t that stay inside a bracket:
//! both functions are log-concave in t, so that the steps converge from either side.

/// P(a, x) and Q(a, x) for a > 0, x >= 0; each relative to itself in its own tail.
pub fn tails(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if a > LARGE {
        return uniform(a, x);
    }
    let front = libm::exp(log_front(a, x));
    if x < a + 1.0 {
        let lower = front * series(a, x);
        (lower, 1.0 - lower)
    } else {
        let upper = front * fraction(a, x);
        (1.0 - upper, upper)
    }
}

/// ln of x^a exp(-x) / Gamma(a), without the cancellation of large terms around x = a.
fn log_front(a: f64, x: f64) -> f64 {
    if a < 10.0 {
        return a * libm::log(x) - x - libm::lgamma(a);
    }
    // ln Gamma(a) = (a - 1/2) ln a - a + ln sqrt(2 pi) + rest(a), Stirling's series.
    let w = 1.0 / (a * a);
    let far = 1.0 / 1680.0 - w * (1.0 / 1188.0 - w * 691.0 / 360_360.0);
    let rest = (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * far))) / a;
    let d = (x - a) / a;
    // a (ln(1 + d) - d)
    a * (libm::log1p(d) - d) + 0.5 * libm::log(a) - HALF_LOG_TWO_PI - rest
}

const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// Beyond it equation 3.
const LARGE: f64 = 1e8;

/// Equation 3.
fn uniform(a: f64, x: f64) -> (f64, f64) {
    let m = (x - a) / a;
    // More than 100 standard deviations.
    if m.is_nan() || m.abs() >= 0.01 {
        return if m > 0.0 { (1.0, 0.0) } else { (0.0, 1.0) };
    }
    // n / m, from m - ln(1 + m) = m^2 (1/2 - m/3 + m^2/4 - ...).
    let terms = (2..12).rev().fold(0.0, |sum, k| 1.0 / f64::from(k) - m * sum);
    let n = m * libm::sqrt(2.0 * terms);
    let first = -1.0 / 3.0 + n * (1.0 / 12.0 + n * (-2.0 / 135.0 + n / 864.0));
    let second = -1.0 / 540.0 - n / 288.0;
    let z = n * libm::sqrt(a);
    let front = libm::exp(-0.5 * z * z - HALF_LOG_TWO_PI) / libm::sqrt(a);
    let rest = front * (first + second / a);
    (super::normal::cdf(z) - rest, super::normal::cdf(-z) + rest)
}

/// Terms at most: far more than the about sqrt(a) that are needed up to [`LARGE`].
fn most_terms(a: f64) -> u32 {
    1_000 + (50.0 * libm::sqrt(a)) as u32
}

/// Equation 1 over x^a exp(-x) / Gamma(a).
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut n = a;
    for _ in 0..most_terms(a) {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term <= 1e-17 * sum {
            break;
        }
    }
    sum
}

/// Equation 2 over x^a exp(-x) / Gamma(a).
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / guard(b);
    let mut h = d;
    let mut i = 0.0;
    for _ in 0..most_terms(a).max(100_000) {
        i += 1.0;
        let an = -i * (i - a);
        b += 2.0;
        d = 1.0 / guard(an * d + b);
        c = guard(b + an / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

/// The x with P(a, x) = p and Q(a, x) = q, for p + q = 1, each known to its own last digit; 0 where it
/// is below the smallest number.
pub fn quantile(a: f64, p: f64, q: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if q <= 0.0 {
        return f64::INFINITY;
    }
    let lower = p <= q;
    let target = libm::log(if lower { p } else { q });
    let mut t = start(a, p, q);
    if t < -740.0 {
        return 0.0;
    }
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for _ in 0..200 {
        let x = libm::exp(t);
        let (below, above) = tails(a, x);
        let own = if lower { below } else { above };
        // Too far out to tell: back towards the middle.
        if own <= 0.0 {
            if lower {
                low = t
            } else {
                high = t
            }
            t = next(low, high, t);
            continue;
        }
        let miss = libm::log(own) - target;
        // Both fall short of the target in the same direction of t for P, the other for Q.
        if (miss > 0.0) == lower {
            high = t
        } else {
            low = t
        }
        let density = libm::exp(log_front(a, x)) / own;
        let slope = if lower { density } else { -density };
        let newton = t - miss / slope;
        let step = if newton > low && newton < high { newton } else { next(low, high, t) };
        if (step - t).abs() <= 4e-16 * t.abs().max(1.0) {
            return libm::exp(step);
        }
        t = step;
    }
    libm::exp(t)
}

/// Inside a bracket that may be open.
fn next(low: f64, high: f64, t: f64) -> f64 {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => 0.5 * (low + high),
        (true, false) => t + t.abs().max(1.0),
        _ => t - t.abs().max(1.0),
    }
}

/// ln of a first guess: Wilson and Hilferty's cube, or the first term of equation 1 for small x.
fn start(a: f64, p: f64, q: f64) -> f64 {
    let small = (libm::log(p) + libm::lgamma(a + 1.0)) / a;
    if small < libm::log(0.2 * (a + 1.0)) {
        return small;
    }
    let z = if p <= q { super::normal::quantile(p) } else { -super::normal::quantile(q) };
    let cube = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
    if cube > 0.1 {
        return libm::log(a) + 3.0 * libm::log(cube);
    }
    small.min(libm::log(a + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal;

    #[test]
    fn whole_shapes_are_poisson_sums() {
        // Q(a, x) = P(Poisson(x) < a) for whole a.
        for a in 1_u32..40 {
            for x in [0.01, 0.3, 1.0, 4.5, 20.0, 60.0] {
                let mut term = libm::exp(-x);
                let mut below = 0.0;
                for k in 0..a {
                    below += term;
                    term *= x / f64::from(k + 1);
                }
                let (p, q) = tails(f64::from(a), x);
                assert!((q / below - 1.0).abs() < 2e-13, "{a} {x}: {q} {below}");
                assert!((p + q - 1.0).abs() < 1e-14);
            }
        }
    }

    /// Wrong twin: equation 3 without its second part.
    #[test]
    fn large_shapes_meet_the_series() {
        for a in [2e6_f64, 4e7] {
            for z in [-6.0, -3.0, -0.4, 0.0, 0.001, 1.0, 4.0] {
                let x = a + z * a.sqrt();
                let ((p, q), (below, above)) = (tails(a, x), uniform(a, x));
                let off = if p < q { below / p - 1.0 } else { above / q - 1.0 };
                assert!(off.abs() < 1e-8, "{a} {z}: {off}");
                let plain = normal::cdf(-z.abs());
                // The second part is about (z^2 - 1) / (3 sqrt(a)).
                let vanishes = z.abs() < 0.01 || z == 1.0;
                assert!((plain / p.min(q) - 1.0).abs() > 1e-5 || vanishes, "{a} {z}");
            }
        }
        for a in [1e9, 1e14, 1e18] {
            for (p, q) in [(0.01, 0.99), (0.5, 0.5), (0.9999, 1e-4)] {
                let x = quantile(a, p, q);
                let z = (x - a) / f64::sqrt(a);
                let wanted = if p < q { normal::quantile(p) } else { -normal::quantile(q) };
                let rounding = 50.0 * f64::EPSILON * a.sqrt();
                assert!((z - wanted).abs() < 3e-4 + rounding, "{a} {p}: {z} {wanted}");
            }
        }
        // No loop without end where there is no number.
        assert!(tails(f64::NAN, 2.0).0.is_nan() && tails(3.0, f64::NAN).0.is_nan());
        let _ = (
            quantile(f64::NAN, 0.3, 0.7),
            quantile(3.0, f64::NAN, 0.7),
            quantile(f64::INFINITY, 0.3, 0.7),
        );
    }

    #[test]
    fn halves_are_normal_tails() {
        // Q(1/2, x) = 2 Phi(-sqrt(2 x)).
        for x in [1e-12, 1e-4, 0.5, 3.0, 40.0, 300.0] {
            let want = 2.0 * normal::cdf(-libm::sqrt(2.0 * x));
            assert!((tails(0.5, x).1 / want - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn the_inverse_inverts_in_both_tails() {
        for a in [0.02, 0.25, 0.5, 1.0, 2.0, 2.5, 9.9, 10.0, 50.0, 500.0] {
            for e in [-8.0, -5.0, -2.0, -0.3, 0.0, 0.4, 2.5, 5.5, 8.0] {
                let (p, q) = (normal::cdf(e), normal::cdf(-e));
                let x = quantile(a, p, q);
                if x == 0.0 {
                    // p^(1/a) below the smallest number.
                    assert!(libm::log(p) / a < -700.0, "{a} {e}");
                    continue;
                }
                let (back, above) = tails(a, x);
                let miss = if p < q { back / p - 1.0 } else { above / q - 1.0 };
                assert!(miss.abs() < 1e-11, "{a} {e}: {x} {miss}");
            }
        }
        assert_eq!(quantile(2.0, 0.0, 1.0), 0.0);
        assert_eq!(quantile(2.0, 1.0, 0.0), f64::INFINITY);
    }
}
