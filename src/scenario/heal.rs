//! Reading a plain value with serde although it has faults: record the first, take the offending
//! value out, read again.
//!
//! serde stops at its first error, and users should see all of theirs at once. Every raw field is
//! optional and null stands for "not given", so that each round ends one fault further.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::found::Found;
use super::paths;
use super::shape::refuse_lists;
use super::suggest::nearest;
use super::tree::Lowered;
use super::written::Written;
use crate::error::{Fault, FaultKind, Place};

/// So many faults are looked for before reading gives up; more than are shown, so that those
/// shown are the first in the file.
pub(super) const PATIENCE: usize = 100;

/// Reads `T`, whose JSON Schema is given, from a lowered tree, taking out what does not fit.
pub(super) fn read<T: DeserializeOwned + Default>(
    lowered: &mut Lowered,
    schema: &Value,
    written: &Written<'_>,
) -> (T, Found) {
    let mut found = Found::default();
    refuse_lists(&mut lowered.value, schema, written, &mut found);
    while found.faults.len() < PATIENCE {
        let error = match serde_path_to_error::deserialize(&lowered.value) {
            Ok(raw) => return (raw, found),
            Err(error) => error,
        };
        let steps = steps(error.path());
        explain(&error.inner().to_string(), &steps, written, &mut found);
        if !take_out(&mut lowered.value, &steps) {
            break;
        }
    }
    // Nothing more can be said about the rest: count all of it as taken out.
    found.removed.insert(String::new());
    (T::default(), found)
}

/// One step of a path.
#[derive(Debug)]
enum Step {
    Key(String),
    Element(usize),
}

fn steps(path: &serde_path_to_error::Path) -> Vec<Step> {
    path.iter()
        .map_while(|segment| match segment {
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Seq { index } => Some(Step::Element(*index)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn text(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |path, step| match step {
        Step::Key(key) => paths::key(&path, key),
        Step::Element(index) => paths::element(&path, *index),
    })
}

/// Turns serde's message into a fault.
fn explain(message: &str, steps: &[Step], written: &Written<'_>, found: &mut Found) {
    let path = text(steps);
    found.removed.insert(path.clone());
    let (seen, expected) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    let (place, kind) = if seen.starts_with("unknown field ") || seen.contains("no fields") {
        let key = match steps.last() {
            Some(Step::Key(key)) => key.clone(),
            _ => String::new(),
        };
        let known = quoted(expected);
        // The key that was meant is there, only misspelt: it must not be called missing too.
        if let Some(meant) = nearest(&key, &known) {
            found.removed.insert(paths::key(paths::parent(&path).unwrap_or(""), meant));
        }
        (Place::Key(path), FaultKind::UnknownKey { key, known })
    } else {
        let required = plain(expected);
        let what = if path.is_empty() { "the scenario" } else { paths::last_key(&path) };
        let kind = FaultKind::Value { what: what.to_owned(), found: written.text(&path), required };
        (Place::Value(path), kind)
    };
    let hint = match &kind {
        FaultKind::Value { .. } if expected == "a sequence" && seen.ends_with("map") => {
            list_of_tables(steps)
        }
        FaultKind::Value { found, required, .. } => {
            let word = found.trim_matches(['"', '\'']);
            if word != found && required.contains("such as") && word.parse::<f64>().is_ok() {
                Some(format!("a number has no quotes: write {word}"))
            } else {
                nearest(word, &quoted(required)).map(|meant| format!("did you mean `{meant}`?"))
            }
        }
        _ => None,
    };
    found.faults.push(Fault { place, kind, hint });
}

/// The cure for `[policy]` where `[[policy]]` is meant.
fn list_of_tables(steps: &[Step]) -> Option<String> {
    let keys: Vec<&str> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Element(_) => None,
        })
        .collect();
    let listed = [
        "policy",
        "rule",
        "variant",
        "segment",
        "factor",
        "lender",
        "group",
        "programme",
        "tranche",
    ];
    let last = keys.last()?;
    listed.contains(last).then(|| format!("in TOML each is headed by `[[{}]]`", keys.join(".")))
}

/// The names in backticks of a message.
fn quoted(message: &str) -> Vec<String> {
    message.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// serde's names of types in the words of the docs.
fn plain(expected: &str) -> String {
    match expected {
        "a string" => "a text in quotes",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a table",
        other => other,
    }
    .to_owned()
}

/// Takes the value at a path out: null in its place, or its key gone. False if nothing changed,
/// which would have the caller read the same thing for ever.
fn take_out(root: &mut Value, steps: &[Step]) -> bool {
    let Some((last, above)) = steps.split_last() else {
        return false;
    };
    let mut holder = root;
    for step in above {
        let next = match step {
            Step::Key(key) => holder.get_mut(key),
            Step::Element(index) => holder.get_mut(index),
        };
        match next {
            Some(next) => holder = next,
            None => return false,
        }
    }
    match (last, holder) {
        (Step::Key(key), Value::Object(map)) => map.shift_remove(key).is_some(),
        (Step::Element(index), Value::Array(values)) => match values.get_mut(*index) {
            Some(value) if !value.is_null() => {
                *value = Value::Null;
                true
            }
            _ => false,
        },
        _ => false,
    }
}
