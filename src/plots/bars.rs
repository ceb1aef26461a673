//! Error bars, along either axis.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::canvas::Canvas;
use super::clip::Point;
use super::style;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Stroke of a bar.
const WIDTH: f64 = 1.1;
/// Half the length of its caps.
const CAP: f64 = 2.5;
/// Length of an arrow head.
const HEAD: f64 = 4.0;

/// The axis that a bar runs along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// The horizontal axis.
    X,
    /// The vertical axis.
    Y,
}

impl Along {
    /// The coordinate along the axis.
    fn of(self, point: Point) -> f64 {
        match self {
            Self::X => point.0,
            Self::Y => point.1,
        }
    }

    /// The point so far along the axis and so far beside `centre`.
    fn at(self, centre: Point, along: f64, beside: f64) -> Point {
        match self {
            Self::X => (along, centre.1 + beside),
            Self::Y => (centre.0 + beside, along),
        }
    }
}

/// Draws a bar from `centre` to the ends that are known, pixels, with caps; an end that `room` cuts
/// has an arrow head instead.
pub fn draw(
    canvas: &Canvas<'_>,
    along: Along,
    centre: Point,
    ends: [Option<f64>; 2],
    colour: RGBColor,
    room: (f64, f64),
) -> Drawn {
    // A bar that the mark covers would only fray its rim.
    let middle = along.of(centre);
    let shown = |end: &f64| (end - middle).abs() > style::MARK + 1.0;
    bare(canvas, along, centre, ends.map(|end| end.filter(shown)), colour, room)
}

/// The same where no mark stands at the centre: no bar is too short to be drawn.
pub fn bare(
    canvas: &Canvas<'_>,
    along: Along,
    centre: Point,
    ends: [Option<f64>; 2],
    colour: RGBColor,
    room: (f64, f64),
) -> Drawn {
    let middle = along.of(centre);
    for end in ends.into_iter().flatten() {
        let tip = end.clamp(room.0, room.1);
        let is_cut = (tip - end).abs() > 0.1;
        let back = if is_cut { HEAD * (middle - tip).signum() } else { 0.0 };
        let at = |x: f64, beside: f64| along.at(centre, x, beside);
        canvas.line(&[at(middle, 0.0), at(tip, 0.0)], colour, WIDTH)?;
        canvas.line(&[at(tip + back, -CAP), at(tip, 0.0), at(tip + back, CAP)], colour, WIDTH)?;
    }
    Ok(())
}
