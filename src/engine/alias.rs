//! From a double word to a point of a cell: whose interval, and where in it.
//!
//! The alias method (Walker 1977): S slots, S a power of 2, of equal probability, each shared by two
//! grades. With the lower bits of a word the slot is chosen, and with f, uniform in (0, 1) and made of its
//! upper 52 bits,
//!
//! 1. f < cut: the slot's first grade, at v = f / cut n;   else the second, at v = (f - cut) / (1 - cut) n;
//!
//! n the people of the grade. The whole part of v is the person, the rest the place in his interval as a
//! share of the grade's envelope. Cuts are multiples of 2^-16, so that the shares of the grades in all
//! points are known to the last bit: it is from these shares that envelopes are made (equation 2 of
//! [`super::envelope`]), and rounding them cannot bend the law.
//!
//! Resolution: person and place are uniform to within 2^-34 of an interval in the largest cells; v is held
//! that far from the ends of its grade, which is more than its own rounding.
//!
//! Slot c has grade c for its first; a table holds its cut and its second grade in 4 bytes ([`cut_of`],
//! [`second_of`]). All else belongs to the grades, so that the tables of a cell stay close at hand.

use multiversion::multiversion;

use super::uniforms::unit;

/// Steps of a slot.
const STEPS: u64 = 1 << 16;
/// Distance that v keeps from the ends.
pub const MARGIN: f64 = 1.0 / (1_u64 << 34) as f64;
/// Bits of a slot that hold its second grade; the cut stands above them.
const SECOND: u32 = 10;

/// Where a slot's first grade ends, in units of 2^-26.
#[inline(always)]
pub fn cut_of(slot: u32) -> u32 {
    slot & !((1 << SECOND) - 1)
}

/// A slot's second grade.
#[inline(always)]
pub fn second_of(slot: u32) -> u32 {
    slot & ((1 << SECOND) - 1)
}

/// The people of a grade.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    /// Position of the first, and [`MARGIN`].
    pub start: f64,
    /// How many they are, less [`MARGIN`] twice.
    pub length: f64,
}

impl Line {
    /// Of `people` from `start` on.
    pub fn new(start: u32, people: u32) -> Self {
        Self { start: f64::from(start) + MARGIN, length: f64::from(people) - 2.0 * MARGIN }
    }
}

/// What turns words into points in a bin; all have as many numbers as there are slots.
#[derive(Debug, Clone, Copy)]
pub struct Slots<'c> {
    /// By slot.
    pub slots: &'c [u32],
    /// By grade.
    pub lines: &'c [Line],
    /// Envelope over T, by grade.
    pub rates: &'c [f64],
    /// Share of the envelope up to which a point is below everybody's hazard, by grade.
    pub sure: &'c [f64],
}

/// Set in a decoded point whose share of the envelope is not surely below the person's hazard.
pub const OPEN: u32 = 1 << 31;

/// The shares of the grades in all points, in whole steps.
#[derive(Debug)]
pub struct Masses {
    steps: Vec<u64>,
    slots: usize,
}

impl Masses {
    /// Shares (up to a factor; 0 where a grade takes no points) of `slots` slots, a power of 2, not fewer
    /// than grades. A positive share never becomes 0.
    pub fn new(shares: &[f64], slots: usize) -> Self {
        assert!(slots.is_power_of_two() && shares.len() <= slots);
        let all = slots as u64 * STEPS;
        let sum: f64 = shares.iter().sum();
        if sum == 0.0 {
            return Self { steps: vec![0; shares.len()], slots };
        }
        // Upwards: what is missing costs most where shares are small. The largest pays.
        let up = |&share: &f64| (share / sum * all as f64).ceil() as u64;
        let mut steps: Vec<u64> = shares.iter().map(up).collect();
        let given: u64 = steps.iter().sum();
        let largest = (0..steps.len()).max_by_key(|&c| steps[c]).expect("a share is positive");
        steps[largest] = steps[largest] + all - given;
        Self { steps, slots }
    }

    /// The share of a grade in all points.
    pub fn share(&self, grade: usize) -> f64 {
        self.steps[grade] as f64 / (self.slots as u64 * STEPS) as f64
    }

    /// The slots.
    pub fn slots(&self) -> Vec<u32> {
        let mut steps = self.steps.clone();
        steps.resize(self.slots, 0);
        let mut slots = vec![0; self.slots];
        if self.steps.iter().all(|&s| s == 0) {
            // Nobody asks for a point.
            return slots;
        }
        let (mut short, mut long): (Vec<usize>, Vec<usize>) =
            (0..self.slots).partition(|&c| steps[c] < STEPS);
        let mut set =
            |own: usize, cut: u64, other: usize| slots[own] = (cut as u32) << SECOND | other as u32;
        while let Some(own) = short.pop() {
            let other = long.pop().expect("steps fill the slots");
            set(own, steps[own], other);
            steps[other] -= STEPS - steps[own];
            if steps[other] < STEPS { short.push(other) } else { long.push(other) }
        }
        long.into_iter().for_each(|own| set(own, STEPS, own));
        slots
    }
}

