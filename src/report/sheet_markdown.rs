//! A sheet as a pipe table, as GitHub and others draw it.

use std::fmt::Write;

use super::sheet::{Cell, Sheet};

/// The caption, the table and what its marks mean.
pub fn markdown(sheet: &Sheet) -> String {
    let mut out = String::new();
    let mut push = |line: &str| {
        writeln!(out, "{line}").expect("writing to a string cannot fail");
    };
    push(&format!("**{}**", escaped(&sheet.caption)));
    push("");
    let headings = sheet.columns.iter().map(|column| {
        let unit =
            if column.unit.is_empty() { String::new() } else { format!(" ({})", column.unit) };
        escaped(&format!("{}{unit}", column.heading))
    });
    push(&line(headings));
    let rules = sheet.columns.iter().map(|column| if column.is_number { "---:" } else { "---" });
    push(&line(rules.map(str::to_owned)));
    for row in &sheet.rows {
        push(&line(row.cells.iter().map(cell)));
    }
    push("");
    for mark in sheet.legend() {
        push(&format!("{}  ", escaped(&mark)));
    }
    for note in &sheet.notes {
        push(&format!("note: {}  ", escaped(note)));
    }
    push(&format!("<sub>{}</sub>", escaped(&sheet.provenance)));
    out
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::None => "-".to_owned(),
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Policy { title: text, .. } => escaped(text),
        Cell::Under(text) => format!("&emsp;{}", escaped(text)),
        Cell::Number(number) => {
            let ends = number.ends().map_or_else(String::new, |ends| format!(" {ends}"));
            let text = format!("{}{}{ends}{}", number.parts().value, number.unit, number.marks());
            escaped(&text)
        }
    }
}

/// What would be markup is written as text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A line break would end the row.
            '\n' | '\r' => out.push(' '),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '$' | '#' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_do_not_become_markup() {
        assert_eq!(escaped("a|b *c* <i> & $x$_1"), "a\\|b \\*c\\* &lt;i&gt; &amp; \\$x\\$\\_1");
        assert_eq!(escaped("two\nlines"), "two lines");
    }
}
