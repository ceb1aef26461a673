//! The density figure: the loss laws of all policies in one plot, and below it their VaR and ES.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale, Side};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect};
use super::density_curve::Curve;
use super::heights::{self, Heights};
use super::hints::{self, Spot};
use super::keys;
use super::language::Law;
use super::marks;
use super::money::MoneyUnit;
use super::rows::{self, Row};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::text::Label;
use super::ticks;
use super::{Figure, FigureContext, PlotError};
use crate::measures::series::{DensityKind, DensitySeries};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "densities";
/// Height of the plot of curves.
const PLOT_HEIGHT: f64 = 225.0;
/// Space between the plot of curves and the strip.
const GAP: f64 = 6.0;
/// A title in a note is never longer.
const LONGEST_NAME: f64 = 150.0;
/// A law counts as vanished below this share of its highest value.
const VANISHED: f64 = 0.002;
/// No curve has more hints.
const MOST_HINTS: usize = 40;
/// Lower than so many pixels a curve lies flat.
const FLAT: f64 = 0.4;

/// Draws the figure.
pub fn figure(series: &[DensitySeries], context: &FigureContext) -> Result<Figure, PlotError> {
    let sheet = Sheet::new(context)?;
    let looks = style::looks(series.iter().map(|one| one.policy.as_str()), &context.baseline);
    let curves: Vec<Curve<'_>> =
        series.iter().zip(looks).map(|(series, look)| Curve::new(series, look)).collect();
    let x = losses(&curves);
    let unit = MoneyUnit::for_range(sheet.words, x.1, &context.currency);
    let scales = heights::scales(&sheet, &curves, &unit);
    let has_marks = series.iter().any(|one| !one.marks.is_empty());
    let policies = (sheet.words.policies)(series.len());
    let title = (sheet.words.densities)(&context.horizon, &policies, has_marks);
    let caption = caption(&sheet, series, &scales, context);
    let surroundings =
        Surroundings::new(&sheet, &title, context, &marks::notes(sheet.words, series));
    let frame = frame(&scales, &sheet, (x, &unit), surroundings.head_height());
    let base = Panel { frame, x, y: (0.0, 1.0), x_scale: Scale::Linear, y_scale: Scale::Linear };
    let rows: Vec<Row> = curves.iter().map(|curve| Row::new(&sheet, &base, curve, &unit)).collect();
    let legend = if has_marks { marks::LEGEND_HEIGHT } else { 0.0 };
    let gap = if rows.is_empty() { 0.0 } else { GAP };
    let top = frame.bottom + gap + legend;
    let strip = Rect { top, bottom: top + rows.iter().map(|row| row.height).sum::<f64>(), ..frame };
    let height = (strip.bottom + axis::MONEY_AXIS_HEIGHT + surroundings.foot_height()).ceil();
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let axes = Axes { base, strip, unit: &unit, scales: &scales, horizon: &context.horizon };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        draw_axes(canvas, &sheet, &axes)?;
        draw_curves(canvas, &sheet, &axes, &curves)?;
        if scales.is_empty() {
            keys::draw_nothing(canvas, sheet.words, frame)?;
        }
        rows::draw(canvas, &sheet, strip, &rows, &curves, context.bands().as_deref())
    })?;
    Ok(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() })
}

fn caption(
    sheet: &Sheet,
    series: &[DensitySeries],
    scales: &[Heights],
    context: &FigureContext,
) -> String {
    let marks = series.iter().map(|one| &one.marks).max_by_key(|marks| marks.len());
    let levels = marks.into_iter().flatten().map(|mark| marks::level(sheet, &mark.level));
    let levels: Vec<String> = levels.collect();
    let law = match scales {
        [one] if one.kind == DensityKind::Atoms => Law::Atoms,
        [_] => Law::Smooth,
        _ => Law::Mixed,
    };
    let levels = (!levels.is_empty()).then(|| (sheet.words.and)(&levels));
    (sheet.words.densities_caption)(&context.told(series.len()), law, levels.as_deref())
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

/// The frame of the curves, below the height `top`.
fn frame(scales: &[Heights], sheet: &Sheet, (x, unit): ((f64, f64), &MoneyUnit), top: f64) -> Rect {
    let axes: Vec<f64> = scales.iter().map(|heights| heights.width(sheet)).collect();
    let left = axes.first().copied().unwrap_or(0.0).max(rows::SAMPLES_WIDTH);
    // The last label of the money axis may stand at its very end.
    let half = ticks::widest(sheet, &ticks::money_ticks(sheet, sheet.width, x, unit)) / 2.0;
    let right = axes.get(1).copied().unwrap_or(half);
    Rect {
        left: style::MARGIN + left,
        right: sheet.width - style::MARGIN - right,
        top,
        bottom: top + sheet.tall(PLOT_HEIGHT),
    }
}

/// What the axes of one figure rest on.
struct Axes<'a> {
    /// The frame of the curves and the losses at its edges.
    base: Panel,
    /// Frame of the strip of marks.
    strip: Rect,
    unit: &'a MoneyUnit,
    scales: &'a [Heights],
    horizon: &'a str,
}

