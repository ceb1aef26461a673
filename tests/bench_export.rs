//! `tailcap bench --export`: other engines are given what the engine itself is timed on.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;

use shell::Shell;

#[test]
fn an_exported_workload_is_a_scenario_that_runs() {
    let shell = Shell::new();
    let said = shell.done(&["bench", "w1", "W3", "--export", "books"]);
    assert!(said.out.starts_with("W1: "), "{}", said.out);
    assert_eq!(shell.list("books"), ["W1", "W3"]);
    assert_eq!(shell.list("books/W3"), ["book.csv", "scenario.toml"]);
    let rows = |name: &str| shell.read(name).lines().count() - 1;
    assert_eq!((rows("books/W1/book.csv"), rows("books/W3/book.csv")), (100_000, 1_000));
    shell.done(&["run", "books/W3/scenario.toml", "--trials", "100", "--out", "out"]);
    let results = shell.json("out/results.json");
    assert_eq!(results["runs"][0]["policies"].as_array().unwrap().len(), 11);
}

#[test]
fn the_book_is_the_one_that_is_timed() {
    use tailcap::bench::workloads::find;

    let shell = Shell::new();
    shell.done(&["bench", "W3", "--export", "."]);
    let tape = shell.done(&["tape", "W3/scenario.toml"]).out;
    let prepared = find("W3").unwrap().prepare();
    let mut timed = Vec::new();
    let currency = &prepared.scenario.currency;
    tailcap::portfolio::write(prepared.book(), currency, &[], &mut timed).unwrap();
    assert!(tape.into_bytes() == timed);
}

#[test]
fn nothing_is_replaced_unasked() {
    let shell = Shell::new();
    shell.done(&["bench", "W3", "--export", "books"]);
    let book = shell.read("books/W3/book.csv");
    shell.write("books/W3/book.csv", "mine");
    let said = shell.tailcap(&["bench", "W1", "W3", "--export", "books"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("book.csv` holds a file"), "{}", said.err);
    assert!(said.err.contains("hint: --force replaces it"), "{}", said.err);
    assert_eq!(shell.list("books"), ["W3"], "W1 was not begun");
    assert_eq!(shell.read("books/W3/book.csv"), "mine");
    shell.done(&["bench", "W3", "--export", "books", "--force"]);
    assert_eq!(shell.read("books/W3/book.csv"), book);
}

#[test]
fn exporting_is_not_timing() {
    let shell = Shell::new();
    for also in [["--trials", "9"], ["--threads", "1"], ["--format", "json"], ["--repeats", "2"]] {
        let asked = [&["bench", "W3", "--export", "books"][..], &also].concat();
        assert_eq!(shell.tailcap(&asked).code, 2, "{also:?}");
    }
    assert_eq!(shell.tailcap(&["bench", "W3", "--force"]).code, 2);
    assert!(shell.list(".").is_empty());
}
