//! Every reader against damaged files: scenarios in three notations with the files that they extend, loan tapes,
//! files of debts and of observed values, stored results, trial losses, manifests and series of rates.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde_json::Value;
use tailcap::report::manifest::Manifest;
use tailcap::report::stored::{self, Stored};
use tailcap::report::{between, comparison_screen, comparison_table, curves, narrow, sheets};
use tailcap::report::{sheet_latex, sheet_markdown, sheet_text, tables};
use tailcap::run::{self, Prepared};
use tailcap::scenario::synthetic::Grain;
use tailcap::scenario::{self, BookSource, Notation};

use super::dice::Dice;
use super::generate;
use super::mutate::mutated;
use super::oracles::{self, Broken, Found};
use super::scenarios::carry_out;
use super::world::{World, toml, yaml};

/// A file of a folder, by its name in it.
pub type Files = Vec<(String, Vec<u8>)>;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reader {
    /// The main file as a scenario, with all that it names.
    Scenario,
    /// The main file as a manifest.
    Manifest,
    /// The folder as stored results.
    Results,
    /// The main file as a series of default rates, by the command.
    Rates,
}

/// A damaged file among its neighbours.
#[derive(Debug, Clone)]
pub struct Input {
    pub reader: Reader,
    pub files: Files,
    /// Which of `files` is handed to the reader.
    pub main: usize,
    /// Which of `files` was damaged.
    pub damaged: usize,
}

/// What came of it.
#[derive(Debug)]
pub enum Came {
    Refused,
    Accepted,
    /// Asks for more work than a test has time for.
    Large,
    Broken(Vec<Broken>),
}

/// Shipped scenarios with the folders that they need, read once.
pub struct Seeds {
    shipped: Files,
    mains: Vec<usize>,
}

impl Seeds {
    /// Reads `scenarios/`; tapes are cut to their first rows, so that a case takes milliseconds.
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut shipped = Files::new();
        gather(root, Path::new("scenarios"), &mut shipped);
        shipped.sort();
        let is_main = |name: &str| name.ends_with(".toml");
        let mains = (0..shipped.len()).filter(|&at| is_main(&shipped[at].0)).collect();
        Self { shipped, mains }
    }

    /// The input of a case.
    pub fn input(&self, dice: &mut Dice, folder: &Path, stop: &AtomicBool) -> Input {
        match dice.below(10) {
            0 | 1 => self.shipped(dice),
            2..=5 => generated(dice),
            6 => manifest(dice, folder),
            7 | 8 => results(dice, folder, stop).unwrap_or_else(|| generated(dice)),
            _ => rates(dice),
        }
    }

    fn shipped(&self, dice: &mut Dice) -> Input {
        let main = *dice.of_all(&self.mains);
        let mut files = self.shipped.clone();
        // Now and then a tape or a file that is built on.
        let damaged = if dice.chance(0.7) { main } else { dice.below(files.len()) };
        let other = dice.of_all(&self.mains);
        files[damaged].1 = mutated(dice, &self.shipped[damaged].1, &self.shipped[*other].1);
        Input { reader: Reader::Scenario, files, main, damaged }
    }
}

fn gather(root: &Path, at: &Path, found: &mut Files) {
    let Ok(entries) = std::fs::read_dir(root.join(at)) else { return };
    for entry in entries.flatten() {
        let path = at.join(entry.file_name());
        if root.join(&path).is_dir() {
            gather(root, &path, found);
        } else if let Ok(bytes) = std::fs::read(root.join(&path)) {
            let name = path.display().to_string();
            let is_tape = name.ends_with(".csv");
            let bytes = if is_tape { first_lines(&bytes, 60) } else { bytes };
            if is_tape || name.ends_with(".toml") {
                found.push((name, bytes));
            }
        }
    }
}

fn first_lines(bytes: &[u8], count: usize) -> Vec<u8> {
    bytes.split_inclusive(|&byte| byte == b'\n').take(count).flatten().copied().collect()
}

