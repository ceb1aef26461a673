//! Delta CoVaR: how much more the others may lose when one lender does badly.
//!
//! 1. With x what a lender loses and S what all others lose, Delta CoVaR = VaR_q of S given x at its q-quantile, less
//!    the same given x at its median (Adrian and Brunnermeier 2016). "At" is a rank of x within (1 - q) / 2 of
//!    the level. Where x and S are the same share of everything in all trials it says nothing but how
//!    large S is, and is marked degenerate.
//!
//! Where x lies on few atoms (a lender of a few loans), those ranks may hold parts of several of them, and the share of each
//! hangs on where the sample puts the ranks. The interval of the VaR is then that of the ranks as they are and moved by
//! as far as a rank may be off. There, and where S jumps between atoms of its own, Delta CoVaR has the box of both intervals.

use multiversion::multiversion;

use super::atoms::{Ends, difference};
use super::drawn::Drawn;
use super::estimate::{Estimate, Figures, Quality};
use super::interval::{FEW, quantile_ranks};
use super::order::LUMP;
use super::statistic::Asked;
use crate::units::Level;

/// Trials in which a lender's loss is near its quantile and near its median.
pub(super) struct Near {
    at: Part,
    median: Part,
}

/// Trials around one place of the law of a lender's loss.
struct Part {
    trials: Vec<u32>,
    /// Where the loss has atoms there, those around a place that lies below and above by as much as a rank may be off.
    moved: Vec<Vec<u32>>,
}

/// Trials of some parts of the law of a lender's loss, by rising loss.
///
/// Plain sampling asks for the ranks within (1 - q) / 2 of the levels and of the median only: two parts are
/// sorted, the rest is not.
pub(super) struct ByLoss {
    /// First rank of each part, and its trials.
    parts: Vec<(usize, Vec<u32>)>,
    trials: usize,
}

/// A loss and its trial in one number: by rising loss, then by trial.
type Key = i128;

fn key(loss: i64, trial: u32) -> Key {
    Key::from(loss) << 32 | Key::from(trial)
}

/// Losses in the sample that tells where the parts begin.
const TELLING: usize = 2_048;

/// Trials that are looked at together.
const ROOM: usize = 256;

/// Between which losses trials may lie in a part of the law.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Of the middle.
    from: i64,
    to: i64,
    /// Of the top, which is not below `from`.
    top: i64,
}

/// Trials that may lie in some parts of the law, all others being left out.
struct Few {
    /// How many lie below the middle.
    below: usize,
    middle: Vec<Key>,
    top: Vec<Key>,
}

impl Few {
    /// Those that reach from rank `low` to `high`, and from `top` on; `None` if the sample misled.
    fn new(losses: &[i64], (low, high, top): (usize, usize, usize)) -> Option<Self> {
        let n = losses.len();
        let step = n.div_ceil(TELLING);
        let mut telling: Vec<i64> = losses.iter().copied().step_by(step).collect();
        telling.sort_unstable();
        // Four standard deviations of a rank in the sample: one in ten thousand misleads.
        let m = telling.len() as f64;
        let at = |rank: usize, sign: f64| {
            let p = rank as f64 / n as f64;
            let place = m * p + sign * (4.0 * (m * p * (1.0 - p)).sqrt() + 2.0);
            telling.get(place.max(0.0) as usize).copied()
        };
        let (from, to) = (at(low, -1.0)?, at(high, 1.0).unwrap_or(i64::MAX));
        let bounds = Bounds { from, to, top: at(top, -1.0)? };
        let mut found = Self { below: 0, middle: Vec::new(), top: Vec::new() };
        let (mut flags, mut room) = ([0_u8; ROOM], [0_u32; ROOM]);
        for (piece, first) in losses.chunks(ROOM).zip((0_u32..).step_by(ROOM)) {
            found.below += flag(piece, bounds, &mut flags);
            let mut count = 0;
            // Written always, kept where it counts: no branch to guess.
            for (&flag, place) in flags[..piece.len()].iter().zip(0_u32..) {
                room[count % ROOM] = place;
                count += usize::from(flag);
            }
            for &place in &room[..count] {
                let loss = piece[place as usize];
                let key = key(loss, first + place);
                if loss <= bounds.to {
                    found.middle.push(key);
                }
                if loss >= bounds.top {
                    found.top.push(key);
                }
            }
        }
        let holds = found.below <= low
            && found.below + found.middle.len() > high
            && n - found.top.len() <= top;
        holds.then_some(found)
    }
}

