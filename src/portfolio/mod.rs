//! The book: who may default and what they owe, at today's limits.
//!
//! A [`Portfolio`] is plain, compact, checked data. Its order is canonical: borrowers by segment
//! name, within a segment by falling PD, then by everything else that tells them apart, so that
//! the same book gives the same numbers in whatever order its rows stood, and the engine can cut
//! it into contiguous runs of similar PD.

mod breakdown;
mod calibrate;
mod cause;
mod cell;
pub mod columns;
mod compare;
mod composite;
mod draft;
mod gather;
mod gather_rows;
mod hashing;
mod header;
mod load;
pub mod matching;
mod observed;
mod order;
mod permute;
mod pooling;
mod quality;
mod row;
mod segments;
mod sort;
mod synthetic;
mod tape;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};

pub use breakdown::{Column, Columns, Slice};
pub use columns::{Amounts, Codes, Labels, Numbers, of_rising_bits, rising_bits};
pub use load::{LoadedTape, load, load_from_reader};
pub use segments::ONLY_SEGMENT;
pub use write::write;

/// A checked book in canonical order.
#[derive(Debug, Clone, PartialEq)]
pub struct Portfolio {
    /// Distinct borrowers (or pools of identical ones).
    pub borrowers: Borrowers,
    /// Their accounts, in the order of the borrowers.
    pub accounts: Accounts,
    /// What was found and done on the way in.
    pub quality: Quality,
}

/// Distinct borrowers, one entry per pool of identical ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Borrowers {
    /// PD per horizon, in 0..=1.
    pub pd: Numbers,
    /// How many independent, identical draws the entry is; `None`: one each.
    pub count: Option<Vec<u64>>,
    /// How many borrowers default together with each draw, a whole number; `None`: each draw is one
    /// borrower.
    pub stands_for: Option<Numbers>,
    /// Segment; names ascending. A book without segments has the one name `all`.
    pub segment: Labels,
    /// Score, if the book has one.
    pub score: Option<Numbers>,
    /// Income per year in units of currency, if the book has one.
    pub income: Option<Numbers>,
    /// Age in years, if the book has one.
    pub age: Option<Numbers>,
    /// Borrower `b` owns accounts `first_account[b]..first_account[b + 1]`; `None`: account `b`.
    pub first_account: Option<Vec<u32>>,
}

/// Credit lines, one entry per account of a borrower (or of each borrower of a pool).
#[derive(Debug, Clone, PartialEq)]
pub struct Accounts {
    /// Size of the line, smallest units.
    pub limit: Amounts,
    /// Drawn today, smallest units; may exceed the limit.
    pub balance: Amounts,
    /// Lender; names ascending.
    pub lender: Labels,
    /// Product, if the book has one.
    pub product: Option<Labels>,
    /// Loss given default, share of EAD.
    pub lgd: Numbers,
    /// Share of the undrawn line drawn before default.
    pub ccf: Numbers,
    /// Interest rate per year, a fraction, if known.
    pub interest_rate: Option<Numbers>,
}

impl Portfolio {
    /// Number of entries (pools count once).
    pub fn entries(&self) -> usize {
        self.borrowers.segment.codes.len()
    }

    /// Number of people behind entry `b`.
    #[inline]
    pub fn count(&self, b: usize) -> u64 {
        self.borrowers.draws(b) * self.borrowers.stands_for(b)
    }

    /// The accounts of entry `b`.
    #[inline]
    pub fn accounts_of(&self, b: usize) -> std::ops::Range<usize> {
        match &self.borrowers.first_account {
            None => b..b + 1,
            Some(first) => first[b] as usize..first[b + 1] as usize,
        }
    }

    /// Highest PD of each segment, by code.
    pub fn highest_pds(&self) -> Vec<f64> {
        let mut highest = vec![0.0_f64; self.borrowers.segment.names.len()];
        for b in 0..self.entries() {
            let own = &mut highest[self.borrowers.segment.codes.get(b)];
            *own = own.max(self.borrowers.pd.get(b));
        }
        highest
    }

    /// Number of people in the book.
    pub fn people(&self) -> u64 {
        (0..self.entries()).map(|b| self.count(b)).sum()
    }
}

impl Borrowers {
    /// Independent draws of entry `b`.
    #[inline]
    pub fn draws(&self, b: usize) -> u64 {
        self.count.as_ref().map_or(1, |count| count[b])
    }

    /// People who default together with each draw of entry `b`.
    #[inline]
    pub fn stands_for(&self, b: usize) -> u64 {
        self.stands_for.as_ref().map_or(1, |people| people.get(b) as u64)
    }
}

/// What was found in the tape and what was done with it; amounts in smallest units.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Quality {
    /// Data rows of the tape.
    pub rows: u64,
    /// Borrowers (people), pools counted by their size.
    pub borrowers: u64,
    /// Independent draws that decide on their defaults: as many, unless one stands for several.
    pub draws: u64,
    /// Accounts (of all people).
    pub accounts: u64,
    /// Distinct entries left after identical rows were pooled.
    pub entries: u64,
    /// Rows that were identical to an earlier one in everything the run uses.
    pub rows_pooled: u64,
    /// Sum of limits.
    pub limit_sum: i64,
    /// Sum of balances as they stood in the tape, negative ones included.
    pub balance_sum_as_read: i64,
    /// Sum of balances as used.
    pub balance_sum: i64,
    /// Accounts with a negative balance, all taken as 0.
    pub negative_balances: u64,
    /// Accounts whose balance is above the limit.
    pub balances_over_limit: u64,
    /// What stands above the limit there, in total.
    pub over_limit_sum: i64,
    /// Borrowers with PD 0.
    pub pd_zero: u64,
    /// Borrowers with PD 1.
    pub pd_one: u64,
    /// Mean PD weighted by balance, after calibration; 0 if nothing is drawn.
    pub mean_pd_by_balance: f64,
    /// Mean PD weighted by borrowers, after calibration.
    pub mean_pd_by_borrower: f64,
    /// Shift of the log-odds that calibration applied, if any.
    pub calibration_shift: Option<f64>,
    /// Defaults of the scenario that no row has needed, as the tape has values of its own everywhere.
    pub unused_defaults: Vec<String>,
}
