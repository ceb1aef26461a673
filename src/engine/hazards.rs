//! Today's hazards of people whom points may hit, for some people of several trials at a time.

use super::lanes;
use super::thresholds::Thresholds;
use crate::model::Link;

/// They are worked out in multiples of so many: what is left over after whole vectors would be worked out one by one.
const TOGETHER: usize = 32;

/// What people have in common who belong to the segment of the entry `first`.
#[derive(Debug, Clone, Copy)]
pub struct Law<'l> {
    /// How thresholds become hazards.
    pub link: Link,
    /// One of the entries.
    pub first: usize,
    /// Thresholds and loadings.
    pub thresholds: &'l Thresholds<'l>,
}

/// People, trial by trial, and what is worked out for them.
#[derive(Debug, Default)]
pub struct Hazards {
    entries: Vec<u32>,
    /// Drivers of their trials, and scales where trials have some.
    y: Vec<f64>,
    scale: Vec<f64>,
    today: Vec<f64>,
    scaled: Vec<f64>,
    loadings: Vec<f64>,
    hazards: Vec<f64>,
    assets: Vec<f64>,
}

/// What is known of somebody.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Today's threshold, before it is scaled.
    pub today: f64,
    /// Today's hazard.
    pub hazard: f64,
    /// The latent asset of the mark.
    pub asset: f64,
}

impl Hazards {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.y.clear();
        self.scale.clear();
    }

    /// Everybody up to number `count`, behind those of the trials before, is asked for in a trial of this driver and scale.
    pub fn ask(&mut self, count: usize, (y, scale): (f64, Option<f64>)) {
        self.y.resize(count, y);
        if let Some(scale) = scale {
            self.scale.resize(count, scale);
        }
    }

    /// Works out the hazards of the people asked for, by their entries: as many, and some behind them that mean nothing.
    pub fn of(&mut self, law: Law<'_>, entries: impl Iterator<Item = u32>) -> &[f64] {
        let Law { link, first, thresholds } = law;
        let Self { y, scale, today, scaled, loadings, hazards, .. } = self;
        let padded = y.len().next_multiple_of(TOGETHER);
        self.entries.clear();
        self.entries.extend(entries);
        if let Some(&last) = self.entries.last() {
            self.entries.resize(padded, last);
        }
        y.resize(padded, 0.0);
        thresholds.thresholds(first, &self.entries, today);
        thresholds.loadings(first, &self.entries, loadings);
        let reached = match scale.is_empty() {
            true => &*today,
            false => {
                scale.resize(padded, 1.0);
                scaled.clear();
                scaled
                    .extend(today.iter().zip(&*scale).map(|(threshold, scale)| threshold * scale));
                &*scaled
            }
        };
        hazards.resize(padded, 0.0);
        lanes::hazards_of(link, reached, loadings, y, hazards);
        hazards
    }

    /// All that can be worked out for the people of [`Self::of`], by their marks on the scale of hazards; likewise some behind
    /// them.
    pub fn with_assets(&mut self, link: Link, marks: &mut Vec<f64>) -> impl Iterator<Item = Known> {
        let Self { y, scale, today, loadings, hazards, assets, .. } = self;
        marks.resize(y.len(), 1.0);
        assets.resize(y.len(), 0.0);
        lanes::critical(link, marks, loadings, y, assets);
        assets.iter_mut().zip(&*scale).for_each(|(asset, scale)| *asset /= scale);
        let known = today.iter().zip(&*hazards).zip(&*assets);
        known.map(|((&today, &hazard), &asset)| Known { today, hazard, asset })
    }
}
