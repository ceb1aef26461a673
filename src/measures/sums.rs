//! Sums over trials, in eight partial sums that do not wait for each other.
//!
//! Trial t goes to partial sum t mod 8, and those are added up in one order: what comes out depends on the
//! numbers and their order only. Each partial sum has an eighth of the steps, and of their rounding.

use multiversion::multiversion;

/// Number of partial sums.
pub(super) const LANES: usize = 8;

/// Largest share of the squared error that one trial may carry before the error itself is in doubt.
const DOMINANCE: f64 = 0.25;

/// Partial sums of numbers that come in pieces: all pieces but the last are multiples of eight long.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lanes([f64; LANES]);

impl Lanes {
    /// Adds a function of some numbers.
    #[inline]
    pub fn add(&mut self, values: &[f64], of: impl Fn(f64) -> f64) {
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            self.0.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane += of(x));
        }
        self.0.iter_mut().zip(rest).for_each(|(lane, &x)| *lane += of(x));
    }

    /// Adds a function of some numbers and their weights.
    #[inline]
    pub fn add_with(&mut self, values: &[f64], weights: &[f64], of: impl Fn(f64, f64) -> f64) {
        let mut add = |values: &[f64], weights: &[f64]| {
            let lanes = self.0.iter_mut().zip(values).zip(weights);
            lanes.for_each(|((lane, &x), &weight)| *lane += of(x, weight));
        };
        let ((values, rest), (weights, of_rest)) =
            (values.as_chunks::<LANES>(), weights.as_chunks::<LANES>());
        values.iter().zip(weights).for_each(|(values, weights)| add(values, weights));
        add(rest, of_rest);
    }

    /// Their sum.
    pub fn together(self) -> f64 {
        together(self.0, |a, b| a + b)
    }
}

/// Sum of some numbers.
pub fn sum(values: &[f64]) -> f64 {
    sum_of(values, |x| x)
}

/// Sum of a function of some numbers.
#[inline]
pub fn sum_of(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = Lanes::default();
    lanes.add(values, of);
    lanes.together()
}

/// Sum of products of weights and a function of some numbers.
#[inline]
pub fn sum_weighed(values: &[f64], weights: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = Lanes::default();
    lanes.add_with(values, weights, |x, weight| of(x) * weight);
    lanes.together()
}

/// How many numbers are not 0.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub fn nonzero(values: &[f64]) -> usize {
    values.iter().map(|&x| usize::from(x != 0.0)).sum()
}

/// Brings lanes together by halves.
pub(super) fn together(lanes: [f64; LANES], join: impl Fn(f64, f64) -> f64) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    join(join(join(a, e), join(c, g)), join(join(b, f), join(d, h)))
}

/// What is asked of the influences of a number, added up in one pass.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    /// Of all.
    pub sum: f64,
    /// Of their squares.
    pub squares: f64,
    /// The largest square.
    pub largest: f64,
}

/// The same of influences that come in pieces: all pieces but the last are multiples of eight long.
#[derive(Debug, Clone, Copy, Default)]
pub struct Running {
    sum: [f64; LANES],
    squares: [f64; LANES],
    largest: [f64; LANES],
}

impl Running {
    /// Adds a piece.
    pub fn add(&mut self, influence: &[f64]) {
        add(&mut self.sum, &mut self.squares, &mut self.largest, influence);
    }

    /// What they add up to.
    pub fn together(self) -> Sums {
        Sums {
            sum: together(self.sum, |a, b| a + b),
            squares: together(self.squares, |a, b| a + b),
            largest: together(self.largest, f64::max),
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add(
    sum: &mut [f64; LANES],
    squares: &mut [f64; LANES],
    largest: &mut [f64; LANES],
    influence: &[f64],
) {
    let (mut s, mut q, mut most) = (*sum, *squares, *largest);
    // Chunks of a fixed size, and no closure: both would keep sums out of registers.
    let (chunks, rest) = influence.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let square = chunk[lane] * chunk[lane];
            s[lane] += chunk[lane];
            q[lane] += square;
            most[lane] = if square > most[lane] { square } else { most[lane] };
        }
    }
    for (lane, &psi) in rest.iter().enumerate() {
        let square = psi * psi;
        s[lane] += psi;
        q[lane] += square;
        most[lane] = if square > most[lane] { square } else { most[lane] };
    }
    (*sum, *squares, *largest) = (s, q, most);
}

impl Sums {
    /// Those of some influences.
    pub fn of(influence: &[f64]) -> Self {
        let mut running = Running::default();
        running.add(influence);
        running.together()
    }

    /// How many trials the error rests on: no limit where it is spread out, 1 / share where one trial
    /// carries more than a quarter of it.
    pub fn evenness(&self) -> f64 {
        let Self { squares, largest, .. } = *self;
        if squares > 0.0 && largest > DOMINANCE * squares {
            squares / largest
        } else {
            f64::INFINITY
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_added_once_whatever_their_number() {
        for n in 0..40_i32 {
            let values: Vec<f64> = (0..n).map(|i| f64::from(i * 7 % 11 - 5)).collect();
            let sums = Sums::of(&values);
            assert_eq!(sums.sum, values.iter().sum::<f64>(), "{n}");
            assert_eq!(sums.sum, sum(&values));
            assert_eq!(sums.squares, values.iter().map(|x| x * x).sum::<f64>());
            assert_eq!(sums.squares, sum_of(&values, |x| x * x));
            let weights: Vec<f64> = (0..n).map(|i| f64::from(i % 3)).collect();
            let weighed = values.iter().zip(&weights).map(|(x, w)| 2.0 * x * w).sum::<f64>();
            assert_eq!(sum_weighed(&values, &weights, |x| 2.0 * x), weighed);
            assert_eq!(sums.largest, values.iter().map(|x| x * x).fold(0.0, f64::max));
        }
    }

    #[test]
    fn numbers_that_are_not_0_are_counted() {
        for n in 0..40 {
            let values: Vec<f64> = (0..n).map(|i| f64::from(i % 3) - 1.0).collect();
            let wanted = (0..n).filter(|i| i % 3 != 1).count();
            assert_eq!(nonzero(&values), wanted, "{n}");
        }
        assert_eq!(nonzero(&[0.0, -0.0, f64::NAN, 5e-324]), 2);
    }

    #[test]
    fn one_trial_that_carries_most_is_told() {
        let mut influence = vec![1.0; 1_000];
        assert_eq!(Sums::of(&influence).evenness(), f64::INFINITY);
        influence[501] = 100.0;
        let found = Sums::of(&influence).evenness();
        assert!((found - 1.0999).abs() < 1e-9, "{found}");
        assert_eq!(Sums::of(&[]).evenness(), f64::INFINITY);
    }
}
