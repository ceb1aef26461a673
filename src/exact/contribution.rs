//! What each part of a book adds to the worst losses of the whole.
//!
//! With v the VaR of the loss L of the whole at level q and h(x) = 1 beyond v, w at v, 0 below, where w is
//! such that E h(L) = 1 - q, part i adds
//!
//! 1. C_i = E\[L_i h(L)\] / (1 - q)      (Tasche 1999),
//!
//! and as the parts add up to L, the C_i add up to ES. Given the state draws are independent: with n draws of
//! PD p that lose l each, of which l_i in the part,
//!
//! 2. E\[L_i h(L) | state\] = sum n p l_i E h(L' + l),   L' the loss without one of these draws.
//!
//! Nothing is added up without that draw. As L is L', or with probability p L' + l, a(s) = E h(L + s) and
//! a'(s) = E h(L' + s) have a(s) = (1 - p) a'(s) + p a'(s + l), so that with r = p / (1 - p)
//!
//! 3. a'(l) = (1 / (1 - p)) sum_m (-r)^m a((m + 1) l),      r <= 1;
//! 4. a'(l) = (1 / p) sum_m (-1 / r)^m a(-m l),             r > 1;
//! 5. a'(l) = a(l) where defaults are Poisson numbers.
//!
//! The terms of equation 3 shrink with r until a = 1, from where on the series is geometric; those of
//! equation 4 until a = 0. a is a tail of the law given the state, between 0 and 1, so that the sums are as
//! exact as it is, and far more exact than 1 - q. Draws stand where [`super::grid`] moves them to.

use super::book::Class;
use super::conditional::{Given, Moments, counts, given, law, moments};
use super::fourier::Fourier;
use super::grid::pieces;
use super::law::LossLaw;
use super::mixture::{Found, PARTS, Plan, Work, loss_law};
use super::quadrature::{Node, state};
use super::shares::{Holders, Shares};
use crate::engine::ordered_map;
use crate::model::Model;
use crate::units::Level;

/// Terms of equations 3 and 4 below this do not count.
const LEAST_TERM: f64 = 1e-17;

/// h of equation 1 on a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worst {
    /// v, grid points.
    pub at: usize,
    /// w.
    pub weight: f64,
    /// 1 - q.
    pub tail: f64,
}

impl Worst {
    /// Of a law at a level.
    pub fn of(law: &LossLaw, level: Level) -> Self {
        let (tail, step) = (level.tail(), law.step);
        let at = (law.value_at_risk(level) / step) as usize;
        let weight = match law.probabilities[at] {
            0.0 => 0.0,
            atom => (tail - law.beyond[at]) / atom,
        };
        Self { at, weight, tail }
    }

    /// P(L > x) + w P(L = x) for probabilities of consecutive grid points x.
    pub fn tails(&self, p: &[f64]) -> Vec<f64> {
        let mut above = 0.0;
        let mut tails = vec![0.0; p.len()];
        for (tail, p) in tails.iter_mut().zip(p).rev() {
            *tail = above + self.weight * p;
            above += p;
        }
        tails
    }
}

