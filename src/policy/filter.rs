//! Filters of rules, asked about the rows of one book.

use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::matching::{Attributes, Matching, matches};
use crate::portfolio::{Labels, Numbers, Portfolio};
use crate::scenario::{Filter, IfMissing};
use crate::units::Currency;

/// A filter whose names the book knows.
#[derive(Debug)]
pub struct RowFilter<'a> {
    book: &'a Portfolio,
    per_unit: f64,
    filter: &'a Filter,
    /// An empty filter passes every row without a look at it.
    everything: bool,
    if_missing: IfMissing,
}

/// Whether a row passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    /// All conditions hold.
    Yes,
    /// Some condition does not.
    No,
    /// The row lacks the named attribute, and the rule does not say what then.
    Unknown(&'static str),
}

impl<'a> RowFilter<'a> {
    /// Takes the filter at `path` of the scenario; names that the book does not have are faults.
    pub fn new(
        filter: &'a Filter,
        if_missing: IfMissing,
        book: &'a Portfolio,
        currency: &Currency,
        path: &str,
    ) -> Result<Self, Vec<Fault>> {
        let none = Labels::default();
        let products = book.accounts.product.as_ref().unwrap_or(&none);
        let named = [
            ("segment", &filter.segments, &book.borrowers.segment),
            ("lender", &filter.lenders, &book.accounts.lender),
            ("product", &filter.products, products),
        ];
        let faults: Vec<Fault> = named
            .into_iter()
            .flat_map(|(what, wanted, have)| {
                wanted
                    .iter()
                    .flatten()
                    .filter(|name| have.find(name).is_none())
                    .map(move |name| unknown_name(what, name, &have.names, path))
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let per_unit = currency.per_unit();
        Ok(Self { book, per_unit, filter, everything: filter.is_empty(), if_missing })
    }

    /// Judges account `a` of borrower `b` on the values before any rule.
    pub fn passes(&self, b: usize, a: usize) -> Passes {
        self.passes_at(b, a, None)
    }

    /// As [`Self::passes`], as if the account stood at the lender of this name.
    pub fn passes_at(&self, b: usize, a: usize, lender: Option<&str>) -> Passes {
        if self.everything {
            return Passes::Yes;
        }
        let (borrowers, accounts) = (&self.book.borrowers, &self.book.accounts);
        fn name(labels: &Labels, row: usize) -> Option<&str> {
            Some(labels.names[labels.codes.get(row)].as_str())
        }
        let money = |amount: i64| Some(amount as f64 / self.per_unit);
        let known = |column: &Option<Numbers>| match attribute(column.as_ref(), b, self.if_missing)
        {
            Attribute::Value(x) => Some(x),
            Attribute::Skip | Attribute::Unknown => None,
        };
        let attributes = Attributes {
            segment: name(&borrowers.segment, b),
            lender: lender.or_else(|| name(&accounts.lender, a)),
            product: accounts.product.as_ref().and_then(|products| name(products, a)),
            score: known(&borrowers.score),
            income: known(&borrowers.income),
            age: known(&borrowers.age),
            limit: money(accounts.limit.get(a)),
            balance: money(accounts.balance.get(a)),
        };
        match (matches(self.filter, &attributes), self.if_missing) {
            (Matching::Matches, _) => Passes::Yes,
            (Matching::Missing(field), IfMissing::Refuse) => Passes::Unknown(field.key()),
            (Matching::Fails | Matching::Missing(_), _) => Passes::No,
        }
    }
}

/// An attribute of a borrower under a rule's `if_missing`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Attribute {
    /// Known, or 0 because the rule says so.
    Value(f64),
    /// Missing; the rule leaves the row alone.
    Skip,
    /// Missing; the rule does not say what then.
    Unknown,
}

/// Looks an attribute up.
pub fn attribute(column: Option<&Numbers>, b: usize, if_missing: IfMissing) -> Attribute {
    match (column.and_then(|c| c.known(b)), if_missing) {
        (Some(x), _) => Attribute::Value(x),
        (None, IfMissing::Zero) => Attribute::Value(0.0),
        (None, IfMissing::Skip) => Attribute::Skip,
        (None, IfMissing::Refuse) => Attribute::Unknown,
    }
}

fn unknown_name(what: &str, name: &str, known: &[String], path: &str) -> Fault {
    let fault = Fault::new(
        Place::Value(format!("{path}.where.{what}")),
        FaultKind::UnknownName {
            what: what.to_owned(),
            found: name.to_owned(),
            known: known.to_vec(),
        },
    );
    if known.is_empty() {
        return fault.with_hint(format!(
            "the book has no {what}s: map a column in [portfolio.columns] or set \
             portfolio.defaults.{what}"
        ));
    }
    fault
}
