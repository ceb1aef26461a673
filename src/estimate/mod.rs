//! Asset correlation and PD from a series of default rates of one large, even class of borrowers.
//!
//! In the model of [`crate::model`] the conditional PD of a class is p(Y) = Phi((G(p) - w Y) / sqrt(1 - w^2)),
//! so that with asset correlation rho = w^2
//!
//! 1. the default rate of a pool without end has mean p and variance Phi2(G(p), G(p); rho) - p^2
//!    (`moments`);
//! 2. its inverse normal x = G(rate) is normal with mean c = G(p) / sqrt(1 - rho) and variance
//!    v = rho / (1 - rho) (`large_pool`);
//! 3. of n borrowers a binomial number defaults given Y (`binomial`).
//!
//! Each method takes the periods as independent but for the blocks of the bootstrap; by how much that is
//! wrong is told by [`Persistence`].

mod binomial;
mod large_pool;
mod moments;
mod root;
mod series;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

pub use series::{Persistence, block_length};

/// Fewest periods.
pub const FEWEST: usize = 8;

/// Default rates by period, in order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Rates, fractions in 0..=1.
    pub rates: Vec<f64>,
    /// Borrowers per period, if the noise of counting is to be taken out.
    pub count: Option<u64>,
}

/// How the bands are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Coverage of the bands, in 0.5..1.
    pub confidence: f64,
    /// Key of the bootstrap's random numbers.
    pub seed: u64,
    /// Replicates of the bootstrap.
    pub replicates: u32,
    /// Periods per block of the bootstrap; [`block_length`] unless given.
    pub block: Option<usize>,
}

/// A number with its band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Banded {
    /// The estimate.
    pub value: f64,
    /// Lower end of the band.
    pub lower: f64,
    /// Upper end of the band.
    pub upper: f64,
}

/// How a pair was estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Mean and variance of the rates.
    Moments,
    /// Likelihood of the rates of pools without end.
    LargePool,
    /// Likelihood of the numbers of defaults.
    Binomial,
}

/// What a method finds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Found {
    /// The method.
    pub method: Method,
    /// Asset correlation.
    pub correlation: Banded,
    /// PD per period.
    pub pd: Banded,
}

/// Everything found in a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimates {
    /// How the rates hang together in time.
    pub persistence: Persistence,
    /// Periods per block of the bootstrap.
    pub block: usize,
    /// By method.
    pub found: Vec<Found>,
}

/// Why a series is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Too short.
    #[error("{0} periods are too few, at least {FEWEST} are needed")]
    Short(usize),
    /// Nothing moves.
    #[error("the rates are the same in all periods: they hold no information on a common factor")]
    Even,
    /// A rate of 0 or 1, of which there is no inverse normal.
    #[error("the rate of period {0} is {1}, which no pool without end has")]
    Extreme(usize, f64),
}

/// Estimates the correlation by every method that the series allows: moments always, the large pool where
/// there is no count, the binomial likelihood where there is one.
///
/// Faults: see [`Refusal`]; rates of 0 or 1 are only refused without a count.
pub fn estimate(series: &Series, asked: Asked) -> Result<Estimates, Refusal> {
    let rates = &series.rates;
    if rates.len() < FEWEST {
        return Err(Refusal::Short(rates.len()));
    }
    if rates.iter().all(|rate| *rate == rates[0]) {
        return Err(Refusal::Even);
    }
    let extreme = rates.iter().position(|&rate| rate <= 0.0 || rate >= 1.0);
    if let (Some(at), None) = (extreme, series.count) {
        return Err(Refusal::Extreme(at + 1, rates[at]));
    }
    let persistence = Persistence::of(rates);
    let block = asked.block.unwrap_or_else(|| block_length(rates.len(), persistence.lag_one));
    let block = block.clamp(1, rates.len() / 2);
    let likelihood = match series.count {
        None => large_pool::estimate(rates, asked.confidence),
        Some(count) => binomial::estimate(rates, count, asked.confidence),
    };
    let found = vec![moments::estimate(series, asked, block), likelihood];
    Ok(Estimates { persistence, block, found })
}

/// The point that Student's t with `freedom` degrees stays within, on both sides, with probability
/// `confidence`.
fn student(confidence: f64, freedom: f64) -> f64 {
    let law = StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom are at least 1");
    law.inverse_cdf(0.5 + 0.5 * confidence)
}
