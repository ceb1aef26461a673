//! What a borrower owes under a policy, account by account and at lenders new to it.

use super::response::Parts;

/// An account under a policy, smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// L'.
    pub limit: i64,
    /// B' without what it received.
    pub balance: i64,
    /// What EAD' is made of without what it received; that of the old limit where the direct effect is off.
    pub parts: Parts,
    /// EAD' of these.
    pub exposure: i64,
    /// W.
    pub withdrawn: i64,
    /// Part of W that other lenders took over.
    pub leaked: i64,
    /// Debt that leaked from accounts at other lenders.
    pub received: i64,
}

impl Account {
    /// All that is owed on it.
    pub fn debt(&self) -> i64 {
        self.balance + self.received
    }

    /// All that is owed on it at default.
    pub fn exposure_with_received(&self) -> i64 {
        self.exposure + self.received
    }
}

/// Debt at a lender that is new to the borrower, smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// Number of the lender among [`super::conduct::Conduct::new_lenders`].
    pub lender: usize,
    /// Account that it leaked from.
    pub from: usize,
    /// The debt.
    pub debt: i64,
    /// What it loses in default.
    pub loss: i64,
}
