//! The cases pass, their wrong twins do not, and the published values are those of the tables.

use std::path::{Path, PathBuf};

use super::basel::{ANNEX_5, SAMA, Table};
use super::{Basis, CASES, Case, Settings, Verdict, concentration, nth_to_default, qrm, range};

fn settings<'a>(divisor: u64, overrides: &'a [String]) -> Settings<'a> {
    Settings { trials: None, divisor, threads: 2, overrides }
}

fn run(id: &str, divisor: u64, overrides: &[String]) -> Case {
    let entry = CASES.iter().find(|entry| entry.id == id).unwrap();
    let found = entry.run(&settings(divisor, overrides));
    found.unwrap_or_else(|rejected| panic!("{:#?}", rejected.faults))
}

#[test]
fn ids_are_those_of_the_cases_and_formulas_pass() {
    for id in ["vasicek-formula", "basel-formula", "concentration-formula", "nth-to-default"] {
        let case = run(id, 1, &[]);
        assert_eq!((case.id, case.failed(), case.trials), (id, 0, 0));
        assert!(case.checks.iter().all(|check| check.basis == Basis::Rounding));
    }
    assert_eq!(run("basel-formula", 1, &[]).checks.len(), 120);
}

/// The large-pool engine meets every cell of the table; PDs one hundredth higher do not.
#[test]
fn risk_weights_of_the_large_pool_engine_are_the_published_ones() {
    let case = run("basel-large-pool", 1, &[]);
    assert_eq!((case.failed(), case.checks.len(), case.trials), (0, 72, 0));
    let case = run("basel-large-pool", 1, &["stress.pd_multiplier=1.01".to_owned()]);
    assert!(case.failed() > 60, "{}", case.failed());
}

/// Ranks of default that another correlation or other PDs carry past a basis point.
#[test]
fn spreads_of_other_laws_are_refused() {
    for change in ["model.correlation=0.32", "stress.pd_multiplier=1.03"] {
        let case = run("nth-to-default", 1, &[change.to_owned()]);
        assert!(case.failed() > 5, "{change}: {}", case.failed());
    }
}

#[test]
fn ranges_miss_as_seldom_as_they_say() {
    use statrs::distribution::{Binomial, DiscreteCDF};
    for (p, n) in [(0.001, 1_000_000), (0.5, 100), (1e-6, 1_000), (0.999, 200_000)] {
        let found = range::counts(p, n);
        let law = Binomial::new(p, n).unwrap();
        let (low, high) = ((found.lower * n as f64).round(), (found.upper * n as f64).round());
        let below = if low > 0.0 { law.cdf(low as u64 - 1) } else { 0.0 };
        assert!(below <= 0.5 * range::ALPHA && law.sf(high as u64) <= 0.5 * range::ALPHA);
        // And no wider than that.
        assert!(law.cdf(low as u64) > 0.5 * range::ALPHA, "{p} {n}");
        assert!(high == 0.0 || law.sf(high as u64 - 1) > 0.5 * range::ALPHA, "{p} {n}");
    }
    assert!((range::z() - 4.753_42).abs() < 1e-4);
    assert_eq!(range::normal(5.0, 0.0).basis, Basis::Rounding);
}

#[test]
fn nan_never_passes() {
    let check = super::Check::new("x".into(), 1.0, f64::NAN, range::within(1.0, 1e9));
    assert_eq!(check.verdict, Verdict::Failed);
}

/// The rows of a published table, comments and heading left out; `None`, and said so, where the
/// folder with the tables is not at hand.
fn published(name: &str) -> Option<Vec<Vec<String>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared =
        std::env::var_os("TAILCAP_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let file = shared.join("cases").join(name);
    if !file.exists() {
        eprintln!("skipped: no `{}` (set TAILCAP_SHARED)", file.display());
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(file).unwrap();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    Some(rows.collect())
}

fn compare(table: &Table, rows: &[Vec<String>]) {
    assert_eq!(table.rows.len(), rows.len(), "{}", table.name);
    for ((pd, cells), row) in table.rows.iter().zip(rows) {
        let own: Vec<f64> = std::iter::once(*pd).chain(*cells).collect();
        let published: Vec<f64> = row.iter().map(|cell| cell.parse().unwrap()).collect();
        assert_eq!(own, published, "{}", table.name);
    }
}

#[test]
fn embedded_values_are_the_published_ones() {
    if let Some(rows) = published("basel2_annex5_retail.csv") {
        compare(&ANNEX_5, &rows);
    }
    if let Some(rows) = published("basel3_sama_retail.csv") {
        compare(&SAMA, &rows);
    }
    if let Some(rows) = published("qrm_closed_form.csv") {
        let value = |case: &str, quantity: &str| -> f64 {
            let row = rows.iter().find(|row| row[0] == case && row[2] == quantity).unwrap();
            row[3].parse().unwrap()
        };
        assert_eq!(value("ex11.6a", "E[L]"), 4.0);
        assert_eq!(value("ex11.6a", "sd[L]"), qrm::INDEPENDENT);
        assert_eq!(value("ex11.6b", "sd[L]"), qrm::CORRELATED);
        assert_eq!(value("ex11.16b", "VaR 0.999"), qrm::TWO_GROUPS);
        assert_eq!(value("ex11.17b", "VaR 0.99"), qrm::TWO_LOADINGS);
        // Printed to seven digits, the last of them one too large.
        assert!((value("is_tail", "P(M>=20)") - qrm::TAIL).abs() < 1e-9);
    }
    if let Some(rows) = published("hull_white_nth_to_default.csv") {
        for (at, (_, spreads)) in nth_to_default::PUBLISHED.iter().enumerate() {
            let column: Vec<f64> = rows.iter().map(|row| row[1 + at].parse().unwrap()).collect();
            assert_eq!(column, spreads);
        }
    }
    if let Some(rows) = published("concentration_indices.csv") {
        let found: Vec<(f64, f64)> =
            rows.iter().map(|row| (row[1].parse().unwrap(), row[2].parse().unwrap())).collect();
        assert_eq!(&found[..2], concentration::ATKINSON);
        assert_eq!(found[2], (2.0, concentration::RENYI.1));
    }
    if let Some(rows) = published("ccruncher_analytic.csv") {
        let laws: Vec<(&str, &str)> =
            rows.iter().map(|row| (row[1].as_str(), row[2].as_str())).collect();
        assert_eq!(laws, [("1", "any"), ("2", "0"), ("100", "0"), ("1000", "0.20")]);
    }
}
