//! What each trial adds to the error of a number, as a function of what the trial brought.
//!
//! The influences of all statistics of a policy are functions of the same few series: losses, defaults. They
//! are kept as functions and worked out piece by piece where they are added up, so that neither a
//! statistic nor a comparison writes a number per trial into memory.

use std::sync::Arc;

use multiversion::multiversion;

use super::drawn::{Drawn, error_of_mean};
use super::estimate::Estimate;
use super::sums::{LANES, Lanes, Running, Sums};

/// A number of every trial.
pub type Series = Arc<Vec<f64>>;

/// Trials worked out at a time: what is read and written stays in the nearest cache.
const PIECE: usize = 512;
const _: () = assert!(PIECE.is_multiple_of(LANES), "partial sums go on from piece to piece");

/// phi of every trial, which is psi before it is weighed ([`super::drawn`]): a sum of multiples of functions, over a number.
#[derive(Debug, Clone)]
pub struct Influence {
    trials: usize,
    terms: Vec<Term>,
    /// Divides the sum, not its terms: where they make up for each other in every trial nothing is left.
    over: f64,
}

#[derive(Debug, Clone)]
struct Term {
    times: f64,
    of: Series,
    shape: Shape,
}

/// Functions of the number x of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// x.
    Itself,
    /// x - m.
    Less(f64),
    /// ((x - mean)^2 - variance) / (2 sd), with the variance sd^2 above 0.
    Spread {
        /// Mean of x.
        mean: f64,
        /// Its variance.
        variance: f64,
    },
    /// slope (1\[x > at\] - share).
    Beyond {
        /// The threshold.
        at: f64,
        /// Share of trials beyond it.
        share: f64,
        /// What it is multiplied by.
        slope: f64,
    },
    /// at + (x - at)+ / tail - mean.
    Excess {
        /// The threshold.
        at: f64,
        /// 1 - q.
        tail: f64,
        /// Mean of all the rest.
        mean: f64,
    },
}

impl Influence {
    /// None of any trial.
    pub fn nothing(trials: usize) -> Self {
        Self { trials, terms: Vec::new(), over: 1.0 }
    }

    /// That of a function of a series.
    pub fn new(of: &Series, shape: Shape) -> Self {
        let term = Term { times: 1.0, of: Arc::clone(of), shape };
        Self { trials: of.len(), terms: vec![term], over: 1.0 }
    }

    /// Less a multiple of another one of the same trials; neither is over a number yet.
    pub fn less(&self, times: f64, other: &Self) -> Self {
        debug_assert_eq!((self.trials, self.over, other.over), (other.trials, 1.0, 1.0));
        let less = other.terms.iter().map(|t| Term { times: -times * t.times, ..t.clone() });
        Self { terms: self.terms.iter().cloned().chain(less).collect(), ..*self }
    }

    /// Divided by a number.
    pub fn over(&self, by: f64) -> Self {
        Self { over: self.over * by, ..self.clone() }
    }

    /// Number of trials; 0 where nothing was sampled.
    pub fn trials(&self) -> usize {
        self.trials
    }

    /// phi of the trials from one on.
    fn write(&self, from: usize, out: &mut [f64]) {
        let Some((first, more)) = self.terms.split_first() else { return out.fill(0.0) };
        let trials = from..from + out.len();
        write_multiple(first.shape, first.times, &first.of[trials.clone()], out);
        for term in more {
            add_multiple(term.shape, term.times, &term.of[trials.clone()], out);
        }
        if self.over != 1.0 {
            let times = 1.0 / self.over;
            out.iter_mut().for_each(|psi| *psi *= times);
        }
    }

    /// Whether another one is the same in every trial.
    pub fn is_same(&self, other: &Self) -> bool {
        let (mut own, mut others) = ([0.0; PIECE], [0.0; PIECE]);
        self.trials == other.trials
            && pieces(self.trials).all(|(from, size)| {
                self.write(from, &mut own[..size]);
                other.write(from, &mut others[..size]);
                own[..size] == others[..size]
            })
    }
}

/// Writes a multiple of a function.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn write_multiple(shape: Shape, times: f64, of: &[f64], out: &mut [f64]) {
    apply(shape, times, of, out, |_, psi| psi);
}

/// Adds a multiple of a function.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_multiple(shape: Shape, times: f64, of: &[f64], out: &mut [f64]) {
    apply(shape, times, of, out, |sum, psi| sum + psi);
}

