//! The tables of the report that are meant to be read: policies, break-evens, the book, the run.

use super::table::{Cell, Table, amounts, nothing, number, numbers, word, words};
use crate::measures::{Comparison, Estimate, Measure};
use crate::report::at_a_glance::{Line, lines};
use crate::report::manifest::Key;
use crate::report::numbers::{Scale, Sign, banded, count, counted, decimal, percent};
use crate::report::quality;
use crate::report::results::{Results, RunResults, StopReason};
use crate::report::screen::change;

/// Credit, EL, ES and what policies change of them.
pub fn overview(results: &Results, run: &RunResults) -> Table {
    let facts = &results.scenario;
    let level = facts.levels.last().copied();
    let of = |policy: &str, measure: Measure, comparison| {
        let level = (measure == Measure::ExpectedShortfall).then_some(level).flatten();
        run.system(policy, measure, level, comparison).map(|row| row.estimate)
    };
    let level_of = |policy: &str, measure| of(policy, measure, Comparison::Level);
    let value = |measure| level_of(&facts.baseline, measure).map_or(0.0, |e| e.value);
    let el = Scale::of(value(Measure::ExpectedLoss));
    let es = Scale::of(value(Measure::ExpectedShortfall));
    let es_name = format!("ES {}", level.map_or_else(String::new, percent));
    let twins = run.policies.iter().any(|policy| policy.equal_credit_cut.is_some());
    let irb = run.summary.rows.iter().any(|row| row.measure == Measure::IrbCapital);
    let mut head = vec![
        words("Policy"),
        numbers("Credit kept", "credit"),
        amounts("EL", el.unit(&facts.currency), "el"),
        amounts(&es_name, es.unit(&facts.currency), "es"),
        numbers(format!("Change of {es_name}"), "paired"),
    ];
    if twins {
        head.push(numbers("ES against an equal-credit cut", "equal-credit-cut"));
    }
    if irb {
        head.push(amounts("IRB capital", es.unit(&facts.currency), "irb"));
    }
    let mut table = Table::new(
        format!("Policies over {}, with {} bands", facts.horizon, percent(facts.confidence)),
        head,
    );
    let today = value(Measure::Credit);
    let amount = |estimate: Option<Estimate>, scale: Scale| match estimate {
        Some(e) => number(banded(&e, scale.by, Sign::Minus), e.value),
        None => nothing(),
    };
    let relative = |estimate: Option<Estimate>| match estimate {
        Some(e) => number(change(&e), e.value),
        None => nothing(),
    };
    for line in lines(&run.policies, &facts.baseline) {
        let policy = match line {
            Line::Policy(policy) => policy,
            Line::More { caps } => {
                let mut row = vec![word(format!("… {caps} more caps"))];
                row.resize_with(table.head.len(), Cell::default);
                table.rows.push(row);
                continue;
            }
        };
        let id = policy.id.as_str();
        let kept = level_of(id, Measure::Credit).map_or(0.0, |e| e.value);
        let share = if today > 0.0 { kept / today } else { 1.0 };
        let mut row = vec![
            word(&policy.title),
            number(format!("{} %", decimal(100.0 * share, 1)), share),
            amount(level_of(id, Measure::ExpectedLoss), el),
            amount(level_of(id, Measure::ExpectedShortfall), es),
            relative(of(id, Measure::ExpectedShortfall, Comparison::RelativeChange)),
        ];
        if twins {
            let comparison = Comparison::RelativeChangeAtEqualCredit;
            row.push(relative(of(id, Measure::ExpectedShortfall, comparison)));
        }
        if irb {
            row.push(amount(level_of(id, Measure::IrbCapital), es));
        }
        table.rows.push(row);
    }
    table
}

/// EL and ES of each policy in each variant.
pub fn variants(results: &Results) -> Table {
    let facts = &results.scenario;
    let level = facts.levels.last().copied();
    let es_name = format!("ES {}", level.map_or_else(String::new, percent));
    let base = results.runs[0].system(
        &facts.baseline,
        Measure::ExpectedShortfall,
        level,
        Comparison::Level,
    );
    let scale = Scale::of(base.map_or(0.0, |row| row.estimate.value));
    let unit = scale.unit(&facts.currency);
    let mut table = Table::new(
        "The same policies under other assumptions",
        vec![
            words("Variant"),
            words("Policy"),
            amounts("EL", unit.clone(), "el"),
            amounts(&es_name, unit, "es"),
            numbers(format!("Change of {es_name}"), "paired"),
        ],
    );
    for run in &results.runs {
        for policy in crate::report::at_a_glance::shown(&run.policies, &facts.baseline) {
            let find = |measure, level, comparison| {
                run.system(&policy.id, measure, level, comparison).map(|row| row.estimate)
            };
            let amount = |estimate: Option<Estimate>| match estimate {
                Some(e) => number(banded(&e, scale.by, Sign::Minus), e.value),
                None => nothing(),
            };
            let es = Measure::ExpectedShortfall;
            let relative = find(es, level, Comparison::RelativeChange);
            table.rows.push(vec![
                word(&run.title),
                word(&policy.title),
                amount(find(Measure::ExpectedLoss, None, Comparison::Level)),
                amount(find(es, level, Comparison::Level)),
                relative.map_or_else(nothing, |e| number(change(&e), e.value)),
            ]);
        }
    }
    table
}

