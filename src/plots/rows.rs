//! The strip below the densities: one row per policy, whose title is the key of its curve above.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::Panel;
use super::canvas::Canvas;
use super::clip::Rect;
use super::density_curve::Curve;
use super::keys;
use super::marks::{self, ATOM, LEVEL_PITCH, PlacedMark};
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::style;
use crate::measures::series::DensityKind;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Space above and below what stands in a row.
const ROW_PAD: f64 = 3.0;
/// Space between the left edge and a title.
const INDENT: f64 = 4.0;
/// Space between a title and the marks at its right.
const CLEARANCE: f64 = 12.0;
/// Space between a line sample and the left edge, outside of which it stands.
const SAMPLE_GAP: f64 = 5.0;

/// Room that the line samples need left of the frame.
pub const SAMPLES_WIDTH: f64 = style::SAMPLE + SAMPLE_GAP;

/// The row of one policy.
pub struct Row {
    title: Vec<String>,
    marks: Vec<PlacedMark>,
    /// Where the lines of marks start below the row's top.
    marks_top: f64,
    /// Height of the row.
    pub height: f64,
}

impl Row {
    /// Places the title at the left of the marks, or above them as far as they leave too little
    /// room: whichever makes the row lower.
    ///
    /// Only the horizontal axis of the panel counts.
    pub fn new(sheet: &Sheet, panel: &Panel, curve: &Curve<'_>, unit: &MoneyUnit) -> Self {
        let title = &*curve.series.title;
        let marks = curve.series.marks.iter();
        let placed = marks.map(|mark| PlacedMark::new(sheet, panel, (mark, title, unit)));
        let marks: Vec<PlacedMark> = placed.flatten().collect();
        let start = panel.frame.left + INDENT;
        let text = &curve.series.title;
        let above = sheet.wrapped(text, style::LABEL, panel.frame.right - start);
        let first = marks.iter().map(PlacedMark::left).fold(panel.frame.right, f64::min);
        let beside = sheet.whole(text, style::LABEL, first - CLEARANCE - start);
        let rows = [Some(above), beside].into_iter().flatten().map(|title| {
            let marks_top = marks_top(sheet, start, &title, &marks);
            (row_height(marks_top, &title, &marks), marks_top, title)
        });
        let lowest = rows.min_by(|a, b| a.0.total_cmp(&b.0));
        let (height, marks_top, title) = lowest.unwrap_or_default();
        Self { title, marks, marks_top, height }
    }

    /// Draws the row with its top at this height.
    fn draw(&self, canvas: &Canvas<'_>, sheet: &Sheet, frame: Rect, curve: &Curve<'_>) -> Drawn {
        let y = frame.top + ROW_PAD + keys::FIRST_LINE;
        let end = frame.left - SAMPLE_GAP;
        canvas.curve(&[(end - style::SAMPLE, y), (end, y)], &curve.look)?;
        if curve.series.kind == DensityKind::Atoms {
            canvas.disc((end, y), ATOM, curve.look.colour)?;
        }
        let left = frame.left + INDENT;
        let widths = self.title.iter().map(|line| sheet.text_width(line, style::LABEL));
        let right = left + widths.fold(0.0, f64::max) + 2.0;
        let bottom = y - keys::FIRST_LINE + keys::key_height(self.title.len());
        // Not even a stub of a grid line stays between a title and the end of its row.
        let is_last = frame.bottom - bottom < 2.0 * ROW_PAD;
        let bottom = if is_last { frame.bottom - 0.5 } else { bottom };
        canvas.ground(Rect { left: left - 2.0, right, top: frame.top, bottom })?;
        keys::draw_key_text(canvas, &self.title, left, y)?;
        for (i, mark) in self.marks.iter().enumerate() {
            let y = frame.top + self.marks_top + LEVEL_PITCH * (i as f64 + 0.5);
            mark.draw(canvas, frame, curve.look.colour, y)?;
        }
        Ok(())
    }
}

/// How far below the row's top the marks have to start to keep clear of a title.
fn marks_top(sheet: &Sheet, start: f64, title: &[String], marks: &[PlacedMark]) -> f64 {
    let is_clear = |above: usize| {
        title.iter().enumerate().skip(above).all(|(line, text)| {
            let end = start + sheet.text_width(text, style::LABEL) + CLEARANCE;
            // Lines of text and of marks are nearly as high: a line touches its neighbours at most.
            let beside = (line - above).saturating_sub(1)..=line - above + 1;
            beside.filter_map(|level| marks.get(level)).all(|mark| end <= mark.left())
        })
    };
    let above = (0..title.len()).find(|&above| is_clear(above)).unwrap_or(title.len());
    ROW_PAD + if above == 0 { 0.0 } else { keys::key_height(above) }
}

fn row_height(marks_top: f64, title: &[String], marks: &[PlacedMark]) -> f64 {
    let title_height = keys::key_height(title.len());
    (marks_top + LEVEL_PITCH * marks.len() as f64).max(ROW_PAD + title_height) + ROW_PAD
}

/// Draws the key of marks and below it all rows into the frame of the strip.
pub fn draw(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    frame: Rect,
    rows: &[Row],
    curves: &[Curve<'_>],
    band: Option<&str>,
) -> Drawn {
    if rows.iter().any(|row| !row.marks.is_empty()) {
        marks::draw_legend(
            canvas,
            sheet,
            (frame.left, frame.top - marks::LEGEND_HEIGHT / 2.0),
            band,
        )?;
    }
    let mut top = frame.top;
    for (row, curve) in rows.iter().zip(curves) {
        row.draw(canvas, sheet, Rect { top, bottom: top + row.height, ..frame }, curve)?;
        if top > frame.top {
            let line = [(frame.left, top), (frame.right, top)];
            canvas.line(&line, style::GRID_LINE, style::GRID)?;
        }
        top += row.height;
    }
    Ok(())
}
