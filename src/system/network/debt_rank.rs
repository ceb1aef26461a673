//! DebtRank: how the distress of some lenders spreads to their creditors, before anybody fails.
//!
//! The distress h_i of lender i is the share of its buffer that is lost, at most 1. With L_ij what i owes j
//! and E_j the buffer of j, the impact of i on j is
//!
//! 1. W_ij = L_ij / E_j,
//!
//! and distress spreads in rounds. Single hit (Battiston et al. 2012): a lender passes its distress on
//! once, in the round after it is first distressed, impacts at most 1,
//!
//! 2. h_j(t+1) = min(1, h_j(t) + sum_i min(1, W_ij) h_i(t)),   i first distressed in round t.
//!
//! Linear (Bardoscia et al. 2015): it passes on every increment, impacts as they are,
//!
//! 3. h_j(t+1) = min(1, h_j(t) + sum_i W_ij (h_i(t) - h_i(t-1))),   h(-1) = 0.
//!
//! The cap on impacts matters: without it in 2, or with it in 3, the same network has other figures.

use super::Network;
use crate::scenario::DebtRankVariant;

/// Increments below this are not passed on any more (linear).
const TOLERANCE: f64 = 1e-12;
/// Most rounds (linear). Reached only if increments shrink by less than 0.3 % a round while nobody is at 1.
const ROUNDS: usize = 10_000;

/// Impacts of lenders on each other; the same in every trial.
#[derive(Debug, Clone)]
pub struct DebtRank {
    size: usize,
    variant: DebtRankVariant,
    /// W, row i the impacts of lender i.
    impacts: Vec<f64>,
    /// Whether a lender has an impact on anybody.
    matters: Vec<bool>,
}

/// Room for one trial at a time, to be used again.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    distress: Vec<f64>,
    /// What each passes on in this round.
    passing: Vec<f64>,
    arriving: Vec<f64>,
}

impl DebtRank {
    /// Impacts in `network` on lenders with these buffers, smallest units, >= 0; infinite for a lender that
    /// bears what comes. On a lender without a buffer impacts are 1 (single hit) or infinite: any loss
    /// distresses it wholly (linear).
    ///
    /// # Panics
    /// If there is not one buffer per lender, or one is below 0.
    pub fn new(network: &Network, buffers: &[f64], variant: DebtRankVariant) -> Self {
        let size = network.size();
        assert_eq!(buffers.len(), size);
        assert!(buffers.iter().all(|&e| e >= 0.0), "buffers must be >= 0: {buffers:?}");
        let impact = |debt: f64, buffer: f64| {
            // Also where the buffer is 0.
            let impact = if debt > 0.0 { debt / buffer } else { 0.0 };
            match variant {
                DebtRankVariant::SingleHit => impact.min(1.0),
                DebtRankVariant::Linear => impact,
            }
        };
        let mut impacts = Vec::with_capacity(size * size);
        let mut matters = Vec::with_capacity(size);
        for debtor in 0..size {
            let from = impacts.len();
            let debts = network.debts(debtor).iter().zip(buffers);
            impacts.extend(debts.map(|(&debt, &buffer)| impact(debt, buffer)));
            matters.push(impacts[from..].iter().any(|&w| w > 0.0));
        }
        Self { size, variant, impacts, matters }
    }

