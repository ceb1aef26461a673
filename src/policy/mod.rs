//! Limit policies: rules become new limits, new limits become debt, debt becomes exposure.

pub mod bands;
pub mod books;
pub mod equal_credit;
pub mod exposure;
pub mod filter;
pub mod limits;
pub mod match_credit;
pub mod response;
pub mod solve;
pub mod touched;

use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::{Columns, Portfolio};
use crate::scenario::Policy;
use crate::units::Currency;
use match_credit::Target;

pub use bands::Bands;
pub use books::{Books, CreditSums};
pub use exposure::{Exposure, NewLimits};
pub use match_credit::{Matched, Solved};
pub use response::DebtResponse;
pub use touched::BandSums;

/// A policy worked out on a book.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Whose it is.
    pub role: Role,
    /// What each account loses in default.
    pub exposure: Exposure,
    /// Credit kept, withdrawn, touched.
    pub books: Books,
    /// How the policy met the credit of another, if it was asked to.
    pub matched: Option<Matched>,
    /// Who is cut, by banding and band; empty for the proportional cuts.
    pub who_is_cut: Vec<Vec<BandSums>>,
}

impl Applied {
    /// People in the book; 0 for the proportional cuts, of which it is not asked.
    pub fn people(&self) -> u64 {
        self.who_is_cut.first().map_or(0, |everybody| everybody.iter().map(|b| b.people).sum())
    }
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

impl EqualCreditCut {
    /// Whether a policy gets one: as it says itself, else as all do, but for the steps of a ladder,
    /// which would be twice as many.
    fn beside(self, policy: &Policy) -> bool {
        policy.equal_credit_cut.unwrap_or(self == Self::Beside && policy.ladder.is_none())
    }
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
    bands: &Bands,
    twins: EqualCreditCut,
) -> Result<Vec<Applied>, Vec<Fault>> {
    let response = DebtResponse::default();
    let mut faults = Vec::new();
    let mut found: Vec<Option<Applied>> = vec![None; policies.len()];
    // Whoever matches the credit of another comes after all that stand for themselves.
    let mut order: Vec<usize> = (0..policies.len()).collect();
    order.sort_by_key(|&index| policies[index].match_credit.is_some());
    for index in order {
        let policy = &policies[index];
        let worked = match policy.match_credit {
            None => NewLimits::of(policy, book, currency)
                .and_then(|limits| within_reach(limits, policy, book))
                .map(|limits| (None, limits)),
            Some(with) => {
                // A fault of the other policy has been told.
                let Some(other) = &found[with] else { continue };
                let credit = other.books.total().balance;
                let target = Target { with, id: &policies[with].id, credit };
                match_credit::solve(policy, target, book, currency, &response)
                    .map(|(matched, limits)| (Some(matched), limits))
            }
        };
        match worked {
            Ok((matched, limits)) => {
                let role = Role::Asked(index);
                let per_unit = f64::from(currency.minor_per_unit);
                let who_is_cut = touched::who_is_cut(book, &limits, &response, bands, per_unit);
                let applied = work_out(role, limits, book, columns, &response);
                found[index] = Some(Applied { matched, who_is_cut, ..applied });
            }
            // The steps of a ladder fail alike.
            Err(new) => {
                let new: Vec<Fault> = new.into_iter().filter(|f| !faults.contains(f)).collect();
                faults.extend(new);
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut applied: Vec<Applied> = found.into_iter().flatten().collect();
    let with_twin: Vec<usize> =
        (0..policies.len()).filter(|&i| twins.beside(&policies[i])).collect();
    if !with_twin.is_empty() {
        let today = Books::keep(book, columns, &NewLimits::Untouched, &response).total().balance;
        for of in with_twin {
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
    Applied {
        role,
        exposure: limits.into_exposure(book, response),
        books,
        matched: None,
        who_is_cut: Vec::new(),
    }
}
