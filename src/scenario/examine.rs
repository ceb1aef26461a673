//! One tree read and checked: that of a scenario, of a variant, or with other numbers.

use std::collections::BTreeSet;
use std::path::Path;

use super::check::Check;
use super::heal::read;
use super::schema::schema;
use super::source::Source;
use super::spec::{RawScenario, RawVariant};
use super::tree::{Index, Node, canonical, lower};
use super::values::List;
use super::written::Written;
use super::{Scenario, check_scenario};
use crate::error::{Fault, FaultKind, Place};

/// What is the same for a scenario and its variants.
pub(super) struct About<'a> {
    /// The texts that it is made of.
    pub sources: &'a [Source],
    /// Slug of the file's stem.
    pub id: &'a str,
    /// The folder from which paths start.
    pub base: &'a Path,
    /// Smallest units in one unit of currency, unless the tree gives them.
    pub per_unit: u64,
}

/// A tree read and checked.
pub(super) struct Examined {
    /// What it says.
    pub scenario: Scenario,
    /// Its variants, not checked yet.
    pub variants: List<RawVariant>,
    /// Faults of reading and of the checks.
    pub faults: Vec<Fault>,
    /// Paths taken out, which nothing may report as missing.
    pub removed: BTreeSet<String>,
    /// Where its values stand.
    pub index: Index,
    /// It as JSON with sorted keys.
    pub canonical: String,
}

impl About<'_> {
    /// Reads and checks one tree. The scenario in the answer counts only if there is no fault.
    pub fn examine(&self, root: &Node) -> Examined {
        let mut lowered = lower(root);
        let canonical = canonical(&lowered.value).to_string();
        let index = lowered.index.clone();
        let written = Written { sources: self.sources, index: &index };
        let (mut raw, found) = read::<RawScenario>(&mut lowered, &schema(), &written);
        let mut removed = found.removed;
        removed.append(&mut lowered.removed);
        let variants = raw.variant.take();
        let mut check = Check::new(&removed, written);
        let scenario = check_scenario::scenario(raw, self.id, self.base, self.per_unit, &mut check);
        let mut faults = lowered.faults;
        for fault in &mut faults {
            if let (Place::Value(path), FaultKind::Value { found, .. }) =
                (&fault.place, &mut fault.kind)
            {
                *found = written.text(path);
            }
        }
        faults.extend(found.faults);
        faults.append(&mut check.faults);
        Examined { scenario, variants, faults, removed, index, canonical }
    }
}
