//! The sheet that a figure is laid out on: its width, its fonts, and how wide texts are on it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use resvg::usvg;

use super::fonts;
use super::text::{markup, one_line};
use super::theme::Theme;
use super::{FigureContext, PlotError};

/// Letters at the end of a name that are not cut.
const KEPT_END: usize = 4;

/// The page of one figure.
///
/// Texts are measured with the advances of the glyphs that the renderer takes. Kerning is left out: in
/// DejaVu Sans it only brings letters closer, so nothing is wider than measured.
pub struct Sheet {
    /// Width of the figure, pixels.
    pub width: f64,
    /// The theme.
    pub theme: Theme,
    options: usvg::Options<'static>,
    /// Advances in ems, kept because every label is made of the same few letters.
    advances: RefCell<BTreeMap<char, f64>>,
}

impl Sheet {
    /// The sheet for a figure.
    pub fn new(context: &FigureContext) -> Result<Self, PlotError> {
        Ok(Self::of(context.theme))
    }

    fn of(theme: Theme) -> Self {
        Self {
            width: theme.width(),
            theme,
            options: fonts::svg_options(),
            advances: RefCell::default(),
        }
    }

    /// An English sheet of a column.
    #[cfg(test)]
    pub fn column() -> Self {
        Self::of(Theme::Paper)
    }

    /// The height of a plot that is so tall in a column.
    pub fn tall(&self, height: f64) -> f64 {
        (height * self.theme.tallness()).round()
    }

    /// Width between the margins.
    pub fn room(&self) -> f64 {
        self.width - 2.0 * super::style::MARGIN
    }

    /// Width of a text at a size, pixels.
    pub fn text_width(&self, text: &str, size: f64) -> f64 {
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
        if self.text_width(&text, size) <= room {
            return vec![text];
        }
        let breaks = text.match_indices(' ').map(|(at, _)| at);
        let fitting: Vec<usize> =
            breaks.filter(|&at| self.text_width(&text[..at], size) <= room).collect();
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
        let fits = |text: &String| self.text_width(text, size) <= room;
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
        if self.text_width(&text, size) <= room {
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
            if self.text_width(&cut(half), size) <= room { fits = half } else { too_long = half }
        }
        cut(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::style;

    #[test]
    fn names_are_cut_before_their_end() {
        let sheet = Sheet::column();
        assert_eq!(sheet.shortened("bank-017", style::SMALL, 80.0), "bank-017");
        let cut = sheet.shortened("regional-bank-017", style::SMALL, 60.0);
        assert!(cut.starts_with("re") && cut.ends_with("…-017"), "{cut}");
        assert_eq!(sheet.shortened("regional-bank-017", style::SMALL, 15.0), "…");
    }
}