/// Flags with 1 which losses may lie in a part of the law, and tells how many lie below all parts.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn flag(losses: &[i64], Bounds { from, to, top }: Bounds, flags: &mut [u8; ROOM]) -> usize {
    let mut below = 0_u64;
    for (flag, &loss) in flags.iter_mut().zip(losses) {
        below += u64::from(loss < from);
        *flag = u8::from((loss >= from) & (loss <= to) | (loss >= top));
    }
    below as usize
}

impl ByLoss {
    pub(super) fn new(losses: &[i64], asked: Asked<'_>) -> Self {
        let n = losses.len();
        let widest = asked.levels.iter().map(|level| level.tail()).fold(0.0, f64::max);
        let lowest = asked.levels.first().map_or(1.0, |level| level.get());
        // One rank more on each side than the widest band asks for, wherever it is moved to.
        let rank = |share: f64| ((share * n as f64) as usize).saturating_sub(1).min(n);
        let half = 0.5 * widest + off_by(0.5, n, asked.drawn);
        let (low, high) = (rank(0.5 - half), rank(0.5 + half) + 3);
        let top = rank(lowest - 0.5 * widest - off_by(lowest, n, asked.drawn));
        // The low half of a key is its trial.
        let trials = |part: &[Key]| part.iter().map(|&key| key as u32).collect();
        let few = match asked.drawn.is_plain() && n >= 4 * TELLING && high < top {
            true => Few::new(losses, (low, high, top)),
            false => None,
        };
        let Some(Few { below, mut middle, top: mut worst }) = few else {
            let mut all: Vec<Key> = losses.iter().zip(0..).map(|(&x, t)| key(x, t)).collect();
            all.sort_unstable();
            return Self { parts: vec![(0, trials(&all))], trials: n };
        };
        let (low, high, top) = (low - below, high - below, top - (n - worst.len()));
        let (_, _, from_low) = middle.select_nth_unstable(low);
        from_low.select_nth_unstable(high - low - 1);
        worst.select_nth_unstable(top);
        let (middle, worst) = (&mut middle[low..high], &mut worst[top..]);
        middle.sort_unstable();
        worst.sort_unstable();
        let parts = vec![(below + low, trials(middle)), (n - worst.len(), trials(worst))];
        Self { parts, trials: n }
    }

    /// For every level, the trials near it and near the median.
    pub(super) fn near_levels(&self, losses: &[i64], asked: Asked<'_>) -> Vec<Near> {
        let drawn = asked.drawn;
        let part = |centre: f64, level: Level| {
            let trials = self.near((centre, level), drawn);
            let (atom, mixed) = kinds_of(&trials, losses);
            if !atom {
                return Part { trials, moved: Vec::new() };
            }
            let by = off_by(centre, self.trials, drawn);
            let moved = [-by, by].map(|by| self.near((centre + by, level), drawn));
            // Ranks that stay in one atom wherever they are moved to say the same everywhere.
            let is_mixed = mixed || moved.iter().any(|moved| kinds_of(moved, losses).1);
            Part { trials, moved: if is_mixed { moved.to_vec() } else { Vec::new() } }
        };
        let near = |&level: &Level| Near { at: part(level.get(), level), median: part(0.5, level) };
        asked.levels.iter().map(near).collect()
    }

