//! Policies scaled to the credit of another, and who is cut by them. Nothing here is sampled.

// Amounts are in hundredths, with the underscore where people write the point.
#![allow(clippy::inconsistent_digit_grouping, clippy::unwrap_used)]

mod support;

use std::fmt::Write;
use std::path::Path;

use support::{Case, case};
use tailcap::policy::bands::BandAttribute;
use tailcap::policy::{BandSums, Matched, Solved};
use tailcap::run;
use tailcap::scenario::{Notation, load_text};
use tailcap::units::Amount;

fn scenario(policies: &str, output: &str) -> String {
    format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 100
        portfolio = {{ tape = "book.csv", defaults = {{ ccf = 0.5, lgd = 0.8, pd = 0.1, interest_rate = 0.2 }} }}
        model = {{ correlation = 0.04 }}
        output = {{ equal_credit_cut = false, {output} }}
        policy = [{{ id = "today" }}, {policies}]
        "#
    )
}

/// 4,000 borrowers, two accounts for every third, no balance over its limit.
fn book() -> String {
    let mut tape = String::from("borrower,count,lender,limit,balance,score,income,age\n");
    for i in 0..4_000_u64 {
        let (score, income, age) = (400 + i * 7 % 500, 8_000 + i * 131 % 60_000, 18 + i % 50);
        let count = 1 + i % 3;
        for lender in ["north", "south"].iter().take(if i % 3 == 0 { 2 } else { 1 }) {
            let limit = 500 + i * 9_973 % 70_000;
            let balance = limit * (i * 37 % 101) / 100;
            writeln!(tape, "b{i},{count},{lender},{limit},{balance},{score},{income},{age}")
                .unwrap();
        }
    }
    tape
}

fn matched(case: &Case, policy: usize) -> Matched {
    case.base().applied[policy].matched.unwrap()
}

fn credit(case: &Case, policy: usize) -> i64 {
    case.base().applied[policy].books.total().balance
}

const CAP: &str = r#"{ id = "cap", rule = [{ cap = 12_000 }] }"#;

#[test]
fn every_kind_of_rule_meets_the_credit() {
    let rules = [
        "{ cap = 1 }",
        "{ cap = 1, per = \"borrower\" }",
        "{ scale = 1 }",
        "{ score_caps = [{ below = 500, cap = 10 }, { at_least = 500, below = 700, cap = 37 }, { at_least = 700, cap = 90 }] }",
        "{ income_share = 1 }",
        "{ income_share = 0.3, per = \"borrower\" }",
        "{ cap = 1, where = { age = { at_least = 20 } } }",
        "{ floor = 900 }, { scale = 0.5, where = { lender = \"north\" } }",
    ];
    let tape = book();
    for rule in rules {
        let policy = format!(r#"{CAP}, {{ id = "own", match_credit = "cap", rule = [{rule}] }}"#);
        let case = case(&scenario(&policy, ""), &tape);
        let (found, target) = (matched(&case, 2), credit(&case, 1));
        let off = (credit(&case, 2) - target) as f64 / target as f64;
        assert!(off.abs() <= 1e-6, "{rule}: {found:?} {off}");
        assert_eq!(off, found.residual, "{rule}");
        assert_eq!(found.with, 1);
    }
}

#[test]
fn the_number_found_is_the_one_that_is_known() {
    // The same kind of rule has to come back to the number it matches.
    let cases = [
        ("cap = 12_345.67", "cap = 1", Solved::Cap(Amount(12_345_67))),
        ("scale = 0.625", "scale = 1", Solved::Scale(0.625)),
        ("income_share = 0.21875", "income_share = 9", Solved::IncomeShare(0.21875)),
    ];
    let tape = book();
    for (known, start, solved) in cases {
        let policies = format!(
            r#"{{ id = "b", match_credit = "a", rule = [{{ {start} }}] }}, {{ id = "a", rule = [{{ {known} }}] }}"#
        );
        // Whoever is matched may stand behind.
        let case = case(&scenario(&policies, ""), &tape);
        let found = matched(&case, 1);
        // Rounding to the smallest unit gives neighbouring shares the same credit.
        let near = match (found.solved, solved) {
            (Solved::Cap(x), Solved::Cap(y)) => x == y,
            (Solved::Scale(x), Solved::Scale(y))
            | (Solved::IncomeShare(x), Solved::IncomeShare(y)) => (x - y).abs() < 1e-7,
            _ => false,
        };
        assert!(near, "{known}: {found:?}");
        assert_eq!((found.residual, found.with), (0.0, 2), "{known}");
        assert_eq!(case.base().applied[1].books, case.base().applied[2].books, "{known}");
    }
}

#[test]
fn steps_of_the_smallest_unit_leave_a_residual() {
    // 1,000 people at a cap of 0.07: one unit more or less is a seventh of the credit.
    let tape = "count,limit,balance,lender\n1000,10,10,north\n1,10,10,south\n";
    let policies = r#"{ id = "a", rule = [{ cap = 0.07, where = { lender = "north" } }] },
                      { id = "b", match_credit = "a", rule = [{ cap = 5 }] }"#;
    let case = case(&scenario(policies, ""), tape);
    let found = matched(&case, 2);
    // Target 7,000 + 1,000 = 8,000 units; 7 gives 7,007, 8 gives 8,008.
    assert_eq!(found.solved, Solved::Cap(Amount(8)));
    assert!((found.residual - 0.001).abs() < 1e-12, "{found:?}");
}

#[test]
fn a_credit_out_of_reach_is_a_fault_with_the_range() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("book.csv"), book()).unwrap();
    let policies = format!(
        r#"{CAP}, {{ id = "own", match_credit = "cap", rule = [{{ cap = 1, where = {{ age = {{ below = 20 }} }} }}] }}"#
    );
    let path = Path::new(folder.path()).join("x.toml");
    let loaded = load_text(&path, &scenario(&policies, ""), Notation::Toml, &[]).unwrap();
    let refused = run::prepare(&loaded).unwrap_err();
    let text = loaded.places.render(&refused.faults, false);
    assert!(text.contains("policy `own` keeps a credit between"), "{text}");
    assert!(text.contains("that of `cap` is"), "{text}");
    assert!(text.contains("hint: widen the filter"), "{text}");
}

