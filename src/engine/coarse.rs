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
//!
//! Where a table serves many states of the world ([`super::layers`]) the shares that are sure in all of them
//! leave much open. Then each trial makes its own table of the slots and its own bounds ([`Fitted`]):
//! below the lowest hazard of a grade points are hits, above the highest they hit nobody.

use multiversion::multiversion;

use super::alias::{Line, MARGIN, cut_of, second_of};
#[cfg(target_arch = "x86_64")]
use super::x86;

/// Numbers of a kind in a table, at least: a vector of 64 bytes.
pub const LEAST: usize = 16;
/// Kinds of numbers: slot, second and first grade's place, second and first grade's scale.
pub const KINDS: usize = 5;
/// With bounds above which nobody is hit, for the second and the first grade.
pub const BOUNDED_KINDS: usize = KINDS + 2;
/// Digits of f that the first word holds.
const DIGITS: u32 = 26;
/// Slots at most.
pub const MOST: usize = 1 << CHOICE;
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
    /// Where the table has bounds from above: a point hits nobody if it lies above its bound and its share,
    /// with people per unit of F, is below this, as it is the same person's then.
    end: Option<f32>,
}

/// A table made for one trial.
#[derive(Debug, Default)]
pub struct Fitted {
    table: Vec<u32>,
}

/// The grades of a cell for such tables.
#[derive(Debug)]
pub struct Grades {
    /// Position of the first person, in the upper half.
    starts: [u32; MOST],
    people: [f32; MOST],
    /// See [`Coarse`].
    end: f32,
}

impl Grades {
    /// Those of the lines, at most as many as slots.
    pub fn new(lines: &[Line]) -> Self {
        let (mut starts, mut people) = ([0; MOST], [0.0; MOST]);
        for (at, line) in lines.iter().enumerate() {
            starts[at] = (line.start as u32) << 16;
            people[at] = line.length.round() as f32;
        }
        let most = people.iter().copied().fold(0.0, f32::max);
        Self { starts, people, end: 1.0 - ROUNDING as f32 * (2.0 * most + 4.0) }
    }
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
    assert!(slots.len().is_power_of_two() && slots.len() <= MOST);
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
            let share = ((sure[grade] - open) * SHARES).floor().clamp(0.0, SHARES - 1.0);
            table[(1 + own) * each + at] = (start as u32) << 16 | share as u32;
            table[(3 + own) * each + at] = ((scale * (1.0 - ROUNDING)) as f32).to_bits();
        }
    }
}

impl<'c> Coarse<'c> {
    /// That of so many slots.
    #[inline]
    pub fn new(table: &'c [u32], slots: usize) -> Self {
        Self { slots, table, end: None }
    }

    /// The slots.
    #[cfg(test)]
    pub fn slots(&self) -> &'c [u32] {
        &self.table[..self.slots]
    }

    /// The mask of slots, the table (kind x slot), and the end of shares where it has bounds from above.
    #[cfg(target_arch = "x86_64")]
    pub fn parts(&self) -> (u32, &'c [u32], Option<f32>) {
        (self.slots as u32 - 1, self.table, self.end)
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
        match self.end {
            Some(end) => tell_bounded((self.table, self.slots, end), words, first, into),
            None => tell(self.table, self.slots, words, first, into),
        }
    }
}

impl Fitted {
    /// The table of a bin's slots with the bounds of a trial: the least and the largest hazard of each
    /// grade; `rates` are their envelopes over `total`. There are as many of all as slots.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn fit(
        &mut self,
        slots: &[u32],
        grades: &Grades,
        envelopes: (f64, &[f64]),
        bounds: (&[f32], &[f32]),
    ) -> Coarse<'_> {
        self.table.resize(BOUNDED_KINDS * stride(slots.len()), 0);
        fit(slots, grades, envelopes, bounds, &mut self.table);
        Coarse { slots: slots.len(), table: &self.table, end: Some(grades.end) }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn fit(
    slots: &[u32],
    grades: &Grades,
    (total, rates): (f64, &[f64]),
    (least, most): (&[f32], &[f32]),
    out: &mut [u32],
) {
    /// More than the roundings between a hazard and its share.
    const SLACK: f32 = 1e-6;
    let (n, each) = (slots.len(), stride(slots.len()));
    let (mut sure, mut none) = ([0.0_f32; MOST], [0_u32; MOST]);
    let shares = sure[..n].iter_mut().zip(&mut none[..n]);
    let bounds = least[..n].iter().zip(&most[..n]).zip(&rates[..n]);
    for ((sure, none), ((&least, &most), &rate)) in shares.zip(bounds) {
        let envelope = (total * rate) as f32;
        // A grade that takes no points has no bounds either.
        let over = if envelope > 0.0 { 1.0 / envelope } else { 0.0 };
        *sure = least * over * (1.0 - SLACK);
        let none_above = if envelope > 0.0 { (most * over * (1.0 + SLACK)).min(2.0) } else { 2.0 };
        *none = none_above.to_bits();
    }
    let Grades { starts, people, .. } = grades;
    let (table, rest) = out.split_at_mut(each);
    let (other_place, rest) = rest.split_at_mut(each);
    let (own_place, rest) = rest.split_at_mut(each);
    let (other_scale, rest) = rest.split_at_mut(each);
    let (own_scale, rest) = rest.split_at_mut(each);
    let (other_none, own_none) = rest.split_at_mut(each);
    table[..n].copy_from_slice(slots);
    own_none[..n].copy_from_slice(&none[..n]);
    let (own_place, own_scale) = (&mut own_place[..n], &mut own_scale[..n]);
    for at in 0..n {
        let (grade, width) = (at % MOST, cut_of(slots[at]) as f32);
        (own_place[at], own_scale[at]) = part(starts[grade], sure[grade], people[grade], width);
    }
    // What a slot's second grade is, first of all: looking up and reckoning at once would be done one by one.
    let (mut start_of, mut sure_of, mut people_of) = ([0; MOST], [0.0; MOST], [0.0; MOST]);
    for (at, &slot) in slots.iter().enumerate() {
        let (at, grade) = (at % MOST, second_of(slot) as usize % MOST);
        start_of[at] = starts[grade];
        sure_of[at] = sure[grade];
        people_of[at] = people[grade];
        other_none[at] = none[grade];
    }
    let (other_place, other_scale) = (&mut other_place[..n], &mut other_scale[..n]);
    for at in 0..n {
        let width = (1_u32 << DIGITS) as f32 - cut_of(slots[at]) as f32;
        let own = (start_of[at % MOST], sure_of[at % MOST], people_of[at % MOST]);
        (other_place[at], other_scale[at]) = part(own.0, own.1, own.2, width);
    }
}

/// Place and scale of a grade's part of a slot, as [`push`] has them; a little more is left open.
#[inline(always)]
fn part(start: u32, sure: f32, people: f32, width: f32) -> (u32, u32) {
    const ROUNDED: f32 = ROUNDING as f32;
    /// What is added to it is rounded to a whole number, which its low bits hold: conversions that look for
    /// numbers out of range are no vectors.
    const ROUNDER: f32 = (1 << 23) as f32;
    let scale = if width > 0.0 { people / width } else { 0.0 };
    let open = scale + ROUNDED * (2.0 * people + 2.0);
    // Downwards: half a step less goes to the nearest.
    let share = ((sure - open) * SHARES as f32 - 0.5).clamp(0.0, SHARES as f32 - 1.0) + ROUNDER;
    (start | share.to_bits() & 0xffff, (scale * (1.0 - 2.0 * ROUNDED)).to_bits())
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
