//! Messages as people see them, each as one snapshot.

use insta::assert_snapshot;

use super::*;
use crate::error::{Fault, FaultKind, Place};

#[test]
fn a_mistyped_table() {
    assert_snapshot!(message(&LEAST.replace("[[policy]]", "[[polcy]]")));
}

#[test]
fn a_mistyped_key_in_a_rule() {
    assert_snapshot!(message(&format!("{LEAST}[[policy.rule]]\ncapp = 3000\n")));
}

#[test]
fn a_key_far_from_any_other() {
    assert_snapshot!(message(&format!("{LEAST}[sampling]\nelephants = 3000\n")));
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(message(&format!("{LEAST}[[policy.rule]]\ncap = \"abc\"\n")));
}

#[test]
fn wrong_types_of_every_shape() {
    let text = "format = 1\ncurrency = 3\nlevels = 0.99\nseed = 1.5\n[portfolio]\ntape = true\n\
                negative_balance = \"zeero\"\ndefaults = \"x\"\n[model]\ncorrelation = \"high\"\n\
                loadings = [1]\n[[policy]]\nid = \"today\"\nrule = { cap = 1 }\n[output]\n\
                trial_losses = \"yes\"\n";
    assert_snapshot!(message(text));
}

#[test]
fn a_table_where_a_list_of_tables_is_meant() {
    assert_snapshot!(message(&LEAST.replace("[[policy]]", "[policy]")));
}

#[test]
fn a_negative_cap() {
    let text = LEAST.replace("today", "cap-3000");
    assert_snapshot!(message(&format!("{text}[[policy.rule]]\ncap = -3000\n")));
}

#[test]
fn a_ladder_with_a_negative_step() {
    let ladder = "cap = { from = 500, to = 50_000, steps = -5 }";
    assert_snapshot!(message(&format!("{LEAST}[[policy.rule]]\n{ladder}\n")));
}

#[test]
fn a_credit_matched_in_a_circle() {
    let text = format!(
        "{LEAST}[[policy]]\nid = \"a\"\nmatch_credit = \"b\"\nrule = [{{ cap = 1 }}]\n\
         [[policy]]\nid = \"b\"\nmatch_credit = \"a\"\nrule = [{{ scale = 1 }}]\n"
    );
    assert_snapshot!(message(&text));
}

#[test]
fn nan() {
    assert_snapshot!(message(&LEAST.replace("0.04", "nan")));
}

#[test]
fn a_date() {
    assert_snapshot!(message(&format!("title = 2024-02-23\n{LEAST}")));
}

#[test]
fn a_policy_id_given_twice() {
    assert_snapshot!(message(&format!("{LEAST}[[policy]]\nid = \"today\"\n")));
}

#[test]
fn a_pd_above_one() {
    let text = LEAST.replace("[model]", "defaults = { pd = 1.7 }\n[model]");
    assert_snapshot!(message(&text));
}

#[test]
fn toml_that_is_not_well_formed() {
    assert_snapshot!(message("format = 1\ntitle = \"open\ncurrency = TWD\n"));
}

#[test]
fn json_that_is_not_well_formed() {
    let json = "{\n  \"format\": 1,\n  \"currency\": \"TWD\"\n  \"model\": {}\n}\n";
    assert_snapshot!(rendered(load_text(Path::new("cut.json"), json, Notation::Json, &[])));
}

#[test]
fn broken_overrides() {
    let overrides = [
        "seed",
        "policy.tody.title=x",
        "seed.deep=1",
        "model..x=1",
        "levels=[0.9,",
        "modle.correlation=0.1",
        "portfolio.defaults.lgd=75",
        "portfolio.tape=nan",
    ];
    assert_snapshot!(rendered(with(&overrides)));
}

#[test]
fn an_unreadable_file() {
    let missing = load(Path::new("no/such/scenario.toml"), &[]);
    assert_snapshot!(rendered(missing));
}

#[test]
fn something_missing() {
    assert_snapshot!(message("format = 1\n[portfolio]\n[model]\n[[policy]]\ntitle = \"x\"\n"));
}

#[test]
fn an_empty_file() {
    assert_snapshot!(message(""));
}

#[test]
fn several_faults_in_the_order_of_the_file() {
    let text = "format = 2\ncurrency = \"TWD\"\nbaseline = \"tody\"\nlevels = [0.99, 99.9]\n\
                [portfolio]\ntape = \"t.csv\"\n[model]\ncorrelation = 1\n[[policy]]\n\
                id = \"today\"\n[[policy.rule]]\ncap = 1\nscale = 0.5\n[[policy]]\n\
                id = \"Cap 3,000\"\n";
    assert_snapshot!(message(text));
}

#[test]
fn too_many_faults() {
    let rules: String = (1..=25).map(|i| format!("[[policy.rule]]\ncap = -{i}\n")).collect();
    let text = message(&format!("{LEAST}{rules}"));
    assert_eq!(text.matches("error:").count(), MAX_FAULTS);
    assert!(text.contains("cap is `-1`,") && text.contains("cap is `-20`,"));
    assert!(text.ends_with("\nand more\n"), "{text}");
}

#[test]
fn faults_of_variants() {
    let text = format!(
        "{LEAST}[[variant]]\nid = \"base\"\n[[variant]]\nid = \"covid\"\n\
         stress = {{ pd_multiplier = -1 }}\n\
         set = {{ \"model.correlation\" = 1.5, \"seed\" = 3, \"policy.x.title\" = \"a\", \
         \"model\" = {{}} }}\n"
    );
    assert_snapshot!(message(&text));
}

#[test]
fn faults_of_later_stages_in_a_variant() {
    let text = format!(
        "{LEAST}[[variant]]\nid = \"other-tape\"\nset = {{ \"portfolio.tape\" = \"u.csv\" }}\n"
    );
    let places = toml(&text).unwrap().places.in_variant(0);
    let message = "the tape is empty".to_owned();
    let fault = Fault::new(Place::Value("portfolio.tape".into()), FaultKind::Conflict { message });
    assert_snapshot!(places.render(&[fault], false));
}

#[test]
fn faults_of_later_stages() {
    let places = toml(LEAST).unwrap().places;
    let value = |what: &str| FaultKind::Value {
        what: what.into(),
        found: "abc".into(),
        required: "a number".into(),
    };
    let file = || std::path::PathBuf::from("data/t.csv");
    let column = Some("LIMIT_BAL".to_owned());
    let faults = [
        Fault::new(Place::Cell { file: file(), line: 17, column }, value("limit"))
            .with_hint("leave the cell empty if it is not known"),
        Fault::new(Place::Cell { file: file(), line: 18, column: None }, value("limit")),
        Fault::new(Place::File(file()), FaultKind::Unreadable { reason: "it is a folder".into() }),
        Fault::new(Place::Value("portfolio.tape".into()), value("tape")),
        Fault::new(Place::Value("policy[0].rule[3].cap".into()), value("cap")),
    ];
    assert_snapshot!(places.render(&faults, false));
}
