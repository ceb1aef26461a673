//! Touched people whom the points of a batch of trials hit, and the thresholds from which on they default.
//!
//! Whoever defaults has a critical threshold: his latent asset, which thresholds reach or not
//! ([`super::moves`]). Where no threshold of a person lies between the two numbers that are known of it
//! ([`super::heights`]), the upper one serves as well: the same policies let him default. Only for the others the asset is
//! worked out, and whether they default today, in full.

use multiversion::multiversion;

use super::hazards::{Hazards, Law};
use super::heights::Ends;
use super::moves::{Bars, Blocks, Moves, critical_of};

/// Touched people, each once in a trial.
#[derive(Debug, Default)]
pub struct People {
    /// How many they are; there is room for more.
    pub count: usize,
    positions: Vec<u32>,
    /// Their rows in [`Moves`].
    pub rows: Vec<u32>,
    marks: Vec<Mark>,
    /// The thresholds from which on they default,
    pub criticals: Vec<f32>,
    /// and whether one of theirs is as high.
    pub defaults: Vec<bool>,
    near: Near,
}

/// What is known of somebody's mark on the scale of hazards.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// The mark.
    pub mark: f64,
    /// Where it lies with regard to today's hazard.
    pub side: Side,
    /// Between which two numbers the latent asset lies.
    pub ends: Ends,
}

/// Where a mark lies with regard to today's hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Not above it: the person defaults today.
    Below,
    /// It has to be worked out.
    Unknown,
    /// Above it.
    Above,
}

/// People with a threshold close to their latent assets.
#[derive(Debug, Default)]
struct Near {
    /// Which they are, with room for more, and how many.
    people: Vec<u32>,
    count: usize,
    marks: Vec<f64>,
    hazards: Hazards,
}

/// A trial, and where its people end.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    /// One past the last of them.
    pub people: usize,
    /// Its driver.
    pub y: f64,
    /// What its thresholds are multiplied by.
    pub scale: Option<f64>,
}

/// People as they are found.
#[derive(Debug)]
pub struct Finding<'p> {
    /// So many so far.
    pub count: usize,
    positions: &'p mut [u32],
    rows: &'p mut [u32],
    marks: &'p mut [Mark],
}

impl Finding<'_> {
    /// Somebody new.
    #[inline(always)]
    pub fn push(&mut self, (position, row): (u32, u32), mark: Mark) {
        let at = self.count;
        self.positions[at] = position;
        self.rows[at] = row;
        self.marks[at] = mark;
        self.count += 1;
    }

    /// Another point of somebody who was met, at `first` or behind it.
    #[inline(never)]
    pub fn lower(&mut self, (first, position): (usize, u32), mark: Mark) {
        let own = &self.positions[first..self.count];
        if let Some(at) = own.iter().position(|&p| p == position) {
            self.marks[first + at].lower(mark);
        }
    }
}

impl Mark {
    /// The lower of two of a person. What is known of the one holds for it if it is known of it or of a higher one.
    fn lower(&mut self, other: Self) {
        self.mark = self.mark.min(other.mark);
        self.side = self.side.min(other.side);
        let (own, ends) = (&mut self.ends, other.ends);
        *own = Ends { low: own.low.min(ends.low), high: own.high.min(ends.high) };
    }
}

impl People {
    /// Nobody, with room for so many.
    pub fn begin(&mut self, room: usize) -> Finding<'_> {
        if self.rows.len() < room {
            let nothing = Mark { mark: 0.0, side: Side::Below, ends: Ends::ANYWHERE };
            self.positions.resize(room, 0);
            self.rows.resize(room, 0);
            self.marks.resize(room, nothing);
        }
        let Self { positions, rows, marks, .. } = self;
        Finding { count: 0, positions, rows, marks }
    }

    /// Works the critical thresholds out, trial by trial.
    pub fn work_out(
        &mut self,
        law: Law<'_>,
        moves: &Moves<'_>,
        trials: impl Iterator<Item = Trial>,
    ) {
        let Self { count, rows, marks, criticals, defaults, near, .. } = self;
        let (rows, marks) = (&rows[..*count], &marks[..*count]);
        criticals.resize(*count, 0.0);
        defaults.resize(*count, false);
        near.begin(*count);
        let mut known = 0;
        for own in trials {
            let people = known..own.people;
            let (rows, marks) = (&rows[people.clone()], &marks[people.clone()]);
            let into = (&mut criticals[people.clone()], &mut defaults[people.clone()]);
            let left = (&mut near.people[near.count..], known as u32);
            near.count += match moves.blocks_of_rows() {
                Some(Blocks { each: 1, bars, .. }) => tell_by_bars(bars, rows, marks, into, left),
                _ => tell(|row| moves.thresholds(row), rows, marks, into, left),
            };
            near.hazards.ask(near.count, (own.y, own.scale));
            known = own.people;
        }
        let Near { people, count, marks: own, hazards } = near;
        let people = &people[..*count];
        hazards.of(law, people.iter().map(|&at| moves.entry(rows[at as usize]) as u32));
        own.clear();
        own.extend(people.iter().map(|&at| marks[at as usize].mark));
        for (&at, known) in people.iter().zip(hazards.with_assets(law.link, own)) {
            let at = at as usize;
            let Mark { mark, side, .. } = marks[at];
            let defaults_today = match side {
                Side::Below => true,
                Side::Unknown => mark <= known.hazard,
                Side::Above => false,
            };
            let critical = critical_of(known.today as f32, known.asset, defaults_today);
            criticals[at] = critical;
            defaults[at] = moves.near_thresholds(rows[at]).iter().any(|&own| own >= critical);
        }
    }
}

