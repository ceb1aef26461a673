//! The exact and the large-pool engine behind the same scenario: against the enumeration of the small
//! book, against closed forms, against each other and against sampling, every one with a twin that fails.

mod support;

use support::law::{self, Latent, Law, vasicek};
use support::{Case, case_with, estimate, shipped, value};
use tailcap::exact::Adjustment;
use tailcap::measures::contribution::Contribution;
use tailcap::measures::{Comparison, Estimate, Measure, Quality};
use tailcap::report::results::{RunResults, Warning};
use tailcap::run::prepare;
use tailcap::scenario::{Notation, load_text};

const EXACT: &str = "engine=exact";

fn run(case: &Case) -> RunResults {
    case.carry_out(2).results.runs.swap_remove(0)
}

fn near(found: f64, want: f64, relative: f64) -> bool {
    (found - want).abs() <= relative * want.abs().max(1e-12)
}

#[test]
fn one_borrower_two_borrowers_and_the_binomial_have_their_closed_forms() {
    let one = run(&shipped("one-borrower.toml", &[EXACT]));
    let at = |policy, measure, level| value(&one, "system", policy, measure, level);
    assert!(near(at("today", Measure::ExpectedLoss, None), 37.5, 1e-12));
    assert!(near(at("today", Measure::StandardDeviation, None), 163.458_710_378, 1e-10));
    assert_eq!(at("today", Measure::ValueAtRisk, Some(0.9)), 0.0);
    assert_eq!(at("today", Measure::ValueAtRisk, Some(0.99)), 750.0);
    assert!(near(at("today", Measure::ExpectedShortfall, Some(0.9)), 375.0, 1e-11));
    assert!(near(at("cap-400", Measure::ExpectedShortfall, Some(0.9)), 150.0, 1e-11));
    assert!(near(at("today", Measure::ExceedanceProbability, Some(500.0)), 0.05, 1e-12));
    assert!(!near(at("today", Measure::ExpectedLoss, None), 37.5 * 1.001, 1e-12));
    let two = run(&shipped("two-borrowers.toml", &[EXACT]));
    let at = |measure, level| value(&two, "system", "today", measure, level);
    assert!(near(at(Measure::ExceedanceProbability, Some(0.0)), 0.058_901_391_5, 1e-8));
    assert!(near(at(Measure::ExceedanceProbability, Some(100.0)), 0.001_098_608_5, 5e-8));
    assert!(near(at(Measure::ExpectedShortfall, Some(0.95)), 102.197_217, 1e-8));
    let many = run(&shipped("binomial.toml", &[EXACT]));
    let at = |measure, level| value(&many, "system", "today", measure, level);
    assert_eq!(at(Measure::ValueAtRisk, Some(0.99)), 80.0);
    assert_eq!(at(Measure::ValueAtRisk, Some(0.999)), 90.0);
    assert!(near(at(Measure::ExceedanceProbability, Some(50.0)), 0.080_837, 1e-5));
    assert!(near(at(Measure::Defaults, None), 3.0, 1e-12));
    let engine = many.engine.as_ref().expect("the engine is told");
    assert_eq!((many.trials, engine.states, engine.name.as_str()), (0, 1, "exact"));
    let row = estimate(
        &many,
        "system",
        "cap-5",
        Measure::ExpectedShortfall,
        Some(0.999),
        Comparison::RelativeChange,
    );
    let row = row.expect("comparisons are there");
    assert_eq!((row.standard_error, row.quality), (Some(0.0), Quality::Exact));
    assert!(near(row.value, -0.5, 1e-12));
}

/// Rows of a sampled run that lie farther than 4.75 of its standard errors from those worked out, and how
/// many were compared.
fn far(sampled: &RunResults, exact: &RunResults) -> (usize, usize) {
    let (mut compared, mut far) = (0, 0);
    for row in &sampled.summary.rows {
        let other = exact.summary.rows.iter().find(|other| {
            (&other.policy, &other.scope, other.measure, other.level, other.threshold)
                == (&row.policy, &row.scope, row.measure, row.level, row.threshold)
                && (other.scope_kind, other.comparison) == (row.scope_kind, row.comparison)
        });
        let other = other.unwrap_or_else(|| panic!("no row like {row:?}"));
        // VaR jumps between atoms, and few trials know no error of themselves.
        let smooth = row.estimate.quality == Quality::Good
            && !matches!(row.measure, Measure::ValueAtRisk | Measure::EconomicCapital);
        let Some(error) = row.estimate.standard_error.filter(|_| smooth) else { continue };
        compared += 1;
        let slack = 4.75 * error + 1e-9 * row.estimate.value.abs();
        far += usize::from((row.estimate.value - other.estimate.value).abs() > slack);
    }
    (compared, far)
}

