//! What a default costs on average where that follows laws.
//!
//! With p the PD of a borrower under a policy, of an account with drawn part B, undrawn part u and CCF c
//!
//! 1. E[p(Y) LGD(Y) (B + CCF(Y) u)] / p,
//!
//! in closed form ([`crate::model::severity`], equation 6), or by quadrature where LGDs are tied to the factor and
//! behaviour moves the PD. Equal to the mean of the losses of trials up to their rounding to smallest units,
//! which is at most half of one a default and next to nothing on average; of discrete laws with fixed CCFs the
//! rounding is taken into account.

use crate::model::severity::Systematic;
use crate::model::{Model, Severity};
use crate::policy::{Effect, Parts};
use crate::portfolio::Portfolio;
use crate::scenario::LgdLaw;

/// Means of a book, one entry after the other.
pub struct MeanCosts<'a> {
    severity: &'a Severity,
    book: &'a Portfolio,
    model: &'a Model,
    /// Entry and PD of the rates held: policies that do not move the PD share them.
    at: Option<(usize, f64)>,
    /// By account of the entry: E[p(Y) LGD(Y)] / p and the same times the CCF.
    rates: Vec<(f64, f64)>,
}

impl<'a> MeanCosts<'a> {
    /// For a book under a model.
    pub fn new(severity: &'a Severity, book: &'a Portfolio, model: &'a Model) -> Self {
        Self { severity, book, model, at: None, rates: Vec::new() }
    }

    /// What a default of entry `b` costs on average under a policy that makes its stressed PD `pd`, smallest units.
    pub fn of(&mut self, effect: &Effect, b: usize, pd: f64) -> f64 {
        if pd == 0.0 {
            return 0.0;
        }
        let Self { severity, book, model, .. } = *self;
        let segment = book.borrowers.segment.codes.get(b);
        let systematic = Systematic::of(model, book, b, 0.0);
        let rate = |lgd: f64, ccf: f64| {
            let (rate, drawn) = severity.expected(segment, &systematic, pd, (lgd, ccf));
            (rate / pd, drawn / pd)
        };
        let accounts = &book.accounts;
        if self.at != Some((b, pd)) {
            self.at = Some((b, pd));
            self.rates.clear();
            let own = |a| rate(accounts.lgd.get(a), accounts.ccf.get(a));
            self.rates.extend(book.accounts_of(b).map(own));
        }
        let mut mean = 0.0;
        for (a, &rates) in book.accounts_of(b).zip(&self.rates) {
            let (lgd, ccf) = (accounts.lgd.get(a), accounts.ccf.get(a));
            let parts = effect.exposure.parts(book, a);
            mean += self.account(segment, (lgd, ccf), parts, rates);
            for lender in 0..effect.debts_elsewhere.len() {
                let debt = Parts { drawn: effect.debt_elsewhere(lender, a), undrawn: 0 };
                if debt.drawn > 0 {
                    let lgd = severity.lgd_elsewhere(lender, lgd);
                    mean += self.account(segment, (lgd, 0.0), debt, rate(lgd, 0.0));
                }
            }
        }
        mean
    }

    fn account(
        &self,
        segment: usize,
        (lgd, ccf): (f64, f64),
        parts: Parts,
        (rate, drawn): (f64, f64),
    ) -> f64 {
        let law = self.severity.law(segment);
        if law.ccf_loading > 0.0 {
            return rate * parts.drawn as f64 + drawn * parts.undrawn as f64;
        }
        let exposure = parts.drawn as f64 + ccf * parts.undrawn as f64;
        match law.lgd.of(lgd) {
            LgdLaw::Fixed => lgd * exposure,
            LgdLaw::Discrete(values) => values.iter().map(|&(x, p)| p * x * exposure).sum(),
            LgdLaw::Beta { .. } | LgdLaw::FryeJacobs => rate * exposure,
        }
    }
}
