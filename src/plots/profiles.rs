//! Rows by columns: what each policy does to each band or part, as points in rows. Rows with an order
//! are joined by a line per policy; others have error bars.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::Canvas;
use super::clip::{Point, Rect};
use super::hints::{self, Spot as Place};
use super::keys::{KeyList, Samples};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::text::{Anchor, Label, MIDDLE};
use super::ticks;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// No more policies are shown beside the baseline: they could not be told apart.
pub const MOST_PROFILES: usize = 8;
/// No group has more rows: the others are left to the table.
pub const MOST_ROWS: usize = 40;

/// Height of a row whose points stand on one line.
const PITCH: f64 = 16.5;
/// Distance of the lines of two policies in a row whose points stand apart.
const STEP: f64 = 6.0;
/// Height of a group's title.
const GROUP_TITLE: f64 = 18.0;
/// Space above a group without a title.
const GROUP_GAP: f64 = 7.0;
/// Distance of the lines of a column's title.
const HEADING_PITCH: f64 = 13.5;
/// Space between two columns.
const COLUMN_GAP: f64 = 20.0;
/// The names of rows are no wider.
const WIDEST_NAME: f64 = 150.0;
/// Space between a row's name and the first column.
const NAME_GAP: f64 = 6.0;
/// Space between the axis and the key.
const KEY_GAP: f64 = 5.0;
/// An error bar is drawn no further than this multiple of the largest value.
const LONGEST_BAR: f64 = 1.25;

/// A value with the ends of its error bar, shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// The value.
    pub value: f64,
    /// Lower and upper end, where they are known.
    pub ends: [Option<f64>; 2],
}

/// The values of one policy.
pub struct Profile<'a> {
    /// Title of the policy.
    pub title: &'a str,
    /// Its look.
    pub look: Look,
    /// By column and row, over all groups.
    pub columns: Vec<Vec<Option<Spot>>>,
}

/// Rows that belong together.
pub struct Group {
    /// What the rows are.
    pub title: Option<String>,
    /// Their names.
    pub rows: Vec<String>,
}

/// Whether the columns of a grid have one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranges {
    /// One for all.
    Common,
    /// Each its own.
    Own,
}

/// How the points of several policies stand in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// On one line, joined with the points of the next row: rows have an order.
    Level,
    /// One below the other, so that error bars do not cover one another.
    Apart,
}

/// Everything that a grid shows.
pub struct Grid<'a> {
    /// Titles of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub groups: Vec<Group>,
    /// The policies.
    pub profiles: Vec<Profile<'a>>,
    /// How columns are scaled.
    pub ranges: Ranges,
    /// How points stand in a row.
    pub spread: Spread,
    /// Title of the axis of all columns.
    pub axis_title: &'a str,
}

/// A grid with its places.
pub struct Placed<'a> {
    grid: &'a Grid<'a>,
    /// A panel per column that spans all groups; its vertical range is of no account.
    panels: Vec<Panel>,
    headings: Vec<Vec<String>>,
    /// Top and height of rows by group; the first top is that of the title.
    groups: Vec<(f64, f64)>,
    pitch: f64,
    names: Vec<Vec<String>>,
    key: KeyList,
    key_corner: Point,
    /// Lower edge of everything.
    pub bottom: f64,
}

impl<'a> Placed<'a> {
    /// Finds the places from the height `top` down.
    pub fn new(sheet: &Sheet, grid: &'a Grid<'a>, top: f64) -> Self {
        let pitch = match grid.spread {
            Spread::Level => PITCH,
            Spread::Apart => (STEP * grid.profiles.len() as f64 + 7.0).max(PITCH),
        };
        let name = |text: &String| sheet.fitted(text, style::TICK, WIDEST_NAME);
        let names: Vec<Vec<String>> =
            grid.groups.iter().map(|group| group.rows.iter().map(name).collect()).collect();
        let widest = names.iter().flatten().map(|name| sheet.text_width(name, style::TICK));
        let left = style::MARGIN + widest.fold(40.0, f64::max) + NAME_GAP;
        let count = grid.columns.len().max(1) as f64;
        // The last label of a column may stand at its very end.
        let room = sheet.width - style::MARGIN - 12.0 - left;
        let width = (room - COLUMN_GAP * (count - 1.0)) / count;
        let headings: Vec<Vec<String>> = grid
            .columns
            .iter()
            .map(|text| sheet.wrapped(text, style::SMALL, width + COLUMN_GAP - 6.0))
            .collect();
        let lines = headings.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let first = top + HEADING_PITCH * lines;
        let mut y = first;
        let mut groups = Vec::new();
        for group in &grid.groups {
            y += if group.title.is_some() { GROUP_TITLE } else { GROUP_GAP };
            groups.push((y, y + pitch * group.rows.len() as f64));
            y += pitch * group.rows.len() as f64;
        }
        let ranges = ranges(grid);
        let panel = |(at, x): (usize, (f64, f64))| {
            let left = left + at as f64 * (width + COLUMN_GAP);
            let frame = Rect { left, right: left + width, top: first, bottom: y };
            Panel { frame, x, y: (0.0, 1.0), x_scale: Scale::Linear, y_scale: Scale::Linear }
        };
        let panels: Vec<Panel> = ranges.into_iter().enumerate().map(panel).collect();
        let titles = grid.profiles.iter().map(|profile| profile.title);
        let key = KeyList::block(sheet, titles, sheet.room());
        let all = Rect { left: style::MARGIN, right: sheet.width - style::MARGIN, top, bottom: y };
        let key_corner = key.corner_below(sheet, all, y + axis::MONEY_AXIS_HEIGHT + KEY_GAP);
        let bottom = key_corner.1 + key.height();
        Self { grid, panels, headings, groups, pitch, names, key, key_corner, bottom }
    }

