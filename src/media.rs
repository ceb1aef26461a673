//! Text of users (titles, names of segments, lenders and products, claims, paths), made safe for the place where it is
//! written: one function per medium, used by every writer of that medium.
//!
//! What is hidden (control characters, and those that turn the direction of text) is shown as `\u{1b}`, so that a name
//! can neither steer a terminal nor pass for another one.

/// Whether a character acts on its surroundings instead of being seen.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Hidden characters made visible, but for those that `keep` lets pass.
fn visible(text: &str, keep: impl Fn(char) -> bool) -> String {
    if !text.contains(|c: char| is_hidden(c) && !keep(c)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && !keep(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Text on a terminal, in a message or in a file of plain text: lines and tabs stay.
pub fn terminal(text: &str) -> String {
    visible(text, |c| matches!(c, '\n' | '\t'))
}

/// Text as it may stand in HTML, in quoted attributes too.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '/' => out.push_str("&#x2f;"),
            c => out.push(c),
        }
    }
    out
}

/// Text on one line, hidden characters (which XML forbids, or which would turn a label round) left out.
pub fn one_line(text: &str) -> String {
    let legal =
        |c: char| if is_hidden(c) || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c };
    let text: String = text.chars().map(legal).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text on one line as it may stand in SVG.
pub fn svg(text: &str) -> String {
    xml(&one_line(text))
}

/// A line of [`one_line`] as XML content.
pub fn xml(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text that LaTeX sets as it stands.
pub fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text, |c| matches!(c, '\n' | '\r')).chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '·' => out.push_str("\\textperiodcentered{}"),
            '…' => out.push_str("\\dots{}"),
            '−' => out.push_str("$-$"),
            '_' | '%' | '&' | '#' | '$' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
    }
    out.replace(" \\%", "~\\%")
}

/// Text in a comment of LaTeX, which ends with its line.
pub fn latex_comment(text: &str) -> String {
    visible(&text.replace(['\n', '\r'], " "), |_| false)
}

/// What labels of LaTeX may be made of.
pub fn latex_label(text: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    text.chars().map(keep).collect()
}

/// Text in Markdown, on one line: what would be markup is written as text.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text, |c| matches!(c, '\n' | '\r')).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A line break would end the row.
            '\n' | '\r' => out.push(' '),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' | '$' | '#' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Prose in Markdown: as [`markdown`], but what an author has put between backticks stays code where it holds nothing but
/// letters, digits and signs of names and numbers.
pub fn markdown_prose(text: &str) -> String {
    let is_name = |own: &str| {
        !own.is_empty() && own.chars().all(|c| c.is_alphanumeric() || " -_.,:=/%+()".contains(c))
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        out.push_str(&markdown(before));
        match after.split_once('`').filter(|(code, _)| is_name(code)) {
            Some((code, behind)) => {
                out.push_str(&format!("`{code}`"));
                rest = behind;
            }
            None => {
                out.push_str("\\`");
                rest = after;
            }
        }
    }
    out.push_str(&markdown(rest));
    out
}

/// A finished CSV table in which no text is taken for a formula: cells that begin with `=`, `+`, `-` or `@` and are no
/// numbers get a `'` in front, which spreadsheets take for "this is text". Numbers stay as they are.
pub fn csv(table: Vec<u8>) -> Vec<u8> {
    if str::from_utf8(&table).is_ok_and(|text| !may_be_odd(text)) {
        return table;
    }
    changed(&table).unwrap_or(table)
}

/// Whether a table may have cells to change; most have none, and large ones need not be read again.
fn may_be_odd(table: &str) -> bool {
    table.contains(|c: char| is_hidden(c) && c != '\n')
        || table.split([',', '\n', '"']).any(is_formula)
}

/// Whether a spreadsheet would compute a cell.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err()
}

/// The table with its cells as in [`csv_cell`]; `None` where that changes none, or where it is no table of text.
fn changed(table: &[u8]) -> Option<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table);
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let mut changed = false;
    for record in reader.records() {
        let record = record.ok()?;
        let cells: Vec<String> = record.iter().map(csv_cell).collect();
        changed |= record.iter().ne(cells.iter().map(String::as_str));
        writer.write_record(&cells).ok()?;
    }
    writer.into_inner().ok().filter(|_| changed)
}

/// A cell as in [`csv()`].
pub fn csv_cell(cell: &str) -> String {
    let own = visible(cell, |c| c == '\n');
    if is_formula(cell) { format!("'{own}") } else { own }
}

