//! Which effect of a policy changes the losses, and by how much: order-free shares that add up.
//!
//! With v(S) the change of a measure from the baseline to the policy with only the effects in S, effect i
//! of n gets the Shapley value
//!
//! 1. phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)),
//!
//! the mean of what it adds over all orders in which effects can be switched on (Shapley 1953; for
//! risk measures Denault 2001). The values add up to v of all. Each is a linear combination of the same
//! measure under 2^n policies on the same trials, so that its error is that of the combination of
//! their influences ([`super::statistic`]).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::Estimate;
use super::influence::Told;
use super::jumps;
use super::measure::Measure;
use super::order::Ranked;
use super::statistic::{Asked, Known, Sample, Statistic, means_and_shortfalls};
use crate::engine::LossSample;
use crate::policy::attribution::Channel;
use crate::system::{Scope, ScopeKind};

/// What one effect adds to the change of a measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttributionRow {
    /// Policy id.
    pub policy: String,
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Name of the scope.
    pub scope: String,
    /// What is measured: EL or ES.
    pub measure: Measure,
    /// Level of ES.
    pub level: Option<f64>,
    /// The effect; `null` for all together.
    pub channel: Option<Channel>,
    /// What it adds, units of currency.
    pub estimate: Estimate,
    /// The measure under the baseline, units of currency.
    pub baseline: f64,
}

/// Whose losses are attributed.
#[derive(Debug, Clone, Copy)]
pub struct Attributed<'a> {
    /// Id of the policy.
    pub policy: &'a str,
    /// Its effects.
    pub channels: &'a [Channel],
    /// Losses under sets of them ([`crate::policy::attribution::sets`]) that differ.
    pub sample: &'a LossSample,
    /// Which of these is that of each set.
    pub places: &'a [usize],
    /// Loss under each that differs if everybody defaulted by column, smallest units.
    pub largest: &'a [Vec<i64>],
    /// Whether each effect changes anything in any set.
    pub acts: &'a [bool],
}

/// Rows of one scope: by measure, the effects in order, then all together.
pub fn attribute(of: Attributed<'_>, scope: &Scope, asked: Asked<'_>) -> Vec<AttributionRow> {
    let known: Vec<Vec<Statistic>> = (0..of.largest.len())
        .map(|at| {
            let losses = of.sample.losses(at, scope.columns());
            let ranked = Ranked::new(&losses, asked.drawn);
            let largest = scope.columns().iter().map(|&c| of.largest[at][c]).sum();
            let sample = Sample {
                losses: &losses,
                defaults: &[],
                credit: 0,
                largest,
                known: Known::default(),
            };
            means_and_shortfalls(sample, &ranked, asked)
        })
        .collect();
    let sets: Vec<&[Statistic]> = of.places.iter().map(|&at| known[at].as_slice()).collect();
    let confidence = asked.drawn.confidence.get();
    let mut rows = Vec::new();
    for (at, today) in sets[0].iter().enumerate() {
        let each = of
            .channels
            .iter()
            .zip(of.acts)
            .enumerate()
            .map(|(i, (&channel, &acts))| (Some(channel), acts, shares(i, of.channels.len())));
        let together = (None, of.acts.contains(&true), all(of.channels.len()));
        for (channel, acts, weights) in each.chain([together]) {
            let parts: Vec<(f64, &Statistic)> =
                weights.into_iter().map(|(set, weight)| (weight, &sets[set][at])).collect();
            rows.push(AttributionRow {
                policy: of.policy.to_owned(),
                scope_kind: scope.kind,
                scope: scope.name.clone(),
                measure: today.measure,
                level: today.level.map(crate::units::Level::get),
                channel,
                estimate: if acts {
                    combine(&parts, asked)
                } else {
                    Estimate::exact(0.0, confidence)
                },
                baseline: today.own.value,
            });
        }
    }
    rows
}

/// Equation 1 as weights of v of the sets.
fn shares(i: usize, n: usize) -> Vec<(usize, f64)> {
    let factorial = |k: usize| (1..=k).map(|x| x as f64).product::<f64>();
    let mut weights = Vec::new();
    for set in (0..1_usize << n).filter(|set| set >> i & 1 == 0) {
        let size = set.count_ones() as usize;
        let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
        weights.push((set | 1 << i, weight));
        weights.push((set, -weight));
    }
    weights
}

fn all(n: usize) -> Vec<(usize, f64)> {
    vec![((1 << n) - 1, 1.0), (0, -1.0)]
}

/// A linear combination of statistics on the same trials.
pub(super) fn combine(parts: &[(f64, &Statistic)], asked: Asked<'_>) -> Estimate {
    let value = parts.iter().map(|(weight, s)| weight * s.own.value).sum();
    let influences: Vec<_> = parts.iter().map(|(weight, s)| (*weight, &s.influence)).collect();
    let told = Told::by_sum(&influences, asked.drawn);
    let effective = parts.iter().map(|(_, s)| s.effective).fold(f64::INFINITY, f64::min);
    // That no trial told the sets apart is no error of 0.
    let error = told.error.filter(|_| !told.is_nothing);
    let found = asked.drawn.around(value, error, effective, told.ratio(asked.drawn, error));
    jumps::of_sum(found, parts, asked.drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapley_weights_add_up_and_know_simple_games() {
        for n in 1..=5 {
            // v(S) = sum of own values plus one joint bonus: everybody gets the own value and 1 / n of it.
            let full = (1_usize << n) - 1;
            let v = |set: usize| {
                let own: f64 = (0..n).filter(|i| set >> i & 1 == 1).map(|i| i as f64 + 1.0).sum();
                own + if set == full { 10.0 } else { 0.0 }
            };
            for i in 0..n {
                let found: f64 = shares(i, n).iter().map(|&(set, weight)| weight * v(set)).sum();
                assert!((found - (i as f64 + 1.0) - 10.0 / n as f64).abs() < 1e-12);
                let none: f64 = shares(i, n).iter().map(|w| w.1).sum();
                assert!(none.abs() < 1e-12);
            }
        }
        // A channel that needs another shares what they do together with it.
        let v = |set: usize| if set & 3 == 3 { 1.0 } else { 0.0 };
        let value = |i| shares(i, 3).iter().map(|&(set, weight)| weight * v(set)).sum::<f64>();
        assert!((value(0) - 0.5).abs() < 1e-12 && (value(1) - 0.5).abs() < 1e-12);
        assert!(value(2).abs() < 1e-12);
    }
}