    /// The trials whose place in the law is within (1 - q) / 2 of `centre`.
    fn near(&self, (centre, level): (f64, Level), drawn: Drawn<'_>) -> Vec<u32> {
        let n = self.trials as f64;
        let half = 0.5 * level.tail();
        let is_near = |place: f64| (centre - half..=centre + half).contains(&place);
        let mut chosen = Vec::new();
        for (first, part) in &self.parts {
            let (first, part) = match drawn.is_plain() {
                // Two ranks more on each side than may be near: only they are asked.
                true => {
                    let at = |share: f64, more: f64| {
                        let place = share * n - *first as f64 + more;
                        (place.max(0.0) as usize).min(part.len())
                    };
                    let (low, high) = (at(centre - half, -2.0), at(centre + half, 2.0));
                    (&(first + low), &part[low..high.max(low)])
                }
                false => (first, &part[..]),
            };
            // Weight below: the rank, where all weigh the same.
            let mut sum = *first as f64;
            for &t in part {
                let weight = drawn.weight(t as usize);
                // The middle of the trial's part of the law.
                if is_near((sum + 0.5 * weight) / n) {
                    chosen.push(t);
                }
                sum += weight;
            }
        }
        chosen
    }
}

/// By how much the share of trials below a place of a law may be off.
fn off_by(place: f64, trials: usize, drawn: Drawn<'_>) -> f64 {
    let effective = drawn.bearing(0..trials).max(1.0);
    drawn.reach() * (place * (1.0 - place) / effective).sqrt()
}

/// Whether trials by rising loss hold an atom of a lender's losses, and whether they hold different ones.
fn kinds_of(trials: &[u32], losses: &[i64]) -> (bool, bool) {
    let loss = |&t: &u32| losses[t as usize];
    let runs = trials.chunk_by(|a, b| loss(a) == loss(b));
    let longest = runs.map(<[u32]>::len).max().unwrap_or(0);
    (longest > 1 && longest * LUMP >= trials.len(), longest < trials.len())
}

/// First trials that are held against each other.
const TOLD_APART: usize = 8;

/// Whether a part is the same share of the whole in every trial, to the rounding of both.
pub(super) fn is_the_same_share(part: &[i64], whole: &[i64]) -> bool {
    // Where two trials tell already that it is none, nothing needs adding up: each may be as far off as
    // below, seen from the other.
    let room = |a: f64| 2.0 * (2.0 + 2e-6 * a);
    let told = part.iter().zip(whole).map(|(&a, &b)| (a as f64, b as f64));
    let told: Vec<(f64, f64)> = told.take(TOLD_APART).collect();
    let differ = told.iter().any(|&(a, b)| {
        told.iter().any(|&(c, d)| (a * d - c * b).abs() > room(a) * d + room(c) * b)
    });
    if differ {
        return false;
    }
    let sum = |losses: &[i64]| losses.iter().map(|&x| i128::from(x)).sum::<i128>() as f64;
    let (own, all) = (sum(part), sum(whole));
    let share = own / all;
    all > 0.0
        && part
            .iter()
            .zip(whole)
            .all(|(&a, &b)| (a as f64 - share * b as f64).abs() <= 2.0 + 1e-6 * a as f64)
}

/// Equation 1 from the trials in the order of a lender's loss and the losses of all others.
pub(super) fn delta_covar(
    near: &Near,
    others: impl Fn(u32) -> i64,
    level: Level,
    asked: Asked<'_>,
) -> Estimate {
    let Asked { drawn, per_unit, .. } = asked;
    let of = |part: &Part| {
        let mut own = conditional(&part.trials, &others, level, drawn);
        own.is_boxed |= !part.moved.is_empty();
        for moved in &part.moved {
            let other = conditional(moved, &others, level, drawn);
            own.ends.0 = own.ends.0.zip(other.ends.0).map(|(a, b)| a.min(b));
            own.ends.1 = own.ends.1.zip(other.ends.1).map(|(a, b)| a.max(b));
        }
        own
    };
    let (at, median) = (of(&near.at), of(&near.median));
    let value = (at.value - median.value) as f64 / per_unit;
    let error = at.error.zip(median.error).map(|(a, b)| (a * a + b * b).sqrt() / per_unit);
    let effective = at.effective.min(median.effective);
    let reach = drawn.reach();
    let found = Estimate::of(Figures {
        value,
        standard_error: error,
        lower: error.map(|error| value - reach * error),
        upper: error.map(|error| value + reach * error),
        confidence: drawn.confidence.get(),
        quality: if effective < FEW { Quality::TooFew } else { Quality::Good },
        effective_trials: Some(effective),
        variance_ratio: None,
    });
    if !at.is_boxed && !median.is_boxed {
        return found;
    }
    let (lower, upper) = difference(at.ends, median.ends);
    let units = |end: Option<f64>| end.map(|x| x / per_unit);
    found.boxed((units(lower), units(upper)), reach)
}

