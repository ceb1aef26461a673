//! Bars that start where the one above ends: blocks of rows, side by side for several measures, with
//! their values in a column beside them.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::Canvas;
use super::clip::Rect;
use super::hatch;
use super::hints::{self, Spot};
use super::numbers::Numbers;
use super::sheet::Sheet;
use super::style;
use super::text::{Anchor, Label, MIDDLE};
use super::ticks;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Colour of a bar that lowers losses.
pub const LOWERS: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
/// Colour of a bar that raises them; it is hatched as well.
pub const RAISES: RGBColor = RGBColor(0xe6, 0x9f, 0x00);

/// Height of a row, and of its bar.
const ROW: (f64, f64) = (16.0, 9.0);
/// Height of a line of a block's title.
const TITLE_PITCH: f64 = 15.0;
/// Space above a block's title, and between the title and the rows.
const TITLE_GAPS: (f64, f64) = (8.0, 4.0);
/// Height of the names of the columns.
const HEADING: f64 = 15.0;
/// Space between the names of rows and the bars, and between bars and values.
const GAP: f64 = 6.0;
/// Space between two columns.
const COLUMN_GAP: f64 = 14.0;
/// An error bar is drawn no further beyond all bars than this share of their span.
const LONGEST_BAR: f64 = 0.25;

/// One bar, in shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its signed length.
    pub value: f64,
    /// Ends of the band of its length, where they are known; infinite where they are open.
    pub ends: [Option<f64>; 2],
    /// Whether the band is only indicative.
    pub is_doubtful: bool,
    /// Whether it starts at 0, as the sum of the others.
    pub is_sum: bool,
}

/// The bars of one policy.
pub struct Block {
    /// Its title.
    pub title: String,
    /// Names of the rows.
    pub names: Vec<&'static str>,
    /// Bars by column and row; none where it is not known.
    pub columns: Vec<Vec<Option<Step>>>,
}

/// Everything that is shown.
pub struct Cascade {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The policies.
    pub blocks: Vec<Block>,
    /// Title of the axis of all columns.
    pub axis_title: &'static str,
}

/// A cascade with its places.
pub struct Placed<'a> {
    cascade: &'a Cascade,
    /// A panel per column that spans all blocks; its vertical range is of no account.
    panels: Vec<Panel>,
    /// Where the values of each column end.
    value_ends: Vec<f64>,
    titles: Vec<Vec<String>>,
    /// Top and bottom of the rows of each block.
    blocks: Vec<(f64, f64)>,
    decimals: usize,
    numbers: Numbers,
    /// Lower edge of everything.
    pub bottom: f64,
}

impl<'a> Placed<'a> {
    /// Finds the places from the height `top` down.
    pub fn new(sheet: &Sheet, cascade: &'a Cascade, top: f64) -> Self {
        let room = sheet.room();
        let steps = || cascade.blocks.iter().flat_map(|b| &b.columns).flatten().flatten();
        let largest = steps().map(|step| 100.0 * step.value.abs()).fold(0.0, f64::max);
        // Three digits of the largest value; of small ones no more than six decimals.
        let decimals = (1..6).find(|&d| largest >= 10_f64.powi(2 - d)).unwrap_or(6) as usize;
        let widest = |texts: &mut dyn Iterator<Item = String>| {
            texts.map(|text| sheet.text_width(&text, style::TICK)).fold(0.0, f64::max)
        };
        let mut names = cascade.blocks.iter().flat_map(|b| &b.names).map(|name| (*name).to_owned());
        let values = widest(&mut steps().map(|step| printed(sheet.numbers, step, decimals)));
        let left = style::MARGIN + widest(&mut names) + GAP;
        let count = cascade.columns.len().max(1) as f64;
        let pitch = (sheet.width - style::MARGIN - left + COLUMN_GAP) / count;
        let x = range(cascade);
        let titles: Vec<Vec<String>> = cascade
            .blocks
            .iter()
            .map(|block| sheet.wrapped(&block.title, style::LABEL, room))
            .collect();
        let mut y = top + HEADING;
        let mut blocks = Vec::new();
        for (block, title) in cascade.blocks.iter().zip(&titles) {
            y += TITLE_GAPS.0 + TITLE_PITCH * title.len() as f64 + TITLE_GAPS.1;
            blocks.push((y, y + ROW.0 * block.names.len() as f64));
            y += ROW.0 * block.names.len() as f64;
        }
        let panel = |at: usize| {
            let left = left + pitch * at as f64;
            let right = left + pitch - COLUMN_GAP - GAP - values;
            let frame = Rect { left, right, top: top + HEADING, bottom: y };
            Panel { frame, x, y: (0.0, 1.0), x_scale: Scale::Linear, y_scale: Scale::Linear }
        };
        let panels: Vec<Panel> = (0..cascade.columns.len()).map(panel).collect();
        let value_ends = panels.iter().map(|panel| panel.frame.right + GAP + values).collect();
        let bottom = y + axis::MONEY_AXIS_HEIGHT;
        Self {
            cascade,
            panels,
            value_ends,
            titles,
            blocks,
            decimals,
            numbers: sheet.numbers,
            bottom,
        }
    }

