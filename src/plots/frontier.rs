//! The frontier figure: how much of ES each policy saves for the credit that it withdraws.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect, dashes};
use super::frontier_names::Naming;
use super::frontier_trails::{Cut, Trail, cuts, place, trails};
use super::hints::{self, Spot};
use super::marks;
use super::sheet::Sheet;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::text::{Label, MIDDLE};
use super::ticks;
use super::{Figure, FigureContext, PlotError, PolicyName};
use crate::measures::Estimate;
use crate::measures::frontier::FrontierPoint;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "frontier";
/// Height of the plot.
const PLOT_HEIGHT: f64 = 300.0;
/// Height of the key of lines.
const KEY_HEIGHT: f64 = 21.0;
/// Space between a sign and its word in the key, and between two entries.
const KEY_GAPS: (f64, f64) = (6.0, 16.0);
/// Radius of rings: a policy that is such a cut has its sign inside.
const RING: f64 = style::MARK + 1.3;
/// Stroke of the lines to compare with.
const REFERENCE: f64 = 1.0;
/// A ladder has no more hints.
const MOST_HINTS: usize = 60;
/// A ladder of more caps has no signs.
const MOST_SIGNS: usize = 30;
/// An error bar is drawn no further than this multiple of the largest value.
const LONGEST_BAR: f64 = 1.25;
/// Dash of the line "in proportion".
const PROPORTION: &[f64] = &[5.0, 3.0];

/// Draws the figure; none where no policy changes credit or losses.
pub fn figure(
    points: &[FrontierPoint],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let level = points.iter().map(|point| point.level).fold(0.0, f64::max);
    let finite =
        |p: &&FrontierPoint| p.credit_withdrawn.is_finite() && p.loss_saved.value.is_finite();
    let points: Vec<&FrontierPoint> = points
        .iter()
        .filter(|p| p.level == level && p.policy != context.baseline)
        .filter(finite)
        .collect();
    if points.iter().all(|p| p.credit_withdrawn == 0.0 && p.loss_saved.value == 0.0) {
        return Ok(None);
    }
    let trails = trails(&points, policies, context);
    let cuts: Vec<Cut<'_>> = cuts(&points, &trails);
    let shown = || trails.iter().flat_map(|t| &t.points).chain(cuts.iter().map(|(cut, _)| cut));
    let few = shown().any(|p| marks::is_doubtful(&p.loss_saved));
    let notes: &[&str] = if few { &[sheet.words.few_star] } else { &[] };
    let shortfall = format!("ES {}{}", sheet.numbers.share(level), if few { "*" } else { "" });
    let title = sheet.words.frontier.to_owned();
    let caption = (sheet.words.frontier_caption)(&context.told(0), &shortfall, !cuts.is_empty());
    let surroundings = Surroundings::new(&sheet, &title, context, notes);
    let range = range(shown().copied());
    let ticks = ticks::percent_ticks(&sheet, range, 6);
    let left = style::MARGIN
        + 1.7 * style::LABEL
        + style::TICK_LENGTH
        + 3.0
        + ticks::widest(&sheet, &ticks);
    let top = surroundings.head_height() + KEY_HEIGHT - 6.0;
    let panel = Panel {
        frame: Rect {
            left,
            right: sheet.width - style::MARGIN - 8.0,
            top,
            bottom: top + sheet.tall(PLOT_HEIGHT),
        },
        x: range,
        y: range,
        x_scale: Scale::Linear,
        y_scale: Scale::Linear,
    };
    let lines = [diagonal(&panel)];
    let rings = cuts.iter().map(|(cut, _)| place(&panel, cut)).chain([panel.at(0.0, 0.0)]);
    let naming = Naming::new(&sheet, &panel, &trails, lines.to_vec(), rings.collect());
    let height = (naming.bottom(&panel) + surroundings.foot_height()).ceil();
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        axis::draw_panel(canvas, &panel, &ticks, &ticks)?;
        let across = sheet.words.withdrawn_axis;
        axis::draw_money_axis(canvas, &panel, panel.frame.bottom, &ticks, across)?;
        let long = panel.frame.bottom - panel.frame.top;
        let up = (sheet.words.saved_axis)(&shortfall);
        let up = sheet.first_fitting(&up, style::LABEL, long);
        let middle = f64::midpoint(panel.frame.top, panel.frame.bottom);
        axis::draw_upward_title(canvas, &up, (style::MARGIN + 0.85 * style::LABEL, middle))?;
        draw_key(canvas, &sheet, (left, top - KEY_HEIGHT / 2.0), !cuts.is_empty())?;
        draw_references(canvas, &panel, &cuts)?;
        for trail in trails.iter().rev() {
            draw_trail(canvas, &panel, trail)?;
        }
        for (cut, _) in &cuts {
            let title = trails.iter().find(|trail| trail.has(&cut.policy)).map_or("", |t| t.title);
            let names = [title, sheet.words.frontier_key[2]];
            hint(canvas, &sheet, &panel, cut, (&names, &shortfall));
        }
        for trail in trails.iter().rev() {
            for point in hints::some(&trail.points, MOST_HINTS) {
                let name = if trail.is_ladder { &*point.policy } else { trail.title };
                hint(canvas, &sheet, &panel, point, (&[name], &shortfall));
            }
        }
        naming.draw(canvas, &trails)
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() }))
}

