//! Adds up what defaults cost where that changes from trial to trial.

use super::Engine;
use super::defaults::Defaulted;
use super::hits::Moved;
use super::severity::{InTrials, Owed, Severities};
use super::tally::Tallied;

/// Sums of a block, and people whose ranks are not known yet.
#[derive(Debug)]
pub struct SeverityTally<'e, 'a> {
    engine: &'e Engine<'a>,
    trials: InTrials<'e, 'a>,
    sums: Tallied<'e>,
    ranked: Ranked,
    /// People of untouched entries of several, or who may default several times: trial, entry.
    alike: Vec<(usize, u32)>,
    from: Vec<u64>,
    to: Vec<u64>,
}

/// Touched people of entries of several who may default in the cell at hand: they are ranked when it is done.
#[derive(Debug, Default)]
pub struct Ranked {
    cell: usize,
    /// Trial, row, critical threshold.
    people: Vec<(usize, u32, f32)>,
}

impl Ranked {
    /// Whether `cell` is another one than before: those of the earlier one are then to be dealt with.
    pub fn enter(&mut self, cell: usize) -> bool {
        std::mem::replace(&mut self.cell, cell) != cell
    }

    /// One person of row `row` in trial `t`.
    pub fn push(&mut self, t: usize, row: u32, critical: f32) {
        self.people.push((t, row, critical));
    }

    /// All that are left, those of a trial and row side by side, by rank.
    pub fn take(&mut self) -> Vec<(usize, u32, f32)> {
        let mut people = std::mem::take(&mut self.people);
        people.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        people
    }

    /// How many of people in the order of their ranks default up to a threshold.
    pub fn up_to(people: &[(usize, u32, f32)], threshold: f32) -> u64 {
        people.partition_point(|person| person.2 <= threshold) as u64
    }
}

impl<'e, 'a> SeverityTally<'e, 'a> {
    /// Nothing yet, for `count` trials from `first` on.
    pub fn new(
        engine: &'e Engine<'a>,
        severities: &'e Severities<'a>,
        (first, count): (u64, u64),
        sums: Tallied<'e>,
    ) -> Self {
        let policies = engine.costs.policies();
        Self {
            engine,
            trials: severities.trials(&engine.defaults, (first, count)),
            sums,
            ranked: Ranked::default(),
            alike: Vec::new(),
            from: vec![0; policies],
            to: vec![0; policies],
        }
    }

    /// All sums, when everybody has been visited.
    pub fn finish(mut self) -> Tallied<'e> {
        self.settle();
        self.sums
    }

    /// Deals with people of entries of several.
    fn settle(&mut self) {
        let mut alike = std::mem::take(&mut self.alike);
        alike.sort_unstable();
        for own in alike.chunk_by(|a, b| a == b) {
            let (t, entry) = own[0];
            self.draws(t, entry as usize, own.len() as u64);
        }
        let Some(moves) = self.engine.defaults.moves() else { return };
        for own in self.ranked.take().chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (t, row, _) = own[0];
            let draws = moves.thresholds(row).iter().map(|&own_t| Ranked::up_to(own, own_t));
            let draws: Vec<u64> = draws.collect();
            self.each(t, row, &draws);
        }
    }

    /// So many people of an entry default, whatever the policy.
    fn draws(&mut self, t: usize, entry: usize, draws: u64) {
        let Engine { book, columns, costs, .. } = self.engine;
        let times = draws * book.borrowers.stands_for(entry);
        let segments = book.borrowers.segment.names.len();
        self.sums.people[t * segments + book.borrowers.segment.codes.get(entry)] += times;
        for a in book.accounts_of(entry) {
            self.sums.accounts[t * columns.len() + costs.column(a)] += times;
        }
        self.to.fill(draws);
        self.cost(t, entry);
    }

    /// So many people of a touched row default under each policy.
    fn each(&mut self, t: usize, row: u32, draws: &[u64]) {
        let Some(moves) = self.engine.defaults.moves() else { return };
        let entry = moves.entry(row);
        let people = self.engine.book.borrowers.stands_for(entry);
        if let Some(touched) = &mut self.sums.touched {
            let times: Vec<i64> = draws.iter().map(|&draws| (draws * people) as i64).collect();
            touched.count(self.engine, (t, row), &times);
        }
        self.to.copy_from_slice(draws);
        self.cost(t, entry);
    }

    /// Adds what people up to rank `to[k]` cost under policy k.
    fn cost(&mut self, t: usize, entry: usize) {
        let Engine { book, columns, costs, defaults, .. } = self.engine;
        let k = costs.policies();
        let segment = book.borrowers.segment.codes.get(entry);
        let losses = &mut self.sums.losses[t * columns.len() * k..(t + 1) * columns.len() * k];
        self.trials.costs((t, entry), (&self.from, &self.to), |owed, policy, loss| {
            let column = match (owed, defaults.moves()) {
                (Owed::Account(a), _) => costs.column(a),
                (Owed::Elsewhere(lender), Some(moves)) => moves.column(lender, segment),
                (Owed::Elsewhere(_), None) => return,
            };
            losses[column * k + policy] += loss;
        });
    }
}

impl Defaulted for SeverityTally<'_, '_> {
    fn pool(&mut self, t: usize, entry: usize, draws: u64) {
        self.draws(t, entry, draws);
    }

    fn people(&mut self, t: usize, cell: usize, entries: &[u32]) {
        if self.ranked.enter(cell) {
            self.settle();
        }
        for &entry in entries {
            match self.engine.book.borrowers.draws(entry as usize) {
                // Who defaults twice is told twice, and draws an LGD each time.
                1 if !self.engine.defaults.counts() => self.draws(t, entry as usize, 1),
                _ => self.alike.push((t, entry)),
            }
        }
    }

    fn touched(&mut self, t: usize, cell: usize, Moved { rows, critical, .. }: Moved<'_>) {
        if self.ranked.enter(cell) {
            self.settle();
        }
        let Some(moves) = self.engine.defaults.moves() else { return };
        for (&row, &critical) in rows.iter().zip(critical) {
            if self.engine.book.borrowers.draws(moves.entry(row)) > 1 {
                self.ranked.push(t, row, critical);
                continue;
            }
            let draws = moves.thresholds(row).iter().map(|&own| u64::from(own >= critical));
            let draws: Vec<u64> = draws.collect();
            self.each(t, row, &draws);
        }
    }

    fn ranks(&self) -> bool {
        true
    }

    fn touched_pool(&mut self, t: usize, row: u32, draws: &[u64]) {
        self.each(t, row, draws);
    }
}
