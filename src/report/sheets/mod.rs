//! The tables that a stored result can tell again, by name.

mod parts;
mod policies;
mod records;
mod studies;
mod system;

use std::collections::BTreeSet;

use super::at_a_glance::{Line, lines};
use super::numbers::{Scale, counted, decimal, percent};
use super::results::{Results, RunResults};
use super::sheet::{Cell, Column, Row, Sheet};
use super::stored::Stored;
use crate::engine::PlanName;
use crate::error::{Fault, FaultKind, Place};
use crate::measures::row::MeasureRow;
use crate::measures::{Comparison, Estimate, Measure};
use crate::system::ScopeKind;

pub use records::{csv, json};

/// A table of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// As `--table` takes it.
    pub name: &'static str,
    /// What it holds.
    pub about: &'static str,
    /// What rows can be chosen by.
    by: By,
    /// Whether it is more than points of a curve.
    is_sheet: bool,
}

/// What the rows of a table can be chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct By {
    policy: bool,
    scope: bool,
    level: bool,
}

const fn by(policy: bool, scope: bool, level: bool) -> By {
    By { policy, scope, level }
}

const fn kind(name: &'static str, about: &'static str, by: By) -> Kind {
    Kind { name, about, by, is_sheet: true }
}

const fn points(name: &'static str, about: &'static str, by: By) -> Kind {
    Kind { name, about, by, is_sheet: false }
}

/// All tables; a result has those that it has rows for.
const KINDS: [Kind; 22] = [
    kind("comparison", "credit, EL, VaR and ES of every policy", by(true, true, true)),
    kind("measures", "every measure of every policy", by(true, true, true)),
    kind("verdicts", "the scenario's statements and whether they hold", by(true, false, false)),
    kind("segments", "what segments add to credit, EL and ES", by(true, false, true)),
    kind("lenders", "what lenders add to credit, EL and ES", by(true, false, true)),
    kind("lender-risk", "MES, SRISK and failure of every lender", by(true, false, true)),
    kind("bearers", "who bears EL and ES of all lenders' losses", by(true, false, true)),
    kind("system", "all lenders' losses, failures and second round", by(true, false, true)),
    kind("failures", "how many lenders fail", by(true, false, false)),
    kind("tranches", "EL and ES of tranches", by(true, false, true)),
    kind("attribution", "which effect of a policy changes EL and ES", by(true, true, true)),
    kind("frontier", "loss saved and credit withdrawn", by(true, false, true)),
    kind("ladder", "credit, people and losses by cap", by(true, false, true)),
    kind("who-is-cut", "people, limits and credit cut by band", by(true, false, false)),
    kind("break-evens", "where policies stop helping", by(true, false, true)),
    points("regions", "changes over two assumptions", by(true, false, true)),
    points("borders", "where these changes pass 0", by(false, false, false)),
    points("densities", "loss densities", by(true, false, false)),
    points("exceedance", "exceedance curves", by(true, true, false)),
    points("convergence", "EL, VaR and ES on growing prefixes", by(true, false, true)),
    points("debts", "who owes whom", by(false, false, false)),
    points("portfolio", "the book", by(false, false, false)),
];

/// What is asked of a result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// Ids of policies; empty: all that have room.
    pub policies: Vec<String>,
    /// `system`, `lender:NAME` and so on.
    pub scope: Option<String>,
    /// The variant; without it all.
    pub variant: Option<String>,
    /// The level of VaR and ES.
    pub level: Option<f64>,
}

/// The tables that a result has rows for.
pub fn available(results: &Results) -> Vec<Kind> {
    KINDS.into_iter().filter(|kind| has(results, kind.name)).collect()
}

fn has(results: &Results, name: &str) -> bool {
    let any = |found: fn(&RunResults) -> bool| results.runs.iter().any(found);
    let of_kind = |kind: ScopeKind| {
        let run = |run: &RunResults| run.summary.contributions.iter().any(|c| c.scope_kind == kind);
        results.runs.iter().any(run)
    };
    let rows_of = |kind: ScopeKind| {
        results.runs.iter().any(|run| run.summary.rows.iter().any(|row| row.scope_kind == kind))
    };
    match name {
        "verdicts" => !results.verdicts.is_empty(),
        "segments" => of_kind(ScopeKind::Segment),
        "lenders" => of_kind(ScopeKind::Lender),
        "bearers" => of_kind(ScopeKind::Bearer),
        "system" => rows_of(ScopeKind::Total),
        "tranches" => rows_of(ScopeKind::Tranche),
        "lender-risk" => any(|run| run.system.as_ref().is_some_and(|s| !s.rows.is_empty())),
        "failures" => any(|run| run.system.as_ref().is_some_and(|s| !s.failures.is_empty())),
        "debts" => any(|run| run.system.as_ref().is_some_and(|s| !s.debts.is_empty())),
        "attribution" => any(|run| {
            let of_total = run.system.as_ref().is_some_and(|s| !s.effects.is_empty());
            of_total || !run.summary.attribution.is_empty()
        }),
        "frontier" => any(|run| !run.summary.frontier.is_empty()),
        "ladder" => any(|run| !run.summary.ladders.is_empty()),
        "who-is-cut" => any(|run| !run.who_is_cut.rows.is_empty()),
        "break-evens" => any(|run| !run.break_evens.is_empty()),
        "regions" | "borders" => any(|run| !run.regions.is_empty()),
        "convergence" => any(|run| !run.summary.convergence.is_empty()),
        _ => true,
    }
}

