//! `tailcap plot`: the figures of stored results again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::fail::Failure;
use super::figures::{self, Drawing, refused};
use super::overlays;
use super::pictures::{self, PictureFormat, Pictures};
use super::say::say;
use crate::disk;
use crate::error::{Error, Fault, FaultKind, Place};
use crate::media::file_name;
use crate::plots::{self, Figure, Font, Language, Theme};
use crate::report::numbers::counted;
use crate::report::overlay::{self, Layer};
use crate::report::sheets::{self, Selection};
use crate::report::stored::{Stored, read};

const AFTER: &str = "\
Draws what a run has found, from its results folder and without sampling, into RESULT-figures beside
it. Every figure comes with its caption as NAME.txt. Of several results densities, exceedance curves and
frontiers stand in one figure, policies called \"label · title\"; their other figures go into a folder each.
The same again changes nothing; other files are replaced with --force only.

Examples:
  tailcap plot output/taiwan-cards --format pdf
  tailcap plot output/taiwan-cards --figure densities --policy today --policy cap-50k --dpi 600
  tailcap plot output/taiwan-cards --theme slides --lang de --out talk
  tailcap plot output/mine output/yours --label mine --label yours --out both";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct PlotArgs {
    /// Results folders, or their results.json
    #[arg(required = true, value_name = "RESULT")]
    results: Vec<PathBuf>,
    /// Folder for the figures [default: RESULT-figures; needed for several results]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A figure to draw, such as densities; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    figure: Vec<String>,
    /// A policy to draw; may be repeated [default: all, of long ladders some]
    #[arg(long, value_name = "ID")]
    policy: Vec<String>,
    /// The variant to draw, `base` being the scenario itself [default: all, of several results base]
    #[arg(long, value_name = "ID")]
    variant: Option<String>,
    /// How a result is called where several share a figure; once per result [default: its folder]
    #[arg(long, value_name = "NAME")]
    label: Vec<String>,
    /// Formats, separated by commas
    #[arg(
        long,
        value_enum,
        value_name = "FORMATS",
        value_delimiter = ',',
        default_values_t = [PictureFormat::Svg, PictureFormat::Png]
    )]
    format: Vec<PictureFormat>,
    /// Pixels to an inch of the printed page, for PNG
    #[arg(long, value_name = "N", default_value_t = 300,
        value_parser = clap::value_parser!(u32).range(30..=2400))]
    dpi: u32,
    /// What for: paper (a column, 85 mm), paper-wide (180 mm), slides or screen
    #[arg(long, value_name = "THEME", default_value = "paper", value_parser = theme)]
    theme: Theme,
    /// The language of what figures say: en, de or zh; titles are those of the scenario
    #[arg(long, value_name = "LANG", default_value = "en", value_parser = language)]
    lang: Language,
    /// A font file for letters that the embedded DejaVu Sans lacks, as Chinese needs [default: one of
    /// this machine's]
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
    /// Replace other files in the folder
    #[arg(long)]
    force: bool,
}

fn theme(name: &str) -> Result<Theme, String> {
    let known = Theme::ALL.map(Theme::as_str).join(", ");
    Theme::named(name).ok_or_else(|| format!("must be one of {known}"))
}

fn language(code: &str) -> Result<Language, String> {
    let known = Language::ALL.map(|own| format!("{} ({})", own.as_str(), own.name())).join(", ");
    Language::named(code).ok_or_else(|| format!("must be one of {known}"))
}

