//! The limit and what idiosyncratic risk adds to it, against closed forms and the exact engine. Every closed form has a
//! twin that is slightly wrong and must be seen.

use std::sync::atomic::AtomicBool;

use super::panel::mass;
use super::*;
use crate::exact::tests::{book, loss_law, model_with};
use crate::model::Segments;
use crate::model::basel;
use crate::model::conditional_pd;
use crate::scenario::{
    BaselRetail, Copula, DefaultLaw, Dependence, ModelSpec, SegmentDependence, Stress,
};
use crate::special::{bivariate, gamma, normal, quadrature, student};
use crate::units::{Loading, Probability};
use crate::validate::law::vasicek;

static NEVER: AtomicBool = AtomicBool::new(false);
const LEVELS: [f64; 4] = [0.5, 0.95, 0.99, 0.999];
/// Borrowers of a pool, and what each loses.
const MANY: u64 = 1_000_000_000;
const EACH: i64 = 1_000;
const WHOLE: f64 = 1e12;

fn levels(of: &[f64]) -> Vec<Level> {
    of.iter().map(|&q| Level::new(q).unwrap()).collect()
}

fn one_factor(copula: Copula, loading: f64) -> Model {
    let loading = Loading::new(loading).unwrap();
    model_with(copula, Dependence::Loadings(vec![loading]), &Stress::default())
}

/// Segments `0`, `1`, ... with loadings on independent factors.
fn segmented(copula: Copula, loadings: &[Vec<f64>]) -> Model {
    let factors = loadings[0].len();
    let unit = |i: usize| (0..factors).map(|j| f64::from(u8::from(i == j))).collect();
    let weights = |own: &Vec<f64>| own.iter().map(|&w| Loading::new(w).unwrap()).collect();
    let of = |own: &Vec<f64>| Dependence::Loadings(weights(own));
    let names: Vec<String> = (0..loadings.len()).map(|i| i.to_string()).collect();
    let segment = |(name, own): (&String, &Vec<f64>)| SegmentDependence {
        segment: name.clone(),
        dependence: of(own),
        degrees_of_freedom: None,
        path: "model.segment".into(),
    };
    let spec = ModelSpec {
        repair: false,
        per: vec![None; factors],
        parts: Vec::new(),
        copula,
        factors: (0..factors).map(|i| format!("f{i}")).collect(),
        factor_correlation: (0..factors).map(unit).collect(),
        default: of(&loadings[0]),
        segments: names.iter().zip(loadings).map(segment).collect(),
        path: "model".into(),
    };
    let highest_pds = vec![0.05; names.len()];
    let segments = Segments { names: &names, highest_pds: &highest_pds };
    Model::new(&spec, &Stress::default(), segments).unwrap()
}

/// A class of its own in each segment: PD, loss, number.
fn by_segment(model: &Model, people: &[(f64, i64, u64)]) -> Vec<Class> {
    let one = |(segment, &(pd, loss, draws)): (usize, &(f64, i64, u64))| {
        let mut class = Class::of(model, segment, pd);
        class.lots.push(crate::exact::Lot { loss, cost: None, draws });
        class.defaults = draws as f64;
        class
    };
    people.iter().enumerate().map(one).collect()
}

fn limit_of(classes: &[Class], model: &Model, at: &[Level]) -> Found<Smooth> {
    let work = Work::new(1, &NEVER);
    law((classes, &Shares::default()), (model, None), (at, work)).unwrap()
}

fn pool(model: &Model, pd: f64) -> Found<Smooth> {
    limit_of(&book(model, &[(pd, EACH, MANY)]), model, &levels(&LEVELS))
}

fn near(found: f64, want: f64, tolerance: f64) -> bool {
    (found - want).abs() <= tolerance * want.abs()
}

