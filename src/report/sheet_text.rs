//! A sheet as text: columns side by side while there is room, the others below under the same rows.

use std::fmt::Write;

use super::curves::Terminal;
use super::screen_table::short;
use super::sheet::{Cell, Column, Sheet, broken};
use super::wrapping::wrapped_to;

/// Spaces between columns.
const GAP: usize = 2;
/// No name of a row is wider.
const NAME: usize = 28;
/// Words that name nothing have at least so much of the line.
const WORDS: usize = 24;

/// The table in lines as wide as the terminal at most.
pub fn text(sheet: &Sheet, terminal: Terminal) -> String {
    // What stands for a sign may be wider: it is put in before columns are.
    let plain = |text: &str| if terminal.unicode { text.to_owned() } else { plain(text) };
    let width = terminal.width;
    let mut out = String::new();
    let mut push = |line: &str| {
        writeln!(out, "{}", line.trim_end()).expect("writing to a string cannot fail");
    };
    for line in wrapped_to(&plain(&sheet.caption), width, 0) {
        push(&line);
    }
    let keys: Vec<usize> = indices(sheet, |column| column.is_key);
    let others: Vec<usize> = indices(sheet, |column| !column.is_key);
    let mut printed: Vec<Printed> =
        (0..sheet.columns.len()).map(|at| printed(sheet, at, NAME, &plain)).collect();
    // Words take what numbers leave, over several lines.
    let words: Vec<usize> =
        others.iter().copied().filter(|&at| !sheet.columns[at].is_number).collect();
    if let Some(share) = words.len().checked_sub(1).map(|more| more + 1) {
        let is_words = |at: &usize| words.contains(at);
        let taken: usize =
            (0..printed.len()).filter(|at| !is_words(at)).map(|at| printed[at].width + GAP).sum();
        let room = (width.saturating_sub(taken) / share).saturating_sub(GAP).max(WORDS);
        for &at in &words {
            printed[at] = self::printed(sheet, at, room, &plain);
        }
    }
    let names: usize = keys.iter().map(|&at| printed[at].width + GAP).sum();
    let widths: Vec<usize> = others.iter().map(|&at| printed[at].width + GAP).collect();
    let mut at = 0;
    for end in broken(&widths, (width + GAP).saturating_sub(names)) {
        push("");
        let block: Vec<&Printed> =
            keys.iter().chain(&others[at..end]).map(|&at| &printed[at]).collect();
        for line in 0..2 {
            let words: Vec<&str> = block.iter().map(|own| own.heading[line].as_str()).collect();
            if line == 0 || words.iter().any(|word| !word.is_empty()) {
                push(&joined(&block, &words));
            }
        }
        for row in 0..sheet.rows.len() {
            let height = block.iter().map(|own| own.cells[row].len()).max().unwrap_or(0);
            for line in 0..height {
                let word = |own: &&Printed| own.cells[row].get(line).cloned().unwrap_or_default();
                let words: Vec<String> = block.iter().map(word).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                push(&joined(&block, &words));
            }
        }
        at = end;
    }
    let mut below = sheet.legend();
    below.extend(sheet.notes.iter().map(|note| format!("note: {note}")));
    if !below.is_empty() {
        push("");
    }
    for line in &below {
        wrapped_to(&plain(line), width, 2).iter().for_each(|line| push(line));
    }
    out
}

/// Signs of the screen in ASCII; what users wrote stays as it is.
pub fn plain(text: &str) -> String {
    let signs = [("±", "+-"), ("·", "|"), ("…", "..")];
    signs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A column, ready to be joined.
struct Printed {
    heading: [String; 2],
    cells: Vec<Vec<String>>,
    width: usize,
    right: bool,
}

fn printed(sheet: &Sheet, at: usize, most: usize, plain: &impl Fn(&str) -> String) -> Printed {
    let column = &sheet.columns[at];
    let cells: Vec<Vec<String>> = sheet
        .rows
        .iter()
        .map(|row| match &row.cells[at] {
            Cell::Text(text) if !column.is_key && !column.is_number => {
                wrapped_to(&plain(text), most, 0)
            }
            other => vec![plain(&cell(other, most))],
        })
        .collect();
    let heading = [plain(&column.heading), plain(&column.unit)];
    let long = |text: &String| text.chars().count();
    let width = cells.iter().flatten().chain(&heading).map(long).max().unwrap_or(0);
    Printed { heading, cells, width, right: column.is_number }
}

fn cell(cell: &Cell, most: usize) -> String {
    match cell {
        Cell::None => "-".to_owned(),
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Policy { id: text, .. } => short(text, most),
        Cell::Under(text) => short(&format!("  {text}"), most),
        Cell::Number(number) => number.short(),
    }
}

fn joined(block: &[&Printed], words: &[&str]) -> String {
    let gap = " ".repeat(GAP);
    let cells = block.iter().zip(words).map(|(own, word)| {
        let fill = " ".repeat(own.width.saturating_sub(word.chars().count()));
        if own.right { format!("{fill}{word}") } else { format!("{word}{fill}") }
    });
    cells.collect::<Vec<_>>().join(&gap)
}

fn indices(sheet: &Sheet, wanted: impl Fn(&Column) -> bool) -> Vec<usize> {
    let columns = sheet.columns.iter().enumerate();
    columns.filter(|(_, column)| wanted(column)).map(|(at, _)| at).collect()
}
