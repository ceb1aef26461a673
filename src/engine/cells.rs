//! Cutting a book into cells: contiguous runs of entries of one segment and similar PD.
//!
//! The engine draws how many borrowers of a cell *may* default (binomial at the cell's highest
//! conditional PD) and then thins these candidates by their own PD. Few cells mean many wasted
//! candidates, many cells mean many binomial draws; a run ends when the candidates it is expected
//! to waste in a trial would cost about as much as one more cell. Cells depend on book and model
//! only, never on policies, threads or the number of trials: they name the random streams.

use crate::model::Model;
use crate::portfolio::Portfolio;
use crate::special::normal;

/// Candidates a cell may waste per trial before another cell is cheaper. A binomial draw with its
/// conditional PD costs about as much as a dozen candidates.
const WASTE: f64 = 6.0;
/// A pool with at least so many expected defaults is a cell of its own: one draw, no placing.
const POOL_DEFAULTS: f64 = 8.0;
/// Most people in a cell that places candidates: its bitmap stays in the second-level cache.
const MAX_PEOPLE: u64 = 1 << 20;

/// A run of entries whose defaults are drawn together.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// First entry.
    pub first: usize,
    /// One past the last entry.
    pub end: usize,
    /// People in all entries.
    pub people: u64,
    /// Direction of the factors the segment hangs on.
    pub direction: usize,
    /// Lowest and highest threshold G(stressed PD).
    pub thresholds: (f64, f64),
    /// Lowest and highest length of the loading vector.
    pub loadings: (f64, f64),
    /// How a position among the people is turned into an entry.
    pub layout: Layout,
}

/// How a position among the people of a cell is turned into an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Layout {
    /// One entry: every candidate is one of its identical people.
    Pool,
    /// One person per entry: position = entry.
    Singles,
    /// Entries of several people: first position of each entry, with a guide table.
    Mixed(Positions),
}

/// First positions of the entries of a cell, searchable in constant expected time.
#[derive(Debug, Clone, PartialEq)]
pub struct Positions {
    starts: Vec<u32>,
    guide: Vec<u32>,
    shift: u32,
}

impl Positions {
    fn new(counts: impl Iterator<Item = u64>) -> Self {
        let mut starts = Vec::new();
        let mut people = 0;
        for count in counts {
            starts.push(people as u32);
            people += count;
        }
        // About one guide slot per entry.
        let shift = (people / starts.len() as u64).max(1).ilog2();
        let guide = (0..=(people - 1) >> shift)
            .map(|slot| starts.partition_point(|&s| u64::from(s) <= slot << shift) as u32 - 1)
            .collect();
        Self { starts, guide, shift }
    }

    /// Index of the entry (from the cell's first) that holds a position.
    #[inline]
    pub fn entry(&self, position: u32) -> usize {
        let mut at = self.guide[(position >> self.shift) as usize] as usize;
        while at + 1 < self.starts.len() && self.starts[at + 1] <= position {
            at += 1;
        }
        at
    }
}

/// Cuts a book.
///
/// Entries of one PD are taken together first. A group that is expected to give as many candidates
/// as a cell costs stands alone: nothing is wasted in it and no mark has to be drawn. Smaller
/// groups are strung together until their waste costs as much as a cell.
pub fn cut(book: &Portfolio, model: &Model) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut open: Option<Run> = None;
    let mut first = 0;
    while first < book.entries() {
        let group = Run::of_equals(first, book, model);
        first = group.end;
        if open.as_ref().is_some_and(|run| run.takes(&group)) {
            open = open.map(|run| run.with(&group));
            continue;
        }
        cells.extend(open.take().map(|run| run.finish(book)));
        if group.stands_alone() {
            cells.push(group.finish(book));
        } else {
            open = Some(group);
        }
    }
    cells.extend(open.map(|run| run.finish(book)));
    cells
}

