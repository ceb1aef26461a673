//! `tailcap new`: every template runs as it is written, is what an editor takes for a scenario, and
//! replaces nothing unasked.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;
#[path = "support/validate.rs"]
mod validate;

use shell::Shell;

const TEMPLATES: [&str; 5] = ["cards", "pools", "stress", "segments", "synthetic"];

#[test]
fn new_and_then_run_works_for_every_template() {
    let schema = tailcap::scenario::schema();
    for name in TEMPLATES {
        let shell = Shell::new();
        let file = format!("{name}.toml");
        let said = shell.done(&["new", "--template", name]);
        assert!(said.out.ends_with(&format!("next: tailcap run {file}\n")), "{}", said.out);
        // The one without a tape has no book beside it.
        let book = Some(format!("{name}-book.csv")).filter(|_| name != "synthetic");
        assert_eq!(shell.list("."), book.into_iter().chain([file.clone()]).collect::<Vec<_>>());
        let screen = shell.done(&["run", &file, "--trials", "400"]).out;
        let results = shell.json(&format!("output/{name}/results.json"));
        // A starter shows what policies do: each but the first binds somebody.
        for policy in results["runs"][0]["policies"].as_array().unwrap().iter().skip(1) {
            assert_eq!(policy["binds"], true, "{name}: {policy}");
        }
        assert!(screen.lines().all(|line| line.chars().count() <= 100), "{screen}");

        let value: serde_json::Value = toml::from_str(&shell.read(&file)).unwrap();
        let mut faults = Vec::new();
        validate::validate(&schema, &schema, &value, name, &mut faults);
        assert_eq!(faults, [""; 0]);
    }
}

#[test]
fn the_list_names_every_template() {
    let shell = Shell::new();
    let out = shell.done(&["new", "--list"]).out;
    let names: Vec<&str> = out.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, TEMPLATES);
    assert_eq!(shell.list("."), [""; 0]);
}

#[test]
fn a_starter_goes_where_it_is_asked_for() {
    let shell = Shell::new();
    shell.done(&["new", "books/my bank.toml"]);
    assert_eq!(shell.list("books"), ["my bank-book.csv", "my bank.toml"]);
    assert!(shell.read("books/my bank.toml").contains("tape = \"my bank-book.csv\""));
    shell.done(&["check", "books/my bank.toml"]);
}

#[test]
fn nothing_is_replaced_unasked() {
    let shell = Shell::new();
    shell.write("cards-book.csv", "mine");
    let said = shell.tailcap(&["new"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    insta::assert_snapshot!(said.err);
    assert_eq!(shell.list("."), ["cards-book.csv"]);
    shell.done(&["new", "--force"]);
    assert_ne!(shell.read("cards-book.csv"), "mine");
    assert_eq!(shell.tailcap(&["new"]).code, 3);
}

#[test]
fn names_that_are_no_toml_files() {
    let shell = Shell::new();
    let said = shell.tailcap(&["new", "my-bank.json"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert_eq!(
        said.err,
        "error: `my-bank.json`: a starter is written in TOML\nhint: name it `my-bank.toml`\n"
    );
    assert_eq!(shell.tailcap(&["new", ".."]).code, 2);
    assert_eq!(shell.tailcap(&["new", "--template", "crads"]).code, 2);
    assert_eq!(shell.list("."), [""; 0]);
}
