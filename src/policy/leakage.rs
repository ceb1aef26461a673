//! Where withdrawn credit goes that does not stay withdrawn.
//!
//! Of the credit W taken from an account with old limit L the share lambda is asked for elsewhere, in
//! whole smallest units:
//!
//! 1. at the borrower's other lenders in proportion to their old limits, what is left at the lenders
//!    outside the book; or at the named rivals in proportion to their shares;
//! 2. debt at a rival may not exceed its multiple of L, nor the policy's own caps there
//!    ([`super::ceilings`]); what one rival cannot take is asked of the others;
//! 3. what finds no place stays withdrawn: W = leaked + withdrawn for good, to the unit.
//!
//! At a lender where the borrower has several accounts the one with the largest limit receives.
//! Leaked debt has no undrawn part.

use super::ceilings::{Ceilings, Shared};
use super::conduct::Conduct;
use super::reaction::{Account, Elsewhere};
use super::response::loss_given_default;
use crate::portfolio::Portfolio;
use crate::scenario::Response;

/// Who may receive.
#[derive(Debug, Clone, Copy)]
struct Receiver<'c> {
    to: To,
    weight: u64,
    /// Debt the borrower may still take up there, borrower rules apart.
    room: i64,
    /// The name, if the borrower is new there.
    new_lender: Option<&'c str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum To {
    /// An account of the borrower.
    Account(usize),
    /// A lender new to the borrower, by number.
    New(usize),
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Scratch {
    shared: Vec<Shared>,
}

/// Places what leaks from the accounts of borrower `b`.
pub fn place(
    (book, b): (&Portfolio, usize),
    conduct: &Conduct<'_>,
    response: &Response,
    ceilings: &Ceilings<'_>,
    accounts: &mut [Account],
    elsewhere: &mut Vec<Elsewhere>,
    scratch: &mut Scratch,
) {
    let first = book.accounts_of(b).start;
    let share = response.leakage.get();
    ceilings.shared(b, |a| accounts[a - first].debt(), &mut scratch.shared);
    for from in book.accounts_of(b) {
        let withdrawn = accounts[from - first].withdrawn;
        let mut wanted = (share * withdrawn as f64 + 0.5) as i64;
        if wanted == 0 {
            continue;
        }
        let old_limit = book.accounts.limit.get(from);
        let spread = Spread { book, b, from, conduct, response, ceilings, old_limit };
        for mut receivers in spread.waves(accounts, elsewhere) {
            let mut pour =
                Pour { spread: &spread, accounts, elsewhere, shared: &mut scratch.shared };
            wanted -= pour.pour(&mut receivers, wanted);
        }
    }
}

/// One account's leak.
struct Spread<'c, 'a> {
    book: &'c Portfolio,
    b: usize,
    from: usize,
    conduct: &'c Conduct<'a>,
    response: &'c Response,
    ceilings: &'c Ceilings<'a>,
    old_limit: i64,
}

