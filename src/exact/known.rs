//! Probabilities that are known without the lattice, against which its states are held.
//!
//! 1. Each class: E p(state) is the PD after stress where nothing holds or moves a factor; of normal latent assets else
//!
//!    Phi((G - l b) / v),   v^2 = 1 - l^2 + l^2 |a|^2,
//!
//!    with b the mean and |a| the standard deviation of the class's direction under stress;
//! 2. two borrowers: Phi2 of their thresholds with correlation l l' a'a / (v v').
//!
//! With Student's t both are means over the mixing variable, by Gauss's rule. A lattice that misses a narrow or far region misses
//! some of these masses, whatever it says of its own convergence.

use super::class::Class;
use super::turning::Turning;
use crate::model::{Driver, Link, Model, state};
use crate::special::{bivariate, normal, quadrature};

/// Classes of which pairs are held to their joint PD, at most.
const PAIRED: usize = 6;
/// Panels of Gauss's rule over the mixing variable, and its ends.
const PANELS: u32 = 36;
const REACH: f64 = 9.0;

/// What is known of a book.
#[derive(Debug, Clone)]
pub struct Known {
    /// By class: PD and draws, where it is known.
    classes: Vec<Option<(f64, f64)>>,
    /// Two classes with their joint PD and their number of pairs.
    pairs: Vec<(usize, usize, f64, f64)>,
}

/// Sums over states of what is known.
#[derive(Debug, Clone, Default)]
pub struct Masses {
    classes: Vec<f64>,
    pairs: Vec<f64>,
}

/// A class with normal latent assets given the scale: a threshold is met with Phi(s x - y).
struct Latent {
    number: usize,
    scale: usize,
    threshold: f64,
    /// l b / v.
    moved: f64,
    v: f64,
    /// l a.
    loading: Vec<f64>,
    draws: f64,
}

impl Known {
    /// Of a book; `narrow`: joint PDs are worth some time.
    pub fn of(classes: &[Class], model: &Model, narrow: bool) -> Self {
        let turning = Turning::of(classes, model);
        let latents: Vec<Option<Latent>> = classes
            .iter()
            .enumerate()
            .map(|(number, class)| latent(number, class, model, &turning))
            .collect();
        let is_moved = model.factors.is_moved();
        let pd = |(class, own): (&Class, &Option<Latent>)| {
            let draws: u64 = class.lots.iter().map(|lot| lot.draws).sum();
            let known = match own {
                _ if !is_moved => (!caps(class, model)).then_some(class.pd),
                Some(own) if own.scale == 0 => Some(normal::cdf(own.argument(1.0))),
                _ => None,
            };
            known.filter(|pd| pd.is_finite() && draws > 0).map(|pd| (pd, draws as f64))
        };
        let known = classes.iter().zip(&latents).map(pd).collect();
        let mut all: Vec<Latent> = latents.into_iter().flatten().collect();
        let mixes = all.iter().any(|own| own.scale > 0);
        if mixes && !narrow {
            all.clear();
        }
        let weight = |own: &Latent| classes[own.number].pd * classes[own.number].total();
        all.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.number.cmp(&b.number)));
        // Half of those with the largest losses, half of those with the highest loadings.
        let rest = all.split_off((PAIRED / 2).min(all.len()));
        let mut rest: Vec<Latent> = rest;
        rest.sort_by(|a, b| a.v_rest().total_cmp(&b.v_rest()).then(a.number.cmp(&b.number)));
        rest.truncate(PAIRED - PAIRED / 2);
        all.extend(rest);
        let rule = if mixes { rule(model) } else { vec![(1.0, vec![1.0])] };
        let mut pairs = Vec::new();
        for (at, a) in all.iter().enumerate() {
            for b in &all[..=at] {
                let same = a.number == b.number;
                let number = if same { 0.5 * a.draws * (a.draws - 1.0) } else { a.draws * b.draws };
                if number > 0.0 {
                    pairs.push((a.number, b.number, joint(a, b, &rule), number));
                }
            }
        }
        Self { classes: known, pairs }
    }

    /// Adds the conditional PDs of a state.
    pub fn add(&self, masses: &mut Masses, weight: f64, pds: &[f64]) {
        masses.classes.resize(pds.len(), 0.0);
        masses.classes.iter_mut().zip(pds).for_each(|(sum, p)| *sum += weight * p);
        masses.pairs.resize(self.pairs.len(), 0.0);
        for (sum, &(a, b, ..)) in masses.pairs.iter_mut().zip(&self.pairs) {
            *sum += weight * pds[a] * pds[b];
        }
    }

    /// How far the masses of states are off at most, as a share of the probability that one or one pair of the class
    /// defaults, of `least` where that is smaller; infinite where a sum is no number.
    pub fn off(&self, masses: &Masses, weight: f64, least: f64) -> f64 {
        let share = |sum: f64, p: f64, number: f64| {
            let off = (sum / weight - p).abs() / p.max(least / number);
            if off.is_nan() { f64::INFINITY } else { off }
        };
        let classes = self.classes.iter().zip(&masses.classes);
        let classes = classes.filter_map(|(known, &sum)| known.map(|(p, n)| share(sum, p, n)));
        let pairs = self.pairs.iter().zip(&masses.pairs);
        let pairs = pairs.map(|(&(_, _, p, n), &sum)| share(sum, p, n));
        classes.chain(pairs).fold(0.0, f64::max)
    }
}

