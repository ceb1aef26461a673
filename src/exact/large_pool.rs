//! Pools so large that nobody's own luck counts, and the first-order effect of what luck is left.
//!
//! Given the state the loss of a pool without end is its conditional mean
//!
//! 1. mu(y) = sum n p(y) loss,
//!
//! so that its law is that of mu(Y) (Vasicek 2002; Gordy 2003). It is put on a grid: along the last
//! normal the probability between two neighbouring points is spread evenly between their losses, over the
//! other one the trapezoidal rule runs.
//!
//! What luck is left adds, with v(y) the conditional variance, one normal and y = G(1 - q),
//!
//! 2. to VaR: -1 / (2 phi(y)) d/dy \[phi(y) v(y) / mu'(y)\];
//! 3. to ES: phi(y) v(y) / (2 (1 - q) |mu'(y)|)
//!
//! up to terms of the order of 1 / n^2 (Martin and Wilde 2002; Gordy 2003), where mu is strictly monotone.

use super::book::Class;
use super::conditional::{given, moments};
use super::law::LossLaw;
use super::mixture::{Found, Work};
use super::quadrature::Axes;
use crate::model::Model;
use crate::special::normal;
use crate::units::Level;

/// The most normals that are integrated over.
pub const MOST_INPUTS: usize = 2;
/// Points of the grid of losses.
const POINTS: usize = 1 << 17;
/// Standard deviations that are walked through.
const REACH: f64 = 9.0;
/// Points per unit along the last normal, by number of normals.
const FINENESS: [u32; MOST_INPUTS + 1] = [1, 512, 96];
/// Step over the other normal.
const COARSENESS: f64 = 0.125;
/// Step of derivatives.
const NEAR: f64 = 1e-3;

/// What the luck of single people adds at a level, smallest units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Granularity {
    /// The level.
    pub level: Level,
    /// Equation 2.
    pub value_at_risk: f64,
    /// Equation 3.
    pub expected_shortfall: f64,
}

/// The law of mu(Y) with the granularity of VaR and ES at some levels; `None` if it was stopped.
///
/// # Panics
/// If the model has more than [`MOST_INPUTS`] normals that move something.
pub fn law(
    classes: &[Class],
    model: &Model,
    (levels, work): (&[Level], Work<'_>),
) -> Option<Found> {
    let axes = Axes::of(classes, model);
    let at = |along: &[f64]| {
        let mut normals = vec![0.0; model.inputs()];
        axes.moving.iter().zip(along).for_each(|(&i, &e)| normals[i] = e);
        let pds = given(classes, model, &model.state(&normals));
        moments(classes, model, &pds)
    };
    let lines: Vec<(Vec<f64>, f64)> = match axes.len() {
        0 | 1 => vec![(Vec::new(), 1.0)],
        _ => {
            let most = (REACH / COARSENESS) as i32;
            let nodes = (-most..=most).map(|k| COARSENESS * f64::from(k));
            let weighed: Vec<(Vec<f64>, f64)> =
                nodes.map(|e| (vec![e], libm::exp(-0.5 * e * e))).collect();
            let total: f64 = weighed.iter().map(|(_, weight)| weight).sum();
            weighed.into_iter().map(|(e, weight)| (e, weight / total)).collect()
        }
    };
    let fineness = FINENESS[axes.len()];
    let steps = if axes.is_empty() { 0 } else { (2.0 * REACH) as u32 * fineness };
    let (mut mean, mut square, mut defaults) = (0.0, 0.0, 0.0);
    // Weight of each piece and the losses at its ends.
    let mut pieces: Vec<(f64, f64, f64)> = Vec::with_capacity(lines.len() * steps as usize);
    for (line, weight) in &lines {
        if work.stop.load(std::sync::atomic::Ordering::Relaxed) {
            return None;
        }
        let mut before: Option<(f64, f64)> = None;
        for k in 0..=steps {
            let e = -REACH + f64::from(k) / f64::from(fineness);
            let along: Vec<f64> = match axes.is_empty() {
                true => Vec::new(),
                false => line.iter().copied().chain([e]).collect(),
            };
            let own = at(&along);
            // The trapezoidal rule again, for the moments.
            let own_weight = match axes.is_empty() {
                true => 1.0,
                false => weight * density(e) / f64::from(fineness),
            };
            mean += own_weight * own.mean;
            square += own_weight * (own.variance + own.mean * own.mean);
            defaults += own_weight * own.defaults;
            if let Some((other, loss)) = before {
                let mass = match e < 0.0 {
                    true => normal::cdf(e) - normal::cdf(other),
                    false => normal::cdf(-other) - normal::cdf(-e),
                };
                pieces.push((weight * mass, loss, own.mean));
            } else if steps == 0 {
                pieces.push((1.0, own.mean, own.mean));
            }
            before = Some((e, own.mean));
        }
    }
    let law = spread(&pieces);
    let granularity = match axes.len() {
        1 => levels.iter().filter_map(|&level| {
            granularity(level, &|e| {
                let own = at(&[e]);
                (own.mean, own.variance)
            })
        }),
        _ => return Some(finish(law, (mean, square, defaults), pieces.len(), Vec::new())),
    };
    let granularity = granularity.collect();
    Some(finish(law, (mean, square, defaults), pieces.len(), granularity))
}

fn finish(
    law: LossLaw,
    (mean, square, defaults): (f64, f64, f64),
    nodes: usize,
    granularity: Vec<Granularity>,
) -> Found {
    let deviation = (square - mean * mean).max(0.0).sqrt();
    let (is_exact, error, least) = (true, 0.0, 1e-12);
    Found { law, is_exact, mean, deviation, defaults, nodes, error, least, granularity }
}

fn density(e: f64) -> f64 {
    libm::exp(-0.5 * e * e) / libm::sqrt(2.0 * std::f64::consts::PI)
}

/// Pieces of probability on a grid, each evenly between its ends.
fn spread(pieces: &[(f64, f64, f64)]) -> LossLaw {
    let top = pieces.iter().map(|piece| piece.1.max(piece.2)).fold(0.0, f64::max);
    let step = (top / POINTS as f64).ceil().max(1.0);
    let points = (top / step).ceil() as usize + 2;
    let mut p = vec![0.0; points];
    for &(weight, a, b) in pieces {
        let (low, high) = (a.min(b) / step, a.max(b) / step);
        // Between k - 1/2 and k + 1/2 stands for k.
        let place = |x: f64| (x + 0.5).floor() as usize;
        let (first, last) = (place(low), place(high));
        if first == last {
            p[first] += weight;
            continue;
        }
        let share = |from: f64, to: f64| weight * (to - from) / (high - low);
        p[first] += share(low, first as f64 + 0.5);
        p[last] += share(last as f64 - 0.5, high);
        (first + 1..last).for_each(|k| p[k] += share(k as f64 - 0.5, k as f64 + 0.5));
    }
    let total: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= total);
    LossLaw::new(step as i64, p)
}

