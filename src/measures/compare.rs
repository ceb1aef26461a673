//! Comparing a statistic of two policies on the same trials, with the paired error.
//!
//! With influences psi (see [`super::statistic`]), trial by trial:
//!
//! 1. a - b: psi_a - psi_b;      2. a / b - 1: (psi_a - (a / b) psi_b) / b.
//!
//! Where a VaR jumps it has no influence function (`atoms`); VaR, economic capital and their comparisons then take the
//! box of the sides' intervals,
//!
//! 3. a - b in \[a.lower - b.upper, a.upper - b.lower\], a / b in the least and largest of all four quotients,
//!
//! which holds with at least the sum of both confidences minus 1, and in practice more, as each
//! interval of an atom covers more than it claims. Where ES has a kink it is compared at every candidate for VaR. Where
//! nothing was seen on one side, what may lie unseen widens the interval on that side. Policies that leave the same debts
//! and the same PDs differ by exactly 0; others never do on the word of a sample.

use super::atoms::{Ends, difference, quotient};
use super::drawn::Drawn;
use super::estimate::{Estimate, Figures, Quality};
use super::influence::Told;
use super::jumps::{Way, ends_over_candidates};
use super::measure::Measure;
use super::statistic::Statistic;

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
        let way = match is_same(a, b) {
            true => Way::Paired,
            false => Way::of(a, b, &paired),
        };
        let of_both = [a, b].map(|own| (own.own.lower, own.own.upper));
        let change = match way {
            Way::Paired => paired,
            Way::Box => in_box(paired, difference(of_both[0], of_both[1]), drawn),
            Way::Candidates => over_candidates(paired, pair, false, drawn),
        };
        // A share of nothing, or of a negative number, means nothing.
        let relative = (base > 0.0).then(|| {
            let paired = combine(pair, ratio(pair) - 1.0, 1.0 / base, relative.over(base), drawn);
            let changes_sign = a.measure == Measure::EconomicCapital
                && b.own.lower.is_none_or(|lower| lower < 0.0)
                && !is_same(a, b);
            match way {
                // What it is a share of may be 0, or negative.
                _ if changes_sign => {
                    paired.boxed((None, None), drawn.reach()).with_quality(Quality::TooFew)
                }
                Way::Paired => paired,
                Way::Box => {
                    let (lower, upper) = quotient(of_both[0], of_both[1]);
                    let less = |end: Option<f64>| end.map(|end| end - 1.0);
                    in_box(paired, (less(lower), less(upper)), drawn)
                }
                Way::Candidates => over_candidates(paired, pair, true, drawn),
            }
        });
        (change, relative)
    };
    pairs.iter().zip(told).map(each).collect()
}

/// The relative change alone.
pub fn relative_change(a: &Statistic, b: &Statistic, drawn: Drawn<'_>) -> Option<Estimate> {
    compare(&[[a, b]], drawn).pop().and_then(|(_, relative)| relative)
}

/// Whether two agree trial by trial, where it matters: then neither needs more than the pairs.
fn is_same(a: &Statistic, b: &Statistic) -> bool {
    let jumps = |s: &Statistic| s.lumpy || s.step > 0.0 || !s.candidates.is_empty();
    (jumps(a) || jumps(b)) && a.own.value == b.own.value && a.influence.is_same(&b.influence)
}

/// A comparison with the box for its interval; where no trial showed a change, that is all that is known of it.
fn in_box(paired: Estimate, ends: Ends, drawn: Drawn<'_>) -> Estimate {
    let own = paired.boxed(ends, drawn.reach());
    match paired.quality {
        Quality::Bound => own.with_quality(Quality::TooFew),
        _ => own,
    }
}

/// A comparison with the interval over the candidates for both VaRs, and never a narrower one than it has.
fn over_candidates(
    paired: Estimate,
    pair: [&Statistic; 2],
    is_ratio: bool,
    drawn: Drawn<'_>,
) -> Estimate {
    let (lower, upper) = ends_over_candidates(pair, is_ratio, drawn);
    let lower = paired.lower.zip(lower).map(|(a, b)| a.min(b));
    let upper = paired.upper.zip(upper).map(|(a, b)| a.max(b));
    paired.boxed((lower, upper), drawn.reach())
}

