//! What must agree to the last bit where defaults cost what laws say, what bounds hold, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Case, case_with, estimate, system_losses, value};
use tailcap::engine::Scratch;
use tailcap::measures::{Comparison, Measure};
use tailcap::run;
use tailcap::scenario::{Notation, load_text};

/// People one by one, small and large pools, several accounts, draws that stand for many.
const TAPE: &str = "\
borrower,segment,lender,limit,balance,pd,count
p1,young,A,120000,80000,0.02,2000
p2,young,A,50000,30000,0.05,9
p3,old,B,200000,50000,0.03,25
b1,old,A,90000,20000,0.20,1
b1,old,B,70000,60000,0.20,1
b2,young,B,60000,60000,0.30,1
b3,young,C,150000,10000,0.12,1
";

const SCENARIO: &str = r#"
format = 1
currency = "EUR"
levels = [0.9, 0.99]
[sampling]
trials = 3_000
plan = "plain"
[portfolio]
tape = "book.csv"
defaults = { lgd = 0.6, ccf = 0.4 }
[model]
correlation = 0.15
[output]
equal_credit_cut = false
[severity]
lgd = { law = "beta", sd = 0.3 }
ccf_loading = 0.4
[severity.segment.old]
lgd = { law = "frye-jacobs" }
[[policy]]
id = "today"
POLICIES
"#;

const CAP: &str = "[[policy]]\nid = \"cap\"\nrule = [{ cap = 400 }]\n";
const IDLE: &str = "[[policy]]\nid = \"idle\"\nrule = [{ cap = 10_000_000 }]\n";
const HARD: &str =
    "[[policy]]\nid = \"hard\"\nrule = [{ cap = 100, where = { segment = \"young\" } }]\n";
const RAISED: &str = "[[policy]]\nid = \"raised\"\nrule = [{ scale = 2, raise = true }]\n";

fn with(policies: &[&str], overrides: &[&str]) -> Case {
    case_with(&SCENARIO.replace("POLICIES", &policies.concat()), TAPE, overrides)
}

const BEHAVIOUR: [&str; 3] =
    ["behaviour.squeeze=1.2", "behaviour.leakage=0.5", "behaviour.relief=0.3"];

#[test]
fn threads_run_length_and_replays_change_no_bit() {
    for own in [&[] as &[&str], &BEHAVIOUR] {
        let case = with(&[CAP, HARD], own);
        let (one, two) = (case.carry_out(1), case.carry_out(2));
        assert_eq!(one.samples, two.samples);
        let short = case.sample(1_100);
        let engine = case.base().engine();
        for policy in 0..3 {
            let (all, first) =
                (system_losses(&one.samples[0], policy), system_losses(&short, policy));
            assert_eq!(all[..1_100], first);
            for t in [0, 517, 1_099] {
                let block = engine.block(t, 1, &mut Scratch::default());
                let alone: i64 =
                    (0..block.losses.shape()[3]).map(|c| block.losses[(0, 0, policy, c)]).sum();
                assert_eq!(alone, first[t as usize]);
            }
        }
    }
}

#[test]
fn other_policies_and_their_order_change_no_bit() {
    for own in [&[] as &[&str], &BEHAVIOUR] {
        let losses = |policies: &[&str], policy: usize| {
            system_losses(&with(policies, own).sample(2_000), policy)
        };
        let cap = losses(&[CAP], 1);
        assert_eq!(losses(&[HARD, CAP], 2), cap);
        assert_eq!(losses(&[CAP, RAISED, HARD], 1), cap);
        assert_eq!(losses(&[CAP, HARD], 0), losses(&[CAP], 0));
        assert_ne!(losses(&[CAP, HARD], 2), cap);
    }
}

#[test]
fn a_policy_that_binds_nobody_changes_exactly_nothing() {
    for own in [&[] as &[&str], &BEHAVIOUR] {
        let case = with(&[IDLE, CAP], own);
        let drawn = case.sample(3_000);
        assert_eq!(system_losses(&drawn, 0), system_losses(&drawn, 1));
        assert_ne!(system_losses(&drawn, 0), system_losses(&drawn, 2));
    }
}

/// No trial loses more than the bound, which leaves room for LGDs and CCFs at their ends.
#[test]
fn bounds_hold_where_everybody_defaults() {
    let sure = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[5] != "pd" {
            cells[5] = "1";
        }
        cells.join(",")
    };
    let tape: Vec<String> = TAPE.replace(",2000", ",40").lines().map(sure).collect();
    let tape = tape.join("\n");
    let text = SCENARIO.replace("POLICIES", CAP);
    let case = case_with(&text, &tape, &BEHAVIOUR);
    let drawn = case.sample(2_000);
    let base = case.base();
    for (policy, applied) in base.applied.iter().enumerate() {
        let bound = applied.books.total().largest_loss;
        let mean: i64 = (0..base.book().entries())
            .map(|b| applied.effect.loss(base.book(), b) * base.book().count(b) as i64)
            .sum();
        let worst = system_losses(&drawn, policy).into_iter().max().unwrap();
        assert!(worst <= bound, "{worst} {bound}");
        assert!(mean < bound, "LGDs may lie above their means");
    }
}

