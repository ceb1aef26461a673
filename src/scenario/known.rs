//! What the checks know by the time that statements and studies are checked.

use super::{Policy, SystemSpec};
use crate::units::{Amount, Level};

/// What statements may refer to.
pub(super) struct Known<'a> {
    /// The policies.
    pub policies: &'a [Policy],
    /// Index of the baseline.
    pub baseline: usize,
    /// Levels that are computed.
    pub levels: &'a [Level],
    /// Thresholds that are computed.
    pub thresholds: &'a [Amount],
    /// The lenders behind the book.
    pub system: Option<&'a SystemSpec>,
}
