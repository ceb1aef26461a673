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

    /// The second round of consecutive trials from `first` on: by trial and policy the share of lines that is
    /// cut in each column, `None` where nobody cuts.
    pub fn trials(
        &self,
        first: u64,
        cuts: &[Vec<Option<Vec<f64>>>],
        scratch: &mut Scratch,
    ) -> Vec<Vec<Option<Replayed>>> {
        let nothing = || Replayed { losses: vec![0; self.columns.len()], people: 0 };
        let none = |own: &Vec<Option<Vec<f64>>>| -> Vec<Option<Replayed>> {
            own.iter().map(|cut| cut.as_ref().map(|_| nothing())).collect()
        };
        let found = cuts.iter().map(none).collect();
        let out = SecondLosses::default();
        let mut second = Second { replays: self, cuts, found, before: 0, out };
        if self.defaults.moves().is_some() {
            for run in runs(cuts) {
                second.before = run.start;
                let count = run.len() as u64;
                self.defaults.visit(0, first + run.start as u64, count, scratch, &mut second);
            }
        }
        second.found
    }
}

/// So many trials without a second round are replayed with those around them: side by side they cost little.
const GAP: usize = 8;

/// Runs of trials in which somebody cuts lines.
fn runs(cuts: &[Vec<Option<Vec<f64>>>]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (t, own) in cuts.iter().enumerate() {
        if own.iter().all(Option::is_none) {
            continue;
        }
        match runs.last_mut() {
            Some(last) if t - last.end <= GAP => last.end = t + 1,
            _ => runs.push(t..t + 1),
        }
    }
    runs
}

struct Second<'r, 'a> {
    replays: &'r Replays<'a>,
    /// Trial x policy.
    cuts: &'r [Vec<Option<Vec<f64>>>],
    found: Vec<Vec<Option<Replayed>>>,
    /// Trials before those that are visited.
    before: usize,
    out: SecondLosses,
}

impl Second<'_, '_> {
    /// Adds so many draws of an entry that default in the second round of a policy, if it is squeezed.
    fn add(&mut self, (t, policy): (usize, usize), entry: usize, draws: u64) {
        let Replays { book, columns, rounds, new_lenders, .. } = self.replays;
        let (Some(cuts), Some(found)) = (&self.cuts[t][policy], &mut self.found[t][policy]) else {
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

    fn touched(&mut self, t: usize, _: usize, rows: &[u32], critical: &[f32]) {
        let Some(moves) = self.replays.defaults.moves() else { return };
        let t = self.before + t;
        let policies = self.cuts[t].len();
        for (&row, &critical) in rows.iter().zip(critical) {
            let thresholds = moves.thresholds(row);
            for policy in 0..policies {
                let (first, second) = (thresholds[policy], thresholds[policies + policy]);
                if self.cuts[t][policy].is_some() && first < critical && critical <= second {
                    self.add((t, policy), moves.entry(row), 1);
                }
            }
        }
    }

    fn touched_pool(&mut self, t: usize, row: u32, draws: &[u64]) {
        let Some(moves) = self.replays.defaults.moves() else { return };
        let t = self.before + t;
        let policies = self.cuts[t].len();
        for policy in 0..policies {
            // Counts are drawn from the same words; with the same PD they are the same.
            let more = draws[policies + policy].saturating_sub(draws[policy]);
            if self.cuts[t][policy].is_some() && more > 0 {
                self.add((t, policy), moves.entry(row), more);
            }
        }
    }
}
