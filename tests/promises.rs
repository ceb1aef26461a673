//! The contracts of the design, one test each: same bits, common random numbers, sums that add up.

mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ndarray::Axis;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use support::{Case, case, case_with, people, system_losses};
use tailcap::engine::{
    BLOCK_TRIALS, Carrying, Costs, Defaults, Engine, Holding, LossSample, Scratch,
};
use tailcap::measures::row::MeasureRow;
use tailcap::measures::{Comparison, Measure};
use tailcap::run::{self, Settings};
use tailcap::system::ScopeKind;

/// Not a multiple of the block size.
const TRIALS: u64 = 1_000;

const SCENARIO: &str = r#"
format = 1
currency = "EUR"
levels = [0.9, 0.99]
thresholds = [1_000, 5_000]
baseline = "today"
sampling = { trials = 1_000 }
portfolio = { tape = "book.csv", defaults = { ccf = 0.35, lgd = 0.55 } }

[[model.factor]]
id = "world"
[[model.factor]]
id = "home"
correlation = { world = 0.4 }
[model]
loadings = { world = 0.3, home = -0.2 }
[model.segment.retail]
on_factor = "home"
correlation = { basel = "other-retail" }
"#;

/// Every kind of rule, and one that binds nobody.
const POLICIES: [&str; 9] = [
    r#"id = "today""#,
    r#"id = "cap", rule = [{ cap = 1_500 }]"#,
    r#"id = "scale", rule = [{ scale = 0.6 }]"#,
    r#"id = "income", rule = [{ income_share = 0.05, if_missing = "skip" }]"#,
    r#"id = "score", rule = [{ score_caps = [{ below = 600, cap = 500 }, { at_least = 600, cap = 2_000 }], if_missing = "zero" }]"#,
    r#"id = "floored", rule = [{ scale = 0.2 }, { floor = 700 }, { cap = 2_500, per = "borrower" }]"#,
    r#"id = "raised", rule = [{ cap = 4_000, raise = true, where = { lender = "north" } }]"#,
    r#"id = "new", rule = [{ cap = 100, applies_to = "new", where = { balance = { above = 50 } } }]"#,
    r#"id = "idle", rule = [{ cap = 1_000_000 }]"#,
];

/// Singles of distinct PDs, borrowers with several lenders, and pools small and large.
const TAPE: &str = "\
borrower,count,segment,lender,limit,balance,pd,score,income,age
a,1,retail,north,3000,2400,0.02,650,30000,40
a,1,retail,south,1000,200,0.02,650,30000,40
b,1,retail,north,1500.55,1500.55,0.05,580,,31
c,1,young,south,5000,1000.01,0.01,700,52000,24
d,1,young,east,800,900,0.11,520,12000,22
e,1,young,north,2000,1799.99,0.08,,18000,23
e,1,young,east,1200,1200,0.08,,18000,23
e,1,young,south,600,100,0.08,,18000,23
f,1,retail,east,700,650,0.12,560,21000,35
g,3,young,south,2500,300,0.04,610,25000,24
h,40,retail,north,400,400,0.3,590,15000,50
i,500,young,east,333.33,111.11,0.015,640,22000,21
j,1,retail,south,900,0,0.5,500,9000,60
";

fn with(policies: &[&str]) -> Case {
    with_tape(policies, TAPE, &[])
}

fn with_tape(policies: &[&str], tape: &str, overrides: &[&str]) -> Case {
    let blocks: Vec<String> = policies.iter().map(|p| format!("{{ {p} }}")).collect();
    let scenario = format!("policy = [{}]\n{SCENARIO}", blocks.join(",\n"));
    case_with(&scenario, tape, overrides)
}

fn json(case: &Case, threads: usize) -> Vec<u8> {
    serde_json::to_vec(&case.carry_out(threads).results).expect("results are serialisable")
}

#[test]
fn threads_change_no_bit() {
    let case = with(&POLICIES);
    let (one, results) = (case.carry_out(1), json(&case, 1));
    for threads in [2, 8] {
        assert_eq!(case.carry_out(threads).samples, one.samples, "{threads} threads");
        assert_eq!(json(&case, threads), results, "{threads} threads");
    }
}

