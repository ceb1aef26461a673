//! How many of a pool default under policies that move its PD: the ranks of the pool's marks.
//!
//! Of a pool of n identical people N have marks up to the conditional PD p of today ([`super::defaults`],
//! equation 1). Given N these marks are independent and uniform in (0, p), the others in (p, 1). The
//! number of marks up to any p' is found without drawing them all:
//!
//! 1. p' < p: the interval is halved again and again; of m marks in it Binomial(m, 1/2) lie in the lower
//!    half. The search follows p' until few marks are left, which are drawn;
//! 2. p' > p: the same in bands whose ends lie at the hazards 2^(j/4) lambda, lambda = -ln(1 - p); of s
//!    survivors up to the end e of a band Binomial(s, (e' - e) / (1 - e)) have their mark in the next.
//!
//! Every band and every half has a stream of its own, so that all p' see the same marks, whichever
//! policies there are: counts rise with p', pool and people give one law, and the count at p is N.

use super::binomial::Binomials;
use crate::random::{Address, Purpose, Stream, uniform};

/// So few marks are drawn one by one.
const FEW: u64 = 16;
/// Bands per doubling of the hazard.
const PER_DOUBLING: f64 = 4.0;
/// Bits of a cell's number; the band stands above them.
pub const CELL_BITS: u32 = 24;

/// Where a multiple of today's hazard ends, in multiples: 1, 2^(1/4), ...
pub fn band_end(band: u32) -> f64 {
    libm::exp2(f64::from(band) / PER_DOUBLING)
}

/// Number of a stream: that of a cell in a band.
pub fn in_band(cell: u32, band: u32) -> u32 {
    assert!(cell < 1 << CELL_BITS, "behaviour works with up to 2^24 cells");
    cell | band << CELL_BITS
}

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
        if pd == today || people == 0 {
            return defaults;
        }
        if pd < today {
            return self.inside(pool, 0, defaults, pd / today);
        }
        if pd >= 1.0 {
            return people;
        }
        let hazard = -libm::log1p(-today);
        let (mut count, mut end) = (defaults, today);
        let mut band = 1;
        while count < people && band < 1 << (32 - CELL_BITS) {
            let next = (-libm::expm1(-hazard * band_end(band))).min(1.0);
            if next <= end {
                break;
            }
            let share = (next - end) / (1.0 - end);
            let at = Address { cell: in_band(pool.at.cell, band), ..pool.at };
            let own = self.binomial(pool.seed, (Purpose::RankBands, at), people - count, share);
            if pd < next {
                return count + self.inside(pool, band, own, (pd - end) / (next - end));
            }
            count += own;
            end = next;
            band += 1;
        }
        count
    }

    /// Marks in the lower `share` of a band that holds `count` of them.
    fn inside(&mut self, pool: Pool, band: u32, mut count: u64, mut share: f64) -> u64 {
        let at = Address { purpose: Purpose::Ranks, cell: in_band(pool.at.cell, band), ..pool.at };
        let mut seed = pool.seed;
        let mut below = 0;
        while count > FEW {
            let low = self.binomial(seed, (Purpose::RankSplits, at), count, 0.5);
            let mut children = Stream::new(seed, at);
            let (left, right) = (children.double_word(), children.double_word());
            if share < 0.5 {
                (count, share, seed) = (low, 2.0 * share, left);
            } else {
                below += low;
                (count, share, seed) = (count - low, 2.0 * share - 1.0, right);
            }
        }
        let mut marks = Stream::new(seed, at).skip_to(1);
        below + (0..count).filter(|_| uniform(&mut marks) <= share).count() as u64
    }

    fn binomial(&mut self, seed: u64, (purpose, at): (Purpose, Address), n: u64, p: f64) -> u64 {
        let at = Address { purpose, ..at };
        let mut stream = Stream::new(seed, at);
        let words = [stream.double_word(), stream.double_word()];
        self.binomials.draw(
            n,
            &[p.clamp(0.0, 1.0)],
            &words,
            |_| Stream::new(seed, at),
            &mut self.drawn,
        );
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
    fn counts_rise_with_the_pd_and_meet_today() {
        let mut ranks = Ranks::default();
        for trial in 0..200 {
            let own = pool(trial, 100_000, 2_000 + trial, 0.02);
            let mut last = 0;
            for step in 0..=200 {
                let found = ranks.up_to(own, f64::from(step) * 0.02 / 100.0);
                assert!(found >= last, "{trial} {step}");
                last = found;
            }
            assert_eq!(ranks.up_to(own, 0.02), own.defaults);
            assert_eq!((ranks.up_to(own, 0.0), ranks.up_to(own, 1.0)), (0, 100_000));
        }
    }

    /// Mean and variance of counts over many trials against Binomial(N, p' / p) below and
    /// N + Binomial(n - N, (p' - p) / (1 - p)) above.
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
                assert!(
                    (var / law - 1.0).abs() < 4.5 * (2.0 / n).sqrt() * 1.3,
                    "{target}: {var} {law}"
                );
                // The wrong twin: everybody's mark drawn anew misses today's count.
                let wrong = people as f64 * target - fixed;
                let gap = defaults as f64 - people as f64 * pd;
                assert!((gap.abs() < 1.0) || (wrong - m * p).abs() > 4.0 * (law / n).sqrt());
            }
        }
    }
}
