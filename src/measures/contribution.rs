//! What each part of the system (a segment, a lender) adds to its credit, EL and ES.
//!
//! With S the loss of the part, L that of the system, n trials and v the VaR of L at level q:
//!
//! 1. weight w(L) = 1 above v, 0 below it, and at v the share of that atom that belongs to the worst
//!    1 - q: w(v) = (n (1 - q) - #\[L > v\]) / #\[L = v\], so that the weights add up to n (1 - q);
//! 2. contribution to ES: C = sum w(L) S / (n (1 - q)), the mean of S in the worst 1 - q of the
//!    system. It is the Euler allocation of ES (Tasche 1999), and as the parts' S add up to L in
//!    every trial, their C add up to ES;
//! 3. contribution to EL: equation 2 at q = 0, where every weight is 1;
//! 4. influence of C: psi = w(L) (S - m) / (1 - q) + m - C with m = E\[S | L = v\]. With S = L this is
//!    the influence of ES. m is v sum S / sum L over the trials at v, or over those in the
//!    distribution-free interval of VaR where fewer than 50 lie at v itself: the parts' m add up to v;
//! 5. influence of the share R = C / ES: (psi_C - R psi_ES) / ES, trial by trial.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, Quality};
use super::interval::{FEW, around, quantile_ranks, unseen_probability};
use super::measure::Measure;
use super::order::tail;
use super::statistic::{Asked, Sample, evenness_of};
use crate::system::ScopeKind;
use crate::units::Level;

/// What one part adds to one measure of the system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    /// Policy id.
    pub policy: String,
    /// Kind of the part.
    pub scope_kind: ScopeKind,
    /// Name of the part.
    pub scope: String,
    /// Credit, EL or ES of the system.
    pub measure: Measure,
    /// Level of ES.
    pub level: Option<f64>,
    /// What the part adds, units of currency; the parts of a kind add up to the system.
    pub estimate: Estimate,
    /// The same as a share of the system's; `null` where that is 0.
    pub share: Option<Estimate>,
}

/// A contribution and its share, without the names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Added {
    /// Credit, EL or ES.
    pub measure: Measure,
    /// Level of ES.
    pub level: Option<Level>,
    /// Units of currency.
    pub estimate: Estimate,
    /// Share of the system's.
    pub share: Option<Estimate>,
}

/// The system, ready to be shared out: its worst trials at each level, found once for all parts.
pub struct Whole<'a> {
    system: Sample<'a>,
    asked: Asked<'a>,
    worst: Vec<(Worst, All)>,
}

/// EL or ES of the system, units of currency.
struct All {
    value: f64,
    influence: Influence,
}

impl<'a> Whole<'a> {
    /// `sorted` holds the losses of the system by rising size.
    pub fn new(system: Sample<'a>, sorted: &[i64], asked: Asked<'a>) -> Self {
        let levels = asked.levels.iter().map(|&level| Some(level));
        let worst = [None].into_iter().chain(levels);
        let worst = worst.map(|level| {
            let worst = Worst::new(system, sorted, level, asked);
            let value = worst.mean(system.losses) / asked.per_unit;
            let v = worst.value_at_risk as f64 / asked.per_unit;
            let influence = worst.influence(system.losses, asked.per_unit, v, value);
            (worst, All { value, influence })
        });
        Self { system, asked, worst: worst.collect() }
    }

    /// What a part adds to credit, EL and ES.
    pub fn added(&self, part: Sample<'_>) -> Vec<Added> {
        let exact = |value| Estimate::exact(value, self.asked.confidence.get());
        let whole = self.system.credit as f64;
        let credit = Added {
            measure: Measure::Credit,
            level: None,
            estimate: exact(part.credit as f64 / self.asked.per_unit),
            share: (whole > 0.0).then(|| exact(part.credit as f64 / whole)),
        };
        let of = |(worst, all): &(Worst, All)| worst.added(self.system, all, part, self.asked);
        let sampled = self.worst.iter().map(of);
        [credit].into_iter().chain(sampled).collect()
    }
}

