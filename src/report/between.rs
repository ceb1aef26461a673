//! Holds every number that two results have in common against the other.

use std::collections::BTreeMap;

use super::comparable;
use super::comparison::{About, COMPARISON_FORMAT, Comparison, Row};
use super::results::{PolicyFacts, RunResults};
use super::stored::{Kept, Stored};
use crate::error::{Fault, FaultKind, Place};
use crate::measures::between::{Difference, Pairs, Trials, independent, same};
use crate::measures::drawn::{Drawn, averaging_one};
use crate::measures::row::MeasureRow;
use crate::measures::series::DensityKind;
use crate::measures::statistic::Asked;
use crate::measures::{Comparison as Against, Estimate, Measure};
use crate::system::ScopeKind;
use crate::units::{Confidence, Level};

/// The comparison of one variant of both.
///
/// # Errors
///
/// All that stands in the way, at once.
pub fn compare(a: &Stored, b: &Stored, variant: &str) -> Result<Comparison, Vec<Fault>> {
    let runs = comparable::check(a, b, variant)?;
    let notes = comparable::notes(a, b, runs);
    let (own, other) = (&a.results.scenario, &b.results.scenario);
    let drawn_alike = own.seed == other.seed && own.generator == other.generator;
    let as_long = runs.a.trials == runs.b.trials;
    let same_plan = runs.a.plan == runs.b.plan;
    let kept_both = a.has_trial_losses() && b.has_trial_losses();
    let pairable = drawn_alike && as_long && same_plan && kept_both;
    let policies = runs.shared();
    let kept = if pairable {
        let read = |side: &Stored| side.trial_losses(variant, &policies).map_err(|e| vec![e]);
        Some((read(a)?, read(b)?))
    } else {
        None
    };
    let mut rows = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        let [from_a, from_b] = [runs.a, runs.b].map(|run| Numbers::of(run, policy));
        let alike = drawn_alike && as_long && from_a.is(&from_b);
        let pairs = match &kept {
            // Weights may go by the losses of a book, and then the trials are not the same ones.
            Some((kept_a, kept_b)) if !alike && kept_a[at].weights == kept_b[at].weights => {
                let sides = [(a, &from_a, &kept_a[at]), (b, &from_b, &kept_b[at])];
                Some(pairs(sides, runs.a)?)
            }
            _ => None,
        };
        let atoms = from_a.atoms || from_b.atoms;
        for (key, row) in &from_a.rows {
            let Some(twin) = from_b.rows.get(key) else { continue };
            let estimates = (&row.estimate, &twin.estimate);
            let paired = pairs
                .as_ref()
                .filter(|_| row.scope_kind == ScopeKind::System)
                .and_then(|pairs| pairs.difference(row.measure, row.level, row.threshold));
            let found = match paired {
                _ if alike => same(estimates.0),
                Some(paired) => paired,
                None => independent(row.measure, atoms, estimates.0, estimates.1),
            };
            rows.push(row_of(row, estimates, found));
        }
    }
    Ok(Comparison {
        format: COMPARISON_FORMAT,
        version: crate::VERSION.to_owned(),
        a: about(a, runs.a),
        b: about(b, runs.b),
        variant: variant.to_owned(),
        currency: own.currency.clone(),
        confidence: own.confidence,
        notes,
        rows,
    })
}

/// The levels of one policy in one result.
struct Numbers<'a> {
    facts: Option<&'a PolicyFacts>,
    rows: BTreeMap<Key<'a>, &'a MeasureRow>,
    atoms: bool,
}

/// Where a number of a policy stands in print: the system before its parts, credit before losses.
type Key<'a> = (u8, &'a str, Order, Option<u64>, Option<u64>);

/// Credit leads, as on the first screen; the rest follows in the order of the list of measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Credit,
    Other(Measure),
}

