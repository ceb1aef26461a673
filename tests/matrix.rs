//! docs/model-matrix.md, cell by cell: what it says works is run, what it says is refused is refused, with the
//! words it says.

mod support;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use tailcap::run::{self, Settings};
use tailcap::scenario::{Notation, load_text};

const TABLE: &str = include_str!("../docs/model-matrix.md");

const TAPE: &str = "id,segment,limit,balance,pd,count,lender\n\
    1,a,900,700,0.02,1,north\n2,a,800,800,0.05,1,north\n3,b,500,100,0.3,1,south\n\
    4,b,700,500,0.1,40,south\n5,a,100,100,0.04,300,north\n";

/// The model of a row.
fn model(row: &str) -> &'static str {
    match row {
        "gaussian" => "[model]\ncorrelation = 0.1\n",
        "gaussian, Basel" => "[model]\ncorrelation = { basel = \"other-retail\" }\n",
        "t" => "[model]\ncopula = \"t\"\ndegrees_of_freedom = 4\ncorrelation = 0.1\n",
        "grouped t" => {
            "[model]\ncopula = \"t\"\ndegrees_of_freedom = 4\ncorrelation = 0.1\n\
             [model.segment.b]\ndegrees_of_freedom = 9\ncorrelation = 0.1\n"
        }
        "logit-normal" => "[model]\nmixture = \"logit-normal\"\nlog_odds_sd = 0.6\n",
        "beta" => "[model]\nmixture = \"beta\"\ndefault_correlation = 0.02\n",
        "creditrisk+ poisson" => {
            "[model]\ncopula = \"creditrisk+\"\ndefaults = \"poisson\"\n\
             factor = [{ id = \"x\", sd = 0.8 }]\n"
        }
        "creditrisk+ bernoulli" => {
            "[model]\ncopula = \"creditrisk+\"\ndefaults = \"bernoulli\"\n\
             factor = [{ id = \"x\", sd = 0.8 }]\n"
        }
        other => panic!("no model {other}"),
    }
}

/// What a column adds: at the top of the file, and as further tables.
fn feature(column: &str) -> (&'static str, &'static str) {
    match column {
        "plain" => ("", ""),
        "importance" => ("sampling.plan = \"importance\"\n", ""),
        "quasi" => ("sampling.plan = \"quasi\"\n", ""),
        "until" => ("sampling.until = { measure = { es = 0.9 }, relative_error = 0.5 }\n", ""),
        "exact" => ("engine = \"exact\"\n", ""),
        "large-pool" => ("engine = \"large-pool\"\n", ""),
        "exact, behaviour" => {
            ("engine = \"exact\"\nbehaviour = { relief = 0.5, squeeze = 0.3 }\n", "")
        }
        "exact, lenders" => {
            ("engine = \"exact\"\n", "[[system.lender]]\nname = \"north\"\ncapital = 600\n")
        }
        "random LGD" => ("severity = { lgd = { law = \"beta\", sd = 0.2 } }\n", ""),
        "frye-jacobs" => ("severity = { lgd = { law = \"frye-jacobs\" } }\n", ""),
        "tied CCF" => ("severity = { ccf_loading = 0.4 }\n", ""),
        "exact, beta LGD" => {
            ("engine = \"exact\"\nseverity = { lgd = { law = \"beta\", sd = 0.2 } }\n", "")
        }
        "exact, discrete LGD" => (
            "engine = \"exact\"\nseverity = { lgd = { law = \"discrete\", values = [0.2, 1.0], \
             probabilities = [0.5, 0.5] } }\n",
            "",
        ),
        "exact, frye-jacobs" => {
            ("engine = \"exact\"\nseverity = { lgd = { law = \"frye-jacobs\" } }\n", "")
        }
        "exact, tied CCF" => ("engine = \"exact\"\nseverity = { ccf_loading = 0.4 }\n", ""),
        "large-pool, beta LGD" => {
            ("engine = \"large-pool\"\nseverity = { lgd = { law = \"beta\", sd = 0.2 } }\n", "")
        }
        "large-pool, frye-jacobs" => {
            ("engine = \"large-pool\"\nseverity = { lgd = { law = \"frye-jacobs\" } }\n", "")
        }
        "large-pool, tied CCF" => {
            ("engine = \"large-pool\"\nseverity = { ccf_loading = 0.4 }\n", "")
        }
        "stress of PDs" => ("stress = { pd_multiplier = 1.3, odds_multiplier = 1.1 }\n", ""),
        "stress of a factor" => ("stress = { factor = { shift = -0.5 } }\n", ""),
        "ladder" => (
            "",
            "[[policy]]\nid = \"rungs\"\nrule = [{ cap = { from = 100, to = 800, steps = 4 } }]\n",
        ),
        "behaviour" => ("behaviour = { relief = 0.5, squeeze = 0.3 }\n", ""),
        "leakage" => ("behaviour = { leakage = 0.4, stacking = 1.2 }\n", ""),
        "lenders" => ("", "[[system.lender]]\nname = \"north\"\ncapital = 600\n"),
        "second round" => (
            "",
            "[[system.lender]]\nname = \"north\"\ncapital = 600\n[system.feedback]\ncut = 0.5\nsqueeze = 0.4\n",
        ),
        "regions" => (
            "",
            "[[region]]\nid = \"r\"\npolicy = \"cap\"\nmeasure = { es = 0.9 }\n\
             x = { key = \"stress.pd_multiplier\", from = 0.8, to = 1.2, points = 2 }\n\
             y = { key = \"stress.odds_multiplier\", from = 0.8, to = 1.2, points = 2 }\n",
        ),
        other => panic!("no feature {other}"),
    }
}

