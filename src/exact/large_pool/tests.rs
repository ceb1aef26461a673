//! The limit and what luck adds to it, against closed forms and the exact engine.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::exact::tests::{book, loss_law, model_with};
use crate::scenario::{Copula, Dependence, Stress};
use crate::units::Loading;
use crate::validate::law::vasicek;

static NEVER: AtomicBool = AtomicBool::new(false);

fn model() -> Model {
    let loading = Loading::new(0.2).unwrap();
    model_with(Copula::Gaussian, Dependence::Loadings(vec![loading]), &Stress::default())
}

#[test]
fn one_pool_is_the_closed_form() {
    let model = model();
    let levels = [0.99, 0.999].map(|q| Level::new(q).unwrap());
    let people = book(&model, &[(0.03, 1_000, 1_000_000)]);
    let found = law((&people, &Shares::default()), (&model, None), (&levels, Work::new(1, &NEVER)))
        .unwrap();
    assert!((found.mean / 3e7 - 1.0).abs() < 1e-9);
    for level in levels {
        let share = found.law.value_at_risk(level) as f64 / 1e9;
        let want = vasicek::var(level.get(), 0.03, 0.04);
        assert!((share - want).abs() < 1e-5, "{share} {want}");
        assert!((share - vasicek::var(level.get(), 0.030_1, 0.04)).abs() > 1e-5);
        let es = found.law.expected_shortfall(level) / 1e9;
        assert!((es - vasicek::es(level.get(), 0.03, 0.04)).abs() < 1e-5);
    }
}

/// What is left after the adjustment falls faster than 1 / n; what it adjusts does not.
#[test]
fn granularity_closes_the_gap_to_the_exact_law() {
    let model = model();
    let level = Level::new(0.99).unwrap();
    let gaps = [200_u64, 800].map(|n| {
        let people = book(&model, &[(0.03, 1_000, n)]);
        let found =
            law((&people, &Shares::default()), (&model, None), (&[level], Work::new(1, &NEVER)))
                .unwrap();
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
