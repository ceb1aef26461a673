//! The law of losses given a state: people default independently.
//!
//! Ways are chosen by their cost, the same in all states. Where few losses can occur each of them is
//! followed by itself. Else
//!
//! 1. lot by lot, the law of the sum so far with one more lot (Andersen, Sidenius and Basu 2003, for pools
//!    with binomial weights). All terms are positive: every probability keeps its digits, however
//!    small. Poisson numbers go through the recursion of Panjer (1981), whose terms are positive too;
//! 2. through the characteristic function ([`super::fourier`]), for large books: as exact as the largest
//!    probability of the state is, which suffices where the mixture's tail is made of bad states. Where
//!    costs have laws of their own their transforms are multiplied draw by draw ([`super::direct`]) unless they are
//!    too many.
//!
//! What lies outside of the mean given the state -+ t has a probability below exp(-c) on either side,
//!
//! 3. t = b c / 3 + sqrt((b c / 3)^2 + 2 v c)      (Bernstein 1946),
//!
//! b the largest loss of a draw, v the conditional variance.

use super::book::Class;
use super::cost::Cost;
use super::fourier::{Draws, Fourier};
use super::grid::{Grid, Stretch, binomial, of_lot};
use super::plan::Plan;
use crate::model::{Link, Model, State};

/// c of equation 3: 1e-18.
const FAR: f64 = 41.5;

/// Points by which windows are wider where draws were moved.
pub(super) const SLACK: f64 = 32.0;

/// Mean, variance and defaults given a state.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// E\[L | state\], smallest units.
    pub mean: f64,
    /// Var\[L | state\], smallest units squared.
    pub variance: f64,
    /// Mean number of defaults.
    pub defaults: f64,
    /// Largest loss of a draw that may default, smallest units.
    pub largest: f64,
}

impl Moments {
    /// Equation 3.
    pub fn reach(&self, c: f64) -> f64 {
        let b = self.largest * c / 3.0;
        b + (b * b + 2.0 * self.variance * c).sqrt()
    }

    /// Losses beyond this do not count.
    pub fn highest(&self) -> f64 {
        self.mean + self.reach(FAR)
    }
}

/// Conditional PDs of all classes in a state.
pub fn given(classes: &[Class], model: &Model, state: &State) -> Vec<f64> {
    classes.iter().map(|class| class.given(model, state)).collect()
}

/// Whether the people of a class default as often as a Poisson number says.
pub fn counts(model: &Model, class: &Class) -> bool {
    model.law_of(class.segment).link == Link::Count
}

/// Sums over the book for these conditional PDs.
pub fn moments(classes: &[Class], model: &Model, pds: &[f64]) -> Moments {
    let mut sum = Moments::default();
    for (class, &p) in classes.iter().zip(pds) {
        let rest = if counts(model, class) { 1.0 } else { 1.0 - p };
        let (mut losses, mut squares, mut luck) = (0.0, 0.0, 0.0);
        for lot in &class.lots {
            let draws = lot.draws as f64;
            let (loss, square, largest) = class.moments(lot);
            losses += draws * loss;
            squares += draws * loss * loss;
            luck += draws * (square - loss * loss);
            if p > 0.0 {
                sum.largest = sum.largest.max(largest);
            }
        }
        sum.mean += p * losses;
        sum.variance += p * (rest * squares + luck);
        sum.defaults += p * class.defaults;
    }
    sum
}

/// How the law given a state is worked out: the same way in all states, between which it has to be smooth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Every loss that can occur by itself: where there are few.
    Atoms,
    /// Lot by lot on the grid.
    Lots,
    /// Through the characteristic function.
    Transform,
    /// The same with the laws of costs as they are.
    Direct,
}

/// The law given a state.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// Losses in smallest units with their probabilities.
    Atoms(Vec<(i64, f64)>),
    /// Probabilities of grid points.
    Stretch(Stretch),
}

/// Losses that are followed one by one, at most.
const FEW: f64 = 1_024.0;
/// The same where costs have laws, for which there is no other way that keeps all digits.
const FEW_DRAWN: f64 = 16_384.0;

