//! The claims about caps: the document says what the stored table says, the table belongs to the scenarios
//! as they are, and the command puts statements together as it promises.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use shell::{Shell, difference, repository};
use tailcap::report::claims::{ClaimVerdict, Claims};
use tailcap::report::claims_document::document;
use tailcap::report::manifest;
use tailcap::run;
use tailcap::scenario::load;

fn stored() -> Claims {
    serde_json::from_slice(&std::fs::read(repository("docs/claims.json")).unwrap()).unwrap()
}

/// Figures of a scenario that stand in docs, as the command names them.
fn figures(id: &str) -> Vec<(String, String)> {
    let start = format!("{id}-");
    let mut names: Vec<String> = std::fs::read_dir(repository("docs/claims"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with(&start))
        .collect();
    names.sort();
    let title = |name: &str| {
        name.trim_start_matches(&start).trim_end_matches(".svg").replace(['_', '-'], " ")
    };
    names.iter().map(|name| (format!("claims/{name}"), title(name))).collect()
}

#[test]
fn the_document_says_what_the_table_says() {
    let kept = std::fs::read_to_string(repository("docs/claims.md")).unwrap();
    let made = document(&stored(), &figures);
    assert!(
        kept == made,
        "{}\nif this is meant: cargo run --release -- claims --force --document docs",
        difference(&kept, &made)
    );
}

#[test]
fn the_table_belongs_to_the_scenarios_as_they_are() {
    let stored = stored();
    let numbers: Vec<u64> = stored.claims.iter().map(|own| own.claim.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
    let mut told: Vec<&str> = Vec::new();
    for scenario in stored.claims.iter().flat_map(|claim| &claim.scenarios) {
        let file = repository("scenarios/claims").join(format!("{}.toml", scenario.id));
        let loaded = load(&file, &[]).unwrap_or_else(|rejected| panic!("{:?}", rejected.faults));
        let now = manifest::sha256(loaded.checksum_text.as_bytes());
        assert_eq!(
            scenario.scenario_sha256, now,
            "{} has changed since: cargo run --release -- claims --force --document docs",
            scenario.id
        );
        told.push(&scenario.id);
    }
    for entry in std::fs::read_dir(repository("scenarios/claims")).unwrap() {
        let path = entry.unwrap().path();
        if load(&path, &[]).is_ok_and(|loaded| loaded.scenario.claim.is_some()) {
            let id = path.file_stem().unwrap().to_str().unwrap();
            assert!(told.contains(&id), "{id} is not in the table");
        }
    }
    // No figure without its scenario.
    for entry in std::fs::read_dir(repository("docs/claims")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(told.iter().any(|id| name.starts_with(&format!("{id}-"))), "{name}");
    }
}

/// Two of the scenarios again, whole: the numbers in docs are those that this version computes.
#[test]
fn the_numbers_in_docs_are_those_of_this_version() {
    let shell = Shell::with_scenarios();
    let stored = stored();
    for id in ["5-different-limits-90", "7-inclusion"] {
        shell.done(&["run", &format!("scenarios/claims/{id}.toml"), "--out", id]);
        let results = shell.json(&format!("{id}/results.json"));
        let own = stored.claims.iter().flat_map(|claim| &claim.scenarios).find(|s| s.id == id);
        let statements = serde_json::to_value(&own.unwrap().statements).unwrap();
        let now = results["verdicts"].as_array().unwrap();
        for (kept, now) in statements.as_array().unwrap().iter().zip(now) {
            let runs = kept["runs"].as_array().unwrap().iter().zip(now["runs"].as_array().unwrap());
            for (kept, now) in runs {
                assert_eq!(kept["estimate"], now["estimate"], "{id}: {}", kept["variant"]);
            }
        }
    }
}

/// What the scenarios of claim 5 say of their score.
#[test]
fn the_score_is_as_noisy_as_it_says() {
    let loaded = load(&repository("scenarios/claims/book.toml"), &[]).unwrap();
    let prepared = run::prepare(&loaded).unwrap();
    let book = prepared[0].book();
    // Score, people who default, people who do not.
    let mut people: Vec<(f64, f64, f64)> = (0..book.entries())
        .map(|b| {
            let (pd, count) = (book.borrowers.pd.get(b), book.count(b) as f64);
            let score = book.borrowers.score.as_ref().unwrap().get(b);
            (score, pd * count, (1.0 - pd) * count)
        })
        .collect();
    people.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut above, mut ranked) = (0.0, 0.0);
    for alike in people.chunk_by(|a, b| a.0 == b.0) {
        let (bad, good) = alike.iter().fold((0.0, 0.0), |(x, y), own| (x + own.1, y + own.2));
        ranked += bad * (above + 0.5 * good);
        above += good;
    }
    let bad: f64 = people.iter().map(|own| own.1).sum();
    let auc = ranked / (bad * above);
    assert!((auc - 0.60).abs() < 0.01, "AUC {auc}");
    for share in [90, 75, 50] {
        let file = repository(&format!("scenarios/claims/5-different-limits-{share}.toml"));
        assert!(std::fs::read_to_string(file).unwrap().contains("AUC of 0.60"));
    }
}

const CLAIM: &str = r#"
format = 1
currency = "EUR"
levels = [0.99]
[sampling]
trials = 4000
[claim]
number = 1
text = "caps help"
refuted_by = "losses do not fall"
assumptions = ["nobody is squeezed"]
[portfolio]
tape = "book.csv"
defaults = { lgd = 0.5, ccf = 0 }
[model]
correlation = 0.1
[[policy]]
id = "today"
[[policy]]
id = "cap"
rule = [{ cap = 500 }]
[[expect]]
text = "mean losses fall"
policy = "cap"
measure = "el"
falls_by_at_least = { relative = 0.3 }
"#;

#[test]
fn statements_of_all_scenarios_become_one_table() {
    let shell = Shell::new();
    let book = "limit,balance,pd,count\n1000,900,0.05,400\n700,600,0.02,300\n";
    let against = CLAIM.replace("number = 1", "number = 2").replace(
        "text = \"mean losses fall\"\n",
        "text = \"mean losses fall\"\nsays = \"against\"\n",
    );
    std::fs::create_dir(shell.path("claims")).unwrap();
    shell
        .write("claims/a.toml", CLAIM)
        .write("claims/b.toml", &against)
        .write("claims/book.csv", book)
        .write("claims/no-claim.toml", &CLAIM.replace("[claim]\nnumber = 1\ntext = \"caps help\"\nrefuted_by = \"losses do not fall\"\nassumptions = [\"nobody is squeezed\"]\n", ""));
    let screen = shell.done(&["claims", "claims", "--document", "docs"]).out;
    assert!(screen.contains("2 statements judged together at 95 %"), "{screen}");
    assert!(screen.contains("CLAIM 1  SUPPORTED: caps help"), "{screen}");
    assert!(screen.contains("CLAIM 2  REFUTED: caps help"), "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 100), "{screen}");
    let table: Claims = serde_json::from_slice(&shell.bytes("output/claims/claims.json")).unwrap();
    assert_eq!(table.claims[0].verdict, ClaimVerdict::Supported);
    let text = String::from_utf8(shell.bytes("docs/claims.md")).unwrap();
    assert!(text.contains("Rests on assumption:\n\n- nobody is squeezed"), "{text}");
    assert!(text.contains("What would refute it: losses do not fall."), "{text}");
    assert_eq!(shell.bytes("docs/claims.json"), shell.bytes("output/claims/claims.json"));
    // Again: nothing is run, the same is said.
    assert_eq!(shell.done(&["claims", "claims"]).out, screen);
    // Adjusted together: alone, a statement has to be half as sure.
    let alone = shell.json("output/claims/a/results.json");
    let p = |value: &serde_json::Value| value["runs"][0]["adjusted_p"].as_f64().unwrap();
    let one = p(&alone["verdicts"][0]);
    let both = serde_json::to_value(&table.claims[0].scenarios[0].statements[0]).unwrap();
    assert!(p(&both) >= one);
    // What cannot be.
    let none = shell.tailcap(&["claims", "docs"]);
    assert!(none.code == 1 && none.err.contains("has a [claim]"), "{}", none.err);
    assert!(none.err.contains("scenarios/claims"), "{}", none.err);
    let none = shell.tailcap(&["claims", "nowhere"]);
    assert!(none.code == 1 && none.err.contains("cannot read the folder"), "{}", none.err);
}
