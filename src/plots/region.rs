//! The figure of a region: a map of the change of a measure over two assumptions, with the border
//! where it passes 0.

use super::axis::{Panel, Scale};
use super::canvas::{self, Description};
use super::cells::{Cells, edges};
use super::clip::Rect;
use super::diverging::Diverging;
use super::language::MapTold;
use super::legend::{Legend, Sample};
use super::map::{self, Border, Drawing};
use super::sheet::Sheet;
use super::style;
use super::surroundings::Surroundings;
use super::{Figure, FigureContext, PlotError, axis, marks, ticks, words};
use crate::measures::region::{Direction, RegionSeries};
use crate::media::one_line;

/// Height of the map.
const MAP_HEIGHT: f64 = 250.0;
/// Height of a line of the heading.
const HEADING_PITCH: f64 = 15.0;
/// Width of the bar of colours, and the space between it and the map.
const BAR: (f64, f64) = (12.0, 14.0);
/// Room for the title of a vertical axis.
const TITLE_ROOM: f64 = 1.7 * style::LABEL;

/// Draws the figure.
pub fn figure(series: &RegionSeries, context: &FigureContext) -> Result<Figure, PlotError> {
    let sheet = Sheet::new(context)?;
    let title = one_line(&series.title);
    let measure = words::measure(
        sheet.words,
        series.measure,
        series.level,
        series.threshold,
        &context.currency,
    );
    let known = series.changes.iter().filter(|change| change.value.is_finite());
    let colours = Diverging::new(known.clone().map(|change| change.value));
    let doubtful = known.clone().any(marks::is_doubtful);
    let notes: &[&str] = if doubtful { &[sheet.words.few_sentence] } else { &[] };
    let surroundings = Surroundings::new(&sheet, &title, context, notes);
    let room = sheet.room();
    let heading = (sheet.words.map_heading)(&measure, &series.policy, &context.baseline);
    let heading = sheet.wrapped(&heading, style::LABEL, room);
    let heading_bottom = surroundings.head_height() - 7.0 + HEADING_PITCH * heading.len() as f64;
    let bar_ticks = colours.ticks(&sheet);
    let left = style::MARGIN
        + TITLE_ROOM
        + ticks::widest(&sheet, &map::plain_ticks(&sheet, &series.y))
        + style::TICK_LENGTH
        + 3.0;
    let right = sheet.width
        - style::MARGIN
        - TITLE_ROOM
        - ticks::widest(&sheet, &bar_ticks)
        - style::TICK_LENGTH
        - 3.0
        - BAR.0
        - BAR.1;
    let ends = |points: &[f64]| {
        let edges = edges(points);
        (edges[0], edges[edges.len() - 1])
    };
    let at = |top: f64| {
        let frame = Rect { left, right, top, bottom: top + sheet.tall(MAP_HEIGHT) };
        let (x, y) = (ends(&series.x), ends(&series.y));
        let panel = Panel { frame, x, y, x_scale: Scale::Linear, y_scale: Scale::Linear };
        (panel, Cells::new(series, &panel))
    };
    // What the legend explains does not depend on where the map starts.
    let border = Border::new(series);
    let legend = Legend::new(&sheet, entries(&at(0.0), &border, context), room);
    let (panel, cells) = at(heading_bottom + legend.height() + 5.0);
    let frame = panel.frame;
    let bar = Rect { left: right + BAR.1, right: right + BAR.1 + BAR.0, ..frame };
    let height = (frame.bottom + axis::MONEY_AXIS_HEIGHT + surroundings.foot_height()).ceil();
    let caption = caption(series, &measure, (&panel, &cells, &border), context);
    let name = format!("region_{}", series.region);
    let description = Description {
        name: &name,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        map::draw_heading(canvas, &heading, heading_bottom, HEADING_PITCH)?;
        legend.draw(canvas, (style::MARGIN, heading_bottom))?;
        colours.draw(canvas, bar)?;
        let over_bar =
            sheet.fitted(&(sheet.words.change_of)(&measure), style::LABEL, sheet.tall(MAP_HEIGHT));
        let title_x = sheet.width - style::MARGIN - 0.3 * style::LABEL;
        let of_bar = colours.panel(bar);
        axis::draw_vertical_axis(
            canvas,
            &of_bar,
            axis::Side::Right,
            &bar_ticks,
            (&over_bar, title_x),
        )?;
        let drawing = Drawing { series, panel: &panel, cells: &cells, border: &border };
        drawing.draw(canvas, &sheet, &colours, &measure)
    })?;
    Ok(Figure { name, title, caption, svg, font: context.font.clone() })
}

fn entries(
    (panel, cells): &(Panel, Cells),
    border: &Border,
    context: &FigureContext,
) -> Vec<(Sample, String)> {
    let words = context.words();
    let percent = words.numbers.share(context.confidence);
    let mut entries = Vec::new();
    if !border.lines.is_empty() {
        let is_hidden = border.has_band() && !border.shows_band(panel);
        let said = (words.no_change)(is_hidden.then_some(&*percent));
        entries.push((Sample::Line(map::BORDER, &[]), said));
    }
    if border.shows_band(panel) {
        entries.push((Sample::Line(map::BAND.0, map::BAND.1), (words.its_band)(&percent)));
    }
    if cells.any(Direction::Undecided) {
        entries.push((Sample::Hatched(style::PAPER, style::MUTED), words.undecided.to_owned()));
    }
    if cells.any_unknown() {
        entries.push((Sample::Filled(style::PAPER), words.not_known.to_owned()));
    }
    entries
}

fn caption(
    series: &RegionSeries,
    measure: &str,
    (panel, cells, border): (&Panel, &Cells, &Border),
    context: &FigureContext,
) -> String {
    let count = |points: &[f64]| points.len().to_string();
    let told = MapTold {
        measure,
        policy: &series.policy,
        keys: (&series.x_key, &series.y_key),
        points: (&count(&series.x), &count(&series.y)),
        has_undecided: cells.any(Direction::Undecided),
        has_border: !border.lines.is_empty(),
        shows_band: border.shows_band(panel),
        has_band: border.has_band(),
        has_unknown: cells.any_unknown(),
    };
    (context.words().map_caption)(&context.told(0), &told)
}
