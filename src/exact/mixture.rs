//! The law of losses: the laws given the states, weighed and added up.

use std::sync::atomic::AtomicBool;

use super::book::Class;
use super::conditional::{Given, Moments, Way, given, law, moments, way};
use super::fourier::Fourier;
use super::grid::{Grid, MOST_POINTS};
use super::large_pool::Granularity;
use super::law::LossLaw;
use super::quadrature::{Axes, MOST_INPUTS, Node, state};
use crate::engine::ordered_map;
use crate::model::Model;
use crate::units::Level;

/// How a law is worked out; of these only `points` moves a number.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// Threads.
    pub threads: usize,
    /// Points of the grid, at most.
    pub points: usize,
    /// Set to end after the points under way.
    pub stop: &'a AtomicBool,
}

impl<'a> Work<'a> {
    /// On so many threads.
    pub fn new(threads: usize, stop: &'a AtomicBool) -> Self {
        Self { threads, points: MOST_POINTS, stop }
    }
}

/// A law with what is known besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The law on the grid.
    pub law: LossLaw,
    /// Whether all losses stand on the grid.
    pub is_exact: bool,
    /// E L without the grid, smallest units.
    pub mean: f64,
    /// Standard deviation without the grid, smallest units.
    pub deviation: f64,
    /// Mean number of defaults.
    pub defaults: f64,
    /// States that were added up.
    pub nodes: usize,
    /// Largest change of a P(L > x) by the last halving of the lattice, as a share of it (of
    /// [`Found::least`] where it is smaller); 0 where there is one state only.
    pub error: f64,
    /// Tail probabilities down to this are held to that error.
    pub least: f64,
    /// What the luck of single people adds, where the law leaves it out.
    pub granularity: Vec<Granularity>,
    /// What each part adds to ES, by level and part, where it was asked for; up to a common factor next to 1.
    pub shortfalls: Vec<Vec<f64>>,
}

impl Found {
    /// What the luck of single people adds to VaR and ES at a level, smallest units.
    pub fn granularity(&self, level: Level) -> (f64, f64) {
        let own = self.granularity.iter().find(|own| own.level == level);
        own.map_or((0.0, 0.0), |own| (own.value_at_risk, own.expected_shortfall))
    }
}

/// Relative changes of tail probabilities below this end the refinement.
const TOLERANCE: f64 = 1e-8;
/// Smallest tail probabilities that are held to it, where every state keeps its digits.
const LEAST: f64 = 1e-12;
/// The same where states go through a transform.
const LEAST_TRANSFORMED: f64 = 1e-8;
/// Multiplications that may be spent lot by lot on a law.
const BUDGET: f64 = 1e9;
/// States that a law is added up from, about, by number of normals.
const STATES: [f64; MOST_INPUTS + 1] = [1.0, 300.0, 5_000.0, 30_000.0];
/// Points of the grid that the law given a state may cover, by number of normals.
const WINDOW: [f64; MOST_INPUTS + 1] = [1e6, 32_768.0, 16_384.0, 4_096.0];
/// The same for all states of the next lattice, beyond which refinement ends early.
const PATIENCE: f64 = 3e10;
/// Parts that states are added up in: sums depend on them, not on threads.
pub(super) const PARTS: usize = 16;

/// Sums over states.
#[derive(Debug, Clone, Default)]
struct Sums {
    first: usize,
    p: Vec<f64>,
    weight: f64,
    mean: f64,
    square: f64,
    defaults: f64,
    cost: f64,
}

impl Sums {
    fn add_stretch(&mut self, first: usize, p: &[f64], weight: f64) {
        if self.p.is_empty() {
            self.first = first;
        }
        if first < self.first {
            let missing = self.first - first;
            self.p.splice(0..0, std::iter::repeat_n(0.0, missing));
            self.first = first;
        }
        let from = first - self.first;
        let end = from + p.len();
        if self.p.len() < end {
            self.p.resize(end, 0.0);
        }
        self.p[from..end].iter_mut().zip(p).for_each(|(sum, p)| *sum += weight * p);
    }

    fn add(&mut self, weight: f64, moments: &Moments) {
        self.weight += weight;
        self.mean += weight * moments.mean;
        self.square += weight * (moments.variance + moments.mean * moments.mean);
        self.defaults += weight * moments.defaults;
    }

    fn join(&mut self, other: &Self) {
        self.add_stretch(other.first, &other.p, 1.0);
        self.weight += other.weight;
        self.mean += other.mean;
        self.square += other.square;
        self.defaults += other.defaults;
    }

    fn law(&self, step: i64) -> LossLaw {
        let mut p = vec![0.0; self.first + self.p.len()];
        let scaled = p[self.first..].iter_mut().zip(&self.p);
        scaled.for_each(|(p, sum)| *p = sum / self.weight);
        LossLaw::new(step, p)
    }
}

/// How the law of a book is added up: which states there are, on which grid, and in what way.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub axes: Axes,
    pub grid: Grid,
    pub way: Way,
}

impl Plan {
    /// For a book, on a grid of at most so many points.
    pub fn of(classes: &[Class], model: &Model, points: usize) -> Self {
        let axes = Axes::of(classes, model);
        let states: Vec<(Vec<f64>, Moments)> = axes
            .nodes(0)
            .iter()
            .map(|node| {
                let pds = given(classes, model, &state(model, node));
                let moments = moments(classes, model, &pds);
                (pds, moments)
            })
            .collect();
        let grid = grid((classes, model), &states, (axes.len(), points));
        let budget = BUDGET / STATES[axes.len()];
        let way = way((classes, model), &states, grid.step as f64, budget);
        Self { axes, grid, way }
    }
}

