//! What must hold for every book: rows in any order, and writing followed by reading.

use proptest::prelude::*;

use super::{good, plain, written};
use crate::units::{Amount, Probability};

/// One row of a random tape: borrower, count, segment, lender, limit, balance, score, rate.
type Row = (u8, u64, u8, u8, u32, i32, Option<u8>, Option<u8>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        0..6_u8,
        1..4_u64,
        0..3_u8,
        0..3_u8,
        0..4_000_u32,
        -500..5_000_i32,
        proptest::option::of(0..3_u8),
        proptest::option::of(0..3_u8),
    );
    proptest::collection::vec(row, 1..40)
}

/// A tape of the rows in the given order; what belongs to a borrower follows from its number.
fn tape(rows: &[Row], several_accounts: bool) -> String {
    let mut text = String::from("count,segment,lender,limit,balance,pd,lgd,score,interest_rate");
    text.push_str(if several_accounts { ",borrower\n" } else { "\n" });
    for &(borrower, count, segment, lender, limit, balance, score, rate) in rows {
        let (count, segment, score) = if several_accounts {
            (u64::from(borrower % 3) + 1, borrower % 2, Some(borrower))
        } else {
            (count, segment, score)
        };
        let pd = f64::from(segment + 1) / 7.0;
        let cell = |x: Option<u8>| x.map(|x| (f64::from(x) / 3.0).to_string()).unwrap_or_default();
        text.push_str(&format!(
            "{count},s{segment},l{lender},{},{},{pd},0.5,{},{}",
            f64::from(limit) / 100.0,
            f64::from(balance) / 100.0,
            cell(score),
            cell(rate)
        ));
        text.push_str(&if several_accounts { format!(",b{borrower}\n") } else { "\n".into() });
    }
    text
}

proptest! {
    #[test]
    fn the_order_of_rows_leaves_no_trace(
        (rows, shuffled) in rows().prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle())),
        several_accounts: bool,
        calibrated: bool,
        pooled: bool,
    ) {
        let mut spec = plain();
        let drawn = rows.iter().any(|row| row.5 > 0);
        spec.calibrate_mean_pd =
            (calibrated && drawn).then(|| Probability::new(0.03).unwrap());
        spec.pool_balance_step = (pooled && !several_accounts).then_some(Amount(700));
        let book = good(&tape(&rows, several_accounts), &spec);
        prop_assert_eq!(&book, &good(&tape(&shuffled, several_accounts), &spec));
    }

    #[test]
    fn a_written_book_reads_back_as_itself(rows in rows(), several_accounts: bool, pooled: bool) {
        let mut spec = plain();
        spec.calibrate_mean_pd =
            rows.iter().any(|row| row.5 > 0).then(|| Probability::new(0.03).unwrap());
        spec.pool_balance_step = (pooled && !several_accounts).then_some(Amount(700));
        let book = good(&tape(&rows, several_accounts), &spec);
        let back = good(&written(&book), &plain());
        prop_assert_eq!(&book.borrowers, &back.borrowers);
        prop_assert_eq!(&book.accounts, &back.accounts);
    }

    #[test]
    fn pooling_on_a_grid_keeps_what_caps_on_the_grid_do(rows in rows(), cap in 0..6_i64) {
        let exact = good(&tape(&rows, false), &plain());
        let mut spec = plain();
        spec.pool_balance_step = Some(Amount(700));
        let pooled = good(&tape(&rows, false), &spec);
        let cap = cap * 700;
        let kept = |book: &crate::portfolio::Portfolio| -> i64 {
            (0..book.entries())
                .map(|b| {
                    let balance = book.accounts.balance.get(b);
                    let capped = book.accounts.limit.get(b) > cap;
                    let kept = if capped { balance.min(cap) } else { balance };
                    kept * book.count(b) as i64
                })
                .sum()
        };
        // Half a unit per person from the rounding of the means.
        prop_assert!(2 * (kept(&exact) - kept(&pooled)).abs() <= exact.people() as i64);
        prop_assert_eq!(exact.people(), pooled.people());
        prop_assert_eq!(exact.quality.limit_sum, pooled.quality.limit_sum);
    }
}
