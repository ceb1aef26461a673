//! The table of claims: what their scenarios say, judged together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flips::{RegionFacts, flip, map, region};
use super::manifest::Key;
use super::numbers::{count, decimal};
use super::results::Results;
use super::{verdicts, wrapping};
use crate::measures::region::BreakEvenPoint;
use crate::measures::verdict::{JudgedRuns, Judgement, Verdict, judge_together};
use crate::scenario::{Says, TestedClaim};
use crate::units::Confidence;

/// Number of the format of `claims.json`.
pub const CLAIMS_FORMAT: u32 = 1;

/// All claims with their verdicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claims {
    /// [`CLAIMS_FORMAT`].
    pub format: u32,
    /// Version of the software.
    pub version: String,
    /// Coverage of bands and of the table of verdicts.
    pub confidence: f64,
    /// Statements that were judged together.
    pub statements: u64,
    /// By number.
    pub claims: Vec<ClaimResult>,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimResult {
    /// The claim, as its first scenario has it; assumptions of all.
    pub claim: TestedClaim,
    /// What is left of it.
    pub verdict: ClaimVerdict,
    /// The scenarios that test it, by id.
    pub scenarios: Vec<ClaimScenario>,
}

/// What a scenario says of its claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimScenario {
    /// Id: the stem of its file.
    pub id: String,
    /// Title.
    pub title: String,
    /// Source of the data.
    pub source: Option<String>,
    /// Checksum of the scenario.
    pub scenario_sha256: String,
    /// Trials behind the numbers.
    pub trials: u64,
    /// Seed.
    pub seed: u64,
    /// Its statements.
    pub statements: Vec<Judgement>,
    /// Where policies stop helping.
    pub break_evens: Vec<BreakEvenPoint>,
    /// What its maps show.
    pub regions: Vec<RegionFacts>,
}

/// What is left of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimVerdict {
    /// All statements speak for it.
    Supported,
    /// All statements speak against it.
    Refuted,
    /// Some speak for it and some against it.
    InPart,
    /// Some statement changes inside the stated range of an assumption.
    DependsOnAssumption,
    /// The sampling error does not allow to say.
    Undecided,
}

impl ClaimVerdict {
    /// As printed.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::InPart => "holds in part",
            Self::DependsOnAssumption => "depends on assumption",
            Self::Undecided => "undecided",
        }
    }

    /// Out of the statements about a claim.
    fn of<'j>(statements: impl Iterator<Item = &'j Judgement>) -> Self {
        let (mut speaks_for, mut speaks_against, mut depends, mut open) =
            (false, false, false, false);
        for own in statements {
            match (own.verdict, own.says) {
                (Verdict::Holds, Says::For) | (Verdict::Fails, Says::Against) => speaks_for = true,
                (Verdict::Fails, Says::For) | (Verdict::Holds, Says::Against) => {
                    speaks_against = true;
                }
                (Verdict::DependsOnAssumption, _) => depends = true,
                (Verdict::Undecided, _) => open = true,
            }
        }
        match (depends, speaks_for, speaks_against) {
            (true, ..) => Self::DependsOnAssumption,
            (_, true, true) => Self::InPart,
            _ if open => Self::Undecided,
            (_, true, _) => Self::Supported,
            (_, _, true) => Self::Refuted,
            _ => Self::Undecided,
        }
    }
}

