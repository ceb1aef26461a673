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
use super::cells::Cell;
use super::lanes::Lanes;
use super::lanes::{self, Words};
use super::moves::Moves;
use crate::random::{Address, Purpose, Stream};

/// A pool in a trial.
#[derive(Debug, Clone, Copy)]
struct Pool {
    /// Seed of the run.
    seed: u64,
    /// The cell, its trial and period.
    at: Address,
    /// n.
    people: u64,
    /// N.
    defaults: u64,
    /// p.
    pd: f64,
    /// The first two double words of its streams, below p and above.
    words: [[u64; 2]; 2],
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Ranks {
    binomials: Binomials,
    side: Side,
    arguments: Vec<f64>,
    /// Conditional PDs of one threshold, and of all distinct ones, trial x threshold.
    pds: Vec<f64>,
    all_pds: Vec<f64>,
    /// The first words of streams below and above today's PD.
    words: [Words; 2],
    drawn: Vec<u64>,
    by_policy: Vec<u64>,
}

/// PDs on one side of today's.
#[derive(Debug, Default)]
struct Side {
    /// Which they are.
    which: Vec<usize>,
    /// Their shares of the people who are left.
    shares: Vec<f64>,
    words: Vec<u64>,
    drawn: Vec<u64>,
}

impl Ranks {
    /// How many of a pool default under each policy in every trial; `counts` and `pds` are today's.
    pub fn each(
        &mut self,
        (cell, loading): (&Cell, f64),
        lanes: &Lanes<'_>,
        (moves, row): (&Moves<'_>, u32),
        (counts, pds): (&[u64], &[f64]),
        mut found: impl FnMut(usize, &[u64]),
    ) {
        let thresholds = moves.thresholds(row);
        let today = moves.span(row).today;
        // Policies that shift alike have the same count.
        let mut distinct: Vec<f32> = Vec::new();
        let mut number = |own: f32| {
            distinct.iter().position(|&other| other == own).unwrap_or_else(|| {
                distinct.push(own);
                distinct.len() - 1
            })
        };
        let which: Vec<Option<usize>> =
            thresholds.iter().map(|&own| (own != today).then(|| number(own))).collect();
        let (trials, k) = (lanes.y.len(), distinct.len());
        self.all_pds.resize(trials * k, 0.0);
        for (at, &threshold) in distinct.iter().enumerate() {
            let law = (cell.on.link, f64::from(threshold), loading);
            let state = (lanes.y, lanes.scale);
            lanes::conditional(law, state, &mut self.arguments, &mut self.pds);
            let own = self.all_pds[at..].iter_mut().step_by(k);
            own.zip(&self.pds).for_each(|(out, &pd)| *out = pd);
        }
        for (words, purpose) in self.words.iter_mut().zip([Purpose::Ranks, Purpose::RanksAbove]) {
            words.clear();
            let low = lanes.at.trial as u32;
            (0..trials as u32).for_each(|t| words.ask(low.wrapping_add(t), 1));
            words.draw(lanes.seed, lanes.address(purpose, 0));
        }
        let (mut drawn, all_pds) =
            (std::mem::take(&mut self.drawn), std::mem::take(&mut self.all_pds));
        for t in 0..trials {
            let at = lanes.address(Purpose::Ranks, t);
            let words = self.words.each_ref().map(|w| [w.drawn[2 * t], w.drawn[2 * t + 1]]);
            let (people, defaults, pd) = (cell.people, counts[t], pds[t]);
            let pool = Pool { seed: lanes.seed, at, people, defaults, pd, words };
            self.up_to(pool, &all_pds[t * k..(t + 1) * k], &mut drawn);
            self.by_policy.clear();
            self.by_policy.extend(which.iter().map(|at| at.map_or(defaults, |at| drawn[at])));
            if self.by_policy.iter().any(|&draws| draws > 0) {
                found(t, &self.by_policy);
            }
        }
        (self.drawn, self.all_pds) = (drawn, all_pds);
    }

    /// Marks up to each of some PDs.
    fn up_to(&mut self, pool: Pool, pds: &[f64], out: &mut Vec<u64>) {
        let Pool { people, defaults, pd: today, .. } = pool;
        out.clear();
        out.resize(pds.len(), defaults);
        self.side(pds, |pd| (pd < today).then(|| pd / today));
        self.draw(pool, (Purpose::Ranks, pool.words[0]), defaults);
        self.side.which.iter().zip(&self.side.drawn).for_each(|(&at, &drawn)| out[at] = drawn);
        self.side(pds, |pd| (pd > today).then(|| (pd - today) / (1.0 - today)));
        self.draw(pool, (Purpose::RanksAbove, pool.words[1]), people - defaults);
        self.side.which.iter().zip(&self.side.drawn).for_each(|(&at, &more)| out[at] += more);
    }

    fn side(&mut self, pds: &[f64], share: impl Fn(f64) -> Option<f64>) {
        let Side { which, shares, .. } = &mut self.side;
        which.clear();
        shares.clear();
        for (at, &pd) in pds.iter().enumerate() {
            if let Some(share) = share(pd) {
                which.push(at);
                shares.push(share.clamp(0.0, 1.0));
            }
        }
    }

    /// All from the same words, side by side.
    fn draw(&mut self, pool: Pool, (purpose, first): (Purpose, [u64; 2]), n: u64) {
        let Self { binomials, side: Side { which, shares, words, drawn }, .. } = self;
        drawn.clear();
        if which.is_empty() {
            return;
        }
        let at = Address { purpose, ..pool.at };
        words.clear();
        which.iter().for_each(|_| words.extend(first));
        binomials.draw(n, shares, words, |_| Stream::new(pool.seed, at), drawn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(trial: u64, people: u64, defaults: u64, pd: f64) -> Pool {
        let at = Address { purpose: Purpose::Ranks, period: 0, trial, cell: 7 };
        let words = [Purpose::Ranks, Purpose::RanksAbove].map(|purpose| {
            let mut stream = Stream::new(5, Address { purpose, ..at });
            [stream.double_word(), stream.double_word()]
        });
        Pool { seed: 5, at, people, defaults, pd, words }
    }

    fn one(ranks: &mut Ranks, pool: Pool, pd: f64) -> u64 {
        let mut out = Vec::new();
        ranks.up_to(pool, &[pd], &mut out);
        out[0]
    }

    #[test]
    fn counts_side_by_side_are_those_of_each_alone() {
        let mut ranks = Ranks::default();
        let mut out = Vec::new();
        for trial in 0..500 {
            let own = pool(trial, 3_000 + 100 * trial, trial % 90, 0.02);
            let pds = [0.03, 0.02, 0.001, 0.019, 0.6, 0.0, 1.0, 0.0199, 0.0201, 0.012];
            ranks.up_to(own, &pds, &mut out);
            let alone: Vec<u64> = pds.iter().map(|&pd| one(&mut ranks, own, pd)).collect();
            assert_eq!(out, alone);
        }
    }

    #[test]
    fn counts_meet_today_and_both_ends() {
        let mut ranks = Ranks::default();
        for trial in 0..200 {
            let own = pool(trial, 100_000, 2_000 + trial, 0.02);
            assert_eq!(one(&mut ranks, own, 0.02), own.defaults);
            assert_eq!((one(&mut ranks, own, 0.0), one(&mut ranks, own, 1.0)), (0, 100_000));
            assert!(
                one(&mut ranks, own, 0.01) < own.defaults
                    && one(&mut ranks, own, 0.03) > own.defaults
            );
        }
    }

    #[test]
    fn like_pds_have_like_counts() {
        let mut ranks = Ranks::default();
        let trials = 5_000;
        let (mut apart, mut alone) = (0.0, 0.0);
        for trial in 0..trials {
            let own = pool(trial, 100_000, 2_000, 0.02);
            let (a, b) = (one(&mut ranks, own, 0.015), one(&mut ranks, own, 0.0151));
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
                    .map(|t| one(&mut ranks, pool(t, people, defaults, pd), target) as f64 - fixed)
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
