//! Limits on memory that a system sets for a process, read from its files; none of them need be there.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Memory that can be had without swapping.
pub fn available(root: &Path) -> Option<u64> {
    kibibytes(&read_to_string(root.join("proc/meminfo")).ok()?, "MemAvailable:")
}

/// Memory that the process holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// Now.
    pub now: u64,
    /// At its peak.
    pub most: u64,
}

/// Memory that the process holds; nothing where the system does not say.
pub fn taken(root: &Path) -> Taken {
    let status = read_to_string(root.join("proc/self/status")).unwrap_or_default();
    let of = |name| kibibytes(&status, name).unwrap_or(0);
    Taken { now: of("VmRSS:"), most: of("VmHWM:") }
}

/// What the soft limit of the address space leaves beside what is taken.
pub fn address_space(root: &Path) -> Option<u64> {
    let limits = read_to_string(root.join("proc/self/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    // `unlimited` is no number.
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    let status = read_to_string(root.join("proc/self/status")).ok()?;
    Some(limit.saturating_sub(kibibytes(&status, "VmSize:")?))
}

/// What the control groups of the process leave, versions 1 and 2: the least of its own and those above it.
pub fn control_group(root: &Path) -> Option<u64> {
    let groups = read_to_string(root.join("proc/self/cgroup")).ok()?;
    let mounts = read_to_string(root.join("proc/self/mountinfo")).ok()?;
    let own = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let version = match controllers {
            "" => &SECOND,
            some if some.split(',').any(|own| own == "memory") => &FIRST,
            _ => return None,
        };
        least(root, version, &mounts, path)
    });
    own.min()
}

/// Names of what a version tells.
struct Version {
    filesystem: &'static str,
    /// What the mount's options have to hold.
    option: &'static str,
    limit: &'static str,
    usage: &'static str,
    /// Memory that is given back when asked for.
    cached: [&'static str; 2],
}

const FIRST: Version = Version {
    filesystem: "cgroup",
    option: "memory",
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    cached: ["total_inactive_file", "total_active_file"],
};

const SECOND: Version = Version {
    filesystem: "cgroup2",
    option: "",
    limit: "memory.max",
    usage: "memory.current",
    cached: ["inactive_file", "active_file"],
};

fn least(root: &Path, version: &Version, mounts: &str, path: &str) -> Option<u64> {
    let mount = mounts.lines().find_map(|line| Mount::of(line, version))?;
    let top = root.join(mount.place.trim_start_matches('/'));
    // A group above the root of the mount, or in another namespace, is not seen: the root stands for it.
    let below = path.strip_prefix(&mount.root).unwrap_or(path).trim_start_matches('/');
    let mut folder: PathBuf = top.join(below);
    if !folder.is_dir() || below.contains("..") {
        folder.clone_from(&top);
    }
    let own = folder.ancestors().take_while(|folder| folder.starts_with(&top));
    own.filter_map(|folder| left(folder, version)).min()
}

/// What one group leaves.
fn left(folder: &Path, version: &Version) -> Option<u64> {
    let number =
        |name: &str| -> Option<u64> { read_to_string(folder.join(name)).ok()?.trim().parse().ok() };
    let limit = number(version.limit)?;
    let usage = number(version.usage).unwrap_or(0);
    let stat = read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let cached: u64 = version.cached.iter().filter_map(|name| field(&stat, name)).sum();
    Some(limit.saturating_sub(usage.saturating_sub(cached)))
}

/// A mounted hierarchy.
struct Mount {
    root: String,
    place: String,
}

impl Mount {
    /// From a line of mountinfo.
    fn of(line: &str, version: &Version) -> Option<Self> {
        let (own, rest) = line.split_once(" - ")?;
        let mut rest = rest.split(' ');
        let (filesystem, options) = (rest.next()?, rest.next_back().unwrap_or(""));
        let has = |option| version.option.is_empty() || options.split(',').any(|own| own == option);
        if filesystem != version.filesystem || !has(version.option) {
            return None;
        }
        let mut own = own.split(' ').skip(3);
        let root = own.next()?.trim_end_matches('/').to_owned();
        Some(Self { root, place: own.next()?.to_owned() })
    }
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    Some(field(text, name)? * 1024)
}

/// The number behind a name at the beginning of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    let mut line = lines.find(|line| line.clone().next() == Some(name))?;
    line.nth(1)?.parse().ok()
}
