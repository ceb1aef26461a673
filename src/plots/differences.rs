//! The figure of differences between two results: how much larger a measure is in the second than in the
//! first, with its band, round a line of no difference.
//!
//! Measures are rows below the title of their policy; discs are clear of 0 after allowing for all that are
//! shown, rings are not.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::{self, Canvas, Description};
use super::clip::Rect;
use super::hints::{self, Spot};
use super::keys;
use super::language::Thing;
use super::marks;
use super::sheet::Sheet;
use super::style;
use super::surroundings::Surroundings;
use super::text::{Label, MIDDLE};
use super::ticks;
use super::{Figure, FigureContext, PlotError, PolicyName};
use crate::measures::{Estimate, Measure};
use crate::report::comparison::Row;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "differences";
/// No more policies are shown: the figure would not fit a page.
const MOST_POLICIES: usize = 6;
/// Height of the row of a measure.
const PITCH: f64 = 16.0;
/// Height of the title of a policy.
const TITLE_PITCH: f64 = 19.0;
/// Height of the key of signs.
const KEY_HEIGHT: f64 = 19.0;
/// How far the name of a measure is set in.
const INDENT: f64 = 10.0;
/// Space between a name and the plot.
const NAME_GAP: f64 = 8.0;
/// A band of few trials is drawn no further than this multiple of all others.
const LONGEST_BAND: f64 = 1.25;
/// Space between a sign and its word in the key, and between two entries.
const KEY_GAPS: (f64, f64) = (6.0, 14.0);

/// A row of the figure.
enum Line<'a> {
    /// The title of a policy.
    Policy(String, f64),
    /// A measure.
    Measure { policy: &'a str, name: String, relative: &'a Estimate, is_clear: bool, middle: f64 },
}

/// Draws the figure; none where nothing can be held against anything.
pub fn figure(
    rows: &[Row],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let known = |row: &&Row| row.relative.is_some_and(|e| e.value.is_finite());
    let rows: Vec<&Row> = rows.iter().filter(known).collect();
    let told = |policy: &&PolicyName<'_>| rows.iter().any(|row| row.policy == policy.id);
    let told: Vec<&PolicyName<'_>> = policies.iter().filter(told).collect();
    let shown = &told[..told.len().min(MOST_POLICIES)];
    if shown.is_empty() {
        return Ok(None);
    }
    let is_drawn = |row: &&&Row| shown.iter().any(|policy| policy.id == row.policy);
    let relatives = || rows.iter().filter(is_drawn).filter_map(|row| row.relative.as_ref());
    let is_doubtful = relatives().any(marks::is_doubtful);
    let mut notes: Vec<String> = Vec::new();
    if is_doubtful {
        notes.push(sheet.words.few_star.to_owned());
    }
    if shown.len() < told.len() {
        let left_out = told.len() - shown.len();
        notes.push(keys::more(sheet.words, left_out, Thing::Policy, "differences.csv"));
    }
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let title = sheet.words.differences.to_owned();
    let caption = (sheet.words.differences_caption)(&context.told(shown.len()));
    let surroundings = Surroundings::new(&sheet, &title, context, &notes);
    let top = surroundings.head_height() + KEY_HEIGHT - 6.0;
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut y = top + 3.0;
    for policy in shown {
        let title = sheet.fitted(policy.title, style::LABEL, sheet.room());
        lines.push(Line::Policy(title, y + 0.6 * TITLE_PITCH));
        y += TITLE_PITCH;
        for row in rows.iter().filter(|row| row.policy == policy.id) {
            let Some(relative) = &row.relative else { continue };
            let is_clear = row.is_clear(context.confidence);
            let star = if marks::is_doubtful(relative) { "*" } else { "" };
            let name = format!("{}{star}", name(&sheet, row));
            let (policy, middle) = (policy.title, y + PITCH / 2.0);
            lines.push(Line::Measure { policy, name, relative, is_clear, middle });
            y += PITCH;
        }
        y += 4.0;
    }
    let widths = lines.iter().map(|line| match line {
        Line::Policy(..) => 0.0,
        Line::Measure { name, .. } => sheet.text_width(name, style::SMALL),
    });
    let left = style::MARGIN + INDENT + widths.fold(0.0, f64::max) + NAME_GAP;
    let range = range(relatives());
    let frame = Rect { left, right: sheet.width - style::MARGIN - 10.0, top, bottom: y };
    let linear = Scale::Linear;
    let panel = Panel { frame, x: range, y: (0.0, 1.0), x_scale: linear, y_scale: linear };
    let ticks = ticks::percent_ticks_across(&sheet, frame.right - frame.left, range);
    let height = (y + axis::MONEY_AXIS_HEIGHT + surroundings.foot_height()).ceil();
    let size = (sheet.width, height);
    let words = sheet.words;
    let description = Description { name: NAME, title: &title, content: &caption, size, words };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        draw_key(canvas, &sheet, top - KEY_HEIGHT / 2.0, context)?;
        draw_ground(canvas, &panel, &ticks)?;
        for line in &lines {
            draw_line(canvas, &sheet, &panel, line)?;
        }
        let title =
            sheet.fitted(sheet.words.differences_axis, style::LABEL, frame.right - frame.left);
        axis::draw_money_axis(canvas, &panel, frame.bottom, &ticks, &title)
    })?;
    let font = context.font.clone();
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg, font }))
}

