//! The law of losses: the laws given the states, weighed and added up.

use super::class::Class;
use super::conditional::{Given, law};
use super::found::{Found, Work};
use super::fourier::Fourier;
use super::known::{Known, Masses};
use super::law::LossLaw;
use super::moments::{Moments, given, moments};
use super::plan::Plan;
use super::quadrature::{Line, Node, state};
use super::ways::Way;
use crate::engine::ordered_map;
use crate::model::Model;

/// Relative changes of tail probabilities below this end the refinement.
const TOLERANCE: f64 = 1e-8;
/// Smallest tail probabilities that are held to it, where every state keeps its digits.
const LEAST: f64 = 1e-12;
/// The same where states go through a transform.
const LEAST_TRANSFORMED: f64 = 1e-8;
/// Points of the grid that all states of the next lattice may cover, beyond which refinement ends early.
const PATIENCE: f64 = 3e10;
/// Parts that states are added up in: sums depend on them, not on threads.
const PARTS: usize = 16;

/// What some parts of the states add up to, in their order; `None` if it was stopped.
pub(super) fn in_parts<T: Send>(
    lines: &[Line],
    work: Work<'_>,
    add_up: impl Fn(&mut Fourier, &[Line]) -> T + Sync,
) -> Option<Vec<T>> {
    let parts = PARTS.min(lines.len());
    let part = |fourier: &mut Fourier, part: usize| {
        let ends = [part, part + 1].map(|at| at * lines.len() / parts);
        add_up(fourier, &lines[ends[0]..ends[1]])
    };
    let mapped = ordered_map(parts, work.threads, work.stop, Fourier::default, part, |_| {});
    (!mapped.stopped).then_some(mapped.done)
}

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
    nodes: usize,
    masses: Masses,
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
        self.nodes += 1;
        self.weight += weight;
        self.mean += weight * moments.mean;
        self.square += weight * (moments.variance + moments.mean * moments.mean);
        self.defaults += weight * moments.defaults;
    }

    /// The law given a state.
    fn add_state(
        &mut self,
        (classes, model): (&[Class], &Model),
        (plan, fourier): (&Plan, &mut Fourier),
        (node, pds): (&Node, &[f64]),
    ) {
        let grid = &plan.grid;
        let each = match plan.way {
            Way::Transform => 40.0,
            Way::Direct => 40.0 + 4.0 * plan.direct.len() as f64,
            _ => 1.0,
        };
        let moments = moments(classes, model, pds);
        match law((classes, model), (plan, fourier), (pds, &moments)) {
            Given::Stretch(own) => {
                self.cost += own.p.len() as f64 * each;
                self.add_stretch(own.first, &own.p, node.weight);
            }
            Given::Atoms(atoms) => {
                self.cost += 10.0 * atoms.len() as f64;
                for (loss, p) in atoms {
                    let (at, rest) = (loss / grid.step, loss % grid.step);
                    let up = rest as f64 / grid.step as f64;
                    let share = [1.0 - up, up].map(|share| share * p);
                    let own = if rest == 0 { &share[..1] } else { &share[..] };
                    self.add_stretch(at as usize, own, node.weight);
                }
            }
        }
        self.add(node.weight, &moments);
    }

    fn join(&mut self, other: &Self) {
        if other.nodes == 0 {
            return;
        }
        self.nodes += other.nodes;
        self.masses.join(&other.masses);
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

/// The law of the losses of a book by a plan, with the number of lattices that were added up; `None` if it was
/// stopped.
pub(super) fn loss_law(
    classes: &[Class],
    model: &Model,
    plan: &Plan,
    work: Work<'_>,
) -> Option<(Found, u32)> {
    let Plan { states, grid, way, .. } = plan;
    let held = Known::of(classes, model, states.are_narrow());
    let mut sums = Sums::default();
    let is_transformed = matches!(way, Way::Transform | Way::Direct);
    let least = if is_transformed { LEAST_TRANSFORMED } else { LEAST };
    let mut known = None::<LossLaw>;
    // Of one lattice alone nothing is known unless it has all states there are.
    let mut error = if states.is_empty() { 0.0 } else { 1.0 };
    let mut lattices = 0;
    // Where turns are narrow even the first lattices are fine.
    let enough = if states.are_narrow() { 1 } else { 2 };
    for level in 0.. {
        // Each lattice has 2^d times the points of the last.
        let next = PATIENCE / f64::from(1_u32 << states.len().min(8));
        let is_long = level > 0 && states.is_too_fine(level, sums.nodes);
        if is_long || level > enough && sums.cost > next {
            break;
        }
        let done = in_parts(&states.lines(level), work, |fourier, lines| {
            add_up((classes, model, &held), (plan, fourier), (lines, level))
        })?;
        lattices += 1;
        // Of the last lattice.
        sums.cost = done.iter().map(|part| part.cost).sum();
        done.iter().for_each(|part| sums.join(part));
        let law = sums.law(grid.step);
        if let Some(before) = &known {
            let off = held.off(&sums.masses, sums.weight, least);
            error = distance(before, &law, least).max(off).max(states.missing(level, sums.weight));
        }
        known = Some(law);
        if error < TOLERANCE {
            break;
        }
    }
    let mean = sums.mean / sums.weight;
    let variance = sums.square / sums.weight - mean * mean;
    let law = known?;
    let moved = if grid.is_exact { 0.0 } else { super::grid::moved(&law, mean, least) };
    let found = Found {
        law,
        is_exact: grid.is_exact,
        mean,
        deviation: variance.max(0.0).sqrt(),
        defaults: sums.defaults / sums.weight,
        nodes: sums.nodes,
        error: error + moved,
        least,
        limit: None,
        shortfalls: Vec::new(),
    };
    Some((found, lattices))
}

fn add_up(
    (classes, model, known): (&[Class], &Model, &Known),
    (plan, fourier): (&Plan, &mut Fourier),
    (lines, level): (&[Line], u32),
) -> Sums {
    let mut sums = Sums::default();
    for line in lines {
        plan.states.each(line, level, |node| {
            let pds = given(classes, model, &state(model, node));
            known.add(&mut sums.masses, node.weight, &pds);
            sums.add_state((classes, model), (plan, fourier), (node, &pds));
        });
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
            let change = (a - b).abs() / a.max(b).max(least);
            if change.is_nan() { f64::INFINITY } else { change }
        })
        .fold(0.0, f64::max)
}
