//! `tailcap plot` and `tailcap compare --figures` from outside: figures of stored results again.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use std::sync::OnceLock;

use shell::{Shell, repository};

const BOOK: &str = "limit,balance,pd,segment\n1000,600,0.02,young\n2000,1500,0.05,old\n";

const SCENARIO: &str = r#"format = 1
title = "Two borrowers"
currency = "EUR"
levels = [0.9]

[sampling]
trials = 2_000

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

[[variant]]
id = "crisis"
stress = { pd_multiplier = 2.0 }
"#;

/// One pair of runs for all tests.
fn results() -> &'static Shell {
    static RESULTS: OnceLock<Shell> = OnceLock::new();
    RESULTS.get_or_init(|| {
        let shell = Shell::new();
        shell.write("cut.toml", SCENARIO).write("book.csv", BOOK);
        shell.done(&["run", "cut.toml", "--quiet", "--out", "a"]);
        shell.done(&["run", "cut.toml", "--quiet", "--seed", "7", "--out", "b"]);
        shell
    })
}

fn refused(arguments: &[&str]) -> String {
    let said = results().tailcap(&[&["plot"], arguments].concat());
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    said.err
}

#[test]
fn the_figures_are_those_of_the_run() {
    let shell = results();
    let said = shell.done(&["plot", "a", "--format", "svg", "--out", "again"]);
    assert!(said.out.starts_with("again: densities, exceedance"), "{}", said.out);
    for name in ["densities.svg", "exceedance.svg", "crisis/densities.svg"] {
        assert_eq!(
            shell.read(&format!("again/{name}")),
            shell.read(&format!("a/{name}")),
            "{name}"
        );
    }
    let caption = shell.read("again/densities.txt");
    assert!(caption.starts_with("Losses over 1 year under 2 policies"), "{caption}");
    assert!(caption.contains("2,000 trials"), "{caption}");
    // All figures of the folder, and no others.
    let svg = |folder: &str| -> Vec<String> {
        shell.list(folder).into_iter().filter(|name| name.ends_with(".svg")).collect()
    };
    assert_eq!(svg("again"), svg("a"));
}

#[test]
fn nothing_is_overwritten_unasked() {
    let shell = results();
    let plot = ["plot", "a", "--figure", "densities", "--format", "svg", "--variant", "base"];
    shell.done(&plot);
    let before = shell.read("a-figures/densities.svg");
    assert_eq!(shell.list("a-figures"), ["densities.svg", "densities.txt"]);
    // The same again is no change.
    shell.done(&plot);
    shell.write("a-figures/densities.svg", "mine");
    let said = shell.tailcap(&plot);
    assert_eq!(said.code, 3);
    insta::assert_snapshot!(said.err.replace('\\', "/"));
    assert_eq!(shell.read("a-figures/densities.svg"), "mine");
    shell.done(&[&plot[..], &["--force"]].concat());
    assert_eq!(shell.read("a-figures/densities.svg"), before);
    // The results themselves are left alone: running again finds them as they were.
    let said = shell.done(&["run", "cut.toml", "--out", "a"]);
    assert!(said.out.contains("stored in a"), "{}", said.out);
}

#[test]
fn pixels_and_pages_have_the_size_of_print() {
    let shell = results();
    let only = ["--figure", "exceedance", "--variant", "base", "--format", "png,pdf"];
    shell.done(&[&["plot", "a", "--out", "print", "--dpi", "100"], &only[..]].concat());
    let png = shell.bytes("print/exceedance.png");
    // 85 mm at 100 dpi.
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 335);
    let pdf = shell.bytes("print/exceedance.pdf");
    let text = String::from_utf8_lossy(&pdf);
    assert!(text.contains("MediaBox") && text.contains("240.94"), "85 mm are 240.94 points");
    assert!(text.contains("How often losses over 1 year exceed a given amount"));
    shell.done(&[&["plot", "a", "--out", "wide", "--theme", "paper-wide"], &only[..]].concat());
    let wide = shell.bytes("wide/exceedance.pdf");
    assert!(String::from_utf8_lossy(&wide).contains("510.23"), "180 mm are 510.24 points");
}

#[test]
fn several_results_share_figures() {
    let shell = results();
    let plot = ["plot", "a", "b", "--label", "mine", "--label", "yours", "--format", "svg"];
    shell.done(&[&plot[..], &["--out", "both"]].concat());
    let svg = shell.read("both/densities.svg");
    for name in ["mine · today", "yours · today", "mine · cap-800", "yours · cap-800"] {
        let words: Vec<&str> = name.split(" · ").collect();
        assert!(words.iter().all(|word| svg.contains(word)), "{name}");
    }
    let caption = shell.read("both/densities.txt");
    assert!(caption.contains("Baseline: mine · today"), "{caption}");
    assert!(caption.contains("mine: 2,000 trials, seed"), "{caption}");
    assert!(shell.path("both/mine/crisis/densities.svg").exists());
    assert!(!shell.path("both/mine/densities.svg").exists());
    assert!(shell.path("both/frontier.svg").exists());
}

#[test]
fn what_does_not_belong_on_one_axis() {
    let shell = results();
    let other =
        SCENARIO.replace("\"EUR\"", "\"JPY\"").replace("levels", "horizon = \"6 months\"\nlevels");
    shell.write("other.toml", &other);
    shell.done(&["run", "other.toml", "--quiet", "--out", "c"]);
    insta::assert_snapshot!(refused(&["a", "c", "--out", "none"]));
    insta::assert_snapshot!("unknown", refused(&["a", "--figure", "density", "--policy", "cap"]));
    insta::assert_snapshot!("unknown_figure", refused(&["a", "--figure", "density"]));
    insta::assert_snapshot!("no_folder", refused(&["a", "b"]));
    insta::assert_snapshot!("labels", refused(&["a", "b", "--label", "x", "--out", "none"]));
    insta::assert_snapshot!("twice", refused(&["a", "a", "--out", "none"]));
    assert!(!shell.path("none").exists());
}

#[test]
fn a_comparison_is_drawn() {
    let shell = results();
    let said = shell.done(&["compare", "a", "b", "--figures", "diff"]);
    assert!(said.out.contains("B - A"), "{}", said.out);
    let names = ["densities", "differences", "exceedance"];
    let mut files: Vec<String> = names
        .iter()
        .flat_map(|name| ["png", "svg", "txt"].map(|kind| format!("{name}.{kind}")))
        .chain(["differences.csv".to_owned()])
        .collect();
    files.sort();
    assert_eq!(shell.list("diff"), files);
    let csv = shell.done(&["compare", "a", "b", "--scope", "system", "--format", "csv"]).out;
    let row = |text: &str| {
        text.lines()
            .find(|line| line.contains("expected_loss,"))
            .unwrap()
            .split(',')
            .take(20)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(row(&shell.read("diff/differences.csv")), row(&csv));
    let said = shell.tailcap(&["compare", "b", "a", "--figures", "diff"]);
    assert_eq!(said.code, 3, "{}", said.err);
}

#[test]
fn a_comparison_for_a_paper() {
    let shell = results();
    let arguments = ["compare", "a", "b", "--policy", "cap-800", "--format"];
    insta::assert_snapshot!(shell.done(&[&arguments[..], &["markdown"]].concat()).out);
    insta::assert_snapshot!("latex", shell.done(&[&arguments[..], &["latex"]].concat()).out);
}

#[test]
fn the_manual_says_where_figures_go() {
    let text = std::fs::read_to_string(repository("README.md")).unwrap();
    for command in ["tailcap show", "tailcap plot"] {
        assert!(text.contains(command), "README.md does not tell of `{command}`");
    }
}
