//! `tailcap compare`: two results against each other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::fail::Failure;
use super::figures::{self, Drawing};
use super::format::{self, SheetFormat};
use super::overlays;
use super::pictures::{self, File, PictureFormat, Pictures};
use super::say::{hand_over, say};
use crate::error::{Fault, FaultKind, Place};
use crate::media;
use crate::plots::{self, Figure, FigureContext, PolicyName, Theme};
use crate::report::between::compare as held_against;
use crate::report::comparable::{Note, describe};
use crate::report::comparison::{Comparison, Row};
use crate::report::overlay::{Layer, overlay};
use crate::report::stored::{Stored, read};
use crate::report::{at_a_glance, comparison_screen, comparison_sheet, comparison_table};
use crate::system::ScopeKind;

const AFTER: &str = "\
Prints credit, EL, VaR and ES of every policy that both have (matched by id), in A, in B, and B
minus A with its band. Errors are paired trial by trial where both results kept their trials'
losses (trial_losses = true under [output]) and drew as many on the same seed; otherwise they are
taken as independent. Marked differences are clear of 0 after allowing for all that are shown. CSV
and JSON hold every measure, level and threshold of every scope. --figures draws the differences with
their bands, and the loss curves of both.

Examples:
  tailcap compare output/today output/tomorrow
  tailcap compare output/today output/tomorrow --scope segment:young --policy cap-50k
  tailcap compare last-night/results.json output/tonight --format csv > difference.csv
  tailcap compare output/today output/tomorrow --figures differences --format latex";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct CompareArgs {
    /// A results folder, or its results.json
    #[arg(value_name = "A")]
    a: PathBuf,
    /// Another one
    #[arg(value_name = "B")]
    b: PathBuf,
    /// A policy to compare; may be repeated [default: all that both have]
    #[arg(long, value_name = "ID")]
    policy: Vec<String>,
    /// system, lender:NAME or segment:NAME [default: system as text, every scope otherwise]
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// The variant to compare
    #[arg(long, value_name = "ID", default_value = "base")]
    variant: String,
    /// Text for people, Markdown or LaTeX for papers, CSV or JSON for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = SheetFormat::Text)]
    format: SheetFormat,
    /// Draw the differences, densities and exceedance curves of both into a folder
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
    /// Replace other files in that folder
    #[arg(long, requires = "figures")]
    force: bool,
}

/// Compares two results.
pub fn compare(args: &CompareArgs) -> Result<Exit, Failure> {
    let refused = |faults: Vec<Fault>| Failure::refused(&faults);
    let (a, b) = match (read(&args.a), read(&args.b)) {
        (Ok(a), Ok(b)) => (a, b),
        (a, b) => return Err(refused(a.err().into_iter().chain(b.err()).collect())),
    };
    let mut comparison = held_against(&a, &b, &args.variant).map_err(refused)?;
    select(args, &a, &mut comparison).map_err(refused)?;
    if let Some(folder) = &args.figures {
        draw(args, (&a, &b), &comparison, folder)?;
    }
    match args.format {
        SheetFormat::Text => {
            let left_out = shorten(args, &a, &mut comparison);
            comparison.judge();
            let more = match left_out {
                0 => String::new(),
                n => format!("note: {n} more caps; --format csv has them, --policy ID shows one\n"),
            };
            say(&format!("{}{more}", comparison_screen::screen(&comparison)))?;
        }
        SheetFormat::Markdown | SheetFormat::Latex => {
            shorten(args, &a, &mut comparison);
            comparison.judge();
            hand_over(args.format.print(&comparison_sheet::sheet(&comparison)).as_bytes())?;
        }
        SheetFormat::Csv => {
            comparison.judge();
            tell(&comparison.notes);
            hand_over(&comparison_table::table(&comparison).map_err(|e| format::unwritable(&e))?)?;
        }
        SheetFormat::Json => {
            comparison.judge();
            hand_over(&format::json(&comparison)?)?;
        }
    }
    Ok(Exit::Done)
}

