//! The JSON Schema of the scenario file, made for editors: it completes keys and words, shows what
//! they mean, and underlines what cannot stand. What depends on other values is left to the checks.

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Value, json};

use super::spec::RawScenario;

/// The JSON Schema (2020-12) of the scenario file in any notation.
pub fn schema() -> Value {
    // Regions read a scenario hundreds of times.
    static SCHEMA: LazyLock<Value> = LazyLock::new(generated);
    SCHEMA.clone()
}

fn generated() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .with_transform(ForAuthors)
        .into_generator()
        .into_root_schema_for::<RawScenario>();
    schema.insert("examples".into(), json!([least()]));
    schema.to_value()
}

/// The least that a scenario holds, as an example.
fn least() -> Value {
    json!({
        "format": 1,
        "currency": "EUR",
        "portfolio": { "tape": "my-book.csv" },
        "model": { "correlation": 0.04 },
        "policy": [{ "id": "today" }],
    })
}

/// Takes out what is true of our types but of no use to an author, above all that every value may be
/// null: it says "not given", and nobody wants it offered.
#[derive(Debug, Clone)]
struct ForAuthors;

impl Transform for ForAuthors {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
        if object.get("format").is_some_and(|format| format == "double" || format == "int64") {
            object.remove("format");
        }
        // Doc comments are broken for the source, not for a tooltip.
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = text.replace('\n', " ");
        }
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".into(), only);
            }
        }
        if let Some(Value::Array(words)) = object.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
        if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
            choices.retain(|choice| *choice != json!({ "type": "null" }));
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                object.remove("anyOf");
                // What is said at the key goes before what is said of the type.
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_may_be_null_and_nothing_unknown() {
        fn walk(value: &Value, at: &str) {
            match value {
                Value::Object(map) => {
                    if map.contains_key("properties") {
                        assert_eq!(map["additionalProperties"], json!(false), "{at}");
                    }
                    for (key, inner) in map {
                        walk(inner, &format!("{at}/{key}"));
                    }
                }
                Value::Array(list) => list.iter().for_each(|inner| walk(inner, at)),
                Value::String(text) => assert_ne!(text, "null", "{at}"),
                Value::Null => panic!("{at} is null"),
                _ => {}
            }
        }
        walk(&schema(), "");
    }

    #[test]
    fn every_key_says_what_it_is() {
        fn walk(value: &Value, at: &str) {
            let Value::Object(map) = value else { return };
            if let Some(Value::Object(properties)) = map.get("properties") {
                for (key, property) in properties {
                    let text = property["description"].as_str().unwrap_or_default();
                    assert!(text.len() > 10, "{at}: {key} has no description");
                }
            }
            map.iter().for_each(|(key, inner)| walk(inner, key));
        }
        walk(&schema(), "");
    }
}
