//! The density figure: the loss laws of all policies in one plot, and below it their VaR and ES.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, MoneyUnit, Panel, Scale, Side};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect, thinned};
use super::heights::{self, Heights};
use super::keys;
use super::marks::{self, Strip};
use super::style::{self, Look};
use super::text::{Label, TextMeter};
use super::{Figure, FigureContext, PlotError};
use crate::measures::series::{DensityKind, DensityPoint, DensitySeries};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "densities";
/// Height of the plot of curves.
const PLOT_HEIGHT: f64 = 265.0;
/// The column of keys is never wider.
const WIDEST_KEY: f64 = 190.0;
/// A law counts as vanished below this share of its highest value.
const VANISHED: f64 = 0.002;
/// Lower than so many pixels a curve lies flat.
const FLAT: f64 = 0.4;

/// One policy, ready to draw.
pub struct Curve<'a> {
    /// The series.
    pub series: &'a DensitySeries,
    points: Vec<DensityPoint>,
    /// Its look.
    pub look: Look,
    /// Its title, broken into lines of the column.
    pub title: Vec<String>,
}

impl Curve<'_> {
    /// The greatest height.
    pub fn peak(&self) -> f64 {
        self.points.iter().map(|p| p.density).fold(0.0, f64::max)
    }
}

/// Draws the figure.
pub fn figure(series: &[DensitySeries], context: &FigureContext) -> Result<Figure, PlotError> {
    let meter = TextMeter::new();
    let looks = style::looks(series.iter().map(|one| one.policy.as_str()), &context.baseline);
    let room = keys::key_text_room(WIDEST_KEY);
    let curves: Vec<Curve<'_>> = series
        .iter()
        .zip(looks)
        .map(|(series, look)| Curve {
            series,
            points: usable(&series.points),
            look,
            title: meter.wrapped(&series.title, style::LABEL, room),
        })
        .collect();
    let x = losses(&curves);
    let unit = MoneyUnit::for_range(x.1, &context.currency);
    let scales = heights::scales(&curves, &unit);
    let policies = keys::policies(series.len());
    let has_marks = series.iter().any(|one| !one.marks.is_empty());
    let title = format!(
        "Losses over {} under {policies}{}",
        context.horizon,
        if has_marks { ", with VaR and ES" } else { "" }
    );
    let caption = caption(series, &scales, context);
    let strip_height = marks::height(&curves);
    let foot = keys::FOOT_HEIGHT + marks::notes(&curves).len() as f64 * keys::NOTE_PITCH;
    let height = keys::HEAD_HEIGHT
        + PLOT_HEIGHT
        + marks::GAP
        + strip_height
        + axis::MONEY_AXIS_HEIGHT
        + foot;
    let height = height.ceil();
    let (frame, key_x) = frame(&curves, &scales, &meter, context);
    let description =
        Description { name: NAME, title: &title, content: &caption, size: (style::WIDTH, height) };
    let svg = canvas::svg(&description, |canvas| {
        keys::draw_surroundings(canvas, &meter, &title, context, height)?;
        let top = frame.bottom + marks::GAP;
        let below = Rect { top, bottom: top + strip_height, ..frame };
        let axes = Axes {
            frame,
            strip: below,
            x,
            unit: &unit,
            scales: &scales,
            horizon: &context.horizon,
        };
        draw_axes(canvas, &meter, &axes)?;
        draw_curves(canvas, &meter, &axes, &curves)?;
        if scales.is_empty() {
            keys::draw_nothing(canvas, frame)?;
        }
        let strip = Strip { frame: below, x, confidence: context.confidence };
        marks::draw(canvas, &meter, &strip, &curves, key_x)?;
        keys::draw_notes(canvas, &marks::notes(&curves), height)
    })?;
    Ok(Figure { name: NAME, title, caption, svg })
}

fn caption(series: &[DensitySeries], scales: &[Heights], context: &FigureContext) -> String {
    let levels: Vec<String> = series
        .iter()
        .map(|one| &one.marks)
        .max_by_key(|marks| marks.len())
        .into_iter()
        .flatten()
        .map(|mark| format!("{} %", mark.level))
        .collect();
    let what = match scales {
        [one] if one.kind == DensityKind::Atoms => "Probability of every loss",
        [_] => "Probability density of the loss (kernel estimate)",
        _ => "Law of the loss, as a density (kernel estimate) or, where it has few atoms, as stems",
    };
    let marks = if levels.is_empty() {
        String::new()
    } else {
        format!(
            " Below: VaR (rings) and ES (discs) at {} with their {} % bands, where these are wider \
             than the mark.",
            levels.join(" and "),
            axis::plain(100.0 * context.confidence)
        )
    };
    format!(
        "{what} over {} for {}.{marks} Baseline: {}. {}; {}.",
        context.horizon,
        keys::policies(series.len()),
        context.baseline,
        context.scenario,
        context.provenance().replace(" · ", ", "),
    )
}

