//! Mean and variance of default rates.
//!
//! A pool of n borrowers has a rate of mean p and variance V + (p - p^2 - V) / n, where
//! V = Phi2(G(p), G(p); rho) - p^2 is that of a pool without end (Gordy 2000, J. Banking Finance 24,
//! appendix C). With the sample's mean and variance s (divisor T - 1) in their place
//!
//! 1. V = (s - p (1 - p) / n) / (1 - 1/n), V = s without a count;
//! 2. rho solves Phi2(G(p), G(p); rho) - p^2 = V. Where V <= 0 counting explains all; rho is then told as 0, but
//!    goes on along the tangent at 0 inside the bootstrap, which would else lose what lies there.
//!
//! One period of rate x moves rho, to first order, by its influence over T,
//!
//! 3. I = ((x - p)^2 - V_T - D (x - p)) / phi2(G(p), G(p); rho),
//!    D = 2 Phi(G(p) sqrt((1 - rho) / (1 + rho))) - 2 p,
//!
//! V_T the mean square and D the slope of the right side of 2 by p (with a count the slope of equation 1
//! joins it). The standard error comes from sums of I over blocks of l periods side by side. The band is
//! the studentised moving-block bootstrap (Kuensch 1989, Ann. Statist. 17) of
//!
//! 4. g = ln(rho + d), d the correlation that would add as much variance as counting does (0 without a
//!    count).
//!
//! Overlapping blocks are drawn with replacement, each replicate's g is measured from the sample's in its
//! own standard error, and the quantiles t of that ratio are carried back: g - t(1 - a/2) e to g - t(a/2) e.
//! The logarithm of all variance there is keeps the band's coverage near what is asked in short series.
//! p has the band of ln p.

use super::{Asked, Banded, Found, Method, Series};
use crate::random::{Address, Purpose, Stream, uniform};
use crate::special::{bivariate, normal};

/// Smallest correlation that has a logarithm; below, a replicate is taken to be here.
const LEAST: f64 = 1e-6;
/// Slopes are taken at no smaller correlation.
const LEAST_SLOPE: f64 = -0.5;
/// Largest correlation that is looked for.
const MOST: f64 = 0.9999;

/// Estimates with blocks of so many periods.
pub(super) fn estimate(series: &Series, asked: Asked, block: usize) -> Found {
    let own = Moments::of(&series.rates, series.count, block);
    let periods = series.rates.len();
    let mut drawn = Vec::with_capacity(periods + block);
    let replicates: Vec<Moments> = (0..asked.replicates)
        .map(|replicate| {
            let (purpose, trial) = (Purpose::Resampling, u64::from(replicate));
            let address = Address { purpose, period: 0, trial, cell: 0 };
            let mut stream = Stream::new(asked.seed, address);
            drawn.clear();
            while drawn.len() < periods {
                let starts = (periods - block + 1) as f64;
                let start = (uniform(&mut stream) * starts) as usize;
                drawn.extend_from_slice(&series.rates[start..start + block]);
            }
            drawn.truncate(periods);
            Moments::of(&drawn, series.count, block)
        })
        .collect();
    let outside = 0.5 * (1.0 - asked.confidence);
    let quantile = |mut of: Vec<f64>, q: f64| {
        of.sort_by(f64::total_cmp);
        let rank = libm::ceil(q * (of.len() + 1) as f64) as usize;
        of[rank.clamp(1, of.len()) - 1]
    };
    let p_error = |one: &Moments| (one.p_error / one.p).max(1e-12);
    let p_ratios: Vec<f64> =
        replicates.iter().map(|one| libm::log(one.p / own.p) / p_error(one)).collect();
    let p = |q: f64| {
        (own.p * libm::exp(-quantile(p_ratios.clone(), q) * p_error(&own))).clamp(0.0, 1.0)
    };
    // In logarithms: the error of ln(rho + noise) is that of rho over rho + noise.
    let log = |one: &Moments| libm::log((one.rho + own.noise).max(LEAST));
    let error = |one: &Moments| (one.rho_error / (one.rho + own.noise).max(LEAST)).max(1e-12);
    let ratios: Vec<f64> =
        replicates.iter().map(|one| (log(one) - log(&own)) / error(one)).collect();
    let end = |q: f64| {
        let total = libm::exp(log(&own) - quantile(ratios.clone(), q) * error(&own));
        (total - own.noise).clamp(0.0, MOST)
    };
    let correlation =
        Banded { value: own.rho.max(0.0), lower: end(1.0 - outside), upper: end(outside) };
    Found {
        method: Method::Moments,
        correlation,
        pd: Banded { value: own.p, lower: p(1.0 - outside), upper: p(outside) },
    }
}

