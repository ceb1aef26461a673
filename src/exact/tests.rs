//! Laws against closed forms, published numbers and enumeration that shares no code with them. Every
//! comparison has a twin with a slightly wrong expectation that it must reject.

use std::sync::atomic::AtomicBool;

use statrs::distribution::{Continuous, ContinuousCDF, Discrete, NegativeBinomial, StudentsT};

use super::shares::Shares;
use super::*;
use crate::model::{Model, Segments};
use crate::scenario::{Copula, DefaultLaw, Dependence, ModelSpec, Stress};
use crate::units::{Level, Loading};
use crate::validate::law;

static NEVER: AtomicBool = AtomicBool::new(false);

pub(super) fn model_with(copula: Copula, dependence: Dependence, stress: &Stress) -> Model {
    let factors = match &copula {
        Copula::CreditRiskPlus { deviations, .. } => deviations.len(),
        _ => match &dependence {
            Dependence::Loadings(weights) => weights.len(),
            Dependence::LogitNormal { loadings } => loadings.len(),
            _ => 1,
        },
    };
    let unit = |i: usize| (0..factors).map(|j| f64::from(u8::from(i == j))).collect();
    let spec = ModelSpec {
        repair: false,
        per: vec![None; factors],
        parts: Vec::new(),
        copula,
        factors: (0..factors).map(|i| format!("f{i}")).collect(),
        factor_correlation: (0..factors).map(unit).collect(),
        default: dependence,
        segments: Vec::new(),
        path: "model".into(),
    };
    let names = ["all".to_owned()];
    Model::new(&spec, stress, Segments { names: &names, highest_pds: &[0.05] }).unwrap()
}

fn gaussian(loadings: &[f64]) -> Model {
    let loadings = loadings.iter().map(|&w| Loading::new(w).unwrap()).collect();
    model_with(Copula::Gaussian, Dependence::Loadings(loadings), &Stress::default())
}

/// Draws of (PD, loss, number).
pub(super) fn book(model: &Model, people: &[(f64, i64, u64)]) -> Vec<Class> {
    people
        .iter()
        .map(|&(pd, loss, draws)| {
            let mut class = Class::of(model, 0, pd);
            class.lots.push(Lot { loss, cost: None, draws });
            class.defaults = draws as f64;
            class
        })
        .collect()
}

/// The law without parts.
pub(super) fn loss_law(classes: &[Class], model: &Model, work: Work<'_>) -> Option<Found> {
    shared_law((classes, &Shares::default()), model, (&[], work))
}

pub(super) fn found(model: &Model, people: &[(f64, i64, u64)]) -> Found {
    loss_law(&book(model, people), model, Work::new(2, &NEVER)).unwrap()
}

fn level(x: f64) -> Level {
    Level::new(x).unwrap()
}

fn near(found: f64, want: f64, relative: f64) -> bool {
    (found / want - 1.0).abs() <= relative
}

/// p_k = 0.01 (1 + sin(16 pi k / m)), c_k = ceil(5 k / m)^2, m = 100 (Glasserman and Li 2005).
fn glasserman_li() -> Vec<(f64, i64, u64)> {
    let one = |k: u32| {
        let turn = 16.0 * std::f64::consts::PI * f64::from(k) / 100.0;
        let pd = (0.01 * (1.0 + libm::sin(turn))).max(0.0);
        let size = i64::from((5 * k).div_ceil(100));
        (pd, size * size, 1)
    };
    (1..=100).map(one).collect()
}

