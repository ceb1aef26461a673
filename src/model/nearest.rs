//! The correlation matrix nearest to numbers that no random vector can have.
//!
//! With S the positive semi-definite matrices and U those of unit diagonal, the nearest matrix of
//! both in the Frobenius norm is found by alternating projections with Dykstra's correction
//! (Higham 2002, IMA J. Numer. Anal. 22, algorithm 3.3), from Y = A and dS = 0:
//!
//! 1. R = Y - dS;
//! 2. X = P_S(R) = V diag(max(l, 0)) V' of R = V diag(l) V', the projection onto S (theorem 3.2);
//! 3. dS = X - R;
//! 4. Y = P_U(X): X with its diagonal set to 1 (theorem 3.1).
//!
//! The limit is unique, because S and U are convex. As Y may miss S by the last step, the result is
//! X scaled to unit diagonal, which is a correlation matrix however many rounds were made.

use nalgebra::DMatrix;

/// Rounds end when X and Y differ by at most this per entry.
const TOLERANCE: f64 = 1e-12;
/// So many rounds at most, divided by the number of factors: a round costs its third power.
const MOST_ROUNDS: usize = 100_000;

/// The nearest correlation matrix and how far it lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// Symmetric, unit diagonal, positive semi-definite up to rounding; row by row.
    pub correlation: Vec<Vec<f64>>,
    /// The entry that moved most, row above column.
    pub pair: (usize, usize),
    /// Frobenius norm of the change: over all entries, each pair twice.
    pub distance: f64,
}

/// The matrix nearest to a symmetric one with unit diagonal, row by row.
pub fn nearest(given: &[Vec<f64>]) -> Nearest {
    let n = given.len();
    let a = DMatrix::from_fn(n, n, |i, j| given[i][j]);
    let mut y = a.clone();
    let mut correction = DMatrix::zeros(n, n);
    let mut x = semi_definite(&a);
    for _ in 0..MOST_ROUNDS / n.max(1) {
        let r = &y - &correction;
        x = semi_definite(&r);
        correction = &x - &r;
        y = x.clone();
        y.fill_diagonal(1.0);
        if (&x - &y).amax() <= TOLERANCE {
            break;
        }
    }
    let entry = |i: usize, j: usize| match i == j {
        true => 1.0,
        false => (x[(i, j)] / (x[(i, i)] * x[(j, j)]).sqrt()).clamp(-1.0, 1.0),
    };
    let correlation: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|j| entry(i.min(j), i.max(j))).collect()).collect();
    let moved = |i: usize, j: usize| correlation[i][j] - given[i][j];
    let (mut pair, mut most, mut squares) = ((0, 0), 0.0, 0.0);
    for i in 0..n {
        for j in i + 1..n {
            let by = moved(i, j);
            squares += 2.0 * by * by;
            // Of equals up to rounding the first.
            if by.abs() > most + 1e-9 {
                (pair, most) = ((i, j), by.abs());
            }
        }
    }
    Nearest { correlation, pair, distance: f64::sqrt(squares) }
}

