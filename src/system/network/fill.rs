//! A network from totals: the matrix of maximum entropy with nobody in debt to itself.
//!
//! Of all matrices x with rows that sum to the liabilities l, columns that sum to the assets a and a zero
//! diagonal, the one nearest to independence has x_ij = r_i c_j off the diagonal (Upper 2011; Anand, Craig
//! and von Peter 2015). Scaling rows and columns in turn (RAS) finds it, but crawls where one lender
//! nearly is half of all totals. With u_i = r_i c_i, what the diagonal would hold, and K = sum r sum c,
//! the totals say
//!
//! 1. x_ij = (l_i + u_i) (a_j + u_j) / K,
//! 2. u_i^2 - (K - l_i - a_i) u_i + l_i a_i = 0,
//! 3. K = T + sum_i u_i,   T the total of l, and of a,
//!
//! one equation in one unknown. Every u_i is the smaller root of 2, but for at most one lender m, the
//! one with the greatest sqrt(l) + sqrt(a), for which K is least in 2. With s the difference of m's
//! roots, negative where u_m is the greater one,
//!
//! 4. K = l_m + a_m + sqrt(s^2 + 4 l_m a_m),
//!
//! 3 is smooth in s and has one solution, found by bisection.
//!
//! If l_m + a_m = T, nobody else can deal with anybody but m, and the matrix is that star.

/// Relative difference up to which two totals count as the same.
const SAME: f64 = 1e-9;
/// Share of the total below which dealings of all but one lender among themselves count as none.
const NONE: f64 = 1e-12;
/// Share of the total by which a row or column may miss its own. Rounding takes some 1e-15, and up to 1e-11
/// where two lenders are next to everything and equation 2 has two double roots.
const MISSED: f64 = 1e-10;
/// Steps of the search; widening takes some 40 of them, halving some 100.
const STEPS: usize = 400;

/// Why no network has the totals asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FillError {
    /// What is owed is not what is owned.
    #[error(
        "interbank assets add up to `{assets}` and interbank liabilities to `{liabilities}`, must be the same"
    )]
    TotalsDiffer {
        /// Sum of the assets.
        assets: f64,
        /// Sum of the liabilities.
        liabilities: f64,
    },
    /// A lender's totals cannot all be with others.
    #[error(
        "interbank assets and liabilities of one lender add up to `{own}`, must be at most the total of all, `{total}`"
    )]
    TooLarge {
        /// Index of the lender.
        lender: usize,
        /// Its assets and liabilities together.
        own: f64,
        /// Sum of all liabilities.
        total: f64,
    },
    /// The search ended too far from the totals.
    #[error("rows and columns of the network miss their totals by `{miss}`")]
    NotConverged {
        /// The greatest difference of a row or column from its total.
        miss: f64,
    },
}

/// What lender i owes lender j, at `[i][j]`, for interbank totals `assets` (sums of columns) and
/// `liabilities` (sums of rows); to rounding, and 1e-10 of the total at worst. Assets are scaled to the
/// total of the liabilities if the two differ, by at most 1e-9 of it.
///
/// # Errors
/// If there is no such matrix with a zero diagonal.
///
/// # Panics
/// Unless there are as many assets as liabilities, all finite and >= 0.
pub fn fill(assets: &[f64], liabilities: &[f64]) -> Result<Vec<Vec<f64>>, FillError> {
    assert_eq!(assets.len(), liabilities.len());
    let is_amount = |x: &f64| x.is_finite() && *x >= 0.0;
    assert!(assets.iter().chain(liabilities).all(is_amount), "totals must be finite and >= 0");
    let (claimed, total): (f64, f64) = (assets.iter().sum(), liabilities.iter().sum());
    if (claimed - total).abs() > SAME * claimed.max(total) {
        return Err(FillError::TotalsDiffer { assets: claimed, liabilities: total });
    }
    if total == 0.0 {
        return Ok(vec![vec![0.0; assets.len()]; assets.len()]);
    }
    let assets: Vec<f64> = assets.iter().map(|a| a * (total / claimed)).collect();
    let totals = Totals { assets: &assets, liabilities, total };

    let hub = totals.greatest(|l, a| l + a);
    let own = assets[hub] + liabilities[hub];
    if own > total * (1.0 + SAME) {
        return Err(FillError::TooLarge { lender: hub, own, total });
    }
    if total - own <= NONE * total {
        return Ok(totals.star(hub));
    }
    let owes = totals.most_even();
    let miss = totals.miss(&owes);
    if miss <= MISSED * total { Ok(owes) } else { Err(FillError::NotConverged { miss }) }
}