impl<'c> Spread<'c, '_> {
    /// Receivers in the order in which they are asked.
    fn waves(&self, accounts: &[Account], elsewhere: &[Elsewhere]) -> Vec<Vec<Receiver<'c>>> {
        let lenders = &self.book.accounts.lender;
        let own = lenders.codes.get(self.from);
        let new = 0..self.conduct.new_lenders.len();
        if self.conduct.behaviour.rivals.is_some() {
            let rivals = new.filter(|&at| self.conduct.new_lenders[at].lender != own);
            let receivers = rivals.map(|at| {
                let rival = &self.conduct.new_lenders[at];
                let there = self.account_at(rival.lender);
                let receiver = there.map(|a| self.at_account(a, rival.limit, accounts));
                let receiver = receiver.unwrap_or_else(|| self.at_new(at, elsewhere));
                Receiver { weight: rival.share, ..receiver }
            });
            return vec![receivers.collect()];
        }
        let mut known: Vec<usize> = Vec::new();
        let mut others = Vec::new();
        for a in self.book.accounts_of(self.b) {
            let lender = lenders.codes.get(a);
            if lender == own || known.contains(&lender) {
                continue;
            }
            known.push(lender);
            let limits = self.accounts_at(lender).map(|a| self.book.accounts.limit.get(a) as u64);
            let weight = limits.sum();
            let receiver = self.account_at(lender).map(|a| self.at_account(a, None, accounts));
            others.extend(receiver.map(|receiver| Receiver { weight, ..receiver }));
        }
        vec![others, new.map(|at| self.at_new(at, elsewhere)).collect()]
    }

    fn accounts_at(&self, lender: usize) -> impl Iterator<Item = usize> {
        let codes = &self.book.accounts.lender.codes;
        self.book.accounts_of(self.b).filter(move |&a| codes.get(a) == lender)
    }

    /// The account with the largest limit at a lender, the first of several.
    fn account_at(&self, lender: usize) -> Option<usize> {
        let limit = |a: usize| self.book.accounts.limit.get(a);
        self.accounts_at(lender).reduce(|best, a| if limit(a) > limit(best) { a } else { best })
    }

    fn at_account(&self, a: usize, limit: Option<f64>, accounts: &[Account]) -> Receiver<'c> {
        let first = self.book.accounts_of(self.b).start;
        let lender = self.book.accounts.lender.codes.get(a);
        let owed: i64 = self.accounts_at(lender).map(|a| accounts[a - first].debt()).sum();
        let ceiling = self.ceilings.of_account(self.b, a, None);
        let room =
            (self.most(limit) - owed).min(ceiling.saturating_sub(accounts[a - first].debt()));
        Receiver { to: To::Account(a), weight: 0, room: room.max(0), new_lender: None }
    }

    fn at_new(&self, at: usize, elsewhere: &[Elsewhere]) -> Receiver<'c> {
        let new = &self.conduct.new_lenders[at];
        let lenders = &self.book.accounts.lender.names;
        let outside = || &self.conduct.outside[new.lender - lenders.len()];
        let name = lenders.get(new.lender).unwrap_or_else(outside).as_str();
        let owed: i64 = elsewhere.iter().filter(|e| e.lender == at).map(|e| e.debt).sum();
        let most =
            self.most(new.limit).min(self.ceilings.of_account(self.b, self.from, Some(name)));
        let room = (most - owed).max(0);
        Receiver { to: To::New(at), weight: new.share, room, new_lender: Some(name) }
    }

    /// Largest debt at a rival.
    fn most(&self, limit: Option<f64>) -> i64 {
        super::limits::scaled(self.old_limit, limit.unwrap_or(self.response.rival_limit))
    }
}

/// Filling receivers up.
struct Pour<'p, 'c, 'a> {
    spread: &'p Spread<'c, 'a>,
    accounts: &'p mut [Account],
    elsewhere: &'p mut Vec<Elsewhere>,
    shared: &'p mut [Shared],
}

impl Pour<'_, '_, '_> {
    /// Gives `wanted` to receivers in proportion to weights as far as there is room; says how much
    /// found a place.
    fn pour(&mut self, receivers: &mut [Receiver<'_>], wanted: i64) -> i64 {
        let mut rest = wanted;
        while rest > 0 {
            let open = |r: &Receiver<'_>| r.room > 0 && r.weight > 0;
            let sum: u128 =
                receivers.iter().filter(|r| open(r)).map(|r| u128::from(r.weight)).sum();
            if sum == 0 {
                break;
            }
            let before = rest;
            for receiver in receivers.iter_mut().filter(|r| open(r)) {
                // Rounded up: the last ones get what is left, and every round gives something.
                let quota = (before as u128 * u128::from(receiver.weight)).div_ceil(sum) as i64;
                let shared = self.allowed(receiver);
                let given = quota.min(rest).min(receiver.room).min(shared);
                receiver.room = if shared > given { receiver.room - given } else { 0 };
                rest -= given;
                self.give(receiver, given);
            }
        }
        wanted - rest
    }

    /// What the borrower rules allow a receiver.
    fn allowed(&self, receiver: &Receiver<'_>) -> i64 {
        let Spread { ceilings, b, from, .. } = *self.spread;
        let a = if let To::Account(a) = receiver.to { a } else { from };
        let binding = self.shared.iter().filter(|s| ceilings.shares(s, b, a, receiver.new_lender));
        binding.map(|shared| shared.left).fold(i64::MAX, i64::min)
    }

    fn give(&mut self, receiver: &Receiver<'_>, amount: i64) {
        if amount == 0 {
            return;
        }
        let Spread { book, b, from, conduct, ceilings, .. } = *self.spread;
        let first = book.accounts_of(b).start;
        self.accounts[from - first].leaked += amount;
        let a = match receiver.to {
            To::Account(a) => {
                self.accounts[a - first].received += amount;
                a
            }
            To::New(lender) => {
                let own = book.accounts.lgd.get(from);
                let lgd = conduct.new_lenders[lender].lgd.unwrap_or(own);
                let loss = loss_given_default(amount, lgd);
                self.elsewhere.push(Elsewhere { lender, from, debt: amount, loss });
                from
            }
        };
        for shared in self.shared.iter_mut() {
            if ceilings.shares(shared, b, a, receiver.new_lender) {
                shared.left -= amount;
            }
        }
    }
}
