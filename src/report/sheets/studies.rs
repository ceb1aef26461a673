//! Sheets of verdicts, of who is cut, and of break-evens.

use super::super::at_a_glance::Line;
use super::super::numbers::Scale;
use super::super::sheet::{Cell, Column, Row, plain};
use super::{Body, View, measure_name};
use crate::measures::verdict::Judgement;
use crate::measures::{Comparison, Measure, Unit};

/// The scenario's statements with what was found of them.
pub fn verdicts(view: &View<'_>) -> Body {
    let columns = vec![
        Column::words("verdict"),
        Column::words("statement"),
        Column::number("found", ""),
        Column::number("against", ""),
    ];
    let mut rows = Vec::new();
    for judgement in view.results.verdicts.iter().filter(|own| view.is_asked(&own.policy)) {
        for run in judgement.runs.iter().filter(|own| own.variant == view.run.variant) {
            let (per, unit, plus) = printed_in(view, judgement);
            rows.push(Row::of(vec![
                Cell::text(run.verdict.as_str().replace('_', " ")),
                Cell::text(&judgement.text),
                Cell::number(run.estimate, per, &unit, plus),
                Cell::Text(format!("{}{unit}", plain(judgement.border / per))),
            ]));
        }
    }
    Body { caption: "statements and whether they hold".into(), columns, rows }
}

/// Divisor, unit and whether a plus belongs to it.
fn printed_in(view: &View<'_>, judgement: &Judgement) -> (f64, String, bool) {
    let is_change = judgement.comparison != Comparison::Level;
    let is_relative = matches!(
        judgement.comparison,
        Comparison::RelativeChange | Comparison::RelativeChangeAtEqualCredit
    );
    let is_ratio = judgement.measure == Measure::ExpectedShortfallOverMean;
    match judgement.measure.unit() {
        _ if is_relative => (0.01, " %".into(), true),
        Unit::Fraction if is_ratio => (1.0, " times".into(), is_change),
        Unit::Fraction => (0.01, " %".into(), is_change),
        Unit::Currency => {
            let scale = Scale::of(judgement.border);
            (scale.by, format!(" {}", view.unit(scale)), is_change)
        }
        Unit::Count => (1.0, String::new(), is_change),
    }
}

/// People, limits and credit cut by band.
pub fn who_is_cut(view: &View<'_>) -> Body {
    let all = &view.run.who_is_cut.rows;
    let judged = all.iter().any(|row| row.over_indebted_before.is_some());
    let mut columns = vec![
        Column::key("policy"),
        Column::key("by"),
        Column::key("band"),
        Column::number("people", ""),
        Column::number("people cut", ""),
        Column::number("limits cut", ""),
        Column::number("credit withdrawn", ""),
    ];
    if judged {
        columns.push(Column::number("over-indebted before", ""));
        columns.push(Column::number("after", ""));
    }
    let share = |part: f64, whole: f64| {
        if whole > 0.0 { Cell::exact(part / whole, 0.01, " %", 1) } else { Cell::None }
    };
    let known = |x: Option<f64>| x.map_or(Cell::None, |x| Cell::exact(x, 0.01, " %", 1));
    let mut rows = Vec::new();
    let baseline = &view.results.scenario.baseline;
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        // Nobody is cut by what changes nothing, unless it is asked for.
        if policy.id == *baseline && !policy.binds && view.asked.policies.is_empty() {
            continue;
        }
        let own = all.iter().filter(|row| row.policy == policy.id);
        for (at, row) in own.enumerate() {
            let first = if at == 0 { view.policy(&policy.id) } else { Cell::Empty };
            let mut cells = vec![
                first,
                Cell::text(row.attribute.as_str()),
                Cell::text(&row.band),
                Cell::count(row.people),
                share(row.people_cut as f64, row.people as f64),
                share(row.limit_cut, row.limits_before),
                share(row.withdrawn_credit, row.credit_before),
            ];
            if judged {
                cells.push(known(row.over_indebted_before));
                cells.push(known(row.over_indebted_after));
            }
            rows.push(Row { cells, continues: at > 0 });
        }
    }
    Body { caption: "who is cut".into(), columns, rows }
}

/// Where policies stop helping.
pub fn break_evens(view: &View<'_>) -> Body {
    let columns = vec![
        Column::key("policy"),
        Column::words("change of"),
        Column::words("number"),
        Column::number("flips at", ""),
        Column::number("from", ""),
        Column::number("change there", ""),
        Column::number("to", ""),
        Column::number("change there", ""),
    ];
    let own = view.run.break_evens.iter();
    let own = own.filter(|own| view.is_asked(&own.policy) && view.is_level(own.level));
    let rows = own.map(|own| {
        let place = match (own.value, own.lower, own.upper) {
            (None, ..) => "does not flip".to_owned(),
            (Some(value), lower, upper) => {
                let end = |x: Option<f64>| x.map_or_else(|| "?".to_owned(), rounded);
                format!("{} ({} to {})", rounded(value), end(lower), end(upper))
            }
        };
        Row::of(vec![
            view.policy(&own.policy),
            Cell::text(measure_name(own.measure, own.level)),
            Cell::text(&own.key),
            Cell::Text(place),
            Cell::given(Some(own.from)),
            Cell::change(Some(own.at_from)),
            Cell::given(Some(own.to)),
            Cell::change(Some(own.at_to)),
        ])
    });
    Body { caption: "where policies stop helping".into(), columns, rows: rows.collect() }
}

fn rounded(x: f64) -> String {
    super::super::numbers::decimal(x, 3)
}
