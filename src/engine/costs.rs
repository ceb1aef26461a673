//! What a default costs under each policy: a table where it is small, worked out where it is not.

use super::caps::Caps;
use crate::policy::Exposure;
use crate::portfolio::{Codes, Columns, Portfolio};

/// Bytes that the table of all losses may take; larger books work losses out per default.
const TABLE_BYTES: usize = 64 << 20;

/// Losses of all accounts under all policies.
#[derive(Debug)]
pub struct Costs<'a> {
    book: &'a Portfolio,
    /// Column of each account.
    columns: Codes,
    policies: Vec<&'a Exposure>,
    /// Where there is no table: the plain caps among the policies, and the numbers of the others.
    caps: Caps,
    others: Vec<usize>,
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
        columns: &Columns,
        policies: Vec<&'a Exposure>,
        holding: Holding,
    ) -> Self {
        let accounts = book.accounts.limit.len();
        let small = accounts * policies.len() * size_of::<i64>() <= TABLE_BYTES;
        let table = (small && holding == Holding::Auto).then(|| {
            (0..accounts).flat_map(|a| policies.iter().map(move |p| p.loss(book, a))).collect()
        });
        let mut codes = Codes::default();
        for b in 0..book.entries() {
            for a in book.accounts_of(b) {
                codes.push(columns.of(book, b, a) as u32);
            }
        }
        let caps = Caps::new(book, &policies);
        let is_other = |&at: &usize| !matches!(policies[at], Exposure::Cap(_));
        let others = (0..policies.len()).filter(is_other).collect();
        Self { book, columns: codes, policies, caps, others, table }
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
            let column = self.columns.get(a);
            accounts[column] += people;
            let row = &mut losses[column * k..(column + 1) * k];
            match &self.table {
                // One person at a time is the common case, and plain additions vectorise.
                Some(table) if people == 1 => {
                    for (sum, loss) in row.iter_mut().zip(&table[a * k..(a + 1) * k]) {
                        *sum += loss;
                    }
                }
                Some(table) => {
                    for (sum, loss) in row.iter_mut().zip(&table[a * k..(a + 1) * k]) {
                        *sum += loss * times;
                    }
                }
                None => {
                    self.caps.add(self.book, a, times, row);
                    for &at in &self.others {
                        row[at] += self.policies[at].loss(self.book, a) * times;
                    }
                }
            }
        }
    }
}
