//! All statistics of all policies in all scopes, with their comparisons: one row each.

mod baseline;
mod books;
mod worked_out;

use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use baseline::{Baseline, Step, steps};

use super::attribution::AttributionRow;
use super::borne::Borne;
use super::compare::{change, relative_change};
use super::contribution::{Contribution, Whole};
use super::convergence::{ConvergenceRow, convergence};
use super::density::density;
use super::exceedance::{DRAWN, TABULATED, exceedance};
use super::frontier::{FrontierPoint, Side, frontier};
use super::irb::IrbCapital;
use super::ladder::{LadderSeries, ladders};
use super::order::Ranked;
use super::series::{DensitySeries, ExceedanceSeries, TailMark};
use super::statistic::{Asked, Sample, Statistic, statistics};
use super::verdict::measure_of;
use super::{Comparison, Estimate, Measure, Unit};
use crate::engine::{LossSample, ordered_map};
use crate::policy::{Applied, CreditSums, Role};
use crate::scenario::{Measured, Policy, PreciseOf, Precision};
use crate::system::{DefaultCount, Losses, Scope, ScopeKind};
pub use worked_out::work_out;

/// One reported number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureRow {
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
    /// Threshold of exceedance probabilities, units of currency; number of lenders of
    /// `failures_at_least`.
    pub threshold: Option<f64>,
    /// What the value is held against.
    pub comparison: Comparison,
    /// Unit of the estimate.
    pub unit: Unit,
    /// The number with its error.
    pub estimate: Estimate,
}

/// Everything measured on one loss sample.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// By scope, policy, measure, level, comparison.
    pub rows: Vec<MeasureRow>,
    /// Loss densities of the system, one per policy.
    pub densities: Vec<DensitySeries>,
    /// Exceedance curves, one per scope and policy.
    pub exceedance: Vec<ExceedanceSeries>,
    /// EL, VaR and ES of the system on growing prefixes.
    pub convergence: Vec<ConvergenceRow>,
    /// The ladders of caps, in file order.
    pub ladders: Vec<LadderSeries>,
    /// Loss saved and credit withdrawn, by policy, rule and level.
    pub frontier: Vec<FrontierPoint>,
    /// What each effect of a policy adds to the change of EL and ES, where behaviour is on.
    pub attribution: Vec<AttributionRow>,
    /// What lenders and segments add to credit, EL and ES of the system, by policy, part, measure.
    pub contributions: Vec<Contribution>,
}

impl Summary {
    /// The exceedance curves of the system: those that are drawn.
    pub fn system_exceedance(&self) -> Vec<ExceedanceSeries> {
        let system = |series: &&ExceedanceSeries| series.scope_kind == ScopeKind::System;
        self.exceedance.iter().filter(system).cloned().collect()
    }
}

/// What is summarised.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The losses; policies in the order of `applied`.
    pub sample: &'a LossSample,
    /// The scenario's policies.
    pub policies: &'a [Policy],
    /// The policies worked out, the scenario's first, then the proportional cuts.
    pub applied: &'a [Applied],
    /// The scopes; the first is the system.
    pub scopes: &'a [Scope],
    /// The lenders behind the losses, if the scenario has a system.
    pub borne: Option<Borne<'a>>,
    /// Capital by the Basel retail formula, where segments have classes.
    pub irb: Option<&'a IrbCapital>,
    /// Index of the baseline.
    pub baseline: usize,
    /// Defaults of one person in a trial at most.
    pub most_defaults: i64,
    /// Levels, thresholds, how trials were drawn.
    pub asked: Asked<'a>,
    /// Threads to use; changes no number.
    pub threads: usize,
}