    /// Draws everything.
    pub fn draw(&self, canvas: &Canvas<'_>, sheet: &Sheet) -> Drawn {
        self.draw_names(canvas)?;
        for (panel, heading) in self.panels.iter().zip(&self.headings) {
            self.draw_column(canvas, sheet, panel, heading)?;
        }
        // The first policies come to lie on top.
        for (at, profile) in self.grid.profiles.iter().enumerate().rev() {
            self.draw_profile(canvas, profile, self.offset(at))?;
            self.hint(canvas, sheet, profile, self.offset(at));
        }
        let looks = self.grid.profiles.iter().map(|profile| &profile.look);
        let samples = match self.grid.spread {
            Spread::Level => Samples::SignsOnLines,
            Spread::Apart => Samples::Signs,
        };
        self.key.draw(canvas, looks, samples, self.key_corner)
    }

    /// How far below the middle of a row the points of a policy stand.
    fn offset(&self, profile: usize) -> f64 {
        match self.grid.spread {
            Spread::Level => 0.0,
            Spread::Apart => {
                STEP * (profile as f64 - 0.5 * (self.grid.profiles.len() as f64 - 1.0))
            }
        }
    }

    /// Middle of a row of a group.
    fn middle(&self, group: usize, row: usize) -> f64 {
        self.groups[group].0 + self.pitch * (row as f64 + 0.5)
    }

