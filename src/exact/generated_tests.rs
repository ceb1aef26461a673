//! Random books against laws made apart from the engine: the stated error bounds the true one.
//!
//! Models are drawn with correlations up to 0.99999, PDs down to 1e-9, 1 to 30 degrees of freedom and 1 to 3 variables. References:
//! Gauss's rule on panels graded towards every turn (one factor), Phi2 and its integral over a third asset (two and three
//! factors), and the same over the chi-square of Student t in its own density. The number of books is that of the
//! environment variable `TAILCAP_BOOKS`, or a handful.

use std::sync::atomic::AtomicBool;

use super::shares::Shares;
use super::*;
use crate::model::{Model, Segments};
use crate::scenario::{Copula, Dependence, ModelSpec, SegmentDependence, Stress};
use crate::special::{bivariate, normal, quadrature, student};
use crate::units::Loading;

static NEVER: AtomicBool = AtomicBool::new(false);

/// Books in the gate.
const BOOKS: u64 = 36;

/// Numbers of a book by its index.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

/// A borrower: PD, loading on one factor each, loss.
#[derive(Debug, Clone, Copy)]
struct One {
    pd: f64,
    loading: f64,
    loss: i64,
}

/// Borrowers on a factor each; factors with these correlations.
#[derive(Debug, Clone)]
struct Drawn {
    nu: Option<f64>,
    correlation: Vec<Vec<f64>>,
    people: Vec<One>,
}

impl Drawn {
    /// The book of an index.
    fn of(index: u64) -> Self {
        let mut random = Random(index.wrapping_mul(0x1234_5678_9abc_def1));
        let variables = match index % 40 {
            39 => 3,
            at => 1 + at % 2,
        };
        let mixes = random.next() < 0.4;
        let nu = mixes.then(|| if random.next() < 0.3 { 1.0 } else { random.within(1.0, 30.0) });
        // The mixing variable is one of the variables.
        let factors = variables - u64::from(mixes && variables > 1);
        let least = if variables == 1 || mixes { 2 } else { 3 };
        let count = factors.max(least);
        let most = if variables == 3 { 3.5 } else { 5.0 };
        let people = (0..count)
            .map(|i| {
                let explained = match random.next() < 0.5 {
                    true => 1.0 - libm::pow(10.0, -random.within(0.05, most)),
                    false => random.within(0.0, 0.9),
                };
                let pd = libm::pow(10.0, -random.within(0.5, 9.0));
                One { pd, loading: explained.sqrt(), loss: [1, 2, 4][i as usize] }
            })
            .collect();
        // Directions on a sphere.
        let points: Vec<Vec<f64>> = (0..count)
            .map(|_| {
                let x: Vec<f64> =
                    (0..factors).map(|_| normal::quantile(random.within(0.01, 0.99))).collect();
                let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
                x.iter().map(|x| x / length).collect()
            })
            .collect();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let correlation = (0..points.len())
            .map(|i| {
                (0..points.len())
                    .map(|j| {
                        if i == j { 1.0 } else { product(&points[i], &points[j]).clamp(-1.0, 1.0) }
                    })
                    .collect()
            })
            .collect();
        Self { nu, correlation, people }
    }

    fn model(&self) -> Model {
        let n = self.people.len();
        let loadings = |own: Option<usize>| {
            let weight = |i| if Some(i) == own { self.people[i].loading } else { 0.0 };
            let weights = (0..n).map(|i| Loading::new(weight(i)).unwrap()).collect();
            Dependence::Loadings(weights)
        };
        let names: Vec<String> = (0..n).map(|i| format!("s{i}")).collect();
        let segment = |i: usize| SegmentDependence {
            segment: names[i].clone(),
            dependence: loadings(Some(i)),
            degrees_of_freedom: None,
            path: "model.segment".into(),
        };
        let copula = match self.nu {
            Some(degrees_of_freedom) => Copula::StudentT { degrees_of_freedom },
            None => Copula::Gaussian,
        };
        let spec = ModelSpec {
            repair: false,
            per: vec![None; n],
            parts: Vec::new(),
            copula,
            factors: (0..n).map(|i| format!("f{i}")).collect(),
            factor_correlation: self.correlation.clone(),
            default: loadings(None),
            segments: (0..n).map(segment).collect(),
            path: "model".into(),
        };
        let highest: Vec<f64> = self.people.iter().map(|own| own.pd).collect();
        let segments = Segments { names: &names, highest_pds: &highest };
        Model::new(&spec, &Stress::default(), segments).unwrap()
    }

    fn classes(&self, model: &Model) -> Vec<Class> {
        let class = |(segment, own): (usize, &One)| {
            let mut class = Class::of(model, segment, own.pd);
            class.lots.push(Lot { loss: own.loss, cost: None, draws: 1 });
            class.defaults = 1.0;
            class
        };
        self.people.iter().enumerate().map(class).collect()
    }

