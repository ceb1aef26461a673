//! As much of JSON Schema 2020-12 as the schema of scenarios uses; a keyword that is not known here
//! fails the test, so that none is passed over.

use serde_json::Value;

/// Keywords that say something to people only.
const WORDS: [&str; 6] = ["$schema", "$defs", "title", "description", "default", "examples"];

/// Adds what does not fit to `faults`, each with its place.
pub fn validate(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Value::Object(keywords) = schema else {
        assert_eq!(schema, &Value::Bool(true), "{at}: a schema is a table or true");
        return;
    };
    let fits = |inner: &Value| {
        let mut found = Vec::new();
        validate(root, inner, value, at, &mut found);
        found.is_empty()
    };
    let count = |options: &Value| options.as_array().unwrap().iter().filter(|s| fits(s)).count();
    for (keyword, rule) in keywords {
        let limit = rule.as_f64();
        let fault = match keyword.as_str() {
            word if WORDS.contains(&word) => false,
            "$ref" => {
                let target = rule.as_str().unwrap().trim_start_matches('#');
                validate(root, root.pointer(target).unwrap(), value, at, faults);
                false
            }
            "anyOf" => count(rule) == 0,
            "oneOf" => count(rule) != 1,
            "const" => !equal(rule, value),
            "enum" => !rule.as_array().unwrap().contains(value),
            "type" => !is(rule.as_str().unwrap(), value),
            "minimum" => value.as_f64() < limit,
            "maximum" => value.as_f64() > limit,
            "exclusiveMinimum" => value.as_f64() <= limit,
            "exclusiveMaximum" => value.as_f64() >= limit,
            "minLength" => {
                value.as_str().is_some_and(|s| (s.chars().count() as f64) < limit.unwrap())
            }
            "maxLength" => {
                value.as_str().is_some_and(|s| s.chars().count() as f64 > limit.unwrap())
            }
            "minItems" => value.as_array().is_some_and(|l| (l.len() as f64) < limit.unwrap()),
            "minProperties" => value.as_object().is_some_and(|m| (m.len() as f64) < limit.unwrap()),
            "pattern" => {
                assert_eq!(rule, "^[a-z0-9][a-z0-9-]{0,63}$", "the only pattern known here");
                value.as_str().is_some_and(|s| !is_slug(s))
            }
            "required" => {
                let names = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                let missing = |name: &&str| value.is_object() && value.get(*name).is_none();
                names.filter(missing).count() > 0
            }
            "items" => {
                for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                    validate(root, rule, inner, &format!("{at}/{i}"), faults);
                }
                false
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if let Some(property) = rule.get(key) {
                        validate(root, property, inner, &format!("{at}/{key}"), faults);
                    }
                }
                false
            }
            "additionalProperties" => {
                let known = keywords.get("properties");
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.get(key).is_some()) {
                        continue;
                    }
                    match rule {
                        Value::Bool(false) => faults.push(format!("{at} has {key}")),
                        other => validate(root, other, inner, &format!("{at}/{key}"), faults),
                    }
                }
                false
            }
            other => panic!("{at}: the schema has a keyword that this test does not know: {other}"),
        };
        if fault {
            faults.push(format!("{at}: {keyword} {rule}"));
        }
    }
}

/// `1` and `1.0` are one number to JSON Schema.
fn equal(a: &Value, b: &Value) -> bool {
    a == b || (a.is_number() && a.as_f64() == b.as_f64())
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|x| x.fract() == 0.0),
        other => panic!("the schema has a type that this test does not know: {other}"),
    }
}

fn is_slug(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(fits) && !text.starts_with('-')
}
