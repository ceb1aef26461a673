//! The strip below the densities: one row per policy, VaR as rings and ES as discs, with their bands.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::axis::{self, Panel, Scale};
use super::canvas::Canvas;
use super::clip::Rect;
use super::density::Curve;
use super::keys;
use super::style;
use super::text::{Label, MIDDLE, TextMeter};
use crate::measures::Estimate;
use crate::measures::estimate::Quality;
use crate::measures::series::{DensityKind, TailMark};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Space between the plot of curves and the strip.
pub const GAP: f64 = 7.0;
/// Height of the line of one level.
const LEVEL_PITCH: f64 = 18.0;
/// VaR stands so much above the middle of its line and ES so much below: their bands often overlap.
const LIFT: f64 = 3.5;
/// Space above and below a policy's lines.
const ROW_PAD: f64 = 3.0;
/// Space between a mark and its level.
const SIDE_GAP: f64 = 6.0;
/// A band is drawn no further than this multiple of the largest mark.
const LONGEST_BAND: f64 = 1.25;

/// Radius of the dot on a stem.
pub const ATOM: f64 = 3.0;

/// What a mark shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Value at risk: a ring.
    ValueAtRisk,
    /// Expected shortfall: a disc.
    ExpectedShortfall,
    /// A band alone.
    Band,
}

/// Where the strip stands and what its axis shows.
pub struct Strip {
    /// Its frame, pixels.
    pub frame: Rect,
    /// The losses at its left and right edge.
    pub x: (f64, f64),
    /// Coverage of the bands.
    pub confidence: f64,
}

/// The lines of the key of marks.
pub fn legend(confidence: f64) -> [(Mark, String); 3] {
    [
        (Mark::ValueAtRisk, "VaR".to_owned()),
        (Mark::ExpectedShortfall, "ES".to_owned()),
        (Mark::Band, format!("{} % band", axis::plain(100.0 * confidence))),
    ]
}

/// The losses that the axis has to hold for these marks.
pub fn extent(marks: &[TailMark]) -> Vec<f64> {
    let estimates =
        || marks.iter().flat_map(|mark| [&mark.value_at_risk, &mark.expected_shortfall]);
    let values = || estimates().map(|e| e.value).filter(|value| value.is_finite());
    let largest = values().fold(0.0, f64::max);
    // Where nothing was seen the bands are all there is.
    let furthest = if largest > 0.0 { LONGEST_BAND * largest } else { f64::INFINITY };
    let ends = estimates().flat_map(|e| [e.lower, e.upper]).flatten();
    let ends = ends.filter(|end| end.is_finite()).map(|end| end.min(furthest));
    values().chain(ends).collect()
}

