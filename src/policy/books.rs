//! The books of a policy: what credit it leaves, takes away and touches. Exact sums, no sampling.

use super::exposure::NewLimits;
use super::response::{DebtResponse, loss_given_default};
use crate::portfolio::{Columns, Portfolio};

/// Sums over the accounts of one column (lender x segment), in smallest units, pools by count.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CreditSums {
    /// Limits after the policy.
    pub limit: i64,
    /// Balances after the policy: the credit kept.
    pub balance: i64,
    /// Exposure at default after the policy.
    pub exposure: i64,
    /// Balance the policy takes away.
    pub withdrawn: i64,
    /// Limit the policy takes away (sum of falls).
    pub limit_cut: i64,
    /// Yearly interest on withdrawn credit; `None` where the book has no rates.
    pub interest_lost: Option<f64>,
    /// Withdrawn balance of accounts whose rate is not known: no interest is told where there is any.
    pub withdrawn_without_rate: i64,
    /// Accounts whose limit falls.
    pub accounts_cut: u64,
    /// Loss if everybody defaulted: no trial loses more.
    pub largest_loss: i64,
}

/// The books of one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Books {
    /// Sums by column.
    pub columns: Vec<CreditSums>,
    /// People with at least one limit cut.
    pub people_cut: u64,
    /// People with at least one limit cut below what is drawn within the old limit:
    /// L' < min(B, L).
    pub people_cut_below_balance: u64,
}

impl Books {
    /// Adds up the accounts of a book under new limits.
    pub fn keep(
        book: &Portfolio,
        columns: &Columns,
        limits: &NewLimits,
        response: &DebtResponse,
    ) -> Self {
        let mut sums = vec![CreditSums::default(); columns.len()];
        let (mut people_cut, mut people_cut_below_balance) = (0, 0);
        for b in 0..book.entries() {
            let count = book.count(b);
            let times = count as i64;
            let (mut cut, mut below) = (false, false);
            for a in book.accounts_of(b) {
                let (limit, balance) = (book.accounts.limit.get(a), book.accounts.balance.get(a));
                let after = limits.account(book, response, a);
                let sum = &mut sums[columns.of(book, b, a)];
                sum.limit += after.limit * times;
                sum.balance += after.debt.balance * times;
                sum.exposure += after.exposure * times;
                sum.largest_loss +=
                    loss_given_default(after.exposure, book.accounts.lgd.get(a)) * times;
                sum.withdrawn += after.debt.withdrawn * times;
                if after.limit < limit {
                    cut = true;
                    below |= after.limit < balance.min(limit);
                    sum.limit_cut += (limit - after.limit) * times;
                    sum.accounts_cut += count;
                }
                if let Some(rate) = book.accounts.interest_rate.as_ref().and_then(|r| r.known(a)) {
                    *sum.interest_lost.get_or_insert(0.0) +=
                        rate * (after.debt.withdrawn * times) as f64;
                } else {
                    sum.withdrawn_without_rate += after.debt.withdrawn * times;
                }
            }
            people_cut += if cut { count } else { 0 };
            people_cut_below_balance += if below { count } else { 0 };
        }
        Self { columns: sums, people_cut, people_cut_below_balance }
    }

    /// Sums over some columns.
    pub fn over(&self, columns: &[usize]) -> CreditSums {
        columns.iter().fold(CreditSums::default(), |mut total, &c| {
            let part = &self.columns[c];
            total.limit += part.limit;
            total.balance += part.balance;
            total.exposure += part.exposure;
            total.withdrawn += part.withdrawn;
            total.limit_cut += part.limit_cut;
            if let Some(lost) = part.interest_lost {
                *total.interest_lost.get_or_insert(0.0) += lost;
            }
            total.withdrawn_without_rate += part.withdrawn_without_rate;
            total.accounts_cut += part.accounts_cut;
            total.largest_loss += part.largest_loss;
            total
        })
    }

    /// Sums over the whole book.
    pub fn total(&self) -> CreditSums {
        self.over(&(0..self.columns.len()).collect::<Vec<_>>())
    }
}
