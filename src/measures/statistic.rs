//! Statistics that carry what each trial adds to their error, so that any comparison has a band.
//!
//! For a statistic T of n trials the influence psi_t is such that T - theta is about mean(psi_t):
//!
//! 1. mean: psi = L - mean;
//! 2. standard deviation s: psi = ((L - mean)^2 - s^2) / (2 s);
//! 3. VaR: psi = (1\[L > VaR\] - mean of it) / f, 1/f the slope of the quantile function, read off
//!    the distribution-free interval of VaR;
//! 4. ES: psi = VaR + (L - VaR)+ / (1 - q) - ES;
//! 5. economic capital: psi of VaR minus psi of the mean;
//! 6. ratio R = a / b (of EL and defaults, of ES and EL): psi = (psi_a - R psi_b) / b.
//!
//! Trials that weigh differently or hang together are the matter of [`super::drawn`], which gives the
//! standard error; under plain sampling it is sd(psi) / sqrt n. Comparisons of policies combine influences, see
//! [`super::compare`]. Where VaR jumps (few borrowers, equal loans) influences say little of it and of what rests on it: see `atoms`.
//! Economic capital has the interval of VaR less that of EL.
//!
//! (Influence functions: Hampel 1974; for VaR and ES see Hong, Hu and Liu 2014.)

use super::atoms::{Candidate, Run, STEPS, at_kink, difference};
use super::drawn::Drawn;
use super::estimate::{Estimate, Figures, Quality};
use super::influence::{Influence, Series, Shape, Told};
use super::interval::FEW;
use super::measure::Measure;
use super::order::Ranked;
use crate::units::Level;

/// Share of the first-order reach of a standard deviation from which on its second order counts.
const VANISHING: f64 = 0.25;

/// A statistic of one policy in one scope.
#[derive(Debug, Clone)]
pub struct Statistic {
    /// What it is.
    pub measure: Measure,
    /// Its level, for VaR, ES and economic capital.
    pub level: Option<Level>,
    /// Its threshold in units of currency, for exceedance probabilities.
    pub threshold: Option<f64>,
    /// The estimate with its own interval.
    pub own: Estimate,
    /// phi of each trial, which is psi before it is weighed.
    pub influence: Influence,
    /// Trials that bear on it.
    pub(super) effective: f64,
    /// Loss if everybody defaulted, units of currency: it bounds what was not seen, and tells policies
    /// apart whose losses were not.
    pub(super) largest: f64,
    /// Whether influences say nothing of it, so that comparisons take the box: it rests on a VaR that sits in an atom, or
    /// its first-order error vanishes.
    pub(super) lumpy: bool,
    /// Step of the lattice that a VaR lies on; 0 where there is none.
    pub(super) step: f64,
    /// The number at other candidates for VaR, where it has a kink; of these it has the interval.
    pub(super) candidates: Vec<Candidate>,
    /// Share of all trials beyond VaR, for what rests on it.
    pub(super) share: f64,
    /// What is known without a sample.
    pub(super) known: Known,
}

/// What is known of a policy in a scope without a sample.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Known {
    /// Whether the policy may change who defaults.
    pub moving: bool,
    /// What tells apart policies that leave other debts or other PDs ([`crate::policy::CreditSums::debts`]); `None` where
    /// only the largest loss does.
    pub debts: Option<u64>,
    /// The exact EL of the whole book, units of currency, where it contradicts what the sample says of losses that it has
    /// not seen.
    pub mean_at_most: Option<f64>,
    /// The exact number of defaults expected of the whole book: no smaller than the probability of any loss.
    pub defaults_at_most: Option<f64>,
}

/// What statistics are taken of: one policy in one scope.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Loss of each trial, smallest units.
    pub losses: &'a [i64],
    /// Defaults of each trial; empty where none are told.
    pub defaults: &'a [u64],
    /// Credit kept, smallest units.
    pub credit: i64,
    /// Loss if everybody defaulted, smallest units: no loss is larger.
    pub largest: i64,
    /// What is known without it.
    pub known: Known,
}

