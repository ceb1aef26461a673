//! The command line from outside: exit codes, messages as users see them, results folders,
//! interrupts, and that threads and processes change no number.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use std::time::{Duration, Instant};

use shell::{Said, Shell};

const BOOK: &str = "limit,balance,pd,segment\n1000,600,0.02,young\n2000,1500,0.05,old\n";

const SCENARIO: &str = r#"format = 1
title = "Two borrowers"
currency = "EUR"
levels = [0.9]

[sampling]
trials = 2_000

[portfolio]
tape = "book.csv"
defaults = { lgd = 0.6 }

[model]
correlation = 0.04

[[policy]]
id = "today"

[[policy]]
id = "cap-800"
[[policy.rule]]
cap = 800
"#;

/// A folder with a small scenario in it.
fn small() -> Shell {
    let shell = Shell::new();
    shell.write("cut.toml", SCENARIO).write("book.csv", BOOK);
    shell
}

/// Runs the small scenario with one text of it replaced; it is refused.
fn refused(from: &str, to: &str) -> String {
    assert!(SCENARIO.contains(from), "{from}");
    let shell = small();
    shell.write("cut.toml", &SCENARIO.replacen(from, to, 1));
    message(&shell)
}

/// Runs the small scenario on another tape; it is refused.
fn refused_tape(tape: &str) -> String {
    let shell = small();
    shell.write("book.csv", tape);
    message(&shell)
}

fn message(shell: &Shell) -> String {
    let Said { code, out, err } = shell.tailcap(&["run", "cut.toml"]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(!shell.path("output").exists(), "a refused scenario leaves nothing behind");
    err
}

// What users see when their input is wrong.

#[test]
fn a_mistyped_key() {
    insta::assert_snapshot!(refused("correlation", "corelation"));
}

#[test]
fn a_wrong_type() {
    insta::assert_snapshot!(refused("cap = 800", "cap = \"800\""));
}

#[test]
fn a_negative_cap() {
    insta::assert_snapshot!(refused("cap = 800", "cap = -800"));
}

#[test]
fn not_a_number() {
    insta::assert_snapshot!(refused("lgd = 0.6", "lgd = nan"));
}

#[test]
fn a_missing_column() {
    insta::assert_snapshot!(refused_tape("limit,BILL_AMT1,pd\n1000,600,0.02\n"));
}

#[test]
fn a_column_that_the_tape_does_not_have() {
    let columns = "lgd = 0.6 }\ncolumns = { limit = \"Limt\" }";
    insta::assert_snapshot!(refused("lgd = 0.6 }", columns));
}

#[test]
fn an_empty_tape() {
    insta::assert_snapshot!(refused_tape(""));
}

#[test]
fn a_tape_without_rows() {
    insta::assert_snapshot!(refused_tape("limit,balance,pd\n"));
}

#[test]
fn a_policy_id_given_twice() {
    insta::assert_snapshot!(refused("cap-800", "today"));
}

#[test]
fn an_unknown_segment_in_a_filter() {
    insta::assert_snapshot!(refused("cap = 800", "cap = 800\nwhere = { segment = \"yuong\" }"));
}

#[test]
fn a_pd_above_one_in_the_tape() {
    insta::assert_snapshot!(refused_tape(&BOOK.replace("0.05", "1.7")));
}

#[test]
fn an_unreadable_scenario() {
    let shell = small();
    let Said { code, out, err } = shell.tailcap(&["run", "cutt.toml"]);
    assert_eq!((code, out.as_str()), (2, ""));
    insta::assert_snapshot!(err);
}

#[test]
fn an_unreadable_tape() {
    insta::assert_snapshot!(refused("book.csv", "books.csv"));
}

#[test]
fn factor_correlations_that_cannot_hold_together() {
    let factors = r#"
[[model.factor]]
id = "north"
correlation = { south = 0.9, young = 0.9 }
[[model.factor]]
id = "south"
correlation = { young = -0.9 }
[[model.factor]]
id = "young"

[[policy]]"#;
    insta::assert_snapshot!(refused("\n[[policy]]", factors));
}

#[test]
fn a_pd_of_three() {
    insta::assert_snapshot!(refused("lgd = 0.6", "pd = 3, lgd = 0.6"));
}

#[test]
fn several_faults_of_a_scenario_at_once() {
    let shell = small();
    let text = SCENARIO
        .replace("levels = [0.9]", "levels = [99.9]")
        .replace("correlation = 0.04", "correlation = 4")
        .replace("cap = 800", "cpa = 800");
    shell.write("cut.toml", &text);
    insta::assert_snapshot!(message(&shell));
}

#[test]
fn several_faults_of_a_tape_at_once() {
    insta::assert_snapshot!(refused_tape(
        "limit,balance,pd\n1000,600,0.02\n2000,x,1.7\n-5,NaN,0.1\n1,2\n"
    ));
}

#[test]
fn a_mistyped_override() {
    let shell = small();
    let said = shell.tailcap(&["run", "cut.toml", "--set", "policy.cap-80.title=x"]);
    assert_eq!(said.code, 2);
    insta::assert_snapshot!(said.err);
}

#[test]
fn a_number_of_trials_that_is_none() {
    let shell = small();
    let said = shell.tailcap(&["run", "cut.toml", "--trials", "many"]);
    assert_eq!(said.code, 2);
    insta::assert_snapshot!(said.err);
}

#[test]
fn a_run_that_would_not_fit_into_memory() {
    let shell = small();
    let few = ["--threads", "2", "--memory", "0.001"];
    let said = shell.tailcap(&[["run", "cut.toml", "--trials", "1e6"].as_slice(), &few].concat());
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    insta::assert_snapshot!(said.err);
    assert_eq!(shell.list("output"), [""; 0], "nothing half-made stays");
}

/// The address space of a process is limited as `ulimit -v` does it, and the run is not started.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_does_not_fit_into_the_limit_of_the_shell() {
    let shell = small();
    let binary = assert_cmd::cargo::cargo_bin!("tailcap").display().to_string();
    let limited = |trials: &str| {
        let line =
            format!("ulimit -v 1000000; exec {binary} run cut.toml --threads 2 --trials {trials}");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &line]).current_dir(shell.path("."));
        shell::said(command.output().unwrap())
    };
    let said = limited("1e7");
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    assert!(said.err.contains("(limit of the address space, `ulimit -v`)"), "{}", said.err);
    assert!(said.err.contains("hint: fewer trials (--trials)"), "{}", said.err);
    assert_eq!(limited("1e4").code, 0);
}