/// A measure in short.
fn name(sheet: &Sheet, row: &Row) -> String {
    let level = row.level.map(|q| format!(" {}", sheet.numbers.share(q))).unwrap_or_default();
    match row.measure {
        Measure::Credit => sheet.words.credit.into(),
        Measure::ExpectedLoss => "EL".into(),
        Measure::ValueAtRisk => format!("VaR{level}"),
        Measure::ExpectedShortfall => format!("ES{level}"),
        other => format!("{}{level}", (sheet.words.measure)(other)),
    }
}

/// The ends of the axis: all values and bands, 0 among them, and never a mere point.
fn range<'a>(relatives: impl Iterator<Item = &'a Estimate>) -> (f64, f64) {
    let all: Vec<&Estimate> = relatives.collect();
    let ends = |e: &Estimate| [e.lower, e.upper].into_iter().flatten().filter(|x| x.is_finite());
    let sure = all.iter().flat_map(|e| {
        let ends: Vec<f64> = if marks::is_doubtful(e) { Vec::new() } else { ends(e).collect() };
        ends.into_iter().chain([e.value])
    });
    let span = |(low, high): (f64, f64), x: f64| (low.min(x), high.max(x));
    let (low, high) = sure.fold((0.0, 0.0), span);
    let reach = (LONGEST_BAND - 1.0) * (high - low);
    let doubtful = all.iter().filter(|e| marks::is_doubtful(e)).flat_map(|e| ends(e));
    let cut = |x: f64| if high > low { x.clamp(low - reach, high + reach) } else { x };
    let (low, high) = doubtful.map(cut).fold((low, high), span);
    if high - low < 1e-9 {
        return (-0.01, 0.01);
    }
    let pad = 0.04 * (high - low);
    (low - pad, high + pad)
}

fn draw_ground(canvas: &Canvas<'_>, panel: &Panel, ticks: &[(f64, String)]) -> Drawn {
    let Rect { left, right, top, bottom } = panel.frame;
    for (value, _) in ticks {
        let x = panel.x_at(*value);
        canvas.line(&[(x, top), (x, bottom)], style::GRID_LINE, style::GRID)?;
    }
    canvas.line(&[(left, bottom), (right, bottom)], style::INK, style::FRAME)?;
    let zero = panel.x_at(0.0);
    canvas.line(&[(zero, top), (zero, bottom)], style::INK, style::FRAME)
}

