//! The frontier figure: how much of ES each policy saves for the credit that it withdraws.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect, thinned};
use super::keys::KeyList;
use super::marks;
use super::placing::{self, PointLabel};
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::text::{Label, MIDDLE, TextMeter};
use super::{Figure, FigureContext, PlotError, PolicyName};
use crate::measures::Estimate;
use crate::measures::frontier::{FrontierPoint, FrontierRule};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "frontier";
/// Height of the plot.
const PLOT_HEIGHT: f64 = 300.0;
/// Height of the key of lines.
const KEY_HEIGHT: f64 = 21.0;
/// Space between the axis and the list of policies below it.
const LIST_GAP: f64 = 5.0;
/// A name at a point is never longer.
const LONGEST_NAME: f64 = 150.0;
/// A ladder of more caps has no signs.
const MOST_SIGNS: usize = 30;
/// An error bar is drawn no further than this multiple of the largest value.
const LONGEST_BAR: f64 = 1.25;
/// Dash of the line "in proportion".
const PROPORTION: &[f64] = &[5.0, 3.0];

/// Points of one look: a policy, or the caps of a ladder by rising withdrawn credit.
struct Trail<'a> {
    title: &'a str,
    look: Look,
    points: Vec<&'a FrontierPoint>,
    is_ladder: bool,
}

/// Draws the figure; none where no policy changes credit or losses.
pub fn figure(
    points: &[FrontierPoint],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let meter = TextMeter::new();
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
    let cuts: Vec<(&FrontierPoint, Look)> = cuts(&points, &trails);
    let shown = || trails.iter().flat_map(|t| &t.points).chain(cuts.iter().map(|(cut, _)| cut));
    let few = shown().any(|p| marks::is_doubtful(&p.loss_saved));
    let notes: &[&str] = if few { &[marks::FEW_NOTE] } else { &[] };
    let shortfall = format!("ES {} %{}", axis::plain(100.0 * level), if few { "*" } else { "" });
    let title = "Losses saved for the credit given up".to_owned();
    let caption = caption(&shortfall, !cuts.is_empty(), context);
    let surroundings = Surroundings::new(&meter, &title, context, notes);
    let range = range(shown().copied());
    let ticks = axis::percent_ticks(range, 6);
    let left = style::MARGIN
        + 1.7 * style::LABEL
        + style::TICK_LENGTH
        + 3.0
        + axis::widest(&meter, &ticks);
    let top = surroundings.head_height() + KEY_HEIGHT - 6.0;
    let panel = Panel {
        frame: Rect {
            left,
            right: style::WIDTH - style::MARGIN - 8.0,
            top,
            bottom: top + PLOT_HEIGHT,
        },
        x: range,
        y: range,
        x_scale: Scale::Linear,
        y_scale: Scale::Linear,
    };
    let naming = naming(&trails, &cuts, &meter, &panel, policies, context);
    let below = panel.frame.bottom + axis::MONEY_AXIS_HEIGHT;
    let end = naming.list.as_ref().map_or(below, |(list, (_, top))| top + list.height());
    let height = (end + surroundings.foot_height()).ceil();
    let description =
        Description { name: NAME, title: &title, content: &caption, size: (style::WIDTH, height) };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        axis::draw_panel(canvas, &panel, &ticks, &ticks)?;
        let across = "credit withdrawn (% of the baseline's)";
        axis::draw_money_axis(canvas, &panel, panel.frame.bottom, &ticks, across)?;
        let up = format!("fall of {shortfall} (% of the baseline's)");
        let middle = f64::midpoint(panel.frame.top, panel.frame.bottom);
        axis::draw_upward_title(canvas, &up, (style::MARGIN + 0.85 * style::LABEL, middle))?;
        draw_key(canvas, &meter, (left, top - KEY_HEIGHT / 2.0), !cuts.is_empty())?;
        draw_references(canvas, &panel, &cuts)?;
        for trail in trails.iter().rev() {
            draw_trail(canvas, &panel, trail)?;
        }
        naming.draw(canvas, &trails)
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg }))
}

fn caption(shortfall: &str, has_cuts: bool, context: &FigureContext) -> String {
    let cuts = if has_cuts {
        " Rings: a cut of all limits by one share that keeps as much credit as the policy above or \
         below; a policy above its ring saves more than such a cut."
    } else {
        ""
    };
    format!(
        "Fall of {shortfall} over {} against credit withdrawn, both as shares of those of the \
         baseline ({}), on the same trials, with {} % bands of the paired change, where these are \
         wider than the mark; credit is exact. Dashed: losses fall in proportion to credit. The caps \
         of a ladder are joined by a line.{cuts} {}; {}.",
        context.horizon,
        context.baseline,
        axis::plain(100.0 * context.confidence),
        context.scenario,
        context.provenance().replace(" · ", ", "),
    )
}

