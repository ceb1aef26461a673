//! Who bears the loss: scopes as sums of the disjoint columns of a loss sample.
//!
//! A scope is a linear image of the columns, computed on reading; it costs no stored stream. The
//! parts of each kind add up to the system.

pub mod contagion;
pub mod funding;
pub mod market;
pub mod network;
pub mod network_file;
pub mod roster;
pub mod sample;
pub mod sheets;
pub mod streams;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use market::Market;

use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::{Columns, Portfolio};
use crate::scenario::{Expectation, Part};

/// A part of the system whose losses are reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What kind of part.
    pub kind: ScopeKind,
    /// Its name; `system` for the whole book.
    pub name: String,
    /// Where its losses are read.
    pub losses: Losses,
    /// What counts as a default in it.
    pub defaults: DefaultCount,
}

/// Where the losses of a scope are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Losses {
    /// The sum of these columns of the book.
    Columns(Vec<usize>),
    /// Everything: the book with its second round, other assets, costs of bankruptcy.
    Total,
    /// Those who bear it.
    Bearer(Bearer),
    /// What stays at these lenders.
    Lenders(Vec<usize>),
    /// A tranche of a pool.
    Tranche {
        /// The pool.
        pool: usize,
        /// Its number in the pool.
        at: usize,
    },
}

/// Who bears losses in the end. They add up to the total in every trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    /// Owners of the lenders of the book.
    Lenders,
    /// Owners of other lenders.
    Partners,
    /// Investors in tranches.
    Investors,
    /// Creditors of lenders outside the system.
    Creditors,
}

impl Bearer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lenders, Self::Partners, Self::Investors, Self::Creditors];

    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lenders => "lenders",
            Self::Partners => "partners",
            Self::Investors => "investors",
            Self::Creditors => "creditors",
        }
    }
}

impl Scope {
    /// The columns that it sums; none for what is no sum of columns.
    pub fn columns(&self) -> &[usize] {
        match &self.losses {
            Losses::Columns(columns) => columns,
            _ => &[],
        }
    }
}

/// Kinds of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// All credit losses of the book, before any second round.
    System,
    /// All losses of lenders: of the book, its second round and other assets, and costs of bankruptcy.
    Total,
    /// Who bears the total.
    Bearer,
    /// A tranche of a funding programme.
    Tranche,
    /// One lender, or a group of lenders.
    Lender,
    /// One segment of borrowers.
    Segment,
}

impl ScopeKind {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Total => "total",
            Self::Bearer => "bearer",
            Self::Tranche => "tranche",
            Self::Lender => "lender",
            Self::Segment => "segment",
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
    /// None are told.
    Nobody,
}

/// The system, then who bears it where there is a market, then its lenders, then its segments; kinds with
/// a single part are left out.
pub fn scopes(book: &Portfolio, columns: &Columns, market: Option<&Market>) -> Vec<Scope> {
    let lenders = columns.lenders();
    let segments = &book.borrowers.segment.names;
    // The columns of each part, found in one pass: books may have many segments.
    let parts = |count: usize, part: &dyn Fn(&crate::portfolio::Column) -> usize| {
        let mut parts = vec![Vec::new(); count];
        columns.pairs().iter().enumerate().for_each(|(at, own)| parts[part(own)].push(at));
        parts.into_iter().map(Losses::Columns)
    };
    let everybody = || DefaultCount::People((0..segments.len()).collect());
    let mut scopes = vec![Scope {
        kind: ScopeKind::System,
        name: "system".into(),
        losses: Losses::Columns((0..columns.len()).collect()),
        defaults: everybody(),
    }];
    if let Some(market) = market {
        scopes.push(Scope {
            kind: ScopeKind::Total,
            name: "total".into(),
            losses: Losses::Total,
            defaults: everybody(),
        });
        scopes.extend(market_scopes(market));
    } else if lenders.len() > 1 {
        let own = lenders.iter().zip(parts(lenders.len(), &|own| own.lender));
        scopes.extend(own.map(|(name, losses)| Scope {
            kind: ScopeKind::Lender,
            name: name.clone(),
            losses,
            defaults: DefaultCount::Accounts,
        }));
    }
    if segments.len() > 1 {
        let own = segments.iter().zip(parts(segments.len(), &|own| own.segment));
        scopes.extend(own.enumerate().map(|(code, (name, losses))| Scope {
            kind: ScopeKind::Segment,
            name: name.clone(),
            losses,
            defaults: DefaultCount::People(vec![code]),
        }));
    }
    scopes
}

/// Who bears losses: bearers, tranches, lenders one by one and groups of them.
fn market_scopes(market: &Market) -> Vec<Scope> {
    let scope = |kind, name: &str, losses| Scope {
        kind,
        name: name.to_owned(),
        losses,
        defaults: DefaultCount::Nobody,
    };
    let bearers = Bearer::ALL.into_iter().filter(|&bearer| market.has(bearer));
    let bearers =
        bearers.map(|bearer| scope(ScopeKind::Bearer, bearer.as_str(), Losses::Bearer(bearer)));
    let tranches = market.pools.iter().enumerate().flat_map(|(pool, own)| {
        own.tranches.iter().enumerate().map(move |(at, tranche)| {
            scope(ScopeKind::Tranche, &tranche.name, Losses::Tranche { pool, at })
        })
    });
    let alone = market.roster.lenders.iter().enumerate().filter(|(_, l)| l.group.is_none());
    let alone =
        alone.map(|(at, lender)| scope(ScopeKind::Lender, &lender.name, Losses::Lenders(vec![at])));
    let groups = market.roster.groups.iter().map(|group| {
        scope(ScopeKind::Lender, &group.name, Losses::Lenders(group.members.clone().collect()))
    });
    bearers.chain(tranches).chain(alone).chain(groups).collect()
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
