//! What the engine needs to know of a policy: losses given default and odds of default.

use super::exposure::{Exposure, NewLimits};
use super::reaction::{Person, Reaction, shifted};
use crate::portfolio::{Amounts, Portfolio};

/// A policy's effect on losses.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Exposure of each account, debts that it received included.
    pub exposure: Exposure,
    /// Loss of each entry at each lender new to it ([`super::conduct::Conduct::new_lenders`]),
    /// smallest units; `None` where nobody has debts.
    pub elsewhere: Vec<Option<Amounts>>,
    /// Change of the log-odds of default of each entry; `None` where nobody's moves.
    pub shifts: Option<Vec<f32>>,
}

impl Effect {
    /// One without behaviour.
    pub fn of_exposure(exposure: Exposure) -> Self {
        Self { exposure, elsewhere: Vec::new(), shifts: None }
    }

    /// Works a reaction out. Plain policies whose debts follow mechanically stay functions of a row.
    pub fn of(reaction: &Reaction<'_>) -> Self {
        let book = reaction.book;
        let is_plain = reaction.conduct.is_mechanical();
        let direct = reaction.switches().direct;
        let plain = match reaction.limits {
            _ if !is_plain => None,
            _ if !direct => Some(Exposure::Untouched),
            NewLimits::Untouched => Some(Exposure::Untouched),
            NewLimits::Cap(cap) => Some(Exposure::Cap(*cap)),
            NewLimits::Scale(share) => Some(Exposure::Scale(*share)),
            NewLimits::Each(_) => None,
        };
        let untouched = matches!(reaction.limits, NewLimits::Untouched);
        if let Some(exposure) = &plain
            && (untouched || !reaction.conduct.is_active())
        {
            return Self::of_exposure(exposure.clone());
        }
        if untouched {
            return Self::of_exposure(Exposure::Untouched);
        }
        let mut exposures = Amounts::default();
        let mut elsewhere = vec![Vec::new(); reaction.conduct.new_lenders.len()];
        let mut shifts = Vec::with_capacity(book.entries());
        let mut person = Person::default();
        for b in 0..book.entries() {
            reaction.of(b, &mut person);
            if plain.is_none() {
                person.accounts.iter().for_each(|a| exposures.push(a.exposure_with_received()));
            }
            for found in &person.elsewhere {
                let losses: &mut Vec<i64> = &mut elsewhere[found.lender];
                losses.resize(book.entries(), 0);
                losses[b] += found.loss;
            }
            shifts.push(person.shift as f32);
        }
        let amounts = |losses: Vec<i64>| -> Option<Amounts> {
            (!losses.is_empty()).then(|| losses.into_iter().collect())
        };
        Self {
            exposure: plain.unwrap_or(Exposure::Each(exposures)),
            elsewhere: elsewhere.into_iter().map(amounts).collect(),
            shifts: shifts.iter().any(|&shift| shift != 0.0).then_some(shifts),
        }
    }

    /// Loss of the accounts of entry `b` if it defaults, and at lenders new to it.
    pub fn loss(&self, book: &Portfolio, b: usize) -> i64 {
        let own: i64 = book.accounts_of(b).map(|a| self.exposure.loss(book, a)).sum();
        own + (0..self.elsewhere.len()).map(|at| self.loss_elsewhere(at, b)).sum::<i64>()
    }

    /// Loss at one lender new to entry `b`.
    pub fn loss_elsewhere(&self, lender: usize, b: usize) -> i64 {
        self.elsewhere.get(lender).and_then(Option::as_ref).map_or(0, |losses| losses.get(b))
    }

    /// Change of the log-odds of entry `b`.
    pub fn shift(&self, b: usize) -> f32 {
        self.shifts.as_ref().map_or(0.0, |shifts| shifts[b])
    }

    /// PD of entry `b` before stress.
    pub fn pd(&self, book: &Portfolio, b: usize) -> f64 {
        let pd = book.borrowers.pd.get(b);
        match self.shift(b) {
            0.0 => pd,
            shift => shifted(pd, f64::from(shift)),
        }
    }

    /// Whether behaviour touches entry `b` beyond its own exposures.
    pub fn touches(&self, b: usize) -> bool {
        self.shift(b) != 0.0 || (0..self.elsewhere.len()).any(|at| self.loss_elsewhere(at, b) > 0)
    }

    /// Whether behaviour touches anybody.
    pub fn is_behavioural(&self) -> bool {
        self.shifts.is_some() || self.elsewhere.iter().any(Option::is_some)
    }

    /// Bytes held for a book.
    pub fn bytes(&self, book: &Portfolio) -> u64 {
        let (entries, accounts) = (book.entries() as u64, book.accounts.limit.len() as u64);
        let elsewhere = self.elsewhere.iter().flatten().map(|losses| match losses {
            Amounts::Narrow(_) => 4,
            Amounts::Wide(_) => 8,
        });
        let shifts = if self.shifts.is_some() { 4 } else { 0 };
        accounts * self.exposure.bytes_per_account() + entries * (elsewhere.sum::<u64>() + shifts)
    }
}