/// The worst trials of the system: those beyond a level, or all of them.
struct Worst {
    level: Option<Level>,
    /// 1 - q.
    tail: f64,
    /// Trials beyond VaR.
    above: Vec<u32>,
    /// Trials at VaR.
    at: Vec<u32>,
    /// w(v).
    at_weight: f64,
    /// Trials that tell m.
    near: Vec<u32>,
    /// v, smallest units.
    value_at_risk: i64,
    /// Trials that bear on ES.
    effective: f64,
    /// Whether a larger loss than all in the sample may belong to the worst and was not seen.
    is_open: bool,
}

impl Worst {
    fn new(system: Sample<'_>, sorted: &[i64], level: Option<Level>, asked: Asked<'_>) -> Self {
        let n = sorted.len();
        let Some(q) = level else {
            return Self {
                level,
                tail: 1.0,
                above: (0..n as u32).collect(),
                at: Vec::new(),
                at_weight: 0.0,
                near: Vec::new(),
                value_at_risk: 0,
                effective: n as f64,
                is_open: false,
            };
        };
        let value_at_risk = tail(sorted, q).value_at_risk;
        let trials = |keep: &dyn Fn(i64) -> bool| -> Vec<u32> {
            let all = system.losses.iter().zip(0_u32..);
            all.filter(|&(&loss, _)| keep(loss)).map(|(_, trial)| trial).collect()
        };
        let above = trials(&|loss| loss > value_at_risk);
        let at = trials(&|loss| loss == value_at_risk);
        let beyond = above.len() as f64;
        let tail_trials = n as f64 * q.tail();
        let topped = value_at_risk >= system.largest;
        let near = if (at.len() as f64) < FEW {
            let (r, s) = quantile_ranks(n, q, asked.confidence);
            let (low, high) = (sorted[r.unwrap_or(q.rank(n)) - 1], sorted[s.unwrap_or(n) - 1]);
            trials(&|loss| (low..=high).contains(&loss))
        } else {
            at.clone()
        };
        Self {
            level,
            tail: q.tail(),
            at_weight: (tail_trials - beyond) / at.len() as f64,
            near,
            value_at_risk,
            effective: if topped { tail_trials } else { tail_trials.min(beyond) },
            is_open: above.is_empty() && !topped,
            above,
            at,
        }
    }

    /// Equation 2, smallest units. Sums are exact integers: they depend on no order.
    fn mean(&self, losses: &[i64]) -> f64 {
        let (above, at) = (sum(losses, &self.above) as f64, sum(losses, &self.at) as f64);
        (above + self.at_weight * at) / (losses.len() as f64 * self.tail)
    }

    /// m of equation 4, smallest units.
    fn at_value_at_risk(&self, system: &[i64], part: &[i64]) -> f64 {
        let (all, own) = (sum(system, &self.near), sum(part, &self.near));
        if all > 0 { self.value_at_risk as f64 * (own as f64 / all as f64) } else { 0.0 }
    }

    /// Equation 4.
    fn influence(&self, losses: &[i64], per_unit: f64, m: f64, mean: f64) -> Influence {
        let psi = |trials: &[u32], weight: f64| -> Vec<f64> {
            let units = trials.iter().map(|&t| losses[t as usize] as f64 / per_unit);
            units.map(|x| weight * (x - m) / self.tail + m - mean).collect()
        };
        let mut worst = psi(&self.above, 1.0);
        worst.extend(psi(&self.at, self.at_weight));
        Influence { others: losses.len() - worst.len(), of_others: m - mean, worst }
    }

