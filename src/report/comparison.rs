//! Two results number by number: what `tailcap compare` hands out.

use schemars::JsonSchema;
use serde::Serialize;

use super::comparable::Note;
use super::results::StopReason;
use crate::measures::between::Basis;
use crate::measures::{Estimate, Measure, Unit, significance};
use crate::system::ScopeKind;
use crate::units::Confidence;

/// Number of the format of the comparison as JSON.
pub const COMPARISON_FORMAT: u32 = 1;

/// A and B, number by number.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// [`COMPARISON_FORMAT`].
    pub format: u32,
    /// Version of the software that compared.
    pub version: String,
    /// The first result.
    pub a: About,
    /// The second result.
    pub b: About,
    /// `base` or the id of the variant compared.
    pub variant: String,
    /// Currency of both.
    pub currency: String,
    /// Coverage of the bands.
    pub confidence: f64,
    /// What to know before trusting a difference.
    pub notes: Vec<Note>,
    /// The numbers that both have, in the order of A.
    pub rows: Vec<Row>,
}

/// One of the results.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct About {
    /// As the user gave it.
    pub path: String,
    /// Id of its scenario.
    pub scenario: String,
    /// Version of the software that computed it.
    pub version: String,
    /// Its seed.
    pub seed: u64,
    /// Its generator and stream layout.
    pub generator: String,
    /// Trials behind its numbers.
    pub trials: u64,
    /// Independent randomisations of them; `null` where trials are independent.
    pub randomisations: Option<u32>,
    /// Whether all trials asked for were drawn.
    pub stop: StopReason,
}

/// A number in both.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    /// Policy id.
    pub policy: String,
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Name of the scope.
    pub scope: String,
    /// What is measured.
    pub measure: Measure,
    /// Level of VaR, ES and economic capital.
    pub level: Option<f64>,
    /// Threshold of exceedance probabilities, units of currency.
    pub threshold: Option<f64>,
    /// Unit of the numbers and of their difference.
    pub unit: Unit,
    /// In A.
    pub a: Estimate,
    /// In B.
    pub b: Estimate,
    /// B minus A.
    pub difference: Estimate,
    /// The same as a share of A; `null` where A is not above 0.
    pub relative: Option<Estimate>,
    /// Where the band of the difference comes from.
    pub basis: Basis,
    /// p-value of no difference after Holm's adjustment for all rows that are handed out; `null`
    /// where nothing is uncertain, or too uncertain.
    pub adjusted_p: Option<f64>,
}

impl Comparison {
    /// Judges the rows that are handed out: which differences are clear of 0, allowing for all of
    /// them at once, and whether bands ignore what both runs share. Numbers known without error are
    /// not asked.
    pub fn judge(&mut self) {
        let shares = self.a.seed == self.b.seed && self.a.generator == self.b.generator;
        let ignored = |row: &Row| matches!(row.basis, Basis::Independent | Basis::Box);
        if shares && self.rows.iter().any(ignored) {
            self.notes.push(Note::SharedRandomNumbers { seed: self.a.seed });
        }
        let Ok(confidence) = Confidence::new(self.confidence) else { return };
        let asked = |row: &Row| !matches!(row.basis, Basis::Same | Basis::Exact);
        // Of two results the one with fewer degrees of freedom counts.
        let randomisations =
            [&self.a, &self.b].into_iter().filter_map(|about| about.randomisations).min();
        let p = |row: &Row| {
            let t = significance::distance(&row.difference, 0.0, confidence, randomisations)?;
            // A box without width says that each VaR fills its atom, not how surely.
            (row.basis != Basis::Box || t.is_finite()).then(|| significance::two_sided(t))
        };
        let mut p_values: Vec<Option<f64>> =
            self.rows.iter().filter(|row| asked(row)).map(p).collect();
        significance::holm(&mut p_values);
        let rows = self.rows.iter_mut().filter(|row| asked(row));
        rows.zip(p_values).for_each(|(row, p)| row.adjusted_p = p);
    }

    /// Rows that were asked about.
    pub fn asked(&self) -> usize {
        self.rows.iter().filter(|row| !matches!(row.basis, Basis::Same | Basis::Exact)).count()
    }
}

impl Row {
    /// Whether the difference is clear of 0 at this confidence.
    pub fn is_clear(&self, confidence: f64) -> bool {
        self.adjusted_p.is_some_and(|p| p <= 1.0 - confidence)
    }
}
