//! Verdicts on a scenario's statements, with the error of the estimates and of asking many.
//!
//! A statement says that a number x lies at or below (above) a border c. [`significance`] gives its
//! distance t from c in standard errors and p-values adjusted for all statements and runs of a table.
//! Undecided statements would be decided by about
//!
//! 1. n (z* / |t|)^2 trials, z* the normal quantile that the strictest of the m comparisons needs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::Estimate;
use super::interval::normal_z;
use super::measure::{Comparison, Measure};
use super::row::MeasureRow;
use super::significance;
use crate::scenario::{Against, Claim, Expectation, Part, Quantity, Says, Side};
use crate::system::ScopeKind;
use crate::units::{Confidence, Level};

/// What can be said of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds, in every run asked for.
    Holds,
    /// It does not, in any run asked for.
    Fails,
    /// The sampling error does not allow to say.
    Undecided,
    /// It holds in some of the runs and fails in others.
    DependsOnAssumption,
}

/// A statement with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// The statement in words.
    pub text: String,
    /// What it says of the scenario's claim, if it holds.
    pub says: Says,
    /// Policy id.
    pub policy: String,
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Name of the scope.
    pub scope: String,
    /// What is measured.
    pub measure: Measure,
    /// Its level.
    pub level: Option<f64>,
    /// Its threshold: units of currency, or a number of failures.
    pub threshold: Option<f64>,
    /// What the number is held against.
    pub comparison: Comparison,
    /// On which side of the border it has to lie.
    pub side: Side,
    /// The border.
    pub border: f64,
    /// The verdict over all runs.
    pub verdict: Verdict,
    /// Trials that would about decide it, for undecided ones.
    pub trials_to_decide: Option<u64>,
    /// The verdict in each run asked for.
    pub runs: Vec<RunVerdict>,
}

/// The verdict in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunVerdict {
    /// `base` or the id of the variant.
    pub variant: String,
    /// The number; `null` if the run does not have it.
    pub estimate: Option<Estimate>,
    /// p-value after Holm's adjustment.
    pub adjusted_p: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
}

/// The rows of one run.
#[derive(Debug, Clone, Copy)]
pub struct RunRows<'a> {
    /// `base` or the id of the variant.
    pub variant: &'a str,
    /// Its numbers.
    pub rows: &'a [MeasureRow],
    /// Its trials.
    pub trials: u64,
    /// Independent randomisations of them; `None` where trials are independent.
    pub randomisations: Option<u32>,
}

/// What statements are judged on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Ids of the scenario's policies.
    pub policies: &'a [String],
    /// The runs.
    pub runs: &'a [RunRows<'a>],
    /// Coverage of the bands, and of the verdicts.
    pub confidence: Confidence,
    /// Smallest units per unit of currency.
    pub per_unit: f64,
}

/// Judges all statements of a scenario.
pub fn judge(expectations: &[Expectation], evidence: Evidence<'_>) -> Vec<Judgement> {
    let found = expectations.iter().map(|e| measure_one(e, evidence)).collect();
    decide(found, evidence.confidence)
}

/// Judges statements once more, as one table of all of them: p-values are adjusted together.
pub fn judge_together(
    judgements: &mut [&mut Judgement],
    runs: &[JudgedRuns],
    confidence: Confidence,
) {
    let found = judgements.iter().zip(runs).map(|(judgement, runs)| {
        let own: Judgement = (**judgement).clone();
        let claim = Claim { of: Quantity::Level, side: own.side, border: own.border };
        let distances = own.runs.iter().map(|run| {
            let drawn = runs.iter().find(|drawn| drawn.0 == run.variant);
            // Bands are read at the confidence that they were made with.
            let own = run.estimate.and_then(|e| Confidence::new(e.confidence).ok());
            let confidence = own.unwrap_or(confidence);
            distance(run.estimate, claim, drawn.map_or((0, None), |d| (d.1, d.2)), confidence)
        });
        let distances = distances.collect();
        (own, distances)
    });
    let decided = decide(found.collect(), confidence);
    judgements.iter_mut().zip(decided).for_each(|(judgement, decided)| **judgement = decided);
}