/// All numbers of the first `n` trials.
fn first(sample: &LossSample, n: usize) -> (Vec<i64>, Vec<u64>, Vec<u64>) {
    let blocks = || sample.blocks.iter();
    let losses = blocks().flat_map(|b| b.losses.outer_iter().collect::<Vec<_>>());
    let accounts = blocks().flat_map(|b| b.accounts.outer_iter().collect::<Vec<_>>());
    let people = blocks().flat_map(|b| b.people.outer_iter().collect::<Vec<_>>());
    (
        losses.take(n).flat_map(|t| t.iter().copied().collect::<Vec<_>>()).collect(),
        accounts.take(n).flat_map(|t| t.iter().copied().collect::<Vec<_>>()).collect(),
        people.take(n).flat_map(|t| t.iter().copied().collect::<Vec<_>>()).collect(),
    )
}

#[test]
fn a_longer_run_begins_with_the_shorter_one() {
    let case = with(&POLICIES);
    let long = case.sample(TRIALS);
    for n in [1, BLOCK_TRIALS - 1, BLOCK_TRIALS, BLOCK_TRIALS + 1, 777] {
        let short = case.sample(n);
        assert_eq!(short.trials() as u64, n);
        assert_eq!(first(&short, n as usize), first(&long, n as usize), "{n} trials");
    }
}

#[test]
fn a_trial_can_be_replayed_alone() {
    let case = with(&POLICIES);
    let whole = case.sample(TRIALS);
    let engine = case.base().engine();
    // One scratch for all: what a trial leaves behind must not matter.
    let mut scratch = Scratch::default();
    for t in [999, 0, 127, 128, 500] {
        let alone = engine.block(t, 1, &mut scratch);
        let block = &whole.blocks[(t / BLOCK_TRIALS) as usize];
        let at = (t % BLOCK_TRIALS) as usize;
        assert_eq!(alone.losses.index_axis(Axis(0), 0), block.losses.index_axis(Axis(0), at));
        assert_eq!(alone.people.index_axis(Axis(0), 0), block.people.index_axis(Axis(0), at));
        assert_eq!(alone.accounts.index_axis(Axis(0), 0), block.accounts.index_axis(Axis(0), at));
    }
}

fn rows_of(case: &Case, policy: &str) -> Vec<MeasureRow> {
    let outcome = case.carry_out(2);
    let rows = outcome.results.runs[0].summary.rows.iter();
    rows.filter(|row| row.policy == policy).cloned().collect()
}

#[test]
fn other_policies_change_nothing() {
    let all = with(&POLICIES);
    let mut backwards = POLICIES;
    backwards.reverse();
    let reordered = with(&backwards);
    for (index, policy) in POLICIES.iter().enumerate() {
        let id = policy.split('"').nth(1).expect("an id");
        let pair = if index == 0 { with(&[policy]) } else { with(&[policy, POLICIES[0]]) };
        let rows = rows_of(&all, id);
        assert!(rows.len() > 50, "{id}: {} rows", rows.len());
        assert_eq!(rows, rows_of(&pair, id), "{id} alone with the baseline");
        assert_eq!(rows, rows_of(&reordered, id), "{id} in another place");
    }
}

#[test]
fn a_policy_that_binds_nobody_changes_exactly_nothing() {
    let rows = rows_of(&with(&POLICIES), "idle");
    let changes = rows.iter().filter(|row| row.comparison != Comparison::Level);
    let mut seen = 0;
    for row in changes {
        assert_eq!(row.estimate.value, 0.0, "{row:?}");
        assert_eq!(row.estimate.standard_error, Some(0.0), "{row:?}");
        assert_eq!((row.estimate.lower, row.estimate.upper), (Some(0.0), Some(0.0)), "{row:?}");
        seen += 1;
    }
    assert!(seen > 100, "{seen} changes");
}

#[test]
fn the_order_of_the_tape_changes_no_bit() {
    let case = with(&POLICIES);
    let results = json(&case, 2);
    let (head, rows) = TAPE.split_once('\n').expect("a header");
    let rows: Vec<&str> = rows.lines().collect();
    // Backwards, and in steps of 5 (prime to the 13 rows).
    let backwards: Vec<&str> = rows.iter().rev().copied().collect();
    let stepped: Vec<&str> = (0..rows.len()).map(|i| rows[5 * i % rows.len()]).collect();
    for order in [backwards, stepped] {
        let tape = format!("{head}\n{}\n", order.join("\n"));
        let other = with_tape(&POLICIES, &tape, &[]);
        assert_eq!(json(&other, 2), results);
    }
}

