//! What the reader should know before trusting a number.

use super::numbers::count;
use super::results::{EngineFacts, PolicyFacts, RunResults, StopReason, Warning};
use crate::engine::{Need, PlanName, Room, RoomKind};
use crate::error::Error;
use crate::exact::Adjustment;
use crate::measures::interval::FEW;
use crate::measures::precision::PrecisionFacts;
use crate::measures::{Comparison, MeanReference, Measure, Quality};
use crate::model::{Model, Repaired};
use crate::policy::solve::TOLERANCE;
use crate::scenario::{MOST_TRIALS, Scenario};
use crate::units::Level;
use crate::units::fineness::{MOST_MOVED, MOST_MOVED_LOSSES};

/// So many times the sample's standard error the model's least one must be before the sample is
/// said to have missed something.
const CALM: f64 = 1.5;
/// Share of idiosyncratic risk in an ES from which a pool is no large one.
const SMALL: f64 = 0.1;
/// Relative error of tail probabilities from which it is told.
const DOUBTFUL: f64 = 1e-5;
/// More trials than the half-width at hand asks for: it is an estimate itself.
const MARGIN: f64 = 1.2;
/// Standard errors between simulated and exact mean that chance does not explain.
const FAR: f64 = 5.0;

/// The warnings of a run whose numbers are in place.
pub fn of(
    scenario: &Scenario,
    run: &RunResults,
    reference: &MeanReference,
    model: &Model,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(repaired) = model.repaired.clone() {
        let Repaired { factors, before, after, distance, names, correlation } = repaired;
        warnings.push(Warning::FactorCorrelationsRepaired {
            factors,
            before,
            after,
            distance,
            names,
            correlation,
        });
    }
    if run.stop == StopReason::Interrupted {
        let asked = scenario.sampling.trials;
        warnings.push(Warning::Interrupted { done: run.trials, asked });
    }
    if let Some(precision) =
        run.precision.as_ref().filter(|p| !p.met && run.stop == StopReason::Complete)
    {
        let missing = precision.reached.map(|reached| reached / precision.asked);
        let enough = missing.filter(|&ratio| ratio > 1.0).map(|ratio| {
            let need = run.trials as f64 * ratio * ratio * MARGIN;
            let step = libm::pow(10.0, libm::floor(libm::log10(need)) - 1.0).max(1.0);
            (libm::ceil(need / step) * step) as u64
        });
        let enough = enough.filter(|&enough| enough <= MOST_TRIALS as u64);
        let PrecisionFacts { asked, reached, .. } = *precision;
        warnings.push(Warning::PrecisionMissed { asked, reached, enough });
    }
    if let Some(engine) = &run.engine {
        if let (Some(step), Some(false)) = (engine.grid_step, engine.grid_is_exact) {
            warnings.push(Warning::GridChosen { step });
        }
        warnings.extend(too_small(engine));
        if engine.numerical_error > DOUBTFUL {
            warnings.push(Warning::NumericalError { error: engine.numerical_error });
        }
    }
    let sampled = if run.engine.is_none() { &scenario.levels[..] } else { &[] };
    for level in sampled {
        let beyond = tail_trials(scenario, run, level);
        if beyond < FEW {
            let enough = enough_trials(run, level, beyond);
            warnings.push(Warning::FewTailTrials { level: level.get(), beyond, enough });
        }
    }
    let book = &run.portfolio.quality;
    if book.draws < book.borrowers {
        let (draws, borrowers) = (book.draws, book.borrowers);
        warnings.push(Warning::GranularityFaked { draws, borrowers });
    }
    if scenario.has_finer_unit() {
        let minor_units = scenario.currency.minor_per_unit;
        warnings.push(Warning::FinerUnit { minor_units });
    }
    let unused = book.unused_defaults.iter();
    warnings.extend(unused.map(|key| Warning::DefaultUnused { key: key.clone() }));
    if reference.clamped > 0 {
        warnings.push(Warning::PdClamped { borrowers: reference.clamped });
    }
    for (index, policy) in run.policies.iter().enumerate() {
        if policy.binds
            && scenario.policies[index].equal_credit_cut.unwrap_or(
                scenario.output.equal_credit_cut && scenario.policies[index].ladder.is_none(),
            )
            && policy.equal_credit_cut.is_none()
            && exact_number(run, policy, Measure::WithdrawnCredit) == Some(0.0)
            && exact_number(run, policy, Measure::LimitCut).is_some_and(|cut| cut > 0.0)
        {
            warnings.push(Warning::OnlyUnusedLinesCut { policy: policy.id.clone() });
        }
        let matched = policy.match_credit.as_ref();
        if let Some(matched) = matched.filter(|matched| matched.residual.abs() > TOLERANCE) {
            let residual = matched.residual;
            warnings.push(Warning::MatchCreditResidual { policy: policy.id.clone(), residual });
        }
        if let Some(cut) = policy.equal_credit_cut.filter(|cut| cut.residual.abs() > TOLERANCE) {
            let residual = cut.residual;
            warnings.push(Warning::EqualCreditResidual { policy: policy.id.clone(), residual });
        }
        if let Some(&share) = reference.moved.get(index).filter(|own| own.abs() > MOST_MOVED_LOSSES)
            && (scenario.gives_unit || share.abs() > 10.0 * MOST_MOVED_LOSSES)
        {
            warnings.push(Warning::LossesRounded { policy: policy.id.clone(), share });
        }
        let mean = run.system(&policy.id, Measure::ExpectedLoss, None, Comparison::Level);
        if let (Some(row), Some(exact)) = (mean, policy.exact_expected_loss)
            && let Some(error) = row.estimate.standard_error.filter(|&error| error > 0.0)
        {
            let per_unit = scenario.currency.per_unit();
            let least = reference.least_deviations[index] / per_unit / (run.trials as f64).sqrt();
            // Weighed trials may know EL better than people's own luck would let as many plain ones.
            let error = if run.plan.name.is_weighted() { error } else { error.max(least) };
            // What rounding moves is told above, or is nothing that counts.
            let rounding = reference.moved[index].abs().max(MOST_MOVED) * exact;
            let standard_errors = ((row.estimate.value - exact).abs() - rounding).max(0.0) / error;
            let spread = exact_number(run, policy, Measure::StandardDeviation).unwrap_or(0.0);
            let policy = policy.id.clone();
            if reference.least_deviations[index] / per_unit > CALM * spread {
                warnings.push(Warning::RareDefaultsMissed { policy, exact_expected_loss: exact });
            } else if standard_errors > FAR && row.estimate.quality == Quality::Good {
                warnings.push(Warning::ExpectedLossOff { policy, standard_errors });
            }
        }
    }
    warnings.extend(stressed_from_the_start(scenario, run));
    warnings
}