/// VaR, ES and P(L > VaR) of a pool against those of a closed form, as shares of the whole.
fn agrees(found: &Found<Smooth>, want: &dyn Fn(f64) -> (f64, f64), tolerance: f64) -> bool {
    levels(&LEVELS).iter().all(|&level| {
        let (var, es) = want(level.get());
        // Below a unit in 1e12 there is nothing to be compared.
        if var < 1e-12 {
            return found.law.value_at_risk(level) < 1.0;
        }
        let own = found.law.value_at_risk(level);
        let beyond = found.law.exceedance(var * WHOLE);
        near(own, var * WHOLE, tolerance)
            && near(found.law.expected_shortfall(level), es * WHOLE, tolerance)
            && near(beyond, level.tail(), 10.0 * tolerance)
    })
}

/// Vasicek's quantile, and ES as Phi2(G(p), G(1 - q); l) / (1 - q); by Simpson's rule where that has no digits.
fn closed(pd: f64, rho: f64) -> impl Fn(f64) -> (f64, f64) {
    move |q: f64| {
        let (g, l) = (normal::quantile(pd), rho.sqrt());
        let var = conditional_pd(g, l, -normal::quantile(q));
        let joint = bivariate::cdf(g, -normal::quantile(q), l);
        let es = if joint > 1e-4 { joint / (1.0 - q) } else { vasicek::es(q, pd, rho) };
        (var, es)
    }
}

#[test]
fn one_pool_is_the_closed_form() {
    for rho in [1e-4_f64, 0.01, 0.04, 0.12, 0.15, 0.3, 0.6, 0.9] {
        for pd in [1e-6, 0.001, 0.01, 0.03, 0.1] {
            // Simpson's rule of the reference needs a smooth tail.
            if pd < 1e-4 && !(0.01..=0.3).contains(&rho) {
                continue;
            }
            let found = pool(&one_factor(Copula::Gaussian, rho.sqrt()), pd);
            assert!(near(found.mean, pd * WHOLE, 1e-11), "{rho} {pd}: {}", found.mean);
            assert!(found.error < 1e-11 && found.defaults > 0.0);
            // P(L > x) turns an error of x into one of sqrt(1 / rho) times its own size.
            let tolerance = if rho < 0.01 { 3e-9 } else { 1e-9 };
            assert!(agrees(&found, &closed(pd, rho), tolerance), "{rho} {pd}");
            let joint = bivariate::cdf(normal::quantile(pd), normal::quantile(pd), rho);
            let variance =
                (joint - pd * pd) * WHOLE * WHOLE + found.mean * EACH as f64 * (1.0 - pd);
            if joint > 1e-6 {
                assert!(near(found.deviation, variance.sqrt(), 1e-8), "{rho} {pd}");
            }
            assert!(!agrees(&found, &closed(pd, rho * (1.0 + 1e-6)), 1e-9), "{rho} {pd}");
            assert!(!agrees(&found, &closed(pd * (1.0 + 1e-8), rho), 1e-9), "{rho} {pd}");
        }
    }
}

/// Correlations near 1: PD x whole up to VaR at 1 - PD, and nothing resolves the step by chance.
#[test]
fn steps_are_found_whatever_their_width() {
    for rho in [0.99_f64, 0.999_9, 0.999_999] {
        let found = pool(&one_factor(Copula::Gaussian, rho.sqrt()), 0.003);
        assert!(near(found.mean, 0.003 * WHOLE, 1e-10), "{rho}: {}", found.mean);
        let (want, level) = (closed(0.003, rho), levels(&[0.999])[0]);
        let (var, es) = want(0.999);
        assert!(near(found.law.value_at_risk(level), var * WHOLE, 1e-9), "{rho}");
        assert!(near(found.law.expected_shortfall(level), es * WHOLE, 1e-9), "{rho}");
        let (_, wrong) = closed(0.002_9, rho)(0.99);
        let level = levels(&[0.99])[0];
        let es = found.law.expected_shortfall(level) / WHOLE;
        assert!(near(es, want(0.99).1, 1e-9) && !near(es, wrong, 1e-3), "{rho}");
    }
}