/// What cutting needs to know of an entry.
struct Entry {
    segment: usize,
    direction: usize,
    pd: f64,
    loading: f64,
    people: u64,
}

impl Entry {
    fn new(book: &Portfolio, model: &Model, b: usize) -> Self {
        let segment = book.borrowers.segment.codes.get(b);
        let unstressed = book.borrowers.pd.get(b);
        let own = &model.segments[segment];
        Self {
            segment,
            direction: own.direction,
            pd: model.stressed(unstressed).pd,
            loading: own.loading.at(unstressed),
            people: book.borrowers.draws(b),
        }
    }

    fn is_pool(&self) -> bool {
        let defaults = self.people as f64 * self.pd;
        self.people > 1 && (defaults >= POOL_DEFAULTS || self.people > MAX_PEOPLE / 16)
    }
}

/// A run of entries in the making.
struct Run {
    first: usize,
    end: usize,
    segment: usize,
    direction: usize,
    people: u64,
    waste: f64,
    pds: (f64, f64),
    loadings: (f64, f64),
}

impl Run {
    /// The longest run from `first` on with one segment and one PD; a pool is a run by itself.
    fn of_equals(first: usize, book: &Portfolio, model: &Model) -> Self {
        let head = Entry::new(book, model, first);
        let mut run = Self {
            first,
            end: first + 1,
            segment: head.segment,
            direction: head.direction,
            people: head.people,
            waste: 0.0,
            pds: (head.pd, head.pd),
            loadings: (head.loading, head.loading),
        };
        if head.is_pool() {
            return run;
        }
        while run.end < book.entries() {
            let next = Entry::new(book, model, run.end);
            if next.segment != run.segment
                || next.pd != head.pd
                || next.loading != head.loading
                || next.is_pool()
                || run.people + next.people > MAX_PEOPLE
            {
                break;
            }
            run.end += 1;
            run.people += next.people;
        }
        run
    }

    fn stands_alone(&self) -> bool {
        self.people as f64 * self.pds.1 >= WASTE || self.people > MAX_PEOPLE / 16
    }

    fn waste_with(&self, group: &Self) -> f64 {
        self.waste + group.people as f64 * (self.pds.1 - group.pds.0).abs()
    }

    fn takes(&self, group: &Self) -> bool {
        !group.stands_alone()
            && group.segment == self.segment
            && self.people + group.people <= MAX_PEOPLE
            && self.waste_with(group) <= WASTE
            // A PD of 0 never mixes with positive ones: its cell is then skipped altogether.
            && (group.pds.1 > 0.0 || self.pds.1 == 0.0)
    }

    fn with(self, group: &Self) -> Self {
        Self {
            end: group.end,
            people: self.people + group.people,
            waste: self.waste_with(group),
            pds: (self.pds.0.min(group.pds.0), self.pds.1.max(group.pds.1)),
            loadings: (
                self.loadings.0.min(group.loadings.0),
                self.loadings.1.max(group.loadings.1),
            ),
            ..self
        }
    }

    fn finish(self, book: &Portfolio) -> Cell {
        let layout = if self.end - self.first == 1 {
            Layout::Pool
        } else if self.people == (self.end - self.first) as u64 {
            Layout::Singles
        } else {
            Layout::Mixed(Positions::new((self.first..self.end).map(|b| book.borrowers.draws(b))))
        };
        Cell {
            first: self.first,
            end: self.end,
            people: self.people,
            direction: self.direction,
            thresholds: (normal::quantile(self.pds.0), normal::quantile(self.pds.1)),
            loadings: self.loadings,
            layout,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_find_their_entry() {
        let counts = [3_u64, 1, 1, 40, 2, 7];
        let positions = Positions::new(counts.into_iter());
        let mut position = 0;
        for (entry, &count) in counts.iter().enumerate() {
            for _ in 0..count {
                assert_eq!(positions.entry(position), entry, "position {position}");
                position += 1;
            }
        }
    }
}
