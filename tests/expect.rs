//! Statements about results, from the file to the verdict, the tables and the exit code.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use shell::Shell;

/// 40 equal loans: a cap at 50 halves every loss exactly.
const SCENARIO: &str = r#"
format = 1
currency = "EUR"
levels = [0.9]
thresholds = [1000]
sampling = { trials = 4_000 }
portfolio = { tape = "book.csv", defaults = { pd = 0.05, lgd = 1.0 } }
model = { correlation = 0.1 }
[[policy]]
id = "today"
[[policy]]
id = "cap"
[[policy.rule]]
cap = 50
[[variant]]
id = "mild"
stress = { pd_multiplier = 0.2 }
"#;

fn run(statements: &str, flags: &[&str]) -> (Shell, shell::Said) {
    let shell = Shell::new();
    shell.write("book.csv", "count,limit,balance\n40,100,100\n");
    shell.write("s.toml", &format!("{SCENARIO}{statements}"));
    let mut arguments = vec!["run", "s.toml", "--out", "out"];
    arguments.extend(flags);
    let said = shell.tailcap(&arguments);
    (shell, said)
}

fn statement(claim: &str) -> String {
    format!("[[expect]]\ntext = \"it\"\npolicy = \"cap\"\n{claim}\n")
}

const TRUE: &str = "measure = \"el\"\nfalls_by_at_least = { relative = 0.4 }";
const FALSE: &str = "measure = \"el\"\nfalls_by_at_least = { relative = 0.6 }";
// EL of the cap is 40 x 0.05 x 50 = 100; the border lies within its band.
const OPEN: &str = "measure = \"el\"\nbelow = 100";

#[test]
fn verdicts_are_printed_stored_and_tabulated() {
    let all = [TRUE, FALSE, OPEN].map(statement).concat();
    let (shell, said) = run(&all, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("HOLDS      it") && said.out.contains("FAILS      it"));
    assert!(said.out.contains("UNDECIDED  it") && said.out.contains("trials would decide it"));
    let verdicts = shell.json("out/results.json")["verdicts"].clone();
    let of = |i: usize| verdicts[i]["verdict"].as_str().unwrap().to_owned();
    assert_eq!([of(0), of(1), of(2)], ["holds", "fails", "undecided"]);
    assert!(verdicts[2]["trials_to_decide"].as_u64().unwrap() > 4_000);
    assert_eq!(shell.read("out/verdicts.csv").lines().count(), 4);
}

#[test]
fn enforce_sets_the_exit_code() {
    assert_eq!(run(&statement(TRUE), &["--enforce"]).1.code, 0);
    assert_eq!(run(&statement(FALSE), &["--enforce"]).1.code, 4);
    assert_eq!(run(&statement(OPEN), &["--enforce"]).1.code, 4);
    assert_eq!(run(&statement(FALSE), &[]).1.code, 0);
    // Stored results are judged the same.
    let (shell, _) = run(&statement(FALSE), &[]);
    assert_eq!(shell.tailcap(&["run", "s.toml", "--out", "out", "--enforce"]).code, 4);
}

#[test]
fn a_statement_over_variants_may_depend_on_assumption() {
    // EL of today is 200, and 40 in the mild variant.
    let over = "[[expect]]\ntext = \"small\"\npolicy = \"today\"\nmeasure = \"el\"\nbelow = 100\n\
                variants = [\"base\", \"mild\"]\n";
    let (_, said) = run(over, &["--enforce"]);
    assert_eq!(said.code, 4);
    assert!(said.out.contains("DEPENDS ON ASSUMPTION small"), "{}", said.out);
    assert!(said.out.contains("fails in `base`") && said.out.contains("holds in `mild`"));
}

