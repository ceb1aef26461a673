//! Checks for people: a table per case, in 100 columns.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, TableStyle};

use super::{Basis, Case, Check, Verdict};
use crate::report::numbers::{counted, decimal};

/// Columns of the screen.
const WIDTH: usize = 100;
/// Up to so many checks of a case are shown; of longer ones the tightest.
const SHOWN: usize = 12;

/// How much of a case is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Of a long case the checks that failed and the tightest ones.
    Tightest,
    /// Every check.
    All,
}

/// A case with its table.
pub fn case(case: &Case, detail: Detail) -> String {
    let mut out = String::new();
    let trials = match case.trials {
        0 => "nothing sampled".to_owned(),
        n => counted(n, "trial", "trials"),
    };
    push(&mut out, &format!("{} · {} · {trials}", case.id, case.title));
    push(&mut out, &format!("expected: {}", case.source));
    let mut order: Vec<&Check> = case.checks.iter().collect();
    let long = order.len() > SHOWN && detail == Detail::Tightest;
    if long {
        // Failed checks first, as they take more than all of their room; like ones stay in order.
        let rounded = |check: &Check| (1e6 * check.strain()).round();
        order.sort_by(|a, b| rounded(b).total_cmp(&rounded(a)));
        order.truncate(SHOWN / 2);
    }
    out.push_str(&table(&order));
    if long {
        let rest = counted((case.checks.len() - order.len()) as u64, "check", "checks");
        let failed = case.failed().saturating_sub(order.len());
        push(
            &mut out,
            &match failed {
                0 => format!("and {rest} that took less of their tolerance, all passed"),
                n => format!("and {rest}, of which {n} failed (--all shows them)"),
            },
        );
    }
    out
}

/// The last line.
pub fn ending(cases: &[Case], seconds: f64) -> String {
    let checks: usize = cases.iter().map(|case| case.checks.len()).sum();
    let failed: usize = cases.iter().map(Case::failed).sum();
    let cases_in_words = counted(cases.len() as u64, "case", "cases");
    if failed == 0 {
        let checks = counted(checks as u64, "check", "checks");
        return format!("PASSED: {checks} of {cases_in_words} in {seconds:.1} s\n");
    }
    let wrong: Vec<&str> = cases.iter().filter(|c| c.failed() > 0).map(|c| c.id).collect();
    format!(
        "FAILED: {failed} of {} in {} ({seconds:.1} s)\n",
        counted(checks as u64, "check", "checks"),
        wrong.join(", ")
    )
}

fn push(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to a string cannot fail");
}

fn table(checks: &[&Check]) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_width(WIDTH as u16);
    table.set_header(vec!["quantity", "expected", "found", "tolerance", "used", "verdict"]);
    for check in checks {
        let used = check.strain();
        table.add_row(vec![
            check.quantity.clone(),
            significant(check.expected),
            significant(check.found),
            tolerance(check),
            if used < 9.995 { format!("{} %", decimal(100.0 * used, 0)) } else { "far".into() },
            match check.verdict {
                Verdict::Passed => "passed".to_owned(),
                Verdict::Failed => "FAILED".to_owned(),
            },
        ]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == 5 { 0 } else { 2 }));
        if (1..5).contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("  {}\n", line.trim_end())).collect()
}

/// `±` the same on both sides, or the ends between which a number passes.
fn tolerance(check: &Check) -> String {
    let (below, above) = (check.expected - check.lower, check.upper - check.expected);
    if check.basis == Basis::Rounding && above <= 2e-9 * check.expected.abs().max(1.0) {
        return "rounding".to_owned();
    }
    if (below - above).abs() <= 0.01 * above.abs() {
        let two = 1 - libm::floor(libm::log10(above * (1.0 + 1e-9))) as i32;
        return format!("±{}", trimmed(&decimal(above, two.clamp(0, 10) as usize)));
    }
    format!("{} to {}", significant(check.lower), significant(check.upper))
}

/// Six digits, no more than ten decimals.
fn significant(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x == 0.0 { "0".to_owned() } else { "none".to_owned() };
    }
    let decimals = (5 - libm::floor(libm::log10(x.abs())) as i32).clamp(0, 10) as usize;
    trimmed(&decimal(x, decimals))
}

/// Without zeros at the end of the decimals.
fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}
