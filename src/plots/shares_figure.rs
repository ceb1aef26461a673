//! What the figures of shares on logarithmic axes have in common: legend, notes, places.

use super::canvas::{self, Description};
use super::language::Thing;
use super::legend::{Legend, Sample};
use super::shares::Shares;
use super::shares_grid::{self, Placed};
use super::sheet::Sheet;
use super::style;
use super::surroundings::Surroundings;
use super::{Figure, FigureContext, PlotError, keys};

/// What a figure says besides its shares.
pub struct Words {
    /// Stem of its files.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its caption.
    pub caption: String,
    /// What 100 % means.
    pub whole: &'static str,
    /// Whether some band is only indicative.
    pub rests_on_few: bool,
    /// How many of what are left to `summary.csv`.
    pub left_out: [(usize, Thing); 2],
}

/// Draws the figure.
pub fn draw(
    sheet: &Sheet,
    shares: &Shares<'_>,
    words: Words,
    context: &FigureContext,
) -> Result<Figure, PlotError> {
    let Words { name, title, caption, whole, rests_on_few, left_out } = words;
    let mut notes = Vec::new();
    notes.extend(rests_on_few.then(|| sheet.words.few_star.to_owned()));
    let more = left_out.into_iter().filter(|(count, _)| *count > 0);
    notes.extend(more.map(|(count, thing)| keys::more(sheet.words, count, thing, "summary.csv")));
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let surroundings = Surroundings::new(sheet, title, context, &notes);
    let top = surroundings.head_height() - 7.0;
    let line = Sample::Line(shares_grid::WHOLE_WIDTH, shares_grid::WHOLE_DASH);
    let mut entries = Vec::new();
    entries.extend(shares.holds_whole().then(|| (line, whole.to_owned())));
    entries.push((Sample::Band, (sheet.words.band)(&sheet.numbers.share(context.confidence))));
    let legend = Legend::new(sheet, entries, sheet.room());
    let placed = Placed::new(sheet, shares, top + legend.height() + 3.0);
    let height = (placed.bottom + surroundings.foot_height()).ceil();
    let size = (sheet.width, height);
    let svg = canvas::svg(
        &Description { name, title, content: &caption, size, words: sheet.words },
        |canvas| {
            surroundings.draw(canvas, height)?;
            legend.draw(canvas, (style::MARGIN, top))?;
            placed.draw(canvas, sheet)
        },
    )?;
    Ok(Figure {
        name: name.to_owned(),
        title: title.to_owned(),
        caption,
        svg,
        font: context.font.clone(),
    })
}
