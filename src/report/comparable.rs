//! Whether two results can be held against each other, and what the reader has to know if so.

use schemars::JsonSchema;
use serde::Serialize;

use super::numbers::count;
use super::results::{RunResults, StopReason};
use super::stored::Stored;
use crate::error::{Fault, FaultKind, Place};

/// What differs between two results that can be compared all the same.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Other versions of tailcap.
    Version {
        /// Of A.
        a: String,
        /// Of B.
        b: String,
    },
    /// The books behind the numbers are not the same bytes.
    Book,
    /// The checksum of a book is not known, for lack of a manifest.
    BookUnknown,
    /// Other numbers of trials.
    Trials {
        /// Of A.
        a: u64,
        /// Of B.
        b: u64,
    },
    /// A run was interrupted.
    Interrupted {
        /// `A` or `B`.
        side: Side,
        /// Its trials.
        trials: u64,
    },
    /// The bands take the errors as independent although both runs share their random numbers.
    SharedRandomNumbers {
        /// The seed.
        seed: u64,
    },
    /// Policies of one side only, which are left out.
    PoliciesOfOneSide {
        /// `A` or `B`.
        side: Side,
        /// Their ids.
        policies: Vec<String>,
    },
    /// Levels of one side only, whose VaR, ES and economic capital are left out.
    LevelsOfOneSide {
        /// `A` or `B`.
        side: Side,
        /// The levels.
        levels: Vec<f64>,
    },
    /// The baselines differ, so that changes against them answer other questions.
    Baseline {
        /// Of A.
        a: String,
        /// Of B.
        b: String,
    },
}

/// One of the two results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Side {
    /// The first one given.
    A,
    /// The second one given.
    B,
}

/// The runs of both that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    /// Of A.
    pub a: &'a RunResults,
    /// Of B.
    pub b: &'a RunResults,
}

/// Refuses what cannot be compared: all that stands in the way at once.
pub fn check<'s>(a: &'s Stored, b: &'s Stored, variant: &str) -> Result<Runs<'s>, Vec<Fault>> {
    let mut faults = Vec::new();
    let (own, other) = (&a.results.scenario, &b.results.scenario);
    let mut differs = |what: &str, found: String, required: String, hint: &str| {
        if found != required {
            let required = format!("`{required}`, as in `{}`", a.path.display());
            let kind = FaultKind::Value { what: what.into(), found, required };
            faults.push(Fault::new(Place::File(b.file.clone()), kind).with_hint(hint));
        }
    };
    let again = "set it in one of the scenarios as in the other, and run that again";
    differs(
        "currency",
        other.currency.clone(),
        own.currency.clone(),
        "convert one of the tapes, and run that again",
    );
    differs("horizon", other.horizon.clone(), own.horizon.clone(), again);
    differs("confidence", other.confidence.to_string(), own.confidence.to_string(), again);
    if !own.levels.iter().any(|q| other.levels.contains(q)) {
        let required =
            format!("at least one of {}, as in `{}`", list(&own.levels), a.path.display());
        let (what, found) = ("list of levels".into(), list(&other.levels));
        let kind = FaultKind::Value { what, found, required };
        faults.push(Fault::new(Place::File(b.file.clone()), kind).with_hint(again));
    }
    let find = |stored: &'s Stored| {
        let runs = &stored.results.runs;
        runs.iter().find(|run| run.variant == variant).ok_or_else(|| {
            let known = runs.iter().map(|run| run.variant.clone()).collect();
            let (what, found) = ("variant".into(), variant.to_owned());
            let kind = FaultKind::UnknownName { what, found, known };
            Fault::new(Place::File(stored.file.clone()), kind)
        })
    };
    let runs = match (find(a), find(b)) {
        (Ok(a), Ok(b)) => Some(Runs { a, b }),
        (a, b) => {
            faults.extend(a.err().into_iter().chain(b.err()));
            None
        }
    };
    if let Some(runs) = runs
        && runs.shared().is_empty()
    {
        let ids = |run: &RunResults| list(run.policies.iter().map(|p| &p.id));
        let (what, found) = ("list of policies".into(), ids(runs.b));
        let required = format!("at least one of {}, as in `{}`", ids(runs.a), a.path.display());
        let kind = FaultKind::Value { what, found, required };
        let hint = "policies are matched by their ids";
        faults.push(Fault::new(Place::File(b.file.clone()), kind).with_hint(hint));
    }
    match runs {
        Some(runs) if faults.is_empty() => Ok(runs),
        _ => Err(faults),
    }
}

