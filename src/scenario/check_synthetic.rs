//! The checks of `[[portfolio.synthetic]]`.

use std::collections::BTreeSet;
use std::path::Path;

use super::check::{Check, percent_hint};
use super::check_law;
use super::law::Domain;
use super::paths;
use super::spec_law::RawLaw;
use super::spec_synthetic::{RawRanks, RawSecond, RawSynthetic};
use super::synthetic::{
    Attribute, Grain, PdLaw, RankCorrelation, SecondLine, SyntheticBook, SyntheticLine,
    SyntheticSegment,
};
use super::values::{List, Number, Whole};
use crate::error::Place;
use crate::units::Fraction;

/// Most people of a segment: up to here `f64` counts exactly.
const MOST_PEOPLE: i64 = 1 << 53;
/// Most rows that a segment may become; more are a mistake rather than a book.
pub const MOST_ROWS: u64 = 50_000_000;

/// What the checks of a segment need besides its table.
struct Context<'a> {
    /// Folder that paths start from.
    base: &'a Path,
    /// Whether `[portfolio.defaults]` has a PD, and an LGD.
    defaults: (bool, bool),
}

/// Checks the segments of a book without a tape.
pub(super) fn book(
    raw: List<RawSynthetic>,
    base: &Path,
    defaults: (bool, bool),
    seed: u64,
    check: &mut Check<'_>,
) -> SyntheticBook {
    let context = Context { base, defaults };
    let mut seen = BTreeSet::new();
    let mut segments = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(mut raw) = raw else { continue };
        let path = paths::element("portfolio.synthetic", i);
        let id = check.id(&path, raw.id.take(), "synthetic segment", &mut seen);
        segments.push(segment(id, raw, &path, &context, check));
    }
    SyntheticBook { segments, seed }
}

fn segment(
    id: String,
    raw: RawSynthetic,
    path: &str,
    context: &Context<'_>,
    check: &mut Check<'_>,
) -> SyntheticSegment {
    let at = |key: &str| paths::key(path, key);
    let borrowers = people(raw.borrowers, &at("borrowers"), check);
    let grain = grain(raw.pools, raw.stands_for, borrowers, path, check);
    let pd = pd(raw.pd, &at("pd"), context, check);
    if raw.lgd.is_none() && !context.defaults.1 {
        check.missing(&at("lgd"), "the loss given default, here or under [portfolio.defaults]");
    }
    let line = line(
        RawLine {
            product: raw.product,
            lender: raw.lender,
            limit: raw.limit,
            utilisation: raw.utilisation,
            lgd: raw.lgd,
            ccf: raw.ccf,
            interest_rate: raw.interest_rate,
        },
        path,
        context,
        check,
    );
    let second = raw.second.map(|raw| second(raw, &line, &at("second"), context, check));
    let mut optional = |raw: Option<RawLaw>, key: &str, domain| {
        raw.map(|raw| check_law::law(raw, domain, &at(key), context.base, check))
    };
    let income = optional(raw.income, "income", Domain::AT_LEAST_0);
    let score = optional(raw.score, "score", Domain::ANY);
    let age = optional(raw.age, "age", Domain::AT_LEAST_0);
    let mut segment = SyntheticSegment {
        id,
        borrowers,
        grain,
        line,
        second,
        pd,
        income,
        score,
        age,
        rank_correlations: Vec::new(),
        path: path.to_owned(),
    };
    if let Some(raw) = raw.rank_correlation {
        let place = at("rank_correlation");
        segment.rank_correlations = rank_correlations(raw, &segment, &place, check);
    }
    segment
}

fn people(raw: Option<Whole>, path: &str, check: &mut Check<'_>) -> u64 {
    let Some(Whole(n)) = raw else {
        check.missing(path, "the number of people, such as 500_000_000");
        return 1;
    };
    if !(1..=MOST_PEOPLE).contains(&n) {
        check.value(path, "a whole number in 1..=2^53");
    }
    u64::try_from(n).unwrap_or(1)
}

