//! `tailcap claims`: the scenarios that test claims, as one table of verdicts.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::fail::Failure;
use super::format::unwritable;
use super::run::{self, Finished, RunArgs};
use super::say::say;
use super::stop::Stop;
use crate::disk::{self, Standing};
use crate::error::Error;
use crate::media;
use crate::report::claims::{Claims, claims as put_together, screen};
use crate::report::claims_document::document;
use crate::scenario::load;

const AFTER: &str = "\
Runs every scenario of the folder that has a [claim] as `tailcap run` would, into OUT/<scenario>/,
judges all their statements as one table and writes claims.json and claims.md beside them. What has
been run already is not run again.

Examples:
  tailcap claims
  tailcap claims --trials 2000 --out output/quick
  tailcap claims --document docs";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ClaimsArgs {
    /// Folder with the scenarios
    #[arg(value_name = "FOLDER", default_value = "scenarios/claims")]
    folder: PathBuf,
    /// Number of trials of each run, such as 5000 [default: as the scenarios say]
    #[arg(long, value_name = "N", value_parser = run::whole_number)]
    trials: Option<u64>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", default_value = "output/claims")]
    out: PathBuf,
    /// Compute again what is there
    #[arg(long)]
    force: bool,
    /// Threads to use; changes no number [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Also write the findings as a document: DIR/claims.md, DIR/claims.json, and the figures in
    /// DIR/claims/
    #[arg(long, value_name = "DIR")]
    document: Option<PathBuf>,
}

/// Runs the scenarios and prints the table.
pub fn claims(args: &ClaimsArgs, stop: &Stop) -> Result<Exit, Failure> {
    let files = scenarios(&args.folder)?;
    for folder in [Some(&args.out), args.document.as_ref()].into_iter().flatten() {
        Own::of(folder, args.force)?;
    }
    let options = RunArgs {
        trials: args.trials,
        out: Some(args.out.clone()),
        force: args.force,
        threads: args.threads,
        quiet: true,
        ..RunArgs::default()
    };
    let mut results = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let name = media::terminal(&file.display().to_string());
        anstream::eprintln!("[{}/{}] {name}", at + 1, files.len());
        let Finished { exit, results: own, key, .. } = run::run_one(&options, file, true, stop)?;
        if exit == Exit::Interrupted {
            return Ok(exit);
        }
        results.push((own, key));
    }
    let table = put_together(results);
    say(&screen(&table))?;
    let json = media::json(serde_json::to_vec_pretty(&table).map_err(|e| unwritable(&e))?);
    let own = Own::of(&args.out, args.force)?;
    own.write("claims.json", &json)?;
    let beside = |id: &str| figures(&args.out.join(id), Path::new(id));
    own.write("claims.md", document(&table, &beside).as_bytes())?;
    if let Some(folder) = &args.document {
        publish(&table, &json, &args.out, &Own::of(folder, args.force)?)?;
    }
    Ok(Exit::Done)
}

/// Scenarios of a folder in the order of their names.
fn scenarios(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let refused = |message: String, hint: &str| {
        Failure::from(Error::Refused { message, hint: Some(hint.to_owned()) })
    };
    let entries = fs::read_dir(folder).map_err(|error| {
        let message = format!("cannot read the folder `{}`: {error}", folder.display());
        refused(message, "name the folder with the scenarios: tailcap claims FOLDER")
    })?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        // Files that others build on have no claim of their own.
        .filter(|path| load(path, &[]).map_or(true, |loaded| loaded.scenario.claim.is_some()))
        .collect();
    files.sort();
    if files.is_empty() {
        let message = format!("no scenario in `{}` has a [claim]", folder.display());
        return Err(refused(message, "the shipped ones are in scenarios/claims"));
    }
    Ok(files)
}

/// Figures that go with a scenario: those of assumptions, else those of the policies.
fn figures(folder: &Path, shown_as: &Path) -> Vec<(String, String)> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".svg"))
        .collect();
    names.sort();
    let is_study = |name: &String| name.starts_with("region") || name.starts_with("waterfall");
    if names.iter().any(is_study) {
        names.retain(is_study);
    } else {
        names.retain(|name| name.starts_with("frontier") || name.starts_with("ladder"));
    }
    let title = |name: &str| name.trim_end_matches(".svg").replace(['_', '-'], " ");
    names.iter().map(|name| (shown_as.join(name).display().to_string(), title(name))).collect()
}

/// Writes the document with its figures.
fn publish(table: &Claims, json: &[u8], out: &Path, document_in: &Own<'_>) -> Result<(), Failure> {
    let name = |id: &str, file: &Path| {
        let stem = file.file_name().map(|name| name.to_string_lossy().into_owned());
        format!("claims/{id}-{}", stem.unwrap_or_default())
    };
    let own = |id: &str| {
        let figures = figures(&out.join(id), Path::new(""));
        figures.into_iter().map(|(file, title)| (name(id, Path::new(&file)), title)).collect()
    };
    for id in table.claims.iter().flat_map(|claim| &claim.scenarios).map(|s| &s.id) {
        for (file, _) in figures(&out.join(id), Path::new("")) {
            let from = out.join(id).join(&file);
            let bytes = disk::read(&from).map_err(|source| Error::File {
                action: "cannot read",
                path: from.clone(),
                source,
            })?;
            document_in.write(&name(id, Path::new(&file)), &bytes)?;
        }
    }
    document_in.write("claims.json", json)?;
    document_in.write("claims.md", document(table, &own).as_bytes())
}

/// A folder that the table, the document and its figures go into.
struct Own<'a> {
    folder: &'a Path,
    standing: Standing,
}

impl<'a> Own<'a> {
    /// Files there are replaced if a table of ours stands beside them, or with `--force`.
    fn of(folder: &'a Path, force: bool) -> Result<Self, Failure> {
        let table = disk::read(&folder.join("claims.json"));
        let is_ours = table.is_ok_and(|bytes| serde_json::from_slice::<Claims>(&bytes).is_ok());
        let standing = if force || is_ours { Standing::Replace } else { Standing::Keep };
        let own = Self { folder, standing };
        let taken = ["claims.json", "claims.md"].map(|name| folder.join(name));
        match taken.into_iter().find(|path| path.exists()) {
            Some(path) if standing == Standing::Keep => Err(occupied(path)),
            _ => Ok(own),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|source| Error::File {
                action: "cannot make the folder",
                path: parent.to_owned(),
                source,
            })?;
        }
        match disk::write(&path, bytes, self.standing) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(occupied(path)),
            Err(source) => Err(Error::File { action: "cannot write", path, source }.into()),
        }
    }
}

fn occupied(place: PathBuf) -> Failure {
    let what = "a file that is not from `tailcap claims`".to_owned();
    let hint = "--force replaces it, another folder leaves it alone".to_owned();
    Failure::Occupied { place, what, hint }
}