struct Totals<'a> {
    assets: &'a [f64],
    liabilities: &'a [f64],
    total: f64,
}

impl Totals<'_> {
    /// The first lender for which `by` of its liabilities and assets is greatest.
    fn greatest(&self, by: impl Fn(f64, f64) -> f64) -> usize {
        let key = |i: usize| by(self.liabilities[i], self.assets[i]);
        (1..self.assets.len()).fold(0, |best, i| if key(i) > key(best) { i } else { best })
    }

    /// Everybody deals with `hub` only.
    fn star(&self, hub: usize) -> Vec<Vec<f64>> {
        let mut owes = vec![vec![0.0; self.assets.len()]; self.assets.len()];
        for other in (0..self.assets.len()).filter(|&i| i != hub) {
            owes[hub][other] = self.assets[other];
            owes[other][hub] = self.liabilities[other];
        }
        owes
    }

    /// The matrix of equations 1 to 4.
    fn most_even(&self) -> Vec<Vec<f64>> {
        let m = self.greatest(|l, a| l.sqrt() + a.sqrt());
        let s = self.solve(m);
        let (k, own, _) = self.roots(m, s);
        let u: Vec<f64> =
            (0..self.assets.len()).map(|i| if i == m { own } else { self.smaller(i, k) }).collect();
        let entry = |i: usize, j: usize| {
            if i == j { 0.0 } else { (self.liabilities[i] + u[i]) * ((self.assets[j] + u[j]) / k) }
        };
        (0..u.len()).map(|i| (0..u.len()).map(|j| entry(i, j)).collect()).collect()
    }

    /// The s at which equation 3 holds.
    fn solve(&self, m: usize) -> f64 {
        let mut steps = 0..STEPS;
        let (mut below, mut above) = (-self.total, self.total);
        while self.surplus(m, below) > 0.0 && steps.next().is_some() {
            below *= 2.0;
        }
        while self.surplus(m, above) < 0.0 && steps.next().is_some() {
            above *= 2.0;
        }
        for _ in steps {
            let middle = 0.5 * (below + above);
            // Either neighbouring numbers, or so near to 0 that K no longer feels it.
            if middle <= below || middle >= above || above - below < 1e-18 * self.total {
                break;
            }
            *(if self.surplus(m, middle) < 0.0 { &mut below } else { &mut above }) = middle;
        }
        0.5 * (below + above)
    }

    /// K - sum u - T of equation 3 at `s`; K - u_m by the sum of m's two roots, which are exact where their
    /// difference from K would not be.
    fn surplus(&self, m: usize, s: f64) -> f64 {
        let (k, _, other_root) = self.roots(m, s);
        let others: f64 =
            (0..self.assets.len()).filter(|&i| i != m).map(|i| self.smaller(i, k)).sum();
        (self.liabilities[m] + self.assets[m] - self.total) + other_root - others
    }

    /// K of equation 4 and m's roots of equation 2: u_m and the other one.
    fn roots(&self, m: usize, s: f64) -> (f64, f64, f64) {
        let product = self.liabilities[m] * self.assets[m];
        let sum = (s * s + 4.0 * product).sqrt();
        let greater = 0.5 * (sum + s.abs());
        let smaller = if greater > 0.0 { product / greater } else { 0.0 };
        let (own, other) = if s < 0.0 { (greater, smaller) } else { (smaller, greater) };
        (self.liabilities[m] + self.assets[m] + sum, own, other)
    }

    /// The smaller root of equation 2.
    fn smaller(&self, i: usize, k: f64) -> f64 {
        let product = self.liabilities[i] * self.assets[i];
        if product == 0.0 {
            return 0.0;
        }
        let sum = k - self.liabilities[i] - self.assets[i];
        // Not negative, but for rounding.
        let gap = (sum * sum - 4.0 * product).max(0.0).sqrt();
        2.0 * product / (sum + gap)
    }

    /// The greatest difference of a row or column from its total.
    fn miss(&self, owes: &[Vec<f64>]) -> f64 {
        let mut columns = vec![0.0; owes.len()];
        let mut worst = 0.0_f64;
        for (row, due) in owes.iter().zip(self.liabilities) {
            worst = worst.max((row.iter().sum::<f64>() - due).abs());
            columns.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        columns.iter().zip(self.assets).fold(worst, |worst, (sum, a)| worst.max((sum - a).abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows and columns scaled in turn, the textbook way.
    fn ras(assets: &[f64], liabilities: &[f64], rounds: usize) -> Vec<Vec<f64>> {
        let n = assets.len();
        let mut x: Vec<Vec<f64>> =
            (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i != j))).collect()).collect();
        for _ in 0..rounds {
            for (row, due) in x.iter_mut().zip(liabilities) {
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|x| *x *= if sum > 0.0 { due / sum } else { 0.0 });
            }
            for (j, due) in assets.iter().enumerate() {
                let sum: f64 = x.iter().map(|row| row[j]).sum();
                x.iter_mut().for_each(|row| row[j] *= if sum > 0.0 { due / sum } else { 0.0 });
            }
        }
        x
    }

    fn distance(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
        let (a, b) = (a.iter().flatten(), b.iter().flatten());
        a.zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn example_of_anand_craig_von_peter() {
        let assets = [7.0, 5.0, 3.0, 1.0, 3.0, 0.0, 1.0];
        let liabilities = [4.0, 5.0, 5.0, 0.0, 0.0, 2.0, 4.0];
        let owes = fill(&assets, &liabilities).unwrap();
        // Printed with creditors in rows.
        let printed = [
            [0.0, 2.530_487, 2.182_358, 0.0, 0.0, 0.737_924, 1.549_230],
            [1.717_589, 0.0, 1.602_724, 0.0, 0.0, 0.541_932, 1.137_755],
            [0.980_421, 1.060_792, 0.0, 0.0, 0.0, 0.309_341, 0.649_445],
        ];
        let misses = |owes: &[Vec<f64>]| {
            let all = printed.iter().enumerate();
            all.flat_map(|(i, row)| row.iter().enumerate().map(move |(j, x)| (i, j, x)))
                .map(|(i, j, x)| (owes[j][i] - x).abs())
                .fold(0.0, f64::max)
        };
        assert!(misses(&owes) < 1e-6, "{}", misses(&owes));
        // A wrong twin: totals the other way round.
        assert!(misses(&fill(&liabilities, &assets).unwrap()) > 0.1);
    }

    #[test]
    fn one_lender_that_is_half_of_everything_is_a_hub() {
        let owes = fill(&[5.0, 2.0, 1.0], &[3.0, 1.0, 4.0]).unwrap();
        assert_eq!(owes, [[0.0, 2.0, 1.0], [1.0, 0.0, 0.0], [4.0, 0.0, 0.0]]);
        // Of two lenders each is.
        assert_eq!(fill(&[2.0, 7.0], &[7.0, 2.0]).unwrap(), [[0.0, 7.0], [2.0, 0.0]]);
        // One debtor, one creditor.
        let owes = fill(&[0.0, 3.0, 2.0], &[5.0, 0.0, 0.0]).unwrap();
        assert_eq!(owes, [[0.0, 3.0, 2.0], [0.0; 3], [0.0; 3]]);
        let owes = fill(&[0.0, 0.0, 5.0], &[3.0, 2.0, 0.0]).unwrap();
        assert_eq!(owes, [[0.0, 0.0, 3.0], [0.0, 0.0, 2.0], [0.0; 3]]);
    }

    #[test]
    fn nearly_a_hub_is_filled_to_the_totals() {
        for slack in [1.0, 1e-2, 1e-4, 1e-6, 1e-9, 1e-11] {
            let (assets, liabilities) =
                ([5.0 - slack, 2.0 + slack, 1.0, 0.5], [3.0, 1.0, 4.0, 0.5]);
            let owes = fill(&assets, &liabilities).unwrap();
            let among: f64 = (1..4).map(|i| owes[i][1..].iter().sum::<f64>()).sum();
            // T - l_0 - a_0.
            assert!((among - 0.5 - slack).abs() < 1e-11, "{slack}: {among}");
            let owes = fill(&[5.0 - slack, 2.0 + slack, 1.0], &[3.0, 1.0, 4.0]).unwrap();
            assert!((owes[1][2] + owes[2][1] - slack).abs() < 1e-11, "{slack}: {owes:?}");
        }
        // Two that are next to everything.
        let assets =
            [0.0, 0.004_640_847_986_119_639, 0.018_164_355_682_699_734, 2.599_460_112_249e-6];
        let liabilities =
            [2.599_460_047_278e-6, 0.018_164_355_683_078_764, 0.004_640_847_980_820_029];
        let gap = assets.iter().sum::<f64>() - liabilities.iter().sum::<f64>();
        assert!(fill(&assets, &[&liabilities[..], &[gap]].concat()).is_ok());
        // The only matrix there is, with the greater root.
        let owes = fill(&[1.0, 0.0, 4.0], &[3.0, 2.0, 0.0]).unwrap();
        assert!(distance(&owes, &[vec![0.0, 0.0, 3.0], vec![1.0, 0.0, 1.0], vec![0.0; 3]]) < 1e-14);
    }

    #[test]
    fn equal_lenders_owe_each_other_the_same() {
        let owes = fill(&[30.0; 4], &[30.0; 4]).unwrap();
        for (i, row) in owes.iter().enumerate() {
            for (j, x) in row.iter().enumerate() {
                assert!((x - if i == j { 0.0 } else { 10.0 }).abs() < 1e-13);
            }
        }
        assert_eq!(fill(&[0.0; 2], &[0.0; 2]).unwrap(), [[0.0; 2]; 2]);
        assert_eq!(fill(&[], &[]).unwrap(), Vec::<Vec<f64>>::new());
    }

    #[test]
    fn totals_that_no_network_has_are_refused() {
        let differ = FillError::TotalsDiffer { assets: 3.0, liabilities: 4.0 };
        assert_eq!(fill(&[1.0, 2.0], &[2.0, 2.0]), Err(differ));
        let large = FillError::TooLarge { lender: 1, own: 11.0, total: 10.0 };
        assert_eq!(fill(&[2.0, 6.0, 2.0], &[3.0, 5.0, 2.0]), Err(large));
        assert!(matches!(fill(&[1.0], &[1.0]), Err(FillError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn rows_and_columns_have_their_totals(
            draws in prop::collection::vec((0.0_f64..1.0, 0.0_f64..1.0, 0_u8..5), 3..12),
        ) {
            // Totals of some network with a zero diagonal, some lenders large, some on one side only.
            let n = draws.len();
            let weight = |x: f64, kind: u8| x * if kind == 4 { 1e3 } else { 1.0 };
            let debtor = |i: usize| if draws[i].2 == 1 { 0.0 } else { weight(draws[i].0, draws[i].2) };
            let creditor = |i: usize| if draws[i].2 == 2 { 0.0 } else { weight(draws[i].1, draws[i].2) };
            let x = |i: usize, j: usize| {
                if i == j { 0.0 } else { debtor(i) * creditor(j) * (1.0 + ((3 * i + 5 * j) % 7) as f64) }
            };
            let liabilities: Vec<f64> = (0..n).map(|i| (0..n).map(|j| x(i, j)).sum()).collect();
            let assets: Vec<f64> = (0..n).map(|j| (0..n).map(|i| x(i, j)).sum()).collect();
            let total: f64 = liabilities.iter().sum();
            let owes = fill(&assets, &liabilities).unwrap();
            prop_assert!(owes.iter().flatten().all(|&x| x >= 0.0));
            for i in 0..n {
                prop_assert!(owes[i][i] == 0.0);
                prop_assert!((owes[i].iter().sum::<f64>() - liabilities[i]).abs() <= 2e-12 * total);
                let column: f64 = owes.iter().map(|row| row[i]).sum();
                prop_assert!((column - assets[i]).abs() <= 2e-12 * total);
            }
            // Far from a hub the textbook's way gets there too.
            let hub = (0..n).map(|i| assets[i] + liabilities[i]).fold(0.0, f64::max);
            if hub < 0.9 * total {
                prop_assert!(distance(&owes, &ras(&assets, &liabilities, 2_000)) <= 1e-9 * total);
            }
        }
    }
}