    fn draw_names(&self, canvas: &Canvas<'_>) -> Drawn {
        let Some(first) = self.panels.first() else { return Ok(()) };
        for (g, (group, names)) in self.grid.groups.iter().zip(&self.names).enumerate() {
            if let Some(title) = &group.title {
                let at = (style::MARGIN, self.groups[g].0 - 5.0);
                canvas.text(&Label::new(title, at, style::SMALL).coloured(style::MUTED))?;
            }
            for (row, name) in names.iter().enumerate() {
                let at = (first.frame.left - NAME_GAP, self.middle(g, row) + MIDDLE * style::TICK);
                canvas.text(&Label::new(name, at, style::TICK).anchored(Anchor::End))?;
            }
        }
        let (left, right) =
            (first.frame.left, self.panels.last().map_or(first.frame.right, |p| p.frame.right));
        let at = (
            f64::midpoint(left, right),
            first.frame.bottom + style::TICK_LENGTH + 1.4 * style::TICK + 1.3 * style::LABEL,
        );
        canvas.text(&Label::new(self.grid.axis_title, at, style::LABEL).anchored(Anchor::Middle))
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
            let at = (f64::midpoint(left, right), top - 2.0 - HEADING_PITCH * line as f64);
            canvas.text(&Label::new(text, at, style::SMALL).anchored(Anchor::Middle))?;
        }
        let grid = |a: Point, b: Point| canvas.line(&[a, b], style::GRID_LINE, style::GRID);
        let ticks = ticks::percent_ticks_across(sheet, right - left, panel.x);
        for (g, &(start, end)) in self.groups.iter().enumerate() {
            for (value, _) in &ticks {
                let x = panel.x_at(*value);
                grid((x, start), (x, end))?;
            }
            for row in 0..self.grid.groups[g].rows.len() {
                let y = match self.grid.spread {
                    Spread::Level => self.middle(g, row),
                    Spread::Apart => self.middle(g, row) - self.pitch / 2.0,
                };
                grid((left, y), (right, y))?;
            }
            canvas.line(&[(left, start), (left, end)], style::INK, style::FRAME)?;
        }
        canvas.line(&[(left, bottom), (right, bottom)], style::INK, style::FRAME)?;
        for (value, text) in &ticks {
            let x = panel.x_at(*value);
            canvas.line(
                &[(x, bottom), (x, bottom + style::TICK_LENGTH)],
                style::INK,
                style::FRAME,
            )?;
            let at = (x, bottom + style::TICK_LENGTH + 1.25 * style::TICK);
            canvas.text(&Label::new(text, at, style::TICK).anchored(Anchor::Middle))?;
        }
        Ok(())
    }

    /// Joins the points of neighbouring rows, where rows have an order.
    fn draw_run(&self, canvas: &Canvas<'_>, run: &[Point], look: &Look) -> Drawn {
        match self.grid.spread {
            Spread::Level => canvas.curve(run, look),
            Spread::Apart => Ok(()),
        }
    }

    /// Says what the points of a policy are.
    fn hint(&self, canvas: &Canvas<'_>, sheet: &Sheet, profile: &Profile<'_>, offset: f64) {
        let rows = self.grid.groups.iter().enumerate().flat_map(|(g, group)| {
            group.rows.iter().enumerate().map(move |(row, name)| (g, row, &**name))
        });
        let rows: Vec<(usize, usize, &str)> = rows.collect();
        for ((panel, spots), column) in
            self.panels.iter().zip(&profile.columns).zip(&self.grid.columns)
        {
            for (spot, &(g, row, name)) in spots.iter().zip(&rows) {
                let Some(spot) = spot.filter(|spot| spot.value.is_finite()) else { continue };
                let at = (panel.x_at(spot.value), self.middle(g, row) + offset);
                let names = [profile.title, name, &**column];
                canvas.hint(Place::Mark(at), hints::share(sheet, &names, spot.value, spot.ends));
            }
        }
    }

    fn draw_profile(&self, canvas: &Canvas<'_>, profile: &Profile<'_>, offset: f64) -> Drawn {
        let look = &profile.look;
        for (panel, spots) in self.panels.iter().zip(&profile.columns) {
            let mut first = 0;
            for (g, group) in self.grid.groups.iter().enumerate() {
                let rows = spots.iter().skip(first).take(group.rows.len()).enumerate();
                first += group.rows.len();
                let mut run: Vec<Point> = Vec::new();
                let mut placed: Vec<(Point, [Option<f64>; 2])> = Vec::new();
                for (row, spot) in rows {
                    let Some(spot) = spot.filter(|spot| spot.value.is_finite()) else {
                        self.draw_run(canvas, &std::mem::take(&mut run), look)?;
                        continue;
                    };
                    let at = (panel.x_at(spot.value), self.middle(g, row) + offset);
                    let ends = spot.ends.map(|end| end.filter(|x| !x.is_nan()));
                    placed.push((at, ends.map(|end| end.map(|x| panel.x_at(x)))));
                    run.push(at);
                }
                self.draw_run(canvas, &run, look)?;
                for (at, ends) in placed {
                    let room = (panel.frame.left, panel.frame.right);
                    bars::draw(canvas, Along::X, at, ends, look.colour, room)?;
                    look.sign.draw(canvas, at, look.colour)?;
                }
            }
        }
        Ok(())
    }
}

/// The range of each column: all values, and error bars as far as they do not dwarf these.
fn ranges(grid: &Grid<'_>) -> Vec<(f64, f64)> {
    let of = |columns: &[usize]| {
        let spots = || {
            let all =
                grid.profiles.iter().flat_map(|p| columns.iter().filter_map(|&c| p.columns.get(c)));
            all.flatten().flatten().filter(|spot| spot.value.is_finite())
        };
        let low = spots().map(|spot| spot.value).fold(0.0, f64::min);
        let high = spots().map(|spot| spot.value).fold(0.0, f64::max);
        // Where nothing was seen the bars are all there is.
        let furthest = if high > 0.0 { LONGEST_BAR * high } else { 1.0 };
        let ends = spots().filter_map(|spot| spot.ends[1]).filter(|end| end.is_finite());
        let high = ends.map(|end| end.min(furthest)).fold(high, f64::max);
        let high = if high > low { high } else { low + 1.0 };
        let pad = 0.04 * (high - low);
        (low - pad, high + pad)
    };
    let all: Vec<usize> = (0..grid.columns.len()).collect();
    match grid.ranges {
        Ranges::Common => vec![of(&all); all.len()],
        Ranges::Own => all.iter().map(|&column| of(&[column])).collect(),
    }
}