/// LGD 0 and a PD of 1 under stress, both tied to the factors: no number, and no end, in former versions.
#[test]
fn what_costs_nothing_has_no_loss_and_an_end() {
    let shell = Shell::new();
    shell.write(
        "book.csv",
        "limit,balance,pd,lgd,ccf\n1000,500,0.5,0,0.24\n1000,500,0.5,0.5,0.24\n",
    );
    shell.write(
        "free.toml",
        r#"format = 1
currency = "EUR"
levels = [0.9]
[sampling]
trials = 1_000
[portfolio]
tape = "book.csv"
[model]
correlation = 0.04
[stress]
pd_multiplier = 2
[severity]
lgd = { law = "frye-jacobs" }
ccf_loading = 0.3
[[policy]]
id = "today"
"#,
    );
    shell.done(&["run", "free.toml"]);
    let results = shell.json("output/free/results.json");
    let row = results["runs"][0]["summary"]["rows"].as_array().unwrap().iter();
    let mut row =
        row.filter(|row| row["measure"] == "expected_loss" && row["scope_kind"] == "system");
    let found = row.next().unwrap()["estimate"]["value"].as_f64().unwrap();
    // Of the second loan everything is lost: 500 and what is drawn of 500 at a mean CCF of 0.24.
    assert!((found - 620.0).abs() < 10.0, "{found}");
}

/// What a run would take as its refusal says, and what it takes, both in MiB.
#[cfg(target_os = "linux")]
fn predicted_and_taken(shell: &Shell, file: &str) -> (f64, f64) {
    let run = ["run", file, "--threads", "2", "--quiet"];
    let refused = shell.tailcap(&[run.as_slice(), &["--memory", "0.000001"]].concat());
    assert_eq!(refused.code, 1, "{}", refused.err);
    let said = refused.err.split("would take ").nth(1).unwrap();
    let mut said = said.split([' ', ',']);
    let number: f64 = said.next().unwrap().parse().unwrap();
    let predicted = if said.next() == Some("GiB") { 1024.0 * number } else { number };
    let mut child = shell.command().args(run).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    (predicted, peak)
}

/// A scenario on a book of so many segments under so many caps, with more lines of the scenario file.
fn shape(shell: &Shell, (segments, caps): (usize, usize), more: &str) {
    let mut tape = "segment,limit,balance,pd,lgd,ccf\n".to_owned();
    for i in 0..2_000.max(segments) {
        tape += &format!("s{},{},{},0.02,0.5,0.2\n", i % segments, 1_000 + i % 977, 500 + i % 300);
    }
    let mut text = "format = 1\ncurrency = \"EUR\"\n[portfolio]\ntape = \"book.csv\"\n".to_owned();
    text += more;
    text += "[[policy]]\nid = \"today\"\n";
    for cap in 0..caps {
        text +=
            &format!("[[policy]]\nid = \"c{cap}\"\n[[policy.rule]]\ncap = {}\n", 900 + 20 * cap);
    }
    shell.write("shape.toml", &text).write("book.csv", &tape);
}

/// The peak of a run is at most 1.2 times what is predicted, and the prediction is of the order of the peak.
#[cfg(target_os = "linux")]
#[test]
fn predicted_memory_holds_the_peak() {
    let plain = "[sampling]\ntrials = 1_000\n[model]\ncorrelation = 0.1\n";
    let many = "[sampling]\ntrials = 2_000_000\nplan = \"plain\"\n[model]\ncorrelation = 0.1\n";
    let moved = "[sampling]\ntrials = 2_000\n[model]\ncopula = \"t\"\ndegrees_of_freedom = 3\n\
                 correlation = 0.3\n[behaviour]\nsqueeze = 3\n";
    for (shape_of, more, most) in
        [((200, 4), plain, 2.5), ((1, 300), plain, 3.0), ((1, 1), many, 3.5), ((1, 2), moved, 8.0)]
    {
        let shell = Shell::new();
        shape(&shell, shape_of, more);
        let (predicted, taken) = predicted_and_taken(&shell, "shape.toml");
        assert!(taken < 1.2 * predicted, "{shape_of:?}: {taken} MiB, predicted {predicted}");
        assert!(predicted < most * taken, "{shape_of:?}: {taken} MiB, predicted {predicted}");
    }
}

