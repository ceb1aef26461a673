//! What a default costs under each policy: a table where it is small, worked out where it is not.

use crate::policy::Exposure;
use crate::portfolio::{Columns, Portfolio};

/// Bytes that the table of all losses may take; larger books work losses out per default.
const TABLE_BYTES: usize = 64 << 20;

/// Losses of all accounts under all policies.
#[derive(Debug)]
pub struct Costs<'a> {
    book: &'a Portfolio,
    columns: &'a Columns,
    policies: Vec<&'a Exposure>,
    table: Option<Vec<i64>>,
}

/// How losses are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// As a table if it is small.
    Auto,
    /// Never as a table (the memory promise of large books).
    Lean,
}

impl<'a> Costs<'a> {
    /// Prepares the losses of `policies` on a book.
    pub fn new(
        book: &'a Portfolio,
        columns: &'a Columns,
        policies: Vec<&'a Exposure>,
        holding: Holding,
    ) -> Self {
        let accounts = book.accounts.limit.len();
        let small = accounts * policies.len() * size_of::<i64>() <= TABLE_BYTES;
        let table = (small && holding == Holding::Auto).then(|| {
            (0..accounts).flat_map(|a| policies.iter().map(move |p| p.loss(book, a))).collect()
        });
        Self { book, columns, policies, table }
    }

    /// Number of policies.
    pub fn policies(&self) -> usize {
        self.policies.len()
    }

    /// Adds the default of `people` of entry `b`: losses to `losses[column][policy]` (flat),
    /// defaulted accounts to `accounts[column]`.
    #[inline]
    pub fn add(&self, b: usize, people: u64, losses: &mut [i64], accounts: &mut [u64]) {
        let k = self.policies.len();
        let times = people as i64;
        for a in self.book.accounts_of(b) {
            let column = self.columns.of(self.book, b, a);
            accounts[column] += people;
            let row = &mut losses[column * k..(column + 1) * k];
            match &self.table {
                Some(table) => {
                    for (sum, loss) in row.iter_mut().zip(&table[a * k..(a + 1) * k]) {
                        *sum += loss * times;
                    }
                }
                None => {
                    for (sum, policy) in row.iter_mut().zip(&self.policies) {
                        *sum += policy.loss(self.book, a) * times;
                    }
                }
            }
        }
    }
}