/// The person of each word's point (position in the cell), with [`OPEN`] set where the point is not
/// surely below his hazard; and where the point lies: its share of the envelope of its grade, and that envelope
/// over T.
///
/// # Panics
/// If the lengths differ.
pub fn decode(
    slots: Slots<'_>,
    words: &[u64],
    out: &mut [u32],
    (shares, rates): (&mut [f64], &mut [f64]),
) {
    let n = words.len();
    assert!(n == out.len() && n == shares.len() && n == rates.len());
    let mut looked = LookedUp::default();
    for (at, words) in words.chunks(CHUNK).enumerate() {
        let own = at * CHUNK..at * CHUNK + words.len();
        let rates = &mut rates[own.clone()];
        looked.up(slots.checked(), words, rates);
        place(words, &looked, &mut out[own.clone()], &mut shares[own]);
    }
}

/// Points looked up at a time.
const CHUNK: usize = 64;

/// What stands in the tables for some points.
struct LookedUp {
    /// Cut of the slot.
    cut: [f64; CHUNK],
    start: [f64; CHUNK],
    length: [f64; CHUNK],
    sure: [f64; CHUNK],
}

impl Default for LookedUp {
    fn default() -> Self {
        let all = [0.0; CHUNK];
        Self { cut: all, start: all, length: all, sure: all }
    }
}

impl LookedUp {
    /// One at a time: vectors would gather, which takes longer on many processors.
    #[inline(never)]
    fn up(&mut self, slots: Slots<'_>, words: &[u64], rates: &mut [f64]) {
        for (i, (&word, rate)) in words.iter().zip(rates).enumerate() {
            let i = i % CHUNK;
            let at = word as usize & (slots.slots.len() - 1);
            let slot = slots.slots[at];
            let grade = grade(slot, at, word) as usize & (slots.rates.len() - 1);
            self.cut[i] = cut(slot);
            self.start[i] = slots.lines[grade].start;
            self.length[i] = slots.lines[grade].length;
            self.sure[i] = slots.sure[grade];
            *rate = slots.rates[grade];
        }
    }
}

/// Where points lie.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn place(words: &[u64], looked: &LookedUp, out: &mut [u32], shares: &mut [f64]) {
    let LookedUp { cut, start, length, sure } = looked;
    let table = cut.iter().zip(start).zip(length).zip(sure);
    for (((out, share), &word), (((cut, start), length), sure)) in
        out.iter_mut().zip(shares).zip(words).zip(table)
    {
        let (position, own) = place_of(unit(word), *cut, (*start, *length));
        *out = position | if own <= *sure { 0 } else { OPEN };
        *share = own;
    }
}

/// Cut of a slot as a number.
#[inline(always)]
fn cut(slot: u32) -> f64 {
    const UNIT: f64 = 1.0 / (1_u32 << 26) as f64;
    f64::from(cut_of(slot) as i32) * UNIT
}

/// The grade that a word falls on in slot number `at`.
#[inline(always)]
fn grade(slot: u32, at: usize, word: u64) -> u32 {
    // Cuts are whole in the first 26 digits of f; a choice by branches would often be mispredicted.
    let own = u32::from(((word >> 38) as u32) < cut_of(slot)).wrapping_neg();
    let (first, second) = (at as u32, second_of(slot));
    second ^ (first ^ second) & own
}

/// Position and share of the point at `f` of a slot, in a grade that has the line of `start` and `length`.
#[inline(always)]
fn place_of(f: f64, cut: f64, (start, length): (f64, f64)) -> (u32, f64) {
    /// 1.5 x 2^52: what is added to it is rounded to a whole number, which its low bits hold.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    let (base, width) = if f < cut { (0.0, cut) } else { (cut, 1.0 - cut) };
    let v = start + (f - base) / width * length;
    let rounded = (v - 0.5) + ROUNDER;
    (rounded.to_bits() as u32, v - (rounded - ROUNDER))
}

impl Slots<'_> {
    /// The same with lengths that a compiler sees to be equal.
    #[inline(always)]
    fn checked(self) -> Self {
        let n = self.slots.len();
        assert!(n.is_power_of_two());
        Self { lines: &self.lines[..n], rates: &self.rates[..n], sure: &self.sure[..n], ..self }
    }
}

/// Whose interval a word falls on, and where in it.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Position of the person in the cell.
    pub position: u32,
    /// His grade.
    pub grade: u32,
    /// Share of its envelope below the point.
    pub share: f64,
}

