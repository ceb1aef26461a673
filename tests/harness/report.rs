//! What was found: a folder per finding, a summary at the end.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::worker::Counts;

/// Something that went wrong.
#[derive(Debug, Clone)]
pub struct Finding {
    pub kind: &'static str,
    pub seed: u64,
    pub case: u64,
    pub oracle: String,
    pub what: String,
}

/// So many findings of one oracle are kept in folders; all are counted.
const KEPT: u64 = 5;

/// All of a session.
#[derive(Debug, Default)]
pub struct Report {
    counts: BTreeMap<String, Counts>,
    broken: BTreeMap<String, u64>,
    told: Vec<String>,
    last: Option<(u64, String)>,
    /// Where inputs are kept, if not in the usual place.
    place: Option<PathBuf>,
}

/// Where findings are written: `TAILCAP_HARNESS_OUT`, or below `target/tmp`.
fn place() -> PathBuf {
    match std::env::var_os("TAILCAP_HARNESS_OUT") {
        Some(own) => own.into(),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("harness-findings"),
    }
}

impl Report {
    /// One that keeps inputs elsewhere.
    pub fn into(place: &Path) -> Self {
        Self { place: Some(place.to_owned()), ..Self::default() }
    }

    fn place(&self) -> PathBuf {
        self.place.clone().unwrap_or_else(place)
    }

    /// Counts what came of a case.
    pub fn count(&mut self, kind: &str, came: &str) {
        *self.counts.entry(kind.to_owned()).or_default().entry(came.to_owned()).or_default() += 1;
    }

    /// Notes a finding and keeps its input.
    pub fn add(&mut self, finding: Finding, input: &Path) {
        let name = format!("{}/{}", finding.kind, finding.oracle);
        // Of one case every oracle counts once.
        let key = (finding.case, name.clone());
        if self.last.as_ref() == Some(&key) {
            return;
        }
        self.last = Some(key);
        let seen = self.broken.entry(name.clone()).or_default();
        *seen += 1;
        if *seen > KEPT {
            return;
        }
        let Finding { kind, seed, case, oracle, what } = &finding;
        let folder = self.place().join(format!("{oracle}-{kind}-{seed}-{case}"));
        let _ = std::fs::create_dir_all(&folder);
        let text = format!(
            "{oracle}\n\n{what}\n\nkind {kind}, seed {seed}, case {case}\n\
             again: TAILCAP_HARNESS_CASE={kind}:{seed}:{case} cargo test --profile fast --test harness one_case -- --nocapture\n"
        );
        let _ = std::fs::write(folder.join("FINDING.txt"), text);
        if let Ok(entries) = std::fs::read_dir(input) {
            for entry in entries.flatten() {
                let _ = std::fs::copy(entry.path(), folder.join(entry.file_name()));
            }
        }
        let short: String = what.chars().take(300).collect();
        let line = format!("{name}: {short}\n    {}", folder.display());
        println!("FINDING {line}");
        self.told.push(line);
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.broken.is_empty()
    }

    /// Whether an oracle has found something.
    pub fn has(&self, oracle: &str) -> bool {
        self.broken.keys().any(|own| own.ends_with(&format!("/{oracle}")))
    }

    /// Cases that ended with a word.
    pub fn cases(&self, kind: &str, came: &str) -> u64 {
        self.counts.get(kind).map_or(0, |own| {
            own.iter().filter(|(name, _)| name.starts_with(came)).map(|(_, n)| n).sum()
        })
    }

    /// The summary.
    pub fn summary(&self) -> String {
        let mut out = String::new();
        for (kind, counts) in &self.counts {
            let all: u64 = counts.values().sum();
            let _ = writeln!(out, "{kind}: {all} cases");
            let mut by_size: Vec<(&String, &u64)> = counts.iter().collect();
            by_size.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            for (came, n) in by_size.iter().take(25) {
                let _ = writeln!(out, "  {n:>8}  {came}");
            }
        }
        match self.broken.is_empty() {
            true => out.push_str("no findings\n"),
            false => out.push_str("findings:\n"),
        }
        for (name, n) in &self.broken {
            let _ = writeln!(out, "  {n:>8}  {name}");
        }
        out
    }

    /// Prints the summary and fails if anything was found.
    pub fn end(&self) {
        println!("\n{}", self.summary());
        assert!(
            self.is_clean(),
            "{}\n{}\ninputs below {}",
            self.told.join("\n"),
            self.summary(),
            self.place().display()
        );
    }
}