/// Runs by variant with their trials and randomisations.
pub type JudgedRuns = Vec<(String, u64, Option<u32>)>;

/// Verdicts of statements of which the distances are known.
fn decide(mut found: Vec<(Judgement, Vec<Distance>)>, confidence: Confidence) -> Vec<Judgement> {
    let mut p_values: Vec<Option<f64>> = found.iter().flat_map(|f| &f.1).map(|d| d.p).collect();
    significance::holm(&mut p_values);
    for (distance, p) in found.iter_mut().flat_map(|f| &mut f.1).zip(&p_values) {
        distance.p = *p;
    }
    let asked = p_values.len().max(1) as f64;
    let miss = 1.0 - confidence.get();
    let strictest = Confidence::new(1.0 - miss / asked).map_or(f64::INFINITY, normal_z);
    found
        .into_iter()
        .map(|(mut judgement, distances)| {
            for (run, distance) in judgement.runs.iter_mut().zip(&distances) {
                run.adjusted_p = distance.p;
                run.verdict = match distance.p {
                    Some(p) if p <= miss && distance.t > 0.0 => Verdict::Holds,
                    Some(p) if p <= miss => Verdict::Fails,
                    _ => Verdict::Undecided,
                };
            }
            judgement.verdict = together(&judgement.runs);
            if judgement.verdict == Verdict::Undecided {
                let open = judgement.runs.iter().zip(&distances);
                judgement.trials_to_decide = open
                    .filter(|(run, _)| run.verdict == Verdict::Undecided)
                    .map(|(_, distance)| distance.trials_for(strictest))
                    .try_fold(0, |most, trials| Some(trials?.max(most)));
            }
            judgement
        })
        .collect()
}

/// One verdict out of those of the runs.
fn together(runs: &[RunVerdict]) -> Verdict {
    let any = |verdict| runs.iter().any(|run| run.verdict == verdict);
    match (any(Verdict::Holds), any(Verdict::Fails), any(Verdict::Undecided)) {
        (true, true, _) => Verdict::DependsOnAssumption,
        (true, false, false) => Verdict::Holds,
        (false, true, false) => Verdict::Fails,
        _ => Verdict::Undecided,
    }
}

/// How far a number lies from its border.
#[derive(Debug, Clone, Copy)]
struct Distance {
    /// In standard errors, positive on the side that the statement claims.
    t: f64,
    /// p-value, adjusted once Holm has been applied.
    p: Option<f64>,
    trials: u64,
}

impl Distance {
    /// Equation 1, rounded up to two digits.
    fn trials_for(&self, strictest: f64) -> Option<u64> {
        let need = self.trials as f64 * (strictest / self.t).powi(2);
        if !(need.is_finite() && need < 1e15) {
            return None;
        }
        let step = libm::pow(10.0, libm::floor(libm::log10(need.max(1.0))) - 1.0).max(1.0);
        Some((libm::ceil(need / step) * step) as u64)
    }
}

