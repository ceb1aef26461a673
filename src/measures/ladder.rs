//! Ladders as series: what is measured against the cap.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::row::MeasureRow;
use super::{Comparison, Estimate, Measure, Unit};
use crate::policy::Applied;
use crate::scenario::Policy;
use crate::system::ScopeKind;

/// Measures of the system that a ladder shows, as levels and as changes against the baseline.
const SHOWN: [Measure; 6] = [
    Measure::ExpectedLoss,
    Measure::ValueAtRisk,
    Measure::ExpectedShortfall,
    Measure::EconomicCapital,
    Measure::ExpectedLossPerCredit,
    Measure::ExpectedShortfallPerCredit,
];

/// A ladder of caps, by rising cap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LadderSeries {
    /// Id of the ladder: that of the policy in the scenario file.
    pub ladder: String,
    /// Its caps.
    pub points: Vec<LadderPoint>,
}

/// One cap of a ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LadderPoint {
    /// The cap, units of currency.
    pub cap: f64,
    /// Id of the policy that the cap is.
    pub policy: String,
    /// Credit after the policy as a share of the baseline's; `null` where the baseline has none.
    pub credit_kept: Option<f64>,
    /// People with at least one limit cut.
    pub people_cut: u64,
    /// People in the book.
    pub people: u64,
    /// EL, VaR, ES and what follows from them, of the system.
    pub values: Vec<LadderValue>,
}

/// One number of one cap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LadderValue {
    /// What is measured.
    pub measure: Measure,
    /// Level of VaR, ES and economic capital.
    pub level: Option<f64>,
    /// The value itself, or its relative change against the baseline.
    pub comparison: Comparison,
    /// Unit of the estimate.
    pub unit: Unit,
    /// The number with its error.
    pub estimate: Estimate,
}

/// The ladders among `policies`; `applied` begins with the same policies in the same order.
pub fn ladders(
    policies: &[Policy],
    applied: &[Applied],
    baseline: usize,
    rows: &[MeasureRow],
    per_unit: f64,
) -> Vec<LadderSeries> {
    let today = applied[baseline].books.total().balance;
    let mut own = by_policy(rows);
    let mut ladders: Vec<LadderSeries> = Vec::new();
    for (policy, applied) in policies.iter().zip(applied) {
        let Some(step) = &policy.ladder else { continue };
        let kept = applied.books.total().balance as f64;
        let point = LadderPoint {
            cap: step.cap.0 as f64 / per_unit,
            policy: policy.id.clone(),
            credit_kept: (today > 0).then(|| kept / today as f64),
            people_cut: applied.books.people_cut,
            people: applied.people(),
            values: own.remove(policy.id.as_str()).unwrap_or_default(),
        };
        // The steps of a ladder stand side by side.
        match ladders.last_mut() {
            Some(last) if last.ladder == step.ladder => last.points.push(point),
            _ => {
                ladders.push(LadderSeries { ladder: step.ladder.clone(), points: vec![point] });
            }
        }
    }
    ladders
}

/// What ladders show of each policy, by one look at the rows: there may be thousands of policies.
fn by_policy(rows: &[MeasureRow]) -> BTreeMap<&str, Vec<LadderValue>> {
    let shown = rows
        .iter()
        .filter(|row| row.scope_kind == ScopeKind::System && SHOWN.contains(&row.measure))
        .filter(|row| matches!(row.comparison, Comparison::Level | Comparison::RelativeChange));
    let mut own: BTreeMap<&str, Vec<LadderValue>> = BTreeMap::new();
    for row in shown {
        own.entry(&row.policy).or_default().push(LadderValue {
            measure: row.measure,
            level: row.level,
            comparison: row.comparison,
            unit: row.unit,
            estimate: row.estimate,
        });
    }
    own
}