#[cfg(test)]
impl Point {
    /// The point of a word.
    pub fn new(slots: Slots<'_>, word: u64) -> Self {
        let at = word as usize & (slots.slots.len() - 1);
        let slot = slots.slots[at];
        let grade = grade(slot, at, word);
        let line = slots.lines[grade as usize];
        let (position, share) = place_of(unit(word), cut(slot), (line.start, line.length));
        Self { position, grade, share }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::uniforms::tests::misfit;
    use crate::random::{Address, Purpose, Stream};

    const PEOPLE: [u32; 5] = [3, 1, 40, 2, 7];
    const SHARES: [f64; 5] = [0.2, 0.0, 0.5, 1e-7, 0.3];

    /// Numbers of a cell and a bin.
    struct Own {
        slots: Vec<u32>,
        lines: Vec<Line>,
        all: Vec<f64>,
        sure: Vec<f64>,
    }

    impl Own {
        fn new(masses: &Masses, people: &[u32], sure: f64) -> Self {
            let slots = masses.slots();
            let start = |c: usize| people[..c].iter().sum();
            let mut lines: Vec<Line> =
                (0..people.len()).map(|c| Line::new(start(c), people[c])).collect();
            lines.resize(slots.len(), Line::default());
            let (all, sure) = (vec![1.0; slots.len()], vec![sure; slots.len()]);
            Self { slots, lines, all, sure }
        }

        fn slots(&self) -> Slots<'_> {
            let Self { slots, lines, all, sure } = self;
            Slots { slots, lines, rates: all, sure }
        }
    }

    fn slots() -> (Masses, Own) {
        let masses = Masses::new(&SHARES, 8);
        let own = Own::new(&masses, &PEOPLE, 0.25);
        (masses, own)
    }

    #[test]
    fn steps_fill_the_slots() {
        let (masses, _) = slots();
        assert_eq!(masses.steps.iter().sum::<u64>(), 8 * STEPS);
        assert_eq!(masses.steps[1], 0);
        assert_eq!(masses.steps[3], 1, "never rounded to nothing");
        assert!((masses.share(2) - 0.5).abs() < 1e-5);
        let total: f64 = (0..5).map(|c| masses.share(c)).sum();
        assert_eq!(total, 1.0);
        assert_eq!(Masses::new(&[0.0, 0.0], 2).steps, [0, 0]);
        assert_eq!(Masses::new(&[0.3], 1).steps, [STEPS]);
    }

    /// Null: persons have the shares of their grades evenly, and the place in the interval is uniform.
    /// 400,000 points of stream 0, refused above 4.5 (3e-6). Wrong twins: one
    /// person 5 % more often; one eighth of all intervals 5 % more often.
    #[test]
    fn points_fall_evenly() {
        let (masses, table) = slots();
        let at = Address { purpose: Purpose::Places, period: 0, trial: 0, cell: 0 };
        let mut stream = Stream::new(0, at);
        let words: Vec<u64> = (0..400_000).map(|_| stream.double_word()).collect();
        let mut law = Vec::new();
        for (c, &people) in PEOPLE.iter().enumerate() {
            law.extend(vec![masses.share(c) / f64::from(people) / 8.0; 8 * people as usize]);
        }
        let n = words.len();
        let (mut out, mut shares, mut rates) = (vec![0; n], vec![0.0; n], vec![0.0; n]);
        decode(table.slots(), &words, &mut out, (&mut shares, &mut rates));
        let draws: Vec<u64> = words
            .iter()
            .zip(out.iter().zip(&shares))
            .map(|(&word, (&decoded, &decoded_share))| {
                let Point { position, grade, share, .. } = Point::new(table.slots(), word);
                let grade = grade as usize;
                assert_eq!(decoded, position | if share > 0.25 { OPEN } else { 0 });
                assert_eq!(decoded_share, share);
                let start: u32 = PEOPLE[..grade].iter().sum();
                assert!((start..start + PEOPLE[grade]).contains(&position));
                u64::from(position) * 8 + (share * 8.0) as u64
            })
            .collect();
        let found = misfit(&draws, &(0, law.clone()));
        assert!(found < 4.5, "{found}");
        // Eighths by themselves, as the cells above hold several of them.
        let eighths: Vec<u64> = draws.iter().map(|draw| draw % 8).collect();
        assert!(misfit(&eighths, &(0, vec![0.125; 8])) < 4.5);
        law[8..16].iter_mut().for_each(|p| *p = 0.005);
        law[0..8].iter_mut().for_each(|p| *p *= 1.05);
        let total: f64 = law.iter().sum();
        law.iter_mut().for_each(|p| *p /= total);
        assert!(misfit(&draws, &(0, law)) > 4.5, "a person 5 % more often passes");
        let wrong = (0..8).map(|i| if i == 7 { 0.131_25 } else { 0.868_75 / 7.0 }).collect();
        assert!(misfit(&eighths, &(0, wrong)) > 4.5, "an eighth 5 % more often passes");
    }

    #[test]
    fn ends_stay_inside() {
        // The extreme words of every slot, in a grade that is as large as a cell.
        let masses = Masses::new(&[1e-9, 1.0], 2);
        let table = Own::new(&masses, &[65_535, 1], 0.5);
        for word in [0, 1, u64::MAX, u64::MAX - 1, 1 << 48, (1 << 48) | 1, (1 << 48) - 1] {
            let point = Point::new(table.slots(), word);
            let grade = point.grade;
            assert!(point.position < 65_536 && (point.position < 65_535) == (grade == 0));
            assert!((0.0..=1.0).contains(&point.share), "{}", point.share);
        }
    }
}
