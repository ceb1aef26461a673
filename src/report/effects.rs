//! What each effect of each policy does to ES, as a table of the screen.

use super::numbers::{Sign, banded_short, percent};
use super::results::{Results, RunResults};
use super::screen_table::{empty, fitted, short};
use crate::measures::attribution::AttributionRow;
use crate::measures::{Estimate, Figures, Measure};
use crate::policy::attribution::Channel;
use crate::system::ScopeKind;

/// Shares of the baseline's ES of the highest level by effect; `None` where nothing is attributed.
pub fn table(results: &Results, run: &RunResults) -> Option<String> {
    let level = results.scenario.levels.last().copied();
    let rows: Vec<&AttributionRow> = run
        .summary
        .attribution
        .iter()
        .filter(|row| row.scope_kind == ScopeKind::System)
        .filter(|row| row.measure == Measure::ExpectedShortfall && row.level == level)
        .collect();
    let mut channels: Vec<Option<Channel>> = Vec::new();
    for row in &rows {
        if !channels.contains(&row.channel) {
            channels.push(row.channel);
        }
    }
    if rows.is_empty() {
        return None;
    }
    let mut table = empty();
    let name = |channel: &Option<Channel>| match channel {
        Some(Channel::Direct) => "direct\neffect".to_owned(),
        Some(channel) => format!("\n{}", channel.as_str()),
        None => "all\ntogether".to_owned(),
    };
    let what = level.map_or_else(|| "ES".to_owned(), |q| format!("ES {}", percent(q)));
    let baseline = short(&results.scenario.baseline, 12);
    let mut heading = vec![format!("change of {what}\nin % of {baseline}, by")];
    heading.extend(channels.iter().map(name));
    table.set_header(heading);
    for policy in &run.policies {
        let own: Vec<&&AttributionRow> = rows.iter().filter(|r| r.policy == policy.id).collect();
        if own.is_empty() {
            continue;
        }
        let mut cells = vec![short(&policy.id, 22)];
        cells.extend(channels.iter().map(|channel| {
            let row = own.iter().find(|row| row.channel == *channel);
            row.map_or_else(|| "-".to_owned(), |row| banded_short(&share(row), 0.01, Sign::Both))
        }));
        table.add_row(cells);
    }
    Some(fitted(table))
}

/// What an effect adds, as a share of the baseline's measure.
fn share(row: &AttributionRow) -> Estimate {
    let over = |x: f64| if row.baseline > 0.0 { x / row.baseline } else { 0.0 };
    Estimate::of(Figures {
        value: over(row.estimate.value),
        standard_error: row.estimate.standard_error.map(over),
        lower: row.estimate.lower.map(over),
        upper: row.estimate.upper.map(over),
        ..*row.estimate
    })
}
