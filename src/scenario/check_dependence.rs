//! The checks of how borrowers hang on the factors: of `[model]` itself and of its segments.

use std::collections::BTreeMap;

use super::check::{Check, share_hint};
use super::check_factors::{Factors, named};
use super::paths;
use super::spec_model::RawDependence;
use super::values::{Number, RawCorrelation};
use super::{BaselRetail, Copula, CorrelationRule, Dependence};
use crate::error::Place;
use crate::units::{AssetCorrelation, Loading};

/// Largest standard deviation of log-odds.
const WIDEST: f64 = 10.0;

/// What a file says beside the keys that each family has for itself.
struct Given {
    on_factor: Option<usize>,
    loadings: Option<BTreeMap<String, Option<Number>>>,
    path: String,
}

/// Checks the dependence of a table `path` under a copula.
pub(super) fn dependence(
    raw: RawDependence,
    path: &str,
    (factors, copula): (&Factors, &Copula),
    check: &mut Check<'_>,
) -> Dependence {
    let mixture = raw.mixture.clone();
    let family = match (copula, mixture.as_deref()) {
        (_, None | Some("probit")) => Family::Probit,
        (_, Some("logit-normal")) => Family::LogitNormal,
        (_, Some("beta")) => Family::Beta,
        (_, Some(other)) => {
            let known = ["probit", "logit-normal", "beta"].map(str::to_owned);
            check.unknown(Place::Value(paths::key(path, "mixture")), "mixture", other, &known);
            Family::Probit
        }
    };
    if mixture.is_some() && *copula != Copula::Gaussian {
        let message = "a `mixture` is a law of conditional PDs under normal factors; this copula \
                       brings its own";
        check.conflict(&paths::key(path, "mixture"), message).hint =
            Some("take `mixture` out, or set copula = \"gaussian\"".into());
    }
    let family = match copula {
        Copula::CreditRiskPlus { .. } => Family::Sectors,
        _ => family,
    };
    family.refuse_others(&raw, path, check);
    let on_factor = raw.on_factor.and_then(|name| {
        named(&name, Place::Value(paths::key(path, "on_factor")), &factors.ids, check)
    });
    let given = Given { on_factor, loadings: raw.loadings, path: path.to_owned() };
    match family {
        Family::Probit => probit(given, raw.correlation, factors, check),
        Family::LogitNormal => logit_normal(given, raw.log_odds_sd, factors, check),
        Family::Beta => beta(given, raw.default_correlation, factors, check),
        Family::Sectors => sectors(given, factors, check),
    }
}

/// Which keys say what.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Family {
    Probit,
    LogitNormal,
    Beta,
    Sectors,
}

impl Family {
    const fn name(self) -> &'static str {
        match self {
            Self::Probit => "a probit model",
            Self::LogitNormal => "a logit-normal mixture",
            Self::Beta => "a beta mixture",
            Self::Sectors => "creditrisk+",
        }
    }

    /// The key that says how strongly borrowers hang together.
    const fn strength(self) -> Option<&'static str> {
        match self {
            Self::Probit => Some("correlation"),
            Self::LogitNormal => Some("log_odds_sd"),
            Self::Beta => Some("default_correlation"),
            Self::Sectors => None,
        }
    }

    /// Refuses keys of other families, and both a strength and loadings where these say the same.
    fn refuse_others(self, raw: &RawDependence, path: &str, check: &mut Check<'_>) {
        let given = [
            ("correlation", raw.correlation.is_some()),
            ("log_odds_sd", raw.log_odds_sd.is_some()),
            ("default_correlation", raw.default_correlation.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            if self.strength() == Some(key) {
                continue;
            }
            let message = format!("`{key}` says nothing about {}", self.name());
            check.conflict(&paths::key(path, key), message).hint = Some(match self.strength() {
                Some(own) => format!("its key is `{own}`"),
                None => "sectors have an `sd`, and borrowers weights on them as `loadings`".into(),
            });
        }
        if raw.loadings.is_none() {
            return;
        }
        let replaced = self.strength().filter(|_| self != Self::Beta);
        let given = given.into_iter().filter(|(key, given)| *given && replaced == Some(key));
        for key in given.map(|(key, _)| key).chain(raw.on_factor.is_some().then_some("on_factor")) {
            let message = format!("`loadings` stand in place of `{key}`; give one of them");
            check.conflict(&paths::key(path, key), message);
        }
    }
}