/// Whether so few losses can occur that each may be followed by itself.
pub fn are_few((classes, model): (&[Class], &Model)) -> bool {
    if classes.iter().any(|class| counts(model, class)) {
        return false;
    }
    let most = if is_drawn(classes) { FEW_DRAWN } else { FEW };
    let lots = classes.iter().flat_map(|class| class.lots.iter().map(move |lot| (class, lot)));
    let outcomes = lots.into_iter().try_fold(1.0_f64, |product, (class, lot)| {
        let draws = lot.draws as f64;
        let more = match class.cost(lot) {
            None => draws + 1.0,
            Some(cost) => (cost.outcomes()?.len() as f64 + 1.0).powf(draws),
        };
        (product * more <= most).then_some(product * more)
    });
    outcomes.is_some()
}

/// Whether costs of a book have laws.
pub fn is_drawn(classes: &[Class]) -> bool {
    classes.iter().any(|class| !class.costs.is_empty())
}

/// The way for a book of fixed costs whose conditional PDs in some states, and sums over it, are these;
/// `budget` are the multiplications that may be spent lot by lot on a state.
pub fn way(
    (classes, model): (&[Class], &Model),
    states: &[(Vec<f64>, Moments)],
    step: f64,
    budget: f64,
) -> Way {
    let cost =
        |(pds, moments): &(Vec<f64>, Moments)| by_lot((classes, model), (pds, moments), step);
    let mean = states.iter().map(cost).sum::<f64>() / states.len() as f64;
    if mean <= budget { Way::Lots } else { Way::Transform }
}

/// The law given the conditional PDs of the classes.
pub fn law(
    (classes, model): (&[Class], &Model),
    (plan, fourier): (&Plan, &mut Fourier),
    (pds, moments): (&[f64], &Moments),
) -> Given {
    let grid = &plan.grid;
    match plan.way {
        Way::Atoms => Given::Atoms(atoms(classes, pds, None)),
        Way::Lots => Given::Stretch(lot_by_lot((classes, model), grid, pds, moments)),
        Way::Transform | Way::Direct => {
            let step = grid.step as f64;
            let reach = moments.reach(FAR) / step;
            // Draws that were moved as a whole may lie a little off.
            let slack = if grid.is_exact { 0.0 } else { SLACK };
            let low = (moments.mean / step - reach - slack).floor().max(0.0) as usize;
            let high = (moments.mean / step + reach).min(plan.top) + slack;
            let high = high.ceil() as usize;
            let poisson: Vec<bool> = classes.iter().map(|class| counts(model, class)).collect();
            let draws = match plan.way {
                Way::Direct => Draws { moved: &grid.moved, lucky: &[], direct: &plan.direct },
                _ => Draws { moved: &grid.moved, lucky: &grid.lucky, direct: &[] },
            };
            Given::Stretch(fourier.law((draws, &poisson), pds, low..high + 1))
        }
    }
}

/// Every loss that can occur, without one draw of a class's lot if asked for.
pub fn atoms(classes: &[Class], pds: &[f64], without: Option<(usize, usize)>) -> Vec<(i64, f64)> {
    let mut all = vec![(0_i64, 1.0_f64)];
    let mut join = |step: &[(i64, f64)]| {
        let joined = step
            .iter()
            .flat_map(|&(more, weight)| all.iter().map(move |(loss, p)| (loss + more, weight * p)));
        let mut joined: Vec<(i64, f64)> = joined.collect();
        joined.sort_by_key(|atom| atom.0);
        joined.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        all = joined;
    };
    for (number, (class, &p)) in classes.iter().zip(pds).enumerate() {
        for (at, lot) in class.lots.iter().enumerate() {
            let draws = lot.draws - u64::from(without == Some((number, at)));
            let Some(outcomes) = class.cost(lot).and_then(Cost::outcomes) else {
                let (first, counts) = binomial(draws, p);
                let step = (first..).zip(&counts).map(|(k, &w)| (lot.loss * k as i64, w));
                join(&step.collect::<Vec<_>>());
                continue;
            };
            let each = outcomes.iter().map(|(loss, w, _)| (*loss, p * w));
            let step: Vec<(i64, f64)> = std::iter::once((0, 1.0 - p)).chain(each).collect();
            (0..draws).for_each(|_| join(&step));
        }
    }
    all
}

