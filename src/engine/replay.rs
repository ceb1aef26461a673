//! The second round: a trial once more, for those who default only after lines were cut.
//!
//! Everybody keeps the mark U of the first round. Under policy k somebody who is squeezed defaults in the second
//! round exactly if
//!
//! 1. p'_k(Y) < U <= p''_k(Y)      ([`crate::policy::second_round`]).
//!
//! The policies as they are and the same with everybody squeezed who can be are therefore policies side by
//! side, twice as many as there are ([`super::moves`]); whom the trial's own cuts squeeze is decided
//! candidate by candidate.

use super::defaults::{Defaulted, Defaults, Scratch};
use crate::policy::second_round::{SecondLosses, SecondRound};
use crate::portfolio::{Columns, Portfolio};

/// A book whose trials can be replayed.
#[derive(Debug)]
pub struct Replays<'a> {
    book: &'a Portfolio,
    columns: &'a Columns,
    /// Moves of the policies, then of the same squeezed.
    defaults: Defaults<'a>,
    rounds: Vec<SecondRound<'a>>,
    /// Codes of lenders new to people.
    new_lenders: &'a [usize],
}

/// What a second round costs under one policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replayed {
    /// By column, smallest units.
    pub losses: Vec<i64>,
    /// People who default in it.
    pub people: u64,
}

impl<'a> Replays<'a> {
    /// Puts who may default and what it costs together.
    pub fn new(
        book: &'a Portfolio,
        columns: &'a Columns,
        defaults: Defaults<'a>,
        rounds: Vec<SecondRound<'a>>,
        new_lenders: &'a [usize],
    ) -> Self {
        Self { book, columns, defaults, rounds, new_lenders }
    }

    /// The second round of a trial: by policy the share of lines that is cut in each column, `None`
    /// where nobody cuts.
    pub fn trial(
        &self,
        trial: u64,
        cuts: &[Option<Vec<f64>>],
        scratch: &mut Scratch,
    ) -> Vec<Option<Replayed>> {
        let nothing = || Replayed { losses: vec![0; self.columns.len()], people: 0 };
        let found = cuts.iter().map(|cut| cut.as_ref().map(|_| nothing())).collect();
        let mut second = Second { replays: self, cuts, found, out: SecondLosses::default() };
        if self.defaults.moves().is_some() {
            self.defaults.visit(0, trial, 1, scratch, &mut second);
        }
        second.found
    }
}

struct Second<'r, 'a> {
    replays: &'r Replays<'a>,
    cuts: &'r [Option<Vec<f64>>],
    found: Vec<Option<Replayed>>,
    out: SecondLosses,
}

impl Second<'_, '_> {
    /// Adds so many draws of an entry that default in the second round of a policy, if it is squeezed.
    fn add(&mut self, policy: usize, entry: usize, draws: u64) {
        let Replays { book, columns, rounds, new_lenders, .. } = self.replays;
        let (Some(cuts), Some(found)) = (&self.cuts[policy], &mut self.found[policy]) else {
            return;
        };
        let cut = |a: usize| cuts[columns.of(book, entry, a)];
        if !rounds[policy].of(entry, cut, &mut self.out) {
            return;
        }
        let people = draws * book.borrowers.stands_for(entry);
        found.people += people;
        for (a, loss) in book.accounts_of(entry).zip(&self.out.accounts) {
            found.losses[columns.of(book, entry, a)] += loss * people as i64;
        }
        let segment = book.borrowers.segment.codes.get(entry);
        for (lender, loss) in self.out.elsewhere() {
            found.losses[columns.at(segment, new_lenders[lender])] += loss * people as i64;
        }
    }
}

impl Defaulted for Second<'_, '_> {
    fn pool(&mut self, _: usize, _: usize, _: u64) {}

    fn people(&mut self, _: usize, _: usize, _: &[u32]) {}

    fn touched(&mut self, _: usize, _: usize, rows: &[u32], critical: &[f32]) {
        let Some(moves) = self.replays.defaults.moves() else { return };
        let policies = self.cuts.len();
        for (&row, &critical) in rows.iter().zip(critical) {
            let thresholds = moves.thresholds(row);
            for policy in 0..policies {
                let (first, second) = (thresholds[policy], thresholds[policies + policy]);
                if self.cuts[policy].is_some() && first < critical && critical <= second {
                    self.add(policy, moves.entry(row), 1);
                }
            }
        }
    }

    fn touched_pool(&mut self, _: usize, row: u32, draws: &[u64]) {
        let Some(moves) = self.replays.defaults.moves() else { return };
        let policies = self.cuts.len();
        for policy in 0..policies {
            // Counts are drawn from the same words; with the same PD they are the same.
            let more = draws[policies + policy].saturating_sub(draws[policy]);
            if self.cuts[policy].is_some() && more > 0 {
                self.add(policy, moves.entry(row), more);
            }
        }
    }
}
