//! Limit policies: rules become new limits, new limits become debt, debt becomes exposure.

pub mod attribution;
pub mod bands;
pub mod books;
pub mod ceilings;
pub mod conduct;
mod debts;
pub mod effect;
pub mod equal_credit;
pub mod exposure;
pub mod filter;
pub mod leakage;
pub mod limits;
pub mod match_credit;
mod pour;
pub mod reaction;
pub mod response;
pub mod second_round;
pub mod solve;
pub mod touched;
pub mod worst;

use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::{Columns, Portfolio};
use crate::scenario::{Policy, When};
use crate::units::Currency;
use match_credit::Target;

pub use bands::Bands;
pub use books::{Books, CreditSums};
pub use conduct::{Conduct, Switches};
pub use effect::Effect;
pub use exposure::{Exposure, NewLimits};
pub use match_credit::{Matched, Solved};
pub use reaction::{Person, Reaction};
pub use response::{DebtResponse, Parts};
pub use touched::BandSums;
pub use worst::Worst;

/// A policy worked out on a book.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Whose it is.
    pub role: Role,
    /// What its borrowers lose in default, and how likely they default.
    pub effect: Effect,
    /// Credit kept, withdrawn, touched.
    pub books: Books,
    /// How the policy met the credit of another, if it was asked to.
    pub matched: Option<Matched>,
    /// Who is cut, by banding and band; empty for the proportional cuts.
    pub who_is_cut: Vec<Vec<BandSums>>,
    /// The scenario's policy with the number that was solved for; `None` for the proportional cuts.
    pub solved: Option<Policy>,
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

/// What policies are worked out on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The book.
    pub book: &'a Portfolio,
    /// Its parts.
    pub columns: &'a Columns,
    /// The currency of all amounts.
    pub currency: &'a Currency,
    /// How borrowers answer.
    pub conduct: &'a Conduct<'a>,
    /// By which those who are cut are told apart.
    pub bands: &'a Bands,
}

/// Works all policies out on a book: the scenario's in order, then the proportional cuts.
pub fn apply(
    policies: &[Policy],
    ground: Ground<'_>,
    twins: EqualCreditCut,
) -> Result<Vec<Applied>, Vec<Fault>> {
    let Ground { book, currency, .. } = ground;
    let mut faults = Vec::new();
    let mut found: Vec<Option<Applied>> = vec![None; policies.len()];
    // Whoever matches the credit of another comes after all that stand for themselves.
    let mut order: Vec<usize> = (0..policies.len()).collect();
    order.sort_by_key(|&index| policies[index].match_credit.is_some());
    for index in order {
        let policy = &policies[index];
        let worked = match policy.match_credit {
            None => {
                limits_before(policy, book, currency).map(|limits| (None, policy.clone(), limits))
            }
            Some(with) => {
                // A fault of the other policy has been told.
                let Some(other) = &found[with] else { continue };
                let credit = other.books.total().balance;
                let target = Target { with, id: &policies[with].id, credit };
                let credit = |policy: &Policy, limits: &NewLimits| ground.credit(policy, limits);
                match_credit::solve(policy, target, book, currency, credit)
                    .map(|(matched, solved, limits)| (Some(matched), solved, limits))
            }
        };
        let applied = worked.and_then(|(matched, solved, limits)| {
            let reaction = ground.reaction(&solved, &limits)?;
            let per_unit = f64::from(currency.minor_per_unit);
            let who_is_cut = touched::who_is_cut(&reaction, ground.bands, per_unit);
            let own = work_out(Role::Asked(index), &reaction, ground.columns);
            Ok(Applied { matched, who_is_cut, solved: Some(solved.clone()), ..own })
        });
        match applied {
            Ok(applied) => found[index] = Some(applied),
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
        let today = ground.credit(&Policy::default(), &NewLimits::Untouched);
        for of in with_twin {
            let kept = applied[of].books.total();
            if kept.withdrawn == 0 || kept.balance >= today {
                continue;
            }
            let scaled = |share: f64| (Policy::scaled(share), NewLimits::Scale(share));
            let cut = equal_credit::proportional_cut(kept.balance, |share| {
                let (policy, limits) = scaled(share);
                ground.credit(&policy, &limits)
            });
            let role = Role::EqualCredit { of, scale: cut.scale, residual: cut.residual };
            let (policy, limits) = scaled(cut.scale);
            let reaction = ground.reaction(&policy, &limits)?;
            applied.push(work_out(role, &reaction, ground.columns));
        }
    }
    Ok(applied)
}

/// What one policy does to losses, for those who need nothing else of it.
pub fn effect_of(policies: &[Policy], at: usize, ground: Ground<'_>) -> Result<Effect, Vec<Fault>> {
    let policy = &policies[at];
    let Ground { book, currency, .. } = ground;
    let limits = |policy: &Policy| limits_before(policy, book, currency);
    let Some(with) = policy.match_credit else {
        return Ok(Effect::of(&ground.reaction(policy, &limits(policy)?)?));
    };
    let other = &policies[with];
    let credit = ground.credit(other, &limits(other)?);
    let target = Target { with, id: &other.id, credit };
    let (_, solved, limits) =
        match_credit::solve(policy, target, book, currency, |p, limits| ground.credit(p, limits))?;
    Ok(Effect::of(&ground.reaction(&solved, &limits)?))
}

impl Ground<'_> {
    /// Credit left under a policy with these limits.
    fn credit(&self, policy: &Policy, limits: &NewLimits) -> i64 {
        // Filters that the book does not fit have been refused with the limits.
        self.reaction(policy, limits).map_or(0, |reaction| solve::credit(&reaction))
    }

    /// A policy with these limits and the answer of the borrowers.
    pub fn reaction<'r>(
        &'r self,
        policy: &'r Policy,
        limits: &'r NewLimits,
    ) -> Result<Reaction<'r>, Vec<Fault>> {
        Reaction::new(self.book, policy, limits, self.conduct, self.currency)
    }
}

/// Limits before any loss: those of today for a policy that comes during the shock.
fn limits_before(
    policy: &Policy,
    book: &Portfolio,
    currency: &Currency,
) -> Result<NewLimits, Vec<Fault>> {
    let limits = NewLimits::of(policy, book, currency)
        .and_then(|limits| within_reach(limits, policy, book))?;
    Ok(if policy.when == When::During { NewLimits::Untouched } else { limits })
}

/// A policy worked out as it stands before the shock, and the limits that it brings with it.
pub fn limits_of(
    applied: &Applied,
    book: &Portfolio,
    currency: &Currency,
) -> Result<(Policy, NewLimits, Option<NewLimits>), Vec<Fault>> {
    match (applied.role, &applied.solved) {
        (Role::EqualCredit { scale, .. }, _) => {
            Ok((Policy::scaled(scale), NewLimits::Scale(scale), None))
        }
        (Role::Asked(_), solved) => {
            let policy = solved.clone().unwrap_or_default();
            let before = limits_before(&policy, book, currency)?;
            let during = (policy.when == When::During)
                .then(|| NewLimits::of(&policy, book, currency))
                .transpose()?;
            Ok((policy, before, during))
        }
    }
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

fn work_out(role: Role, reaction: &Reaction<'_>, columns: &Columns) -> Applied {
    Applied {
        role,
        effect: Effect::of(reaction),
        books: Books::keep(reaction, columns),
        matched: None,
        who_is_cut: Vec::new(),
        solved: None,
    }
}
