//! Synthetic series: the Vasicek law under caps, many policies, one policy, atoms, next to nothing.

use std::sync::OnceLock;

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use super::{samples_of_differences, samples_of_effects, samples_of_policies, samples_of_systems};
use crate::measures::estimate::Quality;
use crate::measures::series::{
    DensityKind, DensityPoint, DensitySeries, ExceedancePoint, ExceedanceSeries, TailMark,
};
use crate::measures::{Estimate, Figures};
use crate::plots::{Figure, FigureContext, Language, Theme, densities, exceedance, find_font};
use crate::system::ScopeKind;

const PD: f64 = 0.03;
const RHO: f64 = 0.04;
const TRIALS: f64 = 100_000.0;

pub fn context() -> FigureContext {
    FigureContext {
        scenario: "Cutting card limits".to_owned(),
        currency: "TWD".to_owned(),
        horizon: "1 year".to_owned(),
        plan: None,
        trials: 100_000,
        seed: 20_240_223,
        sources: Vec::new(),
        version: "0.1.0".to_owned(),
        confidence: 0.95,
        baseline: "today".to_owned(),
        theme: Theme::Paper,
        language: Language::English,
        font: None,
    }
}

/// The same in another language, if this machine has a font for it.
pub fn context_in(language: Language) -> Option<FigureContext> {
    let font = find_font(language);
    if font.is_none() && !language.letters().is_empty() {
        eprintln!("skipped: no font for {}", language.name());
        return None;
    }
    Some(FigureContext { language, font, ..context() })
}

/// A policy whose loss is `scale` times the Vasicek loss share.
pub struct Sample {
    pub id: &'static str,
    pub title: String,
    pub scale: f64,
}

fn normal() -> Normal {
    Normal::standard()
}

/// The share that the large-pool limit exceeds with probability `tail` (Vasicek 2002, eq. 5).
fn share_at(tail: f64) -> f64 {
    let n = normal();
    n.cdf((n.inverse_cdf(PD) - RHO.sqrt() * n.inverse_cdf(tail)) / (1.0 - RHO).sqrt())
}

fn density(share: f64) -> f64 {
    let n = normal();
    let q = n.inverse_cdf(share);
    let a = ((1.0 - RHO).sqrt() * q - n.inverse_cdf(PD)) / RHO.sqrt();
    ((1.0 - RHO) / RHO).sqrt() * n.pdf(a) / n.pdf(q)
}

fn estimate(value: f64, relative: f64, quality: Quality) -> Estimate {
    let half = 1.96 * relative * value;
    Estimate::of(Figures {
        value,
        standard_error: Some(relative * value),
        lower: Some(value - half),
        upper: Some(value + half),
        confidence: 0.95,
        quality,
        effective_trials: None,
        variance_ratio: None,
    })
}

pub fn density_of(sample: &Sample, levels: &[&str]) -> DensitySeries {
    let points = (1..400)
        .map(|i| f64::from(i) * 0.0005)
        .map(|x| DensityPoint { loss: x * sample.scale, density: density(x) / sample.scale })
        .collect();
    let marks = levels
        .iter()
        .map(|level| {
            let tail = 1.0 - level.parse::<f64>().unwrap() / 100.0;
            let shares: Vec<f64> =
                (0..200).map(|i| share_at(tail * (f64::from(i) + 0.5) / 200.0)).collect();
            let shortfall = shares.iter().sum::<f64>() / 200.0;
            let error = 0.35 / (TRIALS * tail).sqrt();
            let quality = if TRIALS * tail < 50.0 { Quality::TooFew } else { Quality::Good };
            TailMark {
                level: (*level).to_owned(),
                value_at_risk: estimate(share_at(tail) * sample.scale, error, quality),
                expected_shortfall: estimate(shortfall * sample.scale, 1.3 * error, quality),
            }
        })
        .collect();
    DensitySeries {
        policy: sample.id.to_owned(),
        title: sample.title.clone(),
        kind: DensityKind::Smooth,
        points,
        marks,
    }
}

pub fn exceedance_of(sample: &Sample) -> ExceedanceSeries {
    let last = TRIALS.log10();
    let points = (0..=300)
        .map(|i| f64::from(i) / 300.0)
        .map(|t| {
            let p = if t == 0.0 { 0.9999 } else { 10_f64.powf(-last * t) };
            let half = 1.96 * (p * (1.0 - p) / TRIALS).sqrt();
            ExceedancePoint {
                loss: share_at(p) * sample.scale,
                probability: p,
                lower: (p - half).max(0.02 * p),
                upper: (p + half).min(1.0),
                return_period: Some(1.0 / p),
            }
        })
        .collect();
    ExceedanceSeries {
        scope_kind: ScopeKind::System,
        scope: "system".into(),
        policy: sample.id.to_owned(),
        title: sample.title.clone(),
        points,
    }
}

