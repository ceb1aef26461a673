//! From what a scenario says of dependence to the model of a book.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::Expanded;
use super::factors::{FactorError, FactorLaw};
use super::nearest::{Nearest, nearest};
use super::stress::PdStress;
use super::{Driver, Law, Link, LoadingRule, Model, Repaired, SegmentModel, Segments, basel};
use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};
use crate::scenario::{
    BaselRetail, Copula, CorrelationRule, DefaultLaw, Dependence, ModelSpec, SegmentDependence,
    Stress,
};
use crate::special::correlation;
use crate::units::{AssetCorrelation, Probability};

impl Model {
    /// Builds the model for the segments of a book.
    ///
    /// Faults: a segment of the model that the book does not have; factor correlations that cannot
    /// hold together and are not to be repaired; more than [`super::MOST_FACTORS`].
    pub fn new(
        spec: &ModelSpec,
        stress: &Stress,
        segments: Segments<'_>,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let names: BTreeSet<&String> = segments.names.iter().collect();
        for own in &spec.segments {
            // Each holds all names: no more of them than are told.
            if !names.contains(&own.segment) && faults.len() <= MAX_FAULTS {
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
        let stress = PdStress::of(stress);
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
        // The first of a name counts.
        let by_name: BTreeMap<&String, _> =
            spec.segments.iter().rev().map(|own| (&own.segment, own)).collect();
        let mut families: Vec<Family> = Vec::new();
        for (name, &highest) in segments.names.iter().zip(segments.highest_pds) {
            let own = by_name.get(name).copied();
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
        names: spec.factors.clone(),
        correlation: correlation.clone(),
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
