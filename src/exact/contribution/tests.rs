//! What parts add, against the enumeration of small books by code that shares nothing with it.

use std::sync::atomic::AtomicBool;

use super::super::shares::Owned;
use super::super::tests::{book, model_with};
use super::*;
use crate::scenario::{Copula, DefaultLaw, Dependence, Stress};
use crate::units::Loading;
use crate::validate::law::{Latent, one_factor, states};

static NEVER: AtomicBool = AtomicBool::new(false);

fn gaussian(loading: f64) -> Model {
    let loading = Loading::new(loading).unwrap();
    model_with(Copula::Gaussian, Dependence::Loadings(vec![loading]), &Stress::default())
}

/// Draws of (PD, loss, number) of which the first of two parts holds a share.
fn shared(
    model: &Model,
    people: &[(f64, i64, u64)],
    share: &dyn Fn(usize) -> f64,
) -> (Vec<Class>, Shares) {
    let classes = book(model, people);
    let mut owned = Vec::new();
    for (class, &(_, loss, draws)) in people.iter().enumerate() {
        let all = loss as f64 * draws as f64;
        for (part, amount) in [(0, share(class) * all), (1, (1.0 - share(class)) * all)] {
            owned.push(Owned { class, lot: (loss, None), part, amount });
        }
    }
    let shares = Shares::of(&classes, (2, Vec::new()), owned);
    (classes, shares)
}

fn levels(all: &[f64]) -> Vec<Level> {
    all.iter().map(|&q| Level::new(q).unwrap()).collect()
}

fn near(found: f64, want: f64, relative: f64) -> bool {
    (found / want - 1.0).abs() <= relative
}

/// All 2^9 states, the atom at VaR split; a share that falls from person to person, so that every loss is
/// shared. The wrong twin is conditional on the next lower level.
#[test]
fn parts_of_a_small_book_are_those_of_its_enumeration() {
    let people: Vec<(f64, i64, u64)> =
        (1..=9).map(|i| (0.02 * f64::from(i), i64::from(i * i * 7 + 13), 1)).collect();
    let share = |i: usize| 0.9 - 0.1 * i as f64;
    let model = gaussian(0.35);
    let (classes, shares) = shared(&model, &people, &share);
    let all = [0.8, 0.9, 0.99, 0.999];
    let found =
        shared_law((&classes, &shares), &model, (&levels(&all), Work::new(2, &NEVER))).unwrap();
    let latents: Vec<Latent> = people.iter().map(|p| Latent::one(p.0, 0.35)).collect();
    let states = states(&latents, &one_factor(0.05));
    let lost = |state: usize, of: &dyn Fn(usize) -> f64| -> f64 {
        (0..9).filter(|i| state >> i & 1 == 1).map(of).sum()
    };
    let loss = |state| lost(state, &|i| people[i].1 as f64);
    let own = |state| lost(state, &|i| share(i) * people[i].1 as f64);
    let want = |q: f64| {
        let mut order: Vec<usize> = (0..states.len()).collect();
        order.sort_by(|&a, &b| loss(b).total_cmp(&loss(a)));
        let mut beyond = 0.0;
        let mut at = 0;
        // States that lose the same come together.
        let mut sum = 0.0;
        while at < order.len() {
            let alike = order[at..].iter().take_while(|&&s| loss(s) == loss(order[at]));
            let alike: Vec<usize> = alike.copied().collect();
            let p: f64 = alike.iter().map(|&s| states[s]).sum();
            let mean: f64 = alike.iter().map(|&s| states[s] * own(s)).sum();
            if beyond + p >= 1.0 - q {
                return (sum + mean * (1.0 - q - beyond) / p) / (1.0 - q);
            }
            (beyond, sum, at) = (beyond + p, sum + mean, at + alike.len());
        }
        unreachable!("a level below 1")
    };
    for (&q, parts) in all.iter().zip(&found.shortfalls) {
        let whole = found.law.expected_shortfall(Level::new(q).unwrap());
        assert!(near(parts[0] + parts[1], whole, 1e-12), "{q}: {parts:?} {whole}");
        assert!(near(parts[0], want(q), 1e-9), "{q}: {} {}", parts[0], want(q));
        assert!(!near(parts[0], want(q - 0.0005), 1e-6));
    }
}

/// The three ways to the law of a state give the same parts, PDs next to 1/2 and above included.
#[test]
fn all_ways_agree() {
    let model = gaussian(0.3);
    let people: Vec<(f64, i64, u64)> = (0..40)
        .map(|i| (f64::from(i) / 41.0, i64::from(10 + i * 37 % 90), u64::from(1 + i as u32 % 4)))
        .chain([(0.500_000_1, 20, 3), (0.4995, 30, 2)])
        .collect();
    let (classes, shares) = shared(&model, &people, &|i| 1.0 / (1.0 + i as f64));
    let worst =
        [Worst { at: 1_900, weight: 0.3, tail: 0.1 }, Worst { at: 3_000, weight: 0.7, tail: 0.01 }];
    let mut plan = Plan::of(&classes, &model, 1 << 20);
    let mut by = |way| {
        plan.way = way;
        over((&classes, &shares), &model, (&plan, 1), &worst)
    };
    let (lots, transformed) = (by(Way::Lots), by(Way::Transform));
    for (a, b) in lots.iter().flatten().zip(transformed.iter().flatten()) {
        assert!(near(*a, *b, 1e-11), "{a} {b}");
    }
    // Few enough to be followed one by one.
    let few = &people[..6];
    let (classes, shares) = shared(&model, few, &|i| 1.0 / (1.0 + i as f64));
    let mut plan = Plan::of(&classes, &model, 1 << 20);
    let worst = [Worst { at: 190, weight: 0.3, tail: 0.1 }];
    let mut by = |way| {
        plan.way = way;
        over((&classes, &shares), &model, (&plan, 1), &worst)
    };
    let (atoms, lots) = (by(Way::Atoms), by(Way::Lots));
    for (a, b) in atoms.iter().flatten().zip(lots.iter().flatten()) {
        assert!(near(*a, *b, 1e-11), "{a} {b}");
    }
}

