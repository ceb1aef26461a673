//! What lenders can pay each other: the greatest clearing vector.
//!
//! Lender i has assets e_i outside the system, owes L_ij to lender j and o_i to others, in all
//! l_i = sum_j L_ij + o_i. With r_i what it receives from lenders, it fails if
//!
//! 1. e_i + r_i < l_i,
//!
//! and then pays what is left after the costs of bankruptcy (Rogers and Veraart 2013)
//!
//! 2. v_i = alpha e_i + beta r_i;
//!
//! alpha = beta = 1 is Eisenberg and Noe (2001). It divides x_i among a pool of creditors to whom it owes
//! y_i, each getting the same share of its claim:
//!
//! 3. equal rank: everybody; x_i = v_i, y_i = l_i;
//! 4. outside first: lenders; x_i = max(0, v_i - o_i), y_i = sum_j L_ij;
//! 5. r_i = sum_j L_ji x_j / y_j,   x_j = y_j for those who do not fail.
//!
//! Of all solutions the greatest is taken, in which nobody fails only because others do so for no
//! reason. Rogers and Veraart's algorithm finds it: all pay in full; who fails by 1 joins the failed;
//! 2 to 5 are solved for the failed, all others paying in full; and so on until nobody joins, after at
//! most n rounds. Given the failed, solutions of 2 to 5 are unique: in a circle of failed lenders whose
//! money stays among them something is missing, by 1. Under 3 they are one linear system
//! (solved in `reduction`). Under 4 some may pay their lenders nothing: those who pay something even if
//! no other failed lender does come first, and whoever can pay something given what they pay joins
//! them, until nobody does.
//!
//! Who lacks less than 1e-12 of its debts has not failed: sums of debts that are paid to the last unit
//! may round below them.

use super::Network;
use super::reduction::Circle;

/// Share of its debts that a lender may lack by rounding.
const TOLERANCE: f64 = 1e-12;

/// Shares of a failed lender's assets that are left after the costs of bankruptcy, in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// Of its assets outside the system (alpha).
    pub assets: f64,
    /// Of what it receives from lenders (beta).
    pub claims: f64,
}

impl Recovery {
    /// Bankruptcy costs nothing: Eisenberg and Noe.
    pub const FULL: Self = Self { assets: 1.0, claims: 1.0 };
}

/// When creditors outside the system are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideRank {
    /// With lenders, in proportion.
    Equal,
    /// Before lenders.
    First,
}

/// Debts of lenders and the rules by which they are paid; the same in every trial.
#[derive(Debug, Clone)]
pub struct Clearing {
    network: Network,
    outside: Vec<f64>,
    recovery: Recovery,
    /// l.
    liabilities: Vec<f64>,
    /// y of equations 3 and 4.
    pool: Vec<f64>,
    /// What is paid before the pool: 0, or o.
    senior: Vec<f64>,
}

/// How one trial ends. One number per lender, smallest units.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cleared {
    /// All that it pays, to lenders and outside.
    pub paid: Vec<f64>,
    /// What it pays outside the system.
    pub paid_outside: Vec<f64>,
    /// What lenders pay it.
    pub received: Vec<f64>,
    /// What is left after it has paid, 0 if it fails.
    pub equity: Vec<f64>,
    /// Whether it fails.
    pub failed: Vec<bool>,
    /// Whether it fails even if all others pay in full.
    pub first: Vec<bool>,
    /// What bankruptcies destroy: (1 - alpha) e + (1 - beta) r of all who fail.
    pub costs: f64,
    /// How many times somebody joined the failed.
    pub rounds: usize,
}

/// Room for one trial at a time, to be used again.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    cleared: Cleared,
    /// x / y of equation 5.
    share: Vec<f64>,
    /// The same in the round before: shares only fall.
    before: Vec<f64>,
    /// What each would have for its pool if no failed lender paid.
    alone: Vec<f64>,
    /// The failed who pay their pools something, ascending.
    paying: Vec<usize>,
    circle: Circle,
}

impl Clearing {
    /// Debts among lenders of `network` and to others, `outside`, both smallest units.
    ///
    /// # Panics
    /// Unless there is one outside debt per lender, finite and >= 0, and the recoveries are in [0, 1].
    pub fn new(network: Network, outside: Vec<f64>, recovery: Recovery, rank: OutsideRank) -> Self {
        assert_eq!(outside.len(), network.size());
        assert!(outside.iter().all(|o| o.is_finite() && *o >= 0.0), "outside debts: {outside:?}");
        let is_share = |x: f64| (0.0..=1.0).contains(&x);
        assert!(is_share(recovery.assets) && is_share(recovery.claims), "{recovery:?}");
        let among: Vec<f64> = (0..network.size()).map(|i| network.liabilities(i)).collect();
        let liabilities: Vec<f64> = among.iter().zip(&outside).map(|(l, o)| l + o).collect();
        let (pool, senior) = match rank {
            OutsideRank::Equal => (liabilities.clone(), vec![0.0; outside.len()]),
            OutsideRank::First => (among, outside.clone()),
        };
        Self { network, outside, recovery, liabilities, pool, senior }
    }

