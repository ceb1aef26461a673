//! The checks of laws of attributes.

use std::path::Path;

use super::check::{Check, share_hint};
use super::law::{Domain, Law, LawKind, Observed};
use super::paths;
use super::spec_law::{
    RawBeta, RawDiscrete, RawEmpirical, RawLaw, RawLawTable, RawLogistic, RawLognormal, RawNormal,
    RawUniform,
};
use super::synthetic::Logistic;
use super::values::Number;
use crate::units::{OutOfRange, Probability};

/// Keys of the kinds that every attribute may have, as hints list them.
const KINDS: &str = "`lognormal`, `normal`, `beta`, `uniform`, `discrete`, `empirical` or `fixed`";

/// Any law will do in a scenario that is refused.
pub(super) fn placeholder(path: &str) -> Law {
    Law { kind: LawKind::Fixed(0.0), min: None, max: None, round_to: None, path: path.to_owned() }
}

/// Checks the law of an attribute; files are found from `base`.
pub(super) fn law(
    raw: RawLaw,
    domain: Domain,
    path: &str,
    base: &Path,
    check: &mut Check<'_>,
) -> Law {
    let before = check.faults.len();
    let law = match raw {
        RawLaw::Number(x) => Law { kind: LawKind::Fixed(x.0), ..placeholder(path) },
        RawLaw::Law(table) => {
            if table.logistic.is_some() {
                let at = paths::key(path, "logistic");
                let message = "`logistic` is a law of `pd` only: it follows the limit";
                check.conflict(&at, message).hint = Some(format!("take {KINDS}"));
            }
            from_table(*table, path, base, check)
        }
    };
    if check.faults.len() == before && !check.is_incomplete(path) {
        within(&law, domain, path, check);
    }
    law
}

/// Whether the values stay within the domain; those of a file are judged when it is read.
fn within(law: &Law, domain: Domain, path: &str, check: &mut Check<'_>) {
    let Some((low, high)) = law.range() else { return };
    let clip = |key: &str, end: f64| Some(format!("clip the law: `{key} = {end}`"));
    if let (LawKind::Fixed(x), true) = (&law.kind, low < domain.low || high > domain.high) {
        let x = *x;
        let required = format!("a number {}", domain.required);
        check.value(path, &required).hint = share_hint(x).filter(|_| domain.high == 1.0);
    } else if low < domain.low {
        let message = values_outside(path, "low", low, domain);
        check.conflict(path, message).hint = clip("min", domain.low);
    } else if high > domain.high {
        let message = values_outside(path, "high", high, domain);
        check.conflict(path, message).hint = clip("max", domain.high);
    }
}

fn values_outside(path: &str, side: &str, end: f64, domain: Domain) -> String {
    let reach = if end.is_finite() {
        format!("as {side} as {end}")
    } else {
        format!("as {side} as one likes")
    };
    let name = paths::last_key(path);
    format!("the law of `{name}` has values {reach}, must be {}", domain.required)
}

fn from_table(raw: RawLawTable, path: &str, base: &Path, check: &mut Check<'_>) -> Law {
    let at = |key: &str| paths::key(path, key);
    let given: Vec<&str> = [
        ("fixed", raw.fixed.is_some()),
        ("lognormal", raw.lognormal.is_some()),
        ("normal", raw.normal.is_some()),
        ("beta", raw.beta.is_some()),
        ("uniform", raw.uniform.is_some()),
        ("discrete", raw.discrete.is_some()),
        ("empirical", raw.empirical.is_some()),
        ("logistic", raw.logistic.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, given)| given.then_some(key))
    .collect();
    match given[..] {
        [] if !check.is_incomplete(path) => {
            check.value(path, &format!("a law: {KINDS}"));
        }
        [first, second, ..] => {
            let message = format!("the law is both `{first}` and `{second}`, must be one of them");
            check.conflict(&at(second), message);
        }
        _ => {}
    }
    let kinds = [
        raw.fixed.map(|x| LawKind::Fixed(x.0)),
        raw.lognormal.and_then(|raw| lognormal(&raw, &at("lognormal"), check)),
        raw.normal.and_then(|raw| normal(&raw, &at("normal"), check)),
        raw.beta.and_then(|raw| beta(&raw, &at("beta"), check)),
        raw.uniform.and_then(|raw| uniform(&raw, &at("uniform"), check)),
        raw.discrete.and_then(|raw| discrete(raw, &at("discrete"), check)),
        raw.empirical.and_then(|raw| empirical(raw, &at("empirical"), base, check)),
    ];
    let number = |x: Option<Number>| x.map(|x| x.0);
    let (min, max) = (number(raw.min), number(raw.max));
    if let (Some(low), Some(high)) = (min, max)
        && low > high
    {
        let message = format!("`min` is {low} and `max` is {high}: nothing lies between them");
        check.conflict(&at("min"), message);
    }
    let round_to = check.number(&at("round_to"), raw.round_to, "a number above 0", |x| x > 0.0);
    let kind = kinds.into_iter().flatten().next().unwrap_or(LawKind::Fixed(0.0));
    Law { kind, min, max, round_to, path: path.to_owned() }
}

