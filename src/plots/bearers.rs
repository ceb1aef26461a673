//! The figure of who bears the loss: a bar per policy, made of what each kind of bearer takes, for EL and
//! for ES.

use plotters::style::RGBColor;

use super::canvas::{self, Description};
use super::clip::few;
use super::language::Thing;
use super::legend::{Legend, Sample};
use super::marks;
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::stacked_bar::{Part, Stack};
use super::stacks::{Placed, Row, Stacks};
use super::style;
use super::surroundings::Surroundings;
use super::{Figure, FigureContext, PlotError, PolicyName, keys};
use crate::measures::Measure;
use crate::measures::contribution::Contribution;
use crate::measures::estimate::Quality;
use crate::system::{Bearer, ScopeKind};

const NAME: &str = "bearers";
/// No more policies are shown: the figure would not fit a page.
const MOST_POLICIES: usize = 12;

/// Owners have shades of blue, others do not; text in ink or paper can be read on all of them.
const fn colour(bearer: Bearer) -> RGBColor {
    match bearer {
        Bearer::Lenders => RGBColor(0x00, 0x72, 0xb2),
        Bearer::Partners => RGBColor(0x56, 0xb4, 0xe9),
        Bearer::Investors => RGBColor(0xe6, 0x9f, 0x00),
        Bearer::Creditors => RGBColor(0xcc, 0x79, 0xa7),
    }
}

/// Draws the figure; none where everything falls on one kind of bearer or nothing is lost.
pub fn figure(
    rows: &[Contribution],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let rows: Vec<&Contribution> = rows
        .iter()
        .filter(|row| row.scope_kind == ScopeKind::Bearer && row.estimate.value.is_finite())
        .collect();
    let level = rows.iter().filter_map(|row| row.level).reduce(f64::max);
    let has_losses = |bearer: &Bearer| {
        let own = |row: &&&Contribution| row.scope == bearer.as_str();
        rows.iter().filter(own).any(|r| r.measure != Measure::Credit && r.estimate.value > 0.0)
    };
    let bearers: Vec<Bearer> = Bearer::ALL.into_iter().filter(has_losses).collect();
    let known = |policy: &&PolicyName<'_>| rows.iter().any(|row| row.policy == policy.id);
    let all: Vec<PolicyName<'_>> = policies.iter().filter(known).copied().collect();
    let (mut shown, others): (Vec<_>, Vec<_>) =
        all.iter().copied().partition(|policy| policy.id == context.baseline);
    shown.extend(few(&others, MOST_POLICIES - shown.len(), |policy| policy.is_step));
    if bearers.len() < 2 || shown.is_empty() {
        return Ok(None);
    }
    let shortfall = format!("ES {}", sheet.numbers.share(level.unwrap_or_default()));
    let columns =
        [(Measure::ExpectedLoss, None, "EL"), (Measure::ExpectedShortfall, level, &*shortfall)];
    let row = |policy: &PolicyName<'_>| {
        let part = |bearer: &Bearer, (measure, level, _): (Measure, Option<f64>, &str)| {
            let own = rows.iter().find(|row| {
                row.policy == policy.id
                    && row.scope == bearer.as_str()
                    && (row.measure, row.level) == (measure, level)
            })?;
            let e = &own.estimate;
            // What nobody saw has no part of the bar, and a bound that says little.
            let is_seen = e.quality != Quality::Bound;
            Some(Part {
                name: (sheet.words.bearer)(*bearer),
                colour: colour(*bearer),
                value: e.value.max(0.0),
                ends: [e.lower, e.upper].map(|end| end.filter(|_| is_seen)),
                share: own.share.map(|share| share.value),
                is_doubtful: is_seen && marks::is_doubtful(e),
            })
        };
        let stack = |column: &(Measure, Option<f64>, &str)| Stack {
            parts: bearers.iter().filter_map(|bearer| part(bearer, *column)).collect(),
        };
        Row { title: policy.title.to_owned(), columns: columns.iter().map(stack).collect() }
    };
    let rows: Vec<Row> = shown.iter().map(row).collect();
    let largest = |at: usize| rows.iter().map(|row| row.columns[at].sum()).fold(0.0, f64::max);
    if largest(0) <= 0.0 {
        return Ok(None);
    }
    let units = [0, 1].map(|at| MoneyUnit::for_range(sheet.words, largest(at), &context.currency));
    let stacks = Stacks { columns: columns.map(|(.., name)| name.to_owned()), units, rows };
    let mut notes = Vec::new();
    if Placed::new(&sheet, &stacks, 0.0).has_bands() {
        notes.push(sheet.words.lines_below.to_owned());
    }
    if stacks.rows.iter().flat_map(|row| &row.columns).any(Stack::is_doubtful) {
        notes.push(sheet.words.few_star.to_owned());
    }
    if shown.len() < all.len() {
        let left_out = all.len() - shown.len();
        notes.push(keys::more(sheet.words, left_out, Thing::Policy, "segments.csv"));
    }
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let title = sheet.words.bearers.to_owned();
    let caption = (sheet.words.bearers_caption)(&context.told(shown.len()), &shortfall);
    let surroundings = Surroundings::new(&sheet, &title, context, &notes);
    let entries =
        bearers.iter().map(|&b| (Sample::Filled(colour(b)), (sheet.words.bearer)(b).to_owned()));
    let legend = Legend::new(&sheet, entries.collect(), sheet.room());
    let top = surroundings.head_height() - 7.0;
    let placed = Placed::new(&sheet, &stacks, top + legend.height() + 4.0);
    let height = (placed.bottom + surroundings.foot_height()).ceil();
    let description = Description {
        name: NAME,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        legend.draw(canvas, (style::MARGIN, top))?;
        placed.draw(canvas, &sheet)
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), title, caption, svg, font: context.font.clone() }))
}
