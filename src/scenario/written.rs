//! Values as their author wrote them, for messages.

use super::source::Source;
use super::tree::{Index, Span};

/// Longest excerpt in a message; the rest is in the snippet below it.
const LONGEST: usize = 40;

/// The texts and the places in them of one tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    /// The texts.
    pub sources: &'a [Source],
    /// Where values stand.
    pub index: &'a Index,
}

impl Written<'_> {
    /// The value at a path as written, cut to one short line.
    pub fn text(&self, path: &str) -> String {
        match self.index.spans.get(path) {
            Some((span, _)) => excerpt(self.sources, *span),
            None => String::new(),
        }
    }
}

/// A piece of a text, cut to one short line.
pub(super) fn excerpt(sources: &[Source], span: Span) -> String {
    let Some(source) = sources.get(span.source) else {
        return String::new();
    };
    let text = source.slice(span);
    let line = text.lines().next().unwrap_or("");
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
