//! `[[variant]]`: named sets of overrides, applied to the tree of the scenario.

use std::collections::BTreeSet;

use super::check::Check;
use super::overrides::{assign, steps_of_key};
use super::paths;
use super::spec::RawVariant;
use super::tree::{Data, Entry, Node};
use super::values::List;
use crate::error::{Fault, FaultKind, Place};

/// A variant before its tree has been read.
#[derive(Debug)]
pub(super) struct Planned {
    /// Slug.
    pub id: String,
    /// Free text.
    pub title: String,
    /// The scenario's tree with the overrides applied.
    pub tree: Node,
}

/// Keys that have to be the same in all variants of a scenario.
const SHARED: [&str; 16] = [
    "extends",
    "format",
    "seed",
    "sampling",
    "levels",
    "confidence",
    "baseline",
    "thresholds",
    "currency",
    "minor_units",
    "variant",
    "expect",
    "claim",
    "region",
    "break_even",
    "output",
];

/// Whole tables that `set` would replace, with all that it does not repeat.
const WHOLE: [&str; 6] = ["portfolio", "model", "stress", "behaviour", "system", "policy"];

/// Names the variants, and applies what each sets to its own copy of the tree.
pub(super) fn plan(raw: List<RawVariant>, root: &Node, check: &mut Check<'_>) -> Vec<Planned> {
    let mut seen = BTreeSet::new();
    let mut planned = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("variant", i);
        let id = check.id(&path, raw.id, "variant", &mut seen);
        if id == "base" {
            check.value(&paths::key(&path, "id"), "another name: `base` is the scenario itself");
        }
        let title =
            check.text(&paths::key(&path, "title"), raw.title).unwrap_or_else(|| id.clone());
        let mut tree = base(root);
        if let Some(node) = element(root, i) {
            apply(&mut tree, node, &paths::key(&path, "set"), &mut check.faults);
        }
        planned.push(Planned { id, title, tree });
    }
    planned
}

/// The scenario without its variants.
fn base(root: &Node) -> Node {
    let mut tree = root.clone();
    if let Data::Table(entries) = &mut tree.data {
        entries.retain(|entry| entry.name != "variant");
    }
    tree
}

fn element(root: &Node, index: usize) -> Option<&Node> {
    match &root.get("variant")?.data {
        Data::List(nodes) => nodes.get(index),
        _ => None,
    }
}

/// Applies `stress` and `set` of a variant; `path` is that of its `set`.
fn apply(tree: &mut Node, variant: &Node, path: &str, faults: &mut Vec<Fault>) {
    if let (Some(stress), Data::Table(entries)) = (variant.get("stress"), &mut tree.data) {
        entries.retain(|entry| entry.name != "stress");
        let entry = Entry { name: "stress".into(), span: stress.span, node: stress.clone() };
        entries.push(entry);
    }
    let Some(Data::Table(entries)) = variant.get("set").map(|set| &set.data) else {
        return;
    };
    // By name, so that the notation and the order of the file make no difference.
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    for entry in entries {
        let steps = steps_of_key(&entry.name, entry.span);
        let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        // Faults stand at the key, so that messages name the variant.
        let place = Place::Key(paths::key(path, &entry.name));
        if let Some((message, hint)) = refusal(&names) {
            faults.push(Fault::new(place, FaultKind::Conflict { message }).with_hint(hint));
        } else if let Err(fault) = assign(tree, &steps, entry.node.clone()) {
            faults.push(Fault { place, ..*fault });
        }
    }
}

/// Why a variant may not set a path, and what to do instead.
pub(super) fn refusal(names: &[&str]) -> Option<(String, &'static str)> {
    match names {
        [head, ..] if SHARED.contains(head) => Some((
            format!("`{head}` is the same in all variants, so that they can be compared"),
            "run another scenario file for it",
        )),
        ["policy", _, "id"] => {
            Some(("policies have the same ids in all variants".into(), "set `title` instead"))
        }
        ["policy", id] => Some((
            format!("`policy.{id}` is a whole policy; a variant sets single values"),
            "for example \"policy.cap-100k.rule.0.cap\" = 50_000",
        )),
        [head] if WHOLE.contains(head) => Some((
            format!("`{head}` is a whole table; a variant sets single values"),
            "write the path in quotes, such as \"model.correlation\" = 0.15",
        )),
        _ => None,
    }
}
