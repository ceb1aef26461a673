//! Who defaults: factors, then cell by cell the defaults of all trials of a block.
//!
//! A large pool of n people of one PD takes one draw,
//!
//! 1. N ~ Binomial(n, p(Z)), where defaults are counted N ~ Poisson(n p(Z)).
//!
//! In cells of many entries points are thrown on intervals ([`super::points`]); grades of large conditional
//! PDs have marks instead ([`super::marks`]). Where no policy moves a PD all policies see the same defaults;
//! [`super::moves`] says what they see elsewhere.

use super::binomial::Binomials;
use super::cells::{Cell, Layout};
use super::envelope::Envelope;
use super::grades::{self, Grade};
use super::hits::{Hits, Moved};
use super::lanes::{self, Lanes, Words};
use super::layers::Layers;
use super::marks::{Hit, Marks};
use super::moves::Moves;
use super::opening::Opening;
use super::plan::{Draws, Plan};
use super::points::{Points, Target, Touched};
use super::poisson::Poissons;
use super::ranks::Ranks;
use super::thresholds::Thresholds;
use super::twist::{Twist, TwistScratch};
use crate::model::{Link, Model};
use crate::policy::Exposure;
use crate::portfolio::Portfolio;
use crate::random::{Address, Purpose, Stream};

/// A book cut into cells under a model: everything that decides who defaults.
#[derive(Debug)]
pub struct Defaults<'a> {
    seed: u64,
    book: &'a Portfolio,
    model: &'a Model,
    cells: Vec<Cell>,
    /// By cell; nothing for pools and where nobody can default.
    grades: Vec<Option<Graded>>,
    thresholds: Thresholds<'a>,
    draws: Draws,
    /// Where defaults have PDs of their own.
    twist: Option<Twist<'a>>,
    /// Where policies touch people.
    moves: Option<Moves<'a>>,
    /// By cell of points; nothing where nobody is touched.
    openings: Vec<Option<Opening>>,
}

/// The grades of a cell of points.
#[derive(Debug)]
struct Graded {
    grades: Vec<Grade>,
    envelope: Envelope,
    /// Number of the first grade among all of the book: it names the streams of marks.
    first: u32,
}

/// Trials that are worked on side by side.
const LANES: u64 = 256;

/// Of so many trials of a pool one asks whether the rest is wanted, and each one with more defaults than [`MANY`]: where LGDs
/// are random, such a trial takes long.
const ASKED: usize = 16;
/// See [`ASKED`].
const MANY: u64 = 4_096;

/// Working memory of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Drivers, then scales beyond the first, by trial.
    states: Vec<f64>,
    /// The trials in the order of each of these.
    order: Vec<u32>,
    arguments: Vec<f64>,
    pds: Vec<f64>,
    words: Words,
    binomials: Binomials,
    poissons: Poissons,
    few: Vec<u32>,
    means: Vec<f64>,
    counts: Vec<u64>,
    points: Points,
    marks: Marks,
    hits: Hit,
    ranks: Ranks,
    twist: TwistScratch,
}

