//! The exceedance figure: P(L > x) on a logarithmic scale with bands and return periods.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale, Side};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect, thinned};
use super::hints::{self, Spot};
use super::keys::{self, Samples};
use super::money::MoneyUnit;
use super::naming::{Named, Naming};
use super::numbers;
use super::sheet::Sheet;
use super::steps;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::ticks;
use super::{Figure, FigureContext, PlotError};
use crate::measures::series::{ExceedancePoint, ExceedanceSeries};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "exceedance";
/// Height of the plot.
const PLOT_HEIGHT: f64 = 262.0;
/// No curve has more hints, and all curves together have no more.
const MOST_HINTS: usize = 40;
const HINTS: usize = 800;
/// The scale shows at most so many decades.
const MOST_DECADES: i32 = 12;

/// One policy, ready to draw.
struct Curve<'a> {
    title: &'a str,
    points: Vec<ExceedancePoint>,
    look: Look,
    /// Whether it falls in steps: all curves of a figure do where one of them must.
    has_steps: bool,
}

/// Draws the figure.
pub fn figure(series: &[ExceedanceSeries], context: &FigureContext) -> Result<Figure, PlotError> {
    let sheet = Sheet::new(context)?;
    let looks = style::looks(series.iter().map(|one| one.policy.as_str()), &context.baseline);
    let mut curves: Vec<Curve<'_>> = series
        .iter()
        .zip(looks)
        .map(|(one, look)| Curve {
            title: &one.title,
            points: usable(&one.points),
            look,
            has_steps: false,
        })
        .collect();
    let largest = curves.iter().flat_map(|c| &c.points).map(|p| p.loss).fold(0.0, f64::max);
    let unit = MoneyUnit::for_range(sheet.words, largest, &context.currency);
    let title = (sheet.words.exceedance)(&context.horizon);
    let caption = (sheet.words.exceedance_caption)(&context.told(series.len()));
    let surroundings = Surroundings::new(&sheet, &title, context, &[]);
    let panel = panel(&curves, &sheet, largest, surroundings.head_height());
    let has_steps = curves.iter().any(|curve| steps::has_steps(&curve.points, &panel));
    curves.iter_mut().for_each(|curve| curve.has_steps = has_steps);
    let named: Vec<Named<'_>> = curves
        .iter()
        .map(|c| Named { title: c.title, look: c.look, lines: outline(c, &panel) })
        .collect();
    let naming = Naming::new(&sheet, &named, panel.frame);
    let height = (naming.bottom(panel.frame) + surroundings.foot_height()).ceil();
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        draw_axes(canvas, &sheet, &panel, &unit, context)?;
        for curve in &curves {
            draw_band(canvas, &panel, curve)?;
        }
        // The baseline's wide solid curve shows through the dashes of one that coincides with it.
        for curve in &curves {
            draw_curve(canvas, &panel, curve)?;
        }
        if curves.iter().all(|curve| curve.points.is_empty()) {
            keys::draw_nothing(canvas, sheet.words, panel.frame)?;
        }
        hint(canvas, &sheet, &panel, &curves, &unit);
        naming.draw(canvas, &named, Samples::Lines)
    })?;
    Ok(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() })
}

/// The points that can stand on the axes.
fn usable(points: &[ExceedancePoint]) -> Vec<ExceedancePoint> {
    let finite = |p: &&ExceedancePoint| {
        [p.loss, p.probability, p.lower, p.upper].into_iter().all(f64::is_finite)
    };
    thinned(&points.iter().filter(finite).copied().collect::<Vec<_>>(), style::MAX_POINTS)
}

