//! CreditRisk+ with Poisson defaults and any number of sectors, without quadrature.
//!
//! With independent gamma sectors S_k of mean 1 and variance s_k, Poisson numbers of mean l_i (w_i0 + sum_k
//! w_ik S_k) and losses on the grid points j_i, the generating function of the loss is
//!
//! 1. ln G(z) = Q_0(z) - sum_k ln(1 - s_k Q_k(z)) / s_k,   Q_k(z) = sum_i w_ik l_i (z^j_i - 1)
//!
//! (Credit Suisse First Boston 1997). Written as 1 - s_k Q_k = (1 + s_k m_k) (1 - c_k(z)), m_k = sum w_ik l_i,
//! c_k with coefficients >= 0 that add up to less than 1, the series of -ln(1 - c) and of the exponential,
//!
//! 2. n a_n = n c_n + sum_{m < n} m a_m c_(n - m),      3. n g_n = sum_{m <= n} m a_m g_(n - m),
//!
//! have positive terms only: nothing cancels (Haaf, Reiss and Schoenmakers 2004), unlike Panjer's recursion.
//!
//! What somebody adds to the worst losses (Tasche 2004): with P^0 the law of the loss and P^k that under which
//! sector k is weighed by its own value, so that its gamma law has one more, generating function G / (1 - s_k Q_k),
//!
//! 4. E\[L_i; L = n\] = j_i sum_k w_ik l_i P^k(L = n - j_i),   k = 0 for what stays at its mean;
//! 5. p^k_n = p^0_n / (1 + s_k m_k) + sum_m c_km p^k_(n - m),
//!
//! whose terms are positive, too.

use super::class::Class;
use super::cost::Cost;
use super::found::Found;
use super::grid::{Grid, moved};
use super::law::LossLaw;
use super::shares::Shares;
use super::tail::Worst;
use crate::model::{Driver, Model};
use crate::scenario::{Copula, DefaultLaw, ModelSpec, Stress};
use crate::units::Level;

/// Points of the grid, at most: equation 3 takes the square of them.
pub const MOST_POINTS: usize = 1 << 14;
/// What lies beyond the grid is less probable than exp of minus this.
const FAR: f64 = 46.0;
/// Tail probabilities down to this are held to the stated error.
const LEAST: f64 = 1e-12;
/// Coefficients above this are scaled down on the way.
const HUGE: f64 = 1e250;

/// Somebody, or many alike: grid point and mean number of defaults by sector, the part that stays at its
/// mean first.
#[derive(Debug, Clone, PartialEq)]
pub struct Obligor {
    /// Grid point of the loss.
    pub at: usize,
    /// l w_0, l w_1, ...
    pub rates: Vec<f64>,
}

/// The standard deviations of the sectors, where a scenario's model has this form: Poisson numbers and
/// independent sectors that nothing holds or moves.
pub fn applies<'a>(model: &'a ModelSpec, stress: &Stress) -> Option<&'a [f64]> {
    let Copula::CreditRiskPlus { defaults: DefaultLaw::Poisson, deviations } = &model.copula else {
        return None;
    };
    let c = &model.factor_correlation;
    let independent = (0..c.len()).all(|i| (0..c.len()).all(|j| i == j || c[i][j] == 0.0));
    (independent && stress.factors.is_empty()).then_some(deviations)
}

