//! Who bears the loss: scopes as sums of the disjoint columns of a loss sample.
//!
//! A scope is a linear image of the columns, computed on reading; it costs no stored stream. The
//! parts of each kind add up to the system.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::{Columns, Portfolio};
use crate::scenario::{Expectation, Part};

/// A part of the system whose losses are reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What kind of part.
    pub kind: ScopeKind,
    /// Its name; `system` for the whole.
    pub name: String,
    /// The columns it sums.
    pub columns: Vec<usize>,
    /// What counts as a default in it.
    pub defaults: DefaultCount,
}

/// Kinds of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// Everything.
    System,
    /// One lender.
    Lender,
    /// One segment of borrowers.
    Segment,
    /// The book with other assets of lenders, the second round and the costs of bankruptcy.
    Total,
    /// Those who bear the loss in the end: owners, investors or creditors.
    Bearer,
    /// One tranche of a securitised pool.
    Tranche,
}

impl ScopeKind {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Lender => "lender",
            Self::Segment => "segment",
            Self::Total => "total",
            Self::Bearer => "bearer",
            Self::Tranche => "tranche",
        }
    }
}

/// What counts as a default in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultCount {
    /// Defaulted people of these segments.
    People(Vec<usize>),
    /// Defaulted accounts in the scope's columns (a lender sees accounts, not people).
    Accounts,
}

/// The system, then its lenders, then its segments; kinds with a single part are left out.
pub fn scopes(book: &Portfolio, columns: &Columns) -> Vec<Scope> {
    let lenders = columns.lenders();
    let segments = &book.borrowers.segment.names;
    let pick = |keep: &dyn Fn(&crate::portfolio::Column) -> bool| -> Vec<usize> {
        columns.pairs().iter().enumerate().filter(|(_, c)| keep(c)).map(|(at, _)| at).collect()
    };
    let mut scopes = vec![Scope {
        kind: ScopeKind::System,
        name: "system".into(),
        columns: pick(&|_| true),
        defaults: DefaultCount::People((0..segments.len()).collect()),
    }];
    if lenders.len() > 1 {
        scopes.extend(lenders.iter().enumerate().map(|(code, name)| Scope {
            kind: ScopeKind::Lender,
            name: name.clone(),
            columns: pick(&|c| c.lender == code),
            defaults: DefaultCount::Accounts,
        }));
    }
    if segments.len() > 1 {
        scopes.extend(segments.iter().enumerate().map(|(code, name)| Scope {
            kind: ScopeKind::Segment,
            name: name.clone(),
            columns: pick(&|c| c.segment == code),
            defaults: DefaultCount::People(vec![code]),
        }));
    }
    scopes
}

/// Faults for statements about parts that are not reported.
pub fn check_parts<'e>(
    expectations: impl Iterator<Item = &'e Expectation>,
    scopes: &[Scope],
) -> Result<(), Vec<Fault>> {
    let total = "total".to_owned();
    let faults: Vec<Fault> = expectations
        .filter_map(|expectation| {
            let (kind, what, name) = match &expectation.part {
                Part::System => return None,
                Part::Lender(name) => (ScopeKind::Lender, "lender", name),
                Part::Segment(name) => (ScopeKind::Segment, "segment", name),
                Part::Total => (ScopeKind::Total, "total", &total),
                Part::Bearer(name) => (ScopeKind::Bearer, "bearer", name),
            };
            let known: Vec<String> =
                scopes.iter().filter(|s| s.kind == kind).map(|s| s.name.clone()).collect();
            if known.contains(name) {
                return None;
            }
            let place = Place::Value(format!("{}.{what}", expectation.path));
            let of_book = matches!(kind, ScopeKind::Lender | ScopeKind::Segment);
            let none = known.is_empty() && of_book;
            let fault = Fault::new(
                place,
                FaultKind::UnknownName { what: what.into(), found: name.clone(), known },
            );
            let hint = format!("the book has one {what} only: leave `{what}` out");
            Some(if none { fault.with_hint(hint) } else { fault })
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
