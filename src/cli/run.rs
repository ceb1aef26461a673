//! `tailcap run`: the main job.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::exit::Exit;
use super::fail::Failure;
use super::files::{self, Source};
use super::format::unwritable;
use super::input::{Ready, ready};
use super::say::say;
use super::stop::{Stage, Stop};
use super::{Changes, machine, progress};
use crate::error::Error;
use crate::measures::verdict::Verdict;
use crate::media;
use crate::report::manifest::{MANIFEST_FORMAT, target};
use crate::report::results::StopReason;
use crate::report::screen::{describe, screen};
use crate::report::{Key, Manifest, Published, Results, Staging, Standing, store};
use crate::run::{self, Outcome, Prepared, Settings};

const AFTER: &str = "\
Prints a table and writes report.html, results.json, CSV tables, figures and manifest.json into the
results folder. Running the same thing again prints the stored results without sampling. Ctrl-C ends after
the trials under way and keeps what was finished.

Examples:
  tailcap run scenarios/taiwan-cards.toml
  tailcap run scenarios/taiwan-cards.toml --trials 1e6 --out output/long
  tailcap run scenarios/taiwan-cards.toml --set policy.cap-50k.rule.0.cap=40000 --force
  tailcap run output/taiwan-cards/manifest.json --out again";

#[derive(Debug, Args, Default)]
#[command(after_help = AFTER)]
pub struct RunArgs {
    /// Scenario files (TOML, YAML or JSON), or the manifest.json of a result to compute it again
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Number of trials, such as 1000000 or 1e6 (short for --set sampling.trials=N)
    #[arg(long, value_name = "N", value_parser = whole_number)]
    pub(super) trials: Option<u64>,
    /// Seed of every random stream (short for --set seed=N)
    #[arg(long, value_name = "N", value_parser = whole_number)]
    pub(super) seed: Option<u64>,
    /// Results folder; one folder per scenario in it if there are several files [default:
    /// output/<scenario>]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Replace other results in the folder (never files that are no results)
    #[arg(long)]
    pub(super) force: bool,
    /// Threads to use; changes no number [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) threads: Option<u16>,
    /// Memory the run may take; refused before the start if it needs more [default: nine tenths
    /// of what is free]
    #[arg(long, value_name = "GIB", value_parser = gibibytes)]
    pub(super) memory: Option<f64>,
    /// End with exit code 4 unless every [[expect]] statement of the scenario holds
    #[arg(long)]
    pub(super) enforce: bool,
    /// No progress, no table; results are written all the same
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Reads `100000`, `100_000` or `1e5`, as in a scenario file.
pub fn whole_number(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    if let Ok(n) = digits.parse() {
        return Ok(n);
    }
    match digits.parse::<f64>() {
        // Up to 2^53 every whole `f64` is the number that was written.
        Ok(x) if x.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&x) => Ok(x as u64),
        _ => Err("must be a whole number such as 100000 or 1e5".into()),
    }
}

fn gibibytes(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
        _ => Err("must be a number of GiB above 0, such as 2 or 0.5".into()),
    }
}

/// Runs the scenarios in turn; stops at the first that fails.
pub fn run(args: &RunArgs, stop: &Stop) -> Result<Exit, Failure> {
    let several = args.files.len() > 1;
    let mut last = Exit::Done;
    for file in &args.files {
        match run_one(args, file, several, stop)?.exit {
            Exit::Done => {}
            // A statement that does not hold says nothing about the files behind.
            Exit::NotHeld => last = Exit::NotHeld,
            exit => return Ok(exit),
        }
    }
    Ok(last)
}

/// A scenario that was run, or whose results were there.
pub(super) struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// What it found.
    pub results: Results,
    /// What identifies it.
    pub key: Key,
}