/// Tails down to 1e-10 of a hundred borrowers, computed twice by other code.
#[test]
fn glasserman_and_li_to_the_last_printed_digit() {
    let tails: [(f64, &[(i64, f64)]); 2] = [
        (
            0.3,
            &[
                (20, 2.023229e-1),
                (50, 2.971881e-2),
                (100, 1.489223e-3),
                (150, 8.656053e-5),
                (200, 5.704892e-6),
                (250, 4.090354e-7),
                (300, 3.077878e-8),
                (400, 1.797585e-10),
            ],
        ),
        (
            0.5,
            &[
                (20, 1.784425e-1),
                (50, 5.112945e-2),
                (100, 1.102520e-2),
                (150, 3.074595e-3),
                (200, 9.767633e-4),
                (250, 3.336267e-4),
                (300, 1.186339e-4),
                (400, 1.564720e-5),
                (500, 1.991399e-6),
            ],
        ),
    ];
    let marks: [(f64, [i64; 4], [f64; 3]); 2] = [
        (0.3, [42, 68, 80, 108], [58.939764, 85.538913, 124.988797]),
        (0.5, [51, 104, 131, 199], [84.811291, 144.690094, 246.496789]),
    ];
    for ((loading, tails), (_, vars, shortfalls)) in tails.into_iter().zip(marks) {
        let found = found(&gaussian(&[loading]), &glasserman_li());
        assert!(found.is_exact && found.error < 1e-8, "{}", found.error);
        assert!(near(found.mean, 10.407_665_579_354_695, 1e-12), "{}", found.mean);
        for &(x, want) in tails {
            // Seven digits are printed.
            let p = found.law.exceedance(x);
            assert!(near(p, want, 6e-7), "{loading} {x}: {p}");
            assert!(!near(p, want * 1.000_002, 6e-7));
        }
        for (q, var) in [0.95, 0.99, 0.995, 0.999].into_iter().zip(vars) {
            assert_eq!(found.law.value_at_risk(level(q)), var);
        }
        for (q, es) in [0.95, 0.99, 0.999].into_iter().zip(shortfalls) {
            assert!(near(found.law.expected_shortfall(level(q)), es, 1e-8));
        }
    }
    // The wrong twin: a slightly larger loading is another law.
    let wrong = super::tests::found(&gaussian(&[0.305]), &glasserman_li());
    assert!(!near(wrong.law.exceedance(400), 1.797585e-10, 0.1));
}

/// All 2^9 states of nine people on two factors, by code of its own.
#[test]
fn small_books_are_their_enumeration() {
    let people: Vec<(f64, i64, u64)> =
        (1..=9).map(|i| (0.01 * f64::from(i), i64::from(i * i * 7 + 13), 1)).collect();
    let model = gaussian(&[0.35, -0.2]);
    let found = found(&model, &people);
    let latents: Vec<law::Latent> =
        people.iter().map(|&(pd, ..)| law::Latent::two(pd, [0.35, -0.2], 0.0)).collect();
    let states = law::states(&latents, &law::two_factors(0.0, 0.1));
    let loss = |state: usize| -> i64 {
        let own = people.iter().enumerate().filter(|(i, _)| state >> i & 1 == 1);
        own.map(|(_, p)| p.1).sum()
    };
    let want = law::Law::new(states.iter().enumerate().map(|(state, &p)| (loss(state), p)));
    for x in [0, 40, 100, 333, 700, 1_500] {
        let (p, w) = (found.law.exceedance(x), want.exceeds(x));
        assert!(near(p, w, 1e-9), "{x}: {p} {w}");
        assert!(!near(p, w * 1.000_1, 1e-9));
    }
    // The normal law of the other side is good to ten digits.
    assert!(near(found.mean, want.mean(), 1e-9), "{} {}", found.mean, want.mean());
    assert!(near(found.deviation, want.sd(), 1e-9), "{} {}", found.deviation, want.sd());
    for q in [0.9, 0.99, 0.999] {
        assert_eq!(found.law.value_at_risk(level(q)), want.var(q));
        assert!(near(found.law.expected_shortfall(level(q)), want.es(q), 1e-9));
    }
}

#[test]
fn independent_people_are_binomial_down_to_the_smallest_tail() {
    let found = found(&gaussian(&[0.0]), &[(0.03, 7, 400)]);
    assert_eq!((found.nodes, found.error), (1, 0.0));
    // P(N = k) from logarithms of factorials, and their tails.
    let log_factorial = |n: u32| libm::lgamma(f64::from(n) + 1.0);
    let p = |k: u32| {
        let choose = log_factorial(400) - log_factorial(k) - log_factorial(400 - k);
        libm::exp(choose + f64::from(k) * libm::log(0.03) + f64::from(400 - k) * libm::log(0.97))
    };
    for k in [0_u32, 5, 12, 20, 40, 80] {
        let want: f64 = (k + 1..=400).rev().map(p).sum();
        assert!(near(found.law.exceedance(7 * i64::from(k) + 3), want, 1e-11), "{k}");
        assert!(!near(found.law.exceedance(7 * i64::from(k) + 3), want * 1.001, 1e-11));
    }
    // One by one they are the same law.
    let singles: Vec<(f64, i64, u64)> = vec![(0.03, 7, 1); 400];
    let other = super::tests::found(&gaussian(&[0.0]), &singles);
    for x in [70, 140, 280] {
        assert!(near(other.law.exceedance(x), found.law.exceedance(x), 1e-10));
    }
}