/// Takes all measures.
pub fn summarise(inputs: Inputs<'_>) -> Summary {
    let (scopes, policies) = (inputs.scopes, inputs.policies.len());
    let views: Vec<View<'_>> = scopes.iter().map(|scope| View::new(&inputs, scope)).collect();
    let steps = steps(scopes.len(), policies);
    let baselines: Vec<Baseline> = scopes.iter().map(|_| Baseline::new(policies)).collect();
    let one = |(): &mut (), step: usize| match steps[step] {
        Step::Baseline(scope) => {
            baselines[scope].slot(&views[scope]);
            None
        }
        Step::Policy(scope, policy) => {
            let (view, baseline) = (&views[scope], &baselines[scope]);
            let taken = baseline.taken(view);
            let part = match policy == inputs.baseline {
                true => view.policy(policy, &taken, &taken.statistics),
                false => view.policy(policy, &view.statistics(policy), &taken.statistics),
            };
            baseline.leave();
            Some(part)
        }
    };
    let never = AtomicBool::new(false);
    let mapped = ordered_map(steps.len(), inputs.threads, &never, || (), one, |_| {});
    let mut summary = Summary::default();
    for part in mapped.done.into_iter().flatten() {
        summary.rows.extend(part.rows);
        summary.densities.extend(part.density);
        summary.exceedance.push(part.exceedance);
        summary.convergence.extend(part.convergence);
        summary.frontier.extend(part.frontier);
        summary.contributions.extend(part.contributions);
    }
    let Inputs { policies, applied, baseline, asked, .. } = inputs;
    summary.ladders = ladders(policies, applied, baseline, &summary.rows, asked.per_unit);
    summary
}

/// One number of the system: of a policy, or its relative change against the baseline.
pub fn number(inputs: Inputs<'_>, wanted: &Precision) -> Option<Estimate> {
    let view = View::new(&inputs, &inputs.scopes[0]);
    let find = |statistics: Vec<Statistic>| {
        let threshold = match wanted.measured {
            Measured::ExceedanceProbability(amount) => {
                Some(amount.0 as f64 / inputs.asked.per_unit)
            }
            _ => None,
        };
        statistics.into_iter().find(|s| {
            s.measure == measure_of(wanted.measured)
                && s.level == wanted.measured.level()
                && s.threshold == threshold
        })
    };
    let own = find(view.statistics(wanted.policy).statistics)?;
    match wanted.of {
        PreciseOf::Level => Some(own.own),
        PreciseOf::RelativeChange => {
            let base = find(view.statistics(inputs.baseline).statistics)?;
            relative_change(&own, &base, inputs.asked.drawn)
        }
    }
}

/// One scope of a sample.
struct View<'a> {
    inputs: &'a Inputs<'a>,
    scope: &'a Scope,
}

/// Statistics of a policy in a scope, losses and defaults in trial order, losses by rank.
struct Taken {
    statistics: Vec<Statistic>,
    losses: Vec<i64>,
    defaults: Vec<u64>,
    ranked: Ranked,
}

struct Part {
    rows: Vec<MeasureRow>,
    density: Option<DensitySeries>,
    exceedance: ExceedanceSeries,
    convergence: Vec<ConvergenceRow>,
    frontier: Vec<FrontierPoint>,
    contributions: Vec<Contribution>,
}

impl<'a> View<'a> {
    fn new(inputs: &'a Inputs<'a>, scope: &'a Scope) -> Self {
        Self { inputs, scope }
    }

    /// Defaults of each trial under a policy.
    fn defaults(&self, applied: usize) -> Vec<u64> {
        let sample = self.inputs.sample;
        let mut found = match &self.scope.defaults {
            DefaultCount::People(segments) => sample.defaulted_people(applied, segments),
            DefaultCount::Accounts => sample.defaulted_accounts(applied, self.scope.columns()),
            DefaultCount::Nobody => vec![0; sample.trials()],
        };
        if let (Losses::Total, Some(borne)) = (&self.scope.losses, &self.inputs.borne) {
            let second = borne.second_people(applied);
            found.iter_mut().zip(second).for_each(|(all, more)| *all += more);
        }
        found
    }

    /// Losses of each trial under a policy.
    fn losses(&self, applied: usize, scope: &Scope) -> Vec<i64> {
        let sample = self.inputs.sample;
        match &self.inputs.borne {
            Some(borne) => borne.losses(applied, scope, sample),
            None => sample.losses(applied, scope.columns()),
        }
    }

    fn sums(&self, applied: usize) -> CreditSums {
        self.sums_of(applied, self.scope)
    }

