//! Sheets of the lenders behind a book.

use super::super::at_a_glance::Line;
use super::super::numbers::Scale;
use super::super::sheet::{Cell, Column, Row};
use super::{Body, View, measure_name};
use crate::measures::row::MeasureRow;
use crate::measures::{Comparison, Estimate, Measure, Unit};
use crate::system::ScopeKind;

/// A number that is shown: measure and its level or threshold.
type Shown = (Measure, Option<f64>);

/// All that lenders lose, and what becomes of them.
pub fn total(view: &View<'_>) -> Body {
    let find = |policy: &str, (measure, at): Shown| {
        let row = view.run.summary.rows.iter().find(|row| {
            row.scope_kind == ScopeKind::Total
                && row.policy == policy
                && row.measure == measure
                && row.level.or(row.threshold) == at
                && row.comparison == Comparison::Level
        });
        row.map(|row| row.estimate)
    };
    let mut shown: Vec<(Shown, String)> =
        vec![((Measure::ExpectedLoss, None), measure_name(Measure::ExpectedLoss, None))];
    for level in view.levels() {
        let of = (Measure::ExpectedShortfall, Some(level));
        shown.push((of, measure_name(of.0, of.1)));
    }
    shown.push(((Measure::FailuresAtLeast, Some(1.0)), "P(some lender fails)".into()));
    shown.push(((Measure::Failures, None), "mean failures".into()));
    shown.push(((Measure::CapitalShortfall, None), "capital lacking".into()));
    shown.push(((Measure::BankruptcyCosts, None), "bankruptcy costs".into()));
    shown.push(((Measure::FeedbackLoss, None), "second round".into()));
    let policies = &view.run.policies;
    shown.retain(|(of, _)| policies.iter().any(|policy| find(&policy.id, *of).is_some()));
    // The largest decides, as some of these are nothing under the baseline.
    let scales: Vec<Scale> = shown
        .iter()
        .map(|(of, _)| {
            let all = policies.iter().filter_map(|policy| find(&policy.id, *of));
            Scale::of(all.map(|e| e.value.max(e.upper.unwrap_or(0.0))).fold(0.0, f64::max))
        })
        .collect();
    let mut columns = vec![Column::key("policy")];
    for ((of, name), &scale) in shown.iter().zip(&scales) {
        let unit = if of.0.unit() == Unit::Currency { view.unit(scale) } else { String::new() };
        columns.push(Column::number(name, unit));
    }
    let mut rows = Vec::new();
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        let mut cells = vec![view.policy(&policy.id)];
        for ((of, _), &scale) in shown.iter().zip(&scales) {
            cells.push(cell(of.0, find(&policy.id, *of), scale));
        }
        rows.push(Row::of(cells));
    }
    Body { caption: "all losses of lenders, and their failures".into(), columns, rows }
}

/// A number in its unit.
fn cell(measure: Measure, estimate: Option<Estimate>, scale: Scale) -> Cell {
    match measure.unit() {
        Unit::Currency => Cell::amount(estimate, scale),
        Unit::Fraction => Cell::share(estimate),
        Unit::Count => Cell::number(estimate, 1.0, "", false),
    }
}