/// Says what a point is.
fn hint(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    panel: &Panel,
    point: &FrontierPoint,
    (names, shortfall): (&[&str], &str),
) {
    let withdrawn = hints::percent(sheet, point.credit_withdrawn);
    let withdrawn = format!("{} {withdrawn}", sheet.words.cut_columns[0]);
    let fall = (sheet.words.fall_of)(shortfall.trim_end_matches('*'));
    let names = [names, &[&*withdrawn, &*fall]].concat();
    let e = &point.loss_saved;
    let said = hints::share(sheet, &names, e.value, [e.lower, e.upper]);
    canvas.hint(Spot::Mark(place(panel, point)), said);
}

/// One range for both axes, so that "in proportion" is the diagonal.
fn range<'a>(points: impl Iterator<Item = &'a FrontierPoint>) -> (f64, f64) {
    let points: Vec<&FrontierPoint> = points.collect();
    let values = || points.iter().flat_map(|p| [p.credit_withdrawn, p.loss_saved.value]);
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let reach = (LONGEST_BAR - 1.0) * (high - low);
    let ends = points.iter().flat_map(|p| [p.loss_saved.lower, p.loss_saved.upper]).flatten();
    let (low, high) = ends
        .filter(|end| end.is_finite())
        .map(|end| end.clamp(low - reach, high + reach))
        .fold((low, high), |(low, high): (f64, f64), x| (low.min(x), high.max(x)));
    let pad = 0.04 * (high - low);
    (low - pad, high + pad)
}

/// Explains the baseline's point, the diagonal and the rings on one line.
fn draw_key(canvas: &Canvas<'_>, sheet: &Sheet, start: Point, has_cuts: bool) -> Drawn {
    let (gap, between) = KEY_GAPS;
    let (mut x, y) = start;
    let [baseline, proportion, alike] = sheet.words.frontier_key;
    let entry = |text: &str, x: f64| {
        let at = (x, y + MIDDLE * style::SMALL);
        canvas.text(&Label::new(text, at, style::SMALL).coloured(style::MUTED))?;
        Ok::<f64, DrawingAreaErrorKind<std::io::Error>>(x + sheet.text_width(text, style::SMALL))
    };
    canvas.disc((x + style::MARK, y), style::MARK, style::COLOURS[0])?;
    x = entry(baseline, x + 2.0 * style::MARK + gap)? + between;
    let sample = |x: f64| [(x, y), (x + style::SAMPLE, y)];
    draw_dashes(canvas, &sample(x))?;
    x = entry(proportion, x + style::SAMPLE + gap)? + between;
    if has_cuts {
        canvas.ring((x + RING, y), RING, style::MUTED)?;
        entry(alike, x + 2.0 * RING + gap)?;
    }
    Ok(())
}

/// A line of the look of "in proportion".
fn draw_dashes(canvas: &Canvas<'_>, line: &[Point]) -> Drawn {
    dashes(line, PROPORTION).iter().try_for_each(|dash| canvas.line(dash, style::MUTED, REFERENCE))
}

/// The diagonal.
fn diagonal(panel: &Panel) -> Vec<Point> {
    vec![panel.at(panel.x.0, panel.x.0), panel.at(panel.x.1, panel.x.1)]
}

fn draw_references(canvas: &Canvas<'_>, panel: &Panel, cuts: &[Cut<'_>]) -> Drawn {
    draw_dashes(canvas, &diagonal(panel))?;
    for (cut, look) in cuts {
        let at = place(panel, cut);
        draw_bar(canvas, panel, at, &cut.loss_saved, look)?;
        canvas.ring(at, RING, look.colour)?;
    }
    canvas.disc(panel.at(0.0, 0.0), style::MARK, style::COLOURS[0])
}

fn draw_trail(canvas: &Canvas<'_>, panel: &Panel, trail: &Trail<'_>) -> Drawn {
    let line = trail.line(panel);
    canvas.curve(&line, &trail.look)?;
    if line.len() > MOST_SIGNS {
        return Ok(());
    }
    for (&at, point) in line.iter().zip(&trail.points) {
        draw_bar(canvas, panel, at, &point.loss_saved, &trail.look)?;
        trail.look.sign.draw(canvas, at, trail.look.colour)?;
    }
    Ok(())
}

fn draw_bar(canvas: &Canvas<'_>, panel: &Panel, at: Point, saved: &Estimate, look: &Look) -> Drawn {
    let ends =
        [saved.lower, saved.upper].map(|end| end.filter(|x| x.is_finite()).map(|x| panel.y_at(x)));
    bars::draw(canvas, Along::Y, at, ends, look.colour, (panel.frame.top, panel.frame.bottom))
}
