//! Exceedance curves: P(L > x) against x, with exact bands and return periods.

use super::drawn::Drawn;
use super::estimate::Estimate;
use super::interval::probability;
use super::order::Ranked;
use super::series::ExceedancePoint;
use super::statistic::falling;

/// Points of a curve that is drawn, at most.
pub const DRAWN: usize = 240;
/// Points of a curve that is only tabulated, at most.
pub const TABULATED: usize = 60;

/// The curve of a sample, thinned evenly in the logarithm of the probability. Plain trials: down to the
/// largest loss seen, beyond which there is only a bound. Others reach as far as their weights are small,
/// and the curve ends at the probability `least`.
pub fn exceedance(
    ranked: &Ranked,
    drawn: Drawn<'_>,
    per_unit: f64,
    (most, least): (usize, f64),
) -> Vec<ExceedancePoint> {
    let n = ranked.size();
    let mut places = vec![0];
    let seen = ranked.share_from(n - 1);
    let is_cut = drawn.weights.is_some() && seen < least;
    let least = if is_cut { least } else { seen };
    let decades = -libm::log(least);
    for step in 0..most {
        // From P = 1 down to that of the last trial in equal ratios.
        let p = libm::exp(-decades * step as f64 / (most - 1) as f64);
        places.push(match drawn.is_plain() {
            true => n - ((n as f64 * p).round() as usize).clamp(1, n),
            false => ranked.place_with(p),
        });
    }
    if !is_cut {
        places.push(n - 1);
    }
    // Duplicates of coarse places fall away.
    places.sort_unstable();
    places.dedup_by_key(|place| ranked.losses[*place]);
    let mut tail = TailSums::new(ranked, drawn);
    let mut points: Vec<(f64, Estimate)> = Vec::with_capacity(places.len());
    for &place in places.iter().rev() {
        let loss = ranked.losses[place];
        let first = ranked.beyond(loss);
        let found = match drawn.is_plain() {
            true => probability((n - first) as u64, n as u64, drawn.confidence),
            false => tail.probability_from(first),
        };
        points.push((loss as f64 / per_unit, found));
    }
    points.reverse();
    let (losses, found): (Vec<f64>, Vec<Estimate>) = points.into_iter().unzip();
    let point = |(loss, found): (f64, Estimate)| ExceedancePoint {
        loss,
        probability: found.value,
        lower: found.lower.unwrap_or(0.0),
        upper: found.upper.unwrap_or(1.0),
        return_period: (found.value > 0.0).then(|| 1.0 / found.value),
    };
    losses.into_iter().zip(falling(found)).map(point).collect()
}

/// What the error of P(L > x) needs, gathered from the largest loss down.
struct TailSums<'a> {
    ranked: &'a Ranked,
    drawn: Drawn<'a>,
    /// Trials from here on are counted.
    first: usize,
    weight: f64,
    squares: f64,
    /// Sum of all squared weights.
    all_squares: f64,
    /// Weight above, and all of it, by randomisation.
    own: Vec<f64>,
    whole: Vec<f64>,
}

impl<'a> TailSums<'a> {
    fn new(ranked: &'a Ranked, drawn: Drawn<'a>) -> Self {
        let randomisations = drawn.randomisations().unwrap_or(0);
        let mut whole = vec![0.0; randomisations];
        let mut all_squares = 0.0;
        for &t in &ranked.trials {
            let v = drawn.weight(t as usize);
            all_squares += v * v;
            if randomisations > 0 {
                whole[t as usize % randomisations] += v;
            }
        }
        let own = vec![0.0; randomisations];
        let first = ranked.size();
        Self { ranked, drawn, first, weight: 0.0, squares: 0.0, all_squares, own, whole }
    }

