//! Limit policies: rules become new limits, new limits become debt, debt becomes exposure.

pub mod books;
pub mod equal_credit;
pub mod exposure;
pub mod filter;
pub mod limits;
pub mod response;

use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::{Columns, Portfolio};
use crate::scenario::Policy;
use crate::units::Currency;
pub use books::{Books, CreditSums};
pub use exposure::{Exposure, NewLimits};
pub use response::DebtResponse;

/// A policy worked out on a book.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Whose it is.
    pub role: Role,
    /// What each account loses in default.
    pub exposure: Exposure,
    /// Credit kept, withdrawn, touched.
    pub books: Books,
}

/// Where a policy comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// The scenario's policy of this index.
    Asked(usize),
    /// The proportional cut with the same credit as the scenario's policy `of`.
    EqualCredit {
        /// Index of the policy.
        of: usize,
        /// Share of each limit left.
        scale: f64,
        /// Credit left minus the policy's, as a share of the policy's.
        residual: f64,
    },
}

/// Whether binding policies get a proportional cut of the same credit beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EqualCreditCut {
    /// Yes, unless the policy withdraws nothing or lends more.
    Beside,
    /// No.
    Without,
}

impl From<bool> for EqualCreditCut {
    fn from(wanted: bool) -> Self {
        if wanted { Self::Beside } else { Self::Without }
    }
}

/// Works all policies out on a book: the scenario's in order, then the proportional cuts.
pub fn apply(
    policies: &[Policy],
    book: &Portfolio,
    columns: &Columns,
    currency: &Currency,
    twins: EqualCreditCut,
) -> Result<Vec<Applied>, Vec<Fault>> {
    let response = DebtResponse::default();
    let mut faults = Vec::new();
    let mut applied = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        match NewLimits::of(policy, book, currency).and_then(|l| within_reach(l, policy, book)) {
            Ok(limits) => {
                applied.push(work_out(Role::Asked(index), limits, book, columns, &response))
            }
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if twins == EqualCreditCut::Beside {
        let today = Books::keep(book, columns, &NewLimits::Untouched, &response).total().balance;
        for of in 0..applied.len() {
            let kept = applied[of].books.total();
            if kept.withdrawn == 0 || kept.balance >= today {
                continue;
            }
            let cut = equal_credit::proportional_cut(book, &response, kept.balance);
            let role = Role::EqualCredit { of, scale: cut.scale, residual: cut.residual };
            applied.push(work_out(role, NewLimits::Scale(cut.scale), book, columns, &response));
        }
    }
    Ok(applied)
}

/// Refuses limits that rules have raised so far that sums of money would leave 64 bits.
fn within_reach(
    limits: NewLimits,
    policy: &Policy,
    book: &Portfolio,
) -> Result<NewLimits, Vec<Fault>> {
    let NewLimits::Each(each) = &limits else { return Ok(limits) };
    let sum: i128 = (0..book.entries())
        .map(|b| {
            let own: i128 = book.accounts_of(b).map(|a| i128::from(each[a])).sum();
            own * i128::from(book.count(b))
        })
        .sum();
    // A quarter leaves room for balances above limits and for sums of several columns.
    if sum <= i128::from(i64::MAX / 4) {
        return Ok(limits);
    }
    let message =
        format!("the limits of policy `{}` add up to more than can be counted", policy.id);
    let fault = Fault::new(Place::Value(policy.path.clone()), FaultKind::Conflict { message });
    Err(vec![fault.with_hint("raise limits less, or take a larger smallest unit (`minor_units`)")])
}

fn work_out(
    role: Role,
    limits: NewLimits,
    book: &Portfolio,
    columns: &Columns,
    response: &DebtResponse,
) -> Applied {
    let books = Books::keep(book, columns, &limits, response);
    Applied { role, exposure: limits.into_exposure(book, response), books }
}
