//! The project's fuzz and fault harness: damaged files for every reader, whole scenarios with oracles, and runs that are
//! killed, raced, stopped and starved.
//!
//! In the gate each part takes some seconds. For long,
//!
//! ```sh
//! TAILCAP_HARNESS_MINUTES=60 TAILCAP_HARNESS_SEED=1 \
//!     cargo test --profile fast --test harness -- --nocapture
//! ```
//!
//! divides the minutes among the parts, which run side by side. A case is what its seed and number give: every finding is
//! written into a folder (below `target/tmp/harness-findings`, or where `TAILCAP_HARNESS_OUT` says) with the smallest
//! input, what failed, and the command that runs it again.

mod dice;
mod expected;
mod faults;
mod generate;
mod hostile;
mod mutate;
mod oracles;
mod readers;
mod report;
mod scenarios;
mod shrink;
mod twins;
mod worker;
mod world;

use std::time::Duration;

use report::Report;
use worker::{Kind, Watch};

/// A number of the environment.
fn given(name: &str) -> Option<f64> {
    std::env::var(name).ok().and_then(|own| own.parse().ok())
}

fn seed() -> u64 {
    given("TAILCAP_HARNESS_SEED").map_or(1, |own| own as u64)
}

/// How long a part goes on: so many seconds in the gate, the minutes asked for otherwise.
fn time(seconds: f64) -> Duration {
    let long = given("TAILCAP_HARNESS_MINUTES").map(|minutes| 60.0 * minutes);
    Duration::from_secs_f64(long.unwrap_or(seconds))
}

/// Not a test of its own: what a worker process does.
#[test]
fn worker() {
    worker::work();
}

#[test]
fn readers_survive_damaged_files() {
    let mut report = Report::default();
    Watch::new(Kind::Readers, seed()).all(time(12.0), &mut report);
    report.end();
    let seen = report.cases("readers", "");
    assert!(
        report.cases("readers", "accepted") > 0 && report.cases("readers", "refused") > 0,
        "{seen}"
    );
}

#[test]
fn whole_scenarios_hold() {
    let mut report = Report::default();
    Watch::new(Kind::Scenarios, seed()).all(time(15.0), &mut report);
    report.end();
    let (ran, refused) = (report.cases("scenarios", "ran"), report.cases("scenarios", "refused"));
    assert!(ran > refused, "{ran} scenarios ran, {refused} were refused");
}

#[test]
fn faults_leave_results_whole() {
    let mut report = Report::default();
    faults::all(seed(), time(12.0), &mut report);
    report.end();
}

/// One case again, as a finding says.
#[test]
fn one_case() {
    let Ok(task) = std::env::var("TAILCAP_HARNESS_CASE") else { return };
    let parts: Vec<&str> = task.split(':').collect();
    let [kind, seed, case] = parts[..] else { panic!("KIND:SEED:CASE is wanted, not {task}") };
    let kind = if kind == "readers" { Kind::Readers } else { Kind::Scenarios };
    let number = |text: &str| text.parse::<u64>().expect("a whole number");
    let mut report = Report::default();
    Watch::new(kind, number(seed)).one(number(case), &mut report);
    report.end();
}
