//! What one word says of a point, which is nearly always enough.
//!
//! A point of a cell ([`super::alias`]) is one word w and, where that leaves something open, a finer one
//! from a stream of its own. The lower 6 bits of w choose the slot, its upper 26 are the first digits of f:
//!
//! 1. f 2^26 lies in [F, F + 1),   F = floor(w / 2^6).
//!
//! F alone says where the point lies to within a small part of an interval. A point that is the same
//! person's and surely below his hazard all over that part is a hit; all others are open, and get the digits
//! of the finer word ([`whole`]). Nothing is rounded by that: what F decides, all finer words
//! would have decided alike. It halves the words to draw, and half as wide numbers are handled twice as
//! many at a time.
//!
//! The table of a slot in 4 bytes each: the slot itself; and for either grade its first
//! person (upper half) with the sure share (lower half, in 2^-16), and people per unit of F. All are rounded
//! so that more stays open.

use multiversion::multiversion;

use super::alias::{Line, MARGIN, cut_of, second_of};
#[cfg(target_arch = "x86_64")]
use super::coarse_avx512;

/// Numbers of a kind in a table, at least: a vector of 64 bytes.
pub const LEAST: usize = 16;
/// Kinds of numbers: slot, second and first grade's place, second and first grade's scale.
pub const KINDS: usize = 5;
/// Digits of f that the first word holds.
const DIGITS: u32 = 26;
/// Lower bits of a word, which choose a slot.
const CHOICE: u32 = 32 - DIGITS;
/// Steps of a sure share.
const SHARES: f64 = 65_536.0;
/// More than three roundings of an f32.
const ROUNDING: f64 = 1.0 / (1_u32 << 22) as f64;

/// The slots of a bin as first words see them.
#[derive(Debug, Clone, Copy)]
pub struct Coarse<'c> {
    /// Slots to choose from, a power of 2.
    slots: usize,
    /// Kind x slot.
    table: &'c [u32],
}

/// Numbers of a kind in the table of so many slots.
fn stride(slots: usize) -> usize {
    slots.max(LEAST)
}

/// Length of the table of so many slots.
pub fn length(slots: usize) -> usize {
    KINDS * stride(slots)
}

/// Adds the table of a bin's slots, at most 64; `lines` and `sure` (the share of the envelope below which
/// points are hits) are those of the grades.
pub fn push(slots: &[u32], lines: &[Line], sure: &[f64], table: &mut Vec<u32>) {
    assert!(slots.len().is_power_of_two() && slots.len() <= 1 << CHOICE);
    let each = stride(slots.len());
    let first = table.len();
    table.resize(first + KINDS * each, 0);
    let table = &mut table[first..];
    for (at, &slot) in slots.iter().enumerate() {
        table[at] = slot;
        let steps = f64::from(1_u32 << DIGITS);
        let cut = f64::from(cut_of(slot));
        for (own, grade, width) in [(0, second_of(slot) as usize, steps - cut), (1, at, cut)] {
            let Line { start, length } = lines[grade];
            let scale = if width > 0.0 { length / width } else { 0.0 };
            // What F leaves open, and what rounding may.
            let open = scale + ROUNDING * (2.0 * length + 1.0) + 2.0 * MARGIN;
            let sure = ((sure[grade] - open) * SHARES).floor().clamp(0.0, SHARES - 1.0);
            table[(1 + own) * each + at] = (start as u32) << 16 | sure as u32;
            table[(3 + own) * each + at] = ((scale * (1.0 - ROUNDING)) as f32).to_bits();
        }
    }
}

impl<'c> Coarse<'c> {
    /// The table at `bin` among tables of so many slots.
    #[inline]
    pub fn at(tables: &'c [u32], bin: u32, slots: usize) -> Self {
        let length = length(slots);
        Self { slots, table: &tables[bin as usize * length..][..length] }
    }

    /// The slots.
    #[inline]
    pub fn slots(&self) -> &'c [u32] {
        &self.table[..self.slots]
    }

    /// The mask of slots, and the table: kind x slot, [`stride`] apart.
    #[cfg(target_arch = "x86_64")]
    pub fn parts(&self) -> (u32, &'c [u32]) {
        (self.slots as u32 - 1, self.table)
    }

    /// Tells the points of the first `count` words apart (each double word holds two, the lower one first):
    /// positions of hits, and numbers of the points that are open, counted from `first`. Returns how many
    /// there are of each.
    ///
    /// # Panics
    /// If there are fewer words, or if a buffer has no room for all points and [`LEAST`] more.
    pub fn tell(
        &self,
        words: &[u64],
        (count, first): (usize, u32),
        (hits, open): (&mut [u32], &mut [u32]),
    ) -> (usize, usize) {
        #[cfg(target_arch = "x86_64")]
        if let Some(found) = coarse_avx512::tell(self, words, (count, first), (hits, open)) {
            return found;
        }
        tell(self.table, self.slots, (words, count), first, (hits, open))
    }
}

