//! Wrong twins: results and folders spoilt on purpose, each of which its oracle must refuse.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::json;
use tailcap::measures::row::MeasureRow;
use tailcap::measures::{Comparison, Estimate, Figures, Measure};
use tailcap::report::Results;
use tailcap::report::results::RunResults;
use tailcap::run::Outcome;
use tailcap::system::ScopeKind;

use super::dice::Dice;
use super::oracles::{self, Found};
use super::report::Report;
use super::worker::{Kind, Watch};
use super::world::{Row, World};
use super::{faults, scenarios, shrink};

static NEVER: AtomicBool = AtomicBool::new(false);

/// A plain scenario with everything that oracles look at.
fn plain() -> World {
    let rows = (0..120_i64).map(|n| Row {
        borrower: format!("b{n}"),
        count: 1,
        segment: format!("s{}", n % 3),
        product: "card".to_owned(),
        lender: ["north", "south"][(n % 2) as usize].to_owned(),
        limit: 100_000 + 300 * n,
        balance: 60_000,
        pd: 0.02 + 0.0005 * n as f64,
        lgd: 0.5,
        ccf: 0.25,
        score: 600,
        income: 30_000,
        age: 40,
    });
    let scenario = json!({
        "format": 1, "currency": "EUR", "seed": 3, "levels": [0.9, 0.99], "baseline": "today",
        "thresholds": [1_000, 3_000], "sampling": { "trials": 20_000 },
        "portfolio": { "tape": "book.csv" }, "model": { "correlation": 0.05 },
        "policy": [{ "id": "today" }, { "id": "p0", "rule": [{ "cap": 700 }] },
            { "id": "rungs", "rule": [{ "cap": { "from": 100, "to": 900, "steps": 3 } }] }],
        "output": { "equal_credit_cut": false },
    });
    World { scenario, rows: rows.collect(), files: Vec::new() }
}

/// The same with lenders that may fail.
fn with_lenders() -> World {
    let mut world = plain();
    world.scenario["system"] = json!({ "lender": [{ "name": "north", "capital": 4_000 },
        { "name": "south", "capital": 5_000 }], "failures": [1, 2] });
    world
}

fn run(world: &World) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    world.write(folder.path()).expect("a written scenario");
    let prepared = scenarios::prepare(&folder.path().join("scenario.toml"), &[]);
    let prepared = prepared.unwrap_or_else(|message| panic!("{message}"));
    scenarios::carry_out(&prepared, 2, &NEVER).expect("a run that ends")
}

/// All oracles on one run.
fn asked(world: &World, results: &Results) -> Found {
    let mut found = Found::default();
    oracles::estimates(&serde_json::to_value(results).expect("results are JSON"), &mut found);
    oracles::round_trip(results, &mut found);
    let run = &results.runs[0];
    oracles::ordered(run, &mut found);
    oracles::additive(run, &mut found);
    oracles::changes(run, "today", &mut found);
    oracles::sums(world, run, &mut found);
    oracles::failures(run, &mut found);
    found
}

fn spoilt(world: &World, results: &Results, spoil: impl Fn(&mut RunResults)) -> Vec<&'static str> {
    let mut own = results.clone();
    spoil(&mut own.runs[0]);
    let found = asked(world, &own).0;
    found.into_iter().map(|broken| broken.oracle).collect()
}

fn row(
    run: &mut RunResults,
    kind: ScopeKind,
    measure: Measure,
    comparison: Comparison,
) -> &mut MeasureRow {
    let wanted = |row: &&mut MeasureRow| {
        row.scope_kind == kind
            && row.measure == measure
            && row.comparison == comparison
            && (row.policy == "p0" || kind != ScopeKind::System)
    };
    run.summary.rows.iter_mut().find(wanted).expect("a row")
}

/// Changes the numbers of an estimate.
fn spoil(estimate: &mut Estimate, with: impl FnOnce(&mut Figures)) {
    let mut own = **estimate;
    with(&mut own);
    *estimate = Estimate::of(own);
}

