//! Finding the number of a rule that leaves a wanted credit.
//!
//! Credit (the sum of balances left) rises with every number that a rule can have: a cap, a share, a
//! factor. So bisection finds the step k of a grid where
//!
//! 1. sum_i count_i B'_i(k) = target
//!
//! or, as credit moves in smallest units and may jump, the step next to the target.

use super::debts::Account;
use super::reaction::{Person, Reaction};

/// Distance between wanted and found credit, as a share, up to which it counts as met.
pub const TOLERANCE: f64 = 1e-6;

/// The best step of a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// The step.
    pub at: i64,
    /// Credit there minus the target, as a share of the target.
    pub residual: f64,
}

/// The step in `low..=high` whose `credit`, which rises, is nearest to `target`; at a tie the lower
/// one. The first hit ends the search: of several steps with the same credit it is the one that
/// halving meets first.
pub fn nearest(low: i64, high: i64, target: i64, credit: impl Fn(i64) -> i64) -> Nearest {
    let (mut low, mut high) = (low, high);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let found = credit(middle);
        if found == target {
            return Nearest { at: middle, residual: 0.0 };
        }
        if found < target { low = middle } else { high = middle }
    }
    let (below, above) = (residual(credit(low), target), residual(credit(high), target));
    if below.abs() <= above.abs() {
        Nearest { at: low, residual: below }
    } else {
        Nearest { at: high, residual: above }
    }
}

/// How far a credit lies from a target, as a share of the target.
pub fn residual(credit: i64, target: i64) -> f64 {
    (credit - target) as f64 / (target as f64).max(1.0)
}

/// Balances left under a policy at all lenders, pools by count.
pub fn credit(reaction: &Reaction<'_>) -> i64 {
    let mut person = Person::default();
    (0..reaction.book.entries())
        .map(|b| {
            reaction.of(b, &mut person);
            let own: i64 = person.accounts.iter().map(Account::debt).sum();
            let elsewhere: i64 = person.elsewhere.iter().map(|e| e.debt).sum();
            (own + elsewhere) * reaction.book.count(b) as i64
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_steps_and_what_lies_between_them() {
        let tens = |k: i64| 10 * k;
        assert_eq!(nearest(0, 100, 420, tens), Nearest { at: 42, residual: 0.0 });
        assert_eq!(nearest(0, 100, 424, tens).at, 42);
        assert_eq!(nearest(0, 100, 426, tens).at, 43);
        assert_eq!(nearest(0, 100, 425, tens).at, 42);
        for (target, at) in [(0, 0), (1_000, 100), (5_000, 100)] {
            assert_eq!(nearest(0, 100, target, tens).at, at);
        }
        // Of several steps with the wanted credit the one that halving meets first: its last digits say nothing.
        assert_eq!(nearest(0, 100, 4, |k| k / 10), Nearest { at: 43, residual: 0.0 });
        assert_eq!(nearest(0, 96, 4, |k| k / 10), Nearest { at: 48, residual: 0.0 });
        // A jump: nothing lies near, the residual says so.
        let jump = |k: i64| if k < 7 { 100 } else { 300 };
        assert_eq!(nearest(0, 10, 190, jump), Nearest { at: 6, residual: -90.0 / 190.0 });
    }
}
