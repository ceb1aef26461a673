//! What can go wrong: faults of the user's input, each with its place, and failures of the
//! surroundings (files, memory).

use std::fmt;
use std::path::PathBuf;

/// At most so many faults are reported at once.
pub const MAX_FAULTS: usize = 20;

/// Any reason for which a command ends without its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is refused; at least one fault.
    #[error("{} fault(s) in the input", .0.len())]
    Input(Vec<Fault>),
    /// A file or folder could not be read or written.
    #[error("{action} `{}`: {source}", path.display())]
    File {
        /// What was tried, such as `cannot write`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The user interrupted before anything could be kept.
    #[error("interrupted before anything was finished")]
    Interrupted,
    /// The run was refused before its start, or cannot be continued.
    #[error("{message}")]
    Refused {
        /// What is wrong, with values.
        message: String,
        /// What the user can do.
        hint: Option<String>,
    },
}

/// One thing wrong with the input: where, what, and what would cure it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub kind: FaultKind,
    /// What the user can do, when that is known.
    pub hint: Option<String>,
}

/// Where a fault stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The value at a path of the scenario, such as `policy[1].rule[0].cap`.
    Value(String),
    /// The key itself at a path of the scenario.
    Key(String),
    /// A byte range of a source text (syntax errors, before paths exist).
    Span {
        /// Index of the source among the loaded ones.
        source: usize,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// A cell of a tape.
    Cell {
        /// The tape.
        file: PathBuf,
        /// Line of the file, from 1 (the header is line 1).
        line: u64,
        /// Header of the column, if one column is meant.
        column: Option<String>,
    },
    /// A whole file.
    File(PathBuf),
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The file is not well-formed.
    Syntax {
        /// What the parser said.
        message: String,
    },
    /// A key that the format does not know.
    UnknownKey {
        /// The key.
        key: String,
        /// Keys that may stand there.
        known: Vec<String>,
    },
    /// A value of the wrong type or outside its range.
    Value {
        /// What it is the value of, such as `cap`.
        what: String,
        /// The value as written.
        found: String,
        /// What it must be, ready to follow "must be".
        required: String,
    },
    /// Something that has to be there is not.
    Missing {
        /// What is missing, such as `` `tape` ``.
        what: String,
        /// Why it is needed, or what it would be, ready to follow "is missing:".
        why: String,
    },
    /// An id given twice.
    Duplicate {
        /// What kind of thing, such as `policy id`.
        what: String,
        /// The id.
        id: String,
    },
    /// A name that refers to nothing.
    UnknownName {
        /// What kind of thing, such as `segment`.
        what: String,
        /// The name as written.
        found: String,
        /// Names that exist.
        known: Vec<String>,
    },
    /// A file that cannot be read.
    Unreadable {
        /// What the system said.
        reason: String,
    },
    /// A smallest unit of currency that is too coarse for amounts; where the scenario gives none, a
    /// finer one is taken.
    TooCoarse {
        /// What rounding would do; a sentence.
        message: String,
        /// Smallest units per unit of currency that are enough.
        needed: u64,
    },
    /// Values that cannot stand together; a sentence with the values in it.
    Conflict {
        /// The sentence.
        message: String,
    },
}

impl Fault {
    /// A fault without a hint.
    pub fn new(place: Place, kind: FaultKind) -> Self {
        Self { place, kind, hint: None }
    }

    /// The same fault with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { message } => write!(f, "{message}"),
            Self::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            Self::Value { what, found, required } => {
                write!(f, "{what} is `{found}`, must be {required}")
            }
            Self::Missing { what, why } => write!(f, "{what} is missing: {why}"),
            Self::Duplicate { what, id } => write!(f, "{what} `{id}` is given twice"),
            Self::UnknownName { what, found, .. } => write!(f, "unknown {what} `{found}`"),
            Self::Unreadable { reason } => write!(f, "cannot be read: {reason}"),
            Self::TooCoarse { message, .. } | Self::Conflict { message } => {
                write!(f, "{message}")
            }
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Input(vec![fault])
    }
}
