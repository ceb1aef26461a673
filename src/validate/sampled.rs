//! A scenario and its book that stand in the binary, run through the same stages as a user's.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::Settings;
use crate::engine::LossSample;
use crate::measures::{Comparison, Estimate, Measure};
use crate::portfolio;
use crate::report::results::RunResults;
use crate::run::{self, Prepared};
use crate::scenario::{self, Notation, Rejected};

/// A scenario with its tape.
#[derive(Debug, Clone)]
pub struct Book {
    /// Name in messages.
    pub name: &'static str,
    /// The scenario in TOML.
    pub scenario: String,
    /// The tape.
    pub tape: String,
    /// Trials, unless the user says otherwise.
    pub trials: u64,
    /// Seed, a number of its own for each book: on a common one all large pools would meet the same
    /// factors, and all of their checks the same luck.
    pub seed: u64,
}

/// What a book gave.
#[derive(Debug)]
pub struct Sampled {
    prepared: Prepared,
    sample: LossSample,
    /// The numbers as a result would hold them.
    pub run: RunResults,
}

impl Book {
    /// Trials under these settings.
    pub fn trials(&self, settings: &Settings<'_>) -> u64 {
        settings.trials.unwrap_or(self.trials / settings.divisor).max(1)
    }

    /// Samples and measures.
    ///
    /// # Errors
    ///
    /// Changes that the scenario does not take.
    pub fn sample(&self, settings: &Settings<'_>) -> Result<Sampled, Box<Rejected>> {
        let prepared = self.prepare(settings)?;
        let never = AtomicBool::new(false);
        let threads = settings.threads;
        let carrying = run::Settings { threads, memory: None, stop: &never, finished: &|_| {} };
        let sample = prepared.sample(carrying);
        let run = prepared.measure(&sample, threads);
        Ok(Sampled { prepared, sample, run })
    }

    /// The numbers by the engine that the scenario names.
    ///
    /// # Errors
    ///
    /// Changes that the scenario does not take.
    pub fn run(&self, settings: &Settings<'_>) -> Result<RunResults, Box<Rejected>> {
        let prepared = [self.prepare(settings)?];
        let never = AtomicBool::new(false);
        let threads = settings.threads;
        let carrying = run::Settings { threads, memory: None, stop: &never, finished: &|_| {} };
        let mut outcome = run::carry_out(&prepared, carrying)
            .unwrap_or_else(|error| unreachable!("nothing stops a case: {error}"));
        Ok(outcome.results.runs.swap_remove(0))
    }

    fn prepare(&self, settings: &Settings<'_>) -> Result<Prepared, Box<Rejected>> {
        let (trials, seed) = (self.trials(settings), self.seed);
        let mut overrides = vec![format!("sampling.trials={trials}"), format!("seed={seed}")];
        overrides.extend_from_slice(settings.overrides);
        let path = Path::new(self.name);
        let loaded = scenario::load_text(path, &self.scenario, Notation::Toml, &overrides)?;
        let read = |spec: &_, currency: &_| {
            portfolio::load_from_reader(self.tape.as_bytes(), spec, currency)
        };
        let mut prepared = match run::prepare_from(&loaded, &read) {
            Ok(prepared) => prepared,
            Err(refused) => {
                let (faults, places) = (refused.faults, loaded.places);
                return Err(Box::new(Rejected { faults, places }));
            }
        };
        Ok(prepared.swap_remove(0))
    }
}

impl Sampled {
    /// A number of a scope by policy, measure and level or threshold; NaN if there is none, which no
    /// check passes.
    pub fn found(&self, scope: &str, policy: &str, measure: Measure, at: Option<f64>) -> f64 {
        self.estimate(scope, policy, measure, at).map_or(f64::NAN, |estimate| estimate.value)
    }

    /// The same with its error.
    pub fn estimate(
        &self,
        scope: &str,
        policy: &str,
        measure: Measure,
        at: Option<f64>,
    ) -> Option<&Estimate> {
        estimate(&self.run, (scope, policy), (measure, at), Comparison::Level)
    }

    /// Share of the trials whose loss under the first policy is `loss`, smallest units.
    pub fn share_of(&self, loss: i64) -> f64 {
        let columns: Vec<usize> = (0..self.prepared.columns.len()).collect();
        let losses = self.sample.losses(0, &columns);
        losses.iter().filter(|&&x| x == loss).count() as f64 / losses.len() as f64
    }

    /// Trials drawn.
    pub fn trials(&self) -> u64 {
        self.run.trials
    }
}

/// A number of a scope and policy by measure, level or threshold, and comparison.
pub fn estimate<'r>(
    run: &'r RunResults,
    (scope, policy): (&str, &str),
    (measure, at): (Measure, Option<f64>),
    comparison: Comparison,
) -> Option<&'r Estimate> {
    let row = run.summary.rows.iter().find(|row| {
        row.scope == scope
            && row.policy == policy
            && row.measure == measure
            && row.level.or(row.threshold) == at
            && row.comparison == comparison
    });
    row.map(|row| &row.estimate)
}
