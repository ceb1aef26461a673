//! The formats in which a command hands out a table.

use clap::ValueEnum;
use serde::Serialize;

use super::terminal::terminal;
use crate::error::Error;
use crate::media;
use crate::report::sheet::Sheet;
use crate::report::{sheet_latex, sheet_markdown, sheet_text};

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people
    Text,
    /// One row per number
    Csv,
    /// Everything, for programs
    Json,
}

/// Indented JSON with a line break behind it.
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut bytes = media::json(serde_json::to_vec_pretty(value).map_err(|e| unwritable(&e))?);
    bytes.push(b'\n');
    Ok(bytes)
}

/// A table that does not go into its format.
pub fn unwritable(reason: &dyn std::fmt::Display) -> Error {
    Error::Refused {
        message: format!("cannot put the results into their format: {reason}"),
        hint: None,
    }
}

/// In which form a sheet is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SheetFormat {
    /// A table for people
    Text,
    /// A pipe table, as GitHub and others draw it
    Markdown,
    /// One row per number
    Csv,
    /// The same for programs
    Json,
    /// A table for a paper, with booktabs
    Latex,
}

impl SheetFormat {
    /// A sheet for people; CSV and JSON are made elsewhere, as they hold more than a sheet.
    pub fn print(self, sheet: &Sheet) -> String {
        match self {
            Self::Markdown => sheet_markdown::markdown(sheet),
            Self::Latex => sheet_latex::latex(sheet),
            Self::Text | Self::Csv | Self::Json => sheet_text::text(sheet, terminal()),
        }
    }
}
