//! Whom the tables of `[system]` may name: lenders, groups and their members.

use super::check::Check;
use super::{GroupSpec, LenderSpec, SystemSpec};
use crate::error::Place;

/// The lenders and groups that may be named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parties<'a>(pub &'a SystemSpec);

/// Whom a name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Party<'a> {
    /// A lender.
    Lender(&'a LenderSpec),
    /// All members of a group.
    Group(&'a GroupSpec),
    /// One of them.
    Member(&'a GroupSpec),
}

impl Party<'_> {
    /// Whether it can fail.
    pub fn has_capital(self) -> bool {
        match self {
            Self::Lender(lender) => lender.sheet.capital.is_some(),
            Self::Group(group) | Self::Member(group) => group.sheet.capital.is_some(),
        }
    }
}

impl<'a> Parties<'a> {
    /// Whom a name stands for, if anybody.
    pub fn find(self, name: &str) -> Option<Party<'a>> {
        let lender = self.0.lenders.iter().find(|lender| lender.name == name).map(Party::Lender);
        lender
            .or_else(|| self.0.groups.iter().find(|group| group.name == name).map(Party::Group))
            .or_else(|| self.0.groups.iter().find(|group| group.has(name)).map(Party::Member))
    }

    /// Names of lenders.
    pub fn names_of_lenders(self) -> Vec<String> {
        self.0.lenders.iter().map(|lender| lender.name.clone()).collect()
    }

    /// Names of lenders and groups.
    pub fn names(self) -> Vec<String> {
        let groups = self.0.groups.iter().map(|group| group.name.clone());
        self.names_of_lenders().into_iter().chain(groups).collect()
    }

    /// Whether some that are written could not be read.
    pub fn are_incomplete(self, check: &Check<'_>) -> bool {
        check.is_incomplete("system.lender") || check.is_incomplete("system.group")
    }

    /// The single lender that a value names; a group is a fault, as are a member and an unknown name.
    pub fn lender(self, name: &str, path: &str, check: &mut Check<'_>) -> Option<&'a LenderSpec> {
        match self.find(name) {
            Some(Party::Lender(lender)) => return Some(lender),
            Some(Party::Group(group)) => {
                let message = format!("`{name}` is a group of {} lenders", group.count);
                check.conflict(path, message).hint =
                    Some("name a single lender, a `[[system.lender]]`".into());
            }
            Some(Party::Member(group)) => {
                let message = format!("`{name}` is a member of the group `{}`", group.name);
                check.conflict(path, message).hint =
                    Some("write a `[[system.lender]]` of its own for it".into());
            }
            None => self.unknown(name, path, &self.names_of_lenders(), check),
        }
        None
    }

    /// The fault of a name that stands for nobody.
    pub fn unknown(self, name: &str, path: &str, known: &[String], check: &mut Check<'_>) {
        if !self.are_incomplete(check) && !name.is_empty() {
            check.unknown(Place::Value(path.to_owned()), "lender of the system", name, known);
        }
    }
}
