//! Text before it is drawn: the embedded font, measured widths, shortening, boxes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use plotters::style::RGBColor;
use resvg::usvg::{self, fontdb};

use super::style;

/// The reader of SVG for which DejaVu Sans is the only font in the world.
pub fn svg_options() -> usvg::Options<'static> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    usvg::Options {
        font_family: "DejaVu Sans".to_owned(),
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    }
}

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

/// Letters at the end of a name that are not cut.
const KEPT_END: usize = 4;

/// Measures texts with the advances of the embedded font's glyphs.
///
/// Kerning is left out: in DejaVu Sans it only brings letters closer, so nothing is wider than
/// measured.
pub struct TextMeter {
    options: usvg::Options<'static>,
    /// Advances in ems, kept because every label is made of the same few letters.
    advances: RefCell<BTreeMap<char, f64>>,
}

impl TextMeter {
    /// Loads the font.
    pub fn new() -> Self {
        Self { options: svg_options(), advances: RefCell::default() }
    }

    /// Width of a text at a size, pixels.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        size * text.chars().map(|c| self.advance(c)).sum::<f64>()
    }

    fn advance(&self, c: char) -> f64 {
        *self
            .advances
            .borrow_mut()
            .entry(c)
            .or_insert_with(|| self.run(&format!("|{c}|")) - self.run("||"))
    }

    /// Width in ems of a run of letters as the renderer sets it.
    fn run(&self, text: &str) -> f64 {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">\
             <text xml:space=\"preserve\" font-size=\"100\">{}</text></svg>",
            markup(text)
        );
        // The parser refuses no text that `markup` lets through; nothing would be no width.
        let tree = usvg::Tree::from_str(&svg, &self.options);
        tree.map_or(0.0, |tree| f64::from(tree.root().abs_bounding_box().width()) / 100.0)
    }

    /// The text on at most two lines that are no wider than `room`, broken behind a dot between parts if
    /// there is one that fits, else between words.
    pub fn wrapped(&self, text: &str, size: f64, room: f64) -> Vec<String> {
        let text = one_line(text);
        if self.width(&text, size) <= room {
            return vec![text];
        }
        let breaks = text.match_indices(' ').map(|(at, _)| at);
        let fitting: Vec<usize> =
            breaks.filter(|&at| self.width(&text[..at], size) <= room).collect();
        let behind_dot = fitting.iter().rfind(|&&at| text[..at].ends_with('·'));
        match behind_dot.or(fitting.last()).copied() {
            Some(at) => vec![text[..at].to_owned(), self.fitted(&text[at + 1..], size, room)],
            None => vec![self.fitted(&text, size, room)],
        }
    }

    /// The text on at most two lines as [`Self::wrapped`], if nothing has to be cut off.
    pub fn whole(&self, text: &str, size: f64, room: f64) -> Option<Vec<String>> {
        let lines = self.wrapped(text, size, room);
        (lines.join(" ") == one_line(text)).then_some(lines)
    }

    /// A name on one line that keeps its end if it is cut: there members of a group differ.
    pub fn shortened(&self, name: &str, size: f64, room: f64) -> String {
        let fits = |text: &String| self.width(text, size) <= room;
        let whole = one_line(name);
        if fits(&whole) {
            return whole;
        }
        let letters: Vec<char> = whole.chars().collect();
        let end = letters.len().saturating_sub(KEPT_END);
        let tail: String = letters[end..].iter().collect();
        let cut = |head: usize| format!("{}…{tail}", letters[..head].iter().collect::<String>());
        (0..end).rev().map(cut).find(fits).unwrap_or_else(|| self.fitted(&whole, size, room))
    }

    /// The text on one line, cut with an ellipsis if it is wider than `room`.
    pub fn fitted(&self, text: &str, size: f64, room: f64) -> String {
        let text = one_line(text);
        if self.width(&text, size) <= room {
            return text;
        }
        let chars: Vec<char> = text.chars().collect();
        let cut = |n: usize| {
            let kept: String = chars[..n].iter().collect();
            format!("{}…", kept.trim_end())
        };
        // Bisection for the longest cut that fits; a bare ellipsis is the least.
        let (mut fits, mut too_long) = (0, chars.len());
        while too_long - fits > 1 {
            let half = usize::midpoint(fits, too_long);
            if self.width(&cut(half), size) <= room { fits = half } else { too_long = half }
        }
        cut(fits)
    }
}

/// A user's text on one line, without the control characters that XML forbids.
pub fn one_line(text: &str) -> String {
    let legal =
        |c: char| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c };
    let text: String = text.chars().map(legal).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text on one line as XML content.
pub fn escaped(text: &str) -> String {
    markup(&one_line(text))
}

fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_before_their_end() {
        let meter = TextMeter::new();
        assert_eq!(meter.shortened("bank-017", style::SMALL, 80.0), "bank-017");
        let cut = meter.shortened("regional-bank-017", style::SMALL, 60.0);
        assert!(cut.starts_with("re") && cut.ends_with("…-017"), "{cut}");
        assert_eq!(meter.shortened("regional-bank-017", style::SMALL, 15.0), "…");
    }
}
