//! What the system and each lender are to one another, lender by lender.
//!
//! With x_j what stays at lender j, S the total and S_j = S - x_j:
//!
//! 1. marginal expected shortfall MES_j = the mean of x_j in the worst 1 - q of S, atoms split as in ES
//!    (Acharya, Pedersen, Philippon and Richardson 2017): with investors' it adds up to ES of S
//!    ([`super::contribution`], equation 2);
//! 2. Delta CoVaR_j = VaR_q of S_j given x_j at its q-quantile, less the same given x_j at its median
//!    (Adrian and Brunnermeier 2016): "at" is a rank of x_j within (1 - q) / 2 of the level. Where x_j and
//!    S_j are the same share of everything in all trials it says nothing but how large S_j is, and is
//!    marked degenerate;
//! 3. SRISK_j = k D_j - (1 - k) (C_j - MES_j), with capital C, debts D = assets - C and the threshold k of
//!    the capital ratio (Brownlees and Engle 2017, with the loss of one horizon in place of a fall of
//!    the share price): negative where there is more than enough.

use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::borne::{Borne, largest_of, rounded, whole_units};
use super::contribution::{Added, Whole};
use super::drawn::Drawn;
use super::estimate::{Estimate, Quality};
use super::interval::{FEW, quantile_ranks};
use super::kinds::{Kind, alike, in_proportion};
use super::measure::Measure;
use super::order::Ranked;
use super::statistic::{Asked, Sample, mean_of, probability_of};
use crate::engine::ordered_map;
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
    let of = Lenders { borne, policy, id, asked, total: &total, whole: &whole };
    let everybody: Vec<usize> = (0..borne.market.roster.lenders.len()).collect();
    let kinds = in_proportion(borne.market, &everybody);
    let never = AtomicBool::new(false);
    let one = |(): &mut (), at: usize| of.kind(&kinds[at]);
    let mapped = ordered_map(kinds.len(), threads, &never, || (), one, |_| {});
    let mut rows: Vec<(usize, Vec<LenderRow>)> = mapped.done.into_iter().flatten().collect();
    rows.sort_by_key(|(lender, _)| *lender);
    rows.into_iter().flat_map(|(_, rows)| rows).collect()
}

struct Lenders<'a> {
    borne: Borne<'a>,
    policy: usize,
    id: &'a str,
    asked: Asked<'a>,
    total: &'a [i64],
    whole: &'a Whole<'a>,
}