    /// Correlation of the assets of two.
    fn between(&self, i: usize, j: usize) -> f64 {
        self.people[i].loading * self.people[j].loading * self.correlation[i][j]
    }

    /// P(all of a set default), scaled thresholds given.
    fn all_default(&self, set: &[usize], g: &[f64]) -> f64 {
        match *set {
            [] => 1.0,
            [i] => normal::cdf(g[i]),
            [i, j] => bivariate::cdf(g[i], g[j], self.between(i, j)),
            [i, j, k] => three(
                [g[i], g[j], g[k]],
                [self.between(i, j), self.between(i, k), self.between(j, k)],
            ),
            _ => unreachable!("at most three"),
        }
    }

    /// P(L > x) for x = 0, 1, ..., PDs times a factor.
    fn tails(&self, factor: f64) -> Vec<f64> {
        let n = self.people.len();
        let sets: Vec<Vec<usize>> =
            (0_usize..1 << n).map(|s| (0..n).filter(|i| s >> i & 1 == 1).collect()).collect();
        let given = |s: f64, threshold: &dyn Fn(f64) -> f64| -> Vec<f64> {
            let g: Vec<f64> =
                self.people.iter().map(|own| s * threshold(factor * own.pd)).collect();
            sets.iter().map(|set| self.all_default(set, &g)).collect()
        };
        let joint = match self.nu {
            None => given(1.0, &normal::quantile),
            Some(nu) => {
                // chi^2 = exp(2 t): density of t is 2 exp(nu t - exp(2 t) / 2) / (2^(nu/2) Gamma(nu/2)).
                let log = 0.5 * nu * libm::log(2.0) + libm::lgamma(0.5 * nu);
                let mut sums = vec![0.0; sets.len()];
                let (from, to, panels) = (-45.0 / nu.max(1.0) - 2.0, 4.5, 160);
                let width = (to - from) / f64::from(panels);
                for k in 0..panels {
                    let at = from + width * f64::from(k);
                    for (t, weight) in quadrature::nodes(at, at + width) {
                        let density = 2.0 * libm::exp(nu * t - 0.5 * libm::exp(2.0 * t) - log);
                        let own =
                            given(libm::exp(t) / nu.sqrt(), &|p| student::quantile(nu, p, 1.0 - p));
                        sums.iter_mut().zip(own).for_each(|(sum, p)| *sum += weight * density * p);
                    }
                }
                sums
            }
        };
        // Exactly this set: inclusion and exclusion, from the largest on.
        let mut exactly = joint;
        for i in 0..n {
            for s in 0..1_usize << n {
                if s >> i & 1 == 0 {
                    exactly[s] -= exactly[s | 1 << i];
                }
            }
        }
        let loss = |s: usize| -> i64 { sets[s].iter().map(|&i| self.people[i].loss).sum() };
        (0..7).map(|x| (0..1 << n).filter(|&s| loss(s) > x).map(|s| exactly[s]).sum()).collect()
    }
}

/// P(X <= g_1, Y <= g_2, Z <= g_3): the mean of Phi2 given X.
fn three(g: [f64; 3], [ab, ac, bc]: [f64; 3]) -> f64 {
    let (b, c) = ((1.0 - ab * ab).sqrt(), (1.0 - ac * ac).sqrt());
    let rho = ((bc - ab * ac) / (b * c)).clamp(-1.0, 1.0);
    let at = |x: f64| {
        let density = libm::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt();
        density * bivariate::cdf((g[1] - ab * x) / b, (g[2] - ac * x) / c, rho)
    };
    // Ends of panels where either of the two turns, and around it.
    let mut ends = vec![-12.0, g[0]];
    for (t, w) in [(g[1] / ab, b / ab.abs()), (g[2] / ac, c / ac.abs())] {
        ends.extend([-300.0, -30.0, -8.0, -2.0, 0.0, 2.0, 8.0, 30.0, 300.0].map(|k| t + k * w));
    }
    ends.retain(|x| (-12.0..=g[0]).contains(x));
    ends.sort_by(f64::total_cmp);
    ends.windows(2).map(|ends| quadrature::integral(&at, ends[0], ends[1], 1e-14)).sum()
}

/// Holds a book against its reference; how far it is off, as multiples of what is allowed.
fn off(drawn: &Drawn, found: &Found, factor: f64) -> f64 {
    // Inclusion and exclusion leave some rounding of the reference; thresholds of t are good to 1e-9.
    const ROUNDING: f64 = 3e-13;
    const TABLES: f64 = 2e-9;
    let want = drawn.tails(factor);
    let off = |(x, &want): (i64, &f64)| {
        let p = found.law.exceedance(x);
        let allowed = (found.error + TABLES) * p.max(found.least) + ROUNDING;
        (p - want).abs() / allowed
    };
    (0..).zip(&want).map(off).fold(0.0, f64::max)
}

