//! The same number in two results: B minus A, and that as a share of A, with a band.
//!
//! Where both results kept the losses of their trials and drew the same ones, errors are paired as in
//! [`super::compare`]. Otherwise the two samples are taken as independent. With the intervals
//! \[l_a, u_a\] and \[l_b, u_b\]
//!
//! 1. d = b - a in \[d - hypot(b - l_b, u_a - a), d + hypot(u_b - b, a - l_a)\] (Zou and Donner 2008,
//!    Statistics in Medicine 27): errors in quadrature where the intervals are symmetric;
//! 2. r = b / a - 1 likewise with a's half-widths times b / a, and all of it over a;
//! 3. where a VaR jumps between atoms or an interval is one-sided or open: the box
//!    \[l_b - u_a, u_b - l_a\], for shares \[l_b / u_a - 1, u_b / l_a - 1\].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::atoms::{self, Ends};
use super::compare::compare;
use super::drawn::Drawn;
use super::estimate::{Estimate, Figures, Quality};
use super::interval::normal_z;
use super::measure::Measure;
use super::order::Ranked;
use super::statistic::{Asked, Known, Sample, Statistic, statistics};
use crate::units::Confidence;

/// B minus A.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// In the unit of the measure.
    pub absolute: Estimate,
    /// As a share of A; `None` where A is not above 0.
    pub relative: Option<Estimate>,
    /// Where the band comes from.
    pub basis: Basis,
}

/// Where the band of a difference comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Both rest on the same trials of the same book: the difference is exactly 0.
    Same,
    /// Neither number has a sampling error.
    Exact,
    /// Trial by trial.
    Paired,
    /// Independent errors in quadrature, equations 1 and 2.
    Independent,
    /// The box of both intervals, equation 3.
    Box,
}

impl Basis {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Exact => "exact",
            Self::Paired => "paired",
            Self::Independent => "independent",
            Self::Box => "box",
        }
    }
}

/// The difference of a number with itself.
pub fn same(a: &Estimate) -> Difference {
    let zero = Estimate::exact(0.0, a.confidence);
    Difference { absolute: zero, relative: (a.value > 0.0).then_some(zero), basis: Basis::Same }
}

/// The difference of two numbers from samples that are taken as independent; `atoms` if one of the
/// laws is known to have few different losses.
pub fn independent(measure: Measure, atoms: bool, a: &Estimate, b: &Estimate) -> Difference {
    let value = b.value - a.value;
    let ratio = (a.value > 0.0).then(|| b.value / a.value);
    if a.quality.is_unsampled() && b.quality.is_unsampled() {
        let quality = together(a.quality, b.quality);
        let exact = |x| Estimate::exact(x, a.confidence).with_quality(quality);
        let relative = ratio.map(|ratio| exact(ratio - 1.0));
        return Difference { absolute: exact(value), relative, basis: Basis::Exact };
    }
    let quality = together(a.quality, b.quality);
    let blank = |value| Estimate::of(Figures { value, ..*plain(quality, a.confidence) });
    let bounded = a.quality == Quality::Bound || b.quality == Quality::Bound;
    let jump = matches!(measure, Measure::ValueAtRisk | Measure::EconomicCapital) && atoms
        || jumps(measure, a)
        || jumps(measure, b);
    let halves = if jump || bounded { None } else { halves(a).zip(halves(b)) };
    let Some(((below_a, above_a), (below_b, above_b))) = halves else {
        let z = Confidence::new(a.confidence).map_or(f64::NAN, normal_z);
        let open = |estimate: Estimate, ends: Ends| {
            let estimate = estimate.boxed(ends, z);
            // A one-sided bound has no standard error.
            Estimate::of(Figures {
                standard_error: estimate.standard_error.filter(|_| !bounded),
                ..*estimate
            })
        };
        return Difference {
            absolute: open(blank(value), atoms::difference(ends(b), ends(a))),
            relative: ratio.map(|ratio| {
                let (lower, upper) = atoms::quotient(ends(b), ends(a));
                let less = |end: Option<f64>| end.map(|end| end - 1.0);
                open(blank(ratio - 1.0), (less(lower), less(upper)))
            }),
            basis: Basis::Box,
        };
    };
    let errors = a.standard_error.zip(b.standard_error);
    let combine = |value: f64, share: f64, by: f64| {
        Estimate::of(Figures {
            standard_error: errors.map(|(a, b)| libm::hypot(b, share * a) / by),
            lower: Some(value - libm::hypot(below_b, share * above_a) / by),
            upper: Some(value + libm::hypot(above_b, share * below_a) / by),
            ..*blank(value)
        })
    };
    Difference {
        absolute: combine(value, 1.0, 1.0),
        relative: ratio.map(|ratio| {
            let relative = combine(ratio - 1.0, ratio, a.value);
            // What it is a share of may be 0, or negative.
            match may_be_negative(measure) && a.lower.is_some_and(|lower| lower < 0.0) {
                true => relative.boxed((None, None), 1.0).with_quality(Quality::TooFew),
                false => relative,
            }
        }),
        basis: Basis::Independent,
    }
}

