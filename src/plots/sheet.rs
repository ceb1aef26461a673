//! The sheet that a figure is laid out on: its width, its fonts, and how wide texts are on it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use resvg::usvg;

use super::fonts::{self, Font};
use super::language::{Language, Words};
use super::numbers::Numbers;
use super::style;
use super::theme::Theme;
use super::{FigureContext, PlotError};

use crate::media::{one_line, xml};

/// Letters between which others are measured: one of DejaVu Sans, one that it lacks.
const BESIDE: char = '|';
const BESIDE_WHOLE: char = '一';

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
    theme: Theme,
    /// What figures say.
    pub words: &'static Words,
    /// How numbers are written.
    pub numbers: Numbers,
    options: usvg::Options<'static>,
    font: Option<Font>,
    /// Advances in ems, kept because every label is made of the same few letters.
    advances: RefCell<BTreeMap<(char, char), f64>>,
}

impl Sheet {
    /// The sheet for a figure.
    pub fn new(context: &FigureContext) -> Result<Self, PlotError> {
        let sheet = Self::of(context.theme, context.language, context.font.as_ref());
        if fonts::has_letters(&sheet.options, context.language) {
            return Ok(sheet);
        }
        Err(PlotError::Font { language: context.language.name() })
    }

    fn of(theme: Theme, language: Language, font: Option<&Font>) -> Self {
        let words = language.words();
        Self {
            width: theme.width(),
            theme,
            words,
            numbers: words.numbers,
            options: fonts::svg_options(font),
            font: font.cloned(),
            advances: RefCell::default(),
        }
    }

    /// An English sheet of a column.
    #[cfg(test)]
    pub fn column() -> Self {
        Self::of(Theme::Paper, Language::English, None)
    }

    /// The height of a plot that is so tall in a column.
    pub fn tall(&self, height: f64) -> f64 {
        (height * self.theme.tallness()).round()
    }

    /// The same for a plot whose vertical axis has this title, which may reach so far beyond its ends.
    pub fn tall_for(&self, height: f64, title: &str, beyond: f64) -> f64 {
        self.tall(height).max((self.text_width(title, style::LABEL) - 2.0 * beyond).ceil())
    }

    /// Width between the margins.
    pub fn room(&self) -> f64 {
        self.width - 2.0 * style::MARGIN
    }

    /// Width of a text at a size, pixels.
    ///
    /// Beside letters that DejaVu Sans lacks others may be set in the font of these: whichever is wider counts.
    pub fn text_width(&self, text: &str, size: f64) -> f64 {
        let is_mixed = text.chars().any(is_whole);
        let advance = |c: char| match is_mixed {
            true => self.advance(c, BESIDE_WHOLE).max(self.advance(c, BESIDE)),
            false => self.advance(c, BESIDE),
        };
        size * text.chars().map(advance).sum::<f64>()
    }

    /// The advance of a letter between two others.
    fn advance(&self, c: char, beside: char) -> f64 {
        // In the company of others it would be measured against a letter of another font.
        let beside = if is_whole(c) { BESIDE_WHOLE } else { beside };
        let find =
            || self.run(&format!("{beside}{c}{beside}")) - self.run(&format!("{beside}{beside}"));
        *self.advances.borrow_mut().entry((c, beside)).or_insert_with(|| match &self.font {
            Some(font) => font.advance((c, beside), find),
            None => find(),
        })
    }

    /// Width in ems of a run of letters as the renderer sets it.
    fn run(&self, text: &str) -> f64 {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">\
             <text xml:space=\"preserve\" font-size=\"100\">{}</text></svg>",
            xml(text)
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
        let fitting: Vec<usize> = breaks(&text)
            .into_iter()
            .filter(|&at| self.text_width(&text[..at], size) <= room)
            .collect();
        let behind_dot = fitting.iter().rfind(|&&at| text[..at].ends_with('·'));
        match behind_dot.or(fitting.last()).copied() {
            Some(at) => vec![text[..at].to_owned(), self.fitted(&text[at..], size, room)],
            None => vec![self.fitted(&text, size, room)],
        }
    }

    /// The text on at most two lines as [`Self::wrapped`], if nothing has to be cut off.
    pub fn whole(&self, text: &str, size: f64, room: f64) -> Option<Vec<String>> {
        let lines = self.wrapped(text, size, room);
        let letters = |text: &str| text.replace(' ', "");
        (letters(&lines.concat()) == letters(&one_line(text))).then_some(lines)
    }

    /// The first of some texts that fits, else the last one, cut.
    pub fn first_fitting(&self, texts: &[impl AsRef<str>], size: f64, room: f64) -> String {
        let fits = |text: &&str| self.text_width(text, size) <= room;
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let last = texts.last().copied().unwrap_or_default();
        let found = texts.into_iter().find(fits);
        found.map_or_else(|| self.fitted(last, size, room), str::to_owned)
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

/// Whether a letter fills a square, as those of Chinese do with their marks.
fn is_whole(c: char) -> bool {
    ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{ff00}'..='\u{ffef}').contains(&c)
}

/// Where a line may end: before a blank, and beside letters that are written without blanks between words,
/// unless a mark would then stand at the wrong end of a line.
fn breaks(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut last: Option<char> = None;
    for (at, c) in text.char_indices() {
        let beside = last.is_some_and(|last| {
            (is_whole(c) || is_whole(last)) && !last.is_whitespace() && !"（《“".contains(last)
        });
        if c == ' ' || (beside && !"，。：；、）》”".contains(c)) {
            found.push(at);
        }
        last = Some(c);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_before_their_end() {
        let sheet = Sheet::column();
        assert_eq!(sheet.shortened("bank-017", style::SMALL, 80.0), "bank-017");
        let cut = sheet.shortened("regional-bank-017", style::SMALL, 60.0);
        assert!(cut.starts_with("re") && cut.ends_with("…-017"), "{cut}");
        assert_eq!(sheet.shortened("regional-bank-017", style::SMALL, 15.0), "…");
    }

    #[test]
    fn no_text_is_wider_than_measured() {
        let font = fonts::find(Language::Chinese);
        let sheet = Sheet::of(Theme::Paper, Language::Chinese, font.as_ref());
        // Without a font for Chinese only the last one counts.
        let skipped = if font.is_none() { 3 } else { 0 };
        for text in ["违约概率", "100,000 次模拟 · 种子 7", "ES 99.9%（降低）", "Wide · text"]
            .into_iter()
            .skip(skipped)
        {
            let (measured, drawn) = (sheet.text_width(text, 1.0), sheet.run(text));
            assert!(measured >= drawn - 0.02, "`{text}`: {measured} {drawn}");
            assert!(measured < 1.5 * drawn, "`{text}`: {measured} {drawn}");
        }
    }

    #[test]
    fn lines_end_between_words_or_beside_whole_letters_but_for_marks() {
        let parts = |text: &'static str| {
            let at = breaks(text);
            at.into_iter().map(|at| text[..at].chars().count()).collect::<Vec<_>>()
        };
        assert_eq!(parts("two words"), [3]);
        assert_eq!(parts("违约（EL），"), [1, 2]);
        assert_eq!(parts("占 5 项"), [1, 3]);
    }
}
