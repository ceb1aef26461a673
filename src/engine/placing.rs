//! Which people of a cell the candidates are, and which of them default.
//!
//! One double word w of 64 bits per candidate: with n people,
//!
//! 1. position = floor(w n / 2^64),   mark V = the rest of w n / 2^64, in steps of 2^-64,
//!
//! which are uniform and independent to within n / 2^64. Positions that are taken already are passed
//! over, so that the candidates are a set drawn without replacement. Of more than half of the people
//! it is those left out that are drawn this way, and each candidate's mark is a word of its own. A
//! candidate defaults if
//! V p(Z) <= p_i(Z), see [`super::squeeze`].

use crate::random::Stream;

/// Working memory.
#[derive(Debug, Default)]
pub struct Placing {
    taken: Vec<u64>,
}

impl Placing {
    /// Draws as many of `people` positions as `positions` has room for, one double word each (some are
    /// passed over), with their marks. The words are `drawn`, then those of the stream `rest`.
    ///
    /// # Panics
    /// If there is room for more positions than people, or for more or fewer marks.
    pub fn place(
        &mut self,
        people: u32,
        (positions, marks): (&mut [u32], &mut [u64]),
        drawn: &[u64],
        rest: impl FnOnce() -> Stream,
    ) {
        let wanted = positions.len();
        assert!(wanted <= people as usize && wanted == marks.len());
        if 2 * wanted > people as usize {
            return self.place_most(people, (positions, marks), drawn, rest);
        }
        let size = (people as usize).div_ceil(64);
        if self.taken.len() < size {
            self.taken.resize(size, 0);
        }
        let taken = &mut self.taken[..size];
        let mut found = 0;
        // Every word is written down, and kept if its position is new: no branch to mispredict.
        let mut take = |word: u64| {
            let product = u128::from(word) * u128::from(people);
            let position = (product >> 64) as u32;
            let bit = 1_u64 << (position % 64);
            let word = &mut taken[(position / 64) as usize];
            positions[found] = position;
            marks[found] = product as u64;
            found += usize::from(*word & bit == 0);
            *word |= bit;
            found < wanted
        };
        if wanted > 0 && drawn.iter().all(|&word| take(word)) {
            let mut rest = rest();
            while take(rest.double_word()) {}
        }
        // Few words are cleared at once; of a large cell only those that were touched.
        if size <= 4 * wanted {
            taken.fill(0);
        } else {
            positions.iter().for_each(|&position| taken[(position / 64) as usize] = 0);
        }
    }

    /// [`Self::place`] for more than half of the people: time in proportion to them, however few are
    /// left out.
    fn place_most(
        &mut self,
        people: u32,
        (positions, marks): (&mut [u32], &mut [u64]),
        drawn: &[u64],
        rest: impl FnOnce() -> Stream,
    ) {
        let mut drawn = drawn.iter();
        let (mut open, mut stream) = (Some(rest), None);
        let mut word = || match drawn.next() {
            Some(&word) => word,
            None => stream.get_or_insert_with(|| open.take().expect("opened once")()).double_word(),
        };
        let size = (people as usize).div_ceil(64);
        if self.taken.len() < size {
            self.taken.resize(size, 0);
        }
        let left_out = &mut self.taken[..size];
        let mut left = people as usize - positions.len();
        while left > 0 {
            let position = ((u128::from(word()) * u128::from(people)) >> 64) as u32;
            let bit = 1_u64 << (position % 64);
            let mask = &mut left_out[(position / 64) as usize];
            left -= usize::from(*mask & bit == 0);
            *mask |= bit;
        }
        let is_in = |&i: &u32| left_out[(i / 64) as usize] >> (i % 64) & 1 == 0;
        for ((position, mark), i) in positions.iter_mut().zip(marks).zip((0..people).filter(is_in))
        {
            (*position, *mark) = (i, word());
        }
        left_out.fill(0);
    }
}

