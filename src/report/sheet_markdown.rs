//! A sheet as a pipe table, as GitHub and others draw it.

use std::fmt::Write;

use super::sheet::{Cell, Sheet};
use crate::media::markdown as safe;

/// The caption, the table and what its marks mean.
pub fn markdown(sheet: &Sheet) -> String {
    let mut out = String::new();
    let mut push = |line: &str| {
        writeln!(out, "{line}").expect("writing to a string cannot fail");
    };
    push(&format!("**{}**", safe(&sheet.caption)));
    push("");
    let headings = sheet.columns.iter().map(|column| {
        let unit =
            if column.unit.is_empty() { String::new() } else { format!(" ({})", column.unit) };
        safe(&format!("{}{unit}", column.heading))
    });
    push(&line(headings));
    let rules = sheet.columns.iter().map(|column| if column.is_number { "---:" } else { "---" });
    push(&line(rules.map(str::to_owned)));
    for row in &sheet.rows {
        push(&line(row.cells.iter().map(cell)));
    }
    push("");
    for mark in sheet.legend() {
        push(&format!("{}  ", safe(&mark)));
    }
    for note in &sheet.notes {
        push(&format!("note: {}  ", safe(note)));
    }
    push(&format!("<sub>{}</sub>", safe(&sheet.provenance)));
    out
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::None => "-".to_owned(),
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Policy { title: text, .. } => safe(text),
        Cell::Under(text) => format!("&emsp;{}", safe(text)),
        Cell::Number(number) => {
            let ends = number.ends().map_or_else(String::new, |ends| format!(" {ends}"));
            let text = format!("{}{}{ends}{}", number.parts().value, number.unit, number.marks());
            safe(&text)
        }
    }
}
