//! Where withdrawn credit goes that does not stay withdrawn.
//!
//! Of the credit W taken from an account with old limit L the share lambda is asked for elsewhere:
//!
//! 1. at the borrower's other lenders in proportion to their old limits, what they cannot take at the
//!    lenders outside the book; or at the named rivals in proportion to their shares;
//! 2. debt at a rival may not exceed its multiple of L, nor the policy's own caps there
//!    ([`super::ceilings`]); what one rival cannot take is asked of the others;
//! 3. what finds no place stays withdrawn: W = leaked + withdrawn for good, to the unit.
//!
//! All cut accounts of a borrower pour at the same time, each at the rate W per unit of lambda, as water
//! fills vessels (`pour`): what has found a place at some lambda keeps it at every larger one, so
//! that more leakage never means less debt anywhere. At a lender where the borrower has several
//! accounts the one with the largest limit receives; of several the one with the least debt, then the lowest
//! LGD and CCF. Leaked debt has no undrawn part.
//!
//! Nothing depends on names, nor on the order of rows or rivals but for this: where receivers, or cut accounts,
//! are the same in every amount above, the first row, or the first rival, gets a last unit that cannot be
//! divided.

use super::ceilings::{Ceilings, Shared};
use super::conduct::Conduct;
use super::debts::{Account, Elsewhere};
use super::limits::scaled;
use super::pour::{Pipe, Pour, Room, Source, Vessel};
use super::response::loss_given_default;
use crate::portfolio::Portfolio;
use crate::scenario::Response;

