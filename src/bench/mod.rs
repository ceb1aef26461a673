//! How fast the engine is on this machine: `tailcap bench`.

pub mod workloads;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Carrying;
use crate::run::{Prepared, Settings};
use workloads::Workload;

/// Number of the format of the JSON report.
pub const REPORT_FORMAT: u32 = 1;

/// What was measured on one machine.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// [`REPORT_FORMAT`].
    pub format: u32,
    /// Version of the software.
    pub version: String,
    /// Target it was built for.
    pub target: String,
    /// Processors that the system offers.
    pub processors: usize,
    /// One per workload and number of threads.
    pub timings: Vec<Timing>,
}

/// Times of one workload.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Timing {
    /// Name of the workload.
    pub workload: String,
    /// What it is.
    pub title: String,
    /// People in the book.
    pub borrowers: u64,
    /// Policies.
    pub policies: usize,
    /// Trials that were drawn.
    pub trials: u64,
    /// Threads.
    pub threads: usize,
    /// Seconds of sampling in each repetition; reading and setting up are not in them. Of a run that ends
    /// once a number is known, finding the plan and measuring after each round are.
    pub seconds: Vec<f64>,
    /// Their median.
    pub median_seconds: f64,
    /// People times trials over the median.
    pub borrower_trials_per_second: f64,
    /// Seconds that reading the tape and setting up took.
    pub set_up_seconds: f64,
}

/// Times the engine on a workload with each number of threads.
pub fn time(
    workload: &Workload,
    trials: Option<u64>,
    threads: &[usize],
    repeats: usize,
) -> Vec<Timing> {
    let began = Instant::now();
    let prepared = workload.prepare();
    let set_up_seconds = began.elapsed().as_secs_f64();
    let trials = trials.unwrap_or(workload.trials);
    let one = |&threads: &usize| {
        let (seconds, trials) = match workload.until_known {
            None => (sampled(&prepared, trials, threads, repeats), trials),
            Some(_) => known(&prepared, threads, repeats),
        };
        let median_seconds = median(&seconds);
        let borrowers = prepared.book().people();
        Timing {
            workload: workload.id.to_owned(),
            title: workload.title.to_owned(),
            borrowers,
            policies: prepared.scenario.policies.len(),
            trials,
            threads,
            median_seconds,
            borrower_trials_per_second: borrowers as f64 * trials as f64 / median_seconds,
            seconds,
            set_up_seconds,
        }
    };
    threads.iter().map(one).collect()
}

fn sampled(prepared: &Prepared, trials: u64, threads: usize, repeats: usize) -> Vec<f64> {
    let engine = prepared.engine();
    let stop = AtomicBool::new(false);
    let once = |trials: u64| {
        let began = Instant::now();
        let carrying = Carrying { threads, stop: &stop, finished: &|_| {} };
        let sample = engine.sample(trials, carrying);
        let seconds = began.elapsed().as_secs_f64();
        // The losses have to be worked out, whatever a compiler thinks of them.
        std::hint::black_box(sample);
        seconds
    };
    // Warms caches and the clock of the processor up.
    once(trials / 10 + 1);
    (0..repeats).map(|_| once(trials)).collect()
}

/// Seconds until the scenario's number is known, and the trials that took.
fn known(prepared: &Prepared, threads: usize, repeats: usize) -> (Vec<f64>, u64) {
    let stop = AtomicBool::new(false);
    let mut trials = 0;
    let once = |_| {
        let began = Instant::now();
        let sample =
            prepared.sample(Settings { threads, memory: None, stop: &stop, finished: &|_| {} });
        trials = sample.trials() as u64;
        began.elapsed().as_secs_f64()
    };
    ((0..repeats).map(once).collect(), trials)
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::workloads::{WORKLOADS, find};
    use super::*;

    #[test]
    fn workloads_are_what_they_say() {
        for workload in WORKLOADS.into_iter().filter(|w| w.rows <= 100_000) {
            let prepared = workload.prepare();
            let book = prepared.book();
            assert_eq!(book.entries(), workload.rows as usize, "{}: all different", workload.id);
            let people = u64::from(workload.rows) * u64::from(workload.count.unwrap_or(1));
            assert_eq!(book.people(), people);
            let mean = book.quality.mean_pd_by_borrower;
            assert!((mean / 0.02 - 1.0).abs() < 0.02, "{}: {mean}", workload.id);
        }
        assert_eq!(find("w3"), Some(WORKLOADS[2]));
        assert_eq!(find("w9"), None);
    }

    #[test]
    fn runs_that_end_by_themselves_are_timed_to_their_end() {
        let workload = find("W5").unwrap();
        let [one] = time(&workload, None, &[2], 1).try_into().unwrap();
        assert!((2_048..20_000).contains(&one.trials), "{}", one.trials);
        assert_eq!(one.seconds.len(), 1);
    }

    #[test]
    fn timings_hold_every_repetition() {
        let [one, two] = time(&WORKLOADS[2], Some(20), &[1, 2], 3).try_into().unwrap();
        assert_eq!((one.threads, two.threads, one.seconds.len()), (1, 2, 3));
        assert!(one.seconds.contains(&one.median_seconds) && one.median_seconds > 0.0);
        assert_eq!((one.borrowers, one.policies, one.trials), (500_000_000, 11, 20));
    }
}
