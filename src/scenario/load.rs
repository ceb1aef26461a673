//! From a file, those that it extends and its overrides to a checked scenario with its variants, or to all the faults.

use std::path::{Path, PathBuf};

use super::check::Check;
use super::diagnostics::{Places, Tree};
use super::examine::About;
use super::heal::PATIENCE;
use super::source::{Notation, Source};
use super::tree::Node;
use super::vary::Vary;
use super::written::Written;
use super::{
    Scenario, Variant, check_behaviour, check_expect, check_system, extends, files, overrides,
    suggest, variants,
};
use crate::error::{Fault, FaultKind, Place};
use crate::units::{HUNDREDTHS, fineness};

/// A scenario ready to run.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The scenario itself.
    pub scenario: Scenario,
    /// Its variants, in file order.
    pub variants: Vec<Variant>,
    /// Shows where the faults of later stages stand.
    pub places: Places,
    /// What was read, after overrides, as JSON with sorted keys: equal for equal content whatever
    /// the notation and layout of the file; made for checksums.
    pub checksum_text: String,
    /// The file as the user gave it; relative paths in the checksum text start from its folder.
    pub file: PathBuf,
    /// Reads the scenario again with other numbers.
    pub vary: Vary,
    tree: Assembled,
}

/// A scenario that was refused.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Why, in the order of the file; at least one.
    pub faults: Vec<Fault>,
    /// Shows where they stand.
    pub places: Places,
}

/// Loads a scenario file and those that it extends, with overrides as `--set` takes them:
/// `path.to.key=value`.
///
/// # Errors
///
/// All faults of the files and the overrides at once.
pub fn load(path: &Path, overrides: &[String]) -> Result<Loaded, Rejected> {
    let refuse = |reason: String, hint: Option<&str>| {
        let kind = FaultKind::Unreadable { reason };
        let mut fault = Fault::new(Place::File(path.to_owned()), kind);
        fault.hint = hint.map(str::to_owned);
        Rejected { faults: vec![fault], places: Places::none() }
    };
    const START: &str = "`tailcap new` writes a file to start from";
    let text = files::read(path, path).map_err(|unreadable| {
        refuse(unreadable.reason, Some(unreadable.hint.as_deref().unwrap_or(START)))
    })?;
    // A file of another name is taken for what most scenarios are.
    let notation = Notation::of(path).unwrap_or(Notation::Toml);
    load_text(path, &text, notation, overrides)
}

/// Loads a scenario from a text that stands for the file `path`, which need not exist: it gives
/// the name in messages, the id, and the folder from which tapes and the files that it extends
/// resolve.
///
/// # Errors
///
/// All faults of the text and the overrides at once.
pub fn load_text(
    path: &Path,
    text: &str,
    notation: Notation,
    overrides: &[String],
) -> Result<Loaded, Rejected> {
    let text = files::without_mark(text).to_owned();
    let mut sources = vec![Source { name: path.display().to_string(), text }];
    let mut root = match extends::assemble(path, notation, &mut sources) {
        Ok(root) => root,
        Err(faults) => return Err(reject(faults, Places::new(sources, Vec::new()))),
    };
    let first = sources.len();
    sources.extend(overrides.iter().map(|o| Source { name: "--set".into(), text: o.clone() }));
    let mut faults = Vec::new();
    for (i, argument) in overrides.iter().enumerate() {
        faults.extend(overrides::apply(&mut root, argument, first + i).err().map(|fault| *fault));
    }

    let stem = path.file_stem().map(|stem| suggest::slug(&stem.to_string_lossy()));
    let id = stem.filter(|id| !id.is_empty()).unwrap_or_else(|| "scenario".to_owned());
    let tree = Assembled { file: path.to_owned(), root, sources, id };
    let given = tree.gives_unit();
    let mut per_unit = HUNDREDTHS;
    loop {
        let rejected = match tree.check(faults.clone(), per_unit) {
            Ok(loaded) => return Ok(loaded),
            Err(rejected) => rejected,
        };
        match fineness::needed(&rejected.faults) {
            // What else was found may come of the rounding.
            Some(needed) if !given && needed > per_unit => per_unit = needed,
            _ => {
                return Err(rejected);
            }
        }
    }
}

/// A scenario as one tree, with all that it extends and all overrides.
#[derive(Debug, Clone)]
struct Assembled {
    file: PathBuf,
    root: Node,
    sources: Vec<Source>,
    id: String,
}

