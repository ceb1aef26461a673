//! Laying one tree over another: what the upper one says goes before what the lower one says.
//!
//! Tables merge key by key. Lists of tables with ids (lenders: with names) merge by id: elements that
//! both have merge in place, new ones follow in their order. Everything else replaces what was there;
//! so do the rules of a policy, which have no ids, and tranches, whose order counts.

use std::collections::{BTreeMap, VecDeque};

use super::tree::{Data, Entry, Node};

/// Groups of keys of which a table has one: a table that gives one drops what was said below with
/// another.
const ALTERNATIVES: [&[&str]; 9] = [
    &["correlation", "loadings"],
    &["factor", "factors"],
    &["fixed", "shift"],
    &["below", "at_most"],
    &["above", "at_least"],
    &["tape", "synthetic"],
    &["pools", "stands_for"],
    // Debts of lenders; `file` of a law never meets them.
    &["file", "lenders"],
    // Laws of synthetic borrowers; `fixed` of a factor never meets them.
    &["fixed", "lognormal", "normal", "beta", "uniform", "discrete", "empirical", "logistic"],
];

/// Keys that say more about another one: a table that gives the first drops them.
const DROPS: [(&str, &str); 5] = [
    ("loadings", "on_factor"),
    ("synthetic", "columns"),
    ("synthetic", "observed_pd"),
    ("tape", "book_seed"),
    ("file", "owes"),
];

/// Tables whose keys are names that the author chose, which mean nothing to us.
const NAMES: [&str; 5] = ["segment", "factors", "loadings", "correlation", "set"];

/// Lays `over` over `under`, the root or the value of `key`.
pub(super) fn lay(over: Node, under: Node, key: &str) -> Node {
    let span = over.span;
    let data = match (over.data, under.data) {
        (Data::Table(over), Data::Table(under)) => Data::Table(tables(over, under, key)),
        (Data::List(over), Data::List(under)) if key != "tranche" && have_ids(&over, &under) => {
            Data::List(lists(over, under, key))
        }
        (over, _) => over,
    };
    Node { span, data }
}

fn tables(over: Vec<Entry>, under: Vec<Entry>, key: &str) -> Vec<Entry> {
    let mut merged = under;
    if !NAMES.contains(&key) {
        let gives = |name: &str| over.iter().any(|entry| entry.name == name);
        merged.retain(|entry| {
            let name = entry.name.as_str();
            let rival = |group: &&[&str]| {
                group.contains(&name) && group.iter().any(|key| *key != name && gives(key))
            };
            !ALTERNATIVES.iter().any(rival)
                && !DROPS.iter().any(|(given, drops)| *drops == name && gives(given))
        });
    }
    let places: BTreeMap<String, usize> =
        merged.iter().enumerate().rev().map(|(at, below)| (below.name.clone(), at)).collect();
    let mut merged: Vec<Option<Entry>> = merged.into_iter().map(Some).collect();
    for entry in over {
        let below = places.get(&entry.name).and_then(|&at| Some((at, merged[at].take()?)));
        match below {
            Some((at, below)) => {
                let node = lay(entry.node, below.node, &entry.name);
                merged[at] = Some(Entry { node, ..entry });
            }
            None => merged.push(Some(entry)),
        }
    }
    merged.into_iter().flatten().collect()
}

/// Whether two lists are lists of things with ids. What the upper one has without an id is kept,
/// for the checks to complain about.
fn have_ids(over: &[Node], under: &[Node]) -> bool {
    let named = |node: &Node| node.id().is_some();
    let table = |node: &Node| matches!(node.data, Data::Table(_));
    !over.is_empty() && !under.is_empty() && over.iter().all(table) && under.iter().all(named)
}

fn lists(over: Vec<Node>, under: Vec<Node>, key: &str) -> Vec<Node> {
    // An id given twice in the upper list is a mistake that must stay visible: only its first
    // occurrence finds the element below.
    let mut places: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
    for (at, node) in under.iter().enumerate() {
        places.entry(node.id().unwrap_or_default().to_owned()).or_default().push_back(at);
    }
    let mut merged: Vec<Option<Node>> = under.into_iter().map(Some).collect();
    for node in over {
        let found = node.id().and_then(|id| places.get_mut(id)?.pop_front());
        match found {
            Some(at) => {
                merged[at] = merged[at].take().map(|below| lay(node, below, key_of_element(key)));
            }
            None => merged.push(Some(node)),
        }
    }
    merged.into_iter().flatten().collect()
}

/// An element of `portfolio.segment` is a table of the format, unlike `model.segment`.
fn key_of_element(list: &str) -> &str {
    if NAMES.contains(&list) { "" } else { list }
}
