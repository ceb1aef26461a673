//! What stands in which section of the page; a section without data is left out.

use serde::Serialize;

use super::table::Table;
use super::tables;
use crate::measures::verdict::Verdict;
use crate::plots::Figure;
use crate::report::Key;
use crate::report::flips;
use crate::report::numbers::{count, percent};
use crate::report::results::{Results, RunResults};
use crate::report::screen::describe;
use crate::report::verdicts;

/// Figures that stand at the top; of the last ones the first that there is.
const LEADING: [&str; 2] = ["densities", "exceedance"];
const LEADING_THIRD: [&str; 4] = ["frontier", "waterfall", "who-is-cut", "convergence"];

/// A section.
#[derive(Debug, Default, Serialize)]
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it shows, in a sentence or two.
    pub intro: String,
    /// Its figures.
    pub figures: Vec<Drawing>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Terms with a sentence each.
    pub list: Vec<(String, String)>,
    /// Whether the charts that answer to the reader stand here.
    pub has_explorer: bool,
}

/// A figure in the page.
#[derive(Debug, Clone, Serialize)]
pub struct Drawing {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The drawing.
    pub svg: String,
}

/// A statement with its verdict.
#[derive(Debug, Serialize)]
pub struct Statement {
    /// `holds`, `fails`, `undecided`, `depends_on_assumption`.
    pub class: &'static str,
    /// As printed.
    pub verdict: String,
    /// The statement.
    pub text: String,
    /// The evidence, a line each.
    pub evidence: Vec<String>,
}

/// What the reader should know first.
pub fn warnings(run: &RunResults) -> Vec<String> {
    run.warnings.iter().map(describe).collect()
}

/// The statements of the scenario.
pub fn verdicts(results: &Results) -> Vec<Statement> {
    let statement = |judgement: &crate::measures::verdict::Judgement| {
        let lines = verdicts::lines(judgement);
        Statement {
            class: judgement.verdict.as_str(),
            verdict: match judgement.verdict {
                Verdict::DependsOnAssumption => "depends on assumption".to_owned(),
                other => other.as_str().to_owned(),
            },
            text: judgement.text.clone(),
            evidence: lines.iter().skip(1).map(|line| line.trim().to_owned()).collect(),
        }
    };
    results.verdicts.iter().map(statement).collect()
}

/// How many statements came to which verdict: ` (2 hold, 1 fails)`.
pub fn tally(statements: &[Statement]) -> String {
    let of = |class: &str| statements.iter().filter(|own| own.class == class).count();
    let words = [
        ("holds", "hold", "holds"),
        ("fails", "fail", "fails"),
        ("undecided", "undecided", "undecided"),
        ("depends_on_assumption", "depend on assumption", "depends on assumption"),
    ];
    let told: Vec<String> = words
        .iter()
        .map(|(class, many, one)| (of(class), if of(class) == 1 { one } else { many }))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}

/// The figures that matter most.
pub fn leading(figures: &[Figure]) -> Vec<Drawing> {
    leading_names(figures).iter().filter_map(|name| find(figures, name)).map(drawing).collect()
}

fn leading_names(figures: &[Figure]) -> Vec<&str> {
    let has = |name: &str| figures.iter().any(|figure| figure.name == name);
    let ladder =
        figures.iter().map(|figure| &*figure.name).find(|name| name.starts_with("ladder-"));
    let third = ladder.or(LEADING_THIRD.into_iter().find(|name| has(name)));
    LEADING.into_iter().filter(|name| has(name)).chain(third).collect()
}

fn find<'a>(figures: &'a [Figure], name: &str) -> Option<&'a Figure> {
    figures.iter().find(|figure| figure.name == name)
}

fn drawing(figure: &Figure) -> Drawing {
    Drawing {
        name: figure.name.clone(),
        title: figure.title.clone(),
        caption: figure.caption.clone(),
        svg: figure.svg.clone(),
    }
}

/// All sections that have something to show.
pub fn sections(results: &Results, figures: &[Figure], key: &Key) -> Vec<Section> {
    let run = &results.runs[0];
    let at_the_top = leading_names(figures);
    let drawn = |is_it: &dyn Fn(&str) -> bool| -> Vec<Drawing> {
        let own = figures.iter().filter(|figure| is_it(&figure.name));
        own.filter(|figure| !at_the_top.contains(&&*figure.name)).map(drawing).collect()
    };
    let among = |names: &'static [&'static str]| drawn(&|name: &str| names.contains(&name));
    let plain =
        |id, title, intro: &str| Section { id, title, intro: intro.into(), ..Section::default() };
    let mut all = vec![
        Section {
            has_explorer: true,
            ..plain(
                "losses",
                "Losses and tails",
                "Choose policies, a part of the system and a level; both charts and the key numbers follow. \
                 Pointing at a curve, or the arrow keys on a chart, read it off.",
            )
        },
        Section {
            figures: drawn(&|name: &str| {
                name == "frontier" || name == "who-is-cut" || name.starts_with("ladder-")
            }),
            ..plain(
                "credit",
                "Credit given up",
                "What policies take away for what they save, and whose limits they cut.",
            )
        },
        Section {
            figures: among(&[
                "bearers",
                "lenders",
                "loss-against-capital",
                "failures",
                "network",
                "tranches",
                "waterfall-total",
            ]),
            ..plain(
                "bearers",
                "Who bears the loss",
                "How the loss is shared among those who funded the loans, and who fails of it.",
            )
        },
        Section {
            figures: among(&["waterfall"]),
            ..plain(
                "attribution",
                "Through which channel",
                "What each effect adds to the change from the baseline. Effects are taken in every order and \
                 averaged (Shapley), so that they add up to the whole.",
            )
        },
        regions(run, drawn(&|name: &str| name.starts_with("region_"))),
        Section {
            figures: among(&["segments"]),
            ..plain("segments", "Segments", "What each segment of borrowers adds to the system.")
        },
        variants(results),
        Section {
            figures: among(&["convergence"]),
            ..plain(
                "convergence",
                "Convergence",
                "The same numbers from the first part of the trials only: they should settle inside of their bands.",
            )
        },
        Section {
            tables: vec![tables::book(results, run)],
            ..plain(
                "portfolio",
                "Portfolio",
                "What was found in the tape and what was done with it.",
            )
        },
    ];
    all.retain(|section| {
        section.has_explorer || !section.figures.is_empty() || !section.tables.is_empty()
    });
    all.extend(claim(results));
    // Nothing of these depends on data.
    all.push(assumptions(run));
    all.push(method(results, run));
    all.push(Section {
        tables: vec![tables::identity(results, run, key)],
        ..plain(
            "manifest",
            "Identity of the run",
            "manifest.json beside this report has the whole scenario and all files; running it again gives \
             the same bytes.",
        )
    });
    all
}