/// The same of what parts add, of which the levels of the run worked out may be others.
fn parts_far(sampled: &RunResults, exact: &RunResults, levels: [f64; 2]) -> (usize, usize) {
    let (rows, own) = (&sampled.summary.contributions, &exact.summary.contributions);
    assert_eq!(rows.len(), own.len());
    let at = |level: Option<f64>| level.map(|q| levels[usize::from(q > 0.95)]);
    let mut far = 0;
    for row in rows {
        let is_it = |other: &&Contribution| {
            (&other.policy, other.scope_kind, &other.scope, other.measure)
                == (&row.policy, row.scope_kind, &row.scope, row.measure)
                && other.level == at(row.level)
        };
        let other = own.iter().find(is_it).unwrap_or_else(|| panic!("no row like {row:?}"));
        let mut compare = |found: &Estimate, want: f64| {
            let slack = 4.75 * found.standard_error.unwrap_or(0.0) + 1e-9 * found.value.abs();
            far += usize::from((found.value - want).abs() > slack);
        };
        compare(&row.estimate, other.estimate.value);
        compare(&row.share.expect("a share"), other.share.expect("a share").value);
    }
    (rows.len(), far)
}

/// Every number of the small book (policies, lenders, segments, comparisons) against sampling; a twin with
/// PDs 5 % higher lies outside.
#[test]
fn the_small_book_agrees_with_sampling_everywhere() {
    let sampled = run(&shipped("small-exact.toml", &["sampling.trials=100000"]));
    let against = |overrides: &[&str]| far(&sampled, &run(&shipped("small-exact.toml", overrides)));
    let (compared, outside) = against(&[EXACT]);
    assert!(compared > 300, "{compared}");
    assert_eq!(outside, 0, "of {compared}");
    let (_, outside) = against(&[EXACT, "stress.pd_multiplier=1.05"]);
    assert!(outside > 20, "{outside}");
}

/// What lenders and segments add to credit, EL and ES: the rows of a sampled run. The wrong twin takes its
/// worst years at a lower level.
#[test]
fn parts_add_what_they_add_to_samples() {
    let sampled = run(&shipped("small-exact.toml", &["sampling.trials=200000"]));
    let against = |overrides: &[&str], levels| {
        parts_far(&sampled, &run(&shipped("small-exact.toml", overrides)), levels)
    };
    let (compared, outside) = against(&[EXACT], [0.9, 0.99]);
    assert!(compared >= 80, "{compared}");
    assert_eq!(outside, 0, "of {compared}");
    let (_, outside) = against(&[EXACT, "levels=[0.88,0.985]"], [0.88, 0.985]);
    assert!(outside > 10, "{outside}");
}

/// Two lenders share borrowers; who defaults draws LGDs, each account its own.
fn drawn(lgd: &str, model: &str) -> (String, &'static str) {
    let tape = "borrower,count,segment,lender,limit,balance,pd\n\
        a,1,retail,north,3000,2400,0.08\na,1,retail,south,1000,900,0.08\n\
        b,6,retail,north,1500,1500,0.05\nc,9,young,south,900,300,0.1\nd,1,young,north,2000,2000,0.2\n";
    let scenario = format!(
        "format = 1\ncurrency = \"EUR\"\nlevels = [0.9, 0.99]\nthresholds = [1500]\n\
         portfolio = {{ tape = \"book.csv\", defaults = {{ ccf = 0.3, lgd = 0.5 }} }}\n\
         policy = [{{ id = \"today\" }}, {{ id = \"cap\", rule = [{{ cap = 1000 }}] }}]\n\
         severity = {{ {lgd} }}\noutput = {{ equal_credit_cut = false }}\n[model]\n{model}\n"
    );
    (scenario, tape)
}

/// Every number and every part against 200,000 trials, under laws of LGDs; twins with LGDs at their mean lie
/// outside.
#[test]
fn random_lgds_agree_with_sampling_everywhere() {
    let beta = "lgd = { law = \"beta\", sd = 0.3 }";
    let mixed = "lgd = { law = \"discrete\", values = [0.1, 0.4, 1.0], \
                 probabilities = [0.4, 0.3, 0.3] }, \
                 segment = { young = { lgd = { law = \"fixed\" } } }";
    let poisson = "copula = \"creditrisk+\"\ndefaults = \"poisson\"\n\
                   factor = [{ id = \"x\", sd = 0.8 }]\nloadings = { x = 0.7 }";
    for (lgd, model, lgd_mean) in [
        (beta, "correlation = 0.1", "0.5"),
        (mixed, "correlation = 0.1", "0.46"),
        (beta, poisson, "0.5"),
    ] {
        let (scenario, tape) = drawn(lgd, model);
        let lgd_mean = format!("portfolio.defaults.lgd={lgd_mean}");
        let of = |scenario: &str, first: &str| run(&case_with(scenario, tape, &[first, &lgd_mean]));
        let sampled = of(&scenario, "sampling.trials=200000");
        let exact = of(&scenario, EXACT);
        let (compared, outside) = far(&sampled, &exact);
        assert!(compared > 80, "{compared}");
        assert_eq!(outside, 0, "of {compared}: {lgd} {model}");
        assert_eq!(parts_far(&sampled, &exact, [0.9, 0.99]).1, 0, "{lgd} {model}");
        for policy in &exact.policies {
            let want = policy.exact_expected_loss.expect("no factor is held");
            let found = value(&exact, "system", &policy.id, Measure::ExpectedLoss, None);
            assert!(near(found, want, 1e-10), "{}: {found} {want}", policy.id);
        }
        let (fixed, _) = drawn("lgd = { law = \"fixed\" }", model);
        let twin = of(&fixed, EXACT);
        let (_, outside) = far(&sampled, &twin);
        assert!(outside > 15, "{outside}");
        assert!(parts_far(&sampled, &twin, [0.9, 0.99]).1 > 5);
    }
}

