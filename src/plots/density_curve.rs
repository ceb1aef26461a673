//! The curve of one policy in the density figure.

use super::clip::thinned;
use super::style::{self, Look};
use crate::measures::series::{DensityPoint, DensitySeries};

/// One policy, ready to draw.
pub struct Curve<'a> {
    /// The series.
    pub series: &'a DensitySeries,
    /// Its points that can stand on the axes.
    pub points: Vec<DensityPoint>,
    /// Its look.
    pub look: Look,
}

impl<'a> Curve<'a> {
    /// The curve of a series in the look of its policy.
    pub fn new(series: &'a DensitySeries, look: Look) -> Self {
        Self { series, points: usable(&series.points), look }
    }

    /// The greatest height.
    pub fn peak(&self) -> f64 {
        self.points.iter().map(|p| p.density).fold(0.0, f64::max)
    }
}

/// The points that can stand on the axes.
fn usable(points: &[DensityPoint]) -> Vec<DensityPoint> {
    let finite = |p: &&DensityPoint| p.loss.is_finite() && p.density.is_finite();
    thinned(&points.iter().filter(finite).copied().collect::<Vec<_>>(), style::MAX_POINTS)
}