    fn added(&self, system: Sample<'_>, whole: &All, part: Sample<'_>, asked: Asked<'_>) -> Added {
        let (own, per_unit) = (part.losses, asked.per_unit);
        let measure = match self.level {
            Some(_) => Measure::ExpectedShortfall,
            None => Measure::ExpectedLoss,
        };
        let value = self.mean(own) / per_unit;
        let largest = part.largest as f64 / per_unit;
        let unseen = (unseen_probability(own.len(), asked.confidence) / self.tail).min(1.0);
        let at = if self.at_weight > 0.0 { &self.at[..] } else { &[] };
        let seen = self.above.iter().chain(at).filter(|&&t| own[t as usize] != 0).count();
        let over = |share: f64| share / whole.value;
        if seen == 0 {
            let estimate = nothing_seen(unseen * largest, asked);
            let share =
                (whole.value > 0.0).then(|| nothing_seen(over(unseen * largest).min(1.0), asked));
            return Added { measure, level: self.level, estimate, share };
        }
        let m = self.at_value_at_risk(system.losses, own) / per_unit;
        let influence = self.influence(own, per_unit, m, value);
        let ratio = over(value);
        let of_share = influence.with(&whole.influence, |a, b| over(a - ratio * b));
        let finish = |value: f64, influence: &Influence| {
            let effective = self.effective.min(seen as f64).min(influence.evenness());
            around(value, influence.spread(), effective, asked.confidence)
        };
        let mut estimate = finish(value, &influence);
        let mut share = finish(ratio, &of_share);
        // What lies beyond the largest loss seen may hit this part alone, or the others alone.
        if self.is_open {
            widen(&mut estimate, unseen * value, unseen * (largest - value).max(0.0));
        }
        // A mix that never varied may still be another one in trials that did not occur.
        let is_fixed = part.largest == 0 || part.largest == system.largest;
        if self.is_open || !is_fixed && of_share.worst.iter().all(|&x| x == 0.0) {
            widen(&mut share, unseen * ratio, unseen * (1.0 - ratio).max(0.0));
        }
        Added { measure, level: self.level, estimate, share: Some(share) }
    }
}

/// Sum over some trials.
fn sum(losses: &[i64], trials: &[u32]) -> i128 {
    trials.iter().map(|&trial| i128::from(losses[trial as usize])).sum()
}

/// Influences of all trials: outside of the worst they are all the same.
struct Influence {
    worst: Vec<f64>,
    /// Trials that are not among the worst.
    others: usize,
    of_others: f64,
}

impl Influence {
    /// Trial by trial with another one of the same trials.
    fn with(&self, other: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            worst: self.worst.iter().zip(&other.worst).map(|(&a, &b)| join(a, b)).collect(),
            others: self.others,
            of_others: join(self.of_others, other.of_others),
        }
    }

    /// Sum of a function over all trials.
    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.worst.iter().map(|&x| of(x)).sum::<f64>() + self.others as f64 * of(self.of_others)
    }

    /// As [`super::statistic::spread`].
    fn spread(&self) -> Option<f64> {
        let n = (self.worst.len() + self.others) as f64;
        if n < 2.0 {
            return None;
        }
        let mean = self.sum(|x| x) / n;
        Some((self.sum(|x| (x - mean) * (x - mean)) / (n * (n - 1.0))).sqrt())
    }

    /// As [`super::statistic::evenness`].
    fn evenness(&self) -> f64 {
        let others = (self.others > 0).then_some(self.of_others);
        let largest = self.worst.iter().copied().chain(others).map(|x| x * x).fold(0.0, f64::max);
        evenness_of(self.sum(|x| x * x), largest)
    }
}

/// Value 0 below a bound; exactly 0 where the bound is.
fn nothing_seen(upper: f64, asked: Asked<'_>) -> Estimate {
    let exact = Estimate::exact(0.0, asked.confidence.get());
    if upper == 0.0 {
        return exact;
    }
    Estimate { standard_error: None, upper: Some(upper), quality: Quality::Bound, ..exact }
}