impl Lenders<'_> {
    /// Rows of lenders whose losses are multiples of the first's, each with its number.
    fn kind(&self, kind: &Kind) -> Vec<(usize, Vec<LenderRow>)> {
        let Self { borne, policy, asked, .. } = *self;
        let exact = borne.lender(policy, kind.first);
        let most = largest_of(&exact);
        let has_capital = |lender: usize| borne.market.roster.lenders[lender].capital.is_some();
        // What loses nothing and has nothing to lose is not told.
        let told = kind.members.iter().filter(|own| most > 0.0 || has_capital(own.0));
        let told: Vec<usize> = told.map(|own| own.0).collect();
        if told.is_empty() {
            return Vec::new();
        }
        let losses = rounded(&exact);
        let largest = self.whole.largest();
        let part = Sample { losses: &losses, defaults: &[], credit: 0, largest, moving: false };
        let mean = losses.iter().map(|&x| self.units(x as f64)).collect();
        let numbers = Numbers {
            mean: mean_of(Measure::ExpectedLoss, mean, self.largest(), asked).own,
            shortfalls: self.whole.added_to_shortfall(part),
            near: ByLoss::new(&losses, asked).near_levels(asked),
            degenerate: is_the_same_share(&losses, self.total),
            losses: exact,
        };
        let sound = self.of_end(losses.len(), |_| false, |_| 0.0);
        let mut all = Vec::new();
        for alike in alike(borne.market, policy, &told) {
            let first = alike.first;
            let capital = borne.market.roster.lenders[first].capital;
            let of_end = capital.map(|capital| {
                let own = (first, capital);
                if borne.is_sound(policy, own, kind.scale_of(first) * most) {
                    return sound;
                }
                let losses = match first == kind.first {
                    true => &numbers.losses,
                    false => &borne.lender(policy, first),
                };
                let end = borne.end(policy, own, losses);
                self.of_end(losses.len(), |t| end.failed[t], |t| end.shortfall(t))
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

    /// The most that anybody may lose, and that all may.
    fn largest(&self) -> (f64, f64) {
        let most = self.units(self.whole.largest() as f64);
        (most, most)
    }

    /// Probability of failure and shortfall of capital from how trials end.
    fn of_end(
        &self,
        trials: usize,
        fails: impl Fn(usize) -> bool,
        lacks: impl Fn(usize) -> f64,
    ) -> (Estimate, Estimate) {
        let key = (Measure::FailureProbability, None);
        let fails = probability_of(key, (trials, fails), self.largest().0, self.asked);
        let short = (0..trials).map(|t| self.units(lacks(t))).collect();
        let short = mean_of(Measure::CapitalShortfall, short, self.largest(), self.asked);
        (fails.own, short.own)
    }

    /// Rows of a lender whose losses are a multiple of those that these numbers are of, and how it ends.
    fn rows(
        &self,
        at: usize,
        scale: f64,
        (kind, of_end): (&Numbers, Option<(Estimate, Estimate)>),
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
            let others =
                |t: u32| self.total[t as usize] - whole_units(scale * kind.losses[t as usize]);
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
struct Numbers {
    /// What stays at it, smallest units.
    losses: Vec<f64>,
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

/// Trials in which a lender's loss is near its quantile and near its median.
struct Near {
    at: Vec<u32>,
    median: Vec<u32>,
}

/// Trials of some parts of the law of a lender's loss, by rising loss.
///
/// Plain sampling asks for the ranks within (1 - q) / 2 of the levels and of the median only: two parts are
/// sorted, the rest is not.
struct ByLoss {
    /// First rank of each part, and its trials.
    parts: Vec<(usize, Vec<u32>)>,
    trials: usize,
}

impl ByLoss {
    fn new(losses: &[i64], asked: Asked<'_>) -> Self {
        let n = losses.len();
        let mut all: Vec<(i64, u32)> = losses.iter().copied().zip(0..).collect();
        let widest = asked.levels.iter().map(|level| level.tail()).fold(0.0, f64::max);
        let lowest = asked.levels.first().map_or(1.0, |level| level.get());
        // One rank more on each side than the widest band asks for.
        let rank = |share: f64| ((share * n as f64) as usize).saturating_sub(1).min(n);
        let (low, high) = (rank(0.5 - 0.5 * widest), rank(0.5 + 0.5 * widest) + 3);
        let top = rank(lowest - 0.5 * widest);
        let numbers = |part: &[(i64, u32)]| part.iter().map(|own| own.1).collect();
        if !asked.drawn.is_plain() || n < 1_000 || high >= top {
            all.sort_unstable();
            return Self { parts: vec![(0, numbers(&all))], trials: n };
        }
        let (below, _, _) = all.select_nth_unstable(top);
        let (_, _, middle) = below.select_nth_unstable(low);
        middle.select_nth_unstable(high - low - 1);
        all[top..].sort_unstable();
        all[low..high].sort_unstable();
        let parts = vec![(low, numbers(&all[low..high])), (top, numbers(&all[top..]))];
        Self { parts, trials: n }
    }

    /// For every level, the trials near it and near the median.
    fn near_levels(&self, asked: Asked<'_>) -> Vec<Near> {
        let near = |&level: &Level| Near {
            at: self.near((level.get(), level), asked.drawn),
            median: self.near((0.5, level), asked.drawn),
        };
        asked.levels.iter().map(near).collect()
    }

    /// The trials whose place in the law is within (1 - q) / 2 of `centre`.
    fn near(&self, (centre, level): (f64, Level), drawn: Drawn<'_>) -> Vec<u32> {
        let n = self.trials as f64;
        let half = 0.5 * level.tail();
        let is_near = |place: f64| (centre - half..=centre + half).contains(&place);
        let mut chosen = Vec::new();
        for (first, part) in &self.parts {
            // Weight below: the rank, where all weigh the same.
            let mut sum = *first as f64;
            for &t in part {
                let weight = drawn.weight(t as usize);
                // The middle of the trial's part of the law.
                if is_near((sum + 0.5 * weight) / n) {
                    chosen.push(t);
                }
                sum += weight;
            }
        }
        chosen
    }
}

/// Whether a part is the same share of the whole in every trial, to the rounding of both.
fn is_the_same_share(part: &[i64], whole: &[i64]) -> bool {
    let sums =
        part.iter().zip(whole).fold((0.0, 0.0), |(p, w), (&a, &b)| (p + a as f64, w + b as f64));
    let share = sums.0 / sums.1;
    sums.1 > 0.0
        && part
            .iter()
            .zip(whole)
            .all(|(&a, &b)| (a as f64 - share * b as f64).abs() <= 2.0 + 1e-6 * a as f64)
}

/// Equation 2 from the trials in the order of a lender's loss and the losses of all others.
fn delta_covar(
    near: &Near,
    others: impl Fn(u32) -> i64,
    level: Level,
    asked: Asked<'_>,
) -> Estimate {
    let Asked { drawn, per_unit, .. } = asked;
    let of = |trials: &[u32]| conditional(trials, &others, level, drawn);
    let (at, median) = (of(&near.at), of(&near.median));
    let value = (at.value - median.value) as f64 / per_unit;
    let error = at.error.zip(median.error).map(|(a, b)| (a * a + b * b).sqrt() / per_unit);
    let effective = at.effective.min(median.effective);
    let reach = drawn.reach();
    Estimate {
        value,
        standard_error: error,
        lower: error.map(|error| value - reach * error),
        upper: error.map(|error| value + reach * error),
        confidence: drawn.confidence.get(),
        quality: if effective < FEW { Quality::TooFew } else { Quality::Good },
        effective_trials: Some(effective),
        variance_ratio: None,
    }
}

/// A conditional VaR.
struct Conditional {
    value: i64,
    error: Option<f64>,
    /// Trials beyond it among those that count.
    effective: f64,
}

/// VaR of `others` among some trials.
fn conditional(
    chosen: &[u32],
    others: &impl Fn(u32) -> i64,
    level: Level,
    drawn: Drawn<'_>,
) -> Conditional {
    let bearing = drawn.bearing(chosen.iter().map(|&t| t as usize));
    let weigh = |&t: &u32| (others(t), drawn.weight(t as usize));
    let mut ranked: Vec<(i64, f64)> = chosen.iter().map(weigh).collect();
    ranked.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let Some(&(largest, _)) = ranked.last() else {
        return Conditional { value: 0, error: None, effective: 0.0 };
    };
    let whole: f64 = ranked.iter().map(|own| own.1).sum();
    // Smallest value with at least this share at or below it.
    let quantile = |share: f64| {
        let mut below = 0.0;
        let is_enough = |own: &&(i64, f64)| {
            below += own.1;
            below >= share * whole * (1.0 - 1e-12)
        };
        ranked.iter().find(is_enough).map_or(largest, |own| own.0)
    };
    let m = (bearing as usize).max(1);
    let (r, s) = quantile_ranks(m, level, drawn.confidence);
    let end = |rank: Option<usize>| rank.map(|rank| quantile(rank as f64 / m as f64) as f64);
    let error = end(r).zip(end(s)).map(|(low, high)| (high - low) / (2.0 * drawn.reach()));
    Conditional { value: quantile(level.get()), error, effective: bearing * level.tail() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal;
    use crate::units::Confidence;

    /// C6 of Brownlees and Engle: W 60, D 900, k 8 %, MES 3 % over 18 steps.
    #[test]
    fn srisk_meets_the_published_example() {
        let fall = 1.0 - libm::exp(-18.0 * 0.03);
        let found = srisk(0.08, 900.0, 60.0, 60.0 * fall);
        assert!((found - 39.832296).abs() < 1e-6, "{found}");
    }

    #[test]
    fn selected_parts_hold_what_a_full_sort_holds() {
        let losses: Vec<i64> = (0..20_000).map(|i| i * 7_919 % 3_001).collect();
        let levels = [0.95, 0.99, 0.999].map(|x| Level::new(x).unwrap());
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        let asked = Asked { levels: &levels, thresholds: &[], drawn, per_unit: 1.0 };
        let mut order: Vec<(i64, u32)> = losses.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let whole = vec![(0, order.into_iter().map(|own| own.1).collect())];
        let sorted = ByLoss { parts: whole, trials: losses.len() };
        let selected = ByLoss::new(&losses, asked);
        assert_eq!(selected.parts.len(), 2);
        for level in levels {
            for centre in [0.5, level.get()] {
                let near = selected.near((centre, level), drawn);
                assert_eq!(near, sorted.near((centre, level), drawn), "{centre} {level}");
                let share = near.len() as f64 / losses.len() as f64;
                assert!((share - level.tail()).abs() < 1e-4, "{share}");
            }
        }
    }

    /// Two standard normals of correlation 0.5 on a grid of probabilities: Delta CoVaR at 99 % is
    /// 0.5 G(0.99) = 1.1631739.
    #[test]
    fn delta_covar_meets_the_normal_law() {
        let level = Level::new(0.95).unwrap();
        let (outer, inner) = (2_000, 400);
        let unit = 1e6;
        let at = |i: usize, n: usize| normal::quantile((i as f64 + 0.5) / n as f64);
        let mut own = Vec::new();
        let mut others = Vec::new();
        for i in 0..outer {
            for j in 0..inner {
                let x = at(i, outer);
                own.push((x * unit) as i64);
                others.push(((0.5 * x + 0.75_f64.sqrt() * at(j, inner)) * unit) as i64);
            }
        }
        let levels = [level];
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        let asked = Asked { levels: &levels, thresholds: &[], drawn, per_unit: unit };
        let near = ByLoss::new(&own, asked).near_levels(asked);
        let found = delta_covar(&near[0], |t| others[t as usize], level, asked);
        let expected = 0.5 * normal::quantile(0.95);
        // The band of ranks is 5 % wide: the law within it is a little wider at the level than at the median.
        assert!((found.value - expected).abs() < 0.03, "{found:?}, expected {expected}");
        assert!(found.lower.unwrap() < found.value && found.value < found.upper.unwrap());
        // A wrong twin: correlation 0.6.
        assert!((found.value - 0.6 * normal::quantile(0.95)).abs() > 0.1);
    }
}