#[test]
fn spoilt_results_are_noticed() {
    use Comparison::{Change, Level};
    use Measure::{ExceedanceProbability, ExpectedLoss, ExpectedShortfall, Limits, ValueAtRisk};
    use ScopeKind::{Segment, System};
    let world = plain();
    let results = run(&world).results;
    let clean = asked(&world, &results);
    assert!(clean.0.is_empty(), "{:#?}", clean.0);
    type Spoil = fn(&mut RunResults);
    // Negative standard errors and crossed ends cannot be held by an estimate.
    let twins: [(&str, Spoil); 12] = [
        ("estimate-finite", |run| {
            spoil(&mut row(run, System, ExpectedLoss, Level).estimate, |own| own.value = f64::NAN)
        }),
        ("interval-holds-value", |run| {
            let own = &mut row(run, System, ExpectedLoss, Level).estimate;
            spoil(own, |own| own.lower = Some(own.value * 1.0001));
        }),
        ("var-below-es", |run| {
            let var = row(run, System, ValueAtRisk, Level).estimate.value;
            spoil(&mut row(run, System, ExpectedShortfall, Level).estimate, |own| {
                own.value = var * 0.999
            });
        }),
        ("el-below-es", |run| {
            let es = row(run, System, ExpectedShortfall, Level).estimate.value;
            spoil(&mut row(run, System, ExpectedLoss, Level).estimate, |own| {
                own.value = es * 1.001
            });
        }),
        ("monotone-in-level", |run| {
            spoil(&mut row(run, System, ValueAtRisk, Level).estimate, |own| own.value *= 10.0)
        }),
        ("exceedance-falls", |run| {
            spoil(&mut row(run, System, ExceedanceProbability, Level).estimate, |own| {
                own.value = 1e-4
            });
        }),
        ("probability-range", |run| {
            spoil(&mut row(run, System, ExceedanceProbability, Level).estimate, |own| {
                own.upper = Some(1.01)
            });
        }),
        ("additivity", |run| {
            spoil(&mut row(run, Segment, ExpectedLoss, Level).estimate, |own| own.value *= 1.001)
        }),
        ("contributions-add-up", |run| {
            spoil(&mut run.summary.contributions[0].estimate, |own| own.value *= 1.001)
        }),
        ("change-is-difference", |run| {
            spoil(&mut row(run, System, ExpectedLoss, Change).estimate, |own| own.value *= 1.001)
        }),
        ("books", |run| {
            spoil(&mut row(run, System, Limits, Level).estimate, |own| own.value += 5.0)
        }),
        ("exact-el-independent", |run| {
            for policy in &mut run.policies {
                policy.exact_expected_loss = policy.exact_expected_loss.map(|own| own * 1.001);
            }
        }),
    ];
    for (oracle, twin) in twins {
        let found = spoilt(&world, &results, twin);
        assert!(found.contains(&oracle), "{oracle}: {found:?}");
    }
    let last = spoilt(&world, &results, |run| {
        let policy = run.summary.ladders[0].points[2].policy.clone();
        for row in &mut run.summary.rows {
            if row.policy == policy && row.measure == ExpectedLoss {
                spoil(&mut row.estimate, |own| own.value *= 0.01);
            }
        }
    });
    assert!(last.contains(&"lower-cap"), "{last:?}");
    let above = spoilt(&world, &results, |run| {
        for row in &mut run.summary.rows {
            spoil(&mut row.estimate, |own| own.value *= 1_000.0);
        }
    });
    assert!(above.contains(&"loss-within-exposure"), "{above:?}");
    let lenders = with_lenders();
    let results = run(&lenders).results;
    let clean = asked(&lenders, &results);
    assert!(clean.0.is_empty(), "{:#?}", clean.0);
    let failing = spoilt(&lenders, &results, |run| {
        let own = run.system.as_mut().expect("lenders");
        spoil(&mut own.failures[0].probability, |own| own.value += 1e-3);
    });
    assert!(failing.contains(&"failures"), "{failing:?}");
    let bearing = spoilt(&lenders, &results, |run| {
        spoil(&mut row(run, ScopeKind::Bearer, ExpectedLoss, Level).estimate, |own| {
            own.value *= 1.01
        });
    });
    assert!(bearing.contains(&"bearers-add-up"), "{bearing:?}");
}

