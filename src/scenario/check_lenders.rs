//! The checks of `[[system.lender]]` and `[[system.group]]`: balance sheets.

use super::check::Check;
use super::check_portfolio::per_horizon;
use super::spec_system::{RawGroup, RawLender, RawOtherAssets};
use super::values::{List, Money, Number, Whole};
use super::{
    BalanceSheet, Dependence, GroupSpec, LenderSpec, ModelSpec, OtherAssets, SystemSpec, paths,
};
use crate::error::{Fault, FaultKind, Place};
use crate::units::{Amount, Fraction, Loading, Probability};

/// LGD of other assets unless given: that of senior claims on companies under Basel.
pub const DEFAULT_OTHER_LGD: f64 = 0.45;
/// Loading of other assets unless given.
pub const DEFAULT_OTHER_LOADING: f64 = 0.2;
/// Most members of a group.
const MOST_MEMBERS: i64 = 1_000;
/// Sizes e^10 times another are no spread of lenders of one kind.
pub(super) const LARGEST_SIGMA: f64 = 10.0;

/// The sheet of a table: those of lenders and of groups are written with the same keys.
macro_rules! written {
    ($raw:expr) => {
        Written {
            capital: $raw.capital,
            risk_weight: $raw.risk_weight,
            other_assets: $raw.other_assets,
            interbank_assets: $raw.interbank_assets,
            interbank_liabilities: $raw.interbank_liabilities,
        }
    };
}

/// Checks `[[system.lender]]`.
pub(super) fn lenders(
    raw: List<RawLender>,
    model: &ModelSpec,
    check: &mut Check<'_>,
) -> Vec<LenderSpec> {
    let mut lenders = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("system.lender", i);
        lenders.push(LenderSpec {
            name: name(raw.name, &path, "the name of the lender", check),
            sheet: sheet(written!(raw), &path, model, check),
            path,
        });
    }
    lenders
}

/// Checks `[[system.group]]`.
pub(super) fn groups(
    raw: List<RawGroup>,
    model: &ModelSpec,
    check: &mut Check<'_>,
) -> Vec<GroupSpec> {
    let mut groups = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("system.group", i);
        let at = |key: &str| paths::key(&path, key);
        let spread = check.number(&at("spread"), raw.spread, "a sigma in 0..=10", |x| {
            (0.0..=LARGEST_SIGMA).contains(&x)
        });
        groups.push(GroupSpec {
            name: name(raw.name, &path, "the name of the group", check),
            count: count(raw.count, &at("count"), check),
            spread: spread.unwrap_or(0.0),
            sheet: sheet(written!(raw), &path, model, check),
            path,
        });
    }
    groups
}

struct Written {
    capital: Option<Money>,
    risk_weight: Option<Number>,
    other_assets: Option<RawOtherAssets>,
    interbank_assets: Option<Money>,
    interbank_liabilities: Option<Money>,
}

fn sheet(raw: Written, path: &str, model: &ModelSpec, check: &mut Check<'_>) -> BalanceSheet {
    let at = |key: &str| paths::key(path, key);
    BalanceSheet {
        capital: capital(raw.capital, path, check),
        risk_weight: risk_weight(raw.risk_weight, path, check),
        other_assets: raw
            .other_assets
            .map(|raw| other_assets(raw, &at("other_assets"), model, check)),
        interbank_assets: total(&at("interbank_assets"), raw.interbank_assets, check),
        interbank_liabilities: total(
            &at("interbank_liabilities"),
            raw.interbank_liabilities,
            check,
        ),
    }
}

/// The risk weight in the table at `path`, if it was given.
pub(super) fn risk_weight(raw: Option<Number>, path: &str, check: &mut Check<'_>) -> Option<f64> {
    let at = paths::key(path, "risk_weight");
    check.number(&at, raw, "a finite risk weight >= 0, such as 0.75", |x| x >= 0.0)
}

/// The name in the table at `path`; empty if there is none.
pub(super) fn name(raw: Option<String>, path: &str, why: &str, check: &mut Check<'_>) -> String {
    let at = paths::key(path, "name");
    if raw.is_none() {
        check.missing(&at, why);
    }
    check.text(&at, raw).unwrap_or_default()
}

