//! The checks of `[model]` and `[stress]`.

use std::collections::BTreeMap;

use super::check::{Check, percent_hint};
use super::paths;
use super::spec::List;
use super::spec_model::{RawDependence, RawFactor, RawFactorStress, RawModel, RawStress};
use super::values::{Number, RawCorrelation};
use super::{CorrelationRule, Dependence, FactorStress, ModelSpec, SegmentDependence, Stress};
use crate::error::Place;
use crate::units::{AssetCorrelation, Loading};

/// Id of the only factor when the file names none.
pub const DEFAULT_FACTOR: &str = "systematic";

/// The factors and how they hang together.
struct Factors {
    ids: Vec<String>,
    correlation: Vec<Vec<f64>>,
    /// Index into `segment_by` of the column that a factor is one per value of.
    per: Vec<Option<usize>>,
    /// Whether the correlations may still move.
    repair: bool,
}

/// Checks `[model]`; `segment_by` are the columns that name the segments.
pub(super) fn model(
    raw: Option<RawModel>,
    segment_by: &[String],
    check: &mut Check<'_>,
) -> ModelSpec {
    let raw = raw.unwrap_or_default();
    match raw.copula.as_deref() {
        None | Some("gaussian") => {}
        Some(other) => {
            let place = Place::Value("model.copula".into());
            check.unknown(place, "copula", other, &["gaussian".to_owned()]);
        }
    }
    let factors = factors(raw.factor, segment_by, raw.repair.unwrap_or(false), check);
    let own = RawDependence {
        correlation: raw.correlation,
        on_factor: raw.on_factor,
        loadings: raw.loadings,
    };
    let default = dependence(own, "model", &factors, check);
    let mut segments = Vec::new();
    for (segment, raw) in raw.segment.unwrap_or_default() {
        let Some(raw) = raw else { continue };
        let path = paths::key("model.segment", &segment);
        let dependence = dependence(raw, &path, &factors, check);
        segments.push(SegmentDependence { segment, dependence, path });
    }
    let Factors { ids, correlation, per, repair } = factors;
    ModelSpec {
        factors: ids,
        factor_correlation: correlation,
        repair,
        per,
        parts: segment_by.to_vec(),
        default,
        segments,
        path: "model".to_owned(),
    }
}

fn factors(
    raw: List<RawFactor>,
    segment_by: &[String],
    repair: bool,
    check: &mut Check<'_>,
) -> Factors {
    let raw = raw.unwrap_or_default();
    let mut seen = Vec::new();
    let mut ids = Vec::new();
    let mut links = Vec::new();
    let mut per = Vec::new();
    for (i, raw) in raw.into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("model.factor", i);
        ids.push(check.id(&path, raw.id, "factor", &mut seen));
        per.push(raw.per.and_then(|column| part(&column, &path, segment_by, check)));
        links.push((path, raw.correlation.unwrap_or_default()));
    }
    if ids.is_empty() {
        ids.push(DEFAULT_FACTOR.to_owned());
        per.push(None);
    }
    let mut matrix = vec![vec![0.0; ids.len()]; ids.len()];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    // (lower, higher) index to the number given first.
    let mut given: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (i, (path, link)) in links.into_iter().enumerate() {
        for (other, x) in link {
            let at = paths::key(&paths::key(&path, "correlation"), &other);
            let Some(j) = named(&other, Place::Key(at.clone()), &ids, check) else { continue };
            if i == j {
                check.conflict(&at, format!("the correlation of `{other}` with itself is 1"));
                continue;
            }
            if let Some(one) = [i, j].into_iter().find(|&one| per[one].is_some()) {
                let message = format!(
                    "`{}` is a factor for each value of a column, independent of all others",
                    ids[one]
                );
                let hint = "let borrowers hang on a common factor as well, by `loadings`";
                check.conflict(&at, message).hint = Some(hint.into());
                continue;
            }
            let holds = |x: f64| (-1.0..=1.0).contains(&x);
            let Some(x) = check.number(&at, x, "a correlation in -1..=1", holds) else { continue };
            let before = *given.entry((i.min(j), i.max(j))).or_insert(x);
            if before != x {
                let message = format!(
                    "the correlation of `{}` and `{other}` is given twice: {before} and {x}",
                    ids[i]
                );
                check.conflict(&at, message);
            }
            matrix[i][j] = x;
            matrix[j][i] = x;
        }
    }
    Factors { ids, correlation: matrix, per, repair }
}

