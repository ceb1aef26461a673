//! Pools one-account borrowers whose balances lie close together, without moving what a cap does.
//!
//! Accounts that are equal in everything but the balance and whose balances lie in the same cell
//! [k h, (k + 1) h) of a grid with step h, on the same side of the limit (above, or at and below),
//! become one pool at their mean balance m. For an account of balance B and limit L under a cap
//! C < L, what stays and the exposure at default are
//!
//! K_C(B) = min(B, C),    (1)
//! E_C(B) = K_C(B) + ccf max(C - K_C(B), 0),    (2)
//!
//! and without a cap E(B) = B + ccf max(L - B, 0). All are linear in B except at B = C and B = L.
//! If C = k h for a whole k, neither point lies inside a cell's part, so over the n accounts of a
//! pool
//!
//! sum_i K_C(B_i) = n K_C(m)  and  sum_i E_C(B_i) = n E_C(m),    (3)
//!
//! exactly but for the rounding of m to the smallest unit, at most n / 2 units per pool. So credit
//! kept and EL are those of the accounts for every cap on the grid.
//!
//! What is approximate: for a cap inside a cell only that cell's accounts are off, by at most
//! h / 4 each on average, so choose a step that divides all caps, or one well below the lowest;
//! the spread of exposures inside a pool (at most h) is lost to the loss distribution; whether a
//! cap falls below the balance is judged on the mean; and a pass-through of limit cuts to balances
//! (kappa > 0) bends the balance at other points than (1).

use super::compare::{compare_all_but_balance, compare_borrowers};
use super::permute::Rearrange;
use super::{Amounts, Borrowers, Portfolio};
use crate::error::{Fault, FaultKind, Place};
use crate::units::Amount;

/// Where the scenario says the step.
const PATH: &str = "portfolio.pool.balance_step";

/// Pools a canonical book on the grid of step `step`; the result is canonical.
pub(super) fn pool_by_balance(book: Portfolio, step: Amount) -> Result<Portfolio, Vec<Fault>> {
    let refuse = |kind| Err(vec![Fault::new(Place::Value(PATH.into()), kind)]);
    if book.borrowers.first_account.is_some() {
        let message = "balances can only be pooled in a book of one account per borrower".into();
        return refuse(FaultKind::Conflict { message });
    }
    if step.0 <= 0 {
        return refuse(FaultKind::Value {
            what: "the step".into(),
            found: step.0.to_string(),
            required: "at least one smallest unit".into(),
        });
    }
    let entries = book.entries();
    let mut firsts: Vec<u32> = Vec::new();
    let mut balances = Amounts::default();
    let mut counts = Vec::new();
    let mut start = 0;
    // Canonical order puts the accounts of a pool side by side: the balance is its last key.
    while start < entries {
        let end = (start + 1..entries)
            .find(|&b| !pool_together(&book, start, b, step.0))
            .unwrap_or(entries);
        // The people per draw are the same throughout a pool, so that draws are weights enough.
        let draws = |b: usize| book.borrowers.draws(b);
        let people: u64 = (start..end).map(draws).sum();
        let sum: i128 = (start..end)
            .map(|b| i128::from(book.accounts.balance.get(b)) * i128::from(draws(b)))
            .sum();
        let n = i128::from(people);
        let mean = (2 * sum + n) / (2 * n);
        firsts.push(start as u32);
        balances.push(i64::try_from(mean).expect("a mean lies between amounts"));
        counts.push(people);
        start = end;
    }
    let count = Some(counts).filter(|counts| counts.iter().any(|&n| n > 1));
    let mut accounts = book.accounts.reordered(&firsts);
    accounts.balance = balances;
    Ok(Portfolio {
        borrowers: Borrowers { count, ..book.borrowers.reordered(&firsts) },
        accounts,
        quality: book.quality,
    })
}

fn pool_together(book: &Portfolio, a: usize, b: usize, step: i64) -> bool {
    let accounts = &book.accounts;
    let cell = |i: usize| {
        let balance = accounts.balance.get(i);
        (balance / step, balance > accounts.limit.get(i))
    };
    cell(a) == cell(b)
        && compare_borrowers(&book.borrowers, a, b).is_eq()
        && compare_all_but_balance(accounts, a, b).is_eq()
}
