//! The figure of failures: P(at least m lenders fail) on a logarithmic scale, with bands.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale, Side};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect};
use super::hints::{self, Spot};
use super::keys::{self, Samples};
use super::language::Thing;
use super::marks;
use super::naming::{Named, Naming};
use super::segments;
use super::sheet::Sheet;
use super::steps;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::ticks;
use super::{Figure, FigureContext, PlotError, PolicyName};
use crate::measures::failures::FailurePoint;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "failures";
/// Height of the plot.
const PLOT_HEIGHT: f64 = 230.0;
/// From so many failures on the axis of their number is logarithmic.
const MANY: u32 = 30;
/// Where a policy has more points there are no signs at them: they would hide the steps.
const MOST_SIGNS: usize = 25;
/// No curve has more hints.
const MOST_HINTS: usize = 40;
/// The scale shows at most so many decades.
const MOST_DECADES: i32 = 12;

/// One policy, ready to draw.
struct Curve<'a> {
    title: &'a str,
    look: Look,
    /// Numbers from 1 on that were seen, rising, with the probability of as many or more and the ends of
    /// its band.
    points: Vec<(f64, [f64; 3])>,
}

/// Draws the figure; none where no lender is seen to fail.
pub fn figure(
    points: &[FailurePoint],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let looks = style::looks(policies.iter().map(|policy| policy.id), &context.baseline);
    let known = |policy: &PolicyName<'_>| points.iter().any(|point| point.policy == policy.id);
    let shown = segments::shown(policies, &looks, &context.baseline);
    let all = shown.iter().filter(|(policy, _)| known(policy)).map(|&(policy, look)| Curve {
        title: policy.title,
        look,
        points: of_policy(points, policy.id),
    });
    let (curves, spared): (Vec<Curve<'_>>, Vec<Curve<'_>>) =
        all.partition(|curve| !curve.points.is_empty());
    let largest = curves.iter().flat_map(|curve| &curve.points).map(|p| p.0).fold(0.0, f64::max);
    if curves.is_empty() {
        return Ok(None);
    }
    let has_signs = curves.iter().all(|curve| curve.points.len() <= MOST_SIGNS);
    let title = (sheet.words.failures)(&context.horizon);
    let few = points.iter().any(|p| p.failures > 0 && marks::is_doubtful(&p.at_least));
    let mut notes: Vec<String> = match &spared[..] {
        [] => Vec::new(),
        [only] => vec![(sheet.words.no_failure)(only.title)],
        many => vec![(sheet.words.no_failure)(&(sheet.words.policies)(many.len()))],
    };
    let left_out = policies.len() - shown.len();
    let more =
        (left_out > 0).then(|| keys::more(sheet.words, left_out, Thing::Policy, "failures.csv"));
    notes.extend(more);
    notes.extend(few.then(|| (sheet.words.few_at_end)(sheet.words.few)));
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let caption = (sheet.words.failures_caption)(&context.told(curves.len()), few);
    let surroundings = Surroundings::new(&sheet, &title, context, &notes);
    let panel = panel(&curves, &sheet, largest, surroundings.head_height());
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
        draw_axes(canvas, &sheet, &panel)?;
        for curve in &curves {
            draw_band(canvas, &panel, curve)?;
        }
        for curve in &curves {
            draw_curve(canvas, &panel, curve, has_signs)?;
            for (m, [p, lower, upper]) in hints::some(&curve.points, MOST_HINTS) {
                let name = (sheet.words.at_least_fail)(&sheet.numbers.plain(*m));
                let ends = [*lower, *upper].map(Some);
                let said = hints::share(&sheet, &[curve.title, &name], *p, ends);
                canvas.hint(Spot::Mark(panel.at(*m, *p)), said);
            }
        }
        let samples = if has_signs { Samples::SignsOnLines } else { Samples::Lines };
        naming.draw(canvas, &named, samples)
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() }))
}