/// Pairs of double words that trials will need for so many of `people` positions, those passed over
/// included, about: where they do not suffice more are drawn.
pub fn pairs_for(people: u32, wanted: &[u64], most: u32, pairs: &mut Vec<u32>) {
    // Expected are n (H(n) - H(n - k)) words, about k + k^2 / 2n, for up to half of n; beyond that as
    // many for the n - k left out, and k marks.
    let share = 0.6 / f64::from(people);
    pairs.clear();
    pairs.extend(wanted.iter().map(|&k| {
        let k = k as f64;
        let n = f64::from(people);
        let (drawn, marks) = if 2.0 * k > n { (n - k, k) } else { (k, 0.0) };
        let words = drawn + share * drawn * drawn + marks + 2.0;
        if k == 0.0 { 0 } else { ((0.5 * words) as u32 + 1).min(most) }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Purpose};

    #[test]
    fn every_subset_is_placed_equally_often() {
        // 2 and 3 of 5: ten subsets, 20,000 trials; chi-square with 9 degrees of freedom.
        placed_of_five::<2>();
        placed_of_five::<3>();
    }

    fn placed_of_five<const WANTED: usize>() {
        let mut placing = Placing::default();
        let mut hits = [0_u32; 32];
        for trial in 0..20_000 {
            let at = Address { purpose: Purpose::Places, period: 0, trial, cell: 0 };
            let (mut positions, mut marks) = ([0; WANTED], [0; WANTED]);
            let stream = || Stream::new(0, at);
            placing.place(5, (&mut positions, &mut marks), &[], stream);
            let subset = positions.iter().fold(0_usize, |s, position| s | 1 << position);
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
            let (mut position, mut mark) = ([0], [0]);
            placing.place(10, (&mut position, &mut mark), &[], || Stream::new(1, at));
            hits[position[0] as usize * 10 + (mark[0] >> 32) as usize * 10 / (1 << 32)] += 1;
        }
        let chi: f64 = hits.iter().map(|&h| (f64::from(h) - 400.0).powi(2) / 400.0).sum();
        assert!(chi < 161.0, "{chi}: beyond the 1e-4 point of chi-square(99)");
    }

    #[test]
    fn large_cells_are_cleaned_too() {
        let mut placing = Placing::default();
        let at = Address { purpose: Purpose::Places, period: 0, trial: 0, cell: 0 };
        for wanted in [0, 1, 2, 1_000, 40_000] {
            let (mut positions, mut marks) = (vec![0; wanted], vec![0; wanted]);
            // Some words by hand, the rest from the stream.
            let drawn = [1 << 60, 1 << 61, 1 << 60];
            let room = (&mut positions[..], &mut marks[..]);
            placing.place(1 << 20, room, &drawn, || Stream::new(0, at));
            positions.sort_unstable();
            positions.dedup();
            assert_eq!(positions.len(), wanted);
            assert!(placing.taken.iter().all(|&w| w == 0));
        }
        // Everybody; the marks are words of their own.
        let (mut positions, mut marks) = (vec![0; 70], vec![0; 70]);
        placing.place(70, (&mut positions, &mut marks), &[], || Stream::new(0, at));
        positions.sort_unstable();
        assert_eq!(positions, (0..70).collect::<Vec<_>>());
        let mut stream = Stream::new(0, at);
        assert!(marks.iter().all(|&mark| mark == stream.double_word()));
    }

    #[test]
    fn marks_are_uniform_when_most_are_placed() {
        // 9 of 10: 36,000 marks in ten places x ten tenths, about 360 each; marks of one trial are
        // independent, so chi-square with 90 degrees of freedom within the places.
        let mut placing = Placing::default();
        let mut hits = [[0_u32; 10]; 10];
        for trial in 0..4_000 {
            let at = Address { purpose: Purpose::Places, period: 0, trial, cell: 7 };
            let (mut positions, mut marks) = ([0; 9], [0; 9]);
            placing.place(10, (&mut positions, &mut marks), &[], || Stream::new(1, at));
            for (&position, &mark) in positions.iter().zip(&marks) {
                hits[position as usize][(mark >> 32) as usize * 10 / (1 << 32)] += 1;
            }
        }
        let chi = |row: &[u32; 10]| {
            let expected = row.iter().map(|&h| f64::from(h)).sum::<f64>() / 10.0;
            row.iter().map(|&h| (f64::from(h) - expected).powi(2) / expected).sum::<f64>()
        };
        let chi: f64 = hits.iter().map(chi).sum();
        assert!(chi < 149.0, "{chi}: beyond the 1e-4 point of chi-square(90)");
        // Every place is left out equally often.
        let row = |r: &[u32; 10]| f64::from(r.iter().sum::<u32>());
        assert!(hits.iter().all(|r| (row(r) - 3_600.0).abs() < 4.5 * (4_000.0_f64 * 0.09).sqrt()));
    }
}
