//! The figure of attribution: what each effect of a policy adds to the change of EL and ES, as bars
//! that start where the one above ends, and all of them together.
//!
//! Effects are rows, so that they keep their names, and policies are blocks of rows on common scales.

use super::canvas::{self, Description};
use super::cascade::{Block, Cascade, Placed, Step};
use super::language::Thing;
use super::legend::{Legend, Sample};
use super::marks;
use super::sheet::Sheet;
use super::style;
use super::surroundings::Surroundings;
use super::{Figure, FigureContext, PlotError, PolicyName, cascade, keys};
use crate::measures::attribution::AttributionRow;
use crate::measures::{Estimate, Measure};
use crate::policy::attribution::Channel;
use crate::system::ScopeKind;

const NAME: &str = "waterfall";
/// No more policies are shown: the figure would not fit a page.
pub const MOST_POLICIES: usize = 6;

/// Draws the figure; none where nothing is attributed.
pub fn figure(
    rows: &[AttributionRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let rows: Vec<&AttributionRow> =
        rows.iter().filter(|row| row.scope_kind == ScopeKind::System && is_known(row)).collect();
    let level = rows.iter().filter_map(|row| row.level).reduce(f64::max);
    let shortfall = format!("ES {}", sheet.numbers.share(level.unwrap_or_default()));
    let columns = [
        (Measure::ExpectedLoss, None, "EL"),
        (Measure::ExpectedShortfall, level, shortfall.as_str()),
    ];
    let is_of = |row: &AttributionRow, (measure, level, _): (Measure, Option<f64>, &str)| {
        (row.measure, row.level) == (measure, level)
    };
    let columns: Vec<_> =
        columns.into_iter().filter(|&c| rows.iter().any(|row| is_of(row, c))).collect();
    let mut attributed: Vec<&str> = rows.iter().map(|row| &*row.policy).collect();
    attributed.sort_unstable();
    attributed.dedup();
    let named = |policy: &&PolicyName<'_>| attributed.contains(&policy.id);
    let shown: Vec<&PolicyName<'_>> = policies.iter().filter(named).take(MOST_POLICIES).collect();
    if shown.is_empty() || columns.is_empty() {
        return Ok(None);
    }
    let block = |policy: &&PolicyName<'_>| {
        let own = || rows.iter().filter(|row| row.policy == policy.id);
        let mut effects: Vec<Option<Channel>> = Vec::new();
        own().for_each(|row| {
            if !effects.contains(&row.channel) {
                effects.push(row.channel);
            }
        });
        // Whatever the order of the rows, the sum stands below its parts.
        effects.sort_by_key(Option::is_none);
        let step = |effect, column| {
            let row = own().find(|row| row.channel == effect && is_of(row, column))?;
            Some(step(&row.estimate, row.baseline, effect.is_none()))
        };
        Block {
            title: policy.title.to_owned(),
            names: effects
                .iter()
                .map(|effect| effect.map_or(sheet.words.together, sheet.words.effect))
                .collect(),
            columns: columns
                .iter()
                .map(|&column| effects.iter().map(|&effect| step(effect, column)).collect())
                .collect(),
        }
    };
    let cascade = Cascade {
        columns: columns.iter().map(|(.., name)| (*name).to_owned()).collect(),
        blocks: shown.iter().map(block).collect(),
        axis_title: sheet.words.change_axis,
    };
    let steps = || cascade.blocks.iter().flat_map(|block| &block.columns).flatten().flatten();
    let mut notes = vec![sheet.words.orders.to_owned()];
    if steps().any(|step| step.is_doubtful) {
        notes.push(sheet.words.few_star.to_owned());
    }
    if shown.len() < attributed.len() {
        let left_out = attributed.len() - shown.len();
        notes.push(keys::more(sheet.words, left_out, Thing::Policy, "attribution.csv"));
    }
    let measures = (sheet.words.and)(&cascade.columns);
    let mut channels: Vec<Channel> = Vec::new();
    for row in rows.iter().filter(|row| shown.iter().any(|policy| policy.id == row.policy)) {
        channels.extend(row.channel.filter(|channel| !channels.contains(channel)));
    }
    let meanings = channels.into_iter().filter_map(|channel| {
        let meaning = (sheet.words.effect_means)(channel)?;
        Some((sheet.words.meaning)((sheet.words.effect)(channel), meaning))
    });
    let meanings = meanings.collect::<Vec<_>>().join(sheet.words.comma);
    let caption = (sheet.words.waterfall_caption)(&context.told(0), &measures, &meanings);
    let title = sheet.words.waterfall.to_owned();
    draw(
        &sheet,
        &cascade,
        Figure {
            name: NAME.to_owned(),
            title,
            caption,
            svg: String::new(),
            font: context.font.clone(),
        },
        &notes,
        context,
    )
    .map(Some)
}

/// Draws blocks of bars below the legend of their colours; of the figure all but the drawing is given.
pub fn draw(
    sheet: &Sheet,
    cascade: &Cascade,
    figure: Figure,
    notes: &[String],
    context: &FigureContext,
) -> Result<Figure, PlotError> {
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let Figure { name, title, caption, .. } = &figure;
    let surroundings = Surroundings::new(sheet, title, context, &notes);
    let room = sheet.room();
    let legend = Legend::new(sheet, entries(context), room);
    let top = surroundings.head_height() - 7.0;
    let placed = Placed::new(sheet, cascade, top + legend.height() + 3.0);
    let height = (placed.bottom + surroundings.foot_height()).ceil();
    let size = (sheet.width, height);
    let svg = canvas::svg(
        &Description { name, title, content: caption, size, words: sheet.words },
        |canvas| {
            surroundings.draw(canvas, height)?;
            legend.draw(canvas, (style::MARGIN, top))?;
            placed.draw(canvas, sheet)
        },
    )?;
    Ok(Figure { svg, ..figure })
}

/// Whether a row can be drawn as a share of the baseline's measure.
fn is_known(row: &AttributionRow) -> bool {
    row.estimate.value.is_finite() && row.baseline.is_finite() && row.baseline > 0.0
}

/// An estimate as a share of `whole`.
pub fn step(e: &Estimate, whole: f64, is_sum: bool) -> Step {
    let share = |x: f64| x / whole;
    // An end that is open while the other is known lies beyond every axis.
    let is_known = e.lower.is_some() || e.upper.is_some();
    let open = |x: f64| is_known.then_some(x);
    let ends = [e.lower.or(open(f64::NEG_INFINITY)), e.upper.or(open(f64::INFINITY))];
    Step {
        value: share(e.value),
        ends: ends.map(|end| end.filter(|x| !x.is_nan()).map(share)),
        is_doubtful: marks::is_doubtful(e),
        is_sum,
    }
}

fn entries(context: &FigureContext) -> Vec<(Sample, String)> {
    let words = context.words();
    let [lowers, raises] = words.lowers_raises;
    vec![
        (Sample::Filled(cascade::LOWERS), lowers.to_owned()),
        (Sample::Hatched(cascade::RAISES, style::INK), raises.to_owned()),
        (Sample::Band, (words.band)(&words.numbers.share(context.confidence))),
    ]
}