/// What to take.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Levels of VaR, ES and economic capital.
    pub levels: &'a [Level],
    /// Thresholds of exceedance probabilities, smallest units.
    pub thresholds: &'a [i64],
    /// How the trials were drawn, and the coverage of the bands.
    pub drawn: Drawn<'a>,
    /// Smallest units per unit of currency.
    pub per_unit: f64,
}

/// All statistics of a sample, in an order that depends on `asked` only. `ranked` holds the same
/// losses by rising size.
pub fn statistics(sample: Sample<'_>, ranked: &Ranked, asked: Asked<'_>) -> Vec<Statistic> {
    let build = Builder::new(sample, ranked, asked);
    let mean = build.mean();
    let deviation = build.deviation(&mean.own);
    let mut all = vec![mean, deviation];
    for &level in asked.levels {
        let [var, shortfall] = build.tails(level);
        let capital = build.capital(&var, &all[0]);
        all.extend([var, shortfall, capital]);
    }
    all.extend(build.exceedances());
    if !sample.defaults.is_empty() {
        all.extend(build.defaults());
    }
    all.extend(build.per_credit(&all));
    all.extend(build.over_mean(&all));
    all
}

/// EL, and VaR and ES at each level of a sample.
pub fn means_and_tails(
    sample: Sample<'_>,
    ranked: &Ranked,
    asked: Asked<'_>,
) -> (Statistic, Vec<[Statistic; 2]>) {
    let build = Builder::new(sample, ranked, asked);
    (build.mean(), asked.levels.iter().map(|&level| build.tails(level)).collect())
}

/// EL and ES at each level of a sample.
pub fn means_and_shortfalls(
    sample: Sample<'_>,
    ranked: &Ranked,
    asked: Asked<'_>,
) -> Vec<Statistic> {
    let (mean, tails) = means_and_tails(sample, ranked, asked);
    [mean].into_iter().chain(tails.into_iter().map(|[_, shortfall]| shortfall)).collect()
}

/// Mean of a value of every trial that is never above `most`; `largest` is the largest loss, which tells
/// policies apart.
pub(super) fn mean_of(
    measure: Measure,
    values: &Series,
    (most, largest): (f64, f64),
    asked: Asked<'_>,
) -> Statistic {
    let Mean { mean, own, effective } = Mean::of(values, most, asked.drawn);
    let influence = match mean {
        Some(mean) => Influence::new(values, Shape::Less(mean)),
        None => Influence::nothing(values.len()),
    };
    besides((measure, None), own, influence, effective, largest)
}

/// A mean with what is known of it.
pub(super) struct Mean {
    /// Itself; `None` where all values are 0.
    mean: Option<f64>,
    /// With its band, or a bound.
    pub(super) own: Estimate,
    /// Trials that bear on it.
    effective: f64,
}

impl Mean {
    /// Of a value of every trial that is never above `most`, in the values' unit.
    pub(super) fn of(values: &[f64], most: f64, drawn: Drawn<'_>) -> Self {
        let nonzero = drawn.bearing_values(values);
        // Shortfalls of sound lenders: nothing to add up.
        if nonzero == 0.0 {
            let confidence = drawn.confidence.get();
            let own = match most == 0.0 {
                true => Estimate::exact(0.0, confidence),
                false => Estimate::bound(drawn.unseen(values.len()) * most, confidence),
            };
            return Self { mean: None, own, effective: 0.0 };
        }
        let mean = drawn.mean(values);
        let told = Told::by_distances(values, mean, drawn);
        let effective = nonzero.min(told.evenness);
        let own = told.estimate(mean, effective, drawn);
        Self { mean: Some(mean), own, effective }
    }
}

/// Probability that a value of every trial is above another one.
pub(super) fn probability_beyond(
    (measure, threshold): (Measure, Option<f64>),
    (values, at): (&Series, f64),
    largest: f64,
    asked: Asked<'_>,
) -> Statistic {
    let drawn = asked.drawn;
    let trials = values.len();
    let hits = |t: usize| values[t] > at;
    let own = drawn.probability(trials, hits);
    let share = own.value;
    let (influence, effective) = match share > 0.0 {
        true => {
            let shape = Shape::Beyond { at, share, slope: 1.0 };
            (Influence::new(values, shape), drawn.bearing((0..trials).filter(|&t| hits(t))))
        }
        false => (Influence::nothing(trials), 0.0),
    };
    besides((measure, threshold), own, influence, effective, largest)
}

