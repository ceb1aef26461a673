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

use super::book::Class;
use super::contribution::Worst;
use super::grid::Grid;
use super::law::LossLaw;
use super::mixture::Found;
use super::shares::Shares;
use crate::model::{Driver, Model};
use crate::scenario::{Copula, DefaultLaw, ModelSpec, Stress};
use crate::units::Level;

/// Points of the grid, at most: equation 3 takes the square of them.
pub const MOST_POINTS: usize = 1 << 14;
/// What lies beyond the grid is less probable than exp of minus this.
const FAR: f64 = 37.0;
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
    let mut draws: Vec<Draws> = Vec::new();
    let mut holders = Vec::new();
    for (number, class) in classes.iter().enumerate() {
        let rate = libm::exp(class.threshold);
        let weights = weights(model, class, variances.len());
        defaults += rate * class.defaults;
        holders.extend(shares.lots.get(number).into_iter().flatten());
        for lot in &class.lots {
            let (loss, n) = (lot.loss as f64, lot.draws as f64);
            mean += rate * n * loss;
            square += rate * n * loss * loss;
            for (sum, weight) in by_sector.iter_mut().zip(&weights[1..]) {
                *sum += weight * rate * n * loss;
            }
            let rates = weights.iter().map(|weight| weight * rate * n).collect();
            draws.push(Draws { loss, n, rates });
        }
    }
    let systematic: f64 = by_sector.iter().zip(&variances).map(|(m, s)| s * m * m).sum();
    let largest = highest(&draws, &variances);
    let grid = Grid::new(classes, largest, points.min(MOST_POINTS));
    let step = grid.step as f64;
    // Rates are split between neighbours, so that means are kept.
    let split = |own: &Draws| {
        let at = (own.loss / step).floor();
        let up = own.loss / step - at;
        [(at, 1.0 - up), (at + 1.0, up)].map(|(at, share)| Obligor {
            at: at as usize,
            rates: own.rates.iter().map(|rate| share * rate).collect(),
        })
    };
    let counts = |own: &Obligor| own.at > 0 && own.rates.iter().any(|&rate| rate > 0.0);
    let obligors: Vec<Obligor> = draws.iter().flat_map(split).filter(counts).collect();
    let top = (largest / step).ceil() as usize + 1;
    let law = LossLaw::new(grid.step, probabilities(&obligors, &variances, top));
    let deviation = (square + systematic).sqrt();
    let (is_exact, nodes, error, least) = (grid.is_exact, 1, 0.0, 1e-12);
    let granularity = Vec::new();
    let mut shortfalls = Vec::new();
    if shares.parts > 0 {
        let weighed = weighed(&obligors, &variances, &law.probabilities);
        for &level in levels {
            let worst = Worst::of(&law, level);
            let tails: Vec<Vec<f64>> = weighed.iter().map(|p| worst.tails(p)).collect();
            let mut sums = vec![0.0; shares.parts];
            for (own, holders) in draws.iter().zip(&holders) {
                let added: f64 = split(own).iter().map(|own| own.beyond(&tails, worst)).sum();
                let factor = step * added / worst.tail / (own.loss * own.n);
                holders.iter().for_each(|&(part, amount)| sums[part] += factor * amount);
            }
            shortfalls.push(sums);
        }
    }
    Found { law, is_exact, mean, deviation, defaults, nodes, error, least, granularity, shortfalls }
}

/// Draws that lose the same.
struct Draws {
    loss: f64,
    n: f64,
    /// Mean numbers of defaults of all of them by sector, the part that stays at its mean first.
    rates: Vec<f64>,
}

