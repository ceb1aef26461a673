//! The bands of differences between two results cover the true difference as often as they claim.
//!
//! A book small enough for its exact law, once as it is and once under a cap, which leaves the defaults
//! alone. Null: the band covers with its 95 %. Statistic: number of seeds at which it does,
//! binomial. Seeds are 0, 1, 2, ... by index, 2,000 trials each. A test refuses at [`ALPHA`]; with
//! fewer than 20 tests in this file a false alarm in 1,000 runs of it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::judge::binomial_p;
use support::law::{self, Latent, Law};
use support::{Case, case_with, system_losses};
use tailcap::measures::between::{Basis, Difference, Pairs, Trials, independent};
use tailcap::measures::drawn::Drawn;
use tailcap::measures::order::Ranked;
use tailcap::measures::statistic::{Asked, Known, Sample, statistics};
use tailcap::measures::{Estimate, Figures, Measure};
use tailcap::units::{Confidence, Level};

const ALPHA: f64 = 5e-5;
const SEEDS: u64 = 500;
const TRIALS: u64 = 2_000;
const LEVEL: f64 = 0.9;
/// Above every balance: the book as it is.
const UNCAPPED: usize = 2_000;
const CAP: usize = 700;
/// What is compared: measure and level.
const ASKED: [(Measure, Option<f64>); 4] = [
    (Measure::ExpectedLoss, None),
    (Measure::StandardDeviation, None),
    (Measure::ValueAtRisk, Some(LEVEL)),
    (Measure::ExpectedShortfall, Some(LEVEL)),
];

/// Sixty borrowers whose balances all differ, so that VaR does not sit in an atom.
fn balances() -> impl Iterator<Item = usize> {
    (0..60).map(|i| 200 + 7 * i * i % 997)
}

fn book(cap: usize, seed: u64) -> Case {
    let rows: String = balances().map(|b| format!("{b},{b},0.06\n")).collect();
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 0.6 }} }}
        model = {{ correlation = 0.09 }}
        policy = [{{ id = "capped", rule = [{{ cap = {cap} }}] }}]
        "#
    );
    case_with(&scenario, &format!("limit,balance,pd\n{rows}"), &[&format!("seed={seed}")])
}

fn confidence() -> Confidence {
    Confidence::new(0.95).unwrap()
}

/// EL, standard deviation, VaR and ES, in the order of [`ASKED`].
fn truth(cap: usize) -> [f64; 4] {
    let loss = |b: usize| (0.6 * b.min(cap) as f64 + 0.5).floor() as usize;
    let people: Vec<(Latent, usize)> =
        balances().map(|b| (Latent::one(0.06, 0.3), loss(b))).collect();
    let law = Law::of_sum(&people, &law::one_factor(0.1));
    [law.mean(), law.sd(), law.var(LEVEL) as f64, law.es(LEVEL)]
}

/// What a result keeps of a run.
struct Kept {
    seed: u64,
    losses: Vec<i64>,
    estimates: Vec<Estimate>,
}

fn kept(cap: usize, seed: u64) -> Kept {
    let losses = system_losses(&book(cap, seed).sample(TRIALS), 0);
    let levels = [Level::new(LEVEL).unwrap()];
    let asked = Asked {
        levels: &levels,
        thresholds: &[],
        drawn: Drawn::plain(confidence()),
        per_unit: 1.0,
    };
    let defaults = vec![0; losses.len()];
    let largest = balances().sum::<usize>() as i64;
    let sample = Sample {
        losses: &losses,
        defaults: &defaults,
        credit: largest,
        largest,
        known: Known::default(),
    };
    let all = statistics(sample, &Ranked::new(&losses, asked.drawn), asked);
    let find = |(measure, level): &(Measure, Option<f64>)| {
        all.iter()
            .find(|s| s.measure == *measure && s.level.map(Level::get) == *level)
            .map(|s| s.own)
            .unwrap()
    };
    let estimates = ASKED.iter().map(find).collect();
    Kept { seed, losses, estimates }
}

fn covers(band: &Estimate, truth: f64) -> bool {
    band.lower.unwrap() <= truth && truth <= band.upper.unwrap()
}

