//! The pooled card book against the raw file it is derived from: nothing is lost by pooling.
//!
//! The raw file is not part of the repository. Without it (`../shared/data`, or the folder named
//! by `TAILCAP_SHARED`) the tests say that they are skipped.

use std::path::{Path, PathBuf};

use tailcap::portfolio::Portfolio;
use tailcap::run::{Prepared, prepare};
use tailcap::scenario::load;

const RAW: &str = "data/uci-credit-card-default.csv";

fn raw_file() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared =
        std::env::var_os("TAILCAP_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let file = shared.join(RAW);
    if file.is_file() {
        return Some(std::path::absolute(file).expect("the working folder exists"));
    }
    eprintln!("skipped: `{}` is absent", file.display());
    None
}

fn scenario(name: &str, set: &[String]) -> Prepared {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let loaded =
        load(&file, set).unwrap_or_else(|r| panic!("{}", r.places.render(&r.faults, false)));
    prepare(&loaded).unwrap_or_else(|r| panic!("{r:?}")).remove(0)
}

fn from_raw(raw: &Path, more: &[&str]) -> Prepared {
    let mut set = vec![format!("portfolio.tape={}", raw.display())];
    set.extend(more.iter().map(|&s| s.to_owned()));
    scenario("taiwan-accounts.toml", &set)
}

#[test]
fn the_committed_table_is_what_the_documented_command_derives() {
    let Some(raw) = raw_file() else { return };
    let pooled = from_raw(&raw, &["portfolio.pool.balance_step=5000"]);
    let mut bytes = Vec::new();
    let source = pooled.scenario.source.clone().unwrap();
    tailcap::portfolio::write(pooled.book(), &pooled.scenario.currency, &[&source], &mut bytes)
        .unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = std::fs::read(root.join("scenarios/data/taiwan-cards.csv")).unwrap();
    assert!(bytes == committed, "run the command in scenarios/taiwan-accounts.toml again");
}

/// Exact expected loss of a policy: sum of count x PD x loss.
fn expected_loss(one: &Prepared, policy: usize) -> f64 {
    let book: &Portfolio = one.book();
    (0..book.entries())
        .map(|b| {
            let loss: i64 = book
                .accounts_of(b)
                .map(|a| one.applied[policy].effect.exposure.loss(book, a))
                .sum();
            book.count(b) as f64 * book.borrowers.pd.get(b) * loss as f64
        })
        .sum()
}

#[test]
fn expected_loss_and_withdrawn_credit_agree_with_the_accounts_at_every_cap() {
    let Some(raw) = raw_file() else { return };
    let pooled = scenario("taiwan-cards.toml", &[]);
    let accounts = from_raw(&raw, &[]);
    assert_eq!(accounts.book().quality.rows, 30_000);
    assert_eq!(pooled.book().people(), 30_000);
    for (index, policy) in pooled.scenario.policies.iter().enumerate() {
        let withdrawn = |one: &Prepared| one.applied[index].books.total().withdrawn as f64;
        let near = |a: f64, b: f64, what: &str| {
            assert!((a - b).abs() <= 1e-3 * b.abs(), "{}: {what} {a} against {b}", policy.id);
        };
        near(expected_loss(&pooled, index), expected_loss(&accounts, index), "expected loss");
        near(withdrawn(&pooled), withdrawn(&accounts), "withdrawn credit");
    }
    // Caps that the scenario does not hold, on the pooling grid and off it.
    for cap in [30_100, 42_500, 77_777, 123_456, 250_000, 499_999] {
        let set = format!("policy.cap-50k.rule.0.cap={cap}");
        let pooled = scenario("taiwan-cards.toml", std::slice::from_ref(&set));
        let accounts = from_raw(&raw, &[&set]);
        let last = pooled.scenario.policies.len() - 1;
        let both = |f: &dyn Fn(&Prepared) -> f64| (f(&pooled), f(&accounts));
        let (a, b) = both(&|one| expected_loss(one, last));
        assert!((a / b - 1.0).abs() < 1e-3, "cap {cap}: expected loss {a} against {b}");
        let (a, b) = both(&|one| one.applied[last].books.total().withdrawn as f64);
        assert!((a / b - 1.0).abs() < 1e-3, "cap {cap}: withdrawn {a} against {b}");
    }
}

#[test]
fn calibration_gives_three_percent_by_balance() {
    let pooled = scenario("taiwan-cards.toml", &[]);
    assert!((pooled.book().quality.mean_pd_by_balance - 0.03).abs() < 1e-6);
}