/// The numbers of every lender.
pub fn lender_risk(view: &View<'_>) -> Body {
    let Some(system) = &view.run.system else {
        return Body { caption: String::new(), columns: Vec::new(), rows: Vec::new() };
    };
    let level = view.level();
    let mut shown: Vec<Shown> = Vec::new();
    for row in &system.rows {
        let of = (row.measure, row.level);
        if (row.level.is_none() || row.level == level) && !shown.contains(&of) {
            shown.push(of);
        }
    }
    let scales: Vec<Scale> = shown
        .iter()
        .map(|&of| {
            let own = system.rows.iter().filter(|row| (row.measure, row.level) == of);
            Scale::of(own.map(|row| row.estimate.value.abs()).fold(0.0, f64::max))
        })
        .collect();
    let mut columns = vec![Column::key("policy"), Column::key("lender")];
    for (&(measure, level), &scale) in shown.iter().zip(&scales) {
        let unit = if measure.unit() == Unit::Currency { view.unit(scale) } else { String::new() };
        columns.push(Column::number(measure_name(measure, level), unit));
    }
    let mut rows = Vec::new();
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        for (at, lender) in system.lenders.iter().enumerate() {
            let first = if at == 0 { view.policy(&policy.id) } else { Cell::Empty };
            let mut cells = vec![first, Cell::text(&lender.name)];
            for (&of, &scale) in shown.iter().zip(&scales) {
                let found = system.rows.iter().find(|row| {
                    row.policy == policy.id
                        && row.lender == lender.name
                        && (row.measure, row.level) == of
                        && !row.degenerate
                });
                cells.push(cell(of.0, found.map(|row| row.estimate), scale));
            }
            rows.push(Row { cells, continues: at > 0 });
        }
    }
    Body { caption: "the risk of every lender, and to the others".into(), columns, rows }
}

/// The law of the number of failures.
pub fn failures(view: &View<'_>) -> Body {
    let columns = vec![
        Column::key("policy"),
        Column { is_number: true, ..Column::key("failures") },
        Column::number("P(so many)", ""),
        Column::number("P(so many or more)", ""),
    ];
    let points = || view.run.system.iter().flat_map(|system| &system.failures);
    let mut rows = Vec::new();
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        for (at, point) in points().filter(|point| point.policy == policy.id).enumerate() {
            let first = if at == 0 { view.policy(&policy.id) } else { Cell::Empty };
            let cells = vec![
                first,
                Cell::count(point.failures.into()),
                Cell::share(Some(point.probability)),
                Cell::share(Some(point.at_least)),
            ];
            rows.push(Row { cells, continues: at > 0 });
        }
    }
    Body { caption: "how many lenders fail".into(), columns, rows }
}

/// What tranches lose.
pub fn tranches(view: &View<'_>) -> Body {
    let Some(system) = &view.run.system else {
        return Body { caption: String::new(), columns: Vec::new(), rows: Vec::new() };
    };
    let largest = system.tranches.iter().map(|own| own.amount).fold(0.0, f64::max);
    let size = Scale::of(largest);
    let own = |row: &&MeasureRow| row.scope_kind == ScopeKind::Tranche;
    let levels = view.levels();
    let mut shown: Vec<Shown> = vec![(Measure::ExpectedLoss, None)];
    shown.extend(levels.iter().map(|&q| (Measure::ExpectedShortfall, Some(q))));
    let mut columns = vec![
        Column::key("policy"),
        Column::key("tranche"),
        Column::words("holder"),
        Column::number("amount", view.unit(size)),
    ];
    for &(measure, level) in &shown {
        columns.push(Column::number(measure_name(measure, level), "% of it"));
    }
    let mut rows = Vec::new();
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        let tranches = system.tranches.iter().filter(|own| own.policy == policy.id);
        for (at, tranche) in tranches.enumerate() {
            let first = if at == 0 { view.policy(&policy.id) } else { Cell::Empty };
            let holder = tranche.holder.as_deref().unwrap_or("investors");
            let amount = Cell::exact(tranche.amount, size.by, "", 1);
            let mut cells = vec![first, Cell::text(&tranche.tranche), Cell::text(holder), amount];
            for &(measure, level) in &shown {
                let found = view.run.summary.rows.iter().filter(own).find(|row| {
                    row.policy == policy.id
                        && row.scope == tranche.tranche
                        && (row.measure, row.level) == (measure, level)
                        && row.comparison == Comparison::Level
                });
                let found = found.map(|row| row.estimate).filter(|_| tranche.amount > 0.0);
                cells.push(Cell::number(found, 0.01 * tranche.amount, "", false));
            }
            rows.push(Row { cells, continues: at > 0 });
        }
    }
    Body { caption: "what tranches lose, as a share of their size".into(), columns, rows }
}
