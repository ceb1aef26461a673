//! The laws against published values and quadrature.

use super::*;

fn borrower(pd: f64, stressed: f64, rho: f64, y: f64) -> Systematic {
    Systematic { y, loading: rho.sqrt(), pd, threshold: normal::quantile(stressed) }
}

fn law(lgd: LgdLaw, ccf_loading: f64) -> Severity {
    let law = SeverityLaw { lgd, ccf_loading, lgd_path: "severity.lgd".into() };
    Severity { laws: vec![law], elsewhere: Vec::new() }
}

/// E g(Y) by the trapezoid rule.
fn mean(g: impl Fn(f64) -> f64) -> f64 {
    let step = 0.02;
    let value = |i: i32| {
        let y = f64::from(i) * step;
        libm::exp(-0.5 * y * y) * g(y)
    };
    (-500..=500).map(value).sum::<f64>() * step / std::f64::consts::TAU.sqrt()
}

/// The table of MathWorks' `fryeJacobsLGD`: conditional PD, PD, LGD, correlation, conditional LGD.
const PUBLISHED: [(f64, f64, f64, f64, f64); 3] = [
    (0.05, 0.08, 0.40, 0.20, 0.3197),
    (0.10, 0.09, 0.45, 0.20, 0.4151),
    (0.15, 0.10, 0.50, 0.20, 0.4971),
];

#[test]
fn the_published_conditional_lgds_are_met() {
    for (conditional, pd, lgd, rho, expected) in PUBLISHED {
        // The Y at which the conditional PD is the published one.
        let g = normal::quantile;
        let y = (g(pd) - (1.0 - rho).sqrt() * g(conditional)) / rho.sqrt();
        let at = |pd, rho| frye_jacobs(lgd, &borrower(pd, pd, rho, y));
        let off = (at(pd, rho) - expected).abs();
        assert!(off < 1e-4, "{conditional}: off by {off}");
        // Wrong twins: another correlation, another PD.
        assert!((at(pd, rho + 0.05) - expected).abs() > 1e-4);
        assert!((at(1.05 * pd, rho) - expected).abs() > 1e-4);
    }
}

#[test]
fn tied_lgds_keep_the_expected_loss_and_rise_in_bad_years() {
    for (pd, lgd, rho) in [(0.02, 0.4, 0.04), (0.1, 0.75, 0.15), (0.3, 0.1, 0.3)] {
        let own = |y| borrower(pd, pd, rho, y);
        let conditional = |y: f64| conditional_pd(normal::quantile(pd), rho.sqrt(), y);
        let found = mean(|y| conditional(y) * frye_jacobs(lgd, &own(y)));
        assert!((found - pd * lgd).abs() < 1e-9, "{found}");
        // The wrong twin: the LGD left as it is in the worse half of years.
        let twin = mean(|y| {
            let bad = y < 0.0;
            conditional(y) * if bad { lgd } else { frye_jacobs(lgd, &own(y)) }
        });
        assert!((twin - pd * lgd).abs() > 1e-5, "{twin}");
        let rising = |y: f64| frye_jacobs(lgd, &own(-y));
        assert!((-40..40).map(|i| rising(f64::from(i) / 10.0)).is_sorted());
    }
}

#[test]
fn ends_of_pds_and_lgds_make_sense() {
    for y in [-8.0, -1.0, 0.0, 3.0, 30.0] {
        assert_eq!(frye_jacobs(0.0, &borrower(0.02, 0.02, 0.1, y)), 0.0);
        assert!((frye_jacobs(1.0, &borrower(0.02, 0.02, 0.1, y)) - 1.0).abs() < 1e-12 || y == 30.0);
        assert!((0.0..=1.0).contains(&frye_jacobs(0.4, &borrower(0.0, 0.0, 0.1, y))));
        // Everybody defaults: the law of the loss alone is left.
        let certain = frye_jacobs(0.4, &borrower(1.0, 1.0, 0.1, y));
        let expected = conditional_pd(normal::quantile(0.4), 0.1_f64.sqrt(), y);
        assert!((certain - expected).abs() < 1e-12);
        assert_eq!(frye_jacobs(0.4, &borrower(0.3, 1.0, 0.1, y)), 1.0);
    }
}

