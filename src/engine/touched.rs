//! Adds up the defaults of people whom policies touch: each policy has its own.

use super::Engine;
use super::moves::Moves;

/// Sums over touched people of some trials.
#[derive(Debug)]
pub struct Touched<'m> {
    moves: &'m Moves<'m>,
    /// Defaulted accounts, trial x column x policy.
    pub accounts: Vec<u64>,
    /// Defaulted people, trial x segment x policy.
    pub people: Vec<u64>,
    /// Draws of the entry at hand that default, by policy.
    pub times: Vec<i64>,
    losses: Vec<i64>,
}

impl<'m> Touched<'m> {
    /// For so many trials, columns and segments.
    pub fn new(moves: &'m Moves<'m>, trials: usize, columns: usize, segments: usize) -> Self {
        let policies = moves.policies();
        Self {
            moves,
            accounts: vec![0; trials * columns * policies],
            people: vec![0; trials * segments * policies],
            times: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Notes under which policies a draw of `entry` defaults.
    #[inline]
    pub fn mark(&mut self, entry: usize, critical: f32) {
        let shifts = self.moves.shifts(entry);
        self.times.clear();
        self.times.extend(shifts.iter().map(|&shift| i64::from(shift >= critical)));
    }

    /// Adds what `times` cost in trial `t`, to `losses` (trial x column x policy) and to the counts.
    #[inline]
    pub fn add(&mut self, engine: &Engine<'_>, t: usize, entry: usize, losses: &mut [i64]) {
        let Engine { book, columns, costs, .. } = engine;
        let k = self.moves.policies();
        let people = book.borrowers.stands_for(entry) as i64;
        if people != 1 {
            self.times.iter_mut().for_each(|times| *times *= people);
        }
        let segments = book.borrowers.segment.names.len();
        let segment = book.borrowers.segment.codes.get(entry);
        let own = &mut self.people[(t * segments + segment) * k..][..k];
        own.iter_mut().zip(&self.times).for_each(|(sum, &times)| *sum += times as u64);
        for a in book.accounts_of(entry) {
            let from = (t * columns.len() + costs.column(a)) * k;
            costs.losses(a, &mut self.losses);
            let accounts = &mut self.accounts[from..from + k];
            accounts.iter_mut().zip(&self.times).for_each(|(sum, &times)| *sum += times as u64);
            add_times(&self.losses, &self.times, &mut losses[from..from + k]);
        }
        for lender in 0..self.moves.new_lenders() {
            let (column, loss) = self.moves.elsewhere(lender, entry);
            let from = (t * columns.len() + column) * k;
            self.losses.clear();
            self.losses.extend((0..k).map(loss));
            if self.losses.iter().all(|&loss| loss == 0) {
                continue;
            }
            // Who owes nothing there has no account there.
            let accounts = &mut self.accounts[from..from + k];
            for ((sum, &times), &loss) in accounts.iter_mut().zip(&self.times).zip(&self.losses) {
                *sum += if loss > 0 { times as u64 } else { 0 };
            }
            add_times(&self.losses, &self.times, &mut losses[from..from + k]);
        }
    }
}

/// Adds losses, each as often as it says.
fn add_times(losses: &[i64], times: &[i64], sums: &mut [i64]) {
    for ((sum, &loss), &times) in sums.iter_mut().zip(losses).zip(times) {
        *sum += loss * times;
    }
}
