//! Value at risk and expected shortfall of a sample by order statistics.
//!
//! With losses sorted L(1) <= ... <= L(n) and level q:
//!
//! 1. VaR = L(k), k = ceil(n q) in integer arithmetic: the smallest loss x with P(L <= x) >= q,
//!    never an interpolated one;
//! 2. ES = VaR + sum (L - VaR)+ / (n (1 - q)): the mean of the worst 1 - q, the atom at VaR split
//!    (Acerbi and Tasche 2002, Rockafellar and Uryasev 2002).

use crate::units::Level;

/// VaR and ES of one level, smallest units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// Equation 1.
    pub value_at_risk: i64,
    /// Equation 2.
    pub expected_shortfall: f64,
}

/// Reads both off a sorted, non-empty sample.
pub fn tail(sorted: &[i64], level: Level) -> Tail {
    let n = sorted.len();
    let value_at_risk = sorted[level.rank(n) - 1];
    let above = sorted.partition_point(|&x| x <= value_at_risk);
    let excess: i128 = sorted[above..].iter().map(|&x| i128::from(x - value_at_risk)).sum();
    let expected_shortfall = value_at_risk as f64 + excess as f64 / (n as f64 * level.tail());
    Tail { value_at_risk, expected_shortfall }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sorted: &[i64], q: f64) -> Tail {
        tail(sorted, Level::new(q).unwrap())
    }

    #[test]
    fn a_loss_of_100_with_two_percent() {
        // At 95 %: VaR 0 and ES = 0.02 * 100 / 0.05 = 40 (not 2, not 100).
        let mut sample = vec![0; 98];
        sample.extend([100, 100]);
        let found = at(&sample, 0.95);
        assert_eq!(found.value_at_risk, 0);
        assert!((found.expected_shortfall - 40.0).abs() < 1e-12);
        assert_eq!(at(&sample, 0.98).value_at_risk, 0);
        assert_eq!(at(&sample, 0.99).value_at_risk, 100);
        assert!((at(&sample, 0.99).expected_shortfall - 100.0).abs() < 1e-12);
    }

    #[test]
    fn ties_and_two_points() {
        let found = at(&[1, 2, 2, 2, 10], 0.6);
        assert_eq!(found.value_at_risk, 2);
        // Worst 40 % of five: 10 and one of the twos.
        assert!((found.expected_shortfall - 6.0).abs() < 1e-12);
        let found = at(&[3, 7], 0.5);
        assert_eq!(found.value_at_risk, 3);
        assert!((found.expected_shortfall - 7.0).abs() < 1e-12);
        let found = at(&[5], 0.999);
        assert_eq!((found.value_at_risk, found.expected_shortfall), (5, 5.0));
    }

    #[test]
    fn a_grid_of_exact_quantiles() {
        // Losses 1..=1000 are the quantiles of a discrete uniform law: ES is the mean of the rest.
        let sample: Vec<i64> = (1..=1000).collect();
        for q in [0.5, 0.9, 0.95, 0.99, 0.995, 0.999] {
            let found = at(&sample, q);
            let k = libm::round(1000.0 * q) as i64;
            assert_eq!(found.value_at_risk, k);
            let worst = (k + 1 + 1000) as f64 / 2.0;
            assert!((found.expected_shortfall - worst).abs() < 1e-9, "{q}");
        }
    }

    proptest::proptest! {
        #[test]
        fn shortfall_is_the_mean_of_the_worst_and_never_below_var(
            mut sample in proptest::collection::vec(0_i64..50, 1..60),
            percent in 1_u32..100,
        ) {
            sample.sort_unstable();
            let q = f64::from(percent) / 100.0;
            let found = at(&sample, q);
            proptest::prop_assert!(found.expected_shortfall >= found.value_at_risk as f64 - 1e-9);
            // The mean of the worst 1 - q by weights, computed from the top.
            let n = sample.len() as f64;
            let (mut left, mut sum) = (n * (1.0 - q), 0.0);
            for &x in sample.iter().rev() {
                let take = left.clamp(0.0, 1.0);
                sum += take * x as f64;
                left -= take;
            }
            let worst = sum / (n * (1.0 - q));
            proptest::prop_assert!((worst - found.expected_shortfall).abs() < 1e-6);
        }
    }
}
