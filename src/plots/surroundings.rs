//! What frames every figure: title and scenario at the top, notes and provenance at the bottom.

use plotters::drawing::DrawingAreaErrorKind;

use super::FigureContext;
use super::canvas::Canvas;
use super::sheet::Sheet;
use super::style;
use super::text::Label;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Height of a line of the title.
const TITLE_PITCH: f64 = 18.0;
/// Height of a line of the scenario's title.
const SCENARIO_PITCH: f64 = 15.0;
/// Height of a line at the bottom.
const FOOT_PITCH: f64 = 14.0;
/// Space between the canvas edge and the first and last line's letters.
const RIM: f64 = 7.0;
/// Space between the top lines and the plot.
const BELOW_HEAD: f64 = 13.0;
/// Space between the plot and the bottom lines.
const ABOVE_FOOT: f64 = 8.0;

/// The lines above and below a plot.
pub struct Surroundings {
    title: Vec<String>,
    scenario: Vec<String>,
    foot: Vec<String>,
}

impl Surroundings {
    /// Breaks the lines to the width of the figure.
    pub fn new(sheet: &Sheet, title: &str, context: &FigureContext, notes: &[&str]) -> Self {
        Self::with(sheet, title, context, notes, &context.provenance())
    }

    /// The same for a figure of numbers without sampling error.
    pub fn exact(sheet: &Sheet, title: &str, context: &FigureContext, notes: &[&str]) -> Self {
        let provenance = (context.words().sums)(&context.version);
        Self::with(sheet, title, context, notes, &provenance)
    }

    fn with(
        sheet: &Sheet,
        title: &str,
        context: &FigureContext,
        notes: &[&str],
        provenance: &str,
    ) -> Self {
        let room = sheet.room();
        let foot = notes
            .iter()
            .copied()
            .chain([provenance])
            .flat_map(|line| sheet.wrapped(line, style::SMALL, room));
        Self {
            title: sheet.wrapped(title, style::TITLE, room),
            scenario: sheet.wrapped(&context.scenario, style::LABEL, room),
            foot: foot.collect(),
        }
    }

    /// Where the plot may start.
    pub fn head_height(&self) -> f64 {
        RIM + TITLE_PITCH * self.title.len() as f64
            + SCENARIO_PITCH * self.scenario.len() as f64
            + BELOW_HEAD
    }

    /// Room that the lines at the bottom take.
    pub fn foot_height(&self) -> f64 {
        ABOVE_FOOT + FOOT_PITCH * self.foot.len() as f64 + RIM
    }

    /// Draws all lines on a figure of this height.
    pub fn draw(&self, canvas: &Canvas<'_>, height: f64) -> Drawn {
        let mut y = RIM - 0.2 * style::TITLE;
        for line in &self.title {
            y += TITLE_PITCH;
            canvas.text(&Label::new(line, (style::MARGIN, y), style::TITLE))?;
        }
        let muted = |line: &str, y: f64, size: f64| {
            canvas.text(&Label::new(line, (style::MARGIN, y), size).coloured(style::MUTED))
        };
        y += 2.0;
        for line in &self.scenario {
            y += SCENARIO_PITCH;
            muted(line, y, style::LABEL)?;
        }
        for (i, line) in self.foot.iter().rev().enumerate() {
            muted(line, height - RIM - 2.0 - FOOT_PITCH * i as f64, style::SMALL)?;
        }
        Ok(())
    }
}
