//! What every shipped scenario says, written down: screen, results, tables and figures of a short
//! run, compared with `tests/goldens/`.
//!
//! A change that is meant is taken over by `UPDATE_GOLDENS=1 cargo test --release --test goldens`;
//! if numbers moved, the change is value-breaking and CHANGELOG.md says so. Big files are kept as a
//! checksum with the lines that a reader would look at. Checksums hold for the target they were
//! made on, see [`EXACT`].

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod shell;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use shell::{Shell, difference, repository, shipped_scenarios, without_time};
use tailcap::report::manifest::{NUMBERS, sha256};

const TRIALS: &str = "2000";

/// The same bits are promised for the same target; elsewhere checksums are not compared.
const EXACT: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

#[test]
fn shipped_scenarios_say_what_they_said() {
    let mut faults = String::new();
    for scenario in shipped_scenarios() {
        let name = Path::new(&scenario).file_stem().unwrap().to_str().unwrap().to_owned();
        let Some(found) = golden(&scenario, &name) else { continue };
        let kept = repository("tests/goldens").join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&kept, &found).unwrap();
        }
        let wanted = std::fs::read_to_string(&kept).unwrap_or_default();
        if comparable(&found) != comparable(&wanted) {
            let changes = difference(&comparable(&wanted), &comparable(&found));
            writeln!(faults, "{}:\n{changes}", kept.display()).unwrap();
        }
    }
    assert!(
        faults.is_empty(),
        "{faults}\nif this is meant: UPDATE_GOLDENS=1 cargo test --release --test goldens"
    );
}

/// The number of the numbers as it was when the goldens were last taken over, and the checksum of each summary.
const KEPT_NUMBERS: &str = "tests/numbers.txt";

/// Results of a build that computes other numbers are not taken for the same, because the key of a result holds
/// [`NUMBERS`]: whoever moves a number raises it.
#[test]
fn numbers_that_move_have_another_number() {
    let kept = std::fs::read_to_string(repository(KEPT_NUMBERS)).unwrap();
    let now = numbers(NUMBERS, &summaries());
    let verdict = judge(&kept, &now);
    if std::env::var_os("UPDATE_GOLDENS").is_some() && verdict != Moved::Unsaid {
        std::fs::write(repository(KEPT_NUMBERS), &now).unwrap();
        return;
    }
    assert!(
        verdict != Moved::Unsaid,
        "numbers of shipped scenarios have moved: raise NUMBERS in src/report/manifest.rs, then\n\
         UPDATE_GOLDENS=1 cargo test --release --test goldens"
    );
    assert_eq!(kept, now, "UPDATE_GOLDENS=1 cargo test --release --test goldens");
}

#[test]
fn a_moved_number_is_noticed_and_a_new_scenario_is_none() {
    let kept = "numbers 3\na 11\nb 22\n";
    assert!(judge(kept, kept) == Moved::Nothing);
    assert!(judge(kept, "numbers 3\na 11\nb 23\n") == Moved::Unsaid);
    assert!(judge(kept, "numbers 2\na 11\nb 22\n") == Moved::Unsaid, "numbers are not taken back");
    assert!(judge(kept, "numbers 4\na 11\nb 23\n") == Moved::Said);
    assert!(judge(kept, "numbers 3\na 11\nb 22\nc 33\n") == Moved::Nothing);
}

/// Whether numbers are others than they were, and the number of the numbers says so.
#[derive(PartialEq)]
enum Moved {
    Nothing,
    Said,
    Unsaid,
}

fn judge(kept: &str, now: &str) -> Moved {
    let lines = |text: &str| -> std::collections::BTreeMap<String, String> {
        let pair = |line: &str| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
        text.lines().filter_map(pair).collect()
    };
    let (kept, now) = (lines(kept), lines(now));
    let number =
        |of: &std::collections::BTreeMap<String, String>| of["numbers"].parse::<u32>().unwrap();
    let differs = |name: &&String| now.get(*name).is_some_and(|own| *own != kept[*name]);
    let moved = kept.keys().filter(|name| *name != "numbers").any(|name| differs(&name));
    match number(&now).cmp(&number(&kept)) {
        std::cmp::Ordering::Greater => Moved::Said,
        std::cmp::Ordering::Equal if !moved => Moved::Nothing,
        _ => Moved::Unsaid,
    }
}

fn numbers(number: u32, summaries: &[(String, String)]) -> String {
    let lines = summaries.iter().map(|(name, sum)| format!("{name} {sum}\n"));
    format!("numbers {number}\n{}", lines.collect::<String>())
}

/// The checksum of `summary.csv` of every golden.
fn summaries() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(repository("tests/goldens")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().skip_while(|line| !line.starts_with("== summary.csv"));
        let sum = lines.nth(1).and_then(|line| line.strip_prefix("sha256 ")).unwrap();
        found.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), sum.to_owned()));
    }
    found.sort();
    found
}