/// Height of the strip of these curves.
pub fn height(curves: &[Curve<'_>]) -> f64 {
    curves.iter().map(row_height).sum()
}

fn row_height(curve: &Curve<'_>) -> f64 {
    let marks = LEVEL_PITCH * curve.series.marks.len() as f64;
    2.0 * ROW_PAD + marks.max(keys::key_height(curve.title.len()))
}

/// What the signs at the marks mean, as far as they occur.
pub fn notes(curves: &[Curve<'_>]) -> Vec<&'static str> {
    let few = curves.iter().flat_map(|c| &c.series.marks).any(rests_on_few);
    if few { vec!["* fewer than 50 tail trials: the band is only indicative"] } else { vec![] }
}

fn rests_on_few(mark: &TailMark) -> bool {
    let few = |e: &Estimate| matches!(e.quality, Quality::TooFew | Quality::Bound);
    few(&mark.value_at_risk) || few(&mark.expected_shortfall)
}

/// Draws the strip, the policies' keys at its right, and the key of marks above them.
pub fn draw(
    canvas: &Canvas<'_>,
    meter: &TextMeter,
    strip: &Strip,
    curves: &[Curve<'_>],
    key_x: f64,
) -> Drawn {
    let frame = strip.frame;
    let panel = Panel { frame, x: strip.x, y: (0.0, 1.0), y_scale: Scale::Linear };
    if curves.iter().any(|curve| !curve.series.marks.is_empty()) {
        let top = frame.top - GAP - 3.0 * keys::KEY_PITCH;
        for (i, (mark, text)) in legend(strip.confidence).into_iter().enumerate() {
            draw_legend_line(canvas, mark, text, key_x, top + keys::KEY_PITCH * i as f64)?;
        }
    }
    let mut top = frame.top;
    for curve in curves {
        let bottom = top + row_height(curve);
        if top > frame.top {
            let line = [(frame.left, top), (frame.right, top)];
            canvas.line(&line, style::GRID_LINE, style::GRID)?;
        }
        let middle = f64::midpoint(top, bottom);
        let first = middle - LEVEL_PITCH * (curve.series.marks.len() as f64 - 1.0) / 2.0;
        for (i, mark) in curve.series.marks.iter().enumerate() {
            let y = first + LEVEL_PITCH * i as f64;
            draw_mark(canvas, meter, &panel, mark, curve.look.colour, y)?;
        }
        keys::draw_key(canvas, &curve.look, &curve.title, key_x, middle)?;
        if curve.series.kind == DensityKind::Atoms {
            canvas.disc((key_x + style::SAMPLE, middle), ATOM, curve.look.colour)?;
        }
        top = bottom;
    }
    Ok(())
}

fn draw_legend_line(canvas: &Canvas<'_>, mark: Mark, text: String, x: f64, y: f64) -> Drawn {
    let centre = (x + style::SAMPLE / 2.0, y);
    match mark {
        Mark::ValueAtRisk => canvas.ring(centre, style::MARK, style::INK)?,
        Mark::ExpectedShortfall => canvas.disc(centre, style::MARK, style::INK)?,
        Mark::Band => {
            let ends = [-11.0, 11.0].map(|d| Some(centre.0 + d));
            draw_band(canvas, centre.0, ends, y, style::INK, (0.0, style::WIDTH))?;
        }
    }
    keys::draw_key_text(canvas, &[text], x, y)
}

/// Draws VaR and ES of one level on the height `y`, and the level beside them.
fn draw_mark(
    canvas: &Canvas<'_>,
    meter: &TextMeter,
    panel: &Panel,
    mark: &TailMark,
    colour: RGBColor,
    y: f64,
) -> Drawn {
    let (left, right) = (panel.frame.left, panel.frame.right);
    let inside = |loss: f64| panel.x_at(loss).clamp(left, right);
    let rows = [
        (Mark::ValueAtRisk, &mark.value_at_risk, y - LIFT),
        (Mark::ExpectedShortfall, &mark.expected_shortfall, y + LIFT),
    ];
    let mut reach = (right, left);
    for (kind, estimate, y) in rows.into_iter().filter(|row| row.1.value.is_finite()) {
        let centre = inside(estimate.value);
        let ends = [estimate.lower, estimate.upper];
        let ends = ends.map(|end| end.filter(|x| x.is_finite()).map(|x| panel.x_at(x)));
        draw_band(canvas, centre, ends, y, colour, (left, right))?;
        if kind == Mark::ValueAtRisk {
            canvas.ring((centre, y), style::MARK, colour)?;
        } else {
            canvas.disc((centre, y), style::MARK, colour)?;
        }
        reach.0 = reach.0.min(ends[0].unwrap_or(centre).max(left)).min(centre - style::MARK);
        reach.1 = reach.1.max(ends[1].unwrap_or(centre).min(right)).max(centre + style::MARK);
    }
    if reach.0 > reach.1 {
        return Ok(());
    }
    let star = if rests_on_few(mark) { "*" } else { "" };
    let text = format!("{} %{star}", mark.level);
    let width = meter.width(&text, style::SMALL);
    let beside = reach.1 + SIDE_GAP;
    let start = if beside + width <= right { beside } else { reach.0 - SIDE_GAP - width };
    // Grid lines do not run through the level.
    let (top, bottom) = (y - 0.5 * style::SMALL, y + 0.5 * style::SMALL);
    canvas.ground(Rect { left: start - 1.0, right: start + width + 1.0, top, bottom })?;
    let at = (start, y + MIDDLE * style::SMALL);
    canvas.text(&Label::new(text, at, style::SMALL).coloured(style::MUTED))
}

/// Draws a band through `centre` with caps at the ends that are known; one that `room` cuts has an
/// arrow head instead.
fn draw_band(
    canvas: &Canvas<'_>,
    centre: f64,
    ends: [Option<f64>; 2],
    y: f64,
    colour: RGBColor,
    room: (f64, f64),
) -> Drawn {
    // A band that the mark covers would only fray its rim.
    let shown = |end: &f64| (end - centre).abs() > style::MARK + 1.0;
    for end in ends.into_iter().flatten().filter(shown) {
        let tip = end.clamp(room.0, room.1);
        let is_cut = (tip - end).abs() > 0.1;
        let back = if is_cut { 4.0 * (centre - tip).signum() } else { 0.0 };
        canvas.line(&[(centre, y), (tip, y)], colour, 1.2)?;
        canvas.line(&[(tip + back, y - 2.8), (tip, y), (tip + back, y + 2.8)], colour, 1.2)?;
    }
    Ok(())
}
