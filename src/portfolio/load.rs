//! The stage's door: a tape, or laws of borrowers, and what the scenario says about them become a
//! checked book.

use std::io::{ErrorKind, Read};

use std::path::PathBuf;

use super::draft::Draft;
use super::{Portfolio, calibrate, observed, order, pooling, quality, segments, synthetic, tape};
use super::{hashing, write};
use crate::disk;
use crate::error::{Fault, FaultKind, Place};
use crate::scenario::{BookSource, PortfolioSpec};
use crate::units::Currency;

/// A book and the mark of the bytes it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedTape {
    /// The book.
    pub portfolio: Portfolio,
    /// SHA-256, lower-case hex, of the tape; for a synthetic book of the tape that it would be
    /// written as.
    pub sha256: String,
}

/// Reads the tape or draws the borrowers; up to [`crate::error::MAX_FAULTS`] faults.
pub fn load(spec: &PortfolioSpec, currency: &Currency) -> Result<LoadedTape, Vec<Fault>> {
    match &spec.source {
        BookSource::Tape(tape) => {
            if disk::is_standard_input(tape) {
                return load_from_reader(std::io::stdin().lock(), spec, currency);
            }
            let file = disk::open(tape).map_err(|e| {
                let kind = FaultKind::Unreadable { reason: e.to_string() };
                let fault = Fault::new(Place::File(tape.clone()), kind);
                let hint = match e.kind() {
                    ErrorKind::InvalidInput => "`tape = \"-\"` reads standard input",
                    _ => "`tape` under [portfolio] starts from the folder of the scenario",
                };
                vec![fault.with_hint(hint)]
            })?;
            load_from_reader(file, spec, currency)
        }
        BookSource::Synthetic(book) => {
            let draft = synthetic::draw(book, &spec.defaults, currency)?;
            let portfolio = finish(draft, spec, currency)?;
            let mut hashing = hashing::Hashing::new(std::io::sink());
            write(&portfolio, currency, &[], &mut hashing).expect("a sink takes everything");
            Ok(LoadedTape { portfolio, sha256: hashing.hex() })
        }
    }
}

/// The book of a tape from any source of bytes; the scenario's tape is only the name in faults.
pub fn load_from_reader(
    input: impl Read,
    spec: &PortfolioSpec,
    currency: &Currency,
) -> Result<LoadedTape, Vec<Fault>> {
    let name = match &spec.source {
        BookSource::Tape(tape) => tape.clone(),
        BookSource::Synthetic(_) => PathBuf::from("tape"),
    };
    let (draft, sha256) = tape::read(input, &name, spec, currency)?;
    Ok(LoadedTape { portfolio: finish(draft, spec, currency)?, sha256 })
}

/// From borrowers as they came in to the book in its canonical order.
fn finish(
    mut draft: Draft,
    spec: &PortfolioSpec,
    currency: &Currency,
) -> Result<Portfolio, Vec<Fault>> {
    quality::check_unit(&draft.as_read, currency)?;
    quality::check_totals(&draft.as_read, spec.source.place())?;
    segments::assign(&mut draft, spec, currency)?;
    if let Some(rule) = &spec.observed_pd {
        draft.borrowers.pd = observed::default_rates(&draft, rule);
    }
    let shift = match spec.calibrate_mean_pd {
        Some(target) => Some(calibrate::shift_to_mean(&mut draft, target)?),
        None => None,
    };
    let as_read = draft.as_read;
    let unused = std::mem::take(&mut draft.unused_defaults);
    let mut portfolio = order::canonical(draft);
    let distinct_rows = portfolio.accounts.limit.len() as u64;
    if let Some(step) = spec.pool_balance_step {
        portfolio = pooling::pool_by_balance(portfolio, step)?;
    }
    portfolio.quality = quality::report(&portfolio, &as_read, distinct_rows, shift);
    portfolio.quality.unused_defaults = unused.iter().map(|field| field.key().to_owned()).collect();
    Ok(portfolio)
}