/// Policies alone, then ladders; what is not among `policies` and no step of a ladder is left out.
fn trails<'a>(
    points: &[&'a FrontierPoint],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Vec<Trail<'a>> {
    let looks = style::looks(policies.iter().map(|policy| policy.id), &context.baseline);
    let look = |policy: &str| {
        let at = policies.iter().position(|known| known.id == policy)?;
        looks.get(at).copied()
    };
    let mut trails: Vec<Trail<'a>> = Vec::new();
    for &point in points.iter().filter(|point| point.rule == FrontierRule::Policy) {
        let Some(ladder) = point.ladder.as_deref() else {
            if let Some(look) = look(&point.policy) {
                let title = &point.title;
                trails.push(Trail { title, look, points: vec![point], is_ladder: false });
            }
            continue;
        };
        match trails.iter_mut().find(|trail| trail.is_ladder && trail.title == ladder) {
            Some(trail) => trail.points.push(point),
            // The first cap of a ladder is always shown, unless it is the baseline.
            None => trails.push(Trail {
                title: ladder,
                look: look(&point.policy).unwrap_or(looks[0]),
                points: vec![point],
                is_ladder: true,
            }),
        }
    }
    for trail in &mut trails {
        trail.points.sort_by(|a, b| a.credit_withdrawn.total_cmp(&b.credit_withdrawn));
        trail.points = thinned(&trail.points, style::MAX_POINTS);
    }
    trails
}

/// The proportional cuts beside the policies that are drawn, by rising withdrawn credit.
fn cuts<'a>(points: &[&'a FrontierPoint], trails: &[Trail<'a>]) -> Vec<(&'a FrontierPoint, Look)> {
    let look = |cut: &FrontierPoint| {
        let is_own = |trail: &&Trail<'_>| trail.points.iter().any(|p| p.policy == cut.policy);
        trails.iter().find(is_own).map(|trail| trail.look)
    };
    let all = points.iter().filter(|point| point.rule == FrontierRule::EqualCreditCut);
    let mut cuts: Vec<_> = all.filter_map(|&cut| Some((cut, look(cut)?))).collect();
    cuts.sort_by(|(a, _), (b, _)| a.credit_withdrawn.total_cmp(&b.credit_withdrawn));
    cuts
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

/// How policies are named: at their points, or in a list below the plot.
struct Naming<'a> {
    at_points: Vec<(String, Look, Rect)>,
    list: Option<(KeyList, Point)>,
    baseline: &'a str,
    origin: Point,
}

fn naming<'a>(
    trails: &[Trail<'_>],
    cuts: &[(&FrontierPoint, Look)],
    meter: &TextMeter,
    panel: &Panel,
    policies: &[PolicyName<'_>],
    context: &'a FigureContext,
) -> Naming<'a> {
    let place = |p: &FrontierPoint| panel.at(p.credit_withdrawn, p.loss_saved.value);
    let origin = panel.at(0.0, 0.0);
    let base = policies.iter().find(|policy| policy.id == context.baseline);
    let base =
        meter.fitted(base.map_or(&*context.baseline, |p| p.title), style::LABEL, LONGEST_NAME);
    let black = style::looks(["baseline"].into_iter(), "baseline")[0];
    let mut wanted: Vec<(String, Look, Point)> = vec![(base, black, origin)];
    for trail in trails {
        let ends = [trail.points.last(), trail.points.first()].into_iter().flatten();
        let ends = ends.take(if trail.points.len() > 1 { 2 } else { 1 });
        wanted.extend(ends.map(|p| {
            let text = if trail.is_ladder { p.policy.clone() } else { p.title.clone() };
            (text, trail.look, place(p))
        }));
    }
    let is_short =
        |(text, _, _): &(String, Look, Point)| meter.width(text, style::LABEL) <= LONGEST_NAME;
    let labels: Vec<PointLabel> = wanted
        .iter()
        .map(|(text, _, at)| PointLabel {
            at: *at,
            size: (meter.width(text, style::LABEL), 1.2 * style::LABEL),
        })
        .collect();
    let diagonal = vec![panel.at(panel.x.0, panel.x.0), panel.at(panel.x.1, panel.x.1)];
    let mut lines: Vec<Vec<Point>> = vec![diagonal, reference(panel, cuts)];
    lines.extend(trails.iter().map(|trail| trail.points.iter().map(|p| place(p)).collect()));
    let mut dots: Vec<Point> = trails.iter().flat_map(|t| &t.points).map(|p| place(p)).collect();
    dots.extend(cuts.iter().map(|(cut, _)| place(cut)));
    dots.push(origin);
    let places = placing::beside_points(&labels, &lines, &dots, panel.frame);
    let can_miss = |at: usize| {
        // The lesser end of a ladder may go without its name.
        let (text, _, _) = &wanted[at];
        trails.iter().any(|t| t.is_ladder && t.points.len() > 1 && t.points[0].policy == *text)
    };
    let all = wanted.iter().zip(&places).enumerate();
    let fits = wanted.iter().all(is_short)
        && all.clone().all(|(at, (_, place))| at == 0 || place.is_some() || can_miss(at));
    let named = |(text, look, _): &(String, Look, Point), place: Rect| (text.clone(), *look, place);
    if fits {
        let at_points =
            wanted.iter().zip(places).filter_map(|(one, place)| Some(named(one, place?)));
        return Naming {
            at_points: at_points.collect(),
            list: None,
            baseline: &context.baseline,
            origin,
        };
    }
    let own = places.first().copied().flatten().map(|place| named(&wanted[0], place));
    let titles = trails.iter().map(|trail| trail.title);
    let list = KeyList::block(meter, titles, style::WIDTH - 2.0 * style::MARGIN);
    let top = panel.frame.bottom + axis::MONEY_AXIS_HEIGHT + LIST_GAP;
    let corner = list.corner_below(panel.frame, top);
    Naming {
        at_points: own.into_iter().collect(),
        list: Some((list, corner)),
        baseline: &context.baseline,
        origin,
    }
}

