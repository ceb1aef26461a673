//! The checks of `network` where it is given: a file, or a table of debts.

use std::path::Path;

use super::check::Check;
use super::parties::{Parties, Party};
use super::spec_system::RawGivenNetwork;
use super::values::Money;
use super::{NetworkSpec, paths};
use crate::error::{Fault, FaultKind, Place};
use crate::units::Amount;

/// A network in a file, or as a table.
pub(super) fn given(
    raw: RawGivenNetwork,
    path: &str,
    base: &Path,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> NetworkSpec {
    let at = |key: &str| paths::key(path, key);
    if let Some(file) = raw.file {
        for (key, has) in [("lenders", raw.lenders.is_some()), ("owes", raw.owes.is_some())] {
            if has {
                let message =
                    format!("the debts stand in a `file`; `{key}` has no place beside it");
                check.conflict(&at(key), message).hint = Some("leave one of the two out".into());
            }
        }
        return NetworkSpec::File(
            base.join(check.text(&at("file"), Some(file)).unwrap_or_default()),
        );
    }
    if !check.was_removed(&at("file")) {
        if raw.lenders.is_none() {
            check.missing(&at("lenders"), "the lenders of the rows and columns of `owes`");
        }
        if raw.owes.is_none() {
            check.missing(&at("owes"), "a row for each of `lenders`: what it owes each of them");
        }
    }
    let whole = raw.lenders.is_some() && !check.is_incomplete(&at("lenders"));
    let lenders = members(raw.lenders.unwrap_or_default(), &at("lenders"), parties, check);
    let rows = raw.owes.map(|rows| rows.into_iter().map(Option::unwrap_or_default).collect());
    let owes = match rows {
        Some(rows) => owes(rows, whole.then_some(&lenders), &at("owes"), check),
        None => Vec::new(),
    };
    NetworkSpec::Matrix { lenders, owes }
}

/// The lenders of a network: single ones, or members of groups.
fn members(
    raw: Vec<Option<String>>,
    path: &str,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> Vec<String> {
    let mut lenders: Vec<String> = Vec::new();
    for (i, name) in raw.into_iter().enumerate() {
        let Some(name) = name else { continue };
        let at = paths::element(path, i);
        match parties.find(&name) {
            None => parties.unknown(&name, &at, &parties.names_of_lenders(), check),
            Some(Party::Group(group)) => {
                let message = format!("`{name}` is a group of {} lenders", group.count);
                check.conflict(&at, message).hint =
                    Some(format!("name its members one by one, such as `{}`", group.member(0)));
            }
            Some(party) if !party.has_capital() && !parties.are_incomplete(check) => {
                needs_capital(&name, &at, check);
            }
            Some(_) => {}
        }
        if lenders.contains(&name) {
            let kind = FaultKind::Duplicate { what: "lender".into(), id: name.clone() };
            check.faults.push(Fault::new(Place::Value(at), kind));
        }
        lenders.push(name);
    }
    lenders
}

/// The table of debts: one row and one column for each lender, nothing on the diagonal.
fn owes(
    rows: Vec<Vec<Option<Money>>>,
    lenders: Option<&Vec<String>>,
    path: &str,
    check: &mut Check<'_>,
) -> Vec<Vec<Amount>> {
    let n = lenders.map(Vec::len);
    if let Some(n) = n.filter(|&n| rows.len() != n) {
        check.conflict(path, format!("`owes` has {} rows for {n} lenders", rows.len()));
    }
    let name = |i: usize| lenders.and_then(|names| names.get(i)).map_or("it", String::as_str);
    let mut owes = Vec::new();
    for (i, row) in rows.into_iter().enumerate() {
        let at = paths::element(path, i);
        if let Some(n) = n.filter(|&n| row.len() != n) {
            let message = format!("row {i} of `owes` has {} amounts for {n} lenders", row.len());
            check.conflict(&at, message);
        }
        let mut debts = Vec::new();
        for (j, debt) in row.into_iter().enumerate() {
            let at = paths::element(&at, j);
            let amount = check.amount(&at, debt);
            if debt.is_some_and(|debt| debt.0 < 0.0)
                && let Some(fault) = check.faults.last_mut()
            {
                let (debtor, creditor) = (name(i), name(j));
                fault.hint = Some(format!(
                    "what `{creditor}` owes `{debtor}` stands in row {j}, column {i}, counted from 0"
                ));
            }
            let amount = amount.unwrap_or_default();
            if i == j && amount.0 > 0 {
                check.value(&at, &format!("0: `{}` owes itself nothing", name(i)));
            }
            debts.push(amount);
        }
        owes.push(debts);
    }
    owes
}

/// The fault of a lender of the network that cannot fail.
pub(super) fn needs_capital(name: &str, path: &str, check: &mut Check<'_>) {
    let message = format!("`{name}` has no `capital`: it never fails on its debts");
    check.conflict(path, message).hint = Some(format!("give `{name}` its `capital`"));
}