/// The law of the losses of a book by a plan, with the number of lattices that were added up; `None` if it was
/// stopped.
pub(super) fn loss_law(
    classes: &[Class],
    model: &Model,
    plan: &Plan,
    work: Work<'_>,
) -> Option<(Found, u32)> {
    let Plan { axes, grid, way } = plan;
    let way = *way;
    let mut sums = Sums::default();
    let (mut known, mut nodes, mut error, mut least) = (None::<LossLaw>, 0, 0.0, LEAST);
    let mut lattices = 0;
    for level in 0.. {
        let fresh = axes.nodes(level);
        // Each lattice has 2^d times the points of the last.
        let next = PATIENCE / f64::from(1_u32 << axes.len().min(8));
        if fresh.is_empty() || level > 2 && sums.cost > next {
            break;
        }
        let parts = PARTS.min(fresh.len());
        let mapped = ordered_map(
            parts,
            work.threads,
            work.stop,
            Fourier::default,
            |fourier, part| {
                let ends = [part, part + 1].map(|at| at * fresh.len() / parts);
                let nodes = &fresh[ends[0]..ends[1]];
                add_up((classes, model), (grid, fourier), nodes, way)
            },
            |_| {},
        );
        if mapped.stopped {
            return None;
        }
        nodes += fresh.len();
        lattices += 1;
        sums.cost = mapped.done.iter().map(|part| part.cost).sum();
        mapped.done.iter().for_each(|part| sums.join(part));
        least = if way == Way::Transform { LEAST_TRANSFORMED } else { LEAST };
        let law = sums.law(grid.step);
        if let Some(before) = &known {
            error = distance(before, &law, least);
        }
        let done = known.is_some() && error < TOLERANCE || axes.is_empty();
        known = Some(law);
        if done {
            break;
        }
    }
    let mean = sums.mean / sums.weight;
    let variance = sums.square / sums.weight - mean * mean;
    let found = Found {
        law: known?,
        is_exact: grid.is_exact,
        mean,
        deviation: variance.max(0.0).sqrt(),
        defaults: sums.defaults / sums.weight,
        nodes,
        error,
        least,
        granularity: Vec::new(),
        shortfalls: Vec::new(),
    };
    Some((found, lattices))
}

/// A grid that reaches as far as losses do, on no more points than a law given a state should cover.
fn grid(
    (classes, model): (&[Class], &Model),
    states: &[(Vec<f64>, Moments)],
    (normals, points): (usize, usize),
) -> Grid {
    let highest = states.iter().map(|(_, moments)| moments.highest()).fold(0.0, f64::max);
    let whole: f64 = classes.iter().map(Class::total).sum();
    let largest = if model.counts() { highest } else { highest.min(whole) };
    // Of a large book a state covers a small part, so that the grid may be fine.
    let wide = states.iter().map(|(_, moments)| moments.highest() - moments.mean);
    let share = (2.0 * wide.fold(0.0, f64::max) / largest.max(1.0)).clamp(1e-6, 1.0);
    let window = WINDOW[normals];
    let points = ((window / share) as usize).max(window as usize).min(points);
    let draws: f64 = classes.iter().flat_map(|c| &c.lots).map(|lot| lot.draws as f64).sum();
    // So few cover no grid at all.
    let points = if draws <= 10.0 { points.max(MOST_POINTS) } else { points };
    Grid::new(classes, largest, points)
}

fn add_up(
    (classes, model): (&[Class], &Model),
    (grid, fourier): (&Grid, &mut Fourier),
    nodes: &[Node],
    way: Way,
) -> Sums {
    let mut sums = Sums::default();
    for node in nodes {
        let pds = given(classes, model, &state(model, node));
        let moments = moments(classes, model, &pds);
        match law((classes, model), (grid, fourier), (&pds, &moments), way) {
            Given::Stretch(own) => {
                let each = if way == Way::Transform { 40.0 } else { 1.0 };
                sums.cost += own.p.len() as f64 * each;
                sums.add_stretch(own.first, &own.p, node.weight);
            }
            Given::Atoms(atoms) => {
                sums.cost += 10.0 * atoms.len() as f64;
                for (loss, p) in atoms {
                    let (at, rest) = (loss / grid.step, loss % grid.step);
                    let up = rest as f64 / grid.step as f64;
                    let share = [1.0 - up, up].map(|share| share * p);
                    let own = if rest == 0 { &share[..1] } else { &share[..] };
                    sums.add_stretch(at as usize, own, node.weight);
                }
            }
        }
        sums.add(node.weight, &moments);
    }
    sums
}

/// Largest relative change of a tail probability.
fn distance(a: &LossLaw, b: &LossLaw, least: f64) -> f64 {
    let points = a.beyond.len().max(b.beyond.len());
    let at = |law: &LossLaw, k: usize| law.beyond.get(k).copied().unwrap_or(0.0);
    (0..points)
        .map(|k| {
            let (a, b) = (at(a, k), at(b, k));
            (a - b).abs() / a.max(b).max(least)
        })
        .fold(0.0, f64::max)
}
