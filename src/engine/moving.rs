//! Candidates for default where policies move PDs: marks of touched people and how they are settled.
//!
//! In a cell of points the least point of a person is his mark on the scale of hazards ([`super::points`]).
//! A point below the hazards of everybody under all policies settles its person: he defaults whatever the
//! policy. First words tell most of these ([`super::coarse`]). All other points, and those of the bands that
//! policies open above the envelope ([`super::opening`]), are candidates: a mark r is a uniform
//! U = 1 - exp(-r), from which the latent asset follows ([`super::moves`]). Most of them lie clearly below or
//! above all thresholds of their person ([`super::heights`]), or between the same two of them for all that is
//! known; only for the others is it worked out ([`super::people`]).

use std::ops::Range;

use super::above::Part;
use super::alias::{self, OPEN};
use super::cells::{Cell, Layout};
use super::envelope::{Envelope, Held};
use super::hazards::{Hazards, Law};
use super::heights::{Heights, Line, Sieve};
use super::hits::{Hits, Moved};
use super::moves::{Edges, Moves, Whose};
use super::people::{self, Mark, People, Side};
use super::seen::{Again, Seen};
use super::thresholds::Thresholds;

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
    /// Points whose people and places are known: where they stand among all.
    known: Vec<(usize, u32, f64)>,
    points: Points,
    /// Points up to the envelope that are not surely below today's hazard, where that is asked for at once.
    near: Vec<u32>,
    hazards: Hazards,
    sieve: Sieve,
    /// Of a trial: positions of people told to default under all policies by their own thresholds, and which
    /// points tell nothing by themselves; with room for one more.
    told: Vec<u32>,
    left: Vec<u32>,
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
    /// Points up to the envelope,
    base: usize,
    /// and all.
    points: usize,
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
    /// Where they lie with regard to today's hazard, where there are people without a row.
    sides: Vec<Side>,
}

