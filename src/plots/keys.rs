//! Keys: a line sample and the title of its policy, alone or as a list in columns.

use plotters::drawing::DrawingAreaErrorKind;

use super::canvas::Canvas;
use super::clip::{Point, Rect};
use super::language::{Thing, Words};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::text::{Anchor, Label, MIDDLE};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Height of a key of one line.
const KEY_PITCH: f64 = 16.5;
/// Distance of the lines of one key's text.
const LINE_PITCH: f64 = 14.0;
/// Space between a line sample and its text.
const SAMPLE_GAP: f64 = 6.0;
/// Space between two columns of keys.
const COLUMN_GAP: f64 = 18.0;
/// A page has about so many columns of keys as this goes into it, two at least.
const USUAL_COLUMN: f64 = 200.0;

/// Height of a key with so many lines of text.
pub fn key_height(lines: usize) -> f64 {
    KEY_PITCH + LINE_PITCH * (lines.max(1) as f64 - 1.0)
}

/// Draws the lines of a key's text with their start at `x`, the uppermost centred on the height `y`.
pub fn draw_key_text(canvas: &Canvas<'_>, lines: &[String], x: f64, y: f64) -> Drawn {
    for (i, line) in lines.iter().enumerate() {
        let at = (x, y + MIDDLE * style::LABEL + LINE_PITCH * i as f64);
        canvas.text(&Label::new(line, at, style::LABEL))?;
    }
    Ok(())
}

/// Where the centre of a key's first line lies below the key's top.
pub const FIRST_LINE: f64 = KEY_PITCH / 2.0;

/// What stands before the titles of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// A piece of the line.
    Lines,
    /// The sign of the points.
    Signs,
    /// A sign on a piece of the line.
    SignsOnLines,
}

/// The titles of all policies behind samples of their lines.
pub struct KeyList {
    titles: Vec<Vec<String>>,
    /// Keys in a column.
    rows: usize,
    /// Width of every column.
    columns: Vec<f64>,
}

impl KeyList {
    /// One column, no wider than `room`; `None` if a title would have to be cut.
    pub fn column<'a>(
        sheet: &Sheet,
        titles: impl Iterator<Item = &'a str>,
        room: f64,
    ) -> Option<Self> {
        let room = room - style::SAMPLE - SAMPLE_GAP;
        let titles: Option<Vec<_>> =
            titles.map(|title| sheet.whole(title, style::LABEL, room)).collect();
        Some(Self::of(sheet, titles?, 1))
    }

    /// As many columns as a page of this width usually has, together no wider than `room`, or fewer
    /// where titles are too long for them.
    pub fn block<'a>(
        sheet: &Sheet,
        titles: impl Iterator<Item = &'a str> + Clone,
        room: f64,
    ) -> Self {
        let whole = |column: f64| -> Option<Vec<_>> {
            let text = column - style::SAMPLE - SAMPLE_GAP;
            titles.clone().map(|title| sheet.whole(title, style::LABEL, text)).collect()
        };
        let most = ((room / USUAL_COLUMN) as usize).max(2);
        // A narrow column leaves its neighbours more than their part of the room.
        let widths = (2..=most).rev().flat_map(|columns| {
            let even = (room + COLUMN_GAP) / columns as f64 - COLUMN_GAP;
            [(columns, room), (columns, even)]
        });
        let mut several = widths.filter_map(|(columns, width)| {
            let list = Self::of(sheet, whole(width)?, columns);
            (list.width() <= room).then_some(list)
        });
        let text = room - style::SAMPLE - SAMPLE_GAP;
        several.next().unwrap_or_else(|| {
            let lines = titles.clone().map(|title| sheet.wrapped(title, style::LABEL, text));
            Self::of(sheet, lines.collect(), 1)
        })
    }

    fn of(sheet: &Sheet, titles: Vec<Vec<String>>, columns: usize) -> Self {
        let rows = titles.len().div_ceil(columns).max(1);
        let width = |titles: &[Vec<String>]| {
            let lines = titles.iter().flatten().map(|line| sheet.text_width(line, style::LABEL));
            style::SAMPLE + SAMPLE_GAP + lines.fold(0.0, f64::max)
        };
        let columns = titles.chunks(rows).map(width).collect();
        Self { titles, rows, columns }
    }

    /// Width of all columns.
    pub fn width(&self) -> f64 {
        let gaps = COLUMN_GAP * self.columns.len().saturating_sub(1) as f64;
        self.columns.iter().sum::<f64>() + gaps
    }

    /// Height of the list.
    pub fn height(&self) -> f64 {
        self.titles.chunks(self.rows).map(height).fold(0.0, f64::max)
    }

    /// Draws the list, which reads down the columns, on ground: no grid runs through it.
    pub fn draw<'a>(
        &self,
        canvas: &Canvas<'_>,
        looks: impl Iterator<Item = &'a Look>,
        samples: Samples,
        (left, top): Point,
    ) -> Drawn {
        let (right, bottom) = (left + self.width(), top + self.height());
        canvas.ground(Rect { left: left - 4.0, right: right + 2.0, top, bottom })?;
        for (i, (lines, look)) in self.titles.iter().zip(looks).enumerate() {
            let (x, y) = self.start(i, (left, top));
            if samples != Samples::Signs {
                canvas.curve(&[(x, y), (x + style::SAMPLE, y)], look)?;
            }
            if samples != Samples::Lines {
                look.sign.draw(canvas, (x + style::SAMPLE / 2.0, y), look.colour)?;
            }
            draw_key_text(canvas, lines, x + style::SAMPLE + SAMPLE_GAP, y)?;
        }
        Ok(())
    }

    /// Where the line sample of a key starts.
    fn start(&self, key: usize, (left, top): Point) -> Point {
        let column = key / self.rows;
        let x = left + self.columns[..column].iter().map(|w| w + COLUMN_GAP).sum::<f64>();
        (x, top + height(&self.titles[column * self.rows..key]) + FIRST_LINE)
    }

    /// Where a list below a plot starts, centred below its frame as far as the figure allows.
    pub fn corner_below(&self, sheet: &Sheet, frame: Rect, top: f64) -> Point {
        let middle = f64::midpoint(frame.left, frame.right);
        let most = sheet.width - style::MARGIN - self.width();
        ((middle - self.width() / 2.0).min(most).max(style::MARGIN), top)
    }
}

/// Height of keys with these texts below one another.
fn height(titles: &[Vec<String>]) -> f64 {
    titles.iter().map(|lines| key_height(lines.len())).sum()
}

/// Says that some are left to a table: "1 more policy: see who_is_cut.csv".
pub fn more(words: &Words, count: usize, thing: Thing, table: &str) -> String {
    (words.more)(count, &words.numbers.grouped(&count.to_string()), thing, table)
}

/// Says that a plot has nothing to show.
pub fn draw_nothing(canvas: &Canvas<'_>, words: &Words, frame: Rect) -> Drawn {
    let at = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
    let (half, size) = (4.7 * style::LABEL, style::LABEL);
    let (left, right) = (at.0 - half, at.0 + half);
    canvas.ground(Rect { left, right, top: at.1 - size, bottom: at.1 + 0.3 * size })?;
    canvas.text(&Label::new(words.nothing, at, size).anchored(Anchor::Middle))
}