#[test]
fn every_golden_belongs_to_a_scenario() {
    let stem = |path: &Path| path.file_stem().unwrap().to_owned();
    let scenarios: Vec<_> = shipped_scenarios().iter().map(|s| stem(Path::new(s))).collect();
    for entry in std::fs::read_dir(repository("tests/goldens")).unwrap() {
        let path = entry.unwrap().path();
        assert!(scenarios.contains(&stem(&path)), "{} is left over", path.display());
    }
}

#[test]
fn screens_fit_a_hundred_columns() {
    for entry in std::fs::read_dir(repository("tests/goldens")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let screen = text.lines().skip(1).take_while(|line| !line.starts_with("== "));
        for line in screen {
            assert!(line.chars().count() <= 100, "{}: {line}", path.display());
        }
    }
}

fn comparable(text: &str) -> String {
    let lines = text.lines().filter(|line| EXACT || !line.starts_with("sha256 "));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Runs a scenario and writes down what it gives; nothing if its data are not at hand.
fn golden(scenario: &str, name: &str) -> Option<String> {
    let shell = Shell::with_scenarios();
    let mut arguments = vec!["run", scenario, "--trials", TRIALS];
    let tape;
    if name == "taiwan-accounts" {
        tape = format!("portfolio.tape={}", shell::raw_card_file()?.display());
        arguments.extend(["--set", &tape]);
    }
    let screen = shell.done(&arguments).out;
    let folder = format!("output/{name}");
    let mut out = String::new();
    writeln!(out, "== screen\n{}", without_time(&screen)).unwrap();
    for file in files(&shell.path(&folder)) {
        let path = format!("{folder}/{file}");
        let bytes = shell.bytes(&path);
        // The manifest holds a clock; a PNG is its SVG again; the page is made of all else and has tests of
        // its own.
        if ["manifest.json", "report.html"].contains(&file.as_str()) || file.ends_with(".png") {
            continue;
        }
        let lines = shell.read(&path).lines().count();
        writeln!(out, "== {file}: {} bytes, {lines} lines", bytes.len()).unwrap();
        writeln!(out, "sha256 {}", sha256(&bytes)).unwrap();
        match file.rsplit('/').next().unwrap() {
            "summary.csv" => out.push_str(&beginning(&telling_rows(&shell.read(&path)))),
            "portfolio.csv" | "who_is_cut.csv" => out.push_str(&beginning(&shell.read(&path))),
            "results.json" => out.push_str(&beside_the_numbers(shell.json(&path))),
            name if name.ends_with(".svg") => out.push_str(&texts(&shell.read(&path))),
            _ => {}
        }
    }
    Some(out)
}

/// What a reader looks at of a long table; the checksum holds the rest.
fn beginning(text: &str) -> String {
    text.lines().take(120).map(|line| format!("{line}\n")).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The system's own values and relative changes, short; without the books' exact errors of 0.
fn telling_rows(csv: &str) -> String {
    let short = |cell: &str| match cell.parse::<f64>() {
        Ok(x) if cell.contains('.') => format!("{x:.6e}"),
        _ => cell.to_owned(),
    };
    let mut out = String::new();
    for line in csv.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let [variant, policy, "system", _, measure, level, threshold, comparison, _, rest @ ..] =
            cells.as_slice()
        else {
            continue;
        };
        if ["level", "relative_change"].contains(comparison) {
            let [value, error, ..] = rest else { continue };
            let words = [*variant, policy, measure, level, threshold, comparison];
            writeln!(out, "{} {} {}", words.join(","), short(value), short(error)).unwrap();
        }
    }
    out
}

/// `results.json` without its long lists of numbers, which are in the tables.
fn beside_the_numbers(mut results: serde_json::Value) -> String {
    for run in results["runs"].as_array_mut().unwrap() {
        let long = [
            "rows",
            "densities",
            "exceedance",
            "convergence",
            "ladders",
            "frontier",
            "contributions",
        ];
        for list in long {
            let length = run["summary"][list].as_array().unwrap().len();
            run["summary"][list] = format!("{length} of them").into();
        }
        if run["system"].is_object() {
            for list in ["lenders", "debts", "rows", "failures", "effects"] {
                let length = run["system"][list].as_array().unwrap().len();
                run["system"][list] = format!("{length} of them").into();
            }
        }
        let length = run["who_is_cut"]["rows"].as_array().unwrap().len();
        run["who_is_cut"]["rows"] = format!("{length} of them").into();
    }
    serde_json::to_string_pretty(&results).unwrap() + "\n"
}

/// The words of a figure.
fn texts(svg: &str) -> String {
    let mut out = String::new();
    for part in svg.split("<text").skip(1) {
        let inner = part.split_once('>').map_or("", |(_, rest)| rest);
        let text = inner.split("</text>").next().unwrap_or_default().trim();
        writeln!(out, "{text}").unwrap();
    }
    out
}
