//! From a scenario file to its text, and from a text to its tree, whatever the notation.

use std::fs;
use std::path::Path;

use super::source::Notation;
use super::suggest::nearest;
use super::tree::Node;
use super::{json_tree, toml_tree, yaml_tree};
use crate::error::Fault;

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
    let bytes = fs::read(path).map_err(|error| {
        let hint = meant(path, name).map(|meant| format!("did you mean `{meant}`?"));
        Unreadable { reason: error.to_string(), hint }
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

/// The file in the same folder whose name is nearly the one asked for.
fn meant(path: &Path, name: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let near = nearest(path.file_name()?.to_str()?, &names)?;
    Some(name.with_file_name(near).display().to_string())
}
