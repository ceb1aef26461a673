//! How much a policy's own caps let a borrower owe at lenders that take leaked credit.
//!
//! The rules are asked about the receiving account as written (a rule that does not bind there today
//! binds when debt arrives). Where the borrower has no account at the receiver they are asked about
//! the cut account as if it stood there: its product, its old limit, the receiver's name. A rule
//! whose filter names other lenders lets it pass. Borrower rules bound the debts at all lenders that
//! they match together, the receivers included, whether or not they match an account of the borrower: such a
//! rule without a filter sees every lender. Rules are asked as written, `raise` or not. Floors bound nothing.
//! The lender outside the book has a name that no lender of the book has, so that no filter of a rule can name
//! it: it is bound by rules whose filter names no lender, and by no other.

use super::filter::{Passes, RowFilter};
use super::limits::rule_bound;
use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::Portfolio;
use crate::scenario::{LimitBound, Per, Policy, Rule};
use crate::units::Currency;

/// Borrower rules of a policy, at most, where credit leaks.
pub const MOST_RULES: usize = 64;

/// No bound.
pub const NONE: i64 = i64::MAX;

/// The caps of a policy.
#[derive(Debug)]
pub struct Ceilings<'a> {
    book: &'a Portfolio,
    per_unit: f64,
    account: Vec<(&'a Rule, RowFilter<'a>)>,
    borrower: Vec<(&'a Rule, RowFilter<'a>)>,
}

/// What a borrower rule still allows.
#[derive(Debug, Clone, Copy)]
pub struct Shared {
    /// Number of the rule among the borrower rules.
    rule: usize,
    /// Debt that may still be taken up at the lenders it matches.
    pub left: i64,
}

impl<'a> Ceilings<'a> {
    /// The caps of a checked policy on a book whose names it knows.
    pub fn new(
        policy: &'a Policy,
        book: &'a Portfolio,
        currency: &Currency,
    ) -> Result<Self, Vec<Fault>> {
        let (mut account, mut borrower) = (Vec::new(), Vec::new());
        for rule in policy.rules.iter().filter(|r| !matches!(r.bound, LimitBound::Floor(_))) {
            let filter = RowFilter::new(&rule.filter, rule.if_missing, book, currency, &rule.path)?;
            match rule.per {
                Per::Account => account.push((rule, filter)),
                Per::Borrower => borrower.push((rule, filter)),
            }
        }
        if borrower.len() > MOST_RULES {
            let message =
                format!("policy `{}` has more than {MOST_RULES} borrower rules", policy.id);
            let fault =
                Fault::new(Place::Value(policy.path.clone()), FaultKind::Conflict { message });
            return Err(vec![fault.with_hint("where credit leaks, write fewer of them")]);
        }
        Ok(Self { book, per_unit: f64::from(currency.minor_per_unit), account, borrower })
    }

    /// Largest debt on account `a` of borrower `b`, `new_lender` in place of its own lender if given.
    pub fn of_account(&self, b: usize, a: usize, new_lender: Option<&str>) -> i64 {
        let base = self.book.accounts.limit.get(a);
        self.account
            .iter()
            .filter(|(_, filter)| filter.passes_at(b, a, new_lender) == Passes::Yes)
            .filter_map(|(rule, _)| self.bound(rule, b, base))
            .fold(NONE, i64::min)
    }

    /// What the borrower rules leave of their caps once debts are `debt(a)`. A rule that matches none of the
    /// borrower's accounts may match a lender new to it, so that its whole cap is left.
    pub fn shared(&self, b: usize, debt: impl Fn(usize) -> i64, out: &mut Vec<Shared>) {
        out.clear();
        for (at, (rule, filter)) in self.borrower.iter().enumerate() {
            let matching = self.book.accounts_of(b).filter(|&a| filter.passes(b, a) == Passes::Yes);
            let owed: i64 = matching.map(&debt).sum();
            // No bound of a borrower rule goes by old limits.
            if let Some(cap) = self.bound(rule, b, 0) {
                out.push(Shared { rule: at, left: (cap - owed).max(0) });
            }
        }
    }

    /// Whether a borrower rule holds for account `a`, `new_lender` in place of its own lender.
    pub fn shares(&self, shared: &Shared, b: usize, a: usize, new_lender: Option<&str>) -> bool {
        self.borrower[shared.rule].1.passes_at(b, a, new_lender) == Passes::Yes
    }

    fn bound(&self, rule: &Rule, b: usize, base: i64) -> Option<i64> {
        // Rows that lack an attribute have been refused, or are to be left alone.
        rule_bound(rule, self.book, self.per_unit, b, base, |_| {})
    }
}
