//! The law of the systematic factors: jointly normal with unit variances, possibly held or moved.
//!
//! With correlation matrix C = V diag(l) V' the factors are
//!
//! 1. Z = V diag(sqrt l) e, with e independent standard normal;
//! 2. held factors F at z: Z' = Z + C\[.,F\] C\[F,F\]^-1 (z - Z_F), which is the law of Z given
//!    Z_F = z exactly (Matheron's rule, conditioning by kriging);
//! 3. shifted factors: s is added to the factor itself, the others stay.

use nalgebra::{DMatrix, DVector};

use crate::scenario::FactorStress;
use crate::special::correlation::{Impossible, root};

/// The factors of a model and what stress does to them.
#[derive(Debug, Clone)]
pub struct FactorLaw {
    root: DMatrix<f64>,
    held: Option<Held>,
    shift: Vec<f64>,
}

#[derive(Debug, Clone)]
struct Held {
    factors: Vec<usize>,
    values: Vec<f64>,
    /// C\[.,F\] C\[F,F\]^-1.
    gain: DMatrix<f64>,
}

/// Why a law of factors is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FactorError {
    /// No random vector has these correlations.
    #[error("the factor correlations {0}")]
    Impossible(#[from] Impossible),
    /// Held factors determine one another.
    #[error("the held factors are perfectly correlated, so they cannot be fixed independently")]
    HeldSingular,
}

impl FactorLaw {
    /// Builds the law for a correlation matrix (symmetric, unit diagonal, row by row) and the
    /// stress on single factors; `names` serve the error message.
    pub fn new(
        correlation: &[Vec<f64>],
        names: &[String],
        stress: &[(usize, FactorStress)],
    ) -> Result<Self, FactorError> {
        let n = correlation.len();
        let c = DMatrix::from_fn(n, n, |i, j| correlation[i][j]);
        let rows = root(correlation, names)?;
        let root = DMatrix::from_fn(n, n, |i, j| rows[i][j]);

        let mut shift = vec![0.0; n];
        let mut factors = Vec::new();
        let mut values = Vec::new();
        for &(factor, what) in stress {
            match what {
                FactorStress::Shift(by) => shift[factor] += by,
                FactorStress::Fixed(z) => {
                    factors.push(factor);
                    values.push(z);
                }
            }
        }
        let held = if factors.is_empty() {
            None
        } else {
            let among =
                DMatrix::from_fn(factors.len(), factors.len(), |i, j| c[(factors[i], factors[j])]);
            let across = DMatrix::from_fn(n, factors.len(), |i, j| c[(i, factors[j])]);
            // Nearly dependent factors would blow rounding up into the free ones.
            let least = among.symmetric_eigenvalues().min();
            let inverse = Some(among)
                .filter(|_| least > 1e-8)
                .and_then(nalgebra::DMatrix::try_inverse)
                .ok_or(FactorError::HeldSingular)?;
            // Term by term: a matrix product may fuse or reorder its sums, differently by machine.
            let gain = DMatrix::from_fn(n, factors.len(), |i, j| {
                (0..factors.len()).map(|k| across[(i, k)] * inverse[(k, j)]).sum()
            });
            Some(Held { factors, values, gain })
        };
        Ok(Self { root, held, shift })
    }

    /// Number of factors.
    pub fn len(&self) -> usize {
        self.shift.len()
    }

    /// Whether there are no factors.
    pub fn is_empty(&self) -> bool {
        self.shift.is_empty()
    }

    /// Whether stress holds or moves a factor, so that conditional PDs do not average to PDs.
    pub fn is_moved(&self) -> bool {
        self.held.is_some() || self.shift.iter().any(|&s| s != 0.0)
    }

    /// Turns independent standard normals (one per factor) into the factors of a trial.
    pub fn transform(&self, independent: &[f64]) -> Vec<f64> {
        let mut z = &self.root * DVector::from_column_slice(independent);
        if let Some(held) = &self.held {
            let miss =
                DVector::from_fn(held.factors.len(), |i, _| held.values[i] - z[held.factors[i]]);
            z += &held.gain * miss;
            for (&factor, &value) in held.factors.iter().zip(&held.values) {
                z[factor] = value;
            }
        }
        z.iter().zip(&self.shift).map(|(z, s)| z + s).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("f{i}")).collect()
    }

    #[test]
    fn one_factor_is_the_normal_itself() {
        let law = FactorLaw::new(&[vec![1.0]], &names(1), &[]).unwrap();
        for e in [-2.5, 0.0, 1.25] {
            assert_eq!(law.transform(&[e])[0].abs(), f64::abs(e));
        }
    }

    #[test]
    fn root_reproduces_the_correlation() {
        let c = vec![vec![1.0, 0.3, -0.2], vec![0.3, 1.0, 0.5], vec![-0.2, 0.5, 1.0]];
        let law = FactorLaw::new(&c, &names(3), &[]).unwrap();
        // Columns of the root are the images of unit vectors; their outer products sum to C.
        let columns: Vec<_> = (0..3)
            .map(|k| {
                let mut e = vec![0.0; 3];
                e[k] = 1.0;
                law.transform(&e)
            })
            .collect();
        for i in 0..3 {
            for j in 0..3 {
                let found: f64 = columns.iter().map(|col| col[i] * col[j]).sum();
                assert!((found - c[i][j]).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn an_impossible_matrix_is_refused_with_its_direction() {
        let c = vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        let error = FactorLaw::new(&c, &names(3), &[]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("-0.8000"), "{text}");
        // The singular but possible matrix passes.
        let c = vec![vec![1.0, 1.0], vec![1.0, 1.0]];
        assert!(FactorLaw::new(&c, &names(2), &[]).is_ok());
    }

    #[test]
    fn held_factors_take_their_value_and_carry_the_others_along() {
        let c = vec![vec![1.0, 0.6], vec![0.6, 1.0]];
        let law = FactorLaw::new(&c, &names(2), &[(0, FactorStress::Fixed(-2.0))]).unwrap();
        let free = FactorLaw::new(&c, &names(2), &[]).unwrap();
        let e = [0.7, -1.1];
        let (z, given) = (free.transform(&e), law.transform(&e));
        assert_eq!(given[0], -2.0);
        assert!((given[1] - (z[1] + 0.6 * (-2.0 - z[0]))).abs() < 1e-14);
        let shifted = FactorLaw::new(&c, &names(2), &[(1, FactorStress::Shift(-1.0))]).unwrap();
        assert_eq!(shifted.transform(&e), vec![z[0], z[1] - 1.0]);
    }
}
