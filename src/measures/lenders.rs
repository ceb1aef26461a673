//! What the system and each lender are to one another, lender by lender.
//!
//! With x_j what stays at lender j, S the total and S_j = S - x_j:
//!
//! 1. marginal expected shortfall MES_j = the mean of x_j in the worst 1 - q of S, atoms split as in ES
//!    (Acharya, Pedersen, Philippon and Richardson 2017): with investors' it adds up to ES of S
//!    ([`super::contribution`], equation 2);
//! 2. Delta CoVaR_j of S_j given x_j (`delta_covar.rs`);
//! 3. SRISK_j = k D_j - (1 - k) (C_j - MES_j), with capital C, debts D = assets and claims on lenders - C before any
//!    loss and at exposure at default, to lenders and outside, and the threshold k of
//!    the capital ratio (Brownlees and Engle 2017, with the loss of one horizon in place of a fall of
//!    the share price): negative where there is more than enough.

use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::borne::{Borne, End, round, rounded, whole_units};
use super::contribution::{Added, Whole};
use super::delta_covar::{ByLoss, Near, delta_covar, is_the_same_share};
use super::estimate::{Estimate, Quality};
use super::kinds::{Kind, alike, in_proportion};
use super::measure::Measure;
use super::order::Ranked;
use super::statistic::{Asked, Mean, Sample};
use super::walk::Walk;
use crate::engine::ordered_map;
use crate::system::sample::Stays;
use crate::units::Level;

/// One number of one lender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LenderRow {
    /// Policy id.
    pub policy: String,
    /// The lender.
    pub lender: String,
    /// Its group.
    pub group: Option<String>,
    /// What is measured.
    pub measure: Measure,
    /// Level.
    pub level: Option<f64>,
    /// The number with its error; amounts in units of currency.
    pub estimate: Estimate,
    /// Whether the number says nothing, because the lender bears the same share of everything.
    pub degenerate: bool,
}

/// Rows of all lenders under one policy, in the order of lenders; `largest` is the most that all may lose.
pub fn lender_rows(
    borne: Borne<'_>,
    (policy, id): (usize, &str),
    largest: i64,
    asked: Asked<'_>,
    threads: usize,
) -> Vec<LenderRow> {
    let total = rounded(&borne.sample.total(borne.market, policy));
    let whole = Sample { losses: &total, defaults: &[], credit: 0, largest, moving: false };
    let ranked = Ranked::new(&total, asked.drawn);
    let whole = Whole::new(whole, &ranked, asked);
    let none = vec![0.0; total.len()];
    let nothing = Mean::of(&none, largest as f64, asked.drawn).own.over(asked.per_unit);
    let never = asked.drawn.probability(total.len(), |_| false);
    let of = Lenders { borne, policy, id, asked, total: &total, whole: &whole, nothing, never };
    let everybody: Vec<usize> = (0..borne.market.roster.lenders.len()).collect();
    let kinds = in_proportion(borne.market, &everybody);
    let never = AtomicBool::new(false);
    let one = |own: &mut Scratch, at: usize| of.kind(&kinds[at], own);
    let mapped = ordered_map(kinds.len(), threads, &never, Scratch::default, one, |_| {});
    let mut rows: Vec<(usize, Vec<LenderRow>)> = mapped.done.into_iter().flatten().collect();
    rows.sort_by_key(|(lender, _)| *lender);
    rows.into_iter().flat_map(|(_, rows)| rows).collect()
}

/// Working memory of a thread.
#[derive(Default)]
struct Scratch {
    /// What stays at a lender to the smallest unit.
    rounded: Vec<i64>,
    /// The same unrounded, where trials do not weigh the same or hang together.
    exact: Vec<f64>,
}

struct Lenders<'a> {
    borne: Borne<'a>,
    policy: usize,
    id: &'a str,
    asked: Asked<'a>,
    total: &'a [i64],
    whole: &'a Whole<'a>,
    /// Mean of an amount that is 0 in all trials.
    nothing: Estimate,
    /// Probability of what happens in none.
    never: Estimate,
}

