//! The scenario as a tree in which every value and key knows where it was written; TOML, YAML
//! and JSON become this tree, overrides change it, serde reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value};

use super::paths;
use crate::error::{Fault, FaultKind, Place};

/// A byte range of one of the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// Index of the source.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The same range as a place of a fault.
    pub fn place(self) -> Place {
        Place::Span { source: self.source, start: self.start, end: self.end }
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub data: Data,
}

/// What a [`Node`] is.
#[derive(Debug, Clone)]
pub(super) enum Data {
    /// Null of JSON and YAML: in a table as good as not given, in a list refused.
    Null,
    /// True or false.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A table, in the order of the file.
    Table(Vec<Entry>),
    /// A value that no key can take, such as NaN or a date.
    Refused {
        /// What it must be instead, ready to follow "must be".
        required: &'static str,
        /// The cure, if there is an obvious one.
        hint: Option<&'static str>,
    },
}

/// A key of a table with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The key.
    pub name: String,
    /// Where the key stands.
    pub span: Span,
    /// The value.
    pub node: Node,
}

impl Node {
    /// The value of a key, if this is a table that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.data {
            Data::Table(entries) => entries.iter().find(|e| e.name == name).map(|e| &e.node),
            _ => None,
        }
    }

    /// The text, if this is one.
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What tells an element of a list from others: its `id`, or the `name` of a lender.
    pub fn id(&self) -> Option<&str> {
        self.get("id").or_else(|| self.get("name")).and_then(Self::text)
    }
}

/// Where the values and keys of one tree stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Span of each value, and of its key unless it is the element of a list.
    pub spans: BTreeMap<String, (Span, Option<Span>)>,
    /// The `id` of the elements of lists that have one, by path.
    pub ids: BTreeMap<String, String>,
}

/// A tree made ready for serde.
#[derive(Debug, Default)]
pub(super) struct Lowered {
    /// The plain value, with null wherever a fault stands.
    pub value: Value,
    /// Where everything stands.
    pub index: Index,
    /// Values that no key can take.
    pub faults: Vec<Fault>,
    /// The paths of those values, so that nothing reports them as missing.
    pub removed: BTreeSet<String>,
}

/// Turns a tree into a plain value and remembers where everything stands.
pub(super) fn lower(root: &Node) -> Lowered {
    let mut lowered = Lowered::default();
    lowered.value = lowered.visit(root, None, String::new());
    lowered
}

impl Lowered {
    fn visit(&mut self, node: &Node, key: Option<Span>, path: String) -> Value {
        let value = match &node.data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Number(n) => Value::Number(n.clone()),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(nodes) => Value::Array(self.list(nodes, &path)),
            Data::Table(entries) => Value::Object(self.table(entries, &path)),
            Data::Refused { required, hint } => {
                self.refuse(&path, required, *hint);
                Value::Null
            }
        };
        self.index.spans.insert(path, (node.span, key));
        value
    }

    fn list(&mut self, nodes: &[Node], path: &str) -> Vec<Value> {
        let mut values = Vec::with_capacity(nodes.len());
        for (i, node) in nodes.iter().enumerate() {
            let at = paths::element(path, i);
            if matches!(node.data, Data::Null) {
                self.refuse(&at, "a value: a list has no gaps", None);
            }
            if let Some(id) = node.id() {
                self.index.ids.insert(at.clone(), id.to_owned());
            }
            values.push(self.visit(node, None, at));
        }
        values
    }

    fn table(&mut self, entries: &[Entry], path: &str) -> Map<String, Value> {
        let mut map = Map::new();
        for entry in entries {
            let value = self.visit(&entry.node, Some(entry.span), paths::key(path, &entry.name));
            map.insert(entry.name.clone(), value);
        }
        map
    }

    /// Records a value that cannot stand; `found` is filled in by the caller of [`lower`], which
    /// has the texts.
    fn refuse(&mut self, path: &str, required: &str, hint: Option<&str>) {
        let kind = FaultKind::Value {
            what: paths::last_key(path).to_owned(),
            found: String::new(),
            required: required.to_owned(),
        };
        let mut fault = Fault::new(Place::Value(path.to_owned()), kind);
        fault.hint = hint.map(str::to_owned);
        self.faults.push(fault);
        self.removed.insert(path.to_owned());
    }
}

/// The tree as JSON with sorted keys and without nulls: equal for equal content, whatever the
/// notation and the order of the file.
pub(super) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> =
                map.iter().filter(|(_, value)| !value.is_null()).collect();
            Value::Object(sorted.into_iter().map(|(k, v)| (k.clone(), canonical(v))).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(canonical).collect()),
        other => other.clone(),
    }
}
