//! Adds up the defaults of people whom policies touch: each policy has its own.

use multiversion::multiversion;

use super::Engine;
use super::ahead::fetch;
use super::hits::Moved;
use super::moves::{Blocks, Moves, TOGETHER};
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
    times: Vec<i64>,
    counts: bool,
}

/// Where a cell's people owe.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Segment.
    pub segment: usize,
    /// The one column of their accounts, if there is one.
    pub column: Option<usize>,
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
            times: Vec::new(),
            counts,
        }
    }

    /// Adds one person of each row in trial `t`.
    pub fn add_people(
        &mut self,
        engine: &Engine<'_>,
        (t, place): (usize, Place),
        moved: Moved<'_>,
        losses: &mut [i64],
    ) {
        if let (Some(blocks), Some(column)) = (self.moves.blocks_of_rows(), place.column) {
            for at in 0..blocks.each {
                self.ask_ahead(engine, (t, at, place.segment, column), losses);
                let mut sums = Sums::default();
                add_blocks((blocks, at), moved, &mut sums);
                self.add_sums(engine, (t, at, place.segment, column), &sums, losses);
            }
            return;
        }
        let mut times = std::mem::take(&mut self.times);
        let surely = moved.surely.iter().map(|&row| (row, f32::NEG_INFINITY));
        for (row, critical) in
            surely.chain(moved.rows.iter().copied().zip(moved.critical.iter().copied()))
        {
            let entry = self.moves.entry(row);
            let people = engine.book.borrowers.stands_for(entry) as i64;
            let thresholds = self.moves.thresholds(row).iter();
            times.clear();
            times.extend(thresholds.map(|&own| if own >= critical { people } else { 0 }));
            self.add(engine, (t, row), &times, losses);
        }
        self.times = times;
    }

    /// Asks for what [`Self::add_sums`] will add to.
    fn ask_ahead(
        &self,
        engine: &Engine<'_>,
        (t, at, segment, column): (usize, usize, usize, usize),
        losses: &[i64],
    ) {
        let Engine { book, columns, .. } = engine;
        let k = self.moves.policies();
        let (first, own) = (at * TOGETHER, TOGETHER.min(k - at * TOGETHER));
        let place = |column: usize| (t * columns.len() + column) * k + first;
        let sums = |at: usize| {
            fetch_ends(&losses[at..at + own]);
            if self.counts {
                fetch_ends(&self.accounts[at..at + own]);
            }
        };
        sums(place(column));
        if self.moves.new_lenders() > 0 {
            sums(place(self.moves.column(0, segment)));
        }
        if self.counts {
            let segments = book.borrowers.segment.names.len();
            fetch_ends(&self.people[(t * segments + segment) * k + first..][..own]);
        }
    }

    /// Adds sums over some people of a cell under the policies of one block.
    fn add_sums(
        &mut self,
        engine: &Engine<'_>,
        (t, at, segment, column): (usize, usize, usize, usize),
        sums: &Sums,
        losses: &mut [i64],
    ) {
        let Engine { book, columns, .. } = engine;
        let k = self.moves.policies();
        let (first, own) = (at * TOGETHER, TOGETHER.min(k - at * TOGETHER));
        let segments = book.borrowers.segment.names.len();
        let place = |column: usize| (t * columns.len() + column) * k + first;
        let add = |into: &mut [i64], from: &[i64]| {
            into.iter_mut().zip(from).for_each(|(sum, more)| *sum += more);
        };
        let count = |into: &mut [u64], from: &[u32]| {
            into.iter_mut().zip(from).for_each(|(sum, &more)| *sum += u64::from(more));
        };
        add(&mut losses[place(column)..][..own], &sums.losses);
        if self.counts {
            count(&mut self.accounts[place(column)..][..own], &sums.people);
            let people = (t * segments + segment) * k + first;
            count(&mut self.people[people..][..own], &sums.people);
        }
        if self.moves.new_lenders() > 0 {
            let column = self.moves.column(0, segment);
            add(&mut losses[place(column)..][..own], &sums.elsewhere);
            if self.counts {
                count(&mut self.accounts[place(column)..][..own], &sums.owing);
            }
        }
    }

    /// Adds what so many of a row under each policy cost in trial `t`, to `losses` (trial x column x policy) and to the
    /// counts.
    pub fn add(
        &mut self,
        engine: &Engine<'_>,
        (t, row): (usize, u32),
        times: &[i64],
        losses: &mut [i64],
    ) {
        let Engine { book, columns, costs, .. } = engine;
        self.count(engine, (t, row), times);
        let entry = self.moves.entry(row);
        let k = self.moves.policies();
        let segment = book.borrowers.segment.codes.get(entry);
        for a in book.accounts_of(entry) {
            let from = (t * columns.len() + costs.column(a)) * k;
            let own = costs.row(a, &mut self.losses);
            add_row(times, own, &mut losses[from..from + k]);
        }
        for lender in 0..self.moves.new_lenders() {
            let own = self.moves.elsewhere(lender, row);
            let from = (t * columns.len() + self.moves.column(lender, segment)) * k;
            add_row(times, own, &mut losses[from..from + k]);
        }
    }

    /// Adds a pool of whom so many default under each policy, each standing for `people`.
    pub fn add_pool(
        &mut self,
        engine: &Engine<'_>,
        (t, row): (usize, u32),
        (draws, people): (&[u64], u64),
        losses: &mut [i64],
    ) {
        let mut times = std::mem::take(&mut self.times);
        times.clear();
        times.extend(draws.iter().map(|&draws| (draws * people) as i64));
        self.add(engine, (t, row), &times, losses);
        self.times = times;
    }

    /// Adds so many of a row under each policy to the counts of trial `t`, if defaults are counted.
    pub fn count(&mut self, engine: &Engine<'_>, (t, row): (usize, u32), times: &[i64]) {
        if !self.counts {
            return;
        }
        let Engine { book, columns, costs, .. } = engine;
        let entry = self.moves.entry(row);
        let k = self.moves.policies();
        let segments = book.borrowers.segment.names.len();
        let segment = book.borrowers.segment.codes.get(entry);
        count(times, &mut self.people[(t * segments + segment) * k..][..k]);
        for a in book.accounts_of(entry) {
            let from = (t * columns.len() + costs.column(a)) * k;
            count(times, &mut self.accounts[from..from + k]);
        }
        for lender in 0..self.moves.new_lenders() {
            let own = self.moves.elsewhere(lender, row);
            let from = (t * columns.len() + self.moves.column(lender, segment)) * k;
            // Who owes nothing there has no account there.
            count_owing(times, own, &mut self.accounts[from..from + k]);
        }
    }
}

