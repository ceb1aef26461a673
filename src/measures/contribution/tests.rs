//! Contributions add up, split the atom at VaR, and have bands that cover.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{Binomial, Continuous, ContinuousCDF, Discrete, DiscreteCDF, Normal};

use super::super::estimate::Quality;
use super::super::statistic::Known;
use super::super::sums::Sums;
use super::*;
use crate::units::Confidence;

const LEVELS: [f64; 2] = [0.6, 0.95];

fn sample<'a>(losses: &'a [i64], defaults: &'a [u64], largest: i64) -> Sample<'a> {
    Sample { losses, defaults, credit: largest, largest, known: Known::default() }
}

fn plain() -> Drawn<'static> {
    Drawn::plain(Confidence::new(0.95).unwrap())
}

/// What each of the parts adds, and the system's losses by rank.
fn added(parts: &[&[i64]], levels: &[f64]) -> (Vec<Vec<Added>>, Ranked) {
    let n = parts[0].len();
    let losses: Vec<i64> = (0..n).map(|t| parts.iter().map(|p| p[t]).sum()).collect();
    let ranked = Ranked::new(&losses, plain());
    let defaults = vec![0; n];
    let most: Vec<i64> = parts.iter().map(|p| 2 * p.iter().max().unwrap() + 10).collect();
    let levels: Vec<Level> = levels.iter().map(|&q| Level::new(q).unwrap()).collect();
    let asked = Asked { levels: &levels, thresholds: &[], drawn: plain(), per_unit: 1.0 };
    let system = sample(&losses, &defaults, most.iter().sum());
    let whole = Whole::new(system, &ranked, asked);
    let of = |(&p, &most): (&&[i64], &i64)| whole.added(sample(p, &defaults, most));
    let added = parts.iter().zip(&most).map(of).collect();
    (added, ranked)
}

#[test]
fn the_atom_at_var_is_split() {
    // Losses 1, 2, 2, 2, 10; the worst 40 % are the ten and one of the twos. The part loses 1 in
    // one of the twos and 4 of the ten: (4 + 1/3) / 2.
    let (found, _) = added(&[&[0, 1, 0, 0, 4], &[1, 1, 2, 2, 6]], &[0.6]);
    let es = |k: usize| found[k][2].estimate.value;
    assert!((es(0) - (4.0 + 1.0 / 3.0) / 2.0).abs() < 1e-12);
    assert!((es(0) + es(1) - 6.0).abs() < 1e-12);
    // The mean over all trials at or above VaR, the usual wrong twin, does not add up to ES.
    assert!((5.0_f64 / 4.0 + 11.0 / 4.0 - 6.0).abs() > 1.0);
}

#[test]
fn parts_add_up_and_all_of_it_is_what_the_system_is() {
    let first: Vec<i64> = (0..500).map(|t| (t * t) % 97).collect();
    let second: Vec<i64> = (0..500).map(|t| (t * 31) % 53 * 3).collect();
    let third: Vec<i64> = (0..500).map(|t| if t % 11 == 0 { 400 } else { 0 }).collect();
    let (found, ranked) = added(&[&first, &second, &third], &LEVELS);
    for at in 0..3 {
        let sum: f64 = found.iter().map(|part| part[at].estimate.value).sum();
        let share: f64 = found.iter().map(|part| part[at].share.unwrap().value).sum();
        assert!((share - 1.0).abs() < 1e-12, "{at}");
        let whole = match found[0][at].level {
            Some(level) => ranked.tail(level).expected_shortfall,
            None if at == 0 => continue,
            None => ranked.losses.iter().sum::<i64>() as f64 / 500.0,
        };
        assert!((sum - whole).abs() < 1e-9 * whole, "{at}: {sum} {whole}");
    }
}

#[test]
fn what_was_not_seen_is_a_bound_and_never_known() {
    let quiet = vec![0; 200];
    let loud: Vec<i64> = (0..200).collect();
    let (found, _) = added(&[&quiet, &loud], &[0.95]);
    let [silent, other] = [0, 1].map(|k| found[k][2]);
    assert_eq!((silent.estimate.value, silent.estimate.quality), (0.0, Quality::Bound));
    assert!(silent.estimate.upper > Some(1.0) && silent.share.unwrap().upper > Some(0.001));
    assert_eq!(other.share.unwrap().value, 1.0);
    assert!(other.share.unwrap().lower < Some(0.99), "{:?}", other.share);
    // VaR is the largest loss seen, and more could come.
    let (found, _) = added(&[&[3; 30], &[4; 30]], &[0.95]);
    let widened = found[0][2].estimate;
    assert_eq!(widened.quality, Quality::TooFew);
    assert!(widened.lower < Some(3.0) && widened.upper > Some(3.0));
    // No losses at all: no share of nothing.
    let (found, _) = added(&[&quiet, &quiet], &[0.95]);
    assert_eq!(found[0][2].share, None);
}

#[test]
fn all_trials_alike_outside_of_the_worst_are_taken_together() {
    let influence = Influence::Worst { worst: vec![3.0, -1.0, 0.5], others: 4, of_others: -0.625 };
    let all = [3.0, -1.0, 0.5, -0.625, -0.625, -0.625, -0.625];
    let [short, long] = [influence.spread(plain()), plain().spread(&all)].map(Option::unwrap);
    assert!((short - long).abs() < 1e-15);
    assert_eq!(influence.evenness(), Sums::of(&all).evenness());
}