fn draw_axes(canvas: &Canvas<'_>, sheet: &Sheet, axes: &Axes<'_>) -> Drawn {
    let &Axes { base, strip, unit, scales, horizon } = axes;
    let Panel { frame, x, .. } = base;
    let grid = |a: Point, b: Point| canvas.line(&[a, b], style::GRID_LINE, style::GRID);
    let money = ticks::money_ticks(sheet, frame.right - frame.left, x, unit);
    for (tick, _) in &money {
        let at = base.x_at(*tick);
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
            Side::Right => frame.right + heights.width(sheet) - 0.4 * style::LABEL,
        };
        let title = heights.title(sheet, frame.bottom - frame.top);
        axis::draw_vertical_axis(canvas, &panel, side, &heights.ticks(), (&title, title_x))?;
    }
    let edge = |x| [(x, frame.top), (x, frame.bottom)];
    for x in [frame.left].into_iter().chain((scales.len() > 1).then_some(frame.right)) {
        canvas.line(&edge(x), style::INK, style::FRAME)?;
    }
    for y in [frame.bottom, strip.bottom] {
        canvas.line(&[(frame.left, y), (frame.right, y)], style::INK, style::FRAME)?;
    }
    let title = (sheet.words.loss_axis)(horizon, &unit.name);
    let title = sheet.fitted(&title, style::LABEL, frame.right - frame.left);
    axis::draw_money_axis(canvas, &base, strip.bottom, &money, &title)
}

/// Draws the curves of each scale, and notes for those that the frame cuts.
fn draw_curves(canvas: &Canvas<'_>, sheet: &Sheet, axes: &Axes<'_>, curves: &[Curve<'_>]) -> Drawn {
    let mut cut = Vec::new();
    for heights in axes.scales {
        let panel = heights.panel(axes.base.frame, axes.base.x);
        let alike: Vec<_> = curves.iter().filter(|c| c.series.kind == heights.kind).collect();
        // The first policies come to lie on top.
        for (curve, side) in alike.iter().zip(sides(alike.len())).rev() {
            draw_curve(canvas, &panel, curve, side)?;
            hint_atoms(canvas, sheet, &panel, (curve, side), axes.unit);
        }
        let beyond = alike.into_iter().filter(|curve| curve.peak() > heights.top);
        cut.extend(beyond.map(|curve| (curve, heights, panel)));
    }
    draw_cut_notes(canvas, sheet, &cut)
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

/// Says what the stems of a curve are.
fn hint_atoms(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    panel: &Panel,
    (curve, side): (&Curve<'_>, f64),
    unit: &MoneyUnit,
) {
    if curve.series.kind != DensityKind::Atoms {
        return;
    }
    for atom in hints::some(&curve.points, MOST_HINTS) {
        let (x, y) = panel.at(atom.loss, atom.density);
        if panel.frame.grown(0.1).has((x, y)) {
            let name = format!("P(L = {})", unit.amount(atom.loss, 4));
            let names = [&*curve.series.title, &name];
            let said = hints::share(sheet, &names, atom.density, [None, None]);
            canvas.hint(Spot::Mark((x + side, y)), said);
        }
    }
}

/// How far stems move sideways so that those of several policies at the same loss are all seen.
fn sides(count: usize) -> Vec<f64> {
    let step = 12.0 / (count.max(4) - 1) as f64;
    let middle = (count as f64 - 1.0) / 2.0;
    (0..count).map(|i| step * (i as f64 - middle)).collect()
}

/// Says how high the curves go that the frame cuts.
fn draw_cut_notes(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    cut: &[(&Curve<'_>, &Heights, Panel)],
) -> Drawn {
    for (row, (curve, heights, panel)) in cut.iter().enumerate() {
        let peak = sheet.numbers.plain_digits(curve.peak() / heights.divisor, 2);
        let title = sheet.fitted(&curve.series.title, style::SMALL, LONGEST_NAME);
        let text = (sheet.words.peaks)(&title, &peak);
        let beyond = curve.points.iter().filter(|p| p.density > heights.top);
        let last = beyond.map(|p| panel.x_at(p.loss)).fold(panel.frame.left, f64::max);
        let width = sheet.text_width(&text, style::SMALL);
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