/// Where policies stop helping.
pub fn break_evens(run: &RunResults) -> Table {
    let mut table = Table::new(
        "Values at which a change passes 0",
        vec![
            words("Break-even"),
            words("Policy"),
            words("Number that varies"),
            numbers("Range tried", ""),
            numbers("Passes 0 at", ""),
            numbers("Band", "band"),
        ],
    );
    for point in &run.break_evens {
        let end = |x: Option<f64>| x.map_or_else(|| "outside".to_owned(), |x| decimal(x, 4));
        table.rows.push(vec![
            word(&point.title),
            word(&point.policy),
            word(&point.key),
            word(format!("{} to {}", decimal(point.from, 4), decimal(point.to, 4))),
            match point.value {
                Some(x) => number(decimal(x, 4), x),
                None => word("nowhere in the range"),
            },
            match point.value {
                Some(_) => word(format!("{} to {}", end(point.lower), end(point.upper))),
                None => nothing(),
            },
        ]);
    }
    table
}

/// What was found in the tape.
pub fn book(results: &Results, run: &RunResults) -> Table {
    let facts = &results.scenario;
    let mut table = Table::new("What is in the book", vec![words("Fact"), numbers("Value", "")]);
    for fact in quality::facts(&run.portfolio.quality, facts.minor_units as f64) {
        let value = fact.print(&facts.currency);
        let cell = fact.value.map_or_else(nothing, |x| number(value, x));
        table.rows.push(vec![word(fact.text), cell]);
    }
    let names = |names: &[String]| {
        let told = names.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(6) {
            0 => told,
            more => format!("{told} and {more} more"),
        }
    };
    table.rows.push(vec![word("lenders"), word(names(&run.portfolio.lenders))]);
    table.rows.push(vec![word("segments"), word(names(&run.portfolio.segments))]);
    table
}

/// What identifies the run, so that it can be repeated.
pub fn identity(results: &Results, run: &RunResults, key: &Key) -> Table {
    let facts = &results.scenario;
    let mut table =
        Table::new("How to get these numbers again", vec![words("What"), words("Value")]);
    let mut push = |what: &str, value: String| table.rows.push(vec![word(what), word(value)]);
    push("software", format!("tailcap {}", results.version));
    push("scenario", facts.id.clone());
    push("checksum of the scenario (SHA-256)", key.scenario_sha256.clone());
    for checksum in key.data_sha256.iter().take(1) {
        push("checksum of the data (SHA-256)", checksum.clone());
    }
    match &run.engine {
        Some(engine) => {
            push("engine", format!("{}, no sampling", engine.name));
            push("states of the model", count(engine.states));
            if let Some(step) = engine.grid_step {
                let step = format!("{} {}", facts.currency, decimal(step, 2));
                push("step of the grid of losses", step);
            }
            if let Some(text) = engine.approximation() {
                push("quality", text);
            }
        }
        None => {
            push("seed", facts.seed.to_string());
            push("trials", count(run.trials));
            push("sampling", run.plan.name.as_str().to_owned());
            if let Some(randomisations) = run.plan.randomisations {
                push("randomisations", count(randomisations.into()));
            }
            push("generator and streams", facts.generator.clone());
            push(
                "sampling ended",
                match run.stop {
                    StopReason::Complete => "with all trials drawn",
                    StopReason::Precise => "when the precision asked for was reached",
                    StopReason::Interrupted => "early, interrupted by the user",
                }
                .to_owned(),
            );
        }
    }
    push("bands", percent(facts.confidence));
    push("variants", counted(results.runs.len() as u64 - 1, "variant", "variants"));
    if let Some(source) = &facts.source {
        push("source of the data", source.clone());
    }
    push("to repeat", "tailcap run manifest.json --out again".to_owned());
    table
}
