//! The documents about results say what results are: the schema is current and real results fit
//! it, and the data dictionary names every column, key and word.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use serde_json::Value;
use shell::{Shell, difference, repository};
use tailcap::report::Results;

const SCENARIO: &str = r#"
format = 1
currency = "EUR"
levels = [0.9, 0.999]
thresholds = [100, 100_000]

[sampling]
trials = 60

[portfolio]
tape = "book.csv"
defaults = { lgd = 0.6, interest_rate = 0.18 }
[[portfolio.segment]]
id = "small"
where = { limit = { at_most = 1_000 } }
[[portfolio.segment]]
id = "large"
where = {}

[model]
correlation = 0.04

[[policy]]
id = "today"
[[policy]]
id = "cap-800"
[[policy.rule]]
cap = 800
[[policy]]
id = "ladder"
[[policy.rule]]
cap = { list = [500, 1_200] }
[[policy]]
id = "matched"
match_credit = "cap-800"
[[policy.rule]]
scale = 1

[[variant]]
id = "bad-year"
stress = { pd_multiplier = 30, factor = { fixed = -2 } }

[[expect]]
text = "the cap lowers the mean"
policy = "cap-800"
measure = "el"
falls_by_at_least = { relative = 0.05 }
variants = ["base", "bad-year"]

[behaviour]
leakage = 0.5
relief = 0.5
squeeze = 0.2
stacking = 1.5

[claim]
number = 1
text = "caps help"

[[system.lender]]
name = "north"
capital = 20
[[system.lender]]
name = "south"
capital = 600
[[system.group]]
name = "partner"
count = 2
capital = 400
other_assets = { amount = 2_000, pd = 0.02 }
[[system.programme]]
id = "joint"
lender = "south"
own_share = 0.2
securitised = 0.3
partners = "partner"
tranche = [
  { name = "equity", from = 0, to = 0.2, holder = "south" },
  { name = "senior", from = 0.2, to = 1 },
]
[system.contagion]
network = { lenders = ["north", "south"], owes = [[0, 50], [30, 0]] }
debt_rank = "linear"
cascade = true
[system.feedback]
cut = 0.3

[[region]]
id = "map"
policy = "cap-800"
measure = { es = 0.9 }
x = { key = "behaviour.leakage", from = 0, to = 1, points = 3 }
y = { key = "behaviour.squeeze", from = 0, to = 3, points = 3 }

[[break_even]]
id = "point"
policy = "cap-800"
measure = "el"
key = "behaviour.squeeze"
from = 0
to = 5

[output]
trial_losses = true
"#;

const BOOK: &str = "borrower,lender,limit,balance,pd,income,age\n\
    a,north,1000,600,0.02,2000,30\na,south,2000,1500,0.02,2000,30\nb,south,900,950,0.05,,\n";

/// A result with everything in it that can be.
fn full_result() -> Shell {
    let shell = Shell::new();
    shell.write("full.toml", SCENARIO).write("book.csv", BOOK);
    shell.done(&["run", "full.toml", "--out", "full"]);
    shell
}

fn schema() -> Value {
    serde_json::from_str(&Shell::new().done(&["schema", "results"]).out).unwrap()
}

fn dictionary() -> String {
    std::fs::read_to_string(repository("docs/results.md")).unwrap()
}

#[test]
fn the_schema_in_docs_is_the_one_that_is_printed() {
    let file = repository("docs/results.schema.json");
    let printed = Shell::new().done(&["schema", "results"]).out;
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&file, &printed).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(
        kept == printed,
        "{}\nif this is meant: UPDATE_GOLDENS=1 cargo test --release --test schema",
        difference(&kept, &printed)
    );
}

#[test]
fn real_results_fit_the_schema() {
    let shell = full_result();
    let results = shell.json("full/results.json");
    let schema = schema();
    let mut faults = Vec::new();
    fit(&schema, &schema, &results, "results", &mut faults);
    assert!(faults.is_empty(), "{faults:#?}");

    // The validator below sees what is wrong.
    let wrong = [("/runs/0/stop", Value::from("tired")), ("/scenario/seed", Value::from(-1))];
    for (at, value) in wrong {
        let mut broken = results.clone();
        *broken.pointer_mut(at).unwrap() = value;
        fit(&schema, &schema, &broken, "results", &mut faults);
        assert!(!std::mem::take(&mut faults).is_empty(), "{at}");
    }
    let mut broken = results;
    broken["runs"][0].as_object_mut().unwrap().remove("trials");
    broken["scenario"]["mood"] = Value::from("good");
    fit(&schema, &schema, &broken, "results", &mut faults);
    faults.sort();
    assert_eq!(faults, ["results/runs/0 lacks trials", "results/scenario has mood"]);
}