impl Runs<'_> {
    /// Ids of the policies that both have, in the order of A.
    pub fn shared(&self) -> Vec<String> {
        let has = |id: &String| self.b.policies.iter().any(|p| p.id == *id);
        self.a.policies.iter().map(|p| p.id.clone()).filter(has).collect()
    }
}

/// What differs, apart from what bands have to say.
pub fn notes(a: &Stored, b: &Stored, runs: Runs<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    if a.results.version != b.results.version {
        let (a, b) = (a.results.version.clone(), b.results.version.clone());
        notes.push(Note::Version { a, b });
    }
    match (a.book(&runs.a.variant), b.book(&runs.b.variant)) {
        (Some(a), Some(b)) if a == b => {}
        (Some(_), Some(_)) => notes.push(Note::Book),
        _ => notes.push(Note::BookUnknown),
    }
    if runs.a.trials != runs.b.trials {
        notes.push(Note::Trials { a: runs.a.trials, b: runs.b.trials });
    }
    for (side, run) in [(Side::A, runs.a), (Side::B, runs.b)] {
        if run.stop == StopReason::Interrupted {
            notes.push(Note::Interrupted { side, trials: run.trials });
        }
    }
    let (own, other) = (&a.results.scenario, &b.results.scenario);
    if own.baseline != other.baseline {
        notes.push(Note::Baseline { a: own.baseline.clone(), b: other.baseline.clone() });
    }
    for (side, run, rest) in [(Side::A, runs.a, runs.b), (Side::B, runs.b, runs.a)] {
        let only = |id: &String| !rest.policies.iter().any(|p| p.id == *id);
        let policies: Vec<String> =
            run.policies.iter().map(|p| p.id.clone()).filter(only).collect();
        if !policies.is_empty() {
            notes.push(Note::PoliciesOfOneSide { side, policies });
        }
    }
    for (side, facts, rest) in [(Side::A, own, other), (Side::B, other, own)] {
        let levels: Vec<f64> =
            facts.levels.iter().copied().filter(|q| !rest.levels.contains(q)).collect();
        if !levels.is_empty() {
            notes.push(Note::LevelsOfOneSide { side, levels });
        }
    }
    notes
}

fn list<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// A note in words.
pub fn describe(note: &Note) -> String {
    match note {
        Note::Version { a, b } => format!(
            "A is of tailcap {a}, B of {b}: CHANGELOG.md says whether numbers changed between them"
        ),
        Note::Book => "the books differ: part of a difference may come from the data".into(),
        Note::BookUnknown => {
            "no manifest.json beside one of the results: the books may differ".into()
        }
        Note::Trials { a, b } => format!("A has {} trials, B {}", count(*a), count(*b)),
        Note::Interrupted { side, trials } => {
            format!("{side:?} was interrupted after {} trials", count(*trials))
        }
        Note::SharedRandomNumbers { seed } => format!(
            "both runs draw on seed {seed}, which bands of independent errors ignore: they are usually \
             too wide. What pairs the errors of the system: `trial_losses = true` under [output] of \
             both, with as many trials; or both policies in one scenario"
        ),
        Note::PoliciesOfOneSide { side, policies } => {
            format!("only in {side:?}: {}", list(policies))
        }
        Note::LevelsOfOneSide { side, levels } => {
            let percent = levels.iter().map(|q| super::numbers::percent(*q));
            format!("levels only in {side:?}: {}", list(percent))
        }
        Note::Baseline { a, b } => format!(
            "the baselines differ (`{a}`, `{b}`): only the numbers themselves are compared, not \
             their changes against the baseline"
        ),
    }
}
