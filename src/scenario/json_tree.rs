//! JSON text to [`Node`]s: serde_json judges the syntax, a walk over the same text finds the
//! places.
//!
//! The YAML reader gives places too, but it refuses valid JSON (surrogate pairs in `\u` escapes,
//! which many programs write).

use std::collections::BTreeSet;

use serde_json::{Number, Value};

use super::tree::{Data, Entry, Node, Span};
use crate::error::{Fault, FaultKind};

/// Reads a JSON document, or says what is not well-formed in it.
pub(super) fn parse(text: &str, source: usize) -> Result<Node, Vec<Fault>> {
    if let Err(error) = serde_json::from_str::<Value>(text) {
        return Err(vec![syntax(text, &error, source)]);
    }
    let mut walk = Walk { text, at: 0, source, faults: Vec::new() };
    let root = walk.node();
    if walk.faults.is_empty() { Ok(root) } else { Err(walk.faults) }
}

fn syntax(text: &str, error: &serde_json::Error, source: usize) -> Fault {
    let whole = error.to_string();
    let what = whole.split(" at line ").next().unwrap_or(&whole);
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let start = (line_start + error.column().saturating_sub(1)).min(text.len());
    let span = Span { source, start, end: (start + 1).min(text.len()) };
    Fault::new(span.place(), FaultKind::Syntax { message: format!("not well-formed JSON: {what}") })
}

/// A walk over JSON that is known to be well-formed.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    source: usize,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Moves over white space and the separators, which need no second judgement.
    fn skip(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')) {
            self.at += 1;
        }
    }

    fn node(&mut self) -> Node {
        self.skip();
        let start = self.at;
        let data = match self.peek() {
            Some(b'{') => self.table(),
            Some(b'[') => self.list(),
            Some(b'"') => Data::Text(self.string()),
            _ => self.literal(),
        };
        Node { span: self.since(start), data }
    }

    fn since(&self, start: usize) -> Span {
        Span { source: self.source, start, end: self.at }
    }

    fn table(&mut self) -> Data {
        let mut entries: Vec<Entry> = Vec::new();
        let mut names = BTreeSet::new();
        self.at += 1;
        loop {
            self.skip();
            if self.peek() != Some(b'"') {
                break;
            }
            let start = self.at;
            let name = self.string();
            let span = self.since(start);
            // serde_json would silently let the last one win.
            if !names.insert(name.clone()) {
                let kind = FaultKind::Duplicate { what: "key".into(), id: name.clone() };
                self.faults.push(Fault::new(span.place(), kind));
            }
            let node = self.node();
            entries.push(Entry { name, span, node });
        }
        self.at += 1;
        Data::Table(entries)
    }

    fn list(&mut self) -> Data {
        let mut nodes = Vec::new();
        self.at += 1;
        loop {
            self.skip();
            if matches!(self.peek(), Some(b']') | None) {
                break;
            }
            nodes.push(self.node());
        }
        self.at += 1;
        Data::List(nodes)
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        serde_json::from_str(&self.text[start..self.at]).unwrap_or_default()
    }

    fn literal(&mut self) -> Data {
        let start = self.at;
        while self.peek().is_some_and(|byte| !b" \t\r\n,]}".contains(&byte)) {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            "null" => Data::Null,
            number => match serde_json::from_str::<Number>(number) {
                Ok(n) if !n.is_u64() || n.is_i64() => Data::Number(n),
                _ => Data::Refused { required: "a whole number below 2^63", hint: None },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_keys_know_their_bytes() {
        let text = "{\t\"é\": [1, \"a\\\"]\", \"\\ud83d\\ude00\"],\n \"b\": {\"c\": -2.5e3}}";
        let root = parse(text, 0).unwrap();
        let list = root.get("é").unwrap();
        assert_eq!(&text[list.span.start..list.span.end], "[1, \"a\\\"]\", \"\\ud83d\\ude00\"]");
        let number = root.get("b").and_then(|b| b.get("c")).unwrap();
        assert_eq!(&text[number.span.start..number.span.end], "-2.5e3");
        assert_eq!((root.span.start, root.span.end), (0, text.len()));
    }

    #[test]
    fn a_key_given_twice_is_a_fault() {
        assert_eq!(parse("{\"a\": 1, \"a\": 2}", 0).unwrap_err().len(), 1);
    }
}