impl Lenders<'_> {
    /// Rows of lenders whose losses are multiples of the first's, each with its number.
    fn kind(&self, kind: &Kind, scratch: &mut Scratch) -> Vec<(usize, Vec<LenderRow>)> {
        let Self { borne, policy, asked, .. } = *self;
        let Scratch { exact, rounded } = scratch;
        let stays = borne.stays(policy, kind.first);
        let mut walk = Walk::from(stays.at(0));
        rounded.resize(stays.trials(), 0);
        exact.clear();
        let mut known = 0;
        stays.pieces(|piece| {
            walk.add(piece);
            round(piece, &mut rounded[known..known + piece.len()]);
            known += piece.len();
            if !asked.drawn.is_plain() {
                exact.extend_from_slice(piece);
            }
        });
        let most = walk.most();
        let has_capital = |lender: usize| borne.market.roster.lenders[lender].capital.is_some();
        // What loses nothing and has nothing to lose is not told.
        let told = kind.members.iter().filter(|own| most > 0.0 || has_capital(own.0));
        let told: Vec<usize> = told.map(|own| own.0).collect();
        if told.is_empty() {
            return Vec::new();
        }
        let largest = self.whole.largest();
        let part = Sample { losses: rounded, defaults: &[], credit: 0, largest, moving: false };
        let numbers = Numbers {
            mean: self.mean(&walk, exact),
            shortfalls: self.whole.added_to_shortfall(part),
            near: ByLoss::new(rounded, asked).near_levels(asked),
            degenerate: is_the_same_share(rounded, self.total),
            stays: &stays,
            losses: rounded,
        };
        let mut all = Vec::new();
        for alike in alike(borne.market, policy, &told) {
            let first = alike.first;
            let capital = borne.market.roster.lenders[first].capital;
            let of_end = capital.map(|capital| {
                let own = (first, capital);
                if borne.is_sound(policy, own, kind.scale_of(first) * most) {
                    return (self.never, self.nothing);
                }
                let losses = borne.stays(policy, first).in_struck();
                let end = borne.end(policy, own, &losses);
                (self.failing(&end), self.shortfall(&end))
            });
            for &(lender, scale) in &alike.members {
                let of_end =
                    of_end.map(|(fails, short)| (fails, along(short, |x| scale * x, scale)));
                all.push((lender, self.rows(lender, kind.scale_of(lender), (&numbers, of_end))));
            }
        }
        all
    }

    fn units(&self, x: f64) -> f64 {
        x / self.asked.per_unit
    }

    /// Mean of amounts of every trial that were walked over, in units of currency.
    fn mean(&self, walk: &Walk, amounts: &[f64]) -> Estimate {
        let Asked { drawn, per_unit, .. } = self.asked;
        if walk.most() == 0.0 {
            return self.nothing;
        }
        let of_all = || Mean::of(amounts, self.whole.largest() as f64, drawn).own;
        walk.mean(drawn).unwrap_or_else(of_all).over(per_unit)
    }

    fn failing(&self, end: &End<'_>) -> Estimate {
        let ends = self.struck().zip(&end.failed);
        let failing = ends.filter(|(_, failed)| **failed).map(|(trial, _)| trial);
        self.asked.drawn.probability_in(self.total.len(), failing)
    }

    /// Mean of the capital that is lacking, in units of currency.
    fn shortfall(&self, end: &End<'_>) -> Estimate {
        let Asked { drawn, per_unit, .. } = self.asked;
        let told = Walk::beyond(end.spare, end.losses, self.total.len()).mean(drawn);
        let of_all = || {
            let mut lacked = vec![0.0; self.total.len()];
            self.struck().zip(end.shortfalls()).for_each(|(trial, short)| lacked[trial] = short);
            Mean::of(&lacked, self.whole.largest() as f64, drawn).own
        };
        told.unwrap_or_else(of_all).over(per_unit)
    }

    /// The struck trials: outside of them nobody fails or lacks capital.
    fn struck(&self) -> impl Iterator<Item = usize> {
        self.borne.sample.policies[self.policy].struck.iter().map(|own| own.trial)
    }

    /// Rows of a lender whose losses are a multiple of those that these numbers are of, and how it ends.
    fn rows(
        &self,
        at: usize,
        scale: f64,
        (kind, of_end): (&Numbers<'_>, Option<(Estimate, Estimate)>),
    ) -> Vec<LenderRow> {
        let Self { borne, policy, asked, .. } = *self;
        let lender = &borne.market.roster.lenders[at];
        let row = |measure, level: Option<Level>, estimate| LenderRow {
            policy: self.id.to_owned(),
            lender: lender.name.clone(),
            group: lender.group.map(|group| borne.market.roster.groups[group].name.clone()),
            measure,
            level: level.map(Level::get),
            estimate,
            degenerate: false,
        };
        let exact = |value| Estimate::exact(value, asked.drawn.confidence.get());
        let units = |x: f64| self.units(x);
        let mut rows = Vec::new();
        if let Some((capital, weighted)) = borne.capital(policy, &[at]) {
            rows.push(row(Measure::RiskWeightedAssets, None, exact(units(weighted))));
            if weighted > 0.0 {
                rows.push(row(Measure::CapitalRatio, None, exact(capital / weighted)));
            }
        }
        rows.push(row(Measure::ExpectedLoss, None, along(kind.mean, |x| scale * x, scale)));
        if let Some((fails, short)) = of_end {
            rows.push(row(Measure::FailureProbability, None, fails));
            rows.push(row(Measure::CapitalShortfall, None, short));
        }
        for found in &kind.shortfalls {
            let estimate = along(found.estimate, |x| scale * x, scale);
            rows.push(row(Measure::MarginalShortfall, found.level, estimate));
        }
        if let Some(capital) = lender.capital {
            let debts = borne.market.sheets[policy].assets[at] + self.claims(at) - capital;
            let k = borne.market.capital_ratio;
            for found in &kind.shortfalls {
                let srisk = |mes: f64| srisk(k, units(debts), units(capital), scale * mes);
                let estimate = along(found.estimate, srisk, (1.0 - k) * scale);
                let quality = match estimate.quality {
                    Quality::Bound => Quality::TooFew,
                    other => other,
                };
                rows.push(row(Measure::Srisk, found.level, Estimate { quality, ..estimate }));
            }
        }
        for (&level, near) in asked.levels.iter().zip(&kind.near) {
            let own = |t: usize| match scale == 1.0 {
                true => kind.losses[t],
                false => whole_units(scale * kind.stays.at(t)),
            };
            let others = |t: u32| self.total[t as usize] - own(t as usize);
            let estimate = delta_covar(near, others, level, asked);
            let covar = row(Measure::DeltaCovar, Some(level), estimate);
            rows.push(LenderRow { degenerate: kind.degenerate, ..covar });
        }
        rows
    }

    /// What other lenders owe a lender, smallest units.
    fn claims(&self, at: usize) -> f64 {
        let contagion = self.borne.market.contagion.as_ref();
        let member = contagion.and_then(|c| Some((c, c.member(at)?)));
        member.map_or(0.0, |(c, member)| c.network().claims(member))
    }
}