/// A conditional VaR.
struct Conditional {
    value: i64,
    error: Option<f64>,
    /// Ends of its interval.
    ends: Ends,
    /// Whether it jumps between atoms, its own or the lender's.
    is_boxed: bool,
    /// Trials beyond it among those that count.
    effective: f64,
}

/// VaR of `others` among some trials.
fn conditional(
    chosen: &[u32],
    others: &impl Fn(u32) -> i64,
    level: Level,
    drawn: Drawn<'_>,
) -> Conditional {
    let bearing = drawn.bearing(chosen.iter().map(|&t| t as usize));
    let m = (bearing as usize).max(1);
    let (r, s) = quantile_ranks(m, level, drawn.confidence);
    let told = |quantile: &dyn Fn(f64) -> i64, is_boxed: bool| {
        let end = |rank: Option<usize>| rank.map(|rank| quantile(rank as f64 / m as f64) as f64);
        let ends = (end(r), end(s));
        let error = ends.0.zip(ends.1).map(|(low, high)| (high - low) / (2.0 * drawn.reach()));
        let value = quantile(level.get());
        Conditional { value, error, ends, is_boxed, effective: bearing * level.tail() }
    };
    // A little less than a share, so that no rounding asks for one more.
    const LESS: f64 = 1.0 - 1e-12;
    if drawn.weights.is_none() {
        let mut ranked: Vec<i64> = chosen.iter().map(|&t| others(t)).collect();
        ranked.sort_unstable();
        let Some(last) = ranked.len().checked_sub(1) else {
            return Conditional::of_nothing();
        };
        // Rank k has the share k / n at or below it, counted from 1.
        let rank = |share: f64| (share * ranked.len() as f64 * LESS).ceil() as usize;
        let place = |share: f64| rank(share).saturating_sub(1).min(last);
        let own = |share: Option<usize>| share.map(|rank| place(rank as f64 / m as f64));
        let run = &ranked[own(r).unwrap_or(0)..=own(s).unwrap_or(last)];
        return told(&|share| ranked[place(share)], fills_a_part(run));
    }
    let weigh = |&t: &u32| (others(t), drawn.weight(t as usize));
    let mut ranked: Vec<(i64, f64)> = chosen.iter().map(weigh).collect();
    ranked.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let Some(&(largest, _)) = ranked.last() else {
        return Conditional::of_nothing();
    };
    let whole: f64 = ranked.iter().map(|own| own.1).sum();
    // Smallest value with at least this share at or below it.
    let quantile = |share: f64| {
        let mut below = 0.0;
        let is_enough = |own: &&(i64, f64)| {
            below += own.1;
            below >= share * whole * LESS
        };
        ranked.iter().find(is_enough).map_or(largest, |own| own.0)
    };
    let end = |rank: Option<usize>| rank.map(|rank| quantile(rank as f64 / m as f64));
    let (low, high) = (end(r).unwrap_or(i64::MIN), end(s).unwrap_or(i64::MAX));
    let run: Vec<i64> =
        ranked.iter().map(|own| own.0).filter(|loss| (low..=high).contains(loss)).collect();
    told(&quantile, fills_a_part(&run))
}

/// Whether one loss fills a fourth or more of a run of sorted ones.
fn fills_a_part(run: &[i64]) -> bool {
    let longest = run.chunk_by(|a, b| a == b).map(<[i64]>::len).max().unwrap_or(0);
    longest > 1 && longest * LUMP >= run.len()
}

