//! The checks of ranges, and of the filters made of them.

use super::check::Check;
use super::paths;
use super::spec_policy::RawFilter;
use super::spec_portfolio::{RawRange, RawRanges};
use super::values::{Names, Number};
use super::{Bound, Filter, Range};

/// Checks an interval: at most one end on each side, at least one end, and room between them.
pub(super) fn range(raw: &RawRange, path: &str, check: &mut Check<'_>) -> Range {
    let upper = end(
        ["below", "at_most"],
        raw.below.map(exclusive).into_iter().chain(raw.at_most.map(inclusive)).collect(),
        "upper",
        path,
        check,
    );
    let lower = end(
        ["above", "at_least"],
        raw.above.map(exclusive).into_iter().chain(raw.at_least.map(inclusive)).collect(),
        "lower",
        path,
        check,
    );
    let range = Range { lower, upper };
    let ends = [raw.below, raw.at_most, raw.above, raw.at_least];
    if ends.iter().all(Option::is_none) && !check.is_incomplete(path) {
        check.value(path, "a range with `below` or `at_most`, `above` or `at_least`, or both");
    }
    if is_empty(&range) {
        check.conflict(path, format!("the range {} is empty: nothing can match", show(&range)));
    }
    range
}

fn end(
    keys: [&str; 2],
    bounds: Vec<Bound>,
    side: &str,
    path: &str,
    check: &mut Check<'_>,
) -> Option<Bound> {
    if bounds.len() > 1 {
        let message = format!("the range has two {side} ends, `{}` and `{}`", keys[0], keys[1]);
        check.conflict(&paths::key(path, keys[1]), message);
        return None;
    }
    bounds.into_iter().next()
}

fn exclusive(x: Number) -> Bound {
    Bound::Exclusive(x.0)
}

fn inclusive(x: Number) -> Bound {
    Bound::Inclusive(x.0)
}

/// Whether no number lies in the range.
fn is_empty(range: &Range) -> bool {
    match (range.lower, range.upper) {
        (Some(Bound::Inclusive(a)), Some(Bound::Inclusive(b))) => a > b,
        (
            Some(Bound::Inclusive(a) | Bound::Exclusive(a)),
            Some(Bound::Inclusive(b) | Bound::Exclusive(b)),
        ) => a >= b,
        _ => false,
    }
}

/// Whether two ranges have a number in common.
pub(super) fn overlap(a: &Range, b: &Range) -> bool {
    let cross =
        |lower: &Range, upper: &Range| is_empty(&Range { lower: lower.lower, upper: upper.upper });
    !cross(a, b) && !cross(b, a)
}

/// A range as mathematicians write it in words: `at least 600, below 700`.
pub(super) fn show(range: &Range) -> String {
    let lower = range.lower.map(|bound| match bound {
        Bound::Inclusive(x) => format!("at least {x}"),
        Bound::Exclusive(x) => format!("above {x}"),
    });
    let upper = range.upper.map(|bound| match bound {
        Bound::Inclusive(x) => format!("at most {x}"),
        Bound::Exclusive(x) => format!("below {x}"),
    });
    lower.into_iter().chain(upper).collect::<Vec<_>>().join(", ")
}

/// Checks the filter of a rule.
pub(super) fn filter(raw: RawFilter, path: &str, check: &mut Check<'_>) -> Filter {
    let RawFilter { segment, lender, product, score, income, age, limit, balance } = raw;
    let ranges = RawRanges { score, income, age, limit, balance };
    Filter {
        segments: names(segment, &paths::key(path, "segment"), check),
        lenders: names(lender, &paths::key(path, "lender"), check),
        products: names(product, &paths::key(path, "product"), check),
        ..range_filter(&ranges, path, check)
    }
}

/// Checks the filter of a derived segment, which has ranges only.
pub(super) fn range_filter(raw: &RawRanges, path: &str, check: &mut Check<'_>) -> Filter {
    let mut one = |raw: &Option<RawRange>, key: &str| {
        raw.as_ref().map(|raw| range(raw, &paths::key(path, key), check))
    };
    Filter {
        score: one(&raw.score, "score"),
        income: one(&raw.income, "income"),
        age: one(&raw.age, "age"),
        limit: one(&raw.limit, "limit"),
        balance: one(&raw.balance, "balance"),
        ..Filter::default()
    }
}

/// The names of a list that is not empty, if it was given.
pub(super) fn names(raw: Option<Names>, path: &str, check: &mut Check<'_>) -> Option<Vec<String>> {
    let names = raw?.names;
    if names.is_empty() {
        check.value(path, "a name in quotes or a list of at least one name");
    }
    Some(names.into_iter().flatten().collect())
}
