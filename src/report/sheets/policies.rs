//! Sheets that hold policies against each other.

use super::super::at_a_glance::Line;
use super::super::numbers::Scale;
use super::super::sheet::{Cell, Column, Row};
use super::{Body, View, measure_name};
use crate::measures::frontier::FrontierRule;
use crate::measures::{Comparison, Measure, Unit};

/// Credit, EL, VaR and ES; below every policy its changes.
pub fn comparison(view: &View<'_>) -> Body {
    let credit = view.scale(Measure::Credit, None);
    let loss = view.scale(Measure::ExpectedLoss, None);
    let mut shown = vec![(Measure::Credit, None), (Measure::ExpectedLoss, None)];
    for level in view.levels() {
        shown.push((Measure::ValueAtRisk, Some(level)));
        shown.push((Measure::ExpectedShortfall, Some(level)));
    }
    let scale = |measure| if measure == Measure::Credit { credit } else { loss };
    let mut columns = vec![Column::key("policy")];
    columns.extend(shown.iter().map(|&(measure, level)| {
        Column::number(measure_name(measure, level), view.unit(scale(measure)))
    }));
    let baseline = &view.results.scenario.baseline;
    let mut rows = Vec::new();
    for line in view.policies() {
        let policy = match line {
            Line::Policy(policy) => policy,
            Line::More { caps } => {
                let mut cells = vec![Cell::text(format!("… {caps} more caps"))];
                cells.resize(columns.len(), Cell::Empty);
                rows.push(Row::of(cells));
                continue;
            }
        };
        let mut cells = vec![view.policy(&policy.id)];
        cells.extend(shown.iter().map(|&(measure, level)| {
            let found = view.find(&policy.id, (measure, level), Comparison::Level);
            Cell::amount(found, scale(measure))
        }));
        rows.push(Row::of(cells));
        if policy.id == *baseline {
            continue;
        }
        let against = [
            (Comparison::RelativeChange, format!("vs {baseline}")),
            (Comparison::RelativeChangeAtEqualCredit, "vs equal-credit cut".to_owned()),
        ];
        for (comparison, name) in against {
            let found: Vec<_> =
                shown.iter().map(|&of| view.find(&policy.id, of, comparison)).collect();
            // Credit is the same by construction; without a loss there is nothing to say.
            if found.iter().skip(1).all(Option::is_none) {
                continue;
            }
            let mut cells = vec![Cell::Under(name)];
            cells.extend(found.into_iter().map(Cell::change));
            rows.push(Row { cells, continues: true });
        }
    }
    let levels = if view.levels().is_empty() { "credit and EL" } else { "credit, EL, VaR and ES" };
    let caption = format!("{levels}{} by policy, and changes", view.of_scope());
    Body { caption, columns, rows }
}

/// Every measure, one per row.
pub fn measures(view: &View<'_>) -> Body {
    let baseline = &view.results.scenario.baseline;
    let currency = &view.results.scenario.currency;
    let columns = vec![
        Column::key("policy"),
        Column::key("measure"),
        Column::words("unit"),
        Column::number("value", ""),
        Column::number(format!("vs {baseline}"), ""),
    ];
    let mut rows: Vec<Row> = Vec::new();
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        let own = view.rows().filter(|row| {
            row.policy == policy.id
                && row.comparison == Comparison::Level
                && view.is_level(row.level)
        });
        let mut is_first = true;
        for row in own {
            let of = (row.measure, row.level);
            let scale = match row.unit {
                Unit::Currency => view.scale(row.measure, row.level),
                _ => Scale::of(0.0),
            };
            let is_ratio = row.measure == Measure::ExpectedShortfallOverMean;
            let (unit, value) = match row.unit {
                Unit::Currency => (view.unit(scale), Cell::amount(Some(row.estimate), scale)),
                Unit::Fraction if is_ratio => {
                    ("times".to_owned(), Cell::number(Some(row.estimate), 1.0, "", false))
                }
                Unit::Fraction => (String::new(), Cell::share(Some(row.estimate))),
                Unit::Count => (String::new(), Cell::amount(Some(row.estimate), scale)),
            };
            let name = match row.threshold {
                Some(at) if row.measure == Measure::ExceedanceProbability => {
                    format!("P(loss > {currency} {})", super::super::sheet::plain(at))
                }
                Some(at) => format!("{} {at}", measure_name(row.measure, None)),
                None => measure_name(row.measure, row.level),
            };
            let change = view.rows().find(|other| {
                other.policy == row.policy
                    && (other.measure, other.level) == of
                    && other.threshold == row.threshold
                    && other.comparison == Comparison::RelativeChange
            });
            let policy = if is_first { view.policy(&policy.id) } else { Cell::Empty };
            let change = Cell::change(change.map(|row| row.estimate));
            let cells = vec![policy, Cell::text(name), Cell::text(unit), value, change];
            rows.push(Row { cells, continues: !is_first });
            is_first = false;
        }
    }
    Body { caption: format!("every measure{} by policy", view.of_scope()), columns, rows }
}

