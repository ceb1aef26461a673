//! The checks of `[sampling]`.

use super::check::{Check, percent_hint};
use super::check_expect::{measured, policy};
use super::known::Known;
use super::spec_sampling::{RawSampling, RawUntil};
use super::{HalfWidth, Measured, PreciseOf, Precision, Sampling, paths};

/// Number of trials of a scenario that gives none.
pub const DEFAULT_TRIALS: u64 = 100_000;
/// Most trials of one run.
pub const MOST_TRIALS: i64 = 1 << 38;
/// Most trials until a precision is reached, unless the file says how many.
pub const DEFAULT_MOST_TRIALS: u64 = 1_000_000;

/// Checks `[sampling]`; `baseline` is the index of that policy.
pub(super) fn sampling(
    raw: Option<RawSampling>,
    known: &Known<'_>,
    baseline: usize,
    check: &mut Check<'_>,
) -> Sampling {
    let raw = raw.unwrap_or_default();
    let until = raw.until.and_then(|raw| until(&raw, known, baseline, check));
    let default = if until.is_some() { DEFAULT_MOST_TRIALS } else { DEFAULT_TRIALS };
    let plan = raw.plan.unwrap_or_default();
    let Some(trials) = raw.trials else {
        return Sampling { plan, trials: default, until };
    };
    if !(1..=MOST_TRIALS).contains(&trials.0) {
        check.value("sampling.trials", "a whole number in 1..=2^38");
    }
    Sampling { plan, trials: u64::try_from(trials.0).unwrap_or(default), until }
}

fn until(
    raw: &RawUntil,
    known: &Known<'_>,
    baseline: usize,
    check: &mut Check<'_>,
) -> Option<Precision> {
    let path = "sampling.until";
    let at = |key: &str| paths::key(path, key);
    let of = match raw.change {
        Some(true) => PreciseOf::RelativeChange,
        _ => PreciseOf::Level,
    };
    let policy = match &raw.policy {
        None => Some(baseline),
        Some(name) => policy(Some(name), &at("policy"), known, check),
    };
    if of == PreciseOf::RelativeChange && policy == Some(baseline) {
        let message = "the baseline does not change against itself";
        check.conflict(&at("change"), message).hint =
            Some("name another policy: `policy = \"...\"`".into());
    }
    let measured = measured(raw.measure, &at("measure"), known, check);
    if measured.is_some_and(Measured::is_of_the_books) {
        check.value(&at("measure"), "a number that is sampled; credit is known exactly");
    }
    if measured.is_some_and(Measured::is_of_the_system) {
        check.value(&at("measure"), "a number of losses or defaults, such as { es = 0.999 }");
    }
    let error = half_width(raw, path, check);
    Some(Precision { policy: policy?, measured: measured?, of, error: error? })
}

fn half_width(raw: &RawUntil, path: &str, check: &mut Check<'_>) -> Option<HalfWidth> {
    let at = |key: &str| paths::key(path, key);
    match (raw.relative_error, raw.absolute_error) {
        (Some(x), None) => {
            let found = check
                .number(&at("relative_error"), Some(x), "a number in 0..1", |x| x > 0.0 && x < 1.0);
            if let (None, Some(fault)) = (found, check.faults.last_mut()) {
                fault.hint = percent_hint(x.0, "a fraction");
            }
            found.map(HalfWidth::Relative)
        }
        (None, Some(x)) => check
            .number(&at("absolute_error"), Some(x), "a number above 0", |x| x > 0.0)
            .map(HalfWidth::Absolute),
        (None, None) => {
            if !check.is_incomplete(path) {
                check.missing(&at("relative_error"), "how well the number has to be known: 0.01");
            }
            None
        }
        (Some(_), Some(_)) => {
            let message = "the precision is relative or absolute, not both";
            check.conflict(&at("absolute_error"), message);
            None
        }
    }
}
