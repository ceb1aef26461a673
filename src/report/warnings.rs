//! What the reader should know before trusting a number.

use super::numbers::count;
use super::results::{RunResults, StopReason, Warning};
use crate::engine::Need;
use crate::error::Error;
use crate::measures::interval::FEW;
use crate::measures::{Comparison, MeanReference, Measure};
use crate::scenario::Scenario;

/// Residual of an equal-credit cut above which the reader is told.
const RESIDUAL: f64 = 1e-6;
/// Standard errors between simulated and exact mean that chance does not explain.
const FAR: f64 = 5.0;

/// The warnings of a run whose numbers are in place.
pub fn of(scenario: &Scenario, run: &RunResults, reference: &MeanReference) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if run.stop == StopReason::Interrupted {
        let asked = scenario.sampling.trials;
        warnings.push(Warning::Interrupted { done: run.trials, asked });
    }
    for level in &scenario.levels {
        let beyond = run.trials as f64 * level.tail();
        if beyond < FEW {
            let enough = (100.0 / level.tail()).ceil() as u64;
            warnings.push(Warning::FewTailTrials { level: level.get(), beyond, enough });
        }
    }
    if reference.clamped > 0 {
        warnings.push(Warning::PdClamped { borrowers: reference.clamped });
    }
    for policy in &run.policies {
        if let Some(cut) = policy.equal_credit_cut.filter(|cut| cut.residual.abs() > RESIDUAL) {
            let residual = cut.residual;
            warnings.push(Warning::EqualCreditResidual { policy: policy.id.clone(), residual });
        }
        let mean = run.system(&policy.id, Measure::ExpectedLoss, None, Comparison::Level);
        if let (Some(row), Some(exact)) = (mean, policy.exact_expected_loss)
            && let Some(error) = row.estimate.standard_error.filter(|&error| error > 0.0)
        {
            let standard_errors = (row.estimate.value - exact).abs() / error;
            // With few losing trials the error itself is not known well enough to accuse.
            if standard_errors > FAR && row.estimate.quality == crate::measures::Quality::Good {
                let policy = policy.id.clone();
                warnings.push(Warning::ExpectedLossOff { policy, standard_errors });
            }
        }
    }
    warnings
}

/// Why a run that would not fit is not started.
pub fn memory_refusal(need: Need, limit: u64) -> Error {
    // Two digits that differ from nothing, whatever the size.
    let size = |bytes: u64| {
        let mib = bytes as f64 / f64::from(1 << 20);
        if mib < 1024.0 { format!("{mib:.1} MiB") } else { format!("{:.1} GiB", mib / 1024.0) }
    };
    Error::Refused {
        message: format!(
            "{} trials x {} policies x {} lender-segment columns would take {}, and {} may be used",
            count(need.trials),
            need.policies,
            need.columns,
            size(need.bytes()),
            size(limit)
        ),
        hint: Some(
            "fewer trials (--trials), policies or segments; output.equal_credit_cut = false halves \
             the policies; --memory GIB raises the limit"
                .into(),
        ),
    }
}