/// A number that has to be there and for which `holds` is true.
fn required(
    x: Option<Number>,
    path: &str,
    what: &str,
    check: &mut Check<'_>,
    holds: impl Fn(f64) -> bool,
) -> Option<f64> {
    if x.is_none() {
        check.missing(path, what);
    }
    check.number(path, x, what, holds)
}

fn lognormal(raw: &RawLognormal, path: &str, check: &mut Check<'_>) -> Option<LawKind> {
    let at = |key: &str| paths::key(path, key);
    let median = required(raw.median, &at("median"), "a number above 0", check, |x| x > 0.0);
    let sigma = required(raw.sigma, &at("sigma"), "a number from 0 to 20", check, |x| {
        (0.0..=20.0).contains(&x)
    });
    Some(LawKind::Lognormal { median: median?, sigma: sigma? })
}

fn normal(raw: &RawNormal, path: &str, check: &mut Check<'_>) -> Option<LawKind> {
    let at = |key: &str| paths::key(path, key);
    let mean = required(raw.mean, &at("mean"), "a number", check, |_| true);
    let sd = required(raw.sd, &at("sd"), "a number >= 0", check, |x| x >= 0.0);
    Some(LawKind::Normal { mean: mean?, sd: sd? })
}

fn beta(raw: &RawBeta, path: &str, check: &mut Check<'_>) -> Option<LawKind> {
    let at = |key: &str| paths::key(path, key);
    let shape = "a number above 0, up to 1e6";
    let holds = |x: f64| x > 0.0 && x <= 1e6;
    let a = required(raw.a, &at("a"), shape, check, holds);
    let b = required(raw.b, &at("b"), shape, check, holds);
    let from = raw.from.map_or(0.0, |x| x.0);
    let to = raw.to.map_or(1.0, |x| x.0);
    ascending(from, to, path, check)?;
    Some(LawKind::Beta { a: a?, b: b?, from, to })
}

fn uniform(raw: &RawUniform, path: &str, check: &mut Check<'_>) -> Option<LawKind> {
    let at = |key: &str| paths::key(path, key);
    let from = required(raw.from, &at("from"), "a number", check, |_| true);
    let to = required(raw.to, &at("to"), "a number", check, |_| true);
    let (from, to) = (from?, to?);
    ascending(from, to, path, check)?;
    Some(LawKind::Uniform { from, to })
}

fn ascending(from: f64, to: f64, path: &str, check: &mut Check<'_>) -> Option<()> {
    if from < to {
        return Some(());
    }
    check.conflict(path, format!("`from` is {from} and `to` is {to}, must be larger"));
    None
}

