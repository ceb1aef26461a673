//! YAML text to [`Node`]s, from the events of the parser.
//!
//! Events rather than finished trees: nesting can be bounded before it is followed, and a key given
//! twice, an alias or a tag is judged at its own place.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, Tag};
use serde_json::Number;

use super::tree::{Data, Entry, Node, Span};
use crate::error::{Fault, FaultKind};

/// Deepest nesting; the format needs nine.
const DEEPEST: usize = 64;

/// Most values that aliases of a file stand for together.
const MOST_VALUES: usize = 100_000;

/// Reads a YAML document, or says what is wrong with it. An empty one is an empty table.
pub(super) fn parse(text: &str, source: usize) -> Result<Node, Vec<Fault>> {
    let bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut reading = Reading {
        source,
        bytes,
        open: Vec::new(),
        root: None,
        anchors: BTreeMap::new(),
        values: 0,
        faults: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, marks)) => reading.take(event, marks)?,
            Err(error) => return Err(reading.broken(&error)),
        }
    }
    if !reading.faults.is_empty() {
        return Err(reading.faults);
    }
    let nothing = Node { span: Span { source, start: 0, end: 0 }, data: Data::Table(Vec::new()) };
    Ok(reading.root.unwrap_or(nothing))
}

/// The document as far as it has been read.
struct Reading {
    source: usize,
    /// The first byte of every character: the parser counts characters.
    bytes: Vec<usize>,
    /// Lists and tables that have not ended.
    open: Vec<Open>,
    root: Option<Node>,
    /// What anchors stand for, by the parser's numbers.
    anchors: BTreeMap<usize, Node>,
    values: usize,
    faults: Vec<Fault>,
}

/// A list or table that has not ended.
struct Open {
    start: usize,
    anchor: usize,
    held: Held,
}

enum Held {
    List(Vec<Node>),
    Table(Table),
}

/// A table that has not ended.
#[derive(Default)]
struct Table {
    entries: Vec<Entry>,
    /// The key whose value comes next.
    waiting: Option<(String, Span)>,
    /// All keys.
    names: BTreeSet<String>,
}

impl Reading {
    /// Takes the next event; an error ends the reading.
    fn take(&mut self, event: Event<'_>, marks: Marks) -> Result<(), Vec<Fault>> {
        let span = self.span(marks);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.refuse(span, "a scenario is one YAML document", "take the `---` out");
                return Err(std::mem::take(&mut self.faults));
            }
            Event::Scalar(text, style, anchor, tag) => {
                let data = self.scalar(&text, style, tag.as_deref(), span);
                // A key has no use for its type: `1:` is the key `1`.
                let key = matches!(style, ScalarStyle::Plain).then(|| text.into_owned());
                self.put(Node { span, data }, anchor, key)?;
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => {
                    self.values += size(&node);
                    if self.values > MOST_VALUES {
                        let message = format!("aliases stand for more than {MOST_VALUES} values");
                        self.refuse(span, &message, "write what is meant without aliases");
                        return Err(std::mem::take(&mut self.faults));
                    }
                    self.put(node, 0, None)?;
                }
                None => {
                    self.refuse(span, "an alias inside of what it stands for", "write it out");
                    self.put(Node { span, data: Data::Null }, 0, None)?;
                }
            },
            Event::SequenceStart(anchor, tag) => {
                self.open(Held::List(Vec::new()), anchor, tag.as_deref(), span)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.open(Held::Table(Table::default()), anchor, tag.as_deref(), span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span, marks.is_empty())?,
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        held: Held,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Vec<Fault>> {
        if tag.is_some() {
            self.refuse_tag(span);
        }
        if self.open.len() >= DEEPEST {
            let message = format!("nested more than {DEEPEST} deep");
            self.refuse(span, &message, "no value of a scenario is as deep as this");
            return Err(std::mem::take(&mut self.faults));
        }
        self.open.push(Open { start: span.start, anchor, held });
        Ok(())
    }

    fn close(&mut self, end: Span, block: bool) -> Result<(), Vec<Fault>> {
        let Some(Open { start, anchor, held }) = self.open.pop() else { return Ok(()) };
        let (data, last) = match held {
            Held::List(nodes) => {
                let last = nodes.last().map(|node| node.span.end);
                (Data::List(nodes), last)
            }
            Held::Table(Table { entries, .. }) => {
                let last = entries.last().map(|entry| entry.node.span.end.max(entry.span.end));
                (Data::Table(entries), last)
            }
        };
        // The end of a block is only known where the next thing begins.
        let end = if block { last.unwrap_or(start).max(start) } else { end.end };
        self.put(Node { span: Span { source: self.source, start, end }, data }, anchor, None)
    }

    /// Puts a finished value where it belongs; `key` is its text in case it is a key.
    fn put(&mut self, node: Node, anchor: usize, key: Option<String>) -> Result<(), Vec<Fault>> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.held) {
            None => self.root = Some(node),
            Some(Held::List(nodes)) => nodes.push(node),
            Some(Held::Table(table)) => match table.waiting.take() {
                Some((name, span)) => table.entries.push(Entry { name, span, node }),
                None => {
                    let name = key.or_else(|| node.text().map(str::to_owned));
                    let twice = name.as_ref().is_some_and(|name| !table.names.insert(name.clone()));
                    table.waiting = Some((name.clone().unwrap_or_default(), node.span));
                    self.judge_key(name, twice, node.span);
                }
            },
        }
        Ok(())
    }

    fn judge_key(&mut self, name: Option<String>, twice: bool, span: Span) {
        match name {
            None => self.refuse(span, "a key is a single word", "write `key: value`"),
            Some(name) if name == "<<" => self.refuse(
                span,
                "merge keys (`<<`) are not read",
                "write the keys out, or build on another file with `extends`",
            ),
            Some(id) if twice => {
                let kind = FaultKind::Duplicate { what: "key".into(), id };
                self.faults.push(Fault::new(span.place(), kind));
            }
            Some(_) => {}
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Data {
        let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        if tag.is_some() && !is_text {
            self.refuse_tag(span);
        }
        if is_text || !matches!(style, ScalarStyle::Plain) {
            return Data::Text(text.to_owned());
        }
        plain(text)
    }

    fn refuse_tag(&mut self, span: Span) {
        self.refuse(span, "tags (`!name`) are not read", "leave it out: types follow from the key");
    }

    fn refuse(&mut self, span: Span, message: &str, hint: &str) {
        let kind = FaultKind::Syntax { message: message.to_owned() };
        self.faults.push(Fault::new(span.place(), kind).with_hint(hint));
    }

    /// The faults so far and that of the parser, behind which nothing is read.
    fn broken(mut self, error: &ScanError) -> Vec<Fault> {
        let start = self.byte(error.marker().index());
        let end = self.byte(error.marker().index() + 1);
        let message = format!("not well-formed YAML: {}", error.info());
        let span = Span { source: self.source, start, end };
        self.faults.push(Fault::new(span.place(), FaultKind::Syntax { message }));
        self.faults
    }

    fn span(&self, marks: Marks) -> Span {
        let (start, end) = (self.byte(marks.start.index()), self.byte(marks.end.index()));
        Span { source: self.source, start, end: end.max(start) }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes[character.min(self.bytes.len() - 1)]
    }
}

/// Number of values in a tree.
fn size(node: &Node) -> usize {
    1 + match &node.data {
        Data::List(nodes) => nodes.iter().map(size).sum(),
        Data::Table(entries) => entries.iter().map(|entry| size(&entry.node)).sum(),
        _ => 0,
    }
}

/// What a scalar without quotes is by the core schema of YAML 1.2, in which `no` is a text; digits
/// may be grouped by `_`, as in TOML.
fn plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let not_finite = Data::Refused {
        required: "a finite number",
        hint: Some("what is not known is left out: its key has a default or is asked for"),
    };
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&unsigned) {
        return not_finite;
    }
    let too_large = Data::Refused { required: "a whole number below 2^63", hint: None };
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = unsigned.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return i64::from_str_radix(digits, radix).map_or(too_large, |i| {
                Data::Number(if text.starts_with('-') { (-i).into() } else { i.into() })
            });
        }
    }
    let Some(digits) = ungrouped(text) else { return Data::Text(text.to_owned()) };
    if digits.strip_prefix(['-', '+']).unwrap_or(&digits).bytes().all(|b| b.is_ascii_digit()) {
        return digits.parse::<i64>().map_or(too_large, |i| Data::Number(i.into()));
    }
    match digits.parse::<f64>() {
        Ok(x) => Number::from_f64(x).map_or(not_finite, Data::Number),
        Err(_) => Data::Text(text.to_owned()),
    }
}