#[test]
fn swelling_lines_hurt_in_bad_years_and_caps_save_more_there() {
    let tape = "borrower,segment,lender,limit,balance,pd,count\nall,old,A,1000,200,0.03,2000\n";
    let text = SCENARIO.replace("POLICIES", CAP);
    let run = |loading: f64| {
        let loading = format!("severity.ccf_loading={loading}");
        let overrides = [&loading, "severity.segment.old.lgd.law=fixed", "sampling.trials=60000"];
        case_with(&text, tape, &overrides.map(|own: &str| own)).carry_out(2)
    };
    let (still, swelling) = (run(0.0), run(0.5));
    let of = |outcome: &tailcap::run::Outcome, policy: &str, measure, at| {
        value(&outcome.results.runs[0], "system", policy, measure, at)
    };
    let es = |outcome, policy| of(outcome, policy, Measure::ExpectedShortfall, Some(0.99));
    assert!(es(&swelling, "today") > 1.1 * es(&still, "today"));
    let saved = |outcome| 1.0 - es(outcome, "cap") / es(outcome, "today");
    assert!(saved(&swelling) > saved(&still) + 0.02, "{} {}", saved(&swelling), saved(&still));
    // The mean rises too, as lines are drawn when people default, and is known.
    for outcome in [&still, &swelling] {
        let run = &outcome.results.runs[0];
        for policy in ["today", "cap"] {
            let found =
                estimate(run, "system", policy, Measure::ExpectedLoss, None, Comparison::Level);
            let (found, error) = (found.unwrap().value, found.unwrap().standard_error.unwrap());
            let facts = run.policies.iter().find(|own| own.id == policy).unwrap();
            let exact = facts.exact_expected_loss.unwrap();
            assert!((found - exact).abs() < 4.75 * error, "{policy}: {found} {exact} {error}");
        }
    }
    // The wrong twin: the mean of lines that stay.
    let twin = still.results.runs[0].policies[0].exact_expected_loss.unwrap();
    let own = &swelling.results.runs[0];
    let found = estimate(own, "system", "today", Measure::ExpectedLoss, None, Comparison::Level);
    assert!((found.unwrap().value - twin).abs() > 4.75 * found.unwrap().standard_error.unwrap());
}

fn faults(overrides: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("book.csv"), TAPE).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|&own| own.to_owned()).collect();
    let text = SCENARIO.replace("POLICIES", "");
    let path = folder.path().join("test.toml");
    let loaded = match load_text(&path, &text, Notation::Toml, &overrides) {
        Err(rejected) => return rejected.faults.iter().map(|fault| format!("{fault:?}")).collect(),
        Ok(loaded) => loaded,
    };
    match run::prepare(&loaded) {
        Err(refused) => refused.faults.iter().map(|fault| format!("{fault:?}")).collect(),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn laws_that_cannot_be_are_refused() {
    assert!(faults(&[]).is_empty());
    let cases: [(&[&str], &str); 10] = [
        (&["severity.lgd.sd=0.49"], "segment `young`"),
        (&["severity.lgd.sd=0.6"], "0.5 excluded"),
        (&["severity.lgd.law=fixed"], "takes no `sd`"),
        (&["severity.lgd.law=beat"], "found: \"beat\""),
        (&["severity.ccf_loading=1"], "a loading in 0..1"),
        (&["severity.ccf_loading=-0.1"], "a loading in 0..1"),
        (&["severity.segment.odl.ccf_loading=0.1"], "odl"),
        (
            &[
                "severity.segment.old.lgd={ law = \"discrete\", values = [0.2, 1.0], probabilities = [0.4, 0.6] }",
            ],
            "mean of the discrete law",
        ),
        (
            &[
                "severity.segment.old.lgd={ law = \"discrete\", values = [0.2, 1.0], probabilities = [0.5] }",
            ],
            "each value takes one",
        ),
        (
            &[
                "severity.segment.old.lgd={ law = \"discrete\", values = [0.2, 1.0], probabilities = [0.5, 0.4] }",
            ],
            "add up to",
        ),
    ];
    for (overrides, part) in cases {
        let found = faults(overrides).join("\n");
        assert!(found.contains(part), "{overrides:?}: {found:?} lacks {part:?}");
    }
}
