//! The regularised incomplete beta function and its inverse, for exact binomial intervals of any
//! sample size and for LGDs.
//!
//! I_x(a, b) by the continued fraction of DiDonato and Morris 1992 in the form of Numerical Recipes
//! 6.4, evaluated with the modified Lentz method until it converges (about sqrt(max(a, b)) terms),
//! with the symmetry I_x(a, b) = 1 - I_(1-x)(b, a) on the far side of the mean. The inverse is a
//! bisection with Newton steps that stay inside the bracket: it always ends.

/// I_x(a, b) for a, b > 0 and x in 0..=1.
pub fn regularised(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::exp(log_front(a, b, x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

/// ln of x^a (1 - x)^b / B(a, b).
fn log_front(a: f64, b: f64, x: f64) -> f64 {
    log_choose(a, b) + a * libm::log(x) + b * libm::log1p(-x)
}

/// -ln B(a, b), without the cancellation of three large log-gammas: by Stirling's series around the
/// large arguments.
fn log_choose(a: f64, b: f64) -> f64 {
    // ln Gamma(z) = (z - 1/2) ln z - z + ln sqrt(2 pi) + rest(z)
    let rest = |z: f64| {
        if z >= 10.0 {
            let w = 1.0 / (z * z);
            (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w / 1680.0))) / z
        } else {
            libm::lgamma(z) - (z - 0.5) * libm::log(z) + z - HALF_LOG_TWO_PI
        }
    };
    let s = a + b;
    // (s - 1/2) ln s - (a - 1/2) ln a - (b - 1/2) ln b, regrouped so that large terms do not cancel.
    let ratio = -a * libm::log(a / s) - b * libm::log1p(-a / s);
    ratio + 0.5 * (libm::log(a) + libm::log(b / s)) - HALF_LOG_TWO_PI + rest(s) - rest(a) - rest(b)
}

const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_7;

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    let most = 200 + 20 * libm::sqrt(a.max(b)) as u64;
    for m in 1..=most {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

/// The density of the law at x in 0..1, both ends excluded.
pub fn density(a: f64, b: f64, x: f64) -> f64 {
    libm::exp(log_front(a, b, x)) / (x * (1.0 - x))
}

/// The x with I_x(a, b) = p, for p in 0..1.
pub fn quantile(a: f64, b: f64, p: f64) -> f64 {
    let mean = a / (a + b);
    let sd = libm::sqrt(mean * (1.0 - mean) / (a + b + 1.0));
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    let mut x = (mean + sd * crate::special::normal::quantile(p)).clamp(mean * 1e-3, 1.0 - 1e-16);
    for _ in 0..200 {
        let miss = regularised(a, b, x) - p;
        if miss > 0.0 {
            high = x
        } else {
            low = x
        }
        let newton = x - miss / density(a, b, x);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-14 * x {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P(Binomial(n, p) >= k), summed from the top term down.
    fn binomial_tail(n: f64, p: f64, k: u32) -> f64 {
        let mut term = libm::exp(n * libm::log1p(-p));
        let mut below = 0.0;
        for i in 0..k {
            below += term;
            term *= (n - f64::from(i)) / f64::from(i + 1) * p / (1.0 - p);
        }
        1.0 - below
    }

    #[test]
    fn the_function_is_the_binomial_tail() {
        for n in [20.0, 1e3, 1e6, 1e8] {
            for k in [1_u32, 2, 5, 17] {
                let p = f64::from(k) / n;
                let want = binomial_tail(n, p, k);
                let found = regularised(f64::from(k), n - f64::from(k) + 1.0, p);
                assert!((found / want - 1.0).abs() < 1e-9, "{n} {k}: {found} {want}");
            }
        }
    }

    #[test]
    fn the_inverse_ends_and_inverts_for_every_count_and_size() {
        for n in [1e2, 1e4, 1e6, 2e6, 1e7, 1e8] {
            for hits in (1..400).chain([1_000, 50_000]) {
                let (a, b) = (f64::from(hits), n - f64::from(hits) + 1.0);
                if b < 1.0 {
                    continue;
                }
                for p in [0.025, 0.975] {
                    let x = quantile(a, b, p);
                    let back = regularised(a, b, x);
                    assert!((back / p - 1.0).abs() < 1e-8, "{n} {hits} {p}: {x} {back}");
                }
            }
        }
    }

    #[test]
    fn small_shapes_agree_with_another_implementation() {
        use statrs::distribution::{Beta, ContinuousCDF};
        for (a, b) in [(1.0, 1.0), (2.0, 5.0), (10.0, 91.0), (50.0, 3.0), (1.0, 100.0)] {
            for p in [0.025, 0.5, 0.975] {
                let want = Beta::new(a, b).unwrap().inverse_cdf(p);
                assert!((quantile(a, b, p) / want - 1.0).abs() < 1e-9, "{a} {b} {p}");
            }
        }
    }
}
