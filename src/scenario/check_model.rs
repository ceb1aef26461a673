//! The checks of `[model]` and `[stress]`.

use std::collections::BTreeMap;

use super::check::Check;
use super::check_dependence::dependence;
use super::paths;
use super::spec_model::{RawDependence, RawFactor, RawFactorStress, RawModel, RawStress};
use super::values::{List, Number};
use super::{
    Behaviour, Channels, Copula, DefaultLaw, Dependence, FactorStress, LgdLaw, ModelSpec,
    SegmentDependence, SeverityLaw, SeveritySpec, Stress, SystemSpec,
};
use crate::error::Place;

/// Id of the only factor when the file names none.
pub const DEFAULT_FACTOR: &str = "systematic";

/// The factors and how they hang together.
pub(super) struct Factors {
    /// Their ids.
    pub ids: Vec<String>,
    /// Symmetric, unit diagonal.
    pub correlation: Vec<Vec<f64>>,
    /// Index into `segment_by` of the column that a factor is one per value of.
    per: Vec<Option<usize>>,
    /// Whether the correlations may still move.
    pub repair: bool,
    /// Standard deviations of sectors, where given.
    deviations: Vec<Option<f64>>,
}

/// Checks `[model]`; `segment_by` are the columns that name the segments.
pub(super) fn model(
    raw: Option<RawModel>,
    segment_by: &[String],
    check: &mut Check<'_>,
) -> ModelSpec {
    let raw = raw.unwrap_or_default();
    let factors = factors(raw.factor, segment_by, raw.repair.unwrap_or(false), check);
    let own = RawDependence {
        correlation: raw.correlation,
        on_factor: raw.on_factor,
        loadings: raw.loadings,
        mixture: raw.mixture,
        log_odds_sd: raw.log_odds_sd,
        default_correlation: raw.default_correlation,
        degrees_of_freedom: raw.degrees_of_freedom,
    };
    let copula = copula(raw.copula, (raw.defaults, own.degrees_of_freedom), &factors, check);
    let default = dependence(own, "model", (&factors, &copula), check);
    let mut segments = Vec::new();
    for (segment, raw) in raw.segment.unwrap_or_default() {
        let Some(raw) = raw else { continue };
        let path = paths::key("model.segment", &segment);
        let degrees_of_freedom = degrees(raw.degrees_of_freedom, &path, &copula, check);
        let dependence = dependence(raw, &path, (&factors, &copula), check);
        segments.push(SegmentDependence { segment, dependence, degrees_of_freedom, path });
    }
    let Factors { ids, correlation, per, repair, .. } = factors;
    ModelSpec {
        copula,
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

/// The family, with what only it has.
fn copula(
    name: Option<String>,
    (defaults, degrees_of_freedom): (Option<String>, Option<Number>),
    factors: &Factors,
    check: &mut Check<'_>,
) -> Copula {
    let copula = match name.as_deref() {
        None | Some("gaussian") => Copula::Gaussian,
        Some("t") => {
            if degrees_of_freedom.is_none() {
                check.missing(
                    "model.degrees_of_freedom",
                    "the degrees of freedom of the t copula, such as 4 (few are heavy tails)",
                );
            }
            Copula::StudentT { degrees_of_freedom: 4.0 }
        }
        Some("creditrisk+") => credit_risk_plus(defaults.as_deref(), factors, check),
        Some(other) => {
            let known = ["gaussian", "t", "creditrisk+"].map(str::to_owned);
            check.unknown(Place::Value("model.copula".into()), "copula", other, &known);
            return Copula::Gaussian;
        }
    };
    let with_sectors = matches!(copula, Copula::CreditRiskPlus { .. });
    if defaults.is_some() && !with_sectors {
        let message = "`defaults` says what a rate of \"creditrisk+\" means";
        check.conflict("model.defaults", message);
    }
    for (i, _) in factors.deviations.iter().enumerate().filter(|(_, sd)| sd.is_some()) {
        if !with_sectors {
            let at = paths::key(&paths::element("model.factor", i), "sd");
            let message = "only sectors of \"creditrisk+\" have an `sd`; other factors have 1";
            check.conflict(&at, message);
        }
    }
    let own = degrees(degrees_of_freedom, "model", &copula, check);
    match (copula, own) {
        (Copula::StudentT { .. }, Some(degrees_of_freedom)) => {
            Copula::StudentT { degrees_of_freedom }
        }
        (copula, _) => copula,
    }
}

fn credit_risk_plus(defaults: Option<&str>, factors: &Factors, check: &mut Check<'_>) -> Copula {
    let law = match defaults {
        Some("poisson") => DefaultLaw::Poisson,
        Some("bernoulli") => DefaultLaw::Bernoulli,
        Some(other) => {
            let known = ["poisson", "bernoulli"].map(str::to_owned);
            check.unknown(Place::Value("model.defaults".into()), "law of defaults", other, &known);
            DefaultLaw::Poisson
        }
        None => {
            check.missing(
                "model.defaults",
                "`poisson` (as published: somebody may default twice) or `bernoulli` (once, with \
                 the rate capped at 1)",
            );
            DefaultLaw::Poisson
        }
    };
    for (i, sd) in factors.deviations.iter().enumerate() {
        let at = paths::key(&paths::element("model.factor", i), "sd");
        if sd.is_none() && !check.is_incomplete("model.factor") && !check.was_removed(&at) {
            check
                .missing(&at, "the standard deviation of the sector, whose mean is 1, such as 0.5");
        }
    }
    if factors.deviations.is_empty() {
        check.missing("model.factor", "the gamma sectors, each with an `id` and an `sd`");
    }
    let n = factors.ids.len();
    let linked = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
    for (i, _) in linked.filter(|&(i, j)| factors.correlation[i][j] != 0.0) {
        let at = paths::key(&paths::element("model.factor", i), "correlation");
        let message = "sectors of \"creditrisk+\" are independent";
        check.conflict(&at, message).hint =
            Some("let borrowers share sectors instead: loadings = { a = 0.5, b = 0.3 }".into());
    }
    let mut deviations: Vec<f64> = factors.deviations.iter().map(|sd| sd.unwrap_or(0.0)).collect();
    deviations.resize(n, 0.0);
    Copula::CreditRiskPlus { defaults: law, deviations }
}

/// Degrees of freedom, where a table gives them.
fn degrees(
    given: Option<Number>,
    path: &str,
    copula: &Copula,
    check: &mut Check<'_>,
) -> Option<f64> {
    let at = paths::key(path, "degrees_of_freedom");
    if given.is_some() && !matches!(copula, Copula::StudentT { .. }) {
        let message = "only a \"t\" copula has degrees of freedom";
        check.conflict(&at, message).hint = Some("set model.copula = \"t\"".into());
    }
    check.number(&at, given, "a number of 1 to 1,000", |x| (1.0..=1_000.0).contains(&x))
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
    let mut deviations = Vec::new();
    let mut per = Vec::new();
    for (i, raw) in raw.into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("model.factor", i);
        ids.push(check.id(&path, raw.id, "factor", &mut seen));
        let required = "a finite standard deviation of at least 0";
        deviations.push(check.number(&paths::key(&path, "sd"), raw.sd, required, |x| x >= 0.0));
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
    Factors { ids, correlation: matrix, per, repair, deviations }
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
pub(super) fn named(
    name: &str,
    place: Place,
    ids: &[String],
    check: &mut Check<'_>,
) -> Option<usize> {
    let found = ids.iter().position(|id| id == name);
    if found.is_none() && !check.is_incomplete("model.factor") {
        check.unknown(place, "factor", name, ids);
    }
    found
}

/// Whether what else the scenario asks for can be done under its model.
pub(super) fn fits(
    model: &ModelSpec,
    (behaviour, severity): (&Behaviour, &SeveritySpec),
    system: Option<&SystemSpec>,
    check: &mut Check<'_>,
) {
    frye_jacobs(model, severity, check);
    let poisson = DefaultLaw::Poisson;
    if !matches!(model.copula, Copula::CreditRiskPlus { defaults, .. } if defaults == poisson) {
        return;
    }
    let mut refuse = |message: &str| {
        check.conflict("model.defaults", message).hint =
            Some("`defaults = \"bernoulli\"` lets everybody default once at most".into());
    };
    if behaviour.active() != Channels::NONE {
        refuse(
            "with `poisson` somebody may default several times, so that `[behaviour]` cannot say \
             who defaults under one policy and not under another",
        );
    }
    if system.is_some() {
        refuse(
            "with `poisson` a loan may be lost twice, and a lender of `[system]` cannot lose more \
             than it lent",
        );
    }
}

/// The function of Frye and Jacobs belongs to Gaussian latent assets.
fn frye_jacobs(model: &ModelSpec, severity: &SeveritySpec, check: &mut Check<'_>) {
    let gaussian = |dependence: &Dependence| {
        model.copula == Copula::Gaussian
            && matches!(dependence, Dependence::OneFactor { .. } | Dependence::Loadings(_))
    };
    let of = |segment: &str| {
        let own = model.segments.iter().find(|own| own.segment == segment);
        own.map_or(&model.default, |own| &own.dependence)
    };
    let tied = |law: &SeverityLaw| law.lgd == LgdLaw::FryeJacobs;
    let mut places = Vec::new();
    if tied(&severity.default) && !gaussian(&model.default) {
        places.push("severity.lgd".to_owned());
    }
    for own in severity.segments.iter().filter(|own| tied(&own.law)) {
        if !gaussian(of(&own.segment)) {
            places.push(paths::key(&own.path, "lgd"));
        }
    }
    let mut own = model.segments.iter().filter(|own| !gaussian(&own.dependence));
    if places.is_empty()
        && let Some(own) = own.find(|own| tied(severity.of(&own.segment)))
    {
        places.push(paths::key(&own.path, "mixture"));
    }
    for place in places {
        let message =
            "`frye-jacobs` ties LGDs to the factor of a Gaussian copula, which this is not";
        check.conflict(&place, message).hint =
            Some("tie CCFs instead (`ccf_loading`), or draw LGDs from `beta` or `discrete`".into());
    }
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
