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

use super::class::Class;
use super::cost::Cost;
use super::fourier::{Draws, Fourier};
use super::grid::{Grid, Stretch, binomial, of_lot};
use super::moments::{FAR, Moments};
use super::plan::Plan;
use super::ways::Way;
use crate::model::Model;

/// Points by which windows are wider where draws were moved.
pub(super) const SLACK: f64 = 32.0;

/// The law given a state.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// Losses in smallest units with their probabilities.
    Atoms(Vec<(i64, f64)>),
    /// Probabilities of grid points.
    Stretch(Stretch),
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
            let poisson: Vec<bool> = classes.iter().map(|class| class.counts(model)).collect();
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

fn lot_by_lot(
    (classes, model): (&[Class], &Model),
    grid: &Grid,
    pds: &[f64],
    moments: &Moments,
) -> Stretch {
    let mut sum = panjer((classes, model), grid, pds, moments);
    for (class, &p) in classes.iter().zip(pds).filter(|(class, _)| !class.counts(model)) {
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
    for (class, &p) in classes.iter().zip(pds).filter(|(class, _)| class.counts(model)) {
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
