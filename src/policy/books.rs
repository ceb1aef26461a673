//! The books of a policy: what credit it leaves, takes away and touches. Exact sums, no sampling.

use super::reaction::{Person, Reaction};
use super::response::Parts;
use crate::portfolio::Columns;

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
    /// The part of it that other lenders take over.
    pub leaked: i64,
    /// Balance taken over from other lenders.
    pub received: i64,
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
    /// A number that tells policies apart by what each account may cost and by what moves its borrower's PD: the sum, modulo
    /// 2^64, of a hash of both for every account. Policies that leave the same have the same number.
    pub debts: u64,
}

/// Joins a number to a hash, by the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn joined(hash: u64, with: u64) -> u64 {
    let mut z = (hash ^ with).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
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
    /// People whose odds of default rise.
    pub people_with_higher_odds: u64,
    /// People whose odds of default fall.
    pub people_with_lower_odds: u64,
}

impl Books {
    /// Adds up the accounts of a book under a policy.
    pub fn keep(reaction: &Reaction<'_>, columns: &Columns) -> Self {
        let book = reaction.book;
        let mut sums = vec![CreditSums::default(); columns.len()];
        let (mut people_cut, mut people_cut_below_balance) = (0, 0);
        let (mut people_with_higher_odds, mut people_with_lower_odds) = (0, 0);
        let mut person = Person::default();
        for b in 0..book.entries() {
            let count = book.count(b);
            let times = count as i64;
            let (mut cut, mut below) = (false, false);
            reaction.of(b, &mut person);
            for (a, after) in book.accounts_of(b).zip(&person.accounts) {
                let (limit, balance) = (book.accounts.limit.get(a), book.accounts.balance.get(a));
                let sum = &mut sums[columns.of(book, b, a)];
                let exposure = after.exposure_with_received();
                sum.limit += after.limit * times;
                sum.balance += after.debt() * times;
                sum.exposure += exposure * times;
                let parts = after.parts.with(after.received);
                let worst = &reaction.conduct.worst;
                let most = worst.loss(book, (b, a), parts);
                sum.largest_loss += most * times;
                let drawn = match worst.is_fixed() {
                    true => 0,
                    false => worst.loss(book, (b, a), Parts { undrawn: 0, ..parts }),
                };
                let debts = joined(joined(a as u64, most as u64), drawn as u64);
                let shift = u64::from((person.shift as f32).to_bits());
                sum.debts = sum.debts.wrapping_add(joined(debts, shift));
                sum.withdrawn += after.withdrawn * times;
                sum.leaked += after.leaked * times;
                sum.received += after.received * times;
                if after.limit < limit {
                    cut = true;
                    below |= after.limit < balance.min(limit);
                    sum.limit_cut += (limit - after.limit) * times;
                    sum.accounts_cut += count;
                }
                if let Some(rate) = book.accounts.interest_rate.as_ref().and_then(|r| r.known(a)) {
                    *sum.interest_lost.get_or_insert(0.0) +=
                        rate * (after.withdrawn * times) as f64;
                } else {
                    sum.withdrawn_without_rate += after.withdrawn * times;
                }
            }
            for new in &person.elsewhere {
                let lender = reaction.conduct.new_lenders[new.lender].lender;
                let sum = &mut sums[columns.at(book.borrowers.segment.codes.get(b), lender)];
                sum.balance += new.debt * times;
                sum.exposure += new.debt * times;
                sum.received += new.debt * times;
                let most = reaction.worst_elsewhere(b, new);
                sum.largest_loss += most * times;
                let debts = joined(joined(new.from as u64, new.debt as u64), most as u64);
                sum.debts = sum.debts.wrapping_add(joined(debts, 1 + lender as u64));
            }
            people_with_higher_odds += if person.shift > 0.0 { count } else { 0 };
            people_with_lower_odds += if person.shift < 0.0 { count } else { 0 };
            people_cut += if cut { count } else { 0 };
            people_cut_below_balance += if below { count } else { 0 };
        }
        Self {
            columns: sums,
            people_cut,
            people_cut_below_balance,
            people_with_higher_odds,
            people_with_lower_odds,
        }
    }

    /// Sums over some columns.
    pub fn over(&self, columns: &[usize]) -> CreditSums {
        columns.iter().fold(CreditSums::default(), |mut total, &c| {
            let part = &self.columns[c];
            total.limit += part.limit;
            total.balance += part.balance;
            total.exposure += part.exposure;
            total.withdrawn += part.withdrawn;
            total.leaked += part.leaked;
            total.received += part.received;
            total.limit_cut += part.limit_cut;
            if let Some(lost) = part.interest_lost {
                *total.interest_lost.get_or_insert(0.0) += lost;
            }
            total.withdrawn_without_rate += part.withdrawn_without_rate;
            total.accounts_cut += part.accounts_cut;
            total.largest_loss += part.largest_loss;
            total.debts = total.debts.wrapping_add(part.debts);
            total
        })
    }

    /// Sums over the whole book.
    pub fn total(&self) -> CreditSums {
        self.over(&(0..self.columns.len()).collect::<Vec<_>>())
    }
}
