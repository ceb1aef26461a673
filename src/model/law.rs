//! From a PD to the threshold that gives it on average.
//!
//! | family | threshold of a PD p |
//! |---|---|
//! | Gaussian | G(p) |
//! | t with nu degrees | the t quantile of p |
//! | logit-normal, standard deviation b of the log-odds | the a with E 1 / (1 + exp(-a + b Y)) = p, Y standard normal |
//! | rates | ln p |
//!
//! The two middle ones are tabulated against G(p) and the log-odds of p, whose tables err by less than
//! 1e-9 of the PD; what lies beyond them is worked out in full.

use super::link::{Link, logistic};
use crate::special::hermite::Hermite;
use crate::special::{normal, student};

/// Nodes per unit of the tables.
const FINENESS: u32 = 128;
/// Ends of the tables: of G(p), and of the log-odds.
const FARTHEST: f64 = 8.5;
const FARTHEST_ODDS: f64 = 38.0;

/// How the threshold and the conditional PD of a borrower are made.
#[derive(Debug, Clone)]
pub struct Law {
    /// From the argument to the conditional PD.
    pub link: Link,
    /// Number of the scale that thresholds are multiplied by in a trial ([`super::State::scales`]).
    pub scale: usize,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Normal,
    /// asinh of the quantile against G(p) <= 0.
    Student {
        nu: f64,
        table: Hermite,
    },
    /// Against the log-odds of a PD of at most 1/2.
    LogitNormal {
        sd: f64,
        table: Hermite,
    },
    Logarithm,
}

impl Law {
    /// Normal latent assets.
    pub fn gaussian() -> Self {
        Self { link: Link::Probit, scale: 0, rule: Rule::Normal }
    }

    /// Whether it is that of normal latent assets.
    pub fn is_gaussian(&self) -> bool {
        matches!(self.rule, Rule::Normal)
    }

    /// Latent assets of Student's law, with the mixing variable of number `scale`.
    pub fn student(nu: f64, scale: usize) -> Self {
        let of = |g: f64| {
            let t = student::quantile(nu, normal::cdf(g), normal::cdf(-g));
            let log_slope = -0.5 * g * g - HALF_LOG_TWO_PI - student::log_density(nu, t);
            (asinh(t), libm::exp(log_slope) / libm::sqrt(1.0 + t * t))
        };
        let table = Hermite::new((-FARTHEST, 0.0), FINENESS, of);
        Self { link: Link::Probit, scale, rule: Rule::Student { nu, table } }
    }

    /// Log-odds with a standard deviation.
    pub fn logit_normal(sd: f64) -> Self {
        let of = |odds: f64| calibrated(sd, odds);
        let table = Hermite::new((-FARTHEST_ODDS, 0.0), FINENESS / 4, of);
        Self { link: Link::Logit, scale: 0, rule: Rule::LogitNormal { sd, table } }
    }

    /// Rates in proportion to the PD; `link` is [`Link::Rate`] or [`Link::Count`].
    pub fn rate(link: Link) -> Self {
        Self { link, scale: 0, rule: Rule::Logarithm }
    }

    /// The threshold of a PD; infinite at 0, and at 1 but for rates.
    pub fn threshold(&self, p: f64) -> f64 {
        match &self.rule {
            Rule::Normal => normal::quantile(p),
            Rule::Logarithm => libm::log(p),
            Rule::Student { nu, table } => {
                let g = normal::quantile(p);
                let t = match table.at(-g.abs()) {
                    Some(asinh) => libm::sinh(asinh),
                    None => student::quantile(*nu, p.min(1.0 - p), p.max(1.0 - p)),
                };
                if g > 0.0 { -t } else { t }
            }
            Rule::LogitNormal { sd, table } => {
                if p <= 0.0 || p >= 1.0 {
                    return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
                }
                let odds = libm::log(p) - libm::log1p(-p);
                let a = table.at(-odds.abs()).unwrap_or_else(|| calibrated(*sd, -odds.abs()).0);
                if odds > 0.0 { -a } else { a }
            }
        }
    }
}

const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// asinh for x <= 0, without cancellation.
fn asinh(x: f64) -> f64 {
    -libm::asinh(-x)
}

/// The a of a logit-normal law whose mean has the log-odds `odds`, and da / d odds, by Newton's method.
fn calibrated(sd: f64, odds: f64) -> (f64, f64) {
    // ln E sigma(a - b Y) exceeds a by b^2 / 2 at most.
    let mut a = odds - 0.5 * sd * sd;
    let mut slope = 1.0;
    for _ in 0..100 {
        let (mean, derivative) = logit_normal_mean(a, sd);
        // On the scale of log-odds the function is nearly straight.
        let own = libm::log(mean) - libm::log1p(-mean);
        slope = mean * (1.0 - mean) / derivative;
        let step = (odds - own) * slope;
        a += step;
        if step.abs() < 1e-14 * a.abs().max(1.0) {
            break;
        }
    }
    (a, slope)
}

/// E sigma(a + b Y) and E sigma'(a + b Y) by the trapezoidal rule, whose error falls as exp(-2 pi d / h)
/// with the distance d = pi / b of the nearest pole (Trefethen and Weideman 2014).
fn logit_normal_mean(a: f64, sd: f64) -> (f64, f64) {
    let h = (0.5 / sd.max(1e-3)).min(0.25);
    let far = 9.0 + sd;
    let nodes = libm::ceil(2.0 * far / h) as i32;
    let (mut mean, mut derivative, mut mass) = (0.0, 0.0, 0.0);
    for i in 0..=nodes {
        let y = -far + h * f64::from(i);
        let weight = libm::exp(-0.5 * y * y);
        let x = a + sd * y;
        let p = logistic(x);
        mean += weight * p;
        derivative += weight * p * logistic(-x);
        mass += weight;
    }
    (mean / mass, derivative / mass)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_thresholds_are_quantiles() {
        for nu in [1.0, 2.0, 4.0, 7.5, 60.0, 1_000.0] {
            let law = Law::student(nu, 1);
            for p in [1e-12, 1e-5, 0.003, 0.021, 0.37, 0.5, 0.77, 0.9999] {
                let (found, want) = (law.threshold(p), student::quantile(nu, p, 1.0 - p));
                assert!((found - want).abs() < 2e-10 * want.abs().max(1.0), "{nu} {p}: {found}");
            }
            assert_eq!(law.threshold(0.0), f64::NEG_INFINITY);
            assert_eq!(law.threshold(1.0), f64::INFINITY);
        }
    }

    #[test]
    fn logit_normal_means_are_the_pds() {
        for sd in [0.0, 0.3, 1.0, 3.0, 10.0] {
            let law = Law::logit_normal(sd);
            for p in [1e-14, 1e-6, 0.001, 0.02, 0.3, 0.5, 0.9] {
                let a = law.threshold(p);
                // Another rule with other nodes: midpoints in probability, coarse but independent.
                let (fine, _) = logit_normal_mean(a, sd);
                assert!((fine / p - 1.0).abs() < 2e-8, "{sd} {p}: {fine}");
                if p > 1e-4 && sd < 5.0 {
                    let n = 20_000;
                    let mean: f64 = (0..n)
                        .map(|i| (f64::from(i) + 0.5) / f64::from(n))
                        .map(|u| logistic(a - sd * normal::quantile(u)))
                        .sum::<f64>()
                        / f64::from(n);
                    assert!((mean / p - 1.0).abs() < 3e-3, "{sd} {p}: {mean}");
                }
            }
        }
    }
}
