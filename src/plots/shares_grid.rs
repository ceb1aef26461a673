//! The places of shares on logarithmic axes: rows by columns, and words where nothing was seen.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::Canvas;
use super::clip::{Point, Rect, dashes};
use super::hints::{self, Spot};
use super::keys::{KeyList, Samples};
use super::shares::{Profile, Seen, Shares, range};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::text::{Anchor, Label, MIDDLE};
use super::ticks;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Dash of the line at 100 %.
pub const WHOLE_DASH: &[f64] = &[4.0, 2.5];
/// Stroke of the line at 100 %.
pub const WHOLE_WIDTH: f64 = 1.1;

/// Distance of the lines of two policies in a row, and where words stand among them.
const STEPS: (f64, f64) = (6.5, 13.0);
/// Height that a row adds to the lines of its policies.
const ROW_PAD: f64 = 8.0;
/// Distance of the lines of a column's title.
const HEADING_PITCH: f64 = 13.5;
/// Space between two columns.
const COLUMN_GAP: f64 = 16.0;
/// The names of rows are no wider.
const WIDEST_NAME: f64 = 130.0;
/// Space between a row's name and the first column.
const NAME_GAP: f64 = 6.0;
/// Space between the axis and the key.
const KEY_GAP: f64 = 5.0;
/// Space between words and what stands beside them.
const WORD_GAP: f64 = 4.0;

/// A grid with its places.
pub struct Placed<'a> {
    shares: &'a Shares<'a>,
    panels: Vec<Panel>,
    headings: Vec<Vec<String>>,
    /// Top of each row with the distance of its policies' lines; then the end of the last row.
    rows: Vec<(f64, f64)>,
    names: Vec<String>,
    key: KeyList,
    key_corner: Point,
    /// Lower edge of everything.
    pub bottom: f64,
}

impl<'a> Placed<'a> {
    /// Finds the places from the height `top` down.
    pub fn new(sheet: &Sheet, shares: &'a Shares<'a>, top: f64) -> Self {
        let fitted = |text: &String| sheet.fitted(text, style::TICK, WIDEST_NAME);
        let names: Vec<String> = shares.rows.iter().map(fitted).collect();
        let widest =
            names.iter().map(|name| sheet.text_width(name, style::TICK)).fold(40.0, f64::max);
        let left = style::MARGIN + widest + NAME_GAP;
        let count = shares.columns.len().max(1) as f64;
        let width =
            (sheet.width - style::MARGIN - 12.0 - left - COLUMN_GAP * (count - 1.0)) / count;
        let heading = |text: &String| sheet.wrapped(text, style::SMALL, width + COLUMN_GAP - 6.0);
        let headings: Vec<Vec<String>> = shares.columns.iter().map(heading).collect();
        let lines = headings.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let first = top + HEADING_PITCH * lines + 3.0;
        let mut y = first;
        let mut rows = Vec::new();
        for row in 0..shares.rows.len() {
            let all = shares.profiles.iter().flat_map(|p| &p.columns);
            let has_words = all.filter_map(|c| c[row]).any(Seen::has_words);
            let step = if has_words { STEPS.1 } else { STEPS.0 };
            rows.push((y, step));
            y += (step * shares.profiles.len() as f64 + ROW_PAD).max(STEPS.1 + 4.0);
        }
        rows.push((y, 0.0));
        let x = range(shares);
        let panel = |at: usize| {
            let left = left + at as f64 * (width + COLUMN_GAP);
            let frame = Rect { left, right: left + width, top: first, bottom: y };
            Panel { frame, x, y: (0.0, 1.0), x_scale: Scale::Log, y_scale: Scale::Linear }
        };
        let panels = (0..shares.columns.len()).map(panel).collect();
        let titles = shares.profiles.iter().map(|profile| profile.title);
        let key = KeyList::block(sheet, titles, sheet.room());
        let all = Rect { left: style::MARGIN, right: sheet.width - style::MARGIN, top, bottom: y };
        let key_corner = key.corner_below(sheet, all, y + axis::MONEY_AXIS_HEIGHT + KEY_GAP);
        let bottom = key_corner.1 + key.height();
        Self { shares, panels, headings, rows, names, key, key_corner, bottom }
    }

    /// Draws everything.
    pub fn draw(&self, canvas: &Canvas<'_>, sheet: &Sheet) -> Drawn {
        let (Some(first), Some(last)) = (self.panels.first(), self.panels.last()) else {
            return Ok(());
        };
        for (row, name) in self.names.iter().enumerate() {
            let middle = f64::midpoint(self.rows[row].0, self.rows[row + 1].0);
            let at = (first.frame.left - NAME_GAP, middle + MIDDLE * style::TICK);
            canvas.text(&Label::new(name, at, style::TICK).anchored(Anchor::End))?;
        }
        for (panel, heading) in self.panels.iter().zip(&self.headings) {
            self.draw_column(canvas, sheet, panel, heading)?;
        }
        let below = style::TICK_LENGTH + 1.4 * style::TICK + 1.3 * style::LABEL;
        let at = (f64::midpoint(first.frame.left, last.frame.right), first.frame.bottom + below);
        let title = Label::new(self.shares.axis_title, at, style::LABEL);
        canvas.text(&title.anchored(Anchor::Middle))?;
        for (at, profile) in self.shares.profiles.iter().enumerate().rev() {
            self.draw_profile(canvas, sheet, profile, at)?;
        }
        let looks = self.shares.profiles.iter().map(|profile| &profile.look);
        self.key.draw(canvas, looks, Samples::Signs, self.key_corner)
    }