#[inline(always)]
fn apply(shape: Shape, times: f64, of: &[f64], out: &mut [f64], join: impl Fn(f64, f64) -> f64) {
    match shape {
        Shape::Itself => each(of, out, |sum, x| join(sum, times * x)),
        Shape::Less(m) => each(of, out, |sum, x| join(sum, times * (x - m))),
        Shape::Spread { mean, variance } => {
            let times = times / (2.0 * variance.sqrt());
            each(of, out, |sum, x| {
                let d = x - mean;
                join(sum, times * (d * d - variance))
            });
        }
        Shape::Beyond { at, share, slope } => {
            let (above, below) = (times * slope * (1.0 - share), times * slope * (0.0 - share));
            each(of, out, |sum, x| join(sum, if x > at { above } else { below }));
        }
        Shape::Excess { at, tail, mean } => {
            let (rest, per) = (times * (at - mean), times / tail);
            each(of, out, |sum, x| {
                let more = if x > at { x - at } else { 0.0 };
                join(sum, per * more + rest)
            });
        }
    }
}

#[inline(always)]
fn each(of: &[f64], out: &mut [f64], psi: impl Fn(f64, f64) -> f64) {
    out.iter_mut().zip(of).for_each(|(out, &x)| *out = psi(*out, x));
}

/// First trials and sizes of the pieces of so many trials.
fn pieces(trials: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..trials).step_by(PIECE).map(move |from| (from, PIECE.min(trials - from)))
}

/// What influences say of the number that they are of.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Its standard error, as [`Drawn::spread`].
    pub error: Option<f64>,
    trials: usize,
    /// Sum of psi^2 / v.
    squares: f64,
    /// As [`Sums::evenness`].
    pub evenness: f64,
    /// Whether all are 0.
    pub is_nothing: bool,
}

impl Told {
    /// What is told by one.
    pub fn by(influence: &Influence, drawn: Drawn<'_>) -> Self {
        let trials = influence.trials;
        match influence.terms.is_empty() {
            true => Adding::new(drawn).told(trials),
            false => Self::adding(trials, drawn, |from, out| influence.write(from, out)),
        }
    }

    /// What is told by the distances of some values from their mean.
    pub fn by_distances(values: &[f64], mean: f64, drawn: Drawn<'_>) -> Self {
        Self::adding(values.len(), drawn, |from, out| {
            let own = &values[from..from + out.len()];
            write_multiple(Shape::Less(mean), 1.0, own, out);
        })
    }

    /// What is told by a sum of multiples of influences of the same trials.
    pub fn by_sum(parts: &[(f64, &Influence)], drawn: Drawn<'_>) -> Self {
        let trials = parts.iter().map(|(_, part)| part.trials).min().unwrap_or(0);
        Self::adding(trials, drawn, |from, sum| {
            let mut room = [0.0; PIECE];
            let own = &mut room[..sum.len()];
            sum.fill(0.0);
            for (times, part) in parts {
                part.write(from, own);
                sum.iter_mut().zip(&*own).for_each(|(sum, psi)| *sum += times * psi);
            }
        })
    }

    /// What is told by influences that are written from a trial on.
    fn adding(trials: usize, drawn: Drawn<'_>, write: impl Fn(usize, &mut [f64])) -> Self {
        let mut room = [0.0; PIECE];
        let mut adding = Adding::new(drawn);
        for (from, size) in pieces(trials) {
            write(from, &mut room[..size]);
            adding.add(from, &mut room[..size]);
        }
        adding.told(trials)
    }