    /// Distress in the end, each in [0, 1] and at least what it is `initial`ly.
    ///
    /// Linear: rounds end when no increment reaches 1e-12, or after 10,000.
    ///
    /// # Panics
    /// If there is not one number per lender.
    pub fn spread<'s>(&self, initial: &[f64], scratch: &'s mut Scratch) -> &'s [f64] {
        assert_eq!(initial.len(), self.size);
        debug_assert!(initial.iter().all(|h| (0.0..=1.0).contains(h)), "{initial:?}");
        let Scratch { distress, passing, arriving } = scratch;
        distress.clear();
        distress.extend_from_slice(initial);
        passing.clear();
        passing.extend_from_slice(initial);
        for _ in 0..ROUNDS {
            if !self.pass(passing, arriving) {
                break;
            }
            for ((h, passing), arriving) in distress.iter_mut().zip(&mut *passing).zip(&*arriving) {
                let before = *h;
                *h = (before + arriving).min(1.0);
                *passing = match self.variant {
                    DebtRankVariant::SingleHit if before > 0.0 => 0.0,
                    DebtRankVariant::SingleHit | DebtRankVariant::Linear => *h - before,
                };
            }
        }
        distress
    }

    /// Collects what arrives at each; whether anything may.
    fn pass(&self, passing: &[f64], arriving: &mut Vec<f64>) -> bool {
        let least = match self.variant {
            DebtRankVariant::SingleHit => 0.0,
            DebtRankVariant::Linear => TOLERANCE,
        };
        let acts = |i: usize| passing[i] > 0.0 && self.matters[i];
        if !(0..self.size).any(|i| acts(i) && passing[i] >= least) {
            return false;
        }
        arriving.clear();
        arriving.resize(self.size, 0.0);
        for i in (0..self.size).filter(|&i| acts(i)) {
            let row = &self.impacts[i * self.size..(i + 1) * self.size];
            for (sum, impact) in arriving.iter_mut().zip(row) {
                *sum += impact * passing[i];
            }
        }
        true
    }
}

/// The share of all value that is lost by spreading: sum v_i (h_i final - h_i initial) / sum v_i; 0 if
/// there is no value.
///
/// # Panics
/// If the lengths differ.
pub fn additional(initial: &[f64], last: &[f64], values: &[f64]) -> f64 {
    assert!(initial.len() == last.len() && last.len() == values.len());
    let total: f64 = values.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    let lost: f64 = (0..values.len()).map(|i| values[i] * (last[i] - initial[i])).sum();
    lost / total
}

/// Claims, buffers and values of the lenders a, b, c of R package `NetworkRiskMeasures`.
#[cfg(test)]
pub(super) mod example {
    use super::super::Network;

    pub const BUFFERS: [f64; 3] = [2.0, 5.0, 2.0];
    pub const VALUES: [f64; 3] = [10.0, 100.0, 30.0];

    pub fn network() -> Network {
        // Printed with creditors in rows: a (0, 1, 0), b (10, 0, 3), c (3, 2, 0).
        Network::new(vec![vec![0.0, 10.0, 3.0], vec![1.0, 0.0, 2.0], vec![0.0, 3.0, 0.0]])
    }
}

#[cfg(test)]
mod tests {
    use super::example::{BUFFERS, VALUES, network};
    use super::*;
    use proptest::prelude::*;

    /// Final distress, and what it adds.
    fn spread(variant: DebtRankVariant, initial: [f64; 3]) -> (Vec<f64>, f64) {
        let rank = DebtRank::new(&network(), &BUFFERS, variant);
        let mut scratch = Scratch::default();
        rank.spread(&[1.0; 3], &mut scratch);
        let last = rank.spread(&initial, &mut scratch).to_vec();
        let more = additional(&initial, &last, &VALUES);
        (last, more)
    }

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    const A: [f64; 3] = [1.0, 0.0, 0.0];
    const B: [f64; 3] = [0.0, 1.0, 0.0];
    const C: [f64; 3] = [0.0, 0.0, 1.0];
    const ALL: [f64; 3] = [0.1; 3];

    #[test]
    fn single_hit_meets_the_published_example() {
        let published =
            [(A, 0.928_571_4, 2), (B, 0.25, 1), (C, 0.664_285_7, 0), (ALL, 0.160_714_285_7, 0)];
        for (initial, stress, defaults) in published {
            let (last, more) = spread(DebtRankVariant::SingleHit, initial);
            assert!((more - stress).abs() < 1e-7, "{initial:?}: {more}");
            let failed = last.iter().filter(|h| **h >= 1.0).count();
            assert_eq!(failed - initial.iter().filter(|h| **h >= 1.0).count(), defaults);
        }
        let (last, _) = spread(DebtRankVariant::SingleHit, ALL);
        assert!(close(&last, &[0.15, 0.26, 0.3]), "{last:?}");
    }