#[test]
fn lean_costs_agree_with_the_table() {
    let case = with(&POLICIES);
    let run = case.base();
    let engine = |holding| {
        let exposures = run.applied.iter().map(|a| &a.effect.exposure).collect();
        let costs = Costs::new(run.book(), &run.columns, exposures, holding);
        let defaults = Defaults::new(run.scenario.seed, run.book(), &run.model);
        Engine::new(run.book(), &run.columns, defaults, costs)
    };
    let block = |holding| engine(holding).block(0, TRIALS, &mut Scratch::default());
    assert_eq!(block(Holding::Lean), block(Holding::Auto));
    assert!(run.columns.len() >= 6 && run.applied.len() > POLICIES.len(), "the twins are there");
}

#[test]
fn neighbouring_seeds_differ() {
    let losses: Vec<Vec<i64>> = (0..4)
        .map(|seed| {
            let seed = format!("seed={seed}");
            system_losses(&with_tape(&POLICIES[..1], TAPE, &[&seed]).sample(TRIALS), 0)
        })
        .collect();
    for i in 0..4 {
        for j in 0..i {
            // Shared streams would show as equal losses in nearly all trials, or in shifted ones.
            for shift in 0..3 {
                let pairs = losses[i].iter().zip(&losses[j][shift..]);
                let same = pairs.filter(|(a, b)| a == b).count();
                assert!(same < 100, "seeds {i} and {j}: {same} of {TRIALS} losses agree");
            }
        }
    }
}

#[test]
fn parts_add_up_to_the_system_in_every_trial() {
    let case = with(&POLICIES);
    let (sample, scopes) = (case.sample(TRIALS), case.base().scopes());
    for policy in 0..case.base().applied.len() {
        let system = system_losses(&sample, policy);
        for kind in [ScopeKind::Lender, ScopeKind::Segment] {
            let mut sums = vec![0; system.len()];
            for scope in scopes.iter().filter(|scope| scope.kind == kind) {
                let part = sample.losses(policy, scope.columns());
                sums.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
            }
            assert_eq!(sums, system, "policy {policy}, {kind:?}");
        }
    }
}

#[test]
fn doubled_amounts_double_every_loss() {
    // Columns 4 and 5 of the tape are the amounts; caps are amounts too.
    let doubled: Vec<String> = TAPE
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            for cell in &mut cells[4..6] {
                if let Ok(amount) = cell.parse::<f64>() {
                    *cell = format!("{:.2}", 2.0 * amount);
                }
            }
            cells.join(",")
        })
        .collect();
    let once = with(&[POLICIES[0], POLICIES[1], POLICIES[2]]);
    let twice = with_tape(
        &[POLICIES[0], r#"id = "cap", rule = [{ cap = 3_000 }]"#, POLICIES[2]],
        &doubled.join("\n"),
        &[],
    );
    let (once, twice) = (once.sample(TRIALS), twice.sample(TRIALS));
    assert_eq!(people(&once), people(&twice));
    let columns: Vec<usize> = (0..once.blocks[0].accounts.len_of(Axis(2))).collect();
    let accounts = once.defaulted_accounts(0, &columns);
    for policy in 0..3 {
        let pairs = system_losses(&once, policy).into_iter().zip(system_losses(&twice, policy));
        for ((one, two), &accounts) in pairs.zip(&accounts) {
            // Limit, exposure and loss are each rounded once: at most 2 units per account doubled,
            // and 1 more in the doubled book.
            assert!((two - 2 * one).unsigned_abs() <= 3 * accounts, "{one} {two} {accounts}");
        }
    }
}

/// A small random book: rows of (limit, balance, PD, CCF, LGD), and two caps.
type Small = (Vec<(u32, u32, f64, f64, f64)>, u32, u32);

fn small_books() -> impl Strategy<Value = Small> {
    let row = (0_u32..5_000, 0_u32..6_000, 0.01_f64..0.9, 0.0_f64..=1.0, 0.0_f64..=1.0);
    (prop::collection::vec(row, 1..12), 0_u32..5_500, 0_u32..2_000)
}

