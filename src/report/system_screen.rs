//! What happens to the lenders, as tables of the screen.

use super::numbers::{Scale, Sign, banded_short, decimal, percent};
use super::results::{Results, RunResults};
use super::screen_table::{empty, fitted, short};
use crate::measures::{Comparison, Estimate, Measure};
use crate::system::ScopeKind;

/// The total with its failures by policy, and who bears its ES; `None` without a system.
pub fn tables(results: &Results, run: &RunResults) -> Option<String> {
    run.system.as_ref()?;
    Some(format!("{}\n{}", failures(results, run), bearers(results, run)))
}

/// A number of the total.
fn total(run: &RunResults, policy: &str, measure: Measure, at: Option<f64>) -> Option<Estimate> {
    let row = run.summary.rows.iter().find(|row| {
        row.scope_kind == ScopeKind::Total
            && row.policy == policy
            && row.measure == measure
            && row.level.or(row.threshold) == at
            && row.comparison == Comparison::Level
    });
    row.map(|row| row.estimate)
}

fn failures(results: &Results, run: &RunResults) -> String {
    let facts = &results.scenario;
    let level = facts.levels.last().copied();
    let es = |policy: &str| total(run, policy, Measure::ExpectedShortfall, level);
    let scale = Scale::of(es(&facts.baseline).map_or(0.0, |e| e.value));
    let first = |measure| total(run, &facts.baseline, measure, None);
    let fails = first(Measure::Failures).is_some();
    let money = [
        (Measure::CapitalShortfall, "capital\nlacking"),
        (Measure::BankruptcyCosts, "bankruptcy\ncosts"),
        (Measure::FeedbackLoss, "second\nround"),
    ];
    let money: Vec<(Measure, &str)> =
        money.into_iter().filter(|(measure, _)| first(*measure).is_some()).collect();
    let mut table = empty();
    let what = level.map_or_else(|| "ES".to_owned(), |q| format!("ES {}", percent(q)));
    let mut heading =
        vec!["all lenders".to_owned(), format!("{what} of total\n{}", scale.unit(&facts.currency))];
    if fails {
        heading.push("P(some lender\nfails)".to_owned());
        heading.push("mean\nfailures".to_owned());
    }
    heading.extend(money.iter().map(|(_, name)| (*name).to_owned()));
    table.set_header(heading);
    let least = |measure| {
        let most = |of: fn(&Estimate) -> f64| {
            let all = run.policies.iter().filter_map(|p| total(run, &p.id, measure, None));
            all.map(|e| of(&e)).fold(0.0, f64::max)
        };
        // Where nothing was seen bounds are all there is to print.
        let seen = most(|e| e.value);
        Scale::of(if seen > 0.0 { seen } else { most(|e| e.upper.unwrap_or(0.0)) })
    };
    let scales: Vec<Scale> = money.iter().map(|(measure, _)| least(*measure)).collect();
    for policy in run.policies.iter().filter(|p| p.ladder.is_none()) {
        let id = policy.id.as_str();
        let mut row = vec![short(id, 22), text(es(id), scale.by)];
        if fails {
            let some = total(run, id, Measure::FailuresAtLeast, Some(1.0));
            row.push(some.map_or_else(|| "-".to_owned(), |e| chance(&e)));
            row.push(text(total(run, id, Measure::Failures, None), 1.0));
        }
        for ((measure, _), scale) in money.iter().zip(&scales) {
            let cell = text(total(run, id, *measure, None), scale.by);
            row.push(format!("{cell} {}", scale.unit("").trim()).trim_end().to_owned());
        }
        table.add_row(row);
    }
    fitted(table)
}

/// Shares of ES of the total.
fn bearers(results: &Results, run: &RunResults) -> String {
    let level = results.scenario.levels.last().copied();
    let of = |policy: &str| {
        let policy = policy.to_owned();
        run.summary.contributions.iter().filter(move |row| {
            row.scope_kind == ScopeKind::Bearer
                && row.policy == policy
                && row.measure == Measure::ExpectedShortfall
                && row.level == level
        })
    };
    let names: Vec<String> = of(&results.scenario.baseline).map(|row| row.scope.clone()).collect();
    let what = level.map_or_else(|| "ES".to_owned(), |q| format!("ES {}", percent(q)));
    let mut table = empty();
    let mut heading = vec![format!("who bears {what}, in %")];
    heading.extend(names.iter().map(|name| match name.as_str() {
        "lenders" => "owners of lenders\nof the book".to_owned(),
        "partners" => "owners of\npartners".to_owned(),
        "investors" => "investors\nin tranches".to_owned(),
        other => format!("outside\n{other}"),
    }));
    table.set_header(heading);
    for policy in run.policies.iter().filter(|p| p.ladder.is_none()) {
        let mut row = vec![short(&policy.id, 22)];
        row.extend(names.iter().map(|name| {
            let own = of(&policy.id).find(|row| row.scope == *name).and_then(|row| row.share);
            text(own, 0.01)
        }));
        table.add_row(row);
    }
    fitted(table)
}

fn text(estimate: Option<Estimate>, by: f64) -> String {
    estimate.map_or_else(|| "-".to_owned(), |e| banded_short(&e, by, Sign::Minus))
}

/// A probability in percent.
fn chance(estimate: &Estimate) -> String {
    match banded_short(estimate, 0.01, Sign::Minus) {
        text if text == "0" => format!("{} %", decimal(0.0, 0)),
        text => format!("{text} %"),
    }
}
