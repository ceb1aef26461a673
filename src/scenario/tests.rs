//! Whole texts in, checked scenarios or rendered messages out.

use std::path::Path;

use super::*;
use crate::error::MAX_FAULTS;
use crate::units::{AssetCorrelation, Fraction};

mod extends;
mod messages;
mod refusals;
mod robustness;
mod synthetic;
mod system;
mod yaml;

/// The least that a scenario holds; line 8 is the first after it.
const LEAST: &str = "format = 1\ncurrency = \"TWD\"\n[portfolio]\ntape = \"t.csv\"\n\
                     [model]\ncorrelation = 0.04\n[[policy]]\nid = \"today\"\n";

fn toml(text: &str) -> Result<Loaded, Rejected> {
    load_text(Path::new("work/cut.toml"), text, Notation::Toml, &[])
}

fn with(overrides: &[&str]) -> Result<Loaded, Rejected> {
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    load_text(Path::new("cut.toml"), LEAST, Notation::Toml, &overrides)
}

/// The message for a text that has to be refused.
fn message(text: &str) -> String {
    rendered(load_text(Path::new("cut.toml"), text, Notation::Toml, &[]))
}

fn rendered(result: Result<Loaded, Rejected>) -> String {
    let rejected = result.expect_err("the scenario has to be refused");
    rejected.places.render(&rejected.faults, false)
}

#[test]
fn the_least_scenario_has_the_documented_defaults() {
    let loaded = toml(LEAST).unwrap();
    let s = loaded.scenario;
    assert_eq!((s.id.as_str(), s.title.as_str(), s.horizon.as_str()), ("cut", "cut", "1 year"));
    assert_eq!((s.seed, s.sampling.trials), (DEFAULT_SEED, DEFAULT_TRIALS));
    assert_eq!(s.levels.iter().map(|l| l.get()).collect::<Vec<_>>(), DEFAULT_LEVELS);
    assert_eq!(tape(&s), Path::new("work/t.csv"));
    assert_eq!(s.portfolio.defaults.lender, DEFAULT_LENDER);
    assert_eq!(s.model.factors, [DEFAULT_FACTOR]);
    assert_eq!(s.stress, Stress::default());
    assert_eq!(s.currency, Currency { code: "TWD".into(), minor_per_unit: 100 });
    assert!(s.output.equal_credit_cut && !s.output.trial_losses);
    assert!(loaded.variants.is_empty());
}

const FULL: &str = r#"
format = 1
title = "Cutting card limits"
description = "longer"
source = "UCI 350"
currency = "TWD"
minor_units = 100
horizon = "1 year"
seed = 7
levels = [0.999, 0.99]
confidence = 0.9
baseline = "today"
thresholds = [200_000_000, 100_000_000.5]
[sampling]
trials = 1e5
[portfolio]
tape = "data/x.csv"
negative_balance = "refuse"
observed_pd = { limit_bands = [20_000, 50_000] }
calibrate = { mean_pd = 0.03 }
pool = { balance_step = 10_000 }
defaults = { pd = 0.02, lgd = 0.75, ccf = 0.24, interest_rate = 0.18, lender = "huabei", segment = "rest", product = "card" }
[portfolio.columns]
limit = "LIMIT_BAL"
[[portfolio.segment]]
id = "young"
where = { age = { below = 25 } }
[model]
copula = "gaussian"
loadings = { china = 0.2, young = 0.1 }
[[model.factor]]
id = "china"
[[model.factor]]
id = "young"
correlation = { china = 0.3 }
[model.segment.students]
correlation = { basel = "other-retail" }
on_factor = "young"
[stress]
pd_multiplier = 1.5
factors = { young = { shift = -1.0 } }
[[policy]]
id = "cap-100k"
title = "No line above 100,000"
[[policy.rule]]
where = { segment = "young", lender = ["a", "b"], score = { at_least = 300, below = 600 } }
cap = 100_000
per = "borrower"
if_missing = "skip"
applies_to = "new"
[[policy]]
id = "today"
[[policy]]
id = "bands"
[[policy.rule]]
score_caps = [{ below = 600, cap = 1000 }, { at_least = 600, cap = 5000 }]
[[policy.rule]]
scale = 1.2
raise = true
[[policy.rule]]
income_share = 0.3333
[[policy.rule]]
floor = 500
[[variant]]
id = "covid"
title = "A bad year"
stress = { factors = { china = { fixed = -1.57 } } }
set = { "policy.cap-100k.rule.0.cap" = 50_000, "portfolio.defaults.lgd" = 0.9 }
[output]
equal_credit_cut = false
trial_losses = true
"#;

