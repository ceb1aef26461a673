//! A sheet as a LaTeX table in the manner of `booktabs`: values stand point below point, bands behind them.

use std::fmt::Write;

use super::sheet::{Cell, Column, Sheet, broken};
use crate::media::{latex as latex_text, latex_comment, latex_label};

/// Characters of a line in small type on a page; wider tables go on below under the same names.
const PAGE: usize = 105;
/// Characters between two columns.
const GAP: usize = 2;

/// The `table` environment; it wants `\usepackage{booktabs}`.
pub fn latex(sheet: &Sheet) -> String {
    let mut out = String::new();
    let mut push = |line: &str| {
        writeln!(out, "{line}").expect("writing to a string cannot fail");
    };
    push(&format!("% {}", latex_comment(&sheet.provenance)));
    push("% needs \\usepackage{booktabs}");
    for note in &sheet.notes {
        push(&format!("% note: {}", latex_comment(note)));
    }
    push("\\begin{table}");
    push("  \\centering\\footnotesize");
    push(&format!("  \\caption{{{}}}", latex_text(&sheet.caption)));
    push(&format!("  \\label{{tab:{}}}", latex_label(&sheet.label)));
    for (at, block) in blocks(sheet).iter().enumerate() {
        if at > 0 {
            push("  \\par\\medskip");
        }
        tabular(sheet, block).iter().for_each(|line| push(line));
    }
    for mark in sheet.legend() {
        push(&format!("  \\par\\smallskip {}", latex_text(&mark)));
    }
    push("\\end{table}");
    out
}

/// The columns that stand side by side: those that name rows, and as many as fit beside them.
fn blocks(sheet: &Sheet) -> Vec<Vec<usize>> {
    let all = || 0..sheet.columns.len();
    let keys: Vec<usize> = all().filter(|&at| sheet.columns[at].is_key).collect();
    let names: usize = keys.iter().map(|&at| width(sheet, at) + GAP).sum();
    let others: Vec<usize> = all().filter(|&at| !sheet.columns[at].is_key).collect();
    let widths: Vec<usize> = others.iter().map(|&at| width(sheet, at) + GAP).collect();
    let ends = broken(&widths, PAGE.saturating_sub(names));
    let mut from = 0;
    let block = |end: usize| {
        let own = [&keys[..], &others[from..end]].concat();
        from = end;
        own
    };
    ends.into_iter().map(block).collect()
}

/// Characters of the widest cell.
fn width(sheet: &Sheet, at: usize) -> usize {
    let cell = |cell: &Cell| match cell {
        Cell::None | Cell::Empty => 2,
        Cell::Text(text) | Cell::Under(text) | Cell::Policy { title: text, .. } => {
            text.chars().count()
        }
        Cell::Number(number) => {
            let band = number.ends().map_or(0, |ends| 1 + ends.chars().count());
            number.parts().value.chars().count() + number.unit.chars().count() + band
        }
    };
    let column = &sheet.columns[at];
    let heading = column.heading.chars().count().max(column.unit.chars().count());
    sheet.rows.iter().map(|row| cell(&row.cells[at])).max().unwrap_or(0).max(heading)
}

fn tabular(sheet: &Sheet, block: &[usize]) -> Vec<String> {
    let columns: Vec<(&Column, bool)> =
        block.iter().map(|&at| (&sheet.columns[at], has_bands(sheet, at))).collect();
    let forms = columns.iter().map(|(column, bands)| match (column.is_number, bands) {
        // Value and band have a column each.
        (true, true) => "r@{~}l",
        (true, false) => "r",
        (false, _) => "l",
    });
    let mut lines = vec![
        format!("  \\begin{{tabular}}{{{}}}", forms.collect::<String>()),
        "    \\toprule".to_owned(),
    ];
    let heading = |texts: Vec<String>| {
        let cells = texts.into_iter().zip(&columns);
        let cells = cells.map(|(text, (column, bands))| match (column.is_number, bands) {
            (true, true) => format!("\\multicolumn{{2}}{{c}}{{{text}}}"),
            (true, false) => format!("\\multicolumn{{1}}{{c}}{{{text}}}"),
            (false, _) => text,
        });
        format!("    {} \\\\", cells.collect::<Vec<_>>().join(" & "))
    };
    let words = |column: &Column| latex_text(&column.heading).replace(" - ", " $-$ ");
    lines.push(heading(columns.iter().map(|(column, _)| words(column)).collect()));
    if columns.iter().any(|(column, _)| !column.unit.is_empty()) {
        let unit = |unit: &str| match unit {
            "" => String::new(),
            unit => format!("({})", latex_text(unit)),
        };
        lines.push(heading(columns.iter().map(|(column, _)| unit(&column.unit)).collect()));
    }
    lines.push("    \\midrule".to_owned());
    for row in &sheet.rows {
        let cells = block.iter().zip(&columns).map(|(&at, (column, bands))| {
            let [value, band] = cell(&row.cells[at]);
            match (column.is_number, bands) {
                (true, true) => format!("{value} & {band}"),
                _ => value,
            }
        });
        lines.push(format!("    {} \\\\", cells.collect::<Vec<_>>().join(" & ")));
    }
    lines.push("    \\bottomrule".to_owned());
    lines.push("  \\end{tabular}".to_owned());
    lines
}

fn has_bands(sheet: &Sheet, at: usize) -> bool {
    sheet.rows.iter().any(|row| match &row.cells[at] {
        Cell::Number(number) => number.ends().is_some(),
        _ => false,
    })
}

/// A cell and its band.
fn cell(cell: &Cell) -> [String; 2] {
    match cell {
        Cell::None => ["--".to_owned(), String::new()],
        Cell::Empty => [String::new(), String::new()],
        Cell::Text(text) | Cell::Policy { title: text, .. } => [latex_text(text), String::new()],
        Cell::Under(text) => [format!("\\quad {}", latex_text(text)), String::new()],
        Cell::Number(number) => {
            let minus = |text: &str| latex_text(text).replace('-', "$-$").replace('+', "$+$");
            let value = minus(&format!("{}{}", number.parts().value, number.unit));
            let ends = number.ends().map_or_else(String::new, |ends| minus(&ends));
            match number.marks() {
                marks if marks.is_empty() => [value, ends],
                marks if ends.is_empty() => [format!("{value}$^{{{marks}}}$"), ends],
                marks => [value, format!("{ends}$^{{{marks}}}$")],
            }
        }
    }
}