/// A borrower whose credit leaks.
#[derive(Debug, Clone, Copy)]
pub struct Leaking<'c, 'a> {
    /// The book.
    pub book: &'c Portfolio,
    /// The borrower.
    pub b: usize,
    /// How borrowers answer.
    pub conduct: &'c Conduct<'a>,
    /// The borrower's numbers.
    pub response: &'c Response,
    /// The policy's own caps.
    pub ceilings: &'c Ceilings<'a>,
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Scratch {
    shared: Vec<Shared>,
    /// Cut accounts in the order in which they pour.
    cut: Vec<usize>,
    /// Who receives, by vessel.
    receivers: Vec<To>,
    sources: Vec<Source>,
    vessels: Vec<Vessel>,
    pipes: Vec<Pipe>,
    rooms: Vec<Room>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum To {
    /// An account of the borrower.
    Account(usize),
    /// A lender new to the borrower, by number.
    New(usize),
}

impl Leaking<'_, '_> {
    /// Places what leaks.
    pub fn place(
        self,
        accounts: &mut [Account],
        elsewhere: &mut Vec<Elsewhere>,
        scratch: &mut Scratch,
    ) {
        let Self { book, b, .. } = self;
        let first = book.accounts_of(b).start;
        let Scratch { shared, cut, receivers, sources, vessels, pipes, rooms } = scratch;
        self.ceilings.shared(b, |a| accounts[a - first].debt(), shared);
        cut.clear();
        cut.extend(book.accounts_of(b).filter(|a| accounts[a - first].withdrawn > 0));
        cut.sort_by(|&x, &y| {
            let amounts = |a: usize| (accounts[a - first].withdrawn, book.accounts.limit.get(a));
            let (x, y) =
                ((amounts(x), self.traits(accounts, x)), (amounts(y), self.traits(accounts, y)));
            x.partial_cmp(&y).unwrap_or(std::cmp::Ordering::Equal)
        });
        receivers.clear();
        sources.clear();
        vessels.clear();
        pipes.clear();
        for &from in &*cut {
            let before = pipes.len();
            self.lay(from, accounts, shared, (receivers, vessels, pipes));
            self.sort(accounts, receivers, vessels, &mut pipes[before..]);
            let withdrawn = accounts[from - first].withdrawn;
            sources.push(Source { withdrawn, pipes: before..pipes.len() });
        }
        rooms.clear();
        rooms.extend(shared.iter().map(|shared| Room::new(shared.left)));
        Pour { sources, rooms, vessels, pipes }.until(self.response.leakage.get());
        for (&from, source) in cut.iter().zip(&*sources) {
            for pipe in pipes[source.pipes.clone()].iter().filter(|pipe| pipe.poured > 0) {
                let debt = pipe.poured;
                accounts[from - first].leaked += debt;
                match receivers[pipe.vessel] {
                    To::Account(a) => accounts[a - first].received += debt,
                    To::New(lender) => {
                        let own = book.accounts.lgd.get(from);
                        let lgd = self.conduct.new_lenders[lender].lgd.unwrap_or(own);
                        let loss = loss_given_default(debt, lgd);
                        elsewhere.push(Elsewhere { lender, from, debt, loss });
                    }
                }
            }
        }
    }

    /// What tells accounts with the same limit apart: debt, LGD, CCF.
    fn traits(&self, accounts: &[Account], a: usize) -> (i64, f64, f64) {
        let first = self.book.accounts_of(self.b).start;
        let own = &self.book.accounts;
        (accounts[a - first].debt(), own.lgd.get(a), own.ccf.get(a))
    }

    /// The pipes of a cut account.
    fn lay(
        &self,
        from: usize,
        accounts: &[Account],
        shared: &[Shared],
        (receivers, vessels, pipes): (&mut Vec<To>, &mut Vec<Vessel>, &mut Vec<Pipe>),
    ) {
        let Self { book, b, conduct, .. } = *self;
        let lenders = &book.accounts.lender;
        let own = lenders.codes.get(from);
        let mut add = |to, wave, weight: u64, limit: Option<f64>| {
            let asked = (wave, weight, limit);
            let (level, pipe) = self.pipe(from, to, asked, accounts, shared);
            let known = receivers.iter().position(|known| *known == to);
            let vessel = known.unwrap_or_else(|| {
                receivers.push(to);
                vessels.push(Vessel::new(level));
                vessels.len() - 1
            });
            pipes.push(Pipe { vessel, ..pipe });
        };
        if conduct.behaviour.rivals.is_some() {
            for (at, rival) in conduct.new_lenders.iter().enumerate() {
                if rival.lender != own {
                    let to = self.account_at(accounts, rival.lender);
                    add(to.map_or(To::New(at), To::Account), 0, rival.share, rival.limit);
                }
            }
            return;
        }
        let mut known: Vec<usize> = vec![own];
        for a in book.accounts_of(b) {
            let lender = lenders.codes.get(a);
            if known.contains(&lender) {
                continue;
            }
            known.push(lender);
            let limits = self.accounts_at(lender).map(|a| book.accounts.limit.get(a));
            let weight = limits.sum::<i64>().unsigned_abs();
            if let Some(a) = self.account_at(accounts, lender) {
                add(To::Account(a), 0, weight, None);
            }
        }
        for (at, new) in conduct.new_lenders.iter().enumerate() {
            add(To::New(at), 1, 1, new.limit);
        }
    }

    /// A pipe whose vessel is not known yet, and the debt there before.
    fn pipe(
        &self,
        from: usize,
        to: To,
        (wave, weight, limit): (u8, u64, Option<f64>),
        accounts: &[Account],
        shared: &[Shared],
    ) -> (i64, Pipe) {
        let Self { book, b, response, ceilings, .. } = *self;
        let first = book.accounts_of(b).start;
        let most = scaled(book.accounts.limit.get(from), limit.unwrap_or(response.rival_limit));
        let (a, name, level, up_to) = match to {
            To::Account(a) => {
                // Rules bound the account, the multiple all debt at its lender.
                let lender = book.accounts.lender.codes.get(a);
                let owed: i64 = self.accounts_at(lender).map(|a| accounts[a - first].debt()).sum();
                let own = accounts[a - first].debt();
                let ceiling = ceilings.of_account(b, a, None);
                (a, None, owed, most.min(ceiling.saturating_sub(own).saturating_add(owed)))
            }
            To::New(at) => {
                let name = self.conduct.name(book, at);
                (from, Some(name), 0, most.min(ceilings.of_account(b, from, Some(name))))
            }
        };
        let rules = shared.iter().enumerate().filter(|(_, s)| ceilings.shares(s, b, a, name));
        let rules = rules.fold(0, |bits, (at, _)| bits | 1 << at);
        (level, Pipe { vessel: 0, wave, weight, up_to, rules, ..Pipe::default() })
    }

    /// Brings pipes of an account into an order that does not depend on names or rows: of those with the
    /// same weight the one with more room first.
    fn sort(&self, accounts: &[Account], receivers: &[To], vessels: &[Vessel], pipes: &mut [Pipe]) {
        let key = |pipe: &Pipe| {
            let (debt, lgd, ccf) = match receivers[pipe.vessel] {
                To::Account(a) => self.traits(accounts, a),
                To::New(at) => (0, self.conduct.new_lenders[at].lgd.unwrap_or(-1.0), 0.0),
            };
            let level = vessels[pipe.vessel].before;
            let amounts = (std::cmp::Reverse(pipe.weight), level.saturating_sub(pipe.up_to));
            (pipe.wave, amounts, level, debt, lgd, ccf)
        };
        pipes.sort_by(|x, y| key(x).partial_cmp(&key(y)).unwrap_or(std::cmp::Ordering::Equal));
    }

    fn accounts_at(&self, lender: usize) -> impl Iterator<Item = usize> {
        let codes = &self.book.accounts.lender.codes;
        self.book.accounts_of(self.b).filter(move |&a| codes.get(a) == lender)
    }

    /// The account of the borrower at a lender that receives.
    fn account_at(&self, accounts: &[Account], lender: usize) -> Option<usize> {
        let key = |a: usize| {
            let limit = std::cmp::Reverse(self.book.accounts.limit.get(a));
            (limit, self.traits(accounts, a))
        };
        self.accounts_at(lender).reduce(|best, a| if key(a) < key(best) { a } else { best })
    }
}
