//! Finds the proposals of a sampling plan from a sketch of the book.
//!
//! For an aim A (the system's losses beyond a level or a threshold, a lender's beyond the highest
//! level) the best normal proposal in the sense of cross-entropy has the mean
//!
//! 1. m = E\[e | A\]      (Rubinstein and Kroese 2004; close to the shift of Glasserman and Li 2005),
//!
//! and twice the standard deviation of e along m, given A, is its spread (once would be the best
//! normal, too, but leaves weights without a bound a little farther out). Both are estimated from evenly spread points around the present m, weighted back to the law, with
//! the probability of A at a point taken as that of a normal with the sketch's conditional mean
//! and standard deviation. Where too few points reach A, a nearer aim is taken first. The points are
//! fixed: a plan depends on book, model and what is asked, never on the seed or the number of trials.

use super::plan::{Plan, PlanName, Proposal, SHARES};
use super::sketch::Sketch;
use super::twist::MOST_ENTRIES;
use crate::model::Model;
use crate::policy::Exposure;
use crate::portfolio::Portfolio;
use crate::random::sobol::{DIMENSIONS, Dimension};
use crate::special::exponential::exp;
use crate::special::normal;
use crate::units::Level;

/// Points of one step.
const POINTS: u32 = 1 << 10;
/// Points that have to bear on an aim, counted by their weights.
const BEARING: f64 = 60.0;
/// Steps at most for one aim.
const STEPS: usize = 16;
/// A proposal nearer than this to another one adds nothing.
const NEAR: f64 = 0.35;
/// A shift shorter than this is none.
const UNEVEN: f64 = 0.05;
/// Spread of a proposal over the deviation of what it is made for, and the least there is.
const WIDER: f64 = 2.0;
const NARROWEST: f64 = 0.3;
/// Share of the way from the expected loss to the aim from which on luck given the factors is sought
/// for, too.
const LUCK: f64 = 0.1;
/// Proposals beside the law itself, at most.
const MOST: usize = 6;

/// What a proposal is made for.
#[derive(Debug, Clone, PartialEq)]
struct Aim {
    /// In words.
    purpose: String,
    /// Part of the sketch.
    part: usize,
    event: Event,
}

/// An event of large losses.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    /// The worst of all trials: this share of them.
    Worst(f64),
    /// Losses above this, smallest units.
    Above(f64),
}

/// What a plan is made for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The kind of plan.
    pub name: PlanName,
    /// Levels whose tails have to be well known.
    pub levels: &'a [Level],
    /// Thresholds whose exceedance has to be well known, smallest units.
    pub thresholds: &'a [i64],
    /// Whether defaults themselves may be drawn with PDs of their own.
    pub may_twist: bool,
}

/// A plan for a book under a policy. Its name says less than was asked for where nothing hangs on a
/// factor, or where no aim asks for another law of the factors than their own.
pub fn find_plan(wanted: Wanted<'_>, book: &Portfolio, model: &Model, exposure: &Exposure) -> Plan {
    if wanted.name == PlanName::Plain {
        return Plan::plain();
    }
    let lenders = match book.accounts.lender.names.len() {
        1 => 0,
        lenders => lenders,
    };
    let sketch = Sketch::new(book, model, 1 + lenders, |b, of| {
        for a in book.accounts_of(b) {
            let loss = exposure.loss(book, a) as f64;
            of[0] += loss;
            if lenders > 0 {
                of[1 + book.accounts.lender.codes.get(a)] += loss;
            }
        }
    });
    if !wanted.name.is_weighted() {
        return if sketch.is_dependent() {
            Plan::new(wanted.name, Vec::new())
        } else {
            Plan::plain()
        };
    }
    let may_twist = wanted.may_twist && book.entries() <= MOST_ENTRIES;
    from_aims(wanted.name, &sketch, model, &aims(wanted, book, &sketch), may_twist)
}

/// The system beyond each level and threshold, then the largest lenders beyond the highest level.
fn aims(wanted: Wanted<'_>, book: &Portfolio, sketch: &Sketch) -> Vec<Aim> {
    let beyond = |part, who: &str, level: &Level| Aim {
        purpose: format!("{who} beyond {level} %"),
        part,
        event: Event::Worst(level.tail()),
    };
    let mut aims: Vec<Aim> = wanted.levels.iter().map(|q| beyond(0, "system", q)).collect();
    aims.extend(wanted.thresholds.iter().map(|&x| Aim {
        purpose: "system beyond a threshold".to_owned(),
        part: 0,
        event: Event::Above(x as f64),
    }));
    if let Some(highest) = wanted.levels.last() {
        let lenders = sketch.largest_parts().into_iter().filter(|&part| part > 0).take(MOST);
        let name = |part: usize| book.accounts.lender.names[part - 1].as_str();
        aims.extend(lenders.map(|part| beyond(part, name(part), highest)));
    }
    aims
}

