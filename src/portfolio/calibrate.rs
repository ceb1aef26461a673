//! One shift of the log-odds of all PDs that brings their balance-weighted mean to a target.
//!
//! With odds factor k = e^s the shifted PD is
//!
//! p'(s) = k p / (1 - p + k p),    (1)
//!
//! which keeps the ranking and leaves 0 and 1 where they are. The shift s solves
//!
//! m(s) = sum_i w_i p'_i(s) / sum_i w_i = target,   w_i = people x balance,    (2)
//!
//! whose left side rises from the weight at PD 1 to one less the weight at PD 0 as s goes from
//! minus to plus infinity. The root is bracketed and found by Newton's method,
//! m'(s) = sum_i w_i p'_i (1 - p'_i) / sum_i w_i, halving whenever Newton leaves the bracket.
//! Only one exponential per step is needed, from libm so that every platform has the same bits.

use super::Numbers;
use super::draft::Draft;
use super::gather::GatherNumbers;
use crate::error::{Fault, FaultKind, Place};
use crate::units::Probability;

/// Where the scenario says the target.
const PATH: &str = "portfolio.calibrate_mean_pd";
/// How near the mean must come.
const TOLERANCE: f64 = 1e-12;
/// Beyond, e^s is no finite positive number.
const LARGEST_SHIFT: f64 = 700.0;

/// A PD and its share of all balances.
struct Weighted {
    pd: f64,
    weight: f64,
}

/// Shifts the PDs of the book; returns the shift s of the log-odds.
pub(super) fn shift_to_mean(draft: &mut Draft, target: Probability) -> Result<f64, Vec<Fault>> {
    let weighted = weights(draft).ok_or_else(|| {
        let message = "PDs cannot be weighted by balance: nothing is drawn in this book".into();
        vec![Fault::new(Place::Value(PATH.into()), FaultKind::Conflict { message })]
    })?;
    let shift = solve(&weighted, target.get())?;
    let odds_factor = libm::exp(shift);
    // Two PDs may meet in one number, so the dictionary is built anew.
    let entries = draft.entries();
    let old = std::mem::replace(&mut draft.borrowers.pd, Numbers::Same(0.0));
    draft.borrowers.pd = match old {
        Numbers::Each(mut pds) => {
            pds.iter_mut().for_each(|pd| *pd = shifted(*pd, odds_factor));
            pds.into_iter().collect::<GatherNumbers>().finish()
        }
        few => (0..entries)
            .map(|b| shifted(few.get(b), odds_factor))
            .collect::<GatherNumbers>()
            .finish(),
    };
    Ok(shift)
}

/// Equation (1).
fn shifted(pd: f64, odds_factor: f64) -> f64 {
    if pd == 0.0 || pd == 1.0 {
        return pd;
    }
    let up = pd * odds_factor;
    up / ((1.0 - pd) + up)
}

/// Distinct PDs, ascending, each with its share of balances; `None` if there are no balances.
/// Balances are added as integers, so the order of the rows leaves no trace.
fn weights(draft: &Draft) -> Option<Vec<Weighted>> {
    let pds = &draft.borrowers.pd;
    let mut order: Vec<u32> = (0..draft.entries() as u32).collect();
    order.sort_unstable_by(|&a, &b| pds.compare(a as usize, b as usize));
    let owed = |b: usize| draft.sum(&draft.accounts.balance, b) * i128::from(draft.count(b));
    let total: i128 = order.iter().map(|&b| owed(b as usize)).sum();
    if total == 0 {
        return None;
    }
    let same_pd = |a: &u32, b: &u32| pds.get(*a as usize) == pds.get(*b as usize);
    let weighted = order.chunk_by(same_pd).map(|chunk| {
        let sum: i128 = chunk.iter().map(|&b| owed(b as usize)).sum();
        Weighted { pd: pds.get(chunk[0] as usize), weight: sum as f64 / total as f64 }
    });
    Some(weighted.filter(|w| w.weight > 0.0).collect())
}

/// Solves equation (2).
fn solve(weighted: &[Weighted], target: f64) -> Result<f64, Vec<Fault>> {
    let weight_where =
        |pd: f64| -> f64 { weighted.iter().filter(|w| w.pd == pd).map(|w| w.weight).sum() };
    let (lowest, highest) = (weight_where(1.0), 1.0 - weight_where(0.0));
    let (mean, _) = mean_and_slope(weighted, 0.0);
    if (mean - target).abs() <= f64::EPSILON {
        return Ok(0.0);
    }
    let unreachable = || {
        let kind = FaultKind::Value {
            what: "the mean PD to calibrate to".into(),
            found: target.to_string(),
            required: format!(
                "strictly between {lowest} and {highest}, what this book can reach \
                 (PDs of 0 and 1 stay where they are)"
            ),
        };
        vec![Fault::new(Place::Value(PATH.into()), kind)]
    };
    if !(target > lowest && target < highest) {
        return Err(unreachable());
    }
    let (mut low, mut high) = (-LARGEST_SHIFT, LARGEST_SHIFT);
    let mut shift = 0.0;
    let (mut best, mut best_miss) = (0.0, f64::INFINITY);
    // Halving alone needs about 64 steps to exhaust the bracket; Newton needs a handful.
    for _ in 0..200 {
        let (mean, slope) = mean_and_slope(weighted, shift);
        let miss = mean - target;
        if miss.abs() < best_miss {
            (best, best_miss) = (shift, miss.abs());
        }
        if miss > 0.0 {
            high = shift
        } else {
            low = shift
        }
        let newton = shift - miss / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        // Nearer than rounding of the sum itself there is nothing to find.
        let done = miss.abs() <= f64::EPSILON * target;
        if done || next == shift || next <= low || next >= high {
            break;
        }
        shift = next;
    }
    if best_miss > TOLERANCE { Err(unreachable()) } else { Ok(best) }
}

/// m(s) and m'(s), with compensated (Neumaier) sums.
fn mean_and_slope(weighted: &[Weighted], shift: f64) -> (f64, f64) {
    let odds_factor = libm::exp(shift);
    let (mut sum, mut lost, mut slope) = (0.0_f64, 0.0_f64, 0.0_f64);
    for w in weighted {
        let pd = shifted(w.pd, odds_factor);
        let term = w.weight * pd;
        let next = sum + term;
        lost += if sum >= term { (sum - next) + term } else { (term - next) + sum };
        sum = next;
        slope += w.weight * pd * (1.0 - pd);
    }
    (sum + lost, slope)
}
