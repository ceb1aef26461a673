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

/// One line of 1,000 at a PD of 0.002 next to 20 of 300: the cap moves its PD by the squeeze, and most samples of 2,000
/// trials show nothing of it. The true change of EL is 0.2209.
#[test]
fn a_policy_that_moves_a_pd_is_never_exactly_equal() {
    let tape = "count,limit,balance,pd,lgd\n1,1000,1000,0.002,0.5\n20,300,300,0.02,0.5\n";
    let mut unseen = 0;
    for seed in 0..12 {
        let text = scenario(seed, "[0.9]", "{ cap = 500 }").replace("20_000", "2_000");
        let text = format!("{text}\n[behaviour]\nrun_off = 0.0\nsqueeze = 0.2\n");
        let case = case(&text, tape);
        for measure in [Measure::ExpectedLoss, Measure::ExpectedLossPerCredit] {
            let of = |comparison| estimate(&case, "cut", measure, None, comparison);
            let (change, relative) = (of(Comparison::Change), of(Comparison::RelativeChange));
            for found in [change, relative] {
                let width = found.upper.expect("an end") - found.lower.expect("an end");
                assert!(found.quality != Quality::Exact && width > 1e-9, "{seed}: {found:?}");
            }
            if measure == Measure::ExpectedLoss && change.value == 0.0 {
                unseen += 1;
                assert!(change.lower < Some(0.2209) && change.upper > Some(0.2209), "{change:?}");
            }
        }
    }
    assert!(unseen > 0, "a seed that shows nothing is what this is about");
}

/// A policy that raises one limit by as much as it lowers another leaves the same largest loss, but not the same debts.
#[test]
fn the_same_largest_loss_is_no_proof() {
    let tape =
        "segment,limit,balance,pd\na,1000,1000,0.000001\nb,1000,1000,0.0000001\nc,100,100,0.1\n";
    let rules = "{ cap = 500, where = { segment = \"a\" } }, \
                 { floor = 1500, raise = true, where = { segment = \"b\" } }";
    let text = scenario(0, "[0.9]", rules).replace("lgd = 1.0", "lgd = 1.0, ccf = 1.0");
    let case = case(&text, tape);
    let [before, after] = [0, 1].map(|at| case.base().applied[at].books.total().largest_loss);
    assert_eq!(before, after);
    let change = estimate(&case, "cut", Measure::ExpectedLoss, None, Comparison::Change);
    assert_eq!(change.quality, Quality::Bound, "{change:?}");
}

/// Economic capital below 0 under the baseline's own uncertainty: no share of it is known.
#[test]
fn a_share_of_what_may_be_negative_is_not_known() {
    let tape = "segment,limit,balance,pd,lgd\na,1000,1000,0.3,0.5\na,1000,1000,0.33,0.5\n\
                b,1000,1000,0.02,0.5\n";
    for seed in 0..8 {
        let rules = "{ cap = 0, where = { segment = \"a\" } }";
        let text = scenario(seed, "[0.9]", rules).replace("20_000", "2_000");
        let case = case(&text, tape);
        let of = |policy, comparison| {
            estimate(&case, policy, Measure::EconomicCapital, Some(0.9), comparison)
        };
        let base = of("today", Comparison::Level);
        let own = of("cut", Comparison::Level);
        let relative = of("cut", Comparison::RelativeChange);
        assert!(own.value < 0.0 && base.value > 0.0, "{own:?} {base:?}");
        assert!(relative.standard_error.is_none_or(|error| error >= 0.0), "{relative:?}");
        let ends = relative.lower.zip(relative.upper);
        match base.lower.is_some_and(|lower| lower > 0.0) {
            // EL of the rest is 10, VaR 0; VaR of all is 500 or 1,000, EL 325.
            true => {
                let (low, high) = ends.expect("an interval");
                let truths = [-10.0 / 175.0 - 1.0, -10.0 / 675.0 - 1.0];
                assert!(
                    low <= high && truths.iter().any(|x| (low..=high).contains(x)),
                    "{relative:?}"
                );
            }
            false => assert_eq!(ends, None, "{relative:?}"),
        }
    }
}

/// A sector with sd 1e6: almost no trial loses anything, and EL is 750,000. No bound may leave that out.
#[test]
fn a_bound_never_leaves_the_exact_mean_out() {
    let text = r#"
        format = 1
        currency = "EUR"
        levels = [0.99]
        sampling = { trials = 20_000 }
        portfolio = { tape = "book.csv", defaults = { lgd = 1.0 } }
        output = { equal_credit_cut = false }
        model = { copula = "creditrisk+", defaults = "poisson", loadings = { s = 1.0 }, factor = [{ id = "s", sd = 1e6 }] }
        policy = [{ id = "today" }]
    "#;
    let case = case(text, "count,limit,balance,pd\n75,1000,1000,0.9\n");
    let el = estimate(&case, "today", Measure::ExpectedLoss, None, Comparison::Level);
    assert_eq!((el.value, el.quality), (0.0, Quality::Bound), "{el:?}");
    // 75 x 1,000 x 0.9.
    assert!(el.upper.is_none_or(|upper| upper >= 67_500.0), "{el:?}");
    let es = estimate(&case, "today", Measure::ExpectedShortfall, Some(0.99), Comparison::Level);
    assert!(es.upper.is_none_or(|upper| upper >= 67_500.0), "{es:?}");
}

/// Far beyond what importance sampling has seen, its bound is wide; what it knows of smaller losses bounds larger ones.
#[test]
fn bounds_of_larger_losses_are_never_wider() {
    let text = scenario(0, "[0.999]", "{ cap = 1 }")
        .replace("trials = 20_000", "trials = 20_000, plan = \"importance\"")
        .replace("correlation = 0", "correlation = 0.09");
    let text = format!("thresholds = [1, 2, 3, 500]\n{text}");
    let case = case(&text, "count,limit,balance,pd\n1000,1,1,0.000001\n");
    let results = case.carry_out(2).results;
    let rows = results.runs[0].summary.rows.iter().filter(|row| {
        row.measure == Measure::ExceedanceProbability
            && row.policy == "today"
            && row.comparison == Comparison::Level
            && row.scope == "system"
    });
    let ends: Vec<f64> = rows.map(|row| row.estimate.upper.expect("an upper end")).collect();
    assert_eq!(ends.len(), 4);
    assert!(ends.windows(2).all(|pair| pair[0] >= pair[1]), "{ends:?}");
    for curve in &results.runs[0].summary.exceedance {
        let uppers: Vec<f64> = curve.points.iter().map(|point| point.upper).collect();
        let lowers: Vec<f64> = curve.points.iter().map(|point| point.lower).collect();
        assert!(uppers.windows(2).all(|pair| pair[0] >= pair[1]), "{uppers:?}");
        assert!(lowers.windows(2).all(|pair| pair[0] >= pair[1]), "{lowers:?}");
    }
}
