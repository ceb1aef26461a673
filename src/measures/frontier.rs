//! Loss saved against credit given up: every policy, and beside it the proportional cut that keeps as
//! much credit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compare::relative_change;
use super::statistic::{Asked, Statistic};
use super::{Estimate, Figures, Measure};
use crate::scenario::Policy;

/// What a policy saves of one ES, and what credit it withdraws for that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrontierPoint {
    /// Policy id.
    pub policy: String,
    /// Policy title.
    pub title: String,
    /// Id of the ladder that the policy is a step of.
    pub ladder: Option<String>,
    /// Whose numbers these are: the policy's or its proportional cut's.
    pub rule: FrontierRule,
    /// Level of ES.
    pub level: f64,
    /// Credit withdrawn as a share of the baseline's.
    pub credit_withdrawn: f64,
    /// Fall of ES as a share of the baseline's, on the same trials.
    pub loss_saved: Estimate,
}

/// Whose numbers a point shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrontierRule {
    /// The policy itself.
    Policy,
    /// The proportional cut of all limits that keeps as much credit as the policy.
    EqualCreditCut,
}

impl FrontierRule {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::EqualCreditCut => "equal_credit_cut",
        }
    }
}

/// The statistics of one side with the credit it keeps, smallest units.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Its statistics in the system.
    pub statistics: &'a [Statistic],
    /// Credit kept.
    pub credit: i64,
}

/// The points of one policy, one per level of ES and rule; none where the baseline has no credit or
/// no losses.
pub fn frontier(
    policy: &Policy,
    own: Side<'_>,
    cut: Option<Side<'_>>,
    baseline: Side<'_>,
    asked: Asked<'_>,
) -> Vec<FrontierPoint> {
    if baseline.credit <= 0 {
        return Vec::new();
    }
    let sides = [Some((FrontierRule::Policy, own)), cut.map(|c| (FrontierRule::EqualCreditCut, c))];
    let points = sides.into_iter().flatten().flat_map(|(rule, side)| {
        let withdrawn = 1.0 - side.credit as f64 / baseline.credit as f64;
        shortfalls(side.statistics).zip(shortfalls(baseline.statistics)).filter_map(
            move |(one, base)| {
                Some(FrontierPoint {
                    policy: policy.id.clone(),
                    title: policy.title.clone(),
                    ladder: policy.ladder.as_ref().map(|step| step.ladder.clone()),
                    rule,
                    level: one.level?.get(),
                    credit_withdrawn: withdrawn,
                    loss_saved: fall(relative_change(one, base, asked.drawn)?),
                })
            },
        )
    });
    points.collect()
}

/// ES by rising level.
fn shortfalls(statistics: &[Statistic]) -> impl Iterator<Item = &Statistic> {
    statistics.iter().filter(|s| s.measure == Measure::ExpectedShortfall)
}

/// A change as a fall.
fn fall(change: Estimate) -> Estimate {
    // Adding 0 leaves no negative zero.
    let turned = |x: f64| -x + 0.0;
    Estimate::of(Figures {
        value: turned(change.value),
        lower: change.upper.map(turned),
        upper: change.lower.map(turned),
        ..*change
    })
}

#[cfg(test)]
mod tests {
    use super::super::drawn::Drawn;
    use super::super::order::Ranked;
    use super::super::statistic::{Known, Sample, statistics};
    use super::*;
    use crate::units::{Confidence, Level};

    #[test]
    fn half_of_all_debts_saves_half_of_the_losses() {
        let losses: Vec<i64> = (0..1_000).map(|t| (t * 37) % 1_000).collect();
        let halves: Vec<i64> = losses.iter().map(|x| x / 2 * 2).map(|x| x / 2).collect();
        let evens: Vec<i64> = losses.iter().map(|x| x / 2 * 2).collect();
        let levels = [Level::new(0.9).unwrap()];
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        let asked = Asked { levels: &levels, thresholds: &[], drawn, per_unit: 1.0 };
        let defaults = vec![1; 1_000];
        let of = |losses: &[i64], credit| {
            let ranked = Ranked::new(losses, drawn);
            statistics(
                Sample {
                    losses,
                    defaults: &defaults,
                    credit,
                    largest: credit,
                    known: Known::default(),
                },
                &ranked,
                asked,
            )
        };
        let (today, half) = (of(&evens, 4_000), of(&halves, 1_000));
        let policy = Policy {
            when: crate::scenario::When::Before,
            id: "half".into(),
            title: "Half".into(),
            rules: Vec::new(),
            ladder: None,
            match_credit: None,
            equal_credit_cut: None,
            path: String::new(),
        };
        let side = |statistics, credit| Side { statistics, credit };
        let (own, base) = (side(&half, 1_000), side(&today, 4_000));
        let points = frontier(&policy, own, Some(own), base, asked);
        assert_eq!(points.len(), 2);
        assert_eq!(points[1].rule, FrontierRule::EqualCreditCut);
        let found = &points[0];
        assert_eq!((found.credit_withdrawn, found.level), (0.75, 0.9));
        let saved = found.loss_saved;
        assert!((saved.value - 0.5).abs() < 1e-12);
        assert!(saved.lower <= Some(0.5) && Some(0.5) <= saved.upper && saved.lower > Some(0.49));
        assert!(frontier(&policy, own, None, side(&today, 0), asked).is_empty());
    }
}
