//! What a checked scenario asks beyond its policies: where in a range of assumptions a policy helps.

use super::Measured;

/// A range of a number of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Path of the number, such as `behaviour.leakage`.
    pub key: String,
    /// Lowest value.
    pub from: f64,
    /// Highest value.
    pub to: f64,
    /// Number of values, evenly spread, both ends included; at least 2.
    pub points: usize,
}

impl Axis {
    /// The values, ascending.
    pub fn values(&self) -> Vec<f64> {
        let last = (self.points - 1) as f64;
        let at = |i: usize| self.from + (self.to - self.from) * (i as f64 / last);
        (0..self.points).map(at).collect()
    }
}

/// A grid of two numbers over which the change of a measure is mapped.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Slug, unique among the regions.
    pub id: String,
    /// Free text; the id when the file gives none.
    pub title: String,
    /// Index of the policy; its change is against the baseline.
    pub policy: usize,
    /// What is measured.
    pub measured: Measured,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
}

/// A number at which the change of a measure passes 0.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakEven {
    /// Slug, unique among the break-evens.
    pub id: String,
    /// Free text; the id when the file gives none.
    pub title: String,
    /// Index of the policy; its change is against the baseline.
    pub policy: usize,
    /// What is measured.
    pub measured: Measured,
    /// Where it is looked for.
    pub axis: Axis,
}
