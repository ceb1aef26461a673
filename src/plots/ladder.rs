//! The figure of a ladder: what each cap leaves of EL, ES and credit, and whom it touches.
//!
//! A figure per ladder, since caps of two ladders need not have an axis in common; the frontier
//! figure holds all of them against one another.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect, thinned};
use super::hints::{self, Spot};
use super::marks;
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::text::{Label, MIDDLE};
use super::ticks;
use super::{Figure, FigureContext, PlotError};
use crate::measures::ladder::{LadderPoint, LadderSeries};
use crate::measures::{Comparison, Estimate, Figures, Measure};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Height of the panel of losses and credit.
const UPPER_HEIGHT: f64 = 200.0;
/// Height of the panel of people.
const LOWER_HEIGHT: f64 = 78.0;
/// Space between the panels.
const GAP: f64 = 14.0;
/// About so many ticks stand at the upper and at the lower panel.
const TICKS: [usize; 2] = [6, 4];
/// Height of the key.
const KEY_HEIGHT: f64 = 21.0;
/// Space between a sample and its word in the key, and between two entries.
const KEY_GAPS: (f64, f64) = (6.0, 16.0);
/// A curve of more caps has no signs.
const MOST_SIGNS: usize = 30;
/// An axis starts at 0 unless all values lie above this.
const FAR_FROM_ZERO: f64 = 0.6;

/// One curve: caps with values, shares of the baseline's.
struct Trace {
    name: String,
    look: Look,
    points: Vec<(f64, Estimate)>,
}

/// Draws the figure; none without caps.
pub fn figure(series: &LadderSeries, context: &FigureContext) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let points: Vec<&LadderPoint> = series.points.iter().filter(|p| p.cap.is_finite()).collect();
    let points = thinned(&points, style::MAX_POINTS);
    if points.is_empty() {
        return Ok(None);
    }
    let level =
        points.iter().flat_map(|p| &p.values).filter_map(|value| value.level).reduce(f64::max);
    let shortfall = format!("ES {}", sheet.numbers.share(level.unwrap_or_default()));
    let looks = style::looks(["credit", "es", "el", "people"].into_iter(), "credit");
    let loss = |measure, level| {
        points.iter().filter_map(|p| Some((p.cap, left(p, measure, level, context)?))).collect()
    };
    let kept = points.iter().filter_map(|p| Some((p.cap, exact(p.credit_kept?, context))));
    let mut traces = [
        Trace { name: sheet.words.credit_kept.to_owned(), look: looks[0], points: kept.collect() },
        Trace {
            name: shortfall.clone(),
            look: looks[1],
            points: loss(Measure::ExpectedShortfall, level),
        },
        Trace { name: "EL".to_owned(), look: looks[2], points: loss(Measure::ExpectedLoss, None) },
    ];
    let few = [sheet.words.few_star];
    let mut notes: &[&str] = &[];
    for trace in &mut traces {
        if trace.points.iter().any(|(_, e)| marks::is_doubtful(e)) {
            trace.name.push('*');
            notes = &few;
        }
    }
    let cut = points.iter().filter(|p| p.people > 0);
    let people = Trace {
        name: String::new(),
        look: looks[3],
        points: cut
            .map(|p| (p.cap, exact(p.people_cut as f64 / p.people as f64, context)))
            .collect(),
    };
    let title = (sheet.words.ladder)(&series.ladder);
    let all = series.points.first().map_or(0, |point| point.people);
    let all = sheet.numbers.grouped(&all.to_string());
    let caption = (sheet.words.ladder_caption)(&context.told(0), &series.ladder, &shortfall, &all);
    let surroundings = Surroundings::new(&sheet, &title, context, notes);
    let caps: Vec<f64> = points.iter().map(|p| p.cap).collect();
    let (x, x_scale) = caps_range(&caps);
    let top = surroundings.head_height() + KEY_HEIGHT - 6.0;
    let right = sheet.width - style::MARGIN - 10.0;
    let most = people.points.iter().map(|(_, e)| e.value).fold(0.0, f64::max);
    let most = if most > 0.0 { (1.06 * most).min(1.03) } else { 1.0 };
    let ranges = [shares_range(&traces), (0.0, most)];
    let widest =
        |at: usize| ticks::widest(&sheet, &ticks::percent_ticks(&sheet, ranges[at], TICKS[at]));
    let beside = 1.7 * style::LABEL + style::TICK_LENGTH + 3.0;
    let left = style::MARGIN + beside + widest(0).max(widest(1));
    let panel = |top, height, y| {
        let frame = Rect { left, right, top, bottom: top + height };
        Panel { frame, x, y, x_scale, y_scale: Scale::Linear }
    };
    let upper =
        panel(top, sheet.tall_for(UPPER_HEIGHT, sheet.words.share_of_baseline, 0.0), ranges[0]);
    let lower = panel(
        upper.frame.bottom + GAP,
        sheet.tall_for(LOWER_HEIGHT, sheet.words.people_cut_axis, 6.0),
        ranges[1],
    );
    let height = (lower.frame.bottom + axis::MONEY_AXIS_HEIGHT + surroundings.foot_height()).ceil();
    let name = format!("ladder-{}", series.ladder);
    let description = Description {
        name: &name,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        draw_key(canvas, &sheet, &traces, (left, top - KEY_HEIGHT / 2.0))?;
        draw_axes(canvas, &sheet, (&upper, &lower), &context.currency)?;
        // The wide solid curve of credit shows through the dashes of one that coincides with it.
        for trace in &traces {
            draw_trace(canvas, &upper, trace)?;
            hint(canvas, &sheet, &upper, (&trace.name, trace), &context.currency);
        }
        hint(canvas, &sheet, &lower, (sheet.words.cut_columns[1], &people), &context.currency);
        draw_trace(canvas, &lower, &people)
    })?;
    Ok(Some(Figure { name, title, caption, svg, font: context.font.clone() }))
}

