//! The most that defaults may cost: LGDs and CCFs at the upper ends of their laws.
//!
//! Bounds on what no trial has shown rest on it ([`super::books`]). With fixed severity it is what every default
//! costs.

use super::response::{Parts, loss_given_default};
use crate::portfolio::Portfolio;
use crate::scenario::{SeverityLaw, SeveritySpec};

/// The laws of a book's segments; none where severity is fixed everywhere.
#[derive(Debug, Clone, Default)]
pub struct Worst<'a> {
    laws: Vec<&'a SeverityLaw>,
}

impl<'a> Worst<'a> {
    /// For the segments of a book.
    pub fn new(spec: &'a SeveritySpec, book: &Portfolio) -> Self {
        let names = &book.borrowers.segment.names;
        let laws: Vec<&SeverityLaw> = names.iter().map(|name| spec.of(name)).collect();
        if laws.iter().all(|law| law.is_fixed()) {
            return Self::default();
        }
        Self { laws }
    }

    /// Whether every default costs the account's own LGD times its EAD.
    pub fn is_fixed(&self) -> bool {
        self.laws.is_empty()
    }

    /// Whether some CCF changes from trial to trial, so that drawn and undrawn parts are needed apart.
    pub fn parts_lines(&self) -> bool {
        self.laws.iter().any(|law| law.ccf_loading > 0.0)
    }

    /// The most that account `a` of entry `b` may cost with these parts, smallest units.
    pub fn loss(&self, book: &Portfolio, (b, a): (usize, usize), parts: Parts) -> i64 {
        let (lgd, ccf) = (book.accounts.lgd.get(a), book.accounts.ccf.get(a));
        match self.laws.get(book.borrowers.segment.codes.get(b)) {
            None => loss_given_default(parts.exposure(ccf), lgd),
            Some(law) => {
                let exposure = parts.exposure(law.largest_ccf(ccf));
                loss_given_default(exposure, law.lgd.largest(lgd))
            }
        }
    }

    /// The most that a debt of entry `b` may cost at a lender with this LGD that is new to it.
    pub fn loss_elsewhere(&self, book: &Portfolio, b: usize, debt: i64, lgd: f64) -> i64 {
        let law = self.laws.get(book.borrowers.segment.codes.get(b));
        loss_given_default(debt, law.map_or(lgd, |law| law.lgd.largest(lgd)))
    }
}
