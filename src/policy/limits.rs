//! New limits of all accounts of a book under one policy.
//!
//! For an account with old limit L:
//!
//! 1. L1 = min over matching account rules of their bound (absolute, scale x L, share x income,
//!    by score band); a rule without `raise` bounds at no more than L; no rule: L1 = L;
//! 2. floors lift L1 to the highest matching floor, never above L (unless they may raise);
//! 3. borrower rules come last: f = min(1, cap / sum of old limits of the matching accounts),
//!    L' = min(L1, f L); with several rules the smallest f. They may go under a floor. A raising
//!    borrower rule (f not bounded by 1) goes no further than the account rules' own bounds.
//!
//! Filters and sums look at old values. Bounds are rounded down to the smallest unit, so that a
//! cap is never exceeded. `applies_to = "new"` keeps L' at or above min(B, L): nothing drawn is
//! withdrawn.

use super::filter::{Attribute, Passes, RowFilter, attribute};
use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::Portfolio;
use crate::scenario::{AppliesTo, LimitBound, Per, Policy, Raise, Rule};
use crate::units::Currency;

/// The limits of all accounts under a policy, smallest units.
///
/// Faults: names in filters that the book does not have; rows that lack an attribute a rule needs
/// (one fault per rule, with the number of such rows).
pub fn new_limits(
    policy: &Policy,
    book: &Portfolio,
    currency: &Currency,
) -> Result<Vec<i64>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut rules = Vec::new();
    for rule in &policy.rules {
        match RowFilter::new(&rule.filter, rule.if_missing, book, currency, &rule.path) {
            Ok(filter) => rules.push(BookRule { rule, filter, lacking: Lacking::default() }),
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut limits = Vec::with_capacity(book.accounts.limit.len());
    let scale = currency.per_unit();
    let mut bounds = Vec::new();
    for b in 0..book.entries() {
        let accounts = book.accounts_of(b);
        bounds.clear();
        for a in accounts.clone() {
            let (limit, bound) = account_limit(&mut rules, book, scale, b, a);
            limits.push(limit);
            bounds.push(bound);
        }
        for rule in rules.iter_mut().filter(|r| r.rule.per == Per::Borrower) {
            bound_borrower(rule, book, scale, b, &mut limits[accounts.clone()], &bounds);
        }
    }
    for rule in &rules {
        faults.extend(rule.lacking.fault(policy, rule.rule));
    }
    if faults.is_empty() { Ok(limits) } else { Err(faults) }
}

struct BookRule<'a> {
    rule: &'a Rule,
    filter: RowFilter<'a>,
    lacking: Lacking,
}

/// Rows that lack an attribute.
#[derive(Default)]
struct Lacking {
    attribute: Option<&'static str>,
    rows: u64,
}

impl Lacking {
    fn note(&mut self, attribute: &'static str) {
        self.attribute = Some(attribute);
        self.rows += 1;
    }

    fn fault(&self, policy: &Policy, rule: &Rule) -> Option<Fault> {
        let attribute = self.attribute?;
        Some(
            Fault::new(
                Place::Value(rule.path.clone()),
                FaultKind::Conflict {
                    message: format!(
                        "policy `{}`: the rule needs `{attribute}`, which {} row(s) of the book lack",
                        policy.written_id(),
                        self.rows
                    ),
                },
            )
            .with_hint("say what to do with them: if_missing = \"skip\" or \"zero\""),
        )
    }
}

impl BookRule<'_> {
    /// Whether the rule acts on an account; rows that cannot be judged are noted.
    fn acts_on(&mut self, b: usize, a: usize) -> bool {
        match self.filter.passes(b, a) {
            Passes::Yes => true,
            Passes::No => false,
            Passes::Unknown(attribute) => {
                self.lacking.note(attribute);
                false
            }
        }
    }

    /// The bound in smallest units for a base limit (the account's, or the sum over accounts);
    /// `None` where the rule does not bound this borrower.
    fn bound(&mut self, book: &Portfolio, scale: f64, b: usize, base: i64) -> Option<i64> {
        rule_bound(self.rule, book, scale, b, base, |attribute| self.lacking.note(attribute))
    }
}

