//! Cutting a cell into grades: contiguous people of similar PD, who share one envelope of their hazards.
//!
//! A grade of n people with PDs from p to P wastes about n (P - p) / 2 points per trial. The sum over
//! a given number of grades is least where all of them waste alike, so a grade ends when n (P - p)
//! reaches a bound, which is raised until the grades are few enough.

use super::cells::Cell;
use crate::model::{LoadingRule, Model};
use crate::portfolio::Portfolio;

/// Most grades of a cell. With 32, 64 and 128 of them the table leaves about 13, 7 and 4 % of the points of
/// W1 open; 64 fit into the bits of a word and take 4 KiB per bin.
pub const MOST_GRADES: usize = 64;
/// n (P - p) of a grade over the expected defaults of its cell, at first.
const FINEST: f64 = 1.0 / 1024.0;

/// Contiguous people of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grade {
    /// Position of the first among the people of the cell.
    pub start: u32,
    /// People.
    pub people: u32,
    /// Lowest and highest threshold of the stressed PDs, before they are scaled.
    pub thresholds: (f64, f64),
    /// Lowest and highest length of the loading vector.
    pub loadings: (f64, f64),
}

impl Grade {
    /// Whether none of its people can ever default.
    pub fn is_safe(&self) -> bool {
        self.thresholds.1 == f64::NEG_INFINITY
    }
}

/// Cuts a cell of a book.
pub fn cut(cell: &Cell, book: &Portfolio, model: &Model) -> Vec<Grade> {
    let own = |b: usize| (model.stressed(book.borrowers.pd.get(b)).pd, book.borrowers.draws(b));
    let entries: Vec<(f64, u64)> = (cell.first..cell.end).map(own).collect();
    let expected: f64 = entries.iter().map(|&(pd, people)| pd * people as f64).sum();
    let mut bound = FINEST * expected;
    let mut ends = ends(&entries, bound);
    while ends.len() > MOST_GRADES {
        // From above 0, so that it gets somewhere.
        bound = (bound * 1.25).max(f64::MIN_POSITIVE);
        ends = self::ends(&entries, bound);
    }
    let segment = book.borrowers.segment.codes.get(cell.first);
    let rule = model.segments[segment].loading;
    let law = model.law_of(segment);
    let (mut first, mut start) = (0, 0);
    let mut grades = Vec::with_capacity(ends.len());
    for end in ends {
        let inside = &entries[first..end];
        let people: u64 = inside.iter().map(|entry| entry.1).sum();
        let pds = range(inside.iter().map(|entry| entry.0));
        let loadings = match rule {
            LoadingRule::Fixed(l) => (l, l),
            rule => range(
                (cell.first + first..cell.first + end).map(|b| rule.at(book.borrowers.pd.get(b))),
            ),
        };
        grades.push(Grade {
            start,
            people: people as u32,
            thresholds: (law.threshold(pds.0), law.threshold(pds.1)),
            loadings,
        });
        first = end;
        start += people as u32;
    }
    grades
}

fn range(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// One past the last entry of each grade, for entries of (PD, people).
fn ends(entries: &[(f64, u64)], bound: f64) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut people = 0;
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (at, &(pd, own)) in entries.iter().enumerate() {
        let (lower, higher) = (low.min(pd), high.max(pd));
        // A PD of 0 never mixes with positive ones: its grade then takes no points at all.
        let mixed = lower == 0.0 && higher > 0.0;
        if people > 0 && (mixed || (people + own) as f64 * (higher - lower) > bound) {
            ends.push(at);
            people = 0;
            (low, high) = (pd, pd);
        } else {
            (low, high) = (lower, higher);
        }
        people += own;
    }
    ends.push(entries.len());
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_hold_like_pds_and_never_mix_zero() {
        assert_eq!(ends(&[(0.02, 1); 500], 0.0), [500]);
        assert_eq!(ends(&[(0.3, 1), (0.2, 5), (0.2, 1), (0.0, 1), (0.0, 1)], 10.0), [3, 5]);
        let falling: Vec<(f64, u64)> = (0..1_000).map(|i| (0.1 / f64::from(i + 1), 1)).collect();
        let found = ends(&falling, 0.01);
        let mut first = 0;
        for end in found {
            let width = falling[first].0 - falling[end - 1].0;
            assert!((end - first) as f64 * width <= 0.01);
            first = end;
        }
        assert_eq!(first, 1_000);
    }
}
