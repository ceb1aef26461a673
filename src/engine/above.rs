//! Points above the envelope: those that only a policy which raises PDs asks for.
//!
//! Bands of hazards above today's envelope ([`super::opening`]) have their own counts and their own places,
//! each in streams of the band.

use super::envelope::Envelope;
use super::lanes::Lanes;
use super::lanes::Words;
use super::opening::{Opening, band_end, in_band};
use super::poisson::Poissons;
use crate::random::{Address, Purpose, Stream};

/// Points of the bands of a cell.
#[derive(Debug, Default)]
pub struct Above {
    /// Bands of the cell.
    bands: u32,
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
}

impl Above {
    /// Draws how many points fall in each band of each trial; `totals` are the points to be expected up
    /// to the envelope.
    pub fn count(
        &mut self,
        (opening, envelope): (&Opening, &Envelope),
        totals: &[f64],
        lanes: &Lanes<'_>,
    ) {
        let low = |t: usize| (lanes.at.trial as u32).wrapping_add(t as u32);
        self.bands = opening.most().into();
        self.trials = lanes.y.len();
        self.counts.clear();
        for band in 1..=self.bands {
            let Part { width, .. } = part(band);
            self.means.clear();
            let trials = lanes.y.iter().zip(totals).enumerate();
            self.means.extend(trials.map(|(t, (&y, total))| {
                let scale = lanes.scale.get(t).copied().unwrap_or(1.0);
                let open = u32::from(opening.at(envelope, y, scale));
                if open >= band { width * total } else { 0.0 }
            }));
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
        }
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

fn part(band: u32) -> Part {
    let bottom = band_end(band - 1);
    Part { bottom, width: band_end(band) - bottom }
}