/// What was seen under a policy and can stand on the axes.
fn of_policy(points: &[FailurePoint], policy: &str) -> Vec<(f64, [f64; 3])> {
    let own = points.iter().filter(|point| point.policy == policy && point.failures > 0);
    let known = own.filter(|point| point.at_least.value > 0.0 && point.at_least.value.is_finite());
    let mut found: Vec<_> = known
        .map(|point| {
            let e = &point.at_least;
            let end = |end: Option<f64>| end.filter(|x| x.is_finite()).unwrap_or(e.value);
            (f64::from(point.failures), [e.value, end(e.lower), end(e.upper)])
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
}

/// The frame below the height `top`, and the ranges.
fn panel(curves: &[Curve<'_>], sheet: &Sheet, largest: f64, top: f64) -> Panel {
    let rarest = curves.iter().flat_map(|c| &c.points).map(|(_, p)| p[0]).fold(1.0, f64::min);
    // A point at the very floor could not be told from one below it.
    let floor = ((rarest / 1.5).log10().floor() as i32).clamp(-MOST_DECADES, -1);
    let y = (10_f64.powi(floor), 1.0);
    let labels = ticks::of_decades(&ticks::decades(y.0, y.1), |decade| {
        sheet.numbers.percent_of_power(decade)
    });
    let beside = style::MARGIN + 1.6 * style::LABEL + style::TICK_LENGTH + 3.0;
    let (x, x_scale) = if largest < f64::from(MANY) {
        ((0.5, largest + 0.5), Scale::Linear)
    } else {
        ((0.8, 1.25 * largest), Scale::Log)
    };
    Panel {
        frame: Rect {
            left: beside + ticks::widest(sheet, &labels),
            right: sheet.width - style::MARGIN - 6.0,
            top,
            bottom: top + sheet.tall(PLOT_HEIGHT),
        },
        x,
        y,
        x_scale,
        y_scale: Scale::Log,
    }
}

fn draw_axes(canvas: &Canvas<'_>, sheet: &Sheet, panel: &Panel) -> Drawn {
    let Rect { left, right, top, bottom } = panel.frame;
    let decades = ticks::decades(panel.y.0, panel.y.1);
    for &decade in &decades {
        let y = panel.y_at(10_f64.powi(decade));
        canvas.line(&[(left, y), (right, y)], style::GRID_LINE, style::GRID)?;
    }
    for (decade, part) in ticks::minor_ticks(&decades) {
        let y = panel.y_at(part * 10_f64.powi(decade));
        canvas.line(&[(left, y), (left - 2.5, y)], style::INK, style::GRID)?;
    }
    canvas.line(&[(left, top), (left, bottom), (right, bottom)], style::INK, style::FRAME)?;
    let title = sheet.first_fitting(&sheet.words.failures_axis, style::LABEL, bottom - top);
    let title = (&*title, style::MARGIN + 0.85 * style::LABEL);
    let percents = ticks::of_decades(&decades, |decade| sheet.numbers.percent_of_power(decade));
    axis::draw_vertical_axis(canvas, panel, Side::Left, &percents, title)?;
    let mut across = match panel.x_scale {
        Scale::Log => ticks::log_ticks(sheet, right - left, panel.x),
        Scale::Linear => {
            let count = (panel.x.1 - panel.x.0).min(10.0) as usize;
            let (values, _) = ticks::linear_ticks(panel.x.0, panel.x.1, count);
            values.into_iter().map(|m| (m, sheet.numbers.plain(m))).collect()
        }
    };
    across.retain(|(m, _)| *m >= 1.0 && m.fract().abs() < 1e-9);
    axis::draw_money_axis(canvas, panel, bottom, &across, sheet.words.number_axis)
}

/// The steps through these probabilities: each holds up to its number and falls behind it.
fn stairs(curve: &Curve<'_>, panel: &Panel, end: usize) -> Vec<Point> {
    let Some(last) = curve.points.last() else { return Vec::new() };
    let starts = [panel.x.0].into_iter().chain(curve.points.iter().map(|point| point.0));
    let corners = starts.zip(&curve.points).map(|(start, point)| panel.at(start, point.1[end]));
    let mut line = steps::of(&corners.collect::<Vec<_>>());
    line.push(panel.at(last.0, last.1[end]));
    line
}

/// The curve and the rims of its band.
fn outline(curve: &Curve<'_>, panel: &Panel) -> Vec<Vec<Point>> {
    (0..3).map(|end| stairs(curve, panel, end)).collect()
}

fn draw_band(canvas: &Canvas<'_>, panel: &Panel, curve: &Curve<'_>) -> Drawn {
    let upper = stairs(curve, panel, 2).into_iter();
    let rim = upper.chain(stairs(curve, panel, 1).into_iter().rev());
    let rim: Vec<Point> = rim.map(|p| panel.frame.clamped(p)).collect();
    canvas.shape(&rim, curve.look.colour, 0.18)
}

fn draw_curve(canvas: &Canvas<'_>, panel: &Panel, curve: &Curve<'_>, has_signs: bool) -> Drawn {
    for piece in panel.frame.pieces(&stairs(curve, panel, 0)) {
        canvas.curve(&piece, &curve.look)?;
    }
    if has_signs {
        for (m, p) in &curve.points {
            curve.look.sign.draw(canvas, panel.at(*m, p[0]), curve.look.colour)?;
        }
    }
    Ok(())
}
