//! The checks of `[behaviour]`.

use std::collections::BTreeSet;

use super::behaviour::{
    Behaviour, Channels, DEFAULT_OUTSIDE, Outside, Response, ResponseGroup, Rival,
};
use super::check::Check;
use super::spec_behaviour::{
    RawBehaviour, RawBorrowerFilter, RawChannels, RawResponseGroup, RawRival,
};
use super::spec_policy::RawFilter;
use super::values::{List, Number};
use super::{check_range, paths};
use crate::units::Fraction;

/// Log-odds beyond this are no behaviour: e^10 is a factor of 22,000.
const LARGEST_SHIFT: f64 = 10.0;

/// The numbers of a table: those of everybody and of groups are written with the same keys.
macro_rules! numbers {
    ($raw:expr) => {
        Numbers {
            run_off: $raw.run_off,
            pass_through: $raw.pass_through,
            leakage: $raw.leakage,
            rival_limit: $raw.rival_limit,
            relief: $raw.relief,
            squeeze: $raw.squeeze,
            stacking: $raw.stacking,
        }
    };
}

/// Checks the table.
pub(super) fn behaviour(raw: Option<RawBehaviour>, check: &mut Check<'_>) -> Behaviour {
    let Some(raw) = raw else { return Behaviour::default() };
    let at = |key: &str| paths::key("behaviour", key);
    let default = response(&numbers!(raw), Response::default(), "behaviour", check);
    let RawChannels { leakage, relief, squeeze, stacking } = raw.channels.unwrap_or_default();
    let channels = Channels {
        leakage: leakage.unwrap_or(true),
        relief: relief.unwrap_or(true),
        squeeze: squeeze.unwrap_or(true),
        stacking: stacking.unwrap_or(true),
    };
    let outside = Outside {
        name: check.text(&at("outside"), raw.outside).unwrap_or_else(|| DEFAULT_OUTSIDE.to_owned()),
        lgd: check.unit(&at("outside_lgd"), raw.outside_lgd, Fraction::new),
    };
    Behaviour {
        groups: groups(raw.group, default, check),
        default,
        rivals: rivals(raw.rival, check),
        outside,
        channels,
    }
}

struct Numbers {
    run_off: Option<Number>,
    pass_through: Option<Number>,
    leakage: Option<Number>,
    rival_limit: Option<Number>,
    relief: Option<Number>,
    squeeze: Option<Number>,
    stacking: Option<Number>,
}

fn response(raw: &Numbers, rest: Response, path: &str, check: &mut Check<'_>) -> Response {
    let at = |key: &str| paths::key(path, key);
    let shift = |x: f64| x.abs() <= LARGEST_SHIFT;
    let required = "a change of the log-odds in -10..=10";
    Response {
        run_off: check.unit(&at("run_off"), raw.run_off, Fraction::new).unwrap_or(rest.run_off),
        pass_through: check
            .unit(&at("pass_through"), raw.pass_through, Fraction::new)
            .unwrap_or(rest.pass_through),
        leakage: check.unit(&at("leakage"), raw.leakage, Fraction::new).unwrap_or(rest.leakage),
        rival_limit: check
            .number(
                &at("rival_limit"),
                raw.rival_limit,
                "a multiple of the old limit in 0..=1000",
                |x| (0.0..=1e3).contains(&x),
            )
            .unwrap_or(rest.rival_limit),
        relief: check.number(&at("relief"), raw.relief, required, shift).unwrap_or(rest.relief),
        squeeze: check.number(&at("squeeze"), raw.squeeze, required, shift).unwrap_or(rest.squeeze),
        stacking: check
            .number(&at("stacking"), raw.stacking, "an odds multiplier above 0, up to 1000", |x| {
                x > 0.0 && x <= 1e3
            })
            .unwrap_or(rest.stacking),
    }
}

fn groups(
    raw: List<RawResponseGroup>,
    default: Response,
    check: &mut Check<'_>,
) -> Vec<ResponseGroup> {
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("behaviour.group", i);
        let id = check.id(&path, raw.id, "group", &mut seen);
        let response = response(&numbers!(raw), default, &path, check);
        let at = paths::key(&path, "where");
        if raw.filter.is_none() {
            check.missing(&at, "whom the group holds, such as { score = { below = 600 } }");
        }
        let RawBorrowerFilter { segment, score, income, age } = raw.filter.unwrap_or_default();
        let filter = RawFilter { segment, score, income, age, ..RawFilter::default() };
        let filter = check_range::filter(filter, &at, check);
        groups.push(ResponseGroup { id, filter, response, path });
    }
    groups
}

fn rivals(raw: List<RawRival>, check: &mut Check<'_>) -> Option<Vec<Rival>> {
    let raw = raw?;
    if raw.is_empty() {
        check.value("behaviour.rival", "at least one rival").hint =
            Some("without rivals leave the key out, or set behaviour.leakage = 0".into());
    }
    let mut rivals: Vec<Rival> = Vec::new();
    for (i, raw) in raw.into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("behaviour.rival", i);
        let at = |key: &str| paths::key(&path, key);
        if raw.lender.is_none() {
            check.missing(&at("lender"), "the name of the lender");
        }
        let lender = check.text(&at("lender"), raw.lender).unwrap_or_default();
        if rivals.iter().any(|other| other.lender == lender) {
            check.conflict(&at("lender"), format!("`{lender}` stands among the rivals twice"));
        }
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let share = check.number(&at("share"), raw.share, "a number above 0", positive);
        let required = "a multiple of the old limit in 0..=1000";
        let limit = check.number(&at("limit"), raw.limit, required, |x| (0.0..=1e3).contains(&x));
        let lgd = check.unit(&at("lgd"), raw.lgd, Fraction::new);
        rivals.push(Rival { lender, share: share.unwrap_or(1.0), limit, lgd, path });
    }
    Some(rivals)
}

/// Faults for numbers that cannot act. A region may pass through such numbers, so that they are not
/// faults of every scenario that is read.
pub(super) fn sense(behaviour: &Behaviour, check: &mut Check<'_>) {
    if check.is_incomplete("behaviour") {
        return;
    }
    let leaks = behaviour.responses().any(|r| r.leakage.get() > 0.0);
    if behaviour.responses().any(|r| r.stacking != 1.0) && !leaks {
        check
            .conflict("behaviour.stacking", "`stacking` acts on leaked credit, and `leakage` is 0")
            .hint = Some("set behaviour.leakage above 0, or leave `stacking` out".into());
    }
    let room = |r: &Response| match &behaviour.rivals {
        Some(rivals) => rivals.iter().any(|rival| rival.limit.unwrap_or(r.rival_limit) > 0.0),
        None => r.rival_limit > 0.0,
    };
    if leaks && !behaviour.responses().any(|r| r.leakage.get() > 0.0 && room(r)) {
        check
            .conflict("behaviour.leakage", "no rival may lend anything: leakage has no receiver")
            .hint = Some("raise `rival_limit` (1: as much as the old limit)".into());
    }
}
