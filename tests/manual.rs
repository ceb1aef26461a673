//! What comes with the command line: completions for shells and manual pages.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use shell::Shell;

const COMMANDS: [&str; 15] = [
    "run",
    "claims",
    "show",
    "plot",
    "compare",
    "check",
    "new",
    "tape",
    "correlation",
    "validate",
    "bench",
    "schema",
    "completions",
    "man",
    "help",
];

#[test]
fn completions_know_every_command_and_flag() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = shell.done(&["completions", name]).out;
        for word in COMMANDS.iter().chain(&["trials", "template", "force"]) {
            assert!(script.contains(word), "{name}: {word}");
        }
    }
    assert_eq!(shell.tailcap(&["completions", "cmd"]).code, 2);
}

#[cfg(unix)]
#[test]
fn bash_takes_the_script() {
    use std::process::Command;

    let shell = Shell::new();
    shell.write("script", &shell.done(&["completions", "bash"]).out);
    let words = "COMP_WORDS=(tailcap new --template ''); COMP_CWORD=3";
    let script =
        format!(". ./script; {words}; _tailcap tailcap '' --template; echo ${{COMPREPLY[@]}}");
    let mut bash = Command::new("bash");
    // A machine without bash has no use for the script.
    let Ok(output) = bash.args(["-c", &script]).current_dir(shell.path(".")).output() else {
        return;
    };
    let said = shell::said(output);
    assert_eq!(said.out.trim(), "cards pools stress segments synthetic", "{}", said.err);
}

#[test]
fn manual_pages_are_printed_or_written_one_per_command() {
    let shell = Shell::new();
    let page = shell.done(&["man"]).out;
    assert!(page.contains(".TH tailcap 1") && page.contains("tailcap\\-run(1)"), "{page}");
    shell.done(&["man", "--out", "man1"]);
    let mut pages: Vec<String> = COMMANDS
        .iter()
        .filter(|name| **name != "help")
        .map(|name| format!("tailcap-{name}.1"))
        .collect();
    pages.push("tailcap.1".into());
    pages.sort();
    assert_eq!(shell.list("man1"), pages);
    assert_eq!(shell.read("man1/tailcap.1"), page);
    assert!(shell.read("man1/tailcap-run.1").contains("tailcap run scenarios/taiwan"));

    // The same again is no change; another file is not replaced unasked.
    shell.done(&["man", "--out", "man1"]);
    shell.write("man1/tailcap.1", "mine");
    let said = shell.tailcap(&["man", "--out", "man1"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("hint: --force replaces it"), "{}", said.err);
    assert_eq!(shell.read("man1/tailcap.1"), "mine");
    shell.done(&["man", "--out", "man1", "--force"]);
    assert_eq!(shell.read("man1/tailcap.1"), page);
}