/// The law of the losses of a book with what its parts add to ES at some levels; `None` if it was stopped.
///
/// # Panics
/// If the model has more normals than [`super::quadrature::MOST_INPUTS`] that move something.
pub fn shared_law(
    (classes, shares): (&[Class], &Shares),
    model: &Model,
    (levels, work): (&[Level], Work<'_>),
) -> Option<Found> {
    let plan = Plan::of(classes, model, work.points);
    let (mut found, lattices) = loss_law(classes, model, &plan, work)?;
    if shares.parts == 0 {
        return Some(found);
    }
    let worst: Vec<Worst> = levels.iter().map(|&level| Worst::of(&found.law, level)).collect();
    let book = Book::of((classes, shares), model, plan.grid.step);
    let mut sums = Sums::new(worst.len(), shares.parts);
    for lattice in 0..lattices {
        let nodes = plan.axes.nodes(lattice);
        let parts = PARTS.min(nodes.len());
        let mapped = ordered_map(
            parts,
            work.threads,
            work.stop,
            Fourier::default,
            |fourier, part| {
                let ends = [part, part + 1].map(|at| at * nodes.len() / parts);
                book.add_up(&plan, &nodes[ends[0]..ends[1]], fourier, &worst)
            },
            |_| {},
        );
        if mapped.stopped {
            return None;
        }
        mapped.done.iter().for_each(|part| sums.join(part));
    }
    let scaled = |(sums_of, own): (&Vec<f64>, &Worst)| -> Vec<f64> {
        sums_of.iter().map(|sum| sum / sums.weight / own.tail).collect()
    };
    found.shortfalls = sums.added.iter().zip(&worst).map(scaled).collect();
    Some(found)
}

/// Draws on one grid point.
struct Point {
    at: usize,
    holders: Holders,
}

/// The draws of a book on its grid, with who holds them.
struct Book<'a> {
    classes: &'a [Class],
    model: &'a Model,
    /// By class.
    points: Vec<Vec<Point>>,
    /// What parts lose if everybody in a class defaults, on the grid.
    whole: Vec<Holders>,
    poisson: Vec<bool>,
    parts: usize,
}

/// E\[L_i h(L)\] by level and part over some states, not scaled.
struct Sums {
    weight: f64,
    added: Vec<Vec<f64>>,
}

impl Sums {
    fn new(levels: usize, parts: usize) -> Self {
        Self { weight: 0.0, added: vec![vec![0.0; parts]; levels] }
    }

