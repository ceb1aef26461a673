//! What the numbers of a run rest on, in sentences: the model, the costs of defaults, how people and lenders act.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::numbers::{count, counted, decimal, percent};
use crate::portfolio::Portfolio;
use crate::scenario::{
    BaselRetail, Behaviour, Channels, Copula, CorrelationRule, DefaultLaw, Dependence,
    FactorStress, LgdLaw, ModelSpec, PART_SEPARATOR, Response, Scenario, SeverityLaw, Stress,
    SystemSpec,
};

/// So many segments or factors are told one by one.
const TOLD: usize = 4;
/// So many values of a column that factors are told for.
const MOST_VALUES: usize = 12;

/// One thing that is assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assumption {
    /// What it is about.
    pub topic: Topic,
    /// In a sentence.
    pub text: String,
}

/// What an assumption is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// How borrowers default together.
    Dependence,
    /// How likely they default.
    DefaultProbabilities,
    /// What a default costs.
    Severity,
    /// How borrowers answer to new limits.
    Behaviour,
    /// Who bears losses and how failures spread.
    Lenders,
    /// What is done to the model on purpose.
    Stress,
}

impl Topic {
    /// As printed.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Dependence => "Defaulting together",
            Self::DefaultProbabilities => "Default probabilities",
            Self::Severity => "Cost of a default",
            Self::Behaviour => "Behaviour",
            Self::Lenders => "Lenders",
            Self::Stress => "Stress",
        }
    }
}

/// The assumptions of a scenario over its book.
pub fn assumptions(scenario: &Scenario, book: &Portfolio) -> Vec<Assumption> {
    let mut all = vec![
        says(Topic::Dependence, dependence(scenario, book)),
        says(Topic::DefaultProbabilities, probabilities(scenario, book)),
        says(Topic::Severity, severity(scenario)),
        says(Topic::Behaviour, behaviour(&scenario.behaviour)),
        says(Topic::Lenders, lenders(scenario.system.as_ref())),
    ];
    let stress = stress(&scenario.stress, &scenario.model);
    all.extend(stress.map(|text| says(Topic::Stress, text)));
    all
}

fn says(topic: Topic, text: String) -> Assumption {
    Assumption { topic, text }
}

fn dependence(scenario: &Scenario, book: &Portfolio) -> String {
    let model = &scenario.model;
    let factors = factors(scenario, book);
    let family = match &model.copula {
        Copula::Gaussian => match model.default {
            Dependence::LogitNormal { .. } => format!("Logit-normal mixture, {factors}"),
            Dependence::Beta { .. } => format!("Beta mixture, {factors}"),
            _ => format!("Gaussian copula, {factors}"),
        },
        Copula::StudentT { degrees_of_freedom } => {
            let nu = plain(*degrees_of_freedom);
            format!("Student t copula with {nu} degrees of freedom, {factors}")
        }
        Copula::CreditRiskPlus { defaults, deviations } => {
            let law = match defaults {
                DefaultLaw::Poisson => "Poisson",
                DefaultLaw::Bernoulli => "Bernoulli",
            };
            let sectors = counted(deviations.len() as u64, "gamma sector", "gamma sectors");
            let each = listed(deviations.iter().map(|sd| plain(*sd)));
            format!("CreditRisk+ with {law} defaults, {sectors} of standard deviation {each}")
        }
    };
    let rule = hangs(&model.default, &model.factors);
    let own = model.segments.iter().map(|own| {
        let freedom =
            own.degrees_of_freedom.map(|nu| format!(", {} degrees of freedom", plain(nu)));
        let hang = hangs(&own.dependence, &model.factors);
        format!("{hang}{} in {}", freedom.unwrap_or_default(), own.segment)
    });
    let own: Vec<String> = own.collect();
    if own.is_empty() {
        return format!("{family}; {rule}.");
    }
    format!("{family}; {rule}, but {}.", listed(own.into_iter()))
}