impl Conditional {
    fn of_nothing() -> Self {
        Self { value: 0, error: None, ends: (None, None), is_boxed: false, effective: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal;
    use crate::units::Confidence;

    #[test]
    fn selected_parts_hold_what_a_full_sort_holds() {
        let losses: Vec<i64> = (0..20_000).map(|i| i * 7_919 % 3_001).collect();
        let levels = [0.95, 0.99, 0.999].map(|x| Level::new(x).unwrap());
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        let asked = Asked { levels: &levels, thresholds: &[], drawn, per_unit: 1.0 };
        let mut order: Vec<(i64, u32)> = losses.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let whole = vec![(0, order.into_iter().map(|own| own.1).collect())];
        let sorted = ByLoss { parts: whole, trials: losses.len() };
        let selected = ByLoss::new(&losses, asked);
        assert_eq!(selected.parts.len(), 2);
        for level in levels {
            for centre in [0.5, level.get()] {
                let near = selected.near((centre, level), drawn);
                assert_eq!(near, sorted.near((centre, level), drawn), "{centre} {level}");
                let share = near.len() as f64 / losses.len() as f64;
                assert!((share - level.tail()).abs() < 1e-4, "{share}");
            }
        }
    }

    /// Every trial that the sample looks at loses nothing: what it tells is wrong, and is not believed.
    #[test]
    fn a_sample_that_misleads_is_noticed() {
        let n = 20_000;
        let step = n / TELLING + 1;
        let losses: Vec<i64> =
            (0..n).map(|i| if i % step == 0 { 0 } else { (i * 7_919 % 10_007) as i64 }).collect();
        assert!(Few::new(&losses, (9_000, 11_000, 18_000)).is_none());
        let levels = [Level::new(0.95).unwrap()];
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        let asked = Asked { levels: &levels, thresholds: &[], drawn, per_unit: 1.0 };
        let found = ByLoss::new(&losses, asked);
        assert_eq!(found.parts.len(), 1);
        let rising = found.parts[0].1.windows(2).all(|pair| {
            let [a, b] = [pair[0], pair[1]].map(|t| (losses[t as usize], t));
            a < b
        });
        assert!(rising && found.parts[0].1.len() == n);
    }

    #[test]
    fn shares_are_told_from_the_rounding_of_shares() {
        let whole: Vec<i64> = (0..400).map(|i| i * 1_237 % 90_001).collect();
        let third: Vec<i64> = whole.iter().map(|x| (x + 1) / 3).collect();
        assert!(is_the_same_share(&third, &whole));
        for at in [3, 300] {
            let mut other = third.clone();
            other[at] += 40;
            assert!(!is_the_same_share(&other, &whole), "{at}");
        }
        assert!(!is_the_same_share(&[0; 400], &[0; 400]));
    }

    /// Two standard normals of correlation 0.5 on a grid of probabilities: Delta CoVaR at 99 % is
    /// 0.5 G(0.99) = 1.1631739.
    #[test]
    fn delta_covar_meets_the_normal_law() {
        let level = Level::new(0.95).unwrap();
        let (outer, inner) = (2_000, 400);
        let unit = 1e6;
        let at = |i: usize, n: usize| normal::quantile((i as f64 + 0.5) / n as f64);
        let mut own = Vec::new();
        let mut others = Vec::new();
        for i in 0..outer {
            for j in 0..inner {
                let x = at(i, outer);
                own.push((x * unit) as i64);
                others.push(((0.5 * x + 0.75_f64.sqrt() * at(j, inner)) * unit) as i64);
            }
        }
        let levels = [level];
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        let asked = Asked { levels: &levels, thresholds: &[], drawn, per_unit: unit };
        let near = ByLoss::new(&own, asked).near_levels(&own, asked);
        let found = delta_covar(&near[0], |t| others[t as usize], level, asked);
        let expected = 0.5 * normal::quantile(0.95);
        // The band of ranks is 5 % wide: the law within it is a little wider at the level than at the median.
        assert!((found.value - expected).abs() < 0.03, "{found:?}, expected {expected}");
        assert!(found.lower.unwrap() < found.value && found.value < found.upper.unwrap());
        // A wrong twin: correlation 0.6.
        assert!((found.value - 0.6 * normal::quantile(0.95)).abs() > 0.1);
    }
}
