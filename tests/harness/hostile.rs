//! Names that are made to harm: through every command into every output, and nothing raw gets through. Every check is
//! shown to notice a writer that escapes nothing.

use std::path::Path;
use std::process::{Command, Stdio};

/// Steers terminals, ends tags, quotes, rows and groups, starts formulas and macros, turns lines round.
const EVIL: &str = "=1+1|\u{1b}]0;EVIL\u{7}\u{1b}[31m\u{9b}31m\u{202e}<script>alert(1)</script>\"'&|*_`[a](b:c)$x$\\input{x}%#~^";
/// The same where a quotation mark or a line cannot stand.
const FORMULAS: [&str; 5] = ["=EVIL()", "@EVIL", "-1+EVIL", "+EVIL", "#EVIL"];

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Medium {
    Terminal,
    Html,
    Svg,
    Latex,
    Markdown,
    Csv,
    Json,
}

/// What stands raw in a text that must not; `None`: it is safe.
fn raw(text: &str, medium: Medium) -> Option<String> {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(at) = text.find(hidden) {
        let from = text.floor_char_boundary(at.saturating_sub(40));
        return Some(format!(
            "{:?}",
            &text[from..text.ceil_char_boundary((at + 20).min(text.len()))]
        ));
    }
    let near = |word: &str| text.contains(word).then(|| format!("`{word}`"));
    match medium {
        Medium::Terminal => None,
        Medium::Html | Medium::Svg | Medium::Markdown => near("<script>alert")
            .or_else(|| (medium == Medium::Markdown).then(|| near("[a](b:c)"))?),
        // What is in comments is not set.
        Medium::Latex => text
            .lines()
            .filter(|line| !line.starts_with('%'))
            .find(|line| ["$x$", "\\input{x}", "}%#"].iter().any(|own| line.contains(own)))
            .map(str::to_owned),
        Medium::Csv => {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let cells: Vec<String> = reader
                .records()
                .map_while(Result::ok)
                .flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>())
                .collect();
            cells
                .into_iter()
                .find(|cell| cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err())
        }
        Medium::Json => {
            serde_json::from_str::<serde_json::Value>(text).err().map(|e| e.to_string())
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

fn scenario() -> String {
    let evil = quoted(EVIL);
    let json = format!(
        r#"{{ "format": 1, "title": {evil}, "description": {evil}, "source": {evil}, "horizon": {evil},
        "currency": "=\u001b<x>", "levels": [0.9], "sampling": {{ "trials": 400 }},
        "portfolio": {{ "tape": "book.csv", "defaults": {{ "lgd": 0.5 }} }}, "model": {{ "correlation": 0.1 }},
        "system": {{ "lender": [{{ "name": {evil}, "capital": 3000 }}, {{ "name": "=EVIL()", "capital": 2000 }},
          {{ "name": "@EVIL", "capital": 2000 }}],
          "programme": [{{ "id": "p", "lender": "=EVIL()", "securitised": 0.5, "own_share": 0.5,
            "tranche": [{{ "name": {evil}, "from": 0, "to": 1, "holder": {evil} }}] }}],
          "contagion": {{ "network": {{ "lenders": [{evil}, "@EVIL"], "owes": [[0, 50], [20, 0]] }} }} }},
        "policy": [{{ "id": "today", "title": {evil} }},
          {{ "id": "cap", "title": {evil}, "rule": [{{ "cap": 500 }}] }},
          {{ "id": "rungs", "title": {evil}, "rule": [{{ "cap": {{ "from": 100, "to": 900, "steps": 3 }} }}] }}],
        "variant": [{{ "id": "bad", "title": {evil}, "set": {{ "model.correlation": 0.3 }} }}],
        "region": [{{ "id": "map", "title": {evil}, "policy": "cap", "measure": {{ "es": 0.9 }},
          "x": {{ "key": "stress.pd_multiplier", "from": 0.8, "to": 1.2, "points": 2 }},
          "y": {{ "key": "stress.odds_multiplier", "from": 0.8, "to": 1.2, "points": 2 }} }}],
        "claim": {{ "number": 1, "text": {evil}, "mechanism": {evil}, "refuted_by": {evil}, "assumptions": [{evil}] }},
        "expect": [{{ "text": {evil}, "policy": "cap", "measure": "el", "falls_by_at_least": {{ "relative": 0.1 }} }},
          {{ "policy": "cap", "segment": "=EVIL()", "measure": "el", "below": 1 }}] }}"#
    );
    let tree: serde_json::Value = serde_json::from_str(&json).expect("a scenario in JSON");
    super::world::toml(&tree)
}

fn tape() -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heading = ["borrower", "segment", "product", "lender", "limit", "balance", "pd"];
    writer.write_record(heading).expect("a written row");
    for n in 0..40_usize {
        let segment = [EVIL, FORMULAS[(n / 2) % 5]][n % 2];
        let lender = [EVIL, "=EVIL()", "@EVIL"][n % 3];
        let (limit, id) = ((300 + 40 * n).to_string(), format!("b{n}"));
        let row = [&id, segment, EVIL, lender, &limit, "200", "0.05"];
        writer.write_record(row).expect("a written row");
    }
    String::from_utf8(writer.into_inner().expect("bytes")).expect("text")
}

