//! How borrowers default together: conditional PDs given the state of a trial.
//!
//! Latent asset of borrower i with loadings w on factors Z of correlation C, in the Gaussian copula:
//!
//! 1. X_i = sum_f w_f Z_f + sqrt(1 - w'Cw) eps_i, default if X_i <= G(p_i).
//!
//! As only the direction of w and its length l = sqrt(w'Cw) matter, every borrower has a one-factor
//! law in Y = (w / l)'Z, a standard normal, and given Y defaults independently with
//!
//! 2. p_i(Y) = Phi((G(p_i) - l Y) / sqrt(1 - l^2))      (Vasicek 1987, 2002).
//!
//! l^2 is the asset correlation. Loadings come from the unstressed PD; stress acts on p_i in
//! equation 2 only. The other families have the same shape with another link from the argument to the
//! conditional PD ([`link`]), another threshold ([`law`]) and other drivers ([`state`]).

pub mod basel;
mod build;
mod expand;
pub mod factors;
pub mod law;
pub mod link;
pub mod nearest;
pub mod severity;
pub mod state;
mod stress;
#[cfg(test)]
mod tests;

use crate::scenario::BaselRetail;
use crate::special::normal;
use crate::units::Probability;
pub use expand::MOST_FACTORS;
pub use factors::FactorLaw;
pub use law::Law;
pub use link::Link;
pub use severity::Severity;
pub use state::{Driver, State};
use stress::PdStress;
pub use stress::StressedPd;

/// The dependence model of a book, with the stress on it.
#[derive(Debug, Clone)]
pub struct Model {
    /// Law of the factors.
    pub factors: FactorLaw,
    /// Unit-variance combinations of the factors that some segment hangs on: weights per factor.
    pub directions: Vec<Vec<f64>>,
    /// What conditional PDs hang on, made of directions and sectors.
    pub drivers: Vec<Driver>,
    /// Families of thresholds and conditional PDs.
    pub laws: Vec<Law>,
    /// What each segment of the book hangs on, by segment code.
    pub segments: Vec<SegmentModel>,
    /// How the correlations of the factors were moved, if they could not hold together.
    pub repaired: Option<Repaired>,
    /// Degrees of freedom of the mixing variables, one per scale beyond the first.
    degrees: Vec<f64>,
    /// Standard deviations of gamma sectors; empty without.
    deviations: Vec<f64>,
    /// Highest stressed PD of each segment.
    highest: Vec<f64>,
    stress: PdStress,
}

/// How far factor correlations were moved to the nearest that can hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// The two factors whose correlation moved most.
    pub factors: (String, String),
    /// Their correlation as given.
    pub before: f64,
    /// Their correlation as used.
    pub after: f64,
    /// Frobenius norm of the change of the matrix.
    pub distance: f64,
    /// All factors of the scenario.
    pub names: Vec<String>,
    /// Their correlations as used, row by row.
    pub correlation: Vec<Vec<f64>>,
}

/// What a segment hangs on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentModel {
    /// Index into [`Model::directions`]: a standard normal, low in bad years.
    pub direction: usize,
    /// Index into [`Model::drivers`].
    pub driver: usize,
    /// Index into [`Model::laws`].
    pub law: usize,
    /// The length l of the loading vector.
    pub loading: LoadingRule,
}

/// Where the length of a loading vector comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LoadingRule {
    /// The same for all borrowers of the segment.
    Fixed(f64),
    /// A Basel function of the borrower's unstressed PD.
    OtherRetail,
}

/// The segments of a book.
#[derive(Debug, Clone, Copy)]
pub struct Segments<'a> {
    /// Names in code order.
    pub names: &'a [String],
    /// Highest PD of each, before stress.
    pub highest_pds: &'a [f64],
}

impl Model {
    /// PD after the stress on PDs: p -> min(1, m p), then odds times the odds multiplier.
    pub fn stressed(&self, pd: f64) -> StressedPd {
        self.stress.on(pd)
    }

    /// The law of a segment.
    #[inline]
    pub fn law_of(&self, segment: usize) -> &Law {
        &self.laws[self.segments[segment].law]
    }

    /// Threshold of the stressed PD of a borrower of a segment, given the PD before stress.
    pub fn threshold(&self, segment: usize, pd: f64) -> f64 {
        self.law_of(segment).threshold(self.stressed(pd).pd)
    }

    /// Whether people may default several times in a trial.
    pub fn counts(&self) -> bool {
        self.laws.iter().any(|law| law.link == Link::Count)
    }

