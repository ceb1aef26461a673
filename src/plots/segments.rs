//! The figure of segments (or lenders): their shares of credit, EL and ES under each policy.

use super::canvas::{self, Description};
use super::clip::few;
use super::language::Thing;
use super::marks;
use super::profiles::{
    Grid, Group, MOST_PROFILES, MOST_ROWS, Placed, Profile, Ranges, Spot, Spread,
};
use super::sheet::Sheet;
use super::style::{self, Look};
use super::surroundings::Surroundings;
use super::{Figure, FigureContext, PlotError, PolicyName, keys};
use crate::measures::contribution::Contribution;
use crate::measures::{Estimate, Measure};
use crate::system::ScopeKind;

/// Draws the figure of one kind of parts; none where the book has one such part only or nothing is
/// known of their shares.
pub fn figure(
    kind: ScopeKind,
    rows: &[Contribution],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let rows: Vec<&Contribution> = rows.iter().filter(|row| row.scope_kind == kind).collect();
    let level = rows.iter().filter_map(|row| row.level).reduce(f64::max);
    let looks = style::looks(policies.iter().map(|policy| policy.id), &context.baseline);
    let shown = shown(policies, &looks, &context.baseline);
    let parts = parts(&rows, &context.baseline);
    let columns = [
        (Measure::Credit, None),
        (Measure::ExpectedLoss, None),
        (Measure::ExpectedShortfall, level),
    ];
    let share = |policy: &str, part: &str, (measure, level): (Measure, Option<f64>)| {
        let is_it = |row: &&&Contribution| {
            row.policy == policy
                && row.scope == part
                && (row.measure, row.level) == (measure, level)
        };
        rows.iter().find(is_it).and_then(|row| row.share)
    };
    let drawn = &parts[..parts.len().min(MOST_ROWS)];
    let mut rests_on_few = [false; 3];
    let mut profiles = Vec::new();
    for &(policy, look) in &shown {
        let column = |(at, column): (usize, &(Measure, Option<f64>))| {
            let shares: Vec<_> = drawn.iter().map(|part| share(policy.id, part, *column)).collect();
            rests_on_few[at] |= shares.iter().flatten().any(marks::is_doubtful);
            shares.into_iter().map(|share| share.as_ref().map(spot)).collect()
        };
        let columns = columns.iter().enumerate().map(column).collect();
        profiles.push(Profile { title: policy.title, look, columns });
    }
    let is_empty = |profile: &Profile<'_>| profile.columns.iter().flatten().all(Option::is_none);
    if profiles.iter().all(is_empty) {
        return Ok(None);
    }
    let shortfall = format!("ES {}", sheet.numbers.share(level.unwrap_or_default()));
    let headings = [sheet.words.credit, "EL", &*shortfall].into_iter().zip(rests_on_few);
    let star = |few| if few { "*" } else { "" };
    let grid = Grid {
        columns: headings.map(|(text, few)| format!("{text}{}", star(few))).collect(),
        groups: vec![Group {
            title: None,
            rows: drawn.iter().map(|part| (*part).to_owned()).collect(),
        }],
        profiles,
        ranges: Ranges::Common,
        spread: Spread::Apart,
        axis_title: sheet.words.share_of_system,
    };
    let (name, thing) = match kind {
        ScopeKind::Lender => ("lenders", Thing::Lender),
        ScopeKind::Segment | ScopeKind::System | ScopeKind::Total => ("segments", Thing::Segment),
        ScopeKind::Bearer => ("bearers", Thing::Bearer),
        ScopeKind::Tranche => ("tranches", Thing::Tranche),
    };
    let mut notes = Vec::new();
    if rests_on_few.contains(&true) {
        notes.push(sheet.words.few_star.to_owned());
    }
    let more = [(parts.len() - drawn.len(), thing), (policies.len() - shown.len(), Thing::Policy)];
    let more = more.into_iter().filter(|(count, _)| *count > 0);
    notes.extend(more.map(|(count, thing)| keys::more(sheet.words, count, thing, "segments.csv")));
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let title = (sheet.words.parts)(kind).to_owned();
    let caption = (sheet.words.parts_caption)(&context.told(shown.len()), kind, &shortfall);
    let surroundings = Surroundings::new(&sheet, &title, context, &notes);
    let placed = Placed::new(&sheet, &grid, surroundings.head_height());
    let height = (placed.bottom + surroundings.foot_height()).ceil();
    let description = Description {
        name,
        title: &title,
        content: &caption,
        size: (sheet.width, height),
        words: sheet.words,
    };
    let svg = canvas::svg(&description, |canvas| {
        surroundings.draw(canvas, height)?;
        placed.draw(canvas, &sheet)
    })?;
    Ok(Some(Figure { name: name.to_owned(), title, caption, svg, font: context.font.clone() }))
}

/// The baseline and, evenly taken, as many others as can be told apart.
pub fn shown<'a>(
    policies: &[PolicyName<'a>],
    looks: &[Look],
    baseline: &str,
) -> Vec<(PolicyName<'a>, Look)> {
    let all = policies.iter().copied().zip(looks.iter().copied());
    let (mut shown, others): (Vec<_>, Vec<_>) = all.partition(|(policy, _)| policy.id == baseline);
    shown.extend(few(&others, MOST_PROFILES, |(policy, _)| policy.is_step));
    shown
}

/// The parts, those with most of the baseline's credit first.
fn parts<'a>(rows: &[&'a Contribution], baseline: &str) -> Vec<&'a str> {
    let own = rows.iter().filter(|r| r.policy == baseline && r.measure == Measure::Credit);
    let mut parts: Vec<(f64, &str)> = own.map(|r| (r.estimate.value, &*r.scope)).collect();
    parts.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    parts.into_iter().map(|(_, part)| part).collect()
}

fn spot(share: &Estimate) -> Spot {
    Spot { value: share.value, ends: [share.lower, share.upper] }
}