/// LGDs and CCFs that rise in bad years, behaviour that moves PDs: pools of millions against 100,000 trials;
/// twins with LGDs or lines that stay as they are lie outside.
#[test]
fn tied_costs_of_large_pools_agree_with_sampling() {
    let tape = "borrower,count,segment,lender,limit,balance,pd\n\
        a,2000000,retail,north,3000,2400,0.02\na,2000000,retail,south,1000,200,0.02\n\
        c,3000000,young,south,900,300,0.06\n";
    let tied = "lgd = { law = \"frye-jacobs\" }, ccf_loading = 0.5";
    let of = |lgd: &str, first: &str| {
        let (scenario, _) = drawn(lgd, "correlation = 0.12");
        run(&case_with(&scenario, tape, &[first, "behaviour.squeeze=0.3"]))
    };
    let sampled = of(tied, "sampling.trials=100000");
    let pool = of(tied, "engine=large-pool");
    let (compared, outside) = far(&sampled, &pool);
    assert!(compared > 80, "{compared}");
    assert_eq!(outside, 0, "of {compared}");
    assert_eq!(parts_far(&sampled, &pool, [0.9, 0.99]).1, 0);
    for policy in &pool.policies {
        let want = policy.exact_expected_loss.expect("no factor is held");
        let found = value(&pool, "system", &policy.id, Measure::ExpectedLoss, None);
        assert!(near(found, want, 1e-6), "{}: {found} {want}", policy.id);
    }
    for other in ["lgd = { law = \"frye-jacobs\" }", "ccf_loading = 0.5"] {
        let twin = of(other, "engine=large-pool");
        let (_, outside) = far(&sampled, &twin);
        assert!(outside > 10, "{other}: {outside}");
        assert!(parts_far(&sampled, &twin, [0.9, 0.99]).1 > 5, "{other}");
    }
}

/// With either engine and in every family lenders and segments add up to ES, and no part adds more than its
/// own ES.
#[test]
fn parts_add_up_whatever_the_engine() {
    let tape = "borrower,count,segment,lender,limit,balance,pd\n\
        a,1,retail,north,3000,2400,0.02\na,1,retail,south,1000,200,0.02\n\
        b,60,retail,north,1500,1500,0.05\nc,40,young,south,900,300,0.1\n";
    let models = [
        "correlation = 0.1",
        "copula = \"t\"\ndegrees_of_freedom = 5\ncorrelation = 0.08",
        "copula = \"creditrisk+\"\ndefaults = \"poisson\"\n\
         factor = [{ id = \"x\", sd = 0.8 }, { id = \"y\", sd = 0.5 }]\n\
         loadings = { x = 0.5, y = 0.3 }\nsegment = { young = { loadings = { y = 0.9 } } }",
    ];
    for model in models {
        for engine in [EXACT, "engine=large-pool"] {
            let scenario = format!(
                "format = 1\ncurrency = \"EUR\"\nlevels = [0.9, 0.99]\n\
                 portfolio = {{ tape = \"book.csv\", defaults = {{ ccf = 0.3, lgd = 0.5 }} }}\n\
                 policy = [{{ id = \"today\" }}, {{ id = \"cap\", rule = [{{ cap = 700 }}] }}]\n\
                 output = {{ equal_credit_cut = false }}\n[model]\n{model}\n"
            );
            let run = run(&case_with(&scenario, tape, &[engine]));
            let rows = &run.summary.contributions;
            // Two lenders and two segments under two policies: credit, EL and two levels of ES.
            assert_eq!(rows.len(), 4 * 2 * 4);
            for first in rows.iter().filter(|row| row.level.is_some()) {
                let alike = rows.iter().filter(|row| {
                    (&row.policy, row.scope_kind, row.level)
                        == (&first.policy, first.scope_kind, first.level)
                });
                let sum: f64 = alike.map(|row| row.estimate.value).sum();
                let es = |scope| {
                    let measure = Measure::ExpectedShortfall;
                    value(&run, scope, &first.policy, measure, first.level)
                };
                assert!(near(sum, es("system"), 1e-12), "{engine} {first:?}: {sum}");
                let own = es(&first.scope);
                assert!(first.estimate.value <= own * (1.0 + 1e-9), "{engine} {first:?}: {own}");
                assert!(first.estimate.value > 0.2 * own, "{engine} {first:?}: {own}");
            }
        }
    }
}

