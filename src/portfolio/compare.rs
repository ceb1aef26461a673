//! What tells accounts, borrowers and entries apart, the most significant first.

use std::cmp::Ordering;

use super::draft::Draft;
use super::{Accounts, Borrowers, Labels, Numbers};

/// Compares two accounts by everything that tells them apart; the balance comes last, so that
/// accounts that differ in nothing else stand together by rising balance.
pub(super) fn compare_accounts(accounts: &Accounts, a: usize, b: usize) -> Ordering {
    compare_all_but_balance(accounts, a, b)
        .then_with(|| accounts.balance.get(a).cmp(&accounts.balance.get(b)))
}

/// Compares two accounts by everything but their balances.
pub(super) fn compare_all_but_balance(accounts: &Accounts, a: usize, b: usize) -> Ordering {
    let codes = |column: &Labels| column.codes.get(a).cmp(&column.codes.get(b));
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
    let optional = |column: &Option<Numbers>| {
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
