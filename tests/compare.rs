//! `tailcap compare` from outside: what it prints, what it refuses, what it notes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use shell::{Said, Shell, repository};

const BOOK: &str = "lender,segment,limit,balance,pd\nn,young,1000,600,0.02\nn,old,2000,1500,0.05\n\
    s,old,900,700,0.08\ns,young,1200,1150,0.04\n";

const SCENARIO: &str = r#"format = 1
title = "Four borrowers"
currency = "EUR"
levels = [0.9, 0.99]
thresholds = [500]

[sampling]
trials = 4_000

[portfolio]
tape = "book.csv"
defaults = { lgd = 0.6 }

[model]
correlation = 0.04

[[policy]]
id = "today"

[[policy]]
id = "cap-800"
[[policy.rule]]
cap = 800
"#;

/// A folder with results `a` and, of the same scenario with some changes, `b`.
fn two(changes: &[&str]) -> Shell {
    let shell = Shell::new();
    shell.write("cut.toml", SCENARIO).write("book.csv", BOOK);
    shell.done(&["run", "cut.toml", "--quiet", "--out", "a"]);
    let mut arguments = vec!["run", "cut.toml", "--quiet", "--out", "b"];
    for change in changes {
        arguments.extend(["--set", change]);
    }
    shell.done(&arguments);
    shell
}

/// The screen of a against b.
fn screen(changes: &[&str]) -> String {
    two(changes).done(&["compare", "a", "b"]).out
}

/// What is said when the comparison is refused.
fn refused(shell: &Shell, arguments: &[&str]) -> String {
    let Said { code, out, err } = shell.tailcap(&[&["compare"], arguments].concat());
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    err
}

#[test]
fn another_seed() {
    insta::assert_snapshot!(screen(&["seed=7"]));
}

#[test]
fn the_same_again_differs_by_exactly_nothing() {
    let found = screen(&[]);
    insta::assert_snapshot!(found);
    // Another policy beside it changes nothing about those that both have.
    let shell = two(&[]);
    let more = format!("{SCENARIO}\n[[policy]]\nid = \"cap-500\"\n[[policy.rule]]\ncap = 500\n");
    shell.write("more.toml", &more).done(&["run", "more.toml", "--quiet", "--out", "more"]);
    let found = shell.done(&["compare", "a", "more"]).out;
    assert!(found.contains("same trials of the same book: no difference"), "{found}");
    assert!(found.contains("note: only in B: cap-500"), "{found}");
}

#[test]
fn shared_random_numbers_are_told_and_paired_where_the_trials_were_kept() {
    let shell = two(&["model.correlation=0.2"]);
    insta::assert_snapshot!(shell.done(&["compare", "a", "b"]).out);
    for name in ["a", "b"] {
        let manifest = format!("{name}/manifest.json");
        let kept = ["--set", "output.trial_losses=true", "--quiet", "--out"];
        let out = format!("kept-{name}");
        shell.done(&[&["run", manifest.as_str()], &kept[..], &[out.as_str()]].concat());
    }
    insta::assert_snapshot!("paired", shell.done(&["compare", "kept-a", "kept-b"]).out);
    // Scopes are not in the file of trials.
    let scope = shell.done(&["compare", "kept-a", "kept-b", "--scope", "lender:n"]).out;
    assert!(scope.contains("lender n · errors taken as independent"), "{scope}");

    // Losses of another run are not taken for those of this one.
    std::fs::copy(shell.path("kept-a/trial_losses.csv"), shell.path("kept-b/trial_losses.csv"))
        .unwrap();
    insta::assert_snapshot!("foreign_trials", refused(&shell, &["kept-a", "kept-b"]));
    shell.write("kept-b/trial_losses.csv", "variant,trial,policy,loss\nbase,1,today,3\n");
    insta::assert_snapshot!("damaged_trials", refused(&shell, &["kept-a", "kept-b"]));
}

