//! What one walk over amounts of independent trials that all weigh the same tells of their mean.
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

/// A walk as far as it has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    trials: usize,
    /// What amounts are told beyond.
    spare: f64,
    /// c.
    centre: f64,
    partial: Partial,
}

/// Sums by trial mod 8.
#[derive(Debug, Clone, Copy)]
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
    /// Over amounts that follow piece by piece, none of them below 0, and of which this is the first.
    pub(super) fn from(first: f64) -> Self {
        Self::new(0.0, first, f64::INFINITY)
    }

    /// Over what some amounts are more than another one; in all other trials of so many it is 0.
    pub(super) fn beyond(spare: f64, amounts: &[f64], trials: usize) -> Self {
        // Around 0 the others add nothing. Where there are some, squares around it lose few digits.
        let mut walk = match (trials - amounts.len(), amounts) {
            (0, [first, ..]) => Self::new(spare, (first - spare).max(0.0), f64::INFINITY),
            _ => Self::new(spare, 0.0, 0.0),
        };
        walk.add(amounts);
        Self { trials, ..walk }
    }

    fn new(spare: f64, centre: f64, least: f64) -> Self {
        let (above, zeros) = ([0; LANES], [0.0; LANES]);
        let (least, most, sum, squares) = ([least; LANES], zeros, zeros, zeros);
        let partial = Partial { above, least, most, sum, squares };
        Self { trials: 0, spare, centre, partial }
    }

    /// Walks on; all pieces but the last are multiples of eight long.
    pub(super) fn add(&mut self, amounts: &[f64]) {
        self.trials += amounts.len();
        walk(amounts, (self.spare, self.centre), &mut self.partial);
    }

    /// The largest amount.
    pub(super) fn most(&self) -> f64 {
        together(self.partial.most, f64::max)
    }

    /// Their mean with its band; `None` where all are 0, trials do not weigh the same or hang together.
    pub(super) fn mean(&self, drawn: Drawn<'_>) -> Option<Estimate> {
        let Self { trials, centre, partial: Partial { above, least, sum, squares, .. }, .. } =
            *self;
        let above: u64 = above.iter().sum();
        if above == 0 || !drawn.is_plain() {
            return None;
        }
        let [sum, squares] = [sum, squares].map(|lanes| together(lanes, |a, b| a + b));
        let beyond = sum / trials as f64;
        let mean = centre + beyond;
        let squares = (squares - sum * beyond).max(0.0);
        let largest = (self.most() - mean).max(mean - together(least, f64::min));
        let evenness = Sums { sum: 0.0, squares, largest: largest * largest }.evenness();
        let error = (trials > 1).then(|| error_of_mean(squares, trials));
        Some(drawn.around(mean, error, (above as f64).min(evenness), None))
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistic::Mean;
    use super::*;
    use crate::units::Confidence;

    fn over(amounts: &[f64]) -> Walk {
        Walk::beyond(0.0, amounts, amounts.len())
    }

    /// The same numbers but for rounding.
    fn agree(a: &Estimate, b: &Estimate) -> bool {
        let numbers = |e: &Estimate| {
            [
                Some(e.value),
                e.standard_error,
                e.lower,
                e.upper,
                e.effective_trials,
                e.variance_ratio,
            ]
        };
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
        a.quality == b.quality
            && numbers(a).into_iter().zip(numbers(b)).all(|(a, b)| {
                a.is_some() == b.is_some() && a.zip(b).is_none_or(|(a, b)| near(a, b))
            })
    }

    #[test]
    fn one_walk_tells_what_influences_tell() {
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        for (trials, step, base) in [(1, 7, 3.0), (2, 7, 3.0), (1_003, 37, 0.0), (5_000, 53, 1e9)] {
            let amounts: Vec<f64> = (0..trials).map(|t| base + f64::from(t * step % 911)).collect();
            for spare in [0.0, base + 500.0, base + 905.0] {
                let beyond: Vec<f64> = amounts.iter().map(|x| (x - spare).max(0.0)).collect();
                // All trials, and only those that have something.
                let some: Vec<f64> = amounts.iter().copied().filter(|&x| x > spare).collect();
                let found = [&amounts, &some].map(|own| Walk::beyond(spare, own, amounts.len()));
                let found = found.map(|walk| walk.mean(drawn));
                if some.is_empty() {
                    assert_eq!(found, [None, None]);
                    continue;
                }
                let wanted = Mean::of(&beyond, 1e12, drawn).own;
                for found in found {
                    assert!(agree(&found.unwrap(), &wanted), "{found:?} {wanted:?}");
                }
            }
        }
        // In pieces of any size that is a multiple of eight.
        let amounts: Vec<f64> = (0..1_003).map(|t| f64::from(t * 37 % 911)).collect();
        let mut pieces = Walk::from(amounts[0]);
        amounts.chunks(64).for_each(|piece| pieces.add(piece));
        assert_eq!(pieces.mean(drawn), over(&amounts).mean(drawn));
        assert_eq!(pieces.most(), amounts.iter().copied().fold(0.0, f64::max));
        // One trial that carries most, and a wrong twin: the spread around the centre.
        let mut amounts = vec![1.0; 1_000];
        amounts[701] = 500.0;
        let walk = over(&amounts);
        let found = walk.mean(drawn).unwrap();
        assert!(agree(&found, &Mean::of(&amounts, 1e12, drawn).own));
        assert!(found.effective_trials.unwrap() < 1.01);
        let partial = Partial { sum: [0.0; LANES], ..walk.partial };
        let wrong = Walk { partial, ..walk }.mean(drawn).unwrap();
        assert_ne!(wrong.standard_error, found.standard_error);
    }

    #[test]
    fn other_trials_are_left_to_influences() {
        let weights = [0.5, 1.5];
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        assert_eq!(over(&[1.0, 2.0]).mean(drawn.weighing(&weights, 2.0)), None);
        assert_eq!(over(&[1.0, 2.0]).mean(drawn.in_randomisations(2)), None);
        assert!(over(&[1.0, 2.0]).mean(drawn).is_some());
        assert_eq!(over(&[]).mean(drawn), None);
    }
}
