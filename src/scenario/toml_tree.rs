//! TOML text to [`Node`]s.

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{Data, Entry, Node, Span};
use crate::error::{Fault, FaultKind};

/// Reads a TOML document, or says everything that is not well-formed in it.
pub(super) fn parse(text: &str, source: usize) -> Result<Node, Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| syntax(error, source, 0, text.len())).collect());
    }
    let range = table.span();
    let span = Span { source, start: range.start, end: range.end };
    Ok(Node { span, data: Data::Table(entries(table.get_ref(), source, 0)) })
}

/// Reads one TOML value that stands `offset` bytes into its source.
pub(super) fn parse_value(text: &str, source: usize, offset: usize) -> Result<Node, Box<Fault>> {
    match DeValue::parse(text) {
        Ok(value) => Ok(node(&value, source, offset)),
        Err(error) => Err(Box::new(syntax(&error, source, offset, text.len()))),
    }
}

fn syntax(error: &toml::de::Error, source: usize, offset: usize, length: usize) -> Fault {
    let range = error.span().unwrap_or(length..length);
    let span = Span { source, start: range.start + offset, end: range.end + offset };
    let message = format!("not well-formed TOML: {}", error.message());
    Fault::new(span.place(), FaultKind::Syntax { message })
}

fn entries(table: &DeTable<'_>, source: usize, offset: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            name: key.get_ref().to_string(),
            span: shifted(key.span(), source, offset),
            node: node(value, source, offset),
        })
        .collect();
    // The parser sorts by name; people read in the order of the file.
    entries.sort_by_key(|entry| entry.span);
    entries
}

fn node(value: &Spanned<DeValue<'_>>, source: usize, offset: usize) -> Node {
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Text(text.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(i) => Data::Number(i.into()),
            Err(_) => Data::Refused { required: "a whole number below 2^63", hint: None },
        },
        // Numbers of JSON are finite: `from_f64` refuses NaN and infinity.
        DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
            Some(number) => Data::Number(number),
            None => Data::Refused {
                required: "a finite number",
                hint: Some("what is not known is left out: its key has a default or is asked for"),
            },
        },
        DeValue::Boolean(b) => Data::Bool(*b),
        DeValue::Datetime(_) => Data::Refused {
            required: "a text, a number, `true`, `false`, a list or a table",
            hint: Some("a date is a text here: put it in quotes"),
        },
        DeValue::Array(values) => {
            Data::List(values.iter().map(|value| node(value, source, offset)).collect())
        }
        DeValue::Table(table) => Data::Table(entries(table, source, offset)),
    };
    Node { span: shifted(value.span(), source, offset), data }
}

fn shifted(range: std::ops::Range<usize>, source: usize, offset: usize) -> Span {
    Span { source, start: range.start + offset, end: range.end + offset }
}