/// Takes the defaults of a block of trials as they are found.
pub trait Defaulted {
    /// `draws` people of the pool `entry` default in trial `t` (from the first of the block).
    fn pool(&mut self, t: usize, entry: usize, draws: u64);
    /// One person of each entry defaults in trial `t`; all entries lie in cell number `cell`. Called any
    /// number of times per trial and cell, never twice for a person unless defaults are counted.
    fn people(&mut self, t: usize, cell: usize, entries: &[u32]);
    /// The same for people whom policies touch, by their rows ([`Moves`]). Never called unless some policy
    /// touches somebody.
    fn touched(&mut self, t: usize, cell: usize, moved: Moved<'_>);
    /// So many people of a touched pool default under each policy.
    fn touched_pool(&mut self, t: usize, row: u32, draws: &[u64]);
    /// Entries of people who will follow: what they cost may be asked for.
    fn ask_ahead(&self, _entries: &[u32]) {}
    /// Rows of people of a cell who default under all policies, and of others, some of whom will follow.
    fn ask_touched_ahead(&self, _cell: usize, _surely: &[u32], _rows: &[u32]) {}
    /// Whether the thresholds from which on people default are asked for even where they default under all
    /// policies: nobody is then told to do so surely.
    fn ranks(&self) -> bool {
        false
    }
    /// Whether nobody wants the rest: asked now and then.
    fn is_over(&self) -> bool {
        false
    }
}

impl<'a> Defaults<'a> {
    /// Cuts the book; trials are drawn plainly.
    pub fn new(seed: u64, book: &'a Portfolio, model: &'a Model) -> Self {
        let cells = super::cells::cut(book, model);
        let mut first = 0;
        let graded = |cell: &Cell| {
            if matches!(cell.layout, Layout::Pool { .. }) {
                return None;
            }
            let grades = grades::cut(cell, book, model);
            let own = first;
            first += grades.len() as u32;
            let anybody = grades.iter().any(|grade| !grade.is_safe());
            anybody.then(|| {
                let layers = Layers::of(cell, book, model);
                let envelope = Envelope::new(cell.on.link, &grades, layers);
                Graded { envelope, grades, first: own }
            })
        };
        let grades = cells.iter().map(graded).collect();
        let draws = Draws::new(seed, model.inputs(), Plan::plain());
        let thresholds = Thresholds::new(book, model);
        let openings = cells.iter().map(|_| None).collect();
        let (twist, moves) = (None, None);
        Self { seed, book, model, cells, grades, thresholds, draws, twist, moves, openings }
    }

    /// The same people where policies touch some of them.
    ///
    /// # Panics
    /// If the plan twists defaults, as marks are then not drawn, or if defaults are counted.
    pub fn with_moves(mut self, moves: Option<Moves<'a>>) -> Self {
        let Some(moves) = moves else { return self };
        assert!(self.twist.is_none(), "defaults with PDs of their own have no marks");
        assert!(!self.model.counts(), "who defaults several times has no one mark");
        let opening = |(cell, graded): (&Cell, &mut Option<Graded>)| {
            let Graded { grades, envelope, .. } = graded.as_mut()?;
            if !moves.touches(cell.first..cell.end) {
                return None;
            }
            let ends = grades.iter().map(|grade| ends(cell, grade, &moves));
            let (lowest, highest): (Vec<f64>, Vec<f64>) = ends.unzip();
            envelope.lower(grades, &lowest);
            Some(Opening::new(grades, &highest, envelope))
        };
        self.openings = self.cells.iter().zip(&mut self.grades).map(opening).collect();
        self.moves = Some(moves);
        self
    }

    /// Whether people may default several times in a trial.
    pub fn counts(&self) -> bool {
        self.model.counts()
    }

    /// Whom policies touch.
    pub fn moves(&self) -> Option<&Moves<'a>> {
        self.moves.as_ref()
    }

    /// The cells, in the order of their streams.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The same people drawn by a plan, which may aim at losses under `exposure`.
    pub fn with_plan(mut self, plan: Plan, exposure: &Exposure) -> Self {
        let is_twisted = plan.is_twisted();
        self.draws = Draws::new(self.seed, self.model.inputs(), plan);
        self.twist = is_twisted.then(|| Twist::new(self.book, self.model, exposure, &self.draws));
        self
    }

    /// How the factors are drawn.
    pub fn draws(&self) -> &Draws {
        &self.draws
    }

    /// The systematic factors of a trial.
    pub fn factors(&self, period: u8, trial: u64) -> Vec<f64> {
        self.model.factors_at(&self.draws.draw(period, trial).normals)
    }

    /// Finds everybody who defaults in trials `first..first + trials`, and gives the weights of the
    /// trials: none where all weigh the same.
    ///
    /// Cell by cell, the trials of a cell side by side: what is needed of a cell stays in the nearest
    /// memory, and most arithmetic works on several trials at once.
    pub fn visit(
        &self,
        period: u8,
        first: u64,
        trials: u64,
        scratch: &mut Scratch,
        found: &mut impl Defaulted,
    ) -> Vec<f64> {
        if let Some(twist) = &self.twist {
            let mut one = |t: u64| {
                if found.is_over() {
                    return 0.0;
                }
                let at = (period, first + t);
                let hit = |entry, draws| found.pool(t as usize, entry, draws);
                twist.trial(&self.draws, at, &mut scratch.twist, hit)
            };
            return (0..trials).map(&mut one).collect();
        }
        let mut done = 0;
        while done < trials {
            let start = first + done;
            // The lanes share the upper half of the trial's number.
            let same_half = (1 << 32) - (start & u64::from(u32::MAX));
            let lanes = LANES.min(trials - done).min(same_half);
            self.visit_lanes((period, start, lanes as usize, done as usize), scratch, found);
            done += lanes;
        }
        match self.draws.plan().proposals.is_empty() {
            true => Vec::new(),
            false => {
                (first..first + trials).map(|trial| self.draws.weight(period, trial)).collect()
            }
        }
    }