fn from_aims(
    name: PlanName,
    sketch: &Sketch,
    model: &Model,
    aims: &[Aim],
    may_twist: bool,
) -> Plan {
    let mut pilot = Pilot::new(sketch, model);
    let mut found: Vec<Found<'_>> = Vec::new();
    let origin = vec![0.0; model.inputs()];
    let expected = sketch.expected_loss();
    for aim in aims {
        // The tails of a part lie one behind the other.
        let start = match aim.part {
            0 => found.last().map_or(&origin, |found| &found.shift).clone(),
            _ => origin.clone(),
        };
        let Some(mut reached) = pilot.reach(aim, start) else { continue };
        // The points' own unevenness, not a direction.
        if distance(&origin, &reached.shift) < UNEVEN {
            reached.shift.clone_from(&origin);
            reached.spread = 1.0;
        }
        // Luck that is nobody's but the borrowers' counts where it bridges a part of the way.
        let by_luck = reached.deviation >= LUCK * (reached.loss - expected);
        let aims_at = (may_twist && aim.part == 0 && by_luck).then_some(reached.loss);
        let others = found.iter().map(|found| &found.shift).chain([&origin]);
        let nearest =
            others.map(|other| distance(other, &reached.shift)).fold(f64::INFINITY, f64::min);
        let same = |other: &Found<'_>| {
            other.aims_at.is_some_and(|x| (x - reached.loss).abs() < NEAR * reached.deviation)
        };
        let is_new = match aims_at {
            Some(_) => !found.iter().any(same),
            None => nearest >= NEAR,
        };
        if is_new && found.len() < MOST {
            let Reached { shift, spread, .. } = reached;
            found.push(Found { shift, spread, aims_at, purpose: &aim.purpose });
        }
    }
    match name {
        _ if !found.is_empty() => {}
        PlanName::ImportanceQuasi if sketch.is_dependent() => {
            return Plan::new(PlanName::Quasi, Vec::new());
        }
        _ => return Plan::plain(),
    }
    Plan::new(name, mixture(found, origin))
}

/// A quarter of the trials for the law itself, the rest in equal parts, what is left to the law.
fn mixture(found: Vec<Found<'_>>, origin: Vec<f64>) -> Vec<Proposal> {
    let each = (SHARES * 3 / 4) / found.len() as u32;
    let law = SHARES - each * found.len() as u32;
    let share = |sixteenths: u32| f64::from(sixteenths) / f64::from(SHARES);
    let purpose = "the law itself".to_owned();
    let law = Proposal { share: share(law), shift: origin, spread: 1.0, aims_at: None, purpose };
    let mut proposals = vec![law];
    proposals.extend(found.into_iter().map(|Found { shift, spread, aims_at, purpose }| Proposal {
        share: share(each),
        shift,
        spread,
        aims_at,
        purpose: purpose.to_owned(),
    }));
    proposals
}

/// A proposal in the making.
struct Found<'a> {
    shift: Vec<f64>,
    spread: f64,
    aims_at: Option<f64>,
    purpose: &'a str,
}

/// Where an aim is reached.
struct Reached {
    shift: Vec<f64>,
    spread: f64,
    /// The loss that the event begins with, and the conditional standard deviation of losses there.
    loss: f64,
    deviation: f64,
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// Points around a shift with what the sketch says of them.
struct Pilot<'a> {
    sketch: &'a Sketch,
    model: &'a Model,
    /// Standard normals, point x factor.
    points: Vec<Vec<f64>>,
    shift: Vec<f64>,
    weights: Vec<f64>,
    /// Conditional PDs of the classes, by point.
    pds: Vec<Vec<f64>>,
}

impl<'a> Pilot<'a> {
    fn new(sketch: &'a Sketch, model: &'a Model) -> Self {
        let factors = model.inputs();
        let scrambled = |j: usize| Dimension::new(j, 0x9e37_79b9_u32.wrapping_mul(j as u32 + 1));
        let dimensions: Vec<Dimension> = (0..factors.min(DIMENSIONS)).map(scrambled).collect();
        let point = |i: u32| {
            let coordinate = |j: usize| match dimensions.get(j) {
                Some(dimension) => dimension.point(i),
                // Any point of the cube will do; a lattice fills it evenly enough.
                None => (f64::from(i) * (j as f64 + 0.5).sqrt() + 0.5).fract(),
            };
            (0..factors)
                .map(|j| normal::quantile(coordinate(j).clamp(1e-12, 1.0 - 1e-12)))
                .collect()
        };
        let points = (0..POINTS).map(point).collect();
        let shift = vec![f64::NAN; factors];
        Self { sketch, model, points, shift, weights: Vec::new(), pds: Vec::new() }
    }

