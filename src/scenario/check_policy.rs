//! The checks of `[[policy]]` and its rules.

use std::collections::BTreeSet;

use super::check::Check;
use super::check_ladder;
use super::check_match;
use super::check_range::{self, overlap, show};
use super::paths;
use super::spec_ladder::RawCap;
use super::spec_policy::{RawPolicy, RawRule, RawScoreCap};
use super::spec_portfolio::RawRange;
use super::values::List;
use super::{Filter, LimitBound, Per, Policy, Raise, Rule, ScoreCap};
use crate::units::Amount;

/// The keys of which a rule has exactly one.
const BOUNDS: [&str; 5] = ["cap", "scale", "income_share", "score_caps", "floor"];

/// Checks the policies; there is at least one.
pub(super) fn policies(raw: List<RawPolicy>, check: &mut Check<'_>) -> Vec<Policy> {
    let raw = raw.unwrap_or_default();
    if raw.is_empty() {
        check.missing("policy", "at least one `[[policy]]`, the first of which is the baseline");
    }
    let mut seen = BTreeSet::new();
    let listed = raw.into_iter().enumerate().filter_map(|(i, raw)| Some((i, raw?)));
    let mut policies = Vec::new();
    let mut matched = Vec::new();
    for (i, mut raw) in listed {
        let match_credit = raw.match_credit.take();
        let steps = policy(raw, paths::element("policy", i), &mut seen, check);
        if let Some(name) = match_credit {
            if steps.len() > 1 {
                let path = paths::key(&paths::element("policy", i), "match_credit");
                check.conflict(&path, "the caps of a ladder are given; none is solved for").hint =
                    Some("write one cap, which is then found".into());
            }
            matched.push((policies.len(), name));
        }
        policies.extend(steps);
    }
    check_match::resolve(&mut policies, &matched, check);
    policies
}

/// The policy, or the steps of the ladder that it is.
fn policy(
    raw: RawPolicy,
    path: String,
    seen: &mut BTreeSet<String>,
    check: &mut Check<'_>,
) -> Vec<Policy> {
    let id = check.id(&path, raw.id, "policy", seen);
    let title = check.text(&paths::key(&path, "title"), raw.title).unwrap_or_else(|| id.clone());
    let mut rules = Vec::new();
    let mut ladder: Option<(usize, Vec<Amount>)> = None;
    for (i, raw) in raw.rule.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let at = paths::element(&paths::key(&path, "rule"), i);
        let (rule, caps) = rule(raw, at.clone(), check);
        if let Some(caps) = caps {
            if ladder.is_some() {
                check.conflict(&paths::key(&at, "cap"), "the policy has two ladders").hint =
                    Some("write a policy for each ladder".into());
            }
            ladder = Some((rules.len(), caps));
        }
        rules.push(rule);
    }
    let equal_credit_cut = raw.equal_credit_cut;
    let when = raw.when.unwrap_or_default();
    let policy = Policy { id, title, rules, equal_credit_cut, when, path, ..Policy::default() };
    match ladder {
        Some((rule, caps)) if !caps.is_empty() && !policy.id.is_empty() => {
            check_ladder::expand(policy, rule, &caps, seen, check)
        }
        _ => vec![policy],
    }
}

/// A rule, and the caps where its cap is a ladder.
fn rule(raw: RawRule, path: String, check: &mut Check<'_>) -> (Rule, Option<Vec<Amount>>) {
    let per = raw.per.unwrap_or_default();
    let raise = if raw.raise == Some(true) { Raise::Allowed } else { Raise::Never };
    let filter = match &raw.filter {
        Some(_) => paths::key(&path, "where"),
        None => String::new(),
    };
    let faults = check.faults.len();
    let caps = match &raw.cap {
        Some(RawCap::Ladder(raw)) => {
            Some(check_ladder::caps(raw, &paths::key(&path, "cap"), check))
        }
        _ => None,
    };
    let bound = bound(&raw, &path, check);
    if check.faults.len() == faults && !check.is_incomplete(&path) {
        sense(&bound, per, raise, &path, check);
    }
    let rule = Rule {
        filter: raw
            .filter
            .map_or_else(Filter::default, |raw| check_range::filter(raw, &filter, check)),
        bound,
        per,
        raise,
        if_missing: raw.if_missing.unwrap_or_default(),
        applies_to: raw.applies_to.unwrap_or_default(),
        path,
    };
    (rule, caps)
}