#[test]
fn basel_classes_are_their_formula() {
    for class in [BaselRetail::Mortgage, BaselRetail::Qrre, BaselRetail::OtherRetail] {
        for pd in [0.001, 0.01, 0.05] {
            let rho = basel::correlation(class, Probability::new(pd).unwrap()).get();
            let found = pool(&one_factor(Copula::Gaussian, rho.sqrt()), pd);
            let capital = found.law.value_at_risk(levels(&[0.999])[0]) - found.mean;
            let want = crate::measures::irb::rate(class, pd);
            assert!(near(capital / WHOLE, want, 1e-9), "{class:?} {pd}");
            assert!(!near(capital / WHOLE, want * 1.000_001, 1e-9));
        }
    }
}

/// Student t: given the mixing variable s, P(L > x) is Phi of (s t - sqrt(1 - l^2) G(x)) / l and E\[L; L > x\] a bivariate
/// normal probability; both are integrated over the density of s, apart from the engine.
#[test]
fn pools_under_student_t_are_the_integral_of_the_closed_form() {
    for (nu, rho, pd) in [
        (1.0, 0.3, 0.001),
        (2.0, 0.1, 1e-5),
        (4.0, 0.04, 0.02),
        (10.0, 0.15, 0.01),
        (60.0, 0.2, 0.05),
    ] {
        let found =
            pool(&one_factor(Copula::StudentT { degrees_of_freedom: nu }, f64::sqrt(rho)), pd);
        assert!(near(found.mean, pd * WHOLE, 1e-8), "{nu}: {}", found.mean);
        let t = student::quantile(nu, pd, 1.0 - pd);
        let l = f64::sqrt(rho);
        let log_scale = 0.5 * nu * libm::log(0.5 * nu) - libm::lgamma(0.5 * nu) + libm::log(2.0);
        let over = |f: &dyn Fn(f64) -> f64| {
            // In u = ln s.
            let integrand = |u: f64| {
                let s = libm::exp(u);
                libm::exp(log_scale + nu * u - 0.5 * nu * s * s) * f(s)
            };
            let low = -46.0 / nu;
            quadrature::integral(&integrand, low.max(-46.0), 3.0, 1e-14)
        };
        let level = levels(&[0.999])[0];
        let var = found.law.value_at_risk(level);
        let edge =
            |t: f64, s: f64| (s * t - libm::sqrt(1.0 - rho) * normal::quantile(var / WHOLE)) / l;
        let tail = over(&|s| normal::cdf(edge(t, s)));
        assert!(near(tail, 1e-3, 1e-8), "{nu}: {tail}");
        assert!(near(found.law.exceedance(var), 1e-3, 1e-8));
        let es = over(&|s| bivariate::cdf(s * t, edge(t, s), l)) / 1e-3;
        let own = found.law.expected_shortfall(level) / WHOLE;
        assert!(near(own, es, 1e-8), "{nu}: {own} {es}");
        let twin = t * (1.0 + 1e-6);
        assert!(!near(over(&|s| normal::cdf(edge(twin, s))), 1e-3, 1e-8));
    }
}

/// Gamma sectors with Poisson defaults: L = A p (1 - w + w S).
#[test]
fn pools_on_a_gamma_sector_are_gamma() {
    for (sd, w, pd) in [(0.3, 1.0, 0.01), (1.0, 0.7, 0.05), (1.7, 0.4, 0.002)] {
        let copula = Copula::CreditRiskPlus { defaults: DefaultLaw::Poisson, deviations: vec![sd] };
        let model = model_with(copula, Dependence::Sectors(vec![w]), &Stress::default());
        let found = pool(&model, pd);
        let want = |w: f64| {
            move |q: f64| {
                let v = sd * sd;
                let s = v * gamma::quantile(1.0 / v, q, 1.0 - q);
                // E[S; S > s] is the tail of the gamma law with one more.
                let worst = gamma::tails(1.0 / v + 1.0, s / v).1 / (1.0 - q);
                (pd * (1.0 - w + w * s), pd * (1.0 - w + w * worst))
            }
        };
        assert!(agrees(&found, &want(w), 1e-9), "{sd} {w}");
        assert!(!agrees(&found, &want(w * 0.999_99), 1e-9), "{sd} {w}");
    }
}

