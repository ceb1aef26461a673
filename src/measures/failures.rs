//! How many lenders fail: the law of their number under each policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::borne::Borne;
use super::estimate::Estimate;
use super::statistic::Asked;

/// Probabilities of one number of failures under one policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailurePoint {
    /// Policy id.
    pub policy: String,
    /// Lenders that fail.
    pub failures: u32,
    /// P(exactly so many).
    pub probability: Estimate,
    /// P(so many or more).
    pub at_least: Estimate,
}

/// The numbers that were seen, and 0, in rising order.
pub fn failure_points(
    borne: Borne<'_>,
    (policy, id): (usize, &str),
    asked: Asked<'_>,
) -> Vec<FailurePoint> {
    let counts = borne.sample.of_struck(policy, |own| own.outcome.failures);
    let mut seen: Vec<u32> = [0].iter().chain(&counts).copied().collect();
    seen.sort_unstable();
    seen.dedup();
    let probability =
        |hit: &dyn Fn(u32) -> bool| asked.drawn.probability(counts.len(), |t| hit(counts[t]));
    seen.into_iter()
        .map(|failures| FailurePoint {
            policy: id.to_owned(),
            failures,
            probability: probability(&|found| found == failures),
            at_least: probability(&|found| found >= failures),
        })
        .collect()
}
