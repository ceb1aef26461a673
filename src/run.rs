//! The pipeline: a loaded scenario becomes results. Calls and hands over; the arithmetic lives in
//! the stages.

mod attribution;
mod exact;
mod lenders;
mod prepare;
mod studies;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::{
    Carrying, Costs, Defaults, Engine, Holding, LossSample, MOST_POINTS, Moves, Need, Plan,
    PlanName, Room, Severities, Wanted, find_plan,
};
use crate::error::{Error, Fault};
use crate::measures::drawn::{Drawn, averaging_one};
use crate::measures::irb::IrbCapital;
use crate::measures::statistic::Asked;
use crate::measures::summary::{self, Inputs, Summary, series_per_policy, summarise};
use crate::measures::verdict::{Evidence, Judgement, RunRows, judge};
use crate::measures::{Estimate, MeanReference, mean_reference, precision};
use crate::model::{Model, Severity};
use crate::policy::{Applied, Bands, Effect};
use crate::portfolio::{Columns, LoadedTape, Portfolio};
use crate::report::assumptions::assumptions;
use crate::report::results::{Results, RunResults, StopReason, Warning};
use crate::report::who_is_cut::who_is_cut;
use crate::report::{Key, facts, manifest, warnings};
use crate::scenario::{
    BaselRetail, Channels, Loaded, PortfolioSpec, Precision, Sampling, SamplingPlan, Scenario, Vary,
};
use crate::system::market::Market;
use crate::system::sample::SystemSample;
use crate::system::{self, Scope};
use crate::units::Currency;

pub use prepare::{prepare, prepare_from};

/// Everything about a scenario or variant that is known before sampling.
#[derive(Debug)]
pub struct Prepared {
    /// Its checked text.
    pub scenario: Scenario,
    /// `base` or the variant's id.
    pub variant: String,
    /// Its title.
    pub title: String,
    /// The book and its checksum.
    pub tape: Arc<LoadedTape>,
    /// Lender x segment parts.
    pub columns: Columns,
    /// Bands by which those who are cut are told apart.
    pub bands: Bands,
    /// Dependence and stress.
    pub model: Model,
    /// Laws of what defaults cost; `None` where that is LGD times EAD, whatever the year.
    pub severity: Option<Severity>,
    /// The policies on the book.
    pub applied: Vec<Applied>,
    /// The lenders with their funding, where the scenario has a system.
    pub market: Option<Market>,
    /// Whether each policy comes with the shock; no cut of equal credit does.
    pub during: Vec<bool>,
    /// Checksum of the file of debts between lenders, if there is one.
    pub network_sha256: Option<String>,
    /// Codes of the lenders that may take debts of people who have no account there.
    pub new_lenders: Vec<usize>,
    /// Basel retail class of each segment, for the capital beside the simulated one.
    pub irb_classes: Vec<Option<BaselRetail>>,
    /// Reads the scenario with other numbers, for its regions and break-evens; variants have none.
    pub vary: Option<Vary>,
}

/// Input refused by a stage after loading.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub faults: Vec<Fault>,
    /// Index of the variant, `None` for the scenario itself.
    pub variant: Option<usize>,
}

/// How to carry a run out; nothing here changes a number.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// Threads.
    pub threads: usize,
    /// Memory that the run may take, if limited.
    pub memory: Option<Room>,
    /// Set to stop after the blocks under way.
    pub stop: &'a AtomicBool,
    /// Called with the number of trials of each finished block.
    pub finished: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Settings<'a> {
    /// As the engine takes them.
    fn carrying(&self) -> Carrying<'a> {
        Carrying { threads: self.threads, stop: self.stop, finished: self.finished }
    }
}

/// What a run gives.
#[derive(Debug)]
pub struct Outcome {
    /// The results.
    pub results: Results,
    /// Losses of the trials, one sample per run, for those who asked for them.
    pub samples: Vec<LossSample>,
}

