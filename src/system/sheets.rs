//! Balance sheets of all lenders under a policy, before any loss.
//!
//! Lender j has, in smallest units,
//!
//! 1. assets A = its part of the book at exposure at default, tranches, assets outside the book, and cash
//!    where its capital and debts exceed all these and its claims on other lenders;
//! 2. risk-weighted assets R = the sum of risk weight times each of them, cash and claims on lenders at 0;
//! 3. debts to creditors outside the system: what capital and debts to lenders leave open.

use super::funding::Pool;
use super::roster::Roster;
use crate::policy::Books;
use crate::portfolio::Columns;

/// Balance sheets under a policy; by lender unless said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheets {
    /// Balance of each pool.
    pub pool_balance: Vec<f64>,
    /// Share of each pool's exposure at default that is drawn before.
    pub pool_drawn: Vec<f64>,
    /// Balances that it funds: of the book, and tranches.
    pub credit: Vec<f64>,
    /// The same with the book at exposure at default.
    pub exposure: Vec<f64>,
    /// R.
    pub weighted: Vec<f64>,
    /// A.
    pub assets: Vec<f64>,
    /// Equation 3.
    pub outside_debts: Vec<f64>,
}

impl Sheets {
    /// Those of a policy with these books. They are still open: see [`Self::close`].
    pub fn new(
        roster: &Roster,
        pools: &[Pool],
        columns: &Columns,
        books: &Books,
        risk_weight: f64,
    ) -> Self {
        let n = roster.lenders.len();
        let mut sheets = Self {
            pool_balance: vec![0.0; pools.len()],
            pool_drawn: vec![1.0; pools.len()],
            credit: vec![0.0; n],
            exposure: vec![0.0; n],
            weighted: vec![0.0; n],
            assets: vec![0.0; n],
            outside_debts: vec![0.0; n],
        };
        let alone = columns.pairs().iter().zip(&books.columns).filter(|(c, _)| c.slice.is_none());
        for (column, sums) in alone {
            sheets.credit[column.lender] += sums.balance as f64;
            sheets.exposure[column.lender] += sums.exposure as f64;
        }
        let mut tranches = vec![0.0; n];
        for (number, pool) in pools.iter().enumerate() {
            let sums = books.over(&pool.columns);
            let (balance, exposure) = (sums.balance as f64, sums.exposure as f64);
            sheets.pool_balance[number] = balance;
            if exposure > 0.0 {
                sheets.pool_drawn[number] = (balance / exposure).min(1.0);
            }
            let drawn_later = pool.securitised * (exposure - balance).max(0.0);
            sheets.credit[pool.maker] += pool.own * balance;
            sheets.exposure[pool.maker] += pool.own * exposure + drawn_later;
            for &(lender, share) in &pool.partners {
                sheets.credit[lender] += share * balance;
                sheets.exposure[lender] += share * exposure;
            }
            for tranche in &pool.tranches {
                let Some(holder) = tranche.holder else { continue };
                let held = tranche.width() * pool.securitised * balance;
                sheets.credit[holder] += held;
                tranches[holder] += held;
                sheets.weighted[holder] += held * tranche.risk_weight.unwrap_or(risk_weight);
            }
        }
        for (at, lender) in roster.lenders.iter().enumerate() {
            let (other, weight) = lender.other.map_or((0.0, 0.0), |o| (o.amount, o.risk_weight));
            sheets.weighted[at] += lender.risk_weight * sheets.exposure[at] + weight * other;
            sheets.exposure[at] += tranches[at];
            sheets.assets[at] = sheets.exposure[at] + other;
        }
        sheets
    }

    /// Closes the sheet of a lender with claims on other lenders and debts to them: cash where assets are
    /// too few, debts to the outside where they are more.
    pub fn close(&mut self, lender: usize, capital: f64, claims: f64, debts: f64) {
        let outside = self.assets[lender] + claims - debts - capital;
        self.outside_debts[lender] = outside.max(0.0);
        self.assets[lender] += (-outside).max(0.0);
    }
}
