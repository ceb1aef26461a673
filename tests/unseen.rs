//! What a sample has not seen is never reported as known: atoms, rare large defaults, changes that
//! no trial showed, and sample sizes at which a library's interval would never end.

mod support;

use support::{Case, case};
use tailcap::measures::{Comparison, Estimate, Measure, Quality};

fn scenario(seed: u64, levels: &str, rules: &str) -> String {
    format!(
        r#"
        format = 1
        currency = "EUR"
        seed = {seed}
        levels = {levels}
        sampling = {{ trials = 20_000 }}
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1.0 }} }}
        model = {{ correlation = 0 }}
        output = {{ equal_credit_cut = false }}
        policy = [{{ id = "today" }}, {{ id = "cut", rule = [{rules}] }}]
        "#
    )
}

fn estimate(
    case: &Case,
    policy: &str,
    measure: Measure,
    level: Option<f64>,
    comparison: Comparison,
) -> Estimate {
    let results = case.carry_out(2).results;
    let row = results.runs[0].system(policy, measure, level, comparison);
    row.expect("the row is there").estimate
}

#[test]
fn a_tail_above_an_atom_that_was_not_seen_is_not_known() {
    // 100 with 5 %, 1,000,000 with 1e-6: ES 96 % is 125, but few samples show the second.
    let tape = "limit,balance,pd\n100,100,0.05\n1000000,1000000,0.000001\n";
    for seed in [5, 6, 7] {
        let case = case(&scenario(seed, "[0.96]", "{ cap = 50 }"), tape);
        let es =
            estimate(&case, "today", Measure::ExpectedShortfall, Some(0.96), Comparison::Level);
        assert_eq!(es.quality, Quality::TooFew, "{es:?}");
        assert!(es.upper.expect("an upper end") >= 125.0, "{es:?}");
    }
}

#[test]
fn a_change_that_no_trial_showed_is_bounded_not_zero() {
    // The cap touches only the loan that defaults with 1e-6.
    let tape = "count,limit,balance,pd\n1000,100,100,0.03\n1,1000000,1000000,0.000001\n";
    let case = case(&scenario(2, "[0.9]", "{ cap = 100_000 }"), tape);
    let change = estimate(&case, "cut", Measure::ExpectedLoss, None, Comparison::Change);
    assert_eq!((change.value, change.standard_error), (0.0, None), "{change:?}");
    assert_eq!(change.quality, Quality::Bound);
    // The true change is -0.9.
    assert!(change.lower.expect("a lower end") <= -0.9, "{change:?}");
    let defaults = estimate(&case, "cut", Measure::Defaults, None, Comparison::Change);
    assert_eq!(defaults.quality, Quality::Exact);
}

#[test]
fn one_dominating_trial_leaves_the_error_in_doubt() {
    // A default of 1,000,000 once in about 20,000 trials swamps everything else.
    let tape = "count,limit,balance,pd\n10,100,100,0.03\n1,1000000,1000000,0.00005\n";
    let doubtful = (0..10)
        .map(|seed| {
            let case = case(&scenario(seed, "[0.9]", "{ cap = 50 }"), tape);
            let el = estimate(&case, "today", Measure::ExpectedLoss, None, Comparison::Level);
            // Without the large loan EL is 30.
            (el.value > 40.0, el.quality)
        })
        .filter(|(seen, _)| *seen)
        .collect::<Vec<_>>();
    assert!(!doubtful.is_empty());
    assert!(doubtful.iter().all(|(_, quality)| *quality == Quality::TooFew), "{doubtful:?}");
}
