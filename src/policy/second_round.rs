//! What line cuts amid losses do to a borrower who has not defaulted yet.
//!
//! Under a policy an account has the limit L' and the balance B'. In a trial in which lenders are stressed
//! it loses a share c of its line, and a policy that comes during the shock bounds it too:
//!
//! 1. L'' = min((1 - c) L', the policy's limit);
//! 2. the debt responds as to any cut ([`super::response`]): B'' and EAD'' = B'' + CCF max(L'' - B'', 0);
//! 3. a borrower is squeezed if L'' < min(B', L') on some account. It defaults in the second round if
//!    p' < U <= p'', with log-odds(p'') = log-odds(p') + squeeze, and loses LGD EAD''.
//!
//! Debts that leaked to an account have no line to cut.

use super::exposure::NewLimits;
use super::limits::scaled;
use super::reaction::{Person, Reaction};
use super::response::{DebtResponse, Parts, loss_given_default};

/// The second round of a policy.
#[derive(Debug)]
pub struct SecondRound<'a> {
    /// The policy as it stands before the shock.
    pub reaction: Reaction<'a>,
    /// Limits that come with the shock.
    pub during: Option<&'a NewLimits>,
    /// Squeeze of everybody; `None`: as their behaviour says.
    pub squeeze: Option<f64>,
}

/// What a second-round default of one borrower costs, smallest units.
#[derive(Debug, Default)]
pub struct SecondLosses {
    /// By account, with the given LGDs and CCFs.
    pub accounts: Vec<i64>,
    /// What each account owes and may draw before default.
    pub parts: Vec<Parts>,
    person: Person,
}

impl SecondLosses {
    /// Losses at lenders new to the borrower: lender, loss.
    pub fn elsewhere(&self) -> impl Iterator<Item = (usize, i64)> {
        self.person.elsewhere.iter().map(|new| (new.lender, new.loss))
    }

    /// Debts of account `a` there: lender, debt.
    pub fn debts_elsewhere(&self, a: usize) -> impl Iterator<Item = (usize, i64)> {
        let own = self.person.elsewhere.iter().filter(move |new| new.from == a);
        own.map(|new| (new.lender, new.debt))
    }
}

impl SecondRound<'_> {
    /// Works entry `b` out, lines of account a being cut by `cut(a)`; whether it is squeezed.
    pub fn of(&self, b: usize, cut: impl Fn(usize) -> f64, out: &mut SecondLosses) -> bool {
        let book = self.reaction.book;
        self.reaction.of(b, &mut out.person);
        out.accounts.clear();
        out.parts.clear();
        let mut squeezed = false;
        let response = DebtResponse::of(self.reaction.conduct.of(book, b));
        for (a, own) in book.accounts_of(b).zip(&out.person.accounts) {
            let mut limit = own.limit.min(scaled(own.limit, 1.0 - cut(a)));
            if let Some(during) = self.during {
                limit = limit.min(during.at(a, book.accounts.limit.get(a)));
            }
            squeezed |= limit < own.balance.min(own.limit);
            let debt = match limit < own.limit {
                true => response.respond(own.limit, own.balance, limit).balance,
                false => own.balance,
            };
            let parts = Parts::of(limit, debt).with(own.received);
            let exposure = parts.exposure(book.accounts.ccf.get(a));
            out.accounts.push(loss_given_default(exposure, book.accounts.lgd.get(a)));
            out.parts.push(parts);
        }
        squeezed
    }

    /// Change of the log-odds of each entry that the largest cut squeezes, the policy's own change
    /// included; `None` where it squeezes nobody.
    pub fn shifts(&self, own: impl Fn(usize) -> f32, largest_cut: f64) -> Option<Vec<f32>> {
        let book = self.reaction.book;
        let mut out = SecondLosses::default();
        let shifts: Vec<f32> = (0..book.entries())
            .map(|b| {
                let squeezed = self.of(b, |_| largest_cut, &mut out);
                let response = self.reaction.conduct.of(book, b);
                let squeeze = self.squeeze.unwrap_or(response.squeeze);
                own(b) + if squeezed { squeeze.max(0.0) as f32 } else { 0.0 }
            })
            .collect();
        shifts.iter().any(|&shift| shift != 0.0).then_some(shifts)
    }
}

impl super::Effect {
    /// One that only moves odds.
    pub fn of_shifts(shifts: Option<Vec<f32>>) -> Self {
        Self { shifts, ..Self::of_exposure(super::Exposure::Untouched) }
    }
}