fn small_world(dice: &mut Dice) -> World {
    let mut world = generate::world(dice);
    world.rows.truncate(40);
    if dice.chance(0.2) {
        // A book from laws, with a file of observed values.
        world
            .files
            .push(("seen.csv".to_owned(), "value,weight\n100,1\n250,3\n900.5,2\n".to_owned()));
        let text = r#"{ "book_seed": 7, "defaults": { "pd": 0.02, "lgd": 0.5 }, "synthetic": [
            { "id": "s0", "borrowers": 60, "limit": { "empirical": { "file": "seen.csv", "column": "value", "weights": "weight" } },
              "utilisation": { "beta": { "a": 0.6, "b": 1.4 } }, "income": { "lognormal": { "median": 28000, "sigma": 0.6 } },
              "pd": { "logistic": { "pd": 0.03, "at": 6000, "slope": -0.37 } }, "age": { "discrete": { "values": [20, 30], "weights": [3, 4] } },
              "score": { "normal": { "mean": 600, "sd": 50 }, "min": 300, "max": 850, "round_to": 10 },
              "rank_correlation": { "limit": { "income": 0.5, "age": 0.2 } },
              "second": { "share": 0.1, "product": "cash", "limit": 200, "utilisation": 0.4 } },
            { "id": "s1", "borrowers": 1000, "pools": 10, "limit": { "uniform": { "from": 100, "to": 900 } }, "utilisation": 0.5,
              "income": 20000, "age": 40, "score": 600 } ] }"#;
        world.scenario["portfolio"] = serde_json::from_str(text).unwrap_or_default();
    }
    world
}

fn files_of(world: &World, dice: &mut Dice) -> Files {
    let (name, text) = match dice.below(4) {
        0 => ("scenario.json", world.scenario.to_string()),
        1 => ("scenario.yaml", yaml(&world.scenario)),
        _ => ("scenario.toml", toml(&world.scenario)),
    };
    let mut files = vec![(name.to_owned(), text.into_bytes())];
    files.push(("book.csv".to_owned(), world.tape().into_bytes()));
    files.extend(world.files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())));
    files
}

fn generated(dice: &mut Dice) -> Input {
    let world = small_world(dice);
    let mut files = files_of(&world, dice);
    let other = files_of(&small_world(dice), dice);
    let damaged = if dice.chance(0.5) { 0 } else { dice.below(files.len()) };
    let donor = other.get(damaged).unwrap_or(&other[0]).1.clone();
    files[damaged].1 = mutated(dice, &files[damaged].1.clone(), &donor);
    Input { reader: Reader::Scenario, files, main: 0, damaged }
}

fn manifest(dice: &mut Dice, folder: &Path) -> Input {
    let mut world = small_world(dice);
    world.scenario["portfolio"]["tape"] = serde_json::json!("book.csv");
    if let Some(map) = world.scenario["portfolio"].as_object_mut() {
        ["synthetic", "book_seed"].iter().for_each(|key| drop(map.shift_remove(*key)));
    }
    let whole = serde_json::json!({
        "manifest_format": 1, "version": tailcap::VERSION, "target": "x", "generator": "g",
        "key": { "version": tailcap::VERSION, "scenario_sha256": "0", "data_sha256": ["1"] },
        "scenario": world.scenario, "scenario_id": "scenario", "folder": folder.display().to_string(),
        "files": ["results.json"], "trials": [1000], "interrupted": false, "warnings": [], "threads": 1,
        "wall_seconds": 0.1, "ended_unix": 1,
    });
    let text = serde_json::to_vec_pretty(&whole).unwrap_or_default();
    let mut files = vec![("manifest.json".to_owned(), mutated(dice, &text, &text))];
    files.push(("book.csv".to_owned(), world.tape().into_bytes()));
    files.extend(world.files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())));
    Input { reader: Reader::Manifest, files, main: 0, damaged: 0 }
}

/// Stored results of a small run, one of their files damaged.
fn results(dice: &mut Dice, folder: &Path, stop: &AtomicBool) -> Option<Input> {
    let mut world = small_world(dice);
    world.rows.truncate(8);
    world.scenario["sampling"]["trials"] = serde_json::json!(300);
    world.scenario["output"]["trial_losses"] = serde_json::json!(true);
    world.write(folder).ok()?;
    let prepared = super::scenarios::prepare(&folder.join("scenario.toml"), &[]).ok()?;
    let outcome = carry_out(&prepared, 1, stop)?;
    let text = match dice.chance(0.5) {
        true => serde_json::to_vec(&outcome.results),
        false => serde_json::to_vec_pretty(&outcome.results),
    };
    let mut losses = String::from("variant,trial,policy,loss,weight\n");
    for trial in 0..20 {
        losses.push_str(&format!("base,{trial},today,{}.5,1\n", trial * 7));
    }
    let mut files = vec![
        ("results.json".to_owned(), text.ok()?),
        ("trial_losses.csv".to_owned(), losses.into_bytes()),
    ];
    let damaged = usize::from(dice.chance(0.2));
    files[damaged].1 = mutated(dice, &files[damaged].1.clone(), b"base,0,today,1,1\n");
    Some(Input { reader: Reader::Results, files, main: 0, damaged })
}