#[test]
fn the_vasicek_scenario_is_the_limit_by_both_engines() {
    for (engine, tolerance) in [(EXACT, 2e-4), ("engine=large-pool", 1e-4)] {
        let run = run(&shipped("vasicek.toml", &[engine]));
        for q in [0.99, 0.999] {
            let share = |measure| value(&run, "system", "today", measure, Some(q)) / 1e9;
            let (var, es) = (vasicek::var(q, 0.03, 0.04), vasicek::es(q, 0.03, 0.04));
            let found = share(Measure::ValueAtRisk);
            assert!(near(found, var, tolerance), "{engine} {q}: {found} {var}");
            assert!(near(share(Measure::ExpectedShortfall), es, tolerance));
            assert!(!near(found, vasicek::var(q, 0.03, 0.041), tolerance));
        }
    }
}

/// A book of many different people under behaviour that moves PDs: the mean is the sum over the book.
#[test]
fn behaviour_moves_the_law_as_it_moves_pds() {
    let mut tape = String::from("borrower,limit,balance,pd,income\n");
    for i in 0..150 {
        let (limit, balance) = (1_000 + 37 * i, 600 + 29 * i);
        tape += &format!("b{i},{limit},{balance},{:.4},{}\n", 0.01 + 0.0003 * f64::from(i), 9_000);
    }
    let scenario = "format = 1\ncurrency = \"EUR\"\nlevels = [0.9, 0.99]\n[portfolio]\n\
        tape = \"book.csv\"\ndefaults = { lgd = 0.5 }\n[model]\ncorrelation = 0.1\n\
        [behaviour]\nrelief = 0.5\nsqueeze = 0.6\n[[policy]]\nid = \"today\"\n[[policy]]\n\
        id = \"cap\"\n[[policy.rule]]\ncap = 2_000\n";
    let exact = run(&case_with(scenario, &tape, &[EXACT]));
    for policy in &exact.policies {
        let want = policy.exact_expected_loss.expect("no factor is held");
        let found = value(&exact, "system", &policy.id, Measure::ExpectedLoss, None);
        assert!(near(found, want, 1e-10), "{}: {found} {want}", policy.id);
    }
    let sampled = run(&case_with(scenario, &tape, &["sampling.trials=40000"]));
    for policy in ["today", "cap"] {
        for (measure, at) in [
            (Measure::ExpectedLoss, None),
            (Measure::Defaults, None),
            (Measure::ExpectedShortfall, Some(0.99)),
        ] {
            let found = estimate(&sampled, "system", policy, measure, at, Comparison::Level);
            let found = found.expect("a row");
            let error = found.standard_error.expect("an error");
            let want = value(&exact, "system", policy, measure, at);
            assert!((found.value - want).abs() < 4.75 * error, "{policy} {measure:?}");
        }
    }
}

/// One draw would have to move two beta laws.
#[test]
fn rivals_with_other_lgds_are_refused_beta_laws() {
    let (scenario, tape) = drawn("lgd = { law = \"beta\", sd = 0.2 }", "correlation = 0.1");
    let refusal = |outside_lgd: &str| {
        let scenario = format!(
            "{scenario}[behaviour]\nleakage = 0.4\noutside = \"others\"\noutside_lgd = {outside_lgd}\n"
        );
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("book.csv"), tape).expect("a tape");
        let file = folder.path().join("test.toml");
        let loaded = load_text(&file, &scenario, Notation::Toml, &[EXACT.to_owned()])
            .unwrap_or_else(|rejected| panic!("{:?}", rejected.faults));
        prepare(&loaded).err().map(|refused| format!("{:?}", refused.faults))
    };
    assert_eq!(refusal("0.5"), None);
    let told = refusal("0.7").expect("a refusal");
    assert!(
        told.contains("beta laws move the two together") && told.contains("`others`"),
        "{told}"
    );
}

#[test]
fn what_needs_trials_is_refused_and_so_are_too_many_factors() {
    let scenario = |top: &str, model: &str| {
        format!(
            "format = 1\ncurrency = \"EUR\"\nengine = \"exact\"\n[sampling]\n{top}\n[portfolio]\n\
             tape = \"t.csv\"\ndefaults = {{ pd = 0.1, lgd = 1.0 }}\n{model}\n\
             [[policy]]\nid = \"today\"\n"
        )
    };
    let one = "[model]\ncorrelation = 0.1\n";
    let path = std::path::Path::new("test.toml");
    for (top, words) in [
        ("until = { measure = \"el\", relative_error = 0.1 }", "no trials to stop"),
        ("plan = \"quasi\"", "no trials to draw"),
    ] {
        let rejected = load_text(path, &scenario(top, one), Notation::Toml, &[]).unwrap_err();
        let text = format!("{:?}", rejected.faults);
        assert!(text.contains(words), "{text}");
    }
    // A plan that fits itself to the book asks for no trials.
    assert!(load_text(path, &scenario("plan = \"auto\"", one), Notation::Toml, &[]).is_ok());
    let mut model = String::new();
    for f in ["a", "b", "c", "d"] {
        model += &format!("[[model.factor]]\nid = \"{f}\"\n");
    }
    model += "[model]\nloadings = { a = 0.2, b = 0.2, c = 0.2, d = 0.2 }\n";
    let folder = tempfile::tempdir().expect("a folder");
    let tape = "borrower,segment,limit,balance\na,a,5,5\nb,b,5,5\nc,c,5,5\nd,d,5,5\n";
    std::fs::write(folder.path().join("t.csv"), tape).expect("a tape");
    let file = folder.path().join("test.toml");
    let loaded = load_text(&file, &scenario("trials = 5", &model), Notation::Toml, &[])
        .unwrap_or_else(|rejected| panic!("{:?}", rejected.faults));
    // All on one direction of the four, which is one variable.
    assert!(prepare(&loaded).is_ok());
    for f in ["a", "b", "c", "d"] {
        model += &format!("[model.segment.{f}]\nloadings = {{ {f} = 0.2 }}\n");
    }
    let loaded = load_text(&file, &scenario("trials = 5", &model), Notation::Toml, &[])
        .unwrap_or_else(|rejected| panic!("{:?}", rejected.faults));
    let refused = prepare(&loaded).expect_err("four directions");
    assert!(format!("{:?}", refused.faults).contains("has 4"), "{:?}", refused.faults);
}

