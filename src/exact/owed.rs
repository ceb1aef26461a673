//! What somebody owes in a scope, as far as it is lost in a default.

use super::ground::Ground;
use super::tied::{TiedDebt, TiedPlace};
use crate::policy::{Effect, Parts};
use crate::scenario::LgdLaw;

/// Debts on one account and those that moved from it, which share an LGD: its mean, and columns with exposures.
pub type OwedDebt = (f64, Vec<(usize, i64)>);

/// What tells laws of costs apart: people behind a draw, and their debts with LGDs as bits.
pub type CostKey = (i64, Vec<(u64, Vec<(usize, i64)>)>);

/// What is lost.
pub enum Owed {
    /// Losses by column.
    Fixed(Vec<(usize, i64)>),
    /// Exposures of which defaults draw LGDs.
    Drawn(Vec<OwedDebt>),
    /// What hangs on the state.
    Tied(Vec<TiedDebt>),
}

/// What an entry owes in a scope.
pub struct Entry {
    /// What of it is lost.
    pub losses: Owed,
    /// Accounts in the scope.
    pub accounts: u64,
}

impl Entry {
    /// Sum of fixed losses.
    pub fn fixed(&self) -> i64 {
        match &self.losses {
            Owed::Fixed(losses) => losses.iter().map(|own| own.1).sum(),
            Owed::Drawn(_) | Owed::Tied(_) => 0,
        }
    }

    /// Whether nothing can be lost.
    pub fn is_nothing(&self) -> bool {
        match &self.losses {
            Owed::Fixed(_) => self.fixed() == 0,
            Owed::Drawn(debts) => debts.is_empty(),
            Owed::Tied(debts) => debts.is_empty(),
        }
    }

    /// See [`CostKey`].
    pub fn key(&self) -> Vec<(u64, Vec<(usize, i64)>)> {
        match &self.losses {
            Owed::Fixed(_) | Owed::Tied(_) => Vec::new(),
            Owed::Drawn(debts) => {
                debts.iter().map(|(lgd, debts)| (lgd.to_bits(), debts.clone())).collect()
            }
        }
    }
}

/// What entry `b` owes in the columns of a scope.
pub fn owed(ground: Ground<'_>, effect: &Effect, b: usize, within: &[bool]) -> Entry {
    let Ground { book, columns, new_lenders, severity, .. } = ground;
    let segment = book.borrowers.segment.codes.get(b);
    let mut accounts = 0;
    let elsewhere = |at: usize| columns.at(segment, new_lenders[at]);
    let law = severity.map(|own| own.law(segment)).filter(|law| !law.is_fixed());
    let (Some(severity), Some(law)) = (severity, law) else {
        let mut losses: Vec<(usize, i64)> = Vec::new();
        for a in book.accounts_of(b) {
            losses.push((columns.of(book, b, a), effect.exposure.loss(book, a)));
        }
        losses.retain(|&(column, _)| within[column]);
        accounts += losses.len() as u64;
        let moved = (0..new_lenders.len()).map(|at| (elsewhere(at), effect.loss_elsewhere(at, b)));
        for own in moved.filter(|&(column, loss)| loss > 0 && within[column]) {
            losses.push(own);
            accounts += 1;
        }
        return Entry { losses: Owed::Fixed(losses), accounts };
    };
    let is_tied = law.lgd == LgdLaw::FryeJacobs || law.ccf_loading > 0.0;
    let (mut drawn, mut tied) = (Vec::<OwedDebt>::new(), Vec::<TiedDebt>::new());
    let mut takers = vec![false; new_lenders.len()];
    for a in book.accounts_of(b) {
        let (column, lgd) = (columns.of(book, b, a), book.accounts.lgd.get(a));
        let (parts, ccf) = (effect.exposure.parts(book, a), book.accounts.ccf.get(a));
        let mut own = vec![(lgd, column, parts)];
        accounts += u64::from(within[column]);
        for (at, takes) in takers.iter_mut().enumerate() {
            let debt = Parts { drawn: effect.debt_elsewhere(at, a), undrawn: 0 };
            *takes |= debt.drawn > 0 && within[elsewhere(at)];
            own.push((severity.lgd_elsewhere(at, lgd), elsewhere(at), debt));
        }
        own.retain(|&(_, column, owed)| owed.drawn + owed.undrawn > 0 && within[column]);
        if is_tied {
            let place = |&(lgd, column, owed): &(f64, usize, Parts)| {
                let (drawn, undrawn) = (owed.drawn as f64, owed.undrawn as f64);
                TiedDebt { lgd, places: vec![TiedPlace { column, drawn, undrawn, ccf }] }
            };
            // Those of one account share its luck.
            let first = tied.len();
            for debt in own.iter().map(place) {
                match tied[first..].iter_mut().find(|known| known.lgd == debt.lgd) {
                    Some(known) => known.places.extend(debt.places),
                    None => tied.push(debt),
                }
            }
            continue;
        }
        let owed = own.iter().map(|&(_, column, owed)| (column, owed.exposure(ccf)));
        let owed: Vec<(usize, i64)> = owed.filter(|own| own.1 > 0).collect();
        // Runs are refused where lenders take debts of an account over at another LGD.
        if let (Some(&(lgd, ..)), false) = (own.first(), owed.is_empty()) {
            drawn.push((lgd, owed));
        }
    }
    accounts += takers.iter().filter(|takes| **takes).count() as u64;
    let losses = if is_tied { Owed::Tied(tied) } else { Owed::Drawn(drawn) };
    Entry { losses, accounts }
}
