//! `tailcap schema`: JSON Schemas for editors and readers of results.

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::fail::Failure;
use crate::error::Error;
use crate::report::Results;

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which format
    #[arg(value_enum)]
    of: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// results.json
    Results,
}

/// Prints a schema.
pub fn schema(args: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match args.of {
        Format::Results => schemars::schema_for!(Results),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|e| Error::Refused { message: e.to_string(), hint: None })?;
    anstream::println!("{text}");
    Ok(Exit::Done)
}