/// Numbers do not depend on threads.
#[test]
fn threads_change_nothing() {
    let case = shipped("small-exact.toml", &[EXACT]);
    let (one, three) = (case.carry_out(1).results, case.carry_out(3).results);
    assert_eq!(one, three);
}

/// Books whose amounts are no whole hundredths: each amount counts.
const SMALL: &str = "format = 1\ncurrency = \"EUR\"\nlevels = [0.99]\nengine = \"exact\"\n\
    [portfolio]\ntape = \"book.csv\"\ndefaults = { lgd = 1.0 }\n[model]\ncorrelation = 0.1\n\
    [output]\nequal_credit_cut = false\n[[policy]]\nid = \"today\"\n";

#[test]
fn amounts_below_a_hundredth_keep_their_losses() {
    // Tape, LGD, smallest units, credit, EL by hand.
    for (tape, lgd, unit, credit, loss) in [
        // 1,000,000 x 0.003 + 500 x 1.2; 0.5 x (0.05 x 3,000 + 0.02 x 1.2 x 500).
        (
            "count,limit,balance,pd\n1000000,0.004,0.003,0.05\n500,2.5,1.2,0.02\n",
            0.5,
            10_000,
            3_600.0,
            81.0,
        ),
        ("count,limit,balance,pd\n1000,0.001,0.001,0.02\n", 1.0, 1_000, 1.0, 0.02),
        ("count,limit,balance,pd\n1000,0.001,0.001,0.02\n", 0.45, 100_000, 1.0, 0.009),
        (
            "count,limit,balance,pd\n10,25.5,25.5,0.01\n50000,0.0042,0.0042,0.03\n",
            1.0,
            10_000,
            465.0,
            8.85,
        ),
    ] {
        let lgd = format!("portfolio.defaults.lgd={lgd}");
        let case = case_with(SMALL, tape, &[&lgd, "engine=monte-carlo", "sampling.trials=500"]);
        assert_eq!(case.base().scenario.currency.minor_per_unit, unit, "{tape}");
        let found = run(&case);
        let at = |measure| value(&found, "system", "today", measure, None);
        assert!(near(at(Measure::Credit), credit, 1e-12), "{}", at(Measure::Credit));
        let quality = &found.portfolio.quality;
        assert!(near(quality.balance_sum_as_read as f64 / unit as f64, credit, 1e-12));
        let row =
            estimate(&found, "system", "today", Measure::ExpectedLoss, None, Comparison::Level);
        let row = row.expect("EL is there");
        let error = row.standard_error.expect("it is sampled");
        assert!((row.value - loss).abs() < 6.0 * error && error < 0.3 * loss, "{}", row.value);
        let exact = found.policies[0].exact_expected_loss.expect("it is known");
        assert!(near(exact, loss, 1e-12), "{exact}");
        // The twin: what hundredths made of the first book.
        assert!(!near(exact, 5.9, 1e-3));
        let told = |w: &Warning| *w == Warning::FinerUnit { minor_units: unit };
        assert!(found.warnings.iter().any(told));
        // Given too coarse it is refused; the cure is what has run above.
        let refused = refused(tape, &[&lgd, "minor_units=100"]);
        assert!(refused.contains("leave `minor_units` out"), "{refused}");
    }
}

/// Why a book of [`SMALL`] is refused, with the hint.
fn refused(tape: &str, overrides: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("book.csv"), tape).expect("a tape");
    let overrides: Vec<String> = overrides.iter().map(|&own| own.to_owned()).collect();
    let file = folder.path().join("s.toml");
    let loaded = load_text(&file, SMALL, Notation::Toml, &overrides).expect("a scenario");
    format!("{:?}", prepare(&loaded).expect_err("hundredths are too coarse").faults)
}

