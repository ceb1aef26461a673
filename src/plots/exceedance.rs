//! The exceedance figure: P(L > x) on a logarithmic scale with bands and return periods.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, MoneyUnit, Panel, Scale, Side};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect, thinned};
use super::keys;
use super::placing::{self, Labelled};
use super::style::{self, Look};
use super::text::{Label, MIDDLE, TextMeter};
use super::{Figure, FigureContext, PlotError};
use crate::measures::series::{ExceedancePoint, ExceedanceSeries};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "exceedance";
/// Height of the figure, unless the list of policies needs more.
const HEIGHT: f64 = 480.0;
/// A column of keys is never wider.
const WIDEST_KEY: f64 = 190.0;
/// A name beside a curve is never longer.
const LONGEST_NAME: f64 = 230.0;
/// The scale shows at most so many decades.
const MOST_DECADES: i32 = 12;

/// One policy, ready to draw.
struct Curve {
    points: Vec<ExceedancePoint>,
    look: Look,
    title: Vec<String>,
    /// The title on one line, for a place beside the curve.
    name: String,
}

/// Where the policies are named.
enum Naming {
    /// Beside the curves.
    Direct(Vec<Rect>),
    /// In a list in this box.
    List(Rect),
}

/// Draws the figure.
pub fn figure(series: &[ExceedanceSeries], context: &FigureContext) -> Result<Figure, PlotError> {
    let meter = TextMeter::new();
    let looks = style::looks(series.iter().map(|one| one.policy.as_str()), &context.baseline);
    let room = keys::key_text_room(WIDEST_KEY);
    let curves: Vec<Curve> = series
        .iter()
        .zip(looks)
        .map(|(one, look)| Curve {
            points: usable(&one.points),
            look,
            title: meter.wrapped(&one.title, style::LABEL, room),
            name: meter.fitted(&one.title, style::LABEL, LONGEST_NAME),
        })
        .collect();
    let largest = curves.iter().flat_map(|c| &c.points).map(|p| p.loss).fold(0.0, f64::max);
    let unit = MoneyUnit::for_range(largest, &context.currency);
    let title = format!("How often losses over {} exceed a given amount", context.horizon);
    let caption = caption(series.len(), context);
    let keys_height: f64 = curves.iter().map(|c| keys::key_height(c.title.len())).sum();
    let around = keys::HEAD_HEIGHT + keys::FOOT_HEIGHT + 10.0;
    let height = HEIGHT.max(keys_height + around).ceil();
    let (panel, naming) = layout(&curves, &meter, largest, height);
    let description =
        Description { name: NAME, title: &title, content: &caption, size: (style::WIDTH, height) };
    let svg = canvas::svg(&description, |canvas| {
        keys::draw_surroundings(canvas, &meter, &title, context, height)?;
        draw_axes(canvas, &meter, &panel, &unit, context)?;
        for curve in &curves {
            draw_band(canvas, &panel, curve)?;
        }
        for curve in curves.iter().rev() {
            draw_curve(canvas, &panel, curve)?;
        }
        if curves.iter().all(|curve| curve.points.is_empty()) {
            return keys::draw_nothing(canvas, panel.frame);
        }
        draw_names(canvas, &curves, &naming)
    })?;
    Ok(Figure { name: NAME, title, caption, svg })
}

fn caption(policies: usize, context: &FigureContext) -> String {
    format!(
        "Probability that the loss over {} exceeds an amount, for {}, with {} % bands; the right \
         axis gives the return period 1/P in horizons of {}. Baseline: {}. {}; {}.",
        context.horizon,
        keys::policies(policies),
        axis::plain(100.0 * context.confidence),
        context.horizon,
        context.baseline,
        context.scenario,
        context.provenance().replace(" · ", ", "),
    )
}

/// The points that can stand on the axes.
fn usable(points: &[ExceedancePoint]) -> Vec<ExceedancePoint> {
    let finite = |p: &&ExceedancePoint| {
        [p.loss, p.probability, p.lower, p.upper].into_iter().all(f64::is_finite)
    };
    thinned(&points.iter().filter(finite).copied().collect::<Vec<_>>(), style::MAX_POINTS)
}