/// The law of a book whose model [`applies`], with the standard deviations of its sectors, on a grid of at
/// most so many points, and what the parts of the book add to ES at some levels.
pub fn law(
    (classes, shares): (&[Class], &Shares),
    (model, deviations): (&Model, &[f64]),
    (levels, points): (&[Level], usize),
) -> Found {
    let variances: Vec<f64> = deviations.iter().map(|sd| sd * sd).collect();
    let (mut mean, mut square, mut defaults) = (0.0, 0.0, 0.0);
    let mut by_sector = vec![0.0; variances.len()];
    let mut draws: Vec<Draws<'_>> = Vec::new();
    for (number, class) in classes.iter().enumerate() {
        let rate = libm::exp(class.threshold);
        let weights = weights(model, class, variances.len());
        defaults += rate * class.defaults;
        for (at, lot) in class.lots.iter().enumerate() {
            let n = lot.draws as f64;
            let (loss, square_loss, largest) = class.moments(lot);
            mean += rate * n * loss;
            square += rate * n * square_loss;
            for (sum, weight) in by_sector.iter_mut().zip(&weights[1..]) {
                *sum += weight * rate * n * loss;
            }
            let rates = weights.iter().map(|weight| weight * rate * n).collect();
            let holders = shares.lots.get(number).map_or(&[][..], |lots| &lots[at]);
            draws.push(Draws { loss, largest, n, rates, cost: class.cost(lot), holders });
        }
    }
    let systematic: f64 = by_sector.iter().zip(&variances).map(|(m, s)| s * m * m).sum();
    let largest = highest(&draws, &variances);
    let grid = Grid::new(classes, largest, points.min(MOST_POINTS));
    let step = grid.step as f64;
    let placed: Vec<Vec<Placed>> = draws.iter().map(|own| own.placed(grid.step)).collect();
    let counts = |own: &Obligor| own.at > 0 && own.rates.iter().any(|&rate| rate > 0.0);
    let obligors: Vec<Obligor> = draws
        .iter()
        .zip(&placed)
        .flat_map(|(own, placed)| placed.iter().map(|placed| own.at(placed)))
        .filter(counts)
        .collect();
    let top = (largest / step).ceil() as usize + 1;
    let law = LossLaw::new(grid.step, probabilities(&obligors, &variances, top));
    let deviation = (square + systematic).sqrt();
    let (is_exact, nodes, least) = (grid.is_exact, 1, LEAST);
    // What lies beyond the grid is cut off, and where losses were moved the step counts too.
    let cut = libm::exp(-FAR) / LEAST;
    let error = cut + if is_exact { 0.0 } else { moved(&law, mean, least) };
    let limit = None;
    let mut shortfalls = Vec::new();
    if shares.parts > 0 {
        let weighed = weighed(&obligors, &variances, &law.probabilities);
        for &level in levels {
            let worst = Worst::of(&law, level);
            let tails: Vec<Vec<f64>> = weighed.iter().map(|p| worst.tails(p)).collect();
            let mut sums = vec![0.0; shares.parts];
            for (own, placed) in draws.iter().zip(&placed) {
                for placed in placed {
                    // Mean number of defaults that put all beyond, which lose this much each.
                    let often = own.at(placed).beyond(&tails, worst);
                    let each = step * often / worst.tail;
                    placed.held.iter().for_each(|&(part, loss)| sums[part] += each * loss);
                }
            }
            shortfalls.push(sums);
        }
    }
    Found { law, is_exact, mean, deviation, defaults, nodes, error, least, limit, shortfalls }
}

/// Draws that lose the same, or by the same law.
struct Draws<'a> {
    /// Mean loss.
    loss: f64,
    largest: f64,
    n: f64,
    /// Mean numbers of defaults of all of them by sector, the part that stays at its mean first.
    rates: Vec<f64>,
    cost: Option<&'a Cost>,
    /// What parts lose on average if all of them default.
    holders: &'a [(usize, f64)],
}

/// A grid point that draws stand on.
struct Placed {
    at: usize,
    /// Share of the draws.
    share: f64,
    /// What each part loses there, grid points.
    held: Vec<(usize, f64)>,
}