    fn sums_of(&self, applied: usize, scope: &Scope) -> CreditSums {
        let books = &self.inputs.applied[applied].books;
        let mut sums = match (&scope.losses, &self.inputs.borne) {
            (Losses::Columns(columns), _) => books.over(columns),
            (_, Some(borne)) => borne.sums(applied, scope, books.total()),
            (_, None) => CreditSums::default(),
        };
        sums.largest_loss = sums.largest_loss.saturating_mul(self.inputs.most_defaults);
        sums
    }

    fn sample<'s>(&self, applied: usize, losses: &'s [i64], defaults: &'s [u64]) -> Sample<'s> {
        let sums = self.sums(applied);
        let moving = self.moves(applied);
        Sample { losses, defaults, credit: sums.balance, largest: sums.largest_loss, moving }
    }

    /// Whether a policy may change who defaults.
    fn moves(&self, applied: usize) -> bool {
        let second = self.inputs.borne.is_some_and(|borne| borne.feedback);
        self.scope.losses == Losses::Total && second
            || self.inputs.applied[applied].effect.shifts.is_some()
    }

    /// Statistics of a policy with what they were taken of.
    fn statistics(&self, applied: usize) -> Taken {
        let losses = self.losses(applied, self.scope);
        let defaults = self.defaults(applied);
        let ranked = Ranked::new(&losses, self.inputs.asked.drawn);
        let sample = self.sample(applied, &losses, &defaults);
        let asked = self.inputs.asked;
        let mut found = statistics(sample, &ranked, asked);
        if self.scope.defaults == DefaultCount::Nobody {
            found.retain(|s| !matches!(s.measure, Measure::Defaults | Measure::LossPerDefault));
        }
        if let Some(borne) = &self.inputs.borne {
            found.extend(borne.statistics(applied, self.scope, sample.largest, asked));
        }
        Taken { statistics: found, losses, defaults, ranked }
    }

    /// The rows of a policy: its books, its statistics and what they are held against.
    fn rows(
        &self,
        policy: usize,
        own: &[Statistic],
        baseline: &[Statistic],
        twin: Option<&[Statistic]>,
    ) -> Vec<MeasureRow> {
        let inputs = self.inputs;
        let mut rows = self.credit_rows(policy);
        for statistic in own {
            let mut push = |comparison, unit, estimate| {
                rows.push(self.row(policy, statistic, comparison, unit, estimate));
            };
            let unit = statistic.measure.unit();
            let drawn = inputs.asked.drawn;
            push(Comparison::Level, unit, statistic.own);
            if policy != inputs.baseline
                && let Some(base) = partner(statistic, baseline)
            {
                push(Comparison::Change, unit, change(statistic, base, drawn));
                if let Some(relative) = relative_change(statistic, base, drawn) {
                    push(Comparison::RelativeChange, Unit::Fraction, relative);
                }
            }
            if let Some(cut) = twin.and_then(|twin| partner(statistic, twin)) {
                push(Comparison::ChangeAtEqualCredit, unit, change(statistic, cut, drawn));
                if let Some(relative) = relative_change(statistic, cut, drawn) {
                    push(Comparison::RelativeChangeAtEqualCredit, Unit::Fraction, relative);
                }
            }
        }
        rows
    }

