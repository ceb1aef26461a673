//! Refusing a list where the format has a table.
//!
//! serde's derived readers take a list for a table and fill its fields by position, so that
//! `sampling = [5]` would quietly mean 5 trials. The JSON Schema of the format says where tables
//! stand; lists found there are taken out as faults before serde sees them.

use serde_json::Value;

use super::found::Found;
use super::paths;
use super::written::Written;
use crate::error::{Fault, FaultKind, Place};

/// Takes out what `schema` (a whole schema document) has a table for and `value` a list.
pub(super) fn refuse_lists(
    value: &mut Value,
    schema: &Value,
    written: &Written<'_>,
    found: &mut Found,
) {
    walk(value, schema, schema, "", written, found);
}

fn walk(
    value: &mut Value,
    node: &Value,
    document: &Value,
    path: &str,
    written: &Written<'_>,
    found: &mut Found,
) {
    let node = table_choice(resolve(node, document), document, value);
    match (node.get("properties"), node.get("items")) {
        (Some(Value::Object(properties)), _) => match value {
            Value::Array(_) => {
                let what = if path.is_empty() { "the scenario" } else { paths::last_key(path) };
                let kind = FaultKind::Value {
                    what: what.to_owned(),
                    found: written.text(path),
                    required: "a table".to_owned(),
                };
                found.faults.push(Fault::new(Place::Value(path.to_owned()), kind));
                found.removed.insert(path.to_owned());
                *value = Value::Null;
            }
            Value::Object(map) => {
                for (key, inner) in map.iter_mut() {
                    // Keys of tables with free keys, such as segments of a model, share a schema.
                    let free = node.get("additionalProperties");
                    if let Some(schema) = properties.get(key).or(free) {
                        walk(inner, schema, document, &paths::key(path, key), written, found);
                    }
                }
            }
            _ => {}
        },
        (None, Some(items)) => {
            for (i, inner) in value.as_array_mut().into_iter().flatten().enumerate() {
                walk(inner, items, document, &paths::element(path, i), written, found);
            }
        }
        _ => {
            let free = node.get("additionalProperties").filter(|free| free.is_object());
            if let (Some(free), Value::Object(map)) = (free, value) {
                for (key, inner) in map.iter_mut() {
                    walk(inner, free, document, &paths::key(path, key), written, found);
                }
            }
        }
    }
}

/// Where a number or a table may stand and a table does: what the table may hold.
fn table_choice<'s>(node: &'s Value, document: &'s Value, value: &Value) -> &'s Value {
    let choices = node.get("anyOf").and_then(Value::as_array).filter(|_| value.is_object());
    let choices = choices.into_iter().flatten().map(|choice| resolve(choice, document));
    choices.into_iter().find(|choice| choice.get("properties").is_some()).unwrap_or(node)
}

fn resolve<'s>(node: &'s Value, document: &'s Value) -> &'s Value {
    match node.get("$ref").and_then(Value::as_str) {
        Some(target) => document.pointer(target.trim_start_matches('#')).unwrap_or(node),
        None => node,
    }
}
