//! Comparing a statistic of two policies on the same trials, with the paired error.
//!
//! With influences psi (see [`super::statistic`]), trial by trial:
//!
//! 1. a - b: psi_a - psi_b;      2. a / b - 1: (psi_a - (a / b) psi_b) / b.
//!
//! Where a VaR jumps between atoms it has no influence function; VaR, economic capital and their
//! comparisons then take the box of the sides' intervals,
//!
//! 3. a - b in \[a.lower - b.upper, a.upper - b.lower\],
//!
//! which holds with at least the sum of both confidences minus 1, and in practice more, as each
//! interval of an atom covers more than it claims. Where nothing was seen on one side, what may lie
//! unseen widens the interval on that side. Policies that leave the same debts differ by exactly 0.

use super::drawn::Drawn;
use super::estimate::{Estimate, Quality};
use super::influence::Told;
use super::measure::Measure;
use super::statistic::{Statistic, boxed, minus};

/// Above the rounding of numbers and of their influences. A change that is not more of the numbers, with an error that is
/// not more either, is told as 0 with that error.
const ROUNDING: f64 = 1e-14;

/// Change and relative change, equations 1 and 2, or the boxes in their place; no relative change where the
/// other side is not above 0.
pub fn compare(pairs: &[[&Statistic; 2]], drawn: Drawn<'_>) -> Vec<(Estimate, Option<Estimate>)> {
    let ratio = |[a, b]: [&Statistic; 2]| match b.own.value > 0.0 {
        true => a.own.value / b.own.value,
        false => 1.0,
    };
    let influences: Vec<_> =
        pairs.iter().map(|&pair| (ratio(pair), pair.map(|own| &own.influence))).collect();
    let told = Told::by_pairs(&influences, drawn);
    let each = |(&pair, [change, relative]): (&[&Statistic; 2], [Told; 2])| {
        let [a, b] = pair;
        let base = b.own.value;
        let paired = combine(pair, a.own.value - base, 1.0, change, drawn);
        let boxes = jumps(a, b);
        let ends = || (minus(a.own.lower, b.own.upper), minus(a.own.upper, b.own.lower));
        let change = if boxes { boxed(paired, ends(), drawn.reach()) } else { paired };
        // A share of nothing, or of a negative number, means nothing.
        let relative = (base > 0.0).then(|| {
            let paired = combine(pair, ratio(pair) - 1.0, 1.0 / base, relative.over(base), drawn);
            if !boxes {
                return paired;
            }
            let over = |a: Option<f64>, b: Option<f64>| Some(a? / b.filter(|&b| b > 0.0)? - 1.0);
            let ends = (over(a.own.lower, b.own.upper), over(a.own.upper, b.own.lower));
            boxed(paired, ends, drawn.reach())
        });
        (change, relative)
    };
    pairs.iter().zip(told).map(each).collect()
}

/// The relative change alone.
pub fn relative_change(a: &Statistic, b: &Statistic, drawn: Drawn<'_>) -> Option<Estimate> {
    compare(&[[a, b]], drawn).pop().and_then(|(_, relative)| relative)
}

/// Whether a comparison has to take the box; two that agree trial by trial never do.
fn jumps(a: &Statistic, b: &Statistic) -> bool {
    let same = || a.own.value == b.own.value && a.influence.is_same(&b.influence);
    (a.lumpy || b.lumpy) && !same()
}

