//! Tables of the page, plain text in and nothing of HTML.

use serde::Serialize;

/// A table.
#[derive(Debug, Default, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Its columns.
    pub head: Vec<Head>,
    /// Its rows, one cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// The heading of a column.
#[derive(Debug, Default, Serialize)]
pub struct Head {
    /// What stands in it.
    pub text: String,
    /// The unit below it, such as `TWD m`; empty: none.
    pub unit: String,
    /// Key of the word of the glossary that explains it; empty: none.
    pub term: &'static str,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// A cell.
#[derive(Debug, Default, Serialize)]
pub struct Cell {
    /// As printed.
    pub text: String,
    /// The number behind it, with all its digits.
    pub value: Option<f64>,
}

impl Table {
    /// A table without rows.
    pub fn new(caption: impl Into<String>, head: Vec<Head>) -> Self {
        Self { caption: caption.into(), head, rows: Vec::new() }
    }
}

/// The heading of a column of words.
pub fn words(text: impl Into<String>) -> Head {
    Head { text: text.into(), ..Head::default() }
}

/// The heading of a column of numbers.
pub fn numbers(text: impl Into<String>, term: &'static str) -> Head {
    Head { text: text.into(), term, is_number: true, ..Head::default() }
}

/// The same with a unit.
pub fn amounts(text: impl Into<String>, unit: String, term: &'static str) -> Head {
    Head { unit, ..numbers(text, term) }
}

/// A cell of words.
pub fn word(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), value: None }
}

/// A number as printed, with the number itself.
pub fn number(text: impl Into<String>, value: f64) -> Cell {
    Cell { text: text.into(), value: value.is_finite().then_some(value) }
}

/// Where there is no number.
pub fn nothing() -> Cell {
    word("–")
}
