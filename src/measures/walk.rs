//! What one walk over amounts of trials that all weigh the same tells of their mean.
//!
//! With c the first amount, the squared error of the mean m of n amounts x is
//!
//! 1. (sum (x - c)^2 - n (m - c)^2) / (n (n - 1)),
//!
//! so that neither a second walk nor influences are needed; the largest influence is that of the largest or of
//! the least amount.

use multiversion::multiversion;

use super::drawn::{Drawn, error_of_mean};
use super::estimate::Estimate;
use super::sums::{LANES, Sums, together};

/// What one walk tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    trials: usize,
    /// Amounts above 0.
    above: u64,
    least: f64,
    /// The largest amount.
    pub(super) most: f64,
    /// c.
    centre: f64,
    /// Sum of x - c, and of its squares.
    sum: f64,
    squares: f64,
}

/// Sums by trial mod 8.
#[derive(Default)]
struct Partial {
    above: [u64; LANES],
    least: [f64; LANES],
    most: [f64; LANES],
    sum: [f64; LANES],
    squares: [f64; LANES],
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn walk(amounts: &[f64], (spare, centre): (f64, f64), partial: &mut Partial) {
    let Partial { mut above, mut least, mut most, mut sum, mut squares } = *partial;
    let (chunks, rest) = amounts.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let x = if chunk[lane] > spare { chunk[lane] - spare } else { 0.0 };
            above[lane] += u64::from(x > 0.0);
            least[lane] = if x < least[lane] { x } else { least[lane] };
            most[lane] = if x > most[lane] { x } else { most[lane] };
            let d = x - centre;
            sum[lane] += d;
            squares[lane] += d * d;
        }
    }
    for (lane, &amount) in rest.iter().enumerate() {
        let x = if amount > spare { amount - spare } else { 0.0 };
        above[lane] += u64::from(x > 0.0);
        least[lane] = least[lane].min(x);
        most[lane] = most[lane].max(x);
        sum[lane] += x - centre;
        squares[lane] += (x - centre) * (x - centre);
    }
    *partial = Partial { above, least, most, sum, squares };
}

impl Walk {
    /// Over some amounts, none of them below 0.
    pub(super) fn over(amounts: &[f64]) -> Self {
        Self::beyond(0.0, amounts, amounts.len())
    }

    /// Over what they are more than another amount; in all other trials of so many it is 0.
    pub(super) fn beyond(spare: f64, amounts: &[f64], trials: usize) -> Self {
        let others = trials - amounts.len();
        // Around 0 the others add nothing. Where there are some, squares around it lose few digits.
        let centre = match (others, amounts) {
            (0, [first, ..]) => (first - spare).max(0.0),
            _ => 0.0,
        };
        let least = if others > 0 { 0.0 } else { f64::INFINITY };
        let mut partial = Partial { least: [least; LANES], ..Partial::default() };
        walk(amounts, (spare, centre), &mut partial);
        let Partial { above, least, most, sum, squares } = partial;
        Self {
            trials,
            above: above.iter().sum(),
            least: together(least, f64::min),
            most: together(most, f64::max),
            centre,
            sum: together(sum, |a, b| a + b),
            squares: together(squares, |a, b| a + b),
        }
    }

    /// Their mean with its band; `None` where all are 0 or trials do not weigh the same.
    pub(super) fn mean(&self, drawn: Drawn<'_>) -> Option<Estimate> {
        if self.above == 0 || !drawn.is_plain() {
            return None;
        }
        let n = self.trials as f64;
        let beyond = self.sum / n;
        let mean = self.centre + beyond;
        let squares = (self.squares - self.sum * beyond).max(0.0);
        let largest = (self.most - mean).max(mean - self.least);
        let evenness = Sums { sum: 0.0, squares, largest: largest * largest }.evenness();
        let error = (self.trials > 1).then(|| error_of_mean(squares, self.trials));
        Some(drawn.around(mean, error, (self.above as f64).min(evenness), None))
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistic::Mean;
    use super::*;
    use crate::units::Confidence;

    #[test]
    fn one_walk_tells_what_influences_tell() {
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        for (trials, step, base) in [(1, 7, 3.0), (2, 7, 3.0), (1_003, 37, 0.0), (5_000, 53, 1e9)] {
            let amounts: Vec<f64> = (0..trials).map(|t| base + f64::from(t * step % 911)).collect();
            for spare in [0.0, base + 500.0, base + 905.0] {
                let beyond: Vec<f64> = amounts.iter().map(|x| (x - spare).max(0.0)).collect();
                let found = Walk::beyond(spare, &amounts, amounts.len()).mean(drawn);
                // The same without the trials that have nothing.
                let some: Vec<f64> = amounts.iter().copied().filter(|&x| x > spare).collect();
                let of_some = Walk::beyond(spare, &some, amounts.len()).mean(drawn);
                let both = found.zip(of_some);
                let agree = |(a, b): (Estimate, Estimate)| {
                    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
                    near(a.value, b.value)
                        && a.standard_error.zip(b.standard_error).is_none_or(|(a, b)| near(a, b))
                };
                assert!(both.is_none_or(agree) && found.is_some() == of_some.is_some(), "{both:?}");
                if beyond.iter().all(|&x| x == 0.0) {
                    assert_eq!(found, None);
                    continue;
                }
                let (found, wanted) = (found.unwrap(), Mean::of(&beyond, 1e12, drawn).own);
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
                assert!(near(found.value, wanted.value), "{found:?} {wanted:?}");
                assert_eq!(found.effective_trials, wanted.effective_trials);
                assert_eq!((found.quality, found.variance_ratio), (wanted.quality, None));
                let ends = [
                    (found.standard_error, wanted.standard_error),
                    (found.lower, wanted.lower),
                    (found.upper, wanted.upper),
                ];
                for (found, wanted) in ends {
                    assert_eq!(found.is_some(), wanted.is_some());
                    assert!(found.zip(wanted).is_none_or(|(a, b)| near(a, b)));
                }
            }
        }
        // One trial that carries most, and a wrong twin: the spread around the centre.
        let mut amounts = vec![1.0; 1_000];
        amounts[701] = 500.0;
        let walk = Walk::over(&amounts);
        let found = walk.mean(drawn).unwrap();
        assert_eq!(found, Mean::of(&amounts, 1e12, drawn).own);
        assert!(found.effective_trials.unwrap() < 1.01);
        let wrong = Walk { sum: 0.0, ..walk }.mean(drawn).unwrap();
        assert_ne!(wrong.standard_error, found.standard_error);
    }

    #[test]
    fn other_trials_are_left_to_influences() {
        let weights = [0.5, 1.5];
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        assert_eq!(Walk::over(&[1.0, 2.0]).mean(drawn.weighing(&weights, 2.0)), None);
        assert_eq!(Walk::over(&[1.0, 2.0]).mean(drawn.in_randomisations(2)), None);
        assert!(Walk::over(&[1.0, 2.0]).mean(drawn).is_some());
        assert_eq!(Walk::over(&[]).mean(drawn), None);
    }
}
