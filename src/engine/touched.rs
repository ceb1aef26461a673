//! Adds up the defaults of people whom policies touch: each policy has its own.

use multiversion::multiversion;

use super::Engine;
use super::moves::Moves;
use super::rows::Row;

/// Sums over touched people of some trials.
#[derive(Debug)]
pub struct Touched<'m> {
    moves: &'m Moves<'m>,
    /// Defaulted accounts, trial x column x policy.
    pub accounts: Vec<u64>,
    /// Defaulted people, trial x segment x policy.
    pub people: Vec<u64>,
    losses: Vec<i64>,
    counts: bool,
}

/// Under which policies somebody defaults, and how many of them.
#[derive(Debug, Clone, Copy)]
pub enum Times<'t> {
    /// So many people under the policies that shift the log-odds at least so far.
    From {
        /// Shifts by policy.
        shifts: &'t [f32],
        /// Critical shift.
        critical: f32,
        /// People.
        people: i64,
    },
    /// So many by policy.
    Each(&'t [i64]),
}

impl<'m> Touched<'m> {
    /// For so many trials, columns and segments.
    pub fn new(
        moves: &'m Moves<'m>,
        counts: bool,
        (trials, columns, segments): (usize, usize, usize),
    ) -> Self {
        let policies = if counts { moves.policies() } else { 0 };
        Self {
            moves,
            accounts: vec![0; trials * columns * policies],
            people: vec![0; trials * segments * policies],
            losses: Vec::new(),
            counts,
        }
    }

    /// Adds people of `entry` in trial `t`, each with the shift from which on he defaults.
    #[inline]
    pub fn add_person(
        &mut self,
        engine: &Engine<'_>,
        (t, entry): (usize, usize),
        critical: f32,
        losses: &mut [i64],
    ) {
        let people = engine.book.borrowers.stands_for(entry) as i64;
        let times = Times::From { shifts: self.moves.shifts(entry), critical, people };
        self.add(engine, (t, entry), times, losses);
    }

    /// Adds what `times` cost in trial `t`, to `losses` (trial x column x policy) and to the counts.
    #[inline]
    pub fn add(
        &mut self,
        engine: &Engine<'_>,
        (t, entry): (usize, usize),
        times: Times<'_>,
        losses: &mut [i64],
    ) {
        let Engine { book, columns, costs, .. } = engine;
        let k = self.moves.policies();
        let segments = book.borrowers.segment.names.len();
        let segment = book.borrowers.segment.codes.get(entry);
        if self.counts {
            count(times, &mut self.people[(t * segments + segment) * k..][..k]);
        }
        for a in book.accounts_of(entry) {
            let from = (t * columns.len() + costs.column(a)) * k;
            let row = costs.row(a, &mut self.losses);
            if self.counts {
                count(times, &mut self.accounts[from..from + k]);
            }
            add_row(times, row, &mut losses[from..from + k]);
        }
        for lender in 0..self.moves.new_lenders() {
            let (column, row) = self.moves.elsewhere(lender, entry);
            let from = (t * columns.len() + column) * k;
            if self.counts {
                // Who owes nothing there has no account there.
                count_owing(times, row, &mut self.accounts[from..from + k]);
            }
            add_row(times, row, &mut losses[from..from + k]);
        }
    }
}

fn count(times: Times<'_>, sums: &mut [u64]) {
    match times {
        Times::From { shifts, critical, people } => {
            count_from(shifts, critical, people as u64, sums)
        }
        Times::Each(times) => {
            sums.iter_mut().zip(times).for_each(|(sum, &times)| *sum += times as u64);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn count_from(shifts: &[f32], critical: f32, people: u64, sums: &mut [u64]) {
    for (sum, &shift) in sums.iter_mut().zip(shifts) {
        *sum += if shift >= critical { people } else { 0 };
    }
}

fn count_owing(times: Times<'_>, row: Row<'_>, sums: &mut [u64]) {
    for (k, sum) in sums.iter_mut().enumerate() {
        let times = match times {
            Times::From { shifts, critical, people } if shifts[k] >= critical => people,
            Times::From { .. } => 0,
            Times::Each(times) => times[k],
        };
        *sum += if row.get(k) > 0 { times as u64 } else { 0 };
    }
}

fn add_row(times: Times<'_>, row: Row<'_>, sums: &mut [i64]) {
    match (times, row) {
        (Times::From { shifts, critical, people: 1 }, Row::Narrow(losses)) => {
            add_narrow((shifts, critical), losses, sums);
        }
        (Times::From { shifts, critical, people }, row) => {
            for (k, sum) in sums.iter_mut().enumerate() {
                *sum += if shifts[k] >= critical { people * row.get(k) } else { 0 };
            }
        }
        (Times::Each(times), row) => {
            sums.iter_mut().enumerate().for_each(|(k, sum)| *sum += times[k] * row.get(k));
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_narrow((shifts, critical): (&[f32], f32), losses: &[u32], sums: &mut [i64]) {
    let n = sums.len();
    let (shifts, losses) = (&shifts[..n], &losses[..n]);
    for ((sum, &shift), &loss) in sums.iter_mut().zip(shifts).zip(losses) {
        *sum += i64::from(if shift >= critical { loss } else { 0 });
    }
}
