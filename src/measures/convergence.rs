//! How estimates settle as trials are added: the same statistics on growing prefixes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawn::averaging_one;
use super::order::Ranked;
use super::statistic::{Asked, Sample, means_and_tails};
use super::{Estimate, Measure};

/// One line of the convergence table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConvergenceRow {
    /// Policy id.
    pub policy: String,
    /// First so many trials.
    pub trials: u64,
    /// Which statistic.
    pub measure: Measure,
    /// Its level.
    pub level: Option<f64>,
    /// The estimate from these trials alone.
    pub estimate: Estimate,
}

/// Prefixes: halvings of the whole, down to about a thousand trials.
fn prefixes(n: usize) -> Vec<usize> {
    let mut lengths = vec![n];
    while lengths.len() < 8 && lengths[lengths.len() - 1] >= 2_000 {
        lengths.push(lengths[lengths.len() - 1] / 2);
    }
    lengths.reverse();
    lengths
}

/// EL, VaR and ES of the system on each prefix.
pub fn convergence(policy: &str, sample: Sample<'_>, asked: Asked<'_>) -> Vec<ConvergenceRow> {
    prefixes(sample.losses.len())
        .into_iter()
        .flat_map(|n| {
            // Neither defaults nor losses over credit are told.
            let losses = &sample.losses[..n];
            let part = Sample { losses, defaults: &[], credit: 0, ..sample };
            // The weights of a prefix average 1 of their own.
            let weights = asked.drawn.weights.map(|all| averaging_one(&all[..n]));
            let drawn = asked.drawn.first(weights.as_deref());
            let asked = Asked { drawn, ..asked };
            let (mean, tails) = means_and_tails(part, &Ranked::new(part.losses, drawn), asked);
            [mean]
                .into_iter()
                .chain(tails.into_iter().flatten())
                .map(move |s| ConvergenceRow {
                    policy: policy.to_owned(),
                    trials: n as u64,
                    measure: s.measure,
                    level: s.level.map(crate::units::Level::get),
                    estimate: s.own,
                })
                .collect::<Vec<_>>()
        })
        .collect()
}
