//! What defaults cost where that changes from trial to trial.
//!
//! In trial t the n-th of the people of an entry who default costs on account a under policy k
//!
//! 1. round(LGD(U_tan, Y) EAD_k(Y)),   EAD_k(Y) = B'_k + round(CCF(Y) max(L'_k - B'_k, 0)) + received_k,
//!
//! with the laws of [`crate::model::severity`]. U_tan comes from a stream of the account's own, double word n, so
//! that every policy, batch of policies, round and split of the trials meets the same LGDs.
//!
//! People of an entry are ranked by the thresholds from which on they default ([`super::moves`]): under policy k
//! the first N_k of them do, and a second round takes the next. That is the law, as LGDs do not hang on marks, and
//! policies that are added only add people behind the others. Where LGDs are random a default costs a draw and a
//! quantile, so that pools of many defaulters cost what their people would one by one.

use std::ops::Range;

use super::defaults::Defaults;
use crate::model::severity::{Case, Systematic, Tables};
use crate::model::{Model, Severity};
use crate::policy::response::loss_given_default;
use crate::policy::{Effect, Parts};
use crate::portfolio::Portfolio;
use crate::random::{Address, Purpose, Stream, uniform};

/// Laws of what defaults cost, bound to a book and its policies.
#[derive(Debug)]
pub struct Severities<'a> {
    seed: u64,
    book: &'a Portfolio,
    model: &'a Model,
    laws: &'a Severity,
    tables: Tables,
    effects: Vec<&'a Effect>,
}

/// Some trials of a run.
#[derive(Debug)]
pub struct InTrials<'s, 'a> {
    all: &'s Severities<'a>,
    first: u64,
    /// Systematic parts, trial x direction; nothing where no law asks for them.
    y: Vec<f64>,
    lgds: Vec<f64>,
}

/// Where something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// On an account of the book.
    Account(usize),
    /// At a lender new to the borrower, by number.
    Elsewhere(usize),
}

impl<'a> Severities<'a> {
    /// Prepares the laws for policies with these effects.
    pub fn new(
        seed: u64,
        (book, model): (&'a Portfolio, &'a Model),
        laws: &'a Severity,
        effects: Vec<&'a Effect>,
    ) -> Self {
        Self { seed, book, model, laws, tables: laws.tables(book), effects }
    }

    /// Trials from `first` on; `defaults` knows their factors.
    pub fn trials(&self, defaults: &Defaults<'_>, (first, count): (u64, u64)) -> InTrials<'_, 'a> {
        let mut y = Vec::new();
        if self.laws.is_systematic() {
            for trial in first..first + count {
                y.extend(self.model.directions_at(&defaults.factors(0, trial)));
            }
        }
        InTrials { all: self, first, y, lgds: Vec::new() }
    }
}

impl<'s> InTrials<'s, '_> {
    /// Entry `b` in trial `t` (from the first of these). All that is asked of the model comes together here.
    pub fn case(&self, t: usize, b: usize) -> Case<'s> {
        let Severities { book, model, laws, tables, .. } = self.all;
        let segment = book.borrowers.segment.codes.get(b);
        let systematic = if self.y.is_empty() {
            Systematic { y: 0.0, loading: 0.0, pd: 0.0, threshold: 0.0 }
        } else {
            let at = t * model.directions.len() + model.segments[segment].direction;
            Systematic::of(model, book, b, self.y[at])
        };
        laws.case(segment, systematic, tables)
    }

    /// What the people of ranks `from[k]..to[k]` of entry `b` cost under policy k in trial `t`, through `found`.
    pub fn costs(
        &mut self,
        (t, b): (usize, usize),
        (from, to): (&[u64], &[u64]),
        mut found: impl FnMut(Owed, usize, i64),
    ) {
        let Severities { book, laws, effects, .. } = self.all;
        let case = self.case(t, b);
        let ranks = from.iter().copied().min().unwrap_or(0)..to.iter().copied().max().unwrap_or(0);
        let stands_for = book.borrowers.stands_for(b) as i64;
        let lenders = effects.iter().map(|effect| effect.debts_elsewhere.len()).max().unwrap_or(0);
        for a in book.accounts_of(b) {
            let (lgd, ccf) = (book.accounts.lgd.get(a), case.ccf(book.accounts.ccf.get(a)));
            self.draw((t, a), &case, lgd, ranks.clone());
            for (k, effect) in effects.iter().enumerate() {
                let exposure = effect.exposure.parts(book, a).exposure(ccf);
                let loss = self.sum(exposure, (from[k], to[k]), ranks.start);
                found(Owed::Account(a), k, loss * stands_for);
            }
            for lender in 0..lenders {
                if effects.iter().all(|effect| effect.debt_elsewhere(lender, a) == 0) {
                    continue;
                }
                self.draw((t, a), &case, laws.lgd_elsewhere(lender, lgd), ranks.clone());
                for (k, effect) in effects.iter().enumerate() {
                    let debt = effect.debt_elsewhere(lender, a);
                    let loss = self.sum(debt, (from[k], to[k]), ranks.start);
                    found(Owed::Elsewhere(lender), k, loss * stands_for);
                }
            }
        }
    }

    /// What the people of some ranks lose on account `a` with parts of its own.
    pub fn on_account(
        &mut self,
        (t, a): (usize, usize),
        case: &Case<'_>,
        parts: Parts,
        ranks: &Range<u64>,
    ) -> i64 {
        let accounts = &self.all.book.accounts;
        let exposure = parts.exposure(case.ccf(accounts.ccf.get(a)));
        self.draw((t, a), case, accounts.lgd.get(a), ranks.clone());
        self.sum(exposure, (ranks.start, ranks.end), ranks.start)
    }

    /// What they lose on a debt that moved from account `a` to a lender new to them.
    pub fn on_debt(
        &mut self,
        (t, a): (usize, usize),
        case: &Case<'_>,
        (lender, debt): (usize, i64),
        ranks: &Range<u64>,
    ) -> i64 {
        let own = self.all.book.accounts.lgd.get(a);
        self.draw((t, a), case, self.all.laws.lgd_elsewhere(lender, own), ranks.clone());
        self.sum(debt, (ranks.start, ranks.end), ranks.start)
    }

    /// LGDs of the people of some ranks around `mean`; one for all where they do not differ.
    fn draw(&mut self, (t, a): (usize, usize), case: &Case<'_>, mean: f64, ranks: Range<u64>) {
        self.lgds.clear();
        if !case.is_random() {
            self.lgds.push(case.lgd(mean, 0.5));
            return;
        }
        let trial = self.first + t as u64;
        let at = Address { purpose: Purpose::Severity, period: 0, trial, cell: a as u32 };
        // Two double words to a block.
        let mut stream = Stream::new(self.all.seed, at).skip_to((ranks.start / 2) as u32);
        if ranks.start % 2 == 1 {
            stream.double_word();
        }
        self.lgds.extend(ranks.map(|_| case.lgd(mean, uniform(&mut stream))));
    }

    /// Sum of LGD x exposure over people `from..to`, whose LGDs stand from rank `first` on.
    fn sum(&self, exposure: i64, (from, to): (u64, u64), first: u64) -> i64 {
        if to <= from || exposure == 0 {
            return 0;
        }
        if let [only] = self.lgds.as_slice() {
            return loss_given_default(exposure, *only) * (to - from) as i64;
        }
        let own = &self.lgds[(from - first) as usize..(to - first) as usize];
        own.iter().map(|&lgd| loss_given_default(exposure, lgd)).sum()
    }
}