/// Asks for the lines of some numbers, which are two at most.
fn fetch_ends<T>(numbers: &[T]) {
    numbers.first().into_iter().chain(numbers.last()).for_each(fetch);
}

/// Sums over some people under the policies of one block.
#[derive(Debug, Default)]
struct Sums {
    losses: [i64; TOGETHER],
    elsewhere: [i64; TOGETHER],
    people: [u32; TOGETHER],
    owing: [u32; TOGETHER],
}

impl Sums {
    fn add(&mut self, few: &Few) {
        for k in 0..TOGETHER {
            self.losses[k] += i64::from(few.losses[k]);
            self.elsewhere[k] += i64::from(few.elsewhere[k]);
            self.people[k] += few.people[k];
            self.owing[k] += few.owing[k];
        }
    }
}

/// Sums over so few that 4 bytes hold them.
#[derive(Debug, Clone, Copy, Default)]
struct Few {
    losses: [u32; TOGETHER],
    elsewhere: [u32; TOGETHER],
    people: [u32; TOGETHER],
    owing: [u32; TOGETHER],
}

/// Adds block `at` of some rows.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_blocks(
    (Blocks { each, at_once, costs, bars }, at): (&Blocks, usize),
    Moved { surely, rows, critical }: Moved<'_>,
    sums: &mut Sums,
) {
    for surely in surely.chunks(*at_once) {
        // A fixed number of sums stays in registers.
        let (mut losses, mut elsewhere) = ([0_u32; TOGETHER], [0_u32; TOGETHER]);
        let mut owing = [0_u32; TOGETHER];
        for &row in surely {
            let own = &costs[row as usize * each + at];
            for k in 0..TOGETHER {
                losses[k] = losses[k].wrapping_add(own.losses[k]);
                elsewhere[k] = elsewhere[k].wrapping_add(own.elsewhere[k]);
                owing[k] += u32::from(own.elsewhere[k] > 0);
            }
        }
        let people = [surely.len() as u32; TOGETHER];
        sums.add(&Few { losses, elsewhere, people, owing });
    }
    for (rows, critical) in rows.chunks(*at_once).zip(critical.chunks(*at_once)) {
        let (mut losses, mut elsewhere) = ([0_u32; TOGETHER], [0_u32; TOGETHER]);
        let (mut people, mut owing) = ([0_u32; TOGETHER], [0_u32; TOGETHER]);
        for (&row, &critical) in rows.iter().zip(critical) {
            let place = row as usize * each + at;
            let (own, bars) = (&costs[place], &bars[place].0);
            for k in 0..TOGETHER {
                let hit = bars[k] >= critical;
                let more = if hit { own.elsewhere[k] } else { 0 };
                losses[k] = losses[k].wrapping_add(if hit { own.losses[k] } else { 0 });
                elsewhere[k] = elsewhere[k].wrapping_add(more);
                people[k] += u32::from(hit);
                owing[k] += u32::from(more > 0);
            }
        }
        sums.add(&Few { losses, elsewhere, people, owing });
    }
}