fn draw_line(canvas: &Canvas<'_>, sheet: &Sheet, panel: &Panel, line: &Line<'_>) -> Drawn {
    match line {
        Line::Policy(title, middle) => {
            let right = style::MARGIN + sheet.text_width(title, style::LABEL) + 3.0;
            let half = 0.55 * style::LABEL;
            // Neither grid nor zero line runs through a title.
            let (top, bottom) = (middle - half, middle + half);
            canvas.ground(Rect { left: style::MARGIN, right, top, bottom })?;
            let at = (style::MARGIN, middle + MIDDLE * style::LABEL);
            canvas.text(&Label::new(title, at, style::LABEL))
        }
        Line::Measure { policy, name, relative, is_clear, middle } => {
            let at = (style::MARGIN + INDENT, middle + MIDDLE * style::SMALL);
            canvas.text(&Label::new(name, at, style::SMALL).coloured(style::MUTED))?;
            let centre = (panel.x_at(relative.value), *middle);
            let ends = [relative.lower, relative.upper];
            let ends = ends.map(|end| end.filter(|x| x.is_finite()).map(|x| panel.x_at(x)));
            let room = (panel.frame.left, panel.frame.right);
            let colour = style::COLOURS[1];
            bars::draw(canvas, Along::X, centre, ends, colour, room)?;
            let names = [*policy, name.as_str(), sheet.words.differences_axis];
            let said =
                hints::share(sheet, &names, relative.value, [relative.lower, relative.upper]);
            canvas.hint(Spot::Mark(centre), said);
            draw_sign(canvas, centre, *is_clear)
        }
    }
}

fn draw_sign(canvas: &Canvas<'_>, centre: (f64, f64), is_clear: bool) -> Drawn {
    if is_clear {
        canvas.disc(centre, style::MARK + 0.6, style::COLOURS[2])
    } else {
        canvas.ring(centre, style::MARK, style::COLOURS[1])
    }
}

/// Explains discs, rings and bars on one line.
fn draw_key(canvas: &Canvas<'_>, sheet: &Sheet, y: f64, context: &FigureContext) -> Drawn {
    let mut x = style::MARGIN;
    for (is_clear, text) in [true, false].into_iter().zip(sheet.words.clear) {
        draw_sign(canvas, (x + style::MARK, y), is_clear)?;
        x += 2.0 * style::MARK + KEY_GAPS.0;
        let at = (x, y + MIDDLE * style::SMALL);
        canvas.text(&Label::new(text, at, style::SMALL).coloured(style::MUTED))?;
        x += sheet.text_width(text, style::SMALL) + KEY_GAPS.1;
    }
    let Some(band) = context.bands() else { return Ok(()) };
    let (centre, half) = (x + 11.0, 11.0);
    let ends = [centre - half, centre + half].map(Some);
    bars::draw(canvas, Along::X, (centre, y), ends, style::COLOURS[1], (0.0, sheet.width))?;
    let at = (centre + half + KEY_GAPS.0, y + MIDDLE * style::SMALL);
    canvas.text(&Label::new((sheet.words.band)(&band), at, style::SMALL).coloured(style::MUTED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::estimate::{Figures, Quality};

    #[test]
    fn the_axis_holds_zero_and_all_sure_bands() {
        let estimate = |value: f64, half: f64, quality| {
            Estimate::of(Figures {
                lower: Some(value - half),
                upper: Some(value + half),
                quality,
                ..*Estimate::exact(value, 0.95)
            })
        };
        let sure = estimate(0.1, 0.05, Quality::Good);
        let (low, high) = range([&sure].into_iter());
        assert!(low < 0.0 && high > 0.15 && high < 0.2, "{low} {high}");
        let wild = estimate(0.1, 50.0, Quality::TooFew);
        let (low, high) = range([&sure, &wild].into_iter());
        assert!(low > -0.1 && high < 0.3, "{low} {high}");
        assert_eq!(range([&Estimate::exact(0.0, 0.95)].into_iter()), (-0.01, 0.01));
    }
}
