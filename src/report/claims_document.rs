//! The claims as a document in Markdown: findings in plain words, made from the numbers.

use std::fmt::Write;

use super::claims::{ClaimResult, ClaimScenario, Claims};
use super::flips::{flip, map};
use super::numbers::{count, decimal};
use super::verdicts;
use crate::measures::verdict::Verdict;
use crate::media::markdown_prose as safe;
use crate::scenario::Says;

/// The document; `figures(scenario)` names the figures that go with a scenario: file and title.
pub fn document(claims: &Claims, figures: &dyn Fn(&str) -> Vec<(String, String)>) -> String {
    let mut out = String::new();
    out.push_str(
        "# What is left of the reasons for caps\n\n\
         Made by `tailcap claims --document docs` from the scenarios in `scenarios/claims/`; a test holds this page\n\
         to `claims.json` beside it and to the scenarios. Nothing here is written by hand but the claims,\n\
         statements and assumptions, which stand in the scenario files.\n\n",
    );
    let _ = writeln!(
        out,
        "{} claims are tested by {} scenarios. Their {} statements are judged with their {} % error bands, as one table\n\
         (Holm): a wrong decision anywhere in it is as rare as the confidence says. A statement that changes inside the\n\
         stated range of an assumption *depends on assumption*: then the place where it flips is the answer, not a yes or\n\
         no. Bands are those of sampling, for the book as drawn: other people of the same laws would move shares by some\n\
         tenths of a percent.\n\n\
         What the bands do not hold: books drawn from laws and balance sheets of lenders that nobody published are\n\
         assumptions, and so is every level that follows from them. Less credit means smaller losses by itself, so that a\n\
         fall tells little until it stands beside a proportional cut that leaves as much credit. One year is simulated;\n\
         no income is set against losses, and credit that a cap frees is lent to nobody else. *Holds* means: in this model,\n\
         in the variants named and not beyond them.\n",
        claims.claims.len(),
        claims.claims.iter().map(|own| own.scenarios.len()).sum::<usize>(),
        claims.statements,
        decimal(100.0 * claims.confidence, 0)
    );
    out.push_str("| claim | | verdict |\n|---|---|---|\n");
    for own in &claims.claims {
        let (number, text) = (own.claim.number, safe(&own.claim.text));
        let _ = writeln!(out, "| {number} | {text} | **{}** |", own.verdict.words());
    }
    for own in &claims.claims {
        one(&mut out, own, figures);
    }
    out
}

fn one(out: &mut String, own: &ClaimResult, figures: &dyn Fn(&str) -> Vec<(String, String)>) {
    let claim = &own.claim;
    let _ = writeln!(out, "\n## {}. {}\n", claim.number, capital(&safe(&claim.text)));
    let _ = writeln!(out, "**{}.** ", capital(own.verdict.words()));
    if !claim.mechanism.is_empty() {
        let _ = writeln!(out, "What is simulated: {}.", safe(&claim.mechanism));
    }
    if !claim.refuted_by.is_empty() {
        let _ = writeln!(out, "What would refute it: {}.", safe(&claim.refuted_by));
    }
    in_short(out, own);
    for scenario in &own.scenarios {
        of_scenario(out, scenario);
        for (file, title) in figures(&scenario.id) {
            let _ = writeln!(out, "\n![{}]({file})", safe(&title));
        }
    }
    if !claim.assumptions.is_empty() {
        out.push_str("\nRests on assumption:\n\n");
        for assumption in &claim.assumptions {
            let _ = writeln!(out, "- {}", safe(assumption));
        }
    }
}

/// What speaks for the claim, what against it, and what turns inside the stated ranges.
fn in_short(out: &mut String, own: &ClaimResult) {
    let (mut speaks_for, mut speaks_against, mut turns) = (Vec::new(), Vec::new(), Vec::new());
    let several = own.scenarios.len() > 1;
    let all = own.scenarios.iter().flat_map(|scenario| {
        scenario.statements.iter().map(move |statement| (scenario, statement))
    });
    for (scenario, statement) in all {
        let of = if several { format!(" (`{}`)", scenario.id) } else { String::new() };
        let text = format!("{}{of}", safe(&statement.text));
        let not_so = format!("*not so:* {text}");
        match (statement.verdict, statement.says) {
            (Verdict::Holds, Says::For) => speaks_for.push(text),
            (Verdict::Fails, Says::Against) => speaks_for.push(not_so),
            (Verdict::Holds, Says::Against) => speaks_against.push(text),
            (Verdict::Fails, Says::For) => speaks_against.push(not_so),
            (Verdict::DependsOnAssumption, _) => {
                let those = |verdict: Verdict| {
                    let runs = statement.runs.iter().filter(move |run| run.verdict == verdict);
                    runs.map(|run| format!("`{}`", run.variant)).collect::<Vec<_>>().join(", ")
                };
                let (holds, fails) = (those(Verdict::Holds), those(Verdict::Fails));
                turns.push(format!("{text} (holds in {holds}, fails in {fails})"));
            }
            (Verdict::Undecided, _) => turns.push(format!("{text} (undecided)")),
        }
    }
    for (heading, list) in [
        ("Speaks for it", speaks_for),
        ("Speaks against it", speaks_against),
        ("Turns inside the stated ranges", turns),
    ] {
        if !list.is_empty() {
            let _ = writeln!(out, "\n{heading}:\n\n- {}", list.join("\n- "));
        }
    }
}

fn of_scenario(out: &mut String, scenario: &ClaimScenario) {
    let _ = writeln!(
        out,
        "\n### {}\n\n`scenarios/claims/{}.toml`, {} trials, seed {}.\n",
        safe(&scenario.title),
        scenario.id,
        count(scenario.trials),
        scenario.seed
    );
    out.push_str("| statement | speaks | verdict | evidence |\n|---|---|---|---|\n");
    for own in &scenario.statements {
        let says = match own.says {
            Says::For => "for the claim",
            Says::Against => "against it",
        };
        let mut evidence: Vec<String> =
            verdicts::lines(own).into_iter().skip(1).map(|line| safe(line.trim())).collect();
        evidence.retain(|line| !line.is_empty());
        let verdict = match own.verdict {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
            Verdict::Undecided => "undecided",
            Verdict::DependsOnAssumption => "depends on assumption",
        };
        let text = capital(&safe(&own.text));
        let _ = writeln!(out, "| {text} | {says} | **{verdict}** | {} |", evidence.join("<br>"));
    }
    let places: Vec<String> =
        scenario.break_evens.iter().map(flip).chain(scenario.regions.iter().map(map)).collect();
    if !places.is_empty() {
        out.push_str("\nWhere it flips:\n\n");
        for place in places {
            let _ = writeln!(out, "- {}", capital(&safe(&place)));
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