fn grain(
    pools: Option<Whole>,
    stands_for: Option<Whole>,
    borrowers: u64,
    path: &str,
    check: &mut Check<'_>,
) -> Grain {
    let at = |key: &str| paths::key(path, key);
    if let (Some(_), Some(_)) = (pools, stands_for) {
        let message = "the people are either in `pools`, and default independently, or one draw \
                       `stands_for` several of them";
        check.conflict(&at("stands_for"), message);
    }
    let whole = |raw: Option<Whole>| raw.map(|raw| u64::try_from(raw.0).unwrap_or(0));
    let grain = match (whole(pools), whole(stands_for)) {
        (Some(pools), _) => {
            if !(1..=borrowers).contains(&pools) {
                let required = format!("a whole number from 1 to the {borrowers} borrowers");
                check.value(&at("pools"), &required);
            }
            Grain::Pools(pools)
        }
        (None, Some(people)) => {
            if people == 0 || !borrowers.is_multiple_of(people) {
                let required = format!("a whole number that divides the {borrowers} borrowers");
                check.value(&at("stands_for"), &required);
            }
            Grain::StandsFor(people.max(1))
        }
        (None, None) => Grain::Each,
    };
    let rows = match grain {
        Grain::Each => borrowers,
        Grain::Pools(pools) => pools,
        Grain::StandsFor(people) => borrowers / people,
    };
    if rows > MOST_ROWS {
        let message = format!("{rows} rows are more than the {MOST_ROWS} that a segment may have");
        check.conflict(path, message).hint =
            Some("let like people be pooled: `pools = 1_000`".into());
    }
    grain
}

fn pd(raw: Option<RawLaw>, path: &str, context: &Context<'_>, check: &mut Check<'_>) -> PdLaw {
    match raw {
        None => {
            if !context.defaults.0 {
                check.missing(path, "the PD per horizon, here or under [portfolio.defaults]");
            }
            PdLaw::Default
        }
        Some(RawLaw::Law(table)) if table.logistic.is_some() && !table.has_other_kinds() => {
            let raw = table.logistic.as_ref().expect("the guard has seen it");
            PdLaw::Logistic(check_law::logistic(&table, raw, path, check))
        }
        Some(raw) => PdLaw::Free(check_law::law(raw, Domain::SHARE, path, context.base, check)),
    }
}

/// What the two lines of a borrower have in common as written.
struct RawLine {
    product: Option<String>,
    lender: Option<String>,
    limit: Option<RawLaw>,
    utilisation: Option<RawLaw>,
    lgd: Option<RawLaw>,
    ccf: Option<Number>,
    interest_rate: Option<Number>,
}

fn line(raw: RawLine, path: &str, context: &Context<'_>, check: &mut Check<'_>) -> SyntheticLine {
    let at = |key: &str| paths::key(path, key);
    let law = |raw: Option<RawLaw>, key: &str, why: &str, check: &mut Check<'_>| match raw {
        Some(raw) => check_law::law(raw, Domain::AT_LEAST_0, &at(key), context.base, check),
        None => {
            check.missing(&at(key), why);
            check_law::placeholder(&at(key))
        }
    };
    let limit = law(raw.limit, "limit", "a number or a law, such as 5_000", check);
    let why = "the balance as a share of the limit: a number or a law, such as 0.3";
    let utilisation = law(raw.utilisation, "utilisation", why, check);
    let lgd =
        raw.lgd.map(|raw| check_law::law(raw, Domain::SHARE, &at("lgd"), context.base, check));
    let rate = raw.interest_rate;
    let required = "a finite rate per year in 0..=10";
    let interest_rate =
        check.number(&at("interest_rate"), rate, required, |x| (0.0..=10.0).contains(&x));
    if let (None, Some(x), Some(fault)) = (interest_rate, rate, check.faults.last_mut()) {
        fault.hint = percent_hint(x.0, "a fraction per year");
    }
    SyntheticLine {
        product: check.text(&at("product"), raw.product),
        lender: check.text(&at("lender"), raw.lender),
        limit,
        utilisation,
        lgd,
        ccf: check.unit(&at("ccf"), raw.ccf, Fraction::new),
        interest_rate,
    }
}

