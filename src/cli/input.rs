//! From arguments to prepared scenarios, with faults shown at their places.

use std::io::Read;
use std::path::Path;

use super::fail::{Failure, colour};
use crate::disk;
use crate::error::{Fault, FaultKind, Place};
use crate::report::Manifest;
use crate::run::{self, Prepared};
use crate::scenario::{self, Loaded, Notation, Places, Rejected};

/// A scenario that passed every check.
pub struct Ready {
    /// As loaded.
    pub loaded: Loaded,
    /// With its books, models and policies.
    pub prepared: Vec<Prepared>,
}

/// Loads and prepares one file with some values changed (`path.to.key=value`).
pub fn ready(overrides: &[String], file: &Path) -> Result<Ready, Failure> {
    let loaded = load(overrides, file)
        .map_err(|rejected| Failure::Input(rejected.places.render(&rejected.faults, colour())))?;
    match run::prepare(&loaded) {
        Ok(prepared) => Ok(Ready { loaded, prepared }),
        Err(refused) => {
            let places = match refused.variant {
                Some(variant) => loaded.places.in_variant(variant),
                None => loaded.places,
            };
            Err(Failure::Input(places.render(&refused.faults, colour())))
        }
    }
}

fn load(overrides: &[String], file: &Path) -> Result<Loaded, Rejected> {
    if disk::is_standard_input(file) {
        return from_standard_input(overrides);
    }
    match manifest(file) {
        Some(manifest) => {
            let name = Path::new(&manifest.folder).join(format!("{}.json", manifest.scenario_id));
            let text = manifest.scenario.to_string();
            scenario::load_text(&name, &text, Notation::Json, overrides)
        }
        None => scenario::load(file, overrides),
    }
}

/// A scenario that another program hands over: JSON if it begins like it, else TOML. Paths in it start from
/// the working folder.
fn from_standard_input(overrides: &[String]) -> Result<Loaded, Rejected> {
    let name = Path::new("standard input");
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    let text = read.map_err(|e| e.to_string()).and_then(|_| {
        String::from_utf8(bytes)
            .map_err(|e| format!("not UTF-8 text (byte {})", e.utf8_error().valid_up_to()))
    });
    match text {
        Ok(text) => {
            let is_json = text.trim_start().starts_with('{');
            let notation = if is_json { Notation::Json } else { Notation::Toml };
            scenario::load_text(name, &text, notation, overrides)
        }
        Err(reason) => {
            let kind = FaultKind::Unreadable { reason };
            let fault = Fault::new(Place::File(name.to_owned()), kind);
            Err(Rejected { faults: vec![fault], places: Places::none() })
        }
    }
}

/// The manifest of an earlier run, if the file is one.
fn manifest(file: &Path) -> Option<Manifest> {
    if file.extension()? != "json" {
        return None;
    }
    serde_json::from_slice(&disk::read(file).ok()?).ok()
}