/// Two segments on one factor: quantiles add up, and so do their bivariate probabilities.
#[test]
fn segments_on_one_variable_add_up() {
    let model = segmented(Copula::Gaussian, &[vec![0.2], vec![0.5]]);
    let people = [(0.02, 3_000, 200_000_000), (0.07, 800, 500_000_000)];
    let found = limit_of(&by_segment(&model, &people), &model, &levels(&LEVELS));
    for level in levels(&LEVELS) {
        let want = |off: f64| {
            let of = |(pd, l, whole): (f64, f64, f64)| {
                let (var, es) = closed(pd, l * l)(level.get());
                (whole * var, whole * es)
            };
            let (a, b) = (of((0.02, 0.2, 6e11)), of((0.07, 0.5 + off, 4e11)));
            (a.0 + b.0, a.1 + b.1)
        };
        let (var, es) = (found.law.value_at_risk(level), found.law.expected_shortfall(level));
        assert!(near(var, want(0.0).0, 1e-9) && near(es, want(0.0).1, 1e-9), "{level:?}");
        assert!(!near(es, want(1e-6).1, 1e-9));
    }
}

/// Opposite loadings: losses rise towards both ends of the factor, and all roots count.
#[test]
fn losses_that_are_not_monotone_have_all_their_roots() {
    for (l, m) in [(0.4, -0.4), (0.3, -0.6), (0.9, -0.9)] {
        let model = segmented(Copula::Gaussian, &[vec![l], vec![m]]);
        let people = [(0.02, EACH, 600_000_000), (0.04, EACH, 400_000_000)];
        let found = limit_of(&by_segment(&model, &people), &model, &levels(&LEVELS));
        let loss = |y: f64| {
            let of =
                |pd: f64, l: f64| conditional_pd(normal::quantile(pd), l.abs(), y * l.signum());
            (0.6 * of(0.02, l) + 0.4 * of(0.04, m)) * WHOLE
        };
        for level in levels(&[0.95, 0.99, 0.999]) {
            let var = found.law.value_at_risk(level);
            // All signs on a fine lattice, each crossing by halving.
            let (n, mut tail, mut sum) = (200_000, 0.0, 0.0);
            let place = |k: i32| -9.5 + 19.0 * f64::from(k) / f64::from(n);
            let mut from: Option<f64> = (loss(place(0)) > var).then(|| place(0));
            for k in 0..n {
                let (mut a, mut b) = (place(k), place(k + 1));
                let (above, next) = (loss(a) > var, loss(b) > var);
                if above == next && k + 1 < n {
                    continue;
                }
                for _ in 0..60 {
                    let middle = 0.5 * (a + b);
                    if (loss(middle) > var) == above { a = middle } else { b = middle }
                }
                match from.take() {
                    Some(start) => {
                        tail += mass(start, b);
                        let f = |y: f64| loss(y) / WHOLE * density(y);
                        sum += quadrature::integral(&f, start, b, 1e-15) * WHOLE;
                    }
                    None => from = next.then_some(b),
                }
            }
            assert!(near(tail, level.tail(), 1e-9), "{l} {m} {level:?}: {tail}");
            let es = (sum + var * (level.tail() - tail)) / level.tail();
            let own = found.law.expected_shortfall(level);
            assert!(near(own, es, 1e-9), "{l} {m} {level:?}: {own} {es}");
            // The lower end of the factor alone is not all.
            let (one, _) = closed(0.02, l * l)(level.get());
            assert!(l > 0.5 || !near(var, 0.6 * one * WHOLE, 1e-4));
        }
    }
}

