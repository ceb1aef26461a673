//! Several results in one figure: every policy of every run beside the others, under a name of its own.

use super::at_a_glance::shown;
use super::results::RunResults;
use super::stored::Stored;
use crate::engine::PlanName;
use crate::error::{Fault, FaultKind, Place};
use crate::measures::frontier::FrontierPoint;
use crate::measures::series::{DensitySeries, ExceedanceSeries};

/// A run that is laid over others.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// How it is called.
    pub label: &'a str,
    /// The result it is of.
    pub stored: &'a Stored,
    /// The run.
    pub run: &'a RunResults,
}

/// A policy of one of the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Id among all.
    pub id: String,
    /// `run label · policy title`.
    pub title: String,
    /// Whether it is a step of a ladder.
    pub is_step: bool,
}

/// One of several runs as figures name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// How it is called.
    pub label: String,
    /// Its trials; 0 where its numbers were worked out.
    pub trials: u64,
    /// Its sampling plan, where it is not the plain one; its engine where nothing was sampled.
    pub plan: Option<&'static str>,
    /// Its seed.
    pub seed: u64,
}

/// The series of all runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    /// The policies, run by run.
    pub policies: Vec<Named>,
    /// Densities of the system.
    pub densities: Vec<DensitySeries>,
    /// Exceedance curves of the system.
    pub exceedance: Vec<ExceedanceSeries>,
    /// Points of the highest level that all have; empty where there is none.
    pub frontier: Vec<FrontierPoint>,
    /// The baseline of the first run.
    pub baseline: String,
    /// Where the numbers come from, where that differs between the runs.
    pub sources: Vec<Source>,
    /// The versions of tailcap that computed them.
    pub version: String,
}

/// Refuses runs whose losses do not stand on one axis; all reasons at once.
///
/// # Errors
///
/// Another currency, another horizon or coverage than the first result has.
pub fn check(layers: &[Layer<'_>]) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let Some((first, others)) = layers.split_first() else { return Ok(()) };
    for layer in others {
        let (own, other) = (&first.stored.results.scenario, &layer.stored.results.scenario);
        let asked = [
            ("currency", own.currency.clone(), other.currency.clone()),
            ("horizon", own.horizon.clone(), other.horizon.clone()),
            ("confidence", own.confidence.to_string(), other.confidence.to_string()),
        ];
        for (what, required, found) in asked.into_iter().filter(|(_, a, b)| a != b) {
            let required = format!("`{required}`, as in `{}`", first.stored.path.display());
            let kind = FaultKind::Value { what: what.into(), found, required };
            let fault = Fault::new(Place::File(layer.stored.file.clone()), kind);
            let hint = "figures of both on one axis would mislead: plot them one by one";
            faults.push(fault.with_hint(hint));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Lays the runs over each other. `chosen` are ids of policies; empty: those that each run has room for.
pub fn overlay(layers: &[Layer<'_>], chosen: &[String]) -> Overlay {
    let name = |layer: &Layer<'_>, policy: &str| format!("{} · {policy}", layer.label);
    let mut own = Overlay {
        policies: Vec::new(),
        densities: Vec::new(),
        exceedance: Vec::new(),
        frontier: Vec::new(),
        baseline: String::new(),
        sources: sources(layers),
        version: versions(layers),
    };
    let level = common_level(layers);
    for layer in layers {
        let facts = &layer.stored.results.scenario;
        if own.baseline.is_empty() {
            own.baseline = name(layer, &facts.baseline);
        }
        let policies = if chosen.is_empty() {
            shown(&layer.run.policies, &facts.baseline)
        } else {
            layer.run.policies.iter().filter(|policy| chosen.contains(&policy.id)).collect()
        };
        let is_shown = |policy: &str| policies.iter().any(|own| own.id == policy);
        let summary = &layer.run.summary;
        own.policies.extend(policies.iter().map(|policy| Named {
            id: name(layer, &policy.id),
            title: name(layer, &policy.title),
            is_step: policy.ladder.is_some(),
        }));
        let densities = summary.densities.iter().filter(|series| is_shown(&series.policy));
        own.densities.extend(densities.map(|series| DensitySeries {
            policy: name(layer, &series.policy),
            title: name(layer, &series.title),
            ..series.clone()
        }));
        let exceedance = summary.system_exceedance();
        let exceedance = exceedance.into_iter().filter(|series| is_shown(&series.policy));
        own.exceedance.extend(exceedance.map(|series| ExceedanceSeries {
            policy: name(layer, &series.policy),
            title: name(layer, &series.title),
            ..series
        }));
        // Each saves against its own baseline, which stands at the origin.
        let points = summary.frontier.iter().filter(|point| {
            Some(point.level) == level
                && point.policy != facts.baseline
                && (chosen.is_empty() || chosen.contains(&point.policy))
        });
        own.frontier.extend(points.map(|point| FrontierPoint {
            policy: name(layer, &point.policy),
            title: name(layer, &point.title),
            ladder: point.ladder.as_ref().map(|ladder| name(layer, ladder)),
            ..point.clone()
        }));
    }
    // One policy of all runs stands together, in the order of the first run that has it.
    let mut order: Vec<&str> = Vec::new();
    for policy in layers.iter().flat_map(|layer| &layer.run.policies) {
        if !order.contains(&policy.id.as_str()) {
            order.push(&policy.id);
        }
    }
    let place = |id: &str| {
        let own = |layer: &&Layer<'_>| id.strip_prefix(&name(layer, ""));
        let bare = layers.iter().find_map(|layer| own(&layer)).unwrap_or(id);
        order.iter().position(|policy| *policy == bare)
    };
    own.policies.sort_by_key(|policy| place(&policy.id));
    own.densities.sort_by_key(|series| place(&series.policy));
    own.exceedance.sort_by_key(|series| place(&series.policy));
    own
}

/// The versions of all runs, each once.
fn versions(layers: &[Layer<'_>]) -> String {
    let mut versions: Vec<&str> = Vec::new();
    for layer in layers {
        if !versions.contains(&layer.stored.results.version.as_str()) {
            versions.push(&layer.stored.results.version);
        }
    }
    versions.join(", ")
}

/// The highest level that all runs have.
fn common_level(layers: &[Layer<'_>]) -> Option<f64> {
    let levels = |layer: &Layer<'_>| layer.stored.results.scenario.levels.clone();
    let (first, others) = layers.split_first()?;
    let shared = |level: &f64| others.iter().all(|layer| levels(layer).contains(level));
    levels(first).into_iter().filter(shared).reduce(f64::max)
}

/// Trials, plan and seed of every run, unless all have the same.
fn sources(layers: &[Layer<'_>]) -> Vec<Source> {
    let one = |layer: &Layer<'_>| Source {
        label: layer.label.to_owned(),
        trials: if layer.run.engine.is_some() { 0 } else { layer.run.trials },
        plan: plan(layer.run),
        seed: layer.stored.results.scenario.seed,
    };
    let all: Vec<Source> = layers.iter().map(one).collect();
    let same = |pair: &[Source]| {
        (pair[0].trials, pair[0].plan, pair[0].seed) == (pair[1].trials, pair[1].plan, pair[1].seed)
    };
    if all.windows(2).all(same) { Vec::new() } else { all }
}

/// How a run was drawn, where not plainly; how it was worked out where nothing was.
pub fn plan(run: &RunResults) -> Option<&'static str> {
    match &run.engine {
        Some(engine) if engine.name == "large-pool" => Some("large-pool"),
        Some(_) => Some("exact"),
        None => Some(run.plan.name).filter(|&name| name != PlanName::Plain).map(PlanName::as_str),
    }
}
