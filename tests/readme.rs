//! README.md keeps its word: its commands run in their order, its files are what it says, and the
//! screen it shows is the screen that is printed. So with the pages
//! beside it: links lead somewhere, every shipped file has its line, the shipped table is derived
//! as its page says.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod shell;

use shell::{Shell, repository, without_time};

/// A fenced block: the words behind the fence, and what stands in it.
struct Block {
    language: String,
    name: Option<String>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(repository(page)).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(words), None) => {
                let mut words = words.split_whitespace().map(str::to_owned);
                let language = words.next().unwrap_or_default();
                open = Some(Block { language, name: words.next(), text: String::new() });
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a fence is not closed");
    blocks
}

/// Commands that the reader runs but this test does not, because it is part of them.
const NOT_HERE: [&str; 2] = ["cargo test --release", ".ci/run"];

#[test]
fn readme_commands_run_and_show_what_they_show() {
    let shell = Shell::with_scenarios();
    let mut screens = Vec::new();
    let mut expected = Vec::new();
    for block in blocks("README.md") {
        match (block.language.as_str(), &block.name) {
            ("sh", _) => {
                for line in block.text.lines().filter(|line| !NOT_HERE.contains(line)) {
                    let arguments =
                        line.strip_prefix("cargo run --release -- ").unwrap_or_else(|| {
                            panic!("README.md has a command of another kind: {line}")
                        });
                    let arguments: Vec<&str> = arguments.split(' ').collect();
                    screens.push(shell.done(&arguments).out);
                }
            }
            ("text", _) => expected.push((screens.len(), block.text)),
            ("csv" | "toml", Some(name)) => {
                shell.write(name, &block.text);
            }
            (other, _) => panic!("README.md has a block of another kind: {other}"),
        }
    }
    assert!(screens.len() >= 7 && expected.len() == 1, "README.md has lost a block");
    for (before, text) in expected {
        let (shown, real) = (without_time(&text), without_time(&screens[before - 1]));
        assert!(
            shown == real,
            "README.md shows another screen:\n{}",
            shell::difference(&shown, &real)
        );
    }
    assert_eq!(shell.list("output"), ["again", "cap-5k", "my-book", "my-cards", "taiwan-cards"]);
    assert_eq!(
        shell.bytes("output/my-book/results.json"),
        shell.bytes("output/again/results.json")
    );
}

#[test]
fn readme_names_every_file_of_a_result() {
    let shell = Shell::with_scenarios();
    shell.done(&["run", "scenarios/check/one-borrower.toml", "--trials", "100"]);
    for page in ["README.md", "docs/results.md"] {
        let text = std::fs::read_to_string(repository(page)).unwrap();
        for file in shell.list("output/one-borrower") {
            // `densities.png`, `.svg`
            let named = text.contains(&format!("`{file}`"))
                || file
                    .strip_suffix(".svg")
                    .is_some_and(|stem| text.contains(&format!("`{stem}.png`, `.svg`")));
            assert!(named, "{page} does not name {file}");
        }
    }
}

#[test]
fn readme_names_every_folder_of_the_source() {
    let text = std::fs::read_to_string(repository("README.md")).unwrap();
    for entry in std::fs::read_dir(repository("src")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = format!("`src/{}/`", entry.file_name().into_string().unwrap());
            assert!(text.contains(&name), "README.md does not name {name}");
        }
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "benches/peers/README.md",
        "docs/claims.md",
        "docs/decisions.md",
        "docs/results.md",
        "docs/scenario.md",
        "docs/validation.md",
        "scenarios/README.md",
        "scenarios/data/README.md",
    ] {
        let text = std::fs::read_to_string(repository(page)).unwrap();
        for part in text.split("](").skip(1) {
            let target = part.split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.starts_with("http") {
                let path = repository(page).parent().unwrap().join(target);
                assert!(path.exists(), "{page} links to {target}");
            }
        }
    }
}

#[test]
fn every_shipped_file_has_a_line() {
    let index = std::fs::read_to_string(repository("scenarios/README.md")).unwrap();
    let mut folders = vec![String::from("scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(repository(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix("scenarios/").unwrap();
            if !name.ends_with("README.md") {
                let lines = index.lines().filter(|l| l.starts_with(&format!("| `{name}` |")));
                assert_eq!(lines.count(), 1, "scenarios/README.md: one line for {name}");
            }
        }
    }
    for line in index.lines().filter_map(|line| line.strip_prefix("| `")) {
        let name = line.split('`').next().unwrap();
        assert!(repository("scenarios").join(name).exists(), "scenarios/README.md: no {name}");
    }
}

#[test]
fn the_pooled_table_is_derived_as_its_page_says() {
    let Some(raw) = shell::raw_card_file() else { return };
    let page = blocks("scenarios/data/README.md");
    let block = page.iter().find(|block| block.language == "sh").unwrap();
    let command = block.text.replace("\\\n", "");
    let arguments: Vec<&str> = command
        .strip_prefix("cargo run --release -- ")
        .unwrap()
        .split_whitespace()
        .map(|word| if word == "scenarios/data/taiwan-cards.csv" { "derived.csv" } else { word })
        .collect();
    let shell = Shell::with_scenarios();
    let tape = format!("portfolio.tape={}", raw.display());
    shell.done(&[&arguments[..], &["--set", &tape]].concat());
    let shipped = std::fs::read(repository("scenarios/data/taiwan-cards.csv")).unwrap();
    assert!(shell.bytes("derived.csv") == shipped, "the shipped table is another one");
}
