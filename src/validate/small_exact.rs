//! Eight borrowers, three lenders, two segments, two correlated factors: every default state.
//!
//! Limits under the policies are worked out here from the words of the scenario, not by its rules.

use super::exact::Atoms;
use super::judge::{Asked, against};
use super::ladder::shipped;
use super::law::{Latent, Law, account_loss, states, two_factors};
use super::sampled::Sampled;
use super::{Case, Check, Kind, Settings, range};
use crate::measures::Measure;
use crate::scenario::Rejected;

/// An account, amounts in hundredths.
#[derive(Debug, Clone, Copy)]
struct Account {
    borrower: usize,
    segment: &'static str,
    lender: &'static str,
    limit: i64,
    balance: i64,
}

const H: i64 = 100;
const PDS: [f64; 8] = [0.02, 0.05, 0.01, 0.10, 0.08, 0.12, 0.04, 0.30];
const YOUNG: [bool; 8] = [false, false, false, false, true, true, true, true];
const CORRELATION: f64 = 0.3;

/// Borrower, lender, limit, balance.
const ACCOUNTS: [(usize, &str, i64, i64); 11] = [
    (0, "north", 3000, 2400),
    (0, "south", 1000, 200),
    (1, "north", 1500, 1500),
    (2, "south", 5000, 1000),
    (3, "east", 800, 900),
    (4, "north", 2000, 1800),
    (4, "east", 1200, 1200),
    (4, "south", 600, 100),
    (5, "east", 700, 650),
    (6, "south", 2500, 300),
    (7, "north", 400, 400),
];

fn accounts() -> Vec<Account> {
    let account = |&(borrower, lender, limit, balance): &(usize, &'static str, i64, i64)| Account {
        borrower,
        segment: if YOUNG[borrower] { "young" } else { "steady" },
        lender,
        limit: limit * H,
        balance: balance * H,
    };
    ACCOUNTS.iter().map(account).collect()
}

fn new_limit(policy: &str, account: &Account, all: &[Account]) -> i64 {
    match policy {
        "cap-1500" => account.limit.min(1_500 * H),
        "young-600" if account.segment == "young" => account.limit.min(600 * H),
        "registry-2000" => {
            let own = all.iter().filter(|a| a.borrower == account.borrower);
            let sum: i64 = own.map(|a| a.limit).sum();
            account.limit * sum.min(2_000 * H) / sum
        }
        _ => account.limit,
    }
}

/// All policies in all scopes.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let sampled = shipped!("small-exact", 200_000, seed 3).sample(settings)?;
    let accounts = accounts();
    let latents: Vec<Latent> = PDS
        .iter()
        .zip(YOUNG)
        .map(|(&pd, young)| {
            let loadings = if young { [0.2, 0.35] } else { [0.12_f64.sqrt(), 0.0] };
            Latent::two(pd, loadings, CORRELATION)
        })
        .collect();
    let states = states(&latents, &two_factors(CORRELATION, 0.2));
    let mut checks = Vec::new();
    for policy in ["today", "cap-1500", "young-600", "registry-2000"] {
        for scope in ["system", "north", "south", "east", "steady", "young"] {
            checks.extend(in_scope(&sampled, &accounts, &states, policy, scope));
        }
    }
    Ok(Case {
        id: "small-exact",
        title: "Eight borrowers at three lenders, two factors",
        source: "enumeration of all 2^8 default states over a grid of the factors",
        kind: Kind::Law,
        trials: sampled.trials(),
        checks,
    })
}

fn in_scope(
    sampled: &Sampled,
    accounts: &[Account],
    states: &[f64],
    policy: &str,
    scope: &str,
) -> Vec<Check> {
    let n = (sampled.trials() as f64).sqrt();
    let inside = accounts.iter().filter(|a| [a.lender, a.segment, "system"].contains(&scope));
    let losses: Vec<(usize, i64)> = inside
        .map(|a| {
            let new = new_limit(policy, a, accounts);
            (a.borrower, account_loss(a.limit, a.balance, new, 0.4, 0.6))
        })
        .collect();
    // A lender counts accounts, everybody else people.
    let mut counted: Vec<usize> = losses.iter().map(|l| l.0).collect();
    if !accounts.iter().any(|a| a.lender == scope) {
        counted.dedup();
    }
    let hit = |state: usize, b: usize| state >> b & 1 == 1;
    let loss = |state| losses.iter().filter(|l| hit(state, l.0)).map(|l| l.1).sum::<i64>();
    let count = |state| counted.iter().filter(|&&b| hit(state, b)).count() as i64;
    let each = || states.iter().enumerate().map(|(s, &p)| (loss(s), count(s), p));
    let law = Atoms { law: Law::new(each().map(|(l, _, p)| (l, p))), per_unit: H as f64 };
    let counts = Law::new(each().map(|(_, c, p)| (c, p)));

    let prefix = format!("{policy}, {scope}: ");
    let (levels, thresholds) = (&[0.9, 0.99], &[1000.0, 5000.0]);
    let asked = Asked { prefix: &prefix, scope, policy, levels, thresholds, per: 1.0 };
    let mut checks = against(&law, sampled, asked);
    let mean = counts.mean();
    checks.push(Check::new(
        format!("{prefix}defaults"),
        mean,
        sampled.found(scope, policy, Measure::Defaults, None),
        range::normal(mean, counts.sd() / n),
    ));
    let ratio = law.law.mean() / mean;
    let variance: f64 = each().map(|(l, c, p)| p * (l as f64 - ratio * c as f64).powi(2)).sum();
    checks.push(Check::new(
        format!("{prefix}loss per default"),
        ratio / H as f64,
        sampled.found(scope, policy, Measure::LossPerDefault, None),
        range::normal(ratio / H as f64, variance.sqrt() / mean / n / H as f64),
    ));
    checks
}
