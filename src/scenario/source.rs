//! The texts that a scenario is made of: its file, those that it extends, and one text per `--set`
//! argument.

use super::tree::Span;

/// One text with the name under which messages show it.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The file as the user gave it or as it is reached from there, or `--set`.
    pub name: String,
    /// The whole text, without a byte order mark.
    pub text: String,
}

impl Source {
    /// The text of a span, clamped to what exists, so that no span can make a message panic.
    pub fn slice(&self, span: Span) -> &str {
        let (start, end) = self.clamp(span);
        &self.text[start..end]
    }

    /// The line that a span starts on.
    pub fn line(&self, span: Span) -> &str {
        let (start, _) = self.clamp(span);
        let from = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        self.text[from..].split('\n').next().unwrap_or("")
    }

    /// The span clamped to the text and to character boundaries.
    pub fn clamp(&self, span: Span) -> (usize, usize) {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.ceil_char_boundary(span.end).max(start);
        (start, end)
    }
}

/// How a file writes its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// TOML 1.0, the notation of the docs.
    Toml,
    /// JSON, for scenarios that programs write.
    Json,
    /// YAML 1.2, for those who have the rest of their settings in it.
    Yaml,
}
