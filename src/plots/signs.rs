//! Signs that tell the points of policies apart where colour is lost.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::clip::Point;
use super::style;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// The shape of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle on its side.
    Triangle,
    /// A square on its corner.
    Diamond,
    /// A triangle on its corner.
    Wedge,
    /// Two strokes from corner to corner.
    Cross,
    /// Two strokes along the axes.
    Plus,
}

/// All signs, in the order in which policies take them.
pub const SIGNS: [Sign; 7] =
    [Sign::Disc, Sign::Square, Sign::Triangle, Sign::Diamond, Sign::Wedge, Sign::Cross, Sign::Plus];

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
