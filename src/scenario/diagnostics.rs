//! Showing faults to people: the line of the scenario with the value underlined, or the cell of
//! the tape, with a hint where the cure is known.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::paths;
use super::source::Source;
use super::suggest::nearest;
use super::tree::{Index, Span};
use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};
use crate::media;

/// Bytes of a line that is shown with a fault; longer ones are only named.
const LONGEST_LINE: usize = 10_000;

/// Where the values of a loaded scenario and its variants stand.
#[derive(Debug, Clone)]
pub struct Places {
    sources: Vec<Source>,
    /// The scenario first, then its variants.
    trees: Vec<Tree>,
    /// The tree that paths without a prefix refer to.
    current: usize,
}

/// The places of one tree.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// Id of the variant; `None` for the scenario itself.
    pub label: Option<String>,
    /// Where its values stand.
    pub index: Index,
}

impl Places {
    /// For faults that stand in no text: of whole files and of tapes.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new(), Vec::new())
    }

    pub(super) fn new(sources: Vec<Source>, trees: Vec<Tree>) -> Self {
        Self { sources, trees, current: 0 }
    }

    /// The places for faults of the variant with this number (from 0): paths refer to the
    /// variant's values, and messages name the variant.
    #[must_use]
    pub fn in_variant(&self, variant: usize) -> Self {
        Self { current: (variant + 1).min(self.trees.len().saturating_sub(1)), ..self.clone() }
    }

    /// The faults as text for people, at most [`MAX_FAULTS`] of them, each ending in a line break.
    #[must_use]
    pub fn render(&self, faults: &[Fault], colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for (i, fault) in faults.iter().take(MAX_FAULTS).enumerate() {
            if i > 0 {
                text.push('\n');
            }
            text.push_str(self.one(fault, &renderer).trim_end());
            text.push('\n');
        }
        if faults.len() > MAX_FAULTS {
            text.push_str("\nand more\n");
        }
        text
    }

    fn one(&self, fault: &Fault, renderer: &Renderer) -> String {
        let hint = fault.hint.clone().or_else(|| names_hint(&fault.kind));
        let hint = hint.map(|hint| media::terminal(&hint));
        // One line, whatever the values in it hold.
        let title = format!("{}{}", self.context(fault), fault.kind);
        let title = media::terminal(&title.lines().collect::<Vec<_>>().join(" "));
        let shown = |path: &std::path::Path| media::terminal(&path.display().to_string());
        if let Place::Cell { file, line, column } = &fault.place {
            let column = column.as_ref().map(|c| format!("column `{c}`: ")).unwrap_or_default();
            let column = media::terminal(&column);
            let title = format!("{}:{line}: {column}{title}", shown(file));
            return in_lines(&title, hint.as_deref(), renderer);
        }
        if let Place::File(file) = &fault.place {
            return in_lines(&format!("`{}`: {title}", shown(file)), hint.as_deref(), renderer);
        }
        let heading = Level::ERROR.primary_title(&title);
        let source = |span: &Span| Some((*span, self.sources.get(span.source)?));
        let report = match self.span(&fault.place).as_ref().and_then(source) {
            // The renderer takes time for lines that nobody reads, as of JSON without line breaks.
            Some((span, source)) if source.line(span).len() > LONGEST_LINE => {
                let (start, _) = source.clamp(span);
                let before = &source.text[..start];
                let line_start = before.rfind('\n').map_or(0, |at| at + 1);
                let line = before.matches('\n').count() + 1;
                let column = before[line_start..].chars().count() + 1;
                heading.element(Origin::path(&source.name).line(line).char_column(column))
            }
            Some((span, source)) => {
                let (start, end) = source.clamp(span);
                // A table of many lines is shown by its first.
                let line = source.text[start..end].lines().next().unwrap_or("").len();
                heading.element(
                    Snippet::source(&source.text)
                        .path(&source.name)
                        .annotation(AnnotationKind::Primary.span(start..start + line)),
                )
            }
            None => match self.sources.first() {
                Some(source) => heading.element(Origin::path(&source.name)),
                None => return in_lines(&title, hint.as_deref(), renderer),
            },
        };
        let report = match &hint {
            Some(hint) => report.element(Level::HELP.with_name("hint").message(hint)),
            None => report,
        };
        renderer.render(&[report]).clone()
    }

    /// Which variant, policy, segment, factor or lender a fault belongs to: `` policy `cap-3000`: ``.
    fn context(&self, fault: &Fault) -> String {
        let (Place::Value(path) | Place::Key(path)) = &fault.place else {
            return String::new();
        };
        let Some((tree, path)) = self.tree(path) else {
            return String::new();
        };
        let mut context = match &tree.label {
            Some(id) => format!("variant `{id}`: "),
            None => String::new(),
        };
        // A fault of the id itself names it anyway.
        if !matches!(paths::last_key(path), "id" | "name")
            && let Some((what, id)) = owner(&tree.index, path)
        {
            context.push_str(&format!("{what} `{id}`: "));
        }
        context
    }

    /// The span of a place; what is missing is shown at the nearest thing that should hold it.
    pub(super) fn span(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Span { source, start, end } => {
                Some(Span { source: *source, start: *start, end: *end })
            }
            Place::Value(path) => {
                let (tree, mut path) = self.tree(path)?;
                loop {
                    // The root would underline the first line for no reason.
                    if path.is_empty() {
                        return None;
                    }
                    if let Some((value, _)) = tree.index.spans.get(path) {
                        return Some(*value);
                    }
                    path = paths::parent(path)?;
                }
            }
            Place::Key(path) => {
                let (tree, bare) = self.tree(path)?;
                match tree.index.spans.get(bare) {
                    Some((_, Some(key))) => Some(*key),
                    _ => self.span(&Place::Value(path.clone())),
                }
            }
            Place::Cell { .. } | Place::File(_) => None,
        }
    }

    /// Makes a path refer to a variant: within this stage `variant[2]:model` is `model` in the
    /// third variant. The colon cannot stand in a path otherwise, because keys with one are quoted.
    pub(super) fn move_to_variant(place: &mut Place, variant: usize) {
        if let Place::Value(path) | Place::Key(path) = place {
            *path = format!("variant[{variant}]:{path}");
        }
    }

    fn tree<'a>(&'a self, path: &'a str) -> Option<(&'a Tree, &'a str)> {
        let prefixed = path.strip_prefix("variant[").and_then(|rest| rest.split_once("]:"));
        let (number, path) = match prefixed {
            Some((number, rest)) => match number.parse::<usize>() {
                Ok(number) => (number + 1, rest),
                Err(_) => (self.current, path),
            },
            None => (self.current, path),
        };
        Some((self.trees.get(number)?, path))
    }
}