impl Draws<'_> {
    /// Where they stand. Rates are split between neighbours, so that means are kept.
    fn placed(&self, step: i64) -> Vec<Placed> {
        let Some(cost) = self.cost else {
            let at = (self.loss / step as f64).floor();
            let up = self.loss / step as f64 - at;
            let put = [(at, 1.0 - up), (at + 1.0, up)].into_iter();
            let held = |at: f64| {
                let each = at / (self.loss * self.n);
                self.holders.iter().map(move |&(part, amount)| (part, each * amount)).collect()
            };
            return put
                .filter(|(_, share)| *share > 0.0)
                .map(|(at, share)| Placed { at: at as usize, share, held: held(at) })
                .collect();
        };
        let (law, debts) = cost.on_grid(step);
        let held = |at: usize, p: f64| {
            debts
                .iter()
                .flat_map(|(biased, held)| {
                    held.iter().map(move |&(part, share)| (part, share * biased[at] / p))
                })
                .collect()
        };
        let points = law.iter().enumerate().filter(|(_, p)| **p > 0.0);
        points.map(|(at, &p)| Placed { at, share: p, held: held(at, p) }).collect()
    }

    /// As somebody who loses that much.
    fn at(&self, placed: &Placed) -> Obligor {
        let rates = self.rates.iter().map(|rate| placed.share * rate).collect();
        Obligor { at: placed.at, rates }
    }
}

impl Obligor {
    /// The sum in equation 4 over the worst losses, without the loss before it: `tails` holds those of P^0, P^1, ...
    fn beyond(&self, tails: &[Vec<f64>], worst: Worst) -> f64 {
        let tail = |tails: &Vec<f64>| match worst.at.checked_sub(self.at) {
            Some(rest) => tails.get(rest).copied().unwrap_or(0.0),
            // With this loss alone all is beyond.
            None => 1.0,
        };
        self.rates.iter().zip(tails).map(|(rate, tails)| rate * tail(tails)).sum()
    }
}

/// P^0, P^1, ... of equation 5.
fn weighed(obligors: &[Obligor], variances: &[f64], law: &[f64]) -> Vec<Vec<f64>> {
    let mut all = vec![law.to_vec()];
    for (sector, &s) in (1..).zip(variances) {
        let (mean, c) = series(obligors, sector, s, law.len() - 1);
        let mut own: Vec<f64> = law.iter().map(|p| p / (1.0 + s * mean)).collect();
        for n in 1..own.len() {
            let below = c.iter().take_while(|&&(at, _)| at <= n);
            own[n] += below.map(|&(at, rate)| rate * own[n - at]).sum::<f64>();
        }
        all.push(own);
    }
    all
}

/// m_k, and the coefficients of c_k by rising grid point up to `top`.
fn series(obligors: &[Obligor], sector: usize, s: f64, top: usize) -> (f64, Vec<(usize, f64)>) {
    let mean: f64 = obligors.iter().map(|own| own.rates[sector]).sum();
    let scale = s / (1.0 + s * mean);
    let mut c: Vec<(usize, f64)> =
        obligors.iter().map(|own| (own.at, scale * own.rates[sector])).collect();
    c.retain(|&(at, rate)| rate > 0.0 && at <= top);
    c.sort_unstable_by_key(|&(at, _)| at);
    c.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    (mean, c)
}

/// What stays at its mean, and the weights of the sectors.
fn weights(model: &Model, class: &Class, sectors: usize) -> Vec<f64> {
    match &model.drivers[model.segments[class.segment].driver] {
        Driver::Sectors { own, weights } => {
            let mut all = vec![*own];
            all.extend(weights);
            all.resize(sectors + 1, 0.0);
            all
        }
        _ => std::iter::once(1.0).chain(vec![0.0; sectors]).collect(),
    }
}

