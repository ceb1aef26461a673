//! What the engine needs to know of a policy: losses given default and odds of default.

use super::debts::Account;
use super::exposure::{Exposure, NewLimits};
use super::reaction::{Person, Reaction, shifted};
use super::worst::Worst;
use crate::portfolio::{Amounts, Portfolio};

/// A policy's effect on losses.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Exposure of each account, debts that it received included.
    pub exposure: Exposure,
    /// Loss of each entry at each lender new to it ([`super::conduct::Conduct::new_lenders`]),
    /// smallest units; `None` where nobody has debts.
    pub elsewhere: Vec<Option<Amounts>>,
    /// Debt of each account that moved to each lender new to its borrower, smallest units: kept only where what
    /// a default costs is drawn; `None` where there is none.
    pub debts_elsewhere: Vec<Option<Amounts>>,
    /// The most that each entry may lose at all lenders new to it; kept with the debts.
    pub most_elsewhere: Option<Amounts>,
    /// Change of the log-odds of default of each entry; `None` where nobody's moves.
    pub shifts: Option<Vec<f32>>,
}

impl Effect {
    /// One without behaviour.
    pub fn of_exposure(exposure: Exposure) -> Self {
        Self {
            exposure,
            elsewhere: Vec::new(),
            debts_elsewhere: Vec::new(),
            most_elsewhere: None,
            shifts: None,
        }
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
        let worst = &reaction.conduct.worst;
        let mut exposures = Exposures::new(worst.parts_lines());
        let lenders = reaction.conduct.new_lenders.len();
        let (mut elsewhere, mut debts) = (vec![Vec::new(); lenders], vec![Vec::new(); lenders]);
        let mut most: Vec<i64> = Vec::new();
        let mut shifts = Vec::with_capacity(book.entries());
        let mut person = Person::default();
        for b in 0..book.entries() {
            reaction.of(b, &mut person);
            if plain.is_none() {
                person.accounts.iter().for_each(|account| exposures.push(account));
            }
            for found in &person.elsewhere {
                let losses: &mut Vec<i64> = &mut elsewhere[found.lender];
                losses.resize(book.entries(), 0);
                losses[b] += found.loss;
                if !worst.is_fixed() {
                    let debts: &mut Vec<i64> = &mut debts[found.lender];
                    debts.resize(book.accounts.limit.len(), 0);
                    debts[found.from] += found.debt;
                    most.resize(book.entries(), 0);
                    most[b] += reaction.worst_elsewhere(b, found);
                }
            }
            shifts.push(person.shift as f32);
        }
        let amounts = |losses: Vec<i64>| -> Option<Amounts> {
            (!losses.is_empty()).then(|| losses.into_iter().collect())
        };
        Self {
            exposure: plain.unwrap_or_else(|| exposures.finish()),
            elsewhere: elsewhere.into_iter().map(amounts).collect(),
            debts_elsewhere: match worst.is_fixed() {
                true => Vec::new(),
                false => debts.into_iter().map(amounts).collect(),
            },
            most_elsewhere: amounts(most),
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

    /// Debt of account `a` that moved to a lender new to its borrower.
    pub fn debt_elsewhere(&self, lender: usize, a: usize) -> i64 {
        self.debts_elsewhere.get(lender).and_then(Option::as_ref).map_or(0, |debts| debts.get(a))
    }

    /// The most that entry `b` may lose, at lenders new to it too.
    pub fn largest_loss(&self, book: &Portfolio, b: usize, worst: &Worst<'_>) -> i64 {
        if worst.is_fixed() {
            return self.loss(book, b);
        }
        let most = |a| worst.loss(book, (b, a), self.exposure.parts(book, a));
        let own: i64 = book.accounts_of(b).map(most).sum();
        own + self.most_elsewhere.as_ref().map_or(0, |most| most.get(b))
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
        // Debts so small that their mean cost rounds to nothing may cost something all the same.
        self.shift(b) != 0.0
            || (0..self.elsewhere.len()).any(|at| self.loss_elsewhere(at, b) > 0)
            || self.most_elsewhere.as_ref().is_some_and(|most| most.get(b) > 0)
    }

    /// Whether behaviour touches anybody.
    pub fn is_behavioural(&self) -> bool {
        self.shifts.is_some() || self.elsewhere.iter().any(Option::is_some)
    }

    /// Bytes held for a book.
    pub fn bytes(&self, book: &Portfolio) -> u64 {
        let (entries, accounts) = (book.entries() as u64, book.accounts.limit.len() as u64);
        let of_entries = self.elsewhere.iter().flatten().chain(&self.most_elsewhere);
        let elsewhere = of_entries.map(Amounts::bytes_each);
        let debts = self.debts_elsewhere.iter().flatten().map(Amounts::bytes_each);
        let shifts = if self.shifts.is_some() { 4 } else { 0 };
        accounts * (self.exposure.bytes_per_account() + debts.sum::<u64>())
            + entries * (elsewhere.sum::<u64>() + shifts)
    }
}

/// Exposures as they are worked out, account by account.
enum Exposures {
    Whole(Amounts),
    Parts { drawn: Amounts, undrawn: Amounts },
}

impl Exposures {
    fn new(in_parts: bool) -> Self {
        match in_parts {
            true => Self::Parts { drawn: Amounts::default(), undrawn: Amounts::default() },
            false => Self::Whole(Amounts::default()),
        }
    }

    fn push(&mut self, account: &Account) {
        match self {
            Self::Whole(exposures) => exposures.push(account.exposure_with_received()),
            Self::Parts { drawn, undrawn } => {
                let parts = account.parts.with(account.received);
                drawn.push(parts.drawn);
                undrawn.push(parts.undrawn);
            }
        }
    }

    fn finish(self) -> Exposure {
        match self {
            Self::Whole(exposures) => Exposure::Each(exposures),
            Self::Parts { drawn, undrawn } => Exposure::Parts { drawn, undrawn },
        }
    }
}
