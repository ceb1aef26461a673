//! What a checked scenario says about how borrowers default together, and the stress on it.

use crate::units::{AssetCorrelation, Loading};

/// Stands between the parts of a segment's name, and in no part.
pub const PART_SEPARATOR: char = '/';

/// How borrowers default together.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// The law of the latent assets or of the sectors.
    pub copula: Copula,
    /// Ids of the systematic factors, at least one (`systematic` when the file names none).
    pub factors: Vec<String>,
    /// Correlation of the factors, symmetric with unit diagonal, row by row. Checked here for
    /// range and symmetry; whether it is positive semi-definite is for the model stage to say.
    pub factor_correlation: Vec<Vec<f64>>,
    /// Whether correlations that cannot hold together are moved to the nearest ones that can.
    pub repair: bool,
    /// Of each factor that stands for one per value of a column: the index of the column in `parts`.
    /// Such factors are independent of one another and of all others.
    pub per: Vec<Option<usize>>,
    /// The columns whose values, joined by [`PART_SEPARATOR`], name the segments (`portfolio.segment_by`);
    /// empty where segments have plain names.
    pub parts: Vec<String>,
    /// What holds for segments not named below.
    pub default: Dependence,
    /// Segments with their own dependence.
    pub segments: Vec<SegmentDependence>,
    /// `model`.
    pub path: String,
}

/// A segment's own dependence.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentDependence {
    /// The segment.
    pub segment: String,
    /// Its dependence.
    pub dependence: Dependence,
    /// Its own degrees of freedom under a Student t copula (grouped t); the model's unless given.
    pub degrees_of_freedom: Option<f64>,
    /// Such as `model.segment.students`.
    pub path: String,
}

/// The family of the dependence.
#[derive(Debug, Clone, PartialEq)]
pub enum Copula {
    /// Normal latent assets on normal factors (Vasicek 2002).
    Gaussian,
    /// The same divided by a mixing variable that all borrowers share (Frey and McNeil 2003).
    StudentT {
        /// Of segments without their own.
        degrees_of_freedom: f64,
    },
    /// CreditRisk+ (1997): rates of default that move with independent gamma sectors.
    CreditRiskPlus {
        /// What a rate means.
        defaults: DefaultLaw,
        /// Standard deviation of each sector, whose mean is 1, in the order of
        /// [`ModelSpec::factors`].
        deviations: Vec<f64>,
    },
}

/// What the conditional rate of a borrower under CreditRisk+ means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultLaw {
    /// The mean of a Poisson number of defaults, as published: somebody may default twice.
    Poisson,
    /// A probability, capped at 1.
    Bernoulli,
}

/// How a borrower hangs on the factors.
#[derive(Debug, Clone, PartialEq)]
pub enum Dependence {
    /// One factor (index into [`ModelSpec::factors`]) and an asset correlation.
    OneFactor {
        /// Index of the factor.
        factor: usize,
        /// Where the correlation comes from.
        correlation: CorrelationRule,
    },
    /// A loading on each factor, in the order of [`ModelSpec::factors`].
    Loadings(Vec<Loading>),
    /// Log-odds that are normal given the PD, their mean such that the PD is met.
    LogitNormal {
        /// Log-odds per unit of each factor, in the order of [`ModelSpec::factors`].
        loadings: Vec<f64>,
    },
    /// A conditional PD with a beta law.
    Beta {
        /// Direction among the factors that it falls along, of any positive length.
        direction: Vec<f64>,
        /// Correlation of the defaults of two borrowers of the segment's highest PD.
        default_correlation: f64,
    },
    /// Weight of each sector, in the order of [`ModelSpec::factors`]; what is left to 1 stays at its
    /// mean.
    Sectors(Vec<f64>),
}

/// Where an asset correlation comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CorrelationRule {
    /// Given as a number.
    Fixed(AssetCorrelation),
    /// A Basel retail function of the PD.
    Basel(BaselRetail),
}

/// The retail asset classes of the Basel framework (CRE31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaselRetail {
    /// Qualifying revolving retail exposures: 0.04.
    Qrre,
    /// Other retail: 0.03 to 0.16, falling with the PD.
    OtherRetail,
    /// Residential mortgages: 0.15.
    Mortgage,
}

/// What is done to PDs and factors on top of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Stress {
    /// Multiplies every PD (result clamped at 1, clamps counted); 1 is no stress.
    pub pd_multiplier: f64,
    /// Multiplies the odds of every PD; 1 is no stress.
    pub odds_multiplier: f64,
    /// Factors that are held or moved: (index of the factor, what is done).
    pub factors: Vec<(usize, FactorStress)>,
}

impl Default for Stress {
    fn default() -> Self {
        Self { pd_multiplier: 1.0, odds_multiplier: 1.0, factors: Vec::new() }
    }
}

/// What is done to one factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FactorStress {
    /// The factor takes this value in every trial; the others keep their law given it.
    Fixed(f64),
    /// This is added to the factor in every trial; the others stay.
    Shift(f64),
}
