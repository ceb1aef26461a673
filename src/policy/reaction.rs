//! What a policy does to one borrower: new limits, new debts at all lenders, new odds of default.
//!
//! With B the borrower's total debt before, B' after (leaked debt included), W the withdrawn credit and
//! S the part of W that leaked to lenders new to the borrower, the log-odds of default move by
//!
//! 1. - relief (B - B') / max(B, B')      (B = 0: nothing),
//! 2. + squeeze if some account has L' < min(B, L),
//! 3. + ln(stacking) S / W,
//!
//! each if its channel is open. A rise of debt counts as the fall that would undo it, so that small
//! debts do not multiply odds without bound. A borrower none of whose limits change stays as it is.

use super::ceilings::Ceilings;
use super::conduct::{Conduct, Switches};
use super::debts::{Account, Elsewhere};
use super::exposure::NewLimits;
use super::leakage;
use super::response::{DebtResponse, Parts};
use crate::error::Fault;
use crate::portfolio::Portfolio;
use crate::scenario::{Channels, Policy};
use crate::units::Currency;

/// A policy's limits on a book and how its borrowers answer.
#[derive(Debug)]
pub struct Reaction<'a> {
    /// The book.
    pub book: &'a Portfolio,
    /// New limits of all accounts.
    pub limits: &'a NewLimits,
    /// How borrowers answer.
    pub conduct: &'a Conduct<'a>,
    switches: Switches,
    /// Where credit leaks.
    ceilings: Option<Ceilings<'a>>,
}

/// One borrower under a policy.
#[derive(Debug, Default)]
pub struct Person {
    /// Its accounts in order.
    pub accounts: Vec<Account>,
    /// Debts at lenders new to it.
    pub elsewhere: Vec<Elsewhere>,
    /// Change of the log-odds of default.
    pub shift: f64,
    scratch: leakage::Scratch,
}

impl<'a> Reaction<'a> {
    /// All that happens under a policy with these limits.
    ///
    /// Faults: those of the policy's filters.
    pub fn new(
        book: &'a Portfolio,
        policy: &'a Policy,
        limits: &'a NewLimits,
        conduct: &'a Conduct<'a>,
        currency: &Currency,
    ) -> Result<Self, Vec<Fault>> {
        let leaks = conduct.behaviour.active().leakage;
        let ceilings = leaks.then(|| Ceilings::new(policy, book, currency)).transpose()?;
        Ok(Self { book, limits, conduct, switches: Switches::ALL, ceilings })
    }

    /// The same with some effects switched off.
    #[must_use]
    pub fn with(self, switches: Switches) -> Self {
        Self { switches, ..self }
    }

    /// Which effects are switched on.
    pub fn switches(&self) -> Switches {
        self.switches
    }

    /// Works out borrower `b`.
    pub fn of(&self, b: usize, person: &mut Person) {
        let book = self.book;
        let accounts = &book.accounts;
        let Person { accounts: own, elsewhere, shift, scratch } = person;
        own.clear();
        elsewhere.clear();
        *shift = 0.0;
        let (mut changed, mut below) = (false, false);
        let mechanical = DebtResponse::default();
        let mut response = None;
        for a in book.accounts_of(b) {
            let (old, balance) = (accounts.limit.get(a), accounts.balance.get(a));
            let limit = self.limits.at(a, old);
            let debt = if limit == old {
                mechanical.respond(old, balance, limit)
            } else {
                changed = true;
                below |= limit < balance.min(old);
                let response = response.get_or_insert_with(|| self.conduct.of(book, b));
                DebtResponse::of(response).respond(old, balance, limit)
            };
            let ccf = accounts.ccf.get(a);
            let parts = match self.switches.direct {
                true => Parts::of(limit, debt.balance),
                false => Parts::of(old, balance),
            };
            own.push(Account {
                limit,
                balance: debt.balance,
                parts,
                exposure: parts.exposure(ccf),
                withdrawn: debt.withdrawn,
                leaked: 0,
                received: 0,
            });
        }
        let Some(response) = response.filter(|_| changed) else { return };
        let open = self.open();
        if let (true, Some(ceilings)) =
            (open.leakage && response.leakage.get() > 0.0, &self.ceilings)
        {
            let conduct = self.conduct;
            let leaking = leakage::Leaking { book, b, conduct, response, ceilings };
            leaking.place(own, elsewhere, scratch);
        }
        if open.relief {
            let before: i64 = book.accounts_of(b).map(|a| accounts.balance.get(a)).sum();
            let after = own.iter().map(Account::debt).sum::<i64>()
                + elsewhere.iter().map(|e| e.debt).sum::<i64>();
            if before > 0 {
                let larger = before.max(after);
                *shift -= response.relief * ((before - after) as f64 / larger as f64);
            }
        }
        if open.squeeze && below {
            *shift += response.squeeze;
        }
        if open.stacking && !elsewhere.is_empty() {
            let new: i64 = elsewhere.iter().map(|e| e.debt).sum();
            let withdrawn: i64 = own.iter().map(|a| a.withdrawn).sum();
            *shift += libm::log(response.stacking) * (new as f64 / withdrawn as f64);
        }
    }

    /// The most that a debt of borrower `b` at a lender new to it may cost, smallest units.
    pub fn worst_elsewhere(&self, b: usize, new: &Elsewhere) -> i64 {
        let own = self.book.accounts.lgd.get(new.from);
        let lgd = self.conduct.new_lenders[new.lender].lgd.unwrap_or(own);
        self.conduct.worst.loss_elsewhere(self.book, b, new.debt, lgd)
    }

    /// Channels that are open in the scenario and switched on here.
    fn open(&self) -> Channels {
        let (a, b) = (self.conduct.behaviour.channels, self.switches.channels);
        Channels {
            leakage: a.leakage && b.leakage,
            relief: a.relief && b.relief,
            squeeze: a.squeeze && b.squeeze,
            stacking: a.stacking && b.stacking,
        }
    }
}

/// Probability whose log-odds lie `shift` above those of `p`; 0 and 1 stay.
pub fn shifted(p: f64, shift: f64) -> f64 {
    let odds = libm::exp(shift);
    odds * p / (1.0 - p + odds * p)
}
