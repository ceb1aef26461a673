//! Data flow one way: no files use each other in a circle, and a stage uses earlier stages only.
//!
//! A folder's `mod.rs` is its face: it names the parts and what they have in common, so that it uses them and they
//! use it. It is left out of circles; what it hands on counts as what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// The names of a module, from the crate on.
type Name = Vec<String>;

/// Modules by name with the files that hold them, and what these use.
#[derive(Default)]
struct House {
    /// File of each module; parts of a file that lie in a folder of its name belong to it.
    rooms: BTreeMap<Name, String>,
    /// What modules hand on under their own names.
    handed_on: BTreeMap<Name, Name>,
    /// All paths that stand in each module.
    paths: Vec<(Name, Name)>,
}

/// Paths of a file.
struct Paths<'h> {
    house: &'h mut House,
    own: Name,
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |own: &Attribute| {
        own.path().is_ident("cfg")
            && own.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is_test)
}

impl Paths<'_> {
    /// A path as seen from here, from the crate on; `None` where it leads out of it.
    fn absolute(&self, path: &[String]) -> Option<Name> {
        let mut name = self.own.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => name.clear(),
            "self" => {}
            "super" => {
                name.pop();
            }
            child => {
                let known = self.own.iter().cloned().chain([child.to_owned()]).collect::<Name>();
                if !self.house.rooms.contains_key(&known) {
                    return None;
                }
                name.push(child.to_owned());
            }
        }
        rest = &rest[1..];
        while rest.first().is_some_and(|own| own == "super") {
            name.pop();
            rest = &rest[1..];
        }
        name.extend(rest.iter().filter(|own| *own != "self").cloned());
        Some(name)
    }

    fn add_tree(&mut self, tree: &UseTree, before: &mut Name, is_handed_on: bool) {
        let (name, shown) = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_tree(&path.tree, before, is_handed_on);
                before.pop();
                return;
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|own| self.add_tree(own, before, is_handed_on));
                return;
            }
            UseTree::Name(name) => (Some(name.ident.to_string()), Some(name.ident.to_string())),
            UseTree::Rename(own) => (Some(own.ident.to_string()), Some(own.rename.to_string())),
            _ => (None, None),
        };
        let path: Name = before.iter().cloned().chain(name).collect();
        let Some(path) = self.absolute(&path) else { return };
        match shown.filter(|_| is_handed_on) {
            Some(shown) => {
                let own = self.own.iter().cloned().chain([shown]).collect();
                self.house.handed_on.insert(own, path);
            }
            None => self.house.paths.push((self.own.clone(), path)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(own) => &own.attrs,
            Item::Use(own) => &own.attrs,
            Item::Fn(own) => &own.attrs,
            Item::Impl(own) => &own.attrs,
            Item::Struct(own) => &own.attrs,
            _ => return visit::visit_item(self, item),
        };
        if is_for_tests(attributes) {
            return;
        }
        match item {
            Item::Use(own) => {
                let is_handed_on = !matches!(own.vis, Visibility::Inherited);
                self.add_tree(&own.tree, &mut Name::new(), is_handed_on);
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Name = path.segments.iter().map(|own| own.ident.to_string()).collect();
        if names.len() > 1
            && let Some(path) = self.absolute(&names)
        {
            self.house.paths.push((self.own.clone(), path));
        }
        visit::visit_path(self, path);
    }
}

impl House {
    /// All files below a folder but tests.
    fn of(root: &Path) -> Self {
        let mut files = Vec::new();
        gather(root, &mut files);
        let mut house = Self::default();
        let mut texts = Vec::new();
        for file in files {
            let short = file.strip_prefix(root).expect("a file below its root").with_extension("");
            let mut name: Name =
                short.iter().map(|own| own.to_str().expect("names are text").to_owned()).collect();
            if matches!(name.last().map(String::as_str), Some("mod" | "lib" | "main")) {
                name.pop();
            }
            // Parts of a file belong to its room.
            let room = (1..name.len())
                .map(|n| root.join(name[..n].join("/")).with_extension("rs"))
                .find(|whole| whole.is_file())
                .unwrap_or_else(|| file.clone());
            let room = room.strip_prefix(root).expect("likewise").display().to_string();
            house.rooms.insert(name.clone(), room);
            texts.push((name, fs::read_to_string(&file).expect("a source can be read")));
        }
        for (own, text) in texts {
            let file = syn::parse_file(&text).expect("sources are Rust");
            Paths { house: &mut house, own }.visit_file(&file);
        }
        house
    }

    /// The file where the thing of a path is written down.
    fn room(&self, path: &[String]) -> Option<&str> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let on = (1..=path.len()).find(|&n| self.handed_on.contains_key(&path[..n]));
            let Some(n) = on else { break };
            let rest = path.split_off(n);
            path = self.handed_on[&path].iter().cloned().chain(rest).collect();
        }
        let own = (1..=path.len()).rev().find_map(|n| self.rooms.get(&path[..n]));
        own.map(String::as_str)
    }

    /// Files with files that they use.
    fn pairs(&self) -> BTreeSet<(&str, &str)> {
        let pairs =
            self.paths.iter().filter_map(|(own, path)| Some((self.room(own)?, self.room(path)?)));
        pairs.filter(|(from, to)| from != to).collect()
    }

    /// The same by file, without faces.
    fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let is_face = |file: &str| file.ends_with("mod.rs");
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (from, to) in self.pairs() {
            if !is_face(from) && !is_face(to) {
                uses.entry(from).or_default().insert(to);
            }
        }
        uses
    }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("its entries can be read").path();
        let name = path.file_stem().and_then(|own| own.to_str()).expect("names are text");
        match name {
            name if name == "tests" || name.ends_with("_tests") => {}
            _ if path.is_dir() => gather(&path, files),
            _ if path.extension().is_some_and(|own| own == "rs") => files.push(path),
            _ => {}
        }
    }
}

