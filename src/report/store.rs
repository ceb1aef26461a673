//! Results folders: written whole or not at all, never silently replaced.
//!
//! What stands in a folder is told from its manifest; [`Staging`] puts results there.

mod staging;

use std::fs;
use std::path::{Path, PathBuf};

use super::manifest::{Key, Manifest};
use super::results::Results;
use crate::disk::{self, stage};

pub use staging::{Published, Staging};

/// The manifest of a results folder.
pub const MANIFEST: &str = "manifest.json";

/// What stands in a results folder before a run.
#[derive(Debug)]
pub enum Standing {
    /// Nothing.
    Free,
    /// The same results already.
    Same {
        /// They.
        results: Box<Results>,
        /// Files that the manifest names and that are not there.
        missing: Vec<String>,
    },
    /// Other results, or an interrupted run: `--force` may replace them.
    Other {
        /// In words.
        what: String,
    },
    /// Files that are no results of tailcap: never replaced.
    Foreign,
}

/// Looks at a results folder.
pub fn standing(folder: &Path, key: &Key) -> Standing {
    if !folder.exists() {
        return Standing::Free;
    }
    let Some(manifest) = manifest(folder) else {
        let is_empty = files_in(folder).is_ok_and(|files| files.is_empty()) && no_folders(folder);
        return if is_empty { Standing::Free } else { Standing::Foreign };
    };
    if manifest.interrupted {
        return Standing::Other { what: "results of an interrupted run".into() };
    }
    if manifest.key != *key {
        let own = &manifest.key;
        let what = if own.version != key.version {
            format!("results of version {}", own.version)
        } else if own.numbers != key.numbers {
            "results of another build of tailcap, which computes other numbers".into()
        } else if own.data_sha256 != key.data_sha256 {
            "results of other data".into()
        } else {
            "results of another scenario text (other settings, trials or seed)".into()
        };
        return Standing::Other { what };
    }
    let stored = disk::read(&folder.join("results.json")).ok();
    match stored.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        Some(results) => {
            let mut missing = manifest.files;
            missing.retain(|name| !folder.join(name).is_file());
            Standing::Same { results, missing }
        }
        None => Standing::Other { what: "a damaged results.json".into() },
    }
}

/// A file in a results folder that is none of the results, as far as the manifest knows; the first
/// by name.
pub fn stranger(folder: &Path) -> Option<PathBuf> {
    let own: Vec<String> = manifest(folder)?.names();
    let is_own = |name: &Path| own.iter().any(|own| Path::new(own) == name);
    files_in(folder).ok()?.into_iter().find(|name| !is_own(name))
}

/// The manifest of a results folder, if it is one.
fn manifest(folder: &Path) -> Option<Manifest> {
    serde_json::from_slice(&disk::read(&folder.join(MANIFEST)).ok()?).ok()
}

/// All files in a folder and below but those in the making, relative to it, in order of their names.
fn files_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    fn walk(root: &Path, at: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in fs::read_dir(at)? {
            let entry = entry?;
            let path = entry.path();
            if is_stage(&entry.file_name()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                walk(root, &path, found)?;
            } else {
                found.extend(path.strip_prefix(root).ok().map(Path::to_owned));
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found)?;
    found.sort();
    Ok(found)
}

/// Whether there are no folders in a folder, but of results in the making.
fn no_folders(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    !entries.into_iter().any(|entry| !is_stage(&entry.file_name()))
}

fn is_stage(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(stage::is_name)
}

#[cfg(test)]
mod tests;