impl Loaded {
    /// The same scenario with another smallest unit, unless it gives one itself.
    ///
    /// # Errors
    ///
    /// What the other unit brings with it.
    pub fn in_unit(&self, per_unit: u64) -> Result<Self, Rejected> {
        self.tree.check(Vec::new(), per_unit)
    }
}

impl Assembled {
    fn gives_unit(&self) -> bool {
        self.root.get("minor_units").is_some()
    }

    /// Checks the tree and its variants, in so many smallest units per unit of currency; `faults`
    /// were found in the overrides.
    fn check(&self, mut faults: Vec<Fault>, per_unit: u64) -> Result<Loaded, Rejected> {
        let Assembled { file, root, sources, id } = self;
        let base = file.parent().unwrap_or(Path::new(""));
        let about = About { sources, id, base, per_unit };
        let mut whole = about.examine(root);
        let planned = {
            let removed = whole.removed.clone();
            let written = Written { sources, index: &whole.index };
            let mut check = Check::new(&removed, written);
            let planned = variants::plan(whole.variants.take(), root, &mut check);
            faults.append(&mut check.faults);
            planned
        };
        faults.append(&mut whole.faults);

        let removed_in_base = whole.removed;
        let mut trees = vec![Tree { label: None, index: whole.index }];
        let mut checked = Vec::with_capacity(planned.len());
        let mut of_variants = Vec::new();
        for planned in planned {
            let examined = about.examine(&planned.tree);
            let mut own = examined.faults;
            if own.is_empty() && faults.is_empty() {
                own.extend(other_policies(&whole.scenario, &examined.scenario));
            }
            of_variants.push(own);
            trees.push(Tree { label: Some(planned.id.clone()), index: examined.index });
            checked.push(Variant {
                id: planned.id,
                title: planned.title,
                scenario: examined.scenario,
            });
        }
        {
            let written = Written { sources, index: &trees[0].index };
            let mut check = Check::new(&removed_in_base, written);
            check_expect::unknown_runs(&whole.scenario.expectations, &checked, &mut check);
            check_behaviour::sense(&whole.scenario.behaviour, &mut check);
            check_system::sense(&whole.scenario, &mut check);
            faults.append(&mut check.faults);
        }
        let vary = Vary::new(root, &about);
        if faults.is_empty() && of_variants.iter().all(Vec::is_empty) {
            let Scenario { regions, break_evens, .. } = &whole.scenario;
            let of_regions = regions.iter().enumerate().flat_map(|(i, region)| {
                let axes = [(&region.x, "x"), (&region.y, "y")];
                axes.map(|(axis, key)| (axis, format!("region[{i}].{key}")))
            });
            let of_points = break_evens
                .iter()
                .enumerate()
                .map(|(i, own)| (&own.axis, format!("break_even[{i}]")));
            faults.extend(
                of_regions.chain(of_points).flat_map(|(axis, at)| vary.try_ends(axis, &at)),
            );
        }
        let places = Places::new(sources.clone(), trees);
        for (i, own) in of_variants.into_iter().enumerate() {
            add_variant(&mut faults, own, i, &places);
        }
        if !faults.is_empty() {
            return Err(reject(faults, places));
        }
        Ok(Loaded {
            scenario: whole.scenario,
            variants: checked,
            places,
            checksum_text: whole.canonical,
            file: file.clone(),
            vary,
            tree: self.clone(),
        })
    }
}

/// A variant has the policies of its scenario: a ladder may not get other caps.
fn other_policies(base: &Scenario, variant: &Scenario) -> Option<Fault> {
    let (a, b) = (&base.policies, &variant.policies);
    let differs = |i: &usize| a.get(*i).map(|p| &p.id) != b.get(*i).map(|p| &p.id);
    let first = (0..a.len().max(b.len())).find(differs)?;
    let policy = b.get(first).or(a.get(first))?;
    let message = "policies have the same ids in all variants, and so a ladder the same caps";
    let kind = FaultKind::Conflict { message: message.into() };
    Some(Fault::new(Place::Value(format!("{}.id", policy.path)), kind))
}

/// Adds the faults of a variant that are not the scenario's own.
fn add_variant(faults: &mut Vec<Fault>, own: Vec<Fault>, variant: usize, places: &Places) {
    for mut fault in own {
        Places::move_to_variant(&mut fault.place, variant);
        let span = places.span(&fault.place);
        let known = faults.iter().any(|f| f.kind == fault.kind && places.span(&f.place) == span);
        if !known && faults.len() < PATIENCE {
            faults.push(fault);
        }
    }
}

fn reject(mut faults: Vec<Fault>, places: Places) -> Rejected {
    faults.sort_by_key(|fault| places.span(&fault.place));
    Rejected { faults, places }
}
