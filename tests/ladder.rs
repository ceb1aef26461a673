//! Ladders of caps: the caps that a table stands for, and that each is the policy it would be alone.

// Amounts are in hundredths, with the underscore where people write the point.
#![allow(clippy::inconsistent_digit_grouping, clippy::unwrap_used)]

mod support;

use support::{Case, case, case_with, system_losses};
use tailcap::measures::row::MeasureRow;
use tailcap::report::results::RunResults;
use tailcap::scenario::Policy;

const SCENARIO: &str = r#"
format = 1
currency = "EUR"
minor_units = 100
levels = [0.9, 0.99]
sampling = { trials = 600 }
portfolio = { tape = "book.csv", defaults = { ccf = 0.35, lgd = 0.55 } }
model = { correlation = 0.1 }
"#;

const TAPE: &str = "\
borrower,count,segment,lender,limit,balance,pd,score,age
a,1,retail,north,3000,2400,0.02,650,40
a,1,retail,south,1000,200,0.02,650,40
b,1,retail,north,1500.55,1500.55,0.05,580,31
c,1,young,south,5000,1000.01,0.01,700,24
d,3,young,east,800,900,0.11,520,22
e,40,retail,north,400,400,0.3,590,50
f,500,young,east,333.33,111.11,0.015,640,21
g,1,retail,south,900,0,0.5,500,60
";

fn with(policies: &[&str]) -> Case {
    let blocks: Vec<String> = policies.iter().map(|p| format!("{{ {p} }}")).collect();
    case(&format!("policy = [{}]\n{SCENARIO}", blocks.join(",\n")), TAPE)
}

