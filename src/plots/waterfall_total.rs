//! The figure of what makes up the losses of all lenders: the book, other assets, contagion and the second
//! round under the baseline, and what each policy changes of them.

use super::cascade::{Block, Cascade, Step};
use super::language::Thing;
use super::sheet::Sheet;
use super::waterfall::{self, MOST_POLICIES};
use super::{Figure, FigureContext, PlotError, PolicyName, keys};
use crate::measures::attribution::AttributionRow;
use crate::measures::row::MeasureRow;
use crate::measures::{Comparison, Estimate, Measure};
use crate::policy::attribution::Channel;
use crate::system::ScopeKind;

const NAME: &str = "waterfall-total";

/// A measure and its level.
type Key = (Measure, Option<f64>);

/// Draws the figure; none where nothing is added to the losses of the book, or nothing is lost.
pub fn figure(
    effects: &[AttributionRow],
    rows: &[MeasureRow],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let effects: Vec<&AttributionRow> = effects
        .iter()
        .filter(|row| row.scope_kind == ScopeKind::Total && row.estimate.value.is_finite())
        .collect();
    let level = effects.iter().filter_map(|row| row.level).reduce(f64::max);
    let level_of = |(measure, level): Key, kind: ScopeKind| -> Option<Estimate> {
        let is_it = |row: &&MeasureRow| {
            row.policy == context.baseline
                && row.scope_kind == kind
                && row.comparison == Comparison::Level
                && (row.measure, row.level) == (measure, level)
        };
        rows.iter().find(is_it).map(|row| row.estimate).filter(|e| e.value.is_finite())
    };
    let columns: Vec<(Key, Estimate)> =
        [(Measure::ExpectedLoss, None), (Measure::ExpectedShortfall, level)]
            .into_iter()
            .filter_map(|key| Some((key, level_of(key, ScopeKind::Total)?)))
            .filter(|(_, total)| total.value > 0.0)
            .collect();
    let adds = |row: &&AttributionRow| !matches!(row.channel, None | Some(Channel::Book));
    let of = |policy: &str| {
        let policy = policy.to_owned();
        effects.iter().copied().filter(move |row| row.policy == policy)
    };
    if columns.is_empty() || !of(&context.baseline).any(|row| adds(&row)) {
        return Ok(None);
    }
    let known = |policy: &&PolicyName<'_>| of(policy.id).next().is_some();
    let mut all: Vec<&PolicyName<'_>> = policies.iter().filter(known).collect();
    all.sort_by_key(|policy| policy.id != context.baseline);
    let shown = &all[..all.len().min(MOST_POLICIES)];
    let block = |policy: &&PolicyName<'_>| {
        let is_base = policy.id == context.baseline;
        let mut channels: Vec<Option<Channel>> = Vec::new();
        channels.extend(is_base.then_some(Some(Channel::Book)));
        for row in of(policy.id) {
            if !channels.contains(&row.channel) {
                channels.push(row.channel);
            }
        }
        channels.sort_by_key(Option::is_none);
        let step = |channel: Option<Channel>, &(key, total): &(Key, Estimate)| -> Option<Step> {
            let estimate = match channel {
                Some(Channel::Book) if is_base => level_of(key, ScopeKind::System)?,
                None if is_base => total,
                _ => {
                    let is_it = |row: &&AttributionRow| {
                        row.channel == channel && (row.measure, row.level) == key
                    };
                    of(policy.id).find(is_it)?.estimate
                }
            };
            Some(waterfall::step(&estimate, total.value, channel.is_none()))
        };
        let name =
            |channel: &Option<Channel>| channel.map_or(sheet.words.together, sheet.words.effect);
        Block {
            title: if is_base {
                policy.title.to_owned()
            } else {
                (sheet.words.change_under)(policy.title)
            },
            names: channels.iter().map(name).collect(),
            columns: columns
                .iter()
                .map(|column| channels.iter().map(|&channel| step(channel, column)).collect())
                .collect(),
        }
    };
    let name = |&((measure, level), _): &(Key, Estimate)| match (measure, level) {
        (Measure::ExpectedLoss, _) => "EL".to_owned(),
        (_, level) => format!("ES {}", sheet.numbers.share(level.unwrap_or_default())),
    };
    let names: Vec<String> = columns.iter().map(name).collect();
    let caption = (sheet.words.total_caption)(&context.told(0), &(sheet.words.and)(&names));
    let cascade = Cascade {
        columns: names,
        blocks: shown.iter().map(block).collect(),
        axis_title: sheet.words.share_of_total,
    };
    let steps = || cascade.blocks.iter().flat_map(|block| &block.columns).flatten().flatten();
    let mut notes = Vec::new();
    let has = |channel| of(&context.baseline).any(|row| row.channel == Some(channel));
    if has(Channel::Contagion) && has(Channel::Feedback) {
        notes.push(sheet.words.both_orders.to_owned());
    }
    if steps().any(|step| step.is_doubtful) {
        notes.push(sheet.words.few_star.to_owned());
    }
    if shown.len() < all.len() {
        let left_out = all.len() - shown.len();
        notes.push(keys::more(sheet.words, left_out, Thing::Policy, "attribution.csv"));
    }
    let title = sheet.words.total.to_owned();
    let figure = Figure {
        name: NAME.to_owned(),
        title,
        caption,
        svg: String::new(),
        font: context.font.clone(),
    };
    waterfall::draw(&sheet, &cascade, figure, &notes, context).map(Some)
}