    /// Moves the points.
    fn move_to(&mut self, shift: &[f64]) {
        if !self.weights.is_empty() && self.shift == shift {
            return;
        }
        self.shift = shift.to_vec();
        let half: f64 = 0.5 * shift.iter().map(|m| m * m).sum::<f64>();
        // phi(z + m) / phi(z) = exp(-m'z - m'm / 2).
        let weight = |z: &Vec<f64>| {
            let tilt: f64 = shift.iter().zip(z).map(|(m, z)| m * z).sum();
            exp((-tilt - half).clamp(-700.0, 700.0))
        };
        self.weights = self.points.iter().map(weight).collect();
        let mut arguments = Vec::new();
        self.pds.resize(self.points.len(), Vec::new());
        for (z, pds) in self.points.iter().zip(&mut self.pds) {
            let e: Vec<f64> = z.iter().zip(shift).map(|(z, m)| z + m).collect();
            self.sketch.pds(&self.model.state(&e), &mut arguments, pds);
        }
    }

    /// Equation 1, from a start; `None` where the part cannot lose as much.
    fn reach(&mut self, aim: &Aim, mut shift: Vec<f64>) -> Option<Reached> {
        let mut loss = 0.0;
        let mut deviation = 0.0;
        let mut spread = 1.0;
        let mut is_reached = false;
        for _ in 0..STEPS {
            self.move_to(&shift);
            let moments: Vec<(f64, f64)> =
                self.pds.iter().map(|pds| self.sketch.moments(aim.part, pds)).collect();
            let most = moments.iter().map(|(m, s)| m + 8.0 * s).fold(0.0, f64::max);
            if most <= 0.0 {
                return None;
            }
            let beyond = |x: f64| Beyond::new(&moments, &self.weights, x);
            let wanted = match aim.event {
                Event::Above(x) => x,
                Event::Worst(share) => largest(0.0, most, |x| beyond(x).probability >= share),
            };
            let direct = beyond(wanted);
            is_reached = direct.bearing >= BEARING;
            // A nearer aim, which the points around the present shift do reach.
            let event = match is_reached {
                true => direct,
                false => beyond(largest(0.0, wanted, |x| beyond(x).bearing >= BEARING)),
            };
            let next = event.mean(&self.points, &shift);
            loss = wanted;
            deviation = event.average(moments.iter().map(|(_, s)| *s));
            spread = (WIDER * event.spread(&self.points, &next)).clamp(NARROWEST, 1.0);
            let step = distance(&next, &shift);
            shift = next;
            if is_reached && step < 0.1 {
                break;
            }
        }
        // No loss may be as large as that.
        is_reached.then_some(Reached { shift, spread, loss, deviation })
    }
}