#[test]
fn results_read_and_written_again_are_the_same_bytes() {
    let shell = full_result();
    let bytes = shell.bytes("full/results.json");
    let results: Results = serde_json::from_slice(&bytes).unwrap();
    assert!(serde_json::to_vec_pretty(&results).unwrap() == bytes);
}

#[test]
fn the_dictionary_has_every_column() {
    let shell = full_result();
    let text = dictionary();
    for file in shell.list("full").iter().filter(|name| name.ends_with(".csv")) {
        let section = text.split(&format!("\n## `{file}`")).nth(1);
        let section = section.unwrap_or_else(|| panic!("docs/results.md has no section {file}"));
        let section = section.split("\n## ").next().unwrap();
        let listed: Vec<&str> = section
            .lines()
            .skip_while(|line| !line.starts_with("| column |"))
            .skip(2)
            .map_while(|line| line.strip_prefix("| `"))
            .map(|line| line.split('`').next().unwrap())
            .collect();
        let table = shell.read(&format!("full/{file}"));
        let heading: Vec<&str> = table.lines().next().unwrap().split(',').collect();
        assert_eq!(listed, heading, "docs/results.md, {file}");
    }
    for line in shell.read("full/portfolio.csv").lines().skip(1) {
        let fact = line.split(',').nth(1).unwrap();
        assert!(text.contains(&format!("| `{fact}` |")), "docs/results.md has no fact {fact}");
    }
}

#[test]
fn the_dictionary_has_every_key_and_word() {
    let mut words = Vec::new();
    collect(&schema(), &mut words);
    let manifest = full_result().json("full/manifest.json");
    words.extend(manifest.as_object().unwrap().keys().cloned());
    words.extend(manifest["key"].as_object().unwrap().keys().cloned());
    let text = dictionary();
    // Details of warnings explain themselves.
    let own = ["done", "asked", "beyond", "enough", "standard_errors", "ratio"];
    for word in words.iter().filter(|word| !own.contains(&word.as_str())) {
        assert!(text.contains(&format!("`{word}`")), "docs/results.md does not have `{word}`");
    }
}

/// Names of properties and the constants that stand for words.
fn collect(schema: &Value, words: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                words.extend(properties.keys().cloned());
            }
            if let Some(Value::String(word)) = map.get("const") {
                words.push(word.clone());
            }
            map.values().for_each(|inner| collect(inner, words));
        }
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, words)),
        _ => {}
    }
}

/// As much of JSON Schema as the schema uses, and stricter: no key may be unknown to it.
fn fit(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        return fit(root, target, value, at, faults);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(options) = schema.get(choice).and_then(Value::as_array) {
            let fits = |option: &&Value| {
                let mut found = Vec::new();
                fit(root, option, value, at, &mut found);
                found.is_empty()
            };
            let count = options.iter().filter(fits).count();
            if count == 0 || (choice == "oneOf" && count > 1) {
                faults.push(format!("{at} fits {count} of {choice}"));
            }
        }
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        faults.push(format!("{at} is not {constant}"));
    }
    if let Some(wanted) = schema.get("type") {
        let one = |name: &str| match name {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            other => panic!("the schema has a type that this test does not know: {other}"),
        };
        let fits = match wanted {
            Value::Array(names) => names.iter().any(|name| one(name.as_str().unwrap())),
            name => one(name.as_str().unwrap()),
        };
        if !fits {
            faults.push(format!("{at} is not of type {wanted}"));
        }
    }
    if let (Some(least), Some(x)) = (schema.get("minimum").and_then(Value::as_f64), value.as_f64())
        && x < least
    {
        faults.push(format!("{at} is below {least}"));
    }
    if let (Some(Value::Object(properties)), Value::Object(map)) = (schema.get("properties"), value)
    {
        for key in schema["required"].as_array().into_iter().flatten() {
            let key = key.as_str().unwrap();
            if !map.contains_key(key) {
                faults.push(format!("{at} lacks {key}"));
            }
        }
        for (key, inner) in map {
            match properties.get(key) {
                Some(property) => fit(root, property, inner, &format!("{at}/{key}"), faults),
                None => faults.push(format!("{at} has {key}")),
            }
        }
        // Keys that may be null are written all the same, so that readers find them; but for those of an
        // engine that does not sample, so that sampled results keep their bytes.
        let own = ["engine", "granularity", "pools"];
        let written = properties.keys().filter(|key| !own.contains(&key.as_str()));
        for key in written.filter(|key| !map.contains_key(*key)) {
            if !schema["required"].as_array().is_some_and(|r| r.iter().any(|k| k == key)) {
                faults.push(format!("{at} leaves {key} out"));
            }
        }
    }
    if let (Some(items), Value::Array(list)) = (schema.get("items"), value) {
        for (index, inner) in list.iter().enumerate() {
            fit(root, items, inner, &format!("{at}/{index}"), faults);
        }
    }
}
