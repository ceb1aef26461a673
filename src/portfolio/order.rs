//! The canonical order of a book, and which borrowers are the same in everything the run uses.

use std::cmp::Ordering;

use super::compare::compare_entries;
use super::draft::Draft;
use super::permute::{How, Rearrange};
use super::sort::{sort, sorted};
use super::{Borrowers, Portfolio, Quality};

/// Sorts a book whose dictionaries are ascending, and pools identical borrowers.
///
/// The quality report is left empty. The result depends on the set of entries only.
pub(super) fn canonical(mut draft: Draft) -> Portfolio {
    // Ties are the same in everything and become one entry, so the sort need not be stable.
    if draft.borrowers.first_account.is_none() {
        sort(&mut draft);
        return pooled(draft);
    }
    let mut order = sorted(&draft);
    let (count, kept, _) = pool_equal(&draft, order.iter().map(|&b| b as usize));
    order.retain(|&b| kept[b as usize / 64] >> (b % 64) & 1 == 1);
    let Draft { mut borrowers, accounts, .. } = draft;
    borrowers.count = None;
    let first = borrowers.first_account.take().unwrap_or_default();
    let mut first_account = vec![0];
    let mut account_order = Vec::new();
    for &b in &order {
        account_order.extend(first[b as usize]..first[b as usize + 1]);
        first_account.push(account_order.len() as u32);
    }
    let first_account = Some(first_account).filter(|first| first.len() <= account_order.len());
    Portfolio {
        borrowers: Borrowers { count, first_account, ..borrowers.reordered(&order) },
        accounts: accounts.reordered(&account_order),
        quality: Quality::default(),
    }
}

/// The book of a sorted draft in which everybody has one account.
fn pooled(mut draft: Draft) -> Portfolio {
    let entries = draft.entries();
    let (count, bits, kept) = pool_equal(&draft, 0..entries);
    draft.borrowers.count = None;
    if kept < entries {
        draft.rearrange(How::Keep { bits: &bits, kept });
    }
    let Draft { borrowers, accounts, .. } = draft;
    let borrowers = Borrowers { count, ..borrowers };
    Portfolio { borrowers, accounts, quality: Quality::default() }
}

/// Counts of runs of equal entries, unless all are one, a bit for the first entry of each, and how many
/// runs there are.
fn pool_equal(
    draft: &Draft,
    sorted: impl Iterator<Item = usize>,
) -> (Option<Vec<u64>>, Vec<u64>, usize) {
    let mut counts: Option<Vec<u64>> = None;
    let mut bits = vec![0_u64; draft.entries().div_ceil(64)];
    let (mut kept, mut last) = (0, None);
    for entry in sorted {
        let draws = draft.borrowers.draws(entry);
        let order = last.map(|last| compare_entries(draft, last, entry));
        debug_assert!(order.is_none_or(Ordering::is_le), "entries are sorted");
        let same = order == Some(Ordering::Equal);
        if !same {
            bits[entry / 64] |= 1 << (entry % 64);
            last = Some(entry);
            kept += 1;
        }
        if same || draws > 1 || counts.is_some() {
            let before = kept - usize::from(!same);
            let counts = counts.get_or_insert_with(|| vec![1; before]);
            if same {
                counts[kept - 1] += draws;
            } else {
                counts.push(draws);
            }
        }
    }
    (counts, bits, kept)
}
