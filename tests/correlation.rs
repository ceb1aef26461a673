//! `tailcap correlation` as its users see it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use serde_json::Value;
use shell::{Shell, repository, shared};

const RATES: &str = "\
# made up
date,rate,defaults
2001-12-31,0.021,21
2002-12-31,0.034,34
2003-12-31,0.018,18
2004-12-31,,
2005-12-31,0.027,27
2006-12-31,0.052,52
2007-12-31,0.030,30
2008-12-31,0.023,23
2009-12-31,0.041,41
2010-12-31,0.019,19
2011-12-31,0.025,25
";

fn json(shell: &Shell, arguments: &[&str]) -> Value {
    let mut all = vec!["correlation", "rates.csv", "--format", "json"];
    all.extend(arguments);
    serde_json::from_str(&shell.done(&all).out).unwrap()
}

fn with_rates(text: &str) -> Shell {
    let shell = Shell::new();
    shell.write("rates.csv", text);
    shell
}

#[test]
fn the_closed_form_is_what_a_pocket_calculator_gives() {
    let shell = with_rates(RATES);
    let told = json(&shell, &["--column", "rate"]);
    let found = &told["found"];
    assert_eq!(told["from"], "2001-12-31");
    assert_eq!(told["persistence"]["periods"], 10);
    assert_eq!(found[1]["method"], "large_pool");
    // Mean -1.9115508 and variance 0.02231767 (divisor n) of the inverse normals of the ten rates.
    let rates = [0.021, 0.034, 0.018, 0.027, 0.052, 0.030, 0.023, 0.041, 0.019, 0.025];
    let x = rates.map(tailcap::special::normal::quantile);
    let m = x.iter().sum::<f64>() / 10.0;
    let s = x.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / 10.0;
    let rho = found[1]["correlation"]["value"].as_f64().unwrap();
    assert!((rho - s / (1.0 + s)).abs() < 1e-12, "{rho}");
    // The divisor n - 1 would be seen.
    assert!((rho - s * 10.0 / 9.0).abs() > 1e-4);
    let notes = told["notes"].to_string();
    assert!(notes.contains("1 periods without a rate"), "{notes}");
    // The same again has the same bits; another seed moves the bootstrap only.
    assert_eq!(told, json(&shell, &["--column", "rate"]));
    let other = json(&shell, &["--column", "rate", "--seed", "7"]);
    assert_eq!(told["found"][1], other["found"][1]);
    assert_eq!(told["found"][0]["correlation"]["value"], other["found"][0]["correlation"]["value"]);
    assert_ne!(told["found"][0]["correlation"]["upper"], other["found"][0]["correlation"]["upper"]);
}

#[test]
fn counting_explains_a_part_of_the_variance() {
    let shell = with_rates(RATES);
    let rho = |arguments: &[&str], method: usize| {
        let told = json(&shell, &[&["--column", "rate"], arguments].concat());
        told["found"][method]["correlation"]["value"].as_f64().unwrap()
    };
    for method in [0, 1] {
        let (plain, counted, few) =
            (rho(&[], method), rho(&["--count", "1000"], method), rho(&["--count", "200"], method));
        assert!(plain > counted && counted > few, "{method}: {plain} {counted} {few}");
    }
}

#[test]
fn periods_are_chosen_and_percent_is_asked_for() {
    let percent = "quarter,pct\n2001Q1,1.0\n2001Q2,3.0\n2001Q3,2.5\n2001Q4,1.5\n2002Q1,4.0\n2002Q2,3.5\n\
                   2002Q3,2.0\n2002Q4,2.5\n2003Q1,3.0\n2003Q2,2.2\n";
    let shell = with_rates(percent);
    let refused = shell.tailcap(&["correlation", "rates.csv", "--column", "pct"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--percent reads the column as percent"), "{}", refused.err);
    let told = json(&shell, &["--column", "pct", "--percent", "--to", "2002"]);
    assert_eq!((&told["from"], &told["to"]), (&"2001Q1".into(), &"2002Q4".into()));
    assert!((told["mean"].as_f64().unwrap() - 0.025).abs() < 1e-12);
    let short =
        shell.tailcap(&["correlation", "rates.csv", "--column", "pct", "--percent", "--per-year"]);
    assert_eq!(short.code, 2);
    assert!(short.err.contains("2 periods are too few"), "{}", short.err);
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    for (from, to, arguments, wanted) in [
        ("0.034", "x", vec!["--column", "rate"], "a fraction in 0..=1"),
        ("0.034", "0", vec!["--column", "rate"], "--count N says how many"),
        ("date,rate", "date,rates", vec!["--column", "rate"], "unknown header `rate`"),
        ("2003-12-31", "1999-12-31", vec!["--column", "rate"], "later than that of the row before"),
        (
            "2003-12-31",
            "31/12/2003",
            vec!["--column", "rate", "--to", "2010"],
            "begins with its year",
        ),
        ("0.034", "0.034", vec!["--column", "rate", "--count", "1"], "at least 2 borrowers"),
        ("0.034", "0.034", vec!["--column", "rate", "--confidence", "95"], "must be in 0.5..1"),
    ] {
        let shell = with_rates(&RATES.replacen(from, to, 1));
        let said = shell.tailcap(&[&["correlation", "rates.csv"], arguments.as_slice()].concat());
        assert_eq!(said.code, 2, "{wanted}: {}", said.err);
        assert!(said.err.contains(wanted), "{wanted}: {}", said.err);
    }
}

#[test]
fn the_page_says_what_american_cards_give() {
    let Some(file) = shared("data/us-credit-card-rates.csv") else { return };
    let shell = Shell::new();
    let file = file.to_str().unwrap();
    let page = std::fs::read_to_string(repository("docs/correlation.md")).unwrap();
    for column in ["delinquency_pct", "chargeoff_pct"] {
        let said = shell.done(&["correlation", file, "--column", column, "--percent"]).out;
        for line in said.lines().filter(|line| line.contains(" to ") && line.contains('%')) {
            assert!(page.contains(line), "docs/correlation.md lacks the line\n{line}");
        }
        // With the divisor n - 1 these are the numbers of the data's own README.
        let told =
            shell.done(&["correlation", file, "--column", column, "--percent", "--format", "json"]);
        let told: Value = serde_json::from_str(&told.out).unwrap();
        let n = told["persistence"]["periods"].as_f64().unwrap();
        let rho = told["found"][1]["correlation"]["value"].as_f64().unwrap();
        let v = rho / (1.0 - rho) * n / (n - 1.0);
        let published = if column == "delinquency_pct" { 0.02363 } else { 0.01443 };
        assert!((v / (1.0 + v) - published).abs() < 5e-6, "{column}: {v}");
    }
}