fn discrete(raw: RawDiscrete, path: &str, check: &mut Check<'_>) -> Option<LawKind> {
    let at = |key: &str| paths::key(path, key);
    for (key, missing) in [("values", raw.values.is_none()), ("weights", raw.weights.is_none())] {
        if missing {
            check.missing(&at(key), "a list of numbers, as long as the other one");
        }
    }
    let (values, weights) = (raw.values?, raw.weights?);
    if values.is_empty() || values.len() != weights.len() {
        let message =
            format!("{} values have {} weights, must be one for each", values.len(), weights.len());
        check.conflict(path, message);
        return None;
    }
    let mut pairs = Vec::new();
    for (i, (value, weight)) in values.into_iter().zip(weights).enumerate() {
        let place = paths::element(&at("weights"), i);
        let weight = check.number(&place, weight, "a number above 0 and at most 1e100", |x| {
            x > 0.0 && x <= 1e100
        });
        pairs.extend(value.map(|x| x.0).zip(weight));
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(LawKind::Discrete(pairs)).filter(|_| !check.is_incomplete(path))
}

fn empirical(raw: RawEmpirical, path: &str, base: &Path, check: &mut Check<'_>) -> Option<LawKind> {
    let at = |key: &str| paths::key(path, key);
    match (raw.values, raw.file) {
        (Some(values), None) => {
            for (key, given) in
                [("column", raw.column.is_some()), ("weights", raw.weights.is_some())]
            {
                if given {
                    check.conflict(&at(key), format!("`{key}` names a column of a `file`"));
                }
            }
            if values.is_empty() {
                check.value(&at("values"), "a list of at least one number");
                return None;
            }
            let mut seen: Vec<f64> = values.into_iter().flatten().map(|x| x.0).collect();
            seen.sort_by(f64::total_cmp);
            Some(LawKind::Discrete(seen.into_iter().map(|x| (x, 1.0)).collect()))
                .filter(|_| !check.is_incomplete(path))
        }
        (None, Some(file)) => {
            let file = check.text(&at("file"), Some(file))?;
            if raw.column.is_none() {
                check.missing(&at("column"), "the header of the column with the values");
            }
            let column = check.text(&at("column"), raw.column)?;
            let weights = check.text(&at("weights"), raw.weights);
            let file = base.join(file);
            Some(LawKind::Observed(Observed { file, column, weights, path: path.to_owned() }))
        }
        (Some(_), Some(_)) => {
            let message = "the values stand in a list or in a `file`, not in both";
            check.conflict(&at("file"), message);
            None
        }
        (None, None) => {
            if !check.is_incomplete(path) {
                check.value(path, "a table with `values`, or with `file` and `column`");
            }
            None
        }
    }
}

/// Checks the logistic law of a PD; nothing beside it may stand in `table`.
pub(super) fn logistic(
    table: &RawLawTable,
    raw: &RawLogistic,
    path: &str,
    check: &mut Check<'_>,
) -> Logistic {
    for (key, given) in [
        ("min", table.min.is_some()),
        ("max", table.max.is_some()),
        ("round_to", table.round_to.is_some()),
    ] {
        if given {
            let message = format!("`{key}` does nothing beside `logistic`");
            check.conflict(&paths::key(path, key), message);
        }
    }
    let own = paths::key(path, "logistic");
    let at = |key: &str| paths::key(&own, key);
    let inside = "a probability in 0..1 (ends excluded)";
    if raw.pd.is_none() {
        check.missing(&at("pd"), "the PD at the limit `at`, such as 0.03");
    }
    let open = |x: f64| {
        Probability::new(x)
            .ok()
            .filter(|_| x > 0.0 && x < 1.0)
            .ok_or(OutOfRange { requirement: inside })
    };
    let pd = check.unit(&at("pd"), raw.pd, open);
    let limit = required(raw.at, &at("at"), "a limit above 0", check, |x| x > 0.0);
    let slope =
        required(raw.slope, &at("slope"), "a number from -20 to 20", check, |x| x.abs() <= 20.0);
    let sigma = check
        .number(&at("sigma"), raw.sigma, "a number from 0 to 20", |x| (0.0..=20.0).contains(&x));
    Logistic {
        pd: pd.unwrap_or_else(|| Probability::new(0.5).expect("a half is a probability")),
        at: limit.unwrap_or(1.0),
        slope: slope.unwrap_or(0.0),
        sigma: sigma.unwrap_or(0.0),
        path: own.clone(),
    }
}
