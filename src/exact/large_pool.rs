//! Infinitely granular portfolios, and the first-order effect of the idiosyncratic risk that is left.
//!
//! Given the state the loss of an infinitely granular portfolio is its conditional mean
//!
//! 1. mu(y) = sum n p(y) loss,
//!
//! so that its distribution is that of mu(Y) (Vasicek 2002; Gordy 2003). It is continuous and needs no grid: mu is
//! resolved along one normal by polynomials to 3e-13 of itself ([`line`]), probabilities follow from the roots of
//! mu(y) = x and ES from integrals between them (`smooth`). Over a second normal the trapezoidal rule runs, whose
//! step is halved until no VaR, ES or tail probability moves.
//!
//! Idiosyncratic risk adds, with v(y) the conditional variance, f the density of mu(Y) at x = VaR and
//! h(x) = f(x) E\[v | mu = x\],
//!
//! 2. to VaR: -h'(x) / (2 f(x));
//! 3. to ES: h(x) / (2 (1 - q))
//!
//! up to terms of the order of 1 / n^2 (Martin and Wilde 2002; Gordy 2003). With one normal these are
//! -1 / (2 phi) d/dy \[phi v / mu'\] and phi v / (2 (1 - q) |mu'|).
//!
//! Part i, whose conditional mean is mu_i and which shares s_i = sum n p (1 - p) loss loss_i of the variance (and, where costs
//! have laws, their own part of it), adds to ES E\[mu_i h(mu)\] / (1 - q) with the h of [`super::contribution`], and of
//! equation 3, by what it changes if the losses of the part grow in proportion (Euler), in terms of `edge`,
//!
//! 4. (2 g_i - k_i'(x) + h'(x) m_i / f) / (2 (1 - q)).
//!
//! The adjustment is an expansion. Where it would break the order of measures (EL <= ES, VaR <= ES, both rising with the
//! level, none beyond the whole) or exceed what it adjusts, it is left out ([`Adjustment`]), and where idiosyncratic risk makes less than
//! [`NEGLIGIBLE`] of the variance there is nothing to adjust: the measures are then those of the limit.

mod edge;
mod frame;
mod line;
mod panel;
mod pool;
mod smooth;
#[cfg(test)]
mod tests;

use super::class::Class;
use super::found::{Adjustment, Found, Granularity, Limit, Work};
use super::shares::Shares;
use crate::engine::ordered_map;
use crate::model::{Model, Severity};
use crate::units::Level;
use edge::{Edge, edge};
use frame::Frame;
pub use frame::MOST_VARIABLES;
use line::{Asked, Line, REACH};
use panel::density;
use pool::Pool;
pub use smooth::Smooth;

/// Share of idiosyncratic risk in the variance of losses below which the portfolio counts as infinitely granular.
pub const NEGLIGIBLE: f64 = 1e-5;
/// Step of the coarsest rule over the outer normal.
const COARSEST: f64 = 0.5;
/// Halvings of it, at most.
const MOST_HALVINGS: u32 = 5;
/// Relative changes below this end the halving.
const STEADY: f64 = 1e-10;
/// Conditional PDs that are read before a next halving, at most.
const PATIENCE: f64 = 1.5e10;
/// Step of derivatives in normals.
const NEAR: f64 = 1e-3;

/// Number of systematic variables of a portfolio.
pub fn variables(classes: &[Class], model: &Model, severity: Option<&Severity>) -> usize {
    Frame::of(classes, model, severity).map_or_else(|more| more, |frame| frame.variables())
}

