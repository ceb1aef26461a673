//! Exposures under a policy, computed on the fly where the policy is plain, stored where not.

use super::limits::{new_limits, scaled};
use super::response::{DebtResponse, Parts, loss_given_default};
use crate::error::Fault;
use crate::portfolio::{Amounts, Portfolio};
use crate::scenario::{AppliesTo, LimitBound, Per, Policy, Raise};
use crate::units::Currency;

/// What a policy does to the limits of a book.
///
/// Plain policies are functions of a row's own limit and cost no memory; others keep their new
/// limits while the books are made and their exposures (4 bytes an account where amounts fit)
/// from then on.
#[derive(Debug, Clone, PartialEq)]
pub enum NewLimits {
    /// Limits stay.
    Untouched,
    /// One absolute cap on every account.
    Cap(i64),
    /// One share of every limit.
    Scale(f64),
    /// New limit of each account.
    Each(Vec<i64>),
}

/// Exposure at default of each account under a policy.
#[derive(Debug, Clone, PartialEq)]
pub enum Exposure {
    /// As today.
    Untouched,
    /// One absolute cap on every account.
    Cap(i64),
    /// One share of every limit.
    Scale(f64),
    /// EAD of each account, smallest units.
    Each(Amounts),
    /// The parts of each account, where CCFs change from trial to trial.
    Parts {
        /// Drawn.
        drawn: Amounts,
        /// Undrawn.
        undrawn: Amounts,
    },
}

impl NewLimits {
    /// Works out what a policy does; faults as in [`new_limits`].
    pub fn of(policy: &Policy, book: &Portfolio, currency: &Currency) -> Result<Self, Vec<Fault>> {
        let [rule] = policy.rules.as_slice() else {
            if policy.rules.is_empty() {
                return Ok(Self::Untouched);
            }
            return new_limits(policy, book, currency).map(Self::Each);
        };
        let plain = rule.filter.is_empty()
            && rule.per == Per::Account
            && rule.raise == Raise::Never
            && rule.applies_to == AppliesTo::All;
        match rule.bound {
            LimitBound::Cap(cap) if plain => Ok(Self::Cap(cap.0)),
            LimitBound::Scale(share) if plain => Ok(Self::Scale(share)),
            _ => new_limits(policy, book, currency).map(Self::Each),
        }
    }

    /// New limit of account `a` with old limit `limit`.
    #[inline]
    pub fn at(&self, a: usize, limit: i64) -> i64 {
        match self {
            Self::Untouched => limit,
            Self::Cap(cap) => limit.min(*cap),
            Self::Scale(share) => limit.min(scaled(limit, *share)),
            Self::Each(limits) => limits[a],
        }
    }
}

impl Exposure {
    /// Loss of account `a` if its borrower defaults, smallest units.
    #[inline]
    pub fn loss(&self, book: &Portfolio, a: usize) -> i64 {
        let accounts = &book.accounts;
        let exposure = match self {
            Self::Each(exposures) => exposures.get(a),
            _ => self.parts(book, a).exposure(accounts.ccf.get(a)),
        };
        loss_given_default(exposure, accounts.lgd.get(a))
    }

    /// What account `a` owes and may draw before default. Where whole EADs are kept, which is so only under fixed
    /// CCFs, they count as drawn.
    #[inline]
    pub fn parts(&self, book: &Portfolio, a: usize) -> Parts {
        let (old, balance) = (book.accounts.limit.get(a), book.accounts.balance.get(a));
        let limit = match self {
            Self::Each(exposures) => return Parts { drawn: exposures.get(a), undrawn: 0 },
            Self::Parts { drawn, undrawn } => {
                return Parts { drawn: drawn.get(a), undrawn: undrawn.get(a) };
            }
            Self::Cap(cap) => old.min(*cap),
            Self::Scale(share) => old.min(scaled(old, *share)),
            Self::Untouched => old,
        };
        Parts::of(limit, DebtResponse::default().respond(old, balance, limit).balance)
    }

    /// Bytes held per account.
    pub fn bytes_per_account(&self) -> u64 {
        match self {
            Self::Each(exposures) => exposures.bytes_each(),
            Self::Parts { drawn, undrawn } => drawn.bytes_each() + undrawn.bytes_each(),
            _ => 0,
        }
    }
}
