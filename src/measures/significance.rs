//! How clear a number is of a border, one asked alone and many asked together.
//!
//! With the estimate x, a border c, the half-width h of the interval on the side of c and the normal
//! quantile z of its confidence:
//!
//! 1. t = z (c - x) / h is the distance in standard errors, p = erfc(|t| / sqrt 2) its two-sided
//!    p-value. Intervals from R randomisations rest on Student's law of f = R - 1 degrees of freedom, whose
//!    tails are thicker: with its quantile z the distance T = z (c - x) / h has p = I_y(f / 2, 1 / 2),
//!    y = f / (f + T^2), and t is the normal distance of that p;
//! 2. the p-values of a table are adjusted by Holm's step-down (Holm 1979): p_(i) becomes max over
//!    j <= i of (m - j + 1) p_(j), at most 1. With adjusted values held against 1 - confidence, the
//!    probability that any decision of the table is wrong is at most 1 - confidence, however many
//!    are asked.

use super::drawn::Drawn;
use super::estimate::{Estimate, Quality};
use super::interval::normal_z;
use crate::special::{beta, normal};
use crate::units::Confidence;

/// t of equation 1: 0 on the border, infinite for a number that is known exactly and lies off it;
/// `None` where too few tail trials bear on the number, which then decides nothing. `randomisations` is
/// their number behind the estimate; `None` where its trials are independent.
pub fn distance(
    estimate: &Estimate,
    border: f64,
    confidence: Confidence,
    randomisations: Option<u32>,
) -> Option<f64> {
    if estimate.quality == Quality::TooFew {
        return None;
    }
    let gap = border - estimate.value;
    let end = if gap >= 0.0 { estimate.upper } else { estimate.lower };
    let half = (end? - estimate.value).abs();
    Some(match (gap == 0.0, half == 0.0) {
        (true, _) => 0.0,
        (false, true) => f64::INFINITY.copysign(gap),
        (false, false) => match randomisations {
            None => normal_z(confidence) * gap / half,
            Some(count) => {
                let reach = Drawn::of(confidence, None, 1.0, randomisations).reach();
                normal_distance(reach * gap / half, f64::from(count - 1))
            }
        },
    })
}

/// The normal t whose p is that of a Student distance.
fn normal_distance(student: f64, freedom: f64) -> f64 {
    let y = freedom / (freedom + student * student);
    let p = beta::regularised(0.5 * freedom, 0.5, y);
    normal::quantile(0.5 * p).abs().copysign(student)
}

/// p of equation 1.
pub fn two_sided(t: f64) -> f64 {
    libm::erfc(t.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

/// Equation 2, in place; a missing p-value counts as one that was asked and decides nothing.
pub fn holm(p_values: &mut [Option<f64>]) {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    let p = |at: usize| p_values[at].unwrap_or(1.0);
    order.sort_by(|&a, &b| p(a).total_cmp(&p(b)).then(a.cmp(&b)));
    let mut highest = 0.0_f64;
    for (rank, &at) in order.iter().enumerate() {
        let left = (order.len() - rank) as f64;
        if let Some(p) = p_values[at].as_mut() {
            highest = highest.max((left * *p).min(1.0));
            *p = highest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn randomisations_make_a_border_less_clear() {
        let confidence = Confidence::new(0.95).unwrap();
        let drawn = Drawn::plain(confidence).in_randomisations(64);
        let estimate = drawn.around(0.0, Some(1.0), 1e3, None);
        let p = |border: f64, randomisations| {
            two_sided(distance(&estimate, border, confidence, randomisations).unwrap())
        };
        // On the end of the band both laws say 5 %; further out that of Student's law of 63 degrees of
        // freedom.
        let reach = drawn.reach();
        assert!((p(reach, Some(64)) - 0.05).abs() < 1e-9 && (p(reach, None) - 0.05).abs() < 1e-9);
        let law = statrs::distribution::StudentsT::new(0.0, 1.0, 63.0).unwrap();
        for t in [1.0, 3.0, -6.0] {
            let want = 2.0 * statrs::distribution::ContinuousCDF::cdf(&law, -f64::abs(t));
            assert!((p(t, Some(64)) / want - 1.0).abs() < 1e-6, "{t}: {} {want}", p(t, Some(64)));
        }
        // The wrong twin: the normal law of the same distance.
        assert!(p(6.0, None) < 0.2 * p(6.0, Some(64)));
    }

    #[test]
    fn holm_steps_down() {
        let mut p = [Some(0.01), None, Some(0.04), Some(0.03), Some(0.005)];
        holm(&mut p);
        let expected = [Some(0.04), None, Some(0.09), Some(0.09), Some(0.025)];
        for (found, expected) in p.iter().zip(expected) {
            match (found, expected) {
                (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12),
                other => assert_eq!(other, (&None, None)),
            }
        }
    }
}
