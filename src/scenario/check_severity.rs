//! The checks of `[severity]`.

use super::check::Check;
use super::paths;
use super::spec_severity::{RawLgdLaw, RawSeverity};
use super::values::{List, Number};
use super::{LgdLaw, SegmentSeverity, SeverityLaw, SeveritySpec};
use crate::error::Place;
use crate::units::Fraction;

/// The laws by name.
const LAWS: [&str; 4] = ["fixed", "beta", "discrete", "frye-jacobs"];
/// How far probabilities may miss 1.
const ONE: f64 = 1e-9;

/// Checks `[severity]`.
pub(super) fn severity(raw: Option<RawSeverity>, check: &mut Check<'_>) -> SeveritySpec {
    let raw = raw.unwrap_or_default();
    let all = SeverityLaw::default();
    let default = law((raw.lgd, raw.ccf_loading), "severity", &all, check);
    let mut segments = Vec::new();
    for (segment, raw) in raw.segment.unwrap_or_default() {
        let Some(raw) = raw else { continue };
        let path = paths::key("severity.segment", &segment);
        let law = law((raw.lgd, raw.ccf_loading), &path, &default, check);
        segments.push(SegmentSeverity { segment, law, path });
    }
    SeveritySpec { default, segments }
}

/// What is written at a path; what is not is as in `others`.
fn law(
    (lgd, ccf_loading): (Option<RawLgdLaw>, Option<Number>),
    path: &str,
    others: &SeverityLaw,
    check: &mut Check<'_>,
) -> SeverityLaw {
    let at = paths::key(path, "ccf_loading");
    let ccf_loading = check
        .number(&at, ccf_loading, "a loading in 0..1 (1 excluded)", |x| (0.0..1.0).contains(&x));
    let lgd_path = paths::key(path, "lgd");
    let (lgd, lgd_path) = match lgd {
        Some(raw) => (lgd_law(raw, &lgd_path, check), lgd_path),
        None => (others.lgd.clone(), others.lgd_path.clone()),
    };
    SeverityLaw { lgd, ccf_loading: ccf_loading.unwrap_or(others.ccf_loading), lgd_path }
}

fn lgd_law(raw: RawLgdLaw, path: &str, check: &mut Check<'_>) -> LgdLaw {
    let at = |key: &str| paths::key(path, key);
    let Some(name) = raw.law.as_deref() else {
        check.missing(&at("law"), "`fixed`, `beta`, `discrete` or `frye-jacobs`");
        return LgdLaw::Fixed;
    };
    let takes: &[&str] = match name {
        "beta" => &["sd"],
        "discrete" => &["values", "probabilities"],
        _ => &[],
    };
    if LAWS.contains(&name) {
        for (key, given) in [
            ("sd", raw.sd.is_some()),
            ("values", raw.values.is_some()),
            ("probabilities", raw.probabilities.is_some()),
        ] {
            if given && !takes.contains(&key) {
                check.conflict(&at(key), format!("the law `{name}` takes no `{key}`"));
            }
        }
    }
    match name {
        "fixed" => LgdLaw::Fixed,
        "frye-jacobs" => LgdLaw::FryeJacobs,
        "beta" => {
            if raw.sd.is_none() {
                check.missing(&at("sd"), "the standard deviation of the LGD, such as 0.25");
            }
            // No law on 0..=1 spreads wider than 1/2.
            let holds = |x: f64| (0.0..0.5).contains(&x);
            let sd = check.number(&at("sd"), raw.sd, "a number in 0..0.5 (0.5 excluded)", holds);
            match sd.unwrap_or(0.1) {
                0.0 => LgdLaw::Fixed,
                sd => LgdLaw::Beta { sd },
            }
        }
        "discrete" => discrete(raw.values, raw.probabilities, path, check),
        other => {
            let place = Place::Value(at("law"));
            check.unknown(place, "law of LGDs", other, &LAWS.map(str::to_owned));
            LgdLaw::Fixed
        }
    }
}

/// Probabilities in the same proportions that add up to 1 as they are written.
fn proportions(law: &[(f64, f64)]) -> Vec<String> {
    let sum: f64 = law.iter().map(|own| own.1).sum();
    let least = law.iter().map(|own| own.1 / sum).fold(1.0, f64::min);
    // Four decimals, more where they would take a share to 0.
    let decimals = (4 - least.log10().ceil() as i32).clamp(4, 15) as usize;
    let one = 10_i64.pow(decimals as u32);
    let mut parts: Vec<i64> =
        law.iter().map(|own| (own.1 / sum * one as f64).round() as i64).collect();
    let missing = one - parts.iter().sum::<i64>();
    if let Some(largest) = parts.iter_mut().max() {
        *largest += missing;
    }
    parts.iter().map(|&part| format!("{:.decimals$}", part as f64 / one as f64)).collect()
}

fn discrete(
    values: List<Number>,
    probabilities: List<Number>,
    path: &str,
    check: &mut Check<'_>,
) -> LgdLaw {
    let at = |key: &str| paths::key(path, key);
    for (key, given, why) in [
        ("values", values.is_some(), "the LGDs there are, such as [0.2, 1.0]"),
        ("probabilities", probabilities.is_some(), "their probabilities, such as [0.4, 0.6]"),
    ] {
        if !given {
            check.missing(&at(key), why);
        }
    }
    let (Some(values), Some(probabilities)) = (values, probabilities) else {
        return LgdLaw::Fixed;
    };
    let before = check.faults.len();
    let complete =
        !check.is_incomplete(&at("values")) && !check.is_incomplete(&at("probabilities"));
    if complete && (values.is_empty() || values.len() != probabilities.len()) {
        let message = format!(
            "{} values and {} probabilities; each value takes one",
            values.len(),
            probabilities.len()
        );
        check.conflict(&at("probabilities"), message);
    }
    let mut law: Vec<(f64, f64)> = Vec::new();
    for (i, (x, p)) in values.into_iter().zip(probabilities).enumerate() {
        let place = paths::element(&at("values"), i);
        let x = check.unit(&place, x, Fraction::new).map(Fraction::get);
        let place = paths::element(&at("probabilities"), i);
        let p = check.number(&place, p, "a probability above 0, up to 1", |p| p > 0.0 && p <= 1.0);
        if let (Some(x), Some(p)) = (x, p) {
            law.push((x, p));
        }
    }
    let sum: f64 = law.iter().map(|own| own.1).sum();
    if complete && check.faults.len() == before && (sum - 1.0).abs() > ONE {
        let shares = proportions(&law);
        check
            .conflict(&at("probabilities"), format!("the probabilities add up to {sum}, must be 1"))
            .hint = Some(format!("in these proportions: [{}]", shares.join(", ")));
    }
    law.sort_by(|a, b| a.0.total_cmp(&b.0));
    LgdLaw::Discrete(law)
}
