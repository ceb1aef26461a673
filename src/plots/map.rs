//! What is drawn inside and at the rim of a map: cells, border, its band, axes, names of areas.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Side};
use super::bars::{self, Along};
use super::border;
use super::canvas::Canvas;
use super::cells::Cells;
use super::clip::{Point, Rect, dashes};
use super::diverging::Diverging;
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::style;
use super::text::{Anchor, Label};
use super::ticks;
use super::words;
use crate::measures::region::{BorderPoint, Direction, RegionSeries};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Stroke of the border.
pub const BORDER: f64 = style::BASELINE_CURVE;
/// Stroke and dash of the ends of its band.
pub const BAND: (f64, &[f64]) = (1.2, &[4.0, 2.5]);
/// Ground that shows beside a line on both sides.
const HALO: f64 = 1.0;
/// From row to row an end of the band moves no further than so many times a column and what the
/// border itself moves; beyond that it is another end.
const FURTHEST: f64 = 3.0;
/// Distance of the lines of an area's name.
const NAME_PITCH: f64 = 14.0;

/// The border as lines; one of a single point is drawn as a disc.
pub struct Border {
    /// Its lines by rising y.
    pub lines: Vec<Vec<BorderPoint>>,
}

/// What a map is drawn from.
pub struct Drawing<'a> {
    /// The series.
    pub series: &'a RegionSeries,
    /// Its frame with scales.
    pub panel: &'a Panel,
    /// Its cells.
    pub cells: &'a Cells,
    /// Its border.
    pub border: &'a Border,
}

impl Border {
    /// The border of a series.
    pub fn new(series: &RegionSeries) -> Self {
        Self { lines: border::lines(series) }
    }

    /// Whether any end of its band is known.
    pub fn has_band(&self) -> bool {
        self.lines.iter().flatten().any(|point| point.lower.is_some() || point.upper.is_some())
    }

    /// Whether any end of its band shows beside the border itself.
    pub fn shows_band(&self, panel: &Panel) -> bool {
        self.lines.iter().any(|line| {
            let drawn: Vec<Point> = line.iter().map(|p| panel.at(p.x, p.y)).collect();
            let ends = line.iter().flat_map(|p| [p.lower, p.upper].map(|end| Some((end?, p.y))));
            ends.flatten().any(|(x, y)| {
                let (x, y) = panel.at(x, y);
                let end = Rect { left: x, right: x, top: y, bottom: y };
                match drawn[..] {
                    [alone] => !end.grown(style::MARK + 1.0).has(alone),
                    _ => !end.grown(BORDER / 2.0 + HALO).crossed_by(&drawn),
                }
            })
        })
    }

    /// The ends of the band as lines, pixels, where they are known in neighbouring rows and do not
    /// pass over to another part of the border.
    fn bands(&self, panel: &Panel, step: f64) -> Vec<Vec<Point>> {
        let ends = |line: &[BorderPoint], end: fn(&BorderPoint) -> Option<f64>| {
            let is_next = |a: &BorderPoint, b: &BorderPoint| match (end(a), end(b)) {
                (Some(from), Some(to)) => {
                    (to - from).abs() <= FURTHEST * (step + (b.x - a.x).abs())
                }
                (from, to) => from.is_none() && to.is_none(),
            };
            let points = |run: &[BorderPoint]| -> Vec<Point> {
                run.iter().filter_map(|p| Some(panel.at(end(p)?, p.y))).collect()
            };
            let runs = line.chunk_by(is_next).map(points);
            runs.filter(|run| run.len() > 1).collect::<Vec<_>>()
        };
        let both = |line: &Vec<BorderPoint>| [ends(line, |p| p.lower), ends(line, |p| p.upper)];
        self.lines.iter().flat_map(both).flatten().collect()
    }
}

/// Ticks at round values between the first and the last point of a vertical axis.
pub fn plain_ticks(sheet: &Sheet, points: &[f64]) -> Vec<(f64, String)> {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return Vec::new() };
    let (values, decimals) = ticks::linear_ticks(first, last, 6);
    values.into_iter().map(|value| (value, sheet.numbers.fixed(value, decimals))).collect()
}

/// Draws what stands above a map and ends at `bottom`.
pub fn draw_heading(canvas: &Canvas<'_>, lines: &[String], bottom: f64, pitch: f64) -> Drawn {
    for (line, text) in lines.iter().rev().enumerate() {
        let at = (style::MARGIN, bottom - 4.0 - pitch * line as f64);
        canvas.text(&Label::new(text, at, style::LABEL))?;
    }
    Ok(())
}

