//! `tailcap validate` from outside: it passes, anywhere; wrong twins fail; what it says is stable.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use serde_json::Value;
use shell::{Said, Shell, repository};
use tailcap::validate::{CASES, range};

fn json(shell: &Shell, arguments: &[&str]) -> (i32, Value) {
    let said = shell.tailcap(&[&["validate", "--format", "json"], arguments].concat());
    (said.code, serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}", said.err)))
}

/// Cases with at least one failed check.
fn failed(report: &Value) -> Vec<&str> {
    let cases = report["cases"].as_array().unwrap().iter();
    let wrong = cases.filter(|case| {
        case["checks"].as_array().unwrap().iter().any(|check| check["verdict"] == "failed")
    });
    wrong.map(|case| case["id"].as_str().unwrap()).collect()
}

/// Null: every number is that of its law. All checks that rest on chance together raise a false alarm
/// in less than 1 of 500 seeds. Twins: PDs x 1.05; asset correlations of loadings 0.05 or
/// 0.1 higher.
#[test]
fn everything_passes_and_wrong_twins_fail() {
    let shell = Shell::new();
    let (code, report) = json(&shell, &[]);
    assert_eq!((code, failed(&report)), (0, vec![]));
    assert_eq!(report["verdict"], "passed");
    let checks = report["cases"].as_array().unwrap().iter();
    let checks: Vec<&Value> = checks.flat_map(|case| case["checks"].as_array().unwrap()).collect();
    let chance = checks.iter().filter(|check| check["basis"] != "rounding").count() as f64;
    assert!(chance > 300.0 && chance * range::ALPHA <= 2e-3, "{chance} checks rest on chance");
    // On the fixed seeds nothing lies farther off than the usual four standard errors either.
    for check in checks.iter().filter(|check| check["basis"] == "standard_errors") {
        let [expected, found, lower, upper] =
            ["expected", "found", "lower", "upper"].map(|key| check[key].as_f64().unwrap());
        let share = 4.0 / range::z();
        let reach =
            (expected - share * (expected - lower))..=(expected + share * (upper - expected));
        assert!(reach.contains(&found), "{check}");
    }
    assert!(shell.list(".").is_empty(), "nothing is written");

    let (code, report) = json(&shell, &["--set", "stress.pd_multiplier=1.05"]);
    assert_eq!((code, &report["verdict"]), (5, &Value::from("failed")));
    let sampled = |id: &&str| !id.ends_with("-formula");
    let all: Vec<&str> = CASES.iter().map(|entry| entry.id).filter(sampled).collect();
    assert_eq!(failed(&report), all);

    // Loadings 0.2 become 0.25; of two borrowers, who know little of each other, 0.3.
    for (case, correlation) in [
        ("two-borrowers", 0.09),
        ("vasicek", 0.0625),
        ("small-exact", 0.0625),
        ("ccruncher", 0.0625),
    ] {
        let twin = format!("model.correlation={correlation}");
        let (code, report) = json(&shell, &[case, "--set", &twin]);
        assert_eq!((code, failed(&report)), (5, vec![case]));
    }
}

#[test]
fn fewer_or_other_trials_pass_too() {
    let shell = Shell::new();
    let said = shell.done(&["validate", "--quick"]);
    let last = said.out.lines().last().unwrap();
    assert!(last.starts_with("PASSED: ") && last.contains(" 21 cases in "), "{last}");
    let (code, report) = json(&shell, &["binomial", "--trials", "5e4"]);
    assert_eq!((code, &report["cases"][0]["trials"]), (0, &Value::from(50_000)));
}

/// The last line without its time.
fn timeless(out: &str) -> String {
    let words: Vec<&str> = out.trim_end().split(' ').collect();
    let seconds = words[words.len() - 2].trim_start_matches('(');
    out.replace(&format!("{seconds} s"), "1.0 s")
}

#[test]
fn what_is_printed() {
    let shell = Shell::new();
    let said = shell.done(&["validate", "one-borrower", "basel-formula", "--quick"]);
    let (_, tables) = said.out.split_once('\n').unwrap();
    insta::assert_snapshot!(timeless(tables));
    let twin = ["validate", "binomial", "--quick", "--set", "portfolio.defaults.pd=0.04", "--all"];
    let Said { code, out, err } = shell.tailcap(&twin);
    assert_eq!((code, err.as_str()), (5, ""));
    let (_, tables) = out.split_once('\n').unwrap();
    insta::assert_snapshot!("a_wrong_twin", timeless(tables));
}