fn exact(value: f64, context: &FigureContext) -> Estimate {
    Estimate::exact(value, context.confidence)
}

/// What a cap leaves of a measure, as a share of the baseline's.
fn left(
    point: &LadderPoint,
    measure: Measure,
    level: Option<f64>,
    context: &FigureContext,
) -> Option<Estimate> {
    // The baseline has no change against itself.
    if point.policy == context.baseline {
        return Some(exact(1.0, context));
    }
    let is_it = |comparison| (measure, level, Comparison::RelativeChange) == comparison;
    let change = point.values.iter().find(|v| is_it((v.measure, v.level, v.comparison)))?.estimate;
    let (lower, upper) = (change.lower.map(|x| 1.0 + x), change.upper.map(|x| 1.0 + x));
    let value = 1.0 + change.value;
    value.is_finite().then_some(Estimate::of(Figures { value, lower, upper, ..*change }))
}

/// The range of an axis of caps by rising size: logarithmic where they span more than a decade.
fn caps_range(caps: &[f64]) -> ((f64, f64), Scale) {
    let low = caps.iter().copied().fold(f64::INFINITY, f64::min);
    let high = caps.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low > 0.0 && high > 10.0 * low {
        let pad = (high / low).powf(0.02);
        return ((low / pad, high * pad), Scale::Log);
    }
    let pad = if high > low { 0.03 * (high - low) } else { (0.5 * high.abs()).max(1.0) };
    ((low - pad, high + pad), Scale::Linear)
}

/// The range of the upper panel: all values, bands as far as they do not dwarf these, and 100 %.
fn shares_range(traces: &[Trace]) -> (f64, f64) {
    let points = || traces.iter().flat_map(|trace| &trace.points).map(|(_, e)| e);
    let (low, high) = points()
        .map(|e| e.value)
        .fold((1.0, 1.0), |(low, high): (f64, f64), x| (low.min(x), high.max(x)));
    let reach = (high - low).max(0.02);
    let (low, high) = points()
        .flat_map(|e| [e.lower, e.upper])
        .flatten()
        .filter(|end| end.is_finite())
        .map(|end| end.clamp(low - reach, high + reach))
        .fold((low, high), |(low, high), x| (low.min(x), high.max(x)));
    let pad = 0.04 * (high - low).max(0.02);
    let start = if low > FAR_FROM_ZERO { low - pad } else { low.min(0.0) };
    (start, high + pad)
}

fn draw_key(canvas: &Canvas<'_>, sheet: &Sheet, traces: &[Trace], start: Point) -> Drawn {
    let (gap, between) = KEY_GAPS;
    let (mut x, y) = start;
    for trace in traces {
        canvas.curve(&[(x, y), (x + style::SAMPLE, y)], &trace.look)?;
        if trace.points.len() <= MOST_SIGNS {
            let middle = (x + style::SAMPLE / 2.0, y);
            trace.look.sign.draw(canvas, middle, trace.look.colour)?;
        }
        x += style::SAMPLE + gap;
        canvas.text(&Label::new(&*trace.name, (x, y + MIDDLE * style::LABEL), style::LABEL))?;
        x += sheet.text_width(&trace.name, style::LABEL) + between;
    }
    Ok(())
}

