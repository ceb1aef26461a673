//! Named random streams: one per (seed, purpose, period, trial, cell).
//!
//! The seed is the Philox key; the rest is the counter, so streams cannot overlap:
//!
//! | word | bits | holds |
//! |---|---|---|
//! | 0 | 32 | position in the stream, in blocks of four words |
//! | 1 | 32 | cell |
//! | 2 | 32 | trial, low half |
//! | 3 | 16 + 8 + 8 | trial, high part; period; purpose |
//!
//! A stream is never shared between two cells, because samplers that reject eat a varying number
//! of words.

use std::convert::Infallible;

use rand::TryRng;

use super::philox::{philox_many, philox4x32};

/// Name of the generator and of this layout, for manifests. Changing either is value-breaking.
pub const GENERATOR: &str = "philox4x32-10, stream layout 4";

/// Largest number of trials that the layout can tell apart.
pub const MAX_TRIALS: u64 = 1 << 48;

/// What a stream is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// The normals behind factors, sectors and, last, the mixing variable; the cell is their number.
    Factor = 1,
    /// How many borrowers of a pool default, or how many points fall on a cell.
    Defaults = 2,
    /// What the borrowers of a synthetic segment are like; the cell is the segment, the trial the
    /// borrower, or the scrambling of evenly placed ones.
    Book = 3,
    /// Where the points of a cell fall.
    Places = 4,
    /// A mark for each borrower of a grade; the cell is the number of the grade.
    Marks = 5,
    /// How many points fall on a cell above today's hazards; the cell holds the band.
    Bands = 6,
    /// Where they fall.
    BandPlaces = 7,
    /// Finer digits of where the points of a cell fall.
    Finer = 10,
    /// How many of a pool's defaulters default under a lower PD too.
    Ranks = 8,
    /// How many of its survivors default under a higher PD.
    RanksAbove = 9,
    /// Which proposal a trial draws its factors from.
    Proposal = 16,
    /// How evenly spread points are scrambled; the trial is the randomisation, the cell the dimension.
    Scrambling = 17,
    /// Who of a small book defaults where defaults are drawn with twisted PDs; the cell is the entry.
    Twisted = 18,
    /// What defaults cost; the cell is the account, each person of a pool takes a double word.
    Severity = 24,
    /// Blocks of a series drawn anew; the trial is the replicate.
    Resampling = 19,
}

/// A position in time and in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// What for.
    pub purpose: Purpose,
    /// Period of the horizon, from 0.
    pub period: u8,
    /// Trial, from 0.
    pub trial: u64,
    /// Cell, from 0.
    pub cell: u32,
}

impl Address {
    /// The last word of the counter.
    fn high(self) -> u32 {
        debug_assert!(self.trial < MAX_TRIALS);
        ((self.trial >> 32) as u32) << 16 | u32::from(self.period) << 8 | self.purpose as u32
    }
}

/// The double words of many blocks of streams that differ in the low half of the trial only: two of
/// block `at.0[i]` of the stream of trial `at.1[i]`, and so on. All else is as in `address`.
///
/// # Panics
/// If the lengths differ.
pub fn many(seed: u64, address: Address, at: (&[u32], &[u32]), out: &mut [u64]) {
    let key = [seed as u32, (seed >> 32) as u32];
    philox_many(at, address.cell, address.high(), key, out);
}

/// The words of one stream, in order.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// Opens the stream at an address.
    pub fn new(seed: u64, at: Address) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
            counter: [0, at.cell, at.trial as u32, at.high()],
            words: [0; 4],
            used: 4,
        }
    }

    /// The same stream from block `position` on.
    pub fn skip_to(mut self, position: u32) -> Self {
        self.counter[0] = position;
        self.used = 4;
        self
    }

    /// The next word.
    #[inline(always)]
    pub fn word(&mut self) -> u32 {
        if self.used == 4 {
            self.words = philox4x32(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        let word = self.words[self.used];
        self.used += 1;
        word
    }

    /// The next two words, the first one low.
    #[inline]
    pub fn double_word(&mut self) -> u64 {
        let low = u64::from(self.word());
        u64::from(self.word()) << 32 | low
    }
}

/// Uniform in (0, 1), on the midpoints of 2^-53.
#[inline]
pub fn uniform(stream: &mut Stream) -> f64 {
    unit_interval(stream.double_word())
}

/// A word as a point of (0, 1), on the midpoints of 2^-53.
#[inline]
pub fn unit_interval(word: u64) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    // The largest word would round up to 1.
    (((word >> 11) as f64 + 0.5) * STEP).min(1.0 - f64::EPSILON / 2.0)
}

/// Makes a stream a generator for `rand` and `rand_distr`.
impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.double_word())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, purpose: Purpose, period: u8, trial: u64, cell: u32) -> u64 {
        Stream::new(seed, Address { purpose, period, trial, cell }).double_word()
    }

    #[test]
    fn agrees_with_an_independent_implementation() {
        let mut counter = [0, 3, 9, 2];
        let mut ours =
            Stream::new(7, Address { purpose: Purpose::Defaults, period: 0, trial: 9, cell: 3 });
        for position in 0..64 {
            counter[0] = position;
            let theirs = rand_philox::philox4x32_10(counter, [7, 0]);
            assert_eq!([(); 4].map(|()| ours.word()), theirs);
        }
    }

    #[test]
    fn many_streams_at_once_have_the_words_of_each() {
        let address = Address { purpose: Purpose::Places, period: 2, trial: 5 << 32, cell: 8 };
        let (position, trial) = ([0, 1, 2, 0, 7], [3, 3, 3, 4, 9]);
        let mut out = [0; 10];
        many(11, address, (&position, &trial), &mut out);
        for i in 0..5 {
            let at = Address { trial: (5 << 32) + u64::from(trial[i]), ..address };
            let mut one = Stream::new(11, at).skip_to(position[i]);
            assert_eq!(out[2 * i..2 * i + 2], [(); 2].map(|()| one.double_word()));
        }
    }

    #[test]
    fn neighbouring_addresses_share_nothing() {
        let base = first(1, Purpose::Factor, 0, 0, 0);
        let others = [
            first(2, Purpose::Factor, 0, 0, 0),
            first(1 << 32, Purpose::Factor, 0, 0, 0),
            first(1, Purpose::Defaults, 0, 0, 0),
            first(1, Purpose::Factor, 1, 0, 0),
            first(1, Purpose::Factor, 0, 1, 0),
            first(1, Purpose::Factor, 0, 1 << 32, 0),
            first(1, Purpose::Factor, 0, 0, 1),
        ];
        let mut all: Vec<u64> = others.to_vec();
        all.push(base);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8);
    }
}
