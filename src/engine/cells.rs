//! Cutting a book into cells: contiguous runs of entries of one segment whose defaults are drawn together.
//!
//! A large pool is a cell by itself: one binomial draw. The entries between two pools are cut into cells
//! of about [`POINTS`] expected defaults, which is enough to make the draw of their number a small part of
//! the work, and few enough people that what is known of them stays in the nearest memory while the
//! trials of a cell are worked on. Cells depend on book and model only, never on policies, threads or the
//! number of trials: they name the random streams.

use std::ops::Range;

use crate::model::{Link, Model};
use crate::portfolio::Portfolio;

/// Expected defaults of a cell, at most about: the draw of a count and the look-up of an envelope cost as
/// much as a dozen points.
const POINTS: f64 = 192.0;
/// A pool with at least so many expected defaults is a cell of its own: one draw, no points.
const POOL_DEFAULTS: f64 = 8.0;
/// Most people in a cell of points: positions then leave 36 bits of an f64 for what is behind the point,
/// and the bitmap of people takes 8 KiB.
pub const MAX_PEOPLE: u64 = 1 << 16;

/// What the conditional PDs of a cell hang on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct On {
    /// Number of the driver.
    pub driver: usize,
    /// Number of the scale of thresholds; 0 is none.
    pub scale: usize,
    /// From argument to conditional PD.
    pub link: Link,
}

impl On {
    /// Those of a segment.
    pub fn of(model: &Model, segment: usize) -> Self {
        let law = model.law_of(segment);
        Self { driver: model.segments[segment].driver, scale: law.scale, link: law.link }
    }
}

/// A run of entries whose defaults are drawn together.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// First entry.
    pub first: usize,
    /// One past the last entry.
    pub end: usize,
    /// People in all entries.
    pub people: u64,
    /// What its conditional PDs hang on.
    pub on: On,
    /// How its defaults are drawn.
    pub layout: Layout,
}

/// How the defaults of a cell are drawn, and how a position among its people is turned into an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Layout {
    /// One entry of many identical people: a binomial number of them.
    Pool {
        /// Of the stressed PD.
        threshold: f64,
        /// Length of the loading vector.
        loading: f64,
    },
    /// Points; one person per entry: position = entry.
    Singles,
    /// Points; entries of several people: first position of each entry, with a guide table.
    Mixed(Positions),
}

impl Layout {
    /// Index of the entry (from the cell's first) that holds a position.
    #[inline]
    pub fn entry(&self, position: u32) -> usize {
        match self {
            Self::Pool { .. } => 0,
            Self::Singles => position as usize,
            Self::Mixed(positions) => positions.entry(position),
        }
    }
}

/// First positions of the entries of a cell, with a guide table to search them by: it says whose the first of every so many
/// positions is, one by one where entries hold few people, and so often elsewhere that a search nearly always ends where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Positions {
    starts: Vec<u32>,
    guide: Vec<u16>,
    shift: u32,
}

/// Slots of a guide table per entry, at least; fewer than twice as many.
const SLOTS: u64 = 16;

impl Positions {
    /// Of entries that hold so many people each, at least one and at most [`MAX_PEOPLE`] together.
    fn new(counts: impl Iterator<Item = u64>) -> Self {
        let mut starts = Vec::new();
        let mut people = 0;
        for count in counts {
            starts.push(people as u32);
            people += count;
        }
        let shift = (people / (SLOTS * starts.len() as u64)).max(1).ilog2();
        let slots = (0..people).step_by(1 << shift);
        let first = |slot: u64| starts.partition_point(|&start| u64::from(start) <= slot) - 1;
        let entry = |at: usize| u16::try_from(at).expect("no more entries than people of a cell");
        let guide = slots.map(|slot| entry(first(slot))).collect();
        Self { starts, guide, shift }
    }

    /// Index of the entry (from the cell's first) that holds a position.
    #[inline]
    pub fn entry(&self, position: u32) -> usize {
        let mut at = usize::from(self.guide[(position >> self.shift) as usize]);
        if self.shift > 0 {
            while self.starts.get(at + 1).is_some_and(|&start| start <= position) {
                at += 1;
            }
        }
        at
    }
}

/// Cuts a book.
pub fn cut(book: &Portfolio, model: &Model) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut first = 0;
    while first < book.entries() {
        if is_pool(book, model, first) {
            cells.push(pool(book, model, first));
            first += 1;
            continue;
        }
        let segment = book.borrowers.segment.codes.get(first);
        let end = (first..book.entries())
            .find(|&b| book.borrowers.segment.codes.get(b) != segment || is_pool(book, model, b))
            .unwrap_or(book.entries());
        cut_stretch(book, model, first..end, &mut cells);
        first = end;
    }
    cells
}

fn expected(book: &Portfolio, model: &Model, b: usize) -> f64 {
    book.borrowers.draws(b) as f64 * model.stressed(book.borrowers.pd.get(b)).pd
}

fn is_pool(book: &Portfolio, model: &Model, b: usize) -> bool {
    let people = book.borrowers.draws(b);
    people > 1 && (people > MAX_PEOPLE / 2 || expected(book, model, b) >= POOL_DEFAULTS)
}

fn pool(book: &Portfolio, model: &Model, b: usize) -> Cell {
    let segment = book.borrowers.segment.codes.get(b);
    let unstressed = book.borrowers.pd.get(b);
    let layout = Layout::Pool {
        threshold: model.threshold(segment, unstressed),
        loading: model.segments[segment].loading.at(unstressed),
    };
    let people = book.borrowers.draws(b);
    Cell { first: b, end: b + 1, people, on: On::of(model, segment), layout }
}

/// Cuts entries of one segment into cells of equal expected defaults, as few as may be.
fn cut_stretch(book: &Portfolio, model: &Model, entries: Range<usize>, cells: &mut Vec<Cell>) {
    let all: f64 = entries.clone().map(|b| expected(book, model, b)).sum();
    let share = all / (all / POINTS).ceil().max(1.0);
    let mut first = entries.start;
    let (mut people, mut sum) = (0, 0.0);
    for b in entries.clone() {
        let own = book.borrowers.draws(b);
        if b > first && (people + own > MAX_PEOPLE || sum >= share) {
            cells.push(of_points(book, model, first..b));
            first = b;
            (people, sum) = (0, 0.0);
        }
        people += own;
        sum += expected(book, model, b);
    }
    cells.push(of_points(book, model, first..entries.end));
}

fn of_points(book: &Portfolio, model: &Model, entries: Range<usize>) -> Cell {
    let people: u64 = entries.clone().map(|b| book.borrowers.draws(b)).sum();
    let layout = if people == entries.len() as u64 {
        Layout::Singles
    } else {
        Layout::Mixed(Positions::new(entries.clone().map(|b| book.borrowers.draws(b))))
    };
    let segment = book.borrowers.segment.codes.get(entries.start);
    let on = On::of(model, segment);
    Cell { first: entries.start, end: entries.end, people, on, layout }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_find_their_entry() {
        // Few people an entry, and so many that the guide has gaps.
        for (times, has_gaps) in [(1, false), (100, true)] {
            let counts = [3_u64, 1, 1, 40, 2, 7].map(|count| count * times);
            let positions = Positions::new(counts.into_iter());
            assert_eq!(positions.shift > 0, has_gaps);
            assert!(positions.guide.len() < 2 * SLOTS as usize * counts.len());
            let mut position = 0;
            for (entry, &count) in counts.iter().enumerate() {
                for _ in 0..count {
                    assert_eq!(positions.entry(position), entry, "position {position}");
                    position += 1;
                }
            }
        }
    }
}
