//! `tailcap schema`: JSON Schemas for editors and readers of results.

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::fail::Failure;
use super::say::say;
use crate::error::Error;
use crate::report::Results;
use crate::scenario;

const AFTER: &str = "\
docs/scenario.md says how an editor is told to complete and check a scenario file with it.

Examples:
  tailcap schema scenario > scenario.schema.json
  tailcap schema results > results.schema.json";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct SchemaArgs {
    /// Which file format
    #[arg(value_enum, value_name = "FORMAT")]
    of: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A scenario file
    Scenario,
    /// results.json
    Results,
}

/// Prints a schema.
pub fn schema(args: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match args.of {
        // As a `Schema` it is printed in the order in which people read.
        Format::Scenario => {
            schemars::Schema::try_from(scenario::schema()).expect("a table is a schema")
        }
        Format::Results => schemars::schema_for!(Results),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|e| Error::Refused { message: e.to_string(), hint: None })?;
    say(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
