//! How the trials behind a number were drawn, and what error that leaves.
//!
//! Trial t of n has the weight v_t, the ratio of the law's density to that of the proposals,
//! scaled so that the weights average 1 (self-normalised importance sampling). A statistic of the
//! weighted sample has influences psi_t = v_t phi_t, phi the influence under the law itself, and
//!
//! 1. independent trials: se = sd(psi) / sqrt n, with normal quantiles;
//! 2. R independent randomisations of evenly spread points, trial t belonging to t mod R: with m_r
//!    the mean of psi in randomisation r, se = sd(m) / sqrt R, with quantiles of Student's t of R - 1
//!    degrees of freedom (L'Ecuyer and Lemieux 2002);
//! 3. trials that bear on a number: (sum v)^2 / sum v^2 over those that do (Kish 1965), their count
//!    where all weigh the same;
//! 4. plain sampling of as many trials would have the squared error mean(psi^2 / v) / n, an
//!    estimate of E phi^2 / n; what it is over se^2 is the variance ratio of the plan.

use super::estimate::{Estimate, Figures, Quality};
use super::interval::{FEW, normal_z, probability, unseen_probability};
use super::sums::{self, Lanes};
use crate::special::beta;
use crate::units::Confidence;

/// An error of no more than this share of its number is rounding.
const ROUNDING: f64 = 1e-14;

/// How trials were drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// Coverage of the bands.
    pub confidence: Confidence,
    /// v of each trial; `None` where all trials weigh the same.
    pub weights: Option<&'a [f64]>,
    /// Number of independent randomisations, two or more; `None` where trials are independent.
    randomisations: Option<usize>,
    /// No weight can be larger than this.
    heaviest: f64,
    /// Standard errors from a value to either end of its interval.
    reach: f64,
}

impl<'a> Drawn<'a> {
    /// Independent trials of equal weight.
    pub fn plain(confidence: Confidence) -> Self {
        let reach = normal_z(confidence);
        Self { confidence, weights: None, randomisations: None, heaviest: 1.0, reach }
    }

    /// As a sample says: weights that average 1, the largest there could be, randomisations.
    pub fn of(
        confidence: Confidence,
        weights: Option<&'a [f64]>,
        heaviest: f64,
        randomisations: Option<u32>,
    ) -> Self {
        let plain = Self::plain(confidence);
        let drawn = weights.map_or(plain, |weights| plain.weighing(weights, heaviest));
        randomisations.map_or(drawn, |count| drawn.in_randomisations(count as usize))
    }

    /// The same with weights that average 1, none of which could be above `heaviest`.
    pub fn weighing(self, weights: &'a [f64], heaviest: f64) -> Self {
        Self { weights: Some(weights), heaviest, ..self }
    }

