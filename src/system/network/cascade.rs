//! The cascade without recovery: who falls if creditors of a failed lender lose all it owes them.
//!
//! With b_j the buffer of lender j, x_j its first losses and L_ij what i owes j, j fails if it has
//! failed before or
//!
//! 1. x_j + sum over failed i of L_ij > b_j,
//!
//! the least set for which 1 holds (Furfine 2003; Upper 2011). It is the rule of [`super::is_lost`]: a lender that
//! loses just its whole buffer has not failed, as in [`super::clearing`], where it can pay its debts to the
//! last unit.

use super::{Network, is_lost};

/// How a cascade ends. One entry per lender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cascade {
    /// Whether it fails.
    pub failed: Vec<bool>,
    /// What it has lost: its first losses and its claims on the failed, smallest units.
    pub losses: Vec<f64>,
}

/// Who fails with these buffers and first losses, smallest units, where some have `fallen` before; a lender with
/// an infinite buffer fails only so.
///
/// # Panics
/// If there is not one buffer, one loss and one word on its fall per lender.
pub fn cascade(network: &Network, buffers: &[f64], losses: &[f64], fallen: &[bool]) -> Cascade {
    let n = network.size();
    assert!(buffers.len() == n && losses.len() == n && fallen.len() == n);
    let mut end = Cascade { failed: vec![false; n], losses: losses.to_vec() };
    loop {
        let falls =
            |&i: &usize| !end.failed[i] && (fallen[i] || is_lost(end.losses[i], buffers[i]));
        let falling: Vec<usize> = (0..n).filter(falls).collect();
        if falling.is_empty() {
            return end;
        }
        for debtor in falling {
            end.failed[debtor] = true;
            for (loss, debt) in end.losses.iter_mut().zip(network.debts(debtor)) {
                *loss += debt;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::debt_rank::additional;
    use super::super::debt_rank::example::{BUFFERS, VALUES, network};
    use super::*;

    const NONE: [bool; 3] = [false; 3];

    #[test]
    fn meets_values_found_otherwise() {
        let falls = [
            ([true, true, true], 0.928_571_4),
            // c loses 2, its whole buffer, and stands.
            ([false, true, false], 0.25),
            ([false, false, true], 0.428_571_4),
        ];
        for (first, (failed, stress)) in falls.into_iter().enumerate() {
            let mut fallen = NONE;
            fallen[first] = true;
            let mut losses = [0.0; 3];
            losses[first] = BUFFERS[first];
            let end = cascade(&network(), &BUFFERS, &losses, &fallen);
            assert_eq!(end.failed, failed);
            // Whoever loses a unit more falls without a word.
            losses[first] += 1e-9;
            let lost = cascade(&network(), &BUFFERS, &losses, &NONE);
            assert_eq!(lost.failed, failed);
            let share = |losses: &[f64]| -> Vec<f64> {
                losses.iter().zip(BUFFERS).map(|(loss, buffer)| (loss / buffer).min(1.0)).collect()
            };
            let more = additional(&share(&losses), &share(&end.losses), &VALUES);
            assert!((more - stress).abs() < 1e-7, "{first}: {more}");
        }
    }

    #[test]
    fn a_loss_of_the_buffer_and_no_more_is_borne() {
        // To the last unit, and within rounding of it.
        for loss in [4.999, 5.0, 5.0 + 2e-15] {
            let losses = [0.0, loss, 0.0];
            let end = cascade(&network(), &BUFFERS, &losses, &NONE);
            assert_eq!((end.failed, end.losses), (vec![false; 3], losses.to_vec()));
        }
        // b's loss is borne by none where c has less than 2; a bears 1 of 2.
        let end = cascade(&network(), &[2.0, 5.0, 1.999], &[0.0, 5.001, 0.0], &NONE);
        assert_eq!(end.failed, [false, true, true]);
        let end = cascade(&network(), &[2.0, 5.0, 2.0], &[0.0, 5.001, 0.0], &NONE);
        assert_eq!(end.failed, [false, true, false]);
    }

    #[test]
    fn buffers_without_bottom_or_without_anything() {
        let end = cascade(&network(), &[0.0, f64::INFINITY, 0.0], &[0.0, 1e9, 0.0], &NONE);
        assert_eq!(end.failed, [false; 3]);
        let end = cascade(&network(), &[0.0, f64::INFINITY, 0.0], &[1e-9, 0.0, 0.0], &NONE);
        assert_eq!(end.failed, [true, false, true]);
        assert_eq!(end.losses, [1e-9, 10.0 + 3.0, 3.0]);
        let fallen = [false, true, false];
        let end = cascade(&network(), &[2.0, f64::INFINITY, 2.0], &[0.0; 3], &fallen);
        assert_eq!(end.failed, fallen);
    }
}
