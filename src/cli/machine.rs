//! What the machine has: cores, threads that it lets a process start, and memory.

use std::path::Path;
use std::sync::mpsc::channel;

use super::limits;
use crate::engine::{Room, RoomKind};

/// Threads to use unless the user says otherwise.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// So many threads, or as many as the system starts at once beside this one; a line on standard error says so if they
/// are fewer.
pub fn threads_that_start(wanted: usize) -> usize {
    let found =
        1 + started(wanted.saturating_sub(1), |work| std::thread::Builder::new().spawn(work).ok());
    if found < wanted {
        anstream::eprintln!("warning: {}", fewer_threads(found, wanted));
    }
    found
}

fn fewer_threads(found: usize, wanted: usize) -> String {
    format!(
        "the system starts only {found} of {wanted} threads; the run goes on with {found}, its numbers are the same\n\
         hint: raise the limit of processes (`ulimit -u`, pids.max of the control group), or set --threads {found}"
    )
}

/// How many of so many threads can run at the same time.
fn started<T>(wanted: usize, start: impl Fn(Box<dyn FnOnce() + Send>) -> Option<T>) -> usize {
    let mut all = Vec::new();
    for _ in 0..wanted {
        let (end, wait) = channel::<()>();
        // Ends when `end` is dropped.
        let work = move || {
            let _ = wait.recv();
        };
        let Some(thread) = start(Box::new(work)) else { break };
        all.push((end, thread));
    }
    all.len()
}

/// The room that was asked for.
pub fn asked(bytes: u64) -> Room {
    let taken = limits::taken(Path::new("/"));
    Room { bytes, kind: RoomKind::Asked, taken: taken.now, peak: taken.most }
}

/// Nine tenths of the least room for memory: what can be had without swapping, and what control groups and the limit of the
/// address space leave; `None` where the system does not say.
pub fn memory() -> Option<Room> {
    room(Path::new("/")).map(|room| Room { bytes: room.bytes / 10 * 9, ..room })
}

fn room(root: &Path) -> Option<Room> {
    let of = |left: Option<u64>, kind| Some(Room { bytes: left?, kind, taken: 0, peak: 0 });
    let rooms = [
        of(limits::control_group(root), RoomKind::ControlGroup),
        of(limits::address_space(root), RoomKind::AddressSpace),
        of(limits::available(root), RoomKind::Free),
    ];
    let least = rooms.into_iter().flatten().min_by_key(|room| room.bytes)?;
    let taken = limits::taken(root);
    Some(Room { bytes: least.bytes + taken.now, taken: taken.now, peak: taken.most, ..least })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn threads_that_do_not_start_are_done_without() {
        let left = Cell::new(2);
        let start = |work: Box<dyn FnOnce() + Send>| {
            left.set(left.get() - 1);
            (left.get() >= 0).then(|| std::thread::spawn(work))
        };
        assert_eq!(started(5, start), 2);
        assert_eq!(started(3, |work| std::thread::Builder::new().spawn(work).ok()), 3);
        assert!(fewer_threads(2, 8).contains("only 2 of 8 threads"));
    }

    fn plant(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    const FREE: (&str, &str) =
        ("proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    8000000 kB\n");

    #[test]
    fn the_smallest_group_above_counts() {
        let files = [
            FREE,
            ("proc/self/cgroup", "0::/a/b\n"),
            (
                "proc/self/mountinfo",
                "30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n",
            ),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/b/memory.current", "1000\n"),
            ("sys/fs/cgroup/a/memory.max", "1000000\n"),
            ("sys/fs/cgroup/a/memory.current", "300000\n"),
            ("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 50000\nactive_file 50000\n"),
            ("sys/fs/cgroup/memory.max", "2000000\n"),
        ];
        let root = plant(&files);
        let found = room(root.path()).unwrap();
        assert_eq!((found.bytes, found.kind), (800_000, RoomKind::ControlGroup));
        // A namespace of its own shows the group as the root of the mount.
        let files = [
            FREE,
            ("proc/self/cgroup", "0::/\n"),
            ("proc/self/mountinfo", "30 1 0:26 /../x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
            ("sys/fs/cgroup/memory.max", "500\n"),
        ];
        assert_eq!(room(plant(&files).path()).unwrap().bytes, 500);
    }

    #[test]
    fn groups_of_the_first_version_are_read() {
        let files = [
            FREE,
            ("proc/self/cgroup", "5:cpu,cpuacct:/x\n3:memory:/docker/abc\n0::/\n"),
            (
                "proc/self/mountinfo",
                "41 32 0:38 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            ),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "4000000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500000\n"),
            ("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 500000\n"),
        ];
        let found = room(plant(&files).path()).unwrap();
        assert_eq!((found.bytes, found.kind), (3_000_000, RoomKind::ControlGroup));
        // Without a limit it stands at a number that no machine has.
        let files = [
            FREE,
            ("proc/self/cgroup", "3:memory:/\n"),
            (
                "proc/self/mountinfo",
                "41 32 0:38 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            ),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        let found = room(plant(&files).path()).unwrap();
        assert_eq!((found.bytes, found.kind), (8_192_000_000, RoomKind::Free));
    }

    #[test]
    fn the_address_space_counts_what_is_taken() {
        let limits = "Limit   Soft Limit  Hard Limit  Units\n\
                      Max address space         1048576              unlimited            bytes\n";
        let files =
            [FREE, ("proc/self/limits", limits), ("proc/self/status", "VmSize:\t  24 kB\n")];
        let found = room(plant(&files).path()).unwrap();
        assert_eq!((found.bytes, found.kind), (1_048_576 - 24 * 1024, RoomKind::AddressSpace));
        let none = limits.replace("1048576", "unlimited");
        let files = [FREE, ("proc/self/limits", &none), ("proc/self/status", "VmSize:\t  24 kB\n")];
        assert_eq!(room(plant(&files).path()).unwrap().kind, RoomKind::Free);
        assert!(room(plant(&[]).path()).is_none());
    }
}