fn draw_axes(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    (upper, lower): (&Panel, &Panel),
    currency: &str,
) -> Drawn {
    let width = upper.frame.right - upper.frame.left;
    let (across, title) = match upper.x_scale {
        Scale::Log => (ticks::log_ticks(sheet, width, upper.x), currency.to_owned()),
        Scale::Linear => {
            let unit = MoneyUnit::for_range(sheet.words, upper.x.1, currency);
            (ticks::money_ticks(sheet, width, upper.x, &unit), unit.name)
        }
    };
    axis::draw_panel(canvas, upper, &across, &ticks::percent_ticks(sheet, upper.y, TICKS[0]))?;
    axis::draw_panel(canvas, lower, &across, &ticks::percent_ticks(sheet, lower.y, TICKS[1]))?;
    let today = [upper.frame.left, upper.frame.right].map(|x| (x, upper.y_at(1.0)));
    canvas.line(&today, style::MUTED, style::FRAME)?;
    let title = sheet.fitted(&(sheet.words.cap_axis)(&title), style::LABEL, width);
    axis::draw_money_axis(canvas, lower, lower.frame.bottom, &across, &title)?;
    for (panel, title) in
        [(upper, sheet.words.share_of_baseline), (lower, sheet.words.people_cut_axis)]
    {
        let middle = f64::midpoint(panel.frame.top, panel.frame.bottom);
        axis::draw_upward_title(canvas, title, (style::MARGIN + 0.85 * style::LABEL, middle))?;
    }
    Ok(())
}

/// Says what some caps leave.
fn hint(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    panel: &Panel,
    (name, trace): (&str, &Trace),
    currency: &str,
) {
    for (cap, e) in hints::some(&trace.points, MOST_SIGNS) {
        let amount = MoneyUnit::for_range(sheet.words, 0.0, currency).amount(*cap, 1);
        let names = [&*(sheet.words.cap)(&amount), name];
        let at = panel.at(*cap, e.value);
        if panel.frame.grown(0.1).has(at) {
            canvas.hint(Spot::Mark(at), hints::share(sheet, &names, e.value, [e.lower, e.upper]));
        }
    }
}

fn draw_trace(canvas: &Canvas<'_>, panel: &Panel, trace: &Trace) -> Drawn {
    let frame = panel.frame;
    let at = |cap: f64, y: f64| panel.at(cap, y);
    let ends = |e: &Estimate| match (e.lower, e.upper) {
        (Some(a), Some(b)) if a.is_finite() && b.is_finite() => Some((a, b)),
        _ => None,
    };
    // A band ends where the interval of a cap is not known.
    for run in trace.points.chunk_by(|a, b| ends(&a.1).is_some() == ends(&b.1).is_some()) {
        let known: Vec<(f64, (f64, f64))> =
            run.iter().filter_map(|(cap, e)| Some((*cap, ends(e)?))).collect();
        let upper = known.iter().map(|&(cap, (_, upper))| at(cap, upper));
        let lower = known.iter().rev().map(|&(cap, (lower, _))| at(cap, lower));
        let rim: Vec<Point> = upper.chain(lower).map(|p| frame.clamped(p)).collect();
        canvas.shape(&rim, trace.look.colour, 0.18)?;
    }
    let line: Vec<Point> = trace.points.iter().map(|(cap, e)| at(*cap, e.value)).collect();
    for piece in frame.pieces(&line) {
        canvas.curve(&piece, &trace.look)?;
    }
    if line.len() > MOST_SIGNS {
        return Ok(());
    }
    for (&at, (_, e)) in line.iter().zip(&trace.points) {
        if line.len() == 1 {
            let ends = ends(e).map(|(a, b)| [a, b].map(|y| Some(panel.y_at(y))));
            let room = (frame.top, frame.bottom);
            let ends = ends.unwrap_or_default();
            bars::draw(canvas, Along::Y, at, ends, trace.look.colour, room)?;
        }
        trace.look.sign.draw(canvas, at, trace.look.colour)?;
    }
    Ok(())
}
