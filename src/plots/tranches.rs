//! The figure of tranches: EL and ES of each as a share of its size.

use super::language::Thing;
use super::marks;
use super::profiles::MOST_ROWS;
use super::segments;
use super::shares::{Profile, Seen, Shares};
use super::shares_figure::{self, Words};
use super::sheet::Sheet;
use super::style;
use super::{Figure, FigureContext, PlotError, PolicyName};
use crate::measures::row::MeasureRow;
use crate::measures::{Comparison, Estimate, Measure};
use crate::report::results::TrancheFacts;
use crate::system::ScopeKind;

const NAME: &str = "tranches";

/// Draws the figure; none where no tranche has a size.
pub fn figure(
    rows: &[MeasureRow],
    tranches: &[TrancheFacts],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let is_told = |row: &&MeasureRow| {
        row.scope_kind == ScopeKind::Tranche
            && row.comparison == Comparison::Level
            && matches!(row.measure, Measure::ExpectedLoss | Measure::ExpectedShortfall)
    };
    let rows: Vec<&MeasureRow> = rows.iter().filter(is_told).collect();
    let level = rows.iter().filter_map(|row| row.level).reduce(f64::max);
    let columns = [(Measure::ExpectedLoss, None), (Measure::ExpectedShortfall, level)];
    let mut names: Vec<&str> = Vec::new();
    for own in tranches.iter().filter(|own| own.amount > 0.0) {
        if !names.contains(&&*own.tranche) {
            names.push(&own.tranche);
        }
    }
    let drawn = &names[..names.len().min(MOST_ROWS)];
    let seen = |policy: &str, tranche: &str, (measure, level): (Measure, Option<f64>)| {
        let is_it = |row: &&&MeasureRow| {
            row.policy == policy
                && row.scope == tranche
                && (row.measure, row.level) == (measure, level)
        };
        let size = tranches.iter().find(|own| own.policy == policy && own.tranche == tranche)?;
        let estimate: Estimate = rows.iter().find(is_it)?.estimate;
        Some((Seen::new(&estimate, size.amount)?, marks::is_doubtful(&estimate)))
    };
    let looks = style::looks(policies.iter().map(|policy| policy.id), &context.baseline);
    let shown = segments::shown(policies, &looks, &context.baseline);
    let mut rests_on_few = [false; 2];
    let mut profiles = Vec::new();
    for &(policy, look) in &shown {
        let mut own = Vec::new();
        for (at, &column) in columns.iter().enumerate() {
            let found: Vec<_> =
                drawn.iter().map(|tranche| seen(policy.id, tranche, column)).collect();
            // What was not seen at all says so itself.
            let is_doubtful = |&(seen, few): &(Seen, bool)| few && matches!(seen, Seen::Value(..));
            rests_on_few[at] |= found.iter().flatten().any(is_doubtful);
            own.push(found.into_iter().map(|found| found.map(|(seen, _)| seen)).collect());
        }
        profiles.push(Profile { title: policy.title, look, columns: own });
    }
    let is_empty = |profile: &Profile<'_>| profile.columns.iter().flatten().all(Option::is_none);
    if profiles.iter().all(is_empty) {
        return Ok(None);
    }
    let shortfall = format!("ES {}", sheet.numbers.share(level.unwrap_or_default()));
    let star = |few| if few { "*" } else { "" };
    let headings = ["EL", &*shortfall].into_iter().zip(rests_on_few);
    let shares = Shares {
        columns: headings.map(|(text, few)| format!("{text}{}", star(few))).collect(),
        rows: printed(drawn),
        profiles,
        axis_title: sheet.words.share_of_tranche,
    };
    let words = Words {
        name: NAME,
        title: sheet.words.tranches,
        caption: (sheet.words.tranches_caption)(&context.told(shown.len()), &shortfall),
        whole: sheet.words.tranche_gone,
        rests_on_few: rests_on_few.contains(&true),
        left_out: [
            (names.len() - drawn.len(), Thing::Tranche),
            (policies.len() - shown.len(), Thing::Policy),
        ],
    };
    shares_figure::draw(&sheet, &shares, words, context).map(Some)
}

/// Names without their programme, where there is one only.
fn printed(names: &[&str]) -> Vec<String> {
    let programme = |name: &str| name.split_once('/').map(|(programme, _)| programme.to_owned());
    let first = names.first().and_then(|name| programme(name));
    let is_one = names.iter().all(|name| programme(name) == first);
    let short = |name: &&str| match name.split_once('/') {
        Some((_, tranche)) if is_one => tranche.to_owned(),
        _ => (*name).to_owned(),
    };
    names.iter().map(short).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tranches_have_their_programme_only_where_there_are_several() {
        assert_eq!(printed(&["joint/equity", "joint/senior"]), ["equity", "senior"]);
        assert_eq!(printed(&["a/equity", "b/equity"]), ["a/equity", "b/equity"]);
    }
}