/// The report to be filed: whole, closed to the network, and never put over another.
#[test]
fn a_report_can_be_filed() {
    let shell = Shell::new();
    let run = ["validate", "frye-jacobs-formula", "one-borrower", "--quick", "--report", "filed"];
    let said = shell.done(&run);
    assert!(said.out.ends_with("validation.html\n"), "{}", said.out);
    let page = std::fs::read_to_string(shell.path("filed/validation.html")).unwrap();
    for part in [
        "Content-Security-Policy",
        "Validation report",
        "class=\"verdict passed\"",
        "Assumptions",
        "Limits of use",
        "id=\"case-one-borrower\"",
        ">0.3197<",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("http-equiv=\"refresh\""));
    let text = std::fs::read_to_string(shell.path("filed/validation.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["cases"][0]["kind"], "published");
    assert_eq!(report["cases"][1]["kind"], "law");
    let again = shell.tailcap(&run);
    assert_eq!(again.code, 3, "{}", again.err);
    assert!(again.err.contains("--force"), "{}", again.err);
    shell.done(&[&run[..], &["--force"]].concat());
    // A place that cannot be made is told before the work.
    shell.write("file", "");
    let said = shell.tailcap(&["validate", "--report", "file/inside"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    // The wrong twin.
    let wrong = ["validate", "binomial", "--quick", "--set", "portfolio.defaults.pd=0.04"];
    let said = shell.tailcap(&[&wrong[..], &["--report", "wrong"]].concat());
    assert_eq!(said.code, 5);
    let page = std::fs::read_to_string(shell.path("wrong/validation.html")).unwrap();
    assert!(page.contains("class=\"verdict failed\""));
}

#[test]
fn what_is_refused() {
    let shell = Shell::new();
    let said = shell.tailcap(&["validate", "vasicek-pool"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    insta::assert_snapshot!("unknown_case", said.err);
    let said = shell.tailcap(&["validate", "qrm", "--set", "model.corelation=0.2"]);
    assert_eq!(said.code, 2);
    insta::assert_snapshot!("unknown_key", said.err);
    assert_eq!(shell.tailcap(&["validate", "--quick", "--trials", "9"]).code, 2);
}

#[test]
fn csv_has_a_row_per_check() {
    let shell = Shell::new();
    let csv = shell.done(&["validate", "basel-formula", "--format", "csv"]).out;
    assert_eq!(csv.lines().count(), 121);
    let (_, report) = json(&shell, &["basel-formula"]);
    let text = std::fs::read_to_string(repository("docs/validation.md")).unwrap();
    for column in csv.lines().next().unwrap().split(',') {
        assert!(text.contains(&format!("| `{column}` |")), "docs/validation.md has no {column}");
    }
    for key in report.as_object().unwrap().keys() {
        assert!(text.contains(&format!("`{key}`")), "docs/validation.md has no {key}");
    }
}

#[test]
fn the_page_lists_every_case_with_its_source() {
    let text = std::fs::read_to_string(repository("docs/validation.md")).unwrap();
    let (_, report) = json(&Shell::new(), &["--trials", "1000"]);
    for case in report["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let line = text.lines().find(|line| line.starts_with(&format!("| `{id}` |")));
        let line = line.unwrap_or_else(|| panic!("docs/validation.md has no line for {id}"));
        assert!(line.contains(case["source"].as_str().unwrap()), "{id}: another source");
        let checks = case["checks"].as_array().unwrap().len();
        if id != "ccruncher" {
            assert!(line.ends_with(&format!("| {checks} |")), "{id}: {checks} checks");
        }
    }
    let cases = text.lines().filter(|line| line.starts_with("| `") && line.contains(" | "));
    let listed =
        cases.filter(|line| CASES.iter().any(|c| line.starts_with(&format!("| `{}` |", c.id))));
    assert_eq!(listed.count(), CASES.len());
}