/// On a grid that losses do not stand on parts add up to ES up to a step of it, and stay where they are on a
/// finer one.
#[test]
fn coarse_grids_move_parts_by_little() {
    let model = gaussian(0.3);
    let people: Vec<(f64, i64, u64)> =
        (0..60).map(|i| (0.02, 10_007 + 7_919 * i % 90_001, 1)).collect();
    let (classes, shares) = shared(&model, &people, &|i| if i % 3 == 0 { 1.0 } else { 0.0 });
    let levels = levels(&[0.9, 0.99]);
    let of = |points| {
        let work = Work { points, ..Work::new(2, &NEVER) };
        shared_law((&classes, &shares), &model, (&levels, work)).unwrap()
    };
    let (fine, coarse) = (of(1 << 14), of(1 << 10));
    assert!(!coarse.is_exact);
    for (&level, (a, b)) in levels.iter().zip(fine.shortfalls.iter().zip(&coarse.shortfalls)) {
        for found in [&fine, &coarse] {
            let es = found.law.expected_shortfall(level);
            let sum: f64 = if found.law.step == fine.law.step { a } else { b }.iter().sum();
            assert!((sum - es).abs() < found.law.step as f64, "{sum} {es}");
        }
        assert!((a[0] - b[0]).abs() < coarse.law.step as f64, "{a:?} {b:?}");
    }
}

/// Poisson defaults by quadrature over gamma sectors and by power series.
#[test]
fn poisson_defaults_by_both_engines() {
    let deviations = vec![0.9];
    let copula =
        Copula::CreditRiskPlus { defaults: DefaultLaw::Poisson, deviations: deviations.clone() };
    let model = model_with(copula, Dependence::Sectors(vec![0.8]), &Stress::default());
    let people: Vec<(f64, i64, u64)> =
        (0..20).map(|i| (0.01 + 0.002 * f64::from(i), i64::from(3 + i % 7), 3)).collect();
    let (classes, shares) = shared(&model, &people, &|i| if i < 8 { 1.0 } else { 0.25 });
    let levels = levels(&[0.9, 0.999]);
    let quadrature =
        shared_law((&classes, &shares), &model, (&levels, Work::new(2, &NEVER))).unwrap();
    let series = super::super::credit_risk_plus::law(
        (&classes, &shares),
        (&model, &deviations),
        (&levels, 1 << 14),
    );
    for ((a, b), &level) in quadrature.shortfalls.iter().zip(&series.shortfalls).zip(&levels) {
        assert!(near(a[0], b[0], 1e-7) && near(a[1], b[1], 1e-7), "{a:?} {b:?}");
        let es = series.law.expected_shortfall(level);
        assert!(near(b[0] + b[1], es, 1e-11), "{b:?} {es}");
    }
    // The wrong twin: without the sector's own weight on what it moves.
    let plain = model_with(
        Copula::CreditRiskPlus { defaults: DefaultLaw::Poisson, deviations: vec![0.85] },
        Dependence::Sectors(vec![0.8]),
        &Stress::default(),
    );
    let (classes, shares) = shared(&plain, &people, &|i| if i < 8 { 1.0 } else { 0.25 });
    let wrong = super::super::credit_risk_plus::law(
        (&classes, &shares),
        (&plain, &[0.85]),
        (&levels, 1 << 14),
    );
    assert!(!near(wrong.shortfalls[1][0], series.shortfalls[1][0], 1e-3));
}

/// Two parts of a large pool with PDs of their own: each adds its conditional mean beyond VaR, and of the
/// granularity adjustment what it changes when the part grows.
#[test]
fn parts_of_a_large_pool_grow_as_they_say() {
    use super::super::large_pool;
    let model = gaussian(0.25);
    let levels = levels(&[0.99]);
    let es = |first: f64| {
        let people = [(0.02, (1_000_000.0 * first) as i64, 4_000), (0.06, 700_000, 1_000)];
        let (classes, shares) = shared(&model, &people, &|i| 1.0 - i as f64);
        let found =
            large_pool::law((&classes, &shares), (&model, None), (&levels, Work::new(1, &NEVER)))
                .unwrap();
        let limit = found.law.expected_shortfall(levels[0]);
        (limit + found.granularity(levels[0]).1, found.shortfalls[0].clone())
    };
    let (whole, parts) = es(1.0);
    assert!(near(parts[0] + parts[1], whole, 1e-5), "{parts:?} {whole}");
    // Euler: the part is the derivative of ES by its size.
    let change = (es(1.01).0 - es(0.99).0) / 0.02;
    assert!(near(parts[0], change, 1e-3), "{} {change}", parts[0]);
    assert!(!near(parts[1], change, 1e-2));
}
