//! Laws of books whose defaults draw LGDs: the ways to them against each other and against laws made by hand.

use std::sync::atomic::AtomicBool;

use super::conditional::{Given, law};
use super::cost::{Cost, Debt, DebtLaw};
use super::fourier::Fourier;
use super::moments::{given, moments};
use super::plan::Plan;
use super::shares::{Owned, Shares};
use super::tests::model_with;
use super::ways::Way;
use super::*;
use crate::model::Model;
use crate::scenario::{Copula, Dependence, LgdLaw, Stress};
use crate::special::beta;
use crate::units::{Level, Loading};

static NEVER: AtomicBool = AtomicBool::new(false);

fn gaussian(loading: f64) -> Model {
    let loading = Loading::new(loading).unwrap();
    model_with(Copula::Gaussian, Dependence::Loadings(vec![loading]), &Stress::default())
}

/// People of (PD, exposure, number) who owe all of it to one of two parts, every third to the first; and what
/// the parts hold.
fn book(model: &Model, people: &[(f64, i64, u64)], lgd: (&LgdLaw, f64)) -> (Vec<Class>, Shares) {
    let (mut classes, mut owned) = (Vec::new(), Vec::new());
    for (i, &(pd, exposure, draws)) in people.iter().enumerate() {
        let part = usize::from(i % 3 > 0);
        let law = DebtLaw::new(lgd.0, lgd.1, &[exposure], 1);
        let mut class = Class::of(model, 0, pd);
        let cost = Cost::new(vec![Debt { law, held: vec![(part, 1.0)] }]);
        let lot = (cost.mean.round() as i64, Some(0));
        let amount = cost.mean * draws as f64;
        owned.push(Owned { class: i, lot, part, amount });
        class.lots.push(Lot { loss: lot.0, cost: lot.1, draws });
        class.costs.push(cost);
        classes.push(class);
    }
    let shares = Shares::of(&classes, (2, Vec::new()), owned);
    (classes, shares)
}

fn near(found: f64, want: f64, relative: f64) -> bool {
    (found / want - 1.0).abs() <= relative
}

/// The law given a state by one way, on a plan's grid.
fn by(classes: &[Class], model: &Model, plan: &Plan, e: f64) -> LossLaw {
    let pds = given(classes, model, &model.state(&[e]));
    let own = moments(classes, model, &pds);
    match law((classes, model), (plan, &mut Fourier::default()), (&pds, &own)) {
        Given::Stretch(own) => {
            let mut p = vec![0.0; own.first];
            p.extend(own.p);
            LossLaw::new(plan.grid.step, p)
        }
        Given::Atoms(atoms) => {
            let top = atoms.iter().map(|own| own.0 / plan.grid.step).max().unwrap();
            let mut p = vec![0.0; top as usize + 1];
            for (loss, weight) in atoms {
                assert_eq!(loss % plan.grid.step, 0);
                p[(loss / plan.grid.step) as usize] += weight;
            }
            LossLaw::new(plan.grid.step, p)
        }
    }
}

fn farthest(a: &LossLaw, b: &LossLaw) -> f64 {
    let at = |law: &LossLaw, k: usize| law.beyond.get(k).copied().unwrap_or(0.0);
    let points = a.beyond.len().max(b.beyond.len());
    (0..points).map(|k| (at(a, k) - at(b, k)).abs()).fold(0.0, f64::max)
}

/// One loan with a beta LGD: the law of its loss is that of the LGD.
#[test]
fn one_loan_loses_by_its_law() {
    let model = gaussian(0.0);
    let lgd = LgdLaw::Beta { sd: 0.2 };
    let (classes, shares) = book(&model, &[(0.1, 1_000_000, 1)], (&lgd, 0.4));
    let levels = [Level::new(0.95).unwrap()];
    let found = shared_law((&classes, &shares), &model, (&levels, Work::new(1, &NEVER))).unwrap();
    assert!(!found.is_exact && near(found.mean, 40_000.0, 1e-12));
    let (a, b) = (2.0, 3.0);
    for x in [0.1, 0.4, 0.7] {
        let want = 0.1 * (1.0 - beta::regularised(a, b, x));
        let p = found.law.exceedance((x * 1e6) as i64);
        assert!((p - want).abs() < 0.1 * 1.5 * found.law.step as f64 / 1e6, "{x}: {p} {want}");
    }
    // Half of the defaults are the worst 5 %.
    let median = beta::quantile(a, b, 0.5);
    let want = 0.4 * (1.0 - beta::regularised(a + 1.0, b, median)) / 0.5;
    let es = found.law.expected_shortfall(levels[0]) / 1e6;
    assert!(near(es, want, 1e-4), "{es} {want}");
    let [own, other] = [0, 1].map(|part| found.shortfalls[0][part] / 1e6);
    assert!(near(own, es, 1e-8) && other.abs() < 1e-12, "{own} {es} {other}");
}

