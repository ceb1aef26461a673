//! The checks of the top of the file, and the order in which the parts are checked.

use std::path::Path;

use super::check::{Check, share_hint};
use super::known::Known;
use super::spec::RawScenario;
use super::values::{List, Money, Number};
use super::{
    Scenario, check_behaviour, check_engine, check_expect, check_model, check_output, check_policy,
    check_portfolio, check_sampling, check_segment_by, check_severity, check_studies, check_system,
};
use crate::error::{Fault, FaultKind, Place};
use crate::units::{Amount, Confidence, Currency, FINEST, Level};

/// The format that this version reads.
pub const FORMAT: i64 = 1;
/// Seed of a scenario that gives none: documented and fixed, never the clock.
pub const DEFAULT_SEED: u64 = 20_240_223;
/// Levels of a scenario that gives none.
pub const DEFAULT_LEVELS: [f64; 2] = [0.99, 0.999];
/// Confidence of a scenario that gives none.
pub const DEFAULT_CONFIDENCE: f64 = 0.95;

/// Checks a raw scenario, in so many smallest units per unit of currency where it gives none itself; the result counts only if `check` holds no fault afterwards.
pub(super) fn scenario(
    mut raw: RawScenario,
    id: &str,
    base: &Path,
    per_unit: u64,
    check: &mut Check<'_>,
) -> Scenario {
    format(&raw, check);
    if raw.extends.is_some() {
        // Files have been merged by now: what is left came from an override.
        let fault = check.conflict("extends", "`extends` is read before any value is changed");
        fault.hint = Some("write it at the top of a scenario file".into());
    }
    let gives_unit = raw.minor_units.is_some();
    check.currency = currency(&raw, per_unit, check);
    let policies = check_policy::policies(raw.policy, check);
    let baseline = baseline(raw.baseline.as_deref(), &policies, check);
    let segment_by = check_segment_by::segment_by(raw.portfolio.as_mut(), check);
    let model = check_model::model(raw.model, &segment_by, check);
    let stress = check_model::stress(raw.stress, &model.factors, check);
    let system = check_system::system(raw.system, base, &model, check);
    check_system::timing(&policies, baseline, system.as_ref(), check);
    let levels = levels(raw.levels, check);
    let thresholds = thresholds(raw.thresholds, check);
    let known = Known {
        policies: &policies,
        baseline,
        levels: &levels,
        thresholds: &thresholds,
        system: system.as_ref(),
    };
    let expectations = check_expect::expectations(raw.expect, &known, check);
    let claim = check_expect::claim_under_test(raw.claim, check);
    let regions = check_studies::regions(raw.region, &known, check);
    let break_evens = check_studies::break_evens(raw.break_even, &known, check);
    let seed = seed(raw.seed.map(|seed| seed.0), check);
    let behaviour = check_behaviour::behaviour(raw.behaviour, check);
    let severity = check_severity::severity(raw.severity, check);
    check_model::fits(&model, (&behaviour, &severity), system.as_ref(), check);
    let engine = raw.engine.unwrap_or_default();
    let sampling = check_sampling::sampling(raw.sampling, &known, baseline, check);
    let scenario = Scenario {
        id: id.to_owned(),
        title: check.text("title", raw.title).unwrap_or_else(|| id.to_owned()),
        description: raw.description,
        source: raw.source,
        currency: check.currency.clone(),
        gives_unit,
        horizon: check.text("horizon", raw.horizon).unwrap_or_else(|| "1 year".to_owned()),
        seed,
        levels,
        confidence: confidence(raw.confidence, check),
        baseline,
        thresholds,
        engine,
        sampling,
        portfolio: check_portfolio::portfolio(raw.portfolio, segment_by, base, seed, check),
        model,
        stress,
        severity,
        behaviour,
        system,
        policies,
        claim,
        expectations,
        regions,
        break_evens,
        output: check_output::output(raw.output, check),
    };
    check_engine::engine(&scenario, check);
    scenario
}

