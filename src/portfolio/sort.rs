//! Sorts the entries of a book column by column, which is several times faster than comparing
//! whole rows: a long run is sorted by one column, and each run of equals by the next.
//!
//! Where everybody has one account, entries are sorted in place: first into buckets by splitters of a sample,
//! then bucket by bucket, so that the order to be remembered is that of a bucket, and what moves stays near.

use std::cmp::Ordering;

use super::columns::rising_bits;
use super::compare::compare_entries;
use super::draft::Draft;
use super::permute::{How, Rearrange};
use super::{Amounts, Codes, Numbers};

/// Runs up to this length are sorted by comparing whole entries.
const SHORT: usize = 16;
/// Runs up to this length are sorted through a copy of their keys (16 bytes each).
const COPIED: usize = 1 << 16;

/// Entries that are worth a bucket.
const BUCKET: usize = 1 << 15;
/// Buckets at most; a number of one fits a byte.
const MOST_BUCKETS: usize = 256;
/// Entries that are looked at for each splitter.
const SAMPLED: usize = 64;

/// One column as integers that rise in the column's order.
enum Key<'a> {
    Codes(&'a Codes),
    Floats(&'a [f64]),
    Amounts(&'a Amounts),
}

impl Key<'_> {
    #[inline]
    fn of(&self, i: u32) -> u64 {
        match self {
            Self::Codes(codes) => codes.get(i as usize) as u64,
            Self::Floats(values) => rising_bits(values[i as usize]),
            Self::Amounts(amounts) => amounts.get(i as usize) as u64,
        }
    }
}

/// A column and its direction.
struct Column<'a> {
    key: Key<'a>,
    order: Direction,
}

#[derive(Clone, Copy)]
enum Direction {
    Rising,
    Falling,
}

impl Column<'_> {
    #[inline]
    fn of(&self, i: u32) -> u64 {
        match self.order {
            Direction::Rising => self.key.of(i),
            Direction::Falling => !self.key.of(i),
        }
    }
}

/// The entries of `draft` in the order of [`compare_entries`].
pub(super) fn sorted(draft: &Draft) -> Vec<u32> {
    let mut order: Vec<u32> = (0..draft.entries() as u32).collect();
    let columns = columns(draft);
    refine(draft, &columns, &mut order, &mut Vec::new());
    order
}

/// Brings the entries of `draft` into the order of [`compare_entries`]; everybody has one account.
pub(super) fn sort(draft: &mut Draft) {
    let entries = draft.entries();
    let wanted = (entries / BUCKET).clamp(1, MOST_BUCKETS);
    let mut ends = vec![entries];
    if wanted > 1 {
        let buckets = buckets(draft, wanted, &mut ends);
        draft.rearrange(How::IntoBuckets { buckets: &buckets, ends: &ends });
    }
    let (mut first, mut copy) = (0, Vec::new());
    for end in ends {
        let mut order: Vec<u32> = (first as u32..end as u32).collect();
        refine(draft, &columns(draft), &mut order, &mut copy);
        draft.rearrange(How::Within { first, order: &order });
        first = end;
    }
}

/// The bucket of each entry, in the order of the first two columns, and the ends of the buckets.
fn buckets(draft: &Draft, wanted: usize, ends: &mut Vec<usize>) -> Vec<u8> {
    let columns = columns(draft);
    let of = |column: usize, i: u32| columns.get(column).map_or(0, |column| column.of(i));
    let key = |i: u32| (of(0, i), of(1, i));
    let entries = draft.entries();
    let mut sample: Vec<(u64, u64)> =
        (0..entries as u32).step_by((entries / (wanted * SAMPLED)).max(1)).map(key).collect();
    sample.sort_unstable();
    let mut splitters: Vec<(u64, u64)> =
        (1..wanted).map(|i| sample[i * sample.len() / wanted]).collect();
    splitters.dedup();
    let bucket = |i: u32| splitters.partition_point(|splitter| *splitter <= key(i)) as u8;
    let buckets: Vec<u8> = (0..entries as u32).map(bucket).collect();
    ends.clear();
    ends.resize(splitters.len() + 1, 0);
    buckets.iter().for_each(|&bucket| ends[usize::from(bucket)] += 1);
    (1..ends.len()).for_each(|b| ends[b] += ends[b - 1]);
    buckets
}

/// The columns of [`compare_entries`], most significant first, without those that are the same
/// everywhere; up to the accounts if borrowers have several.
fn columns(draft: &Draft) -> Vec<Column<'_>> {
    let (borrowers, accounts) = (&draft.borrowers, &draft.accounts);
    let rising = |key| Column { key, order: Direction::Rising };
    let mut columns = Vec::new();
    columns.extend(codes(&borrowers.segment.codes).map(rising));
    let falling = |key| Column { key, order: Direction::Falling };
    columns.extend(numbers(&borrowers.pd).map(falling));
    for column in [&borrowers.score, &borrowers.income, &borrowers.age, &borrowers.stands_for] {
        columns.extend(column.as_ref().and_then(numbers).map(rising));
    }
    if borrowers.first_account.is_some() {
        return columns;
    }
    columns.extend(codes(&accounts.lender.codes).map(rising));
    columns.extend(accounts.product.as_ref().and_then(|p| codes(&p.codes)).map(rising));
    columns.extend(numbers(&accounts.lgd).map(rising));
    columns.extend(numbers(&accounts.ccf).map(rising));
    columns.extend(accounts.interest_rate.as_ref().and_then(numbers).map(rising));
    columns.extend([&accounts.limit, &accounts.balance].map(|a| rising(Key::Amounts(a))));
    columns
}

fn codes(codes: &Codes) -> Option<Key<'_>> {
    Some(Key::Codes(codes)).filter(|_| !matches!(codes, Codes::Same(_)))
}

fn numbers(numbers: &Numbers) -> Option<Key<'_>> {
    match numbers {
        Numbers::Same(_) => None,
        Numbers::Coded { codes, .. } => Some(Key::Codes(codes)),
        Numbers::Each(values) => Some(Key::Floats(values)),
    }
}

/// Sorts a run of entries that agree in all columns before `columns`.
fn refine(draft: &Draft, columns: &[Column<'_>], run: &mut [u32], copy: &mut Vec<(u64, u32)>) {
    let whole = |&a: &u32, &b: &u32| -> Ordering { compare_entries(draft, a as usize, b as usize) };
    let Some((column, rest)) = columns.split_first() else {
        // With one account each, entries that agree in every column are the same.
        if draft.borrowers.first_account.is_some() {
            run.sort_unstable_by(whole);
        }
        return;
    };
    if run.len() <= SHORT {
        run.sort_unstable_by(whole);
        return;
    }
    if run.len() <= COPIED {
        copy.clear();
        copy.extend(run.iter().map(|&i| (column.of(i), i)));
        copy.sort_unstable();
        run.iter_mut().zip(copy.iter()).for_each(|(to, from)| *to = from.1);
    } else {
        run.sort_unstable_by_key(|&i| column.of(i));
    }
    for equals in run.chunk_by_mut(|&a, &b| column.of(a) == column.of(b)) {
        if equals.len() > 1 {
            refine(draft, rest, equals, copy);
        }
    }
}
