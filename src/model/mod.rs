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
mod expand;
pub mod factors;
pub mod law;
pub mod link;
pub mod nearest;
pub mod severity;
pub mod state;

use crate::error::{Fault, FaultKind, Place};
use crate::scenario::{
    BaselRetail, Copula, CorrelationRule, DefaultLaw, Dependence, ModelSpec, SegmentDependence,
    Stress,
};
use crate::special::{correlation, normal};
use crate::units::{AssetCorrelation, Probability};
use expand::Expanded;
pub use expand::MOST_FACTORS;
use factors::FactorError;
pub use factors::FactorLaw;
pub use law::Law;
pub use link::Link;
use nearest::{Nearest, nearest};
pub use severity::Severity;
pub use state::{Driver, State};

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

impl PdStress {
    /// p -> min(1, m p), then odds times the odds multiplier.
    fn on(self, pd: f64) -> StressedPd {
        let raised = pd * self.multiplier;
        let clamped = raised > 1.0;
        let p = raised.min(1.0);
        let o = self.odds_multiplier;
        // o p / (1 - p + o p): exact at 0 and 1, no logarithms.
        let pd = if o == 1.0 { p } else { o * p / (1.0 - p + o * p) };
        StressedPd { pd, clamped }
    }
}

impl Model {
    /// Builds the model for the segments of a book.
    ///
    /// Faults: a segment of the model that the book does not have; factor correlations that cannot
    /// hold together and are not to be repaired; more than [`MOST_FACTORS`].
    pub fn new(
        spec: &ModelSpec,
        stress: &Stress,
        segments: Segments<'_>,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        for own in &spec.segments {
            if !segments.names.contains(&own.segment) {
                faults.push(Fault::new(
                    Place::Key(own.path.clone()),
                    FaultKind::UnknownName {
                        what: "segment".into(),
                        found: own.segment.clone(),
                        known: segments.names.to_vec(),
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
        let expanded = match Expanded::new(spec, &matrix, segments.names) {
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
        let stress =
            PdStress { multiplier: stress.pd_multiplier, odds_multiplier: stress.odds_multiplier };
        let deviations = match &spec.copula {
            Copula::CreditRiskPlus { deviations, .. } => {
                expanded.origins().into_iter().map(|factor| deviations[factor]).collect()
            }
            _ => Vec::new(),
        };
        let mut model = Self {
            factors,
            directions: Vec::new(),
            drivers: Vec::new(),
            laws: Vec::new(),
            segments: Vec::new(),
            repaired,
            degrees: Vec::new(),
            deviations,
            highest: segments.highest_pds.iter().map(|&pd| stress.on(pd).pd).collect(),
            stress,
        };
        let mut families: Vec<Family> = Vec::new();
        for (name, &highest) in segments.names.iter().zip(segments.highest_pds) {
            let own = spec.segments.iter().find(|own| &own.segment == name);
            let dependence = own.map_or(&spec.default, |own| &own.dependence);
            let index = |factor| expanded.index(factor, name);
            let place =
                Placed { correlation: &matrix, factors: model.factors.len(), index: &index };
            let (direction, loading) = direction_and_loading(dependence, &place);
            let direction = index_of(&mut model.directions, direction);
            let driver = match dependence {
                Dependence::Sectors(weights) => {
                    let own = (1.0 - weights.iter().sum::<f64>()).max(0.0);
                    Driver::Sectors { own, weights: place.spread(weights) }
                }
                &Dependence::Beta { default_correlation: rho, .. } => {
                    let top = stress.on(highest).pd;
                    let shapes = (1.0 - rho) / rho;
                    // Nothing hangs on anything where everybody or nobody defaults.
                    match top > 0.0 && top < 1.0 {
                        true => Driver::Beta {
                            direction,
                            a: top * shapes,
                            b: (1.0 - top) * shapes,
                            top,
                        },
                        false => Driver::Sectors { own: 1.0, weights: Vec::new() },
                    }
                }
                _ => Driver::Direction(direction),
            };
            let driver = index_of(&mut model.drivers, driver);
            let family = Family::of(spec, own, dependence, loading);
            let law = match families.iter().position(|known| *known == family) {
                Some(at) => at,
                None => {
                    families.push(family);
                    let law = model.law(family);
                    model.laws.push(law);
                    families.len() - 1
                }
            };
            model.segments.push(SegmentModel { direction, driver, law, loading });
        }
        Ok(model)
    }

    fn law(&mut self, family: Family) -> Law {
        match family {
            Family::Gaussian => Law::gaussian(),
            Family::Student(nu) => {
                let scale = 1 + index_of(&mut self.degrees, nu);
                Law::student(nu, scale)
            }
            Family::LogitNormal(sd) => Law::logit_normal(sd),
            Family::Rate => Law::rate(Link::Rate),
            Family::Count => Law::rate(Link::Count),
        }
    }

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

    /// The state of a trial for its [`Self::inputs`] normals.
    pub fn state(&self, normals: &[f64]) -> State {
        let factors = self.factors_at(normals);
        let directions = self.directions_at(&factors);
        let sectors: Vec<f64> =
            self.deviations.iter().zip(&factors).map(|(&v, &z)| state::sector(v, z)).collect();
        let drivers = self.drivers.iter().map(|d| d.at(&directions, &sectors)).collect();
        let mut scales = vec![1.0];
        scales.extend(self.degrees.iter().map(|&nu| state::mixing(nu, normals[factors.len()])));
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

/// A law to be built, once for all segments that share it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Family {
    Gaussian,
    Student(f64),
    LogitNormal(f64),
    Rate,
    Count,
}

impl Family {
    fn of(
        spec: &ModelSpec,
        own: Option<&SegmentDependence>,
        dependence: &Dependence,
        loading: LoadingRule,
    ) -> Self {
        match (&spec.copula, dependence) {
            (Copula::CreditRiskPlus { defaults: DefaultLaw::Poisson, .. }, _) => Self::Count,
            (Copula::CreditRiskPlus { .. }, _) | (_, Dependence::Beta { .. }) => Self::Rate,
            (_, Dependence::LogitNormal { .. }) => match loading {
                LoadingRule::Fixed(sd) => Self::LogitNormal(sd),
                LoadingRule::OtherRetail => unreachable!("log-odds have loadings of their own"),
            },
            (Copula::StudentT { degrees_of_freedom }, _) => Self::Student(
                own.and_then(|own| own.degrees_of_freedom).unwrap_or(*degrees_of_freedom),
            ),
            _ => Self::Gaussian,
        }
    }
}

/// Where a value stands in a list, which it joins if it is new.
fn index_of<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|known| *known == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
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
        let weights: Vec<f64> = loadings.iter().map(|w| w.get()).collect();
        let explained = explained(&weights, c);
        let message = format!(
            "with these loadings and the factor correlations as used the factors explain \
             {explained:.4} of a borrower's variance (w'Cw), must be below 1"
        );
        let place = Place::Key(format!("{path}.loadings"));
        (explained >= 1.0).then(|| Fault::new(place, FaultKind::Conflict { message }))
    })
}

/// w'Cw.
fn explained(weights: &[f64], c: &[Vec<f64>]) -> f64 {
    let rows = weights.iter().enumerate();
    rows.flat_map(|(i, a)| weights.iter().enumerate().map(move |(j, b)| a * b * c[i][j])).sum()
}

/// Where the factors of the scenario stand among those of the book, for one segment.
struct Placed<'a> {
    /// Of the scenario's factors.
    correlation: &'a [Vec<f64>],
    /// Factors of the book.
    factors: usize,
    /// Where each of the scenario's factors stands among them.
    index: &'a dyn Fn(usize) -> usize,
}

impl Placed<'_> {
    /// Numbers of the scenario's factors as numbers of the book's.
    fn spread(&self, weights: &[f64]) -> Vec<f64> {
        let mut all = vec![0.0; self.factors];
        weights.iter().enumerate().for_each(|(factor, &w)| all[(self.index)(factor)] = w);
        all
    }

    /// The direction of unit variance and the length sqrt(w'Cw) of some weights; the first factor and 0 if
    /// they are 0.
    fn pointed(&self, weights: &[f64]) -> (Vec<f64>, f64) {
        let length = explained(weights, self.correlation).max(0.0).sqrt();
        if length == 0.0 {
            return (self.unit(0), 0.0);
        }
        let direction: Vec<f64> = weights.iter().map(|w| w / length).collect();
        (self.spread(&direction), length)
    }

    fn unit(&self, factor: usize) -> Vec<f64> {
        let mut d = vec![0.0; self.factors];
        d[(self.index)(factor)] = 1.0;
        d
    }
}

/// Unit-variance direction (weights on the factors of the book) and length of the loading vector.
fn direction_and_loading(dependence: &Dependence, place: &Placed<'_>) -> (Vec<f64>, LoadingRule) {
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
            (place.unit(*factor), loading)
        }
        Dependence::Loadings(loadings) => {
            let weights: Vec<f64> = loadings.iter().map(|w| w.get()).collect();
            let (direction, length) = place.pointed(&weights);
            (direction, LoadingRule::Fixed(length))
        }
        Dependence::LogitNormal { loadings } => {
            let (direction, length) = place.pointed(loadings);
            (direction, LoadingRule::Fixed(length))
        }
        // Rates move with their driver one to one; the direction is that of the normals behind it.
        Dependence::Beta { direction: weights, .. } | Dependence::Sectors(weights) => {
            (place.pointed(weights).0, LoadingRule::Fixed(1.0))
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
    use crate::units::Loading;

    fn all() -> Segments<'static> {
        static NAMES: std::sync::LazyLock<[String; 1]> =
            std::sync::LazyLock::new(|| ["all".to_owned()]);
        Segments { names: &*NAMES, highest_pds: &[0.5] }
    }

    fn spec(default: Dependence) -> ModelSpec {
        ModelSpec {
            copula: Copula::Gaussian,
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
        let model =
            Model::new(&spec(Dependence::Loadings(w.to_vec())), &Stress::default(), all()).unwrap();
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
            Model::new(&spec(dependence), &stress, all()).unwrap().stressed(pd)
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
            degrees_of_freedom: None,
            path: "model.segment.studnets".into(),
        });
        let faults = Model::new(
            &with_segment,
            &Stress::default(),
            Segments { names: &["students".into()], highest_pds: &[0.1] },
        )
        .unwrap_err();
        assert!(
            matches!(&faults[0].kind, FaultKind::UnknownName { found, .. } if found == "studnets")
        );
    }
}
