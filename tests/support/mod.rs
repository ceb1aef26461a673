//! Shared by the integration tests: runs made from text, exact laws computed without the engine,
//! and the statistical tests that hold one against the other.

// Every test file compiles its own copy and uses a part of it.
#![allow(dead_code)]

pub mod families;
pub mod judge;
pub mod lenders;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use tailcap::engine::{Carrying, LossSample};
use tailcap::measures::{Comparison, Estimate, Measure};
use tailcap::report::results::RunResults;
use tailcap::run::{self, Outcome, Prepared, Settings};
use tailcap::scenario::{Loaded, Notation, load, load_text};
pub use tailcap::validate::law;

static NEVER: AtomicBool = AtomicBool::new(false);

/// A scenario with everything that is known before sampling, the variants included.
pub struct Case {
    pub loaded: Loaded,
    pub runs: Vec<Prepared>,
}

/// A case from the text of a scenario and of its tape, which the scenario calls `book.csv`.
pub fn case(scenario: &str, tape: &str) -> Case {
    case_with(scenario, tape, &[])
}

/// As [`case`], with overrides as `--set` takes them.
pub fn case_with(scenario: &str, tape: &str, overrides: &[&str]) -> Case {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("book.csv"), tape).expect("a written tape");
    let mut overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    // Loans without a line: the balance stands for both.
    if !tape.lines().next().unwrap_or_default().split(',').any(|header| header == "limit") {
        overrides.extend(["limit", "balance"].map(|f| format!("portfolio.columns.{f}=balance")));
    }
    let path = folder.path().join("test.toml");
    let loaded = load_text(&path, scenario, Notation::Toml, &overrides)
        .unwrap_or_else(|rejected| panic!("{:#?}", rejected.faults));
    prepared(loaded)
}

/// A scenario of `scenarios/check`.
pub fn shipped(name: &str, overrides: &[&str]) -> Case {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/check").join(name);
    let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    prepared(load(&path, &overrides).unwrap_or_else(|rejected| panic!("{:#?}", rejected.faults)))
}

fn prepared(loaded: Loaded) -> Case {
    let runs = run::prepare(&loaded).unwrap_or_else(|refused| panic!("{:#?}", refused.faults));
    Case { loaded, runs }
}

impl Case {
    /// Samples and measures everything.
    pub fn carry_out(&self, threads: usize) -> Outcome {
        let settings = Settings { threads, memory: None, stop: &NEVER, finished: &|_| {} };
        run::carry_out(&self.runs, settings).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The scenario itself.
    pub fn base(&self) -> &Prepared {
        &self.runs[0]
    }

    /// The first trials of the scenario itself.
    pub fn sample(&self, trials: u64) -> LossSample {
        sample(self.base(), trials)
    }
}

/// The first trials of a run.
pub fn sample(run: &Prepared, trials: u64) -> LossSample {
    let carrying = Carrying { threads: 2, stop: &NEVER, finished: &|_| {} };
    run.engine().sample(trials, carrying)
}

/// Losses of the whole system under a policy, smallest units, by trial.
pub fn system_losses(sample: &LossSample, policy: usize) -> Vec<i64> {
    let columns = sample.blocks[0].losses.shape()[3];
    sample.losses(policy, &(0..columns).collect::<Vec<_>>())
}

/// Defaulted people of the whole system by trial.
pub fn people(sample: &LossSample) -> Vec<u64> {
    let segments = sample.blocks[0].people.shape()[2];
    sample.defaulted_people(0, &(0..segments).collect::<Vec<_>>())
}

/// An estimate of a run by scope, policy, measure, level or threshold, and comparison.
pub fn estimate<'r>(
    run: &'r RunResults,
    scope: &str,
    policy: &str,
    measure: Measure,
    at: Option<f64>,
    comparison: Comparison,
) -> Option<&'r Estimate> {
    run.summary
        .rows
        .iter()
        .find(|row| {
            row.scope == scope
                && row.policy == policy
                && row.measure == measure
                && row.level.or(row.threshold) == at
                && row.comparison == comparison
        })
        .map(|row| &row.estimate)
}

/// The value of a level row, which must be there.
pub fn value(
    run: &RunResults,
    scope: &str,
    policy: &str,
    measure: Measure,
    at: Option<f64>,
) -> f64 {
    estimate(run, scope, policy, measure, at, Comparison::Level)
        .unwrap_or_else(|| panic!("no row {scope} {policy} {measure:?} {at:?}"))
        .value
}
