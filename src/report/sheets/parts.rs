//! Sheets of parts of a number: segments, lenders, bearers, effects.

use super::super::at_a_glance::Line;
use super::super::numbers::Scale;
use super::super::sheet::{Cell, Column, Row};
use super::{Body, View, measure_name, scope_name};
use crate::measures::{Estimate, Figures, Measure};
use crate::policy::attribution::Channel;
use crate::system::ScopeKind;

/// What each part adds to credit, EL and ES, and its share of them.
pub fn shares(view: &View<'_>, kind: ScopeKind) -> Body {
    let all = || view.run.summary.contributions.iter().filter(|row| row.scope_kind == kind);
    let shown = [
        (Measure::Credit, None),
        (Measure::ExpectedLoss, None),
        (Measure::ExpectedShortfall, view.level()),
    ];
    let shown: Vec<_> =
        shown.into_iter().filter(|&of| all().any(|row| (row.measure, row.level) == of)).collect();
    let baseline = &view.results.scenario.baseline;
    let scales: Vec<Scale> = shown
        .iter()
        .map(|&of| {
            let own = all().filter(|row| row.policy == *baseline && (row.measure, row.level) == of);
            Scale::of(own.map(|row| row.estimate.value).fold(0.0, f64::max))
        })
        .collect();
    let mut columns = vec![Column::key("policy"), Column::key(kind.as_str())];
    for (&(measure, level), &scale) in shown.iter().zip(&scales) {
        columns.push(Column::number(measure_name(measure, level), view.unit(scale)));
        columns.push(Column::number("share", ""));
    }
    let mut rows = Vec::new();
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        let mut names: Vec<&str> = Vec::new();
        for row in all().filter(|row| row.policy == policy.id) {
            if !names.contains(&row.scope.as_str()) {
                names.push(&row.scope);
            }
        }
        for (at, name) in names.iter().enumerate() {
            let first = if at == 0 { view.policy(&policy.id) } else { Cell::Empty };
            let mut cells = vec![first, Cell::text(*name)];
            for (&of, &scale) in shown.iter().zip(&scales) {
                let found = all().find(|row| {
                    row.policy == policy.id && row.scope == *name && (row.measure, row.level) == of
                });
                cells.push(Cell::amount(found.map(|row| row.estimate), scale));
                cells.push(Cell::share(found.and_then(|row| row.share)));
            }
            rows.push(Row { cells, continues: at > 0 });
        }
    }
    let what = if shown.iter().any(|of| of.0 == Measure::Credit) {
        "credit, EL and ES"
    } else {
        "EL and ES"
    };
    let caption = format!("what each {} adds to {what}", kind.as_str());
    Body { caption, columns, rows }
}

/// What each effect adds to the change of EL and ES, in percent of the baseline.
pub fn attribution(view: &View<'_>) -> Body {
    let of_total = view.run.system.iter().flat_map(|system| &system.effects);
    let rows = view.run.summary.attribution.iter().chain(of_total);
    let scope = view.scope();
    let known: Vec<_> = rows
        .filter(|row| scope_name(row.scope_kind, &row.scope) == scope && view.is_level(row.level))
        .collect();
    let mut channels: Vec<Option<Channel>> = Vec::new();
    for row in &known {
        if !channels.contains(&row.channel) {
            channels.push(row.channel);
        }
    }
    let mut columns = vec![Column::key("policy"), Column::key("measure")];
    columns.extend(channels.iter().map(|channel| match channel {
        Some(channel) => Column::number(channel.as_str().replace('_', " "), ""),
        None => Column::number("all together", ""),
    }));
    let mut sheet = Vec::new();
    for policy in view.run.policies.iter().filter(|policy| view.is_asked(&policy.id)) {
        let own: Vec<_> = known.iter().filter(|row| row.policy == policy.id).collect();
        let mut measures: Vec<(Measure, Option<f64>)> = Vec::new();
        for row in &own {
            if !measures.contains(&(row.measure, row.level)) {
                measures.push((row.measure, row.level));
            }
        }
        for (at, &of) in measures.iter().enumerate() {
            let first = if at == 0 { view.policy(&policy.id) } else { Cell::Empty };
            let mut cells = vec![first, Cell::text(measure_name(of.0, of.1))];
            cells.extend(channels.iter().map(|&channel| {
                let found =
                    own.iter().find(|row| (row.measure, row.level) == of && row.channel == channel);
                Cell::change(found.and_then(|row| share(&row.estimate, row.baseline)))
            }));
            sheet.push(Row { cells, continues: at > 0 });
        }
    }
    let baseline = &view.results.scenario.baseline;
    let caption =
        format!("what each effect adds to EL and ES{}, in % of {baseline}", view.of_scope());
    Body { caption, columns, rows: sheet }
}

/// What an effect adds, as a share of the baseline's measure.
fn share(estimate: &Estimate, baseline: f64) -> Option<Estimate> {
    (baseline > 0.0).then(|| {
        Estimate::of(Figures {
            value: estimate.value / baseline,
            standard_error: estimate.standard_error.map(|x| x / baseline),
            lower: estimate.lower.map(|x| x / baseline),
            upper: estimate.upper.map(|x| x / baseline),
            ..**estimate
        })
    })
}