fn combine(
    [a, b]: [&Statistic; 2],
    value: f64,
    scale: f64,
    told: Told,
    drawn: Drawn<'_>,
) -> Estimate {
    debug_assert_eq!((a.measure, a.level), (b.measure, b.level));
    // Where nothing was sampled nothing has an influence, nor an error.
    if a.influence.trials() == 0 && b.influence.trials() == 0 {
        let is_near = [a, b].iter().any(|own| own.own.quality == Quality::Approximation);
        let of = if is_near { Estimate::approximate } else { Estimate::exact };
        return of(value, drawn.confidence.get());
    }
    let size = scale * a.own.value.abs().max(b.own.value.abs());
    let is_rounding = |x: f64| x.abs() <= ROUNDING * size;
    let value = match is_rounding(value) && told.error.is_some_and(is_rounding) {
        true => 0.0,
        false => value,
    };
    let effective = a.effective.min(b.effective).min(told.evenness);
    let unseen = |s: &Statistic| match s.own.quality {
        Quality::Bound => Some(s.own.upper.unwrap_or(f64::INFINITY)),
        _ => None,
    };
    // Two policies that leave the same debts cannot differ, seen or unseen.
    let same = a.largest == b.largest && told.is_nothing;
    // Defaults do not depend on a policy that moves nobody, and ES over EL is 1 / (1 - q) where losses are
    // known to be rarer than that.
    let is_exact = |s: &Statistic| s.own.lower.is_some() && s.own.lower == s.own.upper;
    let fixed = match a.measure {
        Measure::Defaults => !a.moving && !b.moving,
        Measure::ExpectedShortfallOverMean => is_exact(a) && is_exact(b),
        _ => false,
    };
    if same || fixed && value == 0.0 && told.is_nothing {
        return Estimate::exact(value, drawn.confidence.get());
    }
    if value == 0.0 && told.is_nothing {
        return unseen_difference(a, b, scale, drawn);
    }
    if unseen(a).is_none() && unseen(b).is_none() {
        return told.estimate(value, effective, drawn);
    }
    // Where nothing was seen, what may lie unseen widens the interval on its side.
    let both = unseen(a).is_some() && unseen(b).is_some();
    let error = if both { None } else { told.error };
    let reach = drawn.reach() * error.unwrap_or(0.0);
    Estimate {
        standard_error: error,
        lower: Some(value - reach - scale * unseen(b).unwrap_or(0.0)),
        upper: Some(value + reach + scale * unseen(a).unwrap_or(0.0)),
        quality: if both { Quality::Bound } else { Quality::TooFew },
        ..drawn.around(value, error, effective, None)
    }
}

/// No trial told the two apart although their debts differ: 0 with the bounds that the largest losses
/// leave, where the measure has such bounds.
fn unseen_difference(a: &Statistic, b: &Statistic, scale: f64, drawn: Drawn<'_>) -> Estimate {
    let p = drawn.unseen(a.influence.trials());
    let largest = a.largest.max(b.largest);
    let reach = match (a.measure, a.level) {
        (Measure::ExpectedLoss | Measure::ExpectedLossPerCredit, _) => Some(p * largest),
        (Measure::ExpectedShortfall | Measure::ExpectedShortfallPerCredit, Some(level)) => {
            Some((p / level.tail()).min(1.0) * largest)
        }
        (Measure::ExceedanceProbability, _) => Some(p),
        _ => None,
    };
    let reach = reach.map(|reach| reach * scale);
    let bound = Estimate::bound(0.0, drawn.confidence.get());
    Estimate { lower: reach.map(|reach| -reach), upper: reach, ..bound }
}

#[cfg(test)]
mod tests {
    use super::super::order::Ranked;
    use super::super::statistic::{Asked, Sample, statistics};
    use super::*;
    use crate::units::{Confidence, Level};