    fn visit_lanes(
        &self,
        (period, start, lanes, before): (u8, u64, usize, usize),
        scratch: &mut Scratch,
        found: &mut impl Defaulted,
    ) {
        let (mut states, mut order) =
            (std::mem::take(&mut scratch.states), std::mem::take(&mut scratch.order));
        let drivers = self.model.drivers.len();
        states.clear();
        for t in 0..lanes {
            let drawn = self.draws.draw(period, start + t as u64);
            let own = self.model.state(&drawn.normals);
            states.resize((drivers + own.scales.len() - 1) * lanes, 0.0);
            let values = own.drivers.iter().chain(&own.scales[1..]);
            values.enumerate().for_each(|(at, &value)| states[at * lanes + t] = value);
        }
        order.clear();
        for values in states.chunks_exact(lanes) {
            let first = order.len();
            order.extend(0..lanes as u32);
            order[first..].sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
        }
        for (index, cell) in self.cells.iter().enumerate() {
            if found.is_over() {
                break;
            }
            let row = |at: usize| at * lanes..(at + 1) * lanes;
            let at =
                Address { purpose: Purpose::Defaults, period, trial: start, cell: index as u32 };
            // What differs most from trial to trial tells which part of a table is needed.
            let (scale, order_by) = match cell.on.scale {
                0 => (&[][..], cell.on.driver),
                scale => (&states[row(drivers + scale - 1)], drivers + scale - 1),
            };
            let lanes = Lanes {
                y: &states[row(cell.on.driver)],
                scale,
                order: &order[row(order_by)],
                at,
                seed: self.seed,
            };
            match (&cell.layout, &self.grades[index]) {
                (&Layout::Pool { threshold, loading }, _) => {
                    pool(cell, (threshold, loading), &lanes, scratch);
                    let moves = self.moves.as_ref();
                    let touched = moves.and_then(|moves| Some((moves, moves.row(cell.first)?)));
                    if let Some((moves, row)) = touched {
                        let Scratch { ranks, counts, pds, .. } = &mut *scratch;
                        let today = (counts.as_slice(), pds.as_slice());
                        let mut is_over = false;
                        ranks.each((cell, loading), &lanes, (moves, row), today, |t, draws| {
                            is_over |= found.is_over();
                            if !is_over {
                                found.touched_pool(before + t, row, draws);
                            }
                        });
                        continue;
                    }
                    let counts = scratch.counts.iter().enumerate();
                    for (t, &draws) in counts.filter(|(_, draws)| **draws > 0) {
                        if (t.is_multiple_of(ASKED) || draws > MANY) && found.is_over() {
                            break;
                        }
                        found.pool(before + t, cell.first, draws);
                    }
                }
                (_, Some(graded)) => {
                    self.people((index, before), graded, &lanes, scratch, found);
                }
                // Nobody of a cell of PD 0 ever defaults.
                _ => {}
            }
        }
        (scratch.states, scratch.order) = (states, order);
    }