/// The bound of a rule as written, smallest units, for borrower `b` and a base limit; `None` where the
/// rule does not bound him. An attribute that is missing and should not be is noted.
pub fn rule_bound(
    rule: &Rule,
    book: &Portfolio,
    scale: f64,
    b: usize,
    base: i64,
    mut lacking: impl FnMut(&'static str),
) -> Option<i64> {
    let mut known = |name, column: Option<&_>| match attribute(column, b, rule.if_missing) {
        Attribute::Value(x) => Some(x),
        Attribute::Skip => None,
        Attribute::Unknown => {
            lacking(name);
            None
        }
    };
    match &rule.bound {
        LimitBound::Cap(cap) | LimitBound::Floor(cap) => Some(cap.0),
        LimitBound::Scale(share) => Some(scaled(base, *share)),
        LimitBound::IncomeShare(share) => {
            let income = known("income", book.borrowers.income.as_ref())?;
            Some(rounded_down(share * income.max(0.0) * scale))
        }
        LimitBound::ScoreCaps(bands) => {
            let score = known("score", book.borrowers.score.as_ref())?;
            bands.iter().find(|band| band.score.contains(score)).map(|band| band.cap.0)
        }
    }
}

/// A share of an amount, rounded down to the smallest unit.
#[inline]
pub fn scaled(amount: i64, share: f64) -> i64 {
    rounded_down(amount as f64 * share)
}

/// Rounds a product of decimals down. Binary products may fall just short of the whole number that
/// the decimals give (0.29 x 100 is 28.999999999999996), so within their rounding error the nearest
/// whole number counts.
#[inline]
fn rounded_down(x: f64) -> i64 {
    let nearest = x.round();
    if (nearest - x).abs() <= 4.0 * f64::EPSILON * x { nearest as i64 } else { x as i64 }
}

/// Equations 1 and 2 for one account, and the most restrictive bound of the account rules as written
/// (not clamped to the old limit; `i64::MAX` if there is none).
fn account_limit(
    rules: &mut [BookRule<'_>],
    book: &Portfolio,
    scale: f64,
    b: usize,
    a: usize,
) -> (i64, i64) {
    let old = book.accounts.limit.get(a);
    let drawn = book.accounts.balance.get(a).min(old);
    let mut new: Option<i64> = None;
    let mut floor = i64::MIN;
    let mut as_written = i64::MAX;
    for rule in rules.iter_mut().filter(|r| r.rule.per == Per::Account) {
        if !rule.acts_on(b, a) {
            continue;
        }
        let Some(bound) = rule.bound(book, scale, b, old) else { continue };
        let is_floor = matches!(rule.rule.bound, LimitBound::Floor(_));
        as_written = if is_floor { as_written } else { as_written.min(bound) };
        let bound = match rule.rule.raise {
            Raise::Never => bound.min(old),
            Raise::Allowed => bound,
        };
        if is_floor {
            floor = floor.max(bound);
            continue;
        }
        let bound = match rule.rule.applies_to {
            AppliesTo::All => bound,
            AppliesTo::New => bound.max(drawn),
        };
        new = Some(new.map_or(bound, |n| n.min(bound)));
    }
    (new.unwrap_or(old).max(floor), as_written)
}

/// Equation 3 for one borrower; `limits` are those of its accounts after equations 1 and 2.
fn bound_borrower(
    rule: &mut BookRule<'_>,
    book: &Portfolio,
    scale: f64,
    b: usize,
    limits: &mut [i64],
    bounds: &[i64],
) {
    let accounts = book.accounts_of(b);
    let matching: Vec<usize> = accounts.clone().filter(|&a| rule.acts_on(b, a)).collect();
    let sum: i64 = matching.iter().map(|&a| book.accounts.limit.get(a)).sum();
    if matching.is_empty() || sum == 0 {
        return;
    }
    let Some(cap) = rule.bound(book, scale, b, sum) else { return };
    for a in matching {
        let old = book.accounts.limit.get(a);
        let share = match rule.rule.raise {
            Raise::Never => cap.min(sum),
            Raise::Allowed => cap,
        };
        // old * share / sum in integers: exact, rounded down, never above the cap in total.
        let mut bound = (i128::from(old) * i128::from(share) / i128::from(sum)) as i64;
        if rule.rule.applies_to == AppliesTo::New {
            bound = bound.max(book.accounts.balance.get(a).min(old));
        }
        let limit = &mut limits[a - accounts.start];
        // A raising rule sets the limit up to what the account rules allow.
        *limit = match rule.rule.raise {
            Raise::Allowed if *limit >= old => bound.min(bounds[a - accounts.start]),
            _ => (*limit).min(bound),
        };
    }
}
