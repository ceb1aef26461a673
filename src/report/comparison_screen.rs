//! A comparison for people: one line per policy and measure, in 100 columns.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, TableStyle};

use super::comparable::describe;
use super::comparison::{About, Comparison, Row};
use super::comparison_sheet::measure;
use super::numbers::{Scale, Sign, banded, counted, decimal};
use super::screen::change;
use super::screen_table::short;
use crate::measures::between::Basis;
use crate::measures::{Estimate, Measure, Quality, Unit};

/// Columns of the screen.
const WIDTH: usize = 100;

/// What is printed of each policy; the other formats have every measure.
pub const SHOWN: [Measure; 4] =
    [Measure::Credit, Measure::ExpectedLoss, Measure::ValueAtRisk, Measure::ExpectedShortfall];

/// The heading, the table of the rows that stand in the comparison, and the notes.
pub fn screen(comparison: &Comparison) -> String {
    let mut out = String::new();
    push(&mut out, &heading("A", &comparison.a));
    push(&mut out, &heading("B", &comparison.b));
    let bands = format!("{} % bands", decimal(100.0 * comparison.confidence, 0));
    let scope = match comparison.rows.first() {
        Some(row) if row.scope != "system" => {
            format!(" · {} {}", row.scope_kind.as_str(), row.scope)
        }
        _ => String::new(),
    };
    let variant = match comparison.variant.as_str() {
        "base" => String::new(),
        id => format!(" · variant {id}"),
    };
    push(&mut out, &format!("{bands}{scope}{variant} · {}", bases(&comparison.rows)));
    push(&mut out, "");
    out.push_str(&table(comparison));
    let clear = comparison.rows.iter().filter(|row| row.is_clear(comparison.confidence)).count();
    let asked = comparison.asked();
    if asked > 0 {
        push(&mut out, "");
        let sure = decimal(100.0 * comparison.confidence, 0);
        push(
            &mut out,
            &match clear {
                0 => format!(
                    "no difference is clear of 0 at {sure} %, allowing for {}",
                    counted(asked as u64, "number", "numbers")
                ),
                _ => format!(
                    "* clear of 0 at {sure} %, allowing for {} ({clear} of them)",
                    counted(asked as u64, "number", "numbers")
                ),
            },
        );
    }
    for note in &comparison.notes {
        push(&mut out, &wrapped(&format!("note: {}", describe(note))));
    }
    out
}

/// A text over as many lines as it needs, the later ones indented.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > WIDTH {
            lines.push(format!("      {word}"));
        } else if let Some(last) = lines.last_mut() {
            last.push_str(if line > 0 { " " } else { "" });
            last.push_str(word);
        }
    }
    lines.join("\n")
}

fn push(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to a string cannot fail");
}

fn heading(name: &str, about: &About) -> String {
    format!(
        "{name}  {} · {} · {} · seed {} · tailcap {}",
        about.path,
        about.scenario,
        counted(about.trials, "trial", "trials"),
        about.seed,
        about.version
    )
}

/// How the bands came about, in words.
fn bases(rows: &[Row]) -> String {
    let has = |basis| rows.iter().any(|row| row.basis == basis);
    let mut words = Vec::new();
    if has(Basis::Same) {
        words.push("same trials of the same book: no difference");
    }
    if has(Basis::Paired) {
        words.push("errors paired trial by trial");
    }
    if has(Basis::Independent) || has(Basis::Box) {
        words.push("errors taken as independent");
    }
    if words.is_empty() {
        words.push("no number here has a sampling error");
    }
    words.join(", ")
}

fn table(comparison: &Comparison) -> String {
    let el = comparison.rows.iter().find(|row| row.measure == Measure::ExpectedLoss);
    let scale = Scale::of(el.map_or(0.0, |row| row.a.value));
    let unit = scale.unit(&comparison.currency);
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_width(WIDTH as u16);
    table.set_header(vec![
        "policy".to_owned(),
        "measure".to_owned(),
        format!("A\n{unit}"),
        format!("B\n{unit}"),
        format!("B - A\n{unit}"),
        "B - A\nof A".to_owned(),
        String::new(),
    ]);
    let mut last = None;
    for row in &comparison.rows {
        let policy = if last == Some(&row.policy) { String::new() } else { short(&row.policy, 22) };
        last = Some(&row.policy);
        let amount = |e: &Estimate, sign| match (row.unit, e.quality) {
            (Unit::Currency, Quality::Exact | Quality::Approximation) if e.value == 0.0 => {
                "0".to_owned()
            }
            (Unit::Currency, _) => banded(e, scale.by, sign),
            _ => banded(e, 1.0, sign),
        };
        let mark = if row.is_clear(comparison.confidence) { "*" } else { "" };
        table.add_row(vec![
            policy,
            measure(row),
            amount(&row.a, Sign::Minus),
            amount(&row.b, Sign::Minus),
            amount(&row.difference, Sign::Both),
            row.relative.as_ref().map_or_else(|| "-".to_owned(), change),
            mark.to_owned(),
        ]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        // The mark stands right behind the number it is about.
        column.set_padding((0, if at >= 5 { 0 } else { 2 }));
        if (2..6).contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
