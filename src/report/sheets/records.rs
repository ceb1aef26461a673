//! A table for programs: the tidy files of a results folder, as far as they are asked for.

use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::super::results::Results;
use super::super::stored::Stored;
use super::super::tables;
use super::{Kind, Selection, is_level};
use crate::media;

/// The measures of the first table.
const COMPARED: [&str; 4] = ["credit", "expected_loss", "value_at_risk", "expected_shortfall"];

/// Columns that hold words whatever they look like.
const WORDS: [&str; 22] = [
    "variant",
    "policy",
    "scope_kind",
    "scope",
    "measure",
    "comparison",
    "unit",
    "quality",
    "share_quality",
    "at_least_quality",
    "text",
    "side",
    "verdict",
    "verdict_overall",
    "ladder",
    "rule",
    "attribute",
    "band",
    "lender",
    "group",
    "region",
    "break_even",
];

/// Rows under a heading.
struct Records {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One result in the answer as JSON.
#[derive(Serialize)]
struct Answer {
    result: String,
    scenario: String,
    title: String,
    version: String,
    seed: u64,
    currency: String,
    horizon: String,
    baseline: String,
    confidence: f64,
    rows: Vec<Map<String, Value>>,
}

/// The answer as JSON.
#[derive(Serialize)]
struct Document {
    table: &'static str,
    results: Vec<Answer>,
}

/// The table of every result as CSV; of several, the first column names the result.
///
/// # Errors
///
/// What does not go into CSV.
pub fn csv(all: &[Stored], kind: Kind, asked: &Selection) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (at, stored) in all.iter().enumerate() {
        let records = records(&stored.results, kind, asked)?;
        let name = stored.path.display().to_string();
        let first = |word: &str| (all.len() > 1).then(|| word.to_owned());
        if at == 0 {
            writer.write_record(first("result").iter().chain(&records.heading))?;
        }
        for row in &records.rows {
            writer.write_record(first(&name).iter().chain(row))?;
        }
    }
    let made = writer.into_inner();
    made.map(media::csv).map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}

/// The table of every result as JSON, ready to be written.
///
/// # Errors
///
/// What does not go into its rows.
pub fn json(all: &[Stored], kind: Kind, asked: &Selection) -> Result<impl Serialize, csv::Error> {
    let mut results = Vec::new();
    for stored in all {
        let Records { heading, rows } = records(&stored.results, kind, asked)?;
        let facts = &stored.results.scenario;
        let row = |row: Vec<String>| {
            let cells = heading.iter().zip(row);
            cells.map(|(column, cell)| (column.clone(), value(column, cell))).collect()
        };
        results.push(Answer {
            result: stored.path.display().to_string(),
            scenario: facts.id.clone(),
            title: facts.title.clone(),
            version: stored.results.version.clone(),
            seed: facts.seed,
            currency: facts.currency.clone(),
            horizon: facts.horizon.clone(),
            baseline: facts.baseline.clone(),
            confidence: facts.confidence,
            rows: rows.into_iter().map(row).collect(),
        });
    }
    Ok(Document { table: kind.name, results })
}

/// A cell with its type; an empty one is `null`.
fn value(column: &str, cell: String) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    if !WORDS.contains(&column) {
        if let Ok(number) = serde_json::from_str::<Number>(&cell) {
            return Value::Number(number);
        }
        if let Ok(truth) = cell.parse() {
            return Value::Bool(truth);
        }
    }
    Value::String(cell)
}

fn records(results: &Results, kind: Kind, asked: &Selection) -> Result<Records, csv::Error> {
    let file = match kind.name {
        "comparison" | "measures" | "system" | "tranches" => "summary.csv".to_owned(),
        "lenders" | "bearers" => "segments.csv".to_owned(),
        "lender-risk" => "lenders.csv".to_owned(),
        other => format!("{}.csv", other.replace('-', "_")),
    };
    let tables = tables::tables(results)?;
    let bytes = tables.into_iter().find(|table| table.name == file).map(|table| table.bytes);
    let mut reader = csv::Reader::from_reader(bytes.as_deref().unwrap_or_default());
    let heading: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let column = |name: &str| heading.iter().position(|own| own == name);
    let columns = ["variant", "policy", "scope_kind", "scope", "measure", "level"].map(column);
    let own_kind = match kind.name {
        "segments" => Some("segment"),
        "lenders" => Some("lender"),
        "bearers" => Some("bearer"),
        "system" => Some("total"),
        "tranches" => Some("tranche"),
        _ => None,
    };
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let record = record?;
        let [variant, policy, scope_kind, scope, measure, level] =
            columns.map(|at| at.and_then(|at| record.get(at)));
        let fits = |cell: Option<&str>, wanted: Option<&str>| match (cell, wanted) {
            (Some(cell), Some(wanted)) => cell == wanted,
            _ => true,
        };
        let of_scope = match (scope_kind, scope, &asked.scope) {
            (Some(kind), Some(scope), Some(asked)) => {
                let own = if matches!(kind, "system" | "total") {
                    kind.to_owned()
                } else {
                    format!("{kind}:{scope}")
                };
                own == *asked
            }
            _ => true,
        };
        let of_policy = policy.is_none_or(|own| {
            asked.policies.is_empty() || asked.policies.iter().any(|asked| asked == own)
        });
        let of_level = match (level.and_then(|cell| cell.parse().ok()), asked.level) {
            (Some(own), Some(asked)) => is_level(own, asked),
            _ => true,
        };
        let compared =
            kind.name != "comparison" || measure.is_some_and(|measure| COMPARED.contains(&measure));
        if fits(variant, asked.variant.as_deref())
            && fits(scope_kind, own_kind)
            && of_scope
            && of_policy
            && of_level
            && compared
        {
            rows.push(record.iter().map(str::to_owned).collect());
        }
    }
    Ok(Records { heading, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_words_and_numbers_keep_their_digits() {
        assert_eq!(value("policy", "100".into()), Value::String("100".into()));
        assert_eq!(value("level", String::new()), Value::Null);
        let third = value("value", "0.3333333333333333".into());
        assert_eq!(third.as_f64(), Some(1.0 / 3.0));
        assert_eq!(value("degenerate", "true".into()), Value::Bool(true));
        assert_eq!(value("threshold", "1e-10".into()).as_f64(), Some(1e-10));
    }
}
