//! The checks of `engine`: what is asked for beside it must not need trials.

use super::check::Check;
use super::{EngineChoice, LgdLaw, SamplingPlan, Scenario, SeveritySpec};

impl EngineChoice {
    /// As written in scenarios.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MonteCarlo => "monte-carlo",
            Self::Exact => "exact",
            Self::LargePool => "large-pool",
        }
    }
}

/// Whether what a default costs hangs on the factor.
fn is_systematic(severity: &SeveritySpec) -> bool {
    let mut laws = severity.segments.iter().map(|own| &own.law).chain([&severity.default]);
    laws.any(|law| law.lgd == LgdLaw::FryeJacobs || law.ccf_loading > 0.0)
}

/// Refuses what rests on trials where none are drawn.
pub(super) fn engine(scenario: &Scenario, check: &mut Check<'_>) {
    if scenario.engine == EngineChoice::MonteCarlo {
        return;
    }
    let asked = [
        (
            scenario.system.is_some(),
            "system",
            "what happens to lenders is a matter of single trials",
        ),
        (scenario.sampling.until.is_some(), "sampling.until", "there are no trials to stop"),
        (
            // `auto` asks for what is good for the book.
            !matches!(scenario.sampling.plan, SamplingPlan::Plain | SamplingPlan::Auto),
            "sampling.plan",
            "there are no trials to draw",
        ),
        (
            scenario.engine == EngineChoice::Exact && is_systematic(&scenario.severity),
            "severity",
            "LGDs and CCFs that are tied to the factor would move the grid of losses from state to state",
        ),
        (!scenario.regions.is_empty(), "region", "maps are made of trials"),
        (!scenario.break_evens.is_empty(), "break_even", "they are searched for on trials"),
        (scenario.output.trial_losses, "output.trial_losses", "there are no trials to write"),
    ];
    for (_, key, why) in asked.into_iter().filter(|(asked, ..)| *asked) {
        let engine = scenario.engine.as_str();
        let message = format!("engine = \"{engine}\" cannot give this: {why}");
        let other = if key.starts_with("sampling") { "leave it out" } else { "take it out" };
        check.conflict(key, message).hint =
            Some(format!("{other}, or set engine = \"monte-carlo\""));
    }
}
