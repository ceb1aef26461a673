//! Which people of a cell the candidates are, and which of them default.
//!
//! One double word w of 64 bits per candidate: with n people,
//!
//! 1. position = floor(w n / 2^64),   mark V = the rest of w n / 2^64, in steps of 2^-64,
//!
//! which are uniform and independent to within n / 2^64. Positions that are taken already are passed
//! over, so that the candidates are a set drawn without replacement. A candidate defaults if
//! V p(Z) <= p_i(Z), see [`super::squeeze`].

use crate::random::Stream;

/// Working memory.
#[derive(Debug, Default)]
pub struct Placing {
    taken: Vec<u64>,
    placed: Vec<u32>,
}

impl Placing {
    /// Draws `wanted` of `people` positions, one double word each (some are passed over), and hands
    /// those with their marks to `each`. The words are `drawn`, then those of the stream `rest`.
    #[inline(always)]
    pub fn place(
        &mut self,
        people: u32,
        wanted: u32,
        drawn: &[u64],
        rest: impl FnOnce() -> Stream,
        mut each: impl FnMut(u32, u64),
    ) {
        let size = (people as usize).div_ceil(64);
        if self.taken.len() < size {
            self.taken.resize(size, 0);
        }
        // Few words are cleared at once; of a large cell only those that were touched.
        let clears_all = size <= 4 * wanted as usize;
        self.placed.clear();
        let mut left = wanted;
        let mut take = |word: u64| {
            let product = u128::from(word) * u128::from(people);
            let position = (product >> 64) as u32;
            let (word, bit) = ((position / 64) as usize, 1_u64 << (position % 64));
            if self.taken[word] & bit == 0 {
                self.taken[word] |= bit;
                left -= 1;
                if !clears_all {
                    self.placed.push(position);
                }
                each(position, product as u64);
            }
            left > 0
        };
        if drawn.iter().all(|&word| take(word)) {
            let mut rest = rest();
            while take(rest.double_word()) {}
        }
        if clears_all {
            self.taken[..size].fill(0);
        } else {
            for &position in &self.placed {
                self.taken[(position / 64) as usize] = 0;
            }
        }
    }
}

/// Double words that a trial will need for `wanted` of `people` positions, those passed over
/// included: rarely too few, and then more are drawn.
pub fn words_for(people: u32, wanted: u32) -> u32 {
    let (n, k) = (f64::from(people), f64::from(wanted));
    // Expected are n (H(n) - H(n - k)), about k + k^2 / 2n; some more for its spread.
    let expected = if wanted < people { -n * (-k / n).ln_1p() } else { n * (n.ln() + 0.6) };
    (expected + 1.0 + 2.0 * (expected - k).max(0.0).sqrt()).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Purpose};

    #[test]
    fn every_subset_is_placed_equally_often() {
        // 3 of 5: ten subsets, 20,000 trials; chi-square with 9 degrees of freedom.
        let mut placing = Placing::default();
        let mut hits = [0_u32; 32];
        for trial in 0..20_000 {
            let at = Address { purpose: Purpose::Places, period: 0, trial, cell: 0 };
            let mut subset = 0_usize;
            let stream = || Stream::new(0, at);
            placing.place(5, 3, &[], stream, |position, _| subset |= 1 << position);
            hits[subset] += 1;
        }
        let seen: Vec<f64> = hits.iter().filter(|&&h| h > 0).map(|&h| f64::from(h)).collect();
        assert_eq!(seen.len(), 10);
        let chi: f64 = seen.iter().map(|h| (h - 2_000.0).powi(2) / 2_000.0).sum();
        assert!(chi < 33.7, "{chi}: beyond the 1e-4 point of chi-square(9)");
        assert!(placing.taken.iter().all(|&w| w == 0));
    }

    #[test]
    fn marks_are_uniform_wherever_they_stand() {
        // 40,000 marks in ten places x ten tenths; chi-square with 99 degrees of freedom.
        let mut placing = Placing::default();
        let mut hits = [0_u32; 100];
        for trial in 0..40_000 {
            let at = Address { purpose: Purpose::Places, period: 0, trial, cell: 7 };
            placing.place(
                10,
                1,
                &[],
                || Stream::new(1, at),
                |position, mark| {
                    hits[position as usize * 10 + (mark >> 32) as usize * 10 / (1 << 32)] += 1;
                },
            );
        }
        let chi: f64 = hits.iter().map(|&h| (f64::from(h) - 400.0).powi(2) / 400.0).sum();
        assert!(chi < 161.0, "{chi}: beyond the 1e-4 point of chi-square(99)");
    }

    #[test]
    fn large_cells_are_cleaned_too() {
        let mut placing = Placing::default();
        let at = Address { purpose: Purpose::Places, period: 0, trial: 0, cell: 0 };
        for wanted in [1, 2, 1_000, 40_000] {
            let mut count = 0;
            // Some words by hand, the rest from the stream.
            let drawn = [1 << 60, 1 << 61, 1 << 60];
            placing.place(1 << 20, wanted, &drawn, || Stream::new(0, at), |_, _| count += 1);
            assert_eq!(count, wanted);
            assert!(placing.taken.iter().all(|&w| w == 0));
        }
    }
}
