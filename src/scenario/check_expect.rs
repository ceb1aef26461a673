//! The checks of `[[expect]]`.

use super::check::{Check, percent_hint};
use super::expectations::{
    Against, BEARERS, Claim, Expectation, Measured, Part, Quantity, Side, TestedClaim,
};
use super::paths;
use super::spec::List;
use super::spec_expect::{RawClaim, RawExpect, RawMeasureAt, RawSize};
use super::values::{Number, RawMeasure, Whole};
use super::{Policy, SystemSpec, Variant};
use crate::error::Place;
use crate::units::{Amount, Level};

/// What statements may refer to.
pub(super) struct Known<'a> {
    /// The policies.
    pub policies: &'a [Policy],
    /// Index of the baseline.
    pub baseline: usize,
    /// Levels that are computed.
    pub levels: &'a [Level],
    /// Thresholds that are computed.
    pub thresholds: &'a [Amount],
    /// The lenders behind the book.
    pub system: Option<&'a SystemSpec>,
}

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
        fits(measured, &part, &path, check);
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

/// The one part that a statement is about.
fn part(
    lender: Option<String>,
    segment: Option<String>,
    (total, bearer): (Option<bool>, Option<String>),
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Option<Part> {
    let at = |key: &str| paths::key(path, key);
    let parts = [
        ("lender", lender.map(Part::Lender)),
        ("segment", segment.map(Part::Segment)),
        ("total", (total == Some(true)).then_some(Part::Total)),
        ("bearer", bearer.map(Part::Bearer)),
    ];
    let mut given = parts.into_iter().filter_map(|(key, part)| Some((key, part?)));
    let Some((key, part)) = given.next() else { return Some(Part::System) };
    if let Some((second, _)) = given.next() {
        let message = match (key, second) {
            ("lender", "segment") => {
                "a statement is about a lender or a segment, not both".to_owned()
            }
            _ => format!("a statement is about one part: it has both `{key}` and `{second}`"),
        };
        check.conflict(&at(second), message);
        return None;
    }
    if matches!(part, Part::Total | Part::Bearer(_)) {
        needs_system(&format!("`{key}`"), &at(key), known, check);
    }
    if let Part::Bearer(name) = &part
        && !BEARERS.contains(&name.as_str())
    {
        check.unknown(Place::Value(at("bearer")), "bearer", name, &BEARERS.map(String::from));
    }
    Some(part)
}

/// A fault if there is no system to take a number from; whether there is one.
fn needs_system(what: &str, path: &str, known: &Known<'_>, check: &mut Check<'_>) -> bool {
    if known.system.is_none() && !check.was_removed("system") {
        check.conflict(path, format!("{what} is of the lenders behind the book")).hint =
            Some("add a `[system]` table".into());
    }
    known.system.is_some()
}

/// Faults for measures of lenders that are taken of the wrong part.
fn fits(measured: Measured, part: &Part, path: &str, check: &mut Check<'_>) {
    let at = |key: &str| paths::key(path, key);
    let of_all = matches!(measured, Measured::Failures | Measured::AtLeastFailures(_));
    let of_one = measured == Measured::FailureProbability;
    if of_all && *part != Part::System {
        let message = "failures are counted over all lenders of the system";
        check.conflict(&at("measure"), message).hint = Some(match part {
            Part::Lender(_) => "of one lender there is \"failure_probability\"".into(),
            _ => "leave the part out".into(),
        });
    } else if of_one && !matches!(part, Part::Lender(_)) {
        check.missing(&at("lender"), "the lender whose probability of failure is meant");
    }
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

/// Faults for a number of lenders that is not taken.
fn of_the_system(measured: Measured, path: &str, known: &Known<'_>, check: &mut Check<'_>) {
    if !needs_system("this number", path, known, check) || measured != Measured::DebtRank {
        return;
    }
    let contagion = known.system.and_then(|system| system.contagion.as_ref());
    let reported = contagion.is_some_and(|contagion| contagion.debt_rank.is_some());
    if !reported && !check.is_incomplete("system.contagion") {
        check.conflict(path, "DebtRank is not reported").hint =
            Some("add debt_rank = \"linear\" to `[system.contagion]`".into());
    }
}

/// The probability that at least so many lenders fail, one that is reported.
fn at_least_failures(
    raw: Whole,
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) -> Option<Measured> {
    if !needs_system("this number", path, known, check) {
        return None;
    }
    let failures = &known.system?.failures;
    let found = u32::try_from(raw.0).ok().filter(|m| failures.contains(m));
    if found.is_none() && !check.is_incomplete("system") {
        let fault = check.value(path, "one of `failures` in `[system]`");
        fault.hint = (raw.0 >= 1).then(|| format!("add {} to `system.failures`", raw.0));
    }
    found.map(Measured::AtLeastFailures)
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
