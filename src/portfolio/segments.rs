//! Which segment each borrower belongs to: by rule, else as the tape says, else the default.

use std::collections::BTreeMap;

use super::composite;
use super::draft::Draft;
use super::gather::GatherNames;
use super::matching::{Attributes, Matching, matches};
use super::{Labels, Numbers};
use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};
use crate::scenario::{Field, PortfolioSpec, SegmentRule};
use crate::units::Currency;

/// Name of the only segment of a book without segments.
pub const ONLY_SEGMENT: &str = "all";

/// Places every borrower.
///
/// Rules come first and the first match wins; limit and balance are the sums over the borrower's
/// accounts, and a condition on lender or product holds if it holds for any of the accounts.
pub(super) fn assign(
    draft: &mut Draft,
    spec: &PortfolioSpec,
    currency: &Currency,
) -> Result<(), Vec<Fault>> {
    let tape = std::mem::take(&mut draft.borrowers.segment);
    let mut faults: Vec<Fault> =
        spec.segments.iter().flat_map(|rule| unknown_names(rule, draft, &tape)).collect();
    faults.truncate(MAX_FAULTS);
    if !faults.is_empty() {
        return Err(faults);
    }
    let fallback = match &spec.defaults.segment {
        Some(name) => Some(name.as_str()),
        None if spec.segments.is_empty() && tape.names == [""] => Some(ONLY_SEGMENT),
        None => None,
    };
    let mut unplaced = 0_u64;
    let mut missing: BTreeMap<(usize, Field), u64> = BTreeMap::new();
    let mut names = GatherNames::default();
    for b in 0..tape.codes.len() {
        let named = &tape.names[tape.codes.get(b)];
        let named = Some(named.as_str()).filter(|name| !name.is_empty());
        let mut ruled = None;
        for (r, rule) in spec.segments.iter().enumerate() {
            match judge(rule, draft, b, named, currency) {
                Matching::Matches => ruled = Some(rule.id.as_str()),
                Matching::Fails => continue,
                Matching::Missing(field) => {
                    *missing.entry((r, field)).or_default() += 1;
                    ruled = Some("");
                }
            }
            break;
        }
        let name = ruled.or(named).or(fallback);
        unplaced += u64::from(name.is_none());
        names.push(name.unwrap_or_default());
    }
    for ((r, field), entries) in missing {
        let rule = &spec.segments[r];
        let message = format!(
            "segment `{}` asks for the {} of borrowers, and {entries} of {} lack it",
            rule.id,
            field.key(),
            tape.codes.len()
        );
        let fault = Fault::new(Place::Value(rule.path.clone()), FaultKind::Conflict { message });
        faults.push(fault.with_hint("place them by an earlier segment, or leave the range out"));
    }
    if unplaced > 0 {
        faults.push(nowhere(spec, unplaced, tape.codes.len()));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    draft.borrowers.segment = names.finish();
    composite::name_by_parts(draft, &spec.segment_by)
}

fn nowhere(spec: &PortfolioSpec, unplaced: u64, entries: usize) -> Fault {
    let (place, by) = if spec.segments.is_empty() {
        (spec.source.place(), "have an empty segment cell")
    } else {
        (Place::Key("portfolio.segment".into()), "match no segment rule")
    };
    let message = format!("{unplaced} of {entries} borrowers {by} and have no default segment");
    Fault::new(place, FaultKind::Conflict { message })
        .with_hint("give `segment` under [portfolio.defaults] for the rest")
}

fn judge(
    rule: &SegmentRule,
    draft: &Draft,
    b: usize,
    segment: Option<&str>,
    currency: &Currency,
) -> Matching {
    let units = |minor: i128| minor as f64 / currency.per_unit();
    let number = |column: &Option<Numbers>| column.as_ref().and_then(|c| c.known(b));
    let accounts = &draft.accounts;
    let mut borrower = Attributes {
        segment,
        score: number(&draft.borrowers.score),
        income: number(&draft.borrowers.income),
        age: number(&draft.borrowers.age),
        limit: Some(units(draft.sum(&accounts.limit, b))),
        balance: Some(units(draft.sum(&accounts.balance, b))),
        ..Attributes::default()
    };
    let mut best = Matching::Fails;
    for a in draft.accounts_of(b) {
        borrower.lender = Some(&accounts.lender.names[accounts.lender.codes.get(a)]);
        borrower.product = accounts.product.as_ref().map(|p| p.names[p.codes.get(a)].as_str());
        match matches(&rule.filter, &borrower) {
            Matching::Matches => return Matching::Matches,
            Matching::Fails => {}
            missing @ Matching::Missing(_) => best = missing,
        }
    }
    best
}

/// Names in a rule that the tape does not know.
fn unknown_names(rule: &SegmentRule, draft: &Draft, tape: &Labels) -> Vec<Fault> {
    let product = draft.accounts.product.as_ref();
    let columns = [
        (Field::Segment, &rule.filter.segments, Some(tape)),
        (Field::Lender, &rule.filter.lenders, Some(&draft.accounts.lender)),
        (Field::Product, &rule.filter.products, product),
    ];
    let mut faults = Vec::new();
    for (field, wanted, labels) in columns {
        let known: Vec<String> = labels
            .map(|l| l.names.iter().filter(|name| !name.is_empty()).cloned().collect())
            .unwrap_or_default();
        for name in wanted.iter().flatten().filter(|name| !known.contains(name)) {
            let hint = if known.is_empty() {
                format!("the tape has no {}", field.key())
            } else {
                let some: Vec<String> = known.iter().take(20).map(|n| format!("`{n}`")).collect();
                format!("the tape has {}", some.join(", "))
            };
            let kind = FaultKind::UnknownName {
                what: field.key().into(),
                found: name.clone(),
                known: known.clone(),
            };
            let place = Place::Value(format!("{}.where.{}", rule.path, field.key()));
            faults.push(Fault::new(place, kind).with_hint(hint));
        }
    }
    faults
}