/// A statistic of what a policy brings besides losses.
fn besides(
    (measure, threshold): (Measure, Option<f64>),
    own: Estimate,
    influence: Influence,
    effective: f64,
    largest: f64,
) -> Statistic {
    Statistic {
        measure,
        level: None,
        threshold,
        own,
        influence,
        effective,
        largest,
        lumpy: false,
        step: 0.0,
        candidates: Vec::new(),
        share: 0.0,
        known: Known { moving: true, ..Known::default() },
    }
}

struct Builder<'a> {
    n: usize,
    sample: Sample<'a>,
    ranked: &'a Ranked,
    /// Losses in units of currency.
    units: Series,
    /// Trials with a loss.
    nonzero: f64,
    asked: Asked<'a>,
}

impl<'a> Builder<'a> {
    fn new(sample: Sample<'a>, ranked: &'a Ranked, asked: Asked<'a>) -> Self {
        let (losses, n) = (sample.losses, sample.losses.len());
        let units = losses.iter().map(|&x| x as f64 / asked.per_unit).collect();
        let nonzero = asked.drawn.bearing((0..n).filter(|&t| losses[t] != 0));
        Self { n, sample, ranked, units: Series::new(units), nonzero, asked }
    }

    /// An influence that is a function of the loss of a trial, and 0 where none loses anything.
    fn of_losses(&self, shape: Shape) -> Influence {
        match self.ranked.losses[..] {
            [0, .., 0] | [0] => Influence::nothing(self.n),
            _ => Influence::new(&self.units, shape),
        }
    }

    /// EL.
    fn mean(&self) -> Statistic {
        let n = self.n as f64;
        let drawn = self.asked.drawn;
        let mean = if drawn.weights.is_none() {
            // The sum is an exact integer: it depends on no order.
            let sum: i128 = self.sample.losses.iter().map(|&x| i128::from(x)).sum();
            sum as f64 / n / self.asked.per_unit
        } else {
            drawn.mean(&self.units)
        };
        let influence = self.of_losses(Shape::Less(mean));
        let nonzero = self.nonzero;
        let mut el = self.finish(Measure::ExpectedLoss, None, mean, influence, nonzero);
        if nonzero == 0.0 {
            el.own = self.nothing_seen(1.0);
        }
        el
    }

    /// Standard deviation around the mean.
    fn deviation(&self, of_mean: &Estimate) -> Statistic {
        let mean = of_mean.value;
        let n = self.n as f64;
        let drawn = self.asked.drawn;
        let squares = || drawn.mean_of(&self.units, |x| (x - mean) * (x - mean));
        let variance = if self.n > 1 { squares() * (n / (n - 1.0)) } else { 0.0 };
        let influence = match variance > 0.0 {
            true => self.of_losses(Shape::Spread { mean, variance }),
            false => Influence::nothing(self.n),
        };
        let nonzero = self.nonzero;
        let value = variance.sqrt();
        let mut sd = self.finish(Measure::StandardDeviation, None, value, influence, nonzero);
        if nonzero == 0.0 {
            // sd <= sqrt(p) x largest loss.
            let p = self.unseen_probability();
            sd.own = self.nothing_seen(p.sqrt() / p);
            if self.sample.known.mean_at_most.is_some() {
                sd.own = sd.own.within(Some(0.0), None);
            }
        }
        let errors = of_mean.standard_error.zip(sd.own.standard_error);
        if let Some((of_mean, first)) = errors.filter(|_| value > 0.0) {
            // s^2 is the mean of (L - EL)^2 less (mean - EL)^2, which has the size of the squared error of the mean. It
            // counts where the first has next to no error, as with one loss of PD 1/2.
            let square = of_mean * of_mean;
            let reach = drawn.reach();
            let second = 0.5 * reach * reach * square / value;
            if second > VANISHING * reach * first {
                let own = sd.own;
                let below = 0.5 * square.max(variance / n) / value;
                let ends = (own.lower.map(|x| x - below), own.upper.map(|x| x + second));
                sd.own = own.boxed(ends, reach);
                sd.lumpy = true;
            }
        }
        sd
    }

