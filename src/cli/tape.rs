//! `tailcap tape`: the book of a scenario, as it is used, as a CSV tape.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::ScenarioArgs;
use super::exit::Exit;
use super::fail::Failure;
use super::input::ready;
use crate::error::Error;
use crate::portfolio;

#[derive(Debug, Args)]
pub struct TapeArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file
    #[arg(long)]
    force: bool,
}

/// Writes the tape of one scenario.
pub fn tape(args: &TapeArgs) -> Result<Exit, Failure> {
    let [file] = args.scenario.files.as_slice() else {
        let message = "one scenario at a time: a tape is one book".to_owned();
        return Err(Error::Refused { message, hint: None }.into());
    };
    let ready = ready(&args.scenario, file)?;
    let base = &ready.prepared[0];
    let credit: Vec<&str> = base.scenario.source.iter().map(String::as_str).collect();
    let mut bytes = Vec::new();
    let name = args.out.clone().unwrap_or_else(|| PathBuf::from("standard output"));
    let wrap = |source| Error::File { action: "cannot write", path: name.clone(), source };
    portfolio::write(base.book(), &base.scenario.currency, &credit, &mut bytes).map_err(wrap)?;
    match &args.out {
        None => std::io::stdout().write_all(&bytes).map_err(wrap)?,
        Some(path) => {
            if path.exists() && !args.force {
                let what = "a file".to_owned();
                let hint = "--force replaces it";
                return Err(Failure::Occupied { place: path.clone(), what, hint });
            }
            // Written beside the target and renamed, so that no tape is left half-written.
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            let mut file =
                tempfile::NamedTempFile::new_in(folder.unwrap_or(".".as_ref())).map_err(wrap)?;
            file.write_all(&bytes).map_err(wrap)?;
            file.persist(path).map_err(|e| wrap(e.error))?;
        }
    }
    Ok(Exit::Done)
}