/// P_S of equation 2. Sums term by term: a matrix product may fuse or reorder them, differently by
/// machine.
fn semi_definite(r: &DMatrix<f64>) -> DMatrix<f64> {
    let n = r.nrows();
    let eigen = r.clone().symmetric_eigen();
    let (values, vectors) = (&eigen.eigenvalues, &eigen.eigenvectors);
    let mut x = DMatrix::zeros(n, n);
    for i in 0..n {
        for j in i..n {
            let sum: f64 = (0..n)
                .filter(|&k| values[k] > 0.0)
                .map(|k| values[k] * vectors[(i, k)] * vectors[(j, k)])
                .sum();
            x[(i, j)] = sum;
            x[(j, i)] = sum;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::correlation::root;
    use proptest::prelude::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("f{i}")).collect()
    }

    #[test]
    fn the_example_of_higham() {
        // Higham 2002, section 4: the nearest to [1 1 0; 1 1 1; 0 1 1], distance 0.5278.
        let a = [vec![1.0, 1.0, 0.0], vec![1.0, 1.0, 1.0], vec![0.0, 1.0, 1.0]];
        let found = nearest(&a);
        for (i, j, published) in [(0, 1, 0.7607), (1, 2, 0.7607), (0, 2, 0.1573)] {
            assert!((found.correlation[i][j] - published).abs() < 5e-5, "{found:?}");
        }
        assert!((found.distance - 0.5278).abs() < 5e-5, "{found:?}");
        assert!((found.correlation[0][1] - 1.0).abs() > 0.23);
        assert!(root(&found.correlation, &names(3)).is_ok());
        // Once more moves nothing.
        let again = nearest(&found.correlation);
        assert!(again.distance < 1e-10, "{again:?}");
    }

    #[test]
    fn a_possible_matrix_stays() {
        let a = [vec![1.0, 0.5, -0.2], vec![0.5, 1.0, 0.3], vec![-0.2, 0.3, 1.0]];
        assert!(nearest(&a).distance < 1e-14);
        assert_eq!(nearest(&[vec![1.0]]).correlation, [[1.0]]);
    }

    /// A correlation matrix from any numbers: rows of length 1 and their products.
    fn possible(n: usize, numbers: &[f64]) -> Vec<Vec<f64>> {
        let row = |i: usize| -> Vec<f64> {
            let own = &numbers[i * n..(i + 1) * n];
            let length = own.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-6);
            own.iter().map(|x| x / length).collect()
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        (0..n)
            .map(|i| (0..n).map(|j| if i == j { 1.0 } else { dot(&row(i), &row(j)) }).collect())
            .collect()
    }

    /// Sum over all entries of (A - X) (Y - X): at most 0 for every possible Y if and only if X is
    /// the projection of A.
    fn angle(a: &[Vec<f64>], x: &[Vec<f64>], y: &[Vec<f64>]) -> f64 {
        let n = a.len();
        let entries = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        entries.map(|(i, j)| (a[i][j] - x[i][j]) * (y[i][j] - x[i][j])).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn nothing_possible_is_nearer(
            n in 2_usize..7,
            given in prop::collection::vec(-1.0_f64..=1.0, 36),
            others in prop::collection::vec(prop::collection::vec(-1.0_f64..1.0, 36), 8),
        ) {
            let a: Vec<Vec<f64>> = (0..n)
                .map(|i| {
                    let of = |j: usize| if i == j { 1.0 } else { given[i.min(j) * 6 + i.max(j)] };
                    (0..n).map(of).collect()
                })
                .collect();
            let found = nearest(&a);
            let x = &found.correlation;
            prop_assert!(root(x, &names(n)).is_ok());
            let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
            for (i, j) in pairs {
                prop_assert!(x[i][j] == x[j][i] && x[i][j].abs() <= 1.0);
                prop_assert!(i != j || x[i][j] == 1.0);
            }
            for numbers in &others {
                let y = possible(n, numbers);
                prop_assert!(angle(&a, x, &y) <= 1e-6, "{}", angle(&a, x, &y));
            }
            prop_assert!(nearest(x).distance <= 1e-6);
        }
    }

    #[test]
    fn the_wrong_twin_clipping_without_correction_is_not_nearest() {
        // Eigenvalues clipped once and scaled: possible, but something possible is nearer.
        let a = [vec![1.0, 1.0, 0.0], vec![1.0, 1.0, 1.0], vec![0.0, 1.0, 1.0]];
        let m = semi_definite(&DMatrix::from_fn(3, 3, |i, j| a[i][j]));
        let clipped: Vec<Vec<f64>> = (0..3)
            .map(|i| (0..3).map(|j| m[(i, j)] / (m[(i, i)] * m[(j, j)]).sqrt()).collect())
            .collect();
        let best = nearest(&a).correlation;
        assert!(angle(&a, &clipped, &best) > 1e-3);
        assert!(angle(&a, &best, &clipped) <= 1e-9);
    }
}