/// Ids, titles and caps (hundredths) of a ladder written as `cap`.
fn steps(cap: &str) -> Vec<(String, String, i64)> {
    let policy = format!(r#"id = "cap", title = "Up to {{cap}}", rule = [{{ cap = {cap} }}]"#);
    let case = with(&[r#"id = "today""#, &policy]);
    let ladder = case.base().scenario.policies[1..].iter();
    let one = |p: &Policy| {
        let step = p.ladder.clone().unwrap();
        assert_eq!(step.ladder, "cap");
        (p.id.clone(), p.title.clone(), step.cap.0)
    };
    ladder.map(one).collect()
}

#[test]
fn the_caps_between_the_ends() {
    let caps = |cap: &str| steps(cap).into_iter().map(|s| s.2).collect::<Vec<_>>();
    let linear = "{ from = 100, to = 400, steps = 4, spacing = \"linear\" }";
    assert_eq!(caps(linear), [100_00, 200_00, 300_00, 400_00]);
    // 500 x 10^(j / 2).
    assert_eq!(caps("{ from = 500, to = 5_000, steps = 3 }"), [500_00, 1_581_14, 5_000_00]);
    let rounded = "{ from = 505, to = 5_005, steps = 3, round_to = 50 }";
    assert_eq!(caps(rounded), [505_00, 1_600_00, 5_005_00]);
    assert_eq!(caps("{ from = 0, to = 1, steps = 2, spacing = \"linear\" }"), [0, 1_00]);
    assert_eq!(caps("{ list = [0.01, 7, 1e6] }"), [1, 7_00, 1_000_000_00]);
    let list = steps("{ list = [0.05, 7.5, 12_345.67] }");
    let ids: Vec<&str> = list.iter().map(|s| s.0.as_str()).collect();
    assert_eq!(ids, ["cap-0-05", "cap-7-5", "cap-12345-67"]);
    let titles: Vec<&str> = list.iter().map(|s| s.1.as_str()).collect();
    assert_eq!(titles, ["Up to 0.05", "Up to 7.5", "Up to 12,345.67"]);
}

fn rows<'r>(run: &'r RunResults, policy: &str) -> Vec<&'r MeasureRow> {
    run.summary.rows.iter().filter(|row| row.policy == policy).collect()
}

/// A ladder of k caps gives bit for bit what k single policies give, whatever stands around it.
#[test]
fn a_ladder_is_its_caps_one_by_one() {
    let caps = [150, 400, 950, 1_500, 20_000];
    let list = "{ list = [150, 400, 950, 1_500, 20_000] }";
    let rules: [&dyn Fn(&str) -> String; 3] = [
        &|cap| format!("rule = [{{ cap = {cap} }}]"),
        &|cap| {
            format!(
                "rule = [{{ cap = {cap}, per = \"borrower\", where = {{ lender = [\"north\", \"south\"] }} }}]"
            )
        },
        &|cap| format!("rule = [{{ floor = 300 }}, {{ cap = {cap}, applies_to = \"new\" }}]"),
    ];
    let today = r#"id = "today""#;
    let others = [
        r#"id = "scale", rule = [{ scale = 0.6 }]"#,
        r#"id = "other", rule = [{ cap = { from = 10, to = 90, steps = 3 } }]"#,
    ];
    for rule in rules {
        let ladder = format!("id = \"cap\", equal_credit_cut = true, {}", rule(list));
        let whole = with(&[others[0], today, &ladder, others[1], r#"id = "end""#]);
        assert_eq!(whole.base().scenario.policies.len(), 11);
        let singles: Vec<String> = caps
            .iter()
            .map(|cap| format!("id = \"cap-{cap}\", {}", rule(&cap.to_string())))
            .collect();
        let mut list = vec![others[0], today];
        list.extend(singles.iter().map(String::as_str));
        let apart = with(&list);
        let (whole, apart) = (whole.carry_out(2), apart.carry_out(1));
        for (at, cap) in caps.iter().enumerate() {
            let id = format!("cap-{cap}");
            let (a, b) = (rows(&whole.results.runs[0], &id), rows(&apart.results.runs[0], &id));
            assert!(a.len() > 50, "{id}: {} rows", a.len());
            assert_eq!(a, b, "{id}");
            let losses = |sample| system_losses(sample, 2 + at);
            assert_eq!(losses(&whole.samples[0]), losses(&apart.samples[0]), "{id}");
        }
    }
}

#[test]
fn cuts_of_equal_credit_are_asked_for() {
    let cuts = |policies: &[&str]| {
        let outcome = with(policies).carry_out(1);
        let facts = outcome.results.runs[0].policies.iter();
        facts.map(|p| p.equal_credit_cut.is_some()).collect::<Vec<_>>()
    };
    let ladder = r#"id = "cap", rule = [{ cap = { list = [100, 200] } }]"#;
    let single = r#"id = "single", rule = [{ cap = 300 }]"#;
    assert_eq!(cuts(&[r#"id = "today""#, ladder, single]), [false, false, false, true]);
    let asked = ladder.replace("rule", "equal_credit_cut = true, rule");
    let refused = single.replace("rule", "equal_credit_cut = false, rule");
    assert_eq!(cuts(&[r#"id = "today""#, &asked, &refused]), [false, true, true, false]);
}

#[test]
fn the_series_of_a_ladder() {
    let ladder = r#"id = "cap", rule = [{ cap = { from = 100, to = 900, steps = 5 } }]"#;
    let outcome = with(&[r#"id = "today""#, ladder]).carry_out(2);
    let run = &outcome.results.runs[0];
    let [series] = run.summary.ladders.as_slice() else { panic!("one ladder") };
    assert_eq!((series.ladder.as_str(), series.points.len()), ("cap", 5));
    for pair in series.points.windows(2) {
        assert!(pair[0].cap < pair[1].cap);
        assert!(pair[0].credit_kept < pair[1].credit_kept);
        assert!(pair[0].people_cut >= pair[1].people_cut);
    }
    for point in &series.points {
        // EL and its ratio, and at two levels VaR, ES, capital and ES per credit; each with its change.
        assert_eq!(point.values.len(), 20, "{point:?}");
        for value in &point.values {
            let same = rows(run, &point.policy).into_iter().any(|row| {
                (row.measure, row.level, row.comparison, row.estimate)
                    == (value.measure, value.level, value.comparison, value.estimate)
            });
            assert!(same, "{value:?}");
        }
    }
}

#[test]
fn a_ladder_answers_to_overrides() {
    let policy = r#"{ id = "cap", rule = [{ cap = { from = 100, to = 900, steps = 5 } }] }"#;
    let text = format!("policy = [{{ id = \"today\" }}, {policy}]\n{SCENARIO}");
    let ids = |set: &[&str]| {
        let case = case_with(&text, TAPE, set);
        case.base().scenario.policies.iter().map(|p| p.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&["policy.cap.rule.0.cap.steps=2"]), ["today", "cap-100", "cap-900"]);
    assert_eq!(ids(&["policy.cap.rule.0.cap=250"]), ["today", "cap"]);
    assert_eq!(ids(&["baseline=cap-900"]).len(), 6);
}
