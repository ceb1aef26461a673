//! The checks of `[[system.programme]]`: who funds the loans of a lender.

use std::collections::BTreeSet;

use super::check::Check;
use super::check_lenders::LARGEST_SIGMA;
use super::check_range::names;
use super::check_tranche::{tranches, tranches_or_none};
use super::parties::{Parties, Party};
use super::spec_system::{RawGuarantee, RawProgramme, RawWeights};
use super::values::{List, Names};
use super::{Guarantee, Programme, Weights, paths};
use crate::error::{Fault, FaultKind, Place};
use crate::units::Fraction;

/// Shares that miss 1 by less than this add up to it: 1/3 has no last decimal.
const TINY: f64 = 1e-12;

/// Checks the programmes.
pub(super) fn programmes(
    raw: List<RawProgramme>,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> Vec<Programme> {
    let mut seen = BTreeSet::new();
    let mut programmes: Vec<Programme> = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("system.programme", i);
        let id = check.id(&path, raw.id.clone(), "programme", &mut seen);
        let programme = programme(raw, id, path, parties, check);
        if let Some(other) = programmes.iter().find(|other| share_loans(other, &programme))
            && !check.is_incomplete(&programme.path)
            && !check.is_incomplete(&other.path)
        {
            let message = format!(
                "the programmes `{}` and `{}` match the same loans of `{}`",
                other.id, programme.id, programme.lender
            );
            check.conflict(&programme.path, message).hint =
                Some("tell them apart by `products` or `segments`".into());
        }
        programmes.push(programme);
    }
    programmes
}

/// Whether two programmes may match one loan.
fn share_loans(a: &Programme, b: &Programme) -> bool {
    let meet = |a: &[String], b: &[String]| {
        a.is_empty() || b.is_empty() || a.iter().any(|name| b.contains(name))
    };
    a.lender == b.lender && meet(&a.products, &b.products) && meet(&a.segments, &b.segments)
}