/// Runs the command; code, standard output and standard error.
fn tailcap(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tailcap"))
        .args(arguments)
        .current_dir(folder)
        // Else the escape sequences of names would be taken out of a pipe, and nothing be seen.
        .env("CLICOLOR_FORCE", "1")
        .stdin(Stdio::null())
        .output()
        .expect("tailcap starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is said is UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn said(folder: &Path, arguments: &[&str], medium: Medium) -> String {
    let (code, out, err) = tailcap(folder, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
    for (text, medium) in [(&out, medium), (&err, Medium::Terminal)] {
        let found = raw(&colours_out(text), medium);
        assert!(found.is_none(), "{arguments:?}, {medium:?}: {found:?}");
    }
    out
}

/// Text without the colours of strips: a code, block characters, a code.
fn colours_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[31m") {
        let (before, own) = rest.split_at(at);
        out.push_str(before);
        let own = &own[5..];
        let is_strip = |c: char| " ▁▂▃▄▅▆▇█.:-=+*#@".contains(c);
        let strip = own.trim_start_matches(is_strip);
        match strip.strip_prefix("\u{1b}[39m") {
            Some(after) => {
                out.push_str(&own[..own.len() - strip.len()]);
                rest = after;
            }
            // Not ours.
            None => {
                out.push_str("\u{1b}[31m");
                rest = own;
            }
        }
    }
    out.push_str(rest);
    out
}

fn every_file(root: &Path, at: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(root.join(at)).expect("a folder").flatten() {
        let path = at.join(entry.file_name());
        match root.join(&path).is_dir() {
            true => every_file(root, &path, found),
            false => found.push(path.display().to_string()),
        }
    }
}

/// Checks every file of a folder by its ending; how many there were.
fn files_are_safe(root: &Path) -> usize {
    let mut names = Vec::new();
    every_file(root, Path::new(""), &mut names);
    for name in &names {
        let medium = match name.rsplit('.').next() {
            Some("html") => Medium::Html,
            Some("svg") => Medium::Svg,
            Some("md") => Medium::Markdown,
            Some("csv") => Medium::Csv,
            Some("json") => Medium::Json,
            Some("txt") => Medium::Terminal,
            _ => continue,
        };
        let text = std::fs::read_to_string(root.join(name)).expect("a file of text");
        let found = raw(&text, medium);
        assert!(found.is_none(), "{name}: {found:?}");
    }
    names.len()
}

#[test]
fn hostile_names_reach_no_output_raw() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    std::fs::create_dir(at.join("in")).expect("a folder");
    std::fs::write(at.join("in/s.toml"), scenario()).expect("a scenario");
    std::fs::write(at.join("in/book.csv"), tape()).expect("a tape");
    let out = said(at, &["check", "in/s.toml"], Medium::Terminal);
    assert!(out.contains("EVIL") && out.contains("\\u{1b}"), "{out}");
    let out = said(at, &["run", "in/s.toml", "--out", "out/one"], Medium::Terminal);
    assert!(out.contains("EVIL") && out.contains("\\u{1b}"), "{out}");
    said(at, &["run", "in/s.toml", "--out", "out/one"], Medium::Terminal);
    said(at, &["run", "in/s.toml", "--out", "out/two", "--set", "seed=2"], Medium::Terminal);
    said(at, &["claims", "in", "--out", "out/claims"], Medium::Terminal);
    let list = said(at, &["show", "out/one", "--list"], Medium::Terminal);
    said(at, &["show", "out/one"], Medium::Terminal);
    let formats = [
        ("text", Medium::Terminal),
        ("markdown", Medium::Markdown),
        ("latex", Medium::Latex),
        ("csv", Medium::Csv),
        ("json", Medium::Json),
    ];
    for table in list.lines().filter_map(|line| line.split_whitespace().next()) {
        for (format, medium) in formats {
            let arguments = ["show", "out/one", "--table", table, "--format", format];
            let (code, out, err) = tailcap(at, &arguments);
            // Tables of points are for programs only.
            assert!(matches!(code, Some(0 | 2)), "{arguments:?}: {err}");
            for (text, medium) in [(out, medium), (err, Medium::Terminal)] {
                let found = if text.is_empty() { None } else { raw(&colours_out(&text), medium) };
                assert!(found.is_none(), "{arguments:?}: {found:?}");
            }
        }
    }
    for (format, medium) in formats {
        said(at, &["compare", "out/one", "out/two", "--format", format], medium);
    }
    said(at, &["compare", "out/one", "out/two", "--figures", "out/differences"], Medium::Terminal);
    said(at, &["plot", "out/one", "--format", "svg"], Medium::Terminal);
    said(
        at,
        &["plot", "out/one", "out/two", "--format", "svg", "--out", "out/both"],
        Medium::Terminal,
    );
    let wrong = ["run", "in/s.toml", "--set", &format!("title={EVIL}"), "--set", "seed=-1"];
    let (code, out, err) = tailcap(at, &wrong);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let plain = err.replace("\u{1b}[", "");
    assert!(!plain.contains(['\u{7}', '\u{9b}', '\u{202e}']), "{err:?}");
    assert!(files_are_safe(&at.join("out")) > 60);
}

