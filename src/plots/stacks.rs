//! Stacked bars: a row per policy, side by side for two measures, each with its own scale of money.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::Canvas;
use super::clip::Rect;
use super::hints::{self, Spot};
use super::lanes::bands;
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::stacked_bar::{Part, Stack};
use super::style;
use super::text::{Anchor, Label, MIDDLE};
use super::ticks;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Height of a bar.
const BAR: f64 = 16.0;
/// Height of a lane of bands below a bar: those that would cover one another lie in lanes of their own.
const LANE: f64 = 6.0;
/// Space below a bar and its bands.
const ROW_GAP: f64 = 5.0;
/// Distance of the lines of a policy's title.
const TITLE_PITCH: f64 = 15.0;
/// Space above a title, and between a title and its bars.
const TITLE_GAPS: (f64, f64) = (4.0, 5.0);
/// Height of the names of the columns.
const HEADING: f64 = 15.0;
/// Space between a bar and its total.
const GAP: f64 = 5.0;
/// Space between two columns.
const COLUMN_GAP: f64 = 18.0;
/// Space between a share and the ends of its part.
const INDENT: f64 = 3.0;
/// How much longer than the longest bar an axis is.
const PAD: f64 = 1.03;
/// The bars of a policy.
pub struct Row {
    /// Its title.
    pub title: String,
    /// Its bar in each column.
    pub columns: Vec<Stack>,
}

/// Everything that is shown.
pub struct Stacks {
    /// Names of the columns.
    pub columns: [String; 2],
    /// Unit of each column.
    pub units: [MoneyUnit; 2],
    /// The policies.
    pub rows: Vec<Row>,
}

/// Stacks with their places.
pub struct Placed<'a> {
    stacks: &'a Stacks,
    /// A panel per column that spans all rows; its vertical range is of no account.
    panels: Vec<Panel>,
    titles: Vec<Vec<String>>,
    /// Top of each row's bars, and where its bands end.
    rows: Vec<(f64, f64)>,
    /// Lower edge of everything.
    pub bottom: f64,
}

impl<'a> Placed<'a> {
    /// Finds the places from the height `top` down.
    pub fn new(sheet: &Sheet, stacks: &'a Stacks, top: f64) -> Self {
        let room = sheet.room();
        let titles: Vec<Vec<String>> =
            stacks.rows.iter().map(|row| sheet.wrapped(&row.title, style::LABEL, room)).collect();
        let count = stacks.units.len() as f64;
        let pitch = (room + COLUMN_GAP) / count;
        let panel = |(at, unit): (usize, &MoneyUnit)| {
            let stacks = || stacks.rows.iter().map(|row| &row.columns[at]);
            let totals = stacks()
                .map(|stack| sheet.text_width(&stack.total(sheet.numbers, unit), style::TICK));
            let left = style::MARGIN + pitch * at as f64;
            let right = left + pitch - COLUMN_GAP - GAP - totals.fold(0.0, f64::max);
            let frame = Rect { left, right, top: top + HEADING, bottom: top + HEADING };
            let largest = stacks().map(Stack::sum).fold(0.0, f64::max);
            let x = (0.0, if largest > 0.0 { PAD * largest } else { 1.0 });
            Panel { frame, x, y: (0.0, 1.0), x_scale: Scale::Linear, y_scale: Scale::Linear }
        };
        let mut panels: Vec<Panel> = stacks.units.iter().enumerate().map(panel).collect();
        let mut y = top + HEADING;
        let mut rows = Vec::new();
        for (row, title) in stacks.rows.iter().zip(&titles) {
            y += TITLE_GAPS.0 + TITLE_PITCH * title.len() as f64 + TITLE_GAPS.1;
            let bands = panels.iter().zip(&row.columns).flat_map(|(panel, s)| bands(panel, s));
            let lanes = bands.map(|band| band.lane + 1).max().unwrap_or(0);
            let end = y + BAR + LANE * lanes as f64;
            rows.push((y, end));
            y = end + ROW_GAP;
        }
        panels.iter_mut().for_each(|panel| panel.frame.bottom = y);
        let bottom = y + axis::MONEY_AXIS_HEIGHT;
        Self { stacks, panels, titles, rows, bottom }
    }

    /// Whether some band is wide enough to be seen.
    pub fn has_bands(&self) -> bool {
        self.rows.iter().any(|(top, end)| end - top > BAR)
    }

