//! Legends: samples of fills and lines with their meaning, on as many lines as they need.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::bars::{self, Along};
use super::canvas::Canvas;
use super::clip::{Point, Rect, dashes};
use super::hatch;
use super::sheet::Sheet;
use super::style;
use super::text::{Label, MIDDLE};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Distance of two lines.
const PITCH: f64 = 17.0;
/// Width and height of a sample of a fill.
const SWATCH: (f64, f64) = (18.0, 9.0);
/// Length of the sample of a line or a band.
const STROKE: f64 = 22.0;
/// Space between a sample and its meaning, and between two entries.
const GAPS: (f64, f64) = (6.0, 14.0);

/// What is explained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// A filled box.
    Filled(RGBColor),
    /// A filled box under strokes of another colour.
    Hatched(RGBColor, RGBColor),
    /// A line of this stroke and dash in ink.
    Line(f64, &'static [f64]),
    /// An error bar in ink.
    Band,
}

impl Sample {
    fn width(self) -> f64 {
        match self {
            Self::Filled(_) | Self::Hatched(..) => SWATCH.0,
            Self::Line(..) | Self::Band => STROKE,
        }
    }

    fn draw(self, canvas: &Canvas<'_>, (x, y): Point) -> Drawn {
        let half = SWATCH.1 / 2.0;
        let place = Rect { left: x, right: x + SWATCH.0, top: y - half, bottom: y + half };
        match self {
            Self::Filled(colour) => {
                canvas.rect(place, colour)?;
                canvas.outline(place, style::INK, style::GRID)
            }
            Self::Hatched(colour, strokes) => {
                canvas.rect(place, colour)?;
                hatch::draw(canvas, place, strokes)?;
                canvas.outline(place, style::INK, style::GRID)
            }
            Self::Line(width, dash) => dashes(&[(x, y), (x + STROKE, y)], dash)
                .iter()
                .try_for_each(|dash| canvas.line(dash, style::INK, width)),
            Self::Band => {
                let ends = [x, x + STROKE].map(Some);
                let room = (x, x + STROKE);
                bars::draw(canvas, Along::X, (x + STROKE / 2.0, y), ends, style::INK, room)
            }
        }
    }
}

/// Samples with their meanings.
pub struct Legend {
    /// Sample, meaning, and how far right of the start and below the top it stands.
    entries: Vec<(Sample, String, Point)>,
    lines: usize,
}

impl Legend {
    /// Places the entries in order on lines that are no wider than `room`.
    pub fn new(sheet: &Sheet, entries: Vec<(Sample, String)>, room: f64) -> Self {
        let (mut x, mut lines) = (0.0, usize::from(!entries.is_empty()));
        let mut placed = Vec::new();
        for (sample, text) in entries {
            let width = sample.width() + GAPS.0 + sheet.text_width(&text, style::SMALL);
            if x > 0.0 && x + width > room {
                (x, lines) = (0.0, lines + 1);
            }
            placed.push((sample, text, (x, PITCH * (lines as f64 - 0.5))));
            x += width + GAPS.1;
        }
        Self { entries: placed, lines }
    }

    /// Height of all lines.
    pub fn height(&self) -> f64 {
        PITCH * self.lines as f64
    }

    /// Draws the entries from their upper left corner on.
    pub fn draw(&self, canvas: &Canvas<'_>, corner: Point) -> Drawn {
        for (sample, text, at) in &self.entries {
            let (x, y) = (corner.0 + at.0, corner.1 + at.1);
            sample.draw(canvas, (x, y))?;
            let at = (x + sample.width() + GAPS.0, y + MIDDLE * style::SMALL);
            canvas.text(&Label::new(text, at, style::SMALL).coloured(style::MUTED))?;
        }
        Ok(())
    }
}