fn count(times: &[i64], sums: &mut [u64]) {
    sums.iter_mut().zip(times).for_each(|(sum, &times)| *sum += times as u64);
}

fn count_owing(times: &[i64], row: Row<'_>, sums: &mut [u64]) {
    let both = sums.iter_mut().zip(times);
    let own = |owes: bool, times: i64| if owes { times as u64 } else { 0 };
    match row {
        Row::Narrow(row) => both.zip(row).for_each(|((s, &n), &loss)| *s += own(loss > 0, n)),
        Row::Wide(row) => both.zip(row).for_each(|((s, &n), &loss)| *s += own(loss > 0, n)),
    }
}

fn add_row(times: &[i64], row: Row<'_>, sums: &mut [i64]) {
    let both = sums.iter_mut().zip(times);
    match row {
        Row::Narrow(row) => both.zip(row).for_each(|((s, n), &loss)| *s += n * i64::from(loss)),
        Row::Wide(row) => both.zip(row).for_each(|((s, n), &loss)| *s += n * loss),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::moves::{Bars, Block};

    /// Blocks of 40 rows whose losses are at most `most`, two for each row.
    fn blocks(most: u32) -> Blocks {
        let number = |row: usize, k: usize| {
            let mixed = (row as u32 * 31 + k as u32 * 7 + 1).wrapping_mul(2_654_435_761);
            if mixed.is_multiple_of(5) { 0 } else { most - mixed % (most / 3) }
        };
        let block = |row: usize| Block {
            losses: std::array::from_fn(|k| number(row, k)),
            elsewhere: std::array::from_fn(|k| number(row + 99, k)),
        };
        let bars = |row: usize| Bars(std::array::from_fn(|k| number(row + 7, k) as f32));
        Blocks {
            each: 2,
            at_once: (u32::MAX / most) as usize,
            costs: (0..80).map(block).collect(),
            bars: (0..80).map(bars).collect(),
        }
    }

    #[test]
    fn sums_of_few_bytes_are_those_of_many() {
        for most in [90_000_u32, 400_000_000, u32::MAX] {
            let blocks = blocks(most);
            let surely: Vec<u32> = (0..33).chain(3..20).collect();
            let rows: Vec<u32> = (5..40).collect();
            let critical: Vec<f32> = rows.iter().map(|&r| (most / 40 * r) as f32).collect();
            for at in 0..2 {
                let mut sums = Sums::default();
                let moved = Moved { surely: &surely, rows: &rows, critical: &critical };
                add_blocks((&blocks, at), moved, &mut sums);
                for k in 0..TOGETHER {
                    let hit = rows.iter().zip(&critical).filter(|(row, critical)| {
                        blocks.bars[**row as usize * 2 + at].0[k] >= **critical
                    });
                    let hit: Vec<u32> = surely.iter().copied().chain(hit.map(|h| *h.0)).collect();
                    let all = hit.iter().map(|&row| &blocks.costs[row as usize * 2 + at]);
                    let losses: i64 = all.clone().map(|own| i64::from(own.losses[k])).sum();
                    let elsewhere: i64 = all.clone().map(|own| i64::from(own.elsewhere[k])).sum();
                    let owing = all.filter(|own| own.elsewhere[k] > 0).count();
                    assert_eq!((sums.losses[k], sums.elsewhere[k]), (losses, elsewhere), "{most}");
                    assert_eq!((sums.people[k], sums.owing[k]), (hit.len() as u32, owing as u32));
                    assert!(hit.len() > surely.len() && hit.len() < surely.len() + rows.len());
                }
            }
        }
    }
}
