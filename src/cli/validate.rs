//! `tailcap validate`: known answers, computed again on this machine.

use std::time::Instant;

use clap::Args;

use super::exit::Exit;
use super::fail::{Failure, colour};
use super::format::{self, Format};
use super::run::whole_number;
use super::say::{hand_over, say};
use super::{Changes, machine};
use crate::error::{Fault, FaultKind, Place};
use crate::report::manifest::target;
use crate::validate::screen::{self, Detail};
use crate::validate::table::{REPORT_FORMAT, Report, csv};
use crate::validate::{CASES, Case, Entry, Settings, Verdict};

const AFTER: &str = "\
Runs small scenarios that are built into the program and holds what they give against answers
known by closed form, by enumeration or from published tables (docs/validation.md lists them). A
number passes within the stated tolerance: 4.75 standard errors of the exact law, or the exact law
of a rank or a count, so that right numbers fail in less than 1 of 1,000 seeds; seeds are fixed.
`used` is the part of the tolerance that a number takes. Of long cases the tightest checks are
shown. --set changes the scenarios but not the answers, which shows that the checks can fail.

Ends with exit code 5 if a number is not what it should be.

Examples:
  tailcap validate
  tailcap validate basel-formula small-exact --all
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
    /// Threads to use; changes no number [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

/// Runs the cases; those done so far stand on the screen while the next one runs.
pub fn validate(args: &ValidateArgs) -> Result<Exit, Failure> {
    let began = Instant::now();
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
    match args.format {
        Format::Text => say(&screen::ending(&cases, began.elapsed().as_secs_f64()))?,
        Format::Csv => hand_over(&csv(&cases).map_err(|e| format::unwritable(&e))?)?,
        Format::Json => {
            let version = crate::VERSION.to_owned();
            let report =
                Report { format: REPORT_FORMAT, version, target: target(), verdict, cases };
            hand_over(&format::json(&report)?)?;
        }
    }
    Ok(match verdict {
        Verdict::Passed => Exit::Done,
        Verdict::Failed => Exit::Wrong,
    })
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
