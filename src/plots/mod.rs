//! Figures: the series that `measures` computed, drawn as SVG and PNG as a journal would print them.
//!
//! Nothing is estimated here: every number in a figure stands in the CSV written beside it, or is a
//! share of another number there. All text is set in DejaVu Sans, which the binary carries, so a
//! figure looks the same on a machine without fonts; Chinese, and titles in it, take a font that the caller
//! hands over.
//!
//! A figure is laid out on a sheet, which knows the width of its page ([`Theme`]), the words of its language
//! ([`Language`]) and how wide they are. Pointing at a mark shows its value: shapes that cannot be seen lie on
//! top of a drawing and have titles.

mod axis;
mod bars;
mod bearers;
mod border;
mod canvas;
mod capital;
mod cascade;
mod cells;
mod clip;
mod convergence;
mod density;
mod density_curve;
mod differences;
mod diverging;
mod exceedance;
mod failures;
mod fonts;
mod frontier;
mod frontier_names;
mod frontier_trails;
mod hatch;
mod heights;
mod hints;
mod keys;
mod ladder;
mod lanes;
mod language;
mod legend;
mod map;
mod marks;
mod money;
mod naming;
mod network;
mod numbers;
mod pdf;
mod placing;
mod png;
mod profiles;
mod region;
mod ring;
mod rows;
mod segments;
mod sequential;
mod shares;
mod shares_figure;
mod shares_grid;
mod sheet;
mod signs;
mod stacked_bar;
mod stacks;
mod steps;
mod style;
mod surroundings;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod ticks;
mod tranches;
mod waterfall;
mod waterfall_total;
mod who_is_cut;
mod words;

use crate::measures::attribution::AttributionRow;
use crate::measures::contribution::Contribution;
use crate::measures::convergence::ConvergenceRow;
use crate::measures::failures::FailurePoint;
use crate::measures::frontier::FrontierPoint;
use crate::measures::ladder::LadderSeries;
use crate::measures::region::RegionSeries;
use crate::measures::row::MeasureRow;
use crate::measures::series::{DensitySeries, ExceedanceSeries};
use crate::report::comparison::Row;
use crate::report::overlay::Source;
use crate::report::results::{LenderFacts, SystemResults, TrancheFacts};
use crate::report::who_is_cut::CutRow;
use crate::system::ScopeKind;
use language::{Told, Words};

pub use fonts::{Font, find as find_font};
pub use language::Language;
pub use pdf::to_pdf;
pub use png::{DEFAULT_PNG_WIDTH, to_png, to_png_of};
pub use theme::Theme;

/// All kinds of figures: the name of a figure, or what it begins with where there may be several of a kind.
pub const KINDS: [&str; 17] = [
    "bearers",
    "convergence",
    "densities",
    "differences",
    "exceedance",
    "failures",
    "frontier",
    "ladder",
    "lenders",
    "loss-against-capital",
    "network",
    "region",
    "segments",
    "tranches",
    "waterfall",
    "waterfall-total",
    "who-is-cut",
];

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
    /// The font of its letters beside DejaVu Sans, if there is one.
    pub font: Option<Font>,
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
    /// Trials behind the curves; 0 where they were worked out.
    pub trials: u64,
    /// The sampling plan, where it is not the plain one; the engine where nothing was sampled.
    pub plan: Option<&'static str>,
    /// Seed of the run.
    pub seed: u64,
    /// The runs that share a figure, where they do not have trials, plan and seed in common.
    pub sources: Vec<Source>,
    /// Version of tailcap that computed the series.
    pub version: String,
    /// Coverage that the bands claim, such as 0.95.
    pub confidence: f64,
    /// Id of the baseline policy: it is drawn in black.
    pub baseline: String,
    /// What figures are drawn for.
    pub theme: Theme,
    /// The language of what figures say; titles of policies and names are the user's.
    pub language: Language,
    /// A font for letters that DejaVu Sans lacks: Chinese asks for one, and titles may.
    pub font: Option<Font>,
}