/// The table of a name, once everything that is asked of it is known to the result.
///
/// # Errors
///
/// Unknown names, and choices that the table does not offer; all at once.
pub fn wanted(stored: &Stored, name: &str, asked: &Selection) -> Result<Kind, Vec<Fault>> {
    let results = &stored.results;
    let fault = |kind| Fault::new(Place::File(stored.file.clone()), kind);
    let known = available(results);
    let Some(kind) = known.iter().find(|kind| kind.name == name).copied() else {
        let known: Vec<String> = known.iter().map(|kind| kind.name.to_owned()).collect();
        let hint = match KINDS.iter().find(|kind| kind.name == name) {
            Some(_) => format!("this result has no rows for it; it has {}", known.join(", ")),
            None => format!("this result has {}", known.join(", ")),
        };
        let closest = closest(name, &known);
        let (what, found) = ("table".to_owned(), name.to_owned());
        let hint = match closest {
            Some(closest) => format!("did you mean `{closest}`? {hint}"),
            None => hint,
        };
        return Err(vec![fault(FaultKind::UnknownName { what, found, known }).with_hint(hint)]);
    };
    let mut faults = check(stored, asked);
    let offered = [
        (kind.by.policy || asked.policies.is_empty(), "--policy"),
        (kind.by.scope || asked.scope.is_none(), "--scope"),
        (kind.by.level || asked.level.is_none(), "--level"),
    ];
    for (_, flag) in offered.into_iter().filter(|(is_offered, _)| !is_offered) {
        let message = format!("has no table `{name}` that {flag} could choose from");
        let hint = format!("leave {flag} out, or choose another --table");
        faults.push(fault(FaultKind::Conflict { message }).with_hint(hint));
    }
    if faults.is_empty() { Ok(kind) } else { Err(faults) }
}

