//! Value at risk and expected shortfall of a sample by order statistics.
//!
//! With losses sorted L(1) <= ... <= L(n) and level q:
//!
//! 1. VaR = L(k), k = ceil(n q) in integer arithmetic: the smallest loss x with P(L <= x) >= q,
//!    never an interpolated one;
//! 2. ES = VaR + sum (L - VaR)+ / (n (1 - q)): the mean of the worst 1 - q, the atom at VaR split
//!    (Acerbi and Tasche 2002, Rockafellar and Uryasev 2002).
//!
//! Where trials weigh differently, with weights v_t that average 1, P(L > x) = sum of v_t over
//! L_t > x, over n, takes the place of counts:
//!
//! 3. VaR = the smallest loss x in the sample with P(L > x) <= 1 - q;
//! 4. ES = VaR + sum v (L - VaR)+ / (n (1 - q)).

use super::drawn::Drawn;
use super::interval::quantile_ranks;
use crate::units::Level;

/// VaR and ES of one level, smallest units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// Equation 1 or 3.
    pub value_at_risk: i64,
    /// Equation 2 or 4.
    pub expected_shortfall: f64,
}

/// A non-empty sample by rising loss.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Losses, smallest units.
    pub losses: Vec<i64>,
    /// Which trial each is, and the share of all weight that stands at or above it; empty where
    /// trials were drawn plainly.
    pub trials: Vec<u32>,
    above: Vec<f64>,
}

impl Ranked {
    /// Sorts the losses of trials.
    pub fn new(losses: &[i64], drawn: Drawn<'_>) -> Self {
        if drawn.is_plain() {
            let mut losses = losses.to_vec();
            losses.sort_unstable();
            return Self { losses, trials: Vec::new(), above: Vec::new() };
        }
        let mut trials: Vec<u32> = (0..losses.len() as u32).collect();
        trials.sort_unstable_by_key(|&t| (losses[t as usize], t));
        let mut above = vec![0.0; losses.len()];
        let mut sum = 0.0;
        for (share, &t) in above.iter_mut().zip(&trials).rev() {
            sum += drawn.weight(t as usize);
            *share = sum / losses.len() as f64;
        }
        Self { losses: trials.iter().map(|&t| losses[t as usize]).collect(), trials, above }
    }

    /// Number of trials.
    pub fn size(&self) -> usize {
        self.losses.len()
    }

    /// Where losses above `x` begin.
    pub fn beyond(&self, x: i64) -> usize {
        self.losses.partition_point(|&loss| loss <= x)
    }

    /// Share of all weight at and above a place.
    pub fn share_from(&self, place: usize) -> f64 {
        match self.above.is_empty() {
            true => (self.size() - place) as f64 / self.size() as f64,
            false => self.above.get(place).copied().unwrap_or(0.0),
        }
    }

    /// Place of the smallest loss x with P(L > x) <= `share`, which is below 1.
    pub fn place_with(&self, share: f64) -> usize {
        self.above.partition_point(|&above| above > share).max(1) - 1
    }

    /// VaR and ES.
    pub fn tail(&self, level: Level) -> Tail {
        let n = self.size();
        if self.above.is_empty() {
            let value_at_risk = self.losses[level.rank(n) - 1];
            return Tail {
                value_at_risk,
                expected_shortfall: self.shortfall_at(value_at_risk, level),
            };
        }
        let value_at_risk = self.losses[self.place_with(level.tail())];
        Tail { value_at_risk, expected_shortfall: self.shortfall_at(value_at_risk, level) }
    }

    /// Equation 2 or 4 with any loss of the sample in the place of VaR.
    pub fn shortfall_at(&self, from: i64, level: Level) -> f64 {
        let n = self.size();
        if self.above.is_empty() {
            let worst = &self.losses[self.beyond(from)..];
            let excess: i128 = worst.iter().map(|&x| i128::from(x - from)).sum();
            return from as f64 + excess as f64 / (n as f64 * level.tail());
        }
        // By parts, so that weights need not be looked up: each step up of the loss counts for all
        // weight above it.
        let mut excess = 0.0;
        let mut below = from;
        for place in self.beyond(from)..n {
            excess += (self.losses[place] - below) as f64 * self.above[place];
            below = self.losses[place];
        }
        from as f64 + excess / level.tail()
    }