/// Files of which each reaches the next and the last the first; one such round for each that has some.
fn circles<'h>(uses: &BTreeMap<&'h str, BTreeSet<&'h str>>) -> Vec<Vec<&'h str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    for &start in uses.keys() {
        if found.iter().flatten().any(|own| *own == start) {
            continue;
        }
        // Nearest first, so that the round is the shortest.
        let mut reached: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = std::collections::VecDeque::from([start]);
        while let Some(own) = open.pop_front() {
            for &next in uses.get(own).into_iter().flatten() {
                if next == start {
                    let mut round = vec![own];
                    while round[round.len() - 1] != start {
                        round.push(reached[round[round.len() - 1]]);
                    }
                    round.reverse();
                    found.push(round);
                    open.clear();
                    break;
                }
                if !reached.contains_key(next) {
                    reached.insert(next, own);
                    open.push_back(next);
                }
            }
        }
    }
    found
}

fn source() -> House {
    House::of(Path::new("src"))
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let house = source();
    let uses = house.uses();
    assert!(uses.len() > 200 && uses["engine/points.rs"].contains("engine/moving.rs"));
    let found: Vec<String> = circles(&uses).iter().map(|round| round.join(" -> ")).collect();
    assert!(found.is_empty(), "{} circles:\n{}", found.len(), found.join("\n"));
}

/// The order is that of the line in `src/lib.rs`.
#[test]
fn stages_use_earlier_stages_only() {
    let text = fs::read_to_string("src/lib.rs").expect("the crate can be read");
    let line = text.lines().skip_while(|line| !line.starts_with("//! [`scenario`] →"));
    let line: String = line.take_while(|line| line.len() > 3).collect();
    let stages: Vec<&str> =
        line.split("[`").skip(1).filter_map(|own| own.split('`').next()).collect();
    assert!(stages.len() >= 10 && stages[0] == "scenario", "{stages:?}");
    let stage = |file: &str| {
        let folder = file.split(['/', '.']).next().expect("a name");
        stages.iter().position(|own| *own == folder)
    };
    let house = source();
    let up = |&(from, to): &(&str, &str)| Some(stage(from)? < stage(to)?).filter(|up| *up);
    let up: Vec<_> = house.pairs().into_iter().filter(|pair| up(pair).is_some()).collect();
    assert!(up.is_empty(), "{up:#?}");
}

#[test]
fn planted_circles_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("below a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    };
    write("lib.rs", "pub mod a; pub mod b;");
    write("a/mod.rs", "mod low; mod high; pub use high::High;");
    write("a/low.rs", "pub struct Low; #[cfg(test)] mod tests { use crate::b::B; }");
    write("a/high.rs", "use super::low::{self, Low}; pub struct High(Low);");
    write("b.rs", "use crate::a::High; pub struct B(High);");
    assert!(circles(&House::of(folder.path()).uses()).is_empty());
    // Not by an import, and through what a face hands on.
    write("a/high.rs", "pub struct High; fn of() -> crate::b::B { todo!() }");
    assert_eq!(circles(&House::of(folder.path()).uses()), [["a/high.rs", "b.rs"]]);
    // A part of a file is the file.
    write("a/high.rs", "pub struct High;");
    write("b/part.rs", "use super::super::c::C;");
    write("c.rs", "use crate::b::B; pub struct C(B);");
    assert_eq!(circles(&House::of(folder.path()).uses()), [["b.rs", "c.rs"]]);
}
