//! The convergence figure: how far EL, VaR and ES of the baseline lay from their final values after
//! fewer trials. The other policies meet the same defaults and settle alike.

use plotters::drawing::DrawingAreaErrorKind;

use super::axis::{self, Panel, Scale};
use super::bars::{self, Along};
use super::canvas::{self, Canvas, Description};
use super::clip::{Point, Rect};
use super::hints::{self, Spot};
use super::language::Words;
use super::marks;
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::text::Label;
use super::ticks;
use super::{Figure, FigureContext, PlotError};
use crate::measures::Measure;
use crate::measures::convergence::ConvergenceRow;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

const NAME: &str = "convergence";
/// Height of a panel.
const PANEL_HEIGHT: f64 = 84.0;
/// Space above a panel, for its heading.
const HEADING: f64 = 21.0;
/// A bar is drawn no further than this multiple of what is surely shown.
const LONGEST_BAR: f64 = 2.5;

/// One statistic on growing prefixes.
struct Track {
    name: String,
    heading: String,
    steps: Vec<Step>,
}

/// The statistic of one prefix, as a deviation from the final value in shares.
struct Step {
    trials: f64,
    value: f64,
    /// Ends of its bar.
    ends: [Option<f64>; 2],
    is_doubtful: bool,
}

impl Track {
    /// None where there is no final value to compare with.
    fn new(
        words: &'static Words,
        rows: &[&ConvergenceRow],
        name: &str,
        currency: &str,
    ) -> Option<Self> {
        let last = rows.last()?.estimate.value;
        if !(last > 0.0 && last.is_finite()) {
            return None;
        }
        let off = |x: f64| x / last - 1.0;
        let steps = rows.iter().filter(|row| row.estimate.value.is_finite()).map(|row| {
            let e = &row.estimate;
            // An end that is open while the other is known lies beyond every axis.
            let is_known = e.lower.is_some() || e.upper.is_some();
            let open = |x: f64| is_known.then_some(x);
            let ends = [
                e.lower.map(off).or(open(f64::NEG_INFINITY)),
                e.upper.map(off).or(open(f64::INFINITY)),
            ];
            Step {
                trials: row.trials as f64,
                value: off(e.value),
                ends: ends.map(|end| end.filter(|x| !x.is_nan())),
                is_doubtful: marks::is_doubtful(e),
            }
        });
        let unit = MoneyUnit::for_range(words, last, currency);
        let star =
            if rows.last().is_some_and(|row| marks::is_doubtful(&row.estimate)) { "*" } else { "" };
        let heading = (words.in_the_end)(&format!("{name}{star}"), &unit.amount(last, 4));
        Some(Self { name: name.to_owned(), heading, steps: steps.collect() })
    }

    /// The range of deviations, the same on both sides.
    fn range(&self) -> (f64, f64) {
        let values = self.steps.iter().map(|step| step.value.abs());
        let last = self.steps.last().map(|step| step.ends).unwrap_or_default();
        let finite = |ends: [Option<f64>; 2]| {
            ends.into_iter().flatten().map(f64::abs).filter(|end| end.is_finite())
        };
        let sure = values.chain(finite(last)).fold(0.0, f64::max);
        let furthest = if sure > 0.0 { LONGEST_BAR * sure } else { f64::INFINITY };
        let ends = self.steps.iter().flat_map(|step| finite(step.ends));
        let reach = ends.map(|end| end.min(furthest)).fold(sure, f64::max);
        let reach = if reach > 0.0 { 1.08 * reach } else { 0.01 };
        (-reach, reach)
    }
}