    /// Everything of a policy.
    fn policy(&self, policy: usize, taken: &Taken, baseline: &[Statistic]) -> Part {
        let inputs = self.inputs;
        let Policy { id, title, .. } = &inputs.policies[policy];
        let Taken { statistics: own, losses, defaults, ranked } = taken;
        let twin = inputs
            .applied
            .iter()
            .position(|a| matches!(a.role, Role::EqualCredit { of, .. } if of == policy))
            .map(|at| (self.statistics(at).statistics, self.sums(at).balance));
        let own_twin = twin.as_ref().map(|(twin, _)| &twin[..]);
        let rows = self.rows(policy, own, baseline, own_twin);
        let asked = inputs.asked;
        let system = self.scope.kind == ScopeKind::System;
        let most = if system { DRAWN } else { TABULATED };
        // A hundredth of the highest level's tail; what is asked of a threshold has a row of its own.
        let least = asked.levels.last().map_or(0.0, |level| level.tail() / 100.0);
        let exceedance = ExceedanceSeries {
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            policy: id.clone(),
            title: title.clone(),
            points: exceedance(ranked, asked.drawn, asked.per_unit, (most, least)),
        };
        if !system {
            let total = self.scope.kind == ScopeKind::Total;
            let parts = total.then(|| self.contributions(policy, (losses, defaults), ranked));
            return Part {
                rows,
                density: None,
                exceedance,
                convergence: Vec::new(),
                frontier: Vec::new(),
                contributions: parts.unwrap_or_default(),
            };
        }
        let side = |statistics, credit| Side { statistics, credit };
        let frontier = frontier(
            &inputs.policies[policy],
            side(own, self.sums(policy).balance),
            twin.as_ref().map(|(twin, credit)| side(twin, *credit)),
            side(baseline, self.sums(inputs.baseline).balance),
            asked,
        );
        // What convergence and contributions need takes its room.
        drop(twin);
        let (kind, points) = density(ranked, asked.drawn, asked.per_unit);
        Part {
            rows,
            density: Some(DensitySeries {
                policy: id.clone(),
                title: title.clone(),
                kind,
                points,
                marks: marks(own),
            }),
            exceedance,
            convergence: convergence(id, self.sample(policy, losses, defaults), asked),
            frontier,
            contributions: self.contributions(policy, (losses, defaults), ranked),
        }
    }

    /// What the parts of the system add to its losses under a policy.
    fn contributions(
        &self,
        policy: usize,
        (losses, defaults): (&[i64], &[u64]),
        ranked: &Ranked,
    ) -> Vec<Contribution> {
        let inputs = self.inputs;
        // Segments share the losses of the book, lenders and other bearers everything.
        let of_total = |kind| matches!(kind, ScopeKind::Bearer | ScopeKind::Lender);
        let is_part = |kind| match self.scope.kind {
            ScopeKind::Total => of_total(kind),
            _ if inputs.borne.is_some() => kind == ScopeKind::Segment,
            _ => kind != ScopeKind::System,
        };
        let parts = inputs.scopes.iter().filter(|scope| is_part(scope.kind));
        let whole = Whole::new(self.sample(policy, losses, defaults), ranked, inputs.asked);
        let mut all = Vec::new();
        for scope in parts {
            let own = self.losses(policy, scope);
            let sums = self.sums_of(policy, scope);
            let part = Sample {
                losses: &own,
                defaults,
                credit: sums.balance,
                largest: sums.largest_loss,
                moving: false,
            };
            all.extend(whole.added(part).into_iter().map(|added| Contribution {
                policy: inputs.policies[policy].id.clone(),
                scope_kind: scope.kind,
                scope: scope.name.clone(),
                measure: added.measure,
                level: added.level.map(crate::units::Level::get),
                estimate: added.estimate,
                share: added.share,
            }));
        }
        all
    }

    fn row(
        &self,
        policy: usize,
        statistic: &Statistic,
        comparison: Comparison,
        unit: Unit,
        estimate: Estimate,
    ) -> MeasureRow {
        MeasureRow {
            policy: self.inputs.policies[policy].id.clone(),
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            measure: statistic.measure,
            level: statistic.level.map(crate::units::Level::get),
            threshold: statistic.threshold,
            comparison,
            unit,
            estimate,
        }
    }
}

/// The same statistic of another policy.
fn partner<'s>(statistic: &Statistic, others: &'s [Statistic]) -> Option<&'s Statistic> {
    others.iter().find(|other| {
        (other.measure, other.level, other.threshold)
            == (statistic.measure, statistic.level, statistic.threshold)
    })
}

/// VaR and ES per level.
fn marks(statistics: &[Statistic]) -> Vec<TailMark> {
    let of = |measure| statistics.iter().filter(move |s| s.measure == measure);
    of(Measure::ValueAtRisk)
        .zip(of(Measure::ExpectedShortfall))
        .map(|(var, es)| TailMark {
            level: var.level.map(|level| level.to_string()).unwrap_or_default(),
            value_at_risk: var.own,
            expected_shortfall: es.own,
        })
        .collect()
}