/// The index of the column that the factor at `path` is one per value of.
fn part(column: &str, path: &str, segment_by: &[String], check: &mut Check<'_>) -> Option<usize> {
    let found = segment_by.iter().position(|part| part == column);
    if found.is_none() && !check.is_incomplete("portfolio.segment_by") {
        let place = Place::Value(paths::key(path, "per"));
        check.unknown(place, "column of portfolio.segment_by", column, segment_by);
        if let Some(fault) = check.faults.last_mut().filter(|fault| fault.hint.is_none()) {
            let all = segment_by.iter().map(String::as_str).chain([column]);
            let all: Vec<String> = all.map(|column| format!("\"{column}\"")).collect();
            fault.hint = Some(format!(
                "segments have to be told apart by it: segment_by = [{}] under [portfolio]",
                all.join(", ")
            ));
        }
    }
    found
}

/// The index of a factor; a fault at `place` if there is none of that name.
fn named(name: &str, place: Place, ids: &[String], check: &mut Check<'_>) -> Option<usize> {
    let found = ids.iter().position(|id| id == name);
    if found.is_none() && !check.is_incomplete("model.factor") {
        check.unknown(place, "factor", name, ids);
    }
    found
}

fn dependence(
    raw: RawDependence,
    path: &str,
    factors: &Factors,
    check: &mut Check<'_>,
) -> Dependence {
    let at = |key: &str| paths::key(path, key);
    if let Some(by_id) = raw.loadings {
        for (key, given) in
            [("correlation", raw.correlation.is_some()), ("on_factor", raw.on_factor.is_some())]
        {
            if given {
                let message = format!("`loadings` stand in place of `{key}`; give one of them");
                check.conflict(&at(key), message);
            }
        }
        return loadings(by_id, &at("loadings"), factors, check);
    }
    let factor = raw
        .on_factor
        .and_then(|name| named(&name, Place::Value(at("on_factor")), &factors.ids, check))
        .unwrap_or(0);
    let correlation = match raw.correlation {
        Some(raw) => correlation(raw, &at("correlation"), check),
        None => {
            if !check.was_removed(&at("loadings")) {
                check.missing(
                    &at("correlation"),
                    "the asset correlation, such as 0.04 or { basel = \"qrre\" }",
                );
            }
            None
        }
    };
    // Any correlation will do in a scenario that is refused.
    let correlation = correlation.unwrap_or(CorrelationRule::Basel(super::BaselRetail::Qrre));
    Dependence::OneFactor { factor, correlation }
}

fn correlation(raw: RawCorrelation, path: &str, check: &mut Check<'_>) -> Option<CorrelationRule> {
    match raw {
        RawCorrelation::Number(x) => match AssetCorrelation::new(x) {
            Ok(rho) => Some(CorrelationRule::Fixed(rho)),
            Err(_) => {
                // 1.5 is hardly a correlation of 1.5 %: only what is clearly percent gets the hint.
                check.value(path, AssetCorrelation::REQUIREMENT).hint =
                    percent_hint(x, "a fraction").filter(|_| x >= 2.0);
                None
            }
        },
        RawCorrelation::Basel(raw) => {
            if raw.basel.is_none() {
                check.missing(&paths::key(path, "basel"), "`qrre`, `other-retail` or `mortgage`");
            }
            raw.basel.map(CorrelationRule::Basel)
        }
    }
}

