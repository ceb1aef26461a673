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

/// Nearest integer, half up, of a non-negative product of decimals.
///
/// 0.29 x 50 is 14.499999999999998 in binary and 14.5 in decimal. The binary product of two decimals lies within
/// 2^-52 of itself from the decimal one, so that lifting it by twice as much decides halves as the decimals
/// do. From 2^49 on doubles no longer hold the fractions that matter.
#[inline(always)]
fn round(x: f64) -> i64 {
    const LIFT: f64 = 2.0 * f64::EPSILON;
    const FINE: f64 = (1_u64 << 49) as f64;
    debug_assert!(x >= 0.0);
    let lift = if x < FINE { x * LIFT } else { 0.0 };
    (x + lift + 0.5) as i64
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

    #[test]
    fn halves_are_those_of_the_decimals() {
        // Every LGD of two and three decimals against integers.
        let mut binary_differs = 0;
        for (decimals, steps) in [(100_i64, 100), (1000, 1000)] {
            for part in 0..=steps {
                let lgd = part as f64 / decimals as f64;
                for exposure in (1..200).chain([12_345, 1_000_050, 99_999_999_950]) {
                    let exact = (2 * part * exposure + decimals).div_euclid(2 * decimals);
                    assert_eq!(loss_given_default(exposure, lgd), exact, "{lgd} x {exposure}");
                    // The twin that decides in binary.
                    binary_differs += i64::from((lgd * exposure as f64 + 0.5) as i64 != exact);
                }
            }
        }
        assert!(binary_differs > 0);
        assert_eq!(loss_given_default(50, 0.29), 15);
        for large in [(1_i64 << 49) - 1, 1 << 49, (1 << 51) + 1] {
            assert_eq!(loss_given_default(large, 1.0), large);
        }
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
