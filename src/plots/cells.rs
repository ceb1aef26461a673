//! The cells of a map: a box around each point of a grid, in the colour of its value; those whose band
//! holds 0 are hatched.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::Panel;
use super::canvas::Canvas;
use super::clip::{Point, Rect};
use super::diverging::Diverging;
use super::hatch;
use super::hints::{self, Spot};
use super::sheet::Sheet;
use super::style;
use super::words;
use crate::measures::region::{Direction, RegionSeries};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// A cell runs so far below its neighbours, which lie on top: no ground shows between the two.
const OVERLAP: f64 = 0.5;
/// No map has more hints.
const MOST_HINTS: usize = 1_600;
/// Distance of the places that are tried for a text.
const STEP: f64 = 3.0;
/// Space between a text and the end of its area or a line.
const CLEARANCE: f64 = 3.0;

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    value: f64,
    direction: Direction,
}

/// The cells with their places.
pub struct Cells {
    /// Edges of the columns, pixels from the left.
    lefts: Vec<f64>,
    /// Edges of the rows, pixels from the top.
    tops: Vec<f64>,
    /// By row from the top; none where nothing is known.
    rows: Vec<Vec<Option<Cell>>>,
}

/// The values at which cells around these points begin and end.
pub fn edges(points: &[f64]) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else {
        return vec![0.0, 1.0];
    };
    let half = |a: usize, b: usize| match (points.get(a), points.get(b)) {
        (Some(a), Some(b)) if b > a => (b - a) / 2.0,
        _ => 0.5,
    };
    let between = points.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
    let start = first - half(0, 1);
    let end = last + half(points.len().wrapping_sub(2), points.len() - 1);
    [start].into_iter().chain(between).chain([end]).collect()
}

impl Cells {
    /// The cells of a series in a panel whose ranges end with their edges.
    pub fn new(series: &RegionSeries, panel: &Panel) -> Self {
        let lefts = edges(&series.x).into_iter().map(|x| panel.x_at(x)).collect();
        let tops = edges(&series.y).into_iter().rev().map(|y| panel.y_at(y)).collect();
        let cell = |row: usize, column: usize| {
            let change = series.changes.get(row * series.x.len() + column)?;
            let known = Cell { value: change.value, direction: Direction::of(change) };
            change.value.is_finite().then_some(known)
        };
        let row = |row| (0..series.x.len()).map(|column| cell(row, column)).collect();
        Self { lefts, tops, rows: (0..series.y.len()).rev().map(row).collect() }
    }

    /// Whether any cell says this.
    pub fn any(&self, direction: Direction) -> bool {
        self.rows.iter().flatten().flatten().any(|cell| cell.direction == direction)
    }

    /// Whether nothing is known of any cell.
    pub fn any_unknown(&self) -> bool {
        self.rows.iter().flatten().any(Option::is_none)
    }

    /// Draws all cells.
    pub fn draw(&self, canvas: &Canvas<'_>, colours: &Diverging) -> Drawn {
        let (right, bottom) = (self.lefts[self.lefts.len() - 1], self.tops[self.tops.len() - 1]);
        let colour =
            |cell: &Option<Cell>| cell.map_or(style::PAPER, |cell| colours.colour(cell.value));
        for (row, cells) in self.rows.iter().enumerate() {
            let mut column = 0;
            for run in cells.chunk_by(|a, b| colour(a) == colour(b)) {
                let place = self.place(row..row + 1, column..column + run.len());
                let place = Rect {
                    right: (place.right + OVERLAP).min(right),
                    bottom: (place.bottom + OVERLAP).min(bottom),
                    ..place
                };
                canvas.rect(place, colour(&run[0]))?;
                column += run.len();
            }
        }
        self.undecided().into_iter().try_for_each(|place| hatch::draw(canvas, place, style::MUTED))
    }

    /// Says what the change is at points of the map; where they are many one speaks for its neighbours, and
    /// names the point that it is.
    pub fn hint(&self, canvas: &Canvas<'_>, sheet: &Sheet, series: &RegionSeries, what: &str) {
        let (rows, columns) = (series.y.len(), series.x.len());
        let stride = (((rows * columns) as f64 / MOST_HINTS as f64).sqrt().ceil() as usize).max(1);
        let (x_key, y_key) = (words::key(&series.x_key), words::key(&series.y_key));
        for row in (0..rows).step_by(stride) {
            for column in (0..columns).step_by(stride) {
                let middle = |at: usize, end: usize| at + (stride.min(end - at) - 1) / 2;
                let (from_top, at_x) = (middle(row, rows), middle(column, columns));
                let at_y = rows - 1 - from_top;
                let Some(e) = series.changes.get(at_y * columns + at_x) else { continue };
                if !e.value.is_finite() {
                    continue;
                }
                let number = |x: f64| sheet.numbers.plain(x);
                let x = format!("{x_key} {}", number(series.x[at_x]));
                let y = format!("{y_key} {}", number(series.y[at_y]));
                let said = hints::share(sheet, &[&x, &y, what], e.value, [e.lower, e.upper]);
                let ends = |at: usize, end: usize| at..(at + stride).min(end);
                canvas.hint(Spot::Area(self.place(ends(row, rows), ends(column, columns))), said);
            }
        }
    }