/// Chooses between names at the curves, a list in the empty corner, and a column at the right.
fn layout(curves: &[Curve], meter: &TextMeter, largest: f64, below: f64) -> (Panel, Naming) {
    let width = keys::key_width(meter, curves.iter().flat_map(|curve| &curve.title));
    let height: f64 = curves.iter().map(|curve| keys::key_height(curve.title.len())).sum();
    let wide = panel(curves, meter, largest, (0.0, below));
    let labelled: Vec<Labelled> = curves
        .iter()
        .map(|curve| Labelled {
            lines: outline(curve, &wide),
            size: (meter.width(&curve.name, style::LABEL), 1.2 * style::LABEL),
        })
        .collect();
    if let Some(places) = placing::beside_curves(&labelled, wide.frame) {
        return (wide, Naming::Direct(places));
    }
    let list =
        |right: f64, top: f64| Rect { left: right - width, right, top, bottom: top + height };
    let corner = list(wide.frame.right - 10.0, wide.frame.top + 8.0);
    let above = Rect { top: wide.frame.top, right: wide.frame.right, ..corner };
    if wide.frame.holds(corner) && placing::is_clear(above, &labelled) {
        return (wide, Naming::List(corner));
    }
    let narrow = panel(curves, meter, largest, (width + 14.0, below));
    (narrow, Naming::List(list(style::WIDTH - style::MARGIN, narrow.frame.top)))
}

/// The frame beside a column of this width on a figure of this height, and the ranges.
fn panel(curves: &[Curve], meter: &TextMeter, largest: f64, room: (f64, f64)) -> Panel {
    let (column, below) = room;
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let rarest = points().map(|p| p.probability).filter(|&p| p > 0.0).fold(1.0, f64::min);
    let floor = (rarest.log10().floor() as i32).clamp(-MOST_DECADES, -1);
    let smallest = points().map(|p| p.loss).fold(largest, f64::min);
    let left = style::MARGIN
        + 1.5 * style::LABEL
        + meter.width(&axis::percent_of_power(floor), style::TICK).max(45.0)
        + style::TICK_LENGTH;
    let right = style::WIDTH
        - style::MARGIN
        - column
        - 1.5 * style::LABEL
        - meter.width(&one_in(floor), style::TICK)
        - style::TICK_LENGTH
        - 6.0;
    Panel {
        frame: Rect {
            left,
            right,
            top: keys::HEAD_HEIGHT + 2.0,
            bottom: below - keys::FOOT_HEIGHT - axis::MONEY_AXIS_HEIGHT,
        },
        x: axis::money_range(smallest, largest),
        y: (10_f64.powi(floor), 1.0),
        y_scale: Scale::Log,
    }
}

/// The return period of the probability 10^exponent.
fn one_in(exponent: i32) -> String {
    match exponent {
        0.. => "1 in 1".to_owned(),
        -7..0 => {
            format!("1 in {}", axis::grouped(&10_u64.pow(exponent.unsigned_abs()).to_string()))
        }
        _ => format!("1 in {}", axis::power_of_ten(-exponent)),
    }
}