/// A text that may be a decimal number, without the `_` between its digits.
fn ungrouped(text: &str) -> Option<String> {
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let fits = |i: usize, b: &u8| match b {
        b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-' => true,
        b'_' => i > 0 && digit(bytes.get(i - 1)) && digit(bytes.get(i + 1)),
        _ => false,
    };
    let starts = bytes.first().is_some_and(|b| !b.is_ascii_alphabetic());
    let some = bytes.iter().any(u8::is_ascii_digit);
    (starts && some && bytes.iter().enumerate().all(|(i, b)| fits(i, b)))
        .then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<f64> {
        match plain(text) {
            Data::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    #[test]
    fn words_without_quotes_are_what_the_core_schema_says() {
        for text in [
            "no",
            "yes",
            "on",
            "nan",
            "inf",
            "1_",
            "_1",
            "1e",
            "-",
            ".",
            "+-5",
            "2024-02-23",
            "1.2.3",
        ] {
            assert!(matches!(plain(text), Data::Text(_)), "{text}");
        }
        for text in ["", "~", "null"] {
            assert!(matches!(plain(text), Data::Null), "{text}");
        }
        assert!(matches!(plain("True"), Data::Bool(true)));
        for text in [".inf", "-.INF", ".nan", "1e999", "9223372036854775808", "0xffffffffffffffff"]
        {
            assert!(matches!(plain(text), Data::Refused { .. }), "{text}");
        }
        let numbers =
            [("1_000", 1000.0), ("-1.5e3", -1500.0), ("+7", 7.0), (".5", 0.5), ("0x1F", 31.0)];
        for (text, x) in numbers {
            assert_eq!(number(text), Some(x), "{text}");
        }
    }

    #[test]
    fn values_and_keys_know_their_bytes() {
        let text = "# é\r\ntitle: \"ü\"\r\nlist:\r\n  - {a: é, b: 2}\r\n  - c: x\r\nlast: 3\r\n";
        let root = parse(text, 0).unwrap();
        let slice = |span: Span| &text[span.start..span.end];
        assert_eq!(slice(root.get("title").unwrap().span), "\"ü\"");
        let Data::List(list) = &root.get("list").unwrap().data else { panic!("no list") };
        assert_eq!(slice(list[0].span), "{a: é, b: 2}");
        assert_eq!(slice(list[1].span), "c: x");
        assert_eq!(slice(root.get("last").unwrap().span), "3");
        let Data::Table(entries) = &root.data else { panic!("no table") };
        assert_eq!(slice(entries[1].span), "list");
    }
}