/// Draws what is shown of the comparison, and writes its numbers beside it.
fn draw(
    args: &CompareArgs,
    (a, b): (&Stored, &Stored),
    comparison: &Comparison,
    folder: &Path,
) -> Result<(), Failure> {
    let mut shown = comparison.clone();
    shorten(args, a, &mut shown);
    shown.judge();
    let run = |stored: &Stored| {
        let runs = stored.results.runs.iter();
        runs.clone().position(|run| run.variant == args.variant)
    };
    let (Some(at_a), Some(at_b)) = (run(a), run(b)) else { return Ok(()) };
    let layers = [
        Layer { label: "A", stored: a, run: &a.results.runs[at_a] },
        Layer { label: "B", stored: b, run: &b.results.runs[at_b] },
    ];
    let mut policies: Vec<String> = Vec::new();
    for row in &shown.rows {
        if !policies.contains(&row.policy) {
            policies.push(row.policy.clone());
        }
    }
    let drawing = Drawing { policies, ..Drawing::default() };
    let own = overlay(&layers, &drawing.policies);
    let context = FigureContext {
        scenario: format!("A: {} · B: {}", a.path.display(), b.path.display()),
        baseline: a.results.scenario.baseline.clone(),
        ..overlays::shared_context(&layers, &own, &drawing)
    };
    let facts = layers[0].run.policies.iter();
    let names: Vec<PolicyName<'_>> = facts
        .filter(|policy| drawing.policies.contains(&policy.id))
        .map(|p| PolicyName { id: &p.id, title: &p.title, is_step: p.ladder.is_some() })
        .collect();
    let mut figures: Vec<Figure> = Vec::new();
    let differences = plots::differences(&shown.rows, &names, &context);
    figures.extend(differences.map_err(|e| figures::refused(&e))?);
    let curves = overlays::draw(&layers, &drawing).map_err(|e| figures::refused(&e))?;
    figures.extend(curves.into_iter().filter(|figure| figure.name != "frontier"));
    let figures: Vec<(String, Figure)> =
        figures.into_iter().map(|figure| (String::new(), figure)).collect();
    let formats = vec![PictureFormat::Svg, PictureFormat::Png];
    let mut files =
        pictures::files(&figures, &Pictures { formats, dpi: 300, theme: Theme::Paper })?;
    let bytes = comparison_table::table(&shown).map_err(|e| format::unwritable(&e))?;
    files.push(File { name: "differences.csv".into(), bytes });
    pictures::place(folder, &files, args.force)
}

/// A CSV table has no place for notes.
fn tell(notes: &[Note]) {
    for note in notes {
        anstream::eprintln!("note: {}", media::terminal(&describe(note)));
    }
}

/// Keeps the policies and the scope asked for; a name that neither result has is refused.
fn select(args: &CompareArgs, a: &Stored, comparison: &mut Comparison) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let unknown = |what: &str, found: &str, known: BTreeSet<String>| {
        let known = known.into_iter().collect();
        let kind = FaultKind::UnknownName { what: what.into(), found: found.into(), known };
        Fault::new(Place::File(a.file.clone()), kind)
    };
    let known: BTreeSet<String> = comparison.rows.iter().map(|row| row.policy.clone()).collect();
    for policy in args.policy.iter().filter(|policy| !known.contains(*policy)) {
        faults.push(unknown("shared policy", policy, known.clone()));
    }
    let scopes: BTreeSet<String> = comparison.rows.iter().map(scope_of).collect();
    if let Some(scope) = args.scope.as_ref().filter(|scope| !scopes.contains(*scope)) {
        faults.push(unknown("shared scope", scope, scopes));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    comparison.rows.retain(|row| {
        (args.policy.is_empty() || args.policy.contains(&row.policy))
            && args.scope.as_ref().is_none_or(|scope| scope_of(row) == *scope)
    });
    Ok(())
}

fn scope_of(row: &Row) -> String {
    match row.scope_kind {
        ScopeKind::System => "system".to_owned(),
        kind => format!("{}:{}", kind.as_str(), row.scope),
    }
}

/// Keeps what a screen has room for: four measures in one scope, of a long ladder some caps. How many
/// caps are left out.
fn shorten(args: &CompareArgs, a: &Stored, comparison: &mut Comparison) -> usize {
    let run = a.results.runs.iter().find(|run| run.variant == args.variant);
    let baseline = &a.results.scenario.baseline;
    let shown: BTreeSet<&str> = run
        .map(|run| at_a_glance::shown(&run.policies, baseline))
        .into_iter()
        .flatten()
        .map(|policy| policy.id.as_str())
        .collect();
    let mut left_out = BTreeSet::new();
    comparison.rows.retain(|row| {
        let policy = !args.policy.is_empty() || shown.contains(row.policy.as_str());
        if !policy {
            left_out.insert(row.policy.clone());
        }
        let scope = args.scope.is_some() || row.scope_kind == ScopeKind::System;
        policy && scope && comparison_screen::SHOWN.contains(&row.measure)
    });
    left_out.len()
}
