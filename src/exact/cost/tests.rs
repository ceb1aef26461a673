//! Laws of costs keep their moments.

use super::*;

fn beta(lgd: f64, sd: f64, exposure: i64) -> Cost {
    let law = DebtLaw::new(&LgdLaw::Beta { sd }, lgd, &[exposure], 1);
    Cost::new(vec![Debt { law, held: vec![(0, 1.0)] }])
}

fn moments(p: &[f64]) -> (f64, f64, f64) {
    let of = |f: &dyn Fn(f64) -> f64| -> f64 {
        p.iter().enumerate().map(|(k, p)| p * f(k as f64)).sum()
    };
    let mean = of(&|x| x);
    (mean, of(&|x| (x - mean).powi(2)), of(&|x| (x - mean).powi(3)))
}

#[test]
fn beta_costs_keep_their_mean_on_any_grid() {
    for (lgd, sd, exposure, step) in
        [(0.45, 0.2, 10_000, 10), (0.8, 0.3, 777, 100), (0.3, 0.4, 50, 70)]
    {
        let cost = beta(lgd, sd, exposure);
        let (p, biased) = cost.on_grid(step);
        let (mean, variance, _) = moments(&p);
        let d = step as f64;
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-10);
        assert!((mean * d / (lgd * exposure as f64) - 1.0).abs() < 1e-9, "{mean}");
        let want = (sd * exposure as f64).powi(2);
        let added = variance * d * d - want;
        assert!((0.0..=d * d / 4.0).contains(&added), "{added}");
        if step < exposure / 100 {
            assert!((added / (d * d) - 1.0 / 6.0).abs() < 0.01, "{added}");
        }
        let own: f64 = biased[0].0.iter().sum();
        assert!((own / mean - 1.0).abs() < 1e-12);
    }
}

#[test]
fn three_points_have_the_moments_of_the_cost() {
    for (lgd, sd, step) in [(0.45, 0.2, 1), (0.9, 0.1, 10), (0.1, 0.12, 300), (0.5, 0.3, 40_000)] {
        let cost = beta(lgd, sd, 10_000);
        let luck = cost.luck(step);
        let (a, b) = (luck.below as f64, luck.above as f64);
        let d = step as f64;
        let mean = luck.p_above * b - luck.p_below * a;
        let variance = (luck.p_above * b * b + luck.p_below * a * a) * d * d;
        assert!(mean.abs() < 1e-12 && (variance / cost.variance - 1.0).abs() < 1e-12);
        assert!(luck.p_above + luck.p_below <= 1.0 + 1e-12);
        let third = (luck.p_above * b.powi(3) - luck.p_below * a.powi(3)) * d.powi(3);
        // Rounding moves the third moment by about a step times the variance.
        assert!((third - cost.third).abs() <= 1.01 * d * cost.variance, "{third} {}", cost.third);
    }
}

#[test]
fn debts_are_lost_independently() {
    let values = LgdLaw::Discrete(vec![(0.2, 0.4), (1.0, 0.6)]);
    let debt = |exposures: &[i64], part| Debt {
        law: DebtLaw::new(&values, 0.68, exposures, 2),
        held: vec![(part, 1.0)],
    };
    let cost = Cost::new(vec![debt(&[10, 5], 0), debt(&[20], 1)]);
    // 2 x (2 + 1) or 2 x 15; 2 x 4 or 2 x 20.
    let mut outcomes = cost.outcomes().unwrap();
    outcomes.sort_by_key(|own| own.0);
    let losses: Vec<i64> = outcomes.iter().map(|own| own.0).collect();
    assert_eq!(losses, [14, 38, 46, 70]);
    assert!((outcomes[1].1 - 0.24).abs() < 1e-15);
    assert_eq!(outcomes[1].2, vec![(0, 30.0), (1, 8.0)]);
    let (p, biased) = cost.on_grid(2);
    assert!((p[35] - 0.36).abs() < 1e-15 && (p[7] - 0.16).abs() < 1e-15);
    assert!((biased[1].0[35] - 0.36 * 20.0).abs() < 1e-13);
    let (mean, variance, third) = moments(&p);
    assert!((2.0 * mean - cost.mean).abs() < 1e-12);
    assert!((4.0 * variance - cost.variance).abs() < 1e-9);
    assert!((8.0 * third - cost.third).abs() < 1e-6);
    assert_eq!((cost.largest, cost.losses().max()), (70.0, Some(40)));
}