/// The claim that the scenario tests: how it would come about, and what would refute it.
fn claim(results: &Results) -> Option<Section> {
    let claim = results.scenario.claim.as_ref()?;
    let mut list = vec![
        ("Claim".to_owned(), claim.text.clone()),
        ("How it would come about".to_owned(), claim.mechanism.clone()),
        ("What would refute it".to_owned(), claim.refuted_by.clone()),
    ];
    let assumed = claim.assumptions.iter().enumerate();
    list.extend(assumed.map(|(at, text)| {
        let term = if at == 0 { "What the answer rests on" } else { "" };
        (term.to_owned(), text.clone())
    }));
    Some(Section {
        id: "claim",
        title: "The claim",
        intro: "The statements above put it to the test; `tailcap claims` judges all scenarios of it together.".into(),
        list,
        ..Section::default()
    })
}

fn regions(run: &RunResults, figures: Vec<Drawing>) -> Section {
    let mut tables = Vec::new();
    if !run.break_evens.is_empty() {
        tables.push(tables::break_evens(run));
    }
    let list = flips::sentences(run).into_iter().map(|line| (String::new(), line)).collect();
    Section {
        id: "regions",
        title: "Where it turns",
        intro: "Over which assumptions a policy helps, and where it stops helping.".into(),
        figures,
        tables,
        list,
        has_explorer: false,
    }
}

fn variants(results: &Results) -> Section {
    let tables = match results.runs.len() {
        0 | 1 => Vec::new(),
        _ => vec![tables::variants(results)],
    };
    Section {
        id: "variants",
        title: "Variants",
        intro: "Figures of each variant stand in a folder of its name beside this report.".into(),
        tables,
        ..Section::default()
    }
}

fn assumptions(run: &RunResults) -> Section {
    let list = run.assumptions.iter().map(|own| (own.topic.heading().to_owned(), own.text.clone()));
    Section {
        id: "assumptions",
        title: "Model and assumptions",
        intro: "What the numbers rest on. Bands do not cover any of it: where an assumption matters, vary it.".into(),
        list: list.collect(),
        ..Section::default()
    }
}

fn method(results: &Results, run: &RunResults) -> Section {
    let confidence = percent(results.scenario.confidence);
    let mut list = vec![(
        "Same random numbers".to_owned(),
        "All policies are sampled on the same trials: the same state of the economy and the same luck of every \
         borrower. A policy that binds nobody differs from the baseline by exactly 0."
            .to_owned(),
    )];
    if run.engine.is_none() {
        list.push((
            "Bands".to_owned(),
            format!(
                "{confidence} intervals of what chance in the sampling leaves open. VaR: distribution-free order \
                 statistics; EL, ES, shares and differences: the spread of each trial’s influence. Differences \
                 are paired. The coverage of these bands is measured over many seeds by a test of the software."
            ),
        ));
        list.push((
            "Few trials".to_owned(),
            "Where fewer than 50 trials bear on a number it is marked with ? and its band is indicative only; where \
             nothing was seen the number is 0 with an upper bound, never an error of 0."
                .to_owned(),
        ));
        let drawn = format!(
            "{} trials by {} sampling, seed {}. Weights of trials, where there are any, are in every number.",
            count(run.trials),
            run.plan.name.as_str(),
            results.scenario.seed
        );
        list.push(("Sampling".to_owned(), drawn));
    } else {
        list.push((
            "No sampling".to_owned(),
            "The laws of losses were added up over all states of the model; what the last refinement of the states \
             changed is told as the numerical error."
                .to_owned(),
        ));
    }
    if !results.verdicts.is_empty() {
        list.push((
            "Verdicts".to_owned(),
            format!(
                "A statement holds or fails where its number is clear of the border at {confidence}, allowing for all \
                 statements that are judged together (Holm); else it is undecided."
            ),
        ));
    }
    Section {
        id: "method",
        title: "Method and error bands",
        intro: "How the numbers come about and what their bands mean.".into(),
        list,
        ..Section::default()
    }
}
