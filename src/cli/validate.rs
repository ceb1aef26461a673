//! `tailcap validate`: known answers, computed again on this machine.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use super::exit::Exit;
use super::fail::{Failure, colour};
use super::format::{self, Format};
use super::run::whole_number;
use super::say::{hand_over, say};
use super::{Changes, machine};
use crate::disk::{Standing, write_or_keep};
use crate::error::{Error, Fault, FaultKind, Place};
use crate::report::manifest::target;
use crate::validate::document;
use crate::validate::screen::{self, Detail};
use crate::validate::table::{REPORT_FORMAT, Report, csv};
use crate::validate::{CASES, Case, Entry, Settings, Verdict};

const AFTER: &str = "\
Runs small scenarios that are built into the program and holds what they give against answers
known by closed form, by enumeration or from published tables (docs/validation.md lists them). A
number passes within the stated tolerance: 4.75 standard errors of the exact law, or the exact law
of a rank or a count, so that right numbers fail in less than 1 of 500 seeds; seeds are fixed.
`used` is the part of the tolerance that a number takes. Of long cases the tightest checks are
shown. --set changes the scenarios but not the answers, which shows that the checks can fail.

Ends with exit code 5 if a number is not what it should be.

Examples:
  tailcap validate
  tailcap validate basel-formula small-exact --all
  tailcap validate --report model-risk
  tailcap validate --format json > validation.json
  tailcap validate vasicek --set stress.pd_multiplier=1.05";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ValidateArgs {
    /// Cases to run [default: all]
    #[arg(value_name = "CASE")]
    cases: Vec<String>,
    /// A tenth of the trials, with tolerances to match
    #[arg(long, conflicts_with = "trials")]
    quick: bool,
    /// Number of trials of every sample, with tolerances to match
    #[arg(long, value_name = "N", value_parser = whole_number)]
    trials: Option<u64>,
    #[command(flatten)]
    changes: Changes,
    /// Show every check
    #[arg(long)]
    all: bool,
    /// Text for people, CSV or JSON for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// Folder in which a validation report is put: validation.html to be filed, validation.json
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    /// Replace a report that stands there
    #[arg(long, requires = "report")]
    force: bool,
    /// Threads to use; changes no number [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

/// Runs the cases; those done so far stand on the screen while the next one runs.
pub fn validate(args: &ValidateArgs) -> Result<Exit, Failure> {
    let began = Instant::now();
    if let Some(folder) = &args.report {
        let taken = [HTML, JSON].map(|name| folder.join(name)).into_iter().find(|p| p.exists());
        if let Some(place) = taken.filter(|_| !args.force) {
            let what = "a validation report".to_owned();
            let hint = "--force replaces it".to_owned();
            return Err(Failure::Occupied { place, what, hint });
        }
        // What cannot be filed is said before the work.
        std::fs::create_dir_all(folder).map_err(unwritable(folder.clone()))?;
    }
    let entries = chosen(&args.cases).map_err(|fault| Failure::refused(&[fault]))?;
    let settings = Settings {
        trials: args.trials,
        divisor: if args.quick { 10 } else { 1 },
        threads: args.threads.map_or_else(machine::threads, usize::from),
        overrides: &args.changes.set,
    };
    let text = args.format == Format::Text;
    if text {
        let version = crate::VERSION;
        say(&format!("tailcap {version} · known answers, computed on this {}\n\n", target()))?;
    }
    let detail = if args.all { Detail::All } else { Detail::Tightest };
    let mut cases: Vec<Case> = Vec::new();
    for entry in entries {
        let case = entry.run(&settings).map_err(|rejected| {
            Failure::Input(rejected.places.render(&rejected.faults, colour()))
        })?;
        if text {
            say(&format!("{}\n", screen::case(&case, detail)))?;
        }
        cases.push(case);
    }
    let failed = cases.iter().any(|case| case.failed() > 0);
    let verdict = if failed { Verdict::Failed } else { Verdict::Passed };
    let seconds = began.elapsed().as_secs_f64();
    let version = crate::VERSION.to_owned();
    let report = Report { format: REPORT_FORMAT, version, target: target(), verdict, cases };
    match args.format {
        Format::Text => say(&screen::ending(&report.cases, seconds))?,
        Format::Csv => hand_over(&csv(&report.cases).map_err(|e| format::unwritable(&e))?)?,
        Format::Json => hand_over(&format::json(&report)?)?,
    }
    if let Some(folder) = &args.report {
        let standing = if args.force { Standing::Replace } else { Standing::Keep };
        file(&report, seconds, (folder, standing))?;
        if text {
            say(&format!("Report: {}\n", folder.join(HTML).display()))?;
        }
    }
    Ok(match verdict {
        Verdict::Passed => Exit::Done,
        Verdict::Failed => Exit::Wrong,
    })
}

/// The files of a report.
const HTML: &str = "validation.html";
const JSON: &str = "validation.json";

fn unwritable(path: PathBuf) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::File { action: "cannot write", path, source }
}

/// Writes the report into a folder that is there.
fn file(
    report: &Report,
    seconds: f64,
    (folder, standing): (&Path, Standing),
) -> Result<(), Failure> {
    let page = document::html(report, seconds);
    let mut taken = None;
    for (name, bytes) in [(HTML, page.into_bytes()), (JSON, format::json(report)?)] {
        let path = folder.join(name);
        let kept = write_or_keep(&path, &bytes, standing).map_err(unwritable(path.clone()))?;
        if let Some(kept) = kept {
            taken = Some(Failure::kept(&path, "a file that appeared meanwhile", &kept));
        }
    }
    taken.map_or(Ok(()), Err)
}

fn chosen(names: &[String]) -> Result<Vec<Entry>, Fault> {
    if names.is_empty() {
        return Ok(CASES.to_vec());
    }
    let find = |name: &String| {
        CASES.into_iter().find(|entry| entry.id == name).ok_or_else(|| {
            let known = CASES.iter().map(|entry| entry.id.to_owned()).collect();
            let (what, found) = ("case".into(), name.clone());
            let kind = FaultKind::UnknownName { what, found, known };
            Fault::new(Place::File("tailcap validate".into()), kind)
        })
    };
    names.iter().map(find).collect()
}
