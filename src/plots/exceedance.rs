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
const HEIGHT: f64 = 480.0;
/// A column of keys is never wider.
const WIDEST_KEY: f64 = 190.0;
/// The scale shows at most so many decades.
const MOST_DECADES: i32 = 12;

/// One policy, ready to draw.
struct Curve {
    points: Vec<ExceedancePoint>,
    look: Look,
    title: String,
}

/// Where the policies are named.
enum Naming {
    /// Beside the curves.
    Direct(Vec<Rect>),
    /// In a list from this corner.
    List(Point),
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
            title: meter.fitted(&one.title, style::LABEL, room),
        })
        .collect();
    let largest = curves.iter().flat_map(|c| &c.points).map(|p| p.loss).fold(0.0, f64::max);
    let unit = MoneyUnit::for_range(largest, &context.currency);
    let title = format!("How often losses over {} exceed an amount", context.horizon);
    let caption = caption(series.len(), context);
    let (panel, naming) = layout(&curves, &meter, largest);
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (style::WIDTH, HEIGHT),
    };
    let svg = canvas::svg(&description, |canvas| {
        keys::draw_surroundings(canvas, &meter, &title, context, HEIGHT)?;
        draw_axes(canvas, &meter, &panel, &unit, context)?;
        for curve in &curves {
            draw_band(canvas, &panel, curve)?;
        }
        for curve in curves.iter().rev() {
            for piece in panel.frame.pieces(&line(curve, &panel)) {
                canvas.curve(&piece, &curve.look)?;
            }
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
fn layout(curves: &[Curve], meter: &TextMeter, largest: f64) -> (Panel, Naming) {
    let titles: Vec<String> = curves.iter().map(|curve| curve.title.clone()).collect();
    let width = keys::key_width(meter, &titles);
    let wide = panel(curves, meter, largest, 0.0);
    let labelled: Vec<Labelled> = curves
        .iter()
        .map(|curve| Labelled {
            lines: outline(curve, &wide),
            size: (meter.width(&curve.title, style::LABEL), 1.2 * style::LABEL),
        })
        .collect();
    if let Some(places) = placing::beside_curves(&labelled, wide.frame) {
        return (wide, Naming::Direct(places));
    }
    let corner = (wide.frame.right - width - 12.0, wide.frame.top + 8.0);
    let list = Rect {
        left: corner.0,
        right: wide.frame.right,
        top: wide.frame.top,
        bottom: corner.1 + keys::KEY_PITCH * curves.len() as f64,
    };
    if wide.frame.holds(list) && placing::is_clear(list, &labelled) {
        return (wide, Naming::List(corner));
    }
    let narrow = panel(curves, meter, largest, width + 14.0);
    let corner = (style::WIDTH - style::MARGIN - width, narrow.frame.top);
    (narrow, Naming::List(corner))
}

/// The frame beside a column of this width, and the ranges.
fn panel(curves: &[Curve], meter: &TextMeter, largest: f64, column: f64) -> Panel {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let rarest = points().map(|p| p.probability).filter(|&p| p > 0.0).fold(1.0, f64::min);
    let floor = (rarest.log10().floor() as i32).clamp(-MOST_DECADES, -1);
    let smallest = points().map(|p| p.loss).fold(largest, f64::min);
    // The axis starts at no loss unless that would waste a third of it.
    let start = if smallest > 0.35 * largest { smallest } else { smallest.min(0.0) };
    let end = if largest > start { largest + 0.02 * (largest - start) } else { start + 1.0 };
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
            bottom: HEIGHT - keys::FOOT_HEIGHT - axis::MONEY_AXIS_HEIGHT,
        },
        x: (start, end),
        y: (10_f64.powi(floor), 1.0),
        y_scale: Scale::Log,
    }
}

/// The return period of the probability 10^exponent.
fn one_in(exponent: i32) -> String {
    match exponent {
        0.. => "1 in 1".to_owned(),
        -7..0 => format!("1 in {}", axis::grouped(&10_u64.pow(exponent.unsigned_abs()).to_string())),
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
    let left = (
        "probability of a larger loss, P(L > x)",
        style::MARGIN + 0.85 * style::LABEL,
    );
    axis::draw_vertical_axis(canvas, panel, Side::Left, &ticks(axis::percent_of_power), left)?;
    let periods = ticks(one_in);
    let widest = periods.iter().map(|p| meter.width(&p.1, style::TICK)).fold(0.0, f64::max);
    let right_x = frame.right + style::TICK_LENGTH + 3.0 + widest + 1.3 * style::LABEL;
    let period = format!("return period (horizons of {})", context.horizon);
    let period = meter.fitted(&period, style::LABEL, frame.bottom - frame.top);
    axis::draw_vertical_axis(canvas, panel, Side::Right, &periods, (&period, right_x))?;
    let title = format!("loss x over {} ({})", context.horizon, unit.name);
    let title = meter.fitted(&title, style::LABEL, frame.right - frame.left);
    axis::draw_money_axis(canvas, panel, frame.bottom, unit, &title)
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
    vec![line(curve, panel), rim(|p| p.lower), rim(|p| p.upper)]
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
                let ground = [
                    (place.left, place.top),
                    (place.right, place.top),
                    (place.right, place.bottom),
                    (place.left, place.bottom),
                ];
                // Grid lines do not run through names.
                canvas.shape(&ground, style::PAPER, 1.0)?;
                let at = (place.left, middle + MIDDLE * style::LABEL);
                let colour = style::for_text(curve.look.colour);
                canvas.text(&Label::new(&*curve.title, at, style::LABEL).coloured(colour))?;
            }
        }
        Naming::List((x, top)) => {
            for (i, curve) in curves.iter().enumerate() {
                let y = top + keys::KEY_PITCH * (i as f64 + 0.5);
                keys::draw_key(canvas, &curve.look, &curve.title, *x, y)?;
            }
        }
    }
    Ok(())
}
