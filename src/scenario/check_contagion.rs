//! The checks of `[system.contagion]`: who owes whom, and how debts are cleared.

use std::path::Path;

use super::check::Check;
use super::check_network::{given, needs_capital};
use super::parties::Parties;
use super::spec_system::{Clearing, OutsideCreditors, RawContagion, RawNetwork, RawRecovered};
use super::{ContagionSpec, NetworkSpec, paths};
use crate::units::{Amount, Fraction};

const PATH: &str = "system.contagion";

/// Checks the table; the path of a network resolves from `base`.
pub(super) fn contagion(
    raw: RawContagion,
    base: &Path,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> ContagionSpec {
    let at = |key: &str| paths::key(PATH, key);
    if parties.0.with_capital() < 2 && !parties.are_incomplete(check) {
        check.conflict(PATH, "losses spread among lenders with `capital`, and there are not two");
    }
    let [assets_recovered, claims_recovered] =
        recovered(raw.clearing.unwrap_or_default(), raw.recovered, check);
    if raw.network.is_none() {
        check.missing(&at("network"), "who owes whom, such as \"maximum-entropy\"");
    }
    let network = match raw.network {
        None => NetworkSpec::MaximumEntropy,
        Some(RawNetwork::MaximumEntropy) => {
            totals(parties, check);
            NetworkSpec::MaximumEntropy
        }
        Some(RawNetwork::Given(raw)) => {
            no_totals(parties, check);
            given(raw, &at("network"), base, parties, check)
        }
    };
    ContagionSpec {
        network,
        assets_recovered,
        claims_recovered,
        outside_first: raw.outside_creditors == Some(OutsideCreditors::First),
        debt_rank: raw.debt_rank,
        cascade: raw.cascade.unwrap_or(false),
        path: PATH.to_owned(),
    }
}

/// What is left of outside assets and of claims.
fn recovered(
    clearing: Clearing,
    raw: Option<RawRecovered>,
    check: &mut Check<'_>,
) -> [Fraction; 2] {
    let path = paths::key(PATH, "recovered");
    let at = |key: &str| paths::key(&path, key);
    let unknown = check.was_removed(&paths::key(PATH, "clearing"));
    let Some(raw) = raw else {
        if clearing == Clearing::RogersVeraart {
            let why = "what bankruptcy leaves, such as { assets = 0.9, claims = 0.9 }";
            check.missing(&path, why);
        }
        return [Fraction::ONE; 2];
    };
    if clearing == Clearing::EisenbergNoe && !unknown {
        let message = "nothing is lost in bankruptcy under `eisenberg-noe`";
        check.conflict(&path, message).hint =
            Some("write clearing = \"rogers-veraart\", or leave `recovered` out".into());
    }
    [("assets", raw.assets), ("claims", raw.claims)].map(|(key, share)| {
        if share.is_none() {
            check.missing(&at(key), "the share of their worth that is left, such as 0.9");
        }
        check.unit(&at(key), share, Fraction::new).unwrap_or(Fraction::ONE)
    })
}

/// Interbank totals by path and name, with whether who has them can fail and is a single lender.
struct Totals<'a> {
    name: &'a str,
    path: &'a str,
    assets: Amount,
    liabilities: Amount,
    has_capital: bool,
    single: bool,
}

fn interbank(parties: Parties<'_>) -> Vec<Totals<'_>> {
    let single = parties.0.lenders.iter().map(|lender| Totals {
        name: &lender.name,
        path: &lender.path,
        assets: lender.sheet.interbank_assets,
        liabilities: lender.sheet.interbank_liabilities,
        has_capital: lender.sheet.capital.is_some(),
        single: true,
    });
    let groups = parties.0.groups.iter().map(|group| Totals {
        name: &group.name,
        path: &group.path,
        assets: group.sheet.interbank_assets,
        liabilities: group.sheet.interbank_liabilities,
        has_capital: group.sheet.capital.is_some(),
        single: group.count == 1,
    });
    let some = |own: &Totals<'_>| own.assets.0 > 0 || own.liabilities.0 > 0;
    single.chain(groups).filter(some).collect()
}

impl Totals<'_> {
    /// Path of a total that is not 0.
    fn place(&self) -> String {
        let key = if self.assets.0 > 0 { "interbank_assets" } else { "interbank_liabilities" };
        paths::key(self.path, key)
    }
}

/// Totals that a network can be filled in from.
fn totals(parties: Parties<'_>, check: &mut Check<'_>) {
    if parties.are_incomplete(check) {
        return;
    }
    let at = paths::key(PATH, "network");
    let all = interbank(parties);
    if all.is_empty() {
        let message = "a network by `maximum-entropy` needs totals, and no lender has any";
        check.conflict(&at, message).hint =
            Some("give lenders `interbank_assets` and `interbank_liabilities`".into());
        return;
    }
    for own in all.iter().filter(|own| !own.has_capital) {
        needs_capital(own.name, &own.place(), check);
    }
    let sum = |of: fn(&Totals<'_>) -> Amount| all.iter().map(|own| i128::from(of(own).0)).sum();
    let (assets, liabilities): (i128, i128) = (sum(|own| own.assets), sum(|own| own.liabilities));
    let per_unit = check.currency.per_unit();
    let units = |sum: i128| sum as f64 / per_unit;
    // Each total is rounded to the smallest unit on its own.
    if (assets - liabilities).unsigned_abs() > all.len() as u128 {
        let message = format!(
            "all `interbank_assets` add up to {} and all `interbank_liabilities` to {}: each debt is \
             a claim of another lender, so that they are equal",
            units(assets),
            units(liabilities)
        );
        check.conflict(&at, message);
        return;
    }
    // Otherwise a table with a zero diagonal has these totals.
    let most = assets.min(liabilities) + all.len() as i128;
    for own in all.iter().filter(|own| own.single) {
        let both = i128::from(own.assets.0) + i128::from(own.liabilities.0);
        if both > most {
            let message = format!(
                "claims and debts of `{}` add up to {}, more than the {} of all lenders: it would owe \
                 itself",
                own.name,
                units(both),
                units(assets)
            );
            check.conflict(&own.place(), message);
        }
    }
}

/// A fault for totals that a given network leaves unused.
fn no_totals(parties: Parties<'_>, check: &mut Check<'_>) {
    if let Some(own) = interbank(parties).first() {
        let message = format!("the debts are given: totals of `{}` have no use", own.name);
        check.conflict(&own.place(), message).hint =
            Some("leave totals out, or write network = \"maximum-entropy\"".into());
    }
}
