//! From a scenario file to its text, and from a text to its tree, whatever the notation.

use std::fs;
use std::path::{Path, PathBuf};

use super::source::Notation;
use super::suggest::nearest;
use super::tree::Node;
use super::{json_tree, toml_tree, yaml_tree};
use crate::disk;
use crate::error::Fault;

/// So many files are named where none was found.
const MOST_NAMED: usize = 3;

/// Why a file has no text for us.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// What the system said, or what is wrong with the bytes.
    pub reason: String,
    /// The cure, if there is an obvious one.
    pub hint: Option<String>,
}

impl Notation {
    /// The notation that the name of a file stands for; `None` for a name of something else.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            None | Some("toml") => Some(Self::Toml),
            Some("json") => Some(Self::Json),
            Some("yaml" | "yml") => Some(Self::Yaml),
            Some(_) => None,
        }
    }
}

/// The text of a file; a hint speaks of it as `name`.
pub(super) fn read(path: &Path, name: &Path) -> Result<String, Unreadable> {
    let bytes = disk::read(path).map_err(|error| match path.is_dir() {
        true => {
            let reason = "it is a folder".to_owned();
            Unreadable { reason, hint: scenarios(path, name) }
        }
        false => Unreadable { reason: error.to_string(), hint: cure(path, name) },
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let hint = Some("save the file as UTF-8".to_owned());
        Unreadable { reason: format!("not UTF-8 text (byte {at})"), hint }
    })
}

/// The tree of a text, or everything that is not well-formed in it.
pub(super) fn parse(text: &str, notation: Notation, source: usize) -> Result<Node, Vec<Fault>> {
    match notation {
        Notation::Toml => toml_tree::parse(text, source),
        Notation::Json => json_tree::parse(text, source),
        Notation::Yaml => yaml_tree::parse(text, source),
    }
}

/// A text without its byte order mark.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What may have been meant by a file that is not there: one of nearly that name, or those that are there.
fn cure(path: &Path, name: &Path) -> Option<String> {
    let (folder, shown) = (folder_of(path), name.parent().unwrap_or(Path::new("")));
    let names = names(&folder)?;
    let near = nearest(path.file_name()?.to_str()?, &names);
    near.map(|near| format!("did you mean `{}`?", shown.join(near).display()))
        .or_else(|| scenarios(&folder, shown))
}

/// Which scenario files there are in a folder that is spoken of as `shown`.
fn scenarios(folder: &Path, shown: &Path) -> Option<String> {
    let mut all = names(folder)?;
    let is_scenario = |name: &String| {
        let is_named = Path::new(name).extension().and_then(|_| Notation::of(Path::new(name)));
        is_named.is_some() && says_format(&folder.join(name))
    };
    all.retain(is_scenario);
    let named: Vec<String> =
        all.iter().take(MOST_NAMED).map(|n| format!("`{}`", shown.join(n).display())).collect();
    let more = match all.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| format!("files there are {}{more}", named.join(", ")))
}

/// Whether a file says which format of scenarios it has, as all of them do.
fn says_format(path: &Path) -> bool {
    let is_format = |line: &str| {
        let key = line.trim_start().trim_start_matches('"').strip_prefix("format");
        let rest = key.map(|rest| rest.trim_start_matches('"').trim_start());
        rest.is_some_and(|rest| rest.starts_with(['=', ':']))
    };
    disk::read(path).is_ok_and(|text| String::from_utf8_lossy(&text).lines().any(is_format))
}

/// Names of what is in a folder, in order.
fn names(folder: &Path) -> Option<Vec<String>> {
    let entries = fs::read_dir(folder).ok()?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Some(names)
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