    fn plain() -> Drawn<'static> {
        Drawn::plain(Confidence::new(0.95).unwrap())
    }

    fn exceedance_of(losses: &[i64], largest: i64) -> Statistic {
        let defaults = vec![1; losses.len()];
        let sample =
            Sample { losses, defaults: &defaults, credit: largest, largest, moving: false };
        let drawn = plain();
        let asked = Asked { levels: &[], thresholds: &[100], drawn, per_unit: 1.0 };
        statistics(sample, &Ranked::new(losses, drawn), asked)
            .into_iter()
            .find(|s| s.measure == Measure::ExceedanceProbability)
            .unwrap()
    }

    #[test]
    fn unseen_events_never_give_a_difference_without_error() {
        let c = plain();
        let quiet = vec![10; 1_000];
        let (a, b) = (exceedance_of(&quiet, 500), exceedance_of(&quiet, 900));
        let (found, _) = compare(&[[&a, &b]], c)[0];
        assert_eq!((found.value, found.standard_error), (0.0, None));
        assert!(found.lower.unwrap() < -0.002 && found.upper.unwrap() > 0.002);
        assert_eq!(found.quality, Quality::Bound);
        // The same debts cannot differ.
        let (found, _) = compare(&[[&a, &exceedance_of(&quiet, 500)]], c)[0];
        assert_eq!((found.lower, found.upper), (Some(0.0), Some(0.0)));
        // Seen on one side only: the other side's bound widens the interval.
        let mut loud = quiet.clone();
        loud[..100].fill(200);
        let (found, _) = compare(&[[&a, &exceedance_of(&loud, 900)]], c)[0];
        assert!((found.value + 0.1).abs() < 1e-12);
        let (lower, upper) =
            (found.value - found.lower.unwrap(), found.upper.unwrap() - found.value);
        assert!((upper - lower - a.own.upper.unwrap()).abs() < 1e-12);
    }

    /// One borrower whose loan is cut to a third: of each unit of credit he loses as much, but for the rounding of thirds.
    #[test]
    fn rounding_is_no_change() {
        let c = plain();
        let of = |loss: i64, less: i64| {
            let mut losses: Vec<i64> =
                (0..1_000).map(|t| if t % 7 == 0 { loss } else { 0 }).collect();
            losses[0] -= less;
            let asked = Asked { levels: &[], thresholds: &[], drawn: c, per_unit: 100.0 };
            let (credit, largest) = (2 * loss, loss);
            let sample = Sample { losses: &losses, defaults: &[], credit, largest, moving: false };
            let all = statistics(sample, &Ranked::new(&losses, c), asked);
            all.into_iter().find(|s| s.measure == Measure::ExpectedLossPerCredit).unwrap()
        };
        let (whole, third) = (of(90_000_003, 0), of(30_000_001, 0));
        let off = third.own.value / whole.own.value - 1.0;
        assert!(off != 0.0 && off.abs() < 1e-15, "the test has seen rounding: {off:e}");
        let (change, relative) = compare(&[[&third, &whole]], c)[0];
        for found in [change, relative.unwrap()] {
            assert_eq!(found.value, 0.0, "{found:?}");
            let (lower, upper) = (found.lower.unwrap(), found.upper.unwrap());
            assert!(lower <= 0.0 && upper >= 0.0 && upper - lower < 1e-14, "{found:?}");
        }
        // A wrong twin: one unit less in one trial is a change.
        let (change, _) = compare(&[[&of(30_000_001, 1), &whole]], c)[0];
        assert!(change.value < 0.0 && change.standard_error > Some(0.0), "{change:?}");
    }

    /// 1,000 trials of which some lose 100, at 90 %: ES is 10 EL as long as losses are rarer than one in ten.
    #[test]
    fn a_ratio_of_es_and_el_is_known_where_losses_are_known_to_be_rare() {
        let c = plain();
        let of = |count: usize, largest: i64| {
            let mut losses = vec![0; 1_000];
            losses[..count].fill(100);
            let levels = [Level::new(0.9).unwrap()];
            let asked = Asked { levels: &levels, thresholds: &[], drawn: c, per_unit: 1.0 };
            let sample =
                Sample { losses: &losses, defaults: &[], credit: 0, largest, moving: false };
            let all = statistics(sample, &Ranked::new(&losses, c), asked);
            all.into_iter().find(|s| s.measure == Measure::ExpectedShortfallOverMean).unwrap()
        };
        let (rare, rarer) = (of(60, 500), of(20, 900));
        assert_eq!((rare.own.value, rare.own.standard_error), (10.0, Some(0.0)));
        let (change, relative) = compare(&[[&rarer, &rare]], c)[0];
        for exact in [change, relative.unwrap()] {
            assert_eq!((exact.value, exact.lower, exact.upper), (0.0, Some(0.0), Some(0.0)));
        }
        // 95 of 1,000 may be 115 of 1,000, of which the worst tenth all lose 100: ES is 8.7 EL.
        let unsure = of(95, 500).own;
        assert_eq!((unsure.value, unsure.standard_error, unsure.upper), (10.0, None, Some(10.0)));
        assert!((8.6..8.8).contains(&unsure.lower.unwrap()), "{unsure:?}");
        assert_eq!(unsure.quality, Quality::TooFew);
        // Held against it, that band is in the box: 10 may be 8.7.
        let (unsure, common) = (of(95, 500), of(140, 500));
        let (change, _) = compare(&[[&unsure, &common]], c)[0];
        let low = minus(unsure.own.lower, common.own.upper);
        assert!(change.lower == low && change.lower < Some(change.value - 1.2), "{change:?}");
        // A wrong twin: one in seven is not rare, and the ratio is 100 / 14 = 1 / 0.14.
        assert!((of(140, 500).own.value - 1.0 / 0.14).abs() < 1e-9);
    }
}
