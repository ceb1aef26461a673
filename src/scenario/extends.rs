//! `extends`: scenarios built on others. Reads the files that a scenario extends, and what those
//! extend, and lays each over its bases.
//!
//! Every path is resolved from the file that wrote it: the paths of a base are rewritten to start
//! from the folder of the file that extends it, so that the merged tree stands on its own and a
//! manifest can store it.

use std::path::{Component, Path, PathBuf};

use serde_json::Number;

use super::files::{self, Unreadable};
use super::merge::lay;
use super::overrides::steps_of_key;
use super::source::{Notation, Source};
use super::tree::{Data, Entry, Node, Span};
use super::written::excerpt;
use crate::disk::STANDARD_INPUT;
use crate::error::{Fault, FaultKind};

/// Most files that one scenario may be made of; bounds the work of a mistake.
const MOST_FILES: usize = 64;

/// Where paths stand in the format, by their last two steps: the tape, the values of laws, and the debts
/// of lenders.
const PATHS: [[&str; 2]; 3] = [["portfolio", "tape"], ["empirical", "file"], ["network", "file"]];

/// Reads the tree of the text that stands for the file `path`, the first of `sources`, merged with
/// everything it extends. The files that are read for it join `sources`.
pub(super) fn assemble(
    path: &Path,
    notation: Notation,
    sources: &mut Vec<Source>,
) -> Result<Node, Vec<Fault>> {
    let mut assembly = Assembly { sources, chain: Vec::new(), format: None, faults: Vec::new() };
    let root = assembly.file(path, notation, 0);
    match root {
        Some(root) if assembly.faults.is_empty() => Ok(root),
        _ => Err(assembly.faults),
    }
}

/// The work on one scenario.
struct Assembly<'a> {
    sources: &'a mut Vec<Source>,
    /// The file at hand and, before it, those that lead to it.
    chain: Vec<Link>,
    /// The format that the first file with one is written in.
    format: Option<Number>,
    faults: Vec<Fault>,
}

/// A file that is being read.
struct Link {
    /// As messages show it.
    name: String,
    /// The same for every way to write its path.
    file: PathBuf,
}