    fn draw_column(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        panel: &Panel,
        heading: &[String],
    ) -> Drawn {
        let Rect { left, right, top, bottom } = panel.frame;
        for (line, text) in heading.iter().rev().enumerate() {
            let at = (f64::midpoint(left, right), top - 5.0 - HEADING_PITCH * line as f64);
            canvas.text(&Label::new(text, at, style::SMALL).anchored(Anchor::Middle))?;
        }
        let grid = |a: Point, b: Point| canvas.line(&[a, b], style::GRID_LINE, style::GRID);
        let mut ticks = ticks::log_percent_ticks(sheet, right - left, panel.x);
        // Labels of neighbouring columns keep clear of each other.
        ticks.retain(|(value, text)| {
            let (x, half) = (panel.x_at(*value), 0.5 * sheet.text_width(text, style::TICK));
            x - half >= left - 0.4 * COLUMN_GAP && x + half <= right + 0.4 * COLUMN_GAP
        });
        for decade in ticks::decades(panel.x.0, panel.x.1) {
            let x = panel.x_at(10_f64.powi(decade));
            canvas.line(&[(x, bottom), (x, bottom + 2.5)], style::INK, style::GRID)?;
        }
        for (value, _) in &ticks {
            let x = panel.x_at(*value);
            grid((x, top), (x, bottom))?;
        }
        for &(y, _) in &self.rows {
            grid((left, y), (right, y))?;
        }
        if self.shares.holds_whole() {
            let x = panel.x_at(1.0);
            for dash in dashes(&[(x, top), (x, bottom)], WHOLE_DASH) {
                canvas.line(&dash, style::INK, WHOLE_WIDTH)?;
            }
        }
        canvas.line(&[(left, top), (left, bottom), (right, bottom)], style::INK, style::FRAME)?;
        for (value, text) in &ticks {
            let (x, tip) = (panel.x_at(*value), bottom + style::TICK_LENGTH);
            canvas.line(&[(x, bottom), (x, tip)], style::INK, style::FRAME)?;
            let at = (x, tip + 1.25 * style::TICK);
            canvas.text(&Label::new(text, at, style::TICK).anchored(Anchor::Middle))?;
        }
        Ok(())
    }

    fn draw_profile(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        profile: &Profile<'_>,
        at: usize,
    ) -> Drawn {
        let look = &profile.look;
        let before = at as f64 - 0.5 * (self.shares.profiles.len() as f64 - 1.0);
        let columns = self.panels.iter().zip(&profile.columns).zip(&self.shares.columns);
        for ((panel, column), column_name) in columns {
            let room = (panel.frame.left, panel.frame.right);
            for (row, seen) in column.iter().enumerate() {
                let middle = f64::midpoint(self.rows[row].0, self.rows[row + 1].0);
                let y = middle + before * self.rows[row].1;
                if let Some(seen) = seen {
                    let (value, ends) = match *seen {
                        Seen::Value(value, ends) => (value, ends),
                        Seen::Nothing(bound) => (0.0, [None, bound]),
                        Seen::Zero => (0.0, [None, None]),
                    };
                    let names = [profile.title, &*self.shares.rows[row], column_name];
                    let x = if value > 0.0 { panel.x_at(value) } else { panel.frame.left + 6.0 };
                    let said = hints::share(sheet, &names, value, ends);
                    canvas.hint(Spot::Mark((x, y)), said);
                }
                match *seen {
                    Some(Seen::Value(value, ends)) => {
                        let at = (panel.x_at(value), y);
                        let ends = ends.map(|end| end.map(|x| panel.x_at(x)));
                        bars::draw(canvas, Along::X, at, ends, look.colour, room)?;
                        look.sign.draw(canvas, at, look.colour)?;
                    }
                    Some(Seen::Nothing(bound)) => {
                        let bound = bound.map(|x| panel.x_at(x));
                        draw_words(canvas, sheet, (&sheet.words.unseen, bound), panel, (y, look))?;
                    }
                    Some(Seen::Zero) => {
                        draw_words(canvas, sheet, (&["0"], None), panel, (y, look))?;
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }
}

/// The longest of some words that has room, behind the bar from the left edge to a bound, or on it.
fn draw_words(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    (words, bound): (&[&str], Option<f64>),
    panel: &Panel,
    (y, look): (f64, &Look),
) -> Drawn {
    let (left, right) = (panel.frame.left, panel.frame.right);
    let width = |text: &str| sheet.text_width(text, style::SMALL);
    let end = bound.map_or(left, |bound| bound.clamp(left, right));
    if bound.is_some() {
        // An arrow head at the edge: it may be anything below.
        let ends = [Some(left - 1.0), None];
        bars::bare(canvas, Along::X, (end, y), ends, look.colour, (left, right))?;
        let cap = [(end, y - 2.5), (end, y + 2.5)];
        canvas.line(&cap, look.colour, WHOLE_WIDTH)?;
    }
    let beside = |text: &&str| end + WORD_GAP + width(text) <= right - 1.0;
    let on = |text: &&str| width(text) + 2.0 * WORD_GAP + 10.0 <= end - left;
    // All words on the bar say more than few beside it.
    let place = words.iter().find_map(|text| {
        let on_bar = || on(text).then(|| end - 2.0 * WORD_GAP - width(text));
        let start = beside(text).then_some(end + WORD_GAP).or_else(on_bar)?;
        Some((*text, start))
    });
    let Some((text, start)) = place else { return Ok(()) };
    let half = 0.5 * style::SMALL;
    let (top, bottom) = (y - half, y + half);
    canvas.ground(Rect { left: start - 1.0, right: start + width(text) + 1.0, top, bottom })?;
    let at = (start, y + MIDDLE * style::SMALL);
    canvas.text(&Label::new(text, at, style::SMALL).coloured(style::for_text(look.colour)))
}