/// Policies, scope, variant and level that a result does not have.
pub fn check(stored: &Stored, asked: &Selection) -> Vec<Fault> {
    let results = &stored.results;
    let mut faults = Vec::new();
    let mut unknown = |what: &str, found: &str, known: BTreeSet<String>| {
        let known: Vec<String> = known.into_iter().collect();
        let hint = match closest(found, &known) {
            Some(closest) => format!("did you mean `{closest}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        let kind = FaultKind::UnknownName { what: what.into(), found: found.into(), known };
        faults.push(Fault::new(Place::File(stored.file.clone()), kind).with_hint(hint));
    };
    let runs = || results.runs.iter();
    if let Some(variant) = &asked.variant {
        let known: BTreeSet<String> = runs().map(|run| run.variant.clone()).collect();
        if !known.contains(variant) {
            unknown("variant", variant, known);
        }
    }
    let known: BTreeSet<String> =
        runs().flat_map(|run| run.policies.iter().map(|p| p.id.clone())).collect();
    for policy in asked.policies.iter().filter(|policy| !known.contains(*policy)) {
        unknown("policy", policy, known.clone());
    }
    if let Some(scope) = &asked.scope {
        let rows = runs().flat_map(|run| &run.summary.rows);
        let known: BTreeSet<String> =
            rows.map(|row| scope_name(row.scope_kind, &row.scope)).collect();
        if !known.contains(scope) {
            unknown("scope", scope, known);
        }
    }
    if let Some(level) = asked.level
        && !results.scenario.levels.iter().any(|&own| is_level(own, level))
    {
        let known = results.scenario.levels.iter().map(f64::to_string).collect();
        unknown("level", &level.to_string(), known);
    }
    faults
}

fn closest(found: &str, known: &[String]) -> Option<String> {
    let near = known.iter().map(|name| (strsim::jaro_winkler(found, name), name));
    let best = near.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then(|| best.1.clone())
}

/// Levels are typed by hand: 0.999 and 99.9 % are the same one.
fn is_level(own: f64, asked: f64) -> bool {
    (own - asked).abs() < 1e-9
}

/// A scope as it is asked for.
fn scope_name(kind: ScopeKind, scope: &str) -> String {
    match kind {
        ScopeKind::System | ScopeKind::Total => kind.as_str().to_owned(),
        kind => format!("{}:{scope}", kind.as_str()),
    }
}

/// The sheets of a table, one per run that is asked for and has rows.
///
/// # Errors
///
/// A table of points, which only programs read.
pub fn sheets(stored: &Stored, kind: Kind, asked: &Selection) -> Result<Vec<Sheet>, Fault> {
    if !kind.is_sheet {
        let message = format!("holds points as table `{}`, which no page has room for", kind.name);
        let fault = Fault::new(Place::File(stored.file.clone()), FaultKind::Conflict { message });
        return Err(fault.with_hint("--format csv or --format json hands them out"));
    }
    Ok(of(&stored.results, kind.name, asked))
}

/// The sheets of a table by its name; none where there are no rows.
pub(super) fn of(results: &Results, name: &str, asked: &Selection) -> Vec<Sheet> {
    let known = KINDS.iter().find(|kind| kind.name == name && has(results, name));
    let Some(kind) = known else { return Vec::new() };
    let runs = results
        .runs
        .iter()
        .filter(|run| asked.variant.as_ref().is_none_or(|variant| *variant == run.variant));
    let mut sheets = Vec::new();
    for run in runs {
        let view = View { results, run, asked };
        let body = match kind.name {
            "comparison" => policies::comparison(&view),
            "measures" => policies::measures(&view),
            "verdicts" => studies::verdicts(&view),
            "segments" => parts::shares(&view, ScopeKind::Segment),
            "lenders" => parts::shares(&view, ScopeKind::Lender),
            "bearers" => parts::shares(&view, ScopeKind::Bearer),
            "lender-risk" => system::lender_risk(&view),
            "system" => system::total(&view),
            "failures" => system::failures(&view),
            "tranches" => system::tranches(&view),
            "attribution" => parts::attribution(&view),
            "frontier" => policies::frontier(&view),
            "ladder" => policies::ladder(&view),
            "who-is-cut" => studies::who_is_cut(&view),
            _ => studies::break_evens(&view),
        };
        if body.rows.is_empty() {
            continue;
        }
        sheets.push(view.finished(kind.name, body));
    }
    sheets
}

/// What a sheet is made of.
struct Body {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// One run, and what is asked of it.
struct View<'a> {
    results: &'a Results,
    run: &'a RunResults,
    asked: &'a Selection,
}

impl<'a> View<'a> {
    /// The levels that are shown, in the order of the scenario.
    fn levels(&self) -> Vec<f64> {
        let levels = self.results.scenario.levels.iter().copied();
        levels.filter(|&own| self.asked.level.is_none_or(|asked| is_level(own, asked))).collect()
    }

    /// The level where there is room for one: that asked for, or the highest.
    fn level(&self) -> Option<f64> {
        self.levels().last().copied()
    }

    fn is_level(&self, level: Option<f64>) -> bool {
        match (self.asked.level, level) {
            (Some(asked), Some(own)) => is_level(own, asked),
            _ => true,
        }
    }

    /// Policies as they are shown: the baseline first, of a long ladder some caps, or those asked for.
    fn policies(&self) -> Vec<Line<'a>> {
        let baseline = &self.results.scenario.baseline;
        let own = &self.run.policies;
        let mut shown: Vec<Line<'a>> = if self.asked.policies.is_empty() {
            lines(own, baseline)
        } else {
            own.iter().filter(|p| self.asked.policies.contains(&p.id)).map(Line::Policy).collect()
        };
        let is_baseline =
            |line: &Line<'_>| matches!(line, Line::Policy(policy) if policy.id == *baseline);
        shown.sort_by_key(|line| !is_baseline(line));
        shown
    }

    /// Whether rows of a policy are asked for, where all have room.
    fn is_asked(&self, policy: &str) -> bool {
        self.asked.policies.is_empty() || self.asked.policies.iter().any(|own| own == policy)
    }

    fn policy(&self, id: &str) -> Cell {
        let title = self.run.policies.iter().find(|p| p.id == id).map_or(id, |p| p.title.as_str());
        Cell::Policy { id: id.to_owned(), title: title.to_owned() }
    }

    /// The scope that is asked for: the system where none is.
    fn scope(&self) -> String {
        self.asked.scope.clone().unwrap_or_else(|| ScopeKind::System.as_str().to_owned())
    }

    /// The rows of the scope that is asked for.
    fn rows(&self) -> impl Iterator<Item = &'a MeasureRow> {
        let scope = self.scope();
        let rows = self.run.summary.rows.iter();
        rows.filter(move |row| scope_name(row.scope_kind, &row.scope) == scope)
    }

    /// A number of the scope that is asked for.
    fn find(
        &self,
        policy: &str,
        (measure, level): (Measure, Option<f64>),
        comparison: Comparison,
    ) -> Option<Estimate> {
        let row = self.rows().find(|row| {
            row.policy == policy
                && row.measure == measure
                && row.level == level
                && row.comparison == comparison
        });
        row.map(|row| row.estimate)
    }

    /// The scale in which the baseline's number has one to three digits.
    fn scale(&self, measure: Measure, level: Option<f64>) -> Scale {
        let baseline = &self.results.scenario.baseline;
        let found = self.find(baseline, (measure, level), Comparison::Level);
        // Some are nothing under the baseline, and it may not have the scope.
        let largest = || {
            let own = |row: &&MeasureRow| row.measure == measure && row.level == level;
            let levels = self.rows().filter(own).filter(|r| r.comparison == Comparison::Level);
            levels.map(|row| row.estimate.value).fold(0.0, f64::max)
        };
        match found {
            Some(estimate) if estimate.value != 0.0 => Scale::of(estimate.value),
            _ => Scale::of(largest()),
        }
    }

    fn unit(&self, scale: Scale) -> String {
        scale.unit(&self.results.scenario.currency)
    }

    /// `of segment young`, nothing for the system.
    fn of_scope(&self) -> String {
        match self.scope().split_once(':') {
            Some((kind, name)) => format!(" of {kind} {name}"),
            None if self.scope() == "total" => " of all lenders".to_owned(),
            None => String::new(),
        }
    }

    fn finished(&self, name: &'static str, body: Body) -> Sheet {
        let facts = &self.results.scenario;
        let is_base = self.run.variant == "base";
        let title = if is_base { facts.title.as_str() } else { self.run.title.as_str() };
        let caption = format!("{}: {}.", title.trim_end_matches('.'), body.caption);
        let mut label = format!("{}-{name}", facts.id);
        if !is_base {
            label = format!("{label}-{}", self.run.variant);
        }
        let provenance = provenance(self.results, self.run);
        let (columns, rows) = (body.columns, body.rows);
        let notes = Vec::new();
        let sheet = Sheet { name, caption, provenance, label, columns, rows, notes };
        // Below each other stand numbers of one kind, but for tables of all kinds.
        if matches!(name, "measures" | "verdicts") { sheet } else { sheet.aligned() }
    }
}