impl Assembly<'_> {
    /// The merged tree of a file whose text is a source already.
    fn file(&mut self, path: &Path, notation: Notation, source: usize) -> Option<Node> {
        let mut root = match files::parse(&self.sources[source].text, notation, source) {
            Ok(root) => root,
            Err(faults) => {
                self.faults.extend(faults);
                return None;
            }
        };
        if !matches!(root.data, Data::Table(_)) {
            self.refuse(root.span, "the scenario", "a table");
            return None;
        }
        let name = self.sources[source].name.clone();
        self.chain.push(Link { name, file: identity(path) });
        self.agree(&root);
        // For editors only.
        take(&mut root, "$schema", |node| node.text().is_some());
        let bases = match take(&mut root, "extends", |_| true) {
            Some(entry) => self.bases(&entry.node),
            None => Vec::new(),
        };
        let mut below: Option<Node> = None;
        for (written, span) in bases {
            if let Some(base) = self.base(path, &written, span) {
                below = Some(match below {
                    Some(earlier) => lay(base, earlier, ""),
                    None => base,
                });
            }
        }
        self.chain.pop();
        Some(match below {
            Some(below) => lay(root, below, ""),
            None => root,
        })
    }

    /// The files that the value of `extends` names.
    fn bases(&mut self, node: &Node) -> Vec<(String, Span)> {
        let nodes = match &node.data {
            Data::List(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut bases = Vec::new();
        for node in nodes {
            match node.text() {
                Some(text) if !text.trim().is_empty() => bases.push((text.to_owned(), node.span)),
                _ => {
                    let required = "the path of a scenario file in quotes, or a list of them";
                    self.refuse(node.span, "extends", required);
                }
            }
        }
        bases
    }

    /// The merged tree of a base that the file `extending` names, its paths starting from the
    /// folder of that file.
    fn base(&mut self, extending: &Path, written: &str, span: Span) -> Option<Node> {
        let path = extending.parent().unwrap_or(Path::new("")).join(written);
        if let Some(fault) = self.circle(&path, written, span) {
            self.faults.push(fault);
            return None;
        }
        let Some(notation) = Notation::of(&path) else {
            self.refuse(span, "extends", "a scenario file (`.toml`, `.yaml` or `.json`)");
            return None;
        };
        if self.sources.len() >= MOST_FILES {
            let message = format!("the scenario is made of more than {MOST_FILES} files");
            self.faults.push(Fault::new(span.place(), FaultKind::Conflict { message }));
            return None;
        }
        let text = match files::read(&path, Path::new(written)) {
            Ok(text) => files::without_mark(&text).to_owned(),
            Err(Unreadable { reason, hint }) => {
                let message = format!("`{written}` cannot be read: {reason}");
                let mut fault = Fault::new(span.place(), FaultKind::Conflict { message });
                fault.hint = hint;
                self.faults.push(fault);
                return None;
            }
        };
        let source = self.sources.len();
        self.sources.push(Source { name: path.display().to_string(), text });
        let mut root = self.file(&path, notation, source)?;
        take(&mut root, "format", |_| true);
        rebase(&mut root, Path::new(written).parent().unwrap_or(Path::new("")));
        Some(root)
    }

    /// The fault of a file that is being read already.
    fn circle(&self, path: &Path, written: &str, span: Span) -> Option<Fault> {
        let file = identity(path);
        let from = self.chain.iter().position(|link| link.file == file)?;
        let mut chain: Vec<String> =
            self.chain[from..].iter().map(|link| format!("`{}`", link.name)).collect();
        chain.push(chain[0].clone());
        let message = format!("`{written}` extends itself: {}", chain.join(" extends "));
        let hint = "take the `extends` out of one of them";
        Some(Fault::new(span.place(), FaultKind::Conflict { message }).with_hint(hint))
    }

    /// All files that say what format they are written in have to say the same.
    fn agree(&mut self, root: &Node) {
        let Some(Node { span, data: Data::Number(format) }) = root.get("format") else {
            return;
        };
        match &self.format {
            None => self.format = Some(format.clone()),
            Some(first) if first == format => {}
            Some(first) => {
                let message = format!(
                    "format is {format} here and {first} in `{}`, which is built on this file",
                    self.sources[0].name
                );
                self.faults.push(Fault::new(span.place(), FaultKind::Conflict { message }));
            }
        }
    }

    fn refuse(&mut self, span: Span, what: &str, required: &str) {
        let kind = FaultKind::Value {
            what: what.to_owned(),
            found: excerpt(self.sources, span),
            required: required.to_owned(),
        };
        self.faults.push(Fault::new(span.place(), kind));
    }
}

/// What tells a file from others, whatever the way its path is written.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Takes a key out of a table if its value is as it should be.
fn take(root: &mut Node, name: &str, fits: impl Fn(&Node) -> bool) -> Option<Entry> {
    let Data::Table(entries) = &mut root.data else { return None };
    let at = entries.iter().position(|entry| entry.name == name && fits(&entry.node))?;
    Some(entries.remove(at))
}

/// Makes the paths in a tree start one `folder` further up.
fn rebase(root: &mut Node, folder: &Path) {
    let Data::Table(entries) = &mut root.data else { return };
    for entry in entries {
        match (entry.name.as_str(), &mut entry.node.data) {
            (key @ ("portfolio" | "system"), _) => rebase_below(&mut entry.node, key, folder),
            ("variant", Data::List(variants)) => {
                variants.iter_mut().for_each(|variant| rebase_set(variant, folder));
            }
            _ => {}
        }
    }
}

/// The paths in the value of `key`.
fn rebase_below(node: &mut Node, key: &str, folder: &Path) {
    match &mut node.data {
        Data::List(nodes) => nodes.iter_mut().for_each(|node| rebase_below(node, key, folder)),
        Data::Table(entries) => {
            for entry in entries {
                if PATHS.contains(&[key, &entry.name]) {
                    prefix(&mut entry.node, folder);
                }
                rebase_below(&mut entry.node, &entry.name, folder);
            }
        }
        _ => {}
    }
}

/// The same in what a variant sets by path.
fn rebase_set(variant: &mut Node, folder: &Path) {
    let Data::Table(entries) = &mut variant.data else { return };
    let sets = entries.iter_mut().filter(|entry| entry.name == "set");
    for set in sets {
        let Data::Table(entries) = &mut set.node.data else { continue };
        for entry in entries {
            let steps = steps_of_key(&entry.name, entry.span);
            let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            if names.last_chunk().is_some_and(|last| PATHS.contains(last)) {
                prefix(&mut entry.node, folder);
            } else if let Some(last) = names.last() {
                rebase_below(&mut entry.node, last, folder);
            }
        }
    }
}

fn prefix(node: &mut Node, folder: &Path) {
    let Data::Text(path) = &mut node.data else { return };
    // An empty path is a fault, and has to stay one.
    if path.trim().is_empty()
        || path == STANDARD_INPUT
        || folder.components().all(|c| c == Component::CurDir)
    {
        return;
    }
    // Without `.`: two ways to say the same folder give one checksum.
    let joined: PathBuf =
        folder.join(&*path).components().filter(|c| *c != Component::CurDir).collect();
    *path = joined.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
}
