//! `tailcap check`: validate without sampling, and say what is in the book.

use std::path::PathBuf;

use clap::Args;

use super::Changes;
use super::exit::Exit;
use super::fail::Failure;
use super::input::{Ready, ready};
use super::say::say;
use crate::policy::Role;
use crate::report::numbers::{counted, decimal};
use crate::report::quality;
use crate::report::results::Warning;
use crate::report::screen::describe;

const AFTER: &str = "\
Reads the scenario and its tape, works every policy out and says what it finds: nothing is sampled
and nothing is written. Up to 20 faults are shown at once, each with its place and its cure.

Examples:
  tailcap check scenarios/taiwan-cards.toml
  tailcap check scenarios/*.toml --set model.correlation=0.08";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct CheckArgs {
    /// Scenario files (TOML, YAML or JSON), or the manifest.json of a result
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
}

/// Checks every file; the first refused one ends the command with its faults.
pub fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    for file in &args.files {
        let ready = ready(&args.changes.set, file)?;
        say(&format!("{}: ok\n{}", file.display(), description(&ready)))?;
    }
    Ok(Exit::Done)
}

fn description(ready: &Ready) -> String {
    let mut lines = Vec::new();
    for one in &ready.prepared {
        let currency = &one.scenario.currency;
        let variant = match one.variant.as_str() {
            "base" => String::new(),
            id => format!(" (variant {id})"),
        };
        lines.push(format!("\n{}{variant}", one.title));
        for fact in quality::facts(&one.book().quality, currency.per_unit()) {
            lines.push(format!("  {:<34} {:>18}", fact.text, fact.print(&currency.code)));
        }
        if one.scenario.has_finer_unit() {
            let minor_units = currency.minor_per_unit;
            lines.push(format!("  note: {}", describe(&Warning::FinerUnit { minor_units })));
        }
        for key in &one.book().quality.unused_defaults {
            lines.push(format!(
                "  note: portfolio.defaults.{key} changes nothing: every row has its own `{key}`"
            ));
        }
        let today = one.applied[one.scenario.baseline].books.total();
        for applied in &one.applied {
            let Role::Asked(index) = applied.role else { continue };
            let policy = &one.scenario.policies[index];
            let kept = applied.books.total();
            let share = 100.0 * kept.balance as f64 / (today.balance as f64).max(1.0);
            lines.push(format!(
                "  policy {:<24} keeps {} % of the credit, cuts the limits of {}",
                policy.id,
                decimal(share, 1),
                counted(applied.books.people_cut, "person", "people")
            ));
        }
    }
    lines.join("\n") + "\n"
}
