//! Who owes whom among lenders, and how failures spread: pure functions of debts, buffers and losses.
//!
//! [`fill`](fill::fill) makes a network from totals; [`clearing`] says who can pay what, [`debt_rank`] how
//! distress spreads before anybody fails, [`cascade`](cascade::cascade) who falls if nothing is recovered. Money is in
//! smallest units as `f64`; every sum runs in the order of the lenders, so that results have the
//! same bits on every machine.
//!
//! A lender fails if it loses more than its capital ([`is_lost`]): it can then not pay all its debts (Eisenberg
//! and Noe 2001; Furfine 2003 and Upper 2011 have cascades by the same rule). One that loses just its capital
//! has paid everybody.

pub mod cascade;
pub mod clearing;
pub mod debt_rank;
pub mod fill;
mod reduction;

/// Whether a loss is larger than the capital that bears it, by more than rounding.
#[inline(always)]
pub fn is_lost(loss: f64, capital: f64) -> bool {
    loss > capital * (1.0 + 1e-12)
}

/// Debts among lenders: what each of them owes each other one.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    size: usize,
    /// Row i: what lender i owes each lender.
    owes: Vec<f64>,
    liabilities: Vec<f64>,
    claims: Vec<f64>,
}

impl Network {
    /// A network in which lender i owes lender j the amount `owes[i][j]`.
    ///
    /// # Panics
    /// Unless `owes` is square, its diagonal zero and every debt finite and >= 0.
    pub fn new(owes: Vec<Vec<f64>>) -> Self {
        let size = owes.len();
        let mut claims = vec![0.0; size];
        for (debtor, row) in owes.iter().enumerate() {
            assert_eq!(row.len(), size, "row {debtor} of the debts");
            assert!(row[debtor] == 0.0, "lender {debtor} owes itself {}", row[debtor]);
            for (claim, &debt) in claims.iter_mut().zip(row) {
                assert!(debt.is_finite() && debt >= 0.0, "lender {debtor} owes {debt}");
                *claim += debt;
            }
        }
        let liabilities = owes.iter().map(|row| row.iter().sum()).collect();
        Self { size, owes: owes.into_iter().flatten().collect(), liabilities, claims }
    }

    /// Number of lenders.
    pub fn size(&self) -> usize {
        self.size
    }

    /// What `debtor` owes `creditor`.
    pub fn owes(&self, debtor: usize, creditor: usize) -> f64 {
        self.debts(debtor)[creditor]
    }

    /// What `debtor` owes each lender.
    pub fn debts(&self, debtor: usize) -> &[f64] {
        &self.owes[debtor * self.size..(debtor + 1) * self.size]
    }

    /// What `debtor` owes all lenders together.
    pub fn liabilities(&self, debtor: usize) -> f64 {
        self.liabilities[debtor]
    }

    /// What all lenders together owe `creditor`.
    pub fn claims(&self, creditor: usize) -> f64 {
        self.claims[creditor]
    }

    /// Whether nobody owes anything.
    pub fn is_empty(&self) -> bool {
        self.owes.iter().all(|&debt| debt == 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_debts_and_columns_claims() {
        let network =
            Network::new(vec![vec![0.0, 1.0, 2.0], vec![3.0, 0.0, 4.0], vec![5.0, 6.0, 0.0]]);
        assert_eq!(network.size(), 3);
        assert_eq!((network.owes(0, 2), network.owes(2, 0)), (2.0, 5.0));
        assert_eq!([0, 1, 2].map(|i| network.liabilities(i)), [3.0, 7.0, 11.0]);
        assert_eq!([0, 1, 2].map(|i| network.claims(i)), [8.0, 7.0, 6.0]);
        assert!(!network.is_empty());
        assert!(Network::new(vec![vec![0.0; 2]; 2]).is_empty());
        assert!(Network::new(Vec::new()).is_empty());
    }

    #[test]
    #[should_panic(expected = "lender 1 owes itself 1")]
    fn debts_to_oneself_are_refused() {
        Network::new(vec![vec![0.0, 1.0], vec![1.0, 1.0]]);
    }
}