/// Ten loans with loadings of 0.3 on each of two factors are those with a correlation of 0.18 on one.
#[test]
fn variables_are_counted_by_what_they_do() {
    let at = levels(&[0.99, 0.999]);
    let of = |loadings: Vec<f64>| {
        let model = segmented(Copula::Gaussian, &[loadings]);
        limit_of(&by_segment(&model, &[(0.05, 100, 10)]), &model, &at)
    };
    let (one, two, three) =
        (of(vec![0.18_f64.sqrt()]), of(vec![0.3, 0.3]), of(vec![0.06_f64.sqrt(); 3]));
    for other in [&two, &three] {
        for &level in &at {
            let (a, b) = (one.law.value_at_risk(level), other.law.value_at_risk(level));
            assert!(near(a, b, 1e-12), "{a} {b}");
            assert!(near(one.granularity(level).1, other.granularity(level).1, 1e-9));
        }
        let (a, b) = (one.limit.clone().unwrap(), other.limit.clone().unwrap());
        assert!(near(a.idiosyncratic, b.idiosyncratic, 1e-9) && a.idiosyncratic > 0.3);
    }
}

/// Two segments on two factors of their own: P(L > x) by one integral over the first, apart from the engine.
#[test]
fn two_variables_are_an_integral_over_one_of_them() {
    let of = |first: f64, second: f64, turned: f64| {
        // The second hangs on the first factor, too: turned is the correlation of the two.
        let rest = f64::sqrt(1.0 - turned * turned);
        let model =
            segmented(Copula::Gaussian, &[vec![first, 0.0], vec![second * turned, second * rest]]);
        let people = [(0.02, EACH, 600_000_000), (0.04, EACH, 400_000_000)];
        let found = limit_of(&by_segment(&model, &people), &model, &levels(&[0.99, 0.999]));
        (found, rest)
    };
    for (first, second, turned) in
        [(0.2, 0.3, 0.0), (0.4, 0.4, 0.5), (0.3, 0.2, -0.4), (0.9, 0.9, 0.3)]
    {
        let (found, rest) = of(first, second, turned);
        assert!(near(found.mean, 0.028 * WHOLE, 1e-9), "{}", found.mean);
        for level in levels(&[0.99, 0.999]) {
            let var = found.law.value_at_risk(level);
            let beyond = |x: f64| {
                let given = |z: f64| {
                    let a = 0.6 * conditional_pd(normal::quantile(0.02), first, z);
                    let left = (x - a) / 0.4;
                    // The second variable below which the rest is lost.
                    let y = match left {
                        left if left <= 0.0 => f64::INFINITY,
                        left if left >= 1.0 => f64::NEG_INFINITY,
                        left => {
                            let own = f64::sqrt(1.0 - second * second) * normal::quantile(left);
                            (normal::quantile(0.04) - own) / second
                        }
                    };
                    density(z) * normal::cdf((y - turned * z) / rest)
                };
                (-10..10)
                    .map(|k| quadrature::integral(&given, f64::from(k), f64::from(k + 1), 1e-14))
                    .sum::<f64>()
            };
            let tail = beyond(var / WHOLE);
            assert!(
                near(tail, level.tail(), 1e-8 + 10.0 * found.error),
                "{first} {turned}: {tail}"
            );
            assert!(found.error < 1e-7, "{}", found.error);
            assert!(!near(beyond(var / WHOLE * 1.000_01), level.tail(), 1e-8 + 10.0 * found.error));
        }
    }
}

