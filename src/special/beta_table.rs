//! Quantiles of one beta law for many draws: a table where it is as good as the inversion.
//!
//! Between the nodes u_j = j / n the quantile function Q is the polynomial of degree 5 with the exact values,
//! slopes and curvatures at both ends; with f the density and x = Q(u)
//!
//! 1. Q' = 1 / f(x),   Q'' = -(f'(x) / f(x)) / f(x)^2,   f' / f = (a - 1) / x - (b - 1) / (1 - x).
//!
//! A cell in which that misses the inversion by more than `NEAR` at one of three points, which is so near the
//! ends of the interval, keeps the inversion.

use super::beta::{density, quantile};

/// Cells of the table.
const CELLS: usize = 1 << 10;
/// So near the polynomial has to come.
const NEAR: f64 = 2e-13;

/// A beta law ready for many draws.
#[derive(Debug, Clone)]
pub struct BetaTable {
    a: f64,
    b: f64,
    /// Coefficients of each cell, constant term first; `None`: inverted.
    cells: Vec<Option<[f64; 6]>>,
}

impl BetaTable {
    /// For the law with shapes a and b > 0.
    pub fn new(a: f64, b: f64) -> Self {
        let n = CELLS as f64;
        let node = |j: usize| {
            let x = quantile(a, b, j as f64 / n);
            let slope = 1.0 / density(a, b, x);
            let bend = -((a - 1.0) / x - (b - 1.0) / (1.0 - x)) * slope * slope;
            [x, slope / n, bend / (n * n)]
        };
        let nodes: Vec<[f64; 3]> = (1..CELLS).map(node).collect();
        let cell = |j: usize| {
            // The outermost cells end where the slope may be infinite.
            let cell = coefficients(nodes.get(j.checked_sub(1)?)?, nodes.get(j)?);
            let is_near = |s: f64| {
                let exact = quantile(a, b, (j as f64 + s) / n);
                (polynomial(&cell, s) - exact).abs() <= NEAR
            };
            [0.5, 0.2, 0.8].into_iter().all(is_near).then_some(cell)
        };
        let cells = (0..CELLS).map(cell).collect();
        Self { a, b, cells }
    }

    /// The x with I_x(a, b) = u, for u in 0..1.
    pub fn quantile(&self, u: f64) -> f64 {
        let at = u * CELLS as f64;
        let j = (at as usize).min(CELLS - 1);
        match &self.cells[j] {
            Some(cell) => polynomial(cell, at - j as f64),
            None => quantile(self.a, self.b, u),
        }
    }
}

/// The polynomial of degree 5 on 0..1 with values, slopes and curvatures at both ends (Hermite).
fn coefficients(&[x, v, c]: &[f64; 3], &[y, w, d]: &[f64; 3]) -> [f64; 6] {
    let rise = y - x;
    [
        x,
        v,
        0.5 * c,
        10.0 * rise - 6.0 * v - 4.0 * w - 1.5 * c + 0.5 * d,
        -15.0 * rise + 8.0 * v + 7.0 * w + 1.5 * c - d,
        6.0 * rise - 3.0 * v - 3.0 * w - 0.5 * c + 0.5 * d,
    ]
}

fn polynomial(coefficients: &[f64; 6], s: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * s + c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_inversion() {
        for (a, b) in [(9.2, 13.8), (0.9, 1.4), (0.3, 0.4), (40.0, 3.0), (2.0, 0.7)] {
            let table = BetaTable::new(a, b);
            let kept = table.cells.iter().flatten().count();
            assert!(kept > CELLS / 2, "{a} {b}: {kept}");
            for i in 0..20_000 {
                let u = (f64::from(i) + 0.37) / 20_000.0;
                let (found, exact) = (table.quantile(u), quantile(a, b, u));
                assert!((found - exact).abs() < 1e-12, "{a} {b} {u}: {found} {exact}");
            }
        }
    }

    /// int_0^1 g(Q(u)) du by the tanh-sinh rule, which minds no steep ends.
    fn mean_of(table: &BetaTable, g: impl Fn(f64) -> f64) -> f64 {
        let step = 0.02;
        let term = |i: i32| {
            let t = f64::from(i) * step;
            let arc = std::f64::consts::FRAC_PI_2 * libm::sinh(t);
            let weight = std::f64::consts::FRAC_PI_4 * libm::cosh(t) / libm::cosh(arc).powi(2);
            weight * g(table.quantile(1.0 / (1.0 + libm::exp(-2.0 * arc))))
        };
        (-160..=160).map(term).sum::<f64>() * step
    }

    #[test]
    fn quantiles_rise_and_have_the_mean_and_spread_of_the_law() {
        for (a, b) in [(9.2, 13.8), (0.5, 1.5)] {
            let table = BetaTable::new(a, b);
            let n = 50_000;
            let each = |i: i32| table.quantile((f64::from(i) + 0.5) / f64::from(n));
            assert!((0..n).map(each).is_sorted());
            let (mean, square) = (mean_of(&table, |x| x), mean_of(&table, |x| x * x));
            let var = a * b / ((a + b) * (a + b) * (a + b + 1.0));
            assert!((mean - a / (a + b)).abs() < 1e-9, "{mean}");
            assert!((square - mean * mean - var).abs() < 1e-9, "{square}");
        }
    }
}