/// The portable way. Returns how many are hits, and how many open.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
fn tell(
    table: &[u32],
    slots: usize,
    (words, count): (&[u64], usize),
    first: u32,
    (hits, open): (&mut [u32], &mut [u32]),
) -> (usize, usize) {
    let each = stride(slots);
    let table = &table[..KINDS * each];
    let (mut hit, mut left) = (0, 0);
    for i in 0..count {
        let word = (words[i / 2] >> (32 * (i % 2))) as u32;
        let slot = word as usize & (slots - 1);
        let (f, cut) = (word >> CHOICE, cut_of(table[slot]));
        let own = f < cut;
        let place = table[(1 + usize::from(own)) * each + slot];
        let scale = f32::from_bits(table[(3 + usize::from(own)) * each + slot]);
        let v = (f - if own { 0 } else { cut }) as f32 * scale;
        let person = v as u32;
        let share = v - person as f32;
        let is_open = usize::from(share >= (place & 0xffff) as f32 * (1.0 / SHARES as f32));
        // Every point is written down twice, and kept where it belongs: no branch to mispredict.
        hits[hit] = (place >> 16) + person;
        hit += 1 - is_open;
        open[left] = first + i as u32;
        left += is_open;
    }
    (hit, left)
}

/// The double word of a point for [`super::alias`]: all digits of its f, and its slot.
#[inline]
pub fn whole(first: u32, finer: u32) -> u64 {
    u64::from(first >> CHOICE) << (64 - DIGITS)
        | u64::from(finer) << CHOICE
        | u64::from(first & ((1 << CHOICE) - 1))
}

/// Word `i` of double words.
#[inline]
pub fn word(words: &[u64], i: usize) -> u32 {
    (words[i / 2] >> (32 * (i % 2))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alias::{Masses, Point, Slots};
    use crate::random::{Address, Purpose, Stream};

    struct Own {
        lines: Vec<Line>,
        sure: Vec<f64>,
        table: Vec<u32>,
    }

    impl Own {
        fn new(people: &[u32], slots: usize) -> Self {
            let share = |c: usize| libm::exp(-((c * 7 % 11) as f64));
            let shares: Vec<f64> = (0..people.len()).map(share).collect();
            let start = |c: usize| people[..c].iter().sum();
            let mut lines: Vec<Line> =
                (0..people.len()).map(|c| Line::new(start(c), people[c])).collect();
            lines.resize(slots, Line::default());
            let (sure, mut table) = (vec![0.93; slots], Vec::new());
            push(&Masses::new(&shares, slots).slots(), &lines, &sure, &mut table);
            Self { lines, sure, table }
        }

        fn coarse(&self) -> Coarse<'_> {
            Coarse::at(&self.table, 0, self.lines.len())
        }

        fn slots(&self) -> Slots<'_> {
            let Self { lines, sure, .. } = self;
            Slots { slots: self.coarse().slots(), lines, rates: sure, sure }
        }
    }

    /// Tables of cells of several sizes.
    fn tables() -> Vec<Own> {
        let wide: Vec<u32> = (0..60).map(|c| 1 + 13 * c).collect();
        let middle: Vec<u32> = (0..30).map(|c| 1 + c * c).collect();
        vec![
            Own::new(&[5], 1),
            Own::new(&[3, 1, 40, 2, 7], 8),
            Own::new(&middle, 32),
            Own::new(&wide, 64),
            Own::new(&[65_535, 1], 2),
        ]
    }

    fn words(count: usize) -> Vec<u64> {
        let at = Address { purpose: Purpose::Places, period: 0, trial: 3, cell: 1 };
        let mut stream = Stream::new(5, at);
        (0..count).map(|_| stream.double_word()).collect()
    }

    #[test]
    fn what_one_word_decides_all_finer_words_decide_alike() {
        for own in tables() {
            let coarse = own.coarse();
            let words = words(20_000);
            let (mut hits, mut open) = (vec![0; 40_016], vec![0; 40_016]);
            let (hit, left) = coarse.tell(&words, (40_000, 7), (&mut hits, &mut open));
            assert_eq!(hit + left, 40_000);
            // Few are open beyond the 7 in 100 that are not sure, and 3 in the largest grade.
            assert!(left < 4_300, "{left} of 40,000 open");
            let mut open = open[..left].iter().map(|&i| i as usize - 7).peekable();
            let mut hits = hits[..hit].iter();
            for i in 0..40_000 {
                if open.next_if_eq(&i).is_some() {
                    continue;
                }
                let position = *hits.next().expect("a hit for every point that is not open");
                for finer in [0, 1, 0x8000_0000, u32::MAX] {
                    let point = Point::new(own.slots(), whole(word(&words, i), finer));
                    assert!(point.position == position && point.share <= 0.93, "{i} {finer}");
                }
            }
        }
    }

    #[test]
    fn vectors_have_the_results_of_one_at_a_time() {
        for own in tables() {
            let coarse = own.coarse();
            let words = words(500);
            for count in [0, 1, 2, 15, 16, 17, 100, 999, 1_000] {
                let room = count + LEAST;
                let (mut hits, mut open) = (vec![0; room], vec![0; room]);
                let (hit, left) = coarse.tell(&words, (count, 9), (&mut hits, &mut open));
                let (mut own_hits, mut own_open) = (vec![0; room], vec![0; room]);
                let buffers = (own_hits.as_mut_slice(), own_open.as_mut_slice());
                let alone = tell(&own.table, own.lines.len(), (&words, count), 9, buffers);
                assert_eq!(alone, (hit, left));
                assert_eq!(hits[..hit], own_hits[..hit]);
                assert_eq!(open[..left], own_open[..left]);
            }
        }
    }
}
