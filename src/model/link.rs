//! From a threshold and the state of a trial to a conditional PD.
//!
//! All families have one form. With a threshold G made of the PD, a loading l, the driver y of the
//! borrower's segment (low is bad) and a scale s that is 1 but for Student t,
//!
//! | link | argument x | conditional PD | family |
//! |---|---|---|---|
//! | probit | (s G - l y) / sqrt(1 - l^2) | Phi(x) | Gaussian and t copulas (Vasicek 2002; Frey and McNeil 2003) |
//! | logit | G - l y | 1 / (1 + exp(-x)) | logit-normal mixture (Bolder 2018, section 3.2) |
//! | rate | G - y | min(1, exp(x)) | CreditRisk+ with Bernoulli defaults, beta mixture |
//! | count | G - y | exp(x), the mean of a Poisson number | CreditRisk+ (1997) |
//!
//! The hazard H(x), the mean number of points whose absence is survival, is convex and increasing in x
//! for all of them, and x is linear in y: the engine's envelopes rest on both.

use crate::special::exponential::log1p_minus;
use crate::special::normal;

/// How an argument becomes a conditional PD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Phi(x).
    Probit,
    /// The logistic function.
    Logit,
    /// exp(x), capped at 1.
    Rate,
    /// exp(x): the mean of a Poisson number of defaults.
    Count,
}

impl Link {
    /// The argument for a threshold that is scaled already.
    #[inline(always)]
    pub fn argument(self, threshold: f64, l: f64, y: f64) -> f64 {
        match self {
            Self::Probit => super::conditional_argument(threshold, l, y),
            _ => threshold - l * y,
        }
    }

    /// The conditional PD; for counts the mean number.
    #[inline(always)]
    pub fn probability(self, x: f64) -> f64 {
        match self {
            Self::Probit => normal::cdf(x),
            Self::Logit => logistic(x),
            Self::Rate => libm::exp(x.min(0.0)),
            Self::Count => libm::exp(x),
        }
    }

    /// H(x): -ln(1 - p) of the conditional PD, exp(x) for counts. From a PD of 1/2 on only known to be
    /// above ln 2 for probit and rate, where nobody asks for more.
    #[inline(always)]
    pub fn hazard(self, x: f64) -> f64 {
        match self {
            Self::Probit => -log1p_minus(normal::cdf(x)),
            // ln(1 + exp(x)) without overflow.
            Self::Logit => x.max(0.0) + libm::log1p(libm::exp(-x.abs())),
            Self::Rate if x < -1.0 => -libm::log1p(-libm::exp(x)),
            Self::Rate => -libm::log(-libm::expm1(x.min(-1e-300))),
            Self::Count => libm::exp(x),
        }
    }

    /// The threshold up to which somebody with the mark u (and 1 - u, each to its own digits) defaults,
    /// before it is divided by the scale.
    #[inline(always)]
    pub fn critical(self, (u, rest): (f64, f64), l: f64, y: f64) -> f64 {
        match self {
            Self::Probit => l * y + (1.0 - l * l).sqrt() * normal::quantile_of(u, rest),
            Self::Logit => libm::log(u / rest) + l * y,
            Self::Rate | Self::Count => libm::log(u) + l * y,
        }
    }
}

/// 1 / (1 + exp(-x)), relative to itself far below 0 too.
#[inline(always)]
pub fn logistic(x: f64) -> f64 {
    let e = libm::exp(-x.abs());
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Link; 4] = [Link::Probit, Link::Logit, Link::Rate, Link::Count];

    #[test]
    fn hazards_are_those_of_the_probabilities_and_convex() {
        for link in ALL {
            let at = |i: i32| 0.05 * f64::from(i);
            for i in -600..0 {
                let x = at(i);
                let p = link.probability(x);
                let want = if link == Link::Count { p } else { -libm::log1p(-p) };
                if p < 0.5 {
                    assert!((link.hazard(x) / want - 1.0).abs() < 1e-13, "{link:?} {x}");
                }
                let middle = 0.5 * (link.hazard(at(i - 1)) + link.hazard(at(i + 1)));
                if p < 0.45 {
                    assert!(link.hazard(x) <= middle * (1.0 + 1e-12), "{link:?} {x}");
                }
            }
            assert_eq!(link.probability(f64::NEG_INFINITY), 0.0);
            assert_eq!(link.hazard(f64::NEG_INFINITY), 0.0);
        }
        assert!(Link::Rate.hazard(0.0) > 100.0 && Link::Logit.hazard(50.0) > 49.0);
    }

    #[test]
    fn critical_thresholds_are_where_the_probability_meets_the_mark() {
        for link in [Link::Probit, Link::Logit, Link::Rate] {
            let l = if link == Link::Rate { 1.0 } else { 0.3 };
            for u in [1e-9, 0.01, 0.4, 0.8] {
                for y in [-2.0, 0.0, 1.5] {
                    let threshold = link.critical((u, 1.0 - u), l, y);
                    let p = link.probability(link.argument(threshold, l, y));
                    assert!((p / u - 1.0).abs() < 1e-9, "{link:?} {u} {y}: {p}");
                }
            }
        }
    }
}
