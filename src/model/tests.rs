use super::*;
use crate::error::FaultKind;
use crate::scenario::{Copula, CorrelationRule, Dependence, ModelSpec, Stress};
use crate::units::AssetCorrelation;
use crate::units::Loading;

fn all() -> Segments<'static> {
    static NAMES: std::sync::LazyLock<[String; 1]> =
        std::sync::LazyLock::new(|| ["all".to_owned()]);
    Segments { names: &*NAMES, highest_pds: &[0.5] }
}

fn spec(default: Dependence) -> ModelSpec {
    ModelSpec {
        copula: Copula::Gaussian,
        factors: vec!["a".into(), "b".into()],
        factor_correlation: vec![vec![1.0, 0.5], vec![0.5, 1.0]],
        repair: false,
        per: vec![None, None],
        parts: Vec::new(),
        default,
        segments: Vec::new(),
        path: "model".into(),
    }
}

#[test]
fn loadings_become_a_unit_direction_and_a_length() {
    let w = [0.3, 0.2].map(|w| Loading::new(w).unwrap());
    let model =
        Model::new(&spec(Dependence::Loadings(w.to_vec())), &Stress::default(), all()).unwrap();
    let LoadingRule::Fixed(l) = model.segments[0].loading else { panic!("fixed") };
    // 0.09 + 0.04 + 2 * 0.5 * 0.06
    assert!((l * l - 0.19).abs() < 1e-15);
    let y = model.directions_at(&[1.0, -2.0])[0];
    assert!((l * y - (0.3 - 0.4)).abs() < 1e-15);
}

#[test]
fn stress_multiplies_pd_and_odds_and_counts_clamps() {
    let one = |pd_multiplier, odds_multiplier, pd| {
        let stress = Stress { pd_multiplier, odds_multiplier, factors: Vec::new() };
        let rho = AssetCorrelation::new(0.04).unwrap();
        let dependence =
            Dependence::OneFactor { factor: 0, correlation: CorrelationRule::Fixed(rho) };
        Model::new(&spec(dependence), &stress, all()).unwrap().stressed(pd)
    };
    assert_eq!(one(1.0, 1.0, 0.03), StressedPd { pd: 0.03, clamped: false });
    assert_eq!(one(4.0, 1.0, 0.03), StressedPd { pd: 0.12, clamped: false });
    assert_eq!(one(4.0, 1.0, 0.3), StressedPd { pd: 1.0, clamped: true });
    assert!((one(1.0, 2.0, 0.5).pd - 2.0 / 3.0).abs() < 1e-15);
    assert_eq!(one(1.0, 2.0, 1.0).pd, 1.0);
}

#[test]
fn conditional_pd_averages_to_the_pd() {
    // Midpoint rule over Y in probability space.
    let (p, l) = (0.03, 0.2);
    let g = normal::quantile(p);
    let n = 200_000;
    let mean: f64 = (0..n)
        .map(|i| conditional_pd(g, l, normal::quantile((f64::from(i) + 0.5) / f64::from(n))))
        .sum::<f64>()
        / f64::from(n);
    assert!((mean - p).abs() < 1e-7, "{mean}");
}

#[test]
fn unknown_segments_of_the_model_are_refused() {
    let rho = AssetCorrelation::new(0.04).unwrap();
    let dependence = Dependence::OneFactor { factor: 0, correlation: CorrelationRule::Fixed(rho) };
    let mut with_segment = spec(dependence.clone());
    with_segment.segments.push(crate::scenario::SegmentDependence {
        segment: "studnets".into(),
        dependence,
        degrees_of_freedom: None,
        path: "model.segment.studnets".into(),
    });
    let faults = Model::new(
        &with_segment,
        &Stress::default(),
        Segments { names: &["students".into()], highest_pds: &[0.1] },
    )
    .unwrap_err();
    assert!(matches!(&faults[0].kind, FaultKind::UnknownName { found, .. } if found == "studnets"));
}
