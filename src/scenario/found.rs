//! What reading a plain value finds wrong with it.

use std::collections::BTreeSet;

use crate::error::Fault;

/// What reading found beside the raw value.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Unknown keys and wrong types.
    pub faults: Vec<Fault>,
    /// Paths taken out, which nothing may report as missing.
    pub removed: BTreeSet<String>,
}