fn measure_one(expectation: &Expectation, evidence: Evidence<'_>) -> (Judgement, Vec<Distance>) {
    let (scope_kind, scope) = match &expectation.part {
        // What is told of all lenders together stands with their total.
        Part::System if expectation.measured.is_of_the_system() => (ScopeKind::Total, "total"),
        Part::System => (ScopeKind::System, "system"),
        Part::Lender(name) => (ScopeKind::Lender, name.as_str()),
        Part::Segment(name) => (ScopeKind::Segment, name.as_str()),
        Part::Total => (ScopeKind::Total, "total"),
        Part::Bearer(name) => (ScopeKind::Bearer, name.as_str()),
    };
    let policy = &evidence.policies[expectation.policy];
    let threshold = expectation.measured.threshold(evidence.per_unit);
    let measure = Measure::from(expectation.measured);
    let level = expectation.measured.level().map(Level::get);
    let comparison = comparison_of(expectation);
    let claim = expectation.claim;
    let mut verdicts = Vec::new();
    let mut distances = Vec::new();
    for name in &expectation.runs {
        let run = evidence.runs.iter().find(|run| run.variant == name);
        let estimate = run.and_then(|run| {
            let row = run.rows.iter().find(|row| {
                row.policy == *policy
                    && row.scope_kind == scope_kind
                    && row.scope == scope
                    && row.measure == measure
                    && row.level == level
                    && row.threshold == threshold
                    && row.comparison == comparison
            });
            row.map(|row| row.estimate)
        });
        distances.push(distance(
            estimate,
            claim,
            run.map_or((0, None), |run| (run.trials, run.randomisations)),
            evidence.confidence,
        ));
        verdicts.push(RunVerdict {
            variant: name.clone(),
            estimate,
            adjusted_p: None,
            verdict: Verdict::Undecided,
        });
    }
    let judgement = Judgement {
        text: expectation.text.clone(),
        says: expectation.says,
        policy: policy.clone(),
        scope_kind,
        scope: scope.to_owned(),
        measure,
        level,
        threshold,
        comparison,
        side: claim.side,
        border: claim.border,
        verdict: Verdict::Undecided,
        trials_to_decide: None,
        runs: verdicts,
    };
    (judgement, distances)
}

/// Distance from the border. Numbers with too few tail trials decide nothing.
fn distance(
    estimate: Option<Estimate>,
    claim: Claim,
    (trials, randomisations): (u64, Option<u32>),
    confidence: Confidence,
) -> Distance {
    let unknown = Distance { t: 0.0, p: None, trials };
    let Some(estimate) = estimate else { return unknown };
    let Some(t) = significance::distance(&estimate, claim.border, confidence, randomisations)
    else {
        return unknown;
    };
    let t = match claim.side {
        Side::AtMost => t,
        Side::AtLeast => -t,
    };
    // Known exactly: the border belongs to the statement.
    let met = t == 0.0 && estimate.half_width() == Some(0.0);
    let t = if met { f64::INFINITY } else { t };
    Distance { t, p: Some(significance::two_sided(t)), trials }
}

