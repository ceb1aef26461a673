//! Defaults by a mark for everybody: in grades of large conditional PDs, where points would fall thickly.
//!
//! Person i has a mark U_i, uniform in (0, 1) and a word of its own, and defaults if
//!
//! 1. U_i <= p_i(Y).

use std::ops::Range;

use super::cells::Cell;
use super::lanes::{self, Words};
use super::thresholds::Thresholds;
use super::uniforms::unit;
use crate::random::Address;

/// People whose marks are drawn together; even, as a block holds two words.
const TOGETHER: u32 = 1 << 10;

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
    /// Adds the entries of those who default among some positions of a cell, given `y`; `at` is the
    /// address of the stream of their marks.
    pub fn draw(
        &mut self,
        (cell, positions, thresholds): (&Cell, Range<u32>, &Thresholds<'_>),
        y: f64,
        (seed, at): (u64, Address),
        hits: &mut Vec<u32>,
    ) {
        for first in positions.clone().step_by(TOGETHER as usize) {
            let end = positions.end.min(first + TOGETHER);
            let block = (first - positions.start) / 2;
            self.words.clear();
            self.words.ask_from(at.trial as u32, block..block + (end - first).div_ceil(2));
            self.words.draw(seed, at);
            self.entries.clear();
            let entry = |position| (cell.first + cell.layout.entry(position)) as u32;
            self.entries.extend((first..end).map(entry));
            thresholds.thresholds(&self.entries, &mut self.thresholds);
            thresholds.loadings(cell.first, &self.entries, &mut self.loadings);
            lanes::arguments_of(&self.thresholds, &self.loadings, y, &mut self.arguments);
            lanes::probabilities(&self.arguments, &mut self.pds);
            let marked = self.entries.iter().zip(&self.words.drawn).zip(&self.pds);
            let defaults = marked.filter(|&((_, &word), &pd)| unit(word) <= pd);
            hits.extend(defaults.map(|((entry, _), _)| entry));
        }
    }
}