    /// VaR and ES at one level.
    fn tails(&self, level: Level) -> [Statistic; 2] {
        let Self { sample, asked, ranked, .. } = *self;
        let Asked { drawn, per_unit, .. } = asked;
        let found = ranked.tail(level);
        let var = found.value_at_risk as f64 / per_unit;
        let es = found.expected_shortfall / per_unit;
        let largest = sample.largest as f64 / per_unit;

        let is_beyond = |t: usize| sample.losses[t] > found.value_at_risk;
        let share = ranked.share_from(ranked.beyond(found.value_at_risk));
        let interval = ranked.interval(level, sample.losses, drawn, sample.largest);
        let (r, s, error_of_share) = (interval.lower, interval.upper, interval.error);
        let at = |place: Option<usize>| place.map(|k| ranked.losses[k] as f64 / per_unit);
        let (lower, upper) = (at(r), at(s));
        // With an open end the other half stands for both.
        let width = match (lower, upper) {
            (Some(a), Some(b)) => Some(b - a),
            (Some(a), None) => Some(2.0 * (var - a)),
            (None, Some(b)) => Some(2.0 * (b - var)),
            (None, None) => None,
        };
        let error = width.map(|w| w / (2.0 * drawn.reach()));
        // An open end means that the sample is too short to know the error.
        let known_error = error.filter(|_| lower.is_some() && upper.is_some());
        let run = Run::new(ranked, interval, found.value_at_risk);
        let n = self.n as f64;
        let slope = if drawn.is_plain() {
            error.unwrap_or(0.0) * (n / (level.get() * level.tail())).sqrt()
        } else {
            error.zip(error_of_share.filter(|&e| e > 0.0)).map_or(0.0, |(a, b)| a / b)
        };
        let var_influence = self.of_losses(Shape::Beyond { at: var, share, slope });
        // A tail that begins in an atom is only as well known as the losses above it, unless
        // nothing can lie above.
        let above = drawn.bearing((0..self.n).filter(|&t| is_beyond(t)));
        let tail_trials = match drawn.weights {
            None => n * level.tail(),
            Some(_) => {
                // The part of the atom at VaR that belongs to the tail.
                let at = (0..self.n).filter(|&t| sample.losses[t] == found.value_at_risk);
                let first = ranked.losses.partition_point(|&x| x < found.value_at_risk);
                let atom = ranked.share_from(first) - share;
                above + drawn.bearing(at) * ((level.tail() - share) / atom).clamp(0.0, 1.0)
            }
        };
        let topped = found.value_at_risk >= sample.largest;
        let effective = if topped { tail_trials } else { tail_trials.min(above) };
        let ratio = error_of_share
            .and_then(|error| Told::by(&var_influence, drawn).ratio(drawn, Some(slope * error)));
        let mut var_statistic = Statistic {
            measure: Measure::ValueAtRisk,
            level: Some(level),
            threshold: None,
            own: Estimate::of(Figures {
                lower,
                upper,
                standard_error: known_error,
                ..*drawn.around(var, known_error, tail_trials, ratio)
            }),
            influence: var_influence,
            effective: tail_trials,
            largest,
            lumpy: run.lumpy,
            step: run.step / per_unit,
            candidates: Vec::new(),
            share,
            known: sample.known,
        };
        let excess = Shape::Excess { at: var, tail: level.tail(), mean: es };
        let es_influence = self.of_losses(excess);
        let mut es_statistic =
            self.finish(Measure::ExpectedShortfall, Some(level), es, es_influence, effective);
        es_statistic.share = share;
        if run.may_kink(found.expected_shortfall) && (run.lumpy || effective >= FEW) {
            self.kink(&mut es_statistic, &run, level);
        }
        if above == 0.0 && !topped {
            // What was not seen above VaR may be as large as the largest loss.
            let room = largest - var;
            let unseen = (self.unseen_probability() / level.tail()).min(1.0) * room;
            let own = es_statistic.own;
            let (lower, upper) = (own.lower.unwrap_or(var), own.upper.unwrap_or(es) + unseen);
            es_statistic.own = own.within(Some(lower), Some(upper)).with_quality(Quality::TooFew);
        }
        if ranked.losses.last() == Some(&0) {
            es_statistic.own = self.nothing_seen(1.0 / level.tail());
            if var_statistic.own.upper.is_none() {
                let most = self.at_most_by_mean(level.tail()).unwrap_or(0.0).max(largest);
                var_statistic.own = es_statistic.own.within(es_statistic.own.lower, Some(most));
            }
        }
        [var_statistic, es_statistic]
    }