/// Runs a cell; what refuses it otherwise.
fn cell(row: &str, column: &str) -> Result<(), String> {
    let (top, tables) = feature(column);
    let text = format!(
        "format = 1\ncurrency = \"EUR\"\nlevels = [0.9]\nsampling.trials = 256\n{top}\
         portfolio = {{ tape = \"book.csv\", defaults = {{ lgd = 0.6, ccf = 0.3 }} }}\n\
         output = {{ equal_credit_cut = false }}\n\
         {}[[policy]]\nid = \"today\"\n[[policy]]\nid = \"cap\"\nrule = [{{ cap = 400 }}]\n{tables}",
        model(row)
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Laws are added up state by state, which takes long in large pools under several normals.
    let tape = match column.starts_with("exact") {
        true => TAPE.replace(",40,", ",4,").replace(",300,", ",3,"),
        false => TAPE.to_owned(),
    };
    std::fs::write(folder.path().join("book.csv"), tape).expect("a written tape");
    let path = folder.path().join("cell.toml");
    let loaded = load_text(Path::new(&path), &text, Notation::Toml, &[])
        .map_err(|rejected| rejected.places.render(&rejected.faults, false))?;
    let runs = run::prepare(&loaded).map_err(|refused| format!("{:?}", refused.faults))?;
    let never = AtomicBool::new(false);
    let settings = Settings { threads: 2, memory: None, stop: &never, finished: &|_| {} };
    let outcome = run::carry_out(&runs, settings).map_err(|error| error.to_string())?;
    assert!(!outcome.results.runs[0].summary.rows.is_empty());
    Ok(())
}

#[test]
fn every_cell_is_what_it_says() {
    let mut lines = TABLE.lines().filter(|line| line.starts_with('|'));
    let cells = |line: &'static str| -> Vec<&'static str> {
        line.trim_matches('|').split('|').map(str::trim).collect()
    };
    let columns = cells(lines.next().expect("a head"));
    let mut tested = 0;
    let mut wrong = Vec::new();
    for line in lines.skip(1).take_while(|line| !line.starts_with("| note")) {
        let row = cells(line);
        for (column, says) in columns.iter().zip(&row).skip(1) {
            tested += 1;
            let found = cell(row[0], column);
            match (*says, &found) {
                ("yes", Ok(())) => {}
                (note, Err(message)) if note != "yes" => {
                    // Line breaks of a message are those of a terminal.
                    let flat = message.split_whitespace().collect::<Vec<_>>().join(" ");
                    let words = words(note);
                    if !flat.contains(words) {
                        wrong.push(format!("{} x {column}: `{words}` is not in {flat}", row[0]));
                    }
                }
                _ => wrong.push(format!("{} x {column}: says {says}, is {found:?}", row[0])),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tested > 150, "{tested} cells");
}

/// The words of a note.
fn words(note: &str) -> &'static str {
    let head = format!("| {note} |");
    let line = TABLE.lines().find(|line| line.starts_with(&head));
    let line = line.unwrap_or_else(|| panic!("no note {note}"));
    line.split('`').nth(1).expect("the words of a refusal stand in backticks")
}