/// Whether no trial can tell two apart, seen or unseen: they leave the same debts and the same PDs.
fn leaves_the_same(a: &Statistic, b: &Statistic) -> bool {
    let is_share = a.measure.is_per_credit();
    a.largest == b.largest
        && match (a.known.debts, b.known.debts) {
            // One share of every debt leaves losses over credit as they are; the largest of them tells.
            (Some(a), Some(b)) if !is_share || a == b => a == b,
            _ => !a.known.moving && !b.known.moving,
        }
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
    // Two policies that leave the same debts and PDs cannot differ, seen or unseen.
    let same = told.is_nothing && leaves_the_same(a, b);
    // Defaults do not depend on a policy that moves nobody, and ES over EL is 1 / (1 - q) where losses are
    // known to be rarer than that.
    let is_exact = |s: &Statistic| s.own.quality == Quality::Exact;
    let moving = a.known.moving || b.known.moving;
    let fixed = match a.measure {
        Measure::Defaults => !moving,
        Measure::ExpectedShortfallOverMean => is_exact(a) && is_exact(b),
        _ => false,
    };
    if same || fixed && value == 0.0 && told.is_nothing {
        return Estimate::exact(value, drawn.confidence.get());
    }
    // A number that moves with the credit alone in every trial may move otherwise in those not seen.
    let never_varied = told.is_nothing || moving && told.error.is_some_and(is_rounding);
    if never_varied && (value == 0.0 || a.measure.is_per_credit()) {
        return unseen_difference([a, b], value, scale, drawn);
    }
    if unseen(a).is_none() && unseen(b).is_none() {
        return told.estimate(value, effective, drawn);
    }
    // Where nothing was seen, what may lie unseen widens the interval on its side.
    let both = unseen(a).is_some() && unseen(b).is_some();
    let error = if both { None } else { told.error };
    let reach = drawn.reach() * error.unwrap_or(0.0);
    Estimate::of(Figures {
        standard_error: error,
        lower: Some(value - reach - scale * unseen(b).unwrap_or(0.0)),
        upper: Some(value + reach + scale * unseen(a).unwrap_or(0.0)),
        quality: if both { Quality::Bound } else { Quality::TooFew },
        ..*drawn.around(value, error, effective, None)
    })
}

/// No trial told the two apart although their debts or PDs differ: the value with the bounds that the largest losses
/// leave, where the measure has such bounds.
fn unseen_difference(
    [a, b]: [&Statistic; 2],
    value: f64,
    scale: f64,
    drawn: Drawn<'_>,
) -> Estimate {
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
    let ends = (reach.map(|reach| value - reach), reach.map(|reach| value + reach));
    // A bound is one on what is 0.
    let quality = if value == 0.0 { Quality::Bound } else { Quality::TooFew };
    Estimate::of(Figures { value, lower: ends.0, upper: ends.1, quality, ..*bound })
}

#[cfg(test)]
mod tests {
    use super::super::order::Ranked;
    use super::super::statistic::{Asked, Known, Sample, statistics};
    use super::*;
    use crate::units::{Confidence, Level};

    fn plain() -> Drawn<'static> {
        Drawn::plain(Confidence::new(0.95).unwrap())
    }

    fn exceedance_of(losses: &[i64], largest: i64) -> Statistic {
        let defaults = vec![1; losses.len()];
        let sample = Sample {
            losses,
            defaults: &defaults,
            credit: largest,
            largest,
            known: Known::default(),
        };
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
            let sample =
                Sample { losses: &losses, defaults: &[], credit, largest, known: Known::default() };
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
        let told = |count: usize, largest: i64, defaults_at_most: Option<f64>| {
            let mut losses = vec![0; 1_000];
            losses[..count].fill(100);
            let levels = [Level::new(0.9).unwrap()];
            let asked = Asked { levels: &levels, thresholds: &[], drawn: c, per_unit: 1.0 };
            let known = Known { defaults_at_most, ..Known::default() };
            let sample = Sample { losses: &losses, defaults: &[], credit: 0, largest, known };
            let all = statistics(sample, &Ranked::new(&losses, c), asked);
            all.into_iter().find(|s| s.measure == Measure::ExpectedShortfallOverMean).unwrap()
        };
        let of = |count, largest| told(count, largest, None);
        // A sample alone proves nothing, PDs that add up to more than a tenth neither.
        assert_ne!(of(60, 500).own.quality, Quality::Exact);
        assert_ne!(told(60, 500, Some(0.11)).own.quality, Quality::Exact);
        let (rare, rarer) = (told(60, 500, Some(0.08)), told(20, 900, Some(0.05)));
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
        let low = unsure.own.lower.zip(common.own.upper).map(|(a, b)| a - b);
        assert!(change.lower == low && change.lower < Some(change.value - 1.2), "{change:?}");
        // A wrong twin: one in seven is not rare, and the ratio is 100 / 14 = 1 / 0.14.
        assert!((of(140, 500).own.value - 1.0 / 0.14).abs() < 1e-9);
    }
}
