//! What debt does when a limit changes, account by account.
//!
//! With old limit L, balance B, new limit L', run-off share phi, pass-through kappa, CCF c and
//! LGD lambda, in smallest units:
//!
//! 1. L' >= L: the account is untouched, unless a rule raised the limit: B' = B + kappa (L' - L);
//! 2. L' < L: withdrawn credit W = min(B, max(phi max(B - L', 0), kappa (L - L'))), B' = B - W;
//! 3. EAD' = B' + c max(L' - B', 0);
//! 4. loss if the borrower defaults = lambda EAD'.
//!
//! Each right-hand side is rounded to the smallest unit, half up. With c in 0..=1 all of them are
//! monotone in L' below L, so a lower cap never raises a loss.

use crate::scenario::Response;
use crate::units::Fraction;

/// How debt follows its limit. The default is the mechanical response: what stands above the new
/// limit runs off entirely, nothing else moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DebtResponse {
    /// phi: share of the balance above the new limit that runs off.
    pub run_off: Fraction,
    /// kappa: debt per unit of limit taken away (or given).
    pub pass_through: Fraction,
}

impl Default for DebtResponse {
    fn default() -> Self {
        Self { run_off: Fraction::ONE, pass_through: Fraction::ZERO }
    }
}

/// An account after the response, smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDebt {
    /// B'.
    pub balance: i64,
    /// W; 0 where debt stayed or grew.
    pub withdrawn: i64,
}

impl DebtResponse {
    /// That part of a response.
    pub fn of(response: &Response) -> Self {
        Self { run_off: response.run_off, pass_through: response.pass_through }
    }

    /// Equations 1 and 2.
    #[inline]
    pub fn respond(&self, limit: i64, balance: i64, new_limit: i64) -> NewDebt {
        let kappa = self.pass_through.get();
        if new_limit >= limit {
            let drawn = round(kappa * (new_limit - limit) as f64);
            return NewDebt { balance: balance + drawn, withdrawn: 0 };
        }
        let forced = round(self.run_off.get() * (balance - new_limit).max(0) as f64);
        let passed = round(kappa * (limit - new_limit) as f64);
        let withdrawn = balance.min(forced.max(passed));
        NewDebt { balance: balance - withdrawn, withdrawn }
    }
}

/// What of an account stands at default for certain, and what may be drawn before, smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// Owed already.
    pub drawn: i64,
    /// The rest of the line, of which the CCF is drawn.
    pub undrawn: i64,
}

impl Parts {
    /// Of an account after the response.
    #[inline(always)]
    pub fn of(limit: i64, balance: i64) -> Self {
        Self { drawn: balance, undrawn: (limit - balance).max(0) }
    }

    /// The same with debt taken over from other lenders.
    #[inline(always)]
    pub fn with(self, received: i64) -> Self {
        Self { drawn: self.drawn + received, ..self }
    }

    /// Equation 3 with this CCF.
    #[inline(always)]
    pub fn exposure(self, ccf: f64) -> i64 {
        self.drawn + round(ccf * self.undrawn as f64)
    }
}

/// Equation 3: exposure at default.
#[inline(always)]
pub fn exposure_at_default(limit: i64, balance: i64, ccf: f64) -> i64 {
    Parts::of(limit, balance).exposure(ccf)
}

/// Equation 4: what a default costs.
#[inline(always)]
pub fn loss_given_default(exposure: i64, lgd: f64) -> i64 {
    round(lgd * exposure as f64)
}

/// Nearest integer, half up, of a non-negative number.
#[inline(always)]
fn round(x: f64) -> i64 {
    debug_assert!(x >= 0.0);
    (x + 0.5) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_rows_of_the_model() {
        let mechanical = DebtResponse::default();
        // B 120, L 100: a cap of 110 does not bind and leaves 120; a cap of 50 leaves 50.
        assert_eq!(mechanical.respond(100, 120, 100), NewDebt { balance: 120, withdrawn: 0 });
        assert_eq!(mechanical.respond(100, 120, 50), NewDebt { balance: 50, withdrawn: 70 });
        // A cap between balance and limit takes no debt away.
        assert_eq!(mechanical.respond(100, 30, 50), NewDebt { balance: 30, withdrawn: 0 });
    }

    #[test]
    fn run_off_and_pass_through() {
        let f = |x| Fraction::new(x).unwrap();
        let slow = DebtResponse { run_off: f(0.5), pass_through: f(0.0) };
        assert_eq!(slow.respond(100, 80, 60), NewDebt { balance: 70, withdrawn: 10 });
        let passing = DebtResponse { run_off: f(1.0), pass_through: f(0.3) };
        assert_eq!(passing.respond(100, 20, 50), NewDebt { balance: 5, withdrawn: 15 });
        // Never more than the balance.
        assert_eq!(passing.respond(100, 4, 0), NewDebt { balance: 0, withdrawn: 4 });
        // A raised limit draws its share.
        assert_eq!(passing.respond(100, 20, 200), NewDebt { balance: 50, withdrawn: 0 });
    }

    #[test]
    fn exposure_counts_the_undrawn_line_only_where_there_is_one() {
        assert_eq!(exposure_at_default(100, 40, 0.5), 70);
        assert_eq!(exposure_at_default(100, 120, 0.5), 120);
        assert_eq!(loss_given_default(70, 0.75), 53);
    }

    proptest::proptest! {
        #[test]
        fn a_lower_cap_never_raises_the_loss(
            limit in 0_i64..1_000_000, balance in 0_i64..2_000_000,
            cap in 0_i64..1_100_000, less in 0_i64..500_000,
            ccf in 0.0_f64..=1.0, lgd in 0.0_f64..=1.0,
        ) {
            let loss = |cap: i64| {
                let new_limit = limit.min(cap);
                let debt = DebtResponse::default().respond(limit, balance, new_limit);
                loss_given_default(exposure_at_default(new_limit, debt.balance, ccf), lgd)
            };
            proptest::prop_assert!(loss((cap - less).max(0)) <= loss(cap));
        }
    }
}
