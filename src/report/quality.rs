//! The quality report of a book as a list of facts.

use super::numbers::{amount, count, decimal};
use crate::portfolio::Quality;

/// One fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its name in tables.
    pub name: &'static str,
    /// What it says, for people.
    pub text: &'static str,
    /// Its value; amounts in units of currency.
    pub value: Option<f64>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Count,
    Amount,
    Number,
}

impl Fact {
    /// The value as printed.
    pub fn print(&self, currency: &str) -> String {
        match (self.value, self.kind) {
            (None, _) => "-".to_owned(),
            (Some(x), Kind::Count) => count(x as u64),
            (Some(x), Kind::Amount) => amount(x, currency),
            (Some(x), Kind::Number) => decimal(x, 6),
        }
    }
}

/// All facts, in reading order.
pub fn facts(quality: &Quality, per_unit: f64) -> Vec<Fact> {
    let counted =
        |name, text, n: u64| Fact { name, text, value: Some(n as f64), kind: Kind::Count };
    let money = |name, text, x: i64| Fact {
        name,
        text,
        value: Some(x as f64 / per_unit),
        kind: Kind::Amount,
    };
    let number = |name, text, value| Fact { name, text, value, kind: Kind::Number };
    vec![
        counted("rows", "rows of the tape", quality.rows),
        counted("borrowers", "borrowers", quality.borrowers),
        counted("draws", "independent draws of default", quality.draws),
        counted("accounts", "accounts", quality.accounts),
        counted("entries", "distinct entries after pooling", quality.entries),
        counted("rows_pooled", "rows identical to an earlier one", quality.rows_pooled),
        money("limit_sum", "sum of limits", quality.limit_sum),
        money("balance_sum_as_read", "sum of balances as read", quality.balance_sum_as_read),
        money("balance_sum", "sum of balances as used", quality.balance_sum),
        counted("negative_balances", "negative balances, taken as 0", quality.negative_balances),
        counted("balances_over_limit", "balances over their limit", quality.balances_over_limit),
        money("over_limit_sum", "sum of what stands over limits", quality.over_limit_sum),
        counted("pd_zero", "borrowers with PD 0", quality.pd_zero),
        counted("pd_one", "borrowers with PD 1", quality.pd_one),
        number("mean_pd_by_balance", "mean PD by balance", Some(quality.mean_pd_by_balance)),
        number("mean_pd_by_borrower", "mean PD by borrower", Some(quality.mean_pd_by_borrower)),
        number("calibration_shift", "shift of log-odds by calibration", quality.calibration_shift),
    ]
}
