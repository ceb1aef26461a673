//! Rules of the JSON Schema that tables of the scenario file share.

use serde_json::{Value, json};

/// Requires exactly one of some keys of a table.
pub(super) fn exactly_one(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({ "required": [key] })).collect()
}