impl Candidates {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.trials.clear();
        self.words.clear();
        self.parts.clear();
        self.known.clear();
    }

    /// What is added from now on belongs to trial `t`.
    pub fn begin(&mut self, t: usize, held: Held, (y, scale): (f64, Option<f64>)) {
        let (parts, points) = (self.parts.len(), self.words.len());
        let own = Trial { t, held, y, scale, parts, base: points, points, ..Trial::default() };
        self.trials.push(own);
    }

    /// Adds the points that double words throw on a part of the scale, the lowest first.
    pub fn add(&mut self, part: Part, words: impl Iterator<Item = u64>) {
        self.words.extend(words);
        let points = self.words.len();
        self.parts.push((part, points));
        if let Some(trial) = self.trials.last_mut() {
            (trial.parts, trial.points) = (self.parts.len(), points);
            if part.bottom == 0.0 {
                trial.base = points;
            }
        }
    }

    /// Adds points above the envelope whose people and places on the scale of hazards are known.
    pub fn add_known(&mut self, positions: &[u32], marks: &[f64]) {
        let own = self.words.len()..;
        let points = own.zip(positions).zip(marks);
        self.known.extend(points.map(|((at, &position), &mark)| (at, position, mark)));
        // Words stand in for them, so that all points are numbered alike.
        self.add(Part::ABOVE, std::iter::repeat_n(0, positions.len()));
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
        let With { cell, envelope, thresholds, moves, .. } = with;
        let rows = moves.rows(cell.first..cell.end);
        let all_have_rows = rows.len() == cell.end - cell.first;
        if !all_have_rows {
            self.decide(with);
        }
        match &cell.layout {
            Layout::Mixed(positions) => {
                let entry = |position| cell.first + positions.entry(position);
                self.tell(with, surely, |position| moves.whose(entry(position)));
            }
            // Rows follow each other as people do.
            _ if all_have_rows => {
                let first = rows.start as u32;
                self.tell(with, surely, |position| Whose::Row(first + position));
            }
            _ => {
                let whose = |position| moves.whose(cell.first + position as usize);
                self.tell(with, surely, whose);
            }
        }
        let of = |own: &Trial| people::Trial { people: own.people, y: own.y, scale: own.scale };
        let law = Law { link: envelope.link(), first: cell.first, thresholds };
        self.people.work_out(law, moves, self.trials.iter().map(of));
        self.hand_over(found);
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
        for &(at, position, mark) in &self.known {
            points.positions[at] = position | OPEN;
            points.marks[at] = mark;
        }
    }

    /// Which points up to the envelope lie below today's hazard.
    fn decide(&mut self, With { cell, envelope, thresholds, .. }: With<'_>) {
        let Self { trials, points, near, hazards, .. } = self;
        let Points { positions, marks, sides, .. } = points;
        sides.clear();
        near.clear();
        hazards.clear();
        let mut known = 0;
        for own in trials.iter() {
            let base = known..own.base;
            let side = |position: &u32| match position & OPEN {
                0 => Side::Below,
                _ => Side::Unknown,
            };
            sides.extend(positions[base.clone()].iter().map(side));
            sides.resize(own.points, Side::Above);
            let is_open = |&at: &usize| sides[at] == Side::Unknown;
            near.extend(base.filter(is_open).map(|at| at as u32));
            hazards.ask(near.len(), (own.y, own.scale));
            known = own.points;
        }
        let law = Law { link: envelope.link(), first: cell.first, thresholds };
        let entry =
            |&at: &u32| (cell.first + cell.layout.entry(positions[at as usize] & !OPEN)) as u32;
        for (&at, hazard) in near.iter().zip(hazards.of(law, near.iter().map(entry))) {
            let is_below = marks[at as usize] <= *hazard;
            sides[at as usize] = if is_below { Side::Below } else { Side::Above };
        }
    }

    /// Who is hit, each person once in a trial with the least of his marks, and what is known of that.
    fn tell<'h>(
        &mut self,
        With { cell, envelope, thresholds, moves, ranks }: With<'_>,
        surely: impl Fn(usize) -> &'h [u32],
        whose: impl Fn(u32) -> Whose,
    ) {
        let Self { trials, points, sieve, told, left, people, seen, sure, alike, .. } = self;
        let Points { positions, marks, sides, .. } = points;
        let link = envelope.link();
        let heights = Heights::of(link);
        let loading = thresholds.one_loading(cell.first).filter(|_| !ranks);
        let mut found = people.begin(positions.len());
        sure.clear();
        alike.clear();
        let mut known = 0;
        for (at, own) in trials.iter_mut().enumerate() {
            let Range { start, end } = known..own.points;
            let (positions, marks) = (&positions[start..end], &marks[start..end]);
            match loading.and_then(|l| Line::new(link, l, own.y, own.scale.unwrap_or(1.0))) {
                Some(line) => {
                    let edges = |position: &u32| match whose(position & !OPEN) {
                        Whose::Row(row) => moves.edges(row),
                        Whose::Untouched(_) => Edges::NONE,
                    };
                    sieve.begin(positions.iter().map(edges));
                    sieve.tell(heights, line, marks);
                }
                None => sieve.tell_nothing(positions.len()),
            }
            let (surely_told, kept) = sort_out(sieve, positions, (told, left));
            let mut met = seen.begin(cell.people);
            let (hits, told) = (surely(at), &told[..surely_told]);
            // Written down, and kept if new: no branch to mispredict.
            let first = sure.len();
            sure.resize(first + hits.len() + told.len(), 0);
            let rows = &mut sure[first..];
            let mut new = 0;
            for &position in hits.iter().chain(told) {
                let is_new = met.is_new(position);
                match whose(position) {
                    Whose::Row(row) => {
                        rows[new] = row;
                        new += usize::from(is_new);
                    }
                    Whose::Untouched(entry) if is_new => alike.push(entry),
                    Whose::Untouched(_) => {}
                }
            }
            sure.truncate(first + new);
            let first = found.count;
            for &i in &left[..kept] {
                let i = i as usize;
                let position = positions[i] & !OPEN;
                match whose(position) {
                    Whose::Row(row) => {
                        let (mark, ends) = (marks[i], sieve.ends(i));
                        // Above the envelope nobody defaults today.
                        let side = match (start + i < own.base, positions[i] & OPEN != 0) {
                            (true, false) => Side::Below,
                            (true, true) => Side::Unknown,
                            (false, _) => Side::Above,
                        };
                        let mark = Mark { mark, side, ends };
                        match met.again(position) {
                            Again::New => {
                                moves.ask_thresholds_ahead(row);
                                found.push((position, row), mark);
                            }
                            // He defaults whatever the policy.
                            Again::First => {}
                            Again::Second => found.lower((first, position), mark),
                        }
                    }
                    Whose::Untouched(entry) => {
                        if sides[start + i] == Side::Below && met.is_new(position) {
                            alike.push(entry);
                        }
                    }
                }
            }
            known = own.points;
            own.people = found.count;
            (own.sure, own.alike) = (sure.len(), alike.len());
        }
        people.count = found.count;
    }

    fn hand_over(&mut self, found: &mut impl Hits) {
        let Self { trials, people, sure, alike, out: (rows, criticals), .. } = self;
        let count = people.count;
        // One for who is written down last and not kept.
        rows.resize(count + 1, 0);
        criticals.resize(count + 1, 0.0);
        let (kept_rows, kept_criticals) = (rows.as_mut_slice(), criticals.as_mut_slice());
        let (mut ends, mut kept) = ((0, 0, 0), 0);
        for own in trials.iter_mut() {
            let range = ends.0..own.people;
            let found = people.criticals[range.clone()].iter().zip(&people.defaults[range.clone()]);
            for (&row, (&critical, &defaults)) in people.rows[range].iter().zip(found) {
                kept_rows[kept] = row;
                kept_criticals[kept] = critical;
                kept += usize::from(defaults);
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

/// Sorts out what a sieve tells of points: writes down the positions of people who surely default, and numbers of
/// points of which nothing is told. Returns how many these are.
fn sort_out(
    sieve: &Sieve,
    positions: &[u32],
    (told, left): (&mut Vec<u32>, &mut Vec<u32>),
) -> (usize, usize) {
    let room = positions.len() + 1;
    if told.len() < room {
        told.resize(room, 0);
        left.resize(room, 0);
    }
    let (told, left) = (&mut told[..room], &mut left[..room]);
    // Written down, and kept if it belongs there: no branch to mispredict.
    let (mut surely, mut open) = (0, 0);
    let is = sieve.is_sure.iter().zip(&sieve.is_out);
    for (i, (position, (&is_sure, &is_out))) in positions.iter().zip(is).enumerate() {
        told[surely] = position & !OPEN;
        surely += usize::from(is_sure);
        left[open] = i as u32;
        open += usize::from(!(is_sure | is_out));
    }
    (surely, open)
}