/// What has the innermost id at or above a path.
fn owner<'a>(index: &'a Index, path: &'a str) -> Option<(&'a str, &'a str)> {
    let mut at = path;
    loop {
        let above = paths::parent(at)?;
        if let Some(id) = index.ids.get(at) {
            return Some((paths::last_key(above), id));
        }
        if above == "model.segment" {
            return Some(("segment", paths::last_key(at)));
        }
        at = above;
    }
}

/// The hint for a name that is not known: the one that was probably meant, or all.
fn names_hint(kind: &FaultKind) -> Option<String> {
    let (found, known, what) = match kind {
        FaultKind::UnknownKey { key, known } => (key, known, "keys"),
        FaultKind::UnknownName { found, known, .. } => (found, known, "names"),
        _ => return None,
    };
    if let Some(meant) = nearest(found, known) {
        return Some(format!("did you mean `{meant}`?"));
    }
    let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    (!all.is_empty()).then(|| format!("known {what}: {}", all.join(", ")))
}

/// A fault that has no line of the scenario to show.
fn in_lines(title: &str, hint: Option<&str>, renderer: &Renderer) -> String {
    let mut text =
        renderer.render(&[annotate_snippets::Group::with_title(Level::ERROR.primary_title(title))]);
    if let Some(hint) = hint {
        let level = Level::HELP.with_name("hint");
        let group = annotate_snippets::Group::with_title(level.primary_title(hint));
        text.push('\n');
        text.push_str(&renderer.render(&[group]));
    }
    text
}
