//! A scenario again with other numbers: what regions and break-evens try.

use std::path::PathBuf;

use super::examine::About;
use super::overrides::{assign, steps_of_key};
use super::source::Source;
use super::tree::{Data, Node, Span};
use super::variants::refusal;
use super::{Axis, Scenario};
use crate::error::{Fault, FaultKind, Place};

/// Tables that a varied scenario does without.
const LEFT_OUT: [&str; 5] = ["variant", "expect", "claim", "region", "break_even"];

/// What is needed to read a scenario again.
#[derive(Debug, Clone)]
pub struct Vary {
    root: Node,
    sources: Vec<Source>,
    id: String,
    base: PathBuf,
    per_unit: u64,
}

impl Vary {
    pub(super) fn new(root: &Node, about: &About<'_>) -> Self {
        let mut root = root.clone();
        if let Data::Table(entries) = &mut root.data {
            entries.retain(|entry| !LEFT_OUT.contains(&entry.name.as_str()));
        }
        Self {
            root,
            sources: about.sources.to_vec(),
            id: about.id.to_owned(),
            base: about.base.to_owned(),
            per_unit: about.per_unit,
        }
    }

    /// The scenario with numbers at these paths, without statements and studies.
    ///
    /// # Errors
    ///
    /// All faults that the numbers bring with them. Amounts between the ends of an axis are rounded
    /// to the smallest unit that the ends need.
    pub fn with(&self, numbers: &[(&str, f64)]) -> Result<Scenario, Vec<Fault>> {
        let (scenario, mut faults) = self.examined(numbers)?;
        faults.retain(|fault| !matches!(fault.kind, FaultKind::TooCoarse { .. }));
        if faults.is_empty() { Ok(scenario) } else { Err(faults) }
    }

    /// The scenario with its faults, unless the numbers fit nowhere.
    fn examined(&self, numbers: &[(&str, f64)]) -> Result<(Scenario, Vec<Fault>), Vec<Fault>> {
        let mut root = self.root.clone();
        let span = Span { source: 0, start: 0, end: 0 };
        for &(key, x) in numbers {
            let steps = steps_of_key(key, span);
            let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            let place = || Place::Key(key.to_owned());
            if let Some((message, hint)) = refusal(&names) {
                let kind = FaultKind::Conflict { message };
                return Err(vec![Fault::new(place(), kind).with_hint(hint)]);
            }
            if names[0] == "portfolio" {
                let message = format!("`{key}` is a number of the book, which stays the same");
                let fault = Fault::new(place(), FaultKind::Conflict { message });
                return Err(vec![
                    fault.with_hint("vary behaviour, model, stress, system or a policy"),
                ]);
            }
            let number = serde_json::Number::from_f64(x).map_or(Data::Null, Data::Number);
            let node = Node { span, data: number };
            assign(&mut root, &steps, node)
                .map_err(|fault| vec![Fault { place: place(), ..*fault }])?;
        }
        let Self { sources, id, base, per_unit, .. } = self;
        let about = About { sources, id, base, per_unit: *per_unit };
        let examined = about.examine(&root);
        Ok((examined.scenario, examined.faults))
    }

    /// Faults of an axis whose number cannot take the values at its ends, at `path`.
    pub(super) fn try_ends(&self, axis: &Axis, path: &str) -> Vec<Fault> {
        let mut faults: Vec<Fault> = Vec::new();
        for end in [axis.from, axis.to] {
            let found = match self.examined(&[(&axis.key, end)]) {
                Ok((_, faults)) | Err(faults) => faults,
            };
            for fault in found {
                // Numbers that are tried stand in no file, so that they are told here.
                let kind = match fault.kind {
                    FaultKind::Value { required, .. } => {
                        let message =
                            format!("`{}` cannot be {end}: it must be {required}", axis.key);
                        FaultKind::Conflict { message }
                    }
                    other => other,
                };
                let new = Fault { place: Place::Value(format!("{path}.key")), kind, ..fault };
                if !faults.contains(&new) {
                    faults.push(new);
                }
            }
        }
        faults
    }
}
