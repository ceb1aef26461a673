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
//!
//! Part i, whose conditional mean is mu_i and which shares s_i = sum n p (1 - p) loss loss_i of the variance (and, where costs have laws, their own part of it), adds
//! to ES E\[mu_i h(mu)\] / (1 - q) with the h of [`super::contribution`], and of equation 3 g, by what it changes if
//! the losses of the part grow in proportion (Euler),
//!
//! 4. g (2 s_i / v - mu_i' / mu').

use super::class::Class;
use super::found::{Found, Granularity, Work};
use super::law::LossLaw;
use super::moments::{Moments, given, moments};
use super::quadrature::Axes;
use super::shares::{Holders, Shares};
use super::tail::Worst;
use super::tied::TiedCost;
use crate::model::{Model, Severity};
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

/// A book with all that is asked of a state.
struct Pool<'a> {
    classes: &'a [Class],
    model: &'a Model,
    axes: Axes,
    severity: Option<&'a Severity>,
    shares: &'a Shares,
    /// By class: what parts lose if everybody defaults.
    held: Vec<Holders>,
}

impl Pool<'_> {
    fn normals(&self, along: &[f64]) -> Vec<f64> {
        let mut normals = vec![0.0; self.model.inputs()];
        self.axes.moving.iter().zip(along).for_each(|(&i, &e)| normals[i] = e);
        normals
    }

    /// Conditional PDs where the normals that move something are these.
    fn given(&self, along: &[f64]) -> Vec<f64> {
        given(self.classes, self.model, &self.model.state(&self.normals(along)))
    }

    /// Costs that hang on the state: mean number of defaults and the share of them that is certain to be luck.
    fn tied(&self, along: &[f64], pds: &[f64], mut take: impl FnMut((f64, f64), &TiedCost)) {
        let Some(severity) = self.severity else { return };
        let tied = self.classes.iter().zip(pds).filter(|(class, _)| !class.tied.is_empty());
        for (class, &p) in tied {
            let y = self.model.direction_at(class.segment, &self.normals(along));
            let rest = if class.counts(self.model) { 1.0 } else { 1.0 - p };
            for own in &class.tied {
                take((own.draws * p, rest), &own.given(severity, class.segment, y));
            }
        }
    }

    fn at(&self, along: &[f64]) -> Moments {
        let pds = self.given(along);
        let mut sums = moments(self.classes, self.model, &pds);
        self.tied(along, &pds, |(often, rest), cost| {
            sums.mean += often * cost.mean;
            sums.variance += often * (rest * cost.mean * cost.mean + cost.variance);
        });
        sums
    }

    /// The mean of the whole and those of its parts.
    fn means(&self, along: &[f64]) -> (f64, Vec<f64>) {
        let pds = self.given(along);
        let mut means = vec![0.0; self.shares.parts];
        for (held, p) in self.held.iter().zip(&pds) {
            held.iter().for_each(|&(part, amount)| means[part] += p * amount);
        }
        let mut mean = moments(self.classes, self.model, &pds).mean;
        self.tied(along, &pds, |(often, _), cost| {
            mean += often * cost.mean;
            for &(column, own, _) in &cost.columns {
                self.shares.holders[column].iter().for_each(|&part| means[part] += often * own);
            }
        });
        (mean, means)
    }

    /// Shares of the parts in the conditional variance.
    fn spread_of_parts(&self, along: &[f64]) -> Vec<f64> {
        let pds = self.given(along);
        let mut spread = vec![0.0; self.shares.parts];
        for ((class, lots), p) in self.classes.iter().zip(&self.shares.lots).zip(&pds) {
            let rest = if class.counts(self.model) { 1.0 } else { 1.0 - p };
            for (lot, holders) in class.lots.iter().zip(lots) {
                let each = p * rest * class.moments(lot).0;
                holders.iter().for_each(|&(part, amount)| spread[part] += each * amount);
                for (part, _, variance) in class.cost(lot).iter().flat_map(|cost| cost.shares()) {
                    spread[part] += p * lot.draws as f64 * variance;
                }
            }
        }
        self.tied(along, &pds, |(often, rest), cost| {
            for &(column, mean, variance) in &cost.columns {
                let own = often * (rest * cost.mean * mean + variance);
                self.shares.holders[column].iter().for_each(|&part| spread[part] += own);
            }
        });
        spread
    }

    /// Goes through all states: the weight of each point with what is read there, and the probability
    /// between each two neighbours with what is read at both. `None` if it was stopped.
    fn walk<T>(
        &self,
        work: Work<'_>,
        read: impl Fn(&[f64]) -> T,
        mut point: impl FnMut(f64, &T),
        mut piece: impl FnMut(f64, &T, &T),
    ) -> Option<()> {
        if self.axes.is_empty() {
            let own = read(&[]);
            point(1.0, &own);
            piece(1.0, &own, &own);
            return Some(());
        }
        let fineness = FINENESS[self.axes.len()];
        let steps = (2.0 * REACH) as u32 * fineness;
        for (line, weight) in lines(&self.axes) {
            if work.stop.load(std::sync::atomic::Ordering::Relaxed) {
                return None;
            }
            let mut before: Option<(f64, T)> = None;
            for k in 0..=steps {
                let e = -REACH + f64::from(k) / f64::from(fineness);
                let along: Vec<f64> = line.iter().copied().chain([e]).collect();
                let own = read(&along);
                // The trapezoidal rule again, for the moments.
                point(weight * density(e) / f64::from(fineness), &own);
                if let Some((other, known)) = &before {
                    let mass = match e < 0.0 {
                        true => normal::cdf(e) - normal::cdf(*other),
                        false => normal::cdf(-other) - normal::cdf(-e),
                    };
                    piece(weight * mass, known, &own);
                }
                before = Some((e, own));
            }
        }
        Some(())
    }
}

