//! The numbers behind each figure as CSV, so that a reader who has only the report can take them along.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::media;
use crate::report::at_a_glance::shown;
use crate::report::results::Results;
use crate::report::tables;

/// Most rows of a table in the page; the file beside it has all.
const MOST_ROWS: usize = 600;
/// Columns that say the same in every row of a report, or more about an error than its band.
const LEFT_OUT: [&str; 5] =
    ["variant", "confidence", "standard_error", "effective_trials", "variance_ratio"];

/// The data of a figure.
#[derive(Debug, Serialize)]
pub struct Behind {
    /// Name of the figure.
    pub figure: String,
    /// Its file in the results folder.
    pub file: &'static str,
    /// CSV with a heading.
    pub csv: String,
    /// Rows that the file has more of, for the policies of the figure.
    pub more: usize,
}

/// The tables behind these figures of the scenario itself.
pub fn behind(results: &Results, figures: &[&str]) -> Result<Vec<Behind>, csv::Error> {
    let run = &results.runs[0];
    let visible: BTreeSet<&str> =
        shown(&run.policies, &results.scenario.baseline).iter().map(|policy| &*policy.id).collect();
    let tables = tables::tables(results)?;
    let mut found = Vec::new();
    for &figure in figures {
        let Some((file, column, values)) = source(figure) else { continue };
        let Some(table) = tables.iter().find(|table| table.name == file) else { continue };
        let is_ladder = file == "ladder.csv";
        let keep = |policy: &str, value: &str| {
            (is_ladder || visible.contains(policy))
                && (values.is_empty() || values.contains(&value))
        };
        let (csv, more) = cut(&table.bytes, &run.variant, column, keep)?;
        found.push(Behind { figure: figure.to_owned(), file, csv, more });
    }
    Ok(found)
}

/// The table of a figure, and which values of which column it shows; none where the page draws from the
/// same curves as the figure.
fn source(figure: &str) -> Option<(&'static str, &'static str, Vec<&str>)> {
    let all = |file| Some((file, "", Vec::new()));
    let some = |file, column, values| Some((file, column, values));
    match figure {
        "frontier" => all("frontier.csv"),
        "who-is-cut" => all("who_is_cut.csv"),
        "convergence" => all("convergence.csv"),
        "segments" => some("segments.csv", "scope_kind", vec!["segment"]),
        "lenders" => some("segments.csv", "scope_kind", vec!["lender"]),
        "bearers" => some("segments.csv", "scope_kind", vec!["bearer"]),
        "waterfall" | "waterfall-total" => all("attribution.csv"),
        "failures" => all("failures.csv"),
        "network" => all("debts.csv"),
        "tranches" => some("summary.csv", "scope_kind", vec!["tranche"]),
        "loss-against-capital" => some(
            "summary.csv",
            "measure",
            vec!["expected_loss", "value_at_risk", "expected_shortfall", "failure_probability"],
        ),
        _ => match figure.split_once(['-', '_']) {
            Some(("ladder", ladder)) => some("ladder.csv", "ladder", vec![ladder]),
            Some(("region", region)) => some("regions.csv", "region", vec![region]),
            _ => None,
        },
    }
}

/// The rows of a variant that are kept, without columns that say nothing, and how many were too many.
fn cut(
    bytes: &[u8],
    variant: &str,
    column: &str,
    keep: impl Fn(&str, &str) -> bool,
) -> Result<(String, usize), csv::Error> {
    let mut reader = csv::Reader::from_reader(bytes);
    let heading = reader.headers()?.clone();
    let at = |name: &str| heading.iter().position(|own| own == name);
    let (variant_at, policy_at, value_at) = (at("variant"), at("policy"), at(column));
    let columns: Vec<usize> =
        (0..heading.len()).filter(|&own| !LEFT_OUT.contains(&&heading[own])).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|&own| &heading[own]))?;
    let (mut rows, mut more) = (0, 0);
    for row in reader.records() {
        let row = row?;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at));
        let own = cell(variant_at).is_none_or(|own| own == variant);
        let kept = match cell(policy_at) {
            Some(policy) => keep(policy, cell(value_at).unwrap_or_default()),
            None => true,
        };
        if !own || !kept {
            continue;
        }
        if rows == MOST_ROWS {
            more += 1;
            continue;
        }
        rows += 1;
        writer.write_record(columns.iter().map(|&own| &row[own]))?;
    }
    let bytes =
        writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok((String::from_utf8_lossy(&media::csv(bytes)).into_owned(), more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_other_variants_and_policies_stay_behind() {
        let bytes = b"variant,policy,kind,value\nbase,a,x,1\nbase,b,x,2\nother,a,x,3\nbase,a,y,4\n";
        let keep = |policy: &str, kind: &str| policy == "a" && kind == "x";
        let (csv, more) = cut(bytes, "base", "kind", keep).unwrap();
        assert_eq!((&*csv, more), ("policy,kind,value\na,x,1\n", 0));
    }
}
