//! Candidates for default where policies move PDs: marks of touched people and how they are settled.
//!
//! In a cell of points the least point of a person is his mark on the scale of hazards ([`super::points`]).
//! A point below the hazards of everybody under all policies settles its person: he defaults whatever the
//! policy. First words tell most of these ([`super::coarse`]). All other points, and those of the bands that
//! policies open above the envelope ([`super::opening`]), are candidates: a mark r is a uniform
//! U = 1 - exp(-r), from which the latent asset follows ([`super::moves`]). Most of them lie clearly below or
//! above all thresholds of their person ([`super::heights`]); only for the others is it worked out.

use super::above::Part;
use super::alias::{self, OPEN};
use super::cells::{Cell, Layout};
use super::envelope::{Envelope, Held};
use super::heights::{CHUNK, Heights, Line, Sieve};
use super::hits::{Hits, Moved};
use super::lanes;
use super::moves::{Edges, Moves, Whose};
use super::people::{self, People};
use super::seen::{Again, Seen};
use super::thresholds::Thresholds;

/// Candidates are settled in multiples of so many.
const TOGETHER: usize = 32;

/// What settles the candidates of a cell.
#[derive(Debug, Clone, Copy)]
pub struct With<'c> {
    /// The cell.
    pub cell: &'c Cell,
    /// Envelopes of its grades.
    pub envelope: &'c Envelope,
    /// Thresholds and loadings.
    pub thresholds: &'c Thresholds<'c>,
    /// What policies do to people.
    pub moves: &'c Moves<'c>,
    /// Whether marks are asked for, of everybody.
    pub ranks: bool,
}

/// Candidates in the trials of a batch.
#[derive(Debug, Default)]
pub struct Candidates {
    trials: Vec<Trial>,
    /// All digits of the points.
    words: Vec<u64>,
    parts: Vec<(Part, usize)>,
    points: Points,
    near: Near,
    /// Positions of people told to default under all policies by their own thresholds.
    told: Vec<u32>,
    people: People,
    seen: Seen,
    /// Rows of those who default whatever the policy, and entries of those whom no policy touches.
    sure: Vec<u32>,
    alike: Vec<u32>,
    out: (Vec<u32>, Vec<f32>),
}

/// A trial of a batch, and where what belongs to it ends.
#[derive(Debug, Clone, Copy, Default)]
struct Trial {
    t: usize,
    held: Held,
    y: f64,
    scale: Option<f64>,
    parts: usize,
    points: usize,
    told: usize,
    people: usize,
    sure: usize,
    alike: usize,
}

/// Decoded points.
#[derive(Debug, Default)]
struct Points {
    /// Positions of the people in their cell, at first with [`OPEN`].
    positions: Vec<u32>,
    /// Places on the scale of hazards, at first as shares of the envelope.
    marks: Vec<f64>,
    /// Envelope over T.
    rates: Vec<f64>,
    /// Whether the person defaults today.
    defaults: Vec<bool>,
}

/// Points up to the envelope that are not surely below today's hazard.
#[derive(Debug, Default)]
struct Near {
    points: Vec<u32>,
    entries: Vec<u32>,
    y: Vec<f64>,
    scale: Vec<f64>,
    thresholds: Vec<f64>,
    loadings: Vec<f64>,
    hazards: Vec<f64>,
}