/// Puts results of scenarios that test claims together; those without a claim are left out. All
/// statements are judged as one table.
pub fn claims(results: Vec<(Results, Key)>) -> Claims {
    let confidence = results.first().map_or(0.95, |(first, _)| first.scenario.confidence);
    let mut found: Vec<(TestedClaim, ClaimScenario, JudgedRuns)> = results
        .into_iter()
        .filter_map(|(results, key)| {
            let claim = results.scenario.claim.clone()?;
            let runs = results.runs.iter();
            let runs = runs
                .map(|run| (run.variant.clone(), run.trials, run.plan.randomisations))
                .collect();
            Some((claim, scenario(results, key), runs))
        })
        .collect();
    found.sort_by(|a, b| (a.0.number, &a.1.id).cmp(&(b.0.number, &b.1.id)));
    let runs: Vec<JudgedRuns> = found
        .iter()
        .flat_map(|(_, scenario, runs)| scenario.statements.iter().map(|_| runs.clone()))
        .collect();
    let mut statements: Vec<&mut Judgement> =
        found.iter_mut().flat_map(|(_, scenario, _)| &mut scenario.statements).collect();
    let count = statements.len() as u64;
    if let Ok(confidence) = Confidence::new(confidence) {
        judge_together(&mut statements, &runs, confidence);
    }
    let mut claims: Vec<ClaimResult> = Vec::new();
    for (claim, scenario, _) in found {
        match claims.last_mut().filter(|last| last.claim.number == claim.number) {
            Some(last) => {
                let known = &mut last.claim.assumptions;
                let new: Vec<String> =
                    claim.assumptions.into_iter().filter(|own| !known.contains(own)).collect();
                known.extend(new);
                last.scenarios.push(scenario);
            }
            None => claims.push(ClaimResult {
                claim,
                verdict: ClaimVerdict::Undecided,
                scenarios: vec![scenario],
            }),
        }
    }
    for claim in &mut claims {
        claim.verdict = ClaimVerdict::of(claim.scenarios.iter().flat_map(|s| &s.statements));
    }
    let version = crate::VERSION.to_owned();
    Claims { format: CLAIMS_FORMAT, version, confidence, statements: count, claims }
}

fn scenario(results: Results, key: Key) -> ClaimScenario {
    let Results { scenario, mut runs, verdicts, .. } = results;
    let base = runs.swap_remove(0);
    ClaimScenario {
        id: scenario.id,
        title: scenario.title,
        source: scenario.source,
        scenario_sha256: key.scenario_sha256,
        trials: base.trials,
        seed: scenario.seed,
        statements: verdicts,
        break_evens: base.break_evens,
        regions: base.regions.iter().map(region).collect(),
    }
}

/// The table of verdicts, for the screen.
pub fn screen(claims: &Claims) -> String {
    let mut lines = vec![format!(
        "{} statements judged together at {} %: of {} such tables at most one holds a wrong decision",
        claims.statements,
        decimal(100.0 * claims.confidence, 0),
        decimal(1.0 / (1.0 - claims.confidence), 0)
    )];
    for own in &claims.claims {
        lines.push(String::new());
        lines.push(format!(
            "CLAIM {}  {}: {}",
            own.claim.number,
            own.verdict.words().to_uppercase(),
            own.claim.text
        ));
        for scenario in &own.scenarios {
            lines.push(format!("  {} ({} trials)", scenario.title, count(scenario.trials)));
            for statement in &scenario.statements {
                let says = match statement.says {
                    Says::For => "for",
                    Says::Against => "against",
                };
                for (at, line) in verdicts::lines(statement).into_iter().enumerate() {
                    let mark = if at == 0 { says } else { "" };
                    lines.push(format!("    {mark:<8}{line}"));
                }
            }
            lines.extend(scenario.break_evens.iter().map(|own| format!("    {}", flip(own))));
            lines.extend(scenario.regions.iter().map(|own| format!("    {}", map(own))));
        }
    }
    let wrapped = lines.iter().flat_map(|line| wrapped(line));
    wrapped.collect::<Vec<_>>().join("\n") + "\n"
}

/// A line broken to fit the screen, what follows set further in.
fn wrapped(line: &str) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    // What follows a verdict stands under its statement.
    let is_statement = ["    for ", "    against "].iter().any(|start| line.starts_with(start));
    wrapping::wrapped(line, if is_statement { 23 } else { indent + 4 })
}
