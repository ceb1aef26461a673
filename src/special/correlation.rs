//! Roots of correlation matrices: from independent normals to correlated ones.
//!
//! With C = V diag(l) V' the matrix R = V diag(sqrt l) has R R' = C, so that R e has correlations C
//! for e independent standard normal. C may be singular.

use nalgebra::DMatrix;

/// Why numbers are no correlation matrix.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "cannot hold together: the matrix has the negative eigenvalue {smallest:.4} (along {direction}); \
     a correlation matrix must be positive semi-definite"
)]
pub struct Impossible {
    /// The smallest eigenvalue.
    pub smallest: f64,
    /// Its eigenvector in words, weights on the names.
    pub direction: String,
}

/// The root R of a correlation matrix (symmetric, unit diagonal), both row by row; `names` serve the
/// error message.
pub fn root(correlation: &[Vec<f64>], names: &[String]) -> Result<Vec<Vec<f64>>, Impossible> {
    let n = correlation.len();
    if n == 0 {
        return Ok(Vec::new());
    }
    let eigen = DMatrix::from_fn(n, n, |i, j| correlation[i][j]).symmetric_eigen();
    let (at, smallest) = eigen
        .eigenvalues
        .iter()
        .copied()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((0, 1.0));
    // Rounding of the eigenvalue itself is a few units in the last place of n.
    if smallest < -1e-12 * n as f64 {
        let column = eigen.eigenvectors.column(at);
        let sign = if column[column.iamax()] < 0.0 { -1.0 } else { 1.0 };
        let parts: Vec<String> = names
            .iter()
            .zip(column.iter())
            .filter(|(_, w)| w.abs() > 0.05)
            .map(|(name, w)| format!("{:+.2} {name}", sign * w))
            .collect();
        return Err(Impossible { smallest, direction: parts.join(" ") });
    }
    let root =
        &eigen.eigenvectors * DMatrix::from_diagonal(&eigen.eigenvalues.map(|l| l.max(0.0).sqrt()));
    Ok((0..n).map(|i| (0..n).map(|j| root[(i, j)]).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_times_itself_is_the_matrix() {
        let c = [vec![1.0, 0.5, -0.2], vec![0.5, 1.0, 0.3], vec![-0.2, 0.3, 1.0]];
        let names = ["a", "b", "c"].map(str::to_owned);
        let r = root(&c, &names).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                let found: f64 = (0..3).map(|k| r[i][k] * r[j][k]).sum();
                assert!((found - c[i][j]).abs() < 1e-14, "{i} {j}: {found}");
            }
        }
        let broken = [vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        let refused = root(&broken, &names).unwrap_err();
        assert!((refused.smallest + 0.8).abs() < 1e-12);
    }
}
