//! The canonical order of a book, and which borrowers are the same in everything the run uses.

use std::cmp::Ordering;

use super::draft::Draft;
use super::permute::{How, Rearrange};
use super::sort::{sort, sorted};
use super::{Accounts, Borrowers, Portfolio, Quality};

/// Compares two accounts by everything that tells them apart; the balance comes last, so that
/// accounts that differ in nothing else stand together by rising balance.
pub(super) fn compare_accounts(accounts: &Accounts, a: usize, b: usize) -> Ordering {
    compare_all_but_balance(accounts, a, b)
        .then_with(|| accounts.balance.get(a).cmp(&accounts.balance.get(b)))
}

/// Compares two accounts by everything but their balances.
pub(super) fn compare_all_but_balance(accounts: &Accounts, a: usize, b: usize) -> Ordering {
    let codes = |column: &super::Labels| column.codes.get(a).cmp(&column.codes.get(b));
    codes(&accounts.lender)
        .then_with(|| accounts.product.as_ref().map_or(Ordering::Equal, codes))
        .then_with(|| accounts.lgd.compare(a, b))
        .then_with(|| accounts.ccf.compare(a, b))
        .then_with(|| {
            accounts.interest_rate.as_ref().map_or(Ordering::Equal, |rate| rate.compare(a, b))
        })
        .then_with(|| accounts.limit.get(a).cmp(&accounts.limit.get(b)))
}

/// Compares two borrowers by what belongs to them rather than to their accounts: segment name,
/// falling PD, score, income, age, people per draw. The count is no difference: counts of equals are
/// added.
pub(super) fn compare_borrowers(borrowers: &Borrowers, a: usize, b: usize) -> Ordering {
    let optional = |column: &Option<super::Numbers>| {
        column.as_ref().map_or(Ordering::Equal, |numbers| numbers.compare(a, b))
    };
    let codes = &borrowers.segment.codes;
    codes
        .get(a)
        .cmp(&codes.get(b))
        .then_with(|| borrowers.pd.compare(b, a))
        .then_with(|| optional(&borrowers.score))
        .then_with(|| optional(&borrowers.income))
        .then_with(|| optional(&borrowers.age))
        .then_with(|| optional(&borrowers.stands_for))
}

/// Compares two entries of a draft by everything but their counts.
pub(super) fn compare_entries(draft: &Draft, a: usize, b: usize) -> Ordering {
    compare_borrowers(&draft.borrowers, a, b).then_with(|| {
        let (of_a, of_b) = (draft.accounts_of(a), draft.accounts_of(b));
        of_a.len().cmp(&of_b.len()).then_with(|| {
            of_a.zip(of_b)
                .map(|(i, j)| compare_accounts(&draft.accounts, i, j))
                .find(|ordering| ordering.is_ne())
                .unwrap_or(Ordering::Equal)
        })
    })
}

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
