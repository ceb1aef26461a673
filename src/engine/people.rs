//! Touched people whom the points of a batch of trials hit: their marks, latent assets and critical thresholds.

use super::lanes;
use super::moves::{Moves, critical_of};
use super::thresholds::Thresholds;
use crate::model::Link;

/// Touched people, each once in a trial.
#[derive(Debug, Default)]
pub struct People {
    /// How many they are; there is room for more.
    pub count: usize,
    positions: Vec<u32>,
    /// Their rows in [`Moves`].
    pub rows: Vec<u32>,
    marks: Vec<f64>,
    defaults: Vec<bool>,
    y: Vec<f64>,
    loadings: Vec<f64>,
    entries: Vec<u32>,
    assets: Vec<f64>,
    today: Vec<f32>,
    /// The highest thresholds under any policy.
    pub highest: Vec<f32>,
    /// The thresholds from which on they default.
    pub criticals: Vec<f32>,
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
    marks: &'p mut [f64],
    defaults: &'p mut [bool],
}

impl Finding<'_> {
    /// Somebody new.
    #[inline(always)]
    pub fn push(&mut self, (position, row): (u32, u32), mark: f64, defaults: bool) {
        let at = self.count;
        self.positions[at] = position;
        self.rows[at] = row;
        self.marks[at] = mark;
        self.defaults[at] = defaults;
        self.count += 1;
    }

    /// Another point of somebody who was met, at `first` or behind it.
    #[inline(never)]
    pub fn lower(&mut self, (first, position): (usize, u32), mark: f64, defaults: bool) {
        let own = &self.positions[first..self.count];
        if let Some(at) = own.iter().position(|&p| p == position) {
            self.marks[first + at] = self.marks[first + at].min(mark);
            self.defaults[first + at] |= defaults;
        }
    }
}

impl People {
    /// Nobody, with room for so many.
    pub fn begin(&mut self, room: usize) -> Finding<'_> {
        if self.rows.len() < room {
            self.positions.resize(room, 0);
            self.rows.resize(room, 0);
            self.marks.resize(room, 0.0);
            self.defaults.resize(room, false);
        }
        let Self { positions, rows, marks, defaults, .. } = self;
        Finding { count: 0, positions, rows, marks, defaults }
    }

    /// Works the latent assets out; all belong to the segment of the entry `first`.
    pub fn work_out(
        &mut self,
        (link, first): (Link, usize),
        (thresholds, moves): (&Thresholds<'_>, &Moves<'_>),
        trials: impl Iterator<Item = Trial> + Clone,
    ) {
        let count = self.count;
        match thresholds.one_loading(first) {
            Some(loading) => {
                self.loadings.clear();
                self.loadings.resize(count, loading);
            }
            None => {
                self.entries.clear();
                self.entries.extend(self.rows[..count].iter().map(|&row| moves.entry(row) as u32));
                thresholds.loadings(first, &self.entries, &mut self.loadings);
            }
        }
        self.y.clear();
        trials.clone().for_each(|own| self.y.resize(own.people, own.y));
        self.assets.resize(count, 0.0);
        let with = (&self.marks[..count], self.loadings.as_slice());
        lanes::critical(link, with.0, with.1, &self.y, &mut self.assets);
        let mut known = 0;
        for own in trials {
            if let Some(scale) = own.scale {
                self.assets[known..own.people].iter_mut().for_each(|asset| *asset /= scale);
            }
            known = own.people;
        }
    }

    /// Works the critical thresholds out. Tables are read before anything hangs on what they hold.
    pub fn cross(&mut self, moves: &Moves<'_>) {
        let rows = &self.rows[..self.count];
        self.today.resize(rows.len(), 0.0);
        self.highest.resize(rows.len(), 0.0);
        let spans = self.today.iter_mut().zip(&mut self.highest).zip(rows);
        for ((today, highest), &row) in spans {
            let span = moves.span(row);
            (*today, *highest) = (span.today, span.highest);
        }
        self.criticals.resize(rows.len(), 0.0);
        let own = self.today.iter().zip(&self.assets).zip(&self.defaults);
        for (critical, ((&today, &asset), &defaults)) in self.criticals.iter_mut().zip(own) {
            *critical = critical_of(today, asset, defaults);
        }
    }
}
