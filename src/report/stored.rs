//! Results that stand on disk, read again to be held against others.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::manifest::Manifest;
use super::results::{RESULTS_FORMAT, Results};
use crate::disk;
use crate::error::{Fault, FaultKind, Place};
use crate::media::is_slug;

/// A stored result.
#[derive(Debug, Clone)]
pub struct Stored {
    /// As the user gave it.
    pub path: PathBuf,
    /// Its `results.json`.
    pub file: PathBuf,
    /// The numbers.
    pub results: Results,
    /// What was run, where the manifest still stands beside the numbers.
    pub manifest: Option<Manifest>,
}

/// What `results.json` begins with, whatever its format.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

const WHAT_IS_ONE: &str =
    "a results folder is what `tailcap run` writes, such as output/taiwan-cards";

/// Reads a results folder, or a `results.json` by itself.
pub fn read(path: &Path) -> Result<Stored, Fault> {
    let folder = path.is_dir();
    let file = if folder { path.join("results.json") } else { path.to_owned() };
    if folder && !file.exists() {
        let kind = FaultKind::Missing {
            what: "`results.json`".into(),
            why: "the folder holds no results of tailcap".into(),
        };
        return Err(Fault::new(Place::File(path.to_owned()), kind).with_hint(WHAT_IS_ONE));
    }
    let fault = |kind| Fault::new(Place::File(file.clone()), kind);
    let bytes = disk::read(&file).map_err(|e| {
        fault(FaultKind::Unreadable { reason: e.to_string() }).with_hint(WHAT_IS_ONE)
    })?;
    let head: Head = serde_json::from_slice(&bytes).map_err(|_| {
        let what = "`format`".to_owned();
        let why = "the file is no results.json, or a damaged one".to_owned();
        fault(FaultKind::Missing { what, why }).with_hint(WHAT_IS_ONE)
    })?;
    if head.format != RESULTS_FORMAT {
        let kind = FaultKind::Value {
            what: "`format`".into(),
            found: head.format.to_string(),
            required: format!("{RESULTS_FORMAT}, which tailcap {} reads", crate::VERSION),
        };
        let hint = "run its manifest.json again with this version: tailcap run MANIFEST --out DIR";
        return Err(fault(kind).with_hint(hint));
    }
    let results: Results = serde_json::from_slice(&bytes).map_err(|e| {
        let kind = FaultKind::Unreadable { reason: format!("damaged: {e}") };
        fault(kind).with_hint("run its manifest.json again: tailcap run MANIFEST --out DIR")
    })?;
    if let Some((place, id)) = no_id(&results) {
        let kind = FaultKind::Value {
            what: format!("`{place}`"),
            found: id.to_owned(),
            required: "an id of lower-case letters, digits and `-`: ids name files".into(),
        };
        let hint = "tailcap did not write this file as it is; run its manifest.json again";
        return Err(fault(kind).with_hint(hint));
    }
    let manifest = disk::read(&file.with_file_name("manifest.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(Stored { path: path.to_owned(), file, results, manifest })
}

/// An id that is none, with its place: such a name could lead out of the folder that figures are written into.
fn no_id(results: &Results) -> Option<(String, &str)> {
    let facts = &results.scenario;
    let mut ids = vec![
        ("scenario.id".to_owned(), &facts.id),
        ("scenario.baseline".to_owned(), &facts.baseline),
    ];
    for (r, run) in results.runs.iter().enumerate() {
        ids.push((format!("runs[{r}].variant"), &run.variant));
        let mut list = |name: &str, own: Vec<_>| {
            let places = own.into_iter().enumerate();
            ids.extend(places.map(|(at, id)| (format!("runs[{r}].{name}[{at}]"), id)));
        };
        list("policies", run.policies.iter().map(|own| &own.id).collect());
        list("policies.ladder", run.policies.iter().filter_map(|p| p.ladder.as_ref()).collect());
        list("summary.ladders", run.summary.ladders.iter().map(|own| &own.ladder).collect());
        list("regions", run.regions.iter().map(|own| &own.region).collect());
        list("break_evens", run.break_evens.iter().map(|own| &own.break_even).collect());
    }
    ids.into_iter().find(|(_, id)| !is_slug(id)).map(|(place, id)| (place, id.as_str()))
}

/// What was kept of the trials of a policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// Losses of the system, smallest units.
    pub losses: Vec<i64>,
    /// Weights of the trials.
    pub weights: Vec<f64>,
}

impl Stored {
    /// Checksum of the book behind a run, if the manifest knows it.
    pub fn book(&self, variant: &str) -> Option<&str> {
        let at = self.results.runs.iter().position(|run| run.variant == variant)?;
        self.manifest.as_ref()?.key.data_sha256.get(at).map(String::as_str)
    }

    /// Whether the losses of its trials were kept.
    pub fn has_trial_losses(&self) -> bool {
        self.trial_losses_file().exists()
    }

    /// `trial_losses.csv` beside the numbers.
    pub fn trial_losses_file(&self) -> PathBuf {
        self.file.with_file_name("trial_losses.csv")
    }

    /// What was kept of the trials of one variant, by policy; policies that the file does not have are
    /// left empty.
    pub fn trial_losses(&self, variant: &str, policies: &[String]) -> Result<Vec<Kept>, Fault> {
        let file = self.trial_losses_file();
        let per_unit = self.results.scenario.minor_units as f64;
        let unreadable = |reason: String| {
            let hint = "remove the file to compare without pairing, or run the scenario again";
            let kind = FaultKind::Unreadable { reason };
            Fault::new(Place::File(file.clone()), kind).with_hint(hint)
        };
        let opened = disk::open(&file).map_err(|e| unreadable(e.to_string()))?;
        let mut reader = csv::Reader::from_reader(opened);
        let mut kept = vec![Kept::default(); policies.len()];
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row).map_err(|e| unreadable(e.to_string()))? {
            let cell = |at: usize| row.get(at).unwrap_or_default();
            if cell(0) != variant {
                continue;
            }
            let Some(at) = policies.iter().position(|id| id == cell(2)) else { continue };
            let trial = cell(1).parse() == Ok(kept[at].losses.len());
            let number = |at: usize| cell(at).parse::<f64>().ok().filter(|x| x.is_finite());
            let found = number(3).zip(number(4)).filter(|_| trial);
            let (loss, weight) = found.ok_or_else(|| {
                let line = row.position().map_or(0, csv::Position::line);
                unreadable(format!("line {line} is damaged or out of order"))
            })?;
            kept[at].losses.push((loss * per_unit).round() as i64);
            kept[at].weights.push(weight);
        }
        Ok(kept)
    }
}