/// The points that can stand on the axes.
fn usable(points: &[DensityPoint]) -> Vec<DensityPoint> {
    let finite = |p: &&DensityPoint| p.loss.is_finite() && p.density.is_finite();
    thinned(&points.iter().filter(finite).copied().collect::<Vec<_>>(), style::MAX_POINTS)
}

/// The range of losses: where some law has not vanished, and every mark.
fn losses(curves: &[Curve<'_>]) -> (f64, f64) {
    let seen = curves.iter().flat_map(|curve| {
        let least = VANISHED * curve.peak();
        curve.points.iter().filter(move |p| p.density > least).map(|p| p.loss)
    });
    let marks = curves.iter().flat_map(|curve| marks::extent(&curve.series.marks));
    let (low, high) = seen
        .chain(marks)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let (start, end) = axis::money_range(low, high);
    // A stem at no loss does not stand on the axis line.
    let has_stems = curves.iter().any(|curve| curve.series.kind == DensityKind::Atoms);
    (if has_stems { start - 0.025 * (end - start) } else { start }, end)
}

/// The frame of the curves, and where the column of keys starts at its right.
fn frame(
    curves: &[Curve<'_>],
    scales: &[Heights],
    meter: &TextMeter,
    context: &FigureContext,
) -> (Rect, f64) {
    let legend = marks::legend(context.confidence);
    let lines = curves.iter().flat_map(|curve| &curve.title);
    let lines = lines.chain(legend.iter().map(|(_, text)| text));
    let key_x = style::WIDTH - style::MARGIN - keys::key_width(meter, lines);
    let axes: Vec<f64> = scales.iter().map(|heights| heights.width(meter)).collect();
    let frame = Rect {
        left: style::MARGIN + axes.first().copied().unwrap_or(0.0).max(40.0),
        right: key_x - 12.0 - axes.get(1).copied().unwrap_or(0.0),
        top: keys::HEAD_HEIGHT,
        bottom: keys::HEAD_HEIGHT + PLOT_HEIGHT,
    };
    (frame, key_x)
}

/// What the axes of one figure rest on.
struct Axes<'a> {
    /// Frame of the curves.
    frame: Rect,
    /// Frame of the strip of marks.
    strip: Rect,
    /// Losses at the left and right edge.
    x: (f64, f64),
    unit: &'a MoneyUnit,
    scales: &'a [Heights],
    horizon: &'a str,
}

fn draw_axes(canvas: &Canvas<'_>, meter: &TextMeter, axes: &Axes<'_>) -> Drawn {
    let &Axes { frame, strip, x, unit, scales, horizon } = axes;
    let base = Panel { frame, x, y: (0.0, 1.0), y_scale: Scale::Linear };
    let grid = |a: Point, b: Point| canvas.line(&[a, b], style::GRID_LINE, style::GRID);
    let (ticks, _) = axis::linear_ticks(x.0 / unit.size, x.1 / unit.size, axis::MONEY_TICKS);
    for tick in ticks {
        let at = base.x_at(tick * unit.size);
        grid((at, frame.top), (at, frame.bottom))?;
        grid((at, strip.top), (at, strip.bottom))?;
    }
    if let Some(first) = scales.first() {
        for (value, _) in first.ticks() {
            let y = first.panel(frame, x).y_at(value);
            grid((frame.left, y), (frame.right, y))?;
        }
    }
    for (heights, side) in scales.iter().zip([Side::Left, Side::Right]) {
        let panel = heights.panel(frame, x);
        let title_x = match side {
            Side::Left => style::MARGIN + 0.85 * style::LABEL,
            Side::Right => frame.right + heights.width(meter) - 0.4 * style::LABEL,
        };
        let title = meter.fitted(&heights.title, style::LABEL, frame.bottom - frame.top);
        axis::draw_vertical_axis(canvas, &panel, side, &heights.ticks(), (&title, title_x))?;
    }
    let edge = |x| [(x, frame.top), (x, frame.bottom)];
    for x in [frame.left].into_iter().chain((scales.len() > 1).then_some(frame.right)) {
        canvas.line(&edge(x), style::INK, style::FRAME)?;
    }
    for y in [frame.bottom, strip.bottom] {
        canvas.line(&[(frame.left, y), (frame.right, y)], style::INK, style::FRAME)?;
    }
    let title = format!("loss over {horizon} ({})", unit.name);
    let title = meter.fitted(&title, style::LABEL, frame.right - frame.left);
    axis::draw_money_axis(canvas, &base, strip.bottom, unit, &title)
}

/// Draws the curves of each scale, and notes for those that the frame cuts.
fn draw_curves(
    canvas: &Canvas<'_>,
    meter: &TextMeter,
    axes: &Axes<'_>,
    curves: &[Curve<'_>],
) -> Drawn {
    let mut cut = Vec::new();
    for heights in axes.scales {
        let panel = heights.panel(axes.frame, axes.x);
        let alike: Vec<_> = curves.iter().filter(|c| c.series.kind == heights.kind).collect();
        // The first policies come to lie on top.
        for (curve, side) in alike.iter().zip(sides(alike.len())).rev() {
            draw_curve(canvas, &panel, curve, side)?;
        }
        let beyond = alike.into_iter().filter(|curve| curve.peak() > heights.top);
        cut.extend(beyond.map(|curve| (curve, heights, panel)));
    }
    draw_cut_notes(canvas, meter, &cut)
}

/// Draws a curve; `side` moves its stems, pixels.
fn draw_curve(canvas: &Canvas<'_>, panel: &Panel, curve: &Curve<'_>, side: f64) -> Drawn {
    let bottom = panel.frame.bottom;
    let tops: Vec<Point> = curve.points.iter().map(|p| panel.at(p.loss, p.density)).collect();
    match curve.series.kind {
        DensityKind::Smooth => {
            // What lies flat on the axis would only paint it in the colours of all policies.
            let rises = |top: &Point| bottom - top.1 > FLAT;
            let first = tops.iter().position(rises).unwrap_or(0).saturating_sub(1);
            let last = tops.iter().rposition(rises).map_or(0, |i| (i + 2).min(tops.len()));
            for piece in panel.frame.pieces(tops.get(first..last).unwrap_or_default()) {
                canvas.curve(&piece, &curve.look)?;
            }
        }
        DensityKind::Atoms => {
            let look = Look { width: 0.8 * curve.look.width, ..curve.look };
            for top in tops.into_iter().filter(|top| panel.frame.grown(0.1).has(*top)) {
                let (x, y) = (top.0 + side, top.1);
                canvas.curve(&[(x, bottom), (x, y)], &look)?;
                canvas.disc((x, y), marks::ATOM, look.colour)?;
            }
        }
    }
    Ok(())
}

/// How far stems move sideways so that those of several policies at the same loss are all seen.
fn sides(count: usize) -> Vec<f64> {
    let step = 14.0 / (count.max(4) - 1) as f64;
    let middle = (count as f64 - 1.0) / 2.0;
    (0..count).map(|i| step * (i as f64 - middle)).collect()
}

/// Says how high the curves go that the frame cuts.
fn draw_cut_notes(
    canvas: &Canvas<'_>,
    meter: &TextMeter,
    cut: &[(&Curve<'_>, &Heights, Panel)],
) -> Drawn {
    for (row, (curve, heights, panel)) in cut.iter().enumerate() {
        let peak = axis::plain_digits(curve.peak() / heights.divisor, 2);
        let title = meter.fitted(&curve.series.title, style::SMALL, 180.0);
        let text = format!("↑ {title} peaks at {peak}");
        let beyond = curve.points.iter().filter(|p| p.density > heights.top);
        let last = beyond.map(|p| panel.x_at(p.loss)).fold(panel.frame.left, f64::max);
        let width = meter.width(&text, style::SMALL);
        let end = panel.frame.right - width - 4.0;
        let y = panel.frame.top + (row as f64 + 1.0) * 1.4 * style::SMALL;
        let at = ((last + 8.0).min(end).max(panel.frame.left + 4.0), y);
        let (left, right) = (at.0 - 2.0, at.0 + width + 2.0);
        canvas.ground(Rect { left, right, top: y - style::SMALL, bottom: y + 3.0 })?;
        let label = Label::new(text, at, style::SMALL);
        canvas.text(&label.coloured(style::for_text(curve.look.colour)))?;
    }
    Ok(())
}
