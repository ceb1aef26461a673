//! Synthetic comparisons: clear and unclear differences, many policies, next to nothing.

use crate::measures::between::Basis;
use crate::measures::estimate::Quality;
use crate::measures::{Estimate, Figures, Measure};
use crate::plots::{Figure, FigureContext, PolicyName, differences};
use crate::report::comparison::Row;
use crate::report::overlay::Source;
use crate::system::ScopeKind;

const MEASURES: [(Measure, Option<f64>); 6] = [
    (Measure::Credit, None),
    (Measure::ExpectedLoss, None),
    (Measure::ValueAtRisk, Some(0.99)),
    (Measure::ValueAtRisk, Some(0.999)),
    (Measure::ExpectedShortfall, Some(0.99)),
    (Measure::ExpectedShortfall, Some(0.999)),
];

fn row(policy: &str, at: usize, value: f64, half: f64, quality: Quality) -> Row {
    let (measure, level) = MEASURES[at];
    let is_exact = quality == Quality::Exact;
    let relative = Estimate::of(Figures {
        standard_error: Some(half / 2.0),
        lower: Some(value - half),
        upper: Some(value + half),
        quality,
        ..*Estimate::exact(value, 0.95)
    });
    Row {
        policy: policy.to_owned(),
        scope_kind: ScopeKind::System,
        scope: "system".to_owned(),
        measure,
        level,
        threshold: None,
        unit: measure.unit(),
        a: Estimate::exact(1.0, 0.95),
        b: Estimate::exact(1.0 + value, 0.95),
        difference: relative,
        relative: Some(relative),
        basis: if is_exact { Basis::Exact } else { Basis::Independent },
        adjusted_p: (!is_exact).then_some(if value.abs() > 1.5 * half { 0.001 } else { 0.4 }),
    }
}

/// Rows of so many policies whose differences spread round `centre`.
fn rows(policies: &[String], centre: f64, half: f64) -> Vec<Row> {
    let of = |(number, policy): (usize, &String)| {
        let policy = policy.clone();
        (0..MEASURES.len()).map(move |at| {
            let tilt = 1.0 + 0.3 * at as f64 - 0.1 * number as f64;
            let quality = match at {
                0 => Quality::Exact,
                3 => Quality::TooFew,
                _ => Quality::Good,
            };
            let half = if at == 0 { 0.0 } else { half * tilt.abs() };
            row(&policy, at, if at == 0 { 0.0 } else { centre * tilt }, half, quality)
        })
    };
    policies.iter().enumerate().flat_map(of).collect()
}

pub fn draw_all(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    let draw = |titles: &[String], rows: &[Row], context: &FigureContext| {
        let names: Vec<PolicyName<'_>> =
            titles.iter().map(|id| PolicyName { id, title: id, is_step: false }).collect();
        differences(rows, &names, context).unwrap().unwrap()
    };
    let two = ["Limits as they are".to_owned(), "No line above 100,000".to_owned()];
    let many: Vec<String> = (0..9)
        .map(|n| format!("A policy with quite a long title, number {n}, {}", "x".repeat(40)))
        .collect();
    let mut open = rows(&two[..1], 0.02, 0.01);
    open[2].relative = open[2].relative.map(|e| Estimate::of(Figures { lower: None, ..*e }));
    let source =
        |label: &str, trials| Source { label: label.to_owned(), trials, plan: None, seed: 1 };
    let sources = vec![source("A", 4_000), source("B", 100_000)];
    let apart = FigureContext { sources, ..context.clone() };
    vec![
        ("two", draw(&two, &rows(&two, 0.04, 0.02), &apart)),
        ("falls", draw(&two, &rows(&two, -0.31, 0.01), context)),
        ("nine", draw(&many, &rows(&many, 0.002, 0.004), context)),
        ("same", draw(&two, &rows(&two, 0.0, 0.0), context)),
        ("open", draw(&two, &open, context)),
    ]
}