/// How often `band` covers the difference and the relative difference, by what is asked.
fn coverage(
    seeds: impl Fn(u64) -> (u64, u64),
    band: impl Fn(&Kept, &Kept) -> [Difference; 4],
) -> [(u64, u64); 4] {
    let (a, b) = (truth(UNCAPPED), truth(CAP));
    let mut hits = [(0, 0); 4];
    for index in 0..SEEDS {
        let (first, second) = seeds(index);
        let found = band(&kept(UNCAPPED, first), &kept(CAP, second));
        for (at, difference) in found.iter().enumerate() {
            hits[at].0 += u64::from(covers(&difference.absolute, b[at] - a[at]));
            let relative = difference.relative.unwrap();
            hits[at].1 += u64::from(covers(&relative, b[at] / a[at] - 1.0));
        }
    }
    println!("{hits:?} of {SEEDS}");
    hits
}

fn by_independence(a: &Kept, b: &Kept) -> [Difference; 4] {
    [0, 1, 2, 3].map(|at| independent(ASKED[at].0, false, &a.estimates[at], &b.estimates[at]))
}

fn by_pairs(a: &Kept, b: &Kept) -> [Difference; 4] {
    let levels = [Level::new(LEVEL).unwrap()];
    let asked = Asked {
        levels: &levels,
        thresholds: &[],
        drawn: Drawn::plain(confidence()),
        per_unit: 1.0,
    };
    let exposure = balances().sum::<usize>() as i64;
    let [a, b] =
        [a, b].map(|kept| Trials { losses: &kept.losses, credit: exposure, exposure, asked });
    let pairs = Pairs::new(a, b);
    ASKED.map(|(measure, level)| pairs.difference(measure, level, None).unwrap())
}

/// Seeds 2 i and 2 i + 1. Twin: the band of B alone, which forgets that A is uncertain too.
#[test]
fn independent_bands_cover_as_claimed() {
    let seeds = |index| (2 * index, 2 * index + 1);
    for hits in coverage(seeds, by_independence) {
        // VaR intervals round outwards to whole ranks: they may cover a little more.
        for hits in [hits.0, hits.1] {
            assert!(binomial_p(hits, SEEDS, 0.95) > ALPHA, "{hits} of {SEEDS}");
        }
    }
    let twin = |a: &Kept, b: &Kept| {
        let right = by_independence(a, b);
        [0, 1, 2, 3].map(|at| {
            let (one, other) = (&a.estimates[at], &b.estimates[at]);
            let absolute = Estimate::of(Figures {
                lower: Some(other.lower.unwrap() - one.value),
                upper: Some(other.upper.unwrap() - one.value),
                ..*right[at].absolute
            });
            Difference { absolute, ..right[at] }
        })
    };
    for (hits, _) in coverage(seeds, twin) {
        assert!(binomial_p(hits, SEEDS, 0.95) < ALPHA, "the twin passes: {hits} of {SEEDS}");
    }
}

/// Both on seed i. The paired bands cover as claimed and are much narrower; bands that ignore what the
/// runs share cover nearly always, which is why the reader is told.
#[test]
fn paired_bands_cover_as_claimed_and_are_much_narrower() {
    let seeds = |index| (index, index);
    let paired = coverage(seeds, by_pairs);
    for (at, hits) in paired.into_iter().enumerate() {
        for hits in [hits.0, hits.1] {
            assert!(binomial_p(hits, SEEDS, 0.95) > ALPHA, "{:?}: {hits} of {SEEDS}", ASKED[at]);
        }
    }
    for (hits, _) in coverage(seeds, by_independence) {
        assert!(hits >= SEEDS - 2, "{hits} of {SEEDS}");
    }
    let (a, b) = (kept(UNCAPPED, 0), kept(CAP, 0));
    for (narrow, wide) in by_pairs(&a, &b).iter().zip(by_independence(&a, &b)) {
        assert_eq!((narrow.basis, wide.basis), (Basis::Paired, Basis::Independent));
        let width = |d: &Difference| d.absolute.half_width().unwrap();
        assert!(width(narrow) < 0.5 * width(&wide), "{narrow:?} {wide:?}");
    }
    // Twin: the width of paired trials around the difference of runs that share nothing.
    let twin = |a: &Kept, b: &Kept| {
        let (narrow, apart) = (by_pairs(a, &kept(CAP, a.seed)), by_independence(a, b));
        [0, 1, 2, 3].map(|at| {
            let half = narrow[at].absolute.half_width().unwrap();
            let value = apart[at].absolute.value;
            let absolute = Estimate::of(Figures {
                lower: Some(value - half),
                upper: Some(value + half),
                ..*apart[at].absolute
            });
            Difference { absolute, ..apart[at] }
        })
    };
    for (hits, _) in coverage(|index| (2 * index, 2 * index + 1), twin) {
        assert!(binomial_p(hits, SEEDS, 0.95) < ALPHA, "the twin passes: {hits} of {SEEDS}");
    }
}
