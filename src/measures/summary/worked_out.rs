//! All statistics of all policies in all scopes from laws that were worked out, none of them sampled.

use super::{Inputs, Summary, View};
use crate::exact::{Distribution, Found};
use crate::measures::contribution::Contribution;
use crate::measures::exceedance::{DRAWN, TABULATED};
use crate::measures::from_law::{Facts, density, exceedance, statistics};
use crate::measures::frontier::{Side, frontier};
use crate::measures::ladder::ladders;
use crate::measures::series::{DensitySeries, ExceedanceSeries};
use crate::measures::statistic::Statistic;
use crate::measures::{Estimate, Measure, Quality};
use crate::system::{Scope, ScopeKind};
use crate::units::Level;

/// Takes all measures of laws: `law` gives that of a scope under an applied policy, `None` where it was
/// told to stop, which ends the summary, and for a policy of the scenario what the parts given add to ES. What rests
/// on trials stays empty: convergence, attribution.
pub fn work_out(
    inputs: Inputs<'_>,
    mut law: impl FnMut((&Scope, &[&Scope]), usize) -> Option<Found<Distribution>>,
) -> Option<Summary> {
    let mut summary = Summary::default();
    let whole = |scope: &Scope| scope.kind == ScopeKind::System;
    let parts: Vec<&Scope> = inputs.scopes.iter().filter(|scope| !whole(scope)).collect();
    // By policy, of the system.
    let mut systems: Vec<(Vec<Statistic>, Vec<Vec<f64>>)> = Vec::new();
    // EL by scope and policy.
    let mut means: Vec<Vec<f64>> = Vec::new();
    for scope in inputs.scopes {
        let view = View::new(&inputs, scope);
        let mut statistics = Vec::new();
        let mut series = Vec::new();
        for at in 0..inputs.applied.len() {
            let is_cut = at >= inputs.policies.len();
            let shared = if is_cut || !whole(scope) { &[] } else { &parts[..] };
            let found = law((scope, shared), at)?;
            statistics.push(view.worked_out(at, &found));
            // Proportional cuts have no figures.
            series.push((!is_cut).then(|| view.series(at, &found.law)));
            if whole(scope) && !is_cut {
                systems.push((statistics[at].clone(), found.shortfalls));
            }
        }
        for policy in 0..inputs.policies.len() {
            let (own, baseline) = (&statistics[policy], &statistics[inputs.baseline]);
            let twin = view.twin(policy);
            let of_twin = twin.map(|at| &statistics[at][..]);
            summary.rows.extend(view.credit_rows(policy));
            summary.rows.extend(view.rows(policy, own, baseline, of_twin));
            if scope.kind == ScopeKind::System {
                let side =
                    |at: usize| Side { statistics: &statistics[at], credit: view.sums(at).balance };
                let (twin, base) = (twin.map(side), side(inputs.baseline));
                let own = &inputs.policies[policy];
                summary.frontier.extend(frontier(own, side(policy), twin, base, inputs.asked));
            }
        }
        means.push(statistics.iter().map(|own| own[0].own.value).collect());
        for (policy, (curve, points)) in series.into_iter().flatten().enumerate() {
            summary.exceedance.push(curve);
            if scope.kind == ScopeKind::System {
                summary
                    .densities
                    .push(DensitySeries { marks: super::marks(&statistics[policy]), ..points });
            }
        }
    }
    summary.contributions = (0..inputs.policies.len())
        .flat_map(|policy| contributions(&inputs, policy, &means, &systems[policy]))
        .collect();
    let Inputs { policies, applied, baseline, asked, .. } = inputs;
    summary.ladders = ladders(policies, applied, baseline, &summary.rows, asked.per_unit);
    Some(summary)
}

/// What the parts add to credit, EL and ES of the system under a policy. Those of ES are scaled to what the law
/// says, from which they differ by rounding, or by the grid where losses were moved to it.
fn contributions(
    inputs: &Inputs<'_>,
    policy: usize,
    means: &[Vec<f64>],
    (system, shortfalls): &(Vec<Statistic>, Vec<Vec<f64>>),
) -> Vec<Contribution> {
    let credit = |scope: &Scope| {
        let balance = View::new(inputs, scope).sums(policy).balance;
        balance as f64 / inputs.asked.per_unit
    };
    // Parts of ES are as good as ES itself.
    let is_near = system.iter().any(|own| own.own.quality == Quality::Approximation);
    let row = |scope: &Scope, measure, level: Option<Level>, (value, whole): (f64, f64)| {
        let of = match level {
            Some(_) if is_near => Estimate::approximate,
            _ => Estimate::exact,
        };
        let of = |value| of(value, inputs.asked.drawn.confidence.get());
        Contribution {
            policy: inputs.policies[policy].id.clone(),
            scope_kind: scope.kind,
            scope: scope.name.clone(),
            measure,
            level: level.map(Level::get),
            estimate: of(value),
            share: (whole > 0.0).then(|| of(value / whole)),
        }
    };
    let of_system = |level| {
        let is_it =
            |s: &&Statistic| (s.measure, s.level) == (Measure::ExpectedShortfall, Some(level));
        system.iter().find(is_it).map_or(0.0, |own| own.own.value)
    };
    let kind_of = |at: usize| inputs.scopes[at].kind;
    let mut rows = Vec::new();
    for (at, scope) in inputs.scopes.iter().enumerate().skip(1) {
        let el = (means[at][policy], means[0][policy]);
        rows.push(row(scope, Measure::Credit, None, (credit(scope), credit(&inputs.scopes[0]))));
        rows.push(row(scope, Measure::ExpectedLoss, None, el));
        for (&level, parts) in inputs.asked.levels.iter().zip(shortfalls) {
            // The parts of a kind add up.
            let alike = (1..inputs.scopes.len()).filter(|&other| kind_of(other) == scope.kind);
            let sum: f64 = alike.map(|other| parts[other - 1]).sum();
            let whole = of_system(level);
            let value = if sum > 0.0 { whole * (parts[at - 1] / sum) } else { 0.0 };
            rows.push(row(scope, Measure::ExpectedShortfall, Some(level), (value, whole)));
        }
    }
    rows
}

impl View<'_> {
    fn worked_out(&self, applied: usize, found: &Found<Distribution>) -> Vec<Statistic> {
        let sums = self.sums(applied);
        let facts =
            Facts { credit: sums.balance, largest: sums.largest_loss, moving: self.moves(applied) };
        statistics(found, facts, self.inputs.asked)
    }

    fn series(&self, policy: usize, law: &Distribution) -> (ExceedanceSeries, DensitySeries) {
        let own = &self.inputs.policies[policy];
        let (id, title) = (own.id.clone(), own.title.clone());
        let asked = self.inputs.asked;
        let most = if self.scope.kind == ScopeKind::System { DRAWN } else { TABULATED };
        let least = asked.levels.last().map_or(0.0, |level| level.tail() / 100.0);
        let curve = ExceedanceSeries {
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            policy: id.clone(),
            title: title.clone(),
            points: exceedance(law, asked.per_unit, (most, least)),
        };
        let (kind, points) = density(law, asked.per_unit);
        (curve, DensitySeries { policy: id, title, kind, points, marks: Vec::new() })
    }
}
