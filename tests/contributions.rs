//! What lenders and segments add to the system, and what policies save, on real books: it adds up, and
//! says what the summary says.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{case, shipped};
use tailcap::measures::contribution::Contribution;
use tailcap::measures::frontier::FrontierRule;
use tailcap::measures::{Comparison, Measure};
use tailcap::report::results::RunResults;
use tailcap::system::ScopeKind;

/// Two lenders, two segments, losses with many atoms.
const SCENARIO: &str = r#"
format = 1
currency = "EUR"
levels = [0.5, 0.9, 0.99]
sampling = { trials = 1_500 }
portfolio = { tape = "book.csv", defaults = { ccf = 0.3, lgd = 0.5 } }
model = { correlation = 0.2 }
policy = [
  { id = "today" },
  { id = "cap", rule = [{ cap = 700 }] },
  { id = "nobody", rule = [{ cap = 1e6 }] },
]
"#;

const TAPE: &str = "\
borrower,count,segment,lender,limit,balance,pd
a,1,retail,north,3000,2400,0.02
a,1,retail,south,1000,200,0.02
b,20,retail,north,1500,1500,0.05
c,10,young,south,900,300,0.1
";

fn runs() -> Vec<RunResults> {
    let books = case(SCENARIO, TAPE);
    let cards = shipped("../taiwan-cards.toml", &["sampling.trials=3000"]);
    let results = [books, cards].map(|case| case.carry_out(2).results);
    results.into_iter().flat_map(|results| results.runs).collect()
}

/// The value of a scope in the summary.
fn in_summary(run: &RunResults, like: &Contribution, kind: ScopeKind, scope: &str) -> f64 {
    let row = run.summary.rows.iter().find(|row| {
        (row.scope_kind, &*row.scope, &row.policy) == (kind, scope, &like.policy)
            && (row.measure, row.level) == (like.measure, like.level)
            && row.comparison == Comparison::Level
    });
    row.unwrap().estimate.value
}

#[test]
fn parts_add_up_to_the_system() {
    for run in runs() {
        let rows = &run.summary.contributions;
        let mut sums = 0;
        for first in rows {
            let alike: Vec<&Contribution> = rows
                .iter()
                .filter(|row| {
                    (&row.policy, row.scope_kind) == (&first.policy, first.scope_kind)
                        && (row.measure, row.level) == (first.measure, first.level)
                })
                .collect();
            let sum: f64 = alike.iter().map(|row| row.estimate.value).sum();
            let whole = in_summary(&run, first, ScopeKind::System, "system");
            assert!((sum - whole).abs() <= 1e-12 * whole, "{first:?}: {sum} {whole}");
            let shares: f64 = alike.iter().map(|row| row.share.unwrap().value).sum();
            assert!((shares - 1.0).abs() < 1e-12, "{first:?}: {shares}");
            // Segments by their own ES, the wrong twin, add up to more.
            let alone: f64 =
                alike.iter().map(|row| in_summary(&run, row, row.scope_kind, &row.scope)).sum();
            if first.level == Some(0.99) {
                assert!(alone > 1.0001 * whole, "{first:?}: {alone} {whole}");
                sums += 1;
            }
        }
        assert!(sums >= 12, "{sums}");
    }
}

#[test]
fn a_part_adds_its_mean_to_el_and_no_more_than_its_own_es() {
    for run in runs() {
        for row in &run.summary.contributions {
            let alone = in_summary(&run, row, row.scope_kind, &row.scope);
            match row.measure {
                // Nothing but the order in which numbers are rounded may differ.
                Measure::ExpectedLoss | Measure::Credit => {
                    assert!((row.estimate.value - alone).abs() <= 1e-12 * alone, "{row:?}");
                }
                _ => assert!(row.estimate.value <= alone * (1.0 + 1e-12), "{row:?}: {alone}"),
            }
        }
    }
}

#[test]
fn the_frontier_is_the_summary_turned_round() {
    for run in runs() {
        let mut cuts = 0;
        for point in &run.summary.frontier {
            let es = |policy, comparison| {
                run.system(policy, Measure::ExpectedShortfall, Some(point.level), comparison)
                    .map(|row| row.estimate.value)
            };
            let credit = |policy| {
                let row = run.system(policy, Measure::Credit, None, Comparison::Level);
                row.unwrap().estimate.value
            };
            let withdrawn = 1.0 - credit(&*point.policy) / credit("today");
            // A cut misses the credit of its policy by what one step of a share makes of a small book.
            let most = if point.rule == FrontierRule::Policy { 1e-12 } else { 0.01 };
            assert!((point.credit_withdrawn - withdrawn).abs() < most, "{point:?}");
            let own = es(&*point.policy, Comparison::Level).unwrap();
            let base = es("today", Comparison::Level).unwrap();
            let saved = match point.rule {
                FrontierRule::Policy => 1.0 - own / base,
                FrontierRule::EqualCreditCut => {
                    cuts += 1;
                    let change = es(&*point.policy, Comparison::RelativeChangeAtEqualCredit);
                    1.0 - own / (1.0 + change.unwrap()) / base
                }
            };
            assert!((point.loss_saved.value - saved).abs() < 1e-9, "{point:?}: {saved}");
        }
        assert!(cuts >= 2, "{cuts}");
    }
}