impl Drawing<'_> {
    /// Draws everything; `measure` is what changes.
    pub fn draw(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        colours: &Diverging,
        measure: &str,
    ) -> Drawn {
        let panel = self.panel;
        self.cells.draw(canvas, colours)?;
        let change = (sheet.words.change_of)(measure);
        self.cells.hint(canvas, sheet, self.series, &change);
        let columns = self.series.x.windows(2).map(|pair| pair[1] - pair[0]);
        let bands = match self.border.shows_band(panel) {
            true => self.border.bands(panel, columns.fold(0.0, f64::max)),
            false => Vec::new(),
        };
        let lines = self.border.lines.iter();
        let lines: Vec<Vec<Point>> =
            lines.map(|line| line.iter().map(|p| panel.at(p.x, p.y)).collect()).collect();
        for line in &bands {
            canvas.line(line, style::PAPER, BAND.0 + 2.0 * HALO)?;
        }
        for line in &lines {
            canvas.line(line, style::PAPER, BORDER + 2.0 * HALO)?;
        }
        for line in &bands {
            for dash in dashes(line, BAND.1) {
                canvas.line(&dash, style::INK, BAND.0)?;
            }
        }
        for line in &lines {
            canvas.line(line, style::INK, BORDER)?;
        }
        let mut taken = [bands, lines].concat();
        for line in self.border.lines.iter().filter(|line| line.len() == 1) {
            taken.push(self.draw_single(canvas, &line[0])?);
        }
        canvas.outline(panel.frame, style::INK, style::FRAME)?;
        self.draw_axes(canvas, sheet)?;
        for (at, direction) in [Direction::Lowers, Direction::Raises].into_iter().enumerate() {
            let word = sheet.words.lowers[at];
            let whole = (sheet.words.lowers_what[at])(measure);
            self.draw_name(canvas, sheet, direction, (&whole, word, measure), &taken)?;
        }
        Ok(())
    }

    /// A place of the border that belongs to no line, with its band; returns what it covers as a line.
    fn draw_single(
        &self,
        canvas: &Canvas<'_>,
        point: &BorderPoint,
    ) -> Result<Vec<Point>, DrawingAreaErrorKind<std::io::Error>> {
        let panel = self.panel;
        let (x, y) = panel.at(point.x, point.y);
        let ends = [point.lower, point.upper].map(|end| end.map(|end| panel.x_at(end)));
        let room = (panel.frame.left, panel.frame.right);
        canvas.disc((x, y), style::MARK + HALO, style::PAPER)?;
        bars::draw(canvas, Along::X, (x, y), ends, style::INK, room)?;
        canvas.disc((x, y), style::MARK, style::INK)?;
        let reach = |end: Option<f64>, sign: f64| end.unwrap_or(x + sign * 2.0 * style::MARK);
        Ok(vec![(reach(ends[0], -1.0), y), (reach(ends[1], 1.0), y)])
    }

    fn draw_axes(&self, canvas: &Canvas<'_>, sheet: &Sheet) -> Drawn {
        let panel = self.panel;
        let frame = panel.frame;
        // No tick beyond the last point, although cells go on.
        let ends = self.series.x.first().zip(self.series.x.last());
        let across = ends.map_or_else(Vec::new, |(&first, &last)| {
            let unit = MoneyUnit::for_range(sheet.words, 0.0, "");
            let width = panel.x_at(last) - panel.x_at(first);
            ticks::money_ticks(sheet, width, (first, last), &unit)
        });
        let room = frame.right - frame.left;
        let title = sheet.fitted(&words::key(&self.series.x_key), style::LABEL, room);
        axis::draw_money_axis(canvas, panel, frame.bottom, &across, &title)?;
        let room = frame.bottom - frame.top;
        let title = sheet.fitted(&words::key(&self.series.y_key), style::LABEL, room);
        let title = (&*title, style::MARGIN + 0.85 * style::LABEL);
        axis::draw_vertical_axis(
            canvas,
            panel,
            Side::Left,
            &plain_ticks(sheet, &self.series.y),
            title,
        )
    }

    /// Writes what the policy does inside the area where it does it: on one line, on two, without the
    /// measure, or not at all, as there is room.
    fn draw_name(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        direction: Direction,
        (whole, word, measure): (&str, &str, &str),
        taken: &[Vec<Point>],
    ) -> Drawn {
        let forms = [
            vec![whole.to_owned()],
            vec![word.to_owned(), measure.to_owned()],
            vec![word.to_owned()],
        ];
        for lines in forms {
            let widths = lines.iter().map(|line| sheet.text_width(line, style::LABEL));
            let size = (widths.fold(0.0, f64::max), NAME_PITCH * lines.len() as f64);
            let Some(place) = self.cells.room(direction, size, taken) else { continue };
            for (i, line) in lines.iter().enumerate() {
                let y = place.top + NAME_PITCH * (i as f64 + 1.0) - 3.0;
                let at = (f64::midpoint(place.left, place.right), y);
                canvas.text(&Label::new(line, at, style::LABEL).anchored(Anchor::Middle))?;
            }
            return Ok(());
        }
        Ok(())
    }
}
