//! Discs on a circle with wedges between them and labels outside: where they lie, in pixels.

use std::f64::consts::{PI, TAU};

use super::clip::Point;

/// No disc has a larger radius.
pub const LARGEST: f64 = 12.0;
/// Space between two discs, as far as there is room for it.
const GAP: f64 = 1.0;
/// No more than this share of the circle is left between discs.
const MOST_GAPS: f64 = 0.3;
/// Radius of what is worth nothing.
const SMALLEST: f64 = 0.7;
/// Width of the tip of a wedge.
const TIP: f64 = 0.3;
/// Pieces of a bent wedge.
const PIECES: usize = 18;
/// How far wedges bend towards the centre, and to the side, so that the two of a pair do not coincide.
const BEND: (f64, f64) = (0.5, 0.05);
/// Distance of the lines of two labels.
pub const LABEL_PITCH: f64 = 13.5;
/// A leader leaves the circle straight up to here, beyond the largest disc.
const ELBOW: f64 = 4.0;

/// A disc.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disc {
    /// Its centre.
    pub at: Point,
    /// Its radius.
    pub radius: f64,
    /// Where it lies, clockwise from the top.
    pub angle: f64,
}

/// Discs on a circle.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// Its centre.
    pub centre: Point,
    /// Its radius.
    pub radius: f64,
    /// The discs, clockwise from the top.
    pub discs: Vec<Disc>,
}

/// A label with its leader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RingLabel {
    /// The disc.
    pub disc: usize,
    /// Whether it stands at the right of the circle.
    pub is_right: bool,
    /// The middle of the label's edge that faces the circle.
    pub at: Point,
    /// From the disc to the label.
    pub leader: [Point; 3],
}

impl Ring {
    /// Discs whose areas are in proportion to `areas`, as large as the circle allows.
    pub fn new(areas: &[f64], centre: Point, radius: f64) -> Self {
        let whole = TAU * radius;
        let count = areas.len().max(1) as f64;
        let gap = GAP.min(MOST_GAPS * whole / count);
        let sizes: Vec<f64> = areas.iter().map(|area| area.max(0.0).sqrt()).collect();
        let sum: f64 = sizes.iter().sum();
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        let scale = ((whole - count * gap) / (2.0 * sum)).min(LARGEST / largest);
        let radii: Vec<f64> = sizes
            .iter()
            .map(|size| if sum > 0.0 { (scale * size).max(SMALLEST) } else { SMALLEST })
            .collect();
        // What the discs leave lies between them, evenly.
        let rest = (whole - 2.0 * radii.iter().sum::<f64>()) / count;
        let mut along = -radii.first().copied().unwrap_or(0.0);
        let mut discs = Vec::new();
        for disc in radii {
            let angle = (along + disc) / radius;
            let at = (centre.0 + radius * angle.sin(), centre.1 - radius * angle.cos());
            discs.push(Disc { at, radius: disc, angle });
            along += 2.0 * disc + rest;
        }
        Self { centre, radius, discs }
    }

    /// The rim of a bent wedge of this width from one disc, where it is wide, to another.
    pub fn wedge(&self, from: usize, to: usize, width: f64) -> Vec<Point> {
        let (a, b) = (self.discs[from].at, self.discs[to].at);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let middle = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
        let inwards = |m: f64, c: f64| m + BEND.0 * (c - m);
        let control = (
            inwards(middle.0, self.centre.0) - BEND.1 * dy,
            inwards(middle.1, self.centre.1) + BEND.1 * dx,
        );
        let mut sides = [Vec::new(), Vec::new()];
        for piece in 0..=PIECES {
            let t = piece as f64 / PIECES as f64;
            let on = |a: f64, c: f64, b: f64| {
                (1.0 - t).powi(2) * a + 2.0 * t * (1.0 - t) * c + t * t * b
            };
            let slope = |a: f64, c: f64, b: f64| (1.0 - t) * (c - a) + t * (b - c);
            let (x, y) = (on(a.0, control.0, b.0), on(a.1, control.1, b.1));
            let (sx, sy) = (slope(a.0, control.0, b.0), slope(a.1, control.1, b.1));
            let length = sx.hypot(sy).max(1e-9);
            let half = 0.5 * (TIP + (width - TIP).max(0.0) * (1.0 - t));
            let (nx, ny) = (-sy / length * half, sx / length * half);
            sides[0].push((x + nx, y + ny));
            sides[1].push((x - nx, y - ny));
        }
        let [there, back] = sides;
        there.into_iter().chain(back.into_iter().rev()).collect()
    }