/// About how many multiplications lot by lot takes.
fn by_lot(
    (classes, model): (&[Class], &Model),
    (pds, moments): (&[f64], &Moments),
    step: f64,
) -> f64 {
    let mut cost = 0.0;
    let (mut rate, mut range, mut variance, mut most) = (0.0, 0.0, 0.0, 1.0_f64);
    for (class, &p) in classes.iter().zip(pds) {
        for lot in &class.lots {
            let (loss, draws) = (lot.loss as f64, lot.draws as f64);
            if counts(model, class) {
                rate += p * draws;
                range += 1.0;
                continue;
            }
            let own = draws * p * (1.0 - p);
            let counts = (33.0 * own.sqrt() + 2.0).min(draws + 1.0);
            // Points with a weight: no more than counts, no more than grid points.
            let points = counts.min(counts * loss / step + 2.0);
            // 138 = -ln 1e-60; the sum so far is no wider than its law, and than all its losses.
            let sofar = Moments { variance, largest: moments.largest, ..Moments::default() };
            let width = (1.0 + 2.0 * sofar.reach(138.0) / step).min(most);
            // Working the weights out costs too.
            cost += points * width + 8.0 * counts;
            variance += own * loss * loss;
            most += draws * loss / step;
        }
    }
    match rate {
        // exp(-rate) has to be a number.
        rate if rate > 600.0 => f64::INFINITY,
        _ => cost + range * (moments.mean + moments.reach(138.0)) / step,
    }
}

fn lot_by_lot(
    (classes, model): (&[Class], &Model),
    grid: &Grid,
    pds: &[f64],
    moments: &Moments,
) -> Stretch {
    let mut sum = panjer((classes, model), grid, pds, moments);
    for (class, &p) in classes.iter().zip(pds).filter(|(class, _)| !counts(model, class)) {
        for &lot in &class.lots {
            sum = sum.with(&of_lot(lot, p, grid.step));
        }
    }
    sum
}

/// The compound Poisson law of the classes that count: with rates l_j at the points j,
/// p_0 = exp(-sum l_j), p_x = sum_j (j / x) l_j p_(x - j)      (Panjer 1981).
fn panjer(
    (classes, model): (&[Class], &Model),
    grid: &Grid,
    pds: &[f64],
    moments: &Moments,
) -> Stretch {
    let mut rates: Vec<(usize, f64)> = Vec::new();
    for (class, &p) in classes.iter().zip(pds).filter(|(class, _)| counts(model, class)) {
        for lot in &class.lots {
            let (at, rest) = (lot.loss / grid.step, lot.loss % grid.step);
            let (up, rate) = (rest as f64 / grid.step as f64, p * lot.draws as f64);
            rates.push((at as usize, rate * (1.0 - up)));
            rates.push((at as usize + 1, rate * up));
        }
    }
    // What rests at 0 costs nothing.
    rates.retain(|&(at, rate)| at > 0 && rate > 0.0);
    rates.sort_unstable_by_key(|&(at, _)| at);
    rates.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    if rates.is_empty() {
        return Stretch::nothing();
    }
    let top = ((moments.mean + moments.reach(138.0)) / grid.step as f64).ceil() as usize + 1;
    let mut p = vec![0.0; top + 1];
    p[0] = libm::exp(-rates.iter().map(|(_, rate)| rate).sum::<f64>());
    for x in 1..=top {
        let below = rates.iter().take_while(|&&(j, _)| j <= x);
        p[x] = below.map(|&(j, rate)| j as f64 * rate * p[x - j]).sum::<f64>() / x as f64;
    }
    Stretch { first: 0, p }
}
