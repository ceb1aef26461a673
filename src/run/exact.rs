//! Runs that are worked out instead of sampled.

use super::{Prepared, Settings};
use crate::engine::LossSample;
use crate::error::{Fault, FaultKind, Place};
use crate::exact::book::{classes, shared_classes};
use crate::exact::class::Class;
use crate::exact::ground::Ground;
use crate::exact::quadrature::{MOST_INPUTS, States};
use crate::exact::{
    Distribution, Found, Granularity, Limit, Work, credit_risk_plus, large_pool, shared_law,
};
use crate::measures::mean_reference;
use crate::measures::summary::{self, Inputs};
use crate::report::results::{EngineFacts, GranularityFacts, PoolFacts, RunResults};
use crate::report::warnings;
use crate::scenario::{EngineChoice, LgdLaw};
use crate::system::{Scope, ScopeKind};

impl Prepared {
    /// Whether trials are drawn.
    pub fn is_sampled(&self) -> bool {
        self.scenario.engine == EngineChoice::MonteCarlo
    }

    /// Refuses models with more systematic normals than can be integrated over.
    pub(super) fn check_engine(&self) -> Result<(), Vec<Fault>> {
        let most = match self.scenario.engine {
            EngineChoice::MonteCarlo => return Ok(()),
            EngineChoice::Exact => MOST_INPUTS,
            EngineChoice::LargePool => large_pool::MOST_VARIABLES,
        };
        let ground = self.ground();
        let scope = &self.scopes()[0];
        let people = classes(ground, &self.applied[self.scenario.baseline].effect, scope);
        let exact = self.scenario.engine == EngineChoice::Exact;
        let scenario = &self.scenario;
        self.check_debts_elsewhere()?;
        if exact && credit_risk_plus::applies(&scenario.model, &scenario.stress).is_some() {
            return Ok(());
        }
        let inputs = match exact {
            true => States::of(&people, &self.model).len(),
            false => self.variables(&people),
        };
        if inputs <= most {
            return Ok(());
        }
        let message = format!(
            "engine = \"{}\" integrates over at most {most} systematic variables, and this model \
             has {inputs} (factors that segments hang on, and the mixing variable of Student t)",
            self.scenario.engine.as_str()
        );
        let fault = Fault::new(Place::Key("engine".into()), FaultKind::Conflict { message });
        Err(vec![fault.with_hint("fewer factors in `[model]`, or engine = \"monte-carlo\"")])
    }

    /// Systematic variables of the large pool, the most of all policies.
    fn variables(&self, baseline: &[Class]) -> usize {
        let of =
            |people: &[Class]| large_pool::variables(people, &self.model, self.severity.as_ref());
        let scope = &self.scopes()[0];
        let others = (0..self.applied.len()).filter(|&at| at != self.scenario.baseline);
        let under = |at: usize| of(&classes(self.ground(), &self.applied[at].effect, scope));
        others.map(under).fold(of(baseline), usize::max)
    }

