//! The checks of what `[[expect]]` says of parts of the system and of the lenders behind the book.

use super::check::Check;
use super::expectations::{BEARERS, Measured, Part};
use super::known::Known;
use super::paths;
use super::values::Whole;
use crate::error::Place;

/// The one part that a statement is about.
pub(super) fn part(
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
pub(super) fn fits(
    measured: Measured,
    part: &Part,
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) {
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
    let (Part::Lender(name), true, Some(system)) = (part, of_one, known.system) else { return };
    if system.groups.iter().any(|group| group.name == *name || group.has(name)) {
        let message = format!("`{name}` is of a group, whose failures are counted");
        check.conflict(&at("lender"), message).hint =
            Some("members stand in lenders.csv; ask for `failures_at_least`".into());
    } else if system.lenders.iter().any(|own| own.name == *name && own.sheet.capital.is_none()) {
        let message = format!("`{name}` has no capital and so never fails");
        check.conflict(&at("lender"), message).hint =
            Some("give it `capital` under `[[system.lender]]`".into());
    }
}

/// Faults for a number of lenders that is not taken.
pub(super) fn of_the_system(
    measured: Measured,
    path: &str,
    known: &Known<'_>,
    check: &mut Check<'_>,
) {
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
pub(super) fn at_least_failures(
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
