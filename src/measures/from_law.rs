//! Statistics, exceedance curves and densities read off a law that was worked out: numbers without error.

use super::Estimate;
use super::influence::Influence;
use super::measure::Measure;
use super::series::{DensityKind, DensityPoint, ExceedancePoint};
use super::statistic::{Asked, Known, Statistic};
use crate::exact::large_pool::Smooth;
use crate::exact::{Distribution, Found, LossLaw};
use crate::units::Level;

/// Laws with at most so many losses that count are drawn as atoms.
const ATOMS: usize = 64;
/// Bars of a smooth density, at most.
const BARS: i64 = 400;
/// Probabilities beyond which a density is not drawn.
const FAINT: f64 = 1e-6;

/// What the law does not know of a policy in a scope.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Credit kept, smallest units.
    pub credit: i64,
    /// Loss if everybody defaulted, smallest units.
    pub largest: i64,
    /// Whether the policy may change who defaults.
    pub moving: bool,
}

/// All statistics, in the order of those of a sample.
pub fn statistics(found: &Found<Distribution>, facts: Facts, asked: Asked<'_>) -> Vec<Statistic> {
    let units = |x: f64| x / asked.per_unit;
    let largest = units(facts.largest as f64);
    // EL, the standard deviation and defaults are those of the portfolio itself, whatever grid or limit stands for it.
    let build = |measure: Measure, level: Option<Level>, threshold, value: f64| Statistic {
        measure,
        level,
        threshold,
        own: match found.is_approximate() && (level.is_some() || threshold.is_some()) {
            true => Estimate::approximate(value, asked.drawn.confidence.get()),
            false => Estimate::exact(value, asked.drawn.confidence.get()),
        },
        influence: Influence::nothing(0),
        effective: f64::INFINITY,
        largest,
        lumpy: false,
        step: 0.0,
        candidates: Vec::new(),
        share: 0.0,
        known: Known { moving: facts.moving, ..Known::default() },
    };
    let mean = units(found.mean);
    let mut all = vec![
        build(Measure::ExpectedLoss, None, None, mean),
        build(Measure::StandardDeviation, None, None, units(found.deviation)),
    ];
    let mut shortfalls = Vec::new();
    for &level in asked.levels {
        let (more, worse) = found.granularity(level);
        let var = units(found.law.value_at_risk(level) + more);
        let es = units(found.law.expected_shortfall(level) + worse);
        all.push(build(Measure::ValueAtRisk, Some(level), None, var));
        all.push(build(Measure::ExpectedShortfall, Some(level), None, es));
        all.push(build(Measure::EconomicCapital, Some(level), None, var - mean));
        shortfalls.push((level, es));
    }
    for &threshold in asked.thresholds {
        let (x, p) = (units(threshold as f64), found.law.exceedance(threshold));
        all.push(build(Measure::ExceedanceProbability, None, Some(x), p));
    }
    let per_default = if found.defaults > 0.0 { mean / found.defaults } else { 0.0 };
    all.push(build(Measure::Defaults, None, None, found.defaults));
    all.push(build(Measure::LossPerDefault, None, None, per_default));
    let credit = units(facts.credit as f64);
    if credit > 0.0 {
        all.push(build(Measure::ExpectedLossPerCredit, None, None, mean / credit));
        let of = |&(level, es): &(Level, f64)| {
            build(Measure::ExpectedShortfallPerCredit, Some(level), None, es / credit)
        };
        all.extend(shortfalls.iter().map(of));
    }
    if mean > 0.0 {
        let of = |&(level, es): &(Level, f64)| {
            build(Measure::ExpectedShortfallOverMean, Some(level), None, es / mean)
        };
        all.extend(shortfalls.iter().map(of));
    }
    all
}

/// P(L > x) at losses that are spread evenly over the logarithm of the probability, down to `least`.
pub fn exceedance(
    law: &Distribution,
    per_unit: f64,
    (most, least): (usize, f64),
) -> Vec<ExceedancePoint> {
    let decades = -libm::log(least.max(f64::MIN_POSITIVE));
    let mut losses: Vec<i64> = (0..most)
        .map(|step| libm::exp(-decades * step as f64 / (most - 1) as f64))
        .map(|tail| match law {
            Distribution::Grid(law) => law.exceeded_with(tail),
            // The nearest whole number of smallest units, at which the probability is that of the law.
            Distribution::Smooth(law) => law.about(tail).round() as i64,
        })
        .collect();
    losses.sort_unstable();
    losses.dedup();
    let point = |loss: i64| {
        let probability = law.exceedance(loss);
        ExceedancePoint {
            loss: loss as f64 / per_unit,
            probability,
            lower: probability,
            upper: probability,
            return_period: (probability > 0.0).then(|| 1.0 / probability),
        }
    };
    losses.into_iter().map(point).collect()
}

/// The density of a law.
pub fn density(law: &Distribution, per_unit: f64) -> (DensityKind, Vec<DensityPoint>) {
    match law {
        Distribution::Grid(law) => on_grid(law, per_unit),
        Distribution::Smooth(law) => smooth(law, per_unit),
    }
}

/// Bars between the far ends of a continuous law, each as the mean density over it; one atom where nothing moves.
fn smooth(law: &Smooth, per_unit: f64) -> (DensityKind, Vec<DensityPoint>) {
    let (low, high) = (law.about(1.0 - FAINT), law.about(FAINT));
    let (least, most) = law.range();
    if least >= most || low >= high {
        let point = DensityPoint { loss: high / per_unit, density: 1.0 };
        return (DensityKind::Atoms, vec![point]);
    }
    let width = (high - low) / BARS as f64;
    let end = |at: i64| low + width * at as f64;
    let beyond: Vec<f64> = (0..=BARS).map(|at| law.exceedance(end(at))).collect();
    let bar = |(at, ends): (i64, &[f64])| DensityPoint {
        loss: (end(at) + 0.5 * width) / per_unit,
        density: (ends[0] - ends[1]).max(0.0) * per_unit / width,
    };
    (DensityKind::Smooth, (0..).zip(beyond.windows(2)).map(bar).collect())
}

/// The atoms of a law where they are few; else bars of so many grid points that some hundred cover what
/// lies between its far ends, each as the mean density over it.
fn on_grid(law: &LossLaw, per_unit: f64) -> (DensityKind, Vec<DensityPoint>) {
    let counted = |&(_, p): &(i64, f64)| p > FAINT * FAINT;
    let atoms: Vec<(i64, f64)> = law.atoms().filter(counted).take(ATOMS + 1).collect();
    if atoms.len() <= ATOMS {
        let point =
            |(loss, p): (i64, f64)| DensityPoint { loss: loss as f64 / per_unit, density: p };
        return (DensityKind::Atoms, atoms.into_iter().map(point).collect());
    }
    let low = law.exceeded_with(1.0 - FAINT) / law.step;
    let high = law.exceeded_with(FAINT) / law.step;
    let width = ((high - low) / BARS).max(1);
    let bars = (high - low) / width + 1;
    let bar = |at: i64| {
        let first = low + at * width;
        let points = first..first + width;
        let mass: f64 =
            points.map(|k| law.probabilities.get(k as usize).copied().unwrap_or(0.0)).sum();
        let step = law.step as f64 / per_unit;
        DensityPoint {
            loss: (first as f64 + 0.5 * (width - 1) as f64) * step,
            density: mass / (width as f64 * step),
        }
    };
    (DensityKind::Smooth, (0..bars).map(bar).collect())
}
