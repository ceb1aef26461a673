//! Exceedance curves: P(L > x) against x, with exact bands and return periods.

use super::interval::probability;
use super::series::{ExceedancePoint, ExceedanceSeries};
use crate::units::Confidence;

/// Points per curve at most.
const POINTS: usize = 240;

/// The curve of a sorted, non-empty sample, thinned evenly in the logarithm of the probability.
/// The last point lies at the largest loss seen, beyond which there is only a bound.
pub fn exceedance(
    policy: &str,
    title: &str,
    sorted: &[i64],
    per_unit: f64,
    confidence: Confidence,
) -> ExceedanceSeries {
    let n = sorted.len();
    let mut points: Vec<ExceedancePoint> = Vec::new();
    let mut push = |loss: i64| {
        let hits = n - sorted.partition_point(|&x| x <= loss);
        let loss = loss as f64 / per_unit;
        if points.last().is_some_and(|p: &ExceedancePoint| p.loss >= loss) {
            return;
        }
        let p = probability(hits as u64, n as u64, confidence);
        points.push(ExceedancePoint {
            loss,
            probability: p.value,
            lower: p.lower.unwrap_or(0.0),
            upper: p.upper.unwrap_or(1.0),
            return_period: (hits > 0).then(|| n as f64 / hits as f64),
        });
    };
    // From P = 1 - 1/n down to 1/n in equal ratios; duplicates of coarse ranks fall away.
    let decades = libm::log(n as f64);
    push(sorted[0]);
    for step in 0..POINTS {
        let p = libm::exp(-decades * step as f64 / (POINTS - 1) as f64);
        let above = ((n as f64 * p).round() as usize).clamp(1, n);
        push(sorted[n - above]);
    }
    push(sorted[n - 1]);
    ExceedanceSeries { policy: policy.to_owned(), title: title.to_owned(), points }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_and_holds_the_exact_counts() {
        let sorted: Vec<i64> = (0..10_000).map(|i| i * 100).collect();
        let curve = exceedance("p", "P", &sorted, 100.0, Confidence::new(0.95).unwrap());
        assert!(curve.points.len() <= POINTS + 2);
        for pair in curve.points.windows(2) {
            assert!(pair[0].loss < pair[1].loss && pair[0].probability > pair[1].probability);
        }
        for point in &curve.points {
            let want = 1.0 - (point.loss + 1.0) / 10_000.0;
            assert!((point.probability - want).abs() < 1e-12);
            assert!(point.lower <= point.probability && point.probability <= point.upper);
        }
        let last = curve.points.last().unwrap();
        assert_eq!((last.probability, last.return_period), (0.0, None));
        assert!(last.upper > 0.0);
    }

    #[test]
    fn one_trial_is_one_point() {
        let curve = exceedance("p", "P", &[5], 1.0, Confidence::new(0.95).unwrap());
        assert_eq!(curve.points.len(), 1);
    }
}