pub(super) fn run_one(
    args: &RunArgs,
    file: &Path,
    several: bool,
    stop: &Stop,
) -> Result<Finished, Failure> {
    let began = Instant::now();
    if stop.is_asked() {
        return Err(Error::Interrupted.into());
    }
    stop.enter(Stage::Nothing);
    let mut overrides = args.changes.set.clone();
    overrides.extend(args.trials.map(|n| format!("sampling.trials={n}")));
    overrides.extend(args.seed.map(|n| format!("seed={n}")));
    let ready = ready(&overrides, file)?;
    let id = &ready.loaded.scenario.id;
    let folder = match &args.out {
        Some(out) if several => out.join(id),
        Some(out) => out.clone(),
        None => Path::new("output").join(id),
    };
    let key = run::key(&ready.loaded, &ready.prepared);
    match store::standing(&folder, &key) {
        Standing::Free => {}
        Standing::Same { results, missing } if !args.force => {
            show(args, &results, None)?;
            let mended = mend((&folder, missing), &results, (&key, args))?;
            let stored = format!("stored in {} (--force computes again)", folder.display());
            tell(args, &format!("\n{mended}{stored}\n"))?;
            let exit = enforced(args, &results);
            return Ok(Finished { exit, results: *results, key });
        }
        Standing::Same { .. } | Standing::Other { .. } if args.force => {
            if let Some(file) = store::stranger(&folder) {
                let what = format!("`{}`, which tailcap did not write", file.display());
                let hint = "move it away, or choose another folder with --out DIR".to_owned();
                return Err(Failure::Occupied { place: folder, what, hint });
            }
        }
        Standing::Same { .. } => {}
        Standing::Other { what } => {
            let hint = "--force replaces them, --out DIR writes elsewhere".to_owned();
            return Err(Failure::Occupied { place: folder, what, hint });
        }
        Standing::Foreign => {
            let what = "files that are no results of tailcap".to_owned();
            let hint = "choose another folder with --out DIR; --force does not replace these";
            return Err(Failure::Occupied { place: folder, what, hint: hint.to_owned() });
        }
    }
    // Opened before the work, so that a place that cannot be written to costs no time.
    let staging = Staging::open(&folder)?;
    stop.stage(Some(staging.stage()));
    let outcome = simulate(args, &ready, stop)?;
    let took = began.elapsed().as_secs_f64();
    // Printed before writing: a full disk does not take the answer away.
    let shown = show(args, &outcome.results, Some(took));
    stop.enter(Stage::Writing);
    write(&ready, &outcome, key.clone(), args, &staging, (stop, began))?;
    stop.stage(None);
    let published = staging.publish(&key, args.force)?;
    // And a full or closed standard output does not take the results away.
    shown?;
    if let Published::Kept { place, what } = published {
        let what = format!("{what}, which appeared during the run");
        return Err(Failure::kept(&folder, &what, &place));
    }
    let files = "report.html, densities.png, summary.csv, results.json";
    tell(args, &format!("\nlook at {}: {files}\n", folder.display()))?;
    let exit = if stop.is_asked() { Exit::Interrupted } else { enforced(args, &outcome.results) };
    Ok(Finished { exit, results: outcome.results, key })
}

/// Makes files of stored results again that are not there any more; what is to be said about it.
fn mend(
    (folder, missing): (&Path, Vec<String>),
    results: &Results,
    (key, args): (&Key, &RunArgs),
) -> Result<String, Error> {
    if missing.is_empty() {
        return Ok(String::new());
    }
    let staging = Staging::open(folder)?;
    files::write(Source { results, key, trials: None }, threads(args), &staging, &|| false)?;
    let made = staging.files()?;
    let (mended, lost): (Vec<String>, Vec<String>) =
        missing.into_iter().partition(|name| made.contains(name));
    staging.mend(&mended)?;
    let mut words = String::new();
    if !mended.is_empty() {
        words.push_str(&format!("written again, as missing: {}\n", mended.join(", ")));
    }
    if !lost.is_empty() {
        let lost = lost.join(", ");
        words.push_str(&format!("note: missing, and only computed again with --force: {lost}\n"));
    }
    Ok(words)
}

/// What the verdicts mean for the exit code.
fn enforced(args: &RunArgs, results: &Results) -> Exit {
    let held = results.verdicts.iter().all(|judgement| judgement.verdict == Verdict::Holds);
    if args.enforce && !held { Exit::NotHeld } else { Exit::Done }
}

