//! New limits of all accounts of a book under one policy.
//!
//! An account has the old limit L and the balance B. Every matching rule r gives it a bound:
//!
//! 1. b_r = the cap, scale x L, share x income or the cap of the score band, rounded down to the
//!    smallest unit; of a borrower rule floor(L cap / sum), with the sum of the old limits of all the
//!    borrower's accounts that the rule matches: in proportion to old limits, each rounded down, what
//!    rounding leaves is not divided again;
//! 2. u_r = b_r if the rule has `raise`, min(b_r, L) otherwise; with `applies_to = "new"` at least
//!    min(B, L), so that nothing drawn is withdrawn (floors apart).
//!
//! They combine to the new limit L':
//!
//! 3. D = min of u_r over borrower rules, without end if none matches;
//! 4. L1 = min of u_r over account rules that are no floors; if none matches, L, or D where a borrower
//!    rule has `raise` and D is larger;
//! 5. L2 = max(L1, all u_r of floors);
//! 6. L' = min(L2, D).
//!
//! Without `raise` this is f = min(1, cap / sum), L' = min(L2, f L) with the smallest f, and L' <= L. So
//! a rule without `raise` lifts nothing, whatever stands next to it; a rule that has `raise` and a bound above
//! L lowers no limit to L or below; floors lift account rules, borrower rules may go under a floor; the
//! order of rules does not matter, and no limit falls where a bound rises. Filters and sums look at old
//! values.

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
    let scale = f64::from(currency.minor_per_unit);
    let mut bounds = Vec::new();
    for b in 0..book.entries() {
        let accounts = book.accounts_of(b);
        bounds.clear();
        for a in accounts.clone() {
            bounds.push(account_bounds(&mut rules, book, scale, b, a));
        }
        for rule in rules.iter_mut().filter(|r| r.rule.per == Per::Borrower) {
            bound_borrower(rule, book, scale, b, &mut bounds);
        }
        limits.extend(accounts.zip(&bounds).map(|(a, own)| own.limit(book.accounts.limit.get(a))));
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

/// What the rules ask of one account; `None` where no rule of the kind matches.
#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    /// Least u of the account rules that are no floors.
    account: Option<i64>,
    /// Largest u of the floors.
    floor: Option<i64>,
    /// D.
    borrower: Option<i64>,
    /// Whether a borrower rule that matches has `raise`.
    may_rise: bool,
}

impl Bounds {
    /// Equations 4 to 6 for an old limit.
    fn limit(self, old: i64) -> i64 {
        let most = self.borrower.unwrap_or(i64::MAX);
        let start = if self.may_rise { old.max(most) } else { old };
        let first = self.account.unwrap_or(start);
        first.max(self.floor.unwrap_or(first)).min(most)
    }
}

/// The lesser of two bounds, one of which is known.
fn least(known: Option<i64>, bound: i64) -> Option<i64> {
    Some(known.map_or(bound, |known| known.min(bound)))
}

/// Equation 2 but for floors, which `applies_to` does not touch.
fn allowed(rule: &Rule, bound: i64, old: i64, balance: i64) -> i64 {
    let bound = match rule.raise {
        Raise::Never => bound.min(old),
        Raise::Allowed => bound,
    };
    match rule.applies_to {
        AppliesTo::New if !matches!(rule.bound, LimitBound::Floor(_)) => {
            bound.max(balance.min(old))
        }
        AppliesTo::New | AppliesTo::All => bound,
    }
}

/// What the account rules ask of one account.
fn account_bounds(
    rules: &mut [BookRule<'_>],
    book: &Portfolio,
    scale: f64,
    b: usize,
    a: usize,
) -> Bounds {
    let (old, balance) = (book.accounts.limit.get(a), book.accounts.balance.get(a));
    let mut bounds = Bounds::default();
    for rule in rules.iter_mut().filter(|r| r.rule.per == Per::Account) {
        if !rule.acts_on(b, a) {
            continue;
        }
        let Some(bound) = rule.bound(book, scale, b, old) else { continue };
        let bound = allowed(rule.rule, bound, old, balance);
        match rule.rule.bound {
            LimitBound::Floor(_) => bounds.floor = bounds.floor.max(Some(bound)),
            _ => bounds.account = least(bounds.account, bound),
        }
    }
    bounds
}

/// What a borrower rule asks of the accounts of one borrower; `bounds` are theirs.
fn bound_borrower(
    rule: &mut BookRule<'_>,
    book: &Portfolio,
    scale: f64,
    b: usize,
    bounds: &mut [Bounds],
) {
    let accounts = book.accounts_of(b);
    let matching: Vec<usize> = accounts.clone().filter(|&a| rule.acts_on(b, a)).collect();
    let sum: i64 = matching.iter().map(|&a| book.accounts.limit.get(a)).sum();
    if matching.is_empty() || sum == 0 {
        return;
    }
    let Some(cap) = rule.bound(book, scale, b, sum) else { return };
    for a in matching {
        let (old, balance) = (book.accounts.limit.get(a), book.accounts.balance.get(a));
        // In integers: exact, rounded down, never above the cap in total.
        let share = i128::from(old) * i128::from(cap) / i128::from(sum);
        // Only where rules raise; the sum of limits is refused then.
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        let own = &mut bounds[a - accounts.start];
        own.borrower = least(own.borrower, allowed(rule.rule, share, old, balance));
        own.may_rise |= rule.rule.raise == Raise::Allowed;
    }
}