/// Where the numbers of a run come from, in a line.
pub fn provenance(results: &Results, run: &RunResults) -> String {
    let facts = &results.scenario;
    let mut parts = vec![format!("tailcap {}", results.version), format!("scenario {}", facts.id)];
    if run.variant != "base" {
        parts.push(format!("variant {}", run.variant));
    }
    match &run.engine {
        Some(engine) => parts.push(format!("{} engine, no sampling", engine.name)),
        None => {
            let plan = match run.plan.name {
                PlanName::Plain => String::new(),
                plan => format!(" ({})", plan.as_str()),
            };
            parts.push(format!("{}{plan}", counted(run.trials, "trial", "trials")));
            parts.push(format!("seed {}", facts.seed));
            parts.push(format!("{} % bands", decimal(100.0 * facts.confidence, 0)));
        }
    }
    parts.push(format!("horizon {}", facts.horizon));
    parts.join(", ")
}

/// `EL`, `ES 99.9 %`: short where it is known by its letters.
fn measure_name(measure: Measure, level: Option<f64>) -> String {
    let name = match measure {
        Measure::ExpectedLoss => "EL".to_owned(),
        Measure::ValueAtRisk => "VaR".to_owned(),
        Measure::ExpectedShortfall => "ES".to_owned(),
        Measure::MarginalShortfall => "MES".to_owned(),
        Measure::DeltaCovar => "Delta CoVaR".to_owned(),
        Measure::Srisk => "SRISK".to_owned(),
        Measure::ExpectedLossPerCredit => "EL per credit".to_owned(),
        Measure::ExpectedShortfallPerCredit => "ES per credit".to_owned(),
        Measure::ExpectedShortfallOverMean => "ES over EL".to_owned(),
        Measure::IrbCapital => "IRB capital".to_owned(),
        other => other.as_str().replace('_', " "),
    };
    match level {
        Some(level) => format!("{name} {}", percent(level)),
        None => name,
    }
}