    #[test]
    fn linear_meets_values_found_otherwise() {
        for (initial, stress) in [(A, 0.928_571_4), (B, 0.25), (C, 0.75), (ALL, 0.871_428_6)] {
            let (_, more) = spread(DebtRankVariant::Linear, initial);
            assert!((more - stress).abs() < 1e-7, "{initial:?}: {more}");
        }
        assert!(close(&spread(DebtRankVariant::Linear, C).0, &[0.5, 1.0, 1.0]));
        assert!(close(&spread(DebtRankVariant::Linear, ALL).0, &[0.6, 1.0, 1.0]));
        // A wrong twin: the other variant's impacts are capped, and its distress is passed on once.
        let (_, single) = spread(DebtRankVariant::SingleHit, ALL);
        assert!((single - 0.871_428_6).abs() > 0.5);
    }

    #[test]
    fn who_bears_what_comes_is_not_distressed_and_who_has_no_buffer_is() {
        for (variant, whole) in [(DebtRankVariant::SingleHit, 0.1), (DebtRankVariant::Linear, 1.0)]
        {
            let rank = DebtRank::new(&network(), &[2.0, f64::INFINITY, 0.0], variant);
            let mut scratch = Scratch::default();
            // b stops it; c has no buffer for what a owes it.
            assert_eq!(rank.spread(&[0.1, 0.0, 0.0], &mut scratch), [0.1, 0.0, whole]);
            assert_eq!(rank.spread(&[0.0; 3], &mut scratch), [0.0; 3]);
            let nobody = DebtRank::new(&Network::new(Vec::new()), &[], variant);
            assert!(nobody.spread(&[], &mut scratch).is_empty());
        }
        assert_eq!(additional(&[0.0], &[1.0], &[0.0]), 0.0);
    }

    #[test]
    fn linear_adds_up_the_series_of_a_circle() {
        let owes = vec![vec![0.0, 0.9], vec![0.5, 0.0]];
        let rank = DebtRank::new(&Network::new(owes), &[1.0; 2], DebtRankVariant::Linear);
        let mut scratch = Scratch::default();
        // 0.01 (1 + 0.45 + 0.45^2 + ...), and 0.9 of it.
        let last = rank.spread(&[0.01, 0.0], &mut scratch);
        assert!(close(last, &[0.01 / 0.55, 0.009 / 0.55]), "{last:?}");
    }

    proptest! {
        #[test]
        fn distress_only_grows_and_linear_ends_at_a_fixed_point(
            n in 1_usize..8,
            draws in prop::collection::vec(0.0_f64..1.0, 64 + 8 + 8),
        ) {
            let debt = |i: usize, j: usize| if i == j { 0.0 } else { (draws[8 * i + j] - 0.5).max(0.0) };
            let owes: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| debt(i, j)).collect()).collect();
            let network = Network::new(owes.clone());
            let buffers: Vec<f64> = draws[64..64 + n].iter().map(|x| 0.5 + x).collect();
            let initial: Vec<f64> = draws[72..72 + n].iter().map(|x| (x - 0.7).max(0.0)).collect();
            let mut scratch = Scratch::default();
            let single = DebtRank::new(&network, &buffers, DebtRankVariant::SingleHit);
            let single = single.spread(&initial, &mut scratch).to_vec();
            let linear = DebtRank::new(&network, &buffers, DebtRankVariant::Linear);
            let linear = linear.spread(&initial, &mut scratch);
            for j in 0..n {
                prop_assert!(initial[j] <= single[j] && single[j] <= linear[j] + 1e-9 && linear[j] <= 1.0);
                // Equation 3 added up over all rounds.
                let sum: f64 = (0..n).map(|i| owes[i][j] / buffers[j] * linear[i]).sum();
                prop_assert!((linear[j] - (initial[j] + sum).min(1.0)).abs() < 1e-9);
            }
        }
    }
}
