//! The exported workload as this crate needs it; `book.py` has the same rules in Python.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

pub struct Book {
    pub borrowers: Vec<One>,
    pub policies: Vec<String>,
}

pub struct One {
    pub pd: f64,
    pub correlation: f64,
    /// Loss in default, by policy.
    pub losses: Vec<f64>,
}

#[derive(Deserialize)]
struct Scenario {
    portfolio: Tape,
    model: Model,
    policy: Vec<Policy>,
}

#[derive(Deserialize)]
struct Tape {
    tape: String,
    defaults: Defaults,
}

#[derive(Deserialize)]
struct Defaults {
    lgd: f64,
    ccf: f64,
}

#[derive(Deserialize)]
struct Model {
    segment: BTreeMap<String, Segment>,
}

#[derive(Deserialize)]
struct Segment {
    correlation: f64,
}

#[derive(Deserialize)]
struct Policy {
    id: String,
    #[serde(default)]
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    cap: f64,
}

/// A borrower; a column `count` is refused: pools would have to be written out person by person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    segment: String,
    limit: f64,
    balance: f64,
    pd: f64,
}

impl Book {
    pub fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("scenario.toml")).expect("the scenario");
        let scenario: Scenario = toml::from_str(&text).expect("a workload's scenario");
        let tape = folder.join(&scenario.portfolio.tape);
        let rows = csv::Reader::from_path(tape).expect("the book").into_deserialize();
        let borrowers = rows.map(|row| one(&scenario, &row.expect("a row"))).collect();
        Self { borrowers, policies: scenario.policy.into_iter().map(|p| p.id).collect() }
    }
}

fn one(scenario: &Scenario, row: &Row) -> One {
    let Defaults { lgd, ccf } = scenario.portfolio.defaults;
    let loss = |policy: &Policy| {
        let cap = policy.rule.iter().fold(f64::INFINITY, |least, rule| least.min(rule.cap));
        let limit = row.limit.min(cap);
        let drawn = if limit < row.limit { row.balance.min(limit) } else { row.balance };
        let exposure = cents(drawn + ccf * (limit - drawn).max(0.0));
        cents(lgd * exposure)
    };
    One {
        pd: row.pd,
        correlation: scenario.model.segment[&row.segment].correlation,
        losses: scenario.policy.iter().map(loss).collect(),
    }
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}