#[test]
fn variants_and_ladders_share_one_unit_and_their_caps_stay() {
    let text = format!(
        "{SMALL}[[policy]]\nid = \"cap\"\nrule = [{{ cap = {{ list = [0.0015, 0.5] }} }}]\n\
         [[variant]]\nid = \"small\"\nset = {{ \"portfolio.tape\" = \"book.csv\", \
         \"portfolio.defaults.lgd\" = 0.123 }}\n"
    );
    let tape = "count,limit,balance,pd\n100,2,2,0.02\n";
    let case = case_with(&text, tape, &[]);
    let units: Vec<u64> =
        case.runs.iter().map(|own| own.scenario.currency.minor_per_unit).collect();
    // 0.123 x 0.0015 needs seven decimals.
    assert_eq!(units, [10_000_000, 10_000_000]);
    let outcome = case.carry_out(2).results;
    for (own, lgd) in outcome.runs.iter().zip([1.0, 0.123]) {
        for (policy, cap) in [("today", 2.0), ("cap-0-0015", 0.0015), ("cap-0-5", 0.5)] {
            let found = value(own, "system", policy, Measure::ExpectedLoss, None);
            let wanted = 100.0 * 0.02 * lgd * cap;
            assert!(near(found, wanted, 2e-5), "{policy} {found} {wanted}");
        }
    }
}

#[test]
fn a_given_unit_that_moves_losses_is_told() {
    // LGD x exposure is 1.5 in cents, which rounds to 2.
    let tape = "count,limit,balance,pd\n1000,0.03,0.03,0.02\n";
    let given = ["portfolio.defaults.lgd=0.5", "minor_units=100"];
    let told = |found: &RunResults| {
        found.warnings.iter().find_map(|warning| match warning {
            Warning::LossesRounded { share, .. } => Some(*share),
            _ => None,
        })
    };
    let found = run(&case_with(SMALL, tape, &given));
    assert!(near(value(&found, "system", "today", Measure::ExpectedLoss, None), 0.4, 1e-9));
    assert!(near(found.policies[0].exact_expected_loss.expect("known"), 0.3, 1e-12));
    assert!(near(told(&found).expect("told"), 1.0 / 3.0, 1e-9));
    // As advised: without the unit nothing moves.
    let free = run(&case_with(SMALL, tape, &given[..1]));
    assert!(near(value(&free, "system", "today", Measure::ExpectedLoss, None), 0.3, 1e-9));
    assert_eq!(told(&free), None);
}

#[test]
fn advised_trials_do_what_they_promise() {
    let tape = "count,limit,balance,pd\n50,100,100,0.05\n";
    let text = SMALL.replace("engine = \"exact\"\n", "[sampling]\nplan = \"plain\"\n[portfolio]\n");
    let text = text.replacen("[portfolio]\n[portfolio]\n", "[portfolio]\n", 1);
    let advice = |level: &str, trials: &str| {
        let own = [format!("levels=[{level}]"), format!("sampling.trials={trials}")];
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let found = run(&case_with(&text, tape, &own));
        found.warnings.iter().find_map(|warning| match warning {
            Warning::FewTailTrials { enough, beyond, .. } => Some((*enough, *beyond)),
            _ => None,
        })
    };
    assert_eq!(advice("0.9999999", "1000").expect("too few").0, Some(1_000_000_000));
    assert_eq!(advice("0.9995", "1000").expect("too few").0, Some(200_000));
    // Run as advised nothing is missing; with what was advised before the level is out of sight.
    assert_eq!(advice("0.9995", "200000"), None);
    assert_eq!(advice("0.999999999999", "1000").expect("too few").0, None);
}