fn law_of(drawn: &Drawn) -> Found {
    let model = drawn.model();
    let classes = drawn.classes(&model);
    shared_law((&classes, &Shares::default()), &model, (&[], Work::new(2, &NEVER))).unwrap()
}

/// Every book within its stated error, EL within it too; twin: PDs 1 % higher.
#[test]
fn stated_errors_bound_the_true_ones() {
    let given = std::env::var("TAILCAP_BOOKS").ok().and_then(|text| text.parse().ok());
    let books = given.unwrap_or(BOOKS);
    let (mut wrong, mut told) = (0, 0);
    for index in 0..books {
        let drawn = Drawn::of(index);
        let found = law_of(&drawn);
        let most = off(&drawn, &found, 1.0);
        assert!(
            most <= 1.0,
            "{index}: {most} times {:e} of {} states: {drawn:?}",
            found.error,
            found.nodes
        );
        let mean: f64 = drawn.people.iter().map(|own| own.pd * own.loss as f64).sum();
        let miss = (found.mean / mean - 1.0).abs();
        assert!(miss <= found.error + 2e-9, "{index}: {miss:e}, {:e}: {drawn:?}", found.error);
        wrong += u64::from(off(&drawn, &found, 1.01) > 1.0);
        told += u64::from(found.error < 1e-5);
    }
    // Nearly all are known to five digits, so that nearly all see the twin.
    assert!(10 * told >= 9 * books, "{told} of {books}");
    assert!(10 * wrong >= 9 * books, "{wrong} of {books}");
}

/// Three firms of loading 0.999999 on correlated factors: the smallest example of its kind.
#[test]
fn three_firms_in_a_narrow_corner() {
    let one = |pd, loss| One { pd, loading: 0.999_999, loss };
    let drawn = Drawn {
        nu: None,
        correlation: vec![vec![1.0, 0.4, 0.6], vec![0.4, 1.0, 0.5], vec![0.6, 0.5, 1.0]],
        people: vec![one(0.0018, 4), one(0.0002, 1), one(0.052, 10)],
    };
    let model = drawn.model();
    let classes = drawn.classes(&model);
    let found =
        shared_law((&classes, &Shares::default()), &model, (&[], Work::new(2, &NEVER))).unwrap();
    let tail = found.law.exceedance(10);
    assert!(
        (tail / 0.001_264_6 - 1.0).abs() < 3e-5 && found.error < 1e-5,
        "{tail} {:e}",
        found.error
    );
    // The wrong twin: an even lattice is wrong, and known masses say so.
    let mut plan = plan::Plan::of(&classes, &model, 1 << 20);
    plan.states = plan.states.evenly();
    let (even, _) = mixture::loss_law(&classes, &model, &plan, Work::new(2, &NEVER)).unwrap();
    let miss = (even.law.exceedance(10) / 0.001_264_6 - 1.0).abs();
    assert!(miss > 1e-3 && even.error > miss, "{miss} {}", even.error);
}

/// A hundred loans under a t copula whose defaults lie in far states; EL and ES as a simulation gives them (5,529 +- 3).
#[test]
fn far_states_of_few_degrees_of_freedom() {
    for (nu, pd) in [(1.0, 1e-3), (2.0, 1e-5), (3.0, 1e-6), (4.0, 1e-9)] {
        let loading = Loading::new(0.3_f64.sqrt()).unwrap();
        let copula = Copula::StudentT { degrees_of_freedom: nu };
        let of = Dependence::Loadings(vec![loading]);
        let model = tests::model_with(copula, of, &Stress::default());
        let found = tests::found(&model, &[(pd, 100, 100)]);
        let miss = (found.mean / (1e4 * pd) - 1.0).abs();
        assert!(miss < 2e-9 && found.error < 1e-6, "{nu}: {miss} {}", found.error);
        if nu == 1.0 {
            let es = found.law.expected_shortfall(crate::units::Level::new(0.999).unwrap());
            assert!((es - 5_526.2).abs() < 0.1, "{es}");
        }
    }
}

/// CreditRisk+ cuts what lies beyond its grid off, and says so.
#[test]
fn cut_tails_are_told() {
    use crate::scenario::DefaultLaw;
    let copula = Copula::CreditRiskPlus { defaults: DefaultLaw::Poisson, deviations: vec![0.5] };
    let model = tests::model_with(copula, Dependence::Sectors(vec![1.0]), &Stress::default());
    let classes = tests::book(&model, &[(0.01, 3, 500)]);
    let shares = Shares::default();
    let found = credit_risk_plus::law((&classes, &shares), (&model, &[0.5]), (&[], 1 << 14));
    assert!(found.is_exact && !found.is_approximate());
    assert!(found.error > 1e-9 && found.error < 1e-7, "{:e}", found.error);
    // A coarser grid is an approximation.
    let found = credit_risk_plus::law((&classes, &shares), (&model, &[0.5]), (&[], 10));
    assert!(!found.is_exact && found.is_approximate() && found.error > 1e-3);
}