/// Who defaults together, and what a default costs where that follows laws.
type Laws<'a> = (&'a Model, Option<&'a Severity>);

/// From what a scenario says about its book to the book.
pub type Reader<'a> = &'a dyn Fn(&PortfolioSpec, &Currency) -> Result<LoadedTape, Vec<Fault>>;

/// What identifies the results of a prepared scenario.
pub fn key(loaded: &Loaded, prepared: &[Prepared]) -> Key {
    Key {
        version: crate::VERSION.to_owned(),
        numbers: manifest::NUMBERS,
        scenario_sha256: manifest::sha256(loaded.checksum_text.as_bytes()),
        data_sha256: prepared.iter().map(Prepared::data_sha256).collect(),
    }
}

/// Samples and measures every run in turn. After a stop the run under way ends with the trials it
/// has and the ones behind it are left out; stopped before the first block is an error.
pub fn carry_out(prepared: &[Prepared], settings: Settings<'_>) -> Result<Outcome, Error> {
    check_memory(prepared, settings)?;
    let mut runs = Vec::new();
    let mut samples = Vec::new();
    for one in prepared {
        if settings.stop.load(Ordering::Relaxed) {
            break;
        }
        if !one.is_sampled() {
            // Nothing is kept of a run that was stopped: there are no first trials of it.
            let Some(run) = one.work_out(settings) else { break };
            runs.push(run);
            samples.push(LossSample::none());
            continue;
        }
        let sample = one.sample(settings);
        if sample.blocks.is_empty() {
            break;
        }
        let mut run = one.measure(&sample, settings.threads);
        run.summary.attribution = one.attribution(&sample, settings);
        (run.regions, run.break_evens) = one.studies(&sample, settings)?;
        if !sample.stopped && one.lacks_studies(&run) {
            run.stop = StopReason::Interrupted;
            run.warnings.push(Warning::StudiesInterrupted);
        }
        runs.push(run);
        samples.push(sample);
    }
    if runs.is_empty() {
        return Err(Error::Interrupted);
    }
    let scenario = &prepared[0].scenario;
    let verdicts = judge_all(scenario, &runs);
    let results = Results {
        format: crate::report::results::RESULTS_FORMAT,
        version: crate::VERSION.to_owned(),
        scenario: facts::scenario(scenario),
        runs,
        verdicts,
    };
    Ok(Outcome { results, samples })
}

impl Prepared {
    /// Bytes of the book and of the exposures that are stored.
    fn bytes_held(&self) -> u64 {
        let accounts = self.book().accounts.limit.len() as u64;
        let stored: u64 = self.applied.iter().map(|a| a.effect.bytes(self.book())).sum();
        let moves = match self.applied.iter().any(|a| a.effect.is_behavioural()) {
            true => Moves::bytes(self.book(), self.applied.len()),
            false => 0,
        };
        accounts * BOOK_BYTES + stored + moves
    }

    /// Checksum of the tape, with that of the debts between lenders where they stand in a file.
    fn data_sha256(&self) -> String {
        let tape = &self.tape.sha256;
        match &self.network_sha256 {
            Some(network) => manifest::sha256(format!("{tape}{network}").as_bytes()),
            None => tape.clone(),
        }
    }

    /// The book.
    pub fn book(&self) -> &Portfolio {
        &self.tape.portfolio
    }