    /// Economic capital from VaR and the mean.
    fn capital(&self, var: &Statistic, mean: &Statistic) -> Statistic {
        let mut capital = self.finish(
            Measure::EconomicCapital,
            var.level,
            var.own.value - mean.own.value,
            var.influence.less(1.0, &mean.influence),
            var.effective,
        );
        capital.lumpy = var.lumpy;
        capital.step = var.step;
        let ends = |own: &Estimate| (own.lower, own.upper);
        let box_of_both = difference(ends(&var.own), ends(&mean.own));
        let value = capital.own.value;
        // Where VaR jumps influences do not know it, nor how it moves with EL.
        let is_smooth = var.own.half_width().is_some_and(|half| half >= STEPS * var.step);
        let ends = match var.lumpy || !is_smooth {
            true => box_of_both,
            // The halves of both intervals with their correlation (Zou and Donner 2008): VaR's is free of any assumption on
            // the distribution, which the influences of an economic capital are not.
            false => {
                let error = |own: &Estimate| own.standard_error.filter(|&error| error > 0.0);
                let errors = error(&var.own).zip(error(&mean.own)).zip(error(&capital.own));
                let correlation = errors.map_or(0.0, |((a, b), of_both)| {
                    ((a * a + b * b - of_both * of_both) / (2.0 * a * b)).clamp(-1.0, 1.0)
                });
                let half = |a: f64, b: f64| {
                    let (a, b) = ((a - var.own.value).abs(), (b - mean.own.value).abs());
                    (a * a + b * b - 2.0 * correlation * a * b).max(0.0).sqrt()
                };
                let lower = var.own.lower.zip(mean.own.upper).map(|(a, b)| value - half(a, b));
                let upper = var.own.upper.zip(mean.own.lower).map(|(a, b)| value + half(a, b));
                (lower, upper)
            }
        };
        capital.own = capital.own.boxed(ends, self.asked.drawn.reach());
        capital
    }

    /// The candidates of an ES that has a kink, and their interval.
    fn kink(&self, shortfall: &mut Statistic, run: &Run, level: Level) {
        let Self { ranked, asked: Asked { drawn, per_unit, .. }, .. } = *self;
        let candidate = |&loss: &i64| {
            let value = ranked.shortfall_at(loss, level) / per_unit;
            let at = loss as f64 / per_unit;
            let shape = Shape::Excess { at, tail: level.tail(), mean: value };
            let share = ranked.share_from(ranked.beyond(loss));
            Candidate { value, influence: self.of_losses(shape), share }
        };
        let candidates: Vec<Candidate> = run.candidates.iter().map(candidate).collect();
        let errors = candidates.iter().map(|one| Told::by(&one.influence, drawn).error);
        if run.kinks(shortfall.own.standard_error, errors) {
            let most = shortfall.largest;
            shortfall.own = at_kink(shortfall.own, &candidates, most, drawn);
            shortfall.candidates = candidates;
        }
    }