#[test]
fn every_kind_of_number_can_be_judged() {
    let kinds = [
        "measure = \"sd\"\nrises_by_at_most = { amount = 0 }",
        "measure = { var = 0.9 }\nfalls_by_at_least = { relative = 0.1 }",
        "measure = { es = 0.9 }\nbelow = 1_000_000",
        "measure = { es_per_credit = 0.9 }\nfalls_by_at_most = { relative = 0.5 }",
        "measure = { exceeds = 1000 }\nbelow = 0.5",
        "measure = \"loss_per_default\"\nabove = 10",
        "measure = \"defaults\"\nrises_by_at_most = { relative = 0.01 }",
        "measure = \"credit\"\nfalls_by_at_least = { relative = 0.5 }",
        "measure = \"el\"\nagainst = \"equal-credit\"\nrises_by_at_most = { relative = 0.01 }",
    ];
    let (shell, said) = run(&kinds.map(statement).concat(), &["--enforce"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for verdict in shell.json("out/results.json")["verdicts"].as_array().unwrap() {
        assert!(verdict["runs"][0]["estimate"].is_object(), "{verdict}");
    }
}

#[test]
fn broken_statements_are_refused_at_their_place() {
    let broken = [
        "[[expect]]\npolicy = \"cpa\"\nmeasure = \"el\"\nbelow = 1\n".to_owned(),
        statement("measure = { es = 0.99 }\nbelow = 1"),
        statement("measure = { exceeds = 7 }\nbelow = 1"),
        statement("measure = \"es\"\nbelow = 1"),
        statement("measure = \"el\""),
        statement("measure = \"el\"\nbelow = 1\nabove = 2"),
        statement("measure = \"el\"\nfalls_by_at_least = { share = 0.1 }"),
        statement("measure = \"el\"\nbelow = 1\nvariants = [\"mldi\"]"),
        statement("measure = \"el\"\nbelow = 1\nlender = \"a\"\nsegment = \"b\""),
        statement("measure = \"el\"\nfalls_by_at_least = { relative = 40 }"),
        statement("measure = \"el\"\nbelow = 1\nagainst = \"equal-credit\""),
        "[[expect]]\npolicy = \"today\"\nmeasure = \"el\"\nfalls_by_at_least = { amount = 1 }\n"
            .into(),
    ];
    let (_, said) = run(&broken.concat(), &[]);
    assert_eq!(said.code, 2);
    insta::assert_snapshot!(said.err);
}

#[test]
fn parts_that_the_book_does_not_have_are_refused() {
    let (_, said) = run(&statement("measure = \"el\"\nbelow = 1\nsegment = \"young\""), &[]);
    assert_eq!(said.code, 2);
    insta::assert_snapshot!(said.err);
}

/// What is told of all lenders together stands with their total, not with the losses of the book.
#[test]
fn statements_about_all_lenders_find_their_numbers() {
    let system = r#"
[[system.lender]]
name = "lender"
capital = 400
[[system.lender]]
name = "other"
capital = 100
other_assets = { amount = 1000, pd = 0.1, lgd = 0.5, loading = 0.4 }
[system.contagion]
network = { lenders = ["lender", "other"], owes = [[0, 50], [50, 0]] }
debt_rank = "linear"
[system.feedback]
cut = 0.5
squeeze = 1
"#;
    let measures = [
        "\"failures\"",
        "{ failures_at_least = 1 }",
        "\"capital_shortfall\"",
        "\"feedback_loss\"",
        "\"bankruptcy_costs\"",
        "\"debt_rank\"",
    ];
    let statements = measures.map(|measure| statement(&format!("measure = {measure}\nabove = -1")));
    let (shell, said) = run(&format!("{system}{}", statements.concat()), &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let verdicts = shell.json("out/results.json")["verdicts"].clone();
    for (own, measure) in verdicts.as_array().unwrap().iter().zip(measures) {
        assert_eq!(own["scope_kind"], "total", "{measure}");
        assert!(!own["runs"][0]["estimate"].is_null(), "{measure}");
    }
    assert!(!said.out.contains("no such number"), "{}", said.out);
}
