//! `tailcap show`: the tables of stored results again.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::fail::Failure;
use super::format::{self, SheetFormat};
use super::say::{hand_over, say, say_coloured};
use super::terminal::terminal;
use crate::error::Fault;
use crate::media;
use crate::report::results::Results;
use crate::report::sheet_text::plain;
use crate::report::stored::{Stored, read};
use crate::report::{curves, narrow, sheets};

const AFTER: &str = "\
Prints what a run has found, from its results folder and without sampling. As text and without
--table: the first screen again, then the loss curves of every policy in lines of blocks. Markdown
and LaTeX print numbers with both ends of their bands, the baseline first; LaTeX wants booktabs.
CSV and JSON hold all digits, one row per number. --list says which tables a result has.

Examples:
  tailcap show output/taiwan-cards
  tailcap show output/taiwan-cards --list
  tailcap show output/taiwan-cards --format latex > table.tex
  tailcap show output/taiwan-cards --table segments --policy cap-50k --format markdown
  tailcap show output/mine output/yours --table frontier --level 0.999 --format csv";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ShowArgs {
    /// Results folders, or their results.json
    #[arg(required = true, value_name = "RESULT")]
    results: Vec<PathBuf>,
    /// The table [default: the first screen as text, comparison otherwise]
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// List the tables that the results have
    #[arg(long, conflicts_with_all = ["table", "policy", "scope", "variant", "level", "format"])]
    list: bool,
    /// A policy to show; may be repeated [default: all, of long ladders some]
    #[arg(long, value_name = "ID")]
    policy: Vec<String>,
    /// system, total, lender:NAME or segment:NAME [default: system, in CSV and JSON every scope]
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// The variant to show, `base` being the scenario itself [default: all]
    #[arg(long, value_name = "ID")]
    variant: Option<String>,
    /// The level of VaR and ES to show, such as 0.999 or 99.9% [default: all]
    #[arg(long, value_name = "Q", value_parser = level)]
    level: Option<f64>,
    /// Text for people, Markdown or LaTeX for papers, CSV or JSON for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = SheetFormat::Text)]
    format: SheetFormat,
}

/// Reads `0.999` or `99.9%`.
fn level(text: &str) -> Result<f64, String> {
    let wrong = || "must be a number between 0 and 1 such as 0.999, or 99.9%".to_owned();
    let (digits, per) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let level = digits.parse::<f64>().map_err(|_| wrong())? / per;
    if level > 0.0 && level < 1.0 { Ok(level) } else { Err(wrong()) }
}

/// Shows the tables of stored results.
pub fn show(args: &ShowArgs) -> Result<Exit, Failure> {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for path in &args.results {
        match read(path) {
            Ok(stored) => all.push(stored),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(Failure::refused(&faults));
    }
    if args.list {
        say(&list(&all))?;
        return Ok(Exit::Done);
    }
    let asked = sheets::Selection {
        policies: args.policy.clone(),
        scope: args.scope.clone(),
        variant: args.variant.clone(),
        level: args.level,
    };
    let name = match &args.table {
        Some(name) => name.as_str(),
        // The first screen is about the system.
        None if args.format == SheetFormat::Text && args.scope.is_none() => {
            screens(&all, &asked)?;
            return Ok(Exit::Done);
        }
        None => "comparison",
    };
    let mut kinds = Vec::new();
    for stored in &all {
        match sheets::wanted(stored, name, &asked) {
            Ok(kind) => kinds.push(kind),
            Err(found) => faults.extend(found),
        }
    }
    let Some(&kind) = kinds.first().filter(|_| faults.is_empty()) else {
        return Err(Failure::refused(&faults));
    };
    match args.format {
        SheetFormat::Csv => {
            hand_over(&sheets::csv(&all, kind, &asked).map_err(|e| format::unwritable(&e))?)?;
        }
        SheetFormat::Json => {
            let document = sheets::json(&all, kind, &asked).map_err(|e| format::unwritable(&e))?;
            hand_over(&format::json(&document)?)?;
        }
        SheetFormat::Text | SheetFormat::Markdown | SheetFormat::Latex => {
            let mut parts = Vec::new();
            for stored in &all {
                let found = sheets::sheets(stored, kind, &asked);
                let found = found.map_err(|fault| Failure::refused(&[fault]))?;
                parts.extend(found.iter().map(|sheet| args.format.print(sheet)));
            }
            print(&parts.join("\n"), args.format)?;
        }
    }
    Ok(Exit::Done)
}

/// The tables of every result.
fn list(all: &[Stored]) -> String {
    let mut parts = Vec::new();
    for stored in all {
        let heading = (all.len() > 1).then(|| format!("{}\n", stored.path.display()));
        let known = sheets::available(&stored.results);
        let width = known.iter().map(|kind| kind.name.len()).max().unwrap_or(0);
        let lines = known.iter().map(|kind| format!("{:<width$}  {}\n", kind.name, kind.about));
        parts.push(heading.into_iter().chain(lines).collect::<String>());
    }
    parts.join("\n")
}

/// The first screen and the curves of every result.
fn screens(all: &[Stored], asked: &sheets::Selection) -> Result<(), Failure> {
    let faults: Vec<Fault> = all.iter().flat_map(|stored| sheets::check(stored, asked)).collect();
    if !faults.is_empty() {
        return Err(Failure::refused(&faults));
    }
    let terminal = terminal();
    let mut parts = Vec::new();
    for stored in all {
        let results = chosen(&stored.results, asked);
        let mut text =
            if all.len() > 1 { format!("{}\n", stored.path.display()) } else { String::new() };
        text.push_str(&narrow::screen_in(&results, terminal));
        text = media::terminal(&text);
        for run in &results.runs {
            let curves = curves::curves(&results, run, terminal);
            if curves.is_empty() {
                continue;
            }
            text.push('\n');
            if results.runs.len() > 1 {
                text.push_str(&format!("{}\n", media::terminal(&run.title)));
            }
            text.push_str(&curves);
        }
        parts.push(text);
    }
    // The curves have colours, and what users wrote in them is safe.
    let text = parts.join("\n");
    say_coloured(&if terminal.unicode { text } else { plain(&text) })
}

/// Prints text in characters that the terminal shows; files for papers are UTF-8 whatever it shows.
fn print(text: &str, format: SheetFormat) -> Result<(), Failure> {
    if format != SheetFormat::Text {
        return hand_over(text.as_bytes());
    }
    if terminal().unicode {
        return say(text);
    }
    say(&plain(text))
}

/// The results as far as they are asked for.
fn chosen(results: &Results, asked: &sheets::Selection) -> Results {
    let mut own = results.clone();
    own.runs.retain(|run| asked.variant.as_ref().is_none_or(|variant| *variant == run.variant));
    if !asked.policies.is_empty() {
        for run in &mut own.runs {
            run.policies.retain(|policy| asked.policies.contains(&policy.id));
        }
        own.verdicts.retain(|judgement| asked.policies.contains(&judgement.policy));
    }
    if let Some(level) = asked.level {
        own.scenario.levels.retain(|&own| (own - level).abs() < 1e-9);
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_shares_or_percentages() {
        assert_eq!(level("0.999"), Ok(0.999));
        assert_eq!(level("99 %"), Ok(0.99));
        for text in ["", "99.9", "0", "1", "100%", "nan", "x"] {
            assert!(level(text).is_err(), "{text}");
        }
    }
}
