//! The checks of `[[expect]]`.

use super::Variant;
use super::check::{Check, percent_hint};
use super::check_part::{at_least_failures, fits, of_the_system, part};
use super::expectations::{Against, Claim, Expectation, Measured, Quantity, Side, TestedClaim};
use super::known::Known;
use super::paths;
use super::spec_expect::{RawClaim, RawExpect, RawSize};
use super::spec_measure::{RawMeasure, RawMeasureAt};
use super::values::{List, Number};
use crate::error::Place;
use crate::units::Level;

/// Checks the statements; whether the runs they name exist is for [`unknown_runs`] to say, as
/// variants are checked after the scenario.
pub(super) fn expectations(
    raw: List<RawExpect>,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Vec<Expectation> {
    let listed = raw.unwrap_or_default().into_iter().enumerate();
    listed
        .filter_map(|(i, raw)| Some((paths::element("expect", i), raw?)))
        .filter_map(|(path, raw)| expectation(raw, path, known, check))
        .collect()
}

fn expectation(
    raw: RawExpect,
    path: String,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Option<Expectation> {
    let at = |key: &str| paths::key(&path, key);
    let policy = policy(raw.policy.as_deref(), &at("policy"), known, check);
    let measured = measured(raw.measure, &at("measure"), known, check);
    let claim = claim(&raw, &path, check);
    let part = part(raw.lender, raw.segment, (raw.total, raw.bearer), &path, known, check)?;
    if let Some(measured) = measured {
        fits(measured, &part, &path, known, check);
    }
    let runs: Vec<String> = match raw.variants {
        None => vec!["base".to_owned()],
        Some(names) => names.into_iter().flatten().collect(),
    };
    if runs.is_empty() {
        check.value(&at("variants"), "a list of at least one of `base` and the ids of variants");
    }
    let text = check.text(&at("text"), raw.text);
    let (policy, measured, claim) = (policy?, measured?, claim?);
    let text =
        text.unwrap_or_else(|| format!("expectation on policy `{}`", known.policies[policy].id));
    let against = raw.against.unwrap_or_default();
    if claim.of == Quantity::Level && raw.against.is_some() {
        let message = "`against` is for changes, and the statement is about the number itself";
        check.conflict(&at("against"), message);
    } else if claim.of != Quantity::Level
        && against == Against::Baseline
        && policy == known.baseline
    {
        let message = "the baseline does not change against itself";
        check.conflict(&at("policy"), message).hint = Some("name another policy".into());
    }
    let says = raw.says.unwrap_or_default();
    Some(Expectation { text, policy, against, part, measured, claim, runs, says, path })
}

pub(super) fn policy(
    name: Option<&str>,
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Option<usize> {
    let Some(name) = name else {
        check.missing(path, "the id of the policy the statement is about");
        return None;
    };
    let found = known.policies.iter().position(|policy| policy.id == name);
    if found.is_none() && !check.is_incomplete("policy") {
        let ids: Vec<String> = known.policies.iter().map(|policy| policy.id.clone()).collect();
        check.unknown(Place::Value(path.to_owned()), "policy", name, &ids);
    }
    found
}

pub(super) fn measured(
    raw: Option<RawMeasure>,
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Option<Measured> {
    let table = match raw {
        None => {
            check.missing(path, "what is measured, such as \"el\" or { es = 0.999 }");
            return None;
        }
        Some(RawMeasure::Word(measured)) => {
            if measured.is_of_the_system() {
                of_the_system(measured, path, known, check);
            }
            return Some(measured);
        }
        Some(RawMeasure::At(table)) => table,
    };
    let RawMeasureAt {
        var,
        es,
        economic_capital,
        es_per_credit,
        es_over_el,
        exceeds,
        failures_at_least,
    } = table;
    type AtLevel = fn(Level) -> Measured;
    let levels = [
        ("var", var, Measured::ValueAtRisk as AtLevel),
        ("es", es, Measured::ExpectedShortfall),
        ("economic_capital", economic_capital, Measured::EconomicCapital),
        ("es_per_credit", es_per_credit, Measured::ExpectedShortfallPerCredit),
        ("es_over_el", es_over_el, Measured::ExpectedShortfallOverMean),
    ];
    let given = levels.iter().filter(|(_, x, _)| x.is_some()).count()
        + usize::from(exceeds.is_some())
        + usize::from(failures_at_least.is_some());
    if given != 1 {
        if !check.is_incomplete(path) {
            check.value(path, "one measure, such as { es = 0.999 } or { exceeds = 1_000_000 }");
        }
        return None;
    }
    for (key, x, new) in levels {
        if let Some(level) = check.unit(&paths::key(path, key), x, Level::new) {
            if known.levels.contains(&level) {
                return Some(new(level));
            }
            let fault = check.value(&paths::key(path, key), "one of the scenario's `levels`");
            fault.hint = Some(format!("add {} to `levels`", level.get()));
            return None;
        }
    }
    if let Some(failures) = failures_at_least {
        return at_least_failures(failures, &paths::key(path, "failures_at_least"), known, check);
    }
    let amount = check.amount(&paths::key(path, "exceeds"), exceeds)?;
    if known.thresholds.contains(&amount) {
        return Some(Measured::ExceedanceProbability(amount));
    }
    let fault = check.value(&paths::key(path, "exceeds"), "one of the scenario's `thresholds`");
    fault.hint = Some("add it to `thresholds`".into());
    None
}

/// The one claim of a statement.
fn claim(raw: &RawExpect, path: &str, check: &mut Check<'_>) -> Option<Claim> {
    let level = |x: Number| Some((Quantity::Level, x.0));
    let claims: [(&str, Side, f64, Option<Given>); 6] = [
        ("below", Side::AtMost, 1.0, raw.below.map(Given::Level)),
        ("above", Side::AtLeast, 1.0, raw.above.map(Given::Level)),
        ("falls_by_at_least", Side::AtMost, -1.0, raw.falls_by_at_least.map(Given::Size)),
        ("falls_by_at_most", Side::AtLeast, -1.0, raw.falls_by_at_most.map(Given::Size)),
        ("rises_by_at_least", Side::AtLeast, 1.0, raw.rises_by_at_least.map(Given::Size)),
        ("rises_by_at_most", Side::AtMost, 1.0, raw.rises_by_at_most.map(Given::Size)),
    ];
    let keys = claims.iter().map(|(key, ..)| *key);
    let removed = keys.clone().any(|key| check.was_removed(&paths::key(path, key)));
    let mut given = claims.iter().filter(|(.., given)| given.is_some());
    let Some(&(key, side, sign, Some(found))) = given.next() else {
        if !removed {
            let keys: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
            check.conflict(
                path,
                format!("the statement claims nothing: give it one of {}", keys.join(", ")),
            );
        }
        return None;
    };
    if let Some((second, ..)) = given.next() {
        let message = format!("the statement has both `{key}` and `{second}`, it makes one claim");
        check.conflict(&paths::key(path, second), message).hint =
            Some("write two statements".into());
        return None;
    }
    let (of, border) = match found {
        Given::Level(x) => level(x)?,
        Given::Size(size) => size_of(size, &paths::key(path, key), check)?,
    };
    Some(Claim { of, side, border: sign * border })
}

#[derive(Clone, Copy)]
enum Given {
    Level(Number),
    Size(RawSize),
}

fn size_of(raw: RawSize, path: &str, check: &mut Check<'_>) -> Option<(Quantity, f64)> {
    let required = "a finite number >= 0";
    match (raw.relative, raw.amount) {
        (Some(share), None) => {
            let at = paths::key(path, "relative");
            // Nothing falls by more than all of it.
            let falls = path.contains("falls_by");
            let required = if falls { "a share in 0..=1" } else { required };
            let found =
                check.number(&at, Some(share), required, |x| x >= 0.0 && (!falls || x <= 1.0));
            if let (None, Some(fault)) = (found, check.faults.last_mut()) {
                fault.hint = percent_hint(share.0, "a fraction");
            }
            let share = found?;
            Some((Quantity::RelativeChange, share))
        }
        (None, Some(amount)) => {
            let amount = Some(Number(amount.0));
            let amount =
                check.number(&paths::key(path, "amount"), amount, required, |x| x >= 0.0)?;
            Some((Quantity::Change, amount))
        }
        _ => {
            if !check.is_incomplete(path) {
                check.value(path, "one of { relative = 0.10 } and { amount = 1_000_000 }");
            }
            None
        }
    }
}

/// Checks the claim that the scenario tests.
pub(super) fn claim_under_test(
    raw: Option<RawClaim>,
    check: &mut Check<'_>,
) -> Option<TestedClaim> {
    let raw = raw?;
    let number = raw.number.map(|number| number.0);
    match number {
        None => check.missing("claim.number", "the number of the claim, such as 4"),
        Some(number) if number < 1 => {
            check.value("claim.number", "a whole number from 1");
        }
        Some(_) => {}
    }
    if raw.text.is_none() {
        check.missing("claim.text", "the claim in words");
    }
    Some(TestedClaim {
        number: number.and_then(|n| u64::try_from(n).ok()).unwrap_or(1),
        text: check.text("claim.text", raw.text).unwrap_or_default(),
        mechanism: check.text("claim.mechanism", raw.mechanism).unwrap_or_default(),
        refuted_by: check.text("claim.refuted_by", raw.refuted_by).unwrap_or_default(),
        assumptions: raw.assumptions.unwrap_or_default().into_iter().flatten().collect(),
    })
}

/// Faults for statements that name a run which does not exist.
pub(super) fn unknown_runs(
    expectations: &[Expectation],
    variants: &[Variant],
    check: &mut Check<'_>,
) {
    let mut known = vec!["base".to_owned()];
    known.extend(variants.iter().map(|variant| variant.id.clone()));
    for expectation in expectations {
        for (i, run) in expectation.runs.iter().enumerate() {
            if !known.contains(run) {
                let path = paths::element(&paths::key(&expectation.path, "variants"), i);
                check.unknown(Place::Value(path), "variant", run, &known);
            }
        }
    }
}
