//! What was found in the tape and what became of it, in numbers that a reader can check.

use super::draft::AsRead;
use super::{Portfolio, Quality};
use crate::error::{Fault, FaultKind, Place};
use crate::units::Currency;

/// Sums of amounts must leave room for what later stages add to them.
const LARGEST_SUM: i128 = (i64::MAX / 4) as i128;
/// Up to here `f64` counts exactly; no book has more accounts, hence none more people.
const MOST_ACCOUNTS: i128 = 1 << 53;

/// Refuses a book whose totals would overflow.
pub(super) fn check_totals(as_read: &AsRead, place: Place) -> Result<(), Vec<Fault>> {
    let accounts = i128::try_from(as_read.accounts).unwrap_or(i128::MAX);
    let sums = [
        ("sum of limits (in smallest units)", as_read.limits, LARGEST_SUM),
        ("sum of balances (in smallest units)", as_read.positive_balances, LARGEST_SUM),
        ("sum of balances (in smallest units)", as_read.balances.abs(), LARGEST_SUM),
        ("number of accounts", accounts, MOST_ACCOUNTS),
    ];
    let fault = sums.into_iter().find(|&(_, sum, largest)| sum > largest);
    fault.map_or(Ok(()), |(what, sum, largest)| {
        let message = format!("the {what} is {sum}, more than {largest}");
        Err(vec![
            Fault::new(place, FaultKind::Conflict { message })
                .with_hint("check the counts, or use a larger smallest unit"),
        ])
    })
}

/// Refuses a smallest unit that is too coarse for the amounts of a book.
pub(super) fn check_unit(as_read: &AsRead, currency: &Currency) -> Result<(), Vec<Fault>> {
    let units = |minor: i128| minor as f64 / currency.per_unit();
    let sums = [
        ("limits", as_read.limits, as_read.limit_fineness),
        ("balances", as_read.positive_balances, as_read.balance_fineness),
    ];
    let all = units(as_read.limits_as_read() + as_read.balances_as_read());
    let mut faults = Vec::new();
    for (what, sum, fineness) in sums {
        let Some(found) = fineness.too_coarse(units(sum)) else { continue };
        let place = Place::Value("minor_units".into());
        faults.push(found.fault(place, what, all, currency));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The report on a finished book. `distinct_rows`: accounts left once identical borrowers were
/// pooled; `shift`: what calibration did.
pub(super) fn report(
    book: &Portfolio,
    as_read: &AsRead,
    distinct_rows: u64,
    shift: Option<f64>,
) -> Quality {
    let mut quality = Quality {
        rows: as_read.rows,
        entries: book.entries() as u64,
        rows_pooled: as_read.rows - distinct_rows,
        limit_sum: as_read.limits_as_read() as i64,
        balance_sum_as_read: as_read.balances_as_read() as i64,
        negative_balances: as_read.negative_balances,
        calibration_shift: shift,
        ..Quality::default()
    };
    let (mut by_balance, mut by_borrower) = (0.0, 0.0);
    for b in 0..book.entries() {
        let (people, pd) = (book.count(b), book.borrowers.pd.get(b));
        let times = people as i64;
        let mut balance = 0;
        for a in book.accounts_of(b) {
            let over = book.accounts.balance.get(a) - book.accounts.limit.get(a);
            balance += book.accounts.balance.get(a);
            quality.accounts += people;
            if over > 0 {
                quality.balances_over_limit += people;
                quality.over_limit_sum += over * times;
            }
        }
        quality.borrowers += people;
        quality.draws += book.borrowers.draws(b);
        quality.balance_sum += balance * times;
        quality.pd_zero += if pd == 0.0 { people } else { 0 };
        quality.pd_one += if pd == 1.0 { people } else { 0 };
        by_balance += pd * (balance * times) as f64;
        by_borrower += pd * people as f64;
    }
    quality.mean_pd_by_borrower = by_borrower / quality.borrowers as f64;
    // A book in which nothing is drawn has no such mean; 0 says so without a NaN in the results.
    if quality.balance_sum > 0 {
        quality.mean_pd_by_balance = by_balance / quality.balance_sum as f64;
    }
    quality
}
