//! What each part of the system (a segment, a lender) adds to its credit, EL and ES.
//!
//! With S the loss of the part, L that of the system, n trials and v the VaR of L at level q:
//!
//! 1. weight w(L) = 1 above v, 0 below it, and at v the share of that atom that belongs to the worst
//!    1 - q: w(v) = (n (1 - q) - #\[L > v\]) / #\[L = v\], so that the weights add up to n (1 - q);
//! 2. contribution to ES: C = sum w(L) S / (n (1 - q)), the mean of S in the worst 1 - q of the
//!    system. It is the Euler allocation of ES (Tasche 1999), and as the parts' S add up to L in
//!    every trial, their C add up to ES;
//! 3. contribution to EL: equation 2 at q = 0, where every weight is 1;
//! 4. influence of C: psi = w(L) (S - m) / (1 - q) + m - C with m = E\[S | L = v\]. With S = L this is
//!    the influence of ES. m is v sum S / sum L over the trials at v, or over those in the
//!    distribution-free interval of VaR where fewer than 50 lie at v itself: the parts' m add up to v;
//!    Where trials weigh differently every count and sum goes by their weights v, and psi is times v;
//! 5. influence of the share R = C / ES: (psi_C - R psi_ES) / ES, trial by trial.

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::atoms::Run;
use super::drawn::Drawn;
use super::estimate::Estimate;
use super::interval::FEW;
use super::measure::Measure;
use super::order::{Ranked, VarInterval};
use super::statistic::{Asked, Sample};
use super::sums::{self, Sums};
use crate::system::ScopeKind;
use crate::units::Level;

/// What one part adds to one measure of the system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    /// Policy id.
    pub policy: String,
    /// Kind of the part.
    pub scope_kind: ScopeKind,
    /// Name of the part.
    pub scope: String,
    /// Credit, EL or ES of the system.
    pub measure: Measure,
    /// Level of ES.
    pub level: Option<f64>,
    /// What the part adds, units of currency; the parts of a kind add up to the system.
    pub estimate: Estimate,
    /// The same as a share of the system's; `null` where that is 0.
    pub share: Option<Estimate>,
}

/// A contribution and its share, without the names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Added {
    /// Credit, EL or ES.
    pub measure: Measure,
    /// Level of ES.
    pub level: Option<Level>,
    /// Units of currency.
    pub estimate: Estimate,
    /// Share of the system's.
    pub share: Option<Estimate>,
}

/// The system, ready to be shared out: its worst trials at each level, found once for all parts.
pub struct Whole<'a> {
    system: Sample<'a>,
    asked: Asked<'a>,
    worst: Vec<Sharing>,
}

/// The worst trials at a level, and where ES has a kink there those at other candidates for VaR (`atoms`).
struct Sharing {
    own: Shared,
    candidates: Vec<Shared>,
}

/// The worst trials with what the system loses in them.
struct Shared {
    worst: Worst,
    all: All,
}

/// EL or ES of the system, units of currency.
struct All {
    value: f64,
    influence: Influence,
}

impl<'a> Whole<'a> {
    /// `ranked` holds the losses of the system by rising size.
    pub fn new(system: Sample<'a>, ranked: &Ranked, asked: Asked<'a>) -> Self {
        let levels = asked.levels.iter().map(|&level| Some(level));
        let worst = [None].into_iter().chain(levels);
        let shared = |worst: Worst| {
            let value = worst.mean(system.losses, asked.drawn) / asked.per_unit;
            let v = worst.value_at_risk as f64 / asked.per_unit;
            let influence = worst.influence(system.losses, asked, v, value);
            Shared { worst, all: All { value, influence } }
        };
        let worst = worst.map(|level| {
            let Some(q) = level else {
                let own = shared(Worst::everything(ranked, asked));
                return Sharing { own, candidates: Vec::new() };
            };
            let value_at_risk = ranked.tail(q).value_at_risk;
            let interval = ranked.interval(q, system.losses, asked.drawn, system.largest);
            let at = |loss: i64| shared(Worst::at((q, loss), system, (ranked, interval), asked));
            let own = at(value_at_risk);
            let run = Run::new(ranked, interval, value_at_risk);
            let may = run.may_kink(own.all.value * asked.per_unit)
                && (run.lumpy || own.worst.effective >= FEW);
            if !may {
                return Sharing { own, candidates: Vec::new() };
            }
            let candidates: Vec<Shared> = run.candidates.iter().map(|&loss| at(loss)).collect();
            let errors = candidates.iter().map(|one| one.all.influence.spread(asked.drawn));
            match run.kinks(own.all.influence.spread(asked.drawn), errors) {
                true => Sharing { own, candidates },
                false => Sharing { own, candidates: Vec::new() },
            }
        });
        Self { system, asked, worst: worst.collect() }
    }