/// A loss that is exceeded with a probability below exp(-FAR): the least of (FAR + ln G(e^t)) / t over t
/// (Chernoff).
fn highest(draws: &[Draws<'_>], variances: &[f64]) -> f64 {
    let biggest = draws.iter().map(|own| own.largest).fold(0.0, f64::max);
    if biggest == 0.0 {
        return 0.0;
    }
    let bound = |t: f64| {
        let mut q = vec![0.0; variances.len() + 1];
        for Draws { loss, largest, rates, .. } in draws {
            // Of all laws with that mean the largest loss or none grows most.
            let growth = libm::expm1(t * largest) * (loss / largest);
            q.iter_mut().zip(rates).for_each(|(q, rate)| *q += rate * growth);
        }
        let mut log = q[0];
        for (q, &s) in q[1..].iter().zip(variances) {
            match s > 0.0 {
                true if s * q >= 1.0 => return f64::INFINITY,
                true => log -= libm::log1p(-s * q) / s,
                false => log += q,
            }
        }
        (FAR + log) / t
    };
    // Tilts from very small to very large ones; the bound holds for each of them.
    (-120..120)
        .map(|k| bound(libm::exp(0.1 * f64::from(k)) / biggest))
        .fold(f64::INFINITY, f64::min)
}

/// P(L = 0), P(L = 1), ... up to `top` grid points, scaled to add up to 1.
pub fn probabilities(obligors: &[Obligor], variances: &[f64], top: usize) -> Vec<f64> {
    // m a_m of equation 3, over all sectors.
    let mut slopes = vec![0.0; top + 1];
    let add = |slopes: &mut [f64], own: &Obligor, sector: usize| {
        if let Some(slope) = slopes.get_mut(own.at) {
            *slope += own.at as f64 * own.rates[sector];
        }
    };
    obligors.iter().for_each(|own| add(&mut slopes, own, 0));
    for (sector, &s) in (1..).zip(variances) {
        if s == 0.0 {
            obligors.iter().for_each(|own| add(&mut slopes, own, sector));
            continue;
        }
        let (_, c) = series(obligors, sector, s, top);
        // Equation 2 for m a_m.
        let mut own = vec![0.0; top + 1];
        for &(at, rate) in &c {
            own[at] += at as f64 * rate;
        }
        for n in 1..=top {
            let below = c.iter().take_while(|&&(at, _)| at < n);
            own[n] += below.map(|&(at, rate)| rate * own[n - at]).sum::<f64>();
        }
        own.iter().enumerate().for_each(|(n, slope)| slopes[n] += slope / s);
    }
    let mut g = vec![0.0; top + 1];
    g[0] = 1.0;
    for n in 1..=top {
        let sum: f64 = slopes[1..=n].iter().zip(g[..n].iter().rev()).map(|(a, g)| a * g).sum();
        g[n] = sum / n as f64;
        if g[n] > HUGE {
            g[..=n].iter_mut().for_each(|g| *g /= HUGE);
        }
    }
    let total: f64 = g.iter().sum();
    g.iter_mut().for_each(|g| *g /= total);
    g
}

/// Contributions to the standard deviation of the loss of a book: that of somebody with loss n_A, rate l_A
/// and weights w_Ak is in proportion to
///
/// 6. l_A n_A (n_A + sum_k s_k w_Ak M_k),   M_k = sum_i w_ik l_i n_i over the book,
///
/// in grid points; they are scaled to add up to the deviation (CreditRisk+ 1997, equation 118, which they
/// are without scaling where `parts` are the people of the book).
pub fn contributions(parts: &[Obligor], book: &[Obligor], variances: &[f64]) -> Vec<f64> {
    let by_sector: Vec<f64> = (1..=variances.len())
        .map(|k| book.iter().map(|own| own.rates[k] * own.at as f64).sum())
        .collect();
    let added = |own: &Obligor| {
        let own_rate: f64 = own.rates.iter().sum();
        let sectors = own.rates[1..].iter().zip(variances).zip(&by_sector);
        let systematic: f64 = sectors.map(|((rate, s), m)| s * rate * m).sum();
        own.at as f64 * (own_rate * own.at as f64 + systematic)
    };
    let variance: f64 = book.iter().map(added).sum();
    let all: Vec<f64> = parts.iter().map(added).collect();
    let scale = variance.sqrt() / all.iter().sum::<f64>();
    all.into_iter().map(|part| scale * part).collect()
}

#[cfg(test)]
mod tests;