/// The published tail: m = 100, PD 5 %, asset correlation 5 %, 20 or more defaults (the exercise book of
/// McNeil, Frey and Embrechts).
#[test]
fn twenty_of_a_hundred() {
    let tail = |rho: f64| found(&gaussian(&[rho.sqrt()]), &[(0.05, 1, 100)]).law.exceedance(19);
    assert!(near(tail(0.05), 0.001_121_172_49, 1e-8), "{}", tail(0.05));
    assert!(!near(tail(0.0505), 0.001_121_172_49, 1e-3));
}

/// Gaussian and t: two default together with the bivariate law of their latent assets.
#[test]
fn two_defaults_follow_the_bivariate_law() {
    let both = |model: &Model| found(model, &[(0.03, 100, 2)]).law.exceedance(100);
    // Phi2(G(0.03), G(0.03); 0.04).
    assert!(near(both(&gaussian(&[0.2])), 0.001_098_608_5, 5e-8));
    let nu = 4.0;
    let rho: f64 = 0.3;
    let student = |rho: f64| {
        let loading = Loading::new(rho.sqrt()).unwrap();
        let copula = Copula::StudentT { degrees_of_freedom: nu };
        model_with(copula, Dependence::Loadings(vec![loading]), &Stress::default())
    };
    // P(X <= t, Y <= t): X is Student with nu, Y given X with nu + 1 degrees of freedom.
    let (own, given) =
        (StudentsT::new(0.0, 1.0, nu).unwrap(), StudentsT::new(0.0, 1.0, nu + 1.0).unwrap());
    let t = own.inverse_cdf(0.03);
    let at = |x: f64| {
        let spread = ((1.0 - rho * rho) * (nu + x * x) / (nu + 1.0)).sqrt();
        own.pdf(x) * given.cdf((t - rho * x) / spread)
    };
    // x = t - u / (1 - u), Simpson in u.
    let n = 4_000;
    let integrand = |k: i32| {
        let u = f64::from(k) / f64::from(n);
        if k == n { 0.0 } else { at(t - u / (1.0 - u)) / (1.0 - u).powi(2) }
    };
    let inner: f64 = (1..n).map(|k| integrand(k) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
    let want = (integrand(0) + inner + integrand(n)) / (3.0 * f64::from(n));
    let p = both(&student(rho));
    assert!(near(p, want, 2e-7), "{p} {want}");
    assert!(!near(both(&student(0.303)), want, 2e-7));
}

/// Credit Suisse's model on equal people: a gamma mixture of Poisson numbers is negative binomial.
#[test]
fn one_gamma_sector_is_negative_binomial() {
    let model = |variance: f64| {
        let copula = Copula::CreditRiskPlus {
            defaults: DefaultLaw::Poisson,
            deviations: vec![variance.sqrt()],
        };
        model_with(copula, Dependence::Sectors(vec![1.0]), &Stress::default())
    };
    let want = NegativeBinomial::new(5.0, 0.5).unwrap();
    let found = found(&model(0.2), &[(0.01, 3, 500)]);
    for k in [0_u64, 1, 5, 12, 30] {
        let p = found.law.probabilities[k as usize];
        assert!(near(p, want.pmf(k), 1e-8), "{k}: {p} {}", want.pmf(k));
    }
    let wrong = super::tests::found(&model(0.21), &[(0.01, 3, 500)]);
    assert!(!near(wrong.law.probabilities[30], want.pmf(30), 0.02));
}

/// A beta mixture on equal people is beta-binomial (McNeil, Frey and Embrechts 2015, 11.2.2).
#[test]
fn a_beta_mixture_is_beta_binomial() {
    let rho = 0.02;
    let dependence = Dependence::Beta { direction: vec![1.0], default_correlation: rho };
    let model = model_with(Copula::Gaussian, dependence, &Stress::default());
    let found = found(&model, &[(0.05, 1, 50)]);
    let (a, b) = (0.05 * (1.0 - rho) / rho, 0.95 * (1.0 - rho) / rho);
    let log_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let p = |k: f64| {
        let choose = -libm::log(51.0) - log_beta(k + 1.0, 51.0 - k);
        libm::exp(choose + log_beta(k + a, 50.0 - k + b) - log_beta(a, b))
    };
    for k in [0_u8, 1, 4, 10, 25] {
        let (f, w) = (found.law.probabilities[usize::from(k)], p(f64::from(k)));
        assert!(near(f, w, 1e-8), "{k}: {f} {w}");
        assert!(!near(f, w * 1.000_1, 1e-8));
    }
}

/// The two ways to a conditional law agree, PDs near 1/2 and above included.
#[test]
fn transforms_agree_with_adding_up_lot_by_lot() {
    use super::conditional::{Given, law};
    use super::moments::{given, moments};
    use super::ways::Way;
    let model = gaussian(&[0.0]);
    let people: Vec<(f64, i64, u64)> = (0..60)
        .map(|i| (f64::from(i) / 59.0, i64::from(10 + i * 37 % 90), u64::from(1 + i as u32 % 4)))
        .chain([(0.500_000_1, 20, 3), (0.4995, 30, 2)])
        .collect();
    let book = book(&model, &people);
    let state = model.state(&[0.0]);
    let pds = given(&book, &model, &state);
    let own = moments(&book, &model, &pds);
    let mut plan = plan::Plan::of(&book, &model, 1 << 30);
    let mut fourier = fourier::Fourier::default();
    let mut by = |way| {
        plan.way = way;
        let found = law((&book, &model), (&plan, &mut fourier), (&pds, &own));
        let Given::Stretch(stretch) = found else { panic!("a stretch of the grid") };
        let mut p = vec![0.0; stretch.first];
        p.extend(stretch.p);
        LossLaw::new(plan.grid.step, p)
    };
    let (lots, transformed) = (by(Way::Lots), by(Way::Transform));
    let mut worst = 0.0_f64;
    for (a, b) in lots.beyond.iter().zip(&transformed.beyond) {
        worst = worst.max((a - b).abs());
    }
    assert!(worst < 1e-13, "{worst}");
    assert!((lots.mean() / own.mean - 1.0).abs() < 1e-12);
}

/// A large pool meets the closed form of its limit, nearer than its luck.
#[test]
fn a_large_pool_is_vasicek() {
    let found = found(&gaussian(&[0.2]), &[(0.03, 1, 1_000_000)]);
    for q in [0.99, 0.999] {
        let share = found.law.value_at_risk(level(q)) as f64 / 1e6;
        let want = law::vasicek::var(q, 0.03, 0.04);
        assert!((share - want).abs() < 2e-5, "{q}: {share} {want}");
        let wrong = law::vasicek::var(q, 0.0301, 0.04);
        assert!((share - wrong).abs() > 2e-5);
        let es = found.law.expected_shortfall(level(q)) / 1e6;
        assert!((es - law::vasicek::es(q, 0.03, 0.04)).abs() < 2e-5);
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let model = gaussian(&[0.3]);
    let book = book(&model, &glasserman_li());
    let of = |threads| loss_law(&book, &model, Work::new(threads, &NEVER)).unwrap();
    assert_eq!(of(1), of(3));
}

/// A coarse grid keeps means and moves tails by about a step.
#[test]
fn coarse_grids_stay_near() {
    let model = gaussian(&[0.3]);
    let people: Vec<(f64, i64, u64)> =
        (0..60).map(|i| (0.02, 10_007 + 7_919 * i % 90_001, 1)).collect();
    let book = book(&model, &people);
    let of = |points| loss_law(&book, &model, Work { points, ..Work::new(2, &NEVER) }).unwrap();
    let (fine, coarse) = (of(1 << 14), of(1 << 10));
    assert!(!fine.is_exact && fine.law.step < coarse.law.step);
    assert!(near(fine.mean, coarse.mean, 1e-12) && near(fine.law.mean(), fine.mean, 1e-6));
    for q in [0.9, 0.99, 0.999] {
        let (a, b) =
            (fine.law.expected_shortfall(level(q)), coarse.law.expected_shortfall(level(q)));
        assert!((a - b).abs() < 0.5 * coarse.law.step as f64, "{q}: {a} {b}");
    }
}
