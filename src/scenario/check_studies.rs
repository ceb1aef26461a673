//! The checks of `[[region]]` and `[[break_even]]`. That their keys can take the values at both ends is
//! for [`super::load`] to say, which tries them.

use std::collections::BTreeSet;

use super::check::Check;
use super::check_expect::{measured, policy};
use super::known::Known;
use super::spec_measure::RawMeasure;
use super::spec_studies::{RawAxis, RawBreakEven, RawRegion};
use super::studies::{Axis, BreakEven, Region};
use super::values::{List, Number};
use super::{Measured, paths};

/// Points of an axis unless given.
pub const DEFAULT_POINTS: usize = 20;
/// Points at most.
const MOST_POINTS: i64 = 100;

/// Checks the regions.
pub(super) fn regions(
    raw: List<RawRegion>,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Vec<Region> {
    let mut seen = BTreeSet::new();
    let mut regions = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("region", i);
        let at = |key: &str| paths::key(&path, key);
        let id = check.id(&path, raw.id, "region", &mut seen);
        let title = check.text(&at("title"), raw.title).unwrap_or_else(|| id.clone());
        let policy = other_policy(raw.policy.as_deref(), &at("policy"), known, check);
        let measured = measure(raw.measure, &at("measure"), known, check);
        let axes = [("x", raw.x), ("y", raw.y)].map(|(key, raw)| axis(raw, &at(key), check));
        let [Some(x), Some(y)] = axes else { continue };
        if x.key == y.key {
            check.conflict(&at("y"), "both axes vary the same number");
        }
        let (Some(policy), Some(measured)) = (policy, measured) else { continue };
        regions.push(Region { id, title, policy, measured, x, y });
    }
    regions
}

/// Checks the break-evens.
pub(super) fn break_evens(
    raw: List<RawBreakEven>,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Vec<BreakEven> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("break_even", i);
        let at = |key: &str| paths::key(&path, key);
        let id = check.id(&path, raw.id, "break_even", &mut seen);
        let title = check.text(&at("title"), raw.title).unwrap_or_else(|| id.clone());
        let policy = other_policy(raw.policy.as_deref(), &at("policy"), known, check);
        let measured = measure(raw.measure, &at("measure"), known, check);
        let axis = ends((raw.key, raw.from, raw.to), &path, check);
        let (Some(policy), Some(measured), Some(axis)) = (policy, measured, axis) else { continue };
        found.push(BreakEven { id, title, policy, measured, axis });
    }
    found
}

fn other_policy(
    name: Option<&str>,
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Option<usize> {
    let found = policy(name, path, known, check)?;
    if found == known.baseline {
        let message = "the baseline does not change against itself";
        check.conflict(path, message).hint = Some("name another policy".into());
    }
    Some(found)
}

fn measure(
    raw: Option<RawMeasure>,
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Option<Measured> {
    if raw.is_none() && !check.was_removed(path) {
        return known.levels.last().map(|&level| Measured::ExpectedShortfall(level));
    }
    let found = measured(raw, path, known, check)?;
    let per_credit = found == Measured::ExpectedLossPerCredit
        || matches!(found, Measured::ExpectedShortfallPerCredit(_));
    if per_credit || found.is_of_the_books() || found.is_of_the_system() {
        check.value(path, "a measure of losses or defaults, such as { es = 0.999 }");
    }
    Some(found)
}

fn axis(raw: Option<RawAxis>, path: &str, check: &mut Check<'_>) -> Option<Axis> {
    let Some(raw) = raw else {
        check.missing(path, "such as { key = \"behaviour.leakage\", from = 0, to = 1 }");
        return None;
    };
    let points = raw.points.map_or(DEFAULT_POINTS as i64, |points| points.0);
    if !(2..=MOST_POINTS).contains(&points) {
        check.value(&paths::key(path, "points"), "a whole number in 2..=100");
    }
    let axis = ends((raw.key, raw.from, raw.to), path, check)?;
    Some(Axis { points: points.clamp(2, MOST_POINTS) as usize, ..axis })
}

fn ends(
    (key, from, to): (Option<String>, Option<Number>, Option<Number>),
    path: &str,
    check: &mut Check<'_>,
) -> Option<Axis> {
    let at = |key: &str| paths::key(path, key);
    if key.is_none() {
        check.missing(&at("key"), "the path of the number, such as \"behaviour.leakage\"");
    }
    for (name, end) in [("from", from), ("to", to)] {
        if end.is_none() {
            check.missing(&at(name), "an end of the range of the number");
        }
    }
    if key.as_deref().is_some_and(|key| key.starts_with("system.")) {
        let message = "maps and break-evens measure the losses of the book, which nothing of `[system]` moves";
        check.conflict(&at("key"), message).hint =
            Some("compare such numbers by `[[variant]]`s and `[[expect]]`".into());
    }
    let (key, from, to) = (key?, from?.0, to?.0);
    if from >= to {
        check.value(&at("to"), "larger than `from`");
        return None;
    }
    Some(Axis { key, from, to, points: DEFAULT_POINTS })
}