/// One borrower whose hazard today is next to nothing where a policy makes default certain: bands of points had no bound.
#[cfg(target_os = "linux")]
#[test]
fn points_above_the_envelope_take_few_bytes() {
    let shell = Shell::new();
    shell.write("book.csv", "limit,balance,pd,lgd\n5000,2500,0.05,0.75\n").write(
        "one.toml",
        r#"format = 1
currency = "EUR"
[sampling]
trials = 20_000
[portfolio]
tape = "book.csv"
[model]
correlation = 0.999
[behaviour]
squeeze = 3.0
[[policy]]
id = "today"
[[policy]]
id = "cap"
[[policy.rule]]
cap = 1000
"#,
    );
    let (_, taken) = predicted_and_taken(&shell, "one.toml");
    assert!(taken < 200.0, "{taken} MiB");
    // The simulated expected loss is that of exact numbers.
    let results = shell.json("output/one/results.json");
    let warnings = results["runs"][0]["warnings"].to_string();
    assert!(!warnings.contains("expected_loss_off"), "{warnings}");
}

// What users see when all is well.

#[test]
fn what_check_says() {
    insta::assert_snapshot!(small().done(&["check", "cut.toml"]).out);
}

#[test]
fn check_names_defaults_that_no_row_asked_for() {
    let tape = BOOK.replace(",segment", ",segment,lgd").replace("young", "young,0.6");
    let shell = small();
    shell.write("book.csv", &tape);
    // One cell is empty: the default serves.
    let filled = tape.replace("old\n", "old,\n");
    assert!(!shell.write("book.csv", &filled).done(&["check", "cut.toml"]).out.contains("unused"));
    let full = tape.replace("old\n", "old,0.5\n");
    let out = shell.write("book.csv", &full).done(&["check", "cut.toml"]).out;
    insta::assert_snapshot!(out);
    assert!(out.contains("lgd"));
}

#[test]
fn check_leaves_nothing_behind() {
    let shell = small();
    shell.done(&["check", "cut.toml"]);
    assert_eq!(shell.list("."), ["book.csv", "cut.toml"]);
}

#[test]
fn the_help_of_every_command_fits_and_shows_an_example() {
    let shell = small();
    for command in ["run", "check", "new", "bench", "tape", "schema", "completions", "man"] {
        let help = shell.done(&[command, "--help"]).out;
        assert!(help.contains("Example"), "{command}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
    let help = shell.done(&["--help"]).out;
    for code in ["0 ", "1 ", "2 ", "3 ", "130 "] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(code)), "{code}");
    }
}