/// Values of the normal that is not walked through, if there is one, with their weights.
fn lines(axes: &Axes) -> Vec<(Vec<f64>, f64)> {
    if axes.len() < 2 {
        return vec![(Vec::new(), 1.0)];
    }
    let most = (REACH / COARSENESS) as i32;
    let nodes = (-most..=most).map(|k| COARSENESS * f64::from(k));
    let weighed: Vec<(Vec<f64>, f64)> = nodes.map(|e| (vec![e], libm::exp(-0.5 * e * e))).collect();
    let total: f64 = weighed.iter().map(|(_, weight)| weight).sum();
    weighed.into_iter().map(|(e, weight)| (e, weight / total)).collect()
}

/// The law of mu(Y) with the granularity of VaR and ES at some levels, and what parts add to ES there; `None`
/// if it was stopped.
///
/// # Panics
/// If the model has more than [`MOST_INPUTS`] normals that move something.
pub fn law(
    (classes, shares): (&[Class], &Shares),
    (model, severity): (&Model, Option<&Severity>),
    (levels, work): (&[Level], Work<'_>),
) -> Option<Found> {
    let held = (0..shares.lots.len()).map(|class| shares.of_class(class)).collect();
    let axes = Axes::of(classes, model);
    let pool = Pool { classes, model, axes, severity, shares, held };
    let (mut mean, mut square, mut defaults) = (0.0, 0.0, 0.0);
    // Weight of each piece and the losses at its ends.
    let mut pieces: Vec<(f64, f64, f64)> = Vec::new();
    pool.walk(
        work,
        |along| pool.at(along),
        |weight, own| {
            mean += weight * own.mean;
            square += weight * (own.variance + own.mean * own.mean);
            defaults += weight * own.defaults;
        },
        |mass, a, b| pieces.push((mass, a.mean, b.mean)),
    )?;
    let law = spread(&pieces);
    let granularity: Vec<Granularity> = match pool.axes.len() {
        1 => {
            let at = |e: f64| {
                let own = pool.at(&[e]);
                (own.mean, own.variance)
            };
            levels.iter().filter_map(|&level| granularity(level, &at)).collect()
        }
        _ => Vec::new(),
    };
    let mut shortfalls = Vec::new();
    if shares.parts > 0 {
        shortfalls = limits(&pool, &law, (levels, work))?;
        for (&level, sums) in levels.iter().zip(&mut shortfalls) {
            let own = granularity.iter().find(|own| own.level == level);
            let Some(own) = own else { continue };
            let more = by_part(&pool, own);
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
    let deviation = (square - mean * mean).max(0.0).sqrt();
    let (is_exact, error, least) = (true, 0.0, 1e-12);
    let nodes = pieces.len();
    Some(Found {
        law,
        is_exact,
        mean,
        deviation,
        defaults,
        nodes,
        error,
        least,
        granularity,
        shortfalls,
    })
}

/// E\[mu_i h(mu)\] / (1 - q) by level and part; `None` if it was stopped.
fn limits(
    pool: &Pool<'_>,
    law: &LossLaw,
    (levels, work): (&[Level], Work<'_>),
) -> Option<Vec<Vec<f64>>> {
    let step = law.step as f64;
    let worst: Vec<Worst> = levels.iter().map(|&level| Worst::of(law, level)).collect();
    let mut sums = vec![vec![0.0; pool.shares.parts]; worst.len()];
    pool.walk(
        work,
        |along| pool.means(along),
        |_, _| {},
        |mass, (a, parts_a), (b, parts_b)| {
            // Where on the way from a to b losses pass x, grid points.
            let passed = |x: f64| match a == b {
                true => f64::from(u8::from(a / step < x)),
                false => ((x * step - a) / (b - a)).clamp(0.0, 1.0),
            };
            for (own, sums) in worst.iter().zip(&mut sums) {
                // The cell of VaR is as wide as a step.
                let ends = [own.at as f64 - 0.5, own.at as f64 + 0.5].map(passed);
                let (within, beyond) = match a <= b {
                    true => ((ends[0], ends[1]), (ends[1], 1.0)),
                    false => ((ends[1], ends[0]), (0.0, ends[1])),
                };
                for ((from, to), weight) in [(within, own.weight), (beyond, 1.0)] {
                    let (width, middle) = (to - from, 0.5 * (from + to));
                    if width <= 0.0 {
                        continue;
                    }
                    let each = mass * weight * width / own.tail;
                    for ((sum, a), b) in sums.iter_mut().zip(parts_a).zip(parts_b) {
                        *sum += each * ((1.0 - middle) * a + middle * b);
                    }
                }
            }
        },
    )?;
    Some(sums)
}

/// Equation 4.
fn by_part(pool: &Pool<'_>, own: &Granularity) -> Vec<f64> {
    let spread = pool.spread_of_parts(&[own.at]);
    let variance = pool.at(&[own.at]).variance;
    let (above, below) = (pool.means(&[own.at + NEAR]), pool.means(&[own.at - NEAR]));
    let slope = above.0 - below.0;
    let slopes = above.1.iter().zip(&below.1).map(|(a, b)| (a - b) / slope);
    let parts = spread.iter().zip(slopes);
    parts.map(|(s, slope)| own.expected_shortfall * (2.0 * s / variance - slope)).collect()
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
        at: y,
    })
}

#[cfg(test)]
mod tests;