/// What the moments of rates say.
#[derive(Debug, Clone, Copy)]
struct Moments {
    p: f64,
    p_error: f64,
    rho: f64,
    rho_error: f64,
    /// What counting adds to the variance, as a correlation that would add as much.
    noise: f64,
}

impl Moments {
    fn of(rates: &[f64], count: Option<u64>, block: usize) -> Self {
        let periods = rates.len() as f64;
        let p = rates.iter().sum::<f64>() / periods;
        let squares: f64 = rates.iter().map(|x| (x - p) * (x - p)).sum();
        let noise = count.map_or(0.0, |n| 1.0 / n as f64);
        let s = squares / (periods - 1.0);
        let v = (s - noise * p * (1.0 - p)) / (1.0 - noise).max(f64::MIN_POSITIVE);
        let rho = solve(p, v);
        let mean_square = squares / periods;
        let (slope, steepness) = slopes(p, rho);
        let (counted, rest) = (noise * (1.0 - 2.0 * p), (1.0 - noise).max(f64::MIN_POSITIVE));
        let influence = |x: f64| {
            let about = x - p;
            ((about * about - mean_square - counted * about) / rest - slope * about) / steepness
        };
        // Of sums over blocks side by side: what blocks share with their neighbours is lost.
        let error = |of: &dyn Fn(f64) -> f64| {
            let blocks = rates.chunks(block);
            let sums = blocks.map(|block| block.iter().map(|&x| of(x)).sum::<f64>());
            let number = (periods / block as f64).max(2.0);
            let spread: f64 = sums.map(|sum| sum * sum).sum();
            (spread * number / (number - 1.0)).sqrt() / periods
        };
        let added = noise * p * (1.0 - p) / (rest * steepness);
        Self { p, p_error: error(&|x| x - p), rho, rho_error: error(&influence), noise: added }
    }
}

/// dV/dp and dV/drho of equation 3.
fn slopes(p: f64, rho: f64) -> (f64, f64) {
    if !(p > 0.0 && p < 1.0) {
        return (0.0, 1.0);
    }
    let h = normal::quantile(p);
    let rho = rho.max(LEAST_SLOPE);
    let joint = normal::cdf(h * ((1.0 - rho) / (1.0 + rho)).sqrt());
    (2.0 * joint - 2.0 * p, bivariate::density(h, h, rho))
}

/// Equation 2.
fn solve(p: f64, v: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return 0.0;
    }
    let h = normal::quantile(p);
    if v <= 0.0 {
        return v / bivariate::density(h, h, 0.0);
    }
    // All default together or nobody does: p - p^2, the most that a variance can be.
    if v >= p - p * p {
        return MOST;
    }
    // Newton steps within what is known to hold the solution.
    let (mut low, mut high) = (0.0, MOST);
    let mut rho = v / bivariate::density(h, h, 0.0);
    for _ in 0..60 {
        if !(rho > low && rho < high) {
            rho = 0.5 * (low + high);
        }
        let over = bivariate::excess(h, h, rho) - v;
        if over > 0.0 {
            high = rho;
        } else {
            low = rho;
        }
        let step = over / bivariate::density(h, h, rho);
        rho -= step;
        if step.abs() <= 1e-9 * rho.abs() + 1e-13 {
            break;
        }
    }
    rho.clamp(0.0, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_of_a_known_pool_gives_its_correlation() {
        for (p, rho) in [(0.03, 0.04), (0.2, 0.15), (0.001, 0.3), (0.5, 0.01)] {
            let h = normal::quantile(p);
            let v = bivariate::cdf(h, h, rho) - p * p;
            assert!((solve(p, v) - rho).abs() < 1e-8, "{p} {rho}: {}", solve(p, v));
            assert!((solve(p, 1.05 * v) - rho).abs() > 1e-3 * rho);
        }
        // Below 0 the curve goes on straight.
        assert!(solve(0.03, -1e-9) < 0.0 && solve(0.03, -1e-9) > -1e-6);
    }

    #[test]
    fn influences_are_the_slopes_of_the_estimate() {
        let rates = [0.01, 0.02, 0.05, 0.03, 0.025, 0.08, 0.011, 0.04];
        let own = Moments::of(&rates, None, 1);
        let (slope, steepness) = slopes(own.p, own.rho);
        let about = rates[5] - own.p;
        // The sample's variance has another divisor than its mean square: compare with care.
        let n = rates.len() as f64;
        let square: f64 = rates.iter().map(|x| (x - own.p) * (x - own.p)).sum::<f64>() / n;
        let step = 1e-6;
        let mut moved = rates;
        moved[5] += step;
        let found = (Moments::of(&moved, None, 1).rho - own.rho) / step;
        let wanted = (2.0 * about * n / (n - 1.0) - slope) / steepness / n;
        assert!((found / wanted - 1.0).abs() < 1e-3, "{found} {wanted} {square}");
    }
}
