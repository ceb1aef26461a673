//! Quantiles of Student's t law.
//!
//! With B = Beta(nu / 2, 1 / 2), P(T <= -t) = P(B <= nu / (nu + t^2)) / 2 (Abramowitz and Stegun
//! 26.7.1); near the middle the same with 1 - B, which keeps the digits of a small t.

use super::beta;

/// ln of the density of the t law at t.
pub fn log_density(nu: f64, t: f64) -> f64 {
    let front = libm::lgamma(0.5 * (nu + 1.0)) - libm::lgamma(0.5 * nu);
    front - 0.5 * libm::log(nu * std::f64::consts::PI) - 0.5 * (nu + 1.0) * libm::log1p(t * t / nu)
}

/// P(T <= t).
pub fn cdf(nu: f64, t: f64) -> f64 {
    let square = t * t;
    let tail = match square < 0.25 {
        // I_x(1/2, nu/2) = 1 - I_(1-x)(nu/2, 1/2).
        true => 0.5 * (1.0 - beta::regularised(0.5, 0.5 * nu, square / (nu + square))),
        false => 0.5 * beta::regularised(0.5 * nu, 0.5, nu / (nu + square)),
    };
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// The t with P(T <= t) = p and P(T > t) = q, for p + q = 1; infinite at the ends.
pub fn quantile(nu: f64, p: f64, q: f64) -> f64 {
    let tail = p.min(q);
    let t = if tail <= 0.0 {
        f64::INFINITY
    } else if tail > 0.25 {
        let middle = (p - q).abs();
        let y = if middle > 0.0 { beta::quantile(0.5, 0.5 * nu, middle) } else { 0.0 };
        libm::sqrt(nu * y / (1.0 - y))
    } else {
        let x = beta::quantile(0.5 * nu, 0.5, 2.0 * tail);
        libm::sqrt(nu * (1.0 - x) / x)
    };
    if p < q { -t } else { t }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms_of_few_degrees() {
        for p in [1e-12, 1e-6, 0.001, 0.02, 0.2, 0.3, 0.49, 0.500_001, 0.7, 0.999] {
            let q = 1.0 - p;
            // nu = 1: Cauchy; nu = 2: (2 p - 1) sqrt(2 / (4 p (1 - p))).
            let one = -1.0 / libm::tan(std::f64::consts::PI * p);
            assert!((quantile(1.0, p, q) - one).abs() < 1e-9 * one.abs().max(1e-3), "{p}");
            let two = (2.0 * p - 1.0) * libm::sqrt(2.0 / (4.0 * p * q));
            assert!((quantile(2.0, p, q) - two).abs() < 1e-9 * two.abs().max(1e-3), "{p}");
            for nu in [1.0, 3.0, 4.5, 30.0, 1_000.0] {
                let t = quantile(nu, p, q);
                assert!((cdf(nu, t) / p - 1.0).abs() < 1e-10, "{nu} {p}: {t}");
            }
        }
        assert_eq!(quantile(3.0, 0.0, 1.0), f64::NEG_INFINITY);
        assert_eq!(quantile(3.0, 0.5, 0.5), 0.0);
    }

    #[test]
    fn the_density_is_the_slope() {
        for t in [-6.0, -1.0, 0.3] {
            let slope = (cdf(4.0, t + 1e-5) - cdf(4.0, t - 1e-5)) / 2e-5;
            assert!((slope / libm::exp(log_density(4.0, t)) - 1.0).abs() < 1e-6);
        }
    }
}
