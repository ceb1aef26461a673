//! The figure of losses against capital: EL, VaR and ES of each lender and group as a share of its own
//! funds.

use super::language::Thing;
use super::marks;
use super::segments;
use super::shares::{Profile, Seen, Shares};
use super::shares_figure::{self, Words};
use super::sheet::Sheet;
use super::style;
use super::{Figure, FigureContext, PlotError, PolicyName};
use crate::measures::row::MeasureRow;
use crate::measures::{Comparison, Estimate, Measure};
use crate::report::results::LenderFacts;
use crate::system::ScopeKind;

const NAME: &str = "loss-against-capital";
/// No more lenders are shown: the others are left to the table.
const MOST_LENDERS: usize = 10;

/// A lender or a group with the capital of all its members.
struct Owner<'a> {
    name: &'a str,
    members: usize,
    capital: f64,
}

/// Draws the figure; none where no lender has capital or none loses anything.
pub fn figure(
    rows: &[MeasureRow],
    lenders: &[LenderFacts],
    policies: &[PolicyName<'_>],
    context: &FigureContext,
) -> Result<Option<Figure>, PlotError> {
    let sheet = Sheet::new(context)?;
    let measures = [Measure::ExpectedLoss, Measure::ValueAtRisk, Measure::ExpectedShortfall];
    let is_told = |row: &&MeasureRow| {
        row.scope_kind == ScopeKind::Lender
            && row.comparison == Comparison::Level
            && measures.contains(&row.measure)
    };
    let rows: Vec<&MeasureRow> = rows.iter().filter(is_told).collect();
    let level = rows.iter().filter_map(|row| row.level).reduce(f64::max);
    let columns = [
        (Measure::ExpectedLoss, None),
        (Measure::ValueAtRisk, level),
        (Measure::ExpectedShortfall, level),
    ];
    let estimate = |policy: &str, lender: &str, (measure, level): (Measure, Option<f64>)| {
        let is_it = |row: &&&MeasureRow| {
            row.policy == policy
                && row.scope == lender
                && (row.measure, row.level) == (measure, level)
        };
        rows.iter().find(is_it).map(|row| row.estimate)
    };
    let mut owners: Vec<Owner<'_>> = owners(lenders);
    let worst = |owner: &Owner<'_>| {
        estimate(&context.baseline, owner.name, columns[2]).map_or(0.0, |e| e.value / owner.capital)
    };
    owners
        .retain(|owner| rows.iter().any(|row| row.scope == owner.name && row.estimate.value > 0.0));
    owners.sort_by(|a, b| worst(b).total_cmp(&worst(a)));
    let drawn = &owners[..owners.len().min(MOST_LENDERS)];
    if drawn.is_empty() {
        return Ok(None);
    }
    let looks = style::looks(policies.iter().map(|policy| policy.id), &context.baseline);
    let shown = segments::shown(policies, &looks, &context.baseline);
    let mut rests_on_few = [false; 3];
    let mut profiles = Vec::new();
    for &(policy, look) in &shown {
        let mut own = Vec::new();
        for (at, &column) in columns.iter().enumerate() {
            let estimates: Vec<Option<Estimate>> =
                drawn.iter().map(|owner| estimate(policy.id, owner.name, column)).collect();
            rests_on_few[at] |= estimates.iter().flatten().any(marks::is_doubtful);
            let shares = estimates.iter().zip(drawn);
            own.push(shares.map(|(e, owner)| Seen::new(e.as_ref()?, owner.capital)).collect());
        }
        profiles.push(Profile { title: policy.title, look, columns: own });
    }
    let percent = sheet.numbers.share(level.unwrap_or_default());
    let headings = ["EL".to_owned(), format!("VaR {percent}"), format!("ES {percent}")];
    let star = |few| if few { "*" } else { "" };
    let name = |owner: &Owner<'_>| match owner.members {
        0 => owner.name.to_owned(),
        members => (sheet.words.group)(owner.name, members),
    };
    let shares = Shares {
        columns: headings.iter().zip(rests_on_few).map(|(t, few)| t.clone() + star(few)).collect(),
        rows: drawn.iter().map(name).collect(),
        profiles,
        axis_title: sheet.words.share_of_capital,
    };
    let has_groups = drawn.iter().any(|owner| owner.members > 0);
    let words = Words {
        name: NAME,
        title: sheet.words.capital,
        caption: (sheet.words.capital_caption)(&context.told(shown.len()), &headings, has_groups),
        whole: sheet.words.capital_gone,
        rests_on_few: rests_on_few.contains(&true),
        left_out: [
            (owners.len() - drawn.len(), Thing::Lender),
            (policies.len() - shown.len(), Thing::Policy),
        ],
    };
    shares_figure::draw(&sheet, &shares, words, context).map(Some)
}

/// Lenders that stand alone and groups, as far as they have capital, in the order of their first members.
fn owners(lenders: &[LenderFacts]) -> Vec<Owner<'_>> {
    let mut owners: Vec<Owner<'_>> = Vec::new();
    for lender in lenders {
        let Some(capital) = lender.capital.filter(|capital| *capital > 0.0) else { continue };
        let (name, member) = match &lender.group {
            Some(group) => (&**group, 1),
            None => (&*lender.name, 0),
        };
        match owners.iter_mut().find(|owner| member == 1 && owner.members > 0 && owner.name == name)
        {
            Some(group) => {
                group.members += 1;
                group.capital += capital;
            }
            None => owners.push(Owner { name, members: member, capital }),
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capital_of_a_group_is_that_of_its_members() {
        let lender = |name: &str, group: Option<&str>, capital| LenderFacts {
            name: name.to_owned(),
            group: group.map(str::to_owned),
            capital,
            other_assets: 0.0,
        };
        let all = [
            lender("platform", None, Some(5.0)),
            lender("bank-1", Some("bank"), Some(2.0)),
            lender("bank-2", Some("bank"), Some(1.5)),
            lender("agent", None, None),
        ];
        let found: Vec<(&str, usize, f64)> =
            owners(&all).iter().map(|owner| (owner.name, owner.members, owner.capital)).collect();
        assert_eq!(found, [("platform", 0, 5.0), ("bank", 2, 3.5)]);
    }
}