/// The distribution of mu(Y) with the granularity of VaR and ES at some levels, and what parts add to ES there;
/// `None` if it was stopped.
///
/// # Panics
/// If there are more than [`MOST_VARIABLES`].
pub fn law(
    (classes, shares): (&[Class], &Shares),
    (model, severity): (&Model, Option<&Severity>),
    (levels, work): (&[Level], Work<'_>),
) -> Option<Found<Smooth>> {
    let frame = Frame::of(classes, model, severity)
        .expect("runs with more variables are refused before they start");
    let pool = Pool::new((classes, shares), (model, severity));
    let built = Built { pool: &pool, frame: &frame, classes, model };
    let (smooth, error) = built.resolved(levels, work)?;
    let nodes = smooth.lines.iter().map(|line| line.reads).sum();
    let [mean, square, variance, defaults] = smooth.means();
    let systematic = (square - mean * mean).max(0.0);
    let whole = systematic + variance;
    let idiosyncratic = if whole > 0.0 { variance / whole } else { 0.0 };
    let limits: Vec<(f64, f64)> = levels
        .iter()
        .map(|&level| {
            let var = smooth.value_at_risk(level);
            (var, smooth.shortfall_beyond(var, level))
        })
        .collect();
    let granularity: Vec<Granularity> = levels
        .iter()
        .zip(&limits)
        .filter_map(|(&level, &(var, _))| built.granularity(&smooth, level, var))
        .collect();
    let counts = classes.iter().any(|class| class.counts(model));
    let most = if counts { f64::INFINITY } else { built.most() };
    let adjustment = match idiosyncratic < NEGLIGIBLE {
        true => Adjustment::Negligible,
        false => adjustment(&limits, &granularity, (mean, most)),
    };
    let mut shortfalls = Vec::new();
    if shares.parts > 0 {
        for (&level, &(var, _)) in levels.iter().zip(&limits) {
            let mut sums = built.parts_beyond(&smooth, level, var, work)?;
            if adjustment == Adjustment::Applied {
                let more = built.adjustment_by_part(&smooth, level, var);
                sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
            shortfalls.push(sums);
        }
    }
    let limit = Limit { borrowers: pool.draws(), idiosyncratic, granularity, adjustment };
    Some(Found {
        law: smooth,
        is_exact: true,
        mean,
        deviation: whole.sqrt(),
        defaults,
        nodes,
        error: error.min(1.0),
        least: 1e-12,
        limit: Some(limit),
        shortfalls,
    })
}

/// Whether equations 2 and 3 may be added to VaR and ES of the limit, by level.
fn adjustment(
    limits: &[(f64, f64)],
    granularity: &[Granularity],
    (mean, most): (f64, f64),
) -> Adjustment {
    if granularity.len() < limits.len() {
        return Adjustment::LeftOut;
    }
    let mut before = (0.0, mean);
    for (&(var, es), own) in limits.iter().zip(granularity) {
        let adjusted = (var + own.value_at_risk, es + own.expected_shortfall);
        let is_small = own.value_at_risk.abs() <= var && own.expected_shortfall <= es;
        let is_ordered = before.0 <= adjusted.0 && before.1 <= adjusted.1;
        if !(is_small && is_ordered && adjusted.0 <= adjusted.1 && adjusted.1 <= most) {
            return Adjustment::LeftOut;
        }
        before = adjusted;
    }
    Adjustment::Applied
}

/// A portfolio in its coordinates.
struct Built<'a> {
    pool: &'a Pool<'a>,
    frame: &'a Frame,
    classes: &'a [Class],
    model: &'a Model,
}

/// What a halving of the step must leave where it is.
struct Probe {
    values: Vec<f64>,
}

impl Built<'_> {
    /// The most that can be lost.
    fn most(&self) -> f64 {
        let tied = |class: &Class| class.tied.iter().map(super::tied::Tied::most).sum::<f64>();
        self.classes.iter().map(|class| class.total() + tied(class)).sum()
    }

    /// The lines, and the largest relative change by the last halving (or error of a line).
    fn resolved(&self, levels: &[Level], work: Work<'_>) -> Option<(Smooth, f64)> {
        let falls = self.frame.falls;
        let read = |inner: f64, outer: f64| self.pool.at(&self.frame.normals(inner, outer));
        if self.frame.variables() == 0 {
            return Some((Smooth::new(vec![Line::constant(&read(0.0, 0.0))], true), 0.0));
        }
        let floor = 1e-16 * self.rough_mean();
        if self.frame.variables() == 1 {
            let line = self.line((0.0, 1.0), floor, work)?;
            let error = line.error;
            return Some((Smooth::new(vec![line], falls), error));
        }
        let (mut lines, mut reads) = (Vec::new(), 0_usize);
        let mut known: Option<Probe> = None;
        let mut change = f64::INFINITY;
        for halving in 0..=MOST_HALVINGS {
            // Each halving reads as many states as all before.
            if halving > 2 && reads as f64 * self.classes.len() as f64 > PATIENCE {
                break;
            }
            let h = COARSEST / f64::from(1_u32 << halving);
            let far = (REACH / h) as i32;
            let fresh: Vec<f64> = (-far..=far)
                .filter(|k| halving == 0 || k % 2 != 0)
                .map(|k| h * f64::from(k))
                .collect();
            let one = |_: &mut (), at: usize| {
                self.line((fresh[at], density(fresh[at])), floor, Work { threads: 1, ..work })
            };
            let done = ordered_map(fresh.len(), work.threads, work.stop, || (), one, |_| {});
            if done.stopped {
                return None;
            }
            for line in done.done {
                lines.push(line?);
            }
            reads = lines.iter().map(|line: &Line| line.reads).sum();
            let own = Smooth::new(lines, falls);
            let probe = Probe::of(&own, levels);
            change = known.as_ref().map_or(f64::INFINITY, |known| probe.change(known));
            known = Some(probe);
            lines = own.lines;
            if change <= STEADY {
                break;
            }
        }
        let error = lines.iter().map(|line| line.error).fold(change, f64::max);
        Some((Smooth::new(lines, falls), error))
    }

    /// EL to a few digits.
    fn rough_mean(&self) -> f64 {
        let outer = if self.frame.variables() > 1 { 8 } else { 0 };
        let (mut sum, mut total) = (0.0, 0.0);
        for i in -outer..=outer {
            for k in -36..=36 {
                let (v, e) = (f64::from(i), 0.25 * f64::from(k));
                let weight = density(v) * density(e);
                sum += weight * self.pool.at(&self.frame.normals(e, v)).mean;
                total += weight;
            }
        }
        sum / total
    }

    /// The line at an outer coordinate, with its weight; `None` if it was told to stop.
    fn line(&self, (outer, weight): (f64, f64), floor: f64, work: Work<'_>) -> Option<Line> {
        /// Turns of conditional PDs that are narrower are shown to the panels.
        const NARROW: f64 = 0.25;
        let is_monotone = self.frame.falls;
        let edges = match is_monotone {
            true => Vec::new(),
            false => self.frame.turns(self.classes, self.model, outer, NARROW),
        };
        let asked = Asked { outer, weight, is_monotone, edges: &edges, floor };
        let read = |inner: f64| self.pool.at(&self.frame.normals(inner, outer));
        Line::of(read, asked, || work.stop.load(std::sync::atomic::Ordering::Relaxed))
    }

    /// Equations 2 and 3; `None` where losses do not move.
    fn granularity(&self, smooth: &Smooth, level: Level, var: f64) -> Option<Granularity> {
        let (own, slope) = self.slopes(smooth, var, false)?;
        Some(Granularity {
            level,
            value_at_risk: -slope.spread / (2.0 * own.density),
            expected_shortfall: own.spread / (2.0 * level.tail()),
        })
    }

    /// Equation 4.
    fn adjustment_by_part(&self, smooth: &Smooth, level: Level, var: f64) -> Vec<f64> {
        let none = || vec![0.0; self.pool.parts()];
        let Some((own, slope)) = self.slopes(smooth, var, true) else { return none() };
        let part = |i: usize| {
            let moved = slope.spread * own.means[i] / own.density;
            (2.0 * own.shares[i] - slope.spread_by_mean[i] + moved) / (2.0 * level.tail())
        };
        (0..self.pool.parts()).map(part).collect()
    }

    /// The sums of [`edge`] at a loss and their derivatives there; `None` where losses do not move.
    fn slopes(&self, smooth: &Smooth, x: f64, by_part: bool) -> Option<(Edge, Edge)> {
        let at = |x: f64| edge(self.pool, self.frame, smooth, x, by_part);
        let own = at(x);
        let step = NEAR * own.passed / own.density;
        if !(step > 0.0 && step.is_finite()) {
            return None;
        }
        // The rule of order 4.
        let [far_below, below, above, far_above] = [-2.0, -1.0, 1.0, 2.0].map(|k| at(x + k * step));
        let rule = |of: &dyn Fn(&Edge) -> f64| {
            (8.0 * (of(&above) - of(&below)) - (of(&far_above) - of(&far_below))) / (12.0 * step)
        };
        let by = |of: fn(&Edge) -> &Vec<f64>| -> Vec<f64> {
            (0..of(&own).len()).map(|i| rule(&|edge| of(edge)[i])).collect()
        };
        let slope = Edge {
            density: rule(&|edge| edge.density),
            spread: rule(&|edge| edge.spread),
            passed: rule(&|edge| edge.passed),
            spread_by_mean: by(|edge| &edge.spread_by_mean),
            means: by(|edge| &edge.means),
            shares: by(|edge| &edge.shares),
        };
        Some((own, slope))
    }

    /// E\[mu_i h(mu)\] / (1 - q) by part; `None` if it was stopped.
    fn parts_beyond(
        &self,
        smooth: &Smooth,
        level: Level,
        var: f64,
        work: Work<'_>,
    ) -> Option<Vec<f64>> {
        let tail = level.tail();
        let parts = self.pool.parts();
        // What is left of 1 - q beyond VaR lies on it.
        let rest = (tail - smooth.exceedance(var)).max(0.0);
        let is_at = |loss: f64| (loss - var).abs() <= 1e-12 * var.abs();
        let of_line = |_: &mut (), number: usize| {
            let line = &smooth.lines[number];
            // Beyond VaR, then on it, with the probability of the latter.
            let (mut beyond, mut on, mut mass_on) = (vec![0.0; parts], vec![0.0; parts], 0.0);
            let add = |sums: &mut Vec<f64>, (from, to): (f64, f64)| {
                for (place, weight) in crate::special::quadrature::nodes(from, to) {
                    let means = self.pool.means_of_parts(&self.frame.normals(place, line.outer));
                    let weight = weight * density(place);
                    sums.iter_mut().zip(means).for_each(|(sum, mean)| *sum += weight * mean);
                }
            };
            for piece in &line.pieces {
                let (low, high) = piece.range();
                if line.weight * piece.mass <= 1e-20 * tail {
                    continue;
                }
                if is_at(low) && is_at(high) {
                    add(&mut on, piece.ends);
                    mass_on += piece.mass;
                } else if low > var {
                    add(&mut beyond, piece.ends);
                } else if high > var {
                    add(&mut beyond, piece.beyond(var, &line.panels[piece.panel]));
                }
            }
            (line.weight, beyond, on, mass_on)
        };
        let lines = smooth.lines.len();
        let done = ordered_map(lines, work.threads, work.stop, || (), of_line, |_| {});
        if done.stopped {
            return None;
        }
        let total = smooth.weight();
        let on_it: f64 = done.done.iter().map(|(weight, .., mass)| weight / total * mass).sum();
        let share = if on_it > 0.0 { (rest / on_it).min(1.0) } else { 0.0 };
        let mut sums = vec![0.0; parts];
        for (weight, beyond, on, _) in &done.done {
            let weight = weight / total / tail;
            for ((sum, beyond), on) in sums.iter_mut().zip(beyond).zip(on) {
                *sum += weight * (beyond + share * on);
            }
        }
        Some(sums)
    }
}

impl Probe {
    fn of(smooth: &Smooth, levels: &[Level]) -> Self {
        let [mean, square, variance, _] = smooth.means();
        let mut values = vec![mean, square, variance];
        for &level in levels {
            let var = smooth.value_at_risk(level);
            values.extend([var, smooth.shortfall_beyond(var, level)]);
        }
        Self { values }
    }

    /// Largest change as a share.
    fn change(&self, known: &Self) -> f64 {
        let pairs = self.values.iter().zip(&known.values);
        let changes = pairs.map(|(new, old)| match new == old {
            true => 0.0,
            false => (new - old).abs() / new.abs().max(f64::MIN_POSITIVE),
        });
        changes.fold(0.0, f64::max)
    }
}
