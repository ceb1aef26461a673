//! Filters of rules, compiled against a book: names become sets of codes, once.

use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::{Labels, Numbers, Portfolio};
use crate::scenario::{Filter, IfMissing, Range};
use crate::units::Currency;

/// A filter that can be asked about rows of one book.
#[derive(Debug)]
pub struct RowFilter<'a> {
    book: &'a Portfolio,
    per_unit: f64,
    segments: Option<Vec<bool>>,
    lenders: Option<Vec<bool>>,
    products: Option<Vec<bool>>,
    filter: &'a Filter,
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
    /// Compiles the filter at `path` of the scenario; names that the book does not have are faults.
    pub fn new(
        filter: &'a Filter,
        if_missing: IfMissing,
        book: &'a Portfolio,
        currency: &Currency,
        path: &str,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut set = |wanted: &Option<Vec<String>>, have: Option<&Labels>, what: &str| {
            let wanted = wanted.as_ref()?;
            let none = Labels::default();
            let have = have.unwrap_or(&none);
            let mut chosen = vec![false; have.names.len()];
            for name in wanted {
                match have.find(name) {
                    Some(code) => chosen[code] = true,
                    None => faults.push(unknown_name(what, name, &have.names, path)),
                }
            }
            Some(chosen)
        };
        let segments = set(&filter.segments, Some(&book.borrowers.segment), "segment");
        let lenders = set(&filter.lenders, Some(&book.accounts.lender), "lender");
        let products = set(&filter.products, book.accounts.product.as_ref(), "product");
        if !faults.is_empty() {
            return Err(faults);
        }
        let per_unit = f64::from(currency.minor_per_unit);
        Ok(Self { book, per_unit, segments, lenders, products, filter, if_missing })
    }

    /// Judges account `a` of borrower `b` on the values before any rule.
    pub fn passes(&self, b: usize, a: usize) -> Passes {
        let Self { book, filter, .. } = self;
        let outside =
            |set: &Option<Vec<bool>>, code: usize| set.as_ref().is_some_and(|chosen| !chosen[code]);
        if outside(&self.segments, book.borrowers.segment.codes.get(b))
            || outside(&self.lenders, book.accounts.lender.codes.get(a))
        {
            return Passes::No;
        }
        if let (Some(_), Some(product)) = (&self.products, &book.accounts.product)
            && outside(&self.products, product.codes.get(a))
        {
            return Passes::No;
        }
        let money = |range: Option<Range>, amount: i64| {
            range.is_none_or(|r| r.contains(amount as f64 / self.per_unit))
        };
        if !money(filter.limit, book.accounts.limit.get(a))
            || !money(filter.balance, book.accounts.balance.get(a))
        {
            return Passes::No;
        }
        let borrowers = &book.borrowers;
        for (name, range, column) in [
            ("score", filter.score, &borrowers.score),
            ("income", filter.income, &borrowers.income),
            ("age", filter.age, &borrowers.age),
        ] {
            let Some(range) = range else { continue };
            match attribute(column.as_ref(), b, self.if_missing) {
                Attribute::Value(x) if range.contains(x) => {}
                Attribute::Value(_) | Attribute::Skip => return Passes::No,
                Attribute::Unknown => return Passes::Unknown(name),
            }
        }
        Passes::Yes
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
            "the book has no {what}s: map a column in [portfolio.columns] or set portfolio.defaults.{what}"
        ));
    }
    fault
}
