//! What a scenario is written in makes no difference to its results: one file or several, any
//! notation, the manifest of the run.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use shell::Shell;

const BASE: &str = "format = 1\ntitle = \"Two borrowers\"\ncurrency = \"EUR\"\nlevels = [0.9]\n\
    [sampling]\ntrials = 500\n[portfolio]\ntape = \"data/book.csv\"\ndefaults = { lgd = 0.6 }\n\
    [model]\ncorrelation = 0.04\n[[policy]]\nid = \"today\"\n[[policy]]\nid = \"cap\"\n\
    [[policy.rule]]\ncap = 800\n";

const TOP: &str = "format = 1\nextends = \"../lib/base.toml\"\n[[policy]]\nid = \"cap\"\n\
    [[policy.rule]]\ncap = 700\n";

/// A base with its tape in one folder, a scenario built on it in another.
fn built() -> Shell {
    let shell = Shell::new();
    for folder in ["lib/data", "work"] {
        std::fs::create_dir_all(shell.path(folder)).unwrap();
    }
    shell
        .write("lib/data/book.csv", "limit,balance,pd\n1000,600,0.02\n2000,1500,0.05\n")
        .write("lib/base.toml", BASE)
        .write("work/cut.toml", TOP);
    shell
}

#[test]
fn a_manifest_repeats_a_scenario_made_of_several_files() {
    let shell = built();
    shell.done(&["run", "work/cut.toml", "--set", "model.correlation=0.1"]);
    // The manifest holds what was merged: the files are not needed any more.
    std::fs::remove_file(shell.path("lib/base.toml")).unwrap();
    std::fs::remove_file(shell.path("work/cut.toml")).unwrap();
    shell.done(&["run", "output/cut/manifest.json", "--out", "again"]);
    assert!(shell.bytes("output/cut/results.json") == shell.bytes("again/results.json"));
    let manifest = shell.json("output/cut/manifest.json");
    assert_eq!(manifest["scenario"]["portfolio"]["tape"], "../lib/data/book.csv");
    assert_eq!(manifest["scenario"]["policy"][1]["rule"][0]["cap"], 700);
    assert_eq!(manifest["scenario"].get("extends"), None);
}

#[test]
fn one_file_or_several_is_the_same_scenario() {
    let shell = built();
    shell.done(&["run", "work/cut.toml"]);
    let whole = BASE.replace("800", "700").replace("data/book", "../lib/data/book");
    shell.write("work/cut.toml", &whole);
    let said = shell.done(&["run", "work/cut.toml"]);
    assert!(said.out.contains("stored in output/cut"), "{}", said.out);
}

#[test]
fn any_notation_gives_the_same_bytes() {
    let shell = built();
    shell.done(&["run", "work/cut.toml", "--out", "toml"]);
    let yaml = "format: 1\nextends: ../lib/base.toml\npolicy:\n- id: cap\n  rule:\n  - cap: 700\n";
    let json = r#"{"$schema": "x", "format": 1, "extends": ["../lib/base.toml"],
                   "policy": [{"id": "cap", "rule": [{"cap": 700.0}]}]}"#;
    shell.write("work/cut.yaml", yaml).write("work/cut.json", json);
    for notation in ["yaml", "json"] {
        shell.done(&["run", &format!("work/cut.{notation}"), "--out", notation]);
        let results = shell.bytes(&format!("{notation}/results.json"));
        assert!(shell.bytes("toml/results.json") == results, "{notation}");
    }
}

#[test]
fn what_is_wrong_in_a_base_is_shown_in_its_file() {
    let shell = built();
    shell.write("lib/base.toml", &BASE.replace("lgd = 0.6", "lgd = 60"));
    let said = shell.tailcap(&["run", "work/cut.toml"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    insta::assert_snapshot!(said.err);
}

#[test]
fn a_tape_that_a_base_names_is_looked_for_beside_the_base() {
    let shell = built();
    std::fs::remove_file(shell.path("lib/data/book.csv")).unwrap();
    let said = shell.tailcap(&["run", "work/cut.toml"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`work/../lib/data/book.csv`"), "{}", said.err);
}