    /// Labels for these discs in a column at each side, `beside` away from the circle, one below the
    /// other in the order of their discs.
    pub fn labels(&self, discs: &[usize], beside: f64) -> Vec<RingLabel> {
        let mut all = Vec::new();
        for is_right in [true, false] {
            let mut own: Vec<usize> = discs
                .iter()
                .copied()
                .filter(|&disc| (self.discs[disc].angle.rem_euclid(TAU) < PI) == is_right)
                .collect();
            own.sort_by(|&a, &b| self.discs[a].at.1.total_cmp(&self.discs[b].at.1));
            let wanted: Vec<f64> = own.iter().map(|&disc| self.out(disc, ELBOW).1).collect();
            let sign = if is_right { 1.0 } else { -1.0 };
            let x = self.centre.0 + sign * (self.radius + beside);
            let reach = self.radius + LARGEST;
            let room = (self.centre.1 - reach, self.centre.1 + reach);
            for (&disc, y) in own.iter().zip(spread(&wanted, room)) {
                let near = (x - sign * 2.0, y);
                let rim = self.out(disc, self.discs[disc].radius - LARGEST);
                let leader = [rim, self.out(disc, ELBOW), near];
                all.push(RingLabel { disc, is_right, at: (x, y), leader });
            }
        }
        all
    }

    /// The point straight out of a disc, so far beyond the largest disc.
    fn out(&self, disc: usize, beyond: f64) -> Point {
        let reach = self.radius + LARGEST + beyond;
        let angle = self.discs[disc].angle;
        (self.centre.0 + reach * angle.sin(), self.centre.1 - reach * angle.cos())
    }
}

/// Heights near the wanted ones, rising, at least a line apart, within the room as far as it goes.
fn spread(wanted: &[f64], room: (f64, f64)) -> Vec<f64> {
    let mut heights: Vec<f64> = Vec::new();
    for &height in wanted {
        let least = heights.last().map_or(room.0, |last| last + LABEL_PITCH);
        heights.push(height.max(least));
    }
    let mut most = room.1;
    for height in heights.iter_mut().rev() {
        *height = height.min(most);
        most = *height - LABEL_PITCH;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_in_proportion_and_discs_stay_apart() {
        let areas: Vec<f64> = (1..=80).map(|i| f64::from(i).powi(2)).collect();
        let ring = Ring::new(&areas, (200.0, 100.0), 90.0);
        let (a, b) = (&ring.discs[79], &ring.discs[39]);
        assert!((a.radius / b.radius - 2.0).abs() < 1e-9);
        for (i, a) in ring.discs.iter().enumerate() {
            let centre = (a.at.0 - 200.0).hypot(a.at.1 - 100.0);
            assert!((centre - 90.0).abs() < 1e-9);
            // The smallest are drawn as dots.
            for b in &ring.discs[..i] {
                let apart = (a.at.0 - b.at.0).hypot(a.at.1 - b.at.1);
                assert!(apart + 0.5 > a.radius + b.radius, "{a:?} {b:?}");
            }
        }
        let few = Ring::new(&[1.0, 1.0], (0.0, 0.0), 90.0);
        assert_eq!(few.discs[0].radius, LARGEST);
        assert!((few.discs[1].at.1 - 90.0).abs() < 1e-9);
        assert_eq!(Ring::new(&[0.0], (0.0, 0.0), 90.0).discs[0].radius, SMALLEST);
    }

    #[test]
    fn labels_stand_a_line_apart_in_the_order_of_their_discs() {
        let ring = Ring::new(&[1.0; 100], (200.0, 200.0), 90.0);
        let crowd: Vec<usize> = (20..32).collect();
        let labels = ring.labels(&crowd, 30.0);
        assert_eq!(labels.len(), 12);
        for pair in labels.windows(2) {
            assert!(pair[0].is_right && pair[1].at.1 - pair[0].at.1 >= LABEL_PITCH - 1e-9);
            assert!(pair[0].disc < pair[1].disc);
        }
        assert_eq!(spread(&[5.0, 6.0], (0.0, 30.0)), [5.0, 18.5]);
        assert_eq!(spread(&[29.0, 29.5], (0.0, 30.0)), [16.5, 30.0]);
    }

    #[test]
    fn wedges_are_wide_at_who_owes() {
        let ring = Ring::new(&[1.0; 4], (0.0, 0.0), 90.0);
        let rim = ring.wedge(0, 1, 6.0);
        let width = |i: usize| {
            let (a, b) = (rim[i], rim[rim.len() - 1 - i]);
            (a.0 - b.0).hypot(a.1 - b.1)
        };
        assert!((width(0) - 6.0).abs() < 1e-9 && (width(PIECES) - TIP).abs() < 1e-9);
    }
}
