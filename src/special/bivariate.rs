//! The bivariate standard normal law.
//!
//! Plackett 1954 (Biometrika 41) differentiates the joint probability by the correlation; with
//! r = sin t the density loses its root, so that for h, k and correlation rho
//!
//! 1. Phi2(h, k; rho) = Phi(h) Phi(k) + E,
//! 2. E = 1 / (2 pi) * integral from 0 to asin(rho) of exp(-q(t)) dt,
//! 3. q(t) = (h^2 + k^2 - 2 h k sin t) / (2 cos^2 t)
//!    = (h - k)^2 / (2 cos^2 t) + h k / (1 + sin t),
//!
//! where the second form of q, and its mirror image (h + k)^2 / (2 cos^2 t) - h k / (1 - sin t) for
//! t < 0, keep their digits as |rho| nears 1. The integrand lies in 0..1; panels are halved until they
//! agree to 1e-15.

use super::normal;
use super::quadrature::integral;

/// Absolute error asked of the integral of equation 2.
const TOLERANCE: f64 = 1e-15;

/// P(X <= h and Y <= k) for standard normals of correlation `rho`, which lies in -1..=1. Absolute error
/// about 1e-15; `h` and `k` may be infinite.
pub fn cdf(h: f64, k: f64, rho: f64) -> f64 {
    if h == f64::NEG_INFINITY || k == f64::NEG_INFINITY {
        return 0.0;
    }
    if h == f64::INFINITY || k == f64::INFINITY {
        return normal::cdf(h.min(k));
    }
    if rho >= 1.0 {
        return normal::cdf(h.min(k));
    }
    if rho <= -1.0 {
        return (normal::cdf(h) - normal::cdf(-k)).max(0.0);
    }
    (normal::cdf(h) * normal::cdf(k) + excess(h, k, rho)).clamp(0.0, 1.0)
}

/// E of equation 2: how much likelier both are than if they were independent, for finite `h` and `k`
/// and `rho` in -1..1 (ends excluded). For h = k = G(p) the variance of the default rate of a large pool
/// of asset correlation `rho`.
pub fn excess(h: f64, k: f64, rho: f64) -> f64 {
    let (product, apart, sum) = (h * k, h - k, h + k);
    let density = |t: f64| {
        let (sine, cosine) = (libm::sin(t), libm::cos(t));
        let square = 2.0 * cosine * cosine;
        let q = match sine >= 0.0 {
            true => apart * apart / square + product / (1.0 + sine),
            false => sum * sum / square - product / (1.0 - sine),
        };
        libm::exp(-q)
    };
    integral(&density, 0.0, libm::asin(rho), TOLERANCE) / (2.0 * std::f64::consts::PI)
}

/// The joint density at (h, k): the derivative of [`cdf`] by `rho`.
pub fn density(h: f64, k: f64, rho: f64) -> f64 {
    let rest = 1.0 - rho * rho;
    let q = (h * h + k * k - 2.0 * rho * h * k) / (2.0 * rest);
    libm::exp(-q) / (2.0 * std::f64::consts::PI * rest.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn closed_forms_hold() {
        for rho in [-1.0, -0.999_999, -0.9, -0.3, 0.0, 0.04, 0.5, 0.95, 0.999_999, 1.0] {
            let wanted = 0.25 + libm::asin(rho) / (2.0 * PI);
            assert!((cdf(0.0, 0.0, rho) - wanted).abs() < 1e-14, "{rho}");
            for (h, k) in [(-1.3, 0.4), (2.0, 2.0), (-3.0, -3.0), (-0.5, 0.5), (1.0, -2.5)] {
                // P(X <= h) = P(X <= h, Y <= k) + P(X <= h, -Y < -k).
                let parts = cdf(h, k, rho) + cdf(h, -k, -rho);
                assert!((parts - normal::cdf(h)).abs() < 1e-13, "{h} {k} {rho}");
                assert!((cdf(h, k, rho) - cdf(k, h, rho)).abs() < 1e-15);
            }
        }
        for (h, k) in [(-1.3, 0.4), (2.0, 2.0), (-3.0, -3.5)] {
            assert_eq!(cdf(h, k, 0.0), normal::cdf(h) * normal::cdf(k));
            assert_eq!(cdf(h, k, 1.0), normal::cdf(h.min(k)));
            assert_eq!(cdf(h, f64::INFINITY, 0.3), normal::cdf(h));
            assert_eq!(cdf(h, f64::NEG_INFINITY, 0.3), 0.0);
        }
    }

    #[test]
    fn orthants_of_three_in_one() {
        // max(X, Y) <= h for correlation 1/2 is a known power: P(X <= 0, Y <= 0) = 1/3.
        assert!((cdf(0.0, 0.0, 0.5) - 1.0 / 3.0).abs() < 1e-15);
        // Owen 1956: P(X <= h, Y <= 0) = Phi(h) / 2 - T(h, -rho / sqrt(1 - rho^2)), and T(h, 1) =
        // Phi(h) Phi(-h) / 2: rho = -1 / sqrt 2 gives a closed form.
        for h in [-2.5, -0.7, 0.3, 1.9] {
            let owen = 0.5 * normal::cdf(h) * normal::cdf(-h);
            let rho = -std::f64::consts::FRAC_1_SQRT_2;
            assert!((cdf(h, 0.0, rho) - (0.5 * normal::cdf(h) - owen)).abs() < 1e-14, "{h}");
            assert!((cdf(h, 0.0, -rho) - (0.5 * normal::cdf(h) + owen)).abs() < 1e-14, "{h}");
        }
    }

    #[test]
    fn it_is_the_mean_of_conditional_probabilities() {
        // P(X <= h, Y <= k) by integrating Phi((k - rho x) / sqrt(1 - rho^2)) over x <= h: other maths.
        for (h, k, rho) in
            [(-1.88, -1.88, 0.04), (-2.33, -1.2, 0.15), (0.7, -0.4, -0.6), (1.2, 1.21, 0.97)]
        {
            let root = f64::sqrt(1.0 - rho * rho);
            let of = |x: f64| {
                libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt() * normal::cdf((k - rho * x) / root)
            };
            let wanted = integral(&of, -12.0, h, 1e-15);
            assert!((cdf(h, k, rho) - wanted).abs() < 1e-13, "{h} {k} {rho}");
            // A slightly wrong correlation is seen.
            assert!((cdf(h, k, rho + 0.001) - wanted).abs() > 1e-7);
        }
    }

    #[test]
    fn the_density_is_the_slope() {
        let (h, k, rho, step) = (-1.5, -1.1, 0.2, 1e-5);
        let slope = (cdf(h, k, rho + step) - cdf(h, k, rho - step)) / (2.0 * step);
        assert!((density(h, k, rho) / slope - 1.0).abs() < 1e-8);
    }
}
