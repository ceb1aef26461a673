//! Policies scaled to the credit of another: `match_credit`.
//!
//! The one bound of the policy that is no floor has a number that is solved for (see
//! [`super::solve`]); filters, floors and all else stay as written. The number moves on a grid:
//!
//! 1. `cap`: the smallest unit, from 0 to the largest limit it can bound;
//! 2. `scale`: 2^-52, from 0 to 1;
//! 3. `income_share`: 2^-40, from 0 to the largest limit over income;
//! 4. `score_caps`: all caps times k / c, c the largest of them, k in smallest units.

use super::equal_credit::{SHARES, share};
use super::exposure::NewLimits;
use super::solve::{TOLERANCE, nearest, residual};
use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::Portfolio;
use crate::scenario::{LimitBound, Per, Policy, ScoreCap};
use crate::units::{Amount, Currency};

/// Steps of an income share in one.
const INCOME_SHARES: i64 = 1 << 40;
/// Largest step: below it every step is an exact `f64`.
const LARGEST: i64 = 1 << 53;

/// What was solved for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Solved {
    /// The cap.
    Cap(Amount),
    /// The share of each limit left.
    Scale(f64),
    /// The share of the yearly income.
    IncomeShare(f64),
    /// The factor on all caps by score.
    ScoreCaps(f64),
}

/// A policy at the credit of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matched {
    /// Index of the other policy.
    pub with: usize,
    /// The number that meets its credit.
    pub solved: Solved,
    /// Credit kept minus the other's, as a share of the other's.
    pub residual: f64,
}

/// The credit to be met.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Index of the policy whose credit it is.
    pub with: usize,
    /// Id of that policy.
    pub id: &'a str,
    /// Its credit, smallest units.
    pub credit: i64,
}

/// Solves a checked policy for a credit; `credit` gives that of a policy with its new limits.
///
/// Faults: those of its rules; a credit that no number reaches, with the reachable range.
pub fn solve(
    policy: &Policy,
    target: Target<'_>,
    book: &Portfolio,
    currency: &Currency,
    credit: impl Fn(&Policy, &NewLimits) -> i64,
) -> Result<(Matched, Policy, NewLimits), Vec<Fault>> {
    let floor = |bound: &LimitBound| matches!(bound, LimitBound::Floor(_));
    let at = policy.rules.iter().position(|rule| !floor(&rule.bound));
    let at = at.expect("the checks want one bound besides floors");
    let rule = &policy.rules[at];
    let knob = Knob::of(&rule.bound, largest_base(book, rule.per), book, currency);
    let tried = |step: i64| {
        let mut tried = policy.clone();
        tried.rules[at].bound = knob.bound(step);
        let limits = NewLimits::of(&tried, book, currency)?;
        Ok::<_, Vec<Fault>>((tried, limits))
    };
    // What can be wrong with rules does not depend on their numbers: it shows at the first try.
    let (highest, limits) = tried(knob.high)?;
    let most = credit(&highest, &limits);
    let left = |step| tried(step).map_or(0, |(policy, limits)| credit(&policy, &limits));
    let least = left(0);
    let beyond =
        residual(most, target.credit) < -TOLERANCE || residual(least, target.credit) > TOLERANCE;
    if beyond {
        return Err(vec![unreachable(policy, target, (least, most), currency)]);
    }
    let found = nearest(0, knob.high, target.credit, left);
    let matched =
        Matched { with: target.with, solved: knob.solved(found.at), residual: found.residual };
    let (solved, limits) = tried(found.at)?;
    Ok((matched, solved, limits))
}

fn unreachable(
    policy: &Policy,
    target: Target<'_>,
    (least, most): (i64, i64),
    currency: &Currency,
) -> Fault {
    let units = |amount| currency.units(Amount(amount));
    let message = format!(
        "policy `{}` keeps a credit between {} and {}, whatever its number; that of `{}` is {}",
        policy.id,
        units(least),
        units(most),
        target.id,
        units(target.credit)
    );
    let place = Place::Value(format!("{}.match_credit", policy.path));
    Fault::new(place, FaultKind::Conflict { message })
        .with_hint("widen the filter, lower the floors, or match another policy")
}

