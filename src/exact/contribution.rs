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
//!
//! Where what a default costs has a law, l runs over its values, and taking the draw out means dividing by 1 - p + p phi
//! ([`super::direct`]); where few losses can occur the law is made again without the draw. Of a large book the draw is taken
//! out as if it cost its mean, which is off by the square of one draw among all.

use super::class::Class;
use super::conditional::{Given, atoms, law};
use super::cost::{Cost, Luck};
use super::found::{Found, Work};
use super::fourier::Fourier;
use super::grid::pieces;
use super::mixture::{in_parts, loss_law};
use super::moments::{Moments, given, moments};
use super::plan::Plan;
use super::quadrature::{Line, Node, state};
use super::shares::{Holders, Shares};
use super::tail::{Tail, Worst};
use super::ways::Way;
use crate::model::Model;
use crate::units::Level;

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
    let book = Book::of((classes, shares), model, &plan);
    let mut sums = Sums::new(worst.len(), shares.parts);
    for lattice in 0..lattices {
        let add_up = |fourier: &mut Fourier, lines: &[Line]| {
            book.add_up(&plan, (lines, lattice), fourier, &worst)
        };
        let lines = plan.states.lines(lattice);
        in_parts(&lines, work, add_up)?.iter().for_each(|part| sums.join(part));
    }
    let scaled = |(sums_of, own): (&Vec<f64>, &Worst)| -> Vec<f64> {
        sums_of.iter().map(|sum| sum / sums.weight / own.tail).collect()
    };
    found.shortfalls = sums.added.iter().zip(&worst).map(scaled).collect();
    Some(found)
}

/// E\[L_i h(L)\] by level and part over some states, for tests.
#[cfg(test)]
pub(super) fn over(
    book: (&[Class], &Shares),
    model: &Model,
    (plan, level): (&Plan, u32),
    worst: &[Worst],
) -> Vec<Vec<f64>> {
    let lines = plan.states.lines(level);
    Book::of(book, model, plan).add_up(plan, (&lines, level), &mut Fourier::default(), worst).added
}