/// How many factors the book has, and which where some stand for one per value of a column.
fn factors(scenario: &Scenario, book: &Portfolio) -> String {
    let model = &scenario.model;
    let mut all = 0;
    let mut spread = false;
    let mut each = Vec::new();
    for (name, per) in model.factors.iter().zip(&model.per) {
        let Some(part) = *per else {
            all += 1;
            each.push(name.clone());
            continue;
        };
        let value = |segment: &String| {
            segment.split(PART_SEPARATOR).nth(part).unwrap_or_default().to_owned()
        };
        let values: BTreeSet<String> = book.borrowers.segment.names.iter().map(value).collect();
        all += values.len();
        spread = true;
        let column = scenario.portfolio.segment_by.get(part).map_or("segment", String::as_str);
        let shown: Vec<String> = values.iter().take(MOST_VALUES).cloned().collect();
        let more = if values.len() > shown.len() { ", ..." } else { "" };
        each.push(format!("{name} for each {column}: {}{more}", shown.join(", ")));
    }
    let count = counted(all as u64, "factor", "factors");
    if spread { format!("{count} ({})", each.join("; ")) } else { count }
}

/// How a borrower hangs on the factors.
fn hangs(dependence: &Dependence, factors: &[String]) -> String {
    let on = |values: &[f64]| {
        let own = values.iter().zip(factors).filter(|(value, _)| **value != 0.0);
        listed(own.map(|(value, factor)| format!("{} on {factor}", plain(*value))))
    };
    match dependence {
        Dependence::OneFactor { factor, correlation } => {
            let correlation = match correlation {
                CorrelationRule::Fixed(own) => format!("asset correlation {}", plain(own.get())),
                CorrelationRule::Basel(BaselRetail::Qrre) => {
                    "asset correlation 0.04 (Basel, qualifying revolving retail)".to_owned()
                }
                CorrelationRule::Basel(BaselRetail::OtherRetail) => {
                    "asset correlation 0.16 to 0.03, falling with the PD (Basel, other retail)"
                        .to_owned()
                }
                CorrelationRule::Basel(BaselRetail::Mortgage) => {
                    "asset correlation 0.15 (Basel, residential mortgage)".to_owned()
                }
            };
            match factors.len() {
                1 => correlation,
                _ => format!("{correlation} on {}", factors[*factor]),
            }
        }
        Dependence::Loadings(loadings) => {
            let values: Vec<f64> = loadings.iter().map(|loading| loading.get()).collect();
            format!("loadings {}", on(&values))
        }
        Dependence::LogitNormal { loadings } => {
            format!("log-odds of default that move by {}", on(loadings))
        }
        Dependence::Beta { default_correlation, .. } => {
            format!("default correlation {} at the highest PD", plain(*default_correlation))
        }
        Dependence::Sectors(weights) => format!("weights {}", on(weights)),
    }
}

fn probabilities(scenario: &Scenario, book: &Portfolio) -> String {
    let quality = &book.quality;
    let share = |x: f64| format!("{} %", decimal(100.0 * x, 2));
    let mean = format!(
        "PDs of the book over {}: {} on average by borrower, {} by balance",
        scenario.horizon,
        share(quality.mean_pd_by_borrower),
        share(quality.mean_pd_by_balance)
    );
    match quality.calibration_shift {
        Some(shift) => format!("{mean}, after a shift of all log-odds by {}.", plain(shift)),
        None => format!("{mean}."),
    }
}

fn severity(scenario: &Scenario) -> String {
    let rule = costs(&scenario.severity.default);
    let own = scenario.severity.segments.iter();
    let own: Vec<String> =
        own.map(|own| format!("in {}: {}", own.segment, costs(&own.law))).collect();
    if own.is_empty() {
        return format!("{rule}.");
    }
    format!("{rule}; {}.", listed(own.into_iter()))
}

fn costs(law: &SeverityLaw) -> String {
    let lgd = match &law.lgd {
        LgdLaw::Fixed => "The LGD of each account, the same in every year".to_owned(),
        LgdLaw::Beta { sd } => format!(
            "Beta LGDs around the LGD of each account, standard deviation {}, independent of the year",
            plain(*sd)
        ),
        LgdLaw::Discrete(values) => {
            format!("{} LGDs by chance, independent of the year", count(values.len() as u64))
        }
        LgdLaw::FryeJacobs => {
            "LGDs that rise with the conditional PD (Frye and Jacobs 2012)".to_owned()
        }
    };
    if law.ccf_loading > 0.0 {
        format!(
            "{lgd}; unused lines are drawn more in bad years (loading {})",
            plain(law.ccf_loading)
        )
    } else {
        format!("{lgd}; a fixed share of unused lines (CCF) is drawn before default")
    }
}