/// The one bound of a rule.
fn bound(raw: &RawRule, path: &str, check: &mut Check<'_>) -> LimitBound {
    let given = [
        raw.cap.is_some(),
        raw.scale.is_some(),
        raw.income_share.is_some(),
        raw.score_caps.is_some(),
        raw.floor.is_some(),
    ];
    let given: Vec<&str> =
        BOUNDS.into_iter().zip(given).filter(|(_, given)| *given).map(|(key, _)| key).collect();
    let at = |key: &str| paths::key(path, key);
    match given[..] {
        [] => {
            if !BOUNDS.iter().any(|key| check.was_removed(&at(key))) {
                check.conflict(
                    path,
                    "the rule bounds nothing: give it one of `cap`, `scale`, `income_share`, \
                     `score_caps` and `floor`",
                );
            }
        }
        [_] => {}
        [first, second, ..] => {
            check
                .conflict(
                    &at(second),
                    format!("the rule has both `{first}` and `{second}`, a rule has one bound"),
                )
                .hint = Some("write two rules: the most restrictive one counts".into());
        }
    }
    if raw.cap.is_some() {
        LimitBound::Cap(cap(raw, &at("cap"), check))
    } else if raw.scale.is_some() {
        let scale = check.number(&at("scale"), raw.scale, "a finite multiple >= 0", |x| x >= 0.0);
        LimitBound::Scale(scale.unwrap_or_default())
    } else if raw.income_share.is_some() {
        let required = "a finite share of the yearly income >= 0";
        let share = check.number(&at("income_share"), raw.income_share, required, |x| x >= 0.0);
        LimitBound::IncomeShare(share.unwrap_or_default())
    } else if let Some(bands) = &raw.score_caps {
        LimitBound::ScoreCaps(score_caps(bands, &at("score_caps"), check))
    } else {
        LimitBound::Floor(check.amount(&at("floor"), raw.floor).unwrap_or_default())
    }
}

/// The amount; a ladder's caps take the place of what stands here for them.
fn cap(raw: &RawRule, path: &str, check: &mut Check<'_>) -> Amount {
    let Some(RawCap::Amount(units)) = raw.cap else { return Amount::default() };
    let amount = check.amount(path, Some(units));
    if units.0 < 0.0
        && let Some(fault) = check.faults.last_mut()
    {
        fault.hint = Some("to remove a limit altogether, leave the rule out".into());
    }
    amount.unwrap_or_default()
}

fn score_caps(bands: &[Option<RawScoreCap>], path: &str, check: &mut Check<'_>) -> Vec<ScoreCap> {
    if bands.is_empty() {
        check.value(path, "a list of at least one band");
    }
    let mut caps: Vec<ScoreCap> = Vec::new();
    for (i, raw) in bands.iter().enumerate() {
        let Some(raw) = raw else { continue };
        let at = paths::element(path, i);
        let ends = RawRange {
            below: raw.below,
            at_most: raw.at_most,
            above: raw.above,
            at_least: raw.at_least,
        };
        let score = check_range::range(&ends, &at, check);
        let cap_at = paths::key(&at, "cap");
        if raw.cap.is_none() {
            check.missing(&cap_at, "the largest limit in this band of the score");
        }
        let cap = check.amount(&cap_at, raw.cap).unwrap_or_default();
        if let Some(other) = caps.iter().find(|other| overlap(&other.score, &score)) {
            let message = format!(
                "the bands `{}` and `{}` of the score overlap",
                show(&other.score),
                show(&score)
            );
            check.conflict(&at, message);
        }
        caps.push(ScoreCap { score, cap });
    }
    caps
}

/// Combinations that are in range but cannot be meant.
fn sense(bound: &LimitBound, per: Per, raise: Raise, path: &str, check: &mut Check<'_>) {
    match (bound, per, raise) {
        (LimitBound::Scale(_), Per::Borrower, _) => {
            check.conflict(
                &paths::key(path, "per"),
                "`scale` acts on each account; it cannot stand with `per = \"borrower\"`",
            );
        }
        (LimitBound::Floor(_), Per::Borrower, _) => {
            check.conflict(
                &paths::key(path, "per"),
                "`floor` acts on each account; it cannot stand with `per = \"borrower\"`",
            );
        }
        (LimitBound::Scale(scale), Per::Account, Raise::Never) if *scale > 1.0 => {
            check
                .conflict(
                    &paths::key(path, "scale"),
                    format!("a scale of {scale} above 1 changes nothing: rules only lower limits"),
                )
                .hint = Some("to let the rule lift limits, add `raise = true`".into());
        }
        _ => {}
    }
}
