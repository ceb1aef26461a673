//! The checks of `[portfolio]`.

use std::collections::BTreeSet;
use std::path::Path;

use super::check::{Check, percent_hint};
use super::spec_portfolio::{RawColumns, RawDefaults, RawObservedPd, RawPortfolio, RawSegment};
use super::values::{List, Number};
use super::{
    BookSource, ColumnMapping, Defaults, Field, Filter, ObservedPd, PortfolioSpec, SegmentRule,
    check_range, check_synthetic, paths,
};
use crate::disk::STANDARD_INPUT;
use crate::units::{Amount, Fraction, OutOfRange, Probability};

/// Lender of all accounts when neither the tape nor the scenario names one.
pub const DEFAULT_LENDER: &str = "lender";

/// Checks `[portfolio]`, `segment_by` aside; paths of tapes resolve from `base`.
pub(super) fn portfolio(
    raw: Option<RawPortfolio>,
    segment_by: Vec<String>,
    base: &Path,
    seed: u64,
    check: &mut Check<'_>,
) -> PortfolioSpec {
    let mut raw = raw.unwrap_or_default();
    let source = source(&mut raw, base, seed, check);
    let columns = columns(raw.columns.unwrap_or_default(), check);
    let observed_pd = raw.observed_pd.map(|raw| observed_pd(raw, check));
    if observed_pd.is_some() && columns.iter().any(|mapping| mapping.field == Field::Pd) {
        check.conflict(
            "portfolio.observed_pd",
            "the PD comes from the column `pd` or from observed defaults, not from both",
        );
    }
    PortfolioSpec {
        source,
        columns,
        defaults: defaults(raw.defaults.unwrap_or_default(), check),
        segments: segments(raw.segment, check),
        segment_by,
        negative_balance: raw.negative_balance.unwrap_or_default(),
        observed_pd,
        calibrate_mean_pd: raw.calibrate.and_then(|raw| mean_pd(raw.mean_pd, check)),
        pool_balance_step: raw.pool.and_then(|raw| {
            let path = "portfolio.pool.balance_step";
            if raw.balance_step.is_none() {
                check.missing(path, "the step that balances are rounded to");
            }
            check.positive_amount(path, raw.balance_step)
        }),
    }
}

/// The tape, or the laws in its place.
fn source(raw: &mut RawPortfolio, base: &Path, seed: u64, check: &mut Check<'_>) -> BookSource {
    let synthetic = raw.synthetic.take();
    let given = synthetic.as_ref().is_some_and(|list| !list.is_empty());
    let book_seed = "portfolio.book_seed";
    if !given {
        if raw.book_seed.is_some() {
            check.conflict(book_seed, "`book_seed` is for a synthetic book, and this is a tape");
        }
        let tape = check.text("portfolio.tape", raw.tape.take());
        if tape.is_none() && !check.is_incomplete("portfolio.synthetic") {
            check.missing(
                "portfolio.tape",
                "the CSV file with one account per row, or [[portfolio.synthetic]] in its place",
            );
        }
        return BookSource::Tape(match tape.unwrap_or_default() {
            tape if tape == STANDARD_INPUT => tape.into(),
            tape => base.join(tape),
        });
    }
    for (key, given) in [
        ("tape", raw.tape.is_some()),
        ("columns", raw.columns.is_some()),
        ("observed_pd", raw.observed_pd.is_some()),
        ("negative_balance", raw.negative_balance.is_some()),
    ] {
        if given {
            let message = format!("`{key}` is for a tape, and the borrowers here are synthetic");
            check.conflict(&paths::key("portfolio", key), message).hint =
                Some("leave one of the two out".into());
        }
    }
    let seed = raw.book_seed.map_or(seed, |own| {
        u64::try_from(own.0).unwrap_or_else(|_| {
            check.value(book_seed, "a whole number in 0..=2^63 - 1");
            seed
        })
    });
    let has = raw.defaults.as_ref().map_or((false, false), |d| (d.pd.is_some(), d.lgd.is_some()));
    BookSource::Synthetic(check_synthetic::book(synthetic, base, has, seed, check))
}

