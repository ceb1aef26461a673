//! The cascade without recovery: who falls if creditors of a failed lender lose all it owes them.
//!
//! With b_j the buffer of lender j, x_j its first losses and L_ij what i owes j, j fails if it has
//! lost something and
//!
//! 1. x_j + sum over failed i of L_ij >= b_j,
//!
//! the least set for which 1 holds (Furfine 2003). A loss of just the whole buffer is a failure here,
//! as a distress of 1 is in DebtRank; in [`super::clearing`] a lender that can pay its debts to the
//! last unit has not failed.

use super::Network;

/// How a cascade ends. One entry per lender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cascade {
    /// Whether it fails.
    pub failed: Vec<bool>,
    /// What it has lost: its first losses and its claims on the failed, smallest units.
    pub losses: Vec<f64>,
}

/// Who fails with these buffers and first losses, smallest units; a lender with an infinite buffer never
/// does.
///
/// # Panics
/// If there is not one buffer and one loss per lender.
pub fn cascade(network: &Network, buffers: &[f64], losses: &[f64]) -> Cascade {
    let n = network.size();
    assert!(buffers.len() == n && losses.len() == n);
    let mut end = Cascade { failed: vec![false; n], losses: losses.to_vec() };
    loop {
        let falls =
            |i: &usize| !end.failed[*i] && end.losses[*i] > 0.0 && end.losses[*i] >= buffers[*i];
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

    #[test]
    fn meets_values_found_otherwise() {
        let falls = [
            ([true, true, true], 0.928_571_4),
            // c loses 2, its whole buffer.
            ([false, true, true], 0.25),
            ([false, false, true], 0.428_571_4),
        ];
        for (first, (failed, stress)) in falls.into_iter().enumerate() {
            let mut losses = [0.0; 3];
            losses[first] = BUFFERS[first];
            let end = cascade(&network(), &BUFFERS, &losses);
            assert_eq!(end.failed, failed);
            let share = |losses: &[f64]| -> Vec<f64> {
                losses.iter().zip(BUFFERS).map(|(loss, buffer)| (loss / buffer).min(1.0)).collect()
            };
            let more = additional(&share(&losses), &share(&end.losses), &VALUES);
            assert!((more - stress).abs() < 1e-7, "{first}: {more}");
        }
    }

    #[test]
    fn a_loss_short_of_the_buffer_is_borne() {
        let losses = [0.0, 4.999, 0.0];
        let end = cascade(&network(), &BUFFERS, &losses);
        assert_eq!((end.failed, end.losses), (vec![false; 3], losses.to_vec()));
        // b's loss is borne by none where c has more than 2; a bears 1 of 2.
        let end = cascade(&network(), &[2.0, 5.0, 2.001], &[0.0, 5.0, 0.0]);
        assert_eq!(end.failed, [false, true, false]);
    }

    #[test]
    fn buffers_without_bottom_or_without_anything() {
        let end = cascade(&network(), &[0.0, f64::INFINITY, 0.0], &[0.0, 1e9, 0.0]);
        assert_eq!(end.failed, [false; 3]);
        let end = cascade(&network(), &[0.0, f64::INFINITY, 0.0], &[1e-9, 0.0, 0.0]);
        assert_eq!(end.failed, [true, false, true]);
        assert_eq!(end.losses, [1e-9, 10.0 + 3.0, 3.0]);
    }
}
