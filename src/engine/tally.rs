//! Adds up what defaults cost where that is the same in every trial.

use super::Engine;
use super::defaults::Defaulted;
use super::hits::Moved;
use super::touched::{Place, Touched};

/// Adds up what defaults cost, trial by trial.
pub struct Tally<'e, 'a> {
    /// What is sampled.
    pub engine: &'e Engine<'a>,
    /// Sums so far.
    pub sums: Tallied<'e>,
}

/// Sums of a block.
#[derive(Debug)]
pub struct Tallied<'e> {
    /// Trial x column x policy.
    pub losses: Vec<i64>,
    /// Defaulted accounts of people whom no policy touches, trial x column.
    pub accounts: Vec<u64>,
    /// Those people, trial x segment.
    pub people: Vec<u64>,
    /// The others.
    pub touched: Option<Touched<'e>>,
}

impl<'e> Tallied<'e> {
    /// Nothing yet, in so many trials.
    pub fn new(engine: &'e Engine<'_>, trials: usize) -> Self {
        let (policies, columns) = (engine.costs.policies(), engine.columns.len());
        let segments = engine.book.borrowers.segment.names.len();
        let moves = engine.defaults.moves();
        Self {
            losses: vec![0_i64; trials * columns * policies],
            accounts: vec![0_u64; trials * columns],
            people: vec![0_u64; trials * segments],
            touched: moves
                .map(|moves| Touched::new(moves, engine.counts, (trials, columns, segments))),
        }
    }
}

impl Tally<'_, '_> {
    fn add(&mut self, t: usize, entry: usize, draws: u64) {
        let Engine { book, columns, costs, .. } = self.engine;
        let times = draws * book.borrowers.stands_for(entry);
        let segments = book.borrowers.segment.names.len();
        self.sums.people[t * segments + book.borrowers.segment.codes.get(entry)] += times;
        let size = columns.len() * costs.policies();
        let losses = &mut self.sums.losses[t * size..(t + 1) * size];
        let accounts = &mut self.sums.accounts[t * columns.len()..(t + 1) * columns.len()];
        costs.add(entry, times, losses, accounts);
    }
}

impl Defaulted for Tally<'_, '_> {
    fn pool(&mut self, t: usize, entry: usize, draws: u64) {
        self.add(t, entry, draws);
    }

    fn people(&mut self, t: usize, cell: usize, entries: &[u32]) {
        let Engine { book, columns, costs, defaults, cell_columns, .. } = self.engine;
        if let (Some(column), None) = (cell_columns[cell], &book.borrowers.stands_for) {
            let people = entries.len() as u64;
            let segment = book.borrowers.segment.codes.get(defaults.cells()[cell].first);
            self.sums.people[t * book.borrowers.segment.names.len() + segment] += people;
            self.sums.accounts[t * columns.len() + column] += people;
            let from = (t * columns.len() + column) * costs.policies();
            costs.add_people(entries, &mut self.sums.losses[from..from + costs.policies()]);
            return;
        }
        for &entry in entries {
            self.add(t, entry as usize, 1);
        }
    }

    fn touched(&mut self, t: usize, cell: usize, moved: Moved<'_>) {
        let Some(touched) = &mut self.sums.touched else { return };
        let Engine { book, defaults, cell_columns, .. } = self.engine;
        let segment = book.borrowers.segment.codes.get(defaults.cells()[cell].first);
        let place = Place { segment, column: cell_columns[cell] };
        touched.add_people(self.engine, (t, place), moved, &mut self.sums.losses);
    }

    fn ask_ahead(&self, entries: &[u32]) {
        self.engine.costs.ask_ahead(entries);
    }

    fn ask_touched_ahead(&self, cell: usize, surely: &[u32], rows: &[u32]) {
        // Where people of a cell owe in several columns their blocks are not read.
        let is_one = self.engine.cell_columns[cell].is_some();
        if let Some(moves) = self.engine.defaults.moves().filter(|_| is_one) {
            moves.ask_ahead(surely, rows);
        }
    }

    fn touched_pool(&mut self, t: usize, row: u32, draws: &[u64]) {
        let Some(touched) = &mut self.sums.touched else { return };
        let Some(moves) = self.engine.defaults.moves() else { return };
        let people = self.engine.book.borrowers.stands_for(moves.entry(row));
        touched.add_pool(self.engine, (t, row), (draws, people), &mut self.sums.losses);
    }
}
