//! Exceedance curves: P(L > x) against x, with exact bands and return periods.

use super::interval::probability;
use super::series::ExceedancePoint;
use crate::units::Confidence;

/// Points of a curve that is drawn, at most.
pub const DRAWN: usize = 240;
/// Points of a curve that is only tabulated, at most.
pub const TABULATED: usize = 60;

/// The curve of a sorted, non-empty sample, thinned evenly in the logarithm of the probability.
/// The last point lies at the largest loss seen, beyond which there is only a bound.
pub fn exceedance(
    sorted: &[i64],
    per_unit: f64,
    confidence: Confidence,
    most: usize,
) -> Vec<ExceedancePoint> {
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
    for step in 0..most {
        let p = libm::exp(-decades * step as f64 / (most - 1) as f64);
        let above = ((n as f64 * p).round() as usize).clamp(1, n);
        push(sorted[n - above]);
    }
    push(sorted[n - 1]);
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_and_holds_the_exact_counts() {
        let sorted: Vec<i64> = (0..10_000).map(|i| i * 100).collect();
        let points = exceedance(&sorted, 100.0, Confidence::new(0.95).unwrap(), DRAWN);
        assert!(points.len() <= DRAWN + 2);
        for pair in points.windows(2) {
            assert!(pair[0].loss < pair[1].loss && pair[0].probability > pair[1].probability);
        }
        for point in &points {
            let want = 1.0 - (point.loss + 1.0) / 10_000.0;
            assert!((point.probability - want).abs() < 1e-12);
            assert!(point.lower <= point.probability && point.probability <= point.upper);
        }
        let last = points.last().unwrap();
        assert_eq!((last.probability, last.return_period), (0.0, None));
        assert!(last.upper > 0.0);
    }

    #[test]
    fn one_trial_is_one_point() {
        let points = exceedance(&[5], 1.0, Confidence::new(0.95).unwrap(), DRAWN);
        assert_eq!(points.len(), 1);
    }
}