fn programme(
    raw: RawProgramme,
    id: String,
    path: String,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> Programme {
    let at = |key: &str| paths::key(&path, key);
    if raw.lender.is_none() {
        check.missing(&at("lender"), "the lender of the book that makes the loans");
    }
    let lender = check.text(&at("lender"), raw.lender).unwrap_or_default();
    if let Some(Party::Group(group)) = parties.find(&lender) {
        let message = format!("`{lender}` is a group of {} lenders", group.count);
        check.conflict(&at("lender"), message).hint =
            Some("name the single lender of the book that makes the loans".into());
    }
    let faults = check.faults.len();
    let own_share = check.unit(&at("own_share"), raw.own_share, Fraction::new);
    let securitised = check.unit(&at("securitised"), raw.securitised, Fraction::new);
    let shares = [own_share, securitised].map(|share| share.unwrap_or(Fraction::ZERO));
    let unknown = check.faults.len() > faults
        || check.was_removed(&at("own_share"))
        || check.was_removed(&at("securitised"));
    let given = raw.partners.is_some();
    let partners = partners(raw.partners, &lender, &at("partners"), parties, check);
    if !unknown {
        add_up(shares, given, &path, check);
    }
    let most_of_capital = check.unit(&at("most_of_capital"), raw.most_of_capital, Fraction::new);
    if most_of_capital.is_some() {
        need_capital("most_of_capital", &partners, &at("most_of_capital"), parties, check);
    }
    let of_partners = [
        ("weights", raw.weights.is_some()),
        ("most_of_capital", most_of_capital.is_some()),
        ("guarantee", raw.guarantee.is_some()),
    ];
    for (key, _) in of_partners.iter().filter(|(_, has)| *has) {
        if !given && !check.was_removed(&at("partners")) {
            check.conflict(&at(key), format!("`{key}` is for partners, and there are none"));
        }
    }
    let tranches = tranches(raw.tranche, &at("tranche"), parties, check);
    if !unknown {
        tranches_or_none(&tranches, shares[1], &path, check);
    }
    Programme {
        id,
        lender,
        products: names(raw.products, &at("products"), check).unwrap_or_default(),
        segments: names(raw.segments, &at("segments"), check).unwrap_or_default(),
        own_share: shares[0],
        securitised: shares[1],
        weights: weights(raw.weights, &partners, &at("weights"), parties, check),
        most_of_capital,
        guarantee: raw
            .guarantee
            .map(|raw| guarantee(raw, &partners, &at("guarantee"), parties, check)),
        partners,
        tranches,
        path,
    }
}

/// The shares are at most 1 together, and somebody funds the rest.
fn add_up(shares: [Fraction; 2], has_partners: bool, path: &str, check: &mut Check<'_>) {
    let at = |key: &str| paths::key(path, key);
    let [own_share, securitised] = shares.map(Fraction::get);
    let sum = own_share + securitised;
    if sum > 1.0 + TINY {
        let message = format!(
            "`own_share` {own_share} and `securitised` {securitised} add up to {}, must be at most 1",
            rounded(sum)
        );
        check.conflict(&at("securitised"), message);
    } else if sum < 1.0 - TINY && !has_partners {
        let rest = rounded(100.0 * (1.0 - sum));
        let why = format!("the lenders or groups that fund the other {rest} % of each loan");
        check.missing(&at("partners"), &why);
    } else if sum >= 1.0 - TINY && has_partners {
        let message = "nothing is left for `partners`: `own_share` and `securitised` add up to 1";
        check.conflict(&at("partners"), message).hint =
            Some("leave `partners` out, or lower `own_share`".into());
    }
}

/// Without what adding fractions leaves behind the twelfth decimal.
fn rounded(x: f64) -> f64 {
    (x * 1e12).round() / 1e12
}

fn partners(
    raw: Option<Names>,
    lender: &str,
    path: &str,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> Vec<String> {
    let Some(Names { names, listed }) = raw else { return Vec::new() };
    if names.is_empty() {
        check.value(path, "a name in quotes or a list of at least one name");
    }
    let mut partners: Vec<String> = Vec::new();
    for (i, name) in names.into_iter().enumerate() {
        let Some(name) = name else { continue };
        let at = if listed { paths::element(path, i) } else { path.to_owned() };
        if partners.contains(&name) {
            let kind = FaultKind::Duplicate { what: "partner".into(), id: name };
            check.faults.push(Fault::new(Place::Value(at), kind));
            continue;
        }
        match parties.find(&name) {
            _ if name == lender => {
                check.conflict(&at, format!("`{name}` cannot be a partner of itself")).hint =
                    Some("`own_share` is what the lender keeps".into());
            }
            Some(Party::Lender(_) | Party::Group(_)) => {}
            Some(Party::Member(group)) => {
                let message = format!("`{name}` is a member of the group `{}`", group.name);
                check.conflict(&at, message).hint =
                    Some("partners are single lenders and whole groups".into());
            }
            None => parties.unknown(&name, &at, &parties.names(), check),
        }
        partners.push(name);
    }
    partners
}

/// A fault if some partner has no capital to go by.
fn need_capital(
    what: &str,
    partners: &[String],
    path: &str,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) {
    let lacks = |name: &&String| parties.find(name).is_some_and(|party| !party.has_capital());
    if let Some(name) = partners.iter().find(lacks)
        && !parties.are_incomplete(check)
    {
        let message = format!("`{what}` needs the capital of every partner, and `{name}` has none");
        check.conflict(path, message).hint = Some(format!("give `{name}` its `capital`"));
    }
}

fn weights(
    raw: Option<RawWeights>,
    partners: &[String],
    path: &str,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> Weights {
    match raw {
        None | Some(RawWeights::Equal) => Weights::Equal,
        Some(RawWeights::Capital) => {
            need_capital("weights = \"capital\"", partners, path, parties, check);
            Weights::Capital
        }
        Some(RawWeights::Given(list)) => {
            if list.len() != partners.len() && !partners.is_empty() {
                let (own, all) = (list.len(), partners.len());
                let message = format!("`weights` has {own} numbers for {all} partners");
                check.conflict(path, message).hint =
                    Some("one per name in `partners`; a group has one for all its members".into());
            }
            let weight = |(i, x)| {
                let at = paths::element(path, i);
                check.number(&at, x, "a finite weight above 0", |x| x > 0.0).unwrap_or(1.0)
            };
            Weights::Given(list.into_iter().enumerate().map(weight).collect())
        }
        Some(RawWeights::Law(law)) => {
            let at = paths::key(path, "lognormal");
            if law.lognormal.is_none() {
                check.missing(&at, "the sigma of the weights, such as 1.0");
            }
            let required = "a sigma above 0, up to 10";
            let sigma =
                check.number(&at, law.lognormal, required, |x| x > 0.0 && x <= LARGEST_SIGMA);
            Weights::Lognormal(sigma.unwrap_or(1.0))
        }
    }
}

fn guarantee(
    raw: RawGuarantee,
    partners: &[String],
    path: &str,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> Guarantee {
    let at = |key: &str| paths::key(path, key);
    if raw.by.is_none() {
        check.missing(&at("by"), "the lender that pays the partners' losses");
    }
    let by = check.text(&at("by"), raw.by).unwrap_or_default();
    if partners.contains(&by) {
        let message = format!("`{by}` is a partner: it would pay for its own losses");
        check.conflict(&at("by"), message);
    } else {
        parties.lender(&by, &at("by"), check);
    }
    Guarantee {
        by,
        cover: check.unit(&at("cover"), raw.cover, Fraction::new).unwrap_or(Fraction::ONE),
        limit: check.unit(&at("limit"), raw.limit, Fraction::new),
    }
}
