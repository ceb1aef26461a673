//! YAML: the same scenarios, the same messages, and what it has beyond the other notations.

use insta::assert_snapshot;

use super::*;

/// [`LEAST`] in YAML; line 11 is the first after it.
const LEAST_YAML: &str = "format: 1\ncurrency: TWD\nportfolio:\n  tape: t.csv\nmodel:\n  \
                          correlation: 0.04\npolicy:\n  - id: today\n";

fn yaml(text: &str) -> Result<Loaded, Rejected> {
    load_text(Path::new("work/cut.yaml"), text, Notation::Yaml, &[])
}

fn refused(text: &str) -> String {
    rendered(load_text(Path::new("cut.yaml"), text, Notation::Yaml, &[]))
}

/// A plain value in block style, texts in quotes.
fn written(value: &serde_json::Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        serde_json::Value::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(key, value)| format!("\n{pad}{key:?}: {}", written(value, indent + 2)))
            .collect(),
        serde_json::Value::Array(list) if !list.is_empty() => {
            list.iter().map(|value| format!("\n{pad}- {}", written(value, indent + 2))).collect()
        }
        other => other.to_string(),
    }
}

#[test]
fn yaml_and_toml_give_the_same_scenario_and_the_same_checksum_text() {
    let from_toml = toml(FULL).unwrap();
    let value: serde_json::Value = toml::from_str(FULL).unwrap();
    for text in [written(&value, 0), serde_json::to_string_pretty(&value).unwrap()] {
        let from_yaml = yaml(&text).unwrap_or_else(|rejected| {
            panic!("{text}\n{}", rejected.places.render(&rejected.faults, false))
        });
        assert_eq!(from_toml.scenario, from_yaml.scenario);
        assert_eq!(from_toml.variants, from_yaml.variants);
        assert_eq!(from_toml.checksum_text, from_yaml.checksum_text);
    }
}

#[test]
fn yaml_as_people_write_it() {
    let text = "# A comment
format: 1
title: no            # not a truth value
description: >
  several lines
  in one
currency: TWD
seed: 0x10
levels: [0.9, 0.99]
portfolio:
  tape: t.csv
  defaults: {lgd: 0.75, ccf: .24}
model: {correlation: {basel: qrre}}
policy:
- id: today
- id: \"yes\"
  rule:
  - cap: 100_000
    where: {segment: [yes, no]}
";
    let s = yaml(text).unwrap().scenario;
    assert_eq!((s.title.as_str(), s.seed), ("no", 16));
    assert_eq!(s.description.as_deref(), Some("several lines in one\n"));
    assert_eq!(s.policies[1].rules[0].bound, LimitBound::Cap(Amount(10_000_000)));
    let segments = s.policies[1].rules[0].filter.segments.as_deref();
    assert_eq!(segments, Some(&["yes".to_owned(), "no".to_owned()][..]));
    assert_eq!(yaml(LEAST_YAML).unwrap().scenario, toml(LEAST).unwrap().scenario);
}

#[test]
fn anchors_and_aliases_are_followed() {
    let text = format!(
        "{LEAST_YAML}  - id: a\n    rule: &rules\n    - cap: &amount 5\n  - id: b\n    rule: *rules\n\
         thresholds: [*amount]\n"
    );
    let s = yaml(&text).unwrap().scenario;
    assert_eq!(s.policies[1].rules[0].bound, s.policies[2].rules[0].bound);
    assert_eq!(s.thresholds, [Amount(500)]);
}

#[test]
fn messages_stand_at_their_places() {
    let text = LEAST_YAML.replace("0.04", "0,04").replace("tape:", "tapé:")
        + "  - id: cap\n    rule:\n    - cap: -3000\nlevels: [.nan]\nseed: \"7\"\n";
    assert_snapshot!(refused(&text));
}

#[test]
fn what_yaml_has_and_scenarios_do_not() {
    let cases = [
        ("a: 1\na: 2", "key `a` is given twice"),
        ("? [1]\n: 2", "a key is a single word"),
        ("base: &b {x: 1}\nmodel: {<<: *b}", "merge keys (`<<`) are not read"),
        ("title: !secret x", "tags (`!name`) are not read"),
        ("levels: !!set {a, b}", "tags (`!name`) are not read"),
        ("a: 1\n---\nb: 2", "a scenario is one YAML document"),
        ("a: &x [*x]", "an alias inside of what it stands for"),
        ("a: *unknown", "not well-formed YAML"),
        ("a: [1", "not well-formed YAML"),
        ("a: b: c", "not well-formed YAML"),
        ("model:\n\tcorrelation: 1", "not well-formed YAML"),
    ];
    for (text, words) in cases {
        let message = refused(text);
        assert!(message.contains(words), "no `{words}` in\n{message}");
        assert!(message.contains("--> cut.yaml:"), "{message}");
    }
    assert!(refused("").contains("`format` is missing"));
    assert!(refused("# nothing").contains("`format` is missing"));
    assert!(refused("- 1").contains("must be a table"));
}

#[test]
fn a_tag_may_say_that_a_number_is_a_text() {
    let s = yaml(&format!("title: !!str 2005\n{LEAST_YAML}")).unwrap().scenario;
    assert_eq!(s.title, "2005");
}

#[test]
fn deep_nesting_and_many_aliases_are_refused_and_not_followed() {
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
        let message = refused(&text);
        let known = ["nested more than 64 deep", "not well-formed YAML"];
        assert!(known.iter().any(|words| message.contains(words)), "{message}");
    }
    let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for i in 1..12 {
        let below = i - 1;
        text.push_str(&format!("a{i}: &a{i} [{}]\n", format!("*a{below}, ").repeat(10)));
    }
    assert!(refused(&text).contains("more than 100000 values"));
}

#[test]
fn the_name_of_a_file_tells_its_notation_and_bases_may_have_another() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    put("base.toml", LEAST);
    put("middle.yml", "extends: base.toml\nseed: 5\n");
    let top = put("top.json", "{\"format\": 1, \"extends\": [\"middle.yml\"]}");
    assert_eq!(load(&top, &[]).unwrap().scenario.seed, 5);
    let broken = put("top.YAML", "format: 1\nextends: middle.yml\nseed: .inf\n");
    assert!(rendered(load(&broken, &[])).contains("seed is `.inf`, must be a finite number"));
}
