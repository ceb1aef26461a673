//! Rows of the books: exact numbers of what policies leave, take away and touch.

use super::{MeasureRow, View};
use crate::measures::{Comparison, Estimate, Measure, Unit};
use crate::policy::{Applied, BandSums};
use crate::system::{Losses, ScopeKind};

/// What some policy does, so that it is told of all; found once, as there may be thousands of policies.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// Whether borrowers take up debt elsewhere.
    leaked: bool,
    /// Whether odds of default move.
    moved: bool,
}

impl Told {
    /// Of all policies.
    pub(super) fn of(applied: &[Applied]) -> Self {
        let moved = |own: &Applied| {
            own.books.people_with_higher_odds + own.books.people_with_lower_odds > 0
        };
        Self {
            leaked: applied.iter().any(|own| own.books.total().leaked > 0),
            moved: applied.iter().any(moved),
        }
    }
}

impl View<'_> {
    fn told(&self) -> Told {
        *self.told.get_or_init(|| Told::of(self.inputs.applied))
    }

    /// Over-indebted people after a policy as a share of those who can be judged.
    fn indebted(&self, policy: usize) -> Option<f64> {
        let everybody = self.everybody(policy)?;
        let share = everybody.over_indebted_after as f64 / everybody.judged as f64;
        (everybody.judged > 0).then_some(share)
    }

    /// Balance taken away per person who is over-indebted no more.
    fn withdrawn_per_relieved(&self, policy: usize) -> Option<f64> {
        let everybody = self.everybody(policy)?;
        let relieved = everybody.over_indebted_before.checked_sub(everybody.over_indebted_after)?;
        let withdrawn = everybody.withdrawn as f64 / self.inputs.asked.per_unit;
        (relieved > 0).then(|| withdrawn / relieved as f64)
    }

    fn everybody(&self, policy: usize) -> Option<BandSums> {
        let bands = self.inputs.applied[policy].who_is_cut.first()?;
        // One band of everybody, and one of nobody.
        bands.first().copied().filter(|_| self.scope.kind == ScopeKind::System)
    }

    /// The books of a part of the book.
    fn books(&self, policy: usize) -> Vec<(Measure, f64, f64)> {
        let inputs = self.inputs;
        let (own, base) = (self.sums(policy), self.sums(inputs.baseline));
        let units = |x: i64| x as f64 / inputs.asked.per_unit;
        let mut values = vec![
            (Measure::Credit, units(own.balance), units(base.balance)),
            (Measure::WithdrawnCredit, units(own.withdrawn), units(base.withdrawn)),
            (Measure::Limits, units(own.limit), units(base.limit)),
            (Measure::LimitCut, units(own.limit_cut), units(base.limit_cut)),
            (Measure::Exposure, units(own.exposure), units(base.exposure)),
            (Measure::AccountsCut, own.accounts_cut as f64, base.accounts_cut as f64),
        ];
        if self.told().leaked {
            values.push((Measure::LeakedCredit, units(own.leaked), units(base.leaked)));
            values.push((Measure::ReceivedCredit, units(own.received), units(base.received)));
        }
        let irb = |policy| inputs.irb.and_then(|irb| irb.over(policy, self.scope.columns()));
        if let (Losses::Columns(_), Some(own), Some(base)) =
            (&self.scope.losses, irb(policy), irb(inputs.baseline))
        {
            let per_unit = inputs.asked.per_unit;
            values.push((Measure::IrbCapital, own / per_unit, base / per_unit));
        }
        // Interest on a part of what is withdrawn would pass for the whole.
        let told = own.withdrawn_without_rate == 0 && base.withdrawn_without_rate == 0;
        if let (Some(own), Some(base), true) = (own.interest_lost, base.interest_lost, told) {
            let per_unit = inputs.asked.per_unit;
            values.push((Measure::InterestIncomeLost, own / per_unit, base / per_unit));
        }
        if self.scope.kind == ScopeKind::System {
            let people = |applied: usize| {
                let books = &inputs.applied[applied].books;
                (books.people_cut as f64, books.people_cut_below_balance as f64)
            };
            let (own, base) = (people(policy), people(inputs.baseline));
            values.push((Measure::PeopleCut, own.0, base.0));
            values.push((Measure::PeopleCutBelowBalance, own.1, base.1));
            if self.told().moved {
                let people = |applied: usize| {
                    let books = &inputs.applied[applied].books;
                    (books.people_with_higher_odds as f64, books.people_with_lower_odds as f64)
                };
                let (own, base) = (people(policy), people(inputs.baseline));
                values.push((Measure::PeopleWithHigherOdds, own.0, base.0));
                values.push((Measure::PeopleWithLowerOdds, own.1, base.1));
            }
        }
        values
    }

    /// The books: exact numbers.
    pub(super) fn credit_rows(&self, policy: usize) -> Vec<MeasureRow> {
        let inputs = self.inputs;
        let (own, base) = (self.sums(policy), self.sums(inputs.baseline));
        let units = |x: i64| x as f64 / inputs.asked.per_unit;
        let mut values = match &self.scope.losses {
            Losses::Columns(_) | Losses::Total => self.books(policy),
            Losses::Bearer(_) => Vec::new(),
            Losses::Lenders(_) | Losses::Tranche { .. } => vec![
                (Measure::Credit, units(own.balance), units(base.balance)),
                (Measure::Exposure, units(own.exposure), units(base.exposure)),
            ],
        };
        if let (Losses::Lenders(lenders), Some(borne)) = (&self.scope.losses, &inputs.borne)
            && let (Some(own), Some(base)) =
                (borne.capital(policy, lenders), borne.capital(inputs.baseline, lenders))
        {
            let weighted = |(_, weighted): (f64, f64)| weighted / inputs.asked.per_unit;
            values.push((Measure::RiskWeightedAssets, weighted(own), weighted(base)));
            if own.1 > 0.0 && base.1 > 0.0 {
                values.push((Measure::CapitalRatio, own.0 / own.1, base.0 / base.1));
            }
        }
        let confidence = inputs.asked.drawn.confidence.get();
        let row = |measure: Measure, comparison, unit, value| MeasureRow {
            policy: inputs.policies[policy].id.clone(),
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            measure,
            level: None,
            threshold: None,
            comparison,
            unit,
            estimate: Estimate::exact(value, confidence),
        };
        if self.scope.kind == ScopeKind::System {
            let (own, base) = (self.indebted(policy), self.indebted(inputs.baseline));
            if let (Some(own), Some(base)) = (own, base) {
                values.push((Measure::OverIndebted, own, base));
            }
        }
        let mut rows = Vec::new();
        if let Some(price) = self.withdrawn_per_relieved(policy) {
            let measure = Measure::WithdrawnPerRelieved;
            rows.push(row(measure, Comparison::Level, measure.unit(), price));
        }
        for (measure, own, base) in values {
            rows.push(row(measure, Comparison::Level, measure.unit(), own));
            if policy != inputs.baseline {
                rows.push(row(measure, Comparison::Change, measure.unit(), own - base));
                if base != 0.0 {
                    let relative = own / base - 1.0;
                    rows.push(row(measure, Comparison::RelativeChange, Unit::Fraction, relative));
                }
            }
        }
        rows
    }
}