/// Whether idiosyncratic risk is more than a small correction to the numbers of a large pool.
fn too_small(engine: &EngineFacts) -> Option<Warning> {
    let share = engine.granularity.iter().map(|own| own.share_of_shortfall);
    // With one state only there is nothing else.
    let alone = engine.pools.iter().any(|own| own.idiosyncratic_share >= 1.0);
    let share = share.fold(if alone { 1.0 } else { 0.0 }, f64::max);
    let left_out = engine.pools.iter().any(|own| own.adjustment == Adjustment::LeftOut);
    let idiosyncratic = engine.pools.iter().map(|own| own.idiosyncratic_share).fold(0.0, f64::max);
    (share > SMALL || left_out).then_some(Warning::PoolTooSmall {
        share,
        idiosyncratic_share: Some(idiosyncratic),
        left_out,
    })
}

/// Lenders that are below the threshold before any loss, each under the first policy where it is.
fn stressed_from_the_start(scenario: &Scenario, run: &RunResults) -> Vec<Warning> {
    let (Some(spec), Some(system)) = (&scenario.system, &run.system) else { return Vec::new() };
    let mut found: Vec<Warning> = Vec::new();
    for row in system.rows.iter().filter(|row| row.measure == Measure::CapitalRatio) {
        let ratio = row.estimate.value;
        let known = |warning: &Warning| matches!(warning, Warning::StressedFromTheStart { lender, .. } if *lender == row.lender);
        if ratio < spec.capital_ratio && !found.iter().any(known) {
            found.push(Warning::StressedFromTheStart {
                policy: row.policy.clone(),
                lender: row.lender.clone(),
                ratio,
                threshold: spec.capital_ratio,
            });
        }
    }
    // Of a group of lenders one speaks for all.
    found.truncate(MOST_STRESSED);
    found
}

/// So many lenders are told to be stressed from the start.
const MOST_STRESSED: usize = 3;

/// Trials beyond a level, as the baseline's VaR counts them.
fn tail_trials(scenario: &Scenario, run: &RunResults, level: &Level) -> f64 {
    let baseline = &scenario.policies[scenario.baseline].id;
    let (measure, level_of) = (Measure::ValueAtRisk, Some(level.get()));
    let row = run.system(baseline, measure, level_of, Comparison::Level);
    let plain = run.trials as f64 * level.tail();
    match run.plan.name {
        PlanName::Plain | PlanName::Quasi => plain,
        _ => row.and_then(|row| row.estimate.effective_trials).unwrap_or(plain),
    }
}

/// Trials that give 100 beyond a level, if so many can be run. Where trials are weighted and some lie beyond, each
/// counts for more than a plain one.
fn enough_trials(run: &RunResults, level: &Level, beyond: f64) -> Option<u64> {
    let plain = level.trials_for(100);
    let enough = match run.plan.name {
        PlanName::Plain | PlanName::Quasi => plain,
        _ if beyond >= 1.0 => (100.0 * run.trials as f64 / beyond).ceil() as u64,
        _ => plain,
    };
    (enough <= MOST_TRIALS as u64).then_some(enough)
}

/// A number of the system.
fn exact_number(run: &RunResults, policy: &PolicyFacts, measure: Measure) -> Option<f64> {
    run.system(&policy.id, measure, None, Comparison::Level).map(|row| row.estimate.value)
}

/// Why a run that would not fit is not started.
pub fn memory_refusal(need: Need, room: Room) -> Error {
    // Two digits that differ from nothing, whatever the size.
    let size = |bytes: u64| {
        let mib = bytes as f64 / f64::from(1 << 20);
        if mib < 1024.0 { format!("{mib:.1} MiB") } else { format!("{:.1} GiB", mib / 1024.0) }
    };
    Error::Refused {
        message: format!(
            "{} trials x {} policies x {} lender-segment columns would take {}, and {} may be used{}",
            count(need.trials),
            need.policies,
            need.columns,
            size(need.bytes()),
            size(room.bytes),
            match room.kind {
                RoomKind::Asked => "",
                RoomKind::Free => " (free memory of the machine)",
                RoomKind::ControlGroup => " (limit of the control group or container)",
                RoomKind::AddressSpace => " (limit of the address space, `ulimit -v`)",
            }
        ),
        hint: Some(
            "fewer trials (--trials), policies or segments; output.equal_credit_cut = false halves \
             the policies; --memory GIB raises the limit"
                .into(),
        ),
    }
}
