//! Points above the envelope: those that only a policy which raises PDs asks for.
//!
//! Bands of hazards above today's envelope ([`super::opening`]) have their own counts and their own places,
//! each in streams of the band. Where there would be too many of them people are gone through instead
//! ([`super::beyond`]).

use super::beyond::Beyond;
use super::envelope::{Envelope, Held};
use super::lanes::Lanes;
use super::lanes::Words;
use super::opening::{Open, Opening, band_end, in_band};
use super::poisson::Poissons;
use crate::random::{Address, Purpose, Stream};

/// Points of the bands of a cell.
#[derive(Debug, Default)]
pub struct Above {
    /// What is drawn in each trial of the lanes.
    open: Vec<Open>,
    /// The most bands of any.
    bands: u32,
    /// Points of each trial, or people who are gone through.
    points: Vec<usize>,
    /// Band x trial of the lanes.
    counts: Vec<u32>,
    trials: usize,
    means: Vec<f64>,
    drawn: Vec<u32>,
    poissons: Poissons,
    head: Words,
    /// Words of the batch at hand, and how many have been used, by band.
    words: Vec<Words>,
    used: Vec<usize>,
    beyond: Beyond,
}

/// A part of the scale of hazards, in multiples of the envelope.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Where it begins.
    pub bottom: f64,
    /// How far it reaches.
    pub width: f64,
}

impl Part {
    /// The envelope itself.
    pub const BASE: Self = Self { bottom: 0.0, width: 1.0 };
    /// Somewhere above it.
    pub const ABOVE: Self = Self { bottom: 1.0, width: 0.0 };
}

impl Above {
    /// Draws how many points fall in each band of each trial; `held` says what is to be expected up to the
    /// envelope.
    pub fn count(
        &mut self,
        (opening, envelope): (&Opening, &Envelope),
        (held, people): (&[Held], u64),
        lanes: &Lanes<'_>,
    ) {
        let low = |t: usize| (lanes.at.trial as u32).wrapping_add(t as u32);
        self.trials = lanes.y.len();
        self.open.clear();
        self.open.extend(lanes.y.iter().zip(held).enumerate().map(|(t, (&y, &held))| {
            let scale = lanes.scale.get(t).copied().unwrap_or(1.0);
            opening.at(envelope, (y, scale), held)
        }));
        self.bands = self.open.iter().map(|&open| bands(open)).max().unwrap_or(0);
        self.points.clear();
        self.points.extend(self.open.iter().map(|open| match open {
            Open::Bands(_) => 0,
            Open::People => people as usize,
        }));
        self.counts.clear();
        for band in 1..=self.bands {
            let Part { width, .. } = part(band);
            self.means.clear();
            let trials = self.open.iter().zip(held);
            self.means.extend(
                trials.map(
                    |(&open, held)| {
                        if bands(open) >= band { width * held.total } else { 0.0 }
                    },
                ),
            );
            let at = |t| Address {
                cell: in_band(lanes.at.cell, band),
                ..lanes.address(Purpose::Bands, t)
            };
            self.head.clear();
            (0..self.trials).for_each(|t| self.head.ask(low(t), 1));
            self.head.draw(lanes.seed, at(0));
            let stream = |t| Stream::new(lanes.seed, at(t));
            self.poissons.draw(&self.means, &self.head.drawn, stream, &mut self.drawn);
            self.counts.extend(&self.drawn);
            for (points, &drawn) in self.points.iter_mut().zip(&self.drawn) {
                *points += drawn as usize;
            }
        }
    }

    /// Points of a trial, or people who are gone through.
    pub fn points(&self, t: usize) -> usize {
        self.points[t]
    }

    /// People of a trial and their places, where they are gone through.
    pub fn beyond(
        &mut self,
        setting: (&Opening, &Envelope),
        (held, t): (Held, usize),
        lanes: &Lanes<'_>,
    ) -> Option<(&[u32], &[f64])> {
        if self.open[t] != Open::People {
            return None;
        }
        self.beyond.draw(setting, held, t, lanes);
        Some((&self.beyond.positions, &self.beyond.marks))
    }

    /// Draws the places of some trials, which are then taken in this order.
    pub fn draw(&mut self, trials: impl Iterator<Item = usize> + Clone, lanes: &Lanes<'_>) {
        let low = |t: usize| (lanes.at.trial as u32).wrapping_add(t as u32);
        let most = self.words.len().max(self.bands as usize);
        self.words.resize_with(most, Words::default);
        self.used.clear();
        self.used.resize(self.bands as usize, 0);
        for band in 1..=self.bands {
            let counts = &self.counts[(band as usize - 1) * self.trials..][..self.trials];
            let words = &mut self.words[band as usize - 1];
            words.clear();
            trials.clone().for_each(|t| words.ask(low(t), counts[t].div_ceil(2)));
            let at = lanes.address(Purpose::BandPlaces, 0);
            words.draw(lanes.seed, Address { cell: in_band(lanes.at.cell, band), ..at });
        }
    }

    /// The words of the next trial by band.
    pub fn take(&mut self, t: usize) -> impl Iterator<Item = (Part, &[u64])> {
        let Self { counts, trials, words, used, .. } = self;
        used.iter_mut().zip(words.iter()).enumerate().map(move |(at, (used, words))| {
            let count = counts[at * *trials + t] as usize;
            let first = *used;
            *used += count.next_multiple_of(2);
            (part(at as u32 + 1), &words.drawn[first..first + count])
        })
    }
}

/// Bands that are open.
fn bands(open: Open) -> u32 {
    match open {
        Open::Bands(bands) => bands.into(),
        Open::People => 0,
    }
}

fn part(band: u32) -> Part {
    let bottom = band_end(band - 1);
    Part { bottom, width: band_end(band) - bottom }
}