impl Candidates {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.trials.clear();
        self.words.clear();
        self.parts.clear();
    }

    /// What is added from now on belongs to trial `t`.
    pub fn begin(&mut self, t: usize, held: Held, (y, scale): (f64, Option<f64>)) {
        let (parts, points) = (self.parts.len(), self.words.len());
        self.trials.push(Trial { t, held, y, scale, parts, points, ..Trial::default() });
    }

    /// Adds the points that double words throw on a part of the scale.
    pub fn add(&mut self, part: Part, words: impl Iterator<Item = u64>) {
        self.words.extend(words);
        self.parts.push((part, self.words.len()));
        if let Some(trial) = self.trials.last_mut() {
            (trial.parts, trial.points) = (self.parts.len(), self.words.len());
        }
    }

    /// Settles them and hands over who defaults under some policy; `surely(i)` are the positions of people
    /// whom first words tell to default under all policies in the trial that was begun as number i, each
    /// as often as he is hit.
    pub fn settle<'h>(
        &mut self,
        with: With<'_>,
        surely: impl Fn(usize) -> &'h [u32],
        found: &mut impl Hits,
    ) {
        self.decode(with.envelope);
        let With { cell, moves, .. } = with;
        let rows = moves.rows(cell.first..cell.end);
        match &cell.layout {
            Layout::Mixed(positions) => {
                let entry = |position| cell.first + positions.entry(position);
                self.tell(with, surely, |position| moves.whose(entry(position)));
            }
            // Rows follow each other as people do.
            _ if rows.len() == cell.end - cell.first => {
                let first = rows.start as u32;
                self.tell(with, surely, |position| Whose::Row(first + position));
            }
            _ => {
                let whose = |position| moves.whose(cell.first + position as usize);
                self.tell(with, surely, whose);
            }
        }
        let of = |own: &Trial| people::Trial { people: own.people, y: own.y, scale: own.scale };
        let law = (with.envelope.link(), cell.first);
        self.people.work_out(law, (with.thresholds, moves), self.trials.iter().map(of));
        self.hand_over(with.moves, found);
    }

    /// Who is hit, and what is known of him.
    fn tell<'h>(
        &mut self,
        with: With<'_>,
        surely: impl Fn(usize) -> &'h [u32],
        whose: impl Fn(u32) -> Whose,
    ) {
        self.sift(with, &whose);
        self.decide(with);
        self.tell_people(with.cell.people, surely, whose);
    }

    /// Whom the points hit, and where in his interval.
    fn decode(&mut self, envelope: &Envelope) {
        let points = &mut self.points;
        let all = self.words.len();
        points.positions.resize(all, 0);
        points.marks.resize(all, 0.0);
        points.rates.resize(all, 0.0);
        let mut known = 0;
        // Trials of a bin follow each other.
        for alike in self.trials.chunk_by(|a, b| a.held.bin == b.held.bin) {
            let own = known..alike[alike.len() - 1].points;
            let into = (&mut points.marks[own.clone()], &mut points.rates[own.clone()]);
            let slots = envelope.slots(alike[0].held.bin);
            alias::decode(
                slots,
                &self.words[own.clone()],
                &mut points.positions[own.clone()],
                into,
            );
            known = own.end;
        }
        let (mut part, mut known) = (0, 0);
        for own in &self.trials {
            for &(Part { bottom, width }, end) in &self.parts[part..own.parts] {
                let rates = &points.rates[known..end];
                for (mark, rate) in points.marks[known..end].iter_mut().zip(rates) {
                    *mark = (bottom + width * *mark) * (own.held.total * rate);
                }
                known = end;
            }
            part = own.parts;
        }
    }

    /// Sorts out the points of people who default under all policies or under none, and those of others that are
    /// not surely below today's hazard.
    fn sift(
        &mut self,
        With { cell, envelope, thresholds, moves, ranks }: With<'_>,
        whose: impl Fn(u32) -> Whose,
    ) {
        let Self { trials, parts, points, near, told, .. } = self;
        let Points { positions, marks, defaults, .. } = points;
        let link = envelope.link();
        let heights = Heights::of(link);
        let loading = thresholds.one_loading(cell.first).filter(|_| !ranks);
        defaults.resize(positions.len(), false);
        told.resize(positions.len(), 0);
        near.points.resize(positions.len(), 0);
        near.y.clear();
        near.scale.clear();
        let near_points = near.points.as_mut_slice();
        let (mut part, mut known, mut kept, mut surely, mut close) = (0, 0, 0, 0, 0);
        let mut sieve = Sieve::default();
        for own in trials.iter_mut() {
            let scale = own.scale.unwrap_or(1.0);
            let line = loading.and_then(|l| Line::new(link, l, own.y, scale));
            if line.is_none() {
                sieve.tell_nothing();
            }
            for &(kind, end) in &parts[part..own.parts] {
                let is_base = kind.bottom == 0.0;
                while known < end {
                    let here = (end - known).min(CHUNK);
                    if let Some(line) = line {
                        for (i, position) in positions[known..known + here].iter().enumerate() {
                            let edges = match whose(position & !OPEN) {
                                Whose::Row(row) => moves.edges(row),
                                Whose::Untouched(_) => Edges::NONE,
                            };
                            (sieve.below[i], sieve.above[i]) = (edges.below, edges.above);
                        }
                        sieve.tell(heights, line, &marks[known..known + here]);
                    }
                    // Written down, and kept if it belongs there: no branch to mispredict.
                    let (mut left, mut count) = ([0_u8; CHUNK], 0);
                    let own = &positions[known..known + here];
                    let is = sieve.is_sure.iter().zip(&sieve.is_out);
                    for (i, (position, (&is_sure, &is_out))) in own.iter().zip(is).enumerate() {
                        told[surely] = position & !OPEN;
                        surely += usize::from(is_sure);
                        left[count % CHUNK] = i as u8;
                        count += usize::from(!(is_sure | is_out));
                    }
                    for &i in &left[..count] {
                        let at = known + usize::from(i);
                        let position = positions[at];
                        let is_open = position & OPEN != 0;
                        positions[kept] = position & !OPEN;
                        marks[kept] = marks[at];
                        // Above the envelope nobody defaults today.
                        defaults[kept] = is_base && !is_open;
                        near_points[close] = kept as u32;
                        close += usize::from(is_base & is_open);
                        kept += 1;
                    }
                    known += here;
                }
            }
            part = own.parts;
            (own.points, own.told) = (kept, surely);
            near.y.resize(close, own.y);
            near.scale.resize(close, scale);
        }
        near.points.truncate(close);
        positions.truncate(kept);
        marks.truncate(kept);
        defaults.truncate(kept);
    }

    /// Which points lie below today's hazard.
    fn decide(&mut self, With { cell, envelope, thresholds, .. }: With<'_>) {
        let Self { points, near, .. } = self;
        let Some(&last) = near.points.last() else { return };
        let count = near.points.len();
        // Whole vectors: what is left over after them would be worked out one by one.
        let padded = count.next_multiple_of(TOGETHER);
        near.points.resize(padded, last);
        near.y.resize(padded, 0.0);
        near.scale.resize(padded, 1.0);
        near.entries.clear();
        let entry =
            |&at: &u32| (cell.first + cell.layout.entry(points.positions[at as usize])) as u32;
        near.entries.extend(near.points.iter().map(entry));
        thresholds.thresholds(cell.first, &near.entries, &mut near.thresholds);
        thresholds.loadings(cell.first, &near.entries, &mut near.loadings);
        near.thresholds.iter_mut().zip(&near.scale).for_each(|(g, scale)| *g *= scale);
        near.hazards.resize(padded, 0.0);
        let people = (near.thresholds.as_slice(), near.loadings.as_slice());
        lanes::hazards_of(envelope.link(), people.0, people.1, &near.y, &mut near.hazards);
        for (&at, hazard) in near.points[..count].iter().zip(&near.hazards) {
            points.defaults[at as usize] = points.marks[at as usize] <= *hazard;
        }
    }

    /// Who is hit, each person once in a trial with the least of his marks.
    fn tell_people<'h>(
        &mut self,
        people: u64,
        surely: impl Fn(usize) -> &'h [u32],
        whose: impl Fn(u32) -> Whose,
    ) {
        let Self { trials, points, told, people: found, seen, sure, alike, .. } = self;
        let mut found = found.begin(points.positions.len());
        sure.clear();
        alike.clear();
        let (mut known, mut known_sure) = (0, 0);
        for (at, own) in trials.iter_mut().enumerate() {
            let mut met = seen.begin(people);
            let (hits, more) = (surely(at), &told[known_sure..own.told]);
            known_sure = own.told;
            let first = sure.len();
            sure.resize(first + hits.len() + more.len(), 0);
            let rows = &mut sure[first..];
            let mut kept = 0;
            for &position in hits.iter().chain(more) {
                let is_new = met.is_new(position);
                match whose(position) {
                    // Written down, and kept if it is new: no branch to mispredict.
                    Whose::Row(row) => {
                        rows[kept] = row;
                        kept += usize::from(is_new);
                    }
                    Whose::Untouched(entry) if is_new => alike.push(entry),
                    Whose::Untouched(_) => {}
                }
            }
            sure.truncate(first + kept);
            let first = found.count;
            let own_points = known..own.points;
            let positions = &points.positions[own_points.clone()];
            let marks = &points.marks[own_points.clone()];
            let defaults = &points.defaults[own_points];
            for ((&position, &mark), &defaults) in positions.iter().zip(marks).zip(defaults) {
                match whose(position) {
                    Whose::Row(row) => match met.again(position) {
                        Again::New => found.push((position, row), mark, defaults),
                        // He defaults whatever the policy.
                        Again::First => {}
                        Again::Second => found.lower((first, position), mark, defaults),
                    },
                    // What policies do not touch is decided.
                    Whose::Untouched(entry) if defaults && met.is_new(position) => {
                        alike.push(entry)
                    }
                    Whose::Untouched(_) => {}
                }
            }
            known = own.points;
            own.people = found.count;
            (own.sure, own.alike) = (sure.len(), alike.len());
        }
        self.people.count = found.count;
    }

    fn hand_over(&mut self, moves: &Moves<'_>, found: &mut impl Hits) {
        let Self { trials, people, sure, alike, out: (rows, criticals), .. } = self;
        let count = people.count;
        people.cross(moves);
        // One for who is written down last and not kept.
        rows.resize(count + 1, 0);
        criticals.resize(count + 1, 0.0);
        let (kept_rows, kept_criticals) = (rows.as_mut_slice(), criticals.as_mut_slice());
        let (mut ends, mut kept) = ((0, 0, 0), 0);
        for own in trials.iter_mut() {
            let range = ends.0..own.people;
            let found = people.criticals[range.clone()].iter().zip(&people.highest[range.clone()]);
            for (&row, (&critical, &highest)) in people.rows[range].iter().zip(found) {
                kept_rows[kept] = row;
                kept_criticals[kept] = critical;
                kept += usize::from(critical <= highest);
            }
            ends.0 = own.people;
            own.people = kept;
        }
        found.ask_touched_ahead(sure, &rows[..kept]);
        // One trial right behind the other: what is fetched for them overlaps.
        ends = (0, 0, 0);
        for own in trials.iter() {
            let (people, surely) = (ends.0..own.people, ends.1..own.sure);
            if ends.2 < own.alike {
                found.alike(own.t, &alike[ends.2..own.alike]);
            }
            if !people.is_empty() || !surely.is_empty() {
                let (rows, critical) = (&rows[people.clone()], &criticals[people]);
                found.touched(own.t, Moved { surely: &sure[surely], rows, critical });
            }
            ends = (own.people, own.sure, own.alike);
        }
    }
}