/// Draws on one grid point.
struct Point {
    at: usize,
    luck: Option<Luck>,
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
    fn of((classes, shares): (&'a [Class], &Shares), model: &'a Model, plan: &Plan) -> Self {
        let step = plan.grid.step;
        let mut points: Vec<Vec<Point>> = classes.iter().map(|_| Vec::new()).collect();
        let mut whole = vec![vec![0.0; shares.parts]; classes.len()];
        let as_they_are = matches!(plan.way, Way::Direct | Way::Atoms);
        for piece in pieces(classes, step) {
            let class = &classes[piece.class];
            let lot = class.lots[piece.lot];
            let luck = class.cost(&lot).map(|cost| cost.luck(step));
            if luck.is_some() && as_they_are {
                continue;
            }
            // What stands on the grid, shared as what is lost.
            let all = class.moments(&lot).0 * lot.draws as f64;
            let factor = piece.at as f64 * step as f64 * piece.draws / all;
            let own = &mut points[piece.class];
            if own.last().is_none_or(|last| last.at != piece.at || luck.or(last.luck).is_some()) {
                own.push(Point { at: piece.at, luck, holders: Holders::new() });
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
        if as_they_are {
            for ((class, lots), whole) in classes.iter().zip(&shares.lots).zip(&mut whole) {
                let drawn = class.lots.iter().zip(lots).filter(|(lot, _)| lot.cost.is_some());
                drawn.for_each(|(_, holders)| add(whole, holders, 1.0));
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
            poisson: classes.iter().map(|class| class.counts(model)).collect(),
            parts: shares.parts,
        }
    }

    fn add_up(
        &self,
        plan: &Plan,
        (lines, level): (&[Line], u32),
        fourier: &mut Fourier,
        worst: &[Worst],
    ) -> Sums {
        let mut sums = Sums::new(worst.len(), self.parts);
        for line in lines {
            plan.states.each(line, level, |node| {
                self.add_node((plan, fourier), node, worst, &mut sums);
            });
        }
        sums
    }

    fn add_node(
        &self,
        (plan, fourier): (&Plan, &mut Fourier),
        node: &Node,
        worst: &[Worst],
        sums: &mut Sums,
    ) {
        let lowest = worst.iter().map(|own| own.at).min().unwrap_or(0);
        sums.weight += node.weight;
        let pds = given(self.classes, self.model, &state(self.model, node));
        let own = moments(self.classes, self.model, &pds);
        // States that do not reach the worst losses.
        if top(&own, plan) < lowest as f64 {
            return;
        }
        let given = law((self.classes, self.model), (plan, fourier), (&pds, &own));
        let tails: Vec<Tail> =
            worst.iter().map(|own| Tail::of(&given, plan.grid.step, *own)).collect();
        for (tail, sum) in tails.iter().zip(&mut sums.added) {
            self.add_state(tail, &pds, node.weight, sum);
        }
        if tails.iter().all(Tail::is_everything) {
            return;
        }
        let levels = worst.iter().zip(&tails).zip(&mut sums.added);
        let levels = levels.filter(|((_, tail), _)| !tail.is_everything());
        match (&given, plan.way) {
            (Given::Stretch(own), Way::Direct) => {
                let window = own.first..own.first + own.p.len();
                let held = fourier.held(&plan.direct, &pds, (self.parts, window));
                let scale = node.weight * plan.grid.step as f64;
                for ((worst, _), sum) in levels {
                    for (sum, held) in sum.iter_mut().zip(&held) {
                        *sum += scale * worst.over(held, own.first);
                    }
                }
            }
            (Given::Atoms(_), _) => {
                for ((worst, _), sum) in levels {
                    self.add_drawn((&pds, node.weight), (plan.grid.step, *worst), sum);
                }
            }
            _ => {}
        }
    }

    /// Equation 2 for all parts, of draws that stand on a grid point.
    fn add_state(&self, tail: &Tail, pds: &[f64], weight: f64, sum: &mut [f64]) {
        for (class, &p) in pds.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            if tail.is_everything() {
                add(sum, &self.whole[class], weight * p);
                continue;
            }
            for point in &self.points[class] {
                let l = point.at as i64;
                let without = |s: i64| match self.poisson[class] {
                    true => tail.at(s),
                    false => tail.without((l, p), s),
                };
                let without = match point.luck {
                    None => without(l),
                    Some(Luck { below, above, p_below, p_above }) => {
                        // Each value times its share of the mean.
                        let each = |s: i64, p: f64| p * s as f64 / l as f64 * without(s);
                        each(l, 1.0 - p_below - p_above)
                            + each(l - below as i64, p_below)
                            + each(l + above as i64, p_above)
                    }
                };
                add(sum, &point.holders, weight * p * without);
            }
        }
    }

    /// Equation 2 of draws whose costs have laws, where each loss is followed by itself.
    fn add_drawn(
        &self,
        (pds, weight): (&[f64], f64),
        (step, worst): (i64, Worst),
        sum: &mut [f64],
    ) {
        for (number, (class, &p)) in self.classes.iter().zip(pds).enumerate() {
            for (at, lot) in class.lots.iter().enumerate() {
                let Some(outcomes) = class.cost(lot).and_then(Cost::outcomes) else { continue };
                let rest = Given::Atoms(atoms(self.classes, pds, Some((number, at))));
                let tail = Tail::of(&rest, step, worst);
                for (loss, w, held) in &outcomes {
                    let (at, up) = (loss / step, (loss % step) as f64 / step as f64);
                    let beyond = (1.0 - up) * tail.at(at) + up * tail.at(at + 1);
                    add(sum, held, weight * lot.draws as f64 * p * w * beyond);
                }
            }
        }
    }
}

/// Grid points that a state's losses do not pass.
fn top(moments: &Moments, plan: &Plan) -> f64 {
    let slack = if plan.grid.is_exact { 1.0 } else { super::conditional::SLACK };
    moments.highest() / plan.grid.step as f64 + slack
}

#[cfg(test)]
mod tests;
