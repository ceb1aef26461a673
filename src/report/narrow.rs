//! The first screen on terminals that are narrower than it: the same tables, broken into several.

use std::fmt::Write;

use super::curves::Terminal;
use super::results::Results;
use super::screen::{describe, heading, screen};
use super::sheet_text::text;
use super::sheets::{self, Selection};
use super::verdicts;
use super::wrapping::{WIDTH, wrapped_to};

/// The first screen of stored results on a terminal.
pub fn screen_in(results: &Results, terminal: Terminal) -> String {
    let width = terminal.width;
    if width >= WIDTH {
        return screen(results, None);
    }
    let mut out = String::new();
    let mut push = |line: &str| {
        writeln!(out, "{line}").expect("writing to a string cannot fail");
    };
    for line in heading(results, None) {
        wrapped_to(&line, width, 2).iter().for_each(|line| push(line));
    }
    for run in &results.runs {
        push("");
        let asked = Selection { variant: Some(run.variant.clone()), ..Selection::default() };
        for name in ["comparison", "attribution", "system"] {
            for sheet in sheets::of(results, name, &asked) {
                push(text(&sheet, terminal).trim_end());
                push("");
            }
        }
        for warning in &run.warnings {
            let note = format!("note: {}", describe(warning));
            wrapped_to(&note, width, 6).iter().for_each(|line| push(line));
        }
    }
    if !results.verdicts.is_empty() {
        push("");
    }
    for judgement in &results.verdicts {
        for line in verdicts::lines(judgement) {
            wrapped_to(&line, width, 11).iter().for_each(|line| push(line));
        }
    }
    out
}