/// What lenders whose losses are multiples of each other have in common, of the first of them.
struct Numbers<'l> {
    /// What stays at it, smallest units, and the same rounded.
    stays: &'l Stays<'l>,
    losses: &'l [i64],
    mean: Estimate,
    shortfalls: Vec<Added>,
    /// By level: trials near it and near the median.
    near: Vec<Near>,
    degenerate: bool,
}

/// An estimate carried along a rising straight line of this slope.
fn along(estimate: Estimate, line: impl Fn(f64) -> f64, slope: f64) -> Estimate {
    Estimate {
        value: line(estimate.value),
        standard_error: estimate.standard_error.map(|error| slope * error),
        lower: estimate.lower.map(&line),
        upper: estimate.upper.map(&line),
        ..estimate
    }
}

/// Equation 3.
pub fn srisk(k: f64, debts: f64, capital: f64, marginal_shortfall: f64) -> f64 {
    k * debts - (1.0 - k) * (capital - marginal_shortfall)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C6 of Brownlees and Engle: W 60, D 900, k 8 %, MES 3 % over 18 steps.
    #[test]
    fn srisk_meets_the_published_example() {
        let fall = 1.0 - libm::exp(-18.0 * 0.03);
        let found = srisk(0.08, 900.0, 60.0, 60.0 * fall);
        assert!((found - 39.832296).abs() < 1e-6, "{found}");
    }
}