fn probit(
    given: Given,
    raw: Option<RawCorrelation>,
    factors: &Factors,
    check: &mut Check<'_>,
) -> Dependence {
    let at = |key: &str| paths::key(&given.path, key);
    if let Some(by_id) = given.loadings {
        return loadings(by_id, &at("loadings"), factors, check);
    }
    let correlation = match raw {
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
    let correlation = correlation.unwrap_or(CorrelationRule::Basel(BaselRetail::Qrre));
    Dependence::OneFactor { factor: given.on_factor.unwrap_or(0), correlation }
}

fn logit_normal(
    given: Given,
    sd: Option<Number>,
    factors: &Factors,
    check: &mut Check<'_>,
) -> Dependence {
    let at = |key: &str| paths::key(&given.path, key);
    let mut weights = vec![0.0; factors.ids.len()];
    match given.loadings {
        Some(by_id) => {
            let required = "log-odds per unit of the factor, -10 to 10";
            let holds = |x: f64| x.abs() <= WIDEST;
            weights = by_factor(by_id, &at("loadings"), (required, &holds), factors, check);
            if length(&weights, factors) > WIDEST {
                let message = "with these loadings the log-odds have a standard deviation above 10";
                check.conflict(&at("loadings"), message);
            }
        }
        None => {
            if sd.is_none() && !check.was_removed(&at("log_odds_sd")) {
                check.missing(
                    &at("log_odds_sd"),
                    "the standard deviation of the log-odds, such as 0.4",
                );
            }
            let required = "a standard deviation of 0 to 10";
            let holds = |x: f64| (0.0..=WIDEST).contains(&x);
            let sd = check.number(&at("log_odds_sd"), sd, required, holds).unwrap_or(0.0);
            weights[given.on_factor.unwrap_or(0)] = sd;
        }
    }
    Dependence::LogitNormal { loadings: weights }
}

fn beta(
    given: Given,
    default_correlation: Option<Number>,
    factors: &Factors,
    check: &mut Check<'_>,
) -> Dependence {
    let at = |key: &str| paths::key(&given.path, key);
    if default_correlation.is_none() && !check.was_removed(&at("default_correlation")) {
        check.missing(
            &at("default_correlation"),
            "the correlation of the defaults of two borrowers, such as 0.005",
        );
    }
    let required = "a correlation above 0 and below 1";
    let holds = |x: f64| x > 0.0 && x < 1.0;
    let found = check.number(&at("default_correlation"), default_correlation, required, holds);
    let mut direction = vec![0.0; factors.ids.len()];
    match given.loadings {
        Some(by_id) => {
            let required = "a finite number";
            direction = by_factor(by_id, &at("loadings"), (required, &|_| true), factors, check);
            if length(&direction, factors) < 1e-12 {
                let message = "these loadings point nowhere; `default_correlation` is how strong, \
                               `loadings` is where to";
                check.conflict(&at("loadings"), message);
                direction[0] = 1.0;
            }
        }
        None => direction[given.on_factor.unwrap_or(0)] = 1.0,
    }
    Dependence::Beta { direction, default_correlation: found.unwrap_or(0.5) }
}

fn sectors(given: Given, factors: &Factors, check: &mut Check<'_>) -> Dependence {
    let at = paths::key(&given.path, "loadings");
    let mut weights = vec![0.0; factors.ids.len()];
    match given.loadings {
        Some(by_id) => {
            let required = "the weight of a sector in 0..=1";
            let holds = |x: f64| (0.0..=1.0).contains(&x);
            weights = by_factor(by_id, &at, (required, &holds), factors, check);
            let sum: f64 = weights.iter().sum();
            if sum > 1.0 + 1e-9 {
                let message = format!("the weights of the sectors sum to {sum}, must be at most 1");
                check.conflict(&at, message).hint =
                    Some("what is left to 1 does not move with any sector".into());
            }
        }
        None => weights[given.on_factor.unwrap_or(0)] = 1.0,
    }
    Dependence::Sectors(weights)
}

/// Numbers of a table by factor, 0 where there is none.
fn by_factor(
    by_id: BTreeMap<String, Option<Number>>,
    path: &str,
    (required, holds): (&str, &dyn Fn(f64) -> bool),
    factors: &Factors,
    check: &mut Check<'_>,
) -> Vec<f64> {
    let mut weights = vec![0.0; factors.ids.len()];
    for (id, x) in by_id {
        let at = paths::key(path, &id);
        let Some(index) = named(&id, Place::Key(at.clone()), &factors.ids, check) else { continue };
        if let Some(w) = check.number(&at, x, required, holds) {
            weights[index] = w;
        }
    }
    weights
}

/// sqrt(w'Cw): the standard deviation of the factors' weighted sum.
fn length(weights: &[f64], factors: &Factors) -> f64 {
    explained(weights, factors).max(0.0).sqrt()
}

/// w'Cw.
fn explained(weights: &[f64], factors: &Factors) -> f64 {
    weights
        .iter()
        .zip(&factors.correlation)
        .map(|(w, row)| w * row.iter().zip(weights).map(|(c, v)| c * v).sum::<f64>())
        .sum()
}

/// What a correlation of 1 stands for.
const TOGETHER: &str = "borrowers that always default together are one draw: set `stands_for` in their \
                        synthetic segment or in a column of the tape";

fn correlation(raw: RawCorrelation, path: &str, check: &mut Check<'_>) -> Option<CorrelationRule> {
    match raw {
        RawCorrelation::Number(x) => match AssetCorrelation::new(x) {
            Ok(rho) => Some(CorrelationRule::Fixed(rho)),
            Err(_) => {
                let together = (x == 1.0).then(|| TOGETHER.to_owned());
                check.value(path, AssetCorrelation::REQUIREMENT).hint = share_hint(x).or(together);
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
    let explained = explained(&weights, factors);
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