    /// Whether some conditional rate exceeds 1, where it is capped, with a probability above 1e-9, so that
    /// conditional PDs no longer average to PDs; `moved`: policies may raise PDs above those of the book.
    pub fn may_cap(&self, moved: bool) -> bool {
        self.segments.iter().zip(&self.highest).any(|(own, &highest)| {
            if self.laws[own.law].link != Link::Rate {
                return false;
            }
            let Driver::Sectors { weights, .. } = &self.drivers[own.driver] else {
                return moved;
            };
            // A weighted mean above x > 1 has a part above x.
            let least = 1.0 / if moved { 1.0 } else { highest };
            let exceeds = |(k, _): (usize, &f64)| state::sector_exceeds(self.deviations[k], least);
            let moving = weights.iter().enumerate().filter(|(_, w)| **w > 0.0);
            moving.map(exceeds).sum::<f64>() > 1e-9
        })
    }

    /// Degrees of freedom behind a scale other than the first.
    pub fn degrees_of_freedom(&self, scale: usize) -> f64 {
        self.degrees[scale - 1]
    }

    /// Scales of thresholds where the normal of the mixing variable is `e`; the first is 1.
    pub fn scales_at(&self, e: f64) -> Vec<f64> {
        let mut scales = vec![1.0];
        scales.extend(self.degrees.iter().map(|&nu| state::mixing(nu, e)));
        scales
    }

    /// Standard deviation of a gamma sector.
    pub fn deviation(&self, sector: usize) -> f64 {
        self.deviations[sector]
    }

    /// Whether all segments have Gaussian latent assets.
    pub fn is_gaussian(&self) -> bool {
        self.laws.iter().all(Law::is_gaussian)
    }

    /// Whether thresholds are scaled by a mixing variable.
    pub fn mixes(&self) -> bool {
        !self.degrees.is_empty()
    }

    /// Number of independent standard normals that make the state of a trial.
    pub fn inputs(&self) -> usize {
        self.factors.len() + usize::from(self.mixes())
    }

    /// Values of the factors for the normals of a trial.
    pub fn factors_at(&self, normals: &[f64]) -> Vec<f64> {
        self.factors.transform(&normals[..self.factors.len()])
    }

    /// Values of all directions for the factors of a trial.
    pub fn directions_at(&self, factors: &[f64]) -> Vec<f64> {
        self.directions.iter().map(|d| d.iter().zip(factors).map(|(w, z)| w * z).sum()).collect()
    }

    /// Value of the direction of a segment for the normals of a trial.
    pub fn direction_at(&self, segment: usize, normals: &[f64]) -> f64 {
        self.directions_at(&self.factors_at(normals))[self.segments[segment].direction]
    }

    /// The state of a trial for its [`Self::inputs`] normals.
    pub fn state(&self, normals: &[f64]) -> State {
        let factors = self.factors_at(normals);
        let directions = self.directions_at(&factors);
        let sectors: Vec<f64> =
            self.deviations.iter().zip(&factors).map(|(&v, &z)| state::sector(v, z)).collect();
        let drivers = self.drivers.iter().map(|d| d.at(&directions, &sectors)).collect();
        let scales = match self.mixes() {
            true => self.scales_at(normals[factors.len()]),
            false => vec![1.0],
        };
        State { drivers, scales }
    }

    /// Conditional PD (the mean number of defaults for counts) in a state of a borrower of a segment,
    /// given the PD before stress.
    pub fn conditional(&self, segment: usize, pd: f64, state: &State) -> f64 {
        let own = &self.segments[segment];
        let law = &self.laws[own.law];
        let threshold = law.threshold(self.stressed(pd).pd) * state.scales[law.scale];
        let x = law.link.argument(threshold, own.loading.at(pd), state.drivers[own.driver]);
        law.link.probability(x)
    }
}

impl LoadingRule {
    /// The length l for a borrower of this unstressed PD.
    #[inline]
    pub fn at(self, unstressed_pd: f64) -> f64 {
        match self {
            Self::Fixed(l) => l,
            Self::OtherRetail => {
                let pd = Probability::new(unstressed_pd).expect("PDs of a book lie in 0..=1");
                basel::correlation(BaselRetail::OtherRetail, pd).get().sqrt()
            }
        }
    }
}

/// p(Y) of equation 2 for a threshold G(p) and loading length `l`.
#[inline]
pub fn conditional_pd(threshold: f64, l: f64, y: f64) -> f64 {
    normal::cdf(conditional_argument(threshold, l, y))
}

/// The argument of Phi in equation 2.
#[inline]
pub fn conditional_argument(threshold: f64, l: f64, y: f64) -> f64 {
    (threshold - l * y) / (1.0 - l * l).sqrt()
}