    /// The book ready to be sampled under all policies.
    pub fn engine(&self) -> Engine<'_> {
        let effects: Vec<&Effect> = self.applied.iter().map(|a| &a.effect).collect();
        let laws = (&self.model, self.severity.as_ref());
        let setting = (laws, self.plan(), self.new_lenders.as_slice());
        self.engine_under(setting, &effects, &self.columns)
    }

    /// The book ready to be sampled under some effects, by a plan.
    fn engine_under<'a>(
        &'a self,
        ((model, severity), plan, new_lenders): (Laws<'a>, Plan, &[usize]),
        effects: &[&'a Effect],
        columns: &'a Columns,
    ) -> Engine<'a> {
        let book = self.book();
        let baseline = &self.applied[self.scenario.baseline].effect.exposure;
        let column = |new: usize, segment| columns.at(segment, new_lenders[new]);
        let moves = Moves::new(book, model, effects, column);
        let defaults = Defaults::new(self.scenario.seed, book, model)
            .with_plan(plan, baseline)
            .with_moves(moves);
        let exposures = effects.iter().map(|effect| &effect.exposure).collect();
        let touched = defaults.moves().is_some();
        let holding = match severity {
            Some(_) => Holding::Lean,
            None if touched => Holding::Rows,
            None => Holding::Auto,
        };
        let costs = Costs::new(book, columns, exposures, holding);
        let severity = severity
            .map(|laws| Severities::new(self.scenario.seed, (book, model), laws, effects.to_vec()));
        Engine::new(book, columns, defaults, costs).with_severity(severity)
    }

    /// The trials of a sample of the run once more, under some effects.
    fn sample_effects(
        &self,
        effects: &[Effect],
        columns: &Columns,
        sample: &LossSample,
        settings: Settings<'_>,
    ) -> LossSample {
        let effects: Vec<&Effect> = effects.iter().collect();
        let laws = (&self.model, self.severity.as_ref());
        let setting = (laws, sample.plan.clone(), self.new_lenders.as_slice());
        let engine = self.engine_under(setting, &effects, columns).without_counts();
        engine.sample(sample.trials() as u64, settings.carrying())
    }

    /// How trials are drawn, as the scenario asks and the book suggests.
    pub fn plan(&self) -> Plan {
        self.plan_for(&self.model, &self.applied[self.scenario.baseline].effect)
    }

    fn plan_for(&self, model: &Model, baseline: &Effect) -> Plan {
        let scenario = &self.scenario;
        let name = match scenario.sampling.plan {
            SamplingPlan::Plain => PlanName::Plain,
            SamplingPlan::Importance => PlanName::Importance,
            SamplingPlan::Quasi => PlanName::Quasi,
            // Where the book does not ask for it, less comes of it.
            SamplingPlan::ImportanceQuasi | SamplingPlan::Auto => PlanName::ImportanceQuasi,
        };
        let thresholds: Vec<i64> = scenario.thresholds.iter().map(|x| x.0).collect();
        // Where PDs may move everybody has a mark.
        let may_twist = !model.counts()
            && scenario.behaviour.active() == Channels::NONE
            && scenario.regions.is_empty()
            && scenario.break_evens.is_empty()
            && scenario.system.as_ref().is_none_or(|system| system.feedback.is_none());
        let wanted = Wanted { name, levels: &scenario.levels, thresholds: &thresholds, may_twist };
        find_plan(wanted, self.book(), model, &baseline.exposure)
    }

    /// The parts of the system that are reported.
    pub fn scopes(&self) -> Vec<Scope> {
        system::scopes(self.book(), &self.columns, self.market.as_ref())
    }

    /// Trials 0.. of the scenario, as many as it asks for.
    pub fn sample(&self, settings: Settings<'_>) -> LossSample {
        let Settings { threads, .. } = settings;
        let carrying = settings.carrying();
        let engine = self.engine();
        let Sampling { trials: most, until, .. } = self.scenario.sampling;
        let Some(wanted) = until else { return engine.sample(most, carrying) };
        let plain = engine.plan().name == PlanName::Plain;
        let mut trials = precision::first_round(&self.scenario.levels, plain, most);
        let mut sample = engine.sample(trials, carrying);
        while !sample.stopped && trials < most {
            let number = self.number(&sample, &wanted, threads);
            let Some(number) = number.filter(|n| !precision::is_met(n, wanted.error)) else {
                break;
            };
            trials = precision::next_round(trials, &number, wanted.error, most);
            engine.extend(&mut sample, trials, carrying);
        }
        sample
    }

    /// The number that sampling goes on for.
    fn number(&self, sample: &LossSample, wanted: &Precision, threads: usize) -> Option<Estimate> {
        self.with_inputs(sample, (None, None, None), threads, |inputs| {
            summary::number(inputs, wanted)
        })
    }

    /// Measures on a sample of this run.
    pub fn measure(&self, sample: &LossSample, threads: usize) -> RunResults {
        let lenders = self.lenders(sample, threads);
        let irb = self.irb();
        let reference =
            mean_reference(self.book(), &self.model, self.severity.as_ref(), &self.applied);
        let beside = (lenders.as_ref(), irb.as_ref(), Some(&reference));
        let summary = self.with_inputs(sample, beside, threads, summarise);
        let wanted = self.scenario.sampling.until;
        let number = wanted.and_then(|wanted| self.number(sample, &wanted, threads));
        let mut run = self.results(sample, summary, number, &reference);
        run.system = lenders.as_ref().and_then(|own| self.system_results(sample, own, threads));
        run.warnings = warnings::of(&self.scenario, &run, &reference, &self.model);
        run
    }

    /// Capital by the Basel retail formula, where segments have classes.
    fn irb(&self) -> Option<IrbCapital> {
        let effects: Vec<&Effect> = self.applied.iter().map(|a| &a.effect).collect();
        let classes = self.irb_classes.as_slice();
        IrbCapital::of(self.book(), &self.columns, &effects, classes, &self.new_lenders)
    }

    fn with_inputs<T>(
        &self,
        sample: &LossSample,
        (lenders, irb, reference): Beside<'_>,
        threads: usize,
        take: impl FnOnce(Inputs<'_>) -> T,
    ) -> T {
        let scenario = &self.scenario;
        self.with_asked(sample, |asked| {
            take(Inputs {
                sample,
                policies: &scenario.policies,
                applied: &self.applied,
                scopes: &self.scopes(),
                borne: self.borne_by(lenders),
                irb,
                reference,
                baseline: scenario.baseline,
                most_defaults: if self.model.counts() { MOST_DEFAULTS } else { 1 },
                asked,
                threads,
            })
        })
    }

    fn with_asked<T>(&self, sample: &LossSample, take: impl FnOnce(Asked<'_>) -> T) -> T {
        let scenario = &self.scenario;
        let thresholds: Vec<i64> = scenario.thresholds.iter().map(|x| x.0).collect();
        let weights = sample.weights().map(|weights| averaging_one(&weights));
        let Plan { randomisations, .. } = sample.plan;
        let heaviest = sample.plan.heaviest();
        let drawn = Drawn::of(scenario.confidence, weights.as_deref(), heaviest, randomisations);
        take(Asked {
            levels: &scenario.levels,
            thresholds: &thresholds,
            drawn,
            per_unit: scenario.currency.per_unit(),
        })
    }

    fn results(
        &self,
        sample: &LossSample,
        summary: Summary,
        number: Option<Estimate>,
        reference: &MeanReference,
    ) -> RunResults {
        let scenario = &self.scenario;
        let precision = facts::precision(scenario, number);
        let policies = facts::policies(scenario, &self.applied, reference);
        RunResults {
            variant: self.variant.clone(),
            title: self.title.clone(),
            plan: sample.plan.clone(),
            trials: sample.trials() as u64,
            engine: None,
            stop: facts::stop_reason(sample, precision.as_ref()),
            precision,
            portfolio: facts::portfolio(self.book()),
            policies,
            who_is_cut: who_is_cut(scenario, &self.bands, &self.applied),
            assumptions: assumptions(scenario, self.book()),
            warnings: Vec::new(),
            regions: Vec::new(),
            break_evens: Vec::new(),
            system: None,
            summary,
        }
    }
}

/// What is known beside a sample: lenders, capital by formula, exact means.
type Beside<'a> = (Option<&'a SystemSample>, Option<&'a IrbCapital>, Option<&'a MeanReference>);

