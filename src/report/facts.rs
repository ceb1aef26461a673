//! The facts that stand beside the numbers in `results.json`.

use super::results::{
    Debt, EqualCreditCutFacts, LenderFacts, MatchCreditFacts, MatchParameter, PolicyFacts,
    PortfolioFacts, ScenarioFacts, StopReason, TrancheFacts,
};
use crate::engine::LossSample;
use crate::measures::precision::{PrecisionFacts, half_width, is_met, target};
use crate::measures::{Estimate, MeanReference, Measure};
use crate::policy::{Applied, Role, Solved};
use crate::portfolio::Portfolio;
use crate::random::GENERATOR;
use crate::scenario::{EngineChoice, HalfWidth, PreciseOf, Scenario};
use crate::system::market::Market;
use crate::units::Level;

/// What was asked.
pub fn scenario(scenario: &Scenario) -> ScenarioFacts {
    ScenarioFacts {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        description: scenario.description.clone(),
        source: scenario.source.clone(),
        currency: scenario.currency.code.clone(),
        minor_units: scenario.currency.minor_per_unit,
        claim: scenario.claim.clone(),
        horizon: scenario.horizon.clone(),
        seed: scenario.seed,
        trials: match scenario.engine {
            EngineChoice::MonteCarlo => scenario.sampling.trials,
            EngineChoice::Exact | EngineChoice::LargePool => 0,
        },
        levels: scenario.levels.iter().map(|q| Level::get(*q)).collect(),
        confidence: scenario.confidence.get(),
        baseline: scenario.policies[scenario.baseline].id.clone(),
        generator: GENERATOR.to_owned(),
    }
}

/// The book.
pub fn portfolio(book: &Portfolio) -> PortfolioFacts {
    PortfolioFacts {
        lenders: book.accounts.lender.names.clone(),
        segments: book.borrowers.segment.names.clone(),
        quality: book.quality.clone(),
    }
}

/// The scenario's policies.
pub fn policies(
    scenario: &Scenario,
    applied: &[Applied],
    reference: &MeanReference,
) -> Vec<PolicyFacts> {
    let per_unit = scenario.currency.per_unit();
    let today = &applied[scenario.baseline].books.total();
    let policies = scenario.policies.iter().enumerate();
    policies
        .map(|(index, policy)| {
            let total = applied[index].books.total();
            let equal_credit_cut = applied.iter().find_map(|a| match a.role {
                Role::EqualCredit { of, scale, residual } if of == index => {
                    Some(EqualCreditCutFacts { scale, residual })
                }
                _ => None,
            });
            PolicyFacts {
                id: policy.id.clone(),
                title: policy.title.clone(),
                ladder: policy.ladder.as_ref().map(|step| step.ladder.clone()),
                binds: total.limit_cut > 0 || total.limit > today.limit,
                match_credit: match_credit(scenario, &applied[index]),
                equal_credit_cut,
                exact_expected_loss: reference
                    .expected_losses
                    .as_ref()
                    .map(|means| means[index] / per_unit),
                concentration: reference.spreads[index].concentration(),
            }
        })
        .collect()
}

fn match_credit(scenario: &Scenario, applied: &Applied) -> Option<MatchCreditFacts> {
    let matched = applied.matched?;
    let (parameter, value) = match matched.solved {
        Solved::Cap(cap) => (MatchParameter::Cap, scenario.currency.units(cap)),
        Solved::Scale(share) => (MatchParameter::Scale, share),
        Solved::IncomeShare(share) => (MatchParameter::IncomeShare, share),
        Solved::ScoreCaps(factor) => (MatchParameter::ScoreCaps, factor),
    };
    let policy = scenario.policies[matched.with].id.clone();
    Some(MatchCreditFacts { policy, parameter, value, residual: matched.residual })
}

/// Why sampling ended.
pub fn stop_reason(sample: &LossSample, precision: Option<&PrecisionFacts>) -> StopReason {
    match precision {
        _ if sample.stopped => StopReason::Interrupted,
        Some(precision) if precision.met => StopReason::Precise,
        _ => StopReason::Complete,
    }
}

/// How well the number is known that was asked about.
pub fn precision(scenario: &Scenario, number: Option<Estimate>) -> Option<PrecisionFacts> {
    let wanted = scenario.sampling.until.as_ref()?;
    Some(PrecisionFacts {
        policy: scenario.policies[wanted.policy].id.clone(),
        measure: Measure::from(wanted.measured),
        level: wanted.measured.level().map(Level::get),
        change: wanted.of == PreciseOf::RelativeChange,
        asked: target(wanted.error),
        reached: number.and_then(|number| half_width(&number, wanted.error)),
        relative: matches!(wanted.error, HalfWidth::Relative(_)),
        met: number.is_some_and(|number| is_met(&number, wanted.error)),
    })
}

/// The lenders of a system.
pub fn lenders(market: &Market, per_unit: f64) -> Vec<LenderFacts> {
    let roster = &market.roster;
    let facts = roster.lenders.iter().map(|lender| LenderFacts {
        name: lender.name.clone(),
        group: lender.group.map(|group| roster.groups[group].name.clone()),
        capital: lender.capital.map(|capital| capital / per_unit),
        other_assets: lender.other.map_or(0.0, |other| other.amount) / per_unit,
    });
    facts.collect()
}

/// The tranches of a system under the scenario's policies.
pub fn tranches(market: &Market, policies: &[&str], per_unit: f64) -> Vec<TrancheFacts> {
    let mut facts = Vec::new();
    for (id, sheets) in policies.iter().zip(&market.sheets) {
        for (pool, balance) in market.pools.iter().zip(&sheets.pool_balance) {
            facts.extend(pool.tranches.iter().map(|tranche| TrancheFacts {
                policy: (*id).to_owned(),
                tranche: tranche.name.clone(),
                holder: tranche.holder.map(|lender| market.roster.lenders[lender].name.clone()),
                from: tranche.from,
                to: tranche.to,
                amount: (tranche.to - tranche.from) * pool.securitised * balance / per_unit,
            }));
        }
    }
    facts
}

/// Debts between the lenders of a system.
pub fn debts(market: &Market, per_unit: f64) -> Vec<Debt> {
    let Some(contagion) = &market.contagion else { return Vec::new() };
    let (members, network) = (contagion.members(), contagion.network());
    let name = |member: usize| market.roster.lenders[members[member]].name.clone();
    let pairs = (0..network.size()).flat_map(|i| (0..network.size()).map(move |j| (i, j)));
    pairs
        .filter(|&(i, j)| network.owes(i, j) > 0.0)
        .map(|(i, j)| Debt { from: name(i), to: name(j), amount: network.owes(i, j) / per_unit })
        .collect()
}