/// Each loss by itself and draw by draw through transforms; parts as well.
#[test]
fn few_discrete_costs_by_two_ways() {
    let lgd = LgdLaw::Discrete(vec![(0.2, 0.4), (1.0, 0.6)]);
    let model = gaussian(0.3);
    let people: Vec<(f64, i64, u64)> = (0..5)
        .map(|i| (0.1 + 0.15 * f64::from(i), i64::from(10 + 15 * i), 1 + u64::from(i == 2)))
        .collect();
    let (classes, shares) = book(&model, &people, (&lgd, 0.68));
    let atoms = Plan::of(&classes, &model, 1 << 12);
    assert_eq!(atoms.way, Way::Atoms);
    assert!(atoms.grid.is_exact);
    let direct = super::direct::directly((&classes, &model), atoms.grid.step);
    let transformed = Plan { way: Way::Direct, direct, ..atoms.clone() };
    for e in [-2.0, 0.0, 1.5] {
        let (a, b) = (by(&classes, &model, &atoms, e), by(&classes, &model, &transformed, e));
        assert!(farthest(&a, &b) < 1e-14);
    }
    let worst = [
        super::tail::Worst { at: 60 / atoms.grid.step as usize, weight: 0.4, tail: 0.1 },
        super::tail::Worst { at: 150 / atoms.grid.step as usize, weight: 0.7, tail: 0.01 },
    ];
    let parts =
        |plan: &Plan| super::contribution::over((&classes, &shares), &model, (plan, 1), &worst);
    let (a, b) = (parts(&atoms), parts(&transformed));
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        assert!(near(*a, *b, 1e-10), "{a} {b}");
    }
}

/// Many loans: three grid points for each cost against the laws of costs as they are.
#[test]
fn three_points_serve_where_loans_are_many() {
    let model = gaussian(0.25);
    let mut people: Vec<(f64, i64, u64)> = (0..1_200)
        .map(|i| {
            let pd = if i % 40 == 0 { 0.5 } else { 0.02 + 0.0002 * f64::from(i % 500) };
            (pd, i64::from(5_000 + i * 7919 % 60_000), 1)
        })
        .collect();
    // As in a book.
    people.sort_by(|a, b| b.0.total_cmp(&a.0));
    let lgd = LgdLaw::Beta { sd: 0.25 };
    let (classes, shares) = book(&model, &people, (&lgd, 0.45));
    let direct = Plan::of(&classes, &model, 1 << 20);
    assert_eq!(direct.way, Way::Direct);
    let series = Plan { way: Way::Transform, direct: Vec::new(), ..direct.clone() };
    for e in [-3.0, -1.0, 0.0, 2.0] {
        let (a, b) = (by(&classes, &model, &direct, e), by(&classes, &model, &series, e));
        // Means are kept up to a part of a step, of which this is what it moves.
        let off = (a.mean() - b.mean()) / direct.grid.step as f64;
        let density = a.probabilities.iter().copied().fold(0.0, f64::max);
        assert!(off.abs() < 0.3, "{e}: {off}");
        let far = farthest(&a, &b) - density * off.abs();
        assert!(far < 2e-4, "{e}: {far} {off}");
        // The wrong twin: costs at their means.
        let mut grid = direct.grid.clone();
        for (moved, lucky) in grid.moved.iter_mut().zip(&mut grid.lucky) {
            moved.extend(lucky.drain(..).map(|(at, draws, _)| (at, draws)));
        }
        let fixed = Plan { grid, ..series.clone() };
        let wrong = by(&classes, &model, &fixed, e);
        assert!(farthest(&a, &wrong) > 1e-3, "{e}: {}", farthest(&a, &wrong));
    }
    // Beyond the mean of a bad year.
    let at = (by(&classes, &model, &direct, -2.5).mean() / direct.grid.step as f64) as usize;
    let worst = [super::tail::Worst { at, weight: 0.5, tail: 0.01 }];
    let share = |plan: &Plan| {
        let book = (&classes[..], &shares);
        let sums = super::contribution::over(book, &model, (plan, 0), &worst);
        sums[0][0] / (sums[0][0] + sums[0][1])
    };
    assert!(near(share(&direct), share(&series), 5e-3), "{} {}", share(&direct), share(&series));
}

/// A large book with random LGDs lies on its limit; its granularity is larger than with fixed ones.
#[test]
fn random_costs_widen_the_granularity() {
    use super::large_pool;
    let model = gaussian(0.2);
    let level = Level::new(0.99).unwrap();
    let of = |lgd: &LgdLaw| {
        let (classes, shares) = book(&model, &[(0.03, 1_000_000, 600)], (lgd, 0.5));
        let pool =
            large_pool::law((&classes, &shares), (&model, None), (&[level], Work::new(1, &NEVER)))
                .unwrap();
        let exact =
            shared_law((&classes, &shares), &model, (&[level], Work::new(1, &NEVER))).unwrap();
        let limit = pool.law.expected_shortfall(level);
        let more = pool.granularity(level).1;
        let left = exact.law.expected_shortfall(level) - limit - more;
        (more, left, pool.shortfalls[0].iter().sum::<f64>() / (limit + more))
    };
    let (more, left, sum) = of(&LgdLaw::Beta { sd: 0.3 });
    let (fixed, ..) = of(&LgdLaw::Discrete(vec![(0.5, 1.0)]));
    // v grows by the variance of an LGD over its square.
    assert!(near(more / fixed, 1.0 + 0.09 / 0.25 / (1.0 - 0.075), 0.02), "{more} {fixed}");
    assert!(left.abs() < 0.1 * more, "{left} {more}");
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
}