    /// For two statistics of the same trials, what is told by the difference of their influences, and by
    /// that of the first and a multiple of the second.
    pub fn by_pairs(pairs: &[(f64, [&Influence; 2])], drawn: Drawn<'_>) -> Vec<[Self; 2]> {
        let trials = |[a, b]: [&Influence; 2]| a.trials.min(b.trials);
        let most = pairs.iter().map(|own| trials(own.1)).max().unwrap_or(0);
        let mut adding = vec![[Adding::new(drawn), Adding::new(drawn)]; pairs.len()];
        let mut room = [[0.0; PIECE]; 3];
        // Pieces on the outside: all pairs read the same few series.
        for (from, size) in pieces(most) {
            for (adding, (times, own)) in adding.iter_mut().zip(pairs) {
                let size = trials(*own).saturating_sub(from).min(size);
                if own.iter().all(|own| own.terms.is_empty()) || size == 0 {
                    continue;
                }
                let [a, b, joined] = room.each_mut().map(|room| &mut room[..size]);
                own[0].write(from, a);
                own[1].write(from, b);
                for (adding, times) in adding.iter_mut().zip([1.0, *times]) {
                    subtract(a, times, b, joined);
                    adding.add(from, joined);
                }
            }
        }
        let told = |(adding, own): ([Adding<'_>; 2], &(f64, [&Influence; 2]))| {
            adding.map(|adding| adding.told(trials(own.1)))
        };
        adding.into_iter().zip(pairs).map(told).collect()
    }

    /// The same of the number divided by another.
    pub fn over(self, by: f64) -> Self {
        let (error, squares) = (self.error.map(|error| error / by), self.squares / (by * by));
        Self { error, squares, ..self }
    }

    /// Equation 4 of [`super::drawn`] where the number has this error.
    pub fn ratio(&self, drawn: Drawn<'_>, error: Option<f64>) -> Option<f64> {
        drawn.ratio_of(|| self.squares, self.trials, error)
    }

    /// The number with its band, where so many trials bear on it.
    pub fn estimate(&self, value: f64, bearing: f64, drawn: Drawn<'_>) -> Estimate {
        drawn.around(value, self.error, bearing, self.ratio(drawn, self.error))
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn subtract(a: &[f64], times: f64, b: &[f64], out: &mut [f64]) {
    let both = a.iter().zip(b);
    out.iter_mut().zip(both).for_each(|(out, (a, b))| *out = a - times * b);
}

/// Influences that are added up as their pieces come.
#[derive(Debug, Clone)]
struct Adding<'a> {
    drawn: Drawn<'a>,
    running: Running,
    /// Of psi^2 / v.
    plain: Lanes,
    /// Sums by randomisation.
    parts: Vec<f64>,
}

impl<'a> Adding<'a> {
    fn new(drawn: Drawn<'a>) -> Self {
        Self { drawn, running: Running::default(), plain: Lanes::default(), parts: drawn.no_sums() }
    }

    /// Those of the trials from one on, which are weighed.
    fn add(&mut self, from: usize, psi: &mut [f64]) {
        if let Some(weights) = self.drawn.weights {
            let weights = &weights[from..from + psi.len()];
            psi.iter_mut().zip(weights).for_each(|(psi, weight)| *psi *= weight);
            self.plain.add_with(psi, weights, |psi, weight| psi * psi / weight);
        }
        self.running.add(psi);
        self.drawn.add_to_sums(&mut self.parts, from, psi);
    }

    fn told(self, trials: usize) -> Told {
        let sums = self.running.together();
        let Sums { sum, squares, largest } = sums;
        let error = match self.drawn.randomisations() {
            Some(_) => self.drawn.spread_of_sums(self.parts, trials),
            // The mean of influences is next to nothing: no digits are lost by squares around 0.
            None => (trials > 1).then(|| {
                let around = squares - sum * sum / trials as f64;
                // What is no number stays none.
                error_of_mean(if around < 0.0 { 0.0 } else { around }, trials)
            }),
        };
        Told {
            error,
            trials,
            squares: if self.drawn.weights.is_some() { self.plain.together() } else { squares },
            evenness: sums.evenness(),
            is_nothing: largest == 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sums;
    use super::*;
    use crate::units::Confidence;

    fn plain() -> Drawn<'static> {
        Drawn::plain(Confidence::new(0.95).unwrap())
    }

    fn series(step: usize) -> Series {
        Series::new((0..1_700).map(|t| (t * step % 911) as f64).collect())
    }

    /// Every shape as its formula, number by number.
    fn formula(shape: Shape, x: f64) -> f64 {
        match shape {
            Shape::Itself => x,
            Shape::Less(m) => x - m,
            Shape::Spread { mean, variance } => {
                ((x - mean) * (x - mean) - variance) / (2.0 * variance.sqrt())
            }
            Shape::Beyond { at, share, slope } => slope * (f64::from(u8::from(x > at)) - share),
            Shape::Excess { at, tail, mean } => at + (x - at).max(0.0) / tail - mean,
        }
    }

    #[test]
    fn functions_are_worked_out_piece_by_piece_as_trial_by_trial() {
        let (losses, counts) = (series(37), series(53));
        let shapes = [
            Shape::Itself,
            Shape::Less(455.0),
            Shape::Spread { mean: 455.0, variance: 69_000.0 },
            Shape::Beyond { at: 865.0, share: 0.05, slope: 120.0 },
            Shape::Excess { at: 865.0, tail: 0.05, mean: 888.0 },
        ];
        for shape in shapes {
            let one = Influence::new(&losses, shape);
            let ratio = Influence::new(&counts, Shape::Less(455.0));
            let both = one.less(0.7, &ratio).over(3.0);
            let mut found = vec![0.0; 1_700];
            // Pieces of any size.
            for from in (0..1_700).step_by(170) {
                both.write(from, &mut found[from..from + 170]);
            }
            for t in 0..1_700 {
                let wanted = (formula(shape, losses[t]) - 0.7 * (counts[t] - 455.0)) / 3.0;
                assert!((found[t] - wanted).abs() < 1e-10, "{shape:?} {t}");
            }
            assert!(both.is_same(&both.clone()) && !both.is_same(&one));
        }
    }

    /// Influences of mean 0 under plain, weighed and randomised trials, against sums of all of them.
    #[test]
    fn what_is_told_is_what_written_influences_tell() {
        let (losses, others) = (series(37), series(53));
        let weights: Vec<f64> = (0..1_700).map(|t| f64::from(t % 5 + 1) / 3.0).collect();
        let drawn = [
            plain(),
            plain().weighing(&weights, 2.0),
            plain().in_randomisations(17),
            plain().in_randomisations(100).weighing(&weights, 2.0),
        ];
        for drawn in drawn {
            let of = |series: &Series| {
                let mean = drawn.mean(series);
                (Influence::new(series, Shape::Less(mean)), mean)
            };
            let ((a, mean_a), (b, mean_b)) = (of(&losses), of(&others));
            let weigh = |psi: Vec<f64>| drawn.weigh(psi);
            let written = |times: f64| -> Vec<f64> {
                let psi = |(x, y): (&f64, &f64)| (x - mean_a) - times * (y - mean_b);
                weigh(losses.iter().zip(&*others).map(psi).collect())
            };
            let check = |told: Told, psi: &[f64]| {
                let wanted = drawn.spread(psi).unwrap();
                assert!((told.error.unwrap() / wanted - 1.0).abs() < 1e-12);
                let ratios =
                    (told.ratio(drawn, told.error), drawn.ratio_to_plain(psi, Some(wanted)));
                match ratios {
                    (Some(found), Some(wanted)) => assert!((found / wanted - 1.0).abs() < 1e-11),
                    other => assert_eq!(other, (None, None)),
                }
                assert_eq!(told.evenness, sums::Sums::of(psi).evenness());
                assert!(!told.is_nothing);
            };
            check(Told::by(&a, drawn), &written(0.0));
            check(Told::by_sum(&[(1.0, &a), (-0.4, &b)], drawn), &written(0.4));
            let [[change, relative], [same, _]] =
                Told::by_pairs(&[(0.4, [&a, &b]), (0.4, [&b, &b])], drawn)[..]
            else {
                panic!("one for each pair");
            };
            check(change, &written(1.0));
            check(relative, &written(0.4));
            // A shorter pair beside them is told as if alone.
            let short = |of: &Series| {
                let own = Series::new(of[..1_020].to_vec());
                Influence::new(&own, Shape::Less(drawn.mean(&own).min(455.0)))
            };
            if drawn.weights.is_none() {
                let (c, d) = (short(&losses), short(&others));
                let pairs = [(0.4, [&a, &b]), (0.4, [&c, &d])];
                let beside = Told::by_pairs(&pairs, drawn)[1][0].error;
                assert_eq!(beside, Told::by_pairs(&pairs[1..], drawn)[0][0].error);
            }
            // A number held against itself: no error, and nothing told.
            assert!(same.is_nothing && same.error == Some(0.0));
            // A wrong twin: the multiple of the other pair.
            let wrong = drawn.spread(&written(1.0)).unwrap();
            assert!((relative.error.unwrap() / wrong - 1.0).abs() > 0.05);
        }
    }

    #[test]
    fn one_trial_that_carries_most_is_noticed() {
        let mut values = vec![1.0; 1_000];
        values[701] = 500.0;
        let mean = values.iter().sum::<f64>() / 1_000.0;
        let told = Told::by(&Influence::new(&Series::new(values), Shape::Less(mean)), plain());
        assert!(told.evenness < 1.01, "{told:?}");
        assert_eq!(Told::by(&Influence::nothing(0), plain()).error, None);
        assert!(Told::by(&Influence::nothing(9), plain()).is_nothing);
    }
}
