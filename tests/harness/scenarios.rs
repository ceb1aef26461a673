//! One whole scenario: run it every way it can be run, and ask the oracles.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tailcap::engine::{Room, RoomKind};
use tailcap::error::Fault;
use tailcap::run::{self, Outcome, Prepared, Settings};
use tailcap::scenario;

use super::dice::Dice;
use super::oracles::{self, Broken, Found};
use super::world::World;

/// What came of a scenario.
#[derive(Debug)]
pub enum Came {
    /// It was refused, with these words (digits and names left out).
    Refused(String),
    /// It was stopped because it took long.
    Slow,
    /// It ran; what did not hold.
    Ran(Vec<Broken>),
}

/// Memory that a run may predict for itself.
pub const MEMORY: u64 = 1 << 30;

/// Loads and prepares a scenario file; the first fault otherwise.
pub fn prepare(file: &Path, overrides: &[String]) -> Result<Vec<Prepared>, String> {
    let first =
        |faults: &[Fault]| faults.first().map_or_else(String::new, |own| own.kind.to_string());
    let loaded = scenario::load(file, overrides).map_err(|own| first(&own.faults))?;
    run::prepare(&loaded).map_err(|own| first(&own.faults))
}

/// Carries a prepared scenario out; `None` where it was stopped or would not fit into memory.
pub fn carry_out(prepared: &[Prepared], threads: usize, stop: &AtomicBool) -> Option<Outcome> {
    let memory = Some(Room { bytes: MEMORY, kind: RoomKind::Asked, taken: 0, peak: 0 });
    let settings = Settings { threads, memory, stop, finished: &|_| {} };
    let outcome = run::carry_out(prepared, settings).ok()?;
    (!stop.load(Ordering::Relaxed)).then_some(outcome)
}

/// What is worked out may take so long; more of other cases is worth more.
const BRIEF: Duration = Duration::from_secs(2);

