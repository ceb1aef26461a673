//! The real file: the facts of its README, and what pooling costs.
//!
//! (That 35 rows repeat another in every column cannot be seen here: a run uses three of them.)

use std::path::PathBuf;

use super::{cents, plain};
use crate::portfolio::{Portfolio, load};
use crate::scenario::{BookSource, ColumnMapping, Field, ObservedPd, PortfolioSpec};
use crate::units::{Amount, Fraction, Probability};

const FILE: &str = "uci-credit-card-default.csv";

/// The scenario for the real file, or `None` (said aloud) where the file is not at hand.
fn spec() -> Option<PortfolioSpec> {
    let shared = std::env::var_os("TAILCAP_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let tape = shared.join("data").join(FILE);
    if !tape.exists() {
        eprintln!("skipped: no `{}` (set TAILCAP_SHARED)", tape.display());
        return None;
    }
    let mapped = |(field, header): (Field, &str)| ColumnMapping {
        field,
        header: header.into(),
        path: format!("portfolio.columns.{}", field.key()),
    };
    let mut spec = plain();
    spec.source = BookSource::Tape(tape);
    let headers = [
        (Field::Limit, "LIMIT_BAL"),
        (Field::Balance, "BILL_AMT1"),
        (Field::Default, "default_payment_next_month"),
    ];
    spec.columns = headers.map(mapped).to_vec();
    spec.defaults.lgd = Some(Fraction::new(0.75).unwrap());
    spec.defaults.ccf = Some(Fraction::new(0.24).unwrap());
    let edges = [20_000, 50_000, 100_000, 200_000, 300_000, 500_000];
    spec.observed_pd = Some(ObservedPd {
        limit_edges: edges.map(|edge| Amount(edge * 100)).to_vec(),
        path: "portfolio.observed_pd".into(),
    });
    Some(spec)
}

fn book(spec: &PortfolioSpec) -> Portfolio {
    load(spec, &cents()).unwrap_or_else(|faults| panic!("{faults:#?}")).portfolio
}

#[test]
fn facts_of_the_file() {
    let Some(spec) = spec() else { return };
    let loaded = load(&spec, &cents()).unwrap();
    assert_eq!(loaded.sha256, "af6aa9d50511471c11fedd691155d36b5f2c81baa778b274118976ad5e750d59");
    let q = &loaded.portfolio.quality;
    assert_eq!((q.rows, q.borrowers, q.accounts), (30_000, 30_000, 30_000));
    assert_eq!(q.limit_sum, 5_024_529_680 * 100);
    assert_eq!(q.balance_sum_as_read, 1_536_699_927 * 100);
    assert_eq!(q.balance_sum, 1_537_381_257 * 100);
    assert_eq!(q.negative_balances, 590);
    assert_eq!(q.balances_over_limit, 2_115);
    assert_eq!((q.pd_zero, q.pd_one), (0, 0));
    // Bands are weighted by clients, so their mean is the share of defaults.
    assert!((q.mean_pd_by_borrower - 6_636.0 / 30_000.0).abs() < 1e-12);
    assert_eq!(q.rows_pooled, q.rows - q.entries);
    let pd = &loaded.portfolio.borrowers.pd;
    let rates = [0.3622, 0.2968, 0.2580, 0.1948, 0.1605, 0.1336, 0.1117];
    let mut found: Vec<f64> = (0..loaded.portfolio.entries()).map(|b| pd.get(b)).collect();
    found.dedup();
    assert_eq!(found.len(), rates.len());
    assert!(found.iter().zip(rates).all(|(x, y)| (x - y).abs() < 5e-5), "{found:?}");
}

/// Balance withdrawn by a cap, and EL under it, in smallest units.
fn under_cap(book: &Portfolio, cap: i64) -> (f64, f64) {
    let (mut withdrawn, mut loss) = (0.0, 0.0);
    for b in 0..book.entries() {
        let (limit, balance) = (book.accounts.limit.get(b), book.accounts.balance.get(b));
        let (people, new_limit) = (book.count(b) as f64, limit.min(cap));
        let kept = if limit > cap { balance.min(cap) } else { balance };
        let ead = kept as f64 + book.accounts.ccf.get(b) * (new_limit - kept).max(0) as f64;
        withdrawn += people * (balance - kept) as f64;
        loss += people * book.borrowers.pd.get(b) * book.accounts.lgd.get(b) * ead;
    }
    (withdrawn, loss)
}

#[test]
fn pooling_keeps_credit_and_expected_loss() {
    let Some(mut spec) = spec() else { return };
    spec.calibrate_mean_pd = Some(Probability::new(0.03).unwrap());
    let exact = book(&spec);
    assert!((exact.quality.mean_pd_by_balance - 0.03).abs() < 1e-12);
    assert_eq!(exact.entries(), 26_409);
    let pools = [(20_000, 946), (10_000, 1_489), (5_000, 2_383), (2_500, 3_658), (1_000, 6_087)];
    for (step, entries) in pools {
        spec.pool_balance_step = Some(Amount(step * 100));
        let pooled = book(&spec);
        assert_eq!(pooled.entries(), entries, "step {step}");
        for cap in [300_000, 200_000, 100_000, 50_000, 75_500, 33_300, 104_999, 55_000, 15_000] {
            let (w, l) = under_cap(&exact, cap * 100);
            let (pw, pl) = under_cap(&pooled, cap * 100);
            let (credit, loss) = (pw / w - 1.0, pl / l - 1.0);
            if cap % step == 0 {
                assert!(credit.abs() < 1e-6 && loss.abs() < 1e-6, "step {step}, cap {cap}");
            }
            // These caps off the grid; near or below the step it would be worse.
            let off_grid = credit.abs().max(loss.abs());
            assert!(step > 5_000 || off_grid < 1e-3, "step {step}, cap {cap}: {off_grid}");
        }
    }
}