impl Naming<'_> {
    fn draw(&self, canvas: &Canvas<'_>, trails: &[Trail<'_>]) -> Drawn {
        let look = style::looks([self.baseline].into_iter(), self.baseline)[0];
        look.sign.draw(canvas, self.origin, look.colour)?;
        for (text, look, place) in &self.at_points {
            let middle = f64::midpoint(place.top, place.bottom);
            // Grid lines do not run through names.
            canvas.ground(*place)?;
            let at = (place.left, middle + MIDDLE * style::LABEL);
            let colour = style::for_text(look.colour);
            canvas.text(&Label::new(text, at, style::LABEL).coloured(colour))?;
        }
        if let Some((list, corner)) = &self.list {
            list.draw(canvas, trails.iter().map(|trail| &trail.look), *corner)?;
            list.draw_signs(canvas, trails.iter().map(|trail| &trail.look), *corner)?;
        }
        Ok(())
    }
}

fn draw_key(canvas: &Canvas<'_>, meter: &TextMeter, start: Point, has_cuts: bool) -> Drawn {
    let (mut x, y) = start;
    let look = Look {
        colour: style::MUTED,
        dash: PROPORTION,
        width: 1.0,
        ..style::looks([""].into_iter(), "")[0]
    };
    let entry = |text: &str, x: f64| {
        let at = (x, y + MIDDLE * style::SMALL);
        canvas.text(&Label::new(text, at, style::SMALL).coloured(style::MUTED))?;
        Ok::<f64, DrawingAreaErrorKind<std::io::Error>>(x + meter.width(text, style::SMALL))
    };
    canvas.curve(&[(x, y), (x + style::SAMPLE, y)], &look)?;
    x = entry("in proportion", x + style::SAMPLE + 6.0)? + 16.0;
    if has_cuts {
        canvas.line(&[(x, y), (x + style::SAMPLE, y)], style::MUTED, 1.0)?;
        canvas.ring((x + style::SAMPLE / 2.0, y), style::MARK, style::MUTED)?;
        entry("equal-credit cut of all limits", x + style::SAMPLE + 6.0)?;
    }
    Ok(())
}

/// The curve from the baseline through the proportional cuts.
fn reference(panel: &Panel, cuts: &[(&FrontierPoint, Look)]) -> Vec<Point> {
    let at =
        |(cut, _): &(&FrontierPoint, Look)| panel.at(cut.credit_withdrawn, cut.loss_saved.value);
    [panel.at(0.0, 0.0)].into_iter().chain(cuts.iter().map(at)).collect()
}

fn draw_references(canvas: &Canvas<'_>, panel: &Panel, cuts: &[(&FrontierPoint, Look)]) -> Drawn {
    let look = Look {
        colour: style::MUTED,
        dash: PROPORTION,
        width: 1.0,
        ..style::looks([""].into_iter(), "")[0]
    };
    canvas.curve(&[panel.at(panel.x.0, panel.x.0), panel.at(panel.x.1, panel.x.1)], &look)?;
    canvas.line(&reference(panel, cuts), style::MUTED, 1.0)?;
    for (cut, look) in cuts {
        let at = panel.at(cut.credit_withdrawn, cut.loss_saved.value);
        draw_bar(canvas, panel, at, &cut.loss_saved, look)?;
        canvas.ring(at, style::MARK, look.colour)?;
    }
    Ok(())
}

fn draw_trail(canvas: &Canvas<'_>, panel: &Panel, trail: &Trail<'_>) -> Drawn {
    let place = |p: &FrontierPoint| panel.at(p.credit_withdrawn, p.loss_saved.value);
    let line: Vec<Point> = trail.points.iter().map(|p| place(p)).collect();
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
