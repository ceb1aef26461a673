//! Comparisons of statistics where VaR jumps: by the box of both intervals, or over the candidates for VaR (`atoms`).

use super::atoms::{Candidate, STEPS};
use super::drawn::Drawn;
use super::estimate::Estimate;
use super::influence::Told;
use super::statistic::Statistic;

/// How an interval of a comparison is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Trial by trial.
    Paired,
    /// The box of both intervals.
    Box,
    /// Trial by trial at every candidate for VaR.
    Candidates,
}

impl Way {
    /// For two statistics that do not agree trial by trial, with the paired interval of their difference.
    pub(super) fn of(a: &Statistic, b: &Statistic, paired: &Estimate) -> Self {
        let step = a.step.max(b.step);
        let is_fine = || paired.half_width().is_some_and(|half| half >= STEPS * step);
        if a.lumpy || b.lumpy || step > 0.0 && !is_fine() {
            return Self::Box;
        }
        match a.candidates.is_empty() && b.candidates.is_empty() {
            true => Self::Paired,
            false => Self::Candidates,
        }
    }
}

/// The candidates of a statistic, itself among them.
fn all_of(own: &Statistic) -> Vec<Candidate> {
    let itself =
        Candidate { value: own.own.value, influence: own.influence.clone(), share: own.share };
    own.candidates.iter().cloned().chain([itself]).collect()
}

/// The one that the nearest share of trials goes beyond.
fn nearest(all: &[Candidate], share: f64) -> &Candidate {
    let off = |one: &&Candidate| (one.share - share).abs();
    all.iter().min_by(|a, b| off(a).total_cmp(&off(b))).expect("a statistic is its own candidate")
}

/// Ends of the interval of a - b, or of a / b - 1, over pairs of candidates.
pub(super) fn ends_over_candidates(
    [a, b]: [&Statistic; 2],
    is_ratio: bool,
    drawn: Drawn<'_>,
) -> (Option<f64>, Option<f64>) {
    let (of_a, of_b) = (all_of(a), all_of(b));
    let ends = |a: &Candidate, b: &Candidate| {
        let (value, times, over) = match is_ratio {
            true => (a.value / b.value - 1.0, a.value / b.value, b.value),
            false => (a.value - b.value, 1.0, 1.0),
        };
        let parts = [(1.0, &a.influence), (-times, &b.influence)];
        let reach = drawn.reach() * Told::by_sum(&parts, drawn).error? / over;
        Some((value - reach, value + reach)).filter(|ends| ends.0.is_finite() && ends.1.is_finite())
    };
    let lows = of_a.iter().map(|a| Some(ends(a, nearest(&of_b, a.share))?.0));
    let highs = of_b.iter().map(|b| Some(ends(nearest(&of_a, b.share), b)?.1));
    let lower = lows.collect::<Option<Vec<f64>>>();
    let upper = highs.collect::<Option<Vec<f64>>>();
    (
        lower.map(|all| all.into_iter().fold(f64::INFINITY, f64::min)),
        upper.map(|all| all.into_iter().fold(f64::NEG_INFINITY, f64::max)),
    )
}

/// The interval of a sum of multiples of statistics: where some have kinks, all candidates' together.
pub(super) fn of_sum(own: Estimate, parts: &[(f64, &Statistic)], drawn: Drawn<'_>) -> Estimate {
    let Some((_, kinked)) = parts.iter().find(|(_, part)| !part.candidates.is_empty()) else {
        return own;
    };
    let all: Vec<(f64, Vec<Candidate>)> =
        parts.iter().map(|(times, part)| (*times, all_of(part))).collect();
    let mut ends = (own.lower, own.upper);
    for at in &kinked.candidates {
        let chosen: Vec<(f64, &Candidate)> =
            all.iter().map(|(times, own)| (*times, nearest(own, at.share))).collect();
        let value: f64 = chosen.iter().map(|(times, one)| times * one.value).sum();
        let influences: Vec<_> =
            chosen.iter().map(|(times, one)| (*times, &one.influence)).collect();
        let Some(error) = Told::by_sum(&influences, drawn).error else { continue };
        let reach = drawn.reach() * error;
        ends.0 = ends.0.map(|low| low.min(value - reach));
        ends.1 = ends.1.map(|high| high.max(value + reach));
    }
    own.boxed(ends, drawn.reach())
}