#[test]
fn misuse_of_the_command_line_is_refused_input() {
    let shell = small();
    for arguments in [&[][..], &["rum"], &["run"], &["run", "cut.toml", "--threads", "0"]] {
        assert_eq!(shell.tailcap(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn settings_from_the_command_line_reach_the_results() {
    let shell = small();
    let set = "policy.cap-800.rule.0.cap=700";
    shell.done(&["run", "cut.toml", "--trials", "1e3", "--seed", "7", "--set", set]);
    let results = shell.json("output/cut/results.json");
    assert_eq!(results["scenario"]["trials"], 1_000);
    assert_eq!(results["scenario"]["seed"], 7);
    assert_eq!(results["runs"][0]["trials"], 1_000);
    let manifest = shell.json("output/cut/manifest.json");
    assert_eq!(manifest["scenario"]["policy"][1]["rule"][0]["cap"], 700);
}

#[test]
fn bench_times_what_it_is_asked_to() {
    let shell = small();
    let asked = ["bench", "W3", "--trials", "300", "--repeats", "2", "--threads", "1"];
    let out = shell.done(&[&asked[..], &["--format", "json"]].concat()).out;
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let timings = report["timings"].as_array().unwrap();
    assert_eq!(timings.len(), 1, "{out}");
    assert_eq!(timings[0]["workload"], "W3");
    assert_eq!(timings[0]["trials"], 300);
    assert_eq!(timings[0]["seconds"].as_array().unwrap().len(), 2, "{out}");
    let table = shell.done(&asked).out;
    assert!(table.contains("W3") && table.lines().all(|line| line.chars().count() <= 100));
    assert_eq!(shell.list("."), ["book.csv", "cut.toml"]);
    insta::assert_snapshot!(shell.tailcap(&["bench", "W9"]).err);
}

#[test]
fn quiet_says_nothing_and_writes_everything() {
    let shell = small();
    let Said { out, err, .. } = shell.done(&["run", "cut.toml", "--quiet"]);
    assert_eq!((out.as_str(), err.as_str()), ("", ""));
    let loud = small();
    loud.done(&["run", "cut.toml"]);
    assert_eq!(shell.list("output/cut"), loud.list("output/cut"));
}

#[test]
fn a_pipe_gets_no_escape_codes() {
    let shell = small();
    let said = shell.done(&["run", "cut.toml"]);
    assert!(!said.out.contains('\x1b') && !said.err.contains('\x1b'));
    shell.write("bad.toml", &SCENARIO.replace("0.04", "4"));
    let said = shell.tailcap(&["run", "bad.toml"]);
    assert!(!said.err.contains('\x1b'));
}

#[test]
fn several_scenarios_go_into_a_folder_each() {
    let shell = small();
    shell.write("other.toml", SCENARIO);
    shell.done(&["run", "cut.toml", "other.toml", "--out", "both"]);
    assert_eq!(shell.list("both"), ["cut", "other"]);
}

// Results folders.

#[test]
fn the_same_again_is_printed_without_sampling() {
    let shell = small();
    let first = shell.done(&["run", "cut.toml"]);
    let written = shell.read("output/cut/manifest.json");
    let again = shell.done(&["run", "cut.toml"]);
    assert_eq!(written, shell.read("output/cut/manifest.json"), "nothing was computed again");
    let table = |said: &Said| -> Vec<String> {
        said.out.lines().skip(2).take(8).map(str::to_owned).collect()
    };
    assert_eq!(table(&first), table(&again));
    insta::assert_snapshot!(again.out);
}

#[test]
fn other_results_are_replaced_by_force_only() {
    let shell = small();
    shell.done(&["run", "cut.toml"]);
    let before = shell.bytes("output/cut/results.json");
    let said = shell.tailcap(&["run", "cut.toml", "--seed", "7"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    insta::assert_snapshot!(said.err);
    assert_eq!(before, shell.bytes("output/cut/results.json"));
    shell.done(&["run", "cut.toml", "--seed", "7", "--force"]);
    assert_ne!(before, shell.bytes("output/cut/results.json"));
    assert_eq!(shell.list("output"), ["cut"], "no remains of the old results");
}

#[test]
fn another_tape_is_another_thing() {
    let shell = small();
    shell.done(&["run", "cut.toml"]);
    shell.write("book.csv", &BOOK.replace("600", "601"));
    let said = shell.tailcap(&["run", "cut.toml"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("results of other data"), "{}", said.err);
}

#[test]
fn foreign_files_are_never_replaced() {
    // A folder that tailcap did not make.
    let shell = small();
    std::fs::create_dir_all(shell.path("thesis")).unwrap();
    shell.write("thesis/chapter.txt", "years of work");
    let said = shell.tailcap(&["run", "cut.toml", "--out", "thesis", "--force"]);
    assert_eq!(said.code, 3);
    insta::assert_snapshot!("foreign_folder", said.err);
    // Notes put into a results folder.
    shell.done(&["run", "cut.toml"]);
    shell.write("output/cut/notes.txt", "look at the tail");
    let said = shell.tailcap(&["run", "cut.toml", "--seed", "7", "--force"]);
    assert_eq!(said.code, 3);
    insta::assert_snapshot!("foreign_file_among_results", said.err);
    assert_eq!(shell.read("output/cut/notes.txt"), "look at the tail");
    assert_eq!(shell.read("thesis/chapter.txt"), "years of work");
}

#[test]
fn a_place_that_cannot_be_written_to_costs_no_work() {
    let shell = small();
    let endless = ["run", "cut.toml", "--trials", "1e11", "--memory", "1e9"];
    let said = shell.tailcap(&[&endless[..], &["--out", "book.csv/here"]].concat());
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    insta::assert_snapshot!(said.err);
}

#[test]
fn a_manifest_gives_the_same_bytes_again() {
    let shell = small();
    shell.done(&["run", "cut.toml", "--trials", "700", "--set", "model.correlation=0.1"]);
    shell.done(&["run", "output/cut/manifest.json", "--out", "again"]);
    assert_eq!(shell.bytes("output/cut/results.json"), shell.bytes("again/results.json"));
}

#[test]
fn results_hold_no_path_clock_or_host() {
    let (here, there) = (small(), small());
    let long_name = "a-folder-with-a-name-that-would-be-noticed";
    here.done(&["run", "cut.toml"]);
    there.done(&["run", "cut.toml", "--out", long_name]);
    for name in here.list("output/cut") {
        if name != "manifest.json" {
            let (a, b) = (format!("output/cut/{name}"), format!("{long_name}/{name}"));
            assert!(here.bytes(&a) == there.bytes(&b), "{name} depends on its surroundings");
        }
    }
}

#[test]
fn threads_and_processes_change_no_number() {
    let shell = small();
    for threads in ["1", "2", "5"] {
        shell.done(&["run", "cut.toml", "--threads", threads, "--out", threads]);
    }
    let one = shell.bytes("1/results.json");
    assert!(one == shell.bytes("2/results.json") && one == shell.bytes("5/results.json"));
}

#[test]
fn policies_change_no_number_of_the_others() {
    let shell = small();
    let alone = SCENARIO.split("\n[[policy]]\nid = \"cap-800\"").next().unwrap();
    let more = "\n[[policy]]\nid = \"half\"\n[[policy.rule]]\nscale = 0.5\n";
    shell.write("alone.toml", alone).write(
        "more.toml",
        &SCENARIO.replacen(
            "\n[[policy]]\nid = \"cap",
            &format!("{more}\n[[policy]]\nid = \"cap"),
            1,
        ),
    );
    shell.done(&["run", "cut.toml", "alone.toml", "more.toml"]);
    let rows = |id: &str, policy: &str| -> Vec<String> {
        let table = shell.read(&format!("output/{id}/summary.csv"));
        let own = format!("base,{policy},");
        table.lines().filter(|line| line.starts_with(&own)).map(str::to_owned).collect()
    };
    assert!(!rows("cut", "cap-800").is_empty());
    assert_eq!(rows("alone", "today"), rows("cut", "today"));
    assert_eq!(rows("more", "today"), rows("cut", "today"));
    assert_eq!(rows("more", "cap-800"), rows("cut", "cap-800"));
}

#[cfg(unix)]
#[test]
fn a_tape_written_back_gives_the_same_results() {
    let shell = Shell::with_scenarios();
    let cards = "scenarios/taiwan-cards.toml";
    let run = ["run", cards, "--trials", "500", "--quiet"];
    shell.done(&[&run[..], &["--out", "before"]].concat());
    shell.done(&["tape", cards, "--out", "pooled.csv"]);
    let tape = format!("portfolio.tape={}", shell.path("pooled.csv").display());
    shell.done(&[&run[..], &["--out", "after", "--set", &tape]].concat());
    assert!(shell.bytes("before/summary.csv") == shell.bytes("after/summary.csv"));
    assert!(shell.bytes("before/results.json") == shell.bytes("after/results.json"));
    // A tape is not replaced unasked.
    let said = shell.tailcap(&["tape", cards, "--out", "pooled.csv"]);
    assert_eq!(said.code, 3);
    let before = shell.bytes("pooled.csv");
    shell.done(&["tape", cards, "--out", "pooled.csv", "--force"]);
    assert!(before == shell.bytes("pooled.csv"));
    assert!(shell.done(&["tape", cards]).out.into_bytes() == before);
}

// Interrupts, closed pipes, full disks.

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_the_trials_that_were_finished() {
    use std::process::{Command, Stdio};

    let shell = Shell::with_scenarios();
    let cards = "scenarios/taiwan-cards.toml";
    let run = ["run", cards, "--trials", "1e9", "--memory", "1e6"];
    let child =
        shell.command().args(run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The results folder in the making appears when sampling starts.
    let patience = Instant::now();
    while !shell.path("output").exists() {
        assert!(patience.elapsed() < Duration::from_secs(60), "never started");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(700));
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let said = shell::said(child.wait_with_output().unwrap());
    assert_eq!(said.code, 130, "{}{}", said.out, said.err);
    assert!(said.out.contains("note: interrupted: the numbers rest on the first"), "{}", said.out);
    assert!(said.err.contains("stopping after the blocks under way"), "{}", said.err);
    assert_eq!(shell.list("output"), ["taiwan-cards"], "nothing half-made stays");

    let results = shell.json("output/taiwan-cards/results.json");
    let part = &results["runs"][0];
    assert_eq!(part["stop"], "interrupted");
    let trials = part["trials"].as_u64().unwrap();
    assert!(part["warnings"][0]["interrupted"]["done"] == trials, "{}", part["warnings"]);
    assert_eq!(shell.json("output/taiwan-cards/manifest.json")["interrupted"], true);

    // The first n trials are the n-trial run.
    shell.done(&["run", cards, "--trials", &trials.to_string(), "--out", "whole", "--quiet"]);
    assert!(shell.json("whole/results.json")["runs"][0]["summary"] == part["summary"]);

    // Interrupted results are not taken for the whole.
    let said = shell.tailcap(&run);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("results of an interrupted run"), "{}", said.err);
}

/// A shell that runs the binary after some words of its own.
#[cfg(unix)]
fn under(shell: &Shell, words: &str) -> Said {
    let binary = shell.command().get_program().to_owned();
    let script = format!("{words} \"$0\" run cut.toml");
    let folder = shell.path(".");
    let mut command = std::process::Command::new("sh");
    shell::said(command.args(["-c", &script]).arg(binary).current_dir(folder).output().unwrap())
}

#[cfg(unix)]
#[test]
fn a_full_disk_takes_neither_the_table_nor_the_folder() {
    let shell = small();
    // Files may not grow beyond a few kilobytes.
    let said = under(&shell, "trap '' XFSZ; ulimit -f 8; exec");
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("cap-800"), "{}", said.out);
    insta::assert_snapshot!(said.err);
    assert_eq!(shell.list("output"), [""; 0], "nothing half-written stays");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_does_not_take_the_results() {
    let shell = small();
    let binary = shell.command().get_program().to_owned();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exec \"$0\" run cut.toml > /dev/full"]).arg(binary);
    let said = shell::said(command.current_dir(shell.path(".")).output().unwrap());
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.err);
    assert!(shell.path("output/cut/results.json").exists());
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_is_no_fault() {
    use std::process::Stdio;

    let shell = small();
    shell.write("other.toml", SCENARIO);
    for arguments in [&["run", "cut.toml", "other.toml"][..], &["tape", "cut.toml"]] {
        let mut child = shell.command().args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert!(child.wait().unwrap().success(), "{arguments:?}");
    }
    assert!(shell.path("output/cut/results.json").exists());
    assert!(shell.path("output/other/results.json").exists());
}

// Publishing.

/// Runs a small scenario that does not end by itself.
#[cfg(unix)]
fn endless(shell: &Shell, arguments: &[&str]) -> std::process::Child {
    use std::process::Stdio;
    let run = ["run", "cut.toml", "--trials", "1e11", "--memory", "1e9"];
    let mut command = shell.command();
    command.args(run).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[cfg(unix)]
fn signal(child: &std::process::Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Waits until something is so.
#[cfg(unix)]
fn until(what: impl Fn() -> bool) {
    let patience = Instant::now();
    while !what() {
        assert!(patience.elapsed() < Duration::from_secs(60), "never happened");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Results in the making in a folder.
#[cfg(unix)]
fn stages(shell: &Shell, folder: &str) -> usize {
    let names = std::fs::read_dir(shell.path(folder)).into_iter().flatten().flatten();
    names.filter(|own| own.file_name().to_string_lossy().starts_with(".tailcap-stage-")).count()
}

#[cfg(unix)]
#[test]
fn what_appears_during_a_run_stays_and_the_results_are_kept() {
    let shell = small();
    let child = endless(&shell, &[]);
    until(|| stages(&shell, "output") == 1);
    std::fs::create_dir(shell.path("output/cut")).unwrap();
    shell.write("output/cut/thesis.txt", "years of work");
    std::thread::sleep(Duration::from_millis(500));
    signal(&child, "INT");
    let said = shell::said(child.wait_with_output().unwrap());
    assert_eq!(said.code, 3, "{}", said.err);
    let tail = said.err.split("error: ").nth(1).unwrap();
    insta::assert_snapshot!(tail);
    assert_eq!(shell.read("output/cut/thesis.txt"), "years of work");
    assert!(shell.path("output/cut-2/results.json").exists());
    assert_eq!(shell.list("output"), ["cut", "cut-2"]);
}

#[cfg(unix)]
#[test]
fn of_runs_into_one_folder_one_wins_and_the_others_keep_their_results() {
    let shell = small();
    let runs: Vec<_> = ["1", "2", "3"].map(|seed| endless(&shell, &["--seed", seed])).into();
    until(|| stages(&shell, "output") == 3);
    std::thread::sleep(Duration::from_millis(500));
    runs.iter().for_each(|run| signal(run, "TERM"));
    let mut codes: Vec<i32> =
        runs.into_iter().map(|run| shell::said(run.wait_with_output().unwrap()).code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [3, 3, 130]);
    assert_eq!(shell.list("output"), ["cut", "cut-2", "cut-3"]);
    let seed =
        |folder| shell.json(&format!("output/{folder}/results.json"))["scenario"]["seed"].as_u64();
    let mut seeds: Vec<u64> = ["cut", "cut-2", "cut-3"].into_iter().filter_map(seed).collect();
    seeds.sort_unstable();
    assert_eq!(seeds, [1, 2, 3], "every run is there");

    // Nobody needs what is there already.
    let same = || shell.command().args(["run", "cut.toml", "--out", "same", "--quiet"]).spawn();
    let runs: Vec<_> = (0..3).map(|_| same().unwrap()).collect();
    assert!(runs.into_iter().all(|mut run| run.wait().unwrap().success()));
    assert!(!shell.path("same-2").exists());
}

#[cfg(unix)]
#[test]
fn the_working_folder_and_links_are_places_for_results() {
    use std::os::unix::fs::{MetadataExt, symlink};
    let shell = small();
    std::fs::create_dir(shell.path("here")).unwrap();
    let inode = || std::fs::metadata(shell.path("here")).unwrap().ino();
    let before = inode();
    let here = |more: &[&str]| {
        let mut command = shell.command();
        command.current_dir(shell.path("here")).args(["run", "../cut.toml", "--out", "."]);
        shell::said(command.args(more).output().unwrap())
    };
    let said = here(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(here(&[]).out.contains("stored in ."), "known again");
    let first = shell.bytes("here/results.json");
    assert_eq!(here(&["--seed", "7"]).code, 3);
    let said = here(&["--seed", "7", "--force"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(shell.bytes("here/results.json") != first);
    assert_eq!(inode(), before, "the folder is the same");
    assert_eq!(stages(&shell, "here") + stages(&shell, "."), 0);
    // A stranger is left alone.
    shell.write("here/notes.txt", "mine");
    assert_eq!(here(&["--seed", "8", "--force"]).code, 3);

    symlink("nowhere/yet", shell.path("link")).unwrap();
    shell.done(&["run", "cut.toml", "--out", "link"]);
    assert!(shell.path("nowhere/yet/results.json").exists());
    shell.done(&["run", "cut.toml", "--out", "link", "--seed", "7", "--force"]);
    assert!(std::fs::symlink_metadata(shell.path("link")).unwrap().is_symlink());
}

/// Where the system lets a user mount something.
#[cfg(target_os = "linux")]
#[test]
fn a_mount_point_is_a_place_for_results() {
    let shell = small();
    for folder in ["disk", "bound", "other"] {
        std::fs::create_dir(shell.path(folder)).unwrap();
    }
    let script = "mount -t tmpfs none disk && mount --bind other bound || exit 99
        for place in disk bound; do
            \"$0\" run cut.toml --out $place && \"$0\" run cut.toml --out $place --seed 7 --force || exit 1
            test -s $place/results.json && test -s $place/manifest.json || exit 2
            test -z \"$(find . -name '.tailcap*')\" || exit 3
        done";
    let binary = shell.command().get_program().to_owned();
    let mut command = std::process::Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]).arg(binary).current_dir(shell.path("."));
    match command.output() {
        Ok(output) if output.stderr.starts_with(b"unshare") || output.status.code() == Some(99) => {
            eprintln!("skipped: nothing may be mounted here");
        }
        Ok(output) => {
            let said = shell::said(output);
            assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        }
        Err(_) => eprintln!("skipped: no `unshare`"),
    }
}

/// Null: at every moment the folder holds the old results or the new ones, whole.
#[cfg(unix)]
#[test]
fn a_kill_leaves_the_old_results_or_the_new_ones() {
    let shell = small();
    shell.done(&["run", "cut.toml", "--seed", "0", "--quiet"]);
    let mut seen = std::collections::BTreeSet::new();
    for (at, wait) in (1..=16_u64).map(|n| (n, n * 23 % 160)) {
        let seed = at.to_string();
        let run = ["run", "cut.toml", "--force", "--quiet", "--seed", &seed];
        let mut child = shell.command().args(run).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        let manifest = shell.json("output/cut/manifest.json");
        let results = shell.json("output/cut/results.json");
        assert_eq!(manifest["scenario"]["seed"], results["scenario"]["seed"]);
        for name in manifest["files"].as_array().unwrap() {
            assert!(shell.path("output/cut").join(name.as_str().unwrap()).is_file(), "{name}");
        }
        seen.insert(results["scenario"]["seed"].as_u64().unwrap());
    }
    // What dead runs left goes with the next one.
    shell.done(&["run", "cut.toml", "--force", "--quiet", "--seed", "99"]);
    assert_eq!(shell.list("output"), ["cut"], "seeds seen: {seen:?}");
}

#[test]
fn files_deleted_by_hand_are_written_again_or_told() {
    let shell = small();
    shell.write(
        "cut.toml",
        &SCENARIO.replace("[sampling]", "[output]\ntrial_losses = true\n[sampling]"),
    );
    shell.done(&["run", "cut.toml"]);
    let before: Vec<(String, Vec<u8>)> = shell
        .list("output/cut")
        .into_iter()
        .map(|name| (name.clone(), shell.bytes(&format!("output/cut/{name}"))))
        .collect();
    for name in ["summary.csv", "densities.png", "report.html", "trial_losses.csv"] {
        std::fs::remove_file(shell.path("output/cut").join(name)).unwrap();
    }
    let out = shell.done(&["run", "cut.toml"]).out;
    insta::assert_snapshot!(
        out.lines().skip_while(|line| !line.contains("missing")).collect::<Vec<_>>().join("\n")
    );
    for (name, bytes) in before {
        let path = shell.path("output/cut").join(&name);
        if name == "trial_losses.csv" {
            assert!(!path.exists());
        } else {
            assert!(std::fs::read(path).unwrap() == bytes, "{name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn files_and_folders_have_the_rights_that_the_user_gives() {
    use std::os::unix::fs::PermissionsExt;
    for (umask, file, folder) in
        [("077", 0o600, 0o700), ("022", 0o644, 0o755), ("002", 0o664, 0o775)]
    {
        let shell = small();
        let said = under(&shell, &format!("umask {umask}; \"$0\" tape cut.toml --out book2.csv;"));
        assert_eq!(said.code, 0, "{}", said.err);
        let mode =
            |name: &str| std::fs::metadata(shell.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("book2.csv"), file, "{umask}");
        assert_eq!((mode("output"), mode("output/cut")), (folder, folder), "{umask}");
        for name in shell.list("output/cut") {
            assert_eq!(mode(&format!("output/cut/{name}")), file, "{umask} {name}");
        }
    }
}

#[test]
fn results_of_another_build_are_not_the_same() {
    let shell = small();
    shell.done(&["run", "cut.toml"]);
    let manifest = shell.read("output/cut/manifest.json");
    let number = format!("\"numbers\": {}", tailcap::report::manifest::NUMBERS);
    assert!(manifest.contains(&number));
    shell.write("output/cut/manifest.json", &manifest.replace(&number, "\"numbers\": 0"));
    let said = shell.tailcap(&["run", "cut.toml"]);
    assert_eq!(said.code, 3, "{}", said.out);
    insta::assert_snapshot!(said.err);
    shell.done(&["run", "cut.toml", "--force"]);
}

#[test]
fn tables_of_claims_replace_only_their_own() {
    let shell = small();
    std::fs::create_dir(shell.path("claims")).unwrap();
    let claim = "[claim]\nnumber = 1\ntext = \"caps reduce losses\"\n[sampling]";
    let text = SCENARIO.replace("[sampling]", claim).replace("book.csv", "../book.csv");
    shell.write("claims/one.toml", &text);
    std::fs::create_dir(shell.path("out")).unwrap();
    shell.write("out/claims.md", "what I claim");
    let said = shell.tailcap(&["claims", "claims", "--out", "out"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert_eq!(shell.read("out/claims.md"), "what I claim");
    assert_eq!(shell.list("out"), ["claims.md"], "found out before the work");
    shell.done(&["claims", "claims", "--out", "out", "--force"]);
    shell.done(&["claims", "claims", "--out", "out"]);
}

// Pipes, devices, folders.

#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    let shell = small();
    let made = std::process::Command::new("mkfifo").arg(shell.path("pipe")).status().unwrap();
    assert!(made.success());
    std::fs::create_dir(shell.path("folder")).unwrap();
    shell.done(&["run", "cut.toml"]);
    for (what, name) in [("pipe", "a pipe"), ("/dev/zero", "a device"), ("folder", "folder")] {
        let tape = format!("portfolio.tape={what}");
        for arguments in [
            &["run", "cut.toml", "--out", "x", "--set", &tape][..],
            &["check", what],
            &["show", what],
            &["plot", "output/cut", "--font", what],
            &["correlation", what, "--column", "rate"],
        ] {
            let said = shell.tailcap(arguments);
            assert_eq!(said.code, 2, "{arguments:?} {}", said.err);
            assert!(said.err.contains(name), "{arguments:?} {}", said.err);
        }
        let said = shell.tailcap(&["tape", "cut.toml", "--force", "--out", what]);
        assert_eq!(said.code, 1, "{what} {}", said.err);
    }
    insta::assert_snapshot!(
        shell.tailcap(&["check", "cut.toml", "--set", "portfolio.tape=pipe"]).err
    );
}

#[cfg(unix)]
#[test]
fn standard_input_is_read_where_it_is_asked_for() {
    let shell = small();
    let with = |script: &str| {
        let binary = shell.command().get_program().to_owned();
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script]).arg(binary).current_dir(shell.path("."));
        shell::said(command.output().unwrap())
    };
    shell.done(&["run", "cut.toml", "--out", "file"]);
    let said = with("cat book.csv | \"$0\" run cut.toml --set portfolio.tape=- --out piped");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(shell.bytes("file/summary.csv") == shell.bytes("piped/summary.csv"));
    let said = with("cat cut.toml | \"$0\" run - --out scenario");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(shell.bytes("file/summary.csv") == shell.bytes("scenario/summary.csv"));
}

// Stops.

#[cfg(unix)]
#[test]
fn a_stop_is_heard_while_nothing_is_finished() {
    use std::process::Stdio;
    let shell = small();
    let book = "[[portfolio.synthetic]]\nid = \"all\"\nborrowers = 50_000_000\n\
        limit = { lognormal = { median = 5000, sigma = 1.0 } }\nutilisation = { fixed = 0.5 }\n";
    let portfolio = "tape = \"book.csv\"\ndefaults = { lgd = 0.6 }\n";
    assert!(SCENARIO.contains(portfolio));
    let drawn = format!("defaults = {{ lgd = 0.6, pd = 0.02 }}\n{book}");
    shell.write("drawn.toml", &SCENARIO.replace(portfolio, &drawn));
    // Standard input that never ends, and a book that is drawn for minutes.
    for (arguments, signal_name) in [
        (&["run", "cut.toml", "--set", "portfolio.tape=-"][..], "INT"),
        (&["run", "drawn.toml", "--memory", "1e6"], "TERM"),
        (&["check", "drawn.toml"], "INT"),
        (&["tape", "drawn.toml", "--out", "drawn.csv"], "TERM"),
    ] {
        let mut command = shell.command();
        command.args(arguments).stdin(Stdio::piped());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(400));
        signal(&child, signal_name);
        let began = Instant::now();
        let mut child = child;
        let input = child.stdin.take();
        let said = shell::said(child.wait_with_output().unwrap());
        drop(input);
        assert_eq!(said.code, 130, "{arguments:?} {}", said.err);
        assert!(said.err.contains("interrupted before anything was finished"), "{}", said.err);
        assert!(began.elapsed() < Duration::from_secs(10), "{arguments:?}");
    }
    assert!(!shell.path("output").exists() && !shell.path("drawn.csv").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn signals_that_the_parent_ignores_stay_ignored() {
    use std::process::Stdio;
    let shell = small();
    let binary = shell.command().get_program().to_owned();
    let script = "trap '' INT HUP; exec \"$0\" run cut.toml --trials 1e11 --memory 1e9 --quiet";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).arg(binary).current_dir(shell.path("."));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| stages(&shell, "output") == 1);
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    signal(&child, "HUP");
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    signal(&child, "TERM");
    let said = shell::said(child.wait_with_output().unwrap());
    assert_eq!(said.code, 130, "{}", said.err);
    assert_eq!(said.err.matches("stopping").count(), 1, "{}", said.err);
    assert!(shell.path("output/cut/results.json").exists());
}