/// 200 books of 100 trials; the books are those of a fixed stream.
#[test]
fn a_lower_cap_raises_no_trials_loss() {
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let outcome = TestRunner::new_with_rng(config, rng).run(&small_books(), |(rows, cap, less)| {
        let mut tape = String::from("limit,balance,pd,ccf,lgd\n");
        for (limit, balance, pd, ccf, lgd) in rows {
            tape.push_str(&format!("{limit},{balance},{pd},{ccf},{lgd}\n"));
        }
        let lower = cap.saturating_sub(less);
        let scenario = format!(
            r#"
            format = 1
            currency = "EUR"
            portfolio = {{ tape = "book.csv" }}
            model = {{ correlation = 0.2 }}
            policy = [
                {{ id = "today" }},
                {{ id = "high", rule = [{{ cap = {cap} }}] }},
                {{ id = "low", rule = [{{ cap = {lower} }}] }},
            ]
            output = {{ equal_credit_cut = false }}
            "#
        );
        let sample = case(&scenario, &tape).sample(100);
        let [today, high, low] = [0, 1, 2].map(|policy| system_losses(&sample, policy));
        for t in 0..100 {
            prop_assert!(low[t] <= high[t] && high[t] <= today[t], "{} {}", low[t], high[t]);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn shortfall_is_never_below_value_at_risk() {
    let outcome = with(&POLICIES).carry_out(2);
    let rows = &outcome.results.runs[0].summary.rows;
    let level = |measure| {
        rows.iter().filter(move |r| r.measure == measure && r.comparison == Comparison::Level)
    };
    let pairs = level(Measure::ValueAtRisk).zip(level(Measure::ExpectedShortfall));
    let mut seen = 0;
    for (var, es) in pairs {
        assert_eq!((&var.policy, &var.scope, var.level), (&es.policy, &es.scope, es.level));
        assert!(es.estimate.value >= var.estimate.value, "{var:?} {es:?}");
        seen += 1;
    }
    assert_eq!(seen, POLICIES.len() * 6 * 2);
}

#[test]
fn defaulters_are_the_same_under_all_policies() {
    let outcome = with(&POLICIES).carry_out(2);
    let rows = outcome.results.runs[0].summary.rows.iter();
    let changes = rows.filter(|r| r.measure == Measure::Defaults);
    for row in changes.filter(|r| r.comparison != Comparison::Level) {
        assert_eq!((row.estimate.value, row.estimate.standard_error), (0.0, Some(0.0)), "{row:?}");
    }
}

#[test]
fn an_interrupt_keeps_a_prefix() {
    let case = with_tape(&POLICIES, TAPE, &["sampling.trials=20000"]);
    for threads in [1, 3] {
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let finished = |trials: u64| {
            if done.fetch_add(trials, Ordering::Relaxed) + trials >= 5 * BLOCK_TRIALS {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let carrying = Carrying { threads, stop: &stop, finished: &finished };
        let sample = case.base().engine().sample(20_000, carrying);
        let n = sample.trials();
        assert!(sample.stopped && n as u64 >= 5 * BLOCK_TRIALS && n < 20_000, "{n} trials");
        assert_eq!(done.load(Ordering::Relaxed), n as u64, "nothing finished is lost");
        assert_eq!(first(&sample, n), first(&case.sample(n as u64), n));
    }
    // Stopped before anything: an error, not an empty result.
    let stop = AtomicBool::new(true);
    let settings = Settings { threads: 1, memory: None, stop: &stop, finished: &|_| {} };
    assert!(run::carry_out(&case.runs, settings).is_err());
}

/// A block of minutes, as random LGDs of large pools make it, is given up after a stop.
#[test]
fn a_long_block_does_not_outlive_a_stop() {
    let pools = "4000000,retail,north,1000,800,0.05\n".repeat(40);
    let tape = format!("count,segment,lender,limit,balance,pd\n{pools}");
    let random = "severity.lgd={ law = \"beta\", sd = 0.2 }";
    let case = with_tape(&POLICIES[..2], &tape, &[random, "sampling.trials=2560"]);
    let stop = AtomicBool::new(false);
    let carrying = Carrying { threads: 2, stop: &stop, finished: &|_| {} };
    let engine = case.base().engine();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            stop.store(true, Ordering::Relaxed);
        });
        let began = std::time::Instant::now();
        let sample = engine.sample(2_560, carrying);
        assert!(sample.stopped && sample.blocks.is_empty(), "{} trials", sample.trials());
        assert!(began.elapsed() < std::time::Duration::from_secs(30), "{:?}", began.elapsed());
    });
}