impl<'a> Numbers<'a> {
    fn of(run: &'a RunResults, policy: &str) -> Self {
        let own = run
            .summary
            .rows
            .iter()
            .filter(|row| row.policy == policy && row.comparison == Against::Level);
        let bits = |x: Option<f64>| x.map(f64::to_bits);
        let key = |row: &'a MeasureRow| {
            let kind = match row.scope_kind {
                ScopeKind::System => 0,
                ScopeKind::Total => 1,
                ScopeKind::Bearer => 2,
                ScopeKind::Tranche => 3,
                ScopeKind::Lender => 4,
                ScopeKind::Segment => 5,
            };
            let order = match row.measure {
                Measure::Credit => Order::Credit,
                other => Order::Other(other),
            };
            (kind, row.scope.as_str(), order, bits(row.level), bits(row.threshold))
        };
        let density = run.summary.densities.iter().find(|series| series.policy == policy);
        Self {
            facts: run.policies.iter().find(|p| p.id == policy),
            rows: own.map(|row| (key(row), row)).collect(),
            atoms: density.is_some_and(|series| series.kind == DensityKind::Atoms),
        }
    }

    /// Whether both are the same book under the same policy on the same trials, as far as a result
    /// can tell: every number, the exact expected loss and the credit agree to the last bit.
    fn is(&self, other: &Self) -> bool {
        let exact = |own: &Self| own.facts.map(|facts| facts.exact_expected_loss);
        let mut shared =
            self.rows.iter().filter_map(|(key, row)| Some((row, other.rows.get(key)?)));
        exact(self) == exact(other) && shared.all(|(a, b)| a.estimate == b.estimate)
    }

    /// A number of the system, smallest units.
    fn amount(&self, measure: Measure, per_unit: f64) -> i64 {
        let row = self
            .rows
            .values()
            .find(|row| row.scope_kind == ScopeKind::System && row.measure == measure);
        row.map_or(0, |row| (row.estimate.value * per_unit).round() as i64)
    }

    fn expected_loss(&self) -> Option<f64> {
        let row = self.rows.values().find(|row| {
            row.scope_kind == ScopeKind::System && row.measure == Measure::ExpectedLoss
        });
        row.map(|row| row.estimate.value)
    }
}

/// Pairs the trials of one policy, once they prove to be those behind the numbers.
fn pairs(
    sides: [(&Stored, &Numbers<'_>, &Kept); 2],
    run: &RunResults,
) -> Result<Pairs, Vec<Fault>> {
    let refused = |stored: &Stored| {
        let message = "holds other losses than the results beside it rest on".into();
        let fault =
            Fault::new(Place::File(stored.trial_losses_file()), FaultKind::Conflict { message });
        vec![
            fault
                .with_hint("remove the file to compare without pairing, or run the scenario again"),
        ]
    };
    for (stored, _, kept) in sides {
        if kept.losses.len() as u64 != run.trials {
            return Err(refused(stored));
        }
    }
    let facts = sides.map(|(stored, _, _)| &stored.results.scenario);
    let levels: Vec<Level> = facts[0]
        .levels
        .iter()
        .filter(|q| facts[1].levels.contains(q))
        .filter_map(|&q| Level::new(q).ok())
        .collect();
    let thresholds = |at: usize, per_unit: f64| -> Vec<i64> {
        let exceeded = |row: &&MeasureRow| row.measure == Measure::ExceedanceProbability;
        let rows = sides[at].1.rows.values().copied().filter(exceeded);
        let own = rows.filter_map(|row| row.threshold);
        let mut found: Vec<i64> = own.map(|x| (x * per_unit).round() as i64).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let per_unit = facts.map(|facts| facts.minor_units as f64);
    let thresholds = [thresholds(0, per_unit[0]), thresholds(1, per_unit[1])];
    let confidence = Confidence::new(facts[0].confidence).map_err(|_| refused(sides[0].0))?;
    let plan = &run.plan;
    let weights = (!plan.proposals.is_empty()).then(|| averaging_one(&sides[0].2.weights));
    let drawn = Drawn::of(confidence, weights.as_deref(), plan.heaviest(), plan.randomisations);
    let [own, other] = [0, 1].map(|at| {
        let (_, numbers, kept) = sides[at];
        let per_unit = per_unit[at];
        let thresholds = &thresholds[at];
        Trials {
            losses: &kept.losses,
            credit: numbers.amount(Measure::Credit, per_unit),
            exposure: numbers.amount(Measure::Exposure, per_unit),
            asked: Asked { levels: &levels, thresholds, drawn, per_unit },
        }
    });
    let pairs = Pairs::new(own, other);
    for ((stored, numbers, _), mean) in sides.iter().zip([pairs.mean_of_a(), pairs.mean_of_b()]) {
        if numbers.expected_loss() != Some(mean) {
            return Err(refused(stored));
        }
    }
    Ok(pairs)
}

fn row_of(row: &MeasureRow, (a, b): (&Estimate, &Estimate), found: Difference) -> Row {
    Row {
        policy: row.policy.clone(),
        scope_kind: row.scope_kind,
        scope: row.scope.clone(),
        measure: row.measure,
        level: row.level,
        threshold: row.threshold,
        unit: row.unit,
        a: *a,
        b: *b,
        difference: found.absolute,
        relative: found.relative,
        basis: found.basis,
        adjusted_p: None,
    }
}

fn about(stored: &Stored, run: &RunResults) -> About {
    About {
        path: stored.path.display().to_string(),
        scenario: stored.results.scenario.id.clone(),
        version: stored.results.version.clone(),
        seed: stored.results.scenario.seed,
        generator: stored.results.scenario.generator.clone(),
        trials: run.trials,
        randomisations: run.plan.randomisations,
        stop: run.stop,
    }
}