    /// Refuses lenders that take debts over at another LGD than the account's, where LGDs are drawn from beta laws:
    /// one draw moves two laws then.
    fn check_debts_elsewhere(&self) -> Result<(), Vec<Fault>> {
        let Some(severity) = &self.severity else { return Ok(()) };
        let book = self.book();
        let differs = |lender: usize, (segment, lgd): (usize, f64)| {
            matches!(severity.law(segment).lgd.of(lgd), LgdLaw::Beta { .. })
                && severity.lgd_elsewhere(lender, lgd) != lgd
        };
        for b in 0..book.entries() {
            let segment = book.borrowers.segment.codes.get(b);
            for a in book.accounts_of(b) {
                let own = (segment, book.accounts.lgd.get(a));
                let Some(lender) = (0..self.new_lenders.len()).find(|&at| differs(at, own)) else {
                    continue;
                };
                let message = format!(
                    "engine = \"{}\" cannot give this: debts that move to `{}` have the LGD {} \
                     there and {} before, and beta laws move the two together",
                    self.scenario.engine.as_str(),
                    self.columns.lenders()[self.new_lenders[lender]],
                    severity.lgd_elsewhere(lender, own.1),
                    own.1
                );
                let place = Place::Key(severity.law(segment).lgd_path.clone());
                let fault = Fault::new(place, FaultKind::Conflict { message });
                let hint = "the same LGDs at rivals, or engine = \"monte-carlo\"";
                return Err(vec![fault.with_hint(hint)]);
            }
        }
        Ok(())
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            book: self.book(),
            columns: &self.columns,
            new_lenders: &self.new_lenders,
            model: &self.model,
            severity: self.severity.as_ref(),
        }
    }

    /// The law of a scope under an applied policy, with what `parts` add to its ES.
    fn law(
        &self,
        (scope, parts): (&Scope, &[&Scope]),
        applied: usize,
        settings: Settings<'_>,
    ) -> Option<Found<Distribution>> {
        let effect = &self.applied[applied].effect;
        let (people, shares) = shared_classes(self.ground(), effect, scope, parts);
        let (people, model) = ((&people[..], &shares), &self.model);
        let work = Work::new(settings.threads, settings.stop);
        let scenario = &self.scenario;
        let levels = scenario.levels.as_slice();
        if scenario.engine == EngineChoice::LargePool {
            let laws = (model, self.severity.as_ref());
            let found = large_pool::law(people, laws, (levels, work))?;
            return Some(found.with_law(Distribution::Smooth));
        }
        let found = match credit_risk_plus::applies(&scenario.model, &scenario.stress) {
            Some(sectors) => credit_risk_plus::law(people, (model, sectors), (levels, work.points)),
            None => shared_law(people, model, (levels, work))?,
        };
        Some(found.with_law(Distribution::Grid))
    }

    /// The results without trials; `None` if the run was stopped.
    pub(super) fn work_out(&self, settings: Settings<'_>) -> Option<RunResults> {
        let scenario = &self.scenario;
        let per_unit = scenario.currency.per_unit();
        let mut facts = EngineFacts {
            name: scenario.engine.as_str().to_owned(),
            grid_step: None,
            grid_is_exact: None,
            states: 0,
            numerical_error: 0.0,
            down_to: 0.0,
            pools: Vec::new(),
            granularity: Vec::new(),
        };
        let reference =
            mean_reference(self.book(), &self.model, self.severity.as_ref(), &self.applied);
        let sample = LossSample::none();
        let scopes = self.scopes();
        let irb = self.irb();
        let summary = self.with_asked(&sample, |asked| {
            let inputs = Inputs {
                sample: &sample,
                policies: &scenario.policies,
                applied: &self.applied,
                scopes: &scopes,
                borne: None,
                irb: irb.as_ref(),
                reference: None,
                baseline: scenario.baseline,
                most_defaults: if self.model.counts() { super::MOST_DEFAULTS } else { 1 },
                asked,
                threads: settings.threads,
            };
            summary::work_out(inputs, |(scope, parts), applied| {
                let found = self.law((scope, parts), applied, settings)?;
                (settings.finished)(1);
                if let (Distribution::Grid(law), ScopeKind::System) = (&found.law, scope.kind) {
                    let step = law.step as f64 / per_unit;
                    facts.grid_step = Some(facts.grid_step.unwrap_or(0.0).max(step));
                    facts.grid_is_exact =
                        Some(facts.grid_is_exact.unwrap_or(true) && found.is_exact);
                }
                facts.states = facts.states.max(found.nodes as u64);
                facts.numerical_error = facts.numerical_error.max(found.error);
                facts.down_to = facts.down_to.max(found.least);
                let policy = scenario.policies.get(applied);
                if let (Some(policy), Some(limit)) = (policy, &found.limit) {
                    // EL is known apart from all quadrature.
                    let known = reference.expected_losses.as_ref().map(|means| means[applied]);
                    let known = known.filter(|&el| scope.kind == ScopeKind::System && el > 0.0);
                    let miss = known.map_or(0.0, |el| (found.mean / el - 1.0).abs());
                    facts.numerical_error = facts.numerical_error.max(miss);
                    let near = Near { policy: &policy.id, scope, per_unit };
                    facts.pools.push(near.pool(limit));
                    let levels = limit.granularity.iter();
                    let shares = levels.map(|own| near.granularity(own, &found.law));
                    facts.granularity.extend(shares);
                }
                Some(found)
            })
        })?;
        let mut run = self.results(&sample, summary, None, &reference);
        run.engine = Some(facts);
        run.warnings = warnings::of(scenario, &run, &reference, &self.model);
        Some(run)
    }
}

/// Whose nearness to an infinitely granular portfolio is told.
struct Near<'a> {
    policy: &'a str,
    scope: &'a Scope,
    per_unit: f64,
}

impl Near<'_> {
    fn pool(&self, limit: &Limit) -> PoolFacts {
        PoolFacts {
            policy: self.policy.to_owned(),
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            borrowers: limit.borrowers as u64,
            idiosyncratic_share: limit.idiosyncratic,
            adjustment: limit.adjustment,
        }
    }

    fn granularity(&self, own: &Granularity, law: &Distribution) -> GranularityFacts {
        let share = match law.expected_shortfall(own.level) {
            limit if limit > 0.0 => own.expected_shortfall / limit,
            _ => 0.0,
        };
        GranularityFacts {
            policy: self.policy.to_owned(),
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            level: own.level.get(),
            value_at_risk: own.value_at_risk / self.per_unit,
            expected_shortfall: own.expected_shortfall / self.per_unit,
            share_of_shortfall: share,
        }
    }
}