    /// The same for the first trials, whose weights average 1 of their own.
    pub fn first<'b>(&self, weights: Option<&'b [f64]>) -> Drawn<'b> {
        let Self { confidence, randomisations, heaviest, reach, .. } = *self;
        Drawn { confidence, weights, randomisations, heaviest, reach }
    }

    /// The same in so many independent randomisations.
    pub fn in_randomisations(self, randomisations: usize) -> Self {
        // |T| > t exactly if f / (f + T^2), a beta variable, is below x.
        let freedom = (randomisations - 1) as f64;
        let x = beta::quantile(0.5 * freedom, 0.5, 1.0 - self.confidence.get());
        let reach = (freedom * (1.0 - x) / x).sqrt();
        Self { randomisations: Some(randomisations), reach, ..self }
    }

    /// Number of independent randomisations; `None` where trials are independent.
    pub fn randomisations(&self) -> Option<usize> {
        self.randomisations
    }

    /// Whether trials are independent and weigh the same.
    pub fn is_plain(&self) -> bool {
        self.weights.is_none() && self.randomisations.is_none()
    }

    /// v of a trial.
    #[inline]
    pub fn weight(&self, trial: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[trial])
    }

    /// Multiplies values per trial by the weights.
    pub fn weigh(&self, mut values: Vec<f64>) -> Vec<f64> {
        if let Some(weights) = self.weights {
            values.iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
        }
        values
    }

    /// Weighted mean of a value of every trial.
    pub fn mean(&self, values: &[f64]) -> f64 {
        self.mean_of(values, |x| x)
    }

    /// Weighted mean of a function of a value of every trial.
    #[inline]
    pub fn mean_of(&self, values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
        let sum = match self.weights {
            None => sums::sum_of(values, of),
            Some(weights) => sums::sum_weighed(values, weights, of),
        };
        sum / values.len() as f64
    }

    /// Equation 3.
    pub fn bearing(&self, trials: impl Iterator<Item = usize>) -> f64 {
        let Some(weights) = self.weights else { return trials.count() as f64 };
        let (sum, squares) =
            trials.map(|t| weights[t]).fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    /// The same of the trials whose value is not 0.
    pub fn bearing_values(&self, values: &[f64]) -> f64 {
        match self.weights {
            None => sums::nonzero(values) as f64,
            Some(_) => self.bearing((0..values.len()).filter(|&t| values[t] != 0.0)),
        }
    }

    /// Standard errors from the value to either end of its interval.
    pub fn reach(&self) -> f64 {
        self.reach
    }

    /// Equation 1 or 2; `None` for a single trial.
    pub fn spread(&self, influence: &[f64]) -> Option<f64> {
        let trials = influence.len();
        if self.randomisations.is_none() {
            return deviation_of_mean(influence);
        }
        let mut sums = self.no_sums();
        self.add_to_sums(&mut sums, 0, influence);
        self.spread_of_sums(sums, trials)
    }

    /// Sums of influences by randomisation, of nothing yet; empty where trials are independent.
    pub(super) fn no_sums(&self) -> Vec<f64> {
        vec![0.0; self.randomisations.unwrap_or(0)]
    }

    /// Adds the influences of the trials from one on.
    pub(super) fn add_to_sums(&self, sums: &mut [f64], from: usize, influence: &[f64]) {
        let Some(randomisations) = self.randomisations else { return };
        let start = from % randomisations;
        let (first, more) = influence.split_at((randomisations - start).min(influence.len()));
        sums[start..].iter_mut().zip(first).for_each(|(sum, psi)| *sum += psi);
        for round in more.chunks(randomisations) {
            sums.iter_mut().zip(round).for_each(|(sum, psi)| *sum += psi);
        }
    }

    /// Equation 2 of so many trials.
    pub(super) fn spread_of_sums(&self, mut sums: Vec<f64>, trials: usize) -> Option<f64> {
        let per = trials as f64 / sums.len() as f64;
        sums.iter_mut().for_each(|sum| *sum /= per);
        deviation_of_mean(&sums).filter(|_| trials >= sums.len())
    }

    /// Equation 4; `None` under plain sampling, and where there is no error to compare.
    pub(super) fn ratio_to_plain(&self, influence: &[f64], error: Option<f64>) -> Option<f64> {
        let squares = || match self.weights {
            None => sums::sum_of(influence, |psi| psi * psi),
            Some(weights) => {
                let mut lanes = Lanes::default();
                lanes.add_with(influence, weights, |psi, v| psi * psi / v);
                lanes.together()
            }
        };
        self.ratio_of(squares, influence.len(), error)
    }

    /// The same from the sum of psi^2 / v over so many trials.
    pub(super) fn ratio_of(
        &self,
        squares: impl FnOnce() -> f64,
        trials: usize,
        error: Option<f64>,
    ) -> Option<f64> {
        let error = error.filter(|&error| error > 0.0 && !self.is_plain())?;
        let n = trials as f64;
        Some(squares() / (n * n * error * error))
    }

    /// A number whose standard error is known.
    pub fn around(
        &self,
        value: f64,
        error: Option<f64>,
        bearing: f64,
        variance_ratio: Option<f64>,
    ) -> Estimate {
        // The spread of fewer than two observations is not 0 but unknown.
        let error = error.filter(|&error| error > 0.0 || bearing >= 2.0);
        // What differs by rounding alone does not differ.
        let error = error.map(|error| if error > ROUNDING * value.abs() { error } else { 0.0 });
        let reach = self.reach();
        Estimate::of(Figures {
            value,
            standard_error: error,
            lower: error.map(|se| value - reach * se),
            upper: error.map(|se| value + reach * se),
            confidence: self.confidence.get(),
            quality: if bearing < FEW { Quality::TooFew } else { Quality::Good },
            effective_trials: Some(bearing).filter(|bearing| bearing.is_finite()),
            variance_ratio,
        })
    }

    /// Upper bound on the probability of what none of `n` trials has shown. Every trial shows it with
    /// at least p / (largest weight). The points of a randomisation are not independent of each
    /// other, so that only one of each is counted there.
    pub fn unseen(&self, n: usize) -> f64 {
        let units = self.randomisations.map_or(n, |randomisations| randomisations.min(n));
        (self.heaviest * unseen_probability(units, self.confidence)).min(1.0)
    }

    /// The probability of what happens in the trials for which `hit` holds. Plain: the exact interval
    /// of Clopper and Pearson. Else normal on ln(p / (1 - p)), which keeps the ends in 0..1.
    pub fn probability(&self, n: usize, hit: impl Fn(usize) -> bool) -> Estimate {
        let hits = (0..n).filter(|&t| hit(t));
        if self.is_plain() {
            return probability(hits.count() as u64, n as u64, self.confidence);
        }
        let bearing = self.bearing(hits);
        if bearing == 0.0 {
            return Estimate::bound(self.unseen(n), self.confidence.get());
        }
        if (0..n).all(&hit) {
            // What never failed may still fail; the sample knows no spread.
            let sure = self.around(1.0, None, bearing, None);
            return Estimate::of(Figures {
                lower: Some(1.0 - self.unseen(n)),
                upper: Some(1.0),
                ..*sure
            });
        }
        let hits: Vec<f64> = (0..n).map(|t| f64::from(u8::from(hit(t)))).collect();
        let p = self.mean(&hits).min(1.0);
        let influence = self.weigh(hits.into_iter().map(|hit| hit - p).collect());
        let error = self.spread(&influence);
        self.probability_around(p, error, bearing, self.ratio_to_plain(&influence, error))
    }

    /// The same from the trials in which it happens.
    pub fn probability_in(&self, n: usize, hits: impl Iterator<Item = usize>) -> Estimate {
        if self.is_plain() {
            return probability(hits.count() as u64, n as u64, self.confidence);
        }
        let mut flags = vec![false; n];
        hits.for_each(|t| flags[t] = true);
        self.probability(n, |t| flags[t])
    }

    /// The same from its parts.
    pub fn probability_around(
        &self,
        p: f64,
        error: Option<f64>,
        bearing: f64,
        variance_ratio: Option<f64>,
    ) -> Estimate {
        let around = self.around(p, error, bearing, variance_ratio);
        let Some(error) = error.filter(|_| p > 0.0 && p < 1.0) else { return around };
        let half = self.reach() * error / (p * (1.0 - p));
        let end = |by: f64| {
            let odds = p / (1.0 - p) * libm::exp(by);
            odds / (1.0 + odds)
        };
        Estimate::of(Figures { lower: Some(end(-half)), upper: Some(end(half)), ..*around })
    }
}

