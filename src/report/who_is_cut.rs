//! Who is cut, as it stands in `results.json` and `who_is_cut.csv`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::bands::{BandAttribute, Bands};
use crate::policy::{Applied, BandSums};
use crate::scenario::Scenario;

/// Who is cut under each policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhoIsCut {
    /// When a borrower counts as over-indebted; `null` where the book lacks incomes or rates.
    pub over_indebted: Option<OverIndebtedFacts>,
    /// By policy, attribute, band.
    pub rows: Vec<CutRow>,
}

/// When a borrower counts as over-indebted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverIndebtedFacts {
    /// Yearly repayment over yearly income lies above this.
    pub line: f64,
    /// Years in which a balance is taken to be repaid.
    pub repayment_years: f64,
}

/// One band of people under one policy; exact sums over the book, amounts in units of currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CutRow {
    /// Policy id.
    pub policy: String,
    /// What people are told apart by.
    pub attribute: BandAttribute,
    /// The band in words.
    pub band: String,
    /// Its lower end, excluded.
    pub above: Option<f64>,
    /// Its upper end, included.
    pub up_to: Option<f64>,
    /// People in the band.
    pub people: u64,
    /// People with at least one limit cut.
    pub people_cut: u64,
    /// Accounts whose limit falls.
    pub accounts_cut: u64,
    /// Limits before the policy.
    pub limits_before: f64,
    /// Limits the policy takes away.
    pub limit_cut: f64,
    /// Balances before the policy.
    pub credit_before: f64,
    /// Balances the policy takes away.
    pub withdrawn_credit: f64,
    /// People whose income and interest rates are known.
    pub people_judged: u64,
    /// Share of them that is over-indebted before the policy.
    pub over_indebted_before: Option<f64>,
    /// Share of them that is over-indebted after it.
    pub over_indebted_after: Option<f64>,
}

/// The rows of all policies of the scenario.
pub fn who_is_cut(scenario: &Scenario, bands: &Bands, applied: &[Applied]) -> WhoIsCut {
    let per_unit = scenario.currency.per_unit();
    let mut rows = Vec::new();
    for (policy, applied) in scenario.policies.iter().zip(applied) {
        for (banding, sums) in bands.bandings.iter().zip(&applied.who_is_cut) {
            for (at, sums) in sums.iter().enumerate() {
                let unknown = at > banding.edges.len();
                if unknown && sums.people == 0 {
                    continue;
                }
                let band = banding.band(at);
                rows.push(CutRow {
                    above: band.above,
                    up_to: band.up_to,
                    ..row(&policy.id, banding.attribute, band.name, sums, per_unit)
                });
            }
        }
    }
    let over_indebted = bands
        .burden
        .map(|burden| OverIndebtedFacts { line: burden.line, repayment_years: burden.years });
    WhoIsCut { over_indebted, rows }
}

fn row(
    policy: &str,
    attribute: BandAttribute,
    band: String,
    sums: &BandSums,
    per_unit: f64,
) -> CutRow {
    let units = |amount: i64| amount as f64 / per_unit;
    let share = |people: u64| (sums.judged > 0).then(|| people as f64 / sums.judged as f64);
    CutRow {
        policy: policy.to_owned(),
        attribute,
        band,
        above: None,
        up_to: None,
        people: sums.people,
        people_cut: sums.people_cut,
        accounts_cut: sums.accounts_cut,
        limits_before: units(sums.limit),
        limit_cut: units(sums.limit_cut),
        credit_before: units(sums.credit),
        withdrawn_credit: units(sums.withdrawn),
        people_judged: sums.judged,
        over_indebted_before: share(sums.over_indebted_before),
        over_indebted_after: share(sums.over_indebted_after),
    }
}