    /// The defaults of a cell of points, by points and by marks.
    fn people(
        &self,
        (index, before): (usize, usize),
        graded: &Graded,
        lanes: &Lanes<'_>,
        scratch: &mut Scratch,
        found: &mut impl Defaulted,
    ) {
        let Scratch { points, marks, hits, .. } = scratch;
        let cell = &self.cells[index];
        let envelope = &graded.envelope;
        let moves = self.moves.as_ref();
        let touched = moves.zip(self.openings[index].as_ref());
        let touched = touched.map(|(moves, opening)| Touched { moves, opening });
        let target = Target { cell, envelope, thresholds: &self.thresholds, touched };
        points.throw(target, lanes, &mut Found { cell: index, before, found });
        for (t, held) in points.held.iter().enumerate().filter(|(_, held)| held.marked != 0) {
            if found.is_over() {
                break;
            }
            hits.clear();
            for (c, grade) in graded.grades.iter().enumerate() {
                if held.marked >> c & 1 == 1 {
                    let positions = grade.start..grade.start + grade.people;
                    let at = Address {
                        cell: graded.first + c as u32,
                        ..lanes.address(Purpose::Marks, t)
                    };
                    let whom = (cell, positions, &self.thresholds);
                    let moves = touched.map(|touched| touched.moves);
                    let state = (lanes.y[t], lanes.scale.get(t).copied());
                    marks.draw(whom, state, (self.seed, at), moves, hits);
                }
            }
            found.people(before + t, index, &hits.alike);
            if !hits.touched.is_empty() {
                let Hit { touched: rows, critical, .. } = &*hits;
                found.touched(before + t, index, Moved { surely: &[], rows, critical });
            }
        }
    }
}

/// The lowest threshold of the people of a grade under any policy, a little less; and the highest of those
/// whose threshold some policy raises.
fn ends(cell: &Cell, grade: &Grade, moves: &Moves<'_>) -> (f64, f64) {
    /// More than the roundings of latent assets and of thresholds, over their size and 1.
    const LESS: f64 = 1e-5;
    let entry = |position| cell.first + cell.layout.entry(position);
    let entries = entry(grade.start)..entry(grade.start + grade.people - 1) + 1;
    let spans = moves.rows(entries).map(|row| moves.span(row as u32));
    let (lowest, highest) = spans.fold((grade.thresholds.0, f64::NEG_INFINITY), |ends, span| {
        let raised = if span.highest > span.today { span.highest } else { f32::NEG_INFINITY };
        (ends.0.min(f64::from(span.lowest)), ends.1.max(f64::from(raised)))
    });
    let less = if lowest.is_finite() { LESS * (1.0 + lowest.abs()) } else { 0.0 };
    (lowest - less, highest)
}

/// Those of a cell, in trials counted from `before`.
struct Found<'f, F> {
    cell: usize,
    before: usize,
    found: &'f mut F,
}

impl<F: Defaulted> Hits for Found<'_, F> {
    fn is_over(&self) -> bool {
        self.found.is_over()
    }

    fn alike(&mut self, t: usize, entries: &[u32]) {
        self.found.people(self.before + t, self.cell, entries);
    }

    fn touched(&mut self, t: usize, moved: Moved<'_>) {
        self.found.touched(self.before + t, self.cell, moved);
    }

    fn ranks(&self) -> bool {
        self.found.ranks()
    }

    fn ask_ahead(&mut self, entries: &[u32]) {
        self.found.ask_ahead(entries);
    }

    fn ask_touched_ahead(&mut self, surely: &[u32], rows: &[u32]) {
        self.found.ask_touched_ahead(self.cell, surely, rows);
    }
}

/// Equation 1 in every trial, into `scratch.counts`.
fn pool(cell: &Cell, (threshold, loading): (f64, f64), lanes: &Lanes<'_>, scratch: &mut Scratch) {
    let Scratch { arguments, pds, words, binomials, poissons, few, means, counts, .. } = scratch;
    let law = (cell.on.link, threshold, loading);
    lanes::conditional(law, (lanes.y, lanes.scale), arguments, pds);
    words.clear();
    for t in 0..lanes.y.len() {
        words.ask((lanes.at.trial as u32).wrapping_add(t as u32), 1);
    }
    words.draw(lanes.seed, lanes.address(Purpose::Defaults, 0));
    let stream = |t| Stream::new(lanes.seed, lanes.address(Purpose::Defaults, t));
    if cell.on.link == Link::Count {
        means.clear();
        means.extend(pds.iter().map(|mean| cell.people as f64 * mean));
        poissons.draw(means, &words.drawn, stream, few);
        counts.clear();
        counts.extend(few.iter().map(|&count| u64::from(count)));
        return;
    }
    binomials.draw(cell.people, pds, &words.drawn, stream, counts);
}
