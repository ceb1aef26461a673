//! How borrowers default together: conditional PDs given the state of a trial.
//!
//! Latent asset of borrower i with loadings w on factors Z of correlation C:
//!
//! 1. X_i = sum_f w_f Z_f + sqrt(1 - w'Cw) eps_i, default if X_i <= G(p_i).
//!
//! As only the direction of w and its length l = sqrt(w'Cw) matter, every borrower has a one-factor
//! law in Y = (w / l)'Z, a standard normal, and given Y defaults independently with
//!
//! 2. p_i(Y) = Phi((G(p_i) - l Y) / sqrt(1 - l^2))      (Vasicek 1987, 2002).
//!
//! l^2 is the asset correlation. Loadings come from the unstressed PD; stress acts on p_i in
//! equation 2 only.

pub mod basel;
mod expand;
pub mod factors;
pub mod nearest;

use crate::error::{Fault, FaultKind, Place};
use crate::scenario::{BaselRetail, CorrelationRule, Dependence, ModelSpec, Stress};
use crate::special::{correlation, normal};
use crate::units::{AssetCorrelation, Loading, Probability};
use expand::Expanded;
pub use expand::MOST_FACTORS;
use factors::FactorError;
pub use factors::FactorLaw;
use nearest::{Nearest, nearest};

/// The dependence model of a book, with the stress on it.
#[derive(Debug, Clone)]
pub struct Model {
    /// Law of the factors.
    pub factors: FactorLaw,
    /// Unit-variance combinations of the factors that some segment hangs on: weights per factor.
    pub directions: Vec<Vec<f64>>,
    /// What each segment of the book hangs on, by segment code.
    pub segments: Vec<SegmentModel>,
    /// How the correlations of the factors were moved, if they could not hold together.
    pub repaired: Option<Repaired>,
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
}

/// What a segment hangs on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentModel {
    /// Index into [`Model::directions`].
    pub direction: usize,
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

/// The part of the stress that acts on PDs.
#[derive(Debug, Clone, Copy, PartialEq)]
struct PdStress {
    multiplier: f64,
    odds_multiplier: f64,
}

/// A PD after stress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StressedPd {
    /// The PD used.
    pub pd: f64,
    /// Whether the multiplier would have carried it above 1.
    pub clamped: bool,
}

impl Model {
    /// Builds the model for the segments of a book (names in code order).
    ///
    /// Faults: a segment of the model that the book does not have; factor correlations that cannot
    /// hold together and are not to be repaired; more than [`MOST_FACTORS`].
    pub fn new(
        spec: &ModelSpec,
        stress: &Stress,
        segment_names: &[String],
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        for own in &spec.segments {
            if !segment_names.contains(&own.segment) {
                faults.push(Fault::new(
                    Place::Key(own.path.clone()),
                    FaultKind::UnknownName {
                        what: "segment".into(),
                        found: own.segment.clone(),
                        known: segment_names.to_vec(),
                    },
                ));
            }
        }
        let (matrix, repaired) = match possible(spec) {
            Ok(found) => found,
            Err(fault) => {
                faults.push(*fault);
                return Err(faults);
            }
        };
        // Impossible loadings only show once the correlations are known.
        faults.extend(too_loaded(spec, &matrix).filter(|_| spec.repair));
        let expanded = match Expanded::new(spec, &matrix, segment_names) {
            Ok(expanded) => expanded,
            Err(fault) => {
                faults.push(fault);
                return Err(faults);
            }
        };
        let held = expanded.stress(stress);
        let factors = match FactorLaw::new(&expanded.correlation, &expanded.names, &held) {
            Ok(law) => Some(law),
            Err(error) => {
                faults.push(
                    Fault::new(
                        Place::Value(spec.path.clone()),
                        FaultKind::Conflict { message: error.to_string() },
                    )
                    .with_hint("bring the correlations of the named factors nearer to 0"),
                );
                None
            }
        };
        let Some(factors) = factors.filter(|_| faults.is_empty()) else { return Err(faults) };

        let mut directions: Vec<Vec<f64>> = Vec::new();
        let segments = segment_names
            .iter()
            .map(|name| {
                let dependence = spec
                    .segments
                    .iter()
                    .find(|own| &own.segment == name)
                    .map_or(&spec.default, |own| &own.dependence);
                let index = |factor| expanded.index(factor, name);
                let (direction, loading) =
                    direction_and_loading(dependence, &matrix, factors.len(), index);
                let at = directions.iter().position(|d| *d == direction).unwrap_or_else(|| {
                    directions.push(direction);
                    directions.len() - 1
                });
                SegmentModel { direction: at, loading }
            })
            .collect();
        let stress =
            PdStress { multiplier: stress.pd_multiplier, odds_multiplier: stress.odds_multiplier };
        Ok(Self { factors, directions, segments, repaired, stress })
    }