fn comparison_of(expectation: &Expectation) -> Comparison {
    match (expectation.claim.of, expectation.against) {
        (Quantity::Level, _) => Comparison::Level,
        (Quantity::Change, Against::Baseline) => Comparison::Change,
        (Quantity::RelativeChange, Against::Baseline) => Comparison::RelativeChange,
        (Quantity::Change, Against::EqualCredit) => Comparison::ChangeAtEqualCredit,
        (Quantity::RelativeChange, Against::EqualCredit) => Comparison::RelativeChangeAtEqualCredit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::drawn::Drawn;
    use crate::measures::measure::Unit;
    use crate::scenario::Measured;

    fn confidence() -> Confidence {
        Confidence::new(0.95).unwrap()
    }

    fn row(variant_value: f64, error: f64, effective: f64) -> Vec<MeasureRow> {
        vec![MeasureRow {
            policy: "cap".into(),
            scope_kind: ScopeKind::System,
            scope: "system".into(),
            measure: Measure::ExpectedLoss,
            level: None,
            threshold: None,
            comparison: Comparison::RelativeChange,
            unit: Unit::Fraction,
            estimate: Drawn::plain(confidence()).around(
                variant_value,
                Some(error),
                effective,
                None,
            ),
        }]
    }

    fn falls_by_a_tenth(runs: &[&str]) -> Expectation {
        Expectation {
            text: "falls by a tenth".into(),
            policy: 0,
            against: Against::Baseline,
            part: Part::System,
            measured: Measured::ExpectedLoss,
            claim: Claim { of: Quantity::RelativeChange, side: Side::AtMost, border: -0.1 },
            runs: runs.iter().map(|&r| r.to_owned()).collect(),
            says: Says::For,
            path: "expect[0]".into(),
        }
    }

    fn verdicts(expectations: &[Expectation], runs: &[(&str, Vec<MeasureRow>)]) -> Vec<Judgement> {
        let runs: Vec<RunRows<'_>> = runs
            .iter()
            .map(|(variant, rows)| RunRows { variant, rows, trials: 1_000, randomisations: None })
            .collect();
        let policies = ["cap".to_owned()];
        let evidence = Evidence {
            policies: &policies,
            runs: &runs,
            confidence: confidence(),
            per_unit: 100.0,
        };
        judge(expectations, evidence)
    }

    #[test]
    fn the_band_decides() {
        for (value, error, verdict) in [
            (-0.2, 0.01, Verdict::Holds),
            (-0.05, 0.01, Verdict::Fails),
            (-0.11, 0.01, Verdict::Undecided),
            (-0.1, 0.0, Verdict::Holds),
        ] {
            let found =
                verdicts(&[falls_by_a_tenth(&["base"])], &[("base", row(value, error, 1e3))]);
            assert_eq!(found[0].verdict, verdict, "{value}");
        }
        // Too few tail trials decide nothing, however small the error looks.
        let found = verdicts(&[falls_by_a_tenth(&["base"])], &[("base", row(-0.2, 0.01, 10.0))]);
        assert_eq!(found[0].verdict, Verdict::Undecided);
    }

    #[test]
    fn undecided_statements_say_how_many_trials_would_do() {
        // One standard error away: z = 1.96 errors are needed, so 3.84 times the trials.
        let found = verdicts(&[falls_by_a_tenth(&["base"])], &[("base", row(-0.11, 0.01, 1e3))]);
        assert_eq!(found[0].trials_to_decide, Some(3_900));
    }

    #[test]
    fn a_verdict_that_changes_among_the_runs_depends_on_assumption() {
        let runs = [("base", row(-0.2, 0.01, 1e3)), ("other", row(-0.05, 0.01, 1e3))];
        let found = verdicts(&[falls_by_a_tenth(&["base", "other"])], &runs);
        assert_eq!(found[0].verdict, Verdict::DependsOnAssumption);
        assert_eq!(verdicts(&[falls_by_a_tenth(&["base"])], &runs)[0].verdict, Verdict::Holds);
    }

    #[test]
    fn asking_many_raises_the_bar() {
        // 2.2 standard errors decide a statement asked alone, and none of ten.
        let rows = [("base", row(-0.122, 0.01, 1e3))];
        let one = falls_by_a_tenth(&["base"]);
        assert_eq!(verdicts(std::slice::from_ref(&one), &rows)[0].verdict, Verdict::Holds);
        let ten = vec![one; 10];
        assert!(verdicts(&ten, &rows).iter().all(|j| j.verdict == Verdict::Undecided));
    }

    #[test]
    fn wrong_decisions_are_as_rare_as_the_confidence_says() {
        // The truth lies exactly on the border, so every decision is wrong: over 20,000 seeded
        // normal estimates 5 % of single verdicts and of tables of five may be decided.
        use crate::special::normal::quantile;
        let shots = 20_000_u32;
        for asked in [1_usize, 5] {
            let point = |i: u32, k: usize| {
                let u = (f64::from(i) + 0.5)
                    * [
                        0.618_033_988_7,
                        0.414_213_562_4,
                        0.732_050_807_6,
                        0.236_067_977_5,
                        0.645_751_311_1,
                    ][k];
                quantile(u.fract())
            };
            let wrong = (0..shots)
                .filter(|&i| {
                    let expectations = vec![falls_by_a_tenth(&["base"]); asked];
                    let mut rows = Vec::new();
                    let mut named = expectations;
                    for (k, expectation) in named.iter_mut().enumerate() {
                        expectation.part = Part::Segment(format!("s{k}"));
                        let mut one = row(-0.1 + 0.01 * point(i, k), 0.01, 1e3);
                        one[0].scope_kind = ScopeKind::Segment;
                        one[0].scope = format!("s{k}");
                        rows.extend(one);
                    }
                    verdicts(&named, &[("base", rows)])
                        .iter()
                        .any(|j| j.verdict != Verdict::Undecided)
                })
                .count();
            let share = wrong as f64 / f64::from(shots);
            assert!((0.04..=0.056).contains(&share), "{asked}: {share}");
        }
    }
}