/// The verdicts on the scenario's statements.
fn judge_all(scenario: &Scenario, runs: &[RunResults]) -> Vec<Judgement> {
    let rows = |run| RunResults::rows(run);
    let runs: Vec<RunRows<'_>> = runs.iter().map(rows).collect();
    let policies: Vec<String> = scenario.policies.iter().map(|p| p.id.clone()).collect();
    let evidence = Evidence {
        policies: &policies,
        runs: &runs,
        confidence: scenario.confidence,
        per_unit: scenario.currency.per_unit(),
    };
    judge(&scenario.expectations, evidence)
}

/// Defaults of one person that bounds allow for where they are counted: with the rates of a book more have
/// a probability far below 1e-12.
const MOST_DEFAULTS: i64 = 64;

/// Bytes of an account in a book, most columns present.
const BOOK_BYTES: u64 = 32;

/// Bytes of the curves and drawings of a policy that is no step of a ladder, with its proportional cut.
const DRAWN: u64 = 2 << 20;
/// Rows of results of a policy in a scope, for each level, threshold and once more; about.
const ROWS_EACH: u64 = 15;
/// Bytes that a point above the envelope takes, and people of the largest cell.
const POINT_BYTES: u64 = 64;
const CELL_PEOPLE: u64 = 1 << 16;