/// What is left after the adjustment falls faster than 1 / n; what it adjusts does not. With one variable and with two.
#[test]
fn granularity_closes_the_gap_to_the_exact_law() {
    let level = Level::new(0.99).unwrap();
    let one = vec![vec![0.2]];
    let two = vec![vec![0.3, 0.0], vec![0.1, 0.25]];
    for loadings in [one, two] {
        let model = segmented(Copula::Gaussian, &loadings);
        let gaps = [200_u64, 800].map(|n| {
            let people: Vec<(f64, i64, u64)> =
                loadings.iter().map(|_| (0.03, 1_000, n / loadings.len() as u64)).collect();
            let people = by_segment(&model, &people);
            let found = limit_of(&people, &model, &[level]);
            let exact = loss_law(&people, &model, Work::new(1, &NEVER)).unwrap();
            let total = 1_000.0 * n as f64;
            let limit = found.law.expected_shortfall(level);
            let want = exact.law.expected_shortfall(level);
            let (_, more) = found.granularity(level);
            ((limit - want).abs() / total, (limit + more - want).abs() / total)
        });
        let [(plain, adjusted), (plain_larger, adjusted_larger)] = gaps;
        assert!(adjusted < 0.1 * plain && adjusted_larger < 0.03 * plain_larger, "{gaps:?}");
        assert!((plain / plain_larger - 4.0).abs() < 0.6, "{gaps:?}");
        assert!(adjusted / adjusted_larger > 8.0, "{gaps:?}");
    }
}

/// 300 generated portfolios (numbers of a linear congruence, seeds 0 to 299), from one borrower to millions, correlations from
/// 1e-6 to 0.999: EL <= ES, VaR <= ES, both rising with the level. With the adjustment wherever it has a value some break this.
#[test]
fn measures_are_ordered_whatever_the_portfolio() {
    let at = levels(&LEVELS);
    let (mut left_out, mut applied, mut broken) = (0, 0, 0);
    for seed in 0..300_u64 {
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let within = |u: f64, low: f64, high: f64| low * libm::pow(high / low, u);
        let rho = match seed % 3 {
            0 => within(uniform(), 1e-6, 0.1),
            _ => 0.999 * uniform().max(1e-6),
        };
        let model = one_factor(Copula::Gaussian, rho.sqrt());
        let classes: Vec<(f64, i64, u64)> = (0..1 + seed % 4)
            .map(|_| {
                let pd = within(uniform(), 1e-5, 0.5);
                let loss = within(uniform(), 100.0, 1e7) as i64;
                (pd, loss, within(uniform(), 1.0, 1e6) as u64)
            })
            .collect();
        let found = limit_of(&book(&model, &classes), &model, &at);
        let limit = found.limit.as_ref().unwrap();
        let ordered = |more: &dyn Fn(Level) -> (f64, f64)| {
            let mut before = (0.0, found.mean * (1.0 - 1e-12));
            at.iter().all(|&level| {
                let (var_more, es_more) = more(level);
                let var = found.law.value_at_risk(level) + var_more;
                let es = found.law.expected_shortfall(level) + es_more;
                let below = |a: f64, b: f64| a <= b * (1.0 + 1e-12) + 1e-9;
                let holds = below(before.0, var) && below(before.1, es) && below(var, es);
                before = (var, es);
                holds
            })
        };
        let values = at.iter().map(|&q| {
            (found.law.value_at_risk(q), found.law.expected_shortfall(q), found.granularity(q))
        });
        let values: Vec<_> = values.collect();
        assert!(
            ordered(&|level| found.granularity(level)),
            "{seed} {rho} {classes:?} {} {values:?}",
            found.mean
        );
        let raw = |level: Level| {
            let own = limit.granularity.iter().find(|own| own.level == level);
            own.map_or((0.0, 0.0), |own| (own.value_at_risk, own.expected_shortfall))
        };
        broken += u32::from(!ordered(&raw));
        left_out += u32::from(limit.adjustment == Adjustment::LeftOut);
        applied += u32::from(limit.adjustment == Adjustment::Applied);
    }
    assert!(left_out >= broken && broken > 20 && applied > 50, "{left_out} {applied} {broken}");
}
