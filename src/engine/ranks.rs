//! How many of a pool default under policies that move its PD.
//!
//! Of a pool of n identical people N have marks up to the conditional PD p of today ([`super::defaults`],
//! equation 1). Given N these marks are independent and uniform in (0, p), the others in (p, 1), so that
//! the number of marks up to another PD p' follows from N by one draw,
//!
//! 1. p' < p: Binomial(N, p' / p);      2. p' > p: N + Binomial(n - N, (p' - p) / (1 - p)).
//!
//! That is the law of common marks for today and any one policy together: pools and their people one by
//! one give the same numbers. All policies draw from the same words, so that the counts of two policies
//! of like PDs are nearly as close as if they too were nested; no policy's count depends on another's.

use super::binomial::Binomials;
use crate::random::{Address, Purpose, Stream};

/// A pool in a trial.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// Seed of the run.
    pub seed: u64,
    /// The cell, its trial and period.
    pub at: Address,
    /// n.
    pub people: u64,
    /// N.
    pub defaults: u64,
    /// p.
    pub pd: f64,
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Ranks {
    binomials: Binomials,
    drawn: Vec<u64>,
}

impl Ranks {
    /// Marks up to `pd`.
    pub fn up_to(&mut self, pool: Pool, pd: f64) -> u64 {
        let Pool { people, defaults, pd: today, .. } = pool;
        if pd == today {
            return defaults;
        }
        if pd < today {
            return self.binomial(pool, Purpose::Ranks, defaults, pd / today);
        }
        let share = (pd - today) / (1.0 - today);
        defaults + self.binomial(pool, Purpose::RanksAbove, people - defaults, share)
    }

    fn binomial(&mut self, pool: Pool, purpose: Purpose, n: u64, p: f64) -> u64 {
        let at = Address { purpose, ..pool.at };
        let mut stream = Stream::new(pool.seed, at);
        let words = [stream.double_word(), stream.double_word()];
        let open = |_| Stream::new(pool.seed, at);
        self.binomials.draw(n, &[p.clamp(0.0, 1.0)], &words, open, &mut self.drawn);
        self.drawn[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(trial: u64, people: u64, defaults: u64, pd: f64) -> Pool {
        let at = Address { purpose: Purpose::Ranks, period: 0, trial, cell: 7 };
        Pool { seed: 5, at, people, defaults, pd }
    }

    #[test]
    fn counts_meet_today_and_both_ends() {
        let mut ranks = Ranks::default();
        for trial in 0..200 {
            let own = pool(trial, 100_000, 2_000 + trial, 0.02);
            assert_eq!(ranks.up_to(own, 0.02), own.defaults);
            assert_eq!((ranks.up_to(own, 0.0), ranks.up_to(own, 1.0)), (0, 100_000));
            assert!(ranks.up_to(own, 0.01) < own.defaults && ranks.up_to(own, 0.03) > own.defaults);
        }
    }

    #[test]
    fn like_pds_have_like_counts() {
        let mut ranks = Ranks::default();
        let trials = 5_000;
        let (mut apart, mut alone) = (0.0, 0.0);
        for trial in 0..trials {
            let own = pool(trial, 100_000, 2_000, 0.02);
            let (a, b) = (ranks.up_to(own, 0.015), ranks.up_to(own, 0.0151));
            apart += (b as f64 - a as f64 - 10.0).powi(2);
            alone += (a as f64 - 1_500.0).powi(2);
        }
        assert!(apart < 0.05 * alone, "{apart} {alone}");
    }

    /// Mean and variance of counts over many trials against equations 1 and 2.
    #[test]
    fn counts_follow_their_law() {
        let mut ranks = Ranks::default();
        let trials = 20_000;
        for (people, defaults, pd) in [(60_000, 1_300, 0.02), (40, 3, 0.1)] {
            for target in [0.3 * pd, 0.93 * pd, 1.07 * pd, 2.9 * pd] {
                let (fixed, m, p) = if target < pd {
                    (0.0, defaults as f64, target / pd)
                } else {
                    (defaults as f64, (people - defaults) as f64, (target - pd) / (1.0 - pd))
                };
                let counts: Vec<f64> = (0..trials)
                    .map(|t| ranks.up_to(pool(t, people, defaults, pd), target) as f64 - fixed)
                    .collect();
                let n = trials as f64;
                let mean = counts.iter().sum::<f64>() / n;
                let var = counts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
                let law = m * p * (1.0 - p);
                assert!(
                    (mean - m * p).abs() < 4.0 * (law / n).sqrt(),
                    "{target}: {mean} {}",
                    m * p
                );
                assert!((var / law - 1.0).abs() < 6.0 * (2.0 / n).sqrt(), "{target}: {var} {law}");
            }
        }
    }
}