/// Does work that is told to stop after a time, or as soon as `stop` is set.
fn within<T>(
    time: Duration,
    stop: &AtomicBool,
    work: impl FnOnce(&AtomicBool) -> Option<T>,
) -> Option<T> {
    let (own, done) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let begin = Instant::now();
            while !done.load(Ordering::Relaxed) {
                if stop.load(Ordering::Relaxed) || begin.elapsed() > time {
                    own.store(true, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let ends = Ends(&done);
        let found = work(&own);
        drop(ends);
        found
    })
}

/// Says that work has ended, by a panic too.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A message without what differs from case to case.
pub fn kind(message: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for c in message.chars() {
        match c {
            '`' => quoted = !quoted,
            _ if quoted || c.is_ascii_digit() => continue,
            _ => {}
        }
        out.push(c);
    }
    out.chars().take(90).collect()
}

/// What a broken oracle says first where it is not about trials.
pub const ENGINE: &str = "engine ";

/// Runs a scenario in a folder and asks all oracles, or (which is quicker) only those of the trials. `dice` shuffles;
/// `stop` is set from outside if it takes long.
pub fn examine(
    world: &World,
    folder: &Path,
    (dice, engines): (&mut Dice, bool),
    stop: &AtomicBool,
) -> Came {
    let mut found = Found::default();
    let prepared = match written(world, folder) {
        Ok(prepared) => prepared,
        Err(message) => return Came::Refused(kind(&message)),
    };
    let Some(first) = carry_out(&prepared, 1, stop) else { return Came::Slow };
    let Some(second) = carry_out(&prepared, 2, stop) else { return Came::Slow };
    let text = serde_json::to_string(&first.results).unwrap_or_default();
    let again = serde_json::to_string(&second.results).unwrap_or_default();
    found.expect(text == again, "same-bits-on-threads", || first_difference(&text, &again));
    drop(again);
    let whole: Value = serde_json::from_str(&text).unwrap_or_default();
    oracles::estimates(&whole, &mut found);
    oracles::round_trip(&first.results, &mut found);
    let sampled = &first.results.runs[0];
    everywhere(world, &first, &mut found);
    oracles::failures(sampled, &mut found);
    oracles::sampled_mean(world, sampled, &first.samples[0], &mut found);
    if stop.load(Ordering::Relaxed) || !engines {
        return Came::Ran(found.0);
    }
    // What takes longest is asked of some.
    for (engine, share) in [("exact", 0.6), ("large-pool", 0.3)] {
        if dice.chance(share)
            && let Some(own) = with_engine(world, engine)
        {
            worked_out((&own, engine), (folder, dice, stop), &first, &mut found);
        }
    }
    Came::Ran(found.0)
}

fn written(world: &World, folder: &Path) -> Result<Vec<Prepared>, String> {
    world.write(folder).map_err(|error| error.to_string())?;
    prepare(&folder.join("scenario.toml"), &[])
}

/// What holds whatever the engine.
fn everywhere(world: &World, outcome: &Outcome, found: &mut Found) {
    let run = &outcome.results.runs[0];
    oracles::ordered(run, found);
    oracles::additive(run, found);
    oracles::changes(run, &outcome.results.scenario.baseline, found);
    oracles::sums(world, run, found);
}

/// The same scenario on another engine, where nothing that rests on trials is asked for.
fn with_engine(world: &World, engine: &str) -> Option<World> {
    if world.scenario.get("system").is_some() {
        return None;
    }
    let mut own = world.clone();
    own.scenario["engine"] = json!(engine);
    own.scenario["sampling"] = json!({ "trials": 1_000 });
    Some(own)
}

fn worked_out(
    (world, engine): (&World, &str),
    (folder, dice, stop): (&Path, &mut Dice, &AtomicBool),
    sampled: &Outcome,
    found: &mut Found,
) {
    let run_of = |world: &World| {
        let prepared = written(world, folder).ok()?;
        within(BRIEF, stop, |stop| carry_out(&prepared, 2, stop))
    };
    let before = found.0.len();
    let begin = Instant::now();
    let Some(outcome) = run_of(world) else { return };
    let is_quick = begin.elapsed() < BRIEF / 4;
    let whole = serde_json::to_value(&outcome.results).unwrap_or_default();
    oracles::estimates(&whole, found);
    everywhere(world, &outcome, found);
    if engine == "exact" {
        let runs = (&outcome.results.runs[0], &sampled.results.runs[0]);
        oracles::exact_against_trials(world, runs, &sampled.samples[0], found);
        let own = &outcome.results.runs[0];
        if is_quick && let Some(other) = run_of(&shuffled(world, dice)) {
            oracles::same_law(own, &other.results.runs[0], "rows in another order", found);
        }
        if is_quick && let Some(other) = run_of(&renamed(world)) {
            oracles::same_law(own, &other.results.runs[0], "segments under other names", found);
        }
    }
    for broken in &mut found.0[before..] {
        broken.what = format!("{ENGINE}{engine}: {}", broken.what);
    }
}

/// The rows in another order.
fn shuffled(world: &World, dice: &mut Dice) -> World {
    let mut own = world.clone();
    for at in (1..own.rows.len()).rev() {
        own.rows.swap(at, dice.below(at + 1));
    }
    own
}

/// The segments under names that sort the other way round.
fn renamed(world: &World) -> World {
    let names: BTreeMap<&str, ()> =
        world.rows.iter().map(|row| (row.segment.as_str(), ())).collect();
    let all = ["s0", "s1", "s2", "s3"].into_iter().chain(names.into_keys());
    let map: BTreeMap<String, String> = all
        .map(|name| (name.to_owned(), format!("z{}", 90 - name.len() * 10 - digit(name))))
        .collect();
    let mut text = world.scenario.to_string();
    for (from, to) in &map {
        text = text.replace(&format!("\"{from}\""), &format!("\"{to}\""));
    }
    let mut own = world.clone();
    own.scenario = serde_json::from_str(&text).unwrap_or_default();
    for row in &mut own.rows {
        row.segment = map[&row.segment].clone();
    }
    own
}

fn digit(name: &str) -> usize {
    name.chars().last().and_then(|c| c.to_digit(10)).unwrap_or(0) as usize
}

fn first_difference(a: &str, b: &str) -> String {
    let at = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let show = |text: &str| {
        let from = at.saturating_sub(120);
        String::from_utf8_lossy(&text.as_bytes()[from..(at + 60).min(text.len())]).into_owned()
    };
    format!("one thread: ...{}... two threads: ...{}...", show(a), show(b))
}
