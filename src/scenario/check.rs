//! The tools of the checks: recording faults at their paths, and turning raw numbers into units.
//!
//! A check that records a fault hands back a placeholder, so that checking goes on and the next
//! fault is found too. Placeholders never leave this stage: any fault discards the scenario.

use std::collections::BTreeSet;

use super::paths;
use super::suggest::slug;
use super::values::{Money, Number};
use super::written::Written;
use crate::error::{Fault, FaultKind, Place};
use crate::media::is_slug;
use crate::units::{Amount, Currency, HUNDREDTHS, OutOfRange, fineness};

/// Faults found so far and what is needed to describe the next.
#[derive(Debug)]
pub(super) struct Check<'a> {
    /// Found so far.
    pub faults: Vec<Fault>,
    /// Turns amounts into smallest units; set as soon as the currency has been checked.
    pub currency: Currency,
    removed: &'a BTreeSet<String>,
    written: Written<'a>,
}

impl<'a> Check<'a> {
    /// A check of what was read from a tree, minus what reading took out.
    pub fn new(removed: &'a BTreeSet<String>, written: Written<'a>) -> Self {
        let currency = Currency { code: String::new(), minor_per_unit: HUNDREDTHS };
        Self { faults: Vec::new(), currency, removed, written }
    }

    /// Whether reading took this value, or something that holds it, out.
    pub fn was_removed(&self, path: &str) -> bool {
        let mut at = Some(path);
        while let Some(path) = at {
            if self.removed.contains(path) {
                return true;
            }
            at = paths::parent(path);
        }
        false
    }

    /// Whether reading took anything below (or at, or above) this path out: names that seem
    /// unknown may then be among what was lost.
    pub fn is_incomplete(&self, path: &str) -> bool {
        let below = |removed: &String| {
            removed.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        self.was_removed(path) || self.removed.iter().any(below)
    }

    /// Records that the value at a path is not what it must be.
    pub fn value(&mut self, path: &str, required: &str) -> &mut Fault {
        let kind = FaultKind::Value {
            what: paths::last_key(path).to_owned(),
            found: self.written.text(path),
            required: required.to_owned(),
        };
        self.push(Fault::new(Place::Value(path.to_owned()), kind))
    }

    /// Records that something is missing, unless reading took it out.
    pub fn missing(&mut self, path: &str, why: &str) {
        if self.was_removed(path) {
            return;
        }
        let what = format!("`{}`", paths::last_key(path));
        let kind = FaultKind::Missing { what, why: why.to_owned() };
        self.push(Fault::new(Place::Value(path.to_owned()), kind));
    }

    /// Records that values cannot stand together, at the key of one of them.
    pub fn conflict(&mut self, path: &str, message: impl Into<String>) -> &mut Fault {
        let kind = FaultKind::Conflict { message: message.into() };
        self.push(Fault::new(Place::Key(path.to_owned()), kind))
    }

    /// Records a name that refers to nothing.
    pub fn unknown(&mut self, place: Place, what: &str, found: &str, known: &[String]) {
        let kind = FaultKind::UnknownName {
            what: what.to_owned(),
            found: found.to_owned(),
            known: known.to_vec(),
        };
        self.push(Fault::new(place, kind));
    }

    fn push(&mut self, fault: Fault) -> &mut Fault {
        let at = self.faults.len();
        self.faults.push(fault);
        &mut self.faults[at]
    }

    /// A number as one of the units, if it was given and lies in the unit's range.
    pub fn unit<T>(
        &mut self,
        path: &str,
        x: Option<Number>,
        new: impl Fn(f64) -> Result<T, OutOfRange>,
    ) -> Option<T> {
        let x = x?.0;
        match new(x) {
            Ok(unit) => Some(unit),
            Err(OutOfRange { requirement }) => {
                self.value(path, requirement).hint = share_hint(x);
                None
            }
        }
    }

    /// A number for which `holds` is true, if it was given.
    pub fn number(
        &mut self,
        path: &str,
        x: Option<Number>,
        required: &str,
        holds: impl Fn(f64) -> bool,
    ) -> Option<f64> {
        let x = x?.0;
        if holds(x) {
            return Some(x);
        }
        self.value(path, required);
        None
    }

    /// An amount of at least 0 in smallest units, if it was given.
    pub fn amount(&mut self, path: &str, units: Option<Money>) -> Option<Amount> {
        let units = units?.0;
        let amount = self.currency.amount(units).filter(|_| units >= 0.0);
        if amount.is_none() {
            let largest = self.currency.largest();
            if units > largest {
                self.value(path, &format!("an amount up to {largest:e}"));
            } else {
                self.value(path, "a finite amount >= 0");
            }
        } else if let Some(found) = fineness::of_one(units, &self.currency) {
            let what = format!("`{}`", paths::last_key(path));
            let place = Place::Value(path.to_owned());
            let fault = found.fault(place, &what, units, &self.currency);
            self.push(fault);
        }
        amount
    }

    /// An amount above 0, if it was given.
    pub fn positive_amount(&mut self, path: &str, units: Option<Money>) -> Option<Amount> {
        let amount = self.amount(path, units)?;
        if amount.0 > 0 {
            return Some(amount);
        }
        self.value(path, "an amount of at least one smallest unit");
        None
    }

    /// The id of the table at `path`: a slug that none of `seen` has; it joins `seen`.
    pub fn id(
        &mut self,
        path: &str,
        id: Option<String>,
        what: &str,
        seen: &mut BTreeSet<String>,
    ) -> String {
        let at = paths::key(path, "id");
        let Some(id) = id else {
            self.missing(&at, "a short name such as `cap-100k`, by which others refer to it");
            return String::new();
        };
        if !is_slug(&id) {
            let fault = self.value(&at, "a slug: lower-case letters, digits and `-`");
            let better = slug(&id);
            if !better.is_empty() {
                fault.hint = Some(format!("write `{better}`, and put free text into `title`"));
            }
        }
        if !seen.insert(id.clone()) {
            let kind = FaultKind::Duplicate { what: format!("{what} id"), id: id.clone() };
            self.push(Fault::new(Place::Value(at), kind).with_hint("rename one of the two"));
        }
        id
    }

    /// A text that has to hold something, if it was given.
    pub fn text(&mut self, path: &str, text: Option<String>) -> Option<String> {
        let text = text?;
        if text.trim().is_empty() {
            self.value(path, "a text that is not empty");
        }
        Some(text)
    }
}

/// The hint for a share that was typed in percent. 1.1 is hardly one of 1.1 %: only what is clearly percent
/// gets it.
pub(super) fn share_hint(x: f64) -> Option<String> {
    percent_hint(x, "a fraction").filter(|_| x >= 2.0)
}

/// The hint for a small share, such as a PD, that was typed in percent: `a fraction: write 0.03`.
pub(super) fn percent_hint(x: f64, what: &str) -> Option<String> {
    // Twelve decimals hide what dividing by 100 adds to the last binary digit.
    let share = format!("{:.12}", x / 100.0);
    (x > 1.0 && x <= 100.0)
        .then(|| format!("{what}: write {}", share.trim_end_matches('0')))
        .map(|hint| hint.trim_end_matches('.').to_owned())
}