/// The largest x of a range for which `holds`, which turns false once.
fn largest(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

/// The event that losses exceed x, on the points.
struct Beyond {
    /// Weight times probability of the event, by point.
    masses: Vec<f64>,
    probability: f64,
    bearing: f64,
}

impl Beyond {
    fn new(moments: &[(f64, f64)], weights: &[f64], x: f64) -> Self {
        let mass = |(&(mean, sd), weight): (&(f64, f64), &f64)| {
            let p =
                if sd > 0.0 { normal::cdf((mean - x) / sd) } else { f64::from(u8::from(mean > x)) };
            weight * p
        };
        let masses: Vec<f64> = moments.iter().zip(weights).map(mass).collect();
        let sum: f64 = masses.iter().sum();
        let squares: f64 = masses.iter().map(|m| m * m).sum();
        let probability = sum / masses.len() as f64;
        let bearing = if squares > 0.0 { sum * sum / squares } else { 0.0 };
        Self { masses, probability, bearing }
    }

    /// Mean of a number of each point given the event.
    fn average(&self, of: impl Iterator<Item = f64>) -> f64 {
        let sum: f64 = self.masses.iter().sum();
        let all: f64 = self.masses.iter().zip(of).map(|(m, x)| m * x).sum();
        if sum > 0.0 { all / sum } else { 0.0 }
    }

    /// Standard deviation given the event along a direction; 1 if it has none.
    fn spread(&self, points: &[Vec<f64>], direction: &[f64]) -> f64 {
        let length = direction.iter().map(|m| m * m).sum::<f64>().sqrt();
        if length == 0.0 {
            return 1.0;
        }
        let along =
            |z: &Vec<f64>| z.iter().zip(direction).map(|(z, m)| z * m).sum::<f64>() / length;
        let mean = self.average(points.iter().map(along));
        self.average(points.iter().map(|z| (along(z) - mean) * (along(z) - mean))).sqrt()
    }

    /// Mean of e given the event.
    fn mean(&self, points: &[Vec<f64>], shift: &[f64]) -> Vec<f64> {
        let sum: f64 = self.masses.iter().sum();
        let mean = |j: usize| {
            self.masses.iter().zip(points).map(|(m, z)| m * z[j]).sum::<f64>() / sum + shift[j]
        };
        if sum > 0.0 { (0..shift.len()).map(mean).collect() } else { shift.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Segments;
    use crate::scenario::{Copula, Dependence, ModelSpec, Stress};
    use crate::units::Loading;

    /// Two segments of many small loans, each on a factor of its own and at a lender of its own.
    fn book() -> Portfolio {
        use crate::portfolio::{Accounts, Amounts, Borrowers, Codes, Labels, Numbers, Quality};
        let labels = || {
            let mut codes = Codes::default();
            (0..2).for_each(|code| codes.push(code));
            Labels { names: vec!["a".into(), "b".into()], codes }
        };
        let amounts = || [100, 10].into_iter().collect::<Amounts>();
        Portfolio {
            borrowers: Borrowers {
                pd: Numbers::Same(0.02),
                count: Some(vec![1_000_000; 2]),
                stands_for: None,
                segment: labels(),
                score: None,
                income: None,
                age: None,
                first_account: None,
            },
            accounts: Accounts {
                limit: amounts(),
                balance: amounts(),
                lender: labels(),
                product: None,
                lgd: Numbers::Same(1.0),
                ccf: Numbers::Same(0.0),
                interest_rate: None,
            },
            quality: Quality::default(),
        }
    }

    fn model(loading: f64) -> Model {
        let loadings = |a: f64, b: f64| {
            Dependence::Loadings([a, b].map(|w| Loading::new(w).unwrap()).to_vec())
        };
        let spec = ModelSpec {
            copula: Copula::Gaussian,
            factors: vec!["a".into(), "b".into()],
            factor_correlation: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
            repair: false,
            per: vec![None, None],
            parts: Vec::new(),
            default: loadings(loading, 0.0),
            segments: vec![crate::scenario::SegmentDependence {
                segment: "b".into(),
                dependence: loadings(0.0, loading),
                degrees_of_freedom: None,
                path: String::new(),
            }],
            path: String::new(),
        };
        let segments = Segments { names: &["a".into(), "b".into()], highest_pds: &[0.1; 2] };
        Model::new(&spec, &Stress::default(), segments).unwrap()
    }

    fn plan(name: PlanName, loading: f64) -> Plan {
        let levels = [0.99, 0.999].map(|q| Level::new(q).unwrap());
        let wanted = Wanted { name, levels: &levels, thresholds: &[], may_twist: true };
        find_plan(wanted, &book(), &model(loading), &Exposure::Untouched)
    }

    #[test]
    fn worse_years_are_sought_for_the_system_and_for_lenders_of_their_own_kind() {
        let found = plan(PlanName::ImportanceQuasi, 0.3);
        let purposes: Vec<&str> = found.proposals.iter().map(|p| p.purpose.as_str()).collect();
        let expected =
            ["the law itself", "system beyond 99 %", "system beyond 99.9 %", "b beyond 99.9 %"];
        assert_eq!(purposes, expected);
        assert!((found.proposals.iter().map(|p| p.share).sum::<f64>() - 1.0).abs() < 1e-15);
        // Losses of `a` are ten times those of `b` and all but a function of their factor: the mean of a
        // normal beyond its quantile q is phi(G(q)) / (1 - q), about 2.665 and 3.367.
        let length = |j: usize| found.proposals[j].shift.iter().map(|m| m * m).sum::<f64>().sqrt();
        assert!((length(1) - 2.665).abs() < 0.05 && (length(2) - 3.367).abs() < 0.05);
        let of = |j: usize, k: usize| found.proposals[j].shift[k].abs();
        assert!(of(2, 0) > 3.0 && of(2, 1) < 0.6 && of(3, 1) > 3.0 && of(3, 0) < 0.1);
    }

    #[test]
    fn nothing_to_seek_is_no_plan() {
        assert_eq!(plan(PlanName::Plain, 0.3), Plan::plain());
        assert_eq!(plan(PlanName::Quasi, 0.0), Plan::plain());
        assert_eq!(plan(PlanName::Quasi, 0.3).randomisations, Some(64));
        // Independent pools: bad luck alone makes bad years, and is drawn by aims.
        let found = plan(PlanName::ImportanceQuasi, 0.0);
        assert!(found.is_twisted() && found.proposals.iter().all(|p| p.shift == [0.0, 0.0]));
    }
}
