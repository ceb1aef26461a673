//! The checks of `[system]`: lenders and groups, and what binds its parts together.

use std::path::Path;

use super::check::Check;
use super::check_lenders::{groups, lenders, risk_weight, unique};
use super::parties::Parties;
use super::spec_system::{RawFeedback, RawSystem};
use super::values::{List, Whole};
use super::{
    Feedback, ModelSpec, Policy, Scenario, SystemSpec, When, check_contagion, check_programme,
    paths,
};
use crate::error::{Fault, FaultKind, Place};
use crate::units::{Fraction, OutOfRange};

/// Capital over risk-weighted assets below which a lender is stressed, unless given.
pub const DEFAULT_CAPITAL_RATIO: f64 = 0.08;
/// Risk weight of the book unless given: that of retail claims under Basel.
pub const DEFAULT_RISK_WEIGHT: f64 = 0.75;
/// Log-odds beyond this are no behaviour.
const LARGEST_SHIFT: f64 = 10.0;

/// Checks the table; the path of a network resolves from `base`.
pub(super) fn system(
    raw: Option<RawSystem>,
    base: &Path,
    model: &ModelSpec,
    check: &mut Check<'_>,
) -> Option<SystemSpec> {
    let raw = raw?;
    let capital_ratio = check.unit("system.capital_ratio", raw.capital_ratio, inside);
    let mut system = SystemSpec {
        capital_ratio: capital_ratio.unwrap_or(DEFAULT_CAPITAL_RATIO),
        risk_weight: risk_weight(raw.risk_weight, "system", check).unwrap_or(DEFAULT_RISK_WEIGHT),
        failures: Vec::new(),
        lenders: lenders(raw.lender, model, check),
        groups: groups(raw.group, model, check),
        programmes: Vec::new(),
        contagion: None,
        feedback: None,
    };
    let none = system.lenders.is_empty() && system.groups.is_empty();
    if none && !Parties(&system).are_incomplete(check) {
        check.missing("system.lender", "at least one `[[system.lender]]` or `[[system.group]]`");
    }
    unique(&system, check);
    system.failures = failures(raw.failures, &system, check);
    let parties = Parties(&system);
    let programmes = check_programme::programmes(raw.programme, parties, check);
    let contagion = raw.contagion.map(|raw| check_contagion::contagion(raw, base, parties, check));
    let feedback = raw.feedback.map(|raw| feedback(&raw, parties, check));
    Some(SystemSpec { programmes, contagion, feedback, ..system })
}

/// A number in (0, 1).
fn inside(x: f64) -> Result<f64, OutOfRange> {
    let requirement = "a fraction in 0..1 (ends excluded)";
    if x > 0.0 && x < 1.0 { Ok(x) } else { Err(OutOfRange { requirement }) }
}

/// 1, 2, 5, 10, 20, 50, ... unless given, as far as there are lenders that can fail.
fn failures(raw: List<Whole>, system: &SystemSpec, check: &mut Check<'_>) -> Vec<u32> {
    let most = system.with_capital();
    let unknown = Parties(system).are_incomplete(check);
    let Some(raw) = raw else {
        let powers = (0..9).map(|k| 10_u32.pow(k));
        let steps = powers.flat_map(|ten| [ten, 2 * ten, 5 * ten]);
        return steps.take_while(|&m| m <= most).collect();
    };
    if raw.is_empty() {
        check.value("system.failures", "a list of at least one number").hint =
            Some("leave it out for 1, 2, 5, 10 and so on".into());
    }
    let mut failures: Vec<u32> = Vec::new();
    for (i, m) in raw.into_iter().enumerate() {
        let Some(Whole(m)) = m else { continue };
        let path = paths::element("system.failures", i);
        if m < 1 || m > i64::from(most) && !unknown {
            let required = match most {
                0 => "left out: no lender has `capital`".to_owned(),
                _ => format!("a whole number in 1..={most}, the number of lenders with `capital`"),
            };
            check.value(&path, &required);
            continue;
        }
        let m = u32::try_from(m).unwrap_or(u32::MAX);
        if failures.contains(&m) {
            let kind =
                FaultKind::Duplicate { what: "number of failures".into(), id: m.to_string() };
            check.faults.push(Fault::new(Place::Value(path), kind));
        } else {
            failures.push(m);
        }
    }
    failures.sort_unstable();
    failures
}

fn feedback(raw: &RawFeedback, parties: Parties<'_>, check: &mut Check<'_>) -> Feedback {
    let path = "system.feedback";
    let at = |key: &str| paths::key(path, key);
    if raw.cut.is_none() {
        check.missing(&at("cut"), "the share of the limit that a line loses, such as 0.2");
    }
    let requirement = "a fraction above 0, up to 1";
    let cut = check.unit(&at("cut"), raw.cut, |x| match Fraction::new(x) {
        Ok(cut) if x > 0.0 => Ok(cut),
        _ => Err(OutOfRange { requirement }),
    });
    let squeeze =
        check.number(&at("squeeze"), raw.squeeze, "a change of the log-odds in -10..=10", |x| {
            x.abs() <= LARGEST_SHIFT
        });
    if parties.0.with_capital() == 0 && !parties.are_incomplete(check) {
        check
            .conflict(path, "stressed lenders cut lines, and no lender of the system has `capital`")
            .hint = Some("give a lender `capital`: those without it are never stressed".into());
    }
    // One that is wrong is not missing.
    let squeeze = squeeze.or(raw.squeeze.map(|_| 0.0));
    Feedback { cut: cut.unwrap_or(Fraction::ONE), squeeze }
}

/// Faults for policies that come during a bad year where nothing tells when that is.
pub(super) fn timing(
    policies: &[Policy],
    baseline: usize,
    system: Option<&SystemSpec>,
    check: &mut Check<'_>,
) {
    let mut last = "";
    for (i, policy) in policies.iter().enumerate().filter(|(_, p)| p.when == When::During) {
        let at = paths::key(&policy.path, "when");
        // The steps of a ladder share their words.
        let told = last == policy.path;
        last = &policy.path;
        if system.is_none_or(|system| system.feedback.is_none())
            && !told
            && !check.is_incomplete("system")
        {
            let message = "a policy comes `during` a bad year only in a second round";
            check.conflict(&at, message).hint =
                Some("add `[system.feedback]`, or leave `when` out".into());
        }
        if i == baseline {
            let message = format!("`{}` is the baseline, which comes `before` any loss", policy.id);
            check.conflict(&at, message).hint =
                Some("name another policy in `baseline`, or leave `when` out".into());
        }
    }
}

/// Faults for numbers that cannot act. A region may pass through such numbers, so that they are not
/// faults of every scenario that is read.
pub(super) fn sense(scenario: &Scenario, check: &mut Check<'_>) {
    let Some(feedback) = scenario.system.as_ref().and_then(|system| system.feedback) else {
        return;
    };
    let behaviour = &scenario.behaviour;
    let squeezes = behaviour.channels.squeeze && behaviour.responses().any(|r| r.squeeze != 0.0);
    let unknown = check.is_incomplete("behaviour") || check.is_incomplete("system.feedback");
    if feedback.squeeze.is_none() && !squeezes && !unknown {
        let message = "the second round cannot act: nobody who is cut defaults for it";
        check.conflict("system.feedback", message).hint =
            Some("set `squeeze` here or in `[behaviour]`, with its channel on".into());
    }
}
