//! Text before it is drawn: what it says, where it stands, what XML makes of it.

use plotters::style::RGBColor;

use super::style;

/// Which end of a text its position means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The position is the start of the text.
    Start,
    /// The position is its middle.
    Middle,
    /// The position is its end.
    End,
}

/// Which way a text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Level,
    /// Bottom to top, as titles of vertical axes do.
    Up,
}

/// A text and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// What it says.
    pub text: String,
    /// The anchor on the baseline.
    pub at: (f64, f64),
    /// Size in pixels.
    pub size: f64,
    /// Which end is anchored.
    pub anchor: Anchor,
    /// Which way it runs.
    pub direction: Direction,
    /// Its colour.
    pub colour: RGBColor,
}

impl Label {
    /// A level text in ink that starts at `at`.
    pub fn new(text: impl Into<String>, at: (f64, f64), size: f64) -> Self {
        Self {
            text: text.into(),
            at,
            size,
            anchor: Anchor::Start,
            direction: Direction::Level,
            colour: style::INK,
        }
    }

    /// The same, anchored elsewhere.
    pub fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// The same in another colour.
    pub fn coloured(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    /// The same, running upwards.
    pub fn upwards(self) -> Self {
        Self { direction: Direction::Up, ..self }
    }
}

/// Height of the small letters' middle above the baseline, in ems: where a label is centred.
pub const MIDDLE: f64 = 0.35;