impl Masses {
    /// Joins those of other states.
    pub fn join(&mut self, other: &Self) {
        for (sums, more) in [(&mut self.classes, &other.classes), (&mut self.pairs, &other.pairs)] {
            sums.resize(more.len().max(sums.len()), 0.0);
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
}

impl Latent {
    fn argument(&self, scale: f64) -> f64 {
        self.threshold * scale / self.v - self.moved
    }

    /// What of the variance is not systematic.
    fn v_rest(&self) -> f64 {
        self.v * self.v - self.loading.iter().map(|x| x * x).sum::<f64>()
    }
}

fn latent(number: usize, class: &Class, model: &Model, turning: &Turning) -> Option<Latent> {
    let own = &model.segments[class.segment];
    let law = &model.laws[own.law];
    let (Driver::Direction(direction), Link::Probit) = (&model.drivers[own.driver], law.link)
    else {
        return None;
    };
    let of = &turning.functionals[*direction];
    let l = class.loading;
    let loading: Vec<f64> = of.weights.iter().map(|a| l * a).collect();
    let v = (1.0 - l * l + loading.iter().map(|x| x * x).sum::<f64>()).sqrt();
    let draws = class.lots.iter().map(|lot| lot.draws as f64).sum();
    let (scale, threshold) = (law.scale, class.threshold);
    threshold.is_finite().then(|| Latent {
        number,
        scale,
        threshold,
        moved: l * of.at_rest / v,
        v,
        loading,
        draws,
    })
}

/// Whether the conditional rate of a class may exceed 1, where it is capped, so that it does not average to the PD.
fn caps(class: &Class, model: &Model) -> bool {
    /// Rarer caps do not count.
    const RARE: f64 = 1e-14;
    let own = &model.segments[class.segment];
    match (&model.drivers[own.driver], model.laws[own.law].link) {
        (Driver::Sectors { weights, .. }, Link::Rate) => {
            // A weighted mean above x > 1 has a part above x.
            let least = 1.0 / class.pd;
            let moving = weights.iter().enumerate().filter(|(_, w)| **w > 0.0);
            let exceeds = moving.map(|(k, _)| state::sector_exceeds(model.deviation(k), least));
            exceeds.sum::<f64>() > RARE
        }
        (Driver::Beta { top, .. }, Link::Rate) => class.pd > *top,
        _ => false,
    }
}

/// Gauss's rule over the mixing variable: weights with the scales.
fn rule(model: &Model) -> Vec<(f64, Vec<f64>)> {
    let width = 2.0 * REACH / f64::from(PANELS);
    let panel = |k: u32| {
        let from = -REACH + width * f64::from(k);
        quadrature::nodes(from, from + width)
    };
    let density = |e: f64| libm::exp(-0.5 * e * e) / (2.0 * std::f64::consts::PI).sqrt();
    (0..PANELS)
        .flat_map(panel)
        .map(|(e, weight)| (weight * density(e), model.scales_at(e)))
        .collect()
}

fn joint(a: &Latent, b: &Latent, rule: &[(f64, Vec<f64>)]) -> f64 {
    let product: f64 = a.loading.iter().zip(&b.loading).map(|(a, b)| a * b).sum();
    let rho = (product / (a.v * b.v)).clamp(-1.0, 1.0);
    let at = |scales: &[f64]| {
        bivariate::cdf(a.argument(scales[a.scale]), b.argument(scales[b.scale]), rho)
    };
    rule.iter().map(|(weight, scales)| weight * at(scales)).sum()
}