fn columns(raw: RawColumns, check: &mut Check<'_>) -> Vec<ColumnMapping> {
    let given = raw.given().into_iter();
    given
        .map(|(field, header)| {
            let path = paths::key("portfolio.columns", field.key());
            let header = check.text(&path, Some(header)).unwrap_or_default();
            ColumnMapping { field, header, path }
        })
        .collect()
}

fn observed_pd(raw: RawObservedPd, check: &mut Check<'_>) -> ObservedPd {
    let path = "portfolio.observed_pd";
    let list = paths::key(path, "limit_bands");
    if raw.limit_bands.is_none() {
        check.missing(&list, "the upper edges of the bands of the limit, such as [20_000, 50_000]");
    }
    let mut limit_edges: Vec<Amount> = Vec::new();
    for (i, edge) in raw.limit_bands.unwrap_or_default().into_iter().enumerate() {
        let at = paths::element(&list, i);
        let Some(edge) = check.positive_amount(&at, edge) else { continue };
        if limit_edges.last().is_some_and(|last| *last >= edge) {
            check.value(&at, "larger than the edge before it");
        }
        limit_edges.push(edge);
    }
    ObservedPd { limit_edges, path: path.to_owned() }
}

fn mean_pd(x: Option<Number>, check: &mut Check<'_>) -> Option<Probability> {
    let path = "portfolio.calibrate.mean_pd";
    if x.is_none() {
        check.missing(path, "the balance-weighted mean PD, such as 0.03");
    }
    // At 0 or 1 no shift in log-odds gets there.
    let inside = |x: f64| {
        Probability::new(x)
            .ok()
            .filter(|_| x > 0.0 && x < 1.0)
            .ok_or(OutOfRange { requirement: "a probability in 0..1 (ends excluded)" })
    };
    per_horizon(path, x, inside, check)
}

/// A PD; whoever typed percent is told the fraction per horizon.
pub(super) fn per_horizon(
    path: &str,
    x: Option<Number>,
    new: impl Fn(f64) -> Result<Probability, OutOfRange>,
    check: &mut Check<'_>,
) -> Option<Probability> {
    let pd = check.unit(path, x, new);
    if let (None, Some(x), Some(fault)) = (pd, x, check.faults.last_mut()) {
        fault.hint = percent_hint(x.0, "a fraction per horizon");
    }
    pd
}

fn defaults(raw: RawDefaults, check: &mut Check<'_>) -> Defaults {
    let at = |key: &str| paths::key("portfolio.defaults", key);
    let rate = raw.interest_rate;
    let required = "a finite rate per year in 0..=10";
    let interest_rate =
        check.number(&at("interest_rate"), rate, required, |x| (0.0..=10.0).contains(&x));
    if let (None, Some(x), Some(fault)) = (interest_rate, rate, check.faults.last_mut()) {
        fault.hint = percent_hint(x.0, "a fraction per year");
    }
    Defaults {
        pd: per_horizon(&at("pd"), raw.pd, Probability::new, check),
        lgd: check.unit(&at("lgd"), raw.lgd, Fraction::new),
        ccf: check.unit(&at("ccf"), raw.ccf, Fraction::new),
        interest_rate,
        lender: check.text(&at("lender"), raw.lender).unwrap_or_else(|| DEFAULT_LENDER.to_owned()),
        segment: check.text(&at("segment"), raw.segment),
        product: check.text(&at("product"), raw.product),
    }
}

fn segments(raw: List<RawSegment>, check: &mut Check<'_>) -> Vec<SegmentRule> {
    let mut seen = BTreeSet::new();
    let mut segments = Vec::new();
    for (i, raw) in raw.unwrap_or_default().into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("portfolio.segment", i);
        let id = check.id(&path, raw.id, "segment", &mut seen);
        let at = paths::key(&path, "where");
        let filter = match raw.filter {
            Some(raw) => check_range::range_filter(&raw, &at, check),
            None => {
                check.missing(
                    &at,
                    "the ranges that make the segment, such as { age = { below = 25 } }",
                );
                Filter::default()
            }
        };
        segments.push(SegmentRule { id, filter, path });
    }
    segments
}
