//! What a checked scenario says about how borrowers answer to new limits.

use super::Filter;
use crate::units::Fraction;

/// How borrowers answer to new limits. Everything beyond the mechanical run-off is zero unless given.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// Of everybody who is in no group.
    pub default: Response,
    /// Of some borrowers; the first group that matches counts.
    pub groups: Vec<ResponseGroup>,
    /// Where leaked credit goes; `None`: to the borrower's other lenders in proportion to limits, then
    /// to lenders outside the book.
    pub rivals: Option<Vec<Rival>>,
    /// The lender outside the book.
    pub outside: Outside,
    /// Which of the four channels are open.
    pub channels: Channels,
}

/// Numbers of one group of borrowers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    /// phi: share of the balance above the new limit that runs off.
    pub run_off: Fraction,
    /// kappa: debt per unit of limit taken away (or given).
    pub pass_through: Fraction,
    /// lambda: share of withdrawn credit that rivals are asked for.
    pub leakage: Fraction,
    /// Debt at a rival may not exceed this multiple of the cut account's old limit; >= 0.
    pub rival_limit: f64,
    /// Fall of the log-odds of default per 100 % fall of the borrower's total debt.
    pub relief: f64,
    /// Rise of the log-odds of those who are cut below their balance.
    pub squeeze: f64,
    /// Odds multiplier of those whose withdrawn credit leaked to lenders new to them entirely; > 0.
    pub stacking: f64,
}

impl Default for Response {
    /// The mechanical response.
    fn default() -> Self {
        Self {
            run_off: Fraction::ONE,
            pass_through: Fraction::ZERO,
            leakage: Fraction::ZERO,
            rival_limit: 1.0,
            relief: 0.0,
            squeeze: 0.0,
            stacking: 1.0,
        }
    }
}

/// Borrowers with numbers of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseGroup {
    /// Slug, unique among the groups.
    pub id: String,
    /// Whom it holds: segments, score, income, age.
    pub filter: Filter,
    /// Their numbers.
    pub response: Response,
    /// Such as `behaviour.group[0]`.
    pub path: String,
}

/// A lender that takes leaked credit.
#[derive(Debug, Clone, PartialEq)]
pub struct Rival {
    /// Its name, in the book or not.
    pub lender: String,
    /// Its part of what leaks, relative to that of the other rivals; > 0.
    pub share: f64,
    /// In place of [`Response::rival_limit`].
    pub limit: Option<f64>,
    /// Loss given default of debts of borrowers new to it; that of the cut account unless given.
    pub lgd: Option<Fraction>,
    /// Such as `behaviour.rival[0]`.
    pub path: String,
}

/// The lenders outside the book, seen as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// Name in the results.
    pub name: String,
    /// Loss given default there; that of the cut account unless given.
    pub lgd: Option<Fraction>,
}

/// The channels beyond the direct effect on debt; a closed one acts as if its numbers were zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    /// Withdrawn credit finds other lenders.
    pub leakage: bool,
    /// Less debt, fewer defaults.
    pub relief: bool,
    /// Cut below the balance, more defaults.
    pub squeeze: bool,
    /// Debts at more lenders, other odds.
    pub stacking: bool,
}

impl Channels {
    /// All open.
    pub const ALL: Self = Self { leakage: true, relief: true, squeeze: true, stacking: true };
    /// None open.
    pub const NONE: Self = Self { leakage: false, relief: false, squeeze: false, stacking: false };
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            default: Response::default(),
            groups: Vec::new(),
            rivals: None,
            outside: Outside { name: DEFAULT_OUTSIDE.to_owned(), lgd: None },
            channels: Channels::ALL,
        }
    }
}

/// Name of the lenders outside the book.
pub const DEFAULT_OUTSIDE: &str = "outside";

impl Behaviour {
    /// The numbers of all groups, those of everybody else first.
    pub fn responses(&self) -> impl Iterator<Item = &Response> {
        std::iter::once(&self.default).chain(self.groups.iter().map(|group| &group.response))
    }

    /// The channels that are open and have a number other than zero somewhere.
    pub fn active(&self) -> Channels {
        let any = |is: fn(&Response) -> bool| self.responses().any(is);
        let leakage = self.channels.leakage && any(|r| r.leakage.get() > 0.0);
        Channels {
            leakage,
            relief: self.channels.relief && any(|r| r.relief != 0.0),
            squeeze: self.channels.squeeze && any(|r| r.squeeze != 0.0),
            stacking: self.channels.stacking && leakage && any(|r| r.stacking != 1.0),
        }
    }

    /// Whether some borrowers' PD may move.
    pub fn moves_pds(&self) -> bool {
        let Channels { relief, squeeze, stacking, .. } = self.active();
        relief || squeeze || stacking
    }
}