fn behaviour(behaviour: &Behaviour) -> String {
    let own = answers(&behaviour.default, behaviour.active());
    match behaviour.groups.len() {
        0 => format!("{own}."),
        n => format!(
            "{own}; {} numbers of their own.",
            counted(n as u64, "group of borrowers has", "groups of borrowers have")
        ),
    }
}

fn answers(response: &Response, open: Channels) -> String {
    let mut parts = Vec::new();
    let (phi, kappa) = (response.run_off.get(), response.pass_through.get());
    parts.push(if kappa > 0.0 {
        format!(
            "Of a limit cut {} passes into debt, of a balance above it {} runs off",
            percent(kappa),
            percent(phi)
        )
    } else if phi < 1.0 {
        format!("Of a balance above a new limit {} runs off", percent(phi))
    } else {
        "A balance above a new limit runs off".to_owned()
    });
    if open.leakage {
        parts.push(format!(
            "{} of withdrawn credit goes to rivals",
            percent(response.leakage.get())
        ));
    }
    if open.relief {
        let relief = plain(response.relief);
        parts.push(format!("log-odds of default fall by {relief} per 100 % less debt"));
    }
    if open.squeeze {
        let squeeze = plain(response.squeeze);
        parts.push(format!("log-odds rise by {squeeze} for those cut below their balance"));
    }
    if open.stacking {
        parts.push(format!("odds times {} at new lenders", plain(response.stacking)));
    }
    if open == Channels::NONE {
        parts.push("no credit moves to rivals and nobody pays better or worse for it".to_owned());
    }
    parts.join("; ")
}

fn lenders(system: Option<&SystemSpec>) -> String {
    let Some(system) = system else {
        return "Every lender bears the losses of its own loans and none fails.".to_owned();
    };
    let lenders = system.lenders.len() as u64
        + system.groups.iter().map(|group| u64::from(group.count)).sum::<u64>();
    let mut parts = vec![format!(
        "{}, {} with capital; a capital ratio below {} is stress",
        counted(lenders, "lender", "lenders"),
        count(u64::from(system.with_capital())),
        percent(system.capital_ratio)
    )];
    let programmes = system.programmes.len() as u64;
    if programmes > 0 {
        let own: Vec<String> = system
            .programmes
            .iter()
            .map(|one| format!("{} keeps {}", one.lender, percent(one.own_share.get())))
            .collect();
        let programmes = counted(programmes, "funding programme", "funding programmes");
        parts.push(format!("{programmes} ({})", listed(own.into_iter())));
    }
    parts.push(match (&system.contagion, &system.feedback) {
        (None, None) => "failures do not spread".to_owned(),
        (Some(_), None) => "failures spread by debts between lenders".to_owned(),
        (None, Some(_)) => "stressed lenders cut lines, which makes more people default".to_owned(),
        (Some(_), Some(_)) => {
            "failures spread by debts between lenders, and stressed lenders cut lines".to_owned()
        }
    });
    format!("{}.", parts.join("; "))
}

fn stress(stress: &Stress, model: &ModelSpec) -> Option<String> {
    let mut parts = Vec::new();
    if stress.pd_multiplier != 1.0 {
        parts.push(format!("PDs times {}", plain(stress.pd_multiplier)));
    }
    if stress.odds_multiplier != 1.0 {
        parts.push(format!("odds of default times {}", plain(stress.odds_multiplier)));
    }
    parts.extend(stress.factors.iter().map(|(factor, how)| {
        let factor = &model.factors[*factor];
        match how {
            FactorStress::Fixed(z) => format!("{factor} held at {}", plain(*z)),
            FactorStress::Shift(z) => format!("{factor} moved by {}", plain(*z)),
        }
    }));
    (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
}

/// A number without the zeros at its end.
fn plain(x: f64) -> String {
    if x != 0.0 && x.abs() < 1e-3 {
        return format!("{x:.1e}");
    }
    let text = decimal(x, 4);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// `a, b, c and 5 more`.
fn listed(parts: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = parts.collect();
    let told = all[..all.len().min(TOLD)].join(", ");
    match all.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
