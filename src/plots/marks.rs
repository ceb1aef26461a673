//! VaR as rings and ES as discs, with their bands and levels, and the key that explains them.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::axis::Panel;
use super::bars::{self, Along};
use super::canvas::Canvas;
use super::clip::Rect;
use super::hints::{self, Spot};
use super::language::Words;
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::style;
use super::text::{Label, MIDDLE};
use crate::measures::Estimate;
use crate::measures::estimate::Quality;
use crate::measures::series::{DensitySeries, TailMark};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Height of the line of one level.
pub const LEVEL_PITCH: f64 = 16.5;
/// Height of the key of marks.
pub const LEGEND_HEIGHT: f64 = 21.0;
/// Radius of the dot on a stem.
pub const ATOM: f64 = 2.6;

/// VaR stands so much above the middle of its line and ES so much below: their bands often overlap.
const LIFT: f64 = 3.4;
/// Space between a mark and its level.
const SIDE_GAP: f64 = 5.0;
/// A band is drawn no further than this multiple of the largest mark.
const LONGEST_BAND: f64 = 1.25;
/// Space between a sign and its word in the key, and between two entries.
const LEGEND_GAPS: (f64, f64) = (6.0, 16.0);

/// What a mark shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Value at risk: a ring.
    ValueAtRisk,
    /// Expected shortfall: a disc.
    ExpectedShortfall,
}

impl Mark {
    const fn name(self) -> &'static str {
        match self {
            Self::ValueAtRisk => "VaR",
            Self::ExpectedShortfall => "ES",
        }
    }

    fn draw(self, canvas: &Canvas<'_>, centre: (f64, f64), colour: RGBColor) -> Drawn {
        match self {
            Self::ValueAtRisk => canvas.ring(centre, style::MARK, colour),
            Self::ExpectedShortfall => canvas.disc(centre, style::MARK, colour),
        }
    }
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

/// What the signs at the marks mean, as far as they occur.
pub fn notes(words: &Words, series: &[DensitySeries]) -> Vec<&'static str> {
    let few = series.iter().flat_map(|one| &one.marks).any(rests_on_few);
    if few { vec![words.few_star] } else { vec![] }
}

/// Whether a band rests on too few trials.
pub fn is_doubtful(estimate: &Estimate) -> bool {
    matches!(estimate.quality, Quality::TooFew | Quality::Bound)
}

fn rests_on_few(mark: &TailMark) -> bool {
    is_doubtful(&mark.value_at_risk) || is_doubtful(&mark.expected_shortfall)
}

/// Draws the key of marks on one line from `start`; `band` is the coverage of bands, if there are any.
pub fn draw_legend(
    canvas: &Canvas<'_>,
    sheet: &Sheet,
    start: (f64, f64),
    band: Option<&str>,
) -> Drawn {
    let (gap, between) = LEGEND_GAPS;
    let (mut x, y) = start;
    let write = |text: &str, x: f64| {
        let at = (x, y + MIDDLE * style::SMALL);
        canvas.text(&Label::new(text, at, style::SMALL).coloured(style::MUTED))?;
        Ok::<f64, DrawingAreaErrorKind<std::io::Error>>(x + sheet.text_width(text, style::SMALL))
    };
    for (mark, text) in [Mark::ValueAtRisk, Mark::ExpectedShortfall].map(|mark| (mark, mark.name()))
    {
        mark.draw(canvas, (x + style::MARK, y), style::INK)?;
        x = write(text, x + 2.0 * style::MARK + gap)? + between;
    }
    let Some(band) = band else { return Ok(()) };
    let (centre, half) = (x + 11.0, 11.0);
    let ends = [centre - half, centre + half].map(Some);
    bars::draw(canvas, Along::X, (centre, y), ends, style::INK, (0.0, sheet.width))?;
    write(&(sheet.words.band)(band), centre + half + gap)?;
    Ok(())
}

/// The level of a mark, such as `99.9 %`.
pub fn level(sheet: &Sheet, level: &str) -> String {
    sheet.numbers.percent(&sheet.numbers.grouped(level))
}

/// VaR and ES of one level with their places on the axis.
pub struct PlacedMark {
    /// What is shown, its value and the ends of its band, pixels.
    shown: Vec<(Mark, f64, [Option<f64>; 2])>,
    /// What is said of each.
    hints: Vec<String>,
    level: String,
    /// Where the level starts and ends.
    level_at: (f64, f64),
    left: f64,
}

impl PlacedMark {
    /// Places a mark; `None` if no value is known.
    pub fn new(
        sheet: &Sheet,
        panel: &Panel,
        (mark, title, unit): (&TailMark, &str, &MoneyUnit),
    ) -> Option<Self> {
        let (left, right) = (panel.frame.left, panel.frame.right);
        let both = [
            (Mark::ValueAtRisk, &mark.value_at_risk),
            (Mark::ExpectedShortfall, &mark.expected_shortfall),
        ];
        let known = both.into_iter().filter(|(_, estimate)| estimate.value.is_finite());
        let hint = |(kind, e): (Mark, &Estimate)| {
            let name = format!("{} {}", kind.name(), level(sheet, &mark.level));
            hints::money(sheet, unit, &[title, &name], e.value, [e.lower, e.upper])
        };
        let hints = known.clone().map(hint).collect();
        let shown: Vec<_> = known
            .map(|(kind, estimate)| {
                let ends = [estimate.lower, estimate.upper];
                let ends = ends.map(|end| end.filter(|x| x.is_finite()).map(|x| panel.x_at(x)));
                (kind, panel.x_at(estimate.value).clamp(left, right), ends)
            })
            .collect();
        let starts = shown.iter().map(|&(_, centre, [lower, _])| {
            lower.unwrap_or(centre).max(left).min(centre - style::MARK)
        });
        let start = starts.reduce(f64::min)?;
        let ends = shown.iter().map(|&(_, centre, [_, upper])| {
            upper.unwrap_or(centre).min(right).max(centre + style::MARK)
        });
        let end = ends.reduce(f64::max)?;
        let star = if rests_on_few(mark) { "*" } else { "" };
        let level = level(sheet, &mark.level) + star;
        let width = sheet.text_width(&level, style::SMALL);
        let beside = end + SIDE_GAP;
        let at = if beside + width <= right { beside } else { start - SIDE_GAP - width };
        let at = at.max(left);
        Some(Self { shown, hints, level, level_at: (at, at + width), left: start.min(at) })
    }

    /// Where marks, bands and level start.
    pub fn left(&self) -> f64 {
        self.left
    }

    /// Draws the mark on the height `y`.
    pub fn draw(&self, canvas: &Canvas<'_>, frame: Rect, colour: RGBColor, y: f64) -> Drawn {
        for (&(mark, centre, ends), hint) in self.shown.iter().zip(&self.hints) {
            let y = if mark == Mark::ValueAtRisk { y - LIFT } else { y + LIFT };
            bars::draw(canvas, Along::X, (centre, y), ends, colour, (frame.left, frame.right))?;
            mark.draw(canvas, (centre, y), colour)?;
            canvas.hint(Spot::Mark((centre, y)), hint.clone());
        }
        // Grid lines do not run through the level.
        let (start, end) = self.level_at;
        let (top, bottom) = (y - 0.5 * style::SMALL, y + 0.5 * style::SMALL);
        canvas.ground(Rect { left: start - 1.0, right: end + 1.0, top, bottom })?;
        let at = (start, y + MIDDLE * style::SMALL);
        canvas.text(&Label::new(&*self.level, at, style::SMALL).coloured(style::MUTED))
    }
}
