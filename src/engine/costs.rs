//! What a default costs under each policy: a table where it is small, worked out where it is not.

use multiversion::multiversion;

use super::ahead::fetch;
use super::caps::Caps;
use super::rows::Row;
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
    table: Option<Table>,
    /// Whether account and entry have the same number.
    single: bool,
}

/// Losses of accounts under all policies, account by account.
#[derive(Debug)]
enum Table {
    /// In 4 bytes each.
    Narrow(Vec<u32>),
    /// The same for many policies: every account begins a line, and has as many as it takes.
    Lines { lines: Vec<Line>, each: usize },
    /// Where one does not fit.
    Wide(Vec<i64>),
}

/// Losses that one line of the cache holds.
const LINE: usize = 16;

/// A line of the cache.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Line([u32; LINE]);

impl Table {
    /// For losses of `k` policies of so many accounts, if it is small; in `plain` rows where the few of
    /// pools are close at hand as they are.
    fn new(
        losses: impl Iterator<Item = i64> + Clone,
        (accounts, k): (usize, usize),
        plain: bool,
    ) -> Option<Self> {
        let is_small = |bytes: usize| accounts * bytes <= TABLE_BYTES;
        if !is_small(4 * k) {
            return None;
        }
        let narrow: Result<Vec<u32>, _> = losses.clone().map(u32::try_from).collect();
        let table = match narrow {
            Err(_) if !is_small(8 * k) => return None,
            Err(_) => Self::Wide(losses.collect()),
            Ok(narrow) if k > LINE / 2 && !plain && is_small(64 * k.div_ceil(LINE)) => {
                let line = |losses: &[u32]| {
                    let mut line = Line::default();
                    line.0[..losses.len()].copy_from_slice(losses);
                    line
                };
                let lines = narrow.chunks_exact(k).flat_map(|row| row.chunks(LINE).map(line));
                Self::Lines { lines: lines.collect(), each: k.div_ceil(LINE) }
            }
            Ok(narrow) => Self::Narrow(narrow),
        };
        Some(table)
    }
}

