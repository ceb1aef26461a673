//! Ladders: one policy whose cap is a table becomes one policy per cap.
//!
//! With ends a < b and k caps, the caps between the ends are, for j = 0..k,
//!
//! 1. log: c_j = a (b / a)^(j / (k - 1));      2. linear: c_j = a + (b - a) j / (k - 1),
//!
//! rounded to the smallest unit, or to multiples of `round_to`; the ends stay as written.

use std::collections::BTreeSet;

use super::check::Check;
use super::paths;
use super::policies::LadderStep;
use super::spec_ladder::{RawLadder, Spacing};
use super::suggest::slug;
use super::{LimitBound, Policy};
use crate::error::{Fault, FaultKind, Place};
use crate::media::is_slug;
use crate::units::{Amount, Currency};

/// Most caps of one ladder.
const MOST_STEPS: i64 = 1_000;

/// The caps of a ladder, ascending; empty if a fault was recorded.
pub(super) fn caps(raw: &RawLadder, path: &str, check: &mut Check<'_>) -> Vec<Amount> {
    let faults = check.faults.len();
    let range = [
        ("from", raw.from.is_some()),
        ("to", raw.to.is_some()),
        ("steps", raw.steps.is_some()),
        ("spacing", raw.spacing.is_some()),
        ("round_to", raw.round_to.is_some()),
    ];
    let caps = if raw.list.is_none() {
        spaced(raw, path, check)
    } else {
        if let Some((key, _)) = range.iter().find(|(_, given)| *given) {
            let message = format!("the ladder has both `list` and `{key}`");
            let hint = "a `list` gives every cap; else write `from`, `to` and `steps`";
            check.conflict(&paths::key(path, key), message).hint = Some(hint.into());
        }
        listed(raw, &paths::key(path, "list"), check)
    };
    let broken = check.faults.len() > faults || check.is_incomplete(path);
    if broken { Vec::new() } else { caps }
}

fn listed(raw: &RawLadder, path: &str, check: &mut Check<'_>) -> Vec<Amount> {
    let list = raw.list.as_deref().unwrap_or_default();
    if list.len() < 2 || list.len() as i64 > MOST_STEPS {
        let required = format!("a list of 2 to {MOST_STEPS} amounts");
        check.value(path, &required).hint =
            (list.len() == 1).then(|| "for one cap write it without a table".into());
    }
    let mut caps: Vec<Amount> = Vec::new();
    for (i, units) in list.iter().enumerate() {
        let at = paths::element(path, i);
        let Some(cap) = check.amount(&at, *units) else { continue };
        if caps.last().is_some_and(|last| cap <= *last) {
            check.value(&at, "larger than the cap before it");
        }
        caps.push(cap);
    }
    caps
}

fn spaced(raw: &RawLadder, path: &str, check: &mut Check<'_>) -> Vec<Amount> {
    let at = |key: &str| paths::key(path, key);
    let ends = [
        ("from", raw.from.is_some(), "the lowest cap of the ladder"),
        ("to", raw.to.is_some(), "the highest cap of the ladder"),
        ("steps", raw.steps.is_some(), "the number of caps, both ends included"),
    ];
    for (key, given, why) in ends {
        if !given {
            check.missing(&at(key), why);
        }
    }
    let spacing = raw.spacing.unwrap_or_default();
    let from = check.amount(&at("from"), raw.from);
    let to = check.amount(&at("to"), raw.to);
    let grid = check.positive_amount(&at("round_to"), raw.round_to).map_or(1, |grid| grid.0);
    let steps = raw.steps.map(|steps| steps.0);
    if steps.is_some_and(|steps| !(2..=MOST_STEPS).contains(&steps)) {
        check.value(&at("steps"), &format!("a whole number in 2..={MOST_STEPS}"));
        return Vec::new();
    }
    let (Some(from), Some(to), Some(steps)) = (from, to, steps) else { return Vec::new() };
    if from >= to {
        let fault = check.value(&at("to"), "an amount above `from`");
        fault.hint = (from > to).then(|| "a ladder rises: swap `from` and `to`".into());
        return Vec::new();
    }
    if from.0 == 0 && spacing == Spacing::Log {
        check.value(&at("from"), "an amount above 0 with spacing `log`").hint =
            Some("spacing = \"linear\" may begin at 0".into());
        return Vec::new();
    }
    let caps: Vec<Amount> = (0..steps).map(|j| step(from, to, j, steps, spacing, grid)).collect();
    if let Some(j) = caps.windows(2).position(|pair| pair[0] >= pair[1]) {
        let units = grouped(&check.currency, caps[j + 1]);
        let message = format!(
            "cap {} of the ladder rounds to {units}, which is not above cap {}",
            j + 2,
            j + 1
        );
        check.conflict(path, message).hint =
            Some("take fewer `steps`, a wider range or a smaller `round_to`".into());
        return Vec::new();
    }
    caps
}

/// Equations 1 and 2.
fn step(from: Amount, to: Amount, j: i64, steps: i64, spacing: Spacing, grid: i64) -> Amount {
    if j == 0 {
        return from;
    }
    if j == steps - 1 {
        return to;
    }
    let (a, b, part) = (from.0 as f64, to.0 as f64, j as f64 / (steps - 1) as f64);
    let cap = match spacing {
        Spacing::Log => a * libm::pow(b / a, part),
        Spacing::Linear => a + (b - a) * part,
    };
    Amount((cap / grid as f64).round() as i64 * grid)
}

/// One policy per cap, in their order; `rule` is the one whose cap they are.
pub(super) fn expand(
    policy: Policy,
    rule: usize,
    caps: &[Amount],
    seen: &mut BTreeSet<String>,
    check: &mut Check<'_>,
) -> Vec<Policy> {
    let mut steps = Vec::with_capacity(caps.len());
    for &cap in caps {
        let id = format!("{}-{}", policy.id, slug(&check.currency.units(cap).to_string()));
        let place = Place::Value(paths::key(&policy.path, "id"));
        if seen.contains(&id) {
            let kind = FaultKind::Duplicate { what: "policy id".into(), id: id.clone() };
            let hint = format!("the ladder `{}` makes this id; rename one of the two", policy.id);
            check.faults.push(Fault::new(place, kind).with_hint(hint));
        } else if !is_slug(&id) {
            let message = format!("the ladder makes the id `{id}` of more than 64 characters");
            check.faults.push(Fault::new(place, FaultKind::Conflict { message }));
        }
        seen.insert(id.clone());
        let mut rules = policy.rules.clone();
        rules[rule].bound = LimitBound::Cap(cap);
        let units = grouped(&check.currency, cap);
        let title = if policy.title == policy.id {
            id.clone()
        } else if policy.title.contains("{cap}") {
            policy.title.replace("{cap}", &units)
        } else {
            format!("{}: {units}", policy.title)
        };
        let ladder = Some(LadderStep { ladder: policy.id.clone(), cap });
        steps.push(Policy { id, title, rules, ladder, ..policy.clone() });
    }
    steps
}

/// An amount in units of currency with separators: `12,500`, `0.05`.
fn grouped(currency: &Currency, amount: Amount) -> String {
    let text = currency.units(amount).to_string();
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    rest.map_or(out.clone(), |rest| format!("{out}.{rest}"))
}
