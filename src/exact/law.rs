//! A law of losses on an even grid, and what is read off it.

use crate::units::Level;

/// Share of a tail probability within which two of them are held to be equal: a level that is met
/// exactly must not be missed by the rounding of a sum.
const TIE: f64 = 1e-9;

/// Probabilities of the losses 0, d, 2 d, ... in smallest units.
#[derive(Debug, Clone, PartialEq)]
pub struct LossLaw {
    /// The step d of the grid, smallest units.
    pub step: i64,
    /// P(L = k d).
    pub probabilities: Vec<f64>,
    /// P(L > k d), added up from the top so that small ones keep their digits.
    pub beyond: Vec<f64>,
}

impl LossLaw {
    /// From probabilities that add up to 1.
    pub fn new(step: i64, mut probabilities: Vec<f64>) -> Self {
        while probabilities.len() > 1 && probabilities.last() == Some(&0.0) {
            probabilities.pop();
        }
        let mut above = 0.0;
        let mut beyond = vec![0.0; probabilities.len()];
        for (tail, p) in beyond.iter_mut().zip(&probabilities).rev() {
            *tail = above;
            above += p;
        }
        Self { step, probabilities, beyond }
    }

    /// P(L > x), x in smallest units.
    pub fn exceedance(&self, x: i64) -> f64 {
        if x < 0 {
            return 1.0;
        }
        self.beyond.get((x / self.step) as usize).copied().unwrap_or(0.0)
    }

    /// Number of the first grid point that is exceeded with at most this probability.
    fn place(&self, tail: f64) -> usize {
        // Tails fall along the grid.
        let at = self.beyond.partition_point(|&p| p > tail * (1.0 + TIE));
        at.min(self.beyond.len() - 1)
    }

    /// Smallest loss x with P(L > x) <= 1 - level, smallest units.
    pub fn value_at_risk(&self, level: Level) -> i64 {
        self.place(level.tail()) as i64 * self.step
    }

    /// Smallest loss that is exceeded with at most this probability, smallest units.
    pub fn exceeded_with(&self, tail: f64) -> i64 {
        self.place(tail) as i64 * self.step
    }

    /// Mean of the worst 1 - level, the atom at VaR split, smallest units:
    /// ES = VaR + E (L - VaR)+ / (1 - level).
    pub fn expected_shortfall(&self, level: Level) -> f64 {
        let at = self.place(level.tail());
        // E (L - VaR)+ is the sum of the tails from VaR on, times the step.
        let excess: f64 = self.beyond[at..].iter().rev().sum();
        self.step as f64 * (at as f64 + excess / level.tail())
    }

    /// E L on the grid, smallest units.
    pub fn mean(&self) -> f64 {
        self.step as f64 * self.beyond.iter().rev().sum::<f64>()
    }

    /// Losses with their probabilities, where there are any, by rising loss.
    pub fn atoms(&self) -> impl Iterator<Item = (i64, f64)> + '_ {
        let all = self.probabilities.iter().enumerate();
        all.filter(|(_, p)| **p > 0.0).map(|(at, &p)| (at as i64 * self.step, p))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_part_of_two_points() {
        // Loss 100 with 2 %: ES 95 % is 40.
        let law = LossLaw::new(50, vec![0.98, 0.0, 0.02, 0.0]);
        let level = |x| Level::new(x).unwrap();
        assert_eq!(law.value_at_risk(level(0.95)), 0);
        assert!((law.expected_shortfall(level(0.95)) - 40.0).abs() < 1e-12);
        assert_eq!(law.value_at_risk(level(0.98)), 0);
        assert_eq!(law.value_at_risk(level(0.99)), 100);
        assert!((law.expected_shortfall(level(0.99)) - 100.0).abs() < 1e-12);
        assert!((law.mean() - 2.0).abs() < 1e-14);
        assert_eq!((law.exceedance(99), law.exceedance(100), law.exceedance(-1)), (0.02, 0.0, 1.0));
        assert_eq!(law.atoms().collect::<Vec<_>>(), vec![(0, 0.98), (100, 0.02)]);
    }
}