fn widen(estimate: &mut Estimate, below: f64, above: f64) {
    estimate.lower = Some(estimate.lower.unwrap_or(estimate.value) - below);
    estimate.upper = Some(estimate.upper.unwrap_or(estimate.value) + above);
    estimate.quality = Quality::TooFew;
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};
    use statrs::distribution::{Binomial, Continuous, ContinuousCDF, DiscreteCDF, Normal};

    use super::super::statistic::{evenness, spread};
    use super::*;
    use crate::units::Confidence;

    const LEVELS: [f64; 2] = [0.6, 0.95];

    fn sample<'a>(losses: &'a [i64], defaults: &'a [u64], largest: i64) -> Sample<'a> {
        Sample { losses, defaults, credit: largest, largest }
    }

    /// What each of the parts adds, and the system's losses sorted.
    fn added(parts: &[&[i64]], levels: &[f64]) -> (Vec<Vec<Added>>, Vec<i64>) {
        let n = parts[0].len();
        let losses: Vec<i64> = (0..n).map(|t| parts.iter().map(|p| p[t]).sum()).collect();
        let mut sorted = losses.clone();
        sorted.sort_unstable();
        let defaults = vec![0; n];
        let most: Vec<i64> = parts.iter().map(|p| 2 * p.iter().max().unwrap() + 10).collect();
        let levels: Vec<Level> = levels.iter().map(|&q| Level::new(q).unwrap()).collect();
        let asked = Asked {
            levels: &levels,
            thresholds: &[],
            confidence: Confidence::new(0.95).unwrap(),
            per_unit: 1.0,
        };
        let system = sample(&losses, &defaults, most.iter().sum());
        let whole = Whole::new(system, &sorted, asked);
        let of = |(&p, &most): (&&[i64], &i64)| whole.added(sample(p, &defaults, most));
        let added = parts.iter().zip(&most).map(of).collect();
        (added, sorted)
    }

    #[test]
    fn the_atom_at_var_is_split() {
        // Losses 1, 2, 2, 2, 10; the worst 40 % are the ten and one of the twos. The part loses 1 in
        // one of the twos and 4 of the ten: (4 + 1/3) / 2.
        let (found, _) = added(&[&[0, 1, 0, 0, 4], &[1, 1, 2, 2, 6]], &[0.6]);
        let es = |k: usize| found[k][2].estimate.value;
        assert!((es(0) - (4.0 + 1.0 / 3.0) / 2.0).abs() < 1e-12);
        assert!((es(0) + es(1) - 6.0).abs() < 1e-12);
        // The mean over all trials at or above VaR, the usual wrong twin, does not add up to ES.
        assert!((5.0_f64 / 4.0 + 11.0 / 4.0 - 6.0).abs() > 1.0);
    }

    #[test]
    fn parts_add_up_and_all_of_it_is_what_the_system_is() {
        let first: Vec<i64> = (0..500).map(|t| (t * t) % 97).collect();
        let second: Vec<i64> = (0..500).map(|t| (t * 31) % 53 * 3).collect();
        let third: Vec<i64> = (0..500).map(|t| if t % 11 == 0 { 400 } else { 0 }).collect();
        let (found, sorted) = added(&[&first, &second, &third], &LEVELS);
        for at in 0..3 {
            let sum: f64 = found.iter().map(|part| part[at].estimate.value).sum();
            let share: f64 = found.iter().map(|part| part[at].share.unwrap().value).sum();
            assert!((share - 1.0).abs() < 1e-12, "{at}");
            let whole = match found[0][at].level {
                Some(level) => tail(&sorted, level).expected_shortfall,
                None if at == 0 => continue,
                None => sorted.iter().sum::<i64>() as f64 / 500.0,
            };
            assert!((sum - whole).abs() < 1e-9 * whole, "{at}: {sum} {whole}");
        }
    }

    #[test]
    fn what_was_not_seen_is_a_bound_and_never_known() {
        let quiet = vec![0; 200];
        let loud: Vec<i64> = (0..200).collect();
        let (found, _) = added(&[&quiet, &loud], &[0.95]);
        let [silent, other] = [0, 1].map(|k| found[k][2]);
        assert_eq!((silent.estimate.value, silent.estimate.quality), (0.0, Quality::Bound));
        assert!(silent.estimate.upper > Some(1.0) && silent.share.unwrap().upper > Some(0.001));
        assert_eq!(other.share.unwrap().value, 1.0);
        assert!(other.share.unwrap().lower < Some(0.99), "{:?}", other.share);
        // VaR is the largest loss seen, and more could come.
        let (found, _) = added(&[&[3; 30], &[4; 30]], &[0.95]);
        let widened = found[0][2].estimate;
        assert_eq!(widened.quality, Quality::TooFew);
        assert!(widened.lower < Some(3.0) && widened.upper > Some(3.0));
        // No losses at all: no share of nothing.
        let (found, _) = added(&[&quiet, &quiet], &[0.95]);
        assert_eq!(found[0][2].share, None);
    }

    #[test]
    fn all_trials_alike_outside_of_the_worst_are_taken_together() {
        let influence = Influence { worst: vec![3.0, -1.0, 0.5], others: 4, of_others: -0.625 };
        let all = [3.0, -1.0, 0.5, -0.625, -0.625, -0.625, -0.625];
        let [short, long] = [influence.spread(), spread(&all)].map(Option::unwrap);
        assert!((short - long).abs() < 1e-15);
        assert_eq!(influence.evenness(), evenness(&all));
    }

    /// Correlated normal losses of two parts, in thousandths.
    fn normals(seed: u64, n: usize) -> [Vec<i64>; 2] {
        let mut generator = rand_philox::Philox::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut generator) };
        let mut parts = [Vec::new(), Vec::new()];
        for _ in 0..n {
            let (a, b) = (draw(), draw());
            parts[0].push((1_000.0 * (MEANS[0] + SDS[0] * a)).round() as i64);
            let mixed = CORRELATION * a + (1.0 - CORRELATION * CORRELATION).sqrt() * b;
            parts[1].push((1_000.0 * (MEANS[1] + SDS[1] * mixed)).round() as i64);
        }
        parts
    }

    const MEANS: [f64; 2] = [40.0, 60.0];
    const SDS: [f64; 2] = [3.0, 8.0];
    const CORRELATION: f64 = 0.25;

    /// Mean of S + Cov(S, L) / sd(L) x density(z) / (1 - q): the contribution of a normal part.
    fn exact(level: f64) -> (f64, f64) {
        let law = Normal::standard();
        let covariance = SDS[0] * SDS[0] + CORRELATION * SDS[0] * SDS[1];
        let variance = SDS[0] * SDS[0] + SDS[1] * SDS[1] + 2.0 * CORRELATION * SDS[0] * SDS[1];
        let slope = law.pdf(law.inverse_cdf(level)) / (1.0 - level) / variance.sqrt();
        let own = MEANS[0] + covariance * slope;
        (own, own / (MEANS[0] + MEANS[1] + variance * slope))
    }

    /// Null: bands of contribution and share cover in 93..=97 % of 1,000 runs of 2,000 trials (100
    /// beyond the level), seeds 0, 1, 2, ...; four one-sided tests at 1e-4 each. The wrong twins, a law
    /// whose contribution or share is 1 % larger, must be refused.
    #[test]
    fn bands_cover_the_closed_form_of_normal_parts() {
        let level = LEVELS[1];
        let (own, share) = exact(level);
        let (mut hits, mut wrong) = ([0_u64; 2], [0_u64; 2]);
        let runs = 1_000;
        for seed in 0..runs {
            let [first, second] = normals(seed, 2_000);
            let (found, _) = added(&[&first, &second], &[level]);
            let (estimate, relative) = (found[0][2].estimate, found[0][2].share.unwrap());
            let covers = |e: &Estimate, x: f64| e.lower.unwrap() <= x && x <= e.upper.unwrap();
            hits[0] += u64::from(covers(&estimate, 1_000.0 * own));
            hits[1] += u64::from(covers(&relative, share));
            wrong[0] += u64::from(covers(&estimate, 1_010.0 * own));
            wrong[1] += u64::from(covers(&relative, 1.01 * share));
        }
        let refused = |hits: u64| {
            let (low, high) = (Binomial::new(0.93, runs), Binomial::new(0.97, runs));
            low.unwrap().cdf(hits) < 1e-4 || high.unwrap().sf(hits - 1) < 1e-4
        };
        assert!(!refused(hits[0]) && !refused(hits[1]), "{hits:?}");
        assert!(refused(wrong[0]) && refused(wrong[1]), "{wrong:?}");
    }
}