#[test]
fn every_key_arrives() {
    let loaded = toml(FULL).unwrap();
    let s = &loaded.scenario;
    assert_eq!(s.baseline, 1);
    assert_eq!(s.levels.iter().map(ToString::to_string).collect::<Vec<_>>(), ["99", "99.9"]);
    assert_eq!(s.thresholds, [Amount(10_000_000_050), Amount(20_000_000_000)]);
    assert_eq!(s.sampling.trials, 100_000);
    assert_eq!(s.model.factor_correlation, [[1.0, 0.3], [0.3, 1.0]]);
    assert_eq!(s.stress.factors, [(1, FactorStress::Shift(-1.0))]);
    let rule = &s.policies[0].rules[0];
    assert_eq!(rule.bound, LimitBound::Cap(Amount(10_000_000)));
    assert_eq!(rule.filter.lenders.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
    assert_eq!(
        rule.filter.score,
        Some(Range { lower: Some(Bound::Inclusive(300.0)), upper: Some(Bound::Exclusive(600.0)) })
    );
    assert_eq!((rule.per, rule.applies_to), (Per::Borrower, AppliesTo::New));
    assert_eq!(s.policies[2].rules[1].raise, Raise::Allowed);
    assert_eq!(s.policies[2].rules[3].path, "policy[2].rule[3]");
    assert_eq!(
        s.model.segments[0].dependence,
        Dependence::OneFactor {
            factor: 1,
            correlation: CorrelationRule::Basel(BaselRetail::OtherRetail)
        }
    );
    assert_eq!(s.portfolio.columns[0].path, "portfolio.columns.limit");
}

#[test]
fn a_variant_is_the_scenario_with_its_overrides_and_nothing_else() {
    let loaded = toml(FULL).unwrap();
    let variant = &loaded.variants[0];
    assert_eq!((variant.id.as_str(), variant.title.as_str()), ("covid", "A bad year"));
    let mut expected = loaded.scenario.clone();
    expected.policies[0].rules[0].bound = LimitBound::Cap(Amount(5_000_000));
    expected.portfolio.defaults.lgd = Some(Fraction::new(0.9).unwrap());
    expected.stress =
        Stress { factors: vec![(0, FactorStress::Fixed(-1.57))], ..Stress::default() };
    assert_eq!(variant.scenario, expected);
}

#[test]
fn json_and_toml_give_the_same_scenario_and_the_same_checksum_text() {
    let from_toml = toml(FULL).unwrap();
    let value: serde_json::Value = toml::from_str(FULL).unwrap();
    let text = serde_json::to_string_pretty(&value).unwrap().replace("  ", "\t");
    let from_json = load_text(Path::new("work/cut.json"), &text, Notation::Json, &[]).unwrap();
    assert_eq!(from_toml.scenario, from_json.scenario);
    assert_eq!(from_toml.variants, from_json.variants);
    assert_eq!(from_toml.checksum_text, from_json.checksum_text);
}

#[test]
fn overrides_reach_keys_ids_and_numbers() {
    let text = format!("{LEAST}[[policy.rule]]\ncap = 1\n[[variant]]\nid = \"v\"\n");
    let overrides = [
        "policy.today.rule.0.cap=5000",
        "model.correlation={ basel = 'qrre' }",
        "policy.0.title=Ten percent, more",
        "sampling.trials = 1e6",
        "variant.v.stress.pd_multiplier=2",
    ];
    let overrides = overrides.map(String::from);
    let loaded = load_text(Path::new("cut.toml"), &text, Notation::Toml, &overrides).unwrap();
    let s = loaded.scenario;
    assert_eq!(s.policies[0].rules[0].bound, LimitBound::Cap(Amount(500_000)));
    assert_eq!(s.policies[0].title, "Ten percent, more");
    assert_eq!(s.sampling.trials, 1_000_000);
    assert_eq!(loaded.variants[0].scenario.stress.pd_multiplier, 2.0);
    assert!(matches!(
        s.model.default,
        Dependence::OneFactor { correlation: CorrelationRule::Basel(BaselRetail::Qrre), .. }
    ));
}

#[test]
fn overrides_reach_the_paths_that_variants_set() {
    let text = format!("{LEAST}[[variant]]\nid = \"v\"\nset = {{ \"model.correlation\" = 0.1 }}\n");
    let overrides = ["variant.v.set.\"model.correlation\"=0.2".to_owned()];
    let loaded = load_text(Path::new("cut.toml"), &text, Notation::Toml, &overrides).unwrap();
    let rho = AssetCorrelation::new(0.2).unwrap();
    let expected = Dependence::OneFactor { factor: 0, correlation: CorrelationRule::Fixed(rho) };
    assert_eq!(loaded.variants[0].scenario.model.default, expected);
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_make_no_difference() {
    let text = format!("\u{feff}{}", LEAST.replace('\n', "\r\n"));
    assert_eq!(toml(&text).unwrap().scenario, toml(LEAST).unwrap().scenario);
}

#[test]
fn files_that_are_no_scenarios_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        rendered(load(&path, &[]))
    };
    assert!(refused("a.toml", b"title = \"\xff\"").contains("not UTF-8 text (byte 9)"));
    std::fs::write(folder.path().join("Cargo.toml"), "[package]\n").unwrap();
    let nothing = rendered(load(&folder.path().join("book.toml"), &[]));
    assert!(nothing.contains("hint: `tailcap new` writes a file"), "{nothing}");
    let texts = [
        ("b.toml", "format = 1"),
        ("c.yaml", "format: 1"),
        ("d.json", "{\n  \"format\": 1\n}"),
        ("e.toml", "format=1"),
    ];
    for (name, text) in texts {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let near = rendered(load(&folder.path().join("ee.toml"), &[]));
    assert!(near.contains("hint: did you mean `"), "{near}");
    for path in [folder.path().join("another.toml"), folder.path().to_owned()] {
        let said = rendered(load(&path, &[]));
        assert!(said.contains("cannot be read"), "{said}");
        let named = ["b.toml`, ", "c.yaml`, ", "d.json` and 1 more"];
        assert!(
            said.contains("hint: files there are `") && named.iter().all(|n| said.contains(n)),
            "{said}"
        );
    }
    let path = folder.path().join("Least One.toml");
    std::fs::write(&path, LEAST).unwrap();
    let scenario = load(&path, &[]).unwrap().scenario;
    assert_eq!(scenario.id, "least-one");
    assert_eq!(tape(&scenario), folder.path().join("t.csv"));
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(message(&format!("title = {deep}")).contains("not well-formed TOML"));
    let json = load_text(Path::new("x.json"), &deep, Notation::Json, &[]);
    assert!(rendered(json).contains("not well-formed JSON"));
    assert!(rendered(with(&[&format!("{}=1", "a.".repeat(50_000))])).contains("step"));
    assert!(rendered(with(&[&format!("{}b=1", "a.".repeat(50_000))])).contains("deep"));
}

#[test]
fn overrides_change_the_checksum_text() {
    let seven = with(&["seed=7"]).unwrap();
    let eight = with(&["seed=8"]).unwrap();
    assert_ne!(seven.checksum_text, eight.checksum_text);
    assert_eq!(seven.scenario.seed, 7);
}

#[test]
fn json_null_counts_as_not_given() {
    let json = r#"{"format": 1, "currency": "TWD", "title": null, "portfolio": {"tape": "t.csv"},
                   "model": {"correlation": 0.04}, "policy": [{"id": "today"}]}"#;
    let loaded = load_text(Path::new("cut.json"), json, Notation::Json, &[]).unwrap();
    assert_eq!(
        loaded.scenario,
        load_text(Path::new("cut.toml"), LEAST, Notation::Toml, &[]).unwrap().scenario
    );
}