fn format(raw: &RawScenario, check: &mut Check<'_>) {
    match raw.format {
        Some(format) if format.0 == FORMAT => {}
        Some(format) if format.0 > FORMAT => {
            check.value("format", "1").hint =
                Some("this file is for a later version of tailcap; this one reads format 1".into());
        }
        Some(_) => {
            check.value("format", "1").hint = Some("this version of tailcap reads format 1".into());
        }
        None => check.missing("format", "write `format = 1` at the top of the file"),
    }
}

fn currency(raw: &RawScenario, per_unit: u64, check: &mut Check<'_>) -> Currency {
    let mut currency = Currency { code: String::new(), minor_per_unit: per_unit };
    match &raw.currency {
        Some(code) if (1..=12).contains(&code.trim().chars().count()) => {
            currency.code = code.trim().to_owned();
        }
        Some(_) => {
            check.value("currency", "a code of 1 to 12 characters such as `TWD`");
        }
        None => check.missing("currency", "the code of all amounts, such as `TWD`"),
    }
    if let Some(minor) = raw.minor_units {
        match u64::try_from(minor.0) {
            Ok(minor @ 1..=FINEST) => currency.minor_per_unit = minor,
            _ => {
                check.value("minor_units", "a whole number in 1..=10^15").hint =
                    Some("how many smallest units make one: 100 for cents".into());
            }
        }
    }
    currency
}

fn seed(seed: Option<i64>, check: &mut Check<'_>) -> u64 {
    let Some(seed) = seed else {
        return DEFAULT_SEED;
    };
    u64::try_from(seed).unwrap_or_else(|_| {
        check.value("seed", "a whole number in 0..=2^63 - 1");
        DEFAULT_SEED
    })
}

fn levels(raw: List<Number>, check: &mut Check<'_>) -> Vec<Level> {
    let given = raw.is_some();
    let raw = raw.unwrap_or_else(|| DEFAULT_LEVELS.map(|x| Some(Number(x))).into());
    if given && raw.is_empty() {
        check.value("levels", "a list of at least one level");
    }
    let mut levels: Vec<Level> = Vec::new();
    for (i, x) in raw.into_iter().enumerate() {
        let path = format!("levels[{i}]");
        let Some(level) = check.unit(&path, x, Level::new) else { continue };
        if levels.contains(&level) {
            let kind = FaultKind::Duplicate { what: "level".into(), id: level.get().to_string() };
            check.faults.push(Fault::new(Place::Value(path), kind));
        } else {
            levels.push(level);
        }
    }
    levels.sort_by(|a, b| a.get().total_cmp(&b.get()));
    levels
}

fn confidence(raw: Option<Number>, check: &mut Check<'_>) -> Confidence {
    let x = raw.map_or(DEFAULT_CONFIDENCE, |x| x.0);
    Confidence::new(x).unwrap_or_else(|_| {
        check.value("confidence", Confidence::REQUIREMENT).hint = share_hint(x);
        Confidence::new(DEFAULT_CONFIDENCE).expect("the default lies in the range")
    })
}

fn thresholds(raw: List<Money>, check: &mut Check<'_>) -> Vec<Amount> {
    let mut thresholds: Vec<Amount> = Vec::new();
    for (i, x) in raw.unwrap_or_default().into_iter().enumerate() {
        let path = format!("thresholds[{i}]");
        let Some(amount) = check.amount(&path, x) else { continue };
        if thresholds.contains(&amount) {
            let id = check.currency.units(amount).to_string();
            let kind = FaultKind::Duplicate { what: "threshold".into(), id };
            check.faults.push(Fault::new(Place::Value(path), kind));
        }
        thresholds.push(amount);
    }
    thresholds.sort_unstable();
    thresholds
}

fn baseline(name: Option<&str>, policies: &[super::Policy], check: &mut Check<'_>) -> usize {
    let Some(name) = name else {
        return 0;
    };
    if let Some(index) = policies.iter().position(|policy| policy.id == name) {
        return index;
    }
    if !check.is_incomplete("policy") {
        let known: Vec<String> = policies.iter().map(|policy| policy.id.clone()).collect();
        check.unknown(Place::Value("baseline".into()), "policy", name, &known);
    }
    0
}