    fn join(&mut self, other: &Self) {
        self.weight += other.weight;
        for (own, more) in self.added.iter_mut().zip(&other.added) {
            own.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
}

fn add(to: &mut [f64], holders: &[(usize, f64)], factor: f64) {
    holders.iter().for_each(|&(part, amount)| to[part] += factor * amount);
}

impl<'a> Book<'a> {
    fn of((classes, shares): (&'a [Class], &Shares), model: &'a Model, step: i64) -> Self {
        let mut points: Vec<Vec<Point>> = classes.iter().map(|_| Vec::new()).collect();
        let mut whole = vec![vec![0.0; shares.parts]; classes.len()];
        for piece in pieces(classes, step) {
            let lot = classes[piece.class].lots[piece.lot];
            // What stands on the grid, shared as what is lost.
            let all = lot.loss as f64 * lot.draws as f64;
            let factor = piece.at as f64 * step as f64 * piece.draws / all;
            let own = &mut points[piece.class];
            if own.last().is_none_or(|last| last.at != piece.at) {
                own.push(Point { at: piece.at, holders: Holders::new() });
            }
            let Some(point) = own.last_mut() else { continue };
            for &(part, amount) in &shares.lots[piece.class][piece.lot] {
                whole[piece.class][part] += factor * amount;
                match point.holders.iter_mut().find(|(known, _)| *known == part) {
                    Some((_, sum)) => *sum += factor * amount,
                    None => point.holders.push((part, factor * amount)),
                }
            }
        }
        let held = |sums: Vec<f64>| -> Holders {
            sums.into_iter().enumerate().filter(|(_, sum)| *sum > 0.0).collect()
        };
        Self {
            classes,
            model,
            points,
            whole: whole.into_iter().map(held).collect(),
            poisson: classes.iter().map(|class| counts(model, class)).collect(),
            parts: shares.parts,
        }
    }

    fn add_up(&self, plan: &Plan, nodes: &[Node], fourier: &mut Fourier, worst: &[Worst]) -> Sums {
        let mut sums = Sums::new(worst.len(), self.parts);
        let lowest = worst.iter().map(|own| own.at).min().unwrap_or(0);
        for node in nodes {
            sums.weight += node.weight;
            let pds = given(self.classes, self.model, &state(self.model, node));
            let own = moments(self.classes, self.model, &pds);
            // States that do not reach the worst losses.
            if top(&own, plan) < lowest as f64 {
                continue;
            }
            let book = (self.classes, self.model);
            let given = law(book, (&plan.grid, fourier), (&pds, &own), plan.way);
            for (own, sum) in worst.iter().zip(&mut sums.added) {
                self.add_state(&Tail::of(&given, plan.grid.step, *own), &pds, node.weight, sum);
            }
        }
        sums
    }

    /// Equation 2 for all parts.
    fn add_state(&self, tail: &Tail, pds: &[f64], weight: f64, sum: &mut [f64]) {
        for (class, &p) in pds.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            if tail.is_everything() {
                add(sum, &self.whole[class], weight * p);
                continue;
            }
            for point in &self.points[class] {
                let without = match self.poisson[class] {
                    true => tail.at(point.at as i64),
                    false => tail.without(point.at as i64, p),
                };
                add(sum, &point.holders, weight * p * without);
            }
        }
    }
}

/// Grid points that a state's losses do not pass.
fn top(moments: &Moments, plan: &Plan) -> f64 {
    let slack = if plan.grid.is_exact { 1.0 } else { super::conditional::SLACK };
    moments.highest() / plan.grid.step as f64 + slack
}

/// a(s) of a law given a state.
struct Tail {
    points: Points,
    /// h at each point where it is v: P(L > point) + w P(L = point).
    values: Vec<f64>,
    v: i64,
}

/// Grid points of a law.
enum Points {
    /// All from this one on.
    From(i64),
    /// These, ascending, with P(L > point).
    Listed(Vec<i64>, Vec<f64>),
}

impl Tail {
    fn of(given: &Given, step: i64, worst: Worst) -> Self {
        let v = worst.at as i64;
        match given {
            Given::Stretch(own) => {
                let points = Points::From(own.first as i64);
                Self { points, values: worst.tails(&own.p), v }
            }
            Given::Atoms(atoms) => {
                let (points, p): (Vec<i64>, Vec<f64>) = on_grid(atoms, step).into_iter().unzip();
                let above = Worst { weight: 0.0, ..worst }.tails(&p);
                Self { values: worst.tails(&p), points: Points::Listed(points, above), v }
            }
        }
    }

    /// a(s).
    fn at(&self, s: i64) -> f64 {
        let y = self.v - s;
        match &self.points {
            Points::From(first) => match usize::try_from(y - first) {
                Ok(place) => self.values.get(place).copied().unwrap_or(0.0),
                Err(_) => 1.0,
            },
            Points::Listed(points, above) => match points.binary_search(&y) {
                Ok(place) => self.values[place],
                Err(0) => 1.0,
                // Nothing between two points is lost.
                Err(place) => above[place - 1],
            },
        }
    }

    /// Whether all that can be lost lies beyond v.
    fn is_everything(&self) -> bool {
        match &self.points {
            Points::From(first) => self.v < *first,
            Points::Listed(points, _) => points.first().is_some_and(|first| self.v < *first),
        }
    }

    /// Equations 3 and 4.
    fn without(&self, l: i64, p: f64) -> f64 {
        if p >= 1.0 {
            return self.at(0);
        }
        let (few, many) = (p.min(1.0 - p), p.max(1.0 - p));
        let ratio = few / many;
        let (mut sum, mut factor) = (0.0, 1.0);
        let (mut s, stride) = if p <= 0.5 { (l, l) } else { (0, -l) };
        loop {
            let a = self.at(s);
            if a >= 1.0 {
                // From here on all terms are: their sum is factor / (1 + r) = factor x many.
                return (sum + factor * many) / many;
            }
            if a == 0.0 && stride < 0 || factor.abs() < LEAST_TERM {
                return sum / many;
            }
            sum += factor * a;
            factor *= -ratio;
            s += stride;
        }
    }
}

/// Atoms split between neighbouring grid points, as [`super::mixture`] adds them up.
fn on_grid(atoms: &[(i64, f64)], step: i64) -> Vec<(i64, f64)> {
    let split = |&(loss, p): &(i64, f64)| {
        let up = (loss % step) as f64 / step as f64;
        [(loss / step, (1.0 - up) * p), (loss / step + 1, up * p)]
    };
    let mut all: Vec<(i64, f64)> = atoms.iter().flat_map(split).filter(|(_, p)| *p > 0.0).collect();
    all.sort_by_key(|own| own.0);
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    all
}

#[cfg(test)]
mod tests;