fn rates(dice: &mut Dice) -> Input {
    let mut text = String::from("date,rate\n");
    for year in 1990..2000 + dice.whole(0, 20) {
        text.push_str(&format!("{year}-03-31,{}\n", dice.number(0.0, 0.2)));
    }
    let bytes = mutated(dice, text.as_bytes(), b"1999Q1,0.5\n");
    Input {
        reader: Reader::Rates,
        files: vec![("rates.csv".to_owned(), bytes)],
        main: 0,
        damaged: 0,
    }
}

/// Puts an input into a folder.
pub fn write(input: &Input, folder: &Path) -> std::io::Result<()> {
    for (name, bytes) in &input.files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

/// Reads an input that stands in a folder, and uses what was accepted.
pub fn read(input: &Input, folder: &Path, stop: &AtomicBool) -> Came {
    let main = folder.join(&input.files[input.main].0);
    match input.reader {
        Reader::Scenario => scenario_of(scenario::load(&main, &[]), stop),
        Reader::Manifest => {
            let manifest = std::fs::read(&main).ok().map(|bytes| serde_json::from_slice(&bytes));
            let Some(Ok(manifest)) = manifest else { return Came::Refused };
            let manifest: Manifest = manifest;
            let name = Path::new(&manifest.folder).join(format!("{}.json", manifest.scenario_id));
            let text = manifest.scenario.to_string();
            scenario_of(scenario::load_text(&name, &text, Notation::Json, &[]), stop)
        }
        Reader::Results => results_of(folder),
        Reader::Rates => by_command(&["correlation", "rates.csv", "--column", "rate"], folder),
    }
}

fn scenario_of(loaded: Result<scenario::Loaded, scenario::Rejected>, stop: &AtomicBool) -> Came {
    let mut loaded = match loaded {
        Ok(loaded) => loaded,
        Err(rejected) => {
            // Messages are made as the command makes them.
            let _ = rejected.places.render(&rejected.faults, false);
            return Came::Refused;
        }
    };
    if is_large(&loaded) {
        return Came::Large;
    }
    loaded.scenario.sampling.trials = loaded.scenario.sampling.trials.min(64);
    for variant in &mut loaded.variants {
        variant.scenario.sampling.trials = variant.scenario.sampling.trials.min(64);
    }
    let mut found = Found::default();
    // Numbers, not what stands in texts.
    let text = format!("{:?}", loaded.scenario);
    let text: String = text.split('"').step_by(2).collect();
    found.expect(!text.contains("NaN"), "accepted-nan", || near(&text, "NaN"));
    let prepared: Vec<Prepared> = match run::prepare(&loaded) {
        Ok(prepared) => prepared,
        Err(refused) => {
            let _ = loaded.places.render(&refused.faults, false);
            return broken_or(found, Came::Refused);
        }
    };
    let outcome = (prepared[0].book().entries() <= 20_000).then(|| carry_out(&prepared, 1, stop));
    let Some(Some(outcome)) = outcome else { return broken_or(found, Came::Large) };
    let whole = serde_json::to_value(&outcome.results).unwrap_or_default();
    oracles::estimates(&whole, &mut found);
    oracles::round_trip(&outcome.results, &mut found);
    broken_or(found, Came::Accepted)
}

fn broken_or(found: Found, other: Came) -> Came {
    if found.0.is_empty() { other } else { Came::Broken(found.0) }
}

fn near(text: &str, word: &str) -> String {
    let at = text.find(word).unwrap_or(0);
    let from = text.floor_char_boundary(at.saturating_sub(120));
    text[from..text.ceil_char_boundary((at + 40).min(text.len()))].to_owned()
}

/// Whether the file asks for a book or for studies that take more than a moment.
fn is_large(loaded: &scenario::Loaded) -> bool {
    let all = loaded.variants.iter().map(|own| &own.scenario).chain([&loaded.scenario]);
    for own in all {
        if let BookSource::Synthetic(book) = &own.portfolio.source {
            let drawn: u64 = book
                .segments
                .iter()
                .map(|segment| match segment.grain {
                    Grain::Each => segment.borrowers,
                    Grain::Pools(pools) => pools,
                    Grain::StandsFor(each) => segment.borrowers / each.max(1),
                })
                .fold(0, u64::saturating_add);
            if drawn > 20_000 {
                return true;
            }
        }
        if own.policies.len() > 40 || own.engine != scenario::EngineChoice::MonteCarlo {
            return true;
        }
    }
    !loaded.scenario.regions.is_empty() || !loaded.scenario.break_evens.is_empty()
}

fn results_of(folder: &Path) -> Came {
    let stored = match stored::read(folder) {
        Ok(stored) => stored,
        Err(_) => return Came::Refused,
    };
    let everything = sheets::Selection::default();
    let terminal = curves::Terminal { width: 80, unicode: true };
    for kind in sheets::available(&stored.results) {
        let _ = sheets::csv(std::slice::from_ref(&stored), kind, &everything);
        if let Ok(all) = sheets::sheets(&stored, kind, &everything) {
            for sheet in all {
                let _ = sheet_text::text(&sheet, terminal);
                let _ = sheet_markdown::markdown(&sheet);
                let _ = sheet_latex::latex(&sheet);
            }
        }
    }
    let _ = narrow::screen_in(&stored.results, terminal);
    for run in &stored.results.runs {
        let _ = curves::curves(&stored.results, run, terminal);
    }
    let _ = tables::tables(&stored.results);
    if stored.has_trial_losses() {
        let _ = stored.trial_losses("base", &["today".to_owned()]);
    }
    if let Ok(comparison) = between::compare(&stored, &stored.clone(), "base") {
        let _ = comparison_screen::screen(&comparison);
        let _ = comparison_table::table(&comparison);
    }
    let mut found = Found::default();
    let numbers: Value = serde_json::to_value(&stored.results).unwrap_or_default();
    let _ = numbers;
    drawn(&stored, folder, &mut found);
    broken_or(found, Came::Accepted)
}

/// Figures are drawn by the command, which takes longer: of some.
fn drawn(stored: &Stored, folder: &Path, found: &mut Found) {
    let hash = stored.file.metadata().map_or(0, |own| own.len());
    if !hash.is_multiple_of(16) {
        return;
    }
    let arguments = ["plot", ".", "--format", "svg", "--out", "figures", "--force"];
    if let Came::Broken(all) = by_command(&arguments, folder) {
        found.0.extend(all);
    }
}

/// Runs the command, which must neither panic nor go on for ever.
fn by_command(arguments: &[&str], folder: &Path) -> Came {
    let started = Command::new(env!("CARGO_BIN_EXE_tailcap"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else { return Came::Refused };
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let mut said = String::new();
                if let Some(mut err) = child.stderr.take() {
                    let _ = std::io::Read::read_to_string(&mut err, &mut said);
                }
                let broken = |what: String| Came::Broken(vec![Broken { oracle: "panic", what }]);
                return match status.code() {
                    Some(0) => Came::Accepted,
                    Some(101) => broken(said),
                    None => broken(format!("ended by a signal: {status}: {said}")),
                    Some(_) => Came::Refused,
                };
            }
            Ok(None) if begin.elapsed() > Duration::from_secs(60) => {
                let _ = child.kill();
                let _ = child.wait();
                let what = format!("{arguments:?} went on for a minute");
                return Came::Broken(vec![Broken { oracle: "hang", what }]);
            }
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Where the files of an input are kept to look at.
pub fn keep(input: &Input, place: &Path) -> std::io::Result<()> {
    let mut own = input.clone();
    if own.files.len() > 20 {
        // Of the shipped scenarios only what is read: the rest stands in the repository.
        let main = own.files[own.main].0.clone();
        let damaged = own.files[own.damaged].0.clone();
        own.files.retain(|(name, _)| *name == main || *name == damaged);
        let note =
            format!("beside the other files of `scenarios/`: read {main}, damaged {damaged}\n");
        own.files.push(("READ-ME.txt".to_owned(), note.into_bytes()));
    }
    write(&own, place)
}

/// Removes what a case has written, so that the next one starts clean.
pub fn clear(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    for path in paths {
        let _ = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
    }
}