fn second(
    raw: RawSecond,
    first: &SyntheticLine,
    path: &str,
    context: &Context<'_>,
    check: &mut Check<'_>,
) -> SecondLine {
    let at = |key: &str| paths::key(path, key);
    if raw.share.is_none() {
        check.missing(&at("share"), "the share of the borrowers who have it, such as 0.1");
    }
    let share = check.unit(&at("share"), raw.share, Fraction::new).unwrap_or(Fraction::ZERO);
    let own = RawLine {
        product: raw.product,
        lender: raw.lender,
        limit: raw.limit,
        utilisation: raw.utilisation,
        lgd: raw.lgd,
        ccf: raw.ccf,
        interest_rate: raw.interest_rate,
    };
    let mut line = line(own, path, context, check);
    line.product = line.product.or_else(|| first.product.clone());
    line.lender = line.lender.or_else(|| first.lender.clone());
    line.ccf = line.ccf.or(first.ccf);
    line.interest_rate = line.interest_rate.or(first.interest_rate);
    SecondLine { share, line }
}

fn rank_correlations(
    raw: RawRanks,
    segment: &SyntheticSegment,
    path: &str,
    check: &mut Check<'_>,
) -> Vec<RankCorrelation> {
    let mut found: Vec<RankCorrelation> = Vec::new();
    for (name, others) in raw {
        let own = paths::key(path, &name);
        let a = attribute(&name, &own, segment, check);
        for (other, rank) in others.unwrap_or_default() {
            let place = paths::key(&own, &other);
            let b = attribute(&other, &place, segment, check);
            let required = "a rank correlation in -1..=1";
            let rank = check.number(&place, rank, required, |x| (-1.0..=1.0).contains(&x));
            let (Some(a), Some(b), Some(rank)) = (a, b, rank) else { continue };
            if a == b {
                let message = format!("the correlation of `{other}` with itself is 1");
                check.conflict(&place, message);
                continue;
            }
            let before = found.iter().find(|c| (c.a, c.b) == (a, b) || (c.a, c.b) == (b, a));
            match before {
                Some(before) if before.rank != rank => {
                    let message = format!(
                        "the rank correlation of `{name}` and `{other}` is given twice: {} and {rank}",
                        before.rank
                    );
                    check.conflict(&place, message);
                }
                Some(_) => {}
                None => found.push(RankCorrelation { a, b, rank }),
            }
        }
    }
    found
}

/// The attribute of this name; a fault if there is none, or if nobody differs in it.
fn attribute(
    name: &str,
    path: &str,
    segment: &SyntheticSegment,
    check: &mut Check<'_>,
) -> Option<Attribute> {
    let Some(attribute) = Attribute::ALL.into_iter().find(|a| a.key() == name) else {
        let known: Vec<String> = Attribute::ALL.iter().map(|a| a.key().to_owned()).collect();
        check.unknown(Place::Key(path.to_owned()), "attribute", name, &known);
        return None;
    };
    // What reading took out may have varied.
    if segment.varies(attribute) || check.is_incomplete(&segment.path) {
        return Some(attribute);
    }
    let pools = matches!(segment.grain, Grain::Pools(_));
    let (why, hint) = match attribute {
        Attribute::Second if pools && segment.second.is_some() => (
            "every pool is split into people with and without the second line",
            "take two segments, or leave `pools` out",
        ),
        Attribute::Pd if matches!(segment.pd, PdLaw::Logistic(_)) => {
            ("the limit explains all of it", "give the logistic law a `sigma`")
        }
        _ => ("it is the same for everybody", "give it a law, or leave the correlation out"),
    };
    let message = format!("`{name}` cannot be correlated: {why}");
    check.conflict(path, message).hint = Some(hint.to_owned());
    None
}