fn draw_axes(
    canvas: &Canvas<'_>,
    meter: &TextMeter,
    panel: &Panel,
    unit: &MoneyUnit,
    context: &FigureContext,
) -> Drawn {
    let frame = panel.frame;
    let decades = axis::decades(panel.y.0, panel.y.1);
    for &decade in &decades {
        let y = panel.y_at(10_f64.powi(decade));
        canvas.line(&[(frame.left, y), (frame.right, y)], style::GRID_LINE, style::GRID)?;
    }
    for (decade, part) in minor_ticks(&decades) {
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
    let ticks = |text: fn(i32) -> String| {
        decades.iter().map(|&d| (10_f64.powi(d), text(d))).collect::<Vec<_>>()
    };
    let left = ("probability of a larger loss, P(L > x)", style::MARGIN + 0.85 * style::LABEL);
    axis::draw_vertical_axis(canvas, panel, Side::Left, &ticks(axis::percent_of_power), left)?;
    let periods = ticks(one_in);
    let widest = periods.iter().map(|p| meter.width(&p.1, style::TICK)).fold(0.0, f64::max);
    let right_x = frame.right + style::TICK_LENGTH + 3.0 + widest + 1.3 * style::LABEL;
    let horizons = match context.horizon.strip_prefix("1 ") {
        Some(unit) => format!("{unit}s"),
        None => format!("horizons of {}", context.horizon),
    };
    let period = format!("return period (1 in so many {horizons})");
    let period = meter.fitted(&period, style::LABEL, frame.bottom - frame.top);
    axis::draw_vertical_axis(canvas, panel, Side::Right, &periods, (&period, right_x))?;
    let title = format!("loss x over {} ({})", context.horizon, unit.name);
    let title = meter.fitted(&title, style::LABEL, frame.right - frame.left);
    axis::draw_money_axis(canvas, panel, frame.bottom, unit, &title)
}

/// 2 to 9 times every power of ten, where all powers are shown.
fn minor_ticks(decades: &[i32]) -> Vec<(i32, f64)> {
    if decades.windows(2).any(|pair| pair[0] - pair[1] != 1) {
        return Vec::new();
    }
    let below = decades.iter().skip(1);
    below.flat_map(|&decade| (2..10).map(move |part| (decade, f64::from(part)))).collect()
}

/// The curve in pixels, as far as something was seen beyond.
fn line(curve: &Curve, panel: &Panel) -> Vec<Point> {
    let seen = curve.points.iter().filter(|p| p.probability > 0.0);
    seen.map(|p| panel.at(p.loss, p.probability)).collect()
}

/// The curve and the rims of its band.
fn outline(curve: &Curve, panel: &Panel) -> Vec<Vec<Point>> {
    let rim = |end: fn(&ExceedancePoint) -> f64| {
        curve.points.iter().map(|p| panel.at(p.loss, end(p))).collect()
    };
    let mut lines = vec![line(curve, panel), rim(|p| p.lower), rim(|p| p.upper)];
    if let [only] = curve.points.as_slice() {
        lines.push([only.lower, only.upper].map(|p| panel.at(only.loss, p)).to_vec());
    }
    lines
}

fn draw_curve(canvas: &Canvas<'_>, panel: &Panel, curve: &Curve) -> Drawn {
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

fn draw_band(canvas: &Canvas<'_>, panel: &Panel, curve: &Curve) -> Drawn {
    let upper = curve.points.iter().map(|p| panel.at(p.loss, p.upper));
    let lower = curve.points.iter().rev().map(|p| panel.at(p.loss, p.lower));
    let rim: Vec<Point> = upper.chain(lower).map(|p| panel.frame.clamped(p)).collect();
    canvas.shape(&rim, curve.look.colour, 0.18)
}

fn draw_names(canvas: &Canvas<'_>, curves: &[Curve], naming: &Naming) -> Drawn {
    match naming {
        Naming::Direct(places) => {
            for (curve, place) in curves.iter().zip(places) {
                let middle = (place.top + place.bottom) / 2.0;
                // Grid lines do not run through names.
                canvas.ground(*place)?;
                let at = (place.left, middle + MIDDLE * style::LABEL);
                let colour = style::for_text(curve.look.colour);
                canvas.text(&Label::new(&*curve.name, at, style::LABEL).coloured(colour))?;
            }
        }
        Naming::List(Rect { left: x, top, right, .. }) => {
            let mut y = *top;
            for curve in curves {
                let height = keys::key_height(curve.title.len());
                canvas.ground(Rect {
                    left: *x - 4.0,
                    right: *right,
                    top: y,
                    bottom: y + height,
                })?;
                keys::draw_key(canvas, &curve.look, &curve.title, *x, y + height / 2.0)?;
                y += height;
            }
        }
    }
    Ok(())
}
