//! `manifest.json`: what is needed to get the same results again, and how this run went.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Number of the numbers: raised by every change that gives a valid scenario other numbers on the same
/// data, so that results of an earlier build are not taken for the same (`tests/goldens.rs` insists).
pub const NUMBERS: u32 = 2;

/// Number of the manifest's format.
pub const MANIFEST_FORMAT: u32 = 1;

/// The manifest beside each result. `tailcap run manifest.json` reproduces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`].
    pub manifest_format: u32,
    /// Version of the software.
    pub version: String,
    /// Processor architecture and operating system of the build.
    pub target: String,
    /// What identifies the results: equal keys, equal numbers.
    pub key: Key,
    /// Generator and stream layout.
    pub generator: String,
    /// The scenario with all overrides applied.
    pub scenario: serde_json::Value,
    /// Id of the scenario.
    pub scenario_id: String,
    /// Folder that relative paths of the scenario start from.
    pub folder: String,
    /// Files of the result, this one aside; nothing else in the folder is ever removed.
    #[serde(default)]
    pub files: Vec<String>,
    /// Trials drawn per run, in the order of the results.
    pub trials: Vec<u64>,
    /// Whether a run was interrupted.
    pub interrupted: bool,
    /// Warnings in words.
    pub warnings: Vec<String>,
    /// Threads used.
    pub threads: usize,
    /// Wall time in seconds.
    pub wall_seconds: f64,
    /// When it ended, seconds since 1970-01-01 UTC.
    pub ended_unix: u64,
}

impl Manifest {
    /// Names of all files of the result.
    pub fn names(&self) -> Vec<String> {
        self.files.iter().cloned().chain(["manifest.json".to_owned()]).collect()
    }
}

/// What identifies results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Version of the software.
    pub version: String,
    /// [`NUMBERS`] of the build; 0 in manifests from before there were any.
    #[serde(default)]
    pub numbers: u32,
    /// SHA-256 of the effective scenario.
    pub scenario_sha256: String,
    /// SHA-256 of each tape read, in the order of the runs.
    pub data_sha256: Vec<String>,
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Architecture and operating system of this build.
pub fn target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}
