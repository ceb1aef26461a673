//! `docs/gallery`: a picture of every kind of figure, made by the commands that are told there.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod shell;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use shell::Shell;
use tailcap::plots::KINDS;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery")
}

fn page() -> String {
    std::fs::read_to_string(folder().join("README.md")).unwrap()
}

#[test]
fn every_kind_of_figure_has_its_picture() {
    let pictures: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".svg").map(str::to_owned))
        .collect();
    let kinds: BTreeSet<String> = KINDS.map(str::to_owned).into();
    assert_eq!(pictures, kinds);
    let page = page();
    for kind in KINDS {
        assert!(page.contains(&format!("![{kind}]({kind}.svg)")), "{kind}");
    }
}

/// The cheap ones are drawn again: the same bytes come out.
#[test]
fn pictures_of_the_main_job_are_current() {
    let shell = Shell::with_scenarios();
    let page = page();
    let commands = page.lines().filter(|line| line.starts_with("tailcap "));
    let mut done = 0;
    for line in commands.filter(|line| line.contains("taiwan-cards")) {
        shell.done(&line.split_whitespace().skip(1).collect::<Vec<_>>());
        done += 1;
    }
    assert_eq!(done, 4);
    for (folder_of, kinds) in [
        (
            "cards",
            &["densities", "exceedance", "frontier", "who-is-cut", "segments", "convergence"][..],
        ),
        ("differences", &["differences"]),
    ] {
        for kind in kinds {
            let drawn = shell.read(&format!("gallery/{folder_of}/{kind}.svg"));
            let kept = std::fs::read_to_string(folder().join(format!("{kind}.svg"))).unwrap();
            assert!(
                drawn == kept,
                "{kind}.svg is not what its commands draw: run docs/gallery/make"
            );
        }
    }
}

#[test]
fn commands_name_scenarios_that_there_are() {
    let page = page();
    let runs: Vec<&str> = page.lines().filter(|line| line.starts_with("tailcap run ")).collect();
    assert!(runs.len() > 3);
    for line in runs {
        let file = line.split_whitespace().nth(2).unwrap();
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{file}");
    }
}