/// Two hundred unlike loans in 1, 10 or 200 segments: one law, near that of their sum convolved loan by loan, the error of the
/// grid's step said. Losses are 1,009 times small whole numbers but for one, so that they do not stand on one grid.
#[test]
fn labels_of_segments_change_nothing_and_steps_are_told() {
    let loans: Vec<(f64, i64)> = (0..200_i64)
        .map(|i| (0.004 + 0.000_3 * ((i * 37) % 199) as f64, 20 + (i * i * 7 + 13 * i) % 241))
        .collect();
    let scenario = r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        engine = "exact"
        levels = [0.99]
        thresholds = [8_000_000]
        portfolio = { tape = "book.csv", defaults = { lgd = 1.0 } }
        model = { correlation = 0.15 }
        policy = [{ id = "today" }]
    "#;
    let found = |segments: i64| {
        let mut tape = String::from("segment,limit,balance,pd\n");
        for (i, (pd, loss)) in (0..).zip(&loans) {
            let loss = loss * 1_009 + i64::from(i == 0);
            tape.push_str(&format!("s{},{loss},{loss},{pd}\n", i % segments));
        }
        let run = run(&case_with(scenario, &tape, &[]));
        let of = |measure, at| {
            let row = estimate(&run, "system", "today", measure, at, Comparison::Level);
            row.expect("a row")
        };
        let es = of(Measure::ExpectedShortfall, Some(0.99));
        let tail = of(Measure::ExceedanceProbability, Some(8e6));
        let mean = of(Measure::ExpectedLoss, None);
        assert_eq!(es.quality, Quality::Approximation);
        assert_eq!((tail.quality, mean.quality), (Quality::Approximation, Quality::Exact));
        let engine = run.engine.as_ref().expect("the engine is told");
        assert!(engine.grid_is_exact == Some(false) && engine.grid_step > Some(1.0));
        (es.value, tail.value, mean.value, engine.numerical_error)
    };
    let book: Vec<(Latent, usize)> =
        loans.iter().map(|&(pd, loss)| (Latent::one(pd, 0.15_f64.sqrt()), loss as usize)).collect();
    let want = Law::of_sum(&book, &law::one_factor(0.1));
    let one = found(1);
    let miss = (one.0 / 1_009.0 / want.es(0.99) - 1.0).abs();
    assert!(miss < 5e-5, "{miss:e}");
    let tail = want.exceeds((8e6 / 1_009.0) as i64);
    assert!((one.1 / tail - 1.0).abs() < one.3 && one.3 < 0.01, "{} {tail} {}", one.1, one.3);
    for segments in [10, 200] {
        let other = found(segments);
        assert!(
            near(other.0, one.0, 1e-12) && near(other.1, one.1, 1e-11),
            "{segments}: {other:?}"
        );
        assert!(near(other.2, one.2, 1e-12));
    }
    // The wrong twin: a correlation of 0.151 is seen.
    let book: Vec<(Latent, usize)> = loans
        .iter()
        .map(|&(pd, loss)| (Latent::one(pd, 0.151_f64.sqrt()), loss as usize))
        .collect();
    let wrong = Law::of_sum(&book, &law::one_factor(0.1));
    assert!((one.0 / 1_009.0 / wrong.es(0.99) - 1.0).abs() > 5e-4);
}

/// A scenario of a large pool over the rows of `book.csv`.
fn large_pool(top: &str, model: &str, rest: &str, tape: &str) -> RunResults {
    let scenario = format!(
        "format = 1\ncurrency = \"EUR\"\nminor_units = 100\nengine = \"large-pool\"\n{top}\n\
         [portfolio]\ntape = \"book.csv\"\n[model]\n{model}\n[[policy]]\nid = \"today\"\n{rest}"
    );
    run(&case_with(&scenario, tape, &[]))
}

fn has_small_pool(run: &RunResults) -> bool {
    let is_it = |warning: &Warning| matches!(warning, Warning::PoolTooSmall { .. });
    run.warnings.iter().any(is_it)
}

/// A thousand million borrowers: economic capital is the Basel formula that stands beside it, without a grid.
#[test]
fn economic_capital_of_a_large_pool_is_the_formula_beside_it() {
    for (class, pd) in [("qrre", 0.001), ("other-retail", 0.02), ("mortgage", 0.1)] {
        let tape = format!("count,limit,balance,pd,lgd\n1000000000,100,100,{pd},0.45\n");
        let model = format!("correlation = {{ basel = \"{class}\" }}");
        let run = large_pool("levels = [0.5, 0.999]", &model, "", &tape);
        let at = |measure, level| value(&run, "system", "today", measure, level);
        let capital = at(Measure::EconomicCapital, Some(0.999));
        let formula = at(Measure::IrbCapital, None);
        assert!(near(capital, formula, 1e-9), "{class}: {capital} {formula}");
        assert!(!near(capital, formula * 1.000_000_1, 1e-9));
        let engine = run.engine.as_ref().expect("nothing was sampled");
        assert_eq!((engine.grid_step, engine.grid_is_exact), (None, None));
        assert!(engine.numerical_error > 0.0 && engine.numerical_error < 1e-9);
        assert!(!has_small_pool(&run));
        let own = |measure, level| {
            let row = estimate(&run, "system", "today", measure, level, Comparison::Level);
            row.expect("a row").quality
        };
        assert_eq!(own(Measure::EconomicCapital, Some(0.999)), Quality::Approximation);
        assert_eq!(own(Measure::ExpectedLoss, None), Quality::Exact);
    }
}

/// Ten loans with loadings on two factors are the ten loans with the same correlation on one, and both say what they are.
#[test]
fn small_pools_say_so_with_any_number_of_variables() {
    let tape = "borrower,limit,balance,pd,lgd\n".to_owned()
        + &(0..10).map(|i| format!("b{i},1,1,0.05,1\n")).collect::<String>();
    let levels = "levels = [0.99, 0.999]";
    let one = large_pool(levels, "correlation = 0.18", "", &tape);
    let two = large_pool(
        levels,
        "factor = [{ id = \"a\" }, { id = \"b\" }]\nloadings = { a = 0.3, b = 0.3 }",
        "",
        &tape,
    );
    // A mixing variable beside the factor: two variables that are no one.
    let mixed = "copula = \"t\"\ndegrees_of_freedom = 5\ncorrelation = 0.18";
    let mixed = large_pool(levels, mixed, "", &tape);
    let es = |run: &RunResults| {
        let measure = Measure::ExpectedShortfall;
        value(run, "system", "today", measure, Some(0.999))
    };
    assert!(near(es(&one), es(&two), 1e-9), "{} {}", es(&one), es(&two));
    assert!(!near(es(&one), es(&mixed), 1e-2));
    for run in [&one, &two, &mixed] {
        assert!(has_small_pool(run));
        let engine = run.engine.as_ref().expect("nothing was sampled");
        let words = engine.approximation().expect("an approximation");
        assert!(words.starts_with("approximation: 10 borrowers, idiosyncratic share "), "{words}");
        assert!(engine.pools[0].idiosyncratic_share > 0.3, "{words}");
    }
    let many = "count,limit,balance,pd,lgd\n90000000,1,1,0.05,1\n";
    let many = large_pool(levels, "correlation = 0.18", "", many);
    assert!(!has_small_pool(&many));
}

