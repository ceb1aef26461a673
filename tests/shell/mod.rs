//! Running the binary as a user would: in a folder of its own, keeping what it says.

#![allow(dead_code, reason = "every test file uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with the binary at hand; removed at the end.
pub struct Shell {
    folder: tempfile::TempDir,
}

/// What a command said and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// Exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Shell {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder in which `scenarios/` is that of the repository.
    #[cfg(unix)]
    pub fn with_scenarios() -> Self {
        let shell = Self::new();
        std::os::unix::fs::symlink(repository("scenarios"), shell.path("scenarios")).unwrap();
        shell
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    /// Reads a file as text.
    pub fn read(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    /// Reads a file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Reads a JSON file.
    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.bytes(name)).unwrap()
    }

    /// Names in the folder or one below it, sorted.
    pub fn list(&self, name: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path(name))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The binary, about to start in the folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("tailcap"));
        command
            .current_dir(self.folder.path())
            .env_remove("CLICOLOR_FORCE")
            .env("RUST_BACKTRACE", "0");
        command
    }

    /// Runs `tailcap` with arguments.
    pub fn tailcap(&self, arguments: &[&str]) -> Said {
        said(self.command().args(arguments).output().unwrap())
    }

    /// As [`Self::tailcap`], insisting on exit code 0.
    pub fn done(&self, arguments: &[&str]) -> Said {
        let said = self.tailcap(arguments);
        assert_eq!(said.code, 0, "{arguments:?}\n{}{}", said.out, said.err);
        said
    }
}

/// What came out of a process.
pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A path in the repository.
pub fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// All shipped scenarios, relative to the repository, sorted.
pub fn shipped_scenarios() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["scenarios", "scenarios/books", "scenarios/check", "scenarios/claims"] {
        let Ok(entries) = std::fs::read_dir(repository(folder)) else { continue };
        for entry in entries {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".toml") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found.sort();
    found
}

/// The raw card file, which is not part of the repository; said aloud where it is missing.
pub fn raw_card_file() -> Option<PathBuf> {
    shared("data/uci-credit-card-default.csv")
}

/// A file of the shared folder, which is not part of the repository; said aloud where it is missing.
pub fn shared(name: &str) -> Option<PathBuf> {
    let shared =
        std::env::var_os("TAILCAP_SHARED").map_or_else(|| repository("../shared"), PathBuf::from);
    let file = shared.join(name);
    if !file.exists() {
        eprintln!("skipped: no `{}` (set TAILCAP_SHARED)", file.display());
        return None;
    }
    Some(std::fs::canonicalize(file).unwrap())
}

/// The wall time in a screen's second line replaced by a fixed one.
pub fn without_time(screen: &str) -> String {
    screen
        .split(" · ")
        .map(|part| {
            let seconds = part.strip_suffix(" s").is_some_and(|x| x.parse::<f64>().is_ok());
            if seconds { "1.0 s" } else { part }
        })
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Two texts line by line, lines that only one of them has marked by `-` and `+`.
pub fn difference(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // Lengths of the longest common subsequences of all pairs of ends.
    let mut common = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            out.push_str(&format!("{:>5} - {}\n", i + 1, a[i]));
            i += 1;
        } else {
            out.push_str(&format!("{:>5} + {}\n", j + 1, b[j]));
            j += 1;
        }
    }
    out
}