fn loadings(
    by_id: BTreeMap<String, Option<Number>>,
    path: &str,
    factors: &Factors,
    check: &mut Check<'_>,
) -> Dependence {
    let mut weights = vec![0.0; factors.ids.len()];
    for (id, x) in by_id {
        let at = paths::key(path, &id);
        let Some(index) = named(&id, Place::Key(at.clone()), &factors.ids, check) else { continue };
        if let Some(w) = check.unit(&at, x, Loading::new) {
            weights[index] = w.get();
        }
    }
    // The share of the latent asset's variance that the factors explain: w'Cw.
    let explained: f64 = weights
        .iter()
        .zip(&factors.correlation)
        .map(|(w, row)| w * row.iter().zip(&weights).map(|(c, v)| c * v).sum::<f64>())
        .sum();
    // What is left, 1 - w'Cw, is the variance of the borrower's own part. Correlations that may still
    // move are judged when they have.
    if explained >= 1.0 && !factors.repair {
        check.conflict(
            path,
            format!(
                "with these loadings the factors explain {explained:.4} of a borrower's variance \
                 (w'Cw), must be below 1"
            ),
        );
    }
    let zero = || Loading::new(0.0).expect("0 lies in the range");
    Dependence::Loadings(
        weights.into_iter().map(|w| Loading::new(w).unwrap_or_else(|_| zero())).collect(),
    )
}

/// Checks `[stress]`; `ids` are the factors of the model.
pub(super) fn stress(raw: Option<RawStress>, ids: &[String], check: &mut Check<'_>) -> Stress {
    let raw = raw.unwrap_or_default();
    let mut multiplier = |key: &str, x: Option<Number>| {
        check
            .number(&paths::key("stress", key), x, "a finite multiplier > 0", |x| x > 0.0)
            .unwrap_or(1.0)
    };
    let pd_multiplier = multiplier("pd_multiplier", raw.pd_multiplier);
    let odds_multiplier = multiplier("odds_multiplier", raw.odds_multiplier);
    let mut factors: BTreeMap<usize, FactorStress> = BTreeMap::new();
    if let Some(raw) = raw.factor {
        if ids.len() > 1 {
            let message =
                format!("the model has {} factors; `factor` does not say which", ids.len());
            check.conflict("stress.factor", message).hint =
                Some(format!("name it: factors = {{ {} = … }}", ids[0]));
        }
        if let Some(stress) = factor_stress(&raw, "stress.factor", check) {
            factors.insert(0, stress);
        }
    }
    for (id, raw) in raw.factors.unwrap_or_default() {
        let Some(raw) = raw else { continue };
        let at = paths::key("stress.factors", &id);
        let stress = factor_stress(&raw, &at, check);
        let Some(index) = named(&id, Place::Key(at.clone()), ids, check) else { continue };
        if factors.contains_key(&index) {
            check.conflict(&at, format!("the factor `{id}` is stressed twice"));
        }
        if let Some(stress) = stress {
            factors.insert(index, stress);
        }
    }
    Stress { pd_multiplier, odds_multiplier, factors: factors.into_iter().collect() }
}

fn factor_stress(raw: &RawFactorStress, path: &str, check: &mut Check<'_>) -> Option<FactorStress> {
    match (raw.fixed, raw.shift) {
        (Some(z), None) => Some(FactorStress::Fixed(z.0)),
        (None, Some(z)) => Some(FactorStress::Shift(z.0)),
        (None, None) => {
            if !check.is_incomplete(path) {
                check.value(path, "a table such as { fixed = -1.57 } or { shift = -1.0 }");
            }
            None
        }
        (Some(_), Some(_)) => {
            let message = "a factor is either `fixed` or moved by a `shift`, not both";
            check.conflict(&paths::key(path, "shift"), message);
            None
        }
    }
}