/// Losses of an exact law are held against trials: a law whose PDs are a tenth too high, or whose VaR is a fifth too
/// high, is told from its trials.
#[test]
fn wrong_laws_are_noticed() {
    let mut world = plain();
    let sampled = run(&world);
    world.scenario["engine"] = json!("exact");
    world.scenario["sampling"] = json!({ "trials": 100 });
    let held = |world: &World, exact: &RunResults| {
        let mut found = Found::default();
        let runs = (exact, &sampled.results.runs[0]);
        oracles::exact_against_trials(world, runs, &sampled.samples[0], &mut found);
        found.0.into_iter().map(|own| own.oracle).collect::<Vec<_>>()
    };
    let exact = run(&world).results.runs.remove(0);
    assert!(held(&world, &exact).is_empty(), "{:?}", held(&world, &exact));
    let mut higher = world.clone();
    higher.rows.iter_mut().for_each(|row| row.pd *= 1.1);
    let other = run(&higher).results.runs.remove(0);
    let found = held(&world, &other);
    for oracle in ["exact-engine-el", "exact-against-sampling", "good-but-far"] {
        assert!(found.contains(&oracle), "{oracle}: {found:?}");
    }
    let mut moved = exact.clone();
    for row in &mut moved.summary.rows {
        if row.measure == Measure::ValueAtRisk {
            spoil(&mut row.estimate, |own| own.value *= 1.2);
        }
    }
    assert!(held(&world, &moved).contains(&"exact-against-sampling"));
    let mut nudged = exact.clone();
    nudged.summary.rows.iter_mut().for_each(|row| spoil(&mut row.estimate, |own| own.value *= 1.5));
    let mut found = Found::default();
    oracles::same_law(&exact, &exact, "itself", &mut found);
    assert!(found.0.is_empty());
    oracles::same_law(&exact, &nudged, "nudged", &mut found);
    assert!(!found.0.is_empty());
    let mut found = Found::default();
    oracles::sampled_mean(&higher, &sampled.results.runs[0], &sampled.samples[0], &mut found);
    assert!(
        found.0.is_empty(),
        "a tenth is within the reach of 20,000 trials without a law: {:?}",
        found.0
    );
    higher.rows.iter_mut().for_each(|row| row.pd *= 2.0);
    oracles::sampled_mean(&higher, &sampled.results.runs[0], &sampled.samples[0], &mut found);
    assert!(!found.0.is_empty());
}

/// What a worker does wrong is noticed, noted, and does not end the session.
#[test]
fn sabotage_is_noticed() {
    for (sabotage, oracle) in
        [("panic", "panic"), ("crash", "crash"), ("hang", "hang"), ("memory", "memory")]
    {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut report = Report::into(folder.path());
        let hang = Duration::from_secs(if sabotage == "hang" { 2 } else { 60 });
        let watch = Watch { kind: Kind::Scenarios, seed: 1, hang, sabotage: Some(sabotage) };
        watch.one(2, &mut report);
        assert!(report.has(oracle), "{sabotage}: {}", report.summary());
    }
}

#[test]
fn damaged_folders_are_noticed() {
    let world = plain();
    let folder = tempfile::tempdir().expect("a temporary folder");
    world.write(folder.path()).expect("a written scenario");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_tailcap"))
        .args(["run", "scenario.toml", "--trials", "500", "--out", "out"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    assert!(status.expect("tailcap starts").success());
    let out = folder.path().join("out");
    assert_eq!(faults::damage(&out), None);
    let results = std::fs::read_to_string(out.join("results.json")).expect("results");
    let spoil = |text: &str| {
        std::fs::write(out.join("results.json"), text).expect("a written file");
        faults::damage(&out)
    };
    assert!(spoil(&results[..results.len() / 2]).is_some());
    let other = results.replacen("\"seed\": 3", "\"seed\": 4", 1);
    assert!(spoil(&other).is_some_and(|what| what.contains("seed")));
    assert_eq!(spoil(&results), None);
    std::fs::remove_file(out.join("summary.csv")).expect("a removed file");
    assert!(faults::damage(&out).is_some_and(|what| what.contains("summary.csv")));
}

#[test]
fn shrinking_keeps_what_fails_and_little_else() {
    let first = plain();
    let mut fails = |own: &World| {
        own.rows.iter().any(|row| row.borrower == "b77") && own.scenario.get("thresholds").is_some()
    };
    let small = shrink::world(&first, &mut fails);
    assert_eq!(small.rows.len(), 1);
    assert_eq!(small.rows[0].borrower, "b77");
    assert!(small.scenario.get("thresholds").is_some() && small.scenario.get("seed").is_none());
    let mut fails = |own: &[u8]| own.contains(&b'x');
    assert_eq!(shrink::bytes(b"abcdefgxhij", &mut fails), b"x");
}

#[test]
fn cases_come_of_their_seed() {
    let draw = |seed, case| super::generate::world(&mut Dice::of(seed, case));
    assert_eq!(draw(1, 7), draw(1, 7));
    assert_ne!(draw(1, 7), draw(1, 8));
    assert_ne!(draw(1, 7), draw(2, 7));
}
