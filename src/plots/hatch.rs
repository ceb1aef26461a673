//! Hatching: what a shape means where colour is lost.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::clip::{Point, Rect};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Distance of two strokes along an axis.
const PITCH: f64 = 5.0;
/// Stroke: thinner than any curve.
const WIDTH: f64 = 0.8;

/// Draws rising strokes across a box; those of boxes that touch meet.
pub fn draw(canvas: &Canvas<'_>, place: Rect, colour: RGBColor) -> Drawn {
    strokes(place).iter().try_for_each(|stroke| canvas.line(stroke, colour, WIDTH))
}

/// The strokes: lines on which x + y is a multiple of the pitch.
fn strokes(place: Rect) -> Vec<[Point; 2]> {
    let Rect { left, right, top, bottom } = place;
    let first = ((left + top) / PITCH).ceil() as i64;
    let last = ((right + bottom) / PITCH).floor() as i64;
    let stroke = |i: i64| {
        let sum = PITCH * i as f64;
        let (start, end) = (left.max(sum - bottom), right.min(sum - top));
        (start < end).then_some([(start, sum - start), (end, sum - end)])
    };
    (first..=last).filter_map(stroke).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_stay_inside_and_meet_those_of_the_neighbour() {
        let at = |left: f64, top: f64| Rect { left, right: left + 12.0, top, bottom: top + 7.0 };
        let [own, beside] = [at(3.0, 4.0), at(15.0, 4.0)].map(strokes);
        let rim = at(3.0, 4.0).grown(1e-9);
        assert!(own.iter().flatten().all(|&point| rim.has(point)) && own.len() > 2);
        let ends: Vec<Point> = own.iter().map(|stroke| stroke[1]).filter(|e| e.0 == 15.0).collect();
        assert!(!ends.is_empty());
        assert!(ends.iter().all(|end| beside.iter().any(|stroke| stroke[0] == *end)));
    }
}
