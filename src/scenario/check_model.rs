//! The checks of `[model]` and `[stress]`.

use std::collections::BTreeMap;

use super::check::Check;
use super::check_dependence::dependence;
use super::check_factors::{Factors, factors, named};
use super::paths;
use super::spec_model::{RawDependence, RawFactorStress, RawModel, RawStress};
use super::values::Number;
use super::{
    Behaviour, Channels, Copula, DefaultLaw, Dependence, FactorStress, LgdLaw, ModelSpec,
    SegmentDependence, SeverityLaw, SeveritySpec, Stress, SystemSpec,
};
use crate::error::Place;

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