/// A tape is data: names come out as they went in, so that it can be run in place of the original.
#[test]
fn a_tape_hands_names_on_as_they_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("s.toml"), scenario()).expect("a scenario");
    std::fs::write(folder.path().join("book.csv"), tape()).expect("a tape");
    let (code, out, err) = tailcap(folder.path(), &["tape", "s.toml"]);
    assert_eq!(code, Some(0), "{err}");
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(out.as_bytes());
    let seen: Vec<csv::StringRecord> = reader.records().map_while(Result::ok).collect();
    assert_eq!(seen.len(), 40, "a row for every account: {out}");
    for name in FORMULAS.iter().chain([&EVIL]) {
        assert!(seen.iter().any(|row| row.iter().any(|cell| cell == *name)), "{name}: {out}");
    }
}

/// Stored results whose ids would lead out of the folder are refused, and nothing is written.
#[test]
fn ids_that_are_no_ids_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    std::fs::write(at.join("s.toml"), scenario()).expect("a scenario");
    std::fs::write(at.join("book.csv"), tape()).expect("a tape");
    let (code, _, err) = tailcap(at, &["run", "s.toml", "--out", "good", "--quiet"]);
    assert_eq!(code, Some(0), "{err}");
    let text = std::fs::read_to_string(at.join("good/results.json")).expect("results");
    let whole: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let absolute = at.join("EVIL").display().to_string();
    type Spoil = fn(&mut serde_json::Value, &str);
    let places: [Spoil; 5] = [
        |whole, id| whole["runs"][1]["variant"] = id.into(),
        |whole, id| whole["runs"][0]["regions"][0]["region"] = id.into(),
        |whole, id| whole["runs"][0]["summary"]["ladders"][0]["ladder"] = id.into(),
        |whole, id| whole["runs"][0]["policies"][1]["id"] = id.into(),
        |whole, id| whole["scenario"]["id"] = id.into(),
    ];
    std::fs::create_dir_all(at.join("deep/bad")).expect("a folder");
    for spoil in places {
        for id in ["../../EVIL", &absolute, "..", "EVIL"] {
            let mut own = whole.clone();
            spoil(&mut own, id);
            assert_ne!(own, whole);
            std::fs::write(at.join("deep/bad/results.json"), own.to_string()).expect("results");
            for arguments in [
                &["plot", "deep/bad", "--format", "svg", "--out", "deep/figures"][..],
                &["show", "deep/bad"],
                &["compare", "deep/bad", "good"],
            ] {
                let (code, out, err) = tailcap(at, arguments);
                assert_eq!(code, Some(2), "{id}: {arguments:?}: {out}{err}");
                assert!(err.contains("an id of lower-case letters"), "{err}");
            }
        }
    }
    let mut names = Vec::new();
    every_file(at, Path::new(""), &mut names);
    assert!(
        names.iter().all(|name| !name.contains("EVIL") && !name.contains("figures")),
        "{names:?}"
    );
    // The right ones are drawn.
    std::fs::write(at.join("deep/bad/results.json"), text).expect("results");
    let (code, _, err) =
        tailcap(at, &["plot", "deep/bad", "--format", "svg", "--out", "deep/figures"]);
    assert_eq!(code, Some(0), "{err}");
}

/// Wrong twins: writers that escape nothing, or not all.
#[test]
fn writers_that_escape_nothing_are_noticed() {
    let bare: String = EVIL.chars().filter(|c| !c.is_control() && *c != '\u{202e}').collect();
    for (medium, text) in [
        (Medium::Terminal, format!("title: {EVIL}")),
        (Medium::Html, format!("<p>{bare}</p>")),
        (Medium::Svg, format!("<text>{bare}</text>")),
        (Medium::Latex, format!("\\caption{{{bare}}}")),
        (Medium::Latex, "\\caption{$x$}".to_owned()),
        (Medium::Markdown, format!("| {bare} |")),
        (Medium::Csv, "name,value\n=EVIL(),1\n".to_owned()),
        (Medium::Csv, "name,value\n@EVIL,1\n".to_owned()),
        (Medium::Json, format!("[\"{}\"]", "\u{9b}31m")),
        (Medium::Json, format!("[\"{}\"]", "\u{202e}")),
    ] {
        assert!(raw(&text, medium).is_some(), "{medium:?}: {text:?}");
    }
    assert!(raw("\u{1b}[31mEVIL\u{1b}[39m", Medium::Terminal).is_some());
    let ours = "today \u{1b}[31m▂▃ \u{1b}[39m";
    assert!(raw(&colours_out(ours), Medium::Terminal).is_none());
    assert!(raw(&colours_out("\u{1b}[31mEVIL"), Medium::Terminal).is_some());
}