/// Sums of a policy by attribute and band number.
fn sums(case: &Case, policy: usize, attribute: BandAttribute) -> Vec<BandSums> {
    let run = case.base();
    let at = run.bands.bandings.iter().position(|b| b.attribute == attribute).unwrap();
    run.applied[policy].who_is_cut[at].clone()
}

#[test]
fn who_is_cut_by_hand() {
    let tape = "borrower,count,limit,balance,income,age\n\
                a,1,100,100,200,20\na,1,50,0,200,20\nb,10,40,40,1000,30\nc,2,300,200,,\n";
    let policies = r#"{ id = "cap", rule = [{ cap = 60 }] }"#;
    let output = "bands = { age = [25], limit = [40, 150] }, over_indebted = 0.5";
    let case = case(&scenario(policies, output), tape);
    let age = sums(&case, 1, BandAttribute::Age);
    // Bands: up to 25, above 25, unknown. Repayment of a: 100 x 1.2 = 120 over 0.5 x 200 before,
    // 60 x 1.2 = 72 after; of b 48 of 1,000; c has no income.
    let a = BandSums {
        people: 1,
        people_cut: 1,
        accounts_cut: 1,
        limit: 150_00,
        limit_cut: 40_00,
        credit: 100_00,
        withdrawn: 40_00,
        judged: 1,
        over_indebted_before: 1,
        over_indebted_after: 0,
    };
    let b =
        BandSums { people: 10, limit: 400_00, credit: 400_00, judged: 10, ..BandSums::default() };
    let c = BandSums {
        people: 2,
        people_cut: 2,
        accounts_cut: 2,
        limit: 600_00,
        limit_cut: 480_00,
        credit: 400_00,
        withdrawn: 280_00,
        ..BandSums::default()
    };
    assert_eq!(age, [a, b, c]);
    // Edges are inclusive, and limits are added up over the accounts of a borrower.
    assert_eq!(sums(&case, 1, BandAttribute::Limit), [b, a, c, BandSums::default()]);
    // No scores, no bands of them.
    let have: Vec<_> = case.base().bands.bandings.iter().map(|b| b.attribute).collect();
    use BandAttribute::{Age, All, Income, Limit};
    assert_eq!(have, [All, Income, Age, Limit]);
}

#[test]
fn bands_add_up_to_the_books_and_fifths_are_fifths() {
    let case = case(&scenario(CAP, ""), &book());
    let run = case.base();
    let people = run.book().people();
    for (policy, applied) in run.applied.iter().enumerate() {
        let total = applied.books.total();
        for banding in &run.bands.bandings {
            let bands = sums(&case, policy, banding.attribute);
            let sum = |of: &dyn Fn(&BandSums) -> i64| bands.iter().map(of).sum::<i64>();
            assert_eq!(sum(&|s| s.people as i64), people as i64);
            assert_eq!(sum(&|s| s.people_cut as i64), applied.books.people_cut as i64);
            assert_eq!(sum(&|s| s.accounts_cut as i64), total.accounts_cut as i64);
            assert_eq!(sum(&|s| s.withdrawn), total.withdrawn);
            assert_eq!(sum(&|s| s.limit_cut), total.limit_cut);
            assert_eq!(sum(&|s| s.credit - s.withdrawn), total.balance);
            if banding.attribute != BandAttribute::All {
                assert_eq!(banding.edges.len(), 4, "{banding:?}");
                for band in &bands[..5] {
                    let share = band.people as f64 / people as f64;
                    assert!((share - 0.2).abs() < 0.03, "{banding:?}: {share}");
                }
            }
        }
    }
}