/// Whether a number may lie on either side of 0.
fn may_be_negative(measure: Measure) -> bool {
    matches!(measure, Measure::EconomicCapital | Measure::Srisk | Measure::DeltaCovar)
}

fn ends(of: &Estimate) -> Ends {
    (of.lower, of.upper)
}

fn plain(quality: Quality, confidence: f64) -> Estimate {
    let open = Estimate::exact(0.0, confidence);
    Estimate::of(Figures { standard_error: None, lower: None, upper: None, quality, ..*open })
}

/// What is below and above the value in its interval.
fn halves(e: &Estimate) -> Option<(f64, f64)> {
    Some((e.value - e.lower?, e.upper? - e.value))
}

/// A difference is as good as the worse of its numbers; a bound beside a number bounds one side only.
fn together(a: Quality, b: Quality) -> Quality {
    use Quality::{Approximation, Bound, Exact, Good, TooFew};
    match (a, b) {
        (Bound, Bound) => Bound,
        (Bound | TooFew, _) | (_, Bound | TooFew) => TooFew,
        (Good, _) | (_, Good) => Good,
        (Approximation, _) | (_, Approximation) => Approximation,
        (Exact, Exact) => Exact,
    }
}

/// Whether a VaR, or the capital above it, is seen to sit in an atom: an end of the interval of VaR
/// is VaR itself, or that of capital is not symmetric, which happens in atoms only.
fn jumps(measure: Measure, e: &Estimate) -> bool {
    match (measure, halves(e)) {
        (Measure::ValueAtRisk, Some((below, above))) => below == 0.0 || above == 0.0,
        (Measure::EconomicCapital, Some((below, above))) => {
            (below - above).abs() > 1e-9 * e.value.abs().max(below)
        }
        _ => false,
    }
}

/// What a result keeps of one policy's trials.
#[derive(Debug, Clone, Copy)]
pub struct Trials<'a> {
    /// Loss of each trial, smallest units.
    pub losses: &'a [i64],
    /// Credit kept, smallest units.
    pub credit: i64,
    /// Exposure at default of the whole book, smallest units: no loss is larger.
    pub exposure: i64,
    /// Levels, thresholds, confidence.
    pub asked: Asked<'a>,
}

/// Trials of A and B that were drawn from the same streams, ready to be held against each other.
#[derive(Debug)]
pub struct Pairs {
    a: Vec<Statistic>,
    b: Vec<Statistic>,
    /// Weights of the trials; `None` where all weigh the same.
    weights: Option<Vec<f64>>,
    drawn: Drawn<'static>,
}

impl Pairs {
    /// Takes the statistics of both; both have the same number of trials.
    pub fn new(a: Trials<'_>, b: Trials<'_>) -> Self {
        // The books differ, so that trials which agree do not make the difference exactly 0; largest
        // losses that differ say so.
        let apart = i64::from(a.exposure == b.exposure);
        let drawn = a.asked.drawn;
        let weights = drawn.weights.map(<[f64]>::to_vec);
        let drawn = drawn.first(None);
        Self { a: taken(a, a.exposure), b: taken(b, b.exposure + apart), weights, drawn }
    }

    /// The number that A's trials give, to see whether they are those of the result.
    pub fn mean_of_a(&self) -> f64 {
        self.a[0].own.value
    }

    /// The same for B.
    pub fn mean_of_b(&self) -> f64 {
        self.b[0].own.value
    }

    /// The paired difference; `None` if the trials' losses do not tell the measure.
    pub fn difference(
        &self,
        measure: Measure,
        level: Option<f64>,
        threshold: Option<f64>,
    ) -> Option<Difference> {
        let find = |all: &[Statistic]| {
            all.iter().position(|s| {
                s.measure == measure
                    && s.level.map(|q| q.get()) == level
                    && s.threshold == threshold
            })
        };
        let (a, b) = (&self.a[find(&self.a)?], &self.b[find(&self.b)?]);
        let drawn = self.drawn.first(self.weights.as_deref());
        let (absolute, relative) = compare(&[[b, a]], drawn).pop()?;
        Some(Difference { absolute, relative, basis: Basis::Paired })
    }
}