fn count(raw: Option<Whole>, path: &str, check: &mut Check<'_>) -> u32 {
    match raw {
        Some(Whole(count)) if (1..=MOST_MEMBERS).contains(&count) => count as u32,
        Some(_) => {
            check.value(path, &format!("a whole number in 1..={MOST_MEMBERS}"));
            1
        }
        None => {
            check.missing(path, "how many lenders the group stands for");
            1
        }
    }
}

fn capital(raw: Option<Money>, path: &str, check: &mut Check<'_>) -> Option<Amount> {
    let faults = check.faults.len();
    let capital = check.positive_amount(&paths::key(path, "capital"), raw);
    if check.faults.len() > faults
        && let Some(fault) = check.faults.last_mut()
    {
        fault.hint = Some("without `capital` it bears what comes and never fails".into());
    }
    // Others may need capital, and should not miss it because it is wrong.
    capital.or(raw.map(|_| Amount(1)))
}

fn total(path: &str, raw: Option<Money>, check: &mut Check<'_>) -> Amount {
    check.amount(path, raw).unwrap_or_default()
}

fn other_assets(
    raw: RawOtherAssets,
    path: &str,
    model: &ModelSpec,
    check: &mut Check<'_>,
) -> OtherAssets {
    let at = |key: &str| paths::key(path, key);
    if raw.amount.is_none() {
        check.missing(&at("amount"), "the book value of the other assets");
    }
    if raw.pd.is_none() {
        check.missing(&at("pd"), "the probability of default of the other assets, such as 0.01");
    }
    let named = raw.factor.map(|name| {
        let found = model.factors.iter().position(|id| *id == name);
        if found.is_none() && !check.is_incomplete("model.factor") {
            check.unknown(Place::Value(at("factor")), "factor", &name, &model.factors);
        }
        found.unwrap_or(0)
    });
    let of_book = match model.default {
        Dependence::OneFactor { factor, .. } => factor,
        _ => 0,
    };
    let factor = named.unwrap_or(of_book);
    if model.per.get(factor).copied().flatten().is_some() {
        let id = &model.factors[factor];
        let message = format!(
            "other assets hang on one factor, and `{id}` is one for each value of a column"
        );
        check.conflict(&at("factor"), message).hint =
            Some("name a factor without `per`, such as one for the whole economy".into());
    }
    let lgd = check.unit(&at("lgd"), raw.lgd, Fraction::new);
    OtherAssets {
        amount: check.amount(&at("amount"), raw.amount).unwrap_or_default(),
        risk_weight: risk_weight(raw.risk_weight, path, check).unwrap_or(1.0),
        pd: per_horizon(&at("pd"), raw.pd, Probability::new, check)
            .unwrap_or_else(|| Probability::new(0.0).expect("0 lies in the range")),
        lgd: lgd.unwrap_or_else(|| {
            Fraction::new(DEFAULT_OTHER_LGD).expect("the default lies in the range")
        }),
        loading: check
            .unit(&at("loading"), raw.loading, Loading::new)
            .map_or(DEFAULT_OTHER_LOADING, Loading::get),
        factor,
    }
}

/// Names are unique, those of members too.
pub(super) fn unique(system: &SystemSpec, check: &mut Check<'_>) {
    let single = system.lenders.iter().map(|lender| (&lender.name, &lender.path));
    let groups = system.groups.iter().map(|group| (&group.name, &group.path));
    let mut seen: Vec<&str> = Vec::new();
    for (name, path) in single.chain(groups).filter(|(name, _)| !name.is_empty()) {
        let at = paths::key(path, "name");
        if seen.contains(&name.as_str()) {
            let kind = FaultKind::Duplicate { what: "name of a lender".into(), id: name.clone() };
            check
                .faults
                .push(Fault::new(Place::Value(at), kind).with_hint("rename one of the two"));
            continue;
        }
        seen.push(name);
        if let Some(group) = system.groups.iter().find(|group| group.has(name)) {
            let (group, count) = (&group.name, group.count);
            let message =
                format!("`{name}` is also a member of the group `{group}` of {count} lenders");
            check.conflict(&at, message).hint = Some("rename one of the two".into());
        }
    }
}