/// The frame below the height `top`, and the ranges.
fn panel(curves: &[Curve<'_>], sheet: &Sheet, largest: f64, top: f64) -> Panel {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let rarest = points().map(|p| p.probability).filter(|&p| p > 0.0).fold(1.0, f64::min);
    let floor = (rarest.log10().floor() as i32).clamp(-MOST_DECADES, -1);
    let smallest = points().map(|p| p.loss).fold(largest, f64::min);
    let y = (10_f64.powi(floor), 1.0);
    let decades = ticks::decades(y.0, y.1);
    let beside = style::MARGIN + 1.6 * style::LABEL + style::TICK_LENGTH + 3.0;
    let widest = |ticks: &[(f64, String)]| ticks::widest(sheet, ticks);
    let percents = ticks::of_decades(&decades, |decade| sheet.numbers.percent_of_power(decade));
    Panel {
        frame: Rect {
            left: beside + widest(&percents),
            right: sheet.width - beside - widest(&ticks::of_decades(&decades, period)),
            top,
            bottom: top + sheet.tall(PLOT_HEIGHT),
        },
        x: axis::money_range(smallest, largest),
        y,
        x_scale: Scale::Linear,
        y_scale: Scale::Log,
    }
}

/// The return period of the probability 10^exponent.
fn period(exponent: i32) -> String {
    numbers::brief_power(-exponent)
}

fn draw_axes(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    panel: &Panel,
    unit: &MoneyUnit,
    context: &FigureContext,
) -> Drawn {
    let frame = panel.frame;
    let decades = ticks::decades(panel.y.0, panel.y.1);
    for &decade in &decades {
        let y = panel.y_at(10_f64.powi(decade));
        canvas.line(&[(frame.left, y), (frame.right, y)], style::GRID_LINE, style::GRID)?;
    }
    for (decade, part) in ticks::minor_ticks(&decades) {
        let y = panel.y_at(part * 10_f64.powi(decade));
        canvas.line(&[(frame.left, y), (frame.left - 2.5, y)], style::INK, style::GRID)?;
    }
    let rim = [
        (frame.left, frame.top),
        (frame.left, frame.bottom),
        (frame.right, frame.bottom),
        (frame.right, frame.top),
    ];
    canvas.line(&rim, style::INK, style::FRAME)?;
    let long = frame.bottom - frame.top;
    let from_edge = 0.85 * style::LABEL;
    let left = sheet.first_fitting(&sheet.words.exceedance_axis, style::LABEL, long);
    let left = (&*left, style::MARGIN + from_edge);
    let percents = ticks::of_decades(&decades, |decade| sheet.numbers.percent_of_power(decade));
    axis::draw_vertical_axis(canvas, panel, Side::Left, &percents, left)?;
    let title = (sheet.words.return_period)(&(sheet.words.horizons)(&context.horizon));
    let title = sheet.fitted(&title, style::LABEL, long);
    let right = (&*title, sheet.width - style::MARGIN - 0.3 * style::LABEL);
    axis::draw_vertical_axis(
        canvas,
        panel,
        Side::Right,
        &ticks::of_decades(&decades, period),
        right,
    )?;
    let money = ticks::money_ticks(sheet, frame.right - frame.left, panel.x, unit);
    let title = (sheet.words.exceeded_axis)(&context.horizon, &unit.name);
    let title = sheet.fitted(&title, style::LABEL, frame.right - frame.left);
    axis::draw_money_axis(canvas, panel, frame.bottom, &money, &title)
}

/// Says what some points of each curve are.
fn hint(canvas: &Canvas<'_>, sheet: &Sheet, panel: &Panel, curves: &[Curve<'_>], unit: &MoneyUnit) {
    let most = MOST_HINTS.min(HINTS / curves.len().max(1));
    for curve in curves {
        for point in hints::some(&curve.points, most) {
            let at = panel.at(point.loss, point.probability);
            if !panel.frame.grown(0.1).has(at) {
                continue;
            }
            let name = format!("P(L > {})", unit.amount(point.loss, 4));
            let ends = [point.lower, point.upper].map(Some);
            let said = hints::share(sheet, &[curve.title, &name], point.probability, ends);
            canvas.hint(Spot::Mark(at), said);
        }
    }
}

/// The curve in pixels, as far as something was seen beyond.
fn line(curve: &Curve<'_>, panel: &Panel) -> Vec<Point> {
    if curve.has_steps {
        return steps::curve(&curve.points, panel);
    }
    let seen = curve.points.iter().filter(|p| p.probability > 0.0);
    seen.map(|p| panel.at(p.loss, p.probability)).collect()
}

/// The lower and the upper rim of the band.
fn rims(curve: &Curve<'_>, panel: &Panel) -> [Vec<Point>; 2] {
    let ends: [fn(&ExceedancePoint) -> f64; 2] = [|p| p.lower, |p| p.upper];
    ends.map(|end| {
        let rim: Vec<Point> = curve.points.iter().map(|p| panel.at(p.loss, end(p))).collect();
        if curve.has_steps { steps::of(&rim) } else { rim }
    })
}

/// The curve and the rims of its band.
fn outline(curve: &Curve<'_>, panel: &Panel) -> Vec<Vec<Point>> {
    let mut lines = vec![line(curve, panel)];
    lines.extend(rims(curve, panel));
    if let [only] = curve.points.as_slice() {
        lines.push([only.lower, only.upper].map(|p| panel.at(only.loss, p)).to_vec());
    }
    lines
}

fn draw_curve(canvas: &Canvas<'_>, panel: &Panel, curve: &Curve<'_>) -> Drawn {
    let line = line(curve, panel);
    for piece in panel.frame.pieces(&line) {
        canvas.curve(&piece, &curve.look)?;
    }
    // A single trial has no curve: a dot on its band.
    if let [only] = curve.points.as_slice() {
        let ends = [only.lower, only.upper].map(|p| panel.at(only.loss, p));
        canvas.line(&ends.map(|end| panel.frame.clamped(end)), curve.look.colour, style::CURVE)?;
        for at in line {
            canvas.disc(at, style::MARK, curve.look.colour)?;
        }
    }
    Ok(())
}

fn draw_band(canvas: &Canvas<'_>, panel: &Panel, curve: &Curve<'_>) -> Drawn {
    let [lower, upper] = rims(curve, panel);
    let rim = upper.into_iter().chain(lower.into_iter().rev());
    let rim: Vec<Point> = rim.map(|p| panel.frame.clamped(p)).collect();
    canvas.shape(&rim, curve.look.colour, 0.18)
}