#[test]
fn ccfs_keep_their_mean_and_rise_in_bad_years() {
    for ccf in [0.05, 0.3, 0.9] {
        for loading in [0.1, 0.3, 0.8] {
            let found = mean(|y| conditional_ccf(ccf, loading, y));
            assert!((found - ccf).abs() < 1e-9, "{ccf} {loading}: {found}");
            assert!(conditional_ccf(ccf, loading, -2.0) > conditional_ccf(ccf, loading, 0.0));
        }
        assert_eq!(conditional_ccf(ccf, 0.0, -2.0), ccf);
    }
    assert_eq!(conditional_ccf(0.0, 0.3, -2.0), 0.0);
    assert_eq!(conditional_ccf(1.0, 0.3, 2.0), 1.0);
}

#[test]
fn expected_costs_are_those_of_quadrature() {
    let cases = [LgdLaw::Fixed, LgdLaw::Beta { sd: 0.2 }, LgdLaw::FryeJacobs];
    for own in cases {
        for (stressed, under_policy) in [(0.05, 0.05), (0.12, 0.12), (0.05, 0.03), (0.05, 0.2)] {
            for b in [0.0, 0.3, 0.7] {
                let (rho, lgd, ccf): (f64, f64, f64) = (0.15, 0.45, 0.3);
                let severity = law(own.clone(), b);
                let of = borrower(0.05, stressed, rho, 0.0);
                let found = severity.expected(0, &of, under_policy, (lgd, ccf));
                let threshold = normal::quantile(under_policy);
                let rate = |y: f64| {
                    let lgd = match own {
                        LgdLaw::FryeJacobs => frye_jacobs(lgd, &Systematic { y, ..of }),
                        _ => lgd,
                    };
                    conditional_pd(threshold, rho.sqrt(), y) * lgd
                };
                let expected = (mean(rate), mean(|y| rate(y) * conditional_ccf(ccf, b, y)));
                assert!((found.0 - expected.0).abs() < 1e-9, "{own:?} {b}: {found:?} {expected:?}");
                assert!((found.1 - expected.1).abs() < 1e-9, "{own:?} {b}: {found:?} {expected:?}");
                // The wrong twin takes defaults and drawn lines to be independent.
                let is_twin = (found.1 - found.0 * ccf).abs() < 1e-5;
                assert_eq!(is_twin, b == 0.0 || rho == 0.0, "{own:?} {b}");
            }
        }
    }
}

#[test]
fn quantiles_of_beta_and_discrete_laws() {
    let tables = Tables::default();
    let beta = law(LgdLaw::Beta { sd: 0.2 }, 0.0);
    let own = |severity: &Severity, u: f64| {
        severity.case(0, borrower(0.02, 0.02, 0.1, 0.0), &tables).lgd(0.5, u)
    };
    // A beta law around 1/2 is symmetric.
    for u in [0.01, 0.2, 0.5] {
        assert!((own(&beta, u) + own(&beta, 1.0 - u) - 1.0).abs() < 1e-12);
    }
    let n = 100_000;
    let each = (0..n).map(|i| own(&beta, (f64::from(i) + 0.5) / f64::from(n)));
    let square = each.map(|x| (x - 0.5).powi(2)).sum::<f64>() / f64::from(n);
    assert!((square - 0.04).abs() < 1e-7, "{square}");
    let discrete = law(LgdLaw::Discrete(vec![(0.2, 0.4), (0.7, 0.6)]), 0.0);
    let found = [0.1, 0.4, 0.400_001, 0.999_999].map(|u| own(&discrete, u));
    assert_eq!(found, [0.2, 0.2, 0.7, 0.7]);
}
