//! The lenders of a system: those of the book, and those that only fund, hold, guarantee or lend to
//! other lenders.
//!
//! Assets outside the book lose what a large pool loses given the factor Z (Vasicek 1987),
//!
//! 1. LGD Phi((G(PD) - l Z) / sqrt(1 - l^2)) of their amount.
//!
//! Member j = 0, 1, ... of a group of n has the size
//!
//! 2. exp(sigma G((n - j - 1/2) / n)),
//!
//! the middles of n equal parts of a lognormal law, the largest first; everything of the group is divided
//! in proportion.

use std::ops::Range;

use crate::model::conditional_argument;
use crate::scenario::{BalanceSheet, OtherAssets, SystemSpec};
use crate::special::normal;
use crate::units::Amount;

/// The lenders of a system. Amounts in smallest units.
#[derive(Debug, Clone, PartialEq)]
pub struct Roster {
    /// Those of the book in the order of their codes, then the others as the scenario names them.
    pub lenders: Vec<Lender>,
    /// Groups, with the numbers of their members.
    pub groups: Vec<Group>,
    /// Kinds of assets outside the book.
    pub classes: Vec<AssetClass>,
}

/// A lender.
#[derive(Debug, Clone, PartialEq)]
pub struct Lender {
    /// Name.
    pub name: String,
    /// Number of its group.
    pub group: Option<usize>,
    /// Own funds; `None`: it never fails.
    pub capital: Option<f64>,
    /// Risk weight of its part of the book.
    pub risk_weight: f64,
    /// What it owns outside the book.
    pub other: Option<Holding>,
    /// Claims on other lenders, where a network is filled in from totals.
    pub interbank_assets: f64,
    /// Debts to other lenders, likewise.
    pub interbank_liabilities: f64,
}

/// Assets of a lender outside the book.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holding {
    /// Book value.
    pub amount: f64,
    /// Risk weight.
    pub risk_weight: f64,
    /// Number of their class.
    pub class: usize,
}

/// Lenders of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Numbers of its members.
    pub members: Range<usize>,
}

/// Assets that lose alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AssetClass {
    /// Loss given default.
    pub lgd: f64,
    /// G(PD).
    pub threshold: f64,
    /// Loading on the factor.
    pub loading: f64,
    /// Number of the factor.
    pub factor: usize,
}

impl AssetClass {
    /// Equation 1 as a share of the amount.
    pub fn loss(&self, factors: &[f64]) -> f64 {
        let z = factors[self.factor];
        self.lgd * normal::cdf(conditional_argument(self.threshold, self.loading, z))
    }
}

/// Equation 2 for all members, as shares of their sum.
pub fn sizes(members: usize, sigma: f64) -> Vec<f64> {
    let n = members as f64;
    let size = |j: usize| libm::exp(sigma * normal::quantile((n - j as f64 - 0.5) / n));
    let all: Vec<f64> = (0..members).map(size).collect();
    let sum: f64 = all.iter().sum();
    all.iter().map(|size| size / sum).collect()
}

impl Roster {
    /// Lines the lenders of a book and of the scenario up.
    pub fn new(spec: &SystemSpec, book_lenders: &[String]) -> Self {
        let mut roster = Self { lenders: Vec::new(), groups: Vec::new(), classes: Vec::new() };
        let unstated = BalanceSheet::default();
        for name in book_lenders {
            let lender = roster.lender(name.clone(), None, (&unstated, 1.0), spec);
            roster.lenders.push(lender);
        }
        for own in &spec.lenders {
            let lender = roster.lender(own.name.clone(), None, (&own.sheet, 1.0), spec);
            match roster.find(&own.name) {
                Some(at) => roster.lenders[at] = lender,
                None => roster.lenders.push(lender),
            }
        }
        for (number, group) in spec.groups.iter().enumerate() {
            let first = roster.lenders.len();
            let names = (0..group.count).map(|j| group.member(j));
            for (name, share) in names.zip(sizes(group.count as usize, group.spread)) {
                let lender = roster.lender(name, Some(number), (&group.sheet, share), spec);
                roster.lenders.push(lender);
            }
            let members = first..roster.lenders.len();
            roster.groups.push(Group { name: group.name.clone(), members });
        }
        roster
    }

    /// A lender with a share of a balance sheet.
    fn lender(
        &mut self,
        name: String,
        group: Option<usize>,
        (sheet, share): (&BalanceSheet, f64),
        spec: &SystemSpec,
    ) -> Lender {
        let part = |amount: Amount| share * amount.0 as f64;
        let other = sheet.other_assets.map(|other| self.holding(&other));
        Lender {
            name,
            group,
            capital: sheet.capital.map(part),
            risk_weight: sheet.risk_weight.unwrap_or(spec.risk_weight),
            other: other.map(|whole| Holding { amount: share * whole.amount, ..whole }),
            interbank_assets: part(sheet.interbank_assets),
            interbank_liabilities: part(sheet.interbank_liabilities),
        }
    }

    fn holding(&mut self, other: &OtherAssets) -> Holding {
        let class = AssetClass {
            lgd: other.lgd.get(),
            threshold: normal::quantile(other.pd.get()),
            loading: other.loading,
            factor: other.factor,
        };
        let known = self.classes.iter().position(|known| *known == class);
        let class = known.unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        });
        Holding { amount: other.amount.0 as f64, risk_weight: other.risk_weight, class }
    }

    /// Number of a lender.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.lenders.iter().position(|lender| lender.name == name)
    }

    /// Numbers of a lender, or of the members of a group.
    pub fn resolve(&self, name: &str) -> Range<usize> {
        if let Some(group) = self.groups.iter().find(|group| group.name == name) {
            return group.members.clone();
        }
        self.find(name).map_or(0..0, |at| at..at + 1)
    }

    /// Lenders that can fail.
    pub fn with_capital(&self) -> impl Iterator<Item = usize> {
        self.lenders.iter().enumerate().filter(|(_, l)| l.capital.is_some()).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_fall_and_add_up() {
        let equal = sizes(4, 0.0);
        assert_eq!(equal, [0.25; 4]);
        let unequal = sizes(5, 1.0);
        assert!(unequal.is_sorted_by(|a, b| a > b));
        assert!((unequal.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        // The middle one is the median, exp(0), the ratio of the others that of the law's quantiles.
        let ratio = unequal[0] / unequal[2];
        assert!((ratio - libm::exp(normal::quantile(0.9))).abs() < 1e-12, "{ratio}");
    }

    #[test]
    fn other_assets_lose_their_expected_loss_on_average() {
        let class =
            AssetClass { lgd: 0.45, threshold: normal::quantile(0.02), loading: 0.4, factor: 1 };
        // Midpoints of a fine grid of probabilities stand for the law of the factor.
        let n = 20_000;
        let mean = (0..n)
            .map(|i| class.loss(&[9.0, normal::quantile((f64::from(i) + 0.5) / f64::from(n))]))
            .sum::<f64>()
            / f64::from(n);
        assert!((mean - 0.009).abs() < 1e-6, "{mean}");
        // Good years cost less.
        assert!(class.loss(&[0.0, 1.0]) < class.loss(&[0.0, -1.0]));
    }
}
