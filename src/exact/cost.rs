//! What a default costs where that has a law: each draw that defaults draws its own LGDs, independently given
//! the state.
//!
//! A draw owes debts. What of a debt of exposure e is lost is LGD e, with one LGD for all that is owed on it:
//!
//! 1. discrete: the sum over places of round(x_j e), with probability w_j;
//! 2. beta: x e, x from Beta(a, b).
//!
//! Debts are lost independently. On the grid discrete losses stand where they are, or are split between
//! neighbours so that means are kept. A continuous loss X of step d is split in the same way: with
//! c(k) = E (X / d - k)+, the price of a call,
//!
//! 3. f_k = c(k - 1) - 2 c(k) + c(k + 1),   c(k) = m (1 - I_x(a + 1, b)) - k (1 - I_x(a, b)),   x = k d / e,
//!
//! m = E X / d, which keeps the mean and adds d^2 / 6 to the variance where the density is smooth.
//!
//! Where a book is large only the first three moments of a cost count ([`super::fourier`]): a law with them on
//! three grid points stands for it,
//!
//! 4. -A, 0, B around the point of the mean with A = ceil(alpha), B = ceil(beta), alpha beta = v,
//!    beta - alpha = k / v, P(-A) = v / (A (A + B)), P(B) = v / (B (A + B)),
//!
//! v and k the variance and the third central moment over d^2 and d^3: mean and variance are those of the cost, the third
//! moment up to the rounding of A and B, which Gauss's rule of two points would have without it.

use super::owed::OwedDebt;
use crate::model::severity::shapes;
use crate::policy::response::loss_given_default;
use crate::scenario::LgdLaw;
use crate::special::beta;

/// Parts of the scope with the share of a debt that they hold.
pub type Held = Vec<(usize, f64)>;

/// One debt of a draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Debt {
    /// Its law.
    pub law: DebtLaw,
    /// Who holds it.
    pub held: Held,
}

/// What is lost of a debt, smallest units.
#[derive(Debug, Clone, PartialEq)]
pub enum DebtLaw {
    /// Losses with their probabilities.
    Values(Vec<(i64, f64)>),
    /// A beta law of these shapes times an exposure.
    Beta {
        /// First shape.
        a: f64,
        /// Second shape.
        b: f64,
        /// Exposure.
        exposure: f64,
    },
}

/// What the default of a draw costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    debts: Vec<Debt>,
    /// Mean, smallest units.
    pub mean: f64,
    /// Variance.
    pub variance: f64,
    /// Third central moment.
    third: f64,
    /// The most that can be lost.
    pub largest: f64,
}

impl DebtLaw {
    /// Of a debt owed at several places by `people` who share one LGD of this mean.
    ///
    /// # Panics
    /// Unless the law draws an LGD for each default.
    pub fn new(law: &LgdLaw, lgd: f64, exposures: &[i64], people: i64) -> Self {
        match law.of(lgd) {
            LgdLaw::Beta { sd } => {
                let (a, b) = shapes(lgd, *sd);
                let exposure = exposures.iter().sum::<i64>() as f64 * people as f64;
                Self::Beta { a, b, exposure }
            }
            LgdLaw::Discrete(values) => {
                let loss =
                    |x: f64| exposures.iter().map(|&e| loss_given_default(e, x)).sum::<i64>();
                Self::Values(values.iter().map(|&(x, w)| (people * loss(x), w)).collect())
            }
            LgdLaw::Fixed => {
                let loss: i64 = exposures.iter().map(|&e| loss_given_default(e, lgd)).sum();
                Self::Values(vec![(people * loss, 1.0)])
            }
            LgdLaw::FryeJacobs => unreachable!("LGDs that are not drawn"),
        }
    }

    /// Mean, variance, third central moment, largest value.
    fn moments(&self) -> (f64, f64, f64, f64) {
        match self {
            Self::Values(values) => {
                let moment = |f: &dyn Fn(f64) -> f64| -> f64 {
                    values.iter().map(|&(loss, w)| w * f(loss as f64)).sum()
                };
                let mean = moment(&|x| x);
                let largest = values.iter().map(|own| own.0).max().unwrap_or(0);
                let variance = moment(&|x| (x - mean) * (x - mean));
                (mean, variance, moment(&|x| (x - mean).powi(3)), largest as f64)
            }
            Self::Beta { a, b, exposure } => {
                let s = a + b;
                let variance = a * b / (s * s * (s + 1.0));
                let skewness = 2.0 * (b - a) * (s + 1.0).sqrt() / ((s + 2.0) * (a * b).sqrt());
                let third = skewness * variance.powf(1.5);
                (a / s * exposure, variance * exposure.powi(2), third * exposure.powi(3), *exposure)
            }
        }
    }

    /// Probabilities of the grid points 0, 1, ...
    fn on_grid(&self, step: i64) -> Vec<f64> {
        let d = step as f64;
        match self {
            Self::Values(values) => {
                let top = values.iter().map(|own| own.0 / step).max().unwrap_or(0);
                let mut p = vec![0.0; top as usize + 2];
                for &(loss, w) in values {
                    let (at, up) = ((loss / step) as usize, (loss % step) as f64 / d);
                    p[at] += (1.0 - up) * w;
                    p[at + 1] += up * w;
                }
                p
            }
            Self::Beta { a, b, exposure } => {
                let mean = a / (a + b) * exposure / d;
                let call = |k: i64| {
                    let x = k as f64 * d / exposure;
                    match k {
                        k if k <= 0 => mean - k as f64,
                        _ if x >= 1.0 => 0.0,
                        _ => {
                            let beyond = |a: f64| 1.0 - beta::regularised(a, *b, x);
                            mean * beyond(a + 1.0) - k as f64 * beyond(*a)
                        }
                    }
                };
                let top = (exposure / d).ceil() as i64;
                let calls: Vec<f64> = (-1..=top + 1).map(call).collect();
                let second = |c: &[f64]| (c[0] - 2.0 * c[1] + c[2]).max(0.0);
                calls.windows(3).map(second).collect()
            }
        }
    }
}

