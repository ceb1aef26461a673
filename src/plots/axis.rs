//! Axes: the way from data to pixels, and what is drawn at the rim of a plot.

use super::canvas::Canvas;
use super::clip::{Point, Rect};
use super::style;
use super::text::{Anchor, Label, MIDDLE};

/// Which way values run along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal factors; both ends positive.
    Log,
}

impl Scale {
    /// How far along the axis from `low` to `high` a value lies, 0 to 1.
    fn share(self, x: f64, (low, high): (f64, f64)) -> f64 {
        match self {
            Self::Linear => (x - low) / (high - low),
            Self::Log => (x.max(low) / low).log10() / (high / low).log10(),
        }
    }
}

/// A plot's frame with its two scales.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    /// The frame, pixels.
    pub frame: Rect,
    /// Values at the left and right edge.
    pub x: (f64, f64),
    /// Values at the bottom and top edge.
    pub y: (f64, f64),
    /// How the horizontal axis runs.
    pub x_scale: Scale,
    /// How the vertical axis runs.
    pub y_scale: Scale,
}

impl Panel {
    /// Pixels from the left for a value.
    pub fn x_at(&self, x: f64) -> f64 {
        self.frame.left + self.x_scale.share(x, self.x) * (self.frame.right - self.frame.left)
    }

    /// Pixels from the top for a value; a logarithmic axis takes what is below its end as its end.
    pub fn y_at(&self, y: f64) -> f64 {
        self.frame.bottom - self.y_scale.share(y, self.y) * (self.frame.bottom - self.frame.top)
    }

    /// Pixels for a pair of values.
    pub fn at(&self, x: f64, y: f64) -> Point {
        (self.x_at(x), self.y_at(y))
    }
}

/// The ends of a money axis that shows the losses from `low` to `high`: it starts at no loss
/// unless that would waste a third of it, and never spans a mere point.
pub fn money_range(low: f64, high: f64) -> (f64, f64) {
    if low > high {
        return (0.0, 1.0);
    }
    let far_from_zero = low > 0.35 * high && high - low > 0.02 * high;
    let start = if far_from_zero { low - 0.02 * (high - low) } else { low.min(0.0) };
    let end = if high > start { high + 0.03 * (high - start) } else { start + 1.0 };
    (start, end)
}

type Drawn = Result<(), plotters::drawing::DrawingAreaErrorKind<std::io::Error>>;

/// Draws ticks, labels and title of a horizontal money axis below `bottom`.
pub fn draw_money_axis(
    canvas: &Canvas<'_>,
    panel: &Panel,
    bottom: f64,
    ticks: &[(f64, String)],
    title: &str,
) -> Drawn {
    for (value, text) in ticks {
        let x = panel.x_at(*value);
        canvas.line(&[(x, bottom), (x, bottom + style::TICK_LENGTH)], style::INK, style::FRAME)?;
        let at = (x, bottom + style::TICK_LENGTH + 1.25 * style::TICK);
        canvas.text(&Label::new(text.clone(), at, style::TICK).anchored(Anchor::Middle))?;
    }
    let middle = (panel.frame.left + panel.frame.right) / 2.0;
    let at = (middle, bottom + style::TICK_LENGTH + 1.4 * style::TICK + 1.3 * style::LABEL);
    canvas.text(&Label::new(title, at, style::LABEL).anchored(Anchor::Middle))
}

/// Room that a horizontal axis takes below the frame.
pub const MONEY_AXIS_HEIGHT: f64 =
    style::TICK_LENGTH + 1.4 * style::TICK + 1.3 * style::LABEL + 0.4 * style::LABEL;

/// Side of a frame on which a vertical axis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// At the left edge.
    Left,
    /// At the right edge.
    Right,
}

/// Draws ticks and labels of a vertical axis, and its title at the pixel `title_x`.
pub fn draw_vertical_axis(
    canvas: &Canvas<'_>,
    panel: &Panel,
    side: Side,
    ticks: &[(f64, String)],
    title: (&str, f64),
) -> Drawn {
    let (edge, sign, anchor) = match side {
        Side::Left => (panel.frame.left, -1.0, Anchor::End),
        Side::Right => (panel.frame.right, 1.0, Anchor::Start),
    };
    let tip = edge + sign * style::TICK_LENGTH;
    for (value, text) in ticks {
        let y = panel.y_at(*value);
        canvas.line(&[(edge, y), (tip, y)], style::INK, style::FRAME)?;
        let at = (tip + sign * 3.0, y + MIDDLE * style::TICK);
        canvas.text(&Label::new(text.clone(), at, style::TICK).anchored(anchor))?;
    }
    draw_upward_title(
        canvas,
        title.0,
        (title.1, f64::midpoint(panel.frame.top, panel.frame.bottom)),
    )
}

/// Draws the title of a vertical axis centred on a point.
pub fn draw_upward_title(canvas: &Canvas<'_>, title: &str, at: Point) -> Drawn {
    canvas.text(&Label::new(title, at, style::LABEL).anchored(Anchor::Middle).upwards())
}

/// Draws the grid of a panel, its left and lower edge, and the ticks and labels of its left axis.
pub fn draw_panel(
    canvas: &Canvas<'_>,
    panel: &Panel,
    across: &[(f64, String)],
    up: &[(f64, String)],
) -> Drawn {
    let Rect { left, right, top, bottom } = panel.frame;
    let grid = |a: Point, b: Point| canvas.line(&[a, b], style::GRID_LINE, style::GRID);
    for (value, _) in across {
        let x = panel.x_at(*value);
        grid((x, top), (x, bottom))?;
    }
    for (value, _) in up {
        let y = panel.y_at(*value);
        grid((left, y), (right, y))?;
    }
    draw_left_ticks(canvas, panel, up)?;
    canvas.line(&[(left, top), (left, bottom), (right, bottom)], style::INK, style::FRAME)
}

/// Draws ticks and labels of the left axis.
fn draw_left_ticks(canvas: &Canvas<'_>, panel: &Panel, ticks: &[(f64, String)]) -> Drawn {
    let edge = panel.frame.left;
    for (value, text) in ticks {
        let y = panel.y_at(*value);
        canvas.line(&[(edge, y), (edge - style::TICK_LENGTH, y)], style::INK, style::FRAME)?;
        let at = (edge - style::TICK_LENGTH - 3.0, y + MIDDLE * style::TICK);
        canvas.text(&Label::new(text.clone(), at, style::TICK).anchored(Anchor::End))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_ranges_never_are_a_point() {
        assert_eq!(money_range(f64::INFINITY, f64::NEG_INFINITY), (0.0, 1.0));
        assert_eq!(money_range(0.0, 0.0), (0.0, 1.0));
        assert_eq!(money_range(5e6, 5e6).0, 0.0);
        assert!(money_range(4.0, 5.0).0 > 3.9);
    }
}
