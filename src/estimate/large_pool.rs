//! Likelihood of the default rates of pools without end (Vasicek 2002; Duellmann and Gehde-Trapp 2004,
//! Bundesbank discussion paper 2/02/2004, section 3).
//!
//! x_t = G(rate_t) is normal with mean c = G(p) / sqrt(1 - rho) and variance v = rho / (1 - rho), so that
//! with the sample's mean m and variance s (divisor n) the maximum is at
//!
//! 1. v = s, c = m: rho = s / (1 + s), p = Phi(m / sqrt(1 + s)).
//!
//! The likelihood of v alone hangs on n s / v, which is chi-square with n - 1 degrees of freedom: with its
//! quantiles q the band
//!
//! 2. v between n s / q(1 - a/2) and n s / q(a/2)
//!
//! covers exactly if periods are independent. The band of p is that of c / sqrt(1 + v) by the delta
//! method, with variance
//!
//! 3. s / (n (1 + s)) + (m / (2 (1 + s)^(3/2)))^2 2 s^2 / n
//!
//! and Student's t of n - 1 degrees, carried through Phi.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{Banded, Found, Method, student};
use crate::special::normal;

/// Rates lie in 0..1 (ends excluded), some differ.
pub(super) fn estimate(rates: &[f64], confidence: f64) -> Found {
    let n = rates.len() as f64;
    let x: Vec<f64> = rates.iter().map(|&rate| normal::quantile(rate)).collect();
    let m = x.iter().sum::<f64>() / n;
    let s = x.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / n;
    let law = ChiSquared::new(n - 1.0).expect("there are several periods");
    let outside = 0.5 * (1.0 - confidence);
    let correlation = |v: f64| v / (1.0 + v);
    let bound = |q: f64| correlation(n * s / law.inverse_cdf(q));
    let root = (1.0 + s).sqrt();
    let centre = m / root;
    let slope = 0.5 * m / (root * root * root);
    let error = (s / (n * root * root) + slope * slope * 2.0 * s * s / n).sqrt();
    let by = student(confidence, n - 1.0) * error;
    Found {
        method: Method::LargePool,
        correlation: Banded {
            value: correlation(s),
            lower: bound(1.0 - outside),
            upper: bound(outside),
        },
        pd: Banded {
            value: normal::cdf(centre),
            lower: normal::cdf(centre - by),
            upper: normal::cdf(centre + by),
        },
    }
}
