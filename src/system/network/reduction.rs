//! Money that goes round among failed lenders: a linear system solved without a subtraction.
//!
//! Of every unit that lender j pays, the share t_ji goes to lender i and the share w_j leaves the circle,
//! sum_i t_ji + w_j = 1. What each pays is what it has plus what it gets,
//!
//! 1. x_i = b_i + sum_j t_ji x_j.
//!
//! Lenders are taken out one by one, what they pay passed on by those who pay them (the state
//! reduction of Grassmann, Taksar and Heyman 1985). A pivot is the sum of what is passed on, not 1 minus what
//! comes back, so that nothing cancels however little leaves the circle, and rows need no exchange.

/// The system of equation 1, and room for its solution.
#[derive(Debug, Clone, Default)]
pub struct Circle {
    /// t, row j what j passes to each; the diagonal is not read.
    pub shares: Vec<f64>,
    /// w.
    pub leaves: Vec<f64>,
    /// b.
    pub has: Vec<f64>,
    /// x; on entry what a lender pays whose money never leaves the circle, which equation 1 leaves open.
    pub pays: Vec<f64>,
    passed: Vec<f64>,
    pivots: Vec<f64>,
}

impl Circle {
    /// Solves equation 1, using the system up.
    pub fn solve(&mut self) {
        let n = self.has.len();
        self.pivots.resize(n, 0.0);
        for k in (0..n).rev() {
            let (before, row) = self.shares.split_at_mut(k * n);
            let pivot = row[..k].iter().sum::<f64>() + self.leaves[k];
            self.pivots[k] = pivot;
            if pivot == 0.0 {
                continue;
            }
            self.passed.clear();
            self.passed.extend(row[..k].iter().map(|share| share / pivot));
            let has = self.has[k];
            for (sum, passed) in self.has.iter_mut().zip(&self.passed) {
                *sum += has * passed;
            }
            for (j, row) in before.chunks_exact_mut(n).enumerate() {
                let share = row[k];
                if share > 0.0 {
                    self.leaves[j] += share * (self.leaves[k] / pivot);
                    for (sum, passed) in row.iter_mut().zip(&self.passed) {
                        *sum += share * passed;
                    }
                }
            }
        }
        for k in 0..n {
            if self.pivots[k] > 0.0 {
                let gets: f64 = (0..k).map(|j| self.shares[j * n + k] * self.pays[j]).sum();
                self.pays[k] = (self.has[k] + gets) / self.pivots[k];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solve(shares: &[&[f64]], leaves: &[f64], has: &[f64]) -> Vec<f64> {
        let mut circle = Circle {
            shares: shares.concat(),
            leaves: leaves.to_vec(),
            has: has.to_vec(),
            pays: vec![9.0; has.len()],
            ..Circle::default()
        };
        circle.solve();
        circle.pays
    }

    #[test]
    fn meets_a_system_solved_by_hand() {
        // x = 1 + z / 2, y = x / 2, z = x / 4 + y / 2.
        let shares: [&[f64]; 3] = [&[0.0, 0.5, 0.25], &[0.0, 0.0, 0.5], &[0.5, 0.0, 0.0]];
        let pays = solve(&shares, &[0.25, 0.5, 0.5], &[1.0, 0.0, 0.0]);
        for (pays, exact) in pays.iter().zip([4.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]) {
            assert!((pays - exact).abs() < 1e-15, "{pays} {exact}");
        }
        assert_eq!(solve(&[&[0.0]], &[1.0], &[3.0]), [3.0]);
        assert_eq!(solve(&[], &[], &[]), [0.0; 0]);
    }

    #[test]
    fn hardly_any_money_leaves() {
        // 1 - (1 - w) has no right digit left.
        let w = 1e-17;
        let pays = solve(&[&[0.0, 1.0], &[1.0 - w, 0.0]], &[0.0, w], &[1e-17, 0.0]);
        assert!(pays.iter().all(|pays| (pays - 1.0).abs() < 1e-15), "{pays:?}");
    }

    #[test]
    fn money_that_never_leaves_is_what_it_was() {
        assert_eq!(solve(&[&[0.0, 1.0], &[1.0, 0.0]], &[0.0, 0.0], &[0.0, 0.0]), [9.0, 9.0]);
    }
}