/// A finished JSON document with hidden characters written as `\u001b`: it means the same.
pub fn json(document: Vec<u8>) -> Vec<u8> {
    let Ok(text) = str::from_utf8(&document) else { return document };
    // Line breaks between values are the only ones that stand outside of texts.
    let is_odd = |c: char| is_hidden(c) && c != '\n';
    if !text.contains(is_odd) {
        return document;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_odd(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out.into_bytes()
}

/// A label as the name of a file or folder.
pub fn file_name(label: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    label.chars().map(keep).collect()
}

/// Whether a text is an id: `[a-z0-9][a-z0-9-]*`, fit for `--set`, CSV and names of files.
pub fn is_slug(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= 64 && text.chars().all(fits) && !text.is_empty() && !text.starts_with('-')
}

/// Whether a relative path stays inside the folder that it starts from.
pub fn is_inside(path: &str) -> bool {
    use std::path::{Component, Path};
    !path.is_empty() && Path::new(path).components().all(|own| matches!(own, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}]0;x\u{7}\u{9b}1m\u{202e}<b>&\"'|\\x{1}";

    #[test]
    fn hidden_characters_are_seen() {
        assert_eq!(
            terminal("a\u{1b}[1m\u{7}\u{9b}\u{202e}\u{7f}"),
            "a\\u{1b}[1m\\u{7}\\u{9b}\\u{202e}\\u{7f}"
        );
        assert_eq!(terminal("two\nlines\tand é 中 ±"), "two\nlines\tand é 中 ±");
        for own in
            [terminal(HOSTILE), html(HOSTILE), svg(HOSTILE), latex(HOSTILE), markdown(HOSTILE)]
        {
            assert!(!own.contains(is_hidden), "{own:?}");
        }
        assert_eq!(html("<a href='/'>&\""), "&lt;a href=&#x27;&#x2f;&#x27;&gt;&amp;&quot;");
        assert_eq!(svg(" two\n\u{202e}lines <&>\" "), "two lines &lt;&amp;&gt;&quot;");
    }

    #[test]
    fn titles_do_not_become_markup() {
        assert_eq!(markdown("a|b *c* <i> & $x$_1"), "a\\|b \\*c\\* &lt;i&gt; &amp; \\$x\\$\\_1");
        assert_eq!(markdown("two\nlines"), "two lines");
        assert_eq!(
            markdown_prose("in `keep-30` *x* `<b>` and ` "),
            "in `keep-30` \\*x\\* \\`&lt;b&gt;` and ` "
        );
    }

    #[test]
    fn titles_are_set_as_they_stand() {
        assert_eq!(
            latex("50_% & #1 {a} $b \\c ~ ^"),
            "50\\_\\% \\& \\#1 \\{a\\} \\$b \\textbackslash{}c \\textasciitilde{} \
             \\textasciicircum{}"
        );
        assert_eq!(latex("99.9 %"), "99.9~\\%");
        assert_eq!(latex_label("Fälle_2-base"), "f-lle-2-base");
        assert_eq!(latex_comment("a\nb\u{85}"), "a b\\u{85}");
    }

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for number in ["-1", "+1.5", "-1e-9", "-inf", "3", "", "a-b"] {
            assert_eq!(csv_cell(number), number);
        }
        for formula in ["=1+1", "@x", "-1+1", "+a", "-a"] {
            assert_eq!(csv_cell(formula), format!("'{formula}"));
        }
        let table = b"name,value\n\"=a,b\",-1\n\"two\nlines\",2\n".to_vec();
        assert_eq!(csv(table), b"name,value\n\"'=a,b\",-1\n\"two\nlines\",2\n");
        let plain = b"name,\"value\"\na,-1\n".to_vec();
        assert_eq!(csv(plain.clone()), plain);
    }

    #[test]
    fn json_means_the_same() {
        let text = serde_json::to_vec_pretty(&[HOSTILE]).expect("a text is JSON");
        let safe = json(text);
        assert!(!String::from_utf8_lossy(&safe).contains(['\u{9b}', '\u{202e}']));
        let again: Vec<String> = serde_json::from_slice(&safe).expect("still JSON");
        assert_eq!(again, [HOSTILE]);
    }

    #[test]
    fn names_of_files_stay_in_their_folder() {
        assert!(is_slug("cap-100k") && !is_slug("-x") && !is_slug("Cap") && !is_slug(""));
        assert!(!is_slug("today~equal") && !is_slug("../../evil") && !is_slug("/tmp/evil"));
        assert!(is_inside("a/b.svg") && !is_inside("../b.svg") && !is_inside("/b.svg"));
        assert!(!is_inside("a/../../b") && !is_inside(""));
        assert_eq!(file_name("../a b"), "---a-b");
    }
}