    /// PD after the stress on PDs: p -> min(1, m p), then odds times the odds multiplier.
    pub fn stressed(&self, pd: f64) -> StressedPd {
        let raised = pd * self.stress.multiplier;
        let clamped = raised > 1.0;
        let p = raised.min(1.0);
        let o = self.stress.odds_multiplier;
        // o p / (1 - p + o p): exact at 0 and 1, no logarithms.
        let pd = if o == 1.0 { p } else { o * p / (1.0 - p + o * p) };
        StressedPd { pd, clamped }
    }

    /// Values of all directions for the factors of a trial.
    pub fn directions_at(&self, factors: &[f64]) -> Vec<f64> {
        self.directions.iter().map(|d| d.iter().zip(factors).map(|(w, z)| w * z).sum()).collect()
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

/// Correlations that can hold together, row by row, and how they were moved if they could not before.
type Possible = (Vec<Vec<f64>>, Option<Repaired>);

/// The correlations of the scenario's factors, repaired if that is asked for and needed.
fn possible(spec: &ModelSpec) -> Result<Possible, Box<Fault>> {
    let given = &spec.factor_correlation;
    let Err(impossible) = correlation::root(given, &spec.factors) else {
        return Ok((given.clone(), None));
    };
    let Nearest { correlation, pair: (a, b), distance } = nearest(given);
    let repaired = Repaired {
        factors: (spec.factors[a].clone(), spec.factors[b].clone()),
        before: given[a][b],
        after: correlation[a][b],
        distance,
    };
    if spec.repair {
        return Ok((correlation, Some(repaired)));
    }
    let (one, other) = &repaired.factors;
    let hint = format!(
        "bring the correlations of the named factors nearer to 0, or take the nearest possible ones \
         with `repair = true` under [model]: `{one}` and `{other}` would move most, from {} to {:.4} \
         (Frobenius distance of the whole {distance:.4})",
        repaired.before, repaired.after
    );
    let message = FactorError::from(impossible).to_string();
    let fault = Fault::new(Place::Value(spec.path.clone()), FaultKind::Conflict { message });
    Err(Box::new(fault.with_hint(hint)))
}

/// Loadings that explain all of a borrower's variance or more, under these correlations.
fn too_loaded(spec: &ModelSpec, c: &[Vec<f64>]) -> Option<Fault> {
    let own = spec.segments.iter().map(|own| (&own.dependence, &own.path));
    let mut all = own.chain([(&spec.default, &spec.path)]);
    all.find_map(|(dependence, path)| {
        let Dependence::Loadings(loadings) = dependence else { return None };
        let explained = explained(loadings, c);
        let message = format!(
            "with these loadings and the factor correlations as used the factors explain \
             {explained:.4} of a borrower's variance (w'Cw), must be below 1"
        );
        let place = Place::Key(format!("{path}.loadings"));
        (explained >= 1.0).then(|| Fault::new(place, FaultKind::Conflict { message }))
    })
}

/// w'Cw.
fn explained(loadings: &[Loading], c: &[Vec<f64>]) -> f64 {
    let rows = loadings.iter().enumerate();
    rows.flat_map(|(i, a)| {
        loadings.iter().enumerate().map(move |(j, b)| a.get() * b.get() * c[i][j])
    })
    .sum()
}

/// Unit-variance direction (weights on the factors) and length of the loading vector; `c` are the
/// correlations of the scenario's factors, `index` says where each of them stands among the `factors`
/// of the book.
fn direction_and_loading(
    dependence: &Dependence,
    c: &[Vec<f64>],
    factors: usize,
    index: impl Fn(usize) -> usize,
) -> (Vec<f64>, LoadingRule) {
    let unit = |factor: usize| {
        let mut d = vec![0.0; factors];
        d[index(factor)] = 1.0;
        d
    };
    let fixed = |rho: AssetCorrelation| LoadingRule::Fixed(rho.get().sqrt());
    match dependence {
        Dependence::OneFactor { factor, correlation } => {
            let loading = match *correlation {
                CorrelationRule::Fixed(rho) => fixed(rho),
                CorrelationRule::Basel(BaselRetail::OtherRetail) => LoadingRule::OtherRetail,
                CorrelationRule::Basel(constant) => {
                    let any = Probability::new(0.0).expect("0 is a probability");
                    fixed(basel::correlation(constant, any))
                }
            };
            (unit(*factor), loading)
        }
        Dependence::Loadings(loadings) => {
            let length = explained(loadings, c).max(0.0).sqrt();
            if length == 0.0 {
                return (unit(0), LoadingRule::Fixed(0.0));
            }
            let mut direction = vec![0.0; factors];
            for (factor, w) in loadings.iter().enumerate() {
                direction[index(factor)] = w.get() / length;
            }
            (direction, LoadingRule::Fixed(length))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(default: Dependence) -> ModelSpec {
        ModelSpec {
            factors: vec!["a".into(), "b".into()],
            factor_correlation: vec![vec![1.0, 0.5], vec![0.5, 1.0]],
            repair: false,
            per: vec![None, None],
            parts: Vec::new(),
            default,
            segments: Vec::new(),
            path: "model".into(),
        }
    }

    #[test]
    fn loadings_become_a_unit_direction_and_a_length() {
        let w = [0.3, 0.2].map(|w| Loading::new(w).unwrap());
        let model = Model::new(
            &spec(Dependence::Loadings(w.to_vec())),
            &Stress::default(),
            &["all".into()],
        )
        .unwrap();
        let LoadingRule::Fixed(l) = model.segments[0].loading else { panic!("fixed") };
        // 0.09 + 0.04 + 2 * 0.5 * 0.06
        assert!((l * l - 0.19).abs() < 1e-15);
        let y = model.directions_at(&[1.0, -2.0])[0];
        assert!((l * y - (0.3 - 0.4)).abs() < 1e-15);
    }

    #[test]
    fn stress_multiplies_pd_and_odds_and_counts_clamps() {
        let one = |pd_multiplier, odds_multiplier, pd| {
            let stress = Stress { pd_multiplier, odds_multiplier, factors: Vec::new() };
            let rho = AssetCorrelation::new(0.04).unwrap();
            let dependence =
                Dependence::OneFactor { factor: 0, correlation: CorrelationRule::Fixed(rho) };
            Model::new(&spec(dependence), &stress, &["all".into()]).unwrap().stressed(pd)
        };
        assert_eq!(one(1.0, 1.0, 0.03), StressedPd { pd: 0.03, clamped: false });
        assert_eq!(one(4.0, 1.0, 0.03), StressedPd { pd: 0.12, clamped: false });
        assert_eq!(one(4.0, 1.0, 0.3), StressedPd { pd: 1.0, clamped: true });
        assert!((one(1.0, 2.0, 0.5).pd - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(one(1.0, 2.0, 1.0).pd, 1.0);
    }

    #[test]
    fn conditional_pd_averages_to_the_pd() {
        // Midpoint rule over Y in probability space.
        let (p, l) = (0.03, 0.2);
        let g = normal::quantile(p);
        let n = 200_000;
        let mean: f64 = (0..n)
            .map(|i| conditional_pd(g, l, normal::quantile((f64::from(i) + 0.5) / f64::from(n))))
            .sum::<f64>()
            / f64::from(n);
        assert!((mean - p).abs() < 1e-7, "{mean}");
    }

    #[test]
    fn unknown_segments_of_the_model_are_refused() {
        let rho = AssetCorrelation::new(0.04).unwrap();
        let dependence =
            Dependence::OneFactor { factor: 0, correlation: CorrelationRule::Fixed(rho) };
        let mut with_segment = spec(dependence.clone());
        with_segment.segments.push(crate::scenario::SegmentDependence {
            segment: "studnets".into(),
            dependence,
            path: "model.segment.studnets".into(),
        });
        let faults =
            Model::new(&with_segment, &Stress::default(), &["students".into()]).unwrap_err();
        assert!(
            matches!(&faults[0].kind, FaultKind::UnknownName { found, .. } if found == "studnets")
        );
    }
}