/// Equations 2 and 3 where losses fall or rise along the normal; `None` where they do not move.
pub fn granularity(level: Level, at: &dyn Fn(f64) -> (f64, f64)) -> Option<Granularity> {
    // Which end is bad.
    let (low, high) = (at(-1.0).0, at(1.0).0);
    let y = -normal::quantile(level.tail());
    let y = if low > high { -y } else { y };
    let slope = |e: f64| {
        let far = (at(e + 2.0 * NEAR).0 - at(e - 2.0 * NEAR).0) / (4.0 * NEAR);
        let near = (at(e + NEAR).0 - at(e - NEAR).0) / (2.0 * NEAR);
        (4.0 * near - far) / 3.0
    };
    let inner = |e: f64| density(e) * at(e).1 / slope(e);
    let own = slope(y);
    if own == 0.0 || !own.is_finite() {
        return None;
    }
    let derivative = (inner(y + NEAR) - inner(y - NEAR)) / (2.0 * NEAR);
    Some(Granularity {
        level,
        value_at_risk: -derivative / (2.0 * density(y)),
        expected_shortfall: inner(y).abs() / (2.0 * level.tail()),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::exact::loss_law;
    use crate::exact::tests::{book, model_with};
    use crate::scenario::{Copula, Dependence, Stress};
    use crate::units::Loading;
    use crate::validate::law::vasicek;

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn model() -> Model {
        let loading = Loading::new(0.2).unwrap();
        model_with(Copula::Gaussian, Dependence::Loadings(vec![loading]), &Stress::default())
    }

    #[test]
    fn one_pool_is_the_closed_form() {
        let model = model();
        let levels = [0.99, 0.999].map(|q| Level::new(q).unwrap());
        let people = book(&model, &[(0.03, 1_000, 1_000_000)]);
        let found = law(&people, &model, (&levels, Work::new(1, &NEVER))).unwrap();
        assert!((found.mean / 3e7 - 1.0).abs() < 1e-9);
        for level in levels {
            let share = found.law.value_at_risk(level) as f64 / 1e9;
            let want = vasicek::var(level.get(), 0.03, 0.04);
            assert!((share - want).abs() < 1e-5, "{share} {want}");
            assert!((share - vasicek::var(level.get(), 0.030_1, 0.04)).abs() > 1e-5);
            let es = found.law.expected_shortfall(level) / 1e9;
            assert!((es - vasicek::es(level.get(), 0.03, 0.04)).abs() < 1e-5);
        }
    }

    /// What is left after the adjustment falls faster than 1 / n; what it adjusts does not.
    #[test]
    fn granularity_closes_the_gap_to_the_exact_law() {
        let model = model();
        let level = Level::new(0.99).unwrap();
        let gaps = [200_u64, 800].map(|n| {
            let people = book(&model, &[(0.03, 1_000, n)]);
            let found = law(&people, &model, (&[level], Work::new(1, &NEVER))).unwrap();
            let exact = loss_law(&people, &model, Work::new(1, &NEVER)).unwrap();
            let total = 1_000.0 * n as f64;
            let limit = found.law.expected_shortfall(level);
            let want = exact.law.expected_shortfall(level);
            let (_, more) = found.granularity(level);
            ((limit - want).abs() / total, (limit + more - want).abs() / total)
        });
        let [(plain, adjusted), (plain_larger, adjusted_larger)] = gaps;
        assert!(adjusted < 0.1 * plain && adjusted_larger < 0.03 * plain_larger, "{gaps:?}");
        assert!((plain / plain_larger - 4.0).abs() < 0.6, "{gaps:?}");
        assert!(adjusted / adjusted_larger > 8.0, "{gaps:?}");
    }
}
