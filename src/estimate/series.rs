//! How a series of rates hangs together in time.
//!
//! With lag-1 autocorrelation r, n periods of a first-order autoregression know as much as independent
//! ones in number
//!
//! 1. n (1 - r) / (1 + r) about their mean, and
//! 2. n (1 - r^2) / (1 + r^2) about their variance, which is what a correlation is read from
//!
//! (Bartlett 1946, J. R. Statist. Soc. Suppl. 8, for the leading term in n).

use serde::Serialize;

/// How a series hangs together in time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Persistence {
    /// Periods.
    pub periods: usize,
    /// Autocorrelation of neighbouring periods.
    pub lag_one: f64,
    /// Independent periods that would know the mean as well, equation 1.
    pub effective_for_mean: f64,
    /// Independent periods that would know the variance as well, equation 2.
    pub effective_for_variance: f64,
}

impl Persistence {
    /// Reads it off the rates, of which some differ.
    pub fn of(rates: &[f64]) -> Self {
        let n = rates.len() as f64;
        let mean = rates.iter().sum::<f64>() / n;
        let about: Vec<f64> = rates.iter().map(|rate| rate - mean).collect();
        let squares: f64 = about.iter().map(|x| x * x).sum();
        let products: f64 = about.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let lag_one = products / squares;
        // Alternating rates would know more than independent ones; nobody should count on that.
        let r = lag_one.clamp(0.0, 1.0);
        Self {
            periods: rates.len(),
            lag_one,
            effective_for_mean: n * (1.0 - r) / (1.0 + r),
            effective_for_variance: n * (1.0 - r * r) / (1.0 + r * r),
        }
    }

    /// Whether neighbours resemble each other more than those of an independent series would, at two
    /// standard errors.
    pub fn is_marked(&self) -> bool {
        self.lag_one > 2.0 / (self.periods as f64).sqrt()
    }
}

/// Periods per block of the bootstrap: 1.1447 (4 r^2 n / (1 - r^2)^2)^(1/3), the rule of Andrews 1991
/// (Econometrica 59, equations 6.2 and 6.4) for a first-order autoregression, rounded up; at least 1
/// and at most a quarter of the series.
pub fn block_length(periods: usize, lag_one: f64) -> usize {
    let r = lag_one.clamp(0.0, 0.999);
    let rest = 1.0 - r * r;
    let length = 1.1447 * libm::cbrt(4.0 * r * r * periods as f64 / (rest * rest));
    (libm::ceil(length) as usize).clamp(1, (periods / 4).max(1))
}
