//! The checks of `match_credit`, once all policies are known.

use super::check::Check;
use super::paths;
use super::{LimitBound, Policy, Raise};
use crate::error::Place;

/// Ties policies to those whose credit they match; `wanted` holds policy and name.
pub(super) fn resolve(policies: &mut [Policy], wanted: &[(usize, String)], check: &mut Check<'_>) {
    let known: Vec<String> = policies.iter().map(|policy| policy.id.clone()).collect();
    for (index, name) in wanted {
        let path = paths::key(&policies[*index].path, "match_credit");
        let Some(with) = known.iter().position(|id| id == name) else {
            if !check.is_incomplete("policy") {
                check.unknown(Place::Value(path), "policy", name, &known);
            }
            continue;
        };
        let chained = wanted.iter().find(|(other, _)| *other == with);
        if with == *index {
            check.conflict(&path, "a policy cannot match its own credit");
        } else if let Some((_, further)) = chained {
            let message = format!("`{name}` itself matches the credit of `{further}`");
            let fault = check.conflict(&path, message);
            fault.hint = Some(if *further == known[*index] {
                "one of the two has to stand for itself".into()
            } else {
                format!("match `{further}` too")
            });
        }
        solvable(&policies[*index], &path, check);
        policies[*index].match_credit = Some(with);
    }
}

/// Whether the policy has one number to solve for.
fn solvable(policy: &Policy, path: &str, check: &mut Check<'_>) {
    if check.is_incomplete(&policy.path) {
        return;
    }
    let floor = |bound: &LimitBound| matches!(bound, LimitBound::Floor(_));
    let bounds: Vec<_> = policy.rules.iter().filter(|rule| !floor(&rule.bound)).collect();
    let [rule] = bounds.as_slice() else {
        let message =
            format!("`match_credit` solves for one number, and {} rules have one", bounds.len());
        check.conflict(path, message).hint = Some(
            "give the policy one rule with `cap`, `scale`, `income_share` or `score_caps`; floors \
             may stand beside it"
                .into(),
        );
        return;
    };
    if policy.rules.iter().any(|rule| rule.raise == Raise::Allowed) {
        check.conflict(path, "`match_credit` only cuts; it cannot stand with `raise = true`");
    }
    if let LimitBound::ScoreCaps(bands) = &rule.bound
        && bands.iter().all(|band| band.cap.0 == 0)
    {
        let message = "all caps by score are 0; no factor brings credit back";
        check.conflict(&paths::key(&rule.path, "score_caps"), message).hint =
            Some("write caps in the proportions that are meant".into());
    }
}