/// Probabilities of the sum of two independent numbers.
fn joined(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; a.len() + b.len() - 1];
    for (at, weight) in a.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        sum[at..].iter_mut().zip(b).for_each(|(sum, p)| *sum += weight * p);
    }
    sum
}

impl Cost {
    /// Of what a draw owes, by law of LGDs; `holders` are the parts that hold each column.
    pub fn of(law: &LgdLaw, debts: &[OwedDebt], people: i64, holders: &[Vec<usize>]) -> Self {
        let debt = |(lgd, owed): &OwedDebt| {
            let exposures: Vec<i64> = owed.iter().map(|own| own.1).collect();
            let all: i64 = exposures.iter().sum();
            let mut held = Held::new();
            for &(column, exposure) in owed {
                let share = exposure as f64 / all as f64;
                for &part in &holders[column] {
                    match held.iter_mut().find(|(known, _)| *known == part) {
                        Some((_, sum)) => *sum += share,
                        None => held.push((part, share)),
                    }
                }
            }
            Debt { law: DebtLaw::new(law, *lgd, &exposures, people), held }
        };
        Self::new(debts.iter().map(debt).collect())
    }

    /// Of all debts of a draw.
    pub fn new(debts: Vec<Debt>) -> Self {
        let mut cost = Self { debts, mean: 0.0, variance: 0.0, third: 0.0, largest: 0.0 };
        for debt in &cost.debts {
            let (mean, variance, third, largest) = debt.law.moments();
            cost.mean += mean;
            cost.variance += variance;
            cost.third += third;
            cost.largest += largest;
        }
        cost
    }

    /// E of its square.
    pub fn square(&self) -> f64 {
        self.variance + self.mean * self.mean
    }

    /// Each part's share of the mean and of the variance, in smallest units and their squares.
    pub fn shares(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        self.debts.iter().flat_map(|debt| {
            let (mean, variance, ..) = debt.law.moments();
            debt.held.iter().map(move |&(part, share)| (part, share * mean, share * variance))
        })
    }

    /// Whether losses are continuous, and no grid holds them.
    pub fn is_continuous(&self) -> bool {
        self.debts.iter().any(|debt| matches!(debt.law, DebtLaw::Beta { .. }))
    }

    /// All losses there can be, which a grid should hold; none where they are continuous.
    pub fn losses(&self) -> impl Iterator<Item = i64> + '_ {
        let values = self.debts.iter().filter_map(|debt| match &debt.law {
            DebtLaw::Values(values) => Some(values),
            DebtLaw::Beta { .. } => None,
        });
        values.flatten().map(|own| own.0)
    }

    /// Losses with their probabilities and what each part holds of them; `None` where they are continuous.
    pub fn outcomes(&self) -> Option<Vec<(i64, f64, Held)>> {
        let mut all = vec![(0_i64, 1.0, Held::new())];
        for debt in &self.debts {
            let DebtLaw::Values(values) = &debt.law else { return None };
            let with = |(loss, p, held): &(i64, f64, Held), &(more, w): &(i64, f64)| {
                let mut held = held.clone();
                held.extend(debt.held.iter().map(|&(part, share)| (part, share * more as f64)));
                (loss + more, p * w, held)
            };
            all = all
                .iter()
                .flat_map(|own| values.iter().map(move |value| with(own, value)))
                .collect();
        }
        Some(all)
    }

    /// Probabilities of the grid points 0, 1, ..., and for each debt those times what it loses there, in grid
    /// points, with who holds it.
    pub fn on_grid(&self, step: i64) -> (Vec<f64>, Vec<(Vec<f64>, &Held)>) {
        let laws: Vec<Vec<f64>> = self.debts.iter().map(|debt| debt.law.on_grid(step)).collect();
        let all = |but: Option<usize>| {
            laws.iter().enumerate().fold(vec![1.0], |sum, (at, law)| match Some(at) == but {
                true => {
                    let own: Vec<f64> = law.iter().enumerate().map(|(k, p)| k as f64 * p).collect();
                    joined(&sum, &own)
                }
                false => joined(&sum, law),
            })
        };
        let debts = self.debts.iter().enumerate().filter(|(_, debt)| !debt.held.is_empty());
        let biased = debts.map(|(at, debt)| (all(Some(at)), &debt.held)).collect();
        (all(None), biased)
    }

    /// Equation 4 on a grid.
    pub fn luck(&self, step: i64) -> Luck {
        let d = step as f64;
        let v = self.variance / (d * d);
        if v <= 0.0 {
            return Luck { below: 1, above: 1, p_below: 0.0, p_above: 0.0 };
        }
        let g = self.third / self.variance / d;
        // The larger of the two roots without cancellation.
        let far = 0.5 * (g.abs() + (g * g + 4.0 * v).sqrt());
        let (alpha, beta) = if g >= 0.0 { (v / far, far) } else { (far, v / far) };
        let (below, above) = (alpha.ceil().max(1.0), beta.ceil().max(1.0));
        Luck {
            below: below as usize,
            above: above as usize,
            p_below: v / (below * (below + above)),
            p_above: v / (above * (below + above)),
        }
    }
}

/// A law on three grid points around that of the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Luck {
    /// A.
    pub below: usize,
    /// B.
    pub above: usize,
    /// P(-A).
    pub p_below: f64,
    /// P(B).
    pub p_above: f64,
}

#[cfg(test)]
mod tests;
