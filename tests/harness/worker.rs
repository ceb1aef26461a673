//! Cases in a process of their own: the one that watches sees panics, hangs, crashes and memory that runs away, writes
//! down what was found, and goes on behind it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::oracles::Broken;
use super::readers::{self, Seeds};
use super::report::{Finding, Report};
use super::scenarios::{self, Came};
use super::{generate, shrink};

/// Which cases: `readers` or `scenarios`, the seed, the first number, and where to work.
const TASK: &str = "TAILCAP_HARNESS_TASK";
/// A case is told to stop after this long.
const PATIENCE: Duration = Duration::from_secs(15);
/// So long a smaller input is looked for.
const SHRINKING: Duration = Duration::from_secs(8);
/// A case that still goes on after this long hangs.
const HANG: Duration = Duration::from_secs(60);
/// What a worker does wrong on purpose, so that the one who watches is seen to notice.
const SABOTAGE: &str = "TAILCAP_HARNESS_SABOTAGE";
/// Bytes in memory that are too many; a run refuses itself what it predicts to be above two thirds of it.
const MEMORY: u64 = 3 << 29;

/// The kinds of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Readers,
    Scenarios,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Readers => "readers",
            Self::Scenarios => "scenarios",
        }
    }
}

/// When the case under way has to be told to stop, in milliseconds since the start; 0: none is.
static DEADLINE: AtomicU64 = AtomicU64::new(0);
static STOP: AtomicBool = AtomicBool::new(false);
/// Place and words of the last panic.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Does the work of a worker, if this process was started as one.
pub fn work() {
    let Ok(task) = std::env::var(TASK) else { return };
    let parts: Vec<&str> = task.splitn(4, ':').collect();
    let [kind, seed, first, folder] = parts[..] else { return };
    let number = |text: &str| text.parse::<u64>().expect("a whole number");
    let (seed, first, folder) = (number(seed), number(first), PathBuf::from(folder));
    let kind = if kind == "readers" { Kind::Readers } else { Kind::Scenarios };
    std::panic::set_hook(Box::new(|info| {
        let mut last = PANIC.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // The first of several threads is the cause.
        if last.is_empty() {
            *last = info.to_string().replace('\n', " ");
        }
    }));
    let start = Instant::now();
    std::thread::spawn(move || {
        loop {
            let deadline = DEADLINE.load(Ordering::Relaxed);
            if deadline > 0 && start.elapsed().as_millis() as u64 > deadline {
                STOP.store(true, Ordering::Relaxed);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let seeds = (kind == Kind::Readers).then(Seeds::read);
    let say = |line: &str| {
        let mut out = std::io::stdout().lock();
        // The one who watches may have left.
        if writeln!(out, "\u{1}{line}").and_then(|()| out.flush()).is_err() {
            std::process::exit(0);
        }
    };
    for case in first.. {
        say(&format!("start {case}"));
        let begin = |patience: Duration| {
            STOP.store(false, Ordering::Relaxed);
            let deadline = start.elapsed() + patience;
            DEADLINE.store(deadline.as_millis() as u64, Ordering::Relaxed);
        };
        begin(PATIENCE);
        let (came, broken) = once(kind, (seed, case), &folder, seeds.as_ref());
        if let Some(first) = broken.first() {
            say(&format!("shrinking {case}"));
            begin(SHRINKING);
            let place = folder.join("smallest");
            readers::clear(&place);
            let _ = std::fs::create_dir_all(&place);
            smallest(kind, (seed, case), &folder, seeds.as_ref(), first, &place);
            for own in &broken {
                say(&format!("broken {case} {} {}", own.oracle, own.what.replace('\n', " ")));
            }
        }
        say(&format!("end {case} {came}"));
    }
}

/// One case: what came of it in a word or two, and what did not hold.
fn once(
    kind: Kind,
    (seed, case): (u64, u64),
    folder: &Path,
    seeds: Option<&Seeds>,
) -> (String, Vec<Broken>) {
    let mut dice = Dice::of(seed, case);
    match (kind, seeds) {
        (Kind::Readers, Some(seeds)) => {
            let place = folder.join("case");
            readers::clear(&place);
            let _ = std::fs::create_dir_all(&place);
            let input = seeds.input(&mut dice, &place, &STOP);
            reading(&input, &place)
        }
        _ => {
            if case == 2
                && let Err(panic) = caught(sabotage)
            {
                return ("broken".to_owned(), vec![panic]);
            }
            running(&generate::world(&mut dice), folder, (dice, true))
        }
    }
}

/// What is asked for to go wrong.
fn sabotage() {
    match std::env::var(SABOTAGE).as_deref() {
        Ok("panic") => panic!("on purpose"),
        Ok("crash") => std::process::abort(),
        Ok("hang") => std::thread::sleep(Duration::from_secs(3600)),
        Ok("memory") => {
            let mut held: Vec<Vec<u8>> = Vec::new();
            while held.len() < 64 {
                held.push(vec![1; 1 << 26]);
                std::thread::sleep(Duration::from_millis(20));
            }
            panic!("{} MiB were let pass", held.len() << 6);
        }
        _ => {}
    }
}

fn reading(input: &readers::Input, place: &Path) -> (String, Vec<Broken>) {
    if readers::write(input, place).is_err() {
        return ("unwritten".to_owned(), Vec::new());
    }
    match caught(|| readers::read(input, place, &STOP)) {
        Ok(readers::Came::Refused) => ("refused".to_owned(), Vec::new()),
        Ok(readers::Came::Accepted) => ("accepted".to_owned(), Vec::new()),
        Ok(readers::Came::Large) => ("large".to_owned(), Vec::new()),
        Ok(readers::Came::Broken(all)) => ("broken".to_owned(), all),
        Err(panic) => ("broken".to_owned(), vec![panic]),
    }
}

fn running(
    world: &super::world::World,
    folder: &Path,
    (mut dice, engines): (Dice, bool),
) -> (String, Vec<Broken>) {
    let place = folder.join("case");
    let _ = std::fs::create_dir_all(&place);
    match caught(|| scenarios::examine(world, &place, (&mut dice, engines), &STOP)) {
        Ok(Came::Refused(why)) => (format!("refused: {why}"), Vec::new()),
        Ok(Came::Slow) => ("slow".to_owned(), Vec::new()),
        Ok(Came::Ran(all)) if all.is_empty() => ("ran".to_owned(), all),
        Ok(Came::Ran(all)) => ("broken".to_owned(), all),
        Err(panic) => ("broken".to_owned(), vec![panic]),
    }
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Broken> {
    let last = || PANIC.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    last().clear();
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Broken { oracle: "panic", what: last().clone() })
}

/// Writes the smallest input that breaks the same oracle.
fn smallest(
    kind: Kind,
    (seed, case): (u64, u64),
    folder: &Path,
    seeds: Option<&Seeds>,
    first: &Broken,
    place: &Path,
) {
    let is_same = |all: &[Broken]| all.iter().any(|own| own.oracle == first.oracle);
    let patient = || !STOP.load(Ordering::Relaxed);
    let mut dice = Dice::of(seed, case);
    match (kind, seeds) {
        (Kind::Readers, Some(seeds)) => {
            let own = folder.join("case");
            readers::clear(&own);
            let mut input = seeds.input(&mut dice, &own, &STOP);
            let whole = input.files[input.damaged].1.clone();
            let mut fails = |bytes: &[u8]| {
                let mut smaller = input.clone();
                smaller.files[smaller.damaged].1 = bytes.to_vec();
                patient() && is_same(&reading(&smaller, &own).1)
            };
            let small = shrink::bytes(&whole, &mut fails);
            let damaged = input.damaged;
            input.files[damaged].1 = small;
            let _ = readers::keep(&input, place);
        }
        _ => {
            let world = generate::world(&mut dice);
            let engines = first.oracle == "panic" || first.what.starts_with(scenarios::ENGINE);
            let mut fails = |own: &super::world::World| {
                patient() && is_same(&running(own, folder, (dice.clone(), engines)).1)
            };
            let small = shrink::world(&world, &mut fails);
            let _ = small.write(place);
            let _ = std::fs::write(place.join("as-drawn.toml"), world.toml());
            let _ = std::fs::write(place.join("as-drawn.csv"), world.tape());
            // The words of the smallest one.
            let again = running(&small, folder, (dice, engines)).1;
            let told: Vec<String> =
                again.iter().map(|own| format!("{}: {}\n", own.oracle, own.what)).collect();
            let _ = std::fs::write(place.join("what-failed.txt"), told.concat());
        }
    }
}

/// How cases are watched.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    pub kind: Kind,
    pub seed: u64,
    /// When a case counts as hanging.
    pub hang: Duration,
    /// What goes wrong on purpose in case 2.
    pub sabotage: Option<&'static str>,
}

impl Watch {
    /// The usual bounds.
    pub fn new(kind: Kind, seed: u64) -> Self {
        Self { kind, seed, hang: HANG, sabotage: None }
    }

    /// Runs cases for a time and reports.
    pub fn all(self, time: Duration, report: &mut Report) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let until = Instant::now() + time;
        let mut next = 0;
        while Instant::now() < until {
            next = self.one_worker(next, until, false, folder.path(), report);
        }
    }

    /// Runs a single case again and reports.
    pub fn one(self, case: u64, report: &mut Report) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let until = Instant::now() + Duration::from_secs(300);
        self.one_worker(case, until, true, folder.path(), report);
    }
}

impl Watch {
    /// Watches a worker from a case on, until it is lost or time is over; the case behind the last one.
    fn one_worker(
        self,
        first: u64,
        until: Instant,
        only: bool,
        folder: &Path,
        report: &mut Report,
    ) -> u64 {
        let Self { kind, seed, hang, .. } = self;
        let mut child = self.start(first, folder);
        let receiver = lines(&mut child);
        let (mut case, mut since) = (first, Instant::now());
        let mut shrinking = false;
        let end = |child: &mut Child| {
            let _ = child.kill();
            let status = child.wait();
            status.map_or_else(|error| error.to_string(), |status| status.to_string())
        };
        loop {
            if Instant::now() >= until && !shrinking {
                end(&mut child);
                return case + 1;
            }
            let lost = match receiver.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => {
                    let mut words = line.splitn(4, ' ');
                    let word = words.next().unwrap_or_default();
                    case = words.next().and_then(|own| own.parse().ok()).unwrap_or(case);
                    let rest: Vec<&str> = words.collect();
                    match word {
                        "start" => since = Instant::now(),
                        "shrinking" => {
                            shrinking = true;
                            since = Instant::now();
                        }
                        "broken" => {
                            let what = rest.get(1).copied().unwrap_or_default().to_owned();
                            let oracle = rest.first().copied().unwrap_or_default().to_owned();
                            let small = folder.join("smallest");
                            report.add(
                                Finding { kind: kind.as_str(), seed, case, oracle, what },
                                &small,
                            );
                        }
                        "end" => {
                            shrinking = false;
                            since = Instant::now();
                            report.count(kind.as_str(), &rest.join(" "));
                            if only {
                                end(&mut child);
                                return case + 1;
                            }
                        }
                        _ => {}
                    }
                    continue;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let bytes = resident(child.id());
                    let hangs = since.elapsed() > hang;
                    if !hangs && bytes < MEMORY {
                        continue;
                    }
                    end(&mut child);
                    match hangs {
                        true => {
                            ("hang", format!("went on for {} s, deaf to a stop", hang.as_secs()))
                        }
                        false => ("memory", format!("{} MiB", bytes >> 20)),
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => ("crash", end(&mut child)),
            };
            let (oracle, what) = (lost.0.to_owned(), lost.1);
            let place = folder.join("lost");
            readers::clear(&place);
            let _ = std::fs::create_dir_all(&place);
            if shrinking {
                report.count(kind.as_str(), "lost while shrinking");
            }
            as_drawn(kind, seed, case, folder, &place);
            report.add(Finding { kind: kind.as_str(), seed, case, oracle, what }, &place);
            return case + 1;
        }
    }

    fn start(self, first: u64, folder: &Path) -> Child {
        let own = std::env::current_exe().expect("the path of this test");
        let mut command = Command::new(own);
        if let Some(sabotage) = self.sabotage {
            command.env(SABOTAGE, sabotage);
        }
        command
            .args(["worker", "--exact", "--nocapture", "--test-threads=1"])
            .env(TASK, format!("{}:{}:{first}:{}", self.kind.as_str(), self.seed, folder.display()))
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a worker starts")
    }
}

/// What a worker says, or that it has ended.
fn lines(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let out = child.stdout.take().expect("standard output is a pipe");
    std::thread::spawn(move || {
        for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            // What the test framework says stands before the mark.
            if let Some((_, own)) = line.split_once('\u{1}')
                && sender.send(own.to_owned()).is_err()
            {
                return;
            }
        }
    });
    receiver
}

/// The input of a case that ended its process, whole.
fn as_drawn(kind: Kind, seed: u64, case: u64, folder: &Path, place: &Path) {
    let mut dice = Dice::of(seed, case);
    match kind {
        Kind::Scenarios => {
            let _ = generate::world(&mut dice).write(place);
        }
        Kind::Readers => {
            // What the worker had written before it ended; the same bytes come of the seed.
            let copied = copy(&folder.join("case"), place);
            drop(copied);
        }
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Bytes of a process in memory; 0 where the system does not say.
fn resident(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|own| own.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

/// Cases by what came of them, as told by [`Report`].
pub type Counts = BTreeMap<String, u64>;