fn taken(trials: Trials<'_>, largest: i64) -> Vec<Statistic> {
    let Trials { losses, credit, asked, .. } = trials;
    let ranked = Ranked::new(losses, asked.drawn);
    // Nobody kept who defaulted.
    let sample = Sample { losses, defaults: &[], credit, largest, known: Known::default() };
    statistics(sample, &ranked, asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64, below: f64, above: f64, quality: Quality) -> Estimate {
        Estimate::of(Figures {
            value,
            standard_error: Some((below + above) / 3.92),
            lower: Some(value - below),
            upper: Some(value + above),
            confidence: 0.95,
            quality,
            effective_trials: None,
            variance_ratio: None,
        })
    }

    #[test]
    fn errors_add_in_quadrature_each_on_its_side() {
        let a = estimate(10.0, 3.0, 3.0, Quality::Good);
        let b = estimate(20.0, 4.0, 4.0, Quality::Good);
        let found = independent(Measure::ExpectedLoss, false, &a, &b);
        assert_eq!((found.absolute.lower, found.absolute.upper), (Some(5.0), Some(15.0)));
        assert_eq!(found.basis, Basis::Independent);
        // r = 1, half-width hypot(4, 2 x 3) / 10.
        let relative = found.relative.unwrap();
        assert!((relative.value - 1.0).abs() < 1e-12);
        assert!((relative.half_width().unwrap() - 52.0_f64.sqrt() / 10.0).abs() < 1e-12);

        let lopsided = estimate(10.0, 0.5, 3.0, Quality::Good);
        let found = independent(Measure::ValueAtRisk, false, &lopsided, &b).absolute;
        assert!((found.lower.unwrap() - 5.0).abs() < 1e-12);
        assert!((found.upper.unwrap() - (10.0 + 16.25_f64.sqrt())).abs() < 1e-12);
    }

    #[test]
    fn atoms_bounds_and_open_ends_take_the_box() {
        let a = estimate(10.0, 3.0, 3.0, Quality::Good);
        let atom = estimate(20.0, 0.0, 4.0, Quality::Good);
        let found = independent(Measure::ValueAtRisk, false, &a, &atom);
        assert_eq!(found.basis, Basis::Box);
        assert_eq!((found.absolute.lower, found.absolute.upper), (Some(7.0), Some(17.0)));
        let found = independent(Measure::ValueAtRisk, true, &a, &a);
        assert_eq!((found.absolute.lower, found.absolute.upper), (Some(-6.0), Some(6.0)));

        let bound = Estimate::of(Figures {
            standard_error: None,
            ..*estimate(0.0, 0.0, 2.0, Quality::Bound)
        });
        let found = independent(Measure::ExceedanceProbability, false, &a, &bound);
        assert_eq!(found.absolute.quality, Quality::TooFew);
        assert_eq!(found.absolute.standard_error, None);
        assert_eq!((found.absolute.lower, found.absolute.upper), (Some(-13.0), Some(-5.0)));
        let found = independent(Measure::ExceedanceProbability, false, &bound, &bound);
        assert_eq!(found.absolute.quality, Quality::Bound);
        assert_eq!(found.relative, None);

        let open = Estimate::of(Figures { upper: None, standard_error: None, ..*a });
        let found = independent(Measure::ValueAtRisk, false, &a, &open).absolute;
        assert_eq!((found.lower, found.upper), (Some(-6.0), None));
    }

    #[test]
    fn exact_numbers_differ_exactly_and_worse_quality_wins() {
        let exact = |x| Estimate::exact(x, 0.95);
        let found = independent(Measure::Credit, false, &exact(4.0), &exact(5.0));
        assert_eq!((found.absolute, found.relative), (exact(1.0), Some(exact(0.25))));
        let few = estimate(10.0, 3.0, 3.0, Quality::TooFew);
        let good = estimate(10.0, 3.0, 3.0, Quality::Good);
        let found = independent(Measure::ExpectedLoss, false, &few, &good);
        assert_eq!(found.absolute.quality, Quality::TooFew);
        assert_eq!(same(&good).absolute, exact(0.0));
    }

    #[test]
    fn trials_that_agree_in_different_books_are_not_the_same() {
        let losses: Vec<i64> = (0..1_000).collect();
        let asked = Asked {
            levels: &[],
            thresholds: &[],
            drawn: Drawn::plain(Confidence::new(0.95).unwrap()),
            per_unit: 1.0,
        };
        let trials = Trials { losses: &losses, credit: 10_000, exposure: 10_000, asked };
        let pairs = Pairs::new(trials, trials);
        let found = pairs.difference(Measure::ExpectedLoss, None, None).unwrap();
        assert_eq!((found.absolute.value, found.absolute.quality), (0.0, Quality::Bound));
        assert!(found.absolute.upper.unwrap() > 0.0);
        assert_eq!(pairs.difference(Measure::Defaults, None, None), None);
    }
}