/// Correlated normal losses of two parts, in thousandths.
fn normals(seed: u64, n: usize) -> [Vec<i64>; 2] {
    let mut generator = rand_philox::Philox::seed_from_u64(seed);
    let mut draw = || -> f64 { StandardNormal.sample(&mut generator) };
    let mut parts = [Vec::new(), Vec::new()];
    for _ in 0..n {
        let (a, b) = (draw(), draw());
        parts[0].push((1_000.0 * (MEANS[0] + SDS[0] * a)).round() as i64);
        let mixed = CORRELATION * a + (1.0 - CORRELATION * CORRELATION).sqrt() * b;
        parts[1].push((1_000.0 * (MEANS[1] + SDS[1] * mixed)).round() as i64);
    }
    parts
}

const MEANS: [f64; 2] = [40.0, 60.0];
const SDS: [f64; 2] = [3.0, 8.0];
const CORRELATION: f64 = 0.25;

/// Mean of S + Cov(S, L) / sd(L) x density(z) / (1 - q): the contribution of a normal part.
fn exact(level: f64) -> (f64, f64) {
    let law = Normal::standard();
    let covariance = SDS[0] * SDS[0] + CORRELATION * SDS[0] * SDS[1];
    let variance = SDS[0] * SDS[0] + SDS[1] * SDS[1] + 2.0 * CORRELATION * SDS[0] * SDS[1];
    let slope = law.pdf(law.inverse_cdf(level)) / (1.0 - level) / variance.sqrt();
    let own = MEANS[0] + covariance * slope;
    (own, own / (MEANS[0] + MEANS[1] + variance * slope))
}

/// Numbers of defaults among ten borrowers at a time, so that VaR sits in an atom.
fn counts(seed: u64, n: usize) -> [Vec<i64>; 2] {
    let mut generator = rand_philox::Philox::seed_from_u64(seed);
    PDS.map(|p| {
        let law = rand_distr::Binomial::new(10, p).unwrap();
        (0..n).map(|_| law.sample(&mut generator) as i64).collect()
    })
}

const PDS: [f64; 2] = [0.3, 0.1];

/// Contribution and share of the first part of [`counts`], by enumeration.
fn exact_counts(level: f64) -> (f64, f64) {
    let [first, second] = PDS.map(|p| Binomial::new(p, 10).unwrap());
    let mut joint: Vec<(u64, u64, f64)> = (0..=10)
        .flat_map(|a| (0..=10).map(move |b| (a, b)))
        .map(|(a, b)| (a, b, first.pmf(a) * second.pmf(b)))
        .collect();
    joint.sort_by_key(|&(a, b, _)| std::cmp::Reverse(a + b));
    let (mut left, mut own, mut all) = (1.0 - level, 0.0, 0.0);
    for atom in joint.chunk_by(|x, y| x.0 + x.1 == y.0 + y.1) {
        let mass: f64 = atom.iter().map(|x| x.2).sum();
        let taken = left.min(mass);
        let mean: f64 = atom.iter().map(|x| x.0 as f64 * x.2).sum::<f64>() / mass;
        own += taken * mean;
        all += taken * (atom[0].0 + atom[0].1) as f64;
        left -= taken;
    }
    (own / (1.0 - level), own / all)
}

/// Null: bands of contribution and share cover in 93..=97 % of 1,000 runs of 2,000 trials (100
/// beyond the level), seeds 0, 1, 2, ...; on each law four one-sided tests at 1e-4 each. The wrong
/// twins, a law whose contribution or share is 2 % larger, must be refused.
fn bands_cover(law: fn(u64, usize) -> [Vec<i64>; 2], (own, share): (f64, f64)) {
    let (mut hits, mut wrong) = ([0_u64; 2], [0_u64; 2]);
    let runs = 1_000;
    for seed in 0..runs {
        let [first, second] = law(seed, 2_000);
        let (found, _) = added(&[&first, &second], &[LEVELS[1]]);
        let found = [(found[0][2].estimate, own), (found[0][2].share.unwrap(), share)];
        for (at, (e, exact)) in found.iter().enumerate() {
            let covers = |x: f64| e.lower.unwrap() <= x && x <= e.upper.unwrap();
            hits[at] += u64::from(covers(*exact));
            wrong[at] += u64::from(covers(1.02 * exact));
        }
    }
    let refused = |hits: u64| {
        let (low, high) = (Binomial::new(0.93, runs), Binomial::new(0.97, runs));
        low.unwrap().cdf(hits) < 1e-4 || high.unwrap().sf(hits.saturating_sub(1)) < 1e-4
    };
    assert!(!refused(hits[0]) && !refused(hits[1]), "{hits:?}");
    assert!(refused(wrong[0]) && refused(wrong[1]), "{wrong:?}");
}

#[test]
fn bands_cover_the_closed_form_of_normal_parts() {
    let (own, share) = exact(LEVELS[1]);
    bands_cover(normals, (1_000.0 * own, share));
}

#[test]
fn bands_cover_where_var_sits_in_an_atom() {
    bands_cover(counts, exact_counts(LEVELS[1]));
}
