//! `report.html`: a run as one page that is read, sent round and printed.
//!
//! The page stands alone: style, script, figures and data are in it, a Content-Security-Policy lets nothing in
//! and nothing out and knows the one script by its checksum. It holds neither clock nor path, so that the same run
//! writes the same bytes. All text of users passes through the escaping of the template or of `script_data`.

mod answers;
mod behind;
mod glossary;
mod sections;
mod series;
mod table;
mod tables;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, escape_formatter};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::media;
use crate::plots::Figure;
use crate::report::Key;
use crate::report::results::{Results, ScenarioFacts};

const PAGE: &str = include_str!("page.html");
const PARTS: &str = include_str!("parts.html");
const STYLE: &str = include_str!("page.css");
/// One script from several files, each for one purpose; they share nothing but the helpers of the first.
const SCRIPT: &[&str] = &[
    include_str!("script/common.js"),
    include_str!("script/hints.js"),
    include_str!("script/tables.js"),
    include_str!("script/downloads.js"),
    include_str!("script/chart.js"),
    include_str!("script/explorer.js"),
];

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template.
    #[error("cannot make report.html: {0}")]
    Template(#[from] minijinja::Error),
    /// The data.
    #[error("cannot make report.html: {0}")]
    Data(#[from] serde_json::Error),
    /// The tables behind the figures.
    #[error("cannot make report.html: {0}")]
    Table(#[from] csv::Error),
}

/// Data of the page's script.
#[derive(Serialize)]
struct ScriptData {
    id: String,
    explorer: series::Explorer,
    behind: Vec<behind::Behind>,
}

/// What the template is filled with.
#[derive(Serialize)]
struct View<'a> {
    facts: &'a ScenarioFacts,
    version: &'a str,
    script_hash: String,
    style: &'static str,
    script: String,
    data: String,
    answers: Vec<answers::Answer>,
    warnings: Vec<String>,
    overview: table::Table,
    verdicts: Vec<sections::Statement>,
    tally: String,
    leading: Vec<sections::Drawing>,
    sections: Vec<sections::Section>,
    glossary: &'static [glossary::Term],
}

/// The page of a result. `figures` are those of the scenario itself.
///
/// # Errors
///
/// When a table cannot be written or the template refuses a value: both are faults of the program.
pub fn html(results: &Results, figures: &[Figure], key: &Key) -> Result<String, PageError> {
    let run = &results.runs[0];
    let script = script();
    let hash = BASE64_STANDARD.encode(Sha256::digest(script.as_bytes()));
    let names: Vec<&str> = figures.iter().map(|figure| &*figure.name).collect();
    let data = ScriptData {
        id: results.scenario.id.clone(),
        explorer: series::explorer(results),
        behind: behind::behind(results, &names)?,
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => out.write_str(&media::html(text)).map_err(Into::into),
        _ => escape_formatter(out, state, value),
    });
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("parts.html", PARTS)?;
    environment.add_template("page.html", PAGE)?;
    let verdicts = sections::verdicts(results);
    let view = View {
        facts: &results.scenario,
        version: &results.version,
        script_hash: hash,
        style: STYLE,
        script,
        data: script_data(&data)?,
        answers: answers::answers(results, run),
        warnings: sections::warnings(run),
        overview: tables::overview(results, run),
        tally: sections::tally(&verdicts),
        verdicts,
        leading: sections::leading(figures),
        sections: sections::sections(results, figures, key),
        glossary: glossary::TERMS,
    };
    Ok(environment.get_template("page.html")?.render(Serde(&view))?)
}

fn script() -> String {
    format!("(() => {{\n'use strict';\n{}}})();\n", SCRIPT.concat())
}

/// JSON that no `</script>` inside a text can end.
fn script_data(data: &ScriptData) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(data)?;
    let json = media::json(json.replace('<', "\\u003c").into_bytes());
    Ok(String::from_utf8_lossy(&json).into_owned())
}
