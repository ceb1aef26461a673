//! A comparison as a sheet: one row per policy and measure.

use super::comparable::describe;
use super::comparison::{About, Comparison, Row as Compared};
use super::numbers::{Scale, counted, percent};
use super::sheet::{Cell, Column, Row, Sheet};
use crate::measures::{Estimate, Measure, Unit};

/// The rows that stand in the comparison.
pub fn sheet(comparison: &Comparison) -> Sheet {
    let loss = comparison.rows.iter().find(|row| row.measure == Measure::ExpectedLoss);
    let scale = Scale::of(loss.map_or(0.0, |row| row.a.value));
    let unit = scale.unit(&comparison.currency);
    let columns = vec![
        Column::key("policy"),
        Column::key("measure"),
        Column::number("A", &unit),
        Column::number("B", &unit),
        Column::number("B - A", &unit),
        Column::number("B - A, of A", ""),
    ];
    let mut rows: Vec<Row> = Vec::new();
    let mut last = None;
    for row in &comparison.rows {
        let continues = last == Some(&row.policy);
        last = Some(&row.policy);
        let amount = |estimate: &Estimate, plus| match row.unit {
            Unit::Currency => Cell::number(Some(*estimate), scale.by, "", plus),
            _ => Cell::number(Some(*estimate), 1.0, "", plus),
        };
        let name = Cell::Policy { id: row.policy.clone(), title: row.policy.clone() };
        let is_clear = row.is_clear(comparison.confidence);
        rows.push(Row {
            cells: vec![
                if continues { Cell::Empty } else { name },
                Cell::text(measure(row)),
                amount(&row.a, false),
                amount(&row.b, false),
                amount(&row.difference, true),
                Cell::change(row.relative).marked(is_clear),
            ],
            continues,
        });
    }
    let scope = match comparison.rows.first() {
        Some(row) if row.scope != "system" => {
            format!(" of {} {}", row.scope_kind.as_str(), row.scope)
        }
        _ => String::new(),
    };
    let (a, b) = (&comparison.a, &comparison.b);
    let caption = format!("{} (A) against {} (B){scope}.", a.path, b.path);
    let provenance = format!("tailcap {}; A: {}; B: {}", comparison.version, about(a), about(b));
    let label = format!("{}-against-{}", a.scenario, b.scenario);
    let notes = comparison.notes.iter().map(describe).collect();
    Sheet { name: "differences", caption, provenance, label, columns, rows, notes }.aligned()
}

fn about(about: &About) -> String {
    let trials = counted(about.trials, "trial", "trials");
    format!("{}, {trials}, seed {}, tailcap {}", about.scenario, about.seed, about.version)
}

/// A measure of a comparison in short.
pub fn measure(row: &Compared) -> String {
    let level = row.level.map(|q| format!(" {}", percent(q))).unwrap_or_default();
    match row.measure {
        Measure::Credit => "credit".into(),
        Measure::ExpectedLoss => "EL".into(),
        Measure::ValueAtRisk => format!("VaR{level}"),
        Measure::ExpectedShortfall => format!("ES{level}"),
        other => format!("{}{level}", other.as_str().replace('_', " ")),
    }
}
