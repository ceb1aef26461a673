//! What a check has to know of an exact law of losses, in units of currency.

use super::law::Law;

/// An exact law of losses.
pub trait Exact {
    /// E L.
    fn mean(&self) -> f64;
    /// Standard deviation.
    fn sd(&self) -> f64;
    /// E (L - E L)^4.
    fn fourth(&self) -> f64;
    /// Smallest x with P(L <= x) >= u.
    fn quantile(&self, u: f64) -> f64;
    /// Mean of the worst 1 - q.
    fn expected_shortfall(&self, q: f64) -> f64;
    /// E (L - x)+ and E ((L - x)+)^2.
    fn excess(&self, x: f64) -> (f64, f64);
    /// P(L > x).
    fn exceeds(&self, x: f64) -> f64;
    /// Losses from `low` to `high` at which a sample's VaR may lie; the ends suffice for a smooth law.
    fn between(&self, low: f64, high: f64) -> Vec<f64>;
}

/// A law of whole smallest units, read in units of currency.
#[derive(Debug, Clone)]
pub struct Atoms {
    /// The law.
    pub law: Law,
    /// Smallest units per unit of currency.
    pub per_unit: f64,
}

impl Exact for Atoms {
    fn mean(&self) -> f64 {
        self.law.mean() / self.per_unit
    }

    fn sd(&self) -> f64 {
        self.law.sd() / self.per_unit
    }

    fn fourth(&self) -> f64 {
        let mean = self.law.mean();
        self.law.expect(|x| ((x - mean) / self.per_unit).powi(4))
    }

    fn quantile(&self, u: f64) -> f64 {
        self.law.var(u) as f64 / self.per_unit
    }

    fn expected_shortfall(&self, q: f64) -> f64 {
        self.law.es(q) / self.per_unit
    }

    fn excess(&self, x: f64) -> (f64, f64) {
        let over = |loss: f64| (loss / self.per_unit - x).max(0.0);
        (self.law.expect(over), self.law.expect(|loss| over(loss).powi(2)))
    }

    fn exceeds(&self, x: f64) -> f64 {
        self.law.exceeds((x * self.per_unit).round() as i64)
    }

    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        let losses = self.law.0.iter().map(|&(x, _)| x as f64 / self.per_unit);
        losses.filter(|x| (low..=high).contains(x)).collect()
    }
}