#[test]
fn what_differs_is_noted() {
    let shell = two(&["levels=[0.5,0.99]", "baseline=cap-800", "sampling.trials=2000"]);
    let manifest = shell.read("b/manifest.json").replace("\"data_sha256\": [\n      \"", "$0x");
    shell.write("b/manifest.json", &manifest.replace("$0x", "\"data_sha256\": [\n      \"0"));
    let results = shell.read("b/results.json");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let results = results.replacen(&version, "\"version\": \"0.0.9\"", 1);
    let results = results.replacen("\"stop\": \"complete\"", "\"stop\": \"interrupted\"", 1);
    shell.write("b/results.json", &results);
    insta::assert_snapshot!(shell.done(&["compare", "a", "b"]).out);
    std::fs::remove_file(shell.path("b/manifest.json")).unwrap();
    let said = shell.done(&["compare", "a", "b/results.json", "--format", "csv"]);
    assert!(said.err.contains("no manifest.json beside one of the results"), "{}", said.err);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let shell = two(&["currency=USD", "horizon=2 years", "confidence=0.9", "levels=[0.95]"]);
    insta::assert_snapshot!("other_terms", refused(&shell, &["a", "b"]));
    let shell = two(&["policy.today.id=now", "policy.cap-800.id=capped"]);
    insta::assert_snapshot!("no_shared_policy", refused(&shell, &["a", "b"]));
    insta::assert_snapshot!("unknown_policy", refused(&shell, &["a", "a", "--policy", "cap-80"]));
    insta::assert_snapshot!("unknown_scope", refused(&shell, &["a", "a", "--scope", "lender:m"]));
    insta::assert_snapshot!("unknown_variant", refused(&shell, &["a", "a", "--variant", "bad"]));
}

#[test]
fn what_is_no_result_is_refused() {
    let shell = two(&[]);
    std::fs::create_dir(shell.path("none")).unwrap();
    insta::assert_snapshot!("no_results_folder", refused(&shell, &["none", "nowhere"]));
    insta::assert_snapshot!("no_results_file", refused(&shell, &["a", "book.csv"]));
    let whole = shell.read("b/results.json");
    shell.write("b/results.json", &whole.replacen("\"format\": 1", "\"format\": 2", 1));
    insta::assert_snapshot!("other_format", refused(&shell, &["a", "b"]));
    shell.write("b/results.json", &whole.replacen("\"runs\"", "\"rns\"", 1));
    let said = refused(&shell, &["a", "b"]);
    // Where exactly depends on how long the file is.
    let said = said.split(" at line ").next().unwrap().to_owned();
    insta::assert_snapshot!("damaged_results", said);
}

#[test]
fn csv_and_json_hold_every_shared_number() {
    let shell = two(&["seed=7"]);
    let csv = shell.done(&["compare", "a", "b", "--format", "csv"]).out;
    let heading: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let levels = |name: &str| {
        let table = shell.read(&format!("{name}/summary.csv"));
        table.lines().skip(1).filter(|line| line.contains(",level,")).count()
    };
    assert_eq!(csv.lines().count() - 1, levels("a"));
    assert_eq!(levels("a"), levels("b"));
    let json = shell.done(&["compare", "a", "b", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), levels("a"));
    let row = &json["rows"][1];
    let difference = row["b"]["value"].as_f64().unwrap() - row["a"]["value"].as_f64().unwrap();
    assert_eq!(row["difference"]["value"].as_f64().unwrap(), difference);

    // The dictionary has every column and key.
    let text = std::fs::read_to_string(repository("docs/results.md")).unwrap();
    let section = text.split("\n## `tailcap compare`").nth(1).unwrap();
    let listed: Vec<&str> = section
        .lines()
        .skip_while(|line| !line.starts_with("| column |"))
        .skip(2)
        .map_while(|line| line.strip_prefix("| `"))
        .map(|line| line.split('`').next().unwrap())
        .collect();
    assert_eq!(listed, heading);
    let own = json.as_object().unwrap().keys();
    for key in own.chain(json["a"].as_object().unwrap().keys()) {
        assert!(section.contains(&format!("`{key}`")), "docs/results.md does not have `{key}`");
    }
}