    /// The largest loss of the system, smallest units.
    pub fn largest(&self) -> i64 {
        self.system.largest
    }

    /// What a part adds to ES at each level.
    pub fn added_to_shortfall(&self, part: Sample<'_>) -> Vec<Added> {
        let shortfalls = self.worst.iter().filter(|at| at.own.worst.level.is_some());
        shortfalls.map(|at| self.shared(at, part)).collect()
    }

    /// What a part adds to credit, EL and ES.
    pub fn added(&self, part: Sample<'_>) -> Vec<Added> {
        let sampled = self.worst.iter().map(|at| self.shared(at, part));
        [self.credit(part.credit)].into_iter().chain(sampled).collect()
    }

    /// What a part adds at one level: at a kink with the intervals of all candidates for VaR.
    fn shared(&self, at: &Sharing, part: Sample<'_>) -> Added {
        let of = |one: &Shared| one.worst.added(self.system, &one.all, part, self.asked);
        let mut own = of(&at.own);
        for other in at.candidates.iter().map(of) {
            let reach = self.asked.drawn.reach();
            own.estimate = own.estimate.joined(&other.estimate, reach);
            own.share = own.share.zip(other.share).map(|(own, other)| own.joined(&other, reach));
        }
        own
    }

    /// The same of a part with the same losses and this credit, smallest units.
    pub fn with_credit(&self, credit: i64, mut added: Vec<Added>) -> Vec<Added> {
        let credits = added.iter_mut().filter(|own| own.measure == Measure::Credit);
        credits.for_each(|own| *own = self.credit(credit));
        added
    }

    fn credit(&self, own: i64) -> Added {
        let exact = |value| Estimate::exact(value, self.asked.drawn.confidence.get());
        let whole = self.system.credit as f64;
        Added {
            measure: Measure::Credit,
            level: None,
            estimate: exact(own as f64 / self.asked.per_unit),
            share: (whole > 0.0).then(|| exact(own as f64 / whole)),
        }
    }
}

/// The worst trials of the system: those beyond a level, or all of them.
struct Worst {
    level: Option<Level>,
    /// 1 - q.
    tail: f64,
    /// Trials beyond VaR.
    above: Vec<u32>,
    /// Trials at VaR.
    at: Vec<u32>,
    /// w(v).
    at_weight: f64,
    /// Trials that tell m.
    near: Vec<u32>,
    /// v, smallest units.
    value_at_risk: i64,
    /// Trials that bear on ES.
    effective: f64,
    /// Whether a larger loss than all in the sample may belong to the worst and was not seen.
    is_open: bool,
}

impl Worst {
    /// All trials.
    fn everything(ranked: &Ranked, asked: Asked<'_>) -> Self {
        let n = ranked.size();
        Self {
            level: None,
            tail: 1.0,
            above: (0..n as u32).collect(),
            at: Vec::new(),
            at_weight: 0.0,
            near: Vec::new(),
            value_at_risk: 0,
            effective: asked.drawn.bearing(0..n),
            is_open: false,
        }
    }