    /// Draws everything.
    pub fn draw(&self, canvas: &Canvas<'_>, sheet: &Sheet) -> Drawn {
        let Some((first, last)) = self.panels.first().zip(self.panels.last()) else {
            return Ok(());
        };
        for (panel, heading) in self.panels.iter().zip(&self.cascade.columns) {
            self.draw_axis(canvas, sheet, panel, heading)?;
        }
        let middle = f64::midpoint(first.frame.left, last.frame.right);
        let below = style::TICK_LENGTH + 1.4 * style::TICK + 1.3 * style::LABEL;
        let title =
            Label::new(self.cascade.axis_title, (middle, last.frame.bottom + below), style::LABEL);
        canvas.text(&title.anchored(Anchor::Middle))?;
        for (at, block) in self.cascade.blocks.iter().enumerate() {
            self.draw_names(canvas, at, first.frame.left - GAP)?;
            for (column, steps) in block.columns.iter().enumerate() {
                self.draw_steps(canvas, sheet, (at, column), steps)?;
            }
        }
        Ok(())
    }

    fn draw_axis(&self, canvas: &Canvas<'_>, sheet: &Sheet, panel: &Panel, heading: &str) -> Drawn {
        let Rect { left, right, top, bottom } = panel.frame;
        let at = (f64::midpoint(left, right), top - 2.0);
        canvas.text(&Label::new(heading, at, style::LABEL).anchored(Anchor::Middle))?;
        let ticks = ticks::percent_ticks_across(sheet, right - left, panel.x);
        for &(start, end) in &self.blocks {
            for (value, _) in &ticks {
                let x = panel.x_at(*value);
                canvas.line(&[(x, start), (x, end)], style::GRID_LINE, style::GRID)?;
            }
            let zero = panel.x_at(0.0);
            canvas.line(&[(zero, start - 2.0), (zero, end)], style::INK, style::FRAME)?;
        }
        canvas.line(&[(left, bottom), (right, bottom)], style::INK, style::FRAME)?;
        for (value, text) in &ticks {
            let x = panel.x_at(*value);
            let tip = bottom + style::TICK_LENGTH;
            canvas.line(&[(x, bottom), (x, tip)], style::INK, style::FRAME)?;
            let at = (x, tip + 1.25 * style::TICK);
            canvas.text(&Label::new(text, at, style::TICK).anchored(Anchor::Middle))?;
        }
        Ok(())
    }

    /// The title of a block and the names of its rows, which end at `end`.
    fn draw_names(&self, canvas: &Canvas<'_>, block: usize, end: f64) -> Drawn {
        let top = self.blocks[block].0;
        for (line, text) in self.titles[block].iter().rev().enumerate() {
            let y = top - TITLE_GAPS.1 - 2.0 - TITLE_PITCH * line as f64;
            canvas.text(&Label::new(text, (style::MARGIN, y), style::LABEL))?;
        }
        for (row, name) in self.cascade.blocks[block].names.iter().enumerate() {
            let at = (end, middle(top, row) + MIDDLE * style::TICK);
            canvas.text(&Label::new(*name, at, style::TICK).anchored(Anchor::End))?;
        }
        Ok(())
    }

