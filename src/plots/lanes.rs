//! Bands below a stacked bar: those that would cover one another lie in lanes of their own.

use super::axis::Panel;
use super::stacked_bar::Stack;

/// Space between two bands in a lane, at least.
const BAND_GAP: f64 = 4.0;
/// A band that ends no further from its part's end is too short to be seen.
const LEAST_BAND: f64 = 1.2;

/// The band of a part, pixels.
pub struct Band {
    /// Where its part ends.
    pub from: f64,
    /// Its ends, as far as they are known.
    pub ends: [Option<f64>; 2],
    /// The lane below the bar.
    pub lane: usize,
}

/// The bands of a bar that are wide enough to be seen, each in the first lane in which it has room.
pub fn bands(panel: &Panel, stack: &Stack) -> Vec<Band> {
    let mut lanes: Vec<f64> = Vec::new();
    let mut bands = Vec::new();
    let mut start = 0.0;
    for part in &stack.parts {
        let from = panel.x_at(start + part.value);
        let ends = part.ends.map(|end| end.filter(|x| x.is_finite()));
        let ends = ends.map(|end| end.map(|x| panel.x_at(start + x)));
        start += part.value;
        if !ends.iter().flatten().any(|x| (x - from).abs() > LEAST_BAND) {
            continue;
        }
        let low = ends[0].unwrap_or(from).min(from);
        let high = ends[1].unwrap_or(from).max(from).min(panel.frame.right);
        let lane = lanes.iter().position(|end| end + BAND_GAP <= low).unwrap_or(lanes.len());
        lanes.resize(lanes.len().max(lane + 1), high);
        lanes[lane] = high;
        bands.push(Band { from, ends, lane });
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::axis::Scale;
    use crate::plots::clip::Rect;
    use crate::plots::stacked_bar::Part;
    use crate::plots::style;

    #[test]
    fn bands_that_would_cover_one_another_lie_in_lanes_of_their_own() {
        let frame = Rect { left: 0.0, right: 100.0, top: 0.0, bottom: 0.0 };
        let scale = Scale::Linear;
        let panel = Panel { frame, x: (0.0, 100.0), y: (0.0, 1.0), x_scale: scale, y_scale: scale };
        let part = |value: f64, half: f64| Part {
            name: "",
            colour: style::INK,
            value,
            ends: [value - half, value + half].map(Some),
            share: None,
            is_doubtful: false,
        };
        // Ends at 20, 60, 62 and 90: the second and third meet, the last is sure.
        let stack = Stack {
            parts: vec![part(20.0, 5.0), part(40.0, 5.0), part(2.0, 5.0), part(28.0, 0.1)],
        };
        let found: Vec<(f64, usize)> =
            bands(&panel, &stack).iter().map(|band| (band.from, band.lane)).collect();
        assert_eq!(found, [(20.0, 0), (60.0, 0), (62.0, 1)]);
    }
}
