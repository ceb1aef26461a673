//! Figures: the series that `measures` computed, drawn as SVG and PNG as a journal would print them.
//!
//! Nothing is computed here: every number in a figure stands in the CSV written beside it. All
//! text is set in DejaVu Sans, which the binary carries, so a figure looks the same on a machine
//! without fonts.

mod axis;
mod bars;
mod canvas;
mod clip;
mod density;
mod exceedance;
mod heights;
mod keys;
mod marks;
mod placing;
mod png;
mod rows;
mod signs;
mod steps;
mod style;
mod surroundings;
#[cfg(test)]
mod tests;
mod text;

use crate::measures::series::{DensitySeries, ExceedanceSeries};

pub use png::{DEFAULT_PNG_WIDTH, to_png};

/// A finished figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Stem of its files, such as `densities`.
    pub name: String,
    /// The title drawn at the top.
    pub title: String,
    /// What to print below the figure: how to read it, and where the numbers come from. Plain
    /// text: whoever puts it into a page escapes it.
    pub caption: String,
    /// The drawing: one `<svg>` element without external references.
    pub svg: String,
}

/// What a figure says about the run besides its curves.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureContext {
    /// Title of the scenario.
    pub scenario: String,
    /// Currency of the losses, such as `TWD`.
    pub currency: String,
    /// The horizon as written in the scenario, such as `1 year`.
    pub horizon: String,
    /// Trials behind the curves.
    pub trials: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Version of tailcap that computed the series.
    pub version: String,
    /// Coverage that the bands claim, such as 0.95.
    pub confidence: f64,
    /// Id of the baseline policy: it is drawn in black.
    pub baseline: String,
}

/// Why a figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The drawing library refused an element.
    #[error("cannot draw figure `{figure}`: {source}")]
    Drawing {
        /// Name of the figure.
        figure: String,
        /// What the library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A text is no SVG that can be turned into pixels.
    #[error("cannot read the SVG of figure `{figure}`: {source}")]
    Svg {
        /// Name of the figure.
        figure: String,
        /// What the parser said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The picture has no pixels, or more than memory holds.
    #[error("cannot make a picture of {width} x {height} pixels of figure `{figure}`")]
    Size {
        /// Name of the figure.
        figure: String,
        /// Width asked for, pixels.
        width: u32,
        /// Height that follows from it, pixels.
        height: u32,
    },
    /// The pixels could not be packed as PNG.
    #[error("cannot write figure `{figure}` as PNG: {source}")]
    Png {
        /// Name of the figure.
        figure: String,
        /// What the encoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Draws the loss densities of all policies in one plot, with a row of VaR and ES marks per policy.
///
/// Points that are not finite are left out; without any point the plot says so.
pub fn densities(series: &[DensitySeries], context: &FigureContext) -> Result<Figure, PlotError> {
    density::figure(series, context)
}

/// Draws P(L > x) of all policies on a logarithmic scale, with bands and return periods.
///
/// Points that are not finite are left out; without any point the plot says so.
pub fn exceedance(
    series: &[ExceedanceSeries],
    context: &FigureContext,
) -> Result<Figure, PlotError> {
    exceedance::figure(series, context)
}

impl FigureContext {
    /// The line at the bottom of a figure.
    fn provenance(&self) -> String {
        format!(
            "{} trials · seed {} · {} % bands · tailcap {}",
            axis::grouped(&self.trials.to_string()),
            self.seed,
            axis::plain(100.0 * self.confidence),
            self.version
        )
    }
}
