//! A whole scenario as data: its text as a tree, its loan tape as rows, its further files as text.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

/// An account, or a pool of like borrowers with one account each. Amounts are whole hundredths.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub borrower: String,
    pub count: i64,
    pub segment: String,
    pub product: String,
    pub lender: String,
    pub limit: i64,
    pub balance: i64,
    pub pd: f64,
    pub lgd: f64,
    pub ccf: f64,
    pub score: i64,
    pub income: i64,
    pub age: i64,
}

/// A scenario that can be written into a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    pub scenario: Value,
    pub rows: Vec<Row>,
    /// Further files by name.
    pub files: Vec<(String, String)>,
}

/// Hundredths as units.
fn amount(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

impl World {
    /// The loan tape as CSV.
    pub fn tape(&self) -> String {
        let mut out = String::from(
            "borrower,count,segment,product,lender,limit,balance,pd,lgd,ccf,score,income,age\n",
        );
        for row in &self.rows {
            let Row { borrower, count, segment, product, lender, .. } = row;
            let Row { pd, lgd, ccf, score, income, age, .. } = row;
            let (limit, balance) = (amount(row.limit), amount(row.balance));
            let _ = writeln!(
                out,
                "{borrower},{count},{segment},{product},{lender},{limit},{balance},{pd},{lgd},{ccf},{score},{income},{age}"
            );
        }
        out
    }

    /// The scenario in TOML.
    pub fn toml(&self) -> String {
        toml(&self.scenario)
    }

    /// Writes `scenario.toml`, `book.csv` and the other files into a folder.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::write(folder.join("scenario.toml"), self.toml())?;
        std::fs::write(folder.join("book.csv"), self.tape())?;
        for (name, text) in &self.files {
            std::fs::write(folder.join(name), text)?;
        }
        Ok(())
    }
}

/// A tree in TOML. Not every tree is a document (a list of unlike things holds no null): then it is empty.
pub fn toml(tree: &Value) -> String {
    toml::Value::try_from(tree).ok().and_then(|own| toml::to_string(&own).ok()).unwrap_or_default()
}

/// A tree in YAML, in blocks.
pub fn yaml(tree: &Value) -> String {
    let mut out = String::new();
    block(&mut out, tree, 0);
    out
}

fn block(out: &mut String, tree: &Value, depth: usize) {
    let pad = "  ".repeat(depth);
    match tree {
        Value::Object(map) if !map.is_empty() => {
            for (key, own) in map {
                let key = Value::String(key.clone());
                if nests(own) {
                    let _ = writeln!(out, "{pad}{key}:");
                    block(out, own, depth + 1);
                } else {
                    let _ = writeln!(out, "{pad}{key}: {own}");
                }
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for own in list {
                if nests(own) {
                    let _ = writeln!(out, "{pad}-");
                    block(out, own, depth + 1);
                } else {
                    let _ = writeln!(out, "{pad}- {own}");
                }
            }
        }
        other => {
            let _ = writeln!(out, "{pad}{other}");
        }
    }
}

fn nests(tree: &Value) -> bool {
    tree.as_object().is_some_and(|map| !map.is_empty())
        || tree.as_array().is_some_and(|list| !list.is_empty())
}