/// Weights scaled so that they average 1.
pub fn averaging_one(weights: &[f64]) -> Vec<f64> {
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    weights.iter().map(|w| w / mean).collect()
}

/// sd / sqrt n; `None` for fewer than two.
fn deviation_of_mean(values: &[f64]) -> Option<f64> {
    let mean = sums::sum(values) / values.len() as f64;
    let squares = || sums::sum_of(values, |x| (x - mean) * (x - mean));
    (values.len() > 1).then(|| error_of_mean(squares(), values.len()))
}

/// Standard error of a mean from the sum of squares around it.
pub(super) fn error_of_mean(squares: f64, trials: usize) -> f64 {
    let n = trials as f64;
    (squares / (n * (n - 1.0))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal::{cdf, quantile};

    fn confidence() -> Confidence {
        Confidence::new(0.95).unwrap()
    }

    #[test]
    fn trials_of_one_weight_are_plain_ones() {
        let weights = vec![1.0; 400];
        let plain = Drawn::plain(confidence());
        let weighed = plain.weighing(&weights, 1.0);
        let psi: Vec<f64> = (0..400).map(|t| f64::from(t * 37 % 101) - 50.0).collect();
        assert_eq!(plain.spread(&psi), weighed.spread(&psi));
        assert_eq!(weighed.bearing(0..30), 30.0);
        let ratio = weighed.ratio_to_plain(&psi, weighed.spread(&psi)).unwrap();
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
        assert_eq!(plain.ratio_to_plain(&psi, plain.spread(&psi)), None);
    }

    #[test]
    fn randomisations_are_the_units_of_error() {
        // Two randomisations: trials 0, 2, 4, ... and 1, 3, 5, ...; means 1 and 3.
        let drawn = Drawn::plain(confidence()).in_randomisations(2);
        let psi = [1.0, 3.0, 0.0, 4.0, 2.0, 2.0];
        assert!((drawn.spread(&psi).unwrap() - 1.0).abs() < 1e-15);
        // Student's t of one degree of freedom.
        assert!((drawn.reach() - 12.706_204_736).abs() < 1e-6);
        assert_eq!(drawn.spread(&psi[..1]), None);
    }

    #[test]
    fn the_ratio_is_that_of_variances() {
        // P(Z > 3) by a half of N(0, 1) and a half of N(3, 1), each on its own midpoints.
        let n = 400_000;
        let normal = |i: usize| quantile((i as f64 + 0.5) / (n / 2) as f64);
        let z: Vec<f64> = (0..n).map(|t| normal(t / 2) + 3.0 * (t % 2) as f64).collect();
        let weight = |z: f64| 2.0 / (1.0 + libm::exp(3.0 * z - 4.5));
        let weights = averaging_one(&z.iter().map(|&z| weight(z)).collect::<Vec<_>>());
        let drawn = Drawn::plain(confidence()).weighing(&weights, 2.0);
        let found = drawn.probability(n, |t| z[t] > 3.0);
        let p = cdf(-3.0);
        assert!((found.value / p - 1.0).abs() < 1e-3, "{}", found.value);
        // Under the law the error is E[w phi^2] instead of E[phi^2] = p (1 - p).
        let law = (0..n / 2).map(normal);
        let phi = |z: f64| if z > 3.0 { 1.0 - p } else { -p };
        let weighed: f64 = law.map(|z| weight(z) * phi(z) * phi(z)).sum::<f64>() / (n / 2) as f64;
        let ratio = p * (1.0 - p) / weighed;
        assert!(ratio > 50.0, "{ratio}");
        assert!((found.variance_ratio.unwrap() / ratio - 1.0).abs() < 0.05, "{found:?} {ratio}");
        assert!(found.lower < Some(p) && Some(p) < found.upper);
    }

    #[test]
    fn what_was_not_seen_is_bounded_by_weights_and_randomisations() {
        let plain = Drawn::plain(confidence());
        assert_eq!(plain.unseen(1_000), unseen_probability(1_000, confidence()));
        let weights = vec![1.0; 1_000];
        let mixed = plain.weighing(&weights, 4.0);
        assert_eq!(mixed.unseen(1_000), 4.0 * unseen_probability(1_000, confidence()));
        let quasi = plain.in_randomisations(64);
        assert_eq!(quasi.unseen(1_000), unseen_probability(64, confidence()));
        let found = mixed.probability(1_000, |_| false);
        assert_eq!((found.value, found.quality), (0.0, Quality::Bound));
        assert_eq!(found.upper, Some(mixed.unseen(1_000)));
        let found = mixed.probability(1_000, |_| true);
        assert_eq!((found.value, found.standard_error), (1.0, None));
        assert_eq!((found.lower, found.upper), (Some(1.0 - mixed.unseen(1_000)), Some(1.0)));
    }
}