    /// Boxes that together are the undecided cells; equal runs of neighbouring rows are one.
    fn undecided(&self) -> Vec<Rect> {
        let is_undecided =
            |cell: &Option<Cell>| cell.is_some_and(|c| c.direction == Direction::Undecided);
        let mut boxes: Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> = Vec::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let mut column = 0;
            for run in cells.chunk_by(|a, b| is_undecided(a) == is_undecided(b)) {
                let columns = column..column + run.len();
                column = columns.end;
                if !is_undecided(&run[0]) {
                    continue;
                }
                match boxes.iter_mut().find(|(r, c)| r.end == row && *c == columns) {
                    Some((rows, _)) => rows.end = row + 1,
                    None => boxes.push((row..row + 1, columns)),
                }
            }
        }
        boxes.into_iter().map(|(rows, columns)| self.place(rows, columns)).collect()
    }

    fn place(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Rect {
        Rect {
            left: self.lefts[columns.start],
            right: self.lefts[columns.end],
            top: self.tops[rows.start],
            bottom: self.tops[rows.end],
        }
    }

    /// A box of this size among cells of one direction only, clear of lines and as near as possible to
    /// the middle of these cells.
    pub fn room(
        &self,
        direction: Direction,
        (width, height): (f64, f64),
        lines: &[Vec<Point>],
    ) -> Option<Rect> {
        let is_it = |row: usize, column: usize| {
            let cell = self.rows.get(row).and_then(|cells| cells.get(column)).copied().flatten();
            cell.is_some_and(|cell| cell.direction == direction)
        };
        let all = (0..self.rows.len()).flat_map(|r| (0..self.rows[r].len()).map(move |c| (r, c)));
        let own: Vec<Rect> = all
            .filter(|&(row, column)| is_it(row, column))
            .map(|(row, column)| self.place(row..row + 1, column..column + 1))
            .collect();
        let count = own.len() as f64;
        let mean = |middle: fn(&Rect) -> f64| own.iter().map(middle).sum::<f64>() / count;
        let centre = (
            mean(|place| f64::midpoint(place.left, place.right)),
            mean(|place| f64::midpoint(place.top, place.bottom)),
        );
        let (left, top) = (*self.lefts.first()?, *self.tops.first()?);
        let (right, bottom) = (*self.lefts.last()?, *self.tops.last()?);
        let frame = Rect { left, right, top, bottom };
        let steps = |length: f64| (length / STEP).ceil() as usize;
        let corners = (0..steps(right - left)).flat_map(|i| {
            (0..steps(bottom - top)).map(move |j| (left + STEP * i as f64, top + STEP * j as f64))
        });
        let mut found: Vec<(f64, Rect)> = corners
            .map(|(left, top)| {
                let (dx, dy) = (left + width / 2.0 - centre.0, top + height / 2.0 - centre.1);
                (dx.hypot(dy), Rect { left, right: left + width, top, bottom: top + height })
            })
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let is_free = |place: &Rect| {
            let around = place.grown(CLEARANCE);
            let within = |edges: &[f64], from: f64, to: f64| {
                let start = edges.partition_point(|&edge| edge <= from).saturating_sub(1);
                start..edges.partition_point(|&edge| edge < to).min(edges.len() - 1)
            };
            let rows = within(&self.tops, around.top, around.bottom);
            let columns = within(&self.lefts, around.left, around.right);
            frame.holds(around)
                && rows.into_iter().all(|row| columns.clone().all(|column| is_it(row, column)))
                && !lines.iter().any(|line| around.crossed_by(line))
        };
        found.into_iter().map(|(_, place)| place).find(is_free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_centred_on_their_points() {
        assert_eq!(edges(&[0.0, 1.0, 3.0]), [-0.5, 0.5, 2.0, 4.0]);
        assert_eq!(edges(&[2.0]), [1.5, 2.5]);
        assert_eq!(edges(&[]), [0.0, 1.0]);
    }
}
