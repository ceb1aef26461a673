//! The loss of pools so large that only the factor is left to chance (Vasicek 1987, 2002):
//!
//! 1. L = sum_g A_g p_g(Z), A_g what group g loses if all default, p_g its PD given the factor Z.
//!
//! L falls in Z, so Q(u) = L at Z = -G(u), and expectations are quadratures over Z.

use super::exact::Exact;
use super::law::{Latent, one_factor, quantile};

/// A loss that is a function of one factor.
#[derive(Debug, Clone)]
pub struct Limit {
    groups: Vec<(Latent, f64)>,
    /// Losses on a fine grid of the factor with their weights, by falling factor.
    grid: Vec<(f64, f64)>,
    mean: f64,
}

impl Limit {
    /// Groups of borrowers on the one factor with what they lose if all default.
    pub fn new(groups: Vec<(Latent, f64)>) -> Self {
        let at = |z: f64| groups.iter().map(|(latent, a)| a * latent.given(&[z])).sum::<f64>();
        let grid: Vec<(f64, f64)> =
            one_factor(0.002).into_iter().map(|(z, w)| (at(z[0]), w)).collect();
        let mean = grid.iter().map(|(x, w)| x * w).sum();
        Self { groups, grid, mean }
    }

    /// One group that loses `amount` if all default.
    pub fn pool(pd: f64, correlation: f64, amount: f64) -> Self {
        Self::new(vec![(Latent::one(pd, correlation.sqrt()), amount)])
    }

    fn at(&self, z: f64) -> f64 {
        self.groups.iter().map(|(latent, a)| a * latent.given(&[z])).sum()
    }

    fn expect(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.grid.iter().map(|&(x, w)| w * f(x)).sum()
    }
}

impl Exact for Limit {
    fn mean(&self) -> f64 {
        self.mean
    }

    fn sd(&self) -> f64 {
        self.expect(|x| (x - self.mean).powi(2)).sqrt()
    }

    fn fourth(&self) -> f64 {
        self.expect(|x| (x - self.mean).powi(4))
    }

    fn quantile(&self, u: f64) -> f64 {
        self.at(-quantile(u))
    }

    /// Simpson's rule over the factor below -G(q): the grid would cut the tail between two nodes.
    fn expected_shortfall(&self, q: f64) -> f64 {
        let (low, high, steps) = (-9.0, -quantile(q), 4_000);
        let h = (high - low) / f64::from(steps);
        let f = |k: i32| {
            let z = low + h * f64::from(k);
            libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt() * self.at(z)
        };
        let inner: f64 = (1..steps).map(|k| f(k) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
        (f(0) + inner + f(steps)) * h / 3.0 / (1.0 - q)
    }

    fn excess(&self, x: f64) -> (f64, f64) {
        let over = |loss: f64| (loss - x).max(0.0);
        (self.expect(over), self.expect(|loss| over(loss).powi(2)))
    }

    fn exceeds(&self, x: f64) -> f64 {
        self.grid.iter().filter(|(loss, _)| *loss > x).map(|(_, w)| w).sum()
    }

    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        vec![low, high]
    }
}