    /// Those beyond a loss of the sample that is VaR, or may be.
    fn at(
        (q, value_at_risk): (Level, i64),
        system: Sample<'_>,
        (ranked, interval): (&Ranked, VarInterval),
        asked: Asked<'_>,
    ) -> Self {
        let n = ranked.size();
        let drawn = asked.drawn;
        let bearing = |trials: &[u32]| drawn.bearing(trials.iter().map(|&t| t as usize));
        let trials = |keep: &dyn Fn(i64) -> bool| -> Vec<u32> {
            let all = system.losses.iter().zip(0_u32..);
            all.filter(|&(&loss, _)| keep(loss)).map(|(_, trial)| trial).collect()
        };
        let above = trials(&|loss| loss > value_at_risk);
        let at = trials(&|loss| loss == value_at_risk);
        let share = ranked.share_from(ranked.beyond(value_at_risk));
        let first = ranked.losses.partition_point(|&x| x < value_at_risk);
        let at_weight = match drawn.weights {
            None => (n as f64 * q.tail() - above.len() as f64) / at.len() as f64,
            Some(_) => (q.tail() - share) / (ranked.share_from(first) - share),
        };
        let beyond = bearing(&above);
        let tail_trials = match drawn.weights {
            None => n as f64 * q.tail(),
            Some(_) => beyond + at_weight * bearing(&at),
        };
        let topped = value_at_risk >= system.largest;
        let near = if bearing(&at) < FEW {
            let (r, s) = (interval.lower, interval.upper);
            let own = ranked.losses.partition_point(|&x| x < value_at_risk);
            let ends = (r.unwrap_or(own), s.unwrap_or(n - 1));
            let (low, high) = (ranked.losses[ends.0], ranked.losses[ends.1]);
            trials(&|loss| (low..=high).contains(&loss))
        } else {
            at.clone()
        };
        Self {
            level: Some(q),
            tail: q.tail(),
            at_weight,
            near,
            value_at_risk,
            effective: if topped { tail_trials } else { tail_trials.min(beyond) },
            is_open: above.is_empty() && !topped,
            above,
            at,
        }
    }

    /// Equation 2, smallest units.
    fn mean(&self, losses: &[i64], drawn: Drawn<'_>) -> f64 {
        let (above, at) = (sum(losses, &self.above, drawn), sum(losses, &self.at, drawn));
        (above + self.at_weight * at) / (losses.len() as f64 * self.tail)
    }

    /// m of equation 4, smallest units.
    fn at_value_at_risk(&self, system: &[i64], part: &[i64], drawn: Drawn<'_>) -> f64 {
        let (all, own) = (sum(system, &self.near, drawn), sum(part, &self.near, drawn));
        if all > 0.0 { self.value_at_risk as f64 * (own / all) } else { 0.0 }
    }

    /// Equation 4.
    fn influence(&self, losses: &[i64], asked: Asked<'_>, m: f64, mean: f64) -> Influence {
        let psi = |trials: &[u32], weight: f64| -> Vec<f64> {
            let units = trials.iter().map(|&t| losses[t as usize] as f64 / asked.per_unit);
            units.map(|x| weight * (x - m) / self.tail + m - mean).collect()
        };
        let (above, at) = (psi(&self.above, 1.0), psi(&self.at, self.at_weight));
        if asked.drawn.is_plain() {
            let worst = [above, at].concat();
            return Influence::Worst {
                others: losses.len() - worst.len(),
                of_others: m - mean,
                worst,
            };
        }
        let mut all = vec![m - mean; losses.len()];
        let worst = self.above.iter().zip(above).chain(self.at.iter().zip(at));
        worst.for_each(|(&t, psi)| all[t as usize] = psi);
        Influence::All(asked.drawn.weigh(all))
    }

    fn added(&self, system: Sample<'_>, whole: &All, part: Sample<'_>, asked: Asked<'_>) -> Added {
        let (own, per_unit) = (part.losses, asked.per_unit);
        let measure = match self.level {
            Some(_) => Measure::ExpectedShortfall,
            None => Measure::ExpectedLoss,
        };
        let drawn = asked.drawn;
        let value = self.mean(own, drawn) / per_unit;
        let largest = part.largest as f64 / per_unit;
        let unseen = (drawn.unseen(own.len()) / self.tail).min(1.0);
        let at = if self.at_weight != 0.0 { &self.at[..] } else { &[] };
        let seen = self.above.iter().chain(at).map(|&t| t as usize).filter(|&t| own[t] != 0);
        let seen = drawn.bearing(seen);
        let over = |share: f64| share / whole.value;
        if seen == 0.0 {
            let estimate = nothing_seen(unseen * largest, asked);
            let share =
                (whole.value > 0.0).then(|| nothing_seen(over(unseen * largest).min(1.0), asked));
            return Added { measure, level: self.level, estimate, share };
        }
        let m = self.at_value_at_risk(system.losses, own, drawn) / per_unit;
        let influence = self.influence(own, asked, m, value);
        let ratio = over(value);
        let of_share = influence.with(&whole.influence, |a, b| over(a - ratio * b));
        let finish = |value: f64, influence: &Influence| {
            let effective = self.effective.min(seen).min(influence.evenness());
            let error = influence.spread(drawn);
            drawn.around(value, error, effective, influence.ratio_to_plain(drawn, error))
        };
        let mut estimate = finish(value, &influence);
        let mut share = finish(ratio, &of_share);
        // What lies beyond the largest loss seen may hit this part alone, or the others alone.
        if self.is_open {
            estimate = estimate.widened(unseen * value, unseen * (largest - value).max(0.0));
        }
        // A mix that never varied may still be another one in trials that did not occur.
        let is_fixed = part.largest == 0 || part.largest == system.largest;
        if self.is_open || !is_fixed && of_share.is_nothing() {
            share = share.widened(unseen * ratio, unseen * (1.0 - ratio).max(0.0));
        }
        Added { measure, level: self.level, estimate, share: Some(share) }
    }
}