/// A policy that a figure shows. Its place in the list decides its colour, so that it looks the same
/// in all figures of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyName<'a> {
    /// Id.
    pub id: &'a str,
    /// Title.
    pub title: &'a str,
    /// Whether it is a step of a ladder: where there is room for few, others go first.
    pub is_step: bool,
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
    /// No font has the letters of the language.
    #[error(
        "no font with the letters of {language}: install one, such as Noto Sans CJK, or name the file of one"
    )]
    Font {
        /// The language in English.
        language: &'static str,
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
    /// The drawing could not be written as PDF.
    #[error("cannot write figure `{figure}` as PDF: {source}")]
    Pdf {
        /// Name of the figure.
        figure: String,
        /// What the library said.
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

/// Draws what the caps of a ladder leave of losses and credit, and the people they cut; none for a
/// ladder without caps.
pub fn ladder(series: &LadderSeries, context: &FigureContext) -> Result<Option<Figure>, PlotError> {
    ladder::figure(series, context)
}

/// Draws the loss saved against the credit withdrawn; none where no policy changes either.
pub fn frontier(
    points: &[FrontierPoint],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    frontier::figure(points, policies, context)
}

/// Draws credit withdrawn, people cut and the over-indebted by band; none where no policy cuts
/// or nothing tells people apart.
pub fn who_is_cut(
    rows: &[CutRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    who_is_cut::figure(rows, policies, context)
}

/// Draws how EL, VaR and ES of the baseline settle; none where there is one prefix only.
pub fn convergence(
    rows: &[ConvergenceRow],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    convergence::figure(rows, context)
}

/// Draws the shares of segments or lenders in credit, EL and ES; none where there is one part only.
pub fn contributions(
    kind: ScopeKind,
    rows: &[Contribution],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    segments::figure(kind, rows, policies, context)
}

/// Draws the relative differences between two results with their bands; none where there are none.
pub fn differences(
    rows: &[Row],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    differences::figure(rows, policies, context)
}

/// Draws what each effect of each policy adds to the change of EL and of ES at the highest level;
/// none where nothing is attributed.
pub fn waterfall(
    rows: &[AttributionRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    waterfall::figure(rows, policies, context)
}

/// Draws EL and ES of all losses of lenders by who bears them; none where they fall on one kind of bearer.
pub fn bearers(
    rows: &[Contribution],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    bearers::figure(rows, policies, context)
}

/// Draws the probability that at least so many lenders fail; none where none is seen to fail.
pub fn failures(
    points: &[FailurePoint],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    failures::figure(points, policies, context)
}

/// Draws EL, VaR and ES of lenders and groups as shares of their capital; none where none has any.
pub fn loss_against_capital(
    rows: &[MeasureRow],
    lenders: &[LenderFacts],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    capital::figure(rows, lenders, policies, context)
}

/// Draws who owes whom and how likely lenders fail, under the baseline and the policy that changes failures
/// most; none where nobody owes anybody anything.
pub fn network(
    system: &SystemResults,
    rows: &[MeasureRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    network::figure(system, rows, policies, context)
}

/// Draws EL and ES of tranches as shares of their sizes; none where there is no tranche.
pub fn tranches(
    rows: &[MeasureRow],
    tranches: &[TrancheFacts],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    tranches::figure(rows, tranches, policies, context)
}

/// Draws what makes up EL and ES of all losses of lenders, and what policies change of it; none where
/// they are those of the book.
pub fn waterfall_total(
    effects: &[AttributionRow],
    rows: &[MeasureRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    waterfall_total::figure(effects, rows, policies, context)
}

/// Draws a map of the change of a measure over two assumptions, with the border where it passes 0.
pub fn region(series: &RegionSeries, context: &FigureContext) -> Result<Figure, PlotError> {
    region::figure(series, context)
}

impl FigureContext {
    /// What figures say.
    fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// What captions tell of a run.
    fn told(&self, policies: usize) -> Told {
        let words = self.words();
        Told {
            horizon: self.horizon.clone(),
            policies: (words.policies)(policies),
            baseline: self.baseline.clone(),
            percent: words.numbers.share(self.confidence),
            has_bands: self.trials > 0,
            source: (words.source)(&self.scenario, &self.provenance().replace(" · ", words.comma)),
        }
    }

    /// The coverage of the bands in words, such as `95 %`; nothing where numbers were worked out.
    fn bands(&self) -> Option<String> {
        (self.trials > 0).then(|| self.words().numbers.share(self.confidence))
    }

    /// The line at the bottom of a figure.
    fn provenance(&self) -> String {
        let words = self.words();
        if !self.sources.is_empty() {
            let one = |source: &Source| {
                let trials = words.numbers.grouped(&source.trials.to_string());
                let trials = (source.trials > 0).then_some(trials.as_str());
                (words.one_of)(&source.label, trials, source.plan, source.seed)
            };
            let mut parts: Vec<String> = self.sources.iter().map(one).collect();
            parts.push((words.of_all)(self.bands().as_deref(), &self.version));
            return parts.join(" · ");
        }
        if self.trials == 0 {
            return (words.unsampled)(self.plan.unwrap_or("exact"), &self.version);
        }
        let numbers = words.numbers;
        let trials = numbers.grouped(&self.trials.to_string());
        let percent = numbers.share(self.confidence);
        (words.sampled)(&trials, self.plan, self.seed, &percent, &self.version)
    }
}

/// Colour (as `#0072b2`) and dash of policies as figures of theirs have them, for charts drawn elsewhere.
pub fn looks_of<'a>(
    policies: impl Iterator<Item = &'a str>,
    baseline: &str,
) -> Vec<(String, Vec<f64>)> {
    style::web_looks(policies, baseline)
}

/// How a policy looks that the figures do not show.
pub fn plain_look() -> (String, Vec<f64>) {
    ("#595959".to_owned(), Vec::new())
}
