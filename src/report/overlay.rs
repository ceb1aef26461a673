//! Several results in one figure: every policy of every run beside the others, under a name of its own.

use super::at_a_glance::shown;
use super::numbers::{counted, decimal};
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
    pub sources: Option<String>,
}

/// Refuses runs whose losses do not stand on one axis; all reasons at once.
///
/// # Errors
///
/// Another currency, other smallest units, another horizon or coverage than the first result has.
pub fn check(layers: &[Layer<'_>]) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let Some((first, others)) = layers.split_first() else { return Ok(()) };
    for layer in others {
        let (own, other) = (&first.stored.results.scenario, &layer.stored.results.scenario);
        let asked = [
            ("currency", own.currency.clone(), other.currency.clone()),
            ("minor_units", own.minor_units.to_string(), other.minor_units.to_string()),
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

/// The highest level that all runs have.
fn common_level(layers: &[Layer<'_>]) -> Option<f64> {
    let levels = |layer: &Layer<'_>| layer.stored.results.scenario.levels.clone();
    let (first, others) = layers.split_first()?;
    let shared = |level: &f64| others.iter().all(|layer| levels(layer).contains(level));
    levels(first).into_iter().filter(shared).reduce(f64::max)
}

/// Trials, seed and version of every run, unless all have the same.
fn sources(layers: &[Layer<'_>]) -> Option<String> {
    let one = |layer: &Layer<'_>| {
        let results = &layer.stored.results;
        let drawn = match &layer.run.engine {
            Some(engine) => format!("{}, no sampling", engine.name),
            None => {
                let trials = counted(layer.run.trials, "trial", "trials");
                let plan = match layer.run.plan.name {
                    PlanName::Plain => String::new(),
                    plan => format!(", {}", plan.as_str()),
                };
                format!("{trials}{plan}, seed {}", results.scenario.seed)
            }
        };
        (drawn, results.version.clone())
    };
    let all: Vec<_> = layers.iter().map(one).collect();
    if all.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let told =
        layers.iter().zip(&all).map(|(layer, (drawn, _))| format!("{}: {drawn}", layer.label));
    let mut told: Vec<String> = told.collect();
    let mut versions: Vec<&str> = all.iter().map(|(_, version)| version.as_str()).collect();
    versions.dedup();
    if layers.iter().any(|layer| layer.run.engine.is_none()) {
        let confidence = layers.first()?.stored.results.scenario.confidence;
        told.push(format!("{} % bands", decimal(100.0 * confidence, 0)));
    }
    told.push(format!("tailcap {}", versions.join(", ")));
    Some(told.join(" · "))
}
