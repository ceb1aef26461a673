//! What lies at a loss x: densities that the first-order effect of idiosyncratic risk is made of.
//!
//! With the roots of mu(e) = x on all lines, each of weight w phi(e) / |mu'(e)|, v the conditional variance, mu_i the
//! mean of a part and s_i its share of v,
//!
//! 1. f = sum 1,   h = sum v,   k_i = sum v mu_i,   m_i = sum mu_i,   g_i = sum s_i      (each weighed).

use super::frame::Frame;
use super::panel::density;
use super::pool::Pool;
use super::smooth::Smooth;

/// Sums over the roots of mu(e) = x.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    /// f.
    pub density: f64,
    /// h.
    pub spread: f64,
    /// Sum of w phi(e): f times the mean slope.
    pub passed: f64,
    /// k_i.
    pub spread_by_mean: Vec<f64>,
    /// m_i.
    pub means: Vec<f64>,
    /// g_i.
    pub shares: Vec<f64>,
}

/// The sums at a loss; those by part where they are asked for.
pub fn edge(pool: &Pool<'_>, frame: &Frame, smooth: &Smooth, x: f64, by_part: bool) -> Edge {
    let parts = if by_part { pool.parts() } else { 0 };
    let none = || vec![0.0; parts];
    let mut sums =
        Edge { spread_by_mean: none(), means: none(), shares: none(), ..Edge::default() };
    let total = smooth.weight();
    for line in &smooth.lines {
        for piece in &line.pieces {
            let (low, high) = piece.range();
            // Each loss belongs to one of two neighbouring pieces.
            if !(low <= x && x < high) {
                continue;
            }
            let panel = &line.panels[piece.panel];
            let root = panel.root(x, piece.ends);
            let passed = line.weight / total * density(root);
            let weight = passed / panel.slope(root).abs();
            if !weight.is_finite() {
                continue;
            }
            let normals = frame.normals(root, line.outer);
            let variance = pool.at(&normals).variance;
            sums.passed += passed;
            sums.density += weight;
            sums.spread += weight * variance;
            if parts == 0 {
                continue;
            }
            let means = pool.means_of_parts(&normals);
            let shares = pool.spread_of_parts(&normals);
            for (i, (mean, share)) in means.iter().zip(&shares).enumerate() {
                sums.spread_by_mean[i] += weight * variance * mean;
                sums.means[i] += weight * mean;
                sums.shares[i] += weight * share;
            }
        }
    }
    sums
}