/// Weighted sum over some trials; an exact integer, which depends on no order, where all weigh the
/// same.
fn sum(losses: &[i64], trials: &[u32], drawn: Drawn<'_>) -> f64 {
    if drawn.weights.is_none() {
        return trials.iter().map(|&t| i128::from(losses[t as usize])).sum::<i128>() as f64;
    }
    trials.iter().map(|&t| drawn.weight(t as usize) * losses[t as usize] as f64).sum()
}

/// Influences of all trials.
enum Influence {
    /// Plainly drawn: outside of the worst they are all the same.
    Worst {
        worst: Vec<f64>,
        /// Trials that are not among the worst.
        others: usize,
        of_others: f64,
    },
    /// In the order of trials.
    All(Vec<f64>),
}

impl Influence {
    /// Trial by trial with another one of the same trials.
    fn with(&self, other: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        let each = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(&a, &b)| join(a, b)).collect();
        match (self, other) {
            (Self::All(a), Self::All(b)) => Self::All(each(a, b)),
            (
                Self::Worst { worst: a, others, of_others },
                Self::Worst { worst: b, of_others: of_other_others, .. },
            ) => Self::Worst {
                worst: each(a, b),
                others: *others,
                of_others: join(*of_others, *of_other_others),
            },
            _ => unreachable!("influences of one sample are of one kind"),
        }
    }

    /// Sum of a function over all trials.
    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        match self {
            Self::Worst { worst, others, of_others } => {
                sums::sum_of(worst, &of) + *others as f64 * of(*of_others)
            }
            Self::All(all) => sums::sum_of(all, of),
        }
    }

    /// As [`Drawn::spread`].
    fn spread(&self, drawn: Drawn<'_>) -> Option<f64> {
        let (worst, others) = match self {
            Self::All(all) => return drawn.spread(all),
            Self::Worst { worst, others, .. } => (worst, others),
        };
        let n = (worst.len() + others) as f64;
        if n < 2.0 {
            return None;
        }
        let mean = self.sum(|x| x) / n;
        Some((self.sum(|x| (x - mean) * (x - mean)) / (n * (n - 1.0))).sqrt())
    }

    /// As [`Drawn::ratio_to_plain`].
    fn ratio_to_plain(&self, drawn: Drawn<'_>, error: Option<f64>) -> Option<f64> {
        match self {
            Self::All(all) => drawn.ratio_to_plain(all, error),
            Self::Worst { .. } => None,
        }
    }

    /// As [`Sums::evenness`].
    fn evenness(&self) -> f64 {
        let all: &mut dyn Iterator<Item = f64> = match self {
            Self::All(all) => &mut all.iter().copied(),
            Self::Worst { worst, others, of_others } => {
                &mut worst.iter().copied().chain((*others > 0).then_some(*of_others))
            }
        };
        let (squares, largest) = (self.sum(|x| x * x), all.map(|x| x * x).fold(0.0, f64::max));
        Sums { sum: 0.0, squares, largest }.evenness()
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::All(all) => all.iter().all(|&x| x == 0.0),
            Self::Worst { worst, .. } => worst.iter().all(|&x| x == 0.0),
        }
    }
}

/// Value 0 below a bound; exactly 0 where the bound is.
fn nothing_seen(upper: f64, asked: Asked<'_>) -> Estimate {
    let confidence = asked.drawn.confidence.get();
    if upper == 0.0 { Estimate::exact(0.0, confidence) } else { Estimate::bound(upper, confidence) }
}