    fn draw_steps(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        (block, column): (usize, usize),
        steps: &[Option<Step>],
    ) -> Drawn {
        let top = self.blocks[block].0;
        let panel = &self.panels[column];
        let block = &self.cascade.blocks[block];
        let starts = starts(steps);
        for (row, (step, start)) in steps.iter().zip(&starts).enumerate() {
            let y = middle(top, row);
            let value = step
                .as_ref()
                .map_or_else(|| "–".to_owned(), |s| printed(self.numbers, s, self.decimals));
            let at = (self.value_ends[column], y + MIDDLE * style::TICK);
            canvas.text(&Label::new(value, at, style::TICK).anchored(Anchor::End))?;
            let Some(step) = step else { continue };
            let half = ROW.1 / 2.0;
            let (from, to) = (panel.x_at(*start), panel.x_at(start + step.value));
            let place =
                Rect { left: from.min(to), right: from.max(to), top: y - half, bottom: y + half };
            draw_bar(canvas, place, step)?;
            let names = [&*block.title, block.names[row], &*self.cascade.columns[column]];
            let said = hints::share(sheet, &names, step.value, step.ends);
            canvas.hint(Spot::Area(place.grown(1.0)), said);
            // Where the next bar starts.
            if steps.get(row + 1).and_then(Option::as_ref).is_some() && !step.is_sum {
                let line = [(to, y + half), (to, y + ROW.0 - half)];
                canvas.line(&line, style::MUTED, style::GRID)?;
            }
            // Far beyond the frame is as good as infinity, and can be drawn.
            let pixel = |x: f64| panel.x_at(start + x).clamp(-1e6, 1e6);
            let ends = step.ends.map(|end| end.map(pixel));
            let room = (panel.frame.left, panel.frame.right);
            bars::bare(canvas, Along::X, (to, y), ends, style::INK, room)?;
        }
        Ok(())
    }
}

fn draw_bar(canvas: &Canvas<'_>, place: Rect, step: &Step) -> Drawn {
    if step.value > 0.0 {
        canvas.rect(place, RAISES)?;
        hatch::draw(canvas, place, style::INK)?;
    } else {
        canvas.rect(place, LOWERS)?;
    }
    canvas.outline(place, style::INK, if step.is_sum { 1.2 } else { style::GRID })
}

/// Middle of a row below the top of its block.
fn middle(top: f64, row: usize) -> f64 {
    top + ROW.0 * (row as f64 + 0.5)
}

/// Where each bar starts.
fn starts(steps: &[Option<Step>]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut starts = Vec::new();
    for step in steps {
        let step = step.as_ref().map(|step| (step.value, step.is_sum));
        starts.push(if step.is_some_and(|(_, is_sum)| is_sum) { 0.0 } else { sum });
        sum += step.map_or(0.0, |(value, _)| value);
    }
    starts
}

/// A value in percent with its sign; a star where its band is only indicative.
fn printed(numbers: Numbers, step: &Step, decimals: usize) -> String {
    let star = if step.is_doubtful { "*" } else { "" };
    // Exactly nothing is no small number.
    if step.value == 0.0 {
        return format!("0{star}");
    }
    let text = numbers.fixed(100.0 * step.value, decimals);
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.' | ','));
    let sign = if step.value > 0.0 && !is_zero { "+" } else { "" };
    format!("{sign}{text}{star}")
}

/// The range of all columns: all bars and 0, and bands as far as they do not dwarf these.
fn range(cascade: &Cascade) -> (f64, f64) {
    let (mut bars, mut bands) = (Vec::new(), Vec::new());
    for steps in cascade.blocks.iter().flat_map(|block| &block.columns) {
        for (step, start) in steps.iter().zip(starts(steps)) {
            let Some(step) = step else { continue };
            bars.push(start + step.value);
            bands.extend(step.ends.into_iter().flatten().map(|end| start + end));
        }
    }
    let span = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
    let (low, high) = bars.iter().fold((0.0, 0.0), span);
    // Where nothing changes the bands are all there is.
    let reach = if high > low { LONGEST_BAR * (high - low) } else { f64::INFINITY };
    let bands = bands.iter().map(|x| x.clamp(low - reach, high + reach));
    let bands: Vec<f64> = bands.filter(|x| x.is_finite()).collect();
    let (low, high) = bands.iter().fold((low, high), span);
    let (low, high) = if high > low { (low, high) } else { (-0.01, 0.01) };
    let pad = 0.04 * (high - low);
    (low - pad, high + pad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(value: f64, is_sum: bool) -> Option<Step> {
        Some(Step { value, ends: [None, None], is_doubtful: false, is_sum })
    }

    #[test]
    fn bars_start_where_the_one_above_ends_and_the_sum_at_0() {
        let steps =
            [step(-0.5, false), step(0.25, false), None, step(0.125, false), step(-0.125, true)];
        assert_eq!(starts(&steps), [0.0, -0.5, -0.25, -0.25, 0.0]);
    }

    #[test]
    fn values_have_a_sign_unless_they_are_nothing() {
        let numbers = crate::plots::Language::English.words().numbers;
        let said = |value: f64| printed(numbers, &step(value, false).unwrap(), 1);
        assert_eq!([-0.5, 0.25, 0.0, 1e-5, -1e-5].map(said), ["−50.0", "+25.0", "0", "0.0", "0.0"]);
    }
}
