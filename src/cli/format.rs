//! The formats in which a command hands out a table.

use clap::ValueEnum;
use serde::Serialize;

use crate::error::Error;

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
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| unwritable(&e))?;
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
