//! The stage's door: a tape and what the scenario says about it become a checked book.

use std::fs::File;
use std::io::Read;

use super::{Portfolio, calibrate, observed, order, pooling, quality, segments, tape};
use crate::error::{Fault, FaultKind, Place};
use crate::scenario::PortfolioSpec;
use crate::units::Currency;

/// A book and the mark of the bytes it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedTape {
    /// The book.
    pub portfolio: Portfolio,
    /// SHA-256 of the tape, lower-case hex.
    pub sha256: String,
}

/// Reads `spec.tape`; up to [`crate::error::MAX_FAULTS`] faults.
pub fn load(spec: &PortfolioSpec, currency: &Currency) -> Result<LoadedTape, Vec<Fault>> {
    let file = File::open(&spec.tape).map_err(|e| {
        let kind = FaultKind::Unreadable { reason: e.to_string() };
        let fault = Fault::new(Place::File(spec.tape.clone()), kind);
        vec![fault.with_hint("`tape` under [portfolio] starts from the folder of the scenario")]
    })?;
    load_from_reader(file, spec, currency)
}

/// As [`load`], from any source of bytes; `spec.tape` is only the name in faults.
pub fn load_from_reader(
    input: impl Read,
    spec: &PortfolioSpec,
    currency: &Currency,
) -> Result<LoadedTape, Vec<Fault>> {
    let (mut draft, sha256) = tape::read(input, spec, currency)?;
    quality::check_totals(&draft.as_read, &spec.tape)?;
    segments::assign(&mut draft, spec, currency)?;
    if let Some(rule) = &spec.observed_pd {
        draft.borrowers.pd = observed::default_rates(&draft, rule);
    }
    let shift = match spec.calibrate_mean_pd {
        Some(target) => Some(calibrate::shift_to_mean(&mut draft, target)?),
        None => None,
    };
    let as_read = draft.as_read;
    let mut portfolio = order::canonical(draft);
    let distinct_rows = portfolio.accounts.limit.len() as u64;
    if let Some(step) = spec.pool_balance_step {
        portfolio = pooling::pool_by_balance(portfolio, step)?;
    }
    portfolio.quality = quality::report(&portfolio, &as_read, distinct_rows, shift);
    Ok(LoadedTape { portfolio, sha256 })
}