fn simulate(args: &RunArgs, ready: &Ready, stop: &Stop) -> Result<Outcome, Error> {
    let steps = ready.prepared.iter().map(Prepared::steps_ahead).sum();
    let is_sampled = ready.prepared.iter().any(Prepared::is_sampled);
    let unit = if is_sampled { "trials" } else { "laws of losses" };
    let bar = progress::bar((steps, unit), args.quiet);
    let memory = match args.memory {
        Some(gib) => Some(machine::asked((gib * f64::from(1 << 30)) as u64)),
        None => machine::memory(),
    };
    // Of laws nothing is kept before those of a whole run are there.
    let first =
        ready.prepared.first().filter(|one| !one.is_sampled()).map_or(1, Prepared::steps_ahead);
    let done = AtomicU64::new(0);
    let finished = |own: u64| {
        if done.fetch_add(own, Ordering::Relaxed) + own >= first {
            stop.enter(Stage::Sampled);
        }
        bar.inc(own);
        // The last step tells what comes; it would often come too soon after the one before to be drawn.
        if bar.position() >= steps {
            bar.force_draw();
        }
    };
    let threads = machine::threads_that_start(threads(args));
    let settings = Settings { threads, memory, stop: stop.flag(), finished: &finished };
    let outcome = run::carry_out(&ready.prepared, settings);
    bar.finish_and_clear();
    outcome
}

fn threads(args: &RunArgs) -> usize {
    args.threads.map_or_else(machine::threads, usize::from)
}

fn is_interrupted(ready: &Ready, results: &Results) -> bool {
    results.runs.len() < ready.prepared.len()
        || results.runs.iter().any(|run| run.stop == StopReason::Interrupted)
}

fn show(args: &RunArgs, results: &Results, took: Option<f64>) -> Result<(), Failure> {
    tell(args, &screen(results, took))
}

fn tell(args: &RunArgs, text: &str) -> Result<(), Failure> {
    if args.quiet {
        return Ok(());
    }
    match say(text) {
        // The results still go to disk, and so do those of the files behind this one.
        Err(Failure::NobodyReads) => Ok(()),
        other => other,
    }
}

/// Writes all files of a result into their stage.
fn write(
    ready: &Ready,
    outcome: &Outcome,
    key: Key,
    args: &RunArgs,
    staging: &Staging,
    (stop, began): (&Stop, Instant),
) -> Result<(), Error> {
    let results = &outcome.results;
    let trials = ready.loaded.scenario.output.trial_losses;
    let trials = trials.then_some((&ready.prepared[..], &outcome.samples[..]));
    // One who stopped the sampling gets figures of what there is; one who stops here gets no more of them.
    let was_asked = stop.is_asked();
    let is_enough = || !was_asked && stop.is_asked();
    let source = Source { results, key: &key, trials };
    let drawn = files::write(source, threads(args), staging, &is_enough)?;
    let files = staging.files()?;
    let scenario = serde_json::from_str(&ready.loaded.checksum_text).map_err(|e| unwritable(&e))?;
    let folder = ready.loaded.file.parent().unwrap_or(Path::new(""));
    let manifest = Manifest {
        manifest_format: MANIFEST_FORMAT,
        version: key.version.clone(),
        target: target(),
        key,
        generator: results.scenario.generator.clone(),
        scenario,
        scenario_id: results.scenario.id.clone(),
        folder: std::path::absolute(folder).unwrap_or(folder.to_owned()).display().to_string(),
        files,
        trials: results.runs.iter().map(|run| run.trials).collect(),
        interrupted: is_interrupted(ready, results) || !drawn.is_whole(),
        warnings: results.runs.iter().flat_map(|run| run.warnings.iter().map(describe)).collect(),
        threads: threads(args),
        wall_seconds: began.elapsed().as_secs_f64(),
        ended_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()),
    };
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(|e| unwritable(&e))?;
    staging.write("manifest.json", &media::json(manifest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_trials_read_as_in_a_scenario_file() {
        assert_eq!(whole_number("100000"), Ok(100_000));
        assert_eq!(whole_number("100_000"), Ok(100_000));
        assert_eq!(whole_number("1e5"), Ok(100_000));
        assert_eq!(whole_number("18446744073709551615"), Ok(u64::MAX));
        for text in ["", "-1", "1.5", "nan", "inf", "1e300", "ten"] {
            assert!(whole_number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn memory_is_above_nothing() {
        assert_eq!(gibibytes("0.5"), Ok(0.5));
        for text in ["0", "-1", "nan", "inf", "2GB"] {
            assert!(gibibytes(text).is_err(), "{text}");
        }
    }
}