/// What policies and their proportional cuts save of ES for the credit that they withdraw.
pub fn frontier(view: &View<'_>) -> Body {
    let levels = view.levels();
    let mut columns = vec![Column::key("policy"), Column::number("credit withdrawn", "")];
    let saved = |&level: &f64| {
        Column::number(
            format!("{} saved", measure_name(Measure::ExpectedShortfall, Some(level))),
            "",
        )
    };
    columns.extend(levels.iter().map(saved));
    let points = &view.run.summary.frontier;
    let mut rows = Vec::new();
    for line in view.policies() {
        let Line::Policy(policy) = line else { continue };
        for rule in [FrontierRule::Policy, FrontierRule::EqualCreditCut] {
            let own: Vec<_> =
                points.iter().filter(|p| p.policy == policy.id && p.rule == rule).collect();
            let Some(first) = own.first() else { continue };
            let is_cut = rule == FrontierRule::EqualCreditCut;
            let name = if is_cut {
                Cell::Under("equal-credit cut".into())
            } else {
                view.policy(&policy.id)
            };
            let mut cells = vec![name, Cell::exact(first.credit_withdrawn, 0.01, " %", 2)];
            cells.extend(levels.iter().map(|&level| {
                Cell::share(own.iter().find(|p| p.level == level).map(|p| p.loss_saved))
            }));
            rows.push(Row { cells, continues: is_cut });
        }
    }
    Body { caption: "loss saved for the credit given up".into(), columns, rows }
}

/// What the caps of ladders leave of credit and losses.
pub fn ladder(view: &View<'_>) -> Body {
    let currency = &view.results.scenario.currency;
    let mut shown = vec![(Measure::ExpectedLoss, None)];
    shown.extend(view.levels().iter().map(|&q| (Measure::ExpectedShortfall, Some(q))));
    let several = view.run.summary.ladders.len() > 1;
    let mut columns = Vec::new();
    if several {
        columns.push(Column::key("ladder"));
    }
    columns.push(Column { is_number: true, ..Column::key("cap") });
    if let Some(last) = columns.last_mut() {
        last.unit = currency.clone();
    }
    columns.push(Column::number("credit kept", ""));
    columns.push(Column::number("people cut", ""));
    columns.extend(shown.iter().map(|&(measure, level)| {
        Column::number(format!("change of {}", measure_name(measure, level)), "")
    }));
    let mut rows = Vec::new();
    for ladder in &view.run.summary.ladders {
        for point in ladder.points.iter().filter(|point| view.is_asked(&point.policy)) {
            let mut cells = Vec::new();
            if several {
                cells.push(Cell::text(&ladder.ladder));
            }
            cells.push(Cell::Text(super::super::sheet::plain(point.cap)));
            cells.push(point.credit_kept.map_or(Cell::None, |x| Cell::exact(x, 0.01, " %", 1)));
            let people = point.people_cut as f64 / point.people.max(1) as f64;
            cells.push(Cell::exact(people, 0.01, " %", 1));
            cells.extend(shown.iter().map(|&(measure, level)| {
                let found = point.values.iter().find(|row| {
                    (row.measure, row.level) == (measure, level)
                        && row.comparison == Comparison::RelativeChange
                });
                Cell::change(found.map(|row| row.estimate))
            }));
            rows.push(Row::of(cells));
        }
    }
    Body { caption: "what caps leave of credit and losses".into(), columns, rows }
}