impl Obligor {
    /// Equation 4 over the worst losses, in grid points: `tails` holds those of P^0, P^1, ...
    fn beyond(&self, tails: &[Vec<f64>], worst: Worst) -> f64 {
        let tail = |tails: &Vec<f64>| match worst.at.checked_sub(self.at) {
            Some(rest) => tails.get(rest).copied().unwrap_or(0.0),
            // With this loss alone all is beyond.
            None => 1.0,
        };
        let sum: f64 = self.rates.iter().zip(tails).map(|(rate, tails)| rate * tail(tails)).sum();
        self.at as f64 * sum
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
fn highest(draws: &[Draws], variances: &[f64]) -> f64 {
    let biggest = draws.iter().map(|own| own.loss).fold(0.0, f64::max);
    if biggest == 0.0 {
        return 0.0;
    }
    let bound = |t: f64| {
        let mut q = vec![0.0; variances.len() + 1];
        for Draws { loss, rates, .. } in draws {
            let growth = libm::expm1(t * loss);
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
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// Rows of a published table as texts; `None`, said aloud, where the files are not at hand.
    fn table(name: &str) -> Option<Vec<Vec<String>>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shared = std::env::var_os("TAILCAP_SHARED")
            .map_or_else(|| root.join("../shared"), PathBuf::from);
        let file = shared.join("cases").join(name);
        let Ok(text) = std::fs::read_to_string(&file) else {
            eprintln!("skipped: no `{}` (set TAILCAP_SHARED)", file.display());
            return None;
        };
        let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
        Some(lines.map(|line| line.split(',').map(str::to_owned).collect()).collect())
    }

    struct Example {
        obligors: Vec<Obligor>,
        variances: Vec<f64>,
        unit: f64,
        /// PD x exposure over the unit.
        losses: Vec<f64>,
        /// The same people with their PDs as rates.
        raw: Vec<Obligor>,
    }

    /// Obligors banded so that expected losses are kept: nu = ceil(exposure / L), L = ceil(largest / 100),
    /// mu = PD exposure / (L nu); sigma_k = sum w sd exposure / (L nu) over mu_k.
    fn example(rows: &[Vec<String>], name: &str) -> Example {
        let number = |row: &[String], at: usize| -> f64 { row[at].parse().unwrap() };
        let take = if name == "Example1B" { 23 } else { rows.len() };
        let rows = &rows[..take];
        let largest = rows.iter().map(|row| number(row, 1)).fold(0.0, f64::max);
        let unit = (largest / 100.0).ceil();
        let columns: &[usize] = match name {
            "Example2" => &[5, 6, 7],
            "Example3" => &[8, 9, 10, 11],
            _ => &[],
        };
        let weights = |row: &[String]| -> Vec<f64> {
            match columns {
                [] => vec![1.0],
                columns => columns.iter().map(|&at| number(row, at)).collect(),
            }
        };
        let sectors = columns.len().max(1);
        let (mut mean, mut deviation) = (vec![0.0; sectors], vec![0.0; sectors]);
        let mut obligors = Vec::new();
        let (mut losses, mut raw) = (Vec::new(), Vec::new());
        for row in rows {
            let exposure = number(row, 1) / unit;
            let band = exposure.ceil();
            let share = exposure / band;
            let rate = number(row, 3) * share;
            let weights = weights(row);
            for (k, weight) in weights.iter().enumerate() {
                mean[k] += weight * rate;
                deviation[k] += weight * number(row, 4) * share;
            }
            let mut rates = vec![0.0];
            rates.extend(weights.iter().map(|weight| weight * rate));
            obligors.push(Obligor { at: band as usize, rates: rates.clone() });
            let rates = rates.iter().map(|rate| rate / share).collect();
            raw.push(Obligor { at: band as usize, rates });
            losses.push(number(row, 3) * exposure);
        }
        let variance = |(k, (s, m)): (usize, (&f64, &f64))| {
            // The sector of what is specific does not move.
            if name == "Example3" && k == 0 { 0.0 } else { (s / m) * (s / m) }
        };
        let variances = deviation.iter().zip(&mean).enumerate().map(variance).collect();
        Example { obligors, variances, unit, losses, raw }
    }

    const EXAMPLES: [&str; 5] = ["Example1A", "Example1B", "Example1C", "Example2", "Example3"];

    /// The obligors of an example: those of several years stand in a table of their own, each year of
    /// somebody an obligor by itself.
    fn people(name: &str) -> Option<Vec<Vec<String>>> {
        if name != "Example1C" {
            return table("csfb_obligors.csv");
        }
        let mut rows = table("csfb_example1c_multiyear.csv")?;
        rows.iter_mut().for_each(|row| drop(row.remove(1)));
        Some(rows)
    }

    /// Published parts of the VaR of the obligors of an example, in their order.
    fn published_parts(name: &str) -> Option<Vec<f64>> {
        let number = |row: &Vec<String>, at: usize| row[at].parse::<f64>().unwrap();
        if name == "Example1C" {
            return Some(people(name)?.iter().map(|row| number(row, 6)).collect());
        }
        let rows = table("csfb_risk_contributions.csv")?;
        Some(rows.iter().filter(|row| row[0] == name).map(|row| number(row, 3)).collect())
    }

    #[test]
    fn published_laws_and_percentiles_come_out() {
        let tables = ["csfb_loss_pmf.csv", "csfb_percentiles.csv"].map(table);
        let [Some(laws), Some(percentiles)] = tables else { return };
        for name in EXAMPLES {
            let Some(people) = people(name) else { return };
            let own = example(&people, name);
            let p = probabilities(&own.obligors, &own.variances, 4_000);
            let published: Vec<&Vec<String>> = laws.iter().filter(|row| row[0] == name).collect();
            let off = |p: &[f64]| {
                let each = published.iter().map(|row| {
                    let at = (row[1].parse::<f64>().unwrap() / own.unit).round() as usize;
                    (p[at] - row[2].parse::<f64>().unwrap()).abs()
                });
                each.fold(0.0, f64::max)
            };
            // Six decimals are printed.
            assert!(off(&p) < 5.1e-7, "{name}: {}", off(&p));
            // The wrong twin: sectors that move by a hundredth more.
            let moved: Vec<f64> = own.variances.iter().map(|s| s * 1.01).collect();
            let wrong = probabilities(&own.obligors, &moved, 4_000);
            assert!(published.is_empty() || off(&wrong) > 5.1e-7, "{name}");
            let law = LossLaw::new(1, p.clone());
            for row in percentiles.iter().filter(|row| row[0] == name) {
                let Ok(q) = row[1].parse::<f64>() else { continue };
                let tail = 1.0 - q / 100.0;
                let n = law.exceeded_with(tail) as usize;
                // Interpolated inside of the grid step: (n - 1 + (q - F(n - 1)) / p(n)) L.
                let reached = law.beyond[n - 1] - tail;
                let found = (n as f64 - 1.0 + reached / p[n]) * own.unit;
                let want: f64 = row[2].parse().unwrap();
                assert!((found - want).abs() <= 1.0, "{name} {q}: {found} {want}");
            }
        }
    }

    /// The percentile whose parts were published. Those of several years add up to the 75th, whatever
    /// their column is called.
    fn percentile_of_parts(name: &str) -> &'static str {
        if name == "Example1C" { "75.0" } else { "99.0" }
    }

    /// Expected loss plus xi times the part of the standard deviation, xi = (VaR - EL) / sd. The
    /// published parts are in proportion to the PDs before banding.
    #[test]
    fn published_risk_contributions_come_out() {
        let Some(percentiles) = table("csfb_percentiles.csv") else { return };
        for name in EXAMPLES {
            let (Some(people), Some(published)) = (people(name), published_parts(name)) else {
                return;
            };
            if published.is_empty() {
                continue;
            }
            let own = example(&people, name);
            let parts = contributions(&own.raw, &own.obligors, &own.variances);
            let deviation: f64 = parts.iter().sum();
            let level = percentile_of_parts(name);
            let var = percentiles.iter().find(|row| row[0] == name && row[1] == level).unwrap();
            let var = var[2].parse::<f64>().unwrap() / own.unit;
            let mean: f64 = own.losses.iter().sum();
            let xi = (var - mean) / deviation;
            let off = |parts: &[f64]| {
                let each = published.iter().enumerate().map(|(at, want)| {
                    let found = (own.losses[at] + xi * parts[at]) * own.unit;
                    (found / want - 1.0).abs()
                });
                each.fold(0.0, f64::max)
            };
            assert!(off(&parts) < 1e-5, "{name}: {}", off(&parts));
            let banded = contributions(&own.obligors, &own.obligors, &own.variances);
            assert!(off(&banded) > 1e-3);
        }
    }

    #[test]
    fn one_sector_is_negative_binomial() {
        let obligors = [Obligor { at: 1, rates: vec![0.0, 5.0] }];
        let p = probabilities(&obligors, &[0.2], 400);
        // P(N = k) = C(k + 4, k) / 2^(k + 5).
        let mut want = 1.0 / 32.0;
        for (k, p) in p.iter().enumerate().take(60) {
            assert!((p / want - 1.0).abs() < 1e-12, "{k}: {p} {want}");
            want *= (k as f64 + 5.0) / (2.0 * (k as f64 + 1.0));
        }
    }
}
