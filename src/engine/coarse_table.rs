//! Tables of what first words of points are told by ([`super::coarse`]).
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

/// Numbers of a kind in a table, at least: a vector of 64 bytes.
pub const LEAST: usize = 16;
/// Kinds of numbers: slot, second and first grade's place, second and first grade's scale.
pub const KINDS: usize = 5;
/// With bounds above which nobody is hit, for the second and the first grade.
pub const BOUNDED_KINDS: usize = KINDS + 2;
/// Digits of f that the first word holds.
pub const DIGITS: u32 = 26;
/// Slots at most.
pub const MOST: usize = 1 << CHOICE;
/// Lower bits of a word, which choose a slot.
pub const CHOICE: u32 = 32 - DIGITS;
/// Steps of a sure share.
pub const SHARES: f64 = 65_536.0;
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
pub fn stride(slots: usize) -> usize {
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
    #[inline]
    pub fn parts(&self) -> (u32, &'c [u32], Option<f32>) {
        (self.slots as u32 - 1, self.table, self.end)
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
