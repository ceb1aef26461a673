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

use std::ops::Range;

use super::defaults::{Defaulted, Defaults, Scratch};
use super::hits::Moved;
use super::severity::{InTrials, Severities};
use super::severity_tally::Ranked;
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
    /// Where what a default costs changes from trial to trial.
    severity: Option<Severities<'a>>,
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
        Self { book, columns, defaults, rounds, new_lenders, severity: None }
    }

    /// The same where what a default costs follows laws.
    #[must_use]
    pub fn with_severity(self, severity: Option<Severities<'a>>) -> Self {
        Self { severity, ..self }
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
        let ranked = Ranked::default();
        let mut second =
            Second { replays: self, cuts, found, before: 0, out, trials: None, ranked };
        if self.defaults.moves().is_some() {
            for run in runs(cuts) {
                second.before = run.start;
                let (start, count) = (first + run.start as u64, run.len() as u64);
                let severity = self.severity.as_ref();
                second.trials = severity.map(|own| own.trials(&self.defaults, (start, count)));
                self.defaults.visit(0, start, count, scratch, &mut second);
                second.settle();
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
    /// What defaults cost in the trials that are visited, where that changes.
    trials: Option<InTrials<'r, 'a>>,
    ranked: Ranked,
}

impl Second<'_, '_> {
    /// Adds people of some ranks of an entry who default in the second round of a policy, if it is squeezed.
    /// Trials count from the first that is visited.
    fn add(&mut self, (t, policy): (usize, usize), entry: usize, ranks: Range<u64>) {
        let Replays { book, columns, rounds, new_lenders, .. } = self.replays;
        let at = self.before + t;
        let (Some(cuts), Some(found)) = (&self.cuts[at][policy], &mut self.found[at][policy])
        else {
            return;
        };
        let cut = |a: usize| cuts[columns.of(book, entry, a)];
        if !rounds[policy].of(entry, cut, &mut self.out) {
            return;
        }
        let stands_for = book.borrowers.stands_for(entry);
        let people = (ranks.end - ranks.start) * stands_for;
        found.people += people;
        let segment = book.borrowers.segment.codes.get(entry);
        let elsewhere = |lender: usize| columns.at(segment, new_lenders[lender]);
        let Some(trials) = &mut self.trials else {
            for (a, loss) in book.accounts_of(entry).zip(&self.out.accounts) {
                found.losses[columns.of(book, entry, a)] += loss * people as i64;
            }
            for (lender, loss) in self.out.elsewhere() {
                found.losses[elsewhere(lender)] += loss * people as i64;
            }
            return;
        };
        let case = trials.case(t, entry);
        for (a, &parts) in book.accounts_of(entry).zip(&self.out.parts) {
            let loss = trials.on_account((t, a), &case, parts, &ranks);
            found.losses[columns.of(book, entry, a)] += loss * stands_for as i64;
            for debt in self.out.debts_elsewhere(a) {
                let loss = trials.on_debt((t, a), &case, debt, &ranks);
                found.losses[elsewhere(debt.0)] += loss * stands_for as i64;
            }
        }
    }

    /// Adds people of a row, of whom so many default in the first round under each policy, then with everybody
    /// squeezed.
    fn each(&mut self, t: usize, entry: usize, draws: &[u64]) {
        let policies = draws.len() / 2;
        for policy in 0..policies {
            let (first, second) = (draws[policy], draws[policies + policy]);
            if self.cuts[self.before + t][policy].is_some() && first < second {
                self.add((t, policy), entry, first..second);
            }
        }
    }

    /// Deals with people of entries of several whose ranks were not known before.
    fn settle(&mut self) {
        let Some(moves) = self.replays.defaults.moves() else { return };
        for own in self.ranked.take().chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (t, row, _) = own[0];
            let draws = moves.thresholds(row).iter().map(|&up_to| Ranked::up_to(own, up_to));
            let draws: Vec<u64> = draws.collect();
            self.each(t, moves.entry(row), &draws);
        }
    }
}

impl Defaulted for Second<'_, '_> {
    fn pool(&mut self, _: usize, _: usize, _: u64) {}

    fn people(&mut self, _: usize, _: usize, _: &[u32]) {}

    fn touched(&mut self, t: usize, cell: usize, Moved { rows, critical, .. }: Moved<'_>) {
        if self.ranked.enter(cell) {
            self.settle();
        }
        let Some(moves) = self.replays.defaults.moves() else { return };
        let policies = self.cuts[self.before + t].len();
        for (&row, &critical) in rows.iter().zip(critical) {
            let entry = moves.entry(row);
            if self.trials.is_some() && self.replays.book.borrowers.draws(entry) > 1 {
                self.ranked.push(t, row, critical);
                continue;
            }
            let thresholds = moves.thresholds(row);
            for policy in 0..policies {
                let (first, second) = (thresholds[policy], thresholds[policies + policy]);
                let cuts = self.cuts[self.before + t][policy].is_some();
                if cuts && first < critical && critical <= second {
                    self.add((t, policy), entry, 0..1);
                }
            }
        }
    }

    fn ranks(&self) -> bool {
        true
    }

    fn touched_pool(&mut self, t: usize, row: u32, draws: &[u64]) {
        let Some(moves) = self.replays.defaults.moves() else { return };
        // Counts are drawn from the same words; with the same PD they are the same.
        self.each(t, moves.entry(row), draws);
    }
}
