//! From arguments to prepared scenarios, with faults shown at their places.

use std::path::Path;

use super::fail::{Failure, colour};
use crate::report::Manifest;
use crate::run::{self, Prepared};
use crate::scenario::{self, Loaded, Notation, Rejected};

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
    match manifest(file) {
        Some(manifest) => {
            let name = Path::new(&manifest.folder).join(format!("{}.json", manifest.scenario_id));
            let text = manifest.scenario.to_string();
            scenario::load_text(&name, &text, Notation::Json, overrides)
        }
        None => scenario::load(file, overrides),
    }
}

/// The manifest of an earlier run, if the file is one.
fn manifest(file: &Path) -> Option<Manifest> {
    if file.extension()? != "json" {
        return None;
    }
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}