fn named(rows: &[(&'static str, &str, f64)]) -> Vec<Sample> {
    rows.iter()
        .map(|&(id, title, scale)| Sample { id, title: title.to_owned(), scale: scale * 1.2e9 })
        .collect()
}

pub fn five() -> Vec<Sample> {
    named(&[
        ("today", "Today", 1.0),
        ("cap-300k", "No line above 300,000", 0.93),
        ("cap-100k", "No line above 100,000", 0.72),
        ("cap-30k", "No line above 30,000", 0.45),
        ("young-50k", "Under 25: no line above 50,000", 0.86),
    ])
}

pub fn ten() -> Vec<Sample> {
    let long = |i: usize| format!("Cap at {i},000 for all who owe more than a third of income");
    let ids = ["a", "b", "c", "d", "today", "f", "g", "h", "i", "j"];
    (0..10)
        .map(|i| Sample {
            id: ids[i],
            title: long(500 - 45 * i),
            scale: (1.0 - 0.07 * i as f64) * 7e9,
        })
        .collect()
}

fn atoms(sample: &Sample) -> DensitySeries {
    let mut series = density_of(sample, &["99", "99.9"]);
    series.kind = DensityKind::Atoms;
    let mut p = 0.97_f64.powi(25);
    series.points = (0..=6)
        .map(|k| {
            let k = f64::from(k);
            let point = DensityPoint { loss: k * 0.02 * sample.scale, density: p };
            p *= (25.0 - k) / (k + 1.0) * 0.03 / 0.97;
            point
        })
        .collect();
    series
}

/// The exceedance curve of the same atoms.
fn atoms_exceeded(sample: &Sample) -> ExceedanceSeries {
    let mut above = 1.0;
    let points = atoms(sample).points.into_iter().map(|atom| {
        above -= atom.density;
        let half = 1.96 * (above * (1.0 - above) / TRIALS).sqrt();
        ExceedancePoint {
            loss: atom.loss,
            probability: above,
            lower: above - half,
            upper: above + half,
            return_period: Some(1.0 / above),
        }
    });
    ExceedanceSeries { points: points.collect(), ..exceedance_of(sample) }
}

/// Every sample figure, named; drawn once for all tests.
pub fn all_figures() -> &'static [(&'static str, Figure)] {
    static FIGURES: OnceLock<Vec<(&str, Figure)>> = OnceLock::new();
    FIGURES.get_or_init(|| drawn(&context()))
}

/// Every sample figure, named, drawn with this theme and language.
pub fn drawn(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    [
        draw_all(context),
        samples_of_differences::draw_all(context),
        samples_of_policies::draw_all(context),
        samples_of_effects::draw_all(context),
        samples_of_systems::draw_all(context),
    ]
    .concat()
}

fn draw_all(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    let two = ["99", "99.9"];
    let density = |samples: &[Sample], levels: &[&str]| {
        let series: Vec<_> = samples.iter().map(|s| density_of(s, levels)).collect();
        densities(&series, context).unwrap()
    };
    let exceed = |samples: &[Sample]| {
        let series: Vec<_> = samples.iter().map(exceedance_of).collect();
        exceedance(&series, context).unwrap()
    };
    let one = &five()[..1];
    let spread = named(&[
        ("today", "Today", 1.0),
        ("cap-10k", "Cap 10,000", 0.6),
        ("cap-3k", "Cap 3,000", 0.25),
        ("cap-500", "Cap 500", 0.05),
    ]);
    let forty: Vec<_> = (0..40)
        .map(|i| Sample {
            id: "p",
            title: format!("Policy number {i}"),
            scale: 3e12 / (i + 20) as f64,
        })
        .collect();
    let small = [Sample { id: "today", title: "Heute <script>&".to_owned(), scale: 900.0 }];
    let hostile = FigureContext {
        scenario: "<script>alert(\"x\")</script> & a very long scenario title ".repeat(6),
        horizon: "6 months".to_owned(),
        ..context.clone()
    };
    let mut mixed = vec![density_of(&five()[0], &two), atoms(&five()[2])];
    mixed[1].title = "Few large borrowers".to_owned();
    let mut bounds: Vec<_> = five()[..2].iter().map(|s| density_of(s, &two)).collect();
    let shortfall = &mut bounds[0].marks[1].expected_shortfall;
    *shortfall = shortfall.within(shortfall.lower, Some(9e8));
    for mark in &mut bounds[1].marks {
        let none = Estimate::of(Figures {
            value: 0.0,
            standard_error: None,
            lower: None,
            upper: Some(4e7),
            confidence: 0.95,
            quality: Quality::Bound,
            effective_trials: None,
            variance_ratio: None,
        });
        (mark.value_at_risk, mark.expected_shortfall) = (none, none);
    }
    let stems: Vec<_> = [&five()[0], &five()[3]].into_iter().map(atoms).collect();
    let steps: Vec<_> = [&five()[0], &five()[3]].into_iter().map(atoms_exceeded).collect();
    let single = ExceedanceSeries {
        scope_kind: ScopeKind::System,
        scope: "system".into(),
        points: vec![ExceedancePoint {
            loss: 5e6,
            probability: 0.0,
            lower: 0.0,
            upper: 0.975,
            return_period: None,
        }],
        ..exceedance_of(&five()[0])
    };
    vec![
        ("five", density(&five(), &two)),
        ("five", exceed(&five())),
        ("one", density(one, &["99", "99.9", "99.99"])),
        ("one", exceed(one)),
        ("ten", density(&ten(), &two)),
        ("ten", exceed(&ten())),
        ("spread", density(&spread, &two)),
        ("spread", exceed(&spread)),
        ("bounds", densities(&bounds, context).unwrap()),
        ("atoms", densities(&stems, context).unwrap()),
        ("atoms", exceedance(&steps, context).unwrap()),
        ("two", density(&five()[..2], &two)),
        ("two", exceed(&five()[..2])),
        ("mixed", densities(&mixed, context).unwrap()),
        ("hostile", densities(&[density_of(&small[0], &two)], &hostile).unwrap()),
        ("hostile", exceedance(&[exceedance_of(&small[0])], &hostile).unwrap()),
        ("forty", density(&forty, &two)),
        ("forty", exceed(&forty)),
        ("nothing", densities(&[], context).unwrap()),
        ("nothing", exceedance(&[], context).unwrap()),
        ("single", exceedance(&[single], context).unwrap()),
    ]
}
