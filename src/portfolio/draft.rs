//! The book while it is read: its columns before PDs, segments and order are final.

use super::cell::Read;
use super::permute::{How, Rearrange};
use super::{Accounts, Amounts, Borrowers, Labels, Numbers};
use crate::scenario::Field;
use crate::units::Currency;
use crate::units::fineness::Fineness;

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
#[derive(Debug, Clone, Copy)]
pub(super) struct AsRead {
    /// Smallest units in one unit of currency.
    per_unit: u64,
    pub rows: u64,
    pub limits: i128,
    pub balances: i128,
    pub positive_balances: i128,
    pub negative_balances: u64,
    /// Accounts of all people.
    pub accounts: u128,
    /// What rounding to the smallest unit added to the sums of the rows, smallest units.
    limits_moved: f64,
    balances_moved: f64,
    /// Whether the smallest unit is fine enough.
    pub limit_fineness: Fineness,
    pub balance_fineness: Fineness,
}

impl AsRead {
    /// Of no row yet.
    pub(super) fn new(currency: &Currency) -> Self {
        Self {
            per_unit: currency.minor_per_unit,
            rows: 0,
            limits: 0,
            balances: 0,
            positive_balances: 0,
            negative_balances: 0,
            accounts: 0,
            limits_moved: 0.0,
            balances_moved: 0.0,
            limit_fineness: Fineness::new(currency),
            balance_fineness: Fineness::new(currency),
        }
    }

    /// Notes what rounding moved in a row that is so many accounts.
    #[inline]
    pub(super) fn note_rounding(&mut self, limit: Read, balance: Read, times: f64) {
        if let Some(written) = limit.written {
            self.limits_moved += limit.moved(self.per_unit) * times;
            self.limit_fineness.add(written, times);
        }
        if let Some(written) = balance.written {
            self.balances_moved += balance.moved(self.per_unit) * times;
            self.balance_fineness.add(written, times);
        }
    }

    /// Sum of limits before each was rounded.
    pub(super) fn limits_as_read(&self) -> i128 {
        self.limits - self.limits_moved.round() as i128
    }

    /// Sum of balances before each was rounded.
    pub(super) fn balances_as_read(&self) -> i128 {
        self.balances - self.balances_moved.round() as i128
    }
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
