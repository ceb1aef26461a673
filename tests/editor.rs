//! What an editor is told about scenario files: the schema in `docs` is the one that is printed,
//! every shipped scenario fits it, and what cannot stand does not.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;
#[path = "support/validate.rs"]
mod validate;

use serde_json::{Value, json};
use shell::{Shell, difference, repository, shipped_scenarios};
use validate::validate;

fn schema() -> Value {
    tailcap::scenario::schema()
}

fn faults(scenario: &Value) -> Vec<String> {
    let schema = schema();
    let mut faults = Vec::new();
    validate(&schema, &schema, scenario, "", &mut faults);
    faults
}

#[test]
fn the_schema_in_docs_is_the_one_that_is_printed() {
    let file = repository("docs/scenario.schema.json");
    let printed = Shell::new().done(&["schema", "scenario"]).out;
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&file, &printed).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(
        kept == printed,
        "{}\nif this is meant: UPDATE_GOLDENS=1 cargo test --release --test editor",
        difference(&kept, &printed)
    );
    assert_eq!(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn every_shipped_scenario_fits_the_schema() {
    for name in shipped_scenarios() {
        let text = std::fs::read_to_string(repository(&name)).unwrap();
        let value: Value = toml::from_str(&text).unwrap();
        assert_eq!(faults(&value), [""; 0], "{name}");
    }
}

#[test]
fn the_examples_of_the_schema_fit_it() {
    fn walk(root: &Value, schema: &Value, at: &str, seen: &mut usize) {
        match schema {
            Value::Object(map) => {
                let word = |name: &str| map.get(name).filter(|_| !at.ends_with("/properties"));
                let shown = word("examples").and_then(Value::as_array).into_iter().flatten();
                for value in shown.chain(word("default")) {
                    let mut faults = Vec::new();
                    validate(root, schema, value, at, &mut faults);
                    assert_eq!(faults, [""; 0]);
                    *seen += 1;
                }
                map.iter()
                    .filter(|(key, _)| !["examples", "default"].contains(&key.as_str()))
                    .for_each(|(key, inner)| walk(root, inner, &format!("{at}/{key}"), seen));
            }
            Value::Array(list) => list.iter().for_each(|inner| walk(root, inner, at, seen)),
            _ => {}
        }
    }
    let (schema, mut seen) = (schema(), 0);
    walk(&schema, &schema, "", &mut seen);
    assert!(seen > 20, "the schema has only {seen} examples and defaults");
}

#[test]
fn what_cannot_stand_does_not_fit() {
    let good = schema()["examples"][0].clone();
    assert_eq!(faults(&good), [""; 0]);
    let cases = [
        ("/format", json!(2)),
        ("/currency", json!("")),
        ("/portfolio/tape", json!(3)),
        ("/portfolio/defaults", json!({ "lgd": 75 })),
        ("/portfolio/pool", json!({ "balance_step": 0 })),
        ("/portfolio/negative_balance", json!("zeero")),
        ("/portfolio/segment", json!([{ "id": "a", "where": { "age": {} } }])),
        ("/model/correlation", json!(1)),
        ("/model/correlation", json!({ "basel": "qrree" })),
        ("/model/copula", json!("clayton")),
        ("/policy/0", json!({ "title": "no id" })),
        ("/policy/0/id", json!("Cap 3000")),
        ("/policy/0/rule", json!([{}])),
        ("/policy/0/rule", json!([{ "cap": 1, "scale": 0.5 }])),
        ("/policy/0/rule", json!([{ "cap": -1 }])),
        ("/stress", json!({ "factor": { "fixed": 1, "shift": 1 } })),
        ("/levels", json!([])),
        ("/sampling", json!({ "trials": 0.5 })),
        ("/elephants", json!(3)),
        ("/variant", json!([{ "title": "no id" }])),
    ];
    for (at, value) in cases {
        let mut broken = good.clone();
        let (holder, key) = at.rsplit_once('/').unwrap();
        match broken.pointer_mut(holder).unwrap() {
            Value::Array(list) => list[0] = value,
            holder => holder[key] = value,
        }
        assert!(!faults(&broken).is_empty(), "{at}");
    }
}

#[test]
fn keys_for_editors_are_ignored() {
    let shell = Shell::new();
    shell.write("book.csv", "limit,balance,pd\n1000,600,0.02\n");
    let mut scenario = schema()["examples"][0].clone();
    scenario["portfolio"] = json!({ "tape": "book.csv", "defaults": { "lgd": 0.5 } });
    shell.write("plain.json", &scenario.to_string());
    scenario["$schema"] = json!("./scenario.schema.json");
    shell.write("plain-too.json", &scenario.to_string());
    let checked = |name: &str| shell.done(&["check", name]).out.lines().skip(3).count();
    assert_eq!(checked("plain.json"), checked("plain-too.json"));
}
