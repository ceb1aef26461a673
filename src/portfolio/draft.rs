//! The book while it is read: its columns before PDs, segments and order are final.

use super::permute::{How, Rearrange};
use super::{Accounts, Amounts, Borrowers, Labels, Numbers};
use crate::scenario::Field;

/// Borrowers and accounts in an order of no meaning, PDs and segments not final.
#[derive(Debug)]
pub(super) struct Draft {
    /// Segment `""`: the tape does not say.
    pub borrowers: Borrowers,
    pub accounts: Accounts,
    /// Observed default of each borrower, 0 or 1 (0 if the run does not use it).
    pub defaulted: Numbers,
    pub as_read: AsRead,
    /// Further columns of the tape that name the segment, in the order of `segment_by`.
    pub parts: Vec<Labels>,
    /// Defaults of the scenario that no row has needed.
    pub unused_defaults: Vec<Field>,
}

impl Draft {
    /// Number of borrowers (pools of the tape count once).
    pub(super) fn entries(&self) -> usize {
        self.borrowers.segment.codes.len()
    }

    /// The accounts of borrower `b`.
    pub(super) fn accounts_of(&self, b: usize) -> std::ops::Range<usize> {
        self.borrowers
            .first_account
            .as_ref()
            .map_or(b..b + 1, |first| first[b] as usize..first[b + 1] as usize)
    }

    /// People behind borrower `b`.
    pub(super) fn count(&self, b: usize) -> u64 {
        self.borrowers.draws(b) * self.borrowers.stands_for(b)
    }

    /// Sum of an amount over the accounts of borrower `b`.
    pub(super) fn sum(&self, amounts: &Amounts, b: usize) -> i128 {
        self.accounts_of(b).map(|a| i128::from(amounts.get(a))).sum()
    }
}

/// Sums over the tape before anything is done to it; each row counts for all its people.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct AsRead {
    pub rows: u64,
    pub limits: i128,
    pub balances: i128,
    pub positive_balances: i128,
    pub negative_balances: u64,
    /// Accounts of all people.
    pub accounts: u128,
}

/// The entries; says nothing of their accounts. One column after the other, so that memory never holds more
/// than one column twice.
impl Rearrange for Borrowers {
    fn rearrange(&mut self, how: How<'_>) {
        let Self { pd, count, stands_for, segment, score, income, age, first_account } = self;
        *first_account = None;
        pd.rearrange(how);
        count.rearrange(how);
        segment.rearrange(how);
        [stands_for, score, income, age].into_iter().for_each(|column| column.rearrange(how));
    }
}

impl Rearrange for Accounts {
    fn rearrange(&mut self, how: How<'_>) {
        let Self { limit, balance, lender, product, lgd, ccf, interest_rate } = self;
        limit.rearrange(how);
        balance.rearrange(how);
        lender.rearrange(how);
        product.rearrange(how);
        lgd.rearrange(how);
        ccf.rearrange(how);
        interest_rate.rearrange(how);
    }
}

/// The entries and their accounts, where everybody has one.
impl Rearrange for Draft {
    fn rearrange(&mut self, how: How<'_>) {
        let Self { borrowers, accounts, .. } = self;
        let alone = borrowers.first_account.is_none();
        assert!(alone, "accounts stand in another order than borrowers");
        borrowers.rearrange(how);
        accounts.rearrange(how);
    }
}