/// Where idiosyncratic risk is no correction measures keep their order, and are not called exact.
#[test]
fn measures_of_pools_that_are_none_are_ordered() {
    let thousand = "count,limit,balance,pd,lgd\n1000,500,500,0.02,1\n";
    let one =
        "limit,balance,pd,lgd,ccf\n1000000000,900000000,0.1759598700176085,0.6075983147010651,1\n";
    let gamma = "copula = \"creditrisk+\"\ndefaults = \"poisson\"\nloadings = { f1 = 0.5 }\n\
                 factor = [{ id = \"f1\", sd = 3.0 }]";
    for (levels, model, tape) in [
        ("levels = [0.5, 0.9, 0.999]", "correlation = 0.000001", thousand),
        ("levels = [0.5, 0.9, 0.999]", gamma, one),
    ] {
        let run = large_pool(levels, model, "", tape);
        let at = |measure, level| value(&run, "system", "today", measure, level);
        let mean = at(Measure::ExpectedLoss, None);
        let mut before = (0.0, mean * (1.0 - 1e-12));
        for level in [0.5, 0.9, 0.999] {
            let var = at(Measure::ValueAtRisk, Some(level));
            let es = at(Measure::ExpectedShortfall, Some(level));
            assert!(before.0 <= var && before.1 <= es && var <= es, "{model} {level}: {var} {es}");
            before = (var, es);
        }
        assert!(has_small_pool(&run));
        let engine = run.engine.as_ref().expect("nothing was sampled");
        assert!(engine.pools.iter().all(|own| own.adjustment == Adjustment::LeftOut));
        assert!(
            run.summary.rows.iter().all(|row| {
                row.level.is_none() || row.estimate.quality == Quality::Approximation
            })
        );
    }
}

/// The documented way for an exposure of utilisation times the limit, before a cut and after it; and a book that owes nothing.
#[test]
fn exposures_may_follow_the_limit() {
    let scenario = "format = 1\ncurrency = \"EUR\"\nlevels = [0.99]\nengine = \"exact\"\n\
        output = { equal_credit_cut = false }\n[portfolio]\ntape = \"book.csv\"\n[model]\n\
        correlation = 0.1\n[[policy]]\nid = \"today\"\n[[policy]]\nid = \"cap\"\n\
        [[policy.rule]]\ncap = 4000\n";
    let tape = "count,limit,balance,ccf,pd,lgd\n100,10000,0,0.6,0.02,0.5\n";
    let found = run(&case_with(scenario, tape, &[]));
    let at = |policy, measure| value(&found, "system", policy, measure, None);
    for (policy, limit) in [("today", 10_000.0), ("cap", 4_000.0)] {
        let exposure = 100.0 * 0.6 * limit;
        assert!(near(at(policy, Measure::Exposure), exposure, 1e-12), "{policy}");
        assert!(near(at(policy, Measure::ExpectedLoss), 0.02 * 0.5 * exposure, 1e-9), "{policy}");
        assert_eq!(at(policy, Measure::Credit), 0.0);
        let per_credit = Measure::ExpectedLossPerCredit;
        assert!(!found.summary.rows.iter().any(|row| row.measure == per_credit));
    }
    assert_eq!(at("cap", Measure::LimitCut), 600_000.0);
    // With the balance drawn a cap above it changes nothing of what is drawn.
    let drawn = run(&case_with(scenario, &tape.replace("10000,0,0.6", "10000,6000,0"), &[]));
    let own = value(&drawn, "system", "cap", Measure::Exposure, None);
    assert!(!near(own, 100.0 * 0.6 * 4_000.0, 1e-3), "{own}");
    for engine in ["exact", "large-pool", "monte-carlo"] {
        let set = format!("engine={engine}");
        let nothing = "limit,balance,pd,lgd\n0,0,0.02,0.5\n";
        let found = run(&case_with(scenario, nothing, &[&set, "sampling.trials=1000"]));
        for measure in [Measure::ExpectedLoss, Measure::StandardDeviation] {
            assert_eq!(value(&found, "system", "today", measure, None), 0.0, "{engine}");
        }
        for measure in [Measure::ValueAtRisk, Measure::ExpectedShortfall] {
            assert_eq!(value(&found, "system", "today", measure, Some(0.99)), 0.0, "{engine}");
        }
    }
}