    /// An interval for VaR; `losses` are those of the trials in their order, `largest` the most that could
    /// be lost.
    ///
    /// Plain: order statistics of [`quantile_ranks`]. Else the losses at which P(L > x) lies as far from
    /// 1 - q as its error reaches (Woodruff 1952): upwards the error of P(L > VaR), downwards that of
    /// P(L >= VaR) if it is larger, as in an atom.
    pub fn interval(
        &self,
        level: Level,
        losses: &[i64],
        drawn: Drawn<'_>,
        largest: i64,
    ) -> VarInterval {
        if self.above.is_empty() {
            let (r, s) = quantile_ranks(self.size(), level, drawn.confidence);
            let (lower, upper) = (r.map(|r| r - 1), s.map(|s| s - 1));
            return VarInterval { lower, upper, error: None, in_atom: false };
        }
        let value_at_risk = self.losses[self.place_with(level.tail())];
        let error_of = |share: f64, is_in: &dyn Fn(i64) -> bool| {
            let psi = |(t, &loss): (usize, &i64)| {
                drawn.weight(t) * (f64::from(u8::from(is_in(loss))) - share)
            };
            drawn.spread(&losses.iter().enumerate().map(psi).collect::<Vec<f64>>())
        };
        let first = self.losses.partition_point(|&x| x < value_at_risk);
        let next = self.beyond(value_at_risk);
        let (from, above) = (self.share_from(first), self.share_from(next));
        let error = error_of(above, &|loss| loss > value_at_risk);
        let Some((up, down)) = error.zip(error_of(from, &|loss| loss >= value_at_risk)) else {
            return VarInterval { lower: None, upper: None, error, in_atom: false };
        };
        let (up, down) = (drawn.reach() * up, drawn.reach() * down.max(up));
        let (more, less) = (level.tail() + down, level.tail() - up);
        let lower = (more < 1.0).then(|| self.place_with(more));
        // What lies beyond the largest loss seen is not known, unless nothing can.
        let is_seen = next < self.size()
            || value_at_risk >= largest
            || drawn.unseen(self.size()) <= level.tail();
        let upper = is_seen && self.above.last().is_some_and(|&last| last <= less.max(0.0))
            || value_at_risk >= largest;
        // One loss that fills a good part of the interval.
        let in_atom = next - first > 1 && LUMP as f64 * (from - above) >= up + down;
        let upper = upper.then(|| self.place_with(less.max(0.0)));
        VarInterval { lower, upper, error, in_atom }
    }
}

/// Share of an interval for VaR, as one over this, that one loss may fill before VaR counts as an atom.
pub(super) const LUMP: usize = 4;

/// An interval for VaR.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarInterval {
    /// Places of its ends; `None` where the sample is too short for that end.
    pub lower: Option<usize>,
    /// The same upwards.
    pub upper: Option<usize>,
    /// Standard error of P(L > VaR); `None` under plain sampling.
    pub error: Option<f64>,
    /// Whether VaR is seen to sit in an atom, other than by its places.
    pub in_atom: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Confidence;

    fn at(sample: &[i64], q: f64) -> Tail {
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        Ranked::new(sample, drawn).tail(Level::new(q).unwrap())
    }

    /// The same sample where each trial stands for as many as its weight says.
    fn weighed(sample: &[i64], weights: &[f64], q: f64) -> Tail {
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap()).weighing(weights, 2.0);
        Ranked::new(sample, drawn).tail(Level::new(q).unwrap())
    }

    #[test]
    fn weights_are_counts() {
        // 8 trials of 10, 1 of 40 counted 1.5 times, 1 of 90 counted half: 20 halves in all.
        let sample = [10, 90, 10, 10, 10, 40, 10, 10, 10, 10];
        let mut weights = [1.0; 10];
        (weights[1], weights[5]) = (0.5, 1.5);
        let halves: Vec<i64> = [vec![10; 16], vec![40; 3], vec![90]].concat();
        for q in [0.5, 0.75, 0.85, 0.9, 0.96] {
            let (found, want) = (weighed(&sample, &weights, q), at(&halves, q));
            assert_eq!(found.value_at_risk, want.value_at_risk, "{q}");
            assert!((found.expected_shortfall - want.expected_shortfall).abs() < 1e-9, "{q}");
        }
        // Equal weights are no weights.
        for q in [0.05, 0.5, 0.9] {
            assert_eq!(weighed(&sample, &[1.0; 10], q), at(&sample, q));
        }
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