    /// Draws everything.
    pub fn draw(&self, canvas: &Canvas<'_>, sheet: &Sheet) -> Drawn {
        for at in 0..self.panels.len() {
            self.draw_axis(canvas, sheet, at)?;
        }
        for ((row, title), &(top, _)) in self.stacks.rows.iter().zip(&self.titles).zip(&self.rows) {
            for (line, text) in title.iter().rev().enumerate() {
                let y = top - TITLE_GAPS.1 - 1.0 - TITLE_PITCH * line as f64;
                canvas.text(&Label::new(text, (style::MARGIN, y), style::LABEL))?;
            }
            for (at, stack) in row.columns.iter().enumerate() {
                self.draw_stack(canvas, sheet, at, (&row.title, stack), top)?;
            }
        }
        Ok(())
    }

    fn draw_axis(&self, canvas: &Canvas<'_>, sheet: &Sheet, at: usize) -> Drawn {
        let (panel, unit) = (&self.panels[at], &self.stacks.units[at]);
        let Rect { left, right, top, bottom } = panel.frame;
        let heading = Label::new(
            &self.stacks.columns[at],
            (f64::midpoint(left, right), top - 2.0),
            style::LABEL,
        );
        canvas.text(&heading.anchored(Anchor::Middle))?;
        let ticks = ticks::money_ticks(sheet, right - left, panel.x, unit);
        for (&(start, end), row) in self.rows.iter().zip(&self.stacks.rows) {
            let stack = &row.columns[at];
            let total = sheet.text_width(&stack.total(sheet.numbers, unit), style::TICK);
            let from = panel.x_at(stack.sum()) + GAP;
            let is_behind_total =
                |x: &f64| (from - GAP / 2.0..from + total + GAP / 2.0).contains(x);
            let lines = ticks.iter().map(|(value, _)| panel.x_at(*value));
            for x in lines.filter(|x| !is_behind_total(x)) {
                canvas.line(&[(x, start - 1.5), (x, end + 1.5)], style::GRID_LINE, style::GRID)?;
            }
            canvas.line(&[(left, start - 1.5), (left, end + 1.5)], style::INK, style::FRAME)?;
        }
        canvas.line(&[(left, bottom), (right, bottom)], style::INK, style::FRAME)?;
        axis::draw_money_axis(
            canvas,
            panel,
            bottom,
            &ticks,
            &sheet.fitted(&unit.name, style::LABEL, right - left),
        )
    }

    fn draw_stack(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        at: usize,
        (title, stack): (&str, &Stack),
        top: f64,
    ) -> Drawn {
        let panel = &self.panels[at];
        let mut start = 0.0;
        for part in &stack.parts {
            let place = Rect {
                left: panel.x_at(start),
                right: panel.x_at(start + part.value),
                top,
                bottom: top + BAR,
            };
            canvas.rect(place, part.colour)?;
            canvas.outline(place, style::INK, style::GRID)?;
            draw_share(canvas, sheet, place, part)?;
            let names = [title, &*self.stacks.columns[at], part.name];
            let said = hints::money(sheet, &self.stacks.units[at], &names, part.value, part.ends);
            canvas.hint(Spot::Area(place), said);
            start += part.value;
        }
        let room = (panel.frame.left, panel.frame.right);
        for band in bands(panel, stack) {
            let at = (band.from, top + BAR + LANE * (band.lane as f64 + 0.5) + 1.0);
            bars::bare(canvas, Along::X, at, band.ends, style::INK, room)?;
        }
        let total = stack.total(sheet.numbers, &self.stacks.units[at]);
        let at = (panel.x_at(start) + GAP, top + BAR / 2.0 + MIDDLE * style::TICK);
        canvas.text(&Label::new(total, at, style::TICK))
    }
}

/// The share of a part, where there is room for it.
fn draw_share(canvas: &Canvas<'_>, sheet: &Sheet, place: Rect, part: &Part) -> Drawn {
    let Some(share) = part.share else { return Ok(()) };
    let text = sheet.numbers.whole_percent(share);
    if sheet.text_width(&text, style::SMALL) + 2.0 * INDENT > place.right - place.left {
        return Ok(());
    }
    let ink = (style::luminance(part.colour) + 0.05) / (style::luminance(style::INK) + 0.05);
    let colour = if ink >= 4.5 { style::INK } else { style::PAPER };
    let middle = f64::midpoint(place.left, place.right);
    let at = (middle, f64::midpoint(place.top, place.bottom) + MIDDLE * style::SMALL);
    canvas.text(&Label::new(text, at, style::SMALL).anchored(Anchor::Middle).coloured(colour))
}
