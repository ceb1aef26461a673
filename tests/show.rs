//! `tailcap show` from outside: tables and curves of stored results, in every form.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use std::sync::OnceLock;

use shell::{Said, Shell, said};

const BOOK: &str = "lender,segment,limit,balance,pd\nn,young,1000,600,0.02\nn,old,2000,1500,0.05\n\
    s,old,900,700,0.08\ns,young,1200,1150,0.04\n";

/// Titles with everything that Markdown and LaTeX would take for markup.
const SCENARIO: &str = r#"format = 1
title = "Four & more: 100_%"
currency = "EUR"
baseline = "today"
levels = [0.9, 0.999]
thresholds = [500]

[sampling]
trials = 4_000

[portfolio]
tape = "book.csv"
defaults = { lgd = 0.6 }

[model]
correlation = 0.04

[[policy]]
id = "cap-800"
title = 'At most $800 | #1 {x} ~ ^ \'
[[policy.rule]]
cap = 800

[[policy]]
id = "today"

[[policy]]
id = "caps"
[[policy.rule]]
cap = { from = 500, to = 1000, steps = 2 }

[[expect]]
policy = "cap-800"
measure = { es = 0.9 }
falls_by_at_least = { relative = 0.1 }

[[variant]]
id = "crisis"
stress = { pd_multiplier = 2.0 }
"#;

/// One run for all tests.
fn results() -> &'static Shell {
    static RESULTS: OnceLock<Shell> = OnceLock::new();
    RESULTS.get_or_init(|| {
        let shell = Shell::new();
        shell.write("cut.toml", SCENARIO).write("book.csv", BOOK);
        shell.done(&["run", "cut.toml", "--quiet", "--out", "a"]);
        shell
    })
}

/// What `show` prints, on a terminal as wide as said that knows UTF-8 or does not.
fn shown(arguments: &[&str], width: &str, locale: &str) -> String {
    let mut command = results().command();
    command.args(["show", "a"]).args(arguments).env("COLUMNS", width).env("LC_ALL", locale);
    let Said { code, out, err } = said(command.output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    out
}

/// The same as a file would get it.
fn printed(arguments: &[&str]) -> String {
    shown(arguments, "100", "C.UTF-8")
}

fn refused(arguments: &[&str]) -> String {
    let said = results().tailcap(&[&["show"], arguments].concat());
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    said.err
}

#[test]
fn the_first_screen_and_the_curves() {
    let found = printed(&["--variant", "base"]);
    insta::assert_snapshot!(found);
    // A pipe gets no colours.
    assert!(!found.contains('\u{1b}'), "{found}");
}

#[test]
fn narrow_terminals_without_utf_8() {
    let found = shown(&[], "60", "C");
    let widest = found.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(60), "{widest:?}\n{found}");
    assert!(found.is_ascii(), "{found}");
    insta::assert_snapshot!(shown(&["--variant", "base"], "60", "C"));
}

#[test]
fn wide_terminals_have_wide_curves() {
    let widths = ["60", "80", "120"].map(|width| {
        let found = shown(&["--variant", "base"], width, "en_US.UTF-8");
        let strip = found.lines().rfind(|line| line.starts_with("today")).unwrap().to_owned();
        let length = strip.chars().count();
        assert!(length <= width.parse().unwrap(), "{width}: {strip}");
        length
    });
    assert!(widths[0] < widths[1] && widths[1] < widths[2], "{widths:?}");
}

#[test]
fn markdown_for_a_page() {
    insta::assert_snapshot!(printed(&["--format", "markdown", "--variant", "base"]));
}

#[test]
fn latex_for_a_paper() {
    let found = printed(&["--format", "latex", "--variant", "base"]);
    // What is opened is closed, and all rows have as many cells.
    for (open, close) in [("{", "}"), ("\\begin{", "\\end{")] {
        let plain = found.replace("\\{", "").replace("\\}", "");
        assert_eq!(plain.matches(open).count(), plain.matches(close).count(), "{open}");
    }
    insta::assert_snapshot!(found);
}

#[test]
fn every_table_has_every_form() {
    let list = printed(&["--list"]);
    insta::assert_snapshot!(list);
    for name in list.lines().map(|line| line.split_whitespace().next().unwrap()) {
        let csv = printed(&["--table", name, "--format", "csv"]);
        assert!(csv.lines().count() > 1, "{name}: {csv}");
        let json: serde_json::Value =
            serde_json::from_str(&printed(&["--table", name, "--format", "json"])).unwrap();
        let rows = json["results"][0]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), csv.lines().count() - 1, "{name}");
        for format in ["text", "markdown", "latex"] {
            let said = results().tailcap(&["show", "a", "--table", name, "--format", format]);
            let is_points = said.err.contains("no page has room for");
            assert_eq!(said.code, if is_points { 2 } else { 0 }, "{name}: {}", said.err);
            assert!(is_points || said.out.lines().count() > 3, "{name}: {}", said.out);
        }
    }
}

#[test]
fn programs_get_all_digits_and_what_they_ask_for() {
    let csv = printed(&[
        "--format", "csv", "--policy", "cap-800", "--level", "99.9%", "--scope", "system",
    ]);
    let stored = results().read("a/summary.csv");
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(stored.lines().any(|own| own == row), "{row}");
        assert!(row.contains("cap-800,system,system"), "{row}");
        assert!(!row.contains(",0.9,"), "{row}");
    }
    let json: serde_json::Value = serde_json::from_str(&printed(&["--format", "json"])).unwrap();
    assert_eq!(json["table"], "comparison");
    let row = &json["results"][0]["rows"][0];
    assert_eq!(row["variant"], "base");
    assert!(row["value"].is_f64() && row["level"].is_null(), "{row}");
}

#[test]
fn several_results_stand_below_each_other() {
    let said = results().done(&["show", "a", "a", "--format", "csv"]);
    assert!(said.out.starts_with("result,variant,"), "{}", said.out);
    let once = results().done(&["show", "a", "--format", "csv"]).out.lines().count();
    assert_eq!(said.out.lines().count(), 2 * once - 1);
}

#[test]
fn what_a_result_does_not_have() {
    insta::assert_snapshot!(refused(&["a", "--table", "ladders"]));
    insta::assert_snapshot!("no_rows", refused(&["a", "--table", "system"]));
    let nothing =
        ["--policy", "cap-80", "--variant", "crysis", "--level", "0.99", "--scope", "lender:m"];
    insta::assert_snapshot!("names", refused(&[&["a"], &nothing[..]].concat()));
    insta::assert_snapshot!(
        "no_scopes",
        refused(&["a", "--table", "frontier", "--scope", "system"])
    );
    insta::assert_snapshot!("points", refused(&["a", "--table", "densities"]));
}

#[test]
fn broken_results_are_refused_as_by_compare() {
    let shell = Shell::new();
    shell.write("results.json", "{");
    let said = shell.tailcap(&["show", "results.json"]);
    assert_eq!(said.code, 2);
    let compared = shell.tailcap(&["compare", "results.json", "results.json"]);
    assert!(compared.err.starts_with(&said.err), "{}\n{}", said.err, compared.err);
}
