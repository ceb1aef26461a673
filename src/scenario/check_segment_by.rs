//! The check of `portfolio.segment_by`, which the model needs before the rest of the book is checked.

use super::check::Check;
use super::paths;
use super::spec_portfolio::RawPortfolio;
use crate::error::{Fault, FaultKind, Place};

/// Most columns that name a segment.
const MOST_PARTS: usize = 8;
/// Columns that a synthetic book has.
const OF_SYNTHETIC: [&str; 3] = ["segment", "product", "lender"];

/// Takes the columns out of `[portfolio]` and checks them.
pub(super) fn segment_by(raw: Option<&mut RawPortfolio>, check: &mut Check<'_>) -> Vec<String> {
    let path = "portfolio.segment_by";
    let Some(raw) = raw else { return Vec::new() };
    let Some(given) = raw.segment_by.take() else { return Vec::new() };
    if given.is_empty() || given.len() > MOST_PARTS {
        let required =
            format!("a list of 1 to {MOST_PARTS} columns, such as [\"segment\", \"region\"]");
        check.value(path, &required);
        return Vec::new();
    }
    let synthetic = raw.synthetic.as_ref().is_some_and(|list| !list.is_empty());
    let mut parts: Vec<String> = Vec::new();
    for (i, column) in given.into_iter().enumerate() {
        let at = paths::element(path, i);
        let Some(column) = check.text(&at, column) else { continue };
        let column = column.trim().to_owned();
        if parts.contains(&column) {
            let kind = FaultKind::Duplicate { what: "column".into(), id: column };
            check.faults.push(Fault::new(Place::Value(at), kind));
            continue;
        }
        if synthetic && !OF_SYNTHETIC.contains(&column.as_str()) {
            let known = OF_SYNTHETIC.map(str::to_owned);
            check.unknown(Place::Value(at), "column of a synthetic book", &column, &known);
            continue;
        }
        parts.push(column);
    }
    let places = |key: &str, given: bool| given.then(|| paths::key("portfolio", key));
    let by_rule = raw.segment.as_ref().is_some_and(|list| !list.is_empty());
    let by_default = raw.defaults.as_ref().is_some_and(|defaults| defaults.segment.is_some());
    let named = places("segment", by_rule).or(places("defaults.segment", by_default));
    if let Some(at) = named.filter(|_| !parts.iter().any(|part| part == "segment")) {
        check
            .conflict(&at, "segments are named here, and `segment_by` makes no use of them")
            .hint = Some("add \"segment\" to portfolio.segment_by".into());
    }
    parts
}
