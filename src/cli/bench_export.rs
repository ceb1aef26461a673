//! Files of the standard workloads, so that any other engine can be given the same books.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::fail::Failure;
use super::say::say;
use crate::bench::workloads::Workload;
use crate::disk::{Standing, write_from};
use crate::error::Error;

/// Writes `book.csv` and `scenario.toml` of each workload into a folder of its name and says where
/// they are; nothing is written if any of them stands there already, unless it may be replaced.
pub fn export(workloads: &[Workload], folder: &Path, standing: Standing) -> Result<(), Failure> {
    let places: Vec<(&Workload, Place)> =
        workloads.iter().map(|workload| (workload, Place::of(workload, folder))).collect();
    if standing == Standing::Keep {
        let files = places.iter().flat_map(|(_, place)| [&place.book, &place.scenario]);
        if let Some(standing) = files.into_iter().find(|path| path.exists()) {
            return Err(occupied(standing));
        }
    }
    for (workload, place) in &places {
        std::fs::create_dir_all(&place.folder).map_err(|e| unwritable(&place.folder, e))?;
        // The book first: a scenario without its book would be refused.
        put(&place.book, &mut workload.tape(), standing)?;
        put(&place.scenario, &mut workload.scenario().as_bytes(), standing)?;
    }
    let lines = places.iter().map(|(workload, place)| {
        format!("{}: {}, with its book\n", workload.id, place.scenario.display())
    });
    say(&lines.collect::<String>())
}

/// Where the files of a workload go.
struct Place {
    folder: PathBuf,
    book: PathBuf,
    scenario: PathBuf,
}

impl Place {
    fn of(workload: &Workload, folder: &Path) -> Self {
        let folder = folder.join(workload.id);
        Self { book: folder.join("book.csv"), scenario: folder.join("scenario.toml"), folder }
    }
}

fn put(path: &Path, text: &mut impl Read, standing: Standing) -> Result<(), Failure> {
    write_from(path, text, standing).map_err(|error| {
        // Somebody else was quicker.
        let taken = error.kind() == std::io::ErrorKind::AlreadyExists;
        if taken { occupied(path) } else { unwritable(path, error) }
    })
}

fn unwritable(path: &Path, source: std::io::Error) -> Failure {
    Error::File { action: "cannot write", path: path.to_owned(), source }.into()
}

fn occupied(path: &Path) -> Failure {
    Failure::Occupied {
        place: path.to_owned(),
        what: "a file".into(),
        hint: "--force replaces it, another DIR leaves it alone".to_owned(),
    }
}