/// The font that is asked for, or one that the language needs.
fn font(args: &PlotArgs) -> Result<Option<Font>, Failure> {
    let Some(file) = &args.font else {
        let found = plots::find_font(args.lang);
        if found.is_none() && !args.lang.letters().is_empty() {
            let message =
                format!("no font of this machine has the letters of {}", args.lang.name());
            let hint = "install one, such as Noto Sans CJK, or name a file: --font FILE";
            return Err(Error::Refused { message, hint: Some(hint.to_owned()) }.into());
        }
        return Ok(found);
    };
    let fault = |kind| Fault::new(Place::File(file.clone()), kind);
    let bytes = disk::read(file).map_err(|error| {
        Failure::refused(&[fault(FaultKind::Unreadable { reason: error.to_string() })])
    })?;
    Font::of(bytes, args.lang).map(Some).ok_or_else(|| {
        let reason = format!("no font with the letters of {}", args.lang.name());
        let hint = "name a file in TTF, OTF or TTC format that has them";
        Failure::refused(&[fault(FaultKind::Unreadable { reason }).with_hint(hint)])
    })
}

/// Draws the figures of stored results.
pub fn plot(args: &PlotArgs) -> Result<Exit, Failure> {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for path in &args.results {
        match read(path) {
            Ok(stored) => all.push(stored),
            Err(fault) => faults.push(fault),
        }
    }
    let asked = Selection {
        policies: args.policy.clone(),
        variant: args.variant.clone(),
        ..Selection::default()
    };
    faults.extend(all.iter().flat_map(|stored| sheets::check(stored, &asked)));
    if !faults.is_empty() {
        return Err(Failure::refused(&faults));
    }
    let labels = labels(args, &all)?;
    let folder = folder(args, &all)?;
    let drawing = Drawing {
        theme: args.theme,
        language: args.lang,
        font: font(args)?,
        policies: args.policy.clone(),
    };
    let mut drawn = if let [only] = all.as_slice() {
        of_one(only, args, &drawing, "")?
    } else {
        of_several(&all, &labels, args, &drawing)?
    };
    choose(args, &all, &mut drawn)?;
    let pictures = Pictures { formats: args.format.clone(), dpi: args.dpi, theme: args.theme };
    let files = pictures::files(&drawn, &pictures)?;
    pictures::place(&folder, &files, args.force)?;
    let names: Vec<String> =
        drawn.iter().map(|(folder, figure)| format!("{folder}{}", figure.name)).collect();
    say(&format!("{}: {}\n", folder.display(), names.join(", ")))?;
    Ok(Exit::Done)
}

/// The figures of one result, those of variants in folders of their own.
fn of_one(
    stored: &Stored,
    args: &PlotArgs,
    drawing: &Drawing,
    under: &str,
) -> Result<Vec<(String, Figure)>, Error> {
    let mut found = Vec::new();
    let runs = stored.results.runs.iter();
    for run in runs.filter(|run| args.variant.as_ref().is_none_or(|id| *id == run.variant)) {
        let folder = match run.variant.as_str() {
            "base" => under.to_owned(),
            variant => format!("{under}{variant}/"),
        };
        let figures = figures::draw(&stored.results, run, drawing).map_err(|e| refused(&e))?;
        found.extend(figures.into_iter().map(|figure| (folder.clone(), figure)));
    }
    Ok(found)
}

/// The figures that results share, and those of each in a folder of its own.
fn of_several(
    all: &[Stored],
    labels: &[String],
    args: &PlotArgs,
    drawing: &Drawing,
) -> Result<Vec<(String, Figure)>, Failure> {
    let variant = args.variant.as_deref().unwrap_or("base");
    let layers: Vec<Layer<'_>> = all
        .iter()
        .zip(labels)
        .filter_map(|(stored, label)| {
            let run = stored.results.runs.iter().find(|run| run.variant == variant)?;
            Some(Layer { label, stored, run })
        })
        .collect();
    overlay::check(&layers).map_err(|faults| Failure::refused(&faults))?;
    let shared = overlays::draw(&layers, drawing).map_err(|e| refused(&e))?;
    let mut found: Vec<(String, Figure)> =
        shared.into_iter().map(|figure| (String::new(), figure)).collect();
    for (stored, label) in all.iter().zip(labels) {
        let own = of_one(stored, args, drawing, &format!("{}/", file_name(label)))?;
        // Of the runs that are laid over each other the shared figures say it all.
        let is_shared = |folder: &str, name: &str| {
            folder.matches('/').count() == usize::from(variant != "base") + 1
                && overlays::SHARED.contains(&name)
        };
        found.extend(own.into_iter().filter(|(folder, f)| !is_shared(folder, &f.name)));
    }
    Ok(found)
}

