//! Drawing the signs that tell the points of policies apart where colour is lost.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::clip::Point;
use super::style::{self, Sign};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Stroke of crosses: thinner than any curve.
const STROKE: f64 = 1.4;

impl Sign {
    /// Draws the sign; all signs look about equally large.
    pub fn draw(self, canvas: &Canvas<'_>, (x, y): Point, colour: RGBColor) -> Drawn {
        let r = style::MARK;
        let polygon = |corners: &[Point]| canvas.shape(corners, colour, 1.0);
        let strokes = |ends: [[Point; 2]; 2]| {
            ends.iter().try_for_each(|ends| canvas.line(ends, colour, STROKE))
        };
        match self {
            Self::Disc => canvas.disc((x, y), r, colour),
            Self::Square => {
                let r = 0.9 * r;
                polygon(&[(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)])
            }
            Self::Triangle => {
                let r = 1.15 * r;
                polygon(&[(x - r, y + 0.8 * r), (x + r, y + 0.8 * r), (x, y - r)])
            }
            Self::Diamond => {
                let r = 1.25 * r;
                polygon(&[(x - r, y), (x, y - r), (x + r, y), (x, y + r)])
            }
            Self::Wedge => {
                let r = 1.15 * r;
                polygon(&[(x - r, y - 0.8 * r), (x + r, y - 0.8 * r), (x, y + r)])
            }
            Self::Cross => {
                strokes([[(x - r, y - r), (x + r, y + r)], [(x - r, y + r), (x + r, y - r)]])
            }
            Self::Plus => {
                let r = 1.2 * r;
                strokes([[(x - r, y), (x + r, y)], [(x, y - r), (x, y + r)]])
            }
        }
    }
}