    /// P(L > x) at all thresholds, with ends that never rise with x.
    fn exceedances(&self) -> Vec<Statistic> {
        let thresholds = self.asked.thresholds;
        let mut all: Vec<Statistic> = thresholds.iter().map(|&x| self.exceedance(x)).collect();
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|&at| thresholds[at]);
        let owns: Vec<Estimate> = order.iter().map(|&at| all[at].own).collect();
        for (at, own) in order.into_iter().zip(falling(owns)) {
            all[at].own = own;
        }
        all
    }

    fn exceedance(&self, threshold: i64) -> Statistic {
        let Asked { drawn, per_unit, .. } = self.asked;
        let is_hit = |t: usize| self.sample.losses[t] > threshold;
        let own = drawn.probability(self.n, is_hit);
        let at = threshold as f64 / per_unit;
        Statistic {
            measure: Measure::ExceedanceProbability,
            level: None,
            threshold: Some(at),
            own,
            influence: self.of_losses(Shape::Beyond { at, share: own.value, slope: 1.0 }),
            effective: drawn.bearing((0..self.n).filter(|&t| is_hit(t))),
            largest: self.sample.largest as f64 / per_unit,
            lumpy: false,
            step: 0.0,
            candidates: Vec::new(),
            share: 0.0,
            known: self.sample.known,
        }
    }

    /// Mean number of defaults and loss per default.
    fn defaults(&self) -> [Statistic; 2] {
        let n = self.n as f64;
        let drawn = self.asked.drawn;
        let counts = Series::new(self.sample.defaults.iter().map(|&d| d as f64).collect());
        let (mean, loss) = if drawn.weights.is_none() {
            let sum: u128 = self.sample.defaults.iter().map(|&d| u128::from(d)).sum();
            let loss: i128 = self.sample.losses.iter().map(|&x| i128::from(x)).sum();
            (sum as f64 / n, loss as f64 / n / self.asked.per_unit)
        } else {
            (drawn.mean(&counts), drawn.mean(&self.units))
        };
        let seen = drawn.bearing((0..self.n).filter(|&t| self.sample.defaults[t] > 0));
        let deviations = Influence::new(&counts, Shape::Less(mean));
        let defaults = self.finish(Measure::Defaults, None, mean, deviations, seen);
        let (ratio, influence) = if mean > 0.0 {
            let (ratio, counts) = (loss / mean, Influence::new(&counts, Shape::Itself));
            (ratio, self.of_losses(Shape::Itself).less(ratio, &counts).over(mean))
        } else {
            (0.0, Influence::nothing(self.n))
        };
        [defaults, self.finish(Measure::LossPerDefault, None, ratio, influence, seen)]
    }

    /// ES over EL: equation 6 with the influences of both.
    fn over_mean(&self, all: &[Statistic]) -> Vec<Statistic> {
        let mean = &all[0];
        if mean.own.value <= 0.0 {
            return Vec::new();
        }
        let of = |measure| all.iter().filter(move |s| s.measure == measure);
        of(Measure::ValueAtRisk)
            .zip(of(Measure::ExpectedShortfall))
            .map(|(var, s)| {
                let effective = s.effective.min(mean.effective);
                if let (0.0, Some(level)) = (var.own.value, s.level) {
                    return self.all_among_the_worst(level, effective);
                }
                let ratio = s.own.value / mean.own.value;
                let influence = s.influence.less(ratio, &mean.influence).over(mean.own.value);
                let measure = Measure::ExpectedShortfallOverMean;
                let over = |s: &Candidate| {
                    let value = s.value / mean.own.value;
                    let influence = s.influence.less(value, &mean.influence).over(mean.own.value);
                    Candidate { value, influence, share: s.share }
                };
                let mut found = self.finish(measure, s.level, ratio, influence, effective);
                found.share = s.share;
                found.candidates = s.candidates.iter().map(over).collect();
                // No mean of the worst 1 - q is above EL / (1 - q).
                let most = s.level.map_or(f64::INFINITY, |level| 1.0 / level.tail());
                if !found.candidates.is_empty() {
                    found.own = at_kink(found.own, &found.candidates, most, self.asked.drawn);
                }
                found
            })
            .collect()
    }

    /// ES over EL where no more than 1 - q of the trials lose anything: 1 / (1 - q), whatever they lose. It is known to be
    /// so if PDs add up to no more than 1 - q: they bound the probability of a loss. Else losses may be
    /// less rare than in the sample, and the ratio as small as 1 / P(L > 0).
    fn all_among_the_worst(&self, level: Level, effective: f64) -> Statistic {
        let drawn = self.asked.drawn;
        let value = 1.0 / level.tail();
        let nothing = Influence::nothing(self.n);
        let measure = Measure::ExpectedShortfallOverMean;
        let mut found = self.finish(measure, Some(level), value, nothing, effective);
        if self.sample.known.defaults_at_most.is_some_and(|most| most <= level.tail()) {
            found.own = Estimate::exact(value, drawn.confidence.get());
            return found;
        }
        let most = drawn.probability(self.n, |t| self.sample.losses[t] != 0).upper.unwrap_or(1.0);
        let (lower, upper) = (Some((1.0 / most).min(value)), Some(value));
        let quality = match most <= level.tail() {
            true => found.own.quality,
            false => Quality::TooFew,
        };
        let standard_error = None;
        found.own = Estimate::of(Figures { standard_error, lower, upper, quality, ..*found.own });
        found.lumpy = true;
        found
    }

    /// EL and ES over the credit kept.
    fn per_credit(&self, all: &[Statistic]) -> Vec<Statistic> {
        let credit = self.sample.credit as f64 / self.asked.per_unit;
        if credit <= 0.0 {
            return Vec::new();
        }
        let per_credit = |one: &Candidate| Candidate {
            value: one.value / credit,
            influence: one.influence.over(credit),
            share: one.share,
        };
        all.iter()
            .filter_map(|statistic| {
                let measure = match statistic.measure {
                    Measure::ExpectedLoss => Measure::ExpectedLossPerCredit,
                    Measure::ExpectedShortfall => Measure::ExpectedShortfallPerCredit,
                    _ => return None,
                };
                let scale = |x: f64| x / credit;
                Some(Statistic {
                    measure,
                    level: statistic.level,
                    threshold: None,
                    own: Estimate::of(Figures {
                        value: scale(statistic.own.value),
                        standard_error: statistic.own.standard_error.map(scale),
                        lower: statistic.own.lower.map(scale),
                        upper: statistic.own.upper.map(scale),
                        ..*statistic.own
                    }),
                    influence: statistic.influence.over(credit),
                    effective: statistic.effective,
                    largest: scale(statistic.largest),
                    lumpy: false,
                    step: 0.0,
                    candidates: statistic.candidates.iter().map(per_credit).collect(),
                    share: statistic.share,
                    known: self.sample.known,
                })
            })
            .collect()
    }

    fn finish(
        &self,
        measure: Measure,
        level: Option<Level>,
        value: f64,
        influence: Influence,
        effective: f64,
    ) -> Statistic {
        let drawn = self.asked.drawn;
        let told = Told::by(&influence, drawn);
        let effective = effective.min(told.evenness);
        let own = told.estimate(value, effective, drawn);
        Statistic {
            measure,
            level,
            threshold: None,
            own,
            influence,
            effective,
            largest: self.sample.largest as f64 / self.asked.per_unit,
            lumpy: false,
            step: 0.0,
            candidates: Vec::new(),
            share: 0.0,
            known: self.sample.known,
        }
    }

    /// Upper bound on the probability of a loss when none was seen.
    fn unseen_probability(&self) -> f64 {
        self.asked.drawn.unseen(self.n)
    }

    /// Value 0 with the bound `factor` x P(any loss) x largest loss (at most the largest loss).
    fn nothing_seen(&self, factor: f64) -> Estimate {
        let largest = self.sample.largest as f64 / self.asked.per_unit;
        let confidence = self.asked.drawn.confidence.get();
        if largest == 0.0 {
            return Estimate::exact(0.0, confidence);
        }
        let share = (factor * self.unseen_probability()).min(1.0);
        let by_mean = self.at_most_by_mean(1.0 / factor).unwrap_or(0.0);
        Estimate::bound((share * largest).max(by_mean), confidence)
    }

    /// No mean of the worst share of all trials is above EL over that share; `None` where EL says nothing that the sample
    /// has not said.
    fn at_most_by_mean(&self, share: f64) -> Option<f64> {
        self.sample.known.mean_at_most.map(|mean| mean / share.min(1.0))
    }
}

/// Probabilities of ever larger losses, with ends that do not rise: what is said of one bounds the next.
pub(super) fn falling(mut all: Vec<Estimate>) -> Vec<Estimate> {
    let mut upper = f64::INFINITY;
    for own in &mut all {
        upper = own.upper.map_or(upper, |own| own.min(upper));
        *own = own.within(own.lower, own.upper.map(|_| upper));
    }
    let mut lower = f64::NEG_INFINITY;
    for own in all.iter_mut().rev() {
        lower = own.lower.map_or(lower, |own| own.max(lower));
        *own = own.within(own.lower.map(|_| lower), own.upper);
    }
    all
}