    /// The share of trials from a place on, which is at most the one asked for before.
    fn probability_from(&mut self, place: usize) -> Estimate {
        let n = self.ranked.size() as f64;
        for &t in self.ranked.trials[place..self.first].iter().rev() {
            let v = self.drawn.weight(t as usize);
            self.weight += v;
            self.squares += v * v;
            if !self.own.is_empty() {
                let at = t as usize % self.own.len();
                self.own[at] += v;
            }
        }
        self.first = place;
        if self.weight == 0.0 {
            let upper = self.drawn.unseen(self.ranked.size());
            return Estimate::bound(upper, self.drawn.confidence.get());
        }
        let p = (self.weight / n).min(1.0);
        let error = if self.own.is_empty() {
            // psi = v (1 - p) above and -v p below; its mean is 0.
            let below = (self.all_squares - self.squares).max(0.0);
            let sum = self.squares * (1.0 - p) * (1.0 - p) + below * p * p;
            Some((sum / (n * (n - 1.0))).sqrt())
        } else {
            // The randomisations as trials of their own.
            let per = n / self.own.len() as f64;
            let means: Vec<f64> =
                self.own.iter().zip(&self.whole).map(|(own, all)| (own - p * all) / per).collect();
            Drawn::plain(self.drawn.confidence).spread(&means)
        };
        let bearing = self.weight * self.weight / self.squares;
        self.drawn.probability_around(p, error, bearing, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Confidence;

    fn plain() -> Drawn<'static> {
        Drawn::plain(Confidence::new(0.95).unwrap())
    }

    #[test]
    fn every_point_has_the_band_of_its_probability() {
        let losses: Vec<i64> = (0..1_000).map(|t| t * 7_919 % 1_000).collect();
        let weights: Vec<f64> = (0..1_000).map(|t| 0.5 + f64::from(t % 3) / 2.0).collect();
        let mean = weights.iter().sum::<f64>() / 1_000.0;
        let weights: Vec<f64> = weights.iter().map(|w| w / mean).collect();
        let independent = plain().weighing(&weights, 2.0);
        for drawn in [independent, independent.in_randomisations(8)] {
            let points = exceedance(&Ranked::new(&losses, drawn), drawn, 1.0, (TABULATED, 0.0));
            assert!(points.len() > 40);
            for point in &points {
                let own = drawn.probability(1_000, |t| losses[t] as f64 > point.loss);
                let near =
                    |a: f64, b: Option<f64>| (a - b.unwrap()).abs() < 1e-3 * own.value + 1e-9;
                assert!(near(point.probability, Some(own.value)), "{point:?} {own:?}");
                // Ends never rise with the loss: what is said of one bounds the next.
                let (lower, upper) = (own.lower.unwrap(), own.upper.unwrap());
                assert!(near(point.upper, own.upper) || point.upper < upper, "{point:?} {own:?}");
                assert!(near(point.lower, own.lower) || point.lower > lower, "{point:?} {own:?}");
            }
        }
    }

    #[test]
    fn falls_and_holds_the_exact_counts() {
        let sorted: Vec<i64> = (0..10_000).map(|i| i * 100).collect();
        let points = exceedance(&Ranked::new(&sorted, plain()), plain(), 100.0, (DRAWN, 0.0));
        assert!(points.len() <= DRAWN + 2);
        for pair in points.windows(2) {
            assert!(pair[0].loss < pair[1].loss && pair[0].probability > pair[1].probability);
        }
        for point in &points {
            let want = 1.0 - (point.loss + 1.0) / 10_000.0;
            assert!((point.probability - want).abs() < 1e-12);
            assert!(point.lower <= point.probability && point.probability <= point.upper);
        }
        let last = points.last().unwrap();
        assert_eq!((last.probability, last.return_period), (0.0, None));
        assert!(last.upper > 0.0);
    }

    #[test]
    fn one_trial_is_one_point() {
        let points = exceedance(&Ranked::new(&[5], plain()), plain(), 1.0, (DRAWN, 0.0));
        assert_eq!(points.len(), 1);
    }
}