    /// Who pays what with these assets outside the system, each finite and >= 0.
    ///
    /// # Panics
    /// If there is not one amount per lender.
    pub fn clear<'s>(&self, assets: &[f64], scratch: &'s mut Scratch) -> &'s Cleared {
        assert_eq!(assets.len(), self.network.size());
        debug_assert!(assets.iter().all(|e| e.is_finite() && *e >= 0.0), "{assets:?}");
        self.begin(assets, scratch);
        let mut joined = scratch.cleared.first.contains(&true);
        while joined {
            scratch.cleared.rounds += 1;
            self.settle(assets, scratch);
            joined = false;
            let Cleared { received, failed, .. } = &mut scratch.cleared;
            for (i, failed) in failed.iter_mut().enumerate() {
                if !*failed && self.lacks(i, assets[i] + received[i]) {
                    *failed = true;
                    joined = true;
                }
            }
        }
        self.end(assets, scratch);
        &scratch.cleared
    }

    /// Equation 1.
    fn lacks(&self, i: usize, has: f64) -> bool {
        has < self.liabilities[i] * (1.0 - TOLERANCE)
    }

    /// All pay in full.
    fn begin(&self, assets: &[f64], scratch: &mut Scratch) {
        let n = assets.len();
        let Cleared { received, failed, first, rounds, .. } = &mut scratch.cleared;
        received.clear();
        received.extend((0..n).map(|i| self.network.claims(i)));
        failed.clear();
        failed.extend((0..n).map(|i| self.lacks(i, assets[i] + received[i])));
        first.clone_from(failed);
        *rounds = 0;
        scratch.share.clear();
        scratch.share.resize(n, 1.0);
    }

    /// Solves equations 2 to 5 for the failed.
    fn settle(&self, assets: &[f64], scratch: &mut Scratch) {
        let Scratch { cleared, share, before, alone, paying, circle } = scratch;
        let Cleared { received, failed, .. } = cleared;
        before.clone_from(share);
        for (share, &failed) in share.iter_mut().zip(&*failed) {
            *share = if failed { 0.0 } else { 1.0 };
        }
        self.receive(share, received);
        alone.clear();
        alone.extend((0..assets.len()).map(|i| self.left(i, assets, received)));
        let has_pool = |i: usize| failed[i] && self.pool[i] > 0.0;
        paying.clear();
        paying.extend((0..assets.len()).filter(|&i| has_pool(i) && alone[i] >= 0.0));
        loop {
            self.circulate(alone, paying, before, share, circle);
            self.receive(share, received);
            let known = paying.len();
            for i in (0..assets.len()).filter(|&i| has_pool(i)) {
                if self.left(i, assets, received) > 0.0
                    && paying[..known].binary_search(&i).is_err()
                {
                    paying.push(i);
                }
            }
            if paying.len() == known {
                return;
            }
            paying.sort_unstable();
        }
    }

    /// What a failed lender has for its pool; below 0 if not even those who come first are paid.
    fn left(&self, i: usize, assets: &[f64], received: &[f64]) -> f64 {
        self.recovery.assets * assets[i] + self.recovery.claims * received[i] - self.senior[i]
    }

    /// Shares of those who pay something.
    fn circulate(
        &self,
        alone: &[f64],
        paying: &[usize],
        before: &[f64],
        share: &mut [f64],
        circle: &mut Circle,
    ) {
        circle.shares.clear();
        circle.leaves.clear();
        circle.has.clear();
        circle.pays.clear();
        let beta = self.recovery.claims;
        for &j in paying {
            let (debts, pool) = (self.network.debts(j), self.pool[j]);
            circle.shares.extend(paying.iter().map(|&i| beta * debts[i] / pool));
            // Summed, not subtracted from the pool: what leaves may be next to nothing.
            let mut in_circle = paying.iter().copied().peekable();
            let (mut stays, mut goes) = (0.0, self.outside[j] - self.senior[j]);
            for (i, debt) in debts.iter().enumerate() {
                *(if in_circle.next_if_eq(&i).is_some() { &mut stays } else { &mut goes }) += debt;
            }
            circle.leaves.push((goes + (1.0 - beta) * stays) / pool);
            circle.has.push(alone[j]);
            circle.pays.push(before[j] * pool);
        }
        circle.solve();
        for (&i, pays) in paying.iter().zip(&circle.pays) {
            share[i] = (pays / self.pool[i]).clamp(0.0, before[i]);
        }
    }

    /// Equation 5.
    fn receive(&self, share: &[f64], received: &mut [f64]) {
        received.fill(0.0);
        for (debtor, &share) in share.iter().enumerate() {
            if share > 0.0 {
                for (sum, debt) in received.iter_mut().zip(self.network.debts(debtor)) {
                    *sum += debt * share;
                }
            }
        }
    }

    /// Payments, equity and costs from shares and what is received.
    fn end(&self, assets: &[f64], scratch: &mut Scratch) {
        let Cleared { paid, paid_outside, received, equity, failed, costs, .. } =
            &mut scratch.cleared;
        paid.clear();
        paid_outside.clear();
        equity.clear();
        *costs = 0.0;
        for (i, &e) in assets.iter().enumerate() {
            if !failed[i] {
                paid.push(self.liabilities[i]);
                paid_outside.push(self.outside[i]);
                equity.push((e + received[i] - self.liabilities[i]).max(0.0));
                continue;
            }
            let (alpha, beta) = (self.recovery.assets, self.recovery.claims);
            let left = alpha * e + beta * received[i];
            let senior = left.min(self.senior[i]);
            let junior = self.outside[i] - self.senior[i];
            paid.push(senior + scratch.share[i] * self.pool[i]);
            paid_outside.push(senior + scratch.share[i] * junior);
            equity.push(0.0);
            *costs += (1.0 - alpha) * e + (1.0 - beta) * received[i];
        }
    }
}

#[cfg(test)]
mod tests;