#[test]
fn every_key_of_the_format_is_documented() {
    let docs = include_str!("../../docs/scenario.md");
    let mut keys = Vec::new();
    collect_keys(&schema(), &mut keys);
    assert!(keys.len() > 60, "the schema lists only {} keys", keys.len());
    for key in keys {
        assert!(docs.contains(&format!("`{key}`")), "docs/scenario.md does not describe `{key}`");
    }
}

#[test]
fn the_examples_of_the_docs_load() {
    let docs = include_str!("../../docs/scenario.md");
    let yaml = docs.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(load_text(Path::new("cut.yaml"), yaml, Notation::Yaml, &[]).is_ok());
    let blocks: Vec<&str> =
        docs.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 10);
    for block in blocks {
        let mut text = block.to_owned();
        if !block.starts_with("format") {
            text.insert_str(0, "format = 1\ncurrency = \"TWD\"\n");
        }
        // A fragment is completed with the tables that it does not hold.
        for (table, rest) in [
            ("[portfolio]", "tape = \"t.csv\""),
            ("[model]", "correlation = 0.1"),
            ("[[policy]]", "id = \"today\""),
        ] {
            if !block.contains(table) {
                text.push_str(&format!("{table}\n{rest}\n"));
            }
        }
        if let Err(rejected) = toml(&text) {
            panic!("{text}\n{}", rejected.places.render(&rejected.faults, false));
        }
    }
}

fn collect_keys(schema: &serde_json::Value, keys: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                if let ("properties", serde_json::Value::Object(properties)) = (key.as_str(), value)
                {
                    keys.extend(properties.keys().cloned());
                }
                collect_keys(value, keys);
            }
        }
        serde_json::Value::Array(values) => {
            values.iter().for_each(|value| collect_keys(value, keys));
        }
        _ => {}
    }
}

#[test]
fn the_columns_are_those_of_the_fields() {
    let schema = schema();
    let columns = schema["$defs"]["Columns"]["properties"].as_object().unwrap();
    let keys: Vec<&str> = Field::ALL.iter().map(|field| field.key()).collect();
    assert_eq!(columns.keys().map(String::as_str).collect::<Vec<_>>(), keys);
}

/// The tape of a scenario that has one.
fn tape(scenario: &Scenario) -> &Path {
    match &scenario.portfolio.source {
        BookSource::Tape(tape) => tape,
        BookSource::Synthetic(_) => panic!("the book is synthetic"),
    }
}
