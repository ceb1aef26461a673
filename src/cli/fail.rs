//! Errors as the user sees them.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use crate::error::{Error, Fault};
use crate::media::terminal;
use crate::scenario::Places;

/// Why a command ended without its result.
#[derive(Debug)]
pub enum Failure {
    /// Faults of the input, already rendered with their places.
    Input(String),
    /// Anything else that went wrong.
    Error(Error),
    /// The output place holds something that will not be replaced unasked.
    Occupied {
        /// The place.
        place: PathBuf,
        /// What stands there.
        what: String,
        /// What the user can do.
        hint: String,
    },
    /// Whoever reads standard output has left, as `head` does; nobody is there to be told.
    NobodyReads,
}

impl Failure {
    /// Faults that stand in no text, only in files.
    pub fn refused(faults: &[Fault]) -> Self {
        Self::Input(Places::none().render(faults, colour()))
    }

    /// Work that is done and whose place is taken: where it is instead.
    pub fn kept(place: &Path, what: &str, kept: &Path) -> Self {
        let hint = format!("the results of this run are in `{}`", kept.display());
        Self::Occupied { place: place.to_owned(), what: what.to_owned(), hint }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Whether messages may be coloured.
pub fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

impl Failure {
    /// Prints the message and gives the exit code.
    pub fn report(&self) -> Exit {
        match self {
            Self::Input(text) => {
                anstream::eprint!("{text}");
                Exit::Refused
            }
            Self::Error(error) => {
                anstream::eprintln!("error: {}", terminal(&error.to_string()));
                match error {
                    Error::Refused { hint: Some(hint), .. } => {
                        anstream::eprintln!("hint: {}", terminal(hint));
                    }
                    Error::File { source, .. } => {
                        if let Some(hint) = hint_for(source) {
                            anstream::eprintln!("hint: {hint}");
                        }
                    }
                    _ => {}
                }
                match error {
                    Error::Interrupted => Exit::Interrupted,
                    Error::Input(_) => Exit::Refused,
                    _ => Exit::Failed,
                }
            }
            Self::NobodyReads => Exit::Done,
            Self::Occupied { place, what, hint } => {
                let place = terminal(&place.display().to_string());
                anstream::eprintln!("error: `{place}` holds {}", terminal(what));
                anstream::eprintln!("hint: {hint}");
                Exit::Occupied
            }
        }
    }
}

fn hint_for(error: &std::io::Error) -> Option<&'static str> {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull => Some("free some space, or write to another disk"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Some("choose a folder that can be written to")
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Some("name a place in a folder that exists or can be made")
        }
        ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded => {
            Some("raise the limit on file sizes, or write to another disk")
        }
        _ => None,
    }
}