/// Draws the figure; none where there is one prefix only, or no loss.
pub fn figure(
    rows: &[ConvergenceRow],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let own: Vec<&ConvergenceRow> =
        rows.iter().filter(|row| row.policy == context.baseline).collect();
    let level = own.iter().filter_map(|row| row.level).reduce(f64::max);
    let percent = sheet.numbers.share(level.unwrap_or_default());
    let tracks: Vec<Track> = [
        (Measure::ExpectedLoss, None, "EL".to_owned()),
        (Measure::ValueAtRisk, level, format!("VaR {percent}")),
        (Measure::ExpectedShortfall, level, format!("ES {percent}")),
    ]
    .into_iter()
    .filter_map(|(measure, level, name)| {
        let is_it = |row: &&&ConvergenceRow| (row.measure, row.level) == (measure, level);
        let rows: Vec<&ConvergenceRow> = own.iter().filter(is_it).copied().collect();
        Track::new(sheet.words, &rows, &name, &context.currency)
    })
    .filter(|track| track.steps.len() > 1)
    .collect();
    let Some(first) = tracks.first() else { return Ok(None) };
    let is_doubtful = tracks.iter().flat_map(|track| &track.steps).any(|step| step.is_doubtful);
    let is_last_too = tracks.iter().filter_map(|t| t.steps.last()).any(|step| step.is_doubtful);
    let note = format!("{} {}", if is_last_too { "○ *" } else { "○" }, sheet.words.few);
    let notes: &[&str] = if is_doubtful { &[&note] } else { &[] };
    let title = sheet.words.convergence.to_owned();
    let caption = (sheet.words.convergence_caption)(&context.told(0), &percent);
    let surroundings = Surroundings::new(&sheet, &title, context, notes);
    let trials = || first.steps.iter().map(|step| step.trials);
    let (low, high) = (trials().fold(f64::INFINITY, f64::min), trials().fold(1.0, f64::max));
    let panels = panels(&tracks, &sheet, (low / 1.15, high * 1.15), surroundings.head_height());
    let bottom = panels.last().map_or(0.0, |panel| panel.frame.bottom);
    let height = (bottom + axis::MONEY_AXIS_HEIGHT + surroundings.foot_height()).ceil();
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let look = style::looks([&*context.baseline].into_iter(), &context.baseline)[0];
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        for (track, panel) in tracks.iter().zip(&panels) {
            draw_track(canvas, &sheet, panel, track, &look)?;
        }
        draw_axes(canvas, &sheet, &panels)
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() }))
}

fn panels(tracks: &[Track], sheet: &Sheet, x: (f64, f64), top: f64) -> Vec<Panel> {
    let ticks = tracks.iter().map(|track| ticks::widest(sheet, &ticks(sheet, track.range())));
    let left =
        style::MARGIN + 1.7 * style::LABEL + style::TICK_LENGTH + 3.0 + ticks.fold(0.0, f64::max);
    let right = sheet.width - style::MARGIN - 8.0;
    tracks
        .iter()
        .enumerate()
        .map(|(at, track)| {
            let top = top + (at as f64) * (HEADING + sheet.tall(PANEL_HEIGHT)) + HEADING - 9.0;
            Panel {
                frame: Rect { left, right, top, bottom: top + sheet.tall(PANEL_HEIGHT) },
                x,
                y: track.range(),
                x_scale: Scale::Log,
                y_scale: Scale::Linear,
            }
        })
        .collect()
}

fn ticks(sheet: &Sheet, range: (f64, f64)) -> Vec<(f64, String)> {
    ticks::percent_ticks(sheet, range, 4)
}

fn draw_track(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    panel: &Panel,
    track: &Track,
    look: &Look,
) -> Drawn {
    let frame = panel.frame;
    let across = ticks::log_ticks(sheet, frame.right - frame.left, panel.x);
    axis::draw_panel(canvas, panel, &across, &ticks(sheet, panel.y))?;
    let zero = panel.y_at(0.0);
    canvas.line(&[(frame.left, zero), (frame.right, zero)], style::MUTED, style::FRAME)?;
    let at = (frame.left, frame.top - 5.0);
    let heading = sheet.fitted(&track.heading, style::SMALL, frame.right - frame.left);
    canvas.text(&Label::new(heading, at, style::SMALL))?;
    let line: Vec<Point> = track.steps.iter().map(|s| panel.at(s.trials, s.value)).collect();
    canvas.curve(&line, look)?;
    for (&at, step) in line.iter().zip(&track.steps) {
        // Far beyond the frame is as good as infinity, and can be drawn.
        let ends = step.ends.map(|end| end.map(|x| panel.y_at(x).clamp(-1e6, 1e6)));
        bars::draw(canvas, Along::Y, at, ends, look.colour, (frame.top, frame.bottom))?;
        let trials = (sheet.words.trials)(&sheet.numbers.plain(step.trials));
        let names = [&*track.name, &*trials, sheet.words.deviation];
        canvas.hint(Spot::Mark(at), hints::share(sheet, &names, step.value, step.ends));
        if step.is_doubtful {
            canvas.ring(at, style::MARK, look.colour)?;
        } else {
            canvas.disc(at, style::MARK, look.colour)?;
        }
    }
    Ok(())
}

fn draw_axes(canvas: &Canvas<'_>, sheet: &Sheet, panels: &[Panel]) -> Drawn {
    let (Some(first), Some(last)) = (panels.first(), panels.last()) else { return Ok(()) };
    let frame = last.frame;
    let across = ticks::log_ticks(sheet, frame.right - frame.left, last.x);
    axis::draw_money_axis(canvas, last, frame.bottom, &across, sheet.words.trials_axis)?;
    let middle = f64::midpoint(first.frame.top, frame.bottom);
    let long = frame.bottom - first.frame.top;
    let title = sheet.first_fitting(&sheet.words.deviation_axis, style::LABEL, long);
    axis::draw_upward_title(canvas, &title, (style::MARGIN + 0.85 * style::LABEL, middle))
}
