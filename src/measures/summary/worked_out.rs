//! All statistics of all policies in all scopes from laws that were worked out, none of them sampled.

use super::{Inputs, Summary, View};
use crate::exact::{Found, LossLaw};
use crate::measures::contribution::Contribution;
use crate::measures::exceedance::{DRAWN, TABULATED};
use crate::measures::from_law::{Facts, density, exceedance, statistics};
use crate::measures::frontier::{Side, frontier};
use crate::measures::ladder::ladders;
use crate::measures::series::{DensitySeries, ExceedanceSeries};
use crate::measures::statistic::Statistic;
use crate::measures::{Estimate, Measure};
use crate::policy::Role;
use crate::system::{Scope, ScopeKind};

/// Takes all measures of laws: `law` gives that of a scope under an applied policy, `None` where it was
/// told to stop, which ends the summary. What rests on trials stays empty: convergence, attribution,
/// contributions to ES.
pub fn work_out(
    inputs: Inputs<'_>,
    mut law: impl FnMut(&Scope, usize) -> Option<Found>,
) -> Option<Summary> {
    let mut summary = Summary::default();
    // By scope and policy.
    let mut means: Vec<Vec<f64>> = Vec::new();
    for scope in inputs.scopes {
        let view = View::new(&inputs, scope);
        let mut statistics = Vec::new();
        let mut series = Vec::new();
        for at in 0..inputs.applied.len() {
            let found = law(scope, at)?;
            statistics.push(view.worked_out(at, &found));
            // Proportional cuts have no figures.
            series.push((at < inputs.policies.len()).then(|| view.series(at, &found.law)));
        }
        for policy in 0..inputs.policies.len() {
            let (own, baseline) = (&statistics[policy], &statistics[inputs.baseline]);
            let is_twin =
                |role: &Role| matches!(role, Role::EqualCredit { of, .. } if *of == policy);
            let twin = inputs.applied.iter().position(|a| is_twin(&a.role));
            summary.rows.extend(view.rows(
                policy,
                own,
                baseline,
                twin.map(|at| &statistics[at][..]),
            ));
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
        .flat_map(|policy| contributions(&inputs, policy, &means))
        .collect();
    let Inputs { policies, applied, baseline, asked, .. } = inputs;
    summary.ladders = ladders(policies, applied, baseline, &summary.rows, asked.per_unit);
    Some(summary)
}

/// What the parts add to credit and EL of the system under a policy.
fn contributions(inputs: &Inputs<'_>, policy: usize, means: &[Vec<f64>]) -> Vec<Contribution> {
    let credit = |scope: &Scope| {
        let balance = View::new(inputs, scope).sums(policy).balance;
        balance as f64 / inputs.asked.per_unit
    };
    let exact = |value| Estimate::exact(value, inputs.asked.drawn.confidence.get());
    let whole = [credit(&inputs.scopes[0]), means[0][policy]];
    let parts =
        inputs.scopes.iter().zip(means).filter(|(scope, _)| scope.kind != ScopeKind::System);
    let of = |(scope, means): (&Scope, &Vec<f64>)| {
        let own = [(Measure::Credit, credit(scope)), (Measure::ExpectedLoss, means[policy])];
        let rows = own.into_iter().zip(whole).map(|((measure, value), whole)| Contribution {
            policy: inputs.policies[policy].id.clone(),
            scope_kind: scope.kind,
            scope: scope.name.clone(),
            measure,
            level: None,
            estimate: exact(value),
            share: (whole > 0.0).then(|| exact(value / whole)),
        });
        rows.collect::<Vec<_>>()
    };
    parts.flat_map(of).collect()
}

impl View<'_> {
    fn worked_out(&self, applied: usize, found: &Found) -> Vec<Statistic> {
        let sums = self.sums(applied);
        let facts =
            Facts { credit: sums.balance, largest: sums.largest_loss, moving: self.moves(applied) };
        statistics(found, facts, self.inputs.asked)
    }

    fn series(&self, policy: usize, law: &LossLaw) -> (ExceedanceSeries, DensitySeries) {
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