/// Keeps the figures that are asked for; a name that no result has is refused.
fn choose(
    args: &PlotArgs,
    all: &[Stored],
    drawn: &mut Vec<(String, Figure)>,
) -> Result<(), Failure> {
    let known: BTreeSet<String> = drawn.iter().map(|(_, figure)| figure.name.clone()).collect();
    let known: Vec<String> = known.into_iter().collect();
    let unknown = args.figure.iter().filter(|name| !known.contains(name)).map(|name| {
        let (what, found) = ("figure".to_owned(), name.clone());
        let hint = format!("there are {}", known.join(", "));
        let kind = FaultKind::UnknownName { what, found, known: known.clone() };
        Fault::new(Place::File(all[0].file.clone()), kind).with_hint(hint)
    });
    let faults: Vec<Fault> = unknown.collect();
    if !faults.is_empty() {
        return Err(Failure::refused(&faults));
    }
    drawn.retain(|(_, figure)| args.figure.is_empty() || args.figure.contains(&figure.name));
    Ok(())
}

/// The folder of a result.
fn home(stored: &Stored) -> PathBuf {
    let parent = stored.file.parent().unwrap_or(Path::new(""));
    // `.` and `..` have no name of their own.
    if parent.file_name().is_some() {
        return parent.to_owned();
    }
    std::fs::canonicalize(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
        .unwrap_or_else(|_| parent.to_owned())
}

/// Where the figures go: beside the results, whose folder holds nothing but what `run` wrote.
fn folder(args: &PlotArgs, all: &[Stored]) -> Result<PathBuf, Failure> {
    if let Some(out) = &args.out {
        return Ok(out.clone());
    }
    if let [only] = all {
        let home = home(only);
        let name = home.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(home.with_file_name(format!("{name}-figures")));
    }
    let message = "figures of several results need a folder".to_owned();
    let fault = Fault::new(Place::File(all[0].path.clone()), FaultKind::Conflict { message });
    Err(Failure::refused(&[fault.with_hint("name it: --out DIR")]))
}

/// Labels as given, else the names of the folders, or their paths where names repeat.
fn labels(args: &PlotArgs, all: &[Stored]) -> Result<Vec<String>, Failure> {
    let refused = |message: String, hint: &str| {
        let fault = Fault::new(Place::File(all[0].path.clone()), FaultKind::Conflict { message });
        Failure::refused(&[fault.with_hint(hint)])
    };
    if !args.label.is_empty() && args.label.len() != all.len() {
        let message = format!(
            "{} for {}",
            counted(args.label.len() as u64, "label", "labels"),
            counted(all.len() as u64, "result", "results")
        );
        return Err(refused(message, "give --label once per result, in their order, or never"));
    }
    let is_unique = |labels: &[String]| {
        let files: BTreeSet<String> = labels.iter().map(|label| file_name(label)).collect();
        files.len() == labels.len()
    };
    if !args.label.is_empty() {
        if is_unique(&args.label) {
            return Ok(args.label.clone());
        }
        let message = format!("labels are not told apart: {}", args.label.join(", "));
        return Err(refused(message, "give every result a --label of its own"));
    }
    let name = |stored: &Stored| {
        home(stored).file_name().unwrap_or_default().to_string_lossy().into_owned()
    };
    let names: Vec<String> = all.iter().map(name).collect();
    if is_unique(&names) {
        return Ok(names);
    }
    let paths: Vec<String> = all.iter().map(|stored| stored.path.display().to_string()).collect();
    if is_unique(&paths) {
        return Ok(paths);
    }
    let message = format!("the same result is given twice: {}", paths.join(", "));
    Err(refused(message, "give every result a --label of its own"))
}