/// The number of a bound, and its grid.
struct Knob<'a> {
    bound: &'a LimitBound,
    high: i64,
    /// The largest cap by score.
    pivot: i64,
}

impl<'a> Knob<'a> {
    fn of(bound: &'a LimitBound, base: i64, book: &Portfolio, currency: &Currency) -> Self {
        let (high, pivot) = match bound {
            LimitBound::Scale(_) => (SHARES, 0),
            LimitBound::IncomeShare(_) => {
                (income_steps(base as f64 / currency.per_unit(), book), 0)
            }
            LimitBound::ScoreCaps(bands) => score_steps(bands, base),
            LimitBound::Cap(_) | LimitBound::Floor(_) => (base.max(1), 0),
        };
        Self { bound, high, pivot }
    }

    /// The bound at a step of the grid.
    fn bound(&self, step: i64) -> LimitBound {
        match self.bound {
            LimitBound::Scale(_) => LimitBound::Scale(share(step)),
            LimitBound::IncomeShare(_) => LimitBound::IncomeShare(income_share(step)),
            LimitBound::ScoreCaps(bands) => {
                let scaled = |band: &ScoreCap| {
                    let cap = i128::from(band.cap.0) * i128::from(step) / i128::from(self.pivot);
                    ScoreCap { cap: Amount(cap as i64), ..band.clone() }
                };
                LimitBound::ScoreCaps(bands.iter().map(scaled).collect())
            }
            LimitBound::Cap(_) | LimitBound::Floor(_) => LimitBound::Cap(Amount(step)),
        }
    }

    fn solved(&self, step: i64) -> Solved {
        match self.bound {
            LimitBound::Scale(_) => Solved::Scale(share(step)),
            LimitBound::IncomeShare(_) => Solved::IncomeShare(income_share(step)),
            LimitBound::ScoreCaps(_) => Solved::ScoreCaps(step as f64 / self.pivot as f64),
            LimitBound::Cap(_) | LimitBound::Floor(_) => Solved::Cap(Amount(step)),
        }
    }
}

fn income_share(step: i64) -> f64 {
    step as f64 / INCOME_SHARES as f64
}

/// Steps up to the share at which the smallest positive income bounds nothing.
fn income_steps(largest_limit: f64, book: &Portfolio) -> i64 {
    let incomes = book.borrowers.income.iter();
    let least = incomes
        .flat_map(|column| (0..book.entries()).filter_map(|b| column.known(b)))
        .filter(|&income| income > 0.0)
        .fold(f64::INFINITY, f64::min);
    // A cast that overflows ends at the largest number.
    let steps = (largest_limit / least * INCOME_SHARES as f64).ceil() as i64;
    steps.saturating_add(1).min(LARGEST)
}

/// Steps up to where the smallest positive cap bounds nothing, and the largest cap.
fn score_steps(bands: &[ScoreCap], base: i64) -> (i64, i64) {
    let caps = || bands.iter().map(|band| band.cap.0).filter(|&cap| cap > 0);
    let pivot = caps().max().unwrap_or(1);
    let least = caps().min().unwrap_or(1);
    let steps = i128::from(base) * i128::from(pivot) / i128::from(least) + 1;
    (steps.min(i128::from(LARGEST)) as i64, pivot)
}

/// The largest limit that a rule can bound: of an account, or of all accounts of a borrower.
fn largest_base(book: &Portfolio, per: Per) -> i64 {
    let limit = |a| book.accounts.limit.get(a);
    let of = |b| match per {
        Per::Account => book.accounts_of(b).map(limit).max().unwrap_or(0),
        Per::Borrower => book.accounts_of(b).map(limit).sum(),
    };
    (0..book.entries()).map(of).max().unwrap_or(0)
}
