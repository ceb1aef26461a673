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
//!
//! Both sums are taken in integers, each p' as a multiple of 2^-60, so that the order of the rows
//! leaves no trace and no sorted copy of the book is needed; the mean is off by at most 2^-60.

use super::Numbers;
use super::draft::Draft;
use super::gather::GatherNumbers;
use crate::error::{Fault, FaultKind, Place};
use crate::units::Probability;

/// Where the scenario says the target.
const PATH: &str = "portfolio.calibrate.mean_pd";
/// How near the mean must come.
const TOLERANCE: f64 = 1e-12;
/// Beyond, e^s is no finite positive number.
const LARGEST_SHIFT: f64 = 700.0;
/// One, in the integers that PDs are summed as. With weights below 2^62 sums stay below 2^122.
const ONE: f64 = (1_u64 << 60) as f64;

/// Shifts the PDs of the book; returns the shift s of the log-odds.
pub(super) fn shift_to_mean(draft: &mut Draft, target: Probability) -> Result<f64, Vec<Fault>> {
    let shift = solve(&Weights::of(draft), target.get())?;
    let odds_factor = libm::exp(shift);
    let entries = draft.entries();
    let old = std::mem::replace(&mut draft.borrowers.pd, Numbers::Same(0.0));
    draft.borrowers.pd = match old {
        Numbers::Each(mut pds) => {
            pds.iter_mut().for_each(|pd| *pd = shifted(*pd, odds_factor));
            Numbers::Each(pds)
        }
        // Two PDs may meet in one number, so the dictionary is built anew.
        few => {
            let pds = (0..entries).map(|b| shifted(few.get(b), odds_factor));
            pds.collect::<GatherNumbers>().finish()
        }
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

/// PDs with what is owed under each, smallest units.
enum Weights<'a> {
    /// Added up per distinct PD, where there are few.
    PerPd(Vec<(f64, i128)>),
    /// Taken from the book, entry by entry.
    PerEntry(&'a Draft),
}

impl<'a> Weights<'a> {
    fn of(draft: &'a Draft) -> Self {
        match &draft.borrowers.pd {
            Numbers::Same(pd) => {
                Self::PerPd(vec![(*pd, (0..draft.entries()).map(|b| owed(draft, b)).sum())])
            }
            Numbers::Coded { values, codes } => {
                let mut weights: Vec<(f64, i128)> = values.iter().map(|&pd| (pd, 0)).collect();
                (0..draft.entries()).for_each(|b| weights[codes.get(b)].1 += owed(draft, b));
                Self::PerPd(weights)
            }
            Numbers::Each(_) => Self::PerEntry(draft),
        }
    }

    /// The sum of weight x `value` of the PD, for two values in 0..=1, by rounding to 2^-60.
    fn sums(&self, values: impl Fn(f64) -> (f64, f64)) -> (i128, i128) {
        let (mut first, mut second) = (0, 0);
        let mut add = |pd: f64, weight: i128| {
            let (a, b) = values(pd);
            first += weight * i128::from((a * ONE) as i64);
            second += weight * i128::from((b * ONE) as i64);
        };
        match self {
            Self::PerPd(weights) => weights.iter().for_each(|&(pd, weight)| add(pd, weight)),
            Self::PerEntry(draft) => {
                (0..draft.entries()).for_each(|b| add(draft.borrowers.pd.get(b), owed(draft, b)))
            }
        }
        (first, second)
    }
}

fn owed(draft: &Draft, b: usize) -> i128 {
    draft.sum(&draft.accounts.balance, b) * i128::from(draft.count(b))
}

/// Solves equation (2).
fn solve(weights: &Weights<'_>, target: f64) -> Result<f64, Vec<Fault>> {
    let is = |holds: bool| f64::from(u8::from(holds));
    let (total, at_zero) = weights.sums(|pd| (1.0, is(pd == 0.0)));
    let (at_one, _) = weights.sums(|pd| (is(pd == 1.0), 0.0));
    let refuse = |kind| vec![Fault::new(Place::Value(PATH.into()), kind)];
    if total == 0 {
        let message = "PDs cannot be weighted by balance: nothing is drawn in this book".into();
        return Err(refuse(FaultKind::Conflict { message }));
    }
    let share = |sum: i128| sum as f64 / total as f64;
    let (lowest, highest) = (share(at_one), share(total - at_zero));
    let unreachable = || {
        refuse(FaultKind::Value {
            what: "the mean PD to calibrate to".into(),
            found: target.to_string(),
            required: format!(
                "strictly between {lowest} and {highest}, what this book can reach \
                 (PDs of 0 and 1 stay where they are)"
            ),
        })
    };
    let mean_and_slope = |shift: f64| {
        let odds_factor = libm::exp(shift);
        let (mean, slope) = weights.sums(|pd| {
            let pd = shifted(pd, odds_factor);
            (pd, pd * (1.0 - pd))
        });
        (share(mean), share(slope))
    };
    if (mean_and_slope(0.0).0 - target).abs() <= f64::EPSILON * target {
        return Ok(0.0);
    }
    if !(target > lowest && target < highest) {
        return Err(unreachable());
    }
    let (mut low, mut high) = (-LARGEST_SHIFT, LARGEST_SHIFT);
    let mut shift = 0.0;
    let (mut best, mut best_miss) = (0.0, f64::INFINITY);
    // Halving alone needs about 64 steps to exhaust the bracket; Newton needs a handful.
    for _ in 0..200 {
        let (mean, slope) = mean_and_slope(shift);
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
        // Nearer than the rounding of the mean there is nothing to find.
        if miss.abs() <= f64::EPSILON * target || next == shift || next <= low || next >= high {
            break;
        }
        shift = next;
    }
    if best_miss > TOLERANCE { Err(unreachable()) } else { Ok(best) }
}