/// What the program itself holds, at most; it belongs to the rest of a prediction.
const PROGRAM: u64 = 48 << 20;

/// Refuses runs that would not fit, before the first of them starts.
fn check_memory(prepared: &[Prepared], settings: Settings<'_>) -> Result<(), Error> {
    let Some(room) = settings.memory else { return Ok(()) };
    let modelled: u64 = prepared.iter().map(Prepared::bytes_held).sum();
    // Measured, where the system says it: books, exposures and matrices stand in memory by now.
    let mut held = modelled.max(room.taken.saturating_sub(PROGRAM));
    for one in prepared.iter().filter(|one| one.is_sampled()) {
        let need = one.need(held, settings);
        if need.bytes() > room.bytes {
            return Err(warnings::memory_refusal(need, room));
        }
        held = held.saturating_add(need.kept());
    }
    Ok(())
}

impl Prepared {
    /// What the run needs next to what is held already.
    fn need(&self, held: u64, settings: Settings<'_>) -> Need {
        let scenario = &self.scenario;
        let policies = self.applied.len() as u64;
        let moves = self.applied.iter().any(|own| own.effect.is_behavioural());
        let levels = scenario.levels.len() as u64;
        let each = ROWS_EACH * (levels + scenario.thresholds.len() as u64 + 1);
        let people = self.book().people().min(CELL_PEOPLE);
        let points = if moves { POINT_BYTES * (48 * people).min(MOST_POINTS) } else { 0 };
        let lenders = self.market.as_ref().map_or(0, Market::cleared_lenders) as u64;
        let drawn = scenario.policies.iter().filter(|own| own.ladder.is_none()).count() as u64;
        let apart = self.attribution_bytes() + self.study_bytes() + self.system_bytes();
        Need {
            trials: scenario.sampling.trials,
            policies,
            columns: self.columns.len() as u64,
            segments: self.book().borrowers.segment.names.len() as u64,
            series: series_per_policy(scenario.system.as_ref()),
            levels,
            threads: settings.threads as u64,
            counted: if moves { policies } else { 1 },
            rows: self.scopes().len() as u64 * scenario.policies.len() as u64 * each,
            scratch: points + 4 * 8 * lenders * lenders,
            held: held.saturating_add(apart).saturating_add(drawn * DRAWN),
            peak: settings.memory.map_or(0, |room| room.peak),
        }
    }
}