/// How losses are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// As a table if it is small.
    Auto,
    /// As a table of one row per account, for those who read losses account by account.
    Rows,
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
        let losses = (0..accounts).flat_map(|a| policies.iter().map(move |p| p.loss(book, a)));
        let table = match holding {
            Holding::Lean => None,
            Holding::Rows => Table::new(losses, (accounts, policies.len()), true),
            Holding::Auto => {
                Table::new(losses, (accounts, policies.len()), book.borrowers.count.is_some())
            }
        };
        let single = book.borrowers.first_account.is_none();
        let mut codes = Codes::default();
        for b in 0..book.entries() {
            for a in book.accounts_of(b) {
                codes.push(columns.of(book, b, a) as u32);
            }
        }
        let caps = Caps::new(book, &policies);
        let is_other = |&at: &usize| !matches!(policies[at], Exposure::Cap(_));
        let others = (0..policies.len()).filter(is_other).collect();
        Self { book, columns: codes, policies, caps, others, table, single }
    }

    /// Number of policies.
    pub fn policies(&self) -> usize {
        self.policies.len()
    }

    /// Losses of account `a` by policy; `out` holds them where no table does.
    #[inline]
    pub fn row<'r>(&'r self, a: usize, out: &'r mut Vec<i64>) -> Row<'r> {
        let k = self.policies.len();
        match &self.table {
            Some(Table::Narrow(table)) => return Row::Narrow(&table[a * k..(a + 1) * k]),
            Some(Table::Wide(table)) => return Row::Wide(&table[a * k..(a + 1) * k]),
            Some(Table::Lines { lines, each }) => {
                out.clear();
                let lines = lines[a * each..(a + 1) * each].iter().flat_map(|line| line.0);
                out.extend(lines.take(k).map(i64::from));
            }
            None => {
                out.clear();
                out.extend(self.policies.iter().map(|policy| policy.loss(self.book, a)));
            }
        }
        Row::Wide(out)
    }

    /// Column of account `a`.
    #[inline]
    pub fn column(&self, a: usize) -> usize {
        self.columns.get(a)
    }

    /// The column of all accounts of some entries, if they share one and have one account each.
    pub fn column_of(&self, mut entries: std::ops::Range<usize>) -> Option<usize> {
        let first = self.columns.get(entries.start);
        (self.single && entries.all(|b| self.columns.get(b) == first)).then_some(first)
    }

    /// Asks for the losses of entries that will be read, where each has one account.
    pub fn ask_ahead(&self, entries: &[u32]) {
        let k = self.policies.len();
        match &self.table {
            Some(Table::Lines { lines, each }) if self.single => {
                let own = |&b: &u32| &lines[b as usize * each..(b as usize + 1) * each];
                entries.iter().flat_map(own).for_each(fetch);
            }
            // Rows that may straddle two lines.
            Some(Table::Narrow(table)) if self.single && k > 0 => {
                for &b in entries {
                    fetch(&table[b as usize * k]);
                    fetch(&table[(b as usize + 1) * k - 1]);
                }
            }
            _ => {}
        }
    }

    /// As [`Self::add`] for one person of each entry, all in one column (see [`Self::column_of`]);
    /// `row` has its losses by policy.
    pub fn add_people(&self, entries: &[u32], row: &mut [i64]) {
        match (&self.table, row) {
            (Some(Table::Narrow(table)), [only]) => {
                *only += entries.iter().map(|&b| i64::from(table[b as usize])).sum::<i64>();
            }
            (Some(Table::Narrow(table)), row) => add_rows(table, entries, row),
            (Some(Table::Lines { lines, each }), row) => {
                for (at, row) in row.chunks_mut(LINE).enumerate() {
                    add_lines((lines, *each, at), entries, row);
                }
            }
            (Some(Table::Wide(table)), row) => {
                let k = row.len();
                for &b in entries {
                    let own = &table[b as usize * k..(b as usize + 1) * k];
                    row.iter_mut().zip(own).for_each(|(sum, loss)| *sum += loss);
                }
            }
            (None, row) => {
                self.caps.add_people(self.book, entries, row);
                for &b in entries {
                    for &at in &self.others {
                        row[at] += self.policies[at].loss(self.book, b as usize);
                    }
                }
            }
        }
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
                Some(Table::Narrow(table)) => {
                    for (sum, &loss) in row.iter_mut().zip(&table[a * k..(a + 1) * k]) {
                        *sum += i64::from(loss) * times;
                    }
                }
                Some(Table::Lines { lines, each }) => {
                    add_times(&lines[a * each..(a + 1) * each], times, row);
                }
                Some(Table::Wide(table)) => {
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

/// Adds the rows of some entries.
fn add_rows(table: &[u32], entries: &[u32], row: &mut [i64]) {
    match row.len() {
        2 => add_short::<2>(table, entries, row),
        3 => add_short::<3>(table, entries, row),
        4 => add_short::<4>(table, entries, row),
        5 => add_short::<5>(table, entries, row),
        6 => add_short::<6>(table, entries, row),
        7 => add_short::<7>(table, entries, row),
        8 => add_short::<8>(table, entries, row),
        k => add_long(k, table, entries, row),
    }
}

/// A fixed number of sums stays in registers.
fn add_short<const K: usize>(table: &[u32], entries: &[u32], row: &mut [i64]) {
    let (rows, _) = table.as_chunks::<K>();
    let mut sums = [0_i64; K];
    for &b in entries {
        let own = rows[b as usize];
        sums.iter_mut().zip(own).for_each(|(sum, loss)| *sum += i64::from(loss));
    }
    row.iter_mut().zip(sums).for_each(|(row, sum)| *row += sum);
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_long(k: usize, table: &[u32], entries: &[u32], row: &mut [i64]) {
    let mut first = 0;
    while first + 8 <= k {
        // A fixed number of sums stays in registers.
        let mut sums = [0_i64; 8];
        for &b in entries {
            let own = &table[b as usize * k + first..][..8];
            sums.iter_mut().zip(own).for_each(|(sum, &loss)| *sum += i64::from(loss));
        }
        row[first..first + 8].iter_mut().zip(sums).for_each(|(row, sum)| *row += sum);
        first += 8;
    }
    for &b in entries {
        let own = &table[b as usize * k + first..(b as usize + 1) * k];
        row[first..].iter_mut().zip(own).for_each(|(sum, &loss)| *sum += i64::from(loss));
    }
}

/// Adds the lines of an account, `times` over. Apart, because the code of pools, which never come here,
/// is slower with it inside.
#[inline(never)]
fn add_times(lines: &[Line], times: i64, row: &mut [i64]) {
    for (row, line) in row.chunks_mut(LINE).zip(lines) {
        row.iter_mut().zip(&line.0).for_each(|(sum, &loss)| *sum += i64::from(loss) * times);
    }
}

/// Adds line `at` of some entries that have `each` lines.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_lines((lines, each, at): (&[Line], usize, usize), entries: &[u32], row: &mut [i64]) {
    // A fixed number of sums stays in registers.
    let mut sums = [0_i64; LINE];
    for &b in entries {
        let own = &lines[b as usize * each + at].0;
        sums.iter_mut().zip(own).for_each(|(sum, &loss)| *sum += i64::from(loss));
    }
    row.iter_mut().zip(sums).for_each(|(row, sum)| *row += sum);
}
