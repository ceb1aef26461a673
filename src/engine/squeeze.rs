//! Deciding whether a mark lies below a conditional PD without working the PD out.
//!
//! A cell's people have arguments x of Phi in a range a <= x <= b. Phi is convex left of 0, so for
//! b <= 0
//!
//! 1. Phi(x) <= chord(x) = Phi(a) + (Phi(b) - Phi(a)) (x - a) / (b - a),
//! 2. Phi(x) >= tangent(x) = Phi(b) - phi(b) (b - x), and Phi(x) >= Phi(a).
//!
//! A mark above 1 or below 2 is decided by a few multiplications; the rest needs Phi itself. The
//! bounds are widened by more than their rounding, so that the answer is always that of Phi. Where
//! b > 0 they say nothing.

/// Relative slack, far above the rounding of the bounds and of Phi.
const SLACK: f64 = 1e-11;

/// The bounds of one cell in one trial; straight lines c + d x.
#[derive(Debug, Clone, Copy)]
pub struct Squeeze {
    /// Marks up to here default whoever carries them.
    pub sure: f64,
    /// Nobody with a mark above this line defaults.
    pub upper: (f64, f64),
    /// Everybody with a mark up to this line defaults.
    pub lower: (f64, f64),
}

impl Squeeze {
    /// For arguments in `low..=high`, with Phi and the density at the ends where they are needed.
    pub fn new((low, sure): (f64, f64), (high, top): (f64, f64), density: f64) -> Self {
        if !(high <= 0.0 && low.is_finite() && low < high) {
            let (upper, lower) = ((f64::INFINITY, 0.0), (f64::NEG_INFINITY, 0.0));
            return Self { sure, upper, lower };
        }
        let chord = (top - sure) / (high - low);
        let up = 1.0 + SLACK;
        Self {
            sure,
            upper: ((sure - chord * low) * up, chord * up),
            lower: (top - density * high - SLACK * top, density),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal;

    proptest::proptest! {
        #[test]
        fn the_answer_is_that_of_phi(
            low in -37.0_f64..3.0, width in 0.0_f64..2.0, at in 0.0_f64..=1.0,
            mark in 0.0_f64..=1.0, near in -1e-13_f64..1e-13,
        ) {
            let high = low + width;
            let x = low + at * width;
            let density = libm::exp(-0.5 * high * high) / (2.0 * std::f64::consts::PI).sqrt();
            let (sure, top) = (normal::cdf(low), normal::cdf(high));
            let squeeze = Squeeze::new((low, sure), (high, top), density);
            let (upper, lower) = (squeeze.upper, squeeze.lower);
            let p = normal::cdf(x);
            // A mark anywhere below the top, and one right at the border.
            for mark in [mark * normal::cdf(high), p * (1.0 + near)] {
                if mark <= squeeze.sure || mark <= lower.0 + lower.1 * x {
                    proptest::prop_assert!(mark <= p);
                }
                if mark > upper.0 + upper.1 * x {
                    proptest::prop_assert!(mark > p);
                }
            }
            // The bounds decide most marks where they are of use.
            if high <= 0.0 && width > 1e-3 && width < 0.2 && low > -4.0 {
                let gap = upper.0 + upper.1 * x - (lower.0 + lower.1 * x);
                proptest::prop_assert!(gap < 0.2 * top, "{gap} {top}");
            }
        }
    }
}