impl Near {
    /// Nobody, with room for so many and one who is written down and not kept.
    fn begin(&mut self, room: usize) {
        if self.people.len() <= room {
            self.people.resize(room + 1, 0);
        }
        self.count = 0;
        self.hazards.clear();
    }
}

/// [`tell`] with thresholds in lines of [`Bars`].
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn tell_by_bars(
    bars: &[Bars],
    rows: &[u32],
    marks: &[Mark],
    into: (&mut [f32], &mut [bool]),
    left: (&mut [u32], u32),
) -> usize {
    tell(|row| &bars[row as usize].0, rows, marks, into, left)
}

/// Tells whom the ends of latent assets let default, and writes down, numbered from `first` on, those of whom they do
/// not tell it. Returns how many these are.
#[inline(always)]
fn tell<'t>(
    thresholds: impl Fn(u32) -> &'t [f32],
    rows: &[u32],
    marks: &[Mark],
    (criticals, defaults): (&mut [f32], &mut [bool]),
    (near, first): (&mut [u32], u32),
) -> usize {
    let mut count = 0;
    let into = criticals.iter_mut().zip(defaults);
    for (at, ((&row, mark), (critical, defaults))) in rows.iter().zip(marks).zip(into).enumerate() {
        let (is_open, is_hit) = meet(thresholds(row), mark.ends);
        (*critical, *defaults) = (mark.ends.high, is_hit);
        near[count] = first + at as u32;
        count += usize::from(is_open);
    }
    count
}

/// Whether the latent asset has to be known, and whether otherwise some threshold is as high.
#[inline(always)]
fn meet(thresholds: &[f32], Ends { low, high }: Ends) -> (bool, bool) {
    let (mut is_between, mut is_hit) = (false, false);
    for &own in thresholds {
        let (is_above, is_above_all) = (own >= low, own >= high);
        is_between |= is_above != is_above_all;
        is_hit |= is_above_all;
    }
    // Nothing is known without an upper end.
    (is_between | (high == f32::INFINITY), is_hit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_asked_for_where_a_threshold_lies_between_their_ends() {
        let none = f32::NEG_INFINITY;
        let own = [none, -1.5, -1.2, -1.2, -0.9, f32::INFINITY];
        let met = |low, high| meet(&own, Ends { low, high });
        assert_eq!(met(-1.3, -1.1), (true, true));
        assert_eq!(met(-1.1, -1.0), (false, true));
        // At an end: thresholds as high as an asset let default.
        assert_eq!(met(-1.2, -1.1), (true, true));
        assert_eq!(met(-1.3, -1.2), (false, true));
        assert_eq!(meet(&own[..5], Ends { low: -0.8, high: -0.7 }), (false, false));
        assert_eq!(meet(&own[..5], Ends { low: -0.91, high: -0.7 }), (true, false));
        // Of a mark beyond the table, and of one of which nothing is known.
        assert_eq!(met(none, -5.0), (true, true));
        assert!(meet(&[f32::INFINITY; 3], Ends::ANYWHERE).0);
    }

    #[test]
    fn lines_of_thresholds_tell_what_each_of_them_tells() {
        let bar = |row: usize| {
            Bars(std::array::from_fn(|k| match k < 11 {
                true => -2.0 + 0.01 * ((row * 37 + k * 13) % 100) as f32,
                false => f32::NEG_INFINITY,
            }))
        };
        let bars: Vec<Bars> = (0..40).map(bar).collect();
        let rows: Vec<u32> = (0..200).map(|i| i * 7 % 40).collect();
        let mark = |i: usize| {
            let low = -2.1 + 0.01 * (i * 11 % 120) as f32;
            Mark { mark: 0.1, side: Side::Above, ends: Ends { low, high: low + 0.025 } }
        };
        let marks: Vec<Mark> = (0..rows.len()).map(mark).collect();
        let (mut criticals, mut defaults) = (vec![0.0; rows.len()], vec![false; rows.len()]);
        let mut near = vec![0; rows.len() + 1];
        let into = (criticals.as_mut_slice(), defaults.as_mut_slice());
        let count = tell_by_bars(&bars, &rows, &marks, into, (&mut near, 1_000));
        let mut left = Vec::new();
        for (i, (&row, mark)) in rows.iter().zip(&marks).enumerate() {
            let own = &bars[row as usize].0[..11];
            let at_least = |end: f32| own.iter().filter(|own| **own >= end).count();
            if at_least(mark.ends.low) != at_least(mark.ends.high) {
                left.push(1_000 + i as u32);
            }
            assert_eq!(defaults[i], at_least(mark.ends.high) > 0);
            assert_eq!(criticals[i], mark.ends.high);
        }
        assert_eq!(near[..count], left);
        assert!(count > 20 && count < rows.len());
        assert!(defaults.contains(&true) && defaults.contains(&false));
    }
}
