//! `tailcap tape`: the book of a scenario, as it is used, as a CSV tape.

use std::path::PathBuf;

use clap::Args;

use super::Changes;
use super::exit::Exit;
use super::fail::Failure;
use super::input::ready;
use super::say::hand_over;
use crate::disk::{Standing, write_or_keep};
use crate::error::Error;
use crate::portfolio;

const AFTER: &str = "\
The tape holds the book after mapping, defaults, PDs from observed defaults, calibration and
pooling, under the column names that tailcap reads without being told. Running it in place of the
original gives the same numbers.

Examples:
  tailcap tape scenarios/taiwan-cards.toml | head
  tailcap tape my-bank.toml --set portfolio.pool.balance_step=1000 --out pooled.csv";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct TapeArgs {
    /// The scenario file (TOML, YAML or JSON), or the manifest.json of a result
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file
    #[arg(long)]
    force: bool,
}

/// Writes the tape of one scenario.
pub fn tape(args: &TapeArgs) -> Result<Exit, Failure> {
    if let Some(path) = args.out.as_ref().filter(|path| path.exists() && !args.force) {
        let what = "a file".to_owned();
        let hint = "--force replaces it".to_owned();
        return Err(Failure::Occupied { place: path.clone(), what, hint });
    }
    let ready = ready(&args.changes.set, &args.file)?;
    let base = &ready.prepared[0];
    let credit: Vec<&str> = base.scenario.source.iter().map(String::as_str).collect();
    let mut bytes = Vec::new();
    let name = args.out.clone().unwrap_or_else(|| PathBuf::from("standard output"));
    let wrap = |source| Error::File { action: "cannot write", path: name.clone(), source };
    portfolio::write(base.book(), &base.scenario.currency, &credit, &mut bytes).map_err(wrap)?;
    let Some(path) = &args.out else {
        hand_over(&bytes)?;
        return Ok(Exit::Done);
    };
    let standing = if args.force { Standing::Replace } else { Standing::Keep };
    if let Some(kept) = write_or_keep(path, &bytes, standing).map_err(wrap)? {
        return Err(Failure::kept(path, "a file that appeared meanwhile", &kept));
    }
    Ok(Exit::Done)
}
