//! Overrides: `--set path.to.key=value` on the command line and `set` in a variant, applied to the
//! tree before it is read, so that an overridden value is checked like any other.

use super::paths;
use super::toml_tree;
use super::tree::{Data, Entry, Node, Span};
use crate::error::{Fault, FaultKind};

/// Deepest path; the format needs seven. Bounds the depth of the tree, and so of recursion.
const DEEPEST: usize = 16;

/// One step of an override's path with its place.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// A key, the `id` or `name` of an element, or its number from 0.
    pub name: String,
    /// Where the step was written.
    pub span: Span,
}

/// Applies one `--set` argument, the text of `source`.
pub(super) fn apply(root: &mut Node, argument: &str, source: usize) -> Result<(), Box<Fault>> {
    let whole = Span { source, start: 0, end: argument.len() };
    let Some(equals) = argument.find('=') else {
        let mut fault =
            syntax(whole, "an override is written `path.to.key=value`; there is no `=`");
        fault.hint = Some("for example --set model.correlation=0.15".into());
        return Err(fault);
    };
    let steps = steps(&argument[..equals], source);
    let written = &argument[equals + 1..];
    let value = value(written, source, equals + 1)?;
    assign(root, &steps, value)
}

/// The steps of a path on the command line; a key in double quotes may hold dots.
fn steps(path: &str, source: usize) -> Vec<Step> {
    let mut quoted = false;
    let pieces = path.split(|c| {
        quoted ^= c == '"';
        c == '.' && !quoted
    });
    let mut at = 0;
    let mut steps = Vec::new();
    for piece in pieces {
        let name = piece.trim();
        let start = at + (piece.len() - piece.trim_start().len());
        let span = Span { source, start, end: start + name.len() };
        steps.push(Step { name: name.trim_matches('"').to_owned(), span });
        at += piece.len() + 1;
    }
    steps
}

/// The steps of a path that stands as one quoted key, all at the place of that key.
pub(super) fn steps_of_key(path: &str, span: Span) -> Vec<Step> {
    path.split('.').map(|name| Step { name: name.trim().to_owned(), span }).collect()
}

/// A value of the command line: TOML if it is, otherwise a plain text, because a shell eats
/// quotes.
fn value(written: &str, source: usize, offset: usize) -> Result<Node, Box<Fault>> {
    let blanks = written.len() - written.trim_start().len();
    let trimmed = written.trim();
    let offset = offset + blanks;
    match toml_tree::parse_value(trimmed, source, offset) {
        Ok(node) => Ok(node),
        // Whoever opens a quote or a bracket means TOML, and gets to know what is wrong with it.
        Err(fault) if trimmed.starts_with(['"', '\'', '[', '{']) => Err(fault),
        Err(_) => Ok(Node {
            span: Span { source, start: offset, end: offset + trimmed.len() },
            data: Data::Text(trimmed.to_owned()),
        }),
    }
}

/// Puts a value at a path, making tables on the way; elements of lists have to exist.
pub(super) fn assign(root: &mut Node, steps: &[Step], value: Node) -> Result<(), Box<Fault>> {
    let Some((last, above)) = steps.split_last() else {
        return Ok(());
    };
    if let Some(step) = steps.iter().find(|step| step.name.is_empty()) {
        return Err(syntax(step.span, "a step of the path is empty"));
    }
    if steps.len() > DEEPEST {
        return Err(syntax(last.span, "no path of the format is as deep as this"));
    }
    let mut holder = root;
    let mut path = String::new();
    for step in above {
        holder = enter(holder, step, &path)?;
        path = paths::key(&path, &step.name);
    }
    let span = value.span;
    let place = enter(holder, last, &path)?;
    *place = Node { span, data: value.data };
    Ok(())
}

/// The value that a step leads to; a key that is not there yet is added with an empty table.
fn enter<'a>(holder: &'a mut Node, step: &Step, path: &str) -> Result<&'a mut Node, Box<Fault>> {
    match &mut holder.data {
        Data::List(nodes) => {
            let number = element(nodes, step, path)?;
            Ok(&mut nodes[number])
        }
        Data::Table(entries) => {
            let known = entries.iter().position(|entry| entry.name == step.name);
            let at = known.unwrap_or_else(|| {
                let node = Node { span: step.span, data: Data::Table(Vec::new()) };
                entries.push(Entry { name: step.name.clone(), span: step.span, node });
                entries.len() - 1
            });
            Ok(&mut entries[at].node)
        }
        _ => Err(conflict(
            step.span,
            format!("`{path}` is a single value; there is no `{}` in it", step.name),
        )),
    }
}

/// The number of the element that a step names by id, name or number.
fn element(nodes: &[Node], step: &Step, path: &str) -> Result<usize, Box<Fault>> {
    let ids = || nodes.iter().map(Node::id);
    if let Some(number) = ids().position(|id| id == Some(step.name.as_str())) {
        return Ok(number);
    }
    match step.name.parse::<usize>() {
        Ok(number) if number < nodes.len() => return Ok(number),
        _ => {}
    }
    let known = ids().enumerate().map(|(i, id)| id.map_or_else(|| i.to_string(), str::to_owned));
    let kind = FaultKind::UnknownName {
        what: paths::last_key(path).to_owned(),
        found: step.name.clone(),
        known: known.collect(),
    };
    Err(Box::new(Fault::new(step.span.place(), kind)))
}

fn syntax(span: Span, message: &str) -> Box<Fault> {
    Box::new(Fault::new(span.place(), FaultKind::Syntax { message: message.to_owned() }))
}

fn conflict(span: Span, message: String) -> Box<Fault> {
    Box::new(Fault::new(span.place(), FaultKind::Conflict { message }))
}
