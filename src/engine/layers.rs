//! Layers of the mixing variable s that scales thresholds under a t copula.
//!
//! Within a layer every grade has the thresholds of all s in it, so that its envelope covers them all. The
//! narrower a layer, the fewer points fall in vain: where people default the scaled thresholds of a layer
//! differ by [`STEP`]; where next to nobody does they differ by more. Beyond the layers, which happens once in
//! 10^9 trials, everybody has a mark.

use super::cells::Cell;
use super::grades::Grade;
use crate::model::Model;
use crate::model::state::mixing;
use crate::portfolio::Portfolio;

/// Difference of the scaled thresholds within a layer: points rise by an eighth or so, but trials fit their own
/// bounds (`bounds`), so that few of them are worked out in vain.
const STEP: f64 = 0.14;
/// Scaled thresholds of 4 and more are those of people who hardly default.
const QUIET: f64 = 4.0;
/// Widths of layers over that of the one before, there and where s is unlikely.
const WIDENING: f64 = 1.2;
/// Normals behind s from which layers are narrow, and between which there are any.
const LIKELY: f64 = -4.0;
const FARTHEST: f64 = 6.2;

/// Layers of s, one of them where nothing is scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    /// Ends, ascending, one more than layers; empty without a scale.
    ends: Vec<f64>,
}

impl Layers {
    /// The only one.
    pub fn single() -> Self {
        Self { ends: Vec::new() }
    }

    /// Those of a cell.
    pub fn of(cell: &Cell, book: &Portfolio, model: &Model) -> Self {
        match cell.on.scale {
            0 => Self::single(),
            scale => Self::new(model.degrees_of_freedom(scale), typical(cell, book, model)),
        }
    }

    /// For a mixing variable of `nu` degrees of freedom and the size of a typical threshold.
    fn new(nu: f64, typical: f64) -> Self {
        let low = mixing(nu, LIKELY);
        let (least, most) = (mixing(nu, -FARTHEST), mixing(nu, FARTHEST));
        let typical = typical.max(0.5);
        let step = STEP / typical;
        let mut ends = vec![low];
        let (mut end, mut width) = (low, step);
        while end > least {
            width *= WIDENING;
            end = (end - width).max(least);
            ends.push(end);
        }
        ends.reverse();
        let (mut end, mut width) = (low, step);
        while end < most {
            if end * typical > QUIET {
                width *= WIDENING;
            }
            end = (end + width).min(most);
            ends.push(end);
        }
        Self { ends }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len().max(2) - 1
    }

    /// The layer of a scale.
    #[inline]
    pub fn at(&self, scale: f64) -> Option<usize> {
        if self.ends.is_empty() {
            return Some(0);
        }
        let after = self.ends.partition_point(|&end| end <= scale);
        (after > 0 && after < self.ends.len()).then(|| after - 1)
    }

    /// The scaled threshold that is highest in a layer.
    pub fn highest(&self, layer: usize, threshold: f64) -> f64 {
        match self.ends.get(layer..layer + 2) {
            Some(ends) => (threshold * ends[0]).max(threshold * ends[1]),
            None => threshold,
        }
    }

    fn lowest(&self, layer: usize, threshold: f64) -> f64 {
        -self.highest(layer, -threshold)
    }

    /// Grades whose thresholds are those of all scales in a layer.
    pub fn grades(&self, layer: usize, grades: &[Grade]) -> Vec<Grade> {
        let of = |grade: &Grade| Grade {
            thresholds: (
                self.lowest(layer, grade.thresholds.0),
                self.highest(layer, grade.thresholds.1),
            ),
            ..*grade
        };
        grades.iter().map(of).collect()
    }
}

/// Size of the threshold of a cell's people on average over their expected defaults.
fn typical(cell: &Cell, book: &Portfolio, model: &Model) -> f64 {
    let segment = book.borrowers.segment.codes.get(cell.first);
    let own = (cell.first..cell.end).map(|b| {
        let pd = book.borrowers.pd.get(b);
        let stressed = model.stressed(pd).pd;
        let threshold = model.threshold(segment, pd);
        let weight = book.borrowers.draws(b) as f64 * stressed;
        if threshold.is_finite() { (weight, weight * threshold.abs()) } else { (0.0, 0.0) }
    });
    let (weight, sum) = own.fold((0.0, 0.0), |(w, s), (x, y)| (w + x, s + y));
    if weight > 0.0 { sum / weight } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(low: f64, high: f64) -> Grade {
        Grade { start: 0, people: 10, thresholds: (low, high), loadings: (0.2, 0.2) }
    }

    #[test]
    fn every_likely_scale_has_a_layer_that_covers_it() {
        for nu in [1.0, 2.5, 4.0, 10.0, 1_000.0] {
            let grades = [grade(-4.0, -2.1), grade(f64::NEG_INFINITY, f64::NEG_INFINITY)];
            let layers = Layers::new(nu, 2.1);
            assert!(layers.len() <= 120, "{nu}: {}", layers.len());
            for i in -600..=600 {
                let s = mixing(nu, 0.01 * f64::from(i));
                let layer = layers.at(s).expect("likely scales have layers");
                let own = layers.grades(layer, &grades);
                assert!(own[0].thresholds.0 <= -4.0 * s && -2.1 * s <= own[0].thresholds.1);
                assert!(own[1].is_safe());
            }
            assert_eq!(layers.at(mixing(nu, 6.5)), None);
            assert_eq!(layers.at(mixing(nu, -6.5)), None);
        }
        let single = Layers::single();
        assert_eq!((single.len(), single.at(1.0), single.highest(0, -2.0)), (1, Some(0), -2.0));
    }
}
