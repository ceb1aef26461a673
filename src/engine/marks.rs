//! Defaults by a mark for everybody: in grades of large conditional PDs, where points would fall thickly.
//!
//! Person i has a mark U_i, uniform in (0, 1) and a word of its own, and defaults if
//!
//! 1. U_i <= p_i(Y).

use std::ops::Range;

use super::cells::Cell;
use super::lanes::{self, Words};
use super::moves::{Moves, critical_of};
use super::thresholds::Thresholds;
use super::uniforms::unit;
use crate::model::Link;
use crate::random::Address;
use crate::special::normal;

/// People whose marks are drawn together; even, as a block holds two words.
const TOGETHER: u32 = 1 << 10;

/// Who defaults.
#[derive(Debug, Default)]
pub struct Hit {
    /// Entries of those who default under all policies alike.
    pub alike: Vec<u32>,
    /// Rows of touched people who may default.
    pub touched: Vec<u32>,
    /// Their critical thresholds.
    pub critical: Vec<f32>,
}

impl Hit {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.alike.clear();
        self.touched.clear();
        self.critical.clear();
    }
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Marks {
    words: Words,
    entries: Vec<u32>,
    thresholds: Vec<f64>,
    loadings: Vec<f64>,
    arguments: Vec<f64>,
    pds: Vec<f64>,
}

impl Marks {
    /// Adds the entries of those who default among some positions of a cell, given the driver `y`
    /// and the scale; `at` is the
    /// address of the stream of their marks.
    pub fn draw(
        &mut self,
        (cell, positions, thresholds): (&Cell, Range<u32>, &Thresholds<'_>),
        (y, scale): (f64, Option<f64>),
        (seed, at): (u64, Address),
        moves: Option<&Moves<'_>>,
        hits: &mut Hit,
    ) {
        let link = cell.on.link;
        for first in positions.clone().step_by(TOGETHER as usize) {
            let end = positions.end.min(first + TOGETHER);
            let block = (first - positions.start) / 2;
            self.words.clear();
            self.words.ask_from(at.trial as u32, block..block + (end - first).div_ceil(2));
            self.words.draw(seed, at);
            self.entries.clear();
            let entry = |position| (cell.first + cell.layout.entry(position)) as u32;
            self.entries.extend((first..end).map(entry));
            thresholds.thresholds(cell.first, &self.entries, &mut self.thresholds);
            thresholds.loadings(cell.first, &self.entries, &mut self.loadings);
            if let Some(scale) = scale {
                self.thresholds.iter_mut().for_each(|g| *g *= scale);
            }
            let people = (self.thresholds.as_slice(), self.loadings.as_slice());
            lanes::conditional_of(link, people, y, &mut self.arguments, &mut self.pds);
            let marked = self.entries.iter().zip(&self.words.drawn).zip(&self.pds);
            for (at, ((&entry, &word), &pd)) in marked.enumerate() {
                let mark = unit(word);
                match moves.and_then(|moves| Some((moves, moves.row(entry as usize)?))) {
                    None if mark <= pd => hits.alike.push(entry),
                    None => {}
                    Some((moves, row)) => {
                        let l = self.loadings[at];
                        let asset = match link {
                            Link::Probit => l * y + (1.0 - l * l).sqrt() * normal::quantile(mark),
                            _ => link.critical((mark, 1.0 - mark), l, y),
                        };
                        let span = moves.span(row);
                        let asset = asset / scale.unwrap_or(1.0);
                        let critical = critical_of(span.today, asset, mark <= pd);
                        if critical <= span.highest {
                            hits.touched.push(row);
                            hits.critical.push(critical);
                        }
                    }
                }
            }
        }
    }
}
