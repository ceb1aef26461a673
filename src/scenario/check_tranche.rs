//! The checks of `[[system.programme.tranche]]`: the parts of a securitised share.

use super::check::Check;
use super::check_lenders::{name, risk_weight};
use super::parties::Parties;
use super::spec_system::RawTranche;
use super::values::List;
use super::{Tranche, paths};
use crate::error::{Fault, FaultKind, Place};
use crate::units::Fraction;

/// Checks the tranches, the list at `path`.
pub(super) fn tranches(
    raw: List<RawTranche>,
    path: &str,
    parties: Parties<'_>,
    check: &mut Check<'_>,
) -> Vec<Tranche> {
    let mut tranches: Vec<Tranche> = Vec::new();
    let faults = check.faults.len();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element(path, i);
        let at = |key: &str| paths::key(&path, key);
        let name = name(raw.name, &path, "the name of the tranche, such as \"equity\"", check);
        if !name.is_empty() && tranches.iter().any(|other| other.name == name) {
            let kind = FaultKind::Duplicate { what: "tranche".into(), id: name.clone() };
            check.faults.push(Fault::new(Place::Value(at("name")), kind));
        }
        for (key, given) in [("from", raw.from.is_some()), ("to", raw.to.is_some())] {
            if !given {
                check.missing(&at(key), "an end of the tranche, as a share of the pool");
            }
        }
        let from = check.unit(&at("from"), raw.from, Fraction::new);
        let to = check.unit(&at("to"), raw.to, Fraction::new);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            check.value(&at("to"), "larger than `from`");
        }
        if let Some(holder) = &raw.holder {
            parties.lender(holder, &at("holder"), check);
        } else if raw.risk_weight.is_some() && !check.was_removed(&at("holder")) {
            let message = "`risk_weight` is for the lender that holds the tranche";
            check.conflict(&at("risk_weight"), message).hint =
                Some("name its `holder`, or leave `risk_weight` out".into());
        }
        tranches.push(Tranche {
            name,
            from: from.unwrap_or(Fraction::ZERO),
            to: to.unwrap_or(Fraction::ONE),
            holder: check.text(&at("holder"), raw.holder),
            risk_weight: risk_weight(raw.risk_weight, &path, check),
            path,
        });
    }
    if check.faults.len() == faults && !check.is_incomplete(path) {
        cover(&tranches, check);
    }
    tranches
}

/// The tranches cover 0 to 1, from the first loss up.
fn cover(tranches: &[Tranche], check: &mut Check<'_>) {
    let (Some(first), Some(last)) = (tranches.first(), tranches.last()) else { return };
    if let Some(pair) = tranches.windows(2).find(|pair| pair[0].from > pair[1].from) {
        let (lower, upper) = (&pair[0], &pair[1]);
        let message = format!(
            "the tranche `{}` from {} follows `{}` from {}",
            upper.name,
            upper.from.get(),
            lower.name,
            lower.from.get()
        );
        check.conflict(&paths::key(&upper.path, "from"), message).hint =
            Some("write tranches from the first loss up".into());
        return;
    }
    if first.from.get() > 0.0 {
        let message = format!(
            "no tranche bears losses from 0 to {}: the first has to begin at 0",
            first.from.get()
        );
        check.conflict(&paths::key(&first.path, "from"), message);
    }
    for pair in tranches.windows(2) {
        let (lower, upper) = (&pair[0], &pair[1]);
        let (end, begin) = (lower.to.get(), upper.from.get());
        let message = if end > begin {
            let end = end.min(upper.to.get());
            format!(
                "tranches `{}` and `{}` overlap between {begin} and {end}",
                lower.name, upper.name
            )
        } else if end < begin {
            format!(
                "no tranche bears losses between {end} and {begin}, from `{}` to `{}`",
                lower.name, upper.name
            )
        } else {
            continue;
        };
        check.conflict(&paths::key(&upper.path, "from"), message);
    }
    if last.to.get() < 1.0 {
        let message = format!(
            "no tranche bears losses from {} to 1: the last has to end at 1",
            last.to.get()
        );
        check.conflict(&paths::key(&last.path, "to"), message);
    }
}

/// Tranches are there exactly if something is sold in them.
pub(super) fn tranches_or_none(
    tranches: &[Tranche],
    securitised: Fraction,
    path: &str,
    check: &mut Check<'_>,
) {
    let at = paths::key(path, "tranche");
    let sold = securitised.get() > 0.0;
    if sold && tranches.is_empty() && !check.is_incomplete(&at) {
        check.missing(
            &at,
            "the parts in which `securitised` is sold, one `[[system.programme.tranche]]` each",
        );
    } else if !sold && !tranches.is_empty() {
        check.conflict(&at, "nothing is sold in these tranches: `securitised` is 0").hint =
            Some("set `securitised` to the share of each loan that is sold".into());
    }
}
