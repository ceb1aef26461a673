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
//! What is looked up for it stands in the tables of [`super::coarse_table`].

use multiversion::multiversion;

use super::alias::cut_of;
use super::coarse_table::{BOUNDED_KINDS, CHOICE, Coarse, DIGITS, KINDS, SHARES, stride};
#[cfg(target_arch = "x86_64")]
use super::x86;

impl Coarse<'_> {
    /// Tells the points of the first `count` words apart (each double word holds two, the lower one first):
    /// positions of hits, and numbers of the points that are open, counted from `first`. Returns how many
    /// there are of each.
    ///
    /// # Panics
    /// If there are fewer words, or if a buffer has no room for all points and [`super::coarse_table::LEAST`] more.
    pub fn tell(
        &self,
        words: &[u64],
        (count, first): (usize, u32),
        (hits, open): (&mut [u32], &mut [u32]),
    ) -> (usize, usize) {
        #[cfg(target_arch = "x86_64")]
        if let Some(found) = x86::tell(self, words, (count, first), (hits, open)) {
            return found;
        }
        self.tell_portably((words, count), first, (hits, open))
    }

    fn tell_portably(
        &self,
        words: (&[u64], usize),
        first: u32,
        into: (&mut [u32], &mut [u32]),
    ) -> (usize, usize) {
        let (mask, table, end) = self.parts();
        let slots = mask as usize + 1;
        match end {
            Some(end) => tell_bounded((table, slots, end), words, first, into),
            None => tell(table, slots, words, first, into),
        }
    }
}

/// The portable way. Returns how many are hits, and how many open.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
fn tell(
    table: &[u32],
    slots: usize,
    words: (&[u64], usize),
    first: u32,
    into: (&mut [u32], &mut [u32]),
) -> (usize, usize) {
    tell_with::<KINDS>((table, slots, 1.0), words, first, into)
}

/// The same with bounds from above.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
fn tell_bounded(
    table: (&[u32], usize, f32),
    words: (&[u64], usize),
    first: u32,
    into: (&mut [u32], &mut [u32]),
) -> (usize, usize) {
    tell_with::<BOUNDED_KINDS>(table, words, first, into)
}

#[inline(always)]
fn tell_with<const OF: usize>(
    (table, slots, end): (&[u32], usize, f32),
    (words, count): (&[u64], usize),
    first: u32,
    (hits, open): (&mut [u32], &mut [u32]),
) -> (usize, usize) {
    let each = stride(slots);
    let table = &table[..OF * each];
    let (mut hit, mut left) = (0, 0);
    for i in 0..count {
        let word = word(words, i);
        let slot = word as usize & (slots - 1);
        let (f, cut) = (word >> CHOICE, cut_of(table[slot]));
        let own = usize::from(f < cut);
        let of = |kind: usize| table[(kind + own) * each + slot];
        let place = of(1);
        let scale = f32::from_bits(of(3));
        let v = (f - if own == 1 { 0 } else { cut }) as f32 * scale;
        let person = v as u32;
        let share = v - person as f32;
        let is_open = share >= (place & 0xffff) as f32 * (1.0 / SHARES as f32);
        let most = f32::from_bits(of(KINDS.min(OF - 2)));
        let is_near = OF == KINDS || share < most || share + scale >= end;
        // Every point is written down twice, and kept where it belongs: no branch to mispredict.
        hits[hit] = (place >> 16) + person;
        hit += usize::from(!is_open);
        open[left] = first + i as u32;
        left += usize::from(is_open && is_near);
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
    use crate::engine::alias::{Line, Masses, Point, Slots};
    use crate::engine::coarse_table::{Fitted, Grades, LEAST, push};
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
            Coarse::new(&self.table, self.lines.len())
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

    /// Hazards of grades where the envelope is 0.2.
    const LEAST_AND_MOST: [(f32, f32); 2] = [(0.16, 0.18), (0.1, 0.12)];

    fn fit_to<'f>(own: &Own, fitted: &'f mut Fitted) -> Coarse<'f> {
        let n = own.lines.len();
        let bounds: (Vec<f32>, Vec<f32>) = (0..n).map(|c| LEAST_AND_MOST[c % 2]).unzip();
        let envelopes = (2.0, vec![0.1; n]);
        let envelopes = (envelopes.0, envelopes.1.as_slice());
        let grades = Grades::new(&own.lines);
        fitted.fit(own.coarse().slots(), &grades, envelopes, (&bounds.0, &bounds.1))
    }

    #[test]
    fn fitted_bounds_decide_as_all_finer_words_do() {
        for own in tables() {
            let mut scratch = Fitted::default();
            let coarse = fit_to(&own, &mut scratch);
            let words = words(5_000);
            let (mut hits, mut open) = (vec![0; 10_016], vec![0; 10_016]);
            let (hit, left) = coarse.tell(&words, (10_000, 7), (&mut hits, &mut open));
            let mut open = open[..left].iter().map(|&i| i as usize - 7).peekable();
            let mut hits = hits[..hit].iter().peekable();
            let (mut sure, mut none) = (0, 0);
            for i in 0..10_000 {
                if open.next_if_eq(&i).is_some() {
                    continue;
                }
                let points = [0, 1, 0x8000_0000, u32::MAX]
                    .map(|finer| Point::new(own.slots(), whole(word(&words, i), finer)));
                let (least, most) = LEAST_AND_MOST[points[0].grade as usize % 2];
                let (least, most) = (f64::from(least) / 0.2, f64::from(most) / 0.2);
                let is_hit = points[2].share < 0.5 * (least + most);
                if is_hit {
                    let position = *hits.next().expect("as many hits");
                    assert!(points.iter().all(|p| p.position == position && p.share <= least));
                    sure += 1;
                } else {
                    assert!(points.iter().all(|p| p.share >= most), "{i}");
                    none += 1;
                }
            }
            assert!(hits.next().is_none() && sure > 4_000 && none > 500, "{sure} {none}");
        }
    }

    #[test]
    fn vectors_have_the_results_of_one_at_a_time() {
        let mut scratch = Fitted::default();
        for own in tables() {
            let words = words(500);
            for coarse in [own.coarse(), fit_to(&own, &mut scratch)] {
                for count in [0, 1, 2, 15, 16, 17, 100, 999, 1_000] {
                    let room = count + LEAST;
                    let (mut hits, mut open) = (vec![0; room], vec![0; room]);
                    let (hit, left) = coarse.tell(&words, (count, 9), (&mut hits, &mut open));
                    let (mut own_hits, mut own_open) = (vec![0; room], vec![0; room]);
                    let buffers = (own_hits.as_mut_slice(), own_open.as_mut_slice());
                    let alone = coarse.tell_portably((&words, count), 9, buffers);
                    assert_eq!(alone, (hit, left));
                    assert_eq!(hits[..hit], own_hits[..hit]);
                    assert_eq!(open[..left], own_open[..left]);
                }
            }
        }
    }
}
