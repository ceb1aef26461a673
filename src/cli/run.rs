//! `tailcap run`: the main job.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::exit::Exit;
use super::fail::Failure;
use super::input::{Ready, ready};
use super::{ScenarioArgs, figures, machine, progress, trial_losses};
use crate::error::Error;
use crate::report::manifest::{MANIFEST_FORMAT, target};
use crate::report::results::StopReason;
use crate::report::screen::{describe, screen};
use crate::report::{Key, Manifest, Results, Staging, Standing, store, tables};
use crate::run::{self, Outcome, Settings};

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Results folder [default: output/<scenario>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace other results in the folder
    #[arg(long)]
    force: bool,
    /// Threads to use; changes no number [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Memory the run may take [default: nine tenths of what is free]
    #[arg(long, value_name = "GIB")]
    memory: Option<f64>,
    /// No progress, no table
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the scenarios in turn; stops at the first that fails.
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    listen(&stop);
    let several = args.scenario.files.len() > 1;
    for file in &args.scenario.files {
        let exit = run_one(args, file, several, &stop)?;
        if exit != Exit::Done {
            return Ok(exit);
        }
    }
    Ok(Exit::Done)
}

/// The first Ctrl-C asks for an orderly end, the second one ends at once.
fn listen(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    let handler = move || {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Exit::Interrupted as u8));
        }
        anstream::eprintln!("\nstopping after the blocks under way; once more to end at once");
    };
    // Without a handler Ctrl-C ends the process, as everywhere.
    let _ = ctrlc::set_handler(handler);
}

fn run_one(args: &RunArgs, file: &Path, several: bool, stop: &AtomicBool) -> Result<Exit, Failure> {
    let began = Instant::now();
    let ready = ready(&args.scenario, file)?;
    let id = &ready.loaded.scenario.id;
    let folder = match &args.out {
        Some(out) if several => out.join(id),
        Some(out) => out.clone(),
        None => Path::new("output").join(id),
    };
    let key = run::key(&ready.loaded, &ready.prepared);
    match store::standing(&folder, &key) {
        Standing::Free => {}
        Standing::Same(results) if !args.force => {
            show(args, &results, None);
            next(args, &folder, "already computed; shown again from");
            return Ok(Exit::Done);
        }
        Standing::Same(_) => {}
        Standing::Other { .. } if args.force => {}
        Standing::Other { what } => {
            let hint = "--force replaces them, --out DIR writes elsewhere";
            return Err(Failure::Occupied { place: folder, what, hint });
        }
        Standing::Foreign => {
            let what = "files that are no results of tailcap".to_owned();
            let hint = "choose another folder with --out DIR; --force does not replace these";
            return Err(Failure::Occupied { place: folder, what, hint });
        }
    }
    // Opened before the work, so that a place that cannot be written to costs no time.
    let staging = Staging::open(&folder)?;
    let outcome = simulate(args, &ready, stop)?;
    let took = began.elapsed().as_secs_f64();
    // Printed before writing: a full disk does not take the answer away.
    show(args, &outcome.results, Some(took));
    write(&ready, &outcome, key, args, staging, began)?;
    next(args, &folder, "look at");
    let interrupted = is_interrupted(&ready, &outcome.results);
    Ok(if interrupted { Exit::Interrupted } else { Exit::Done })
}

fn simulate(args: &RunArgs, ready: &Ready, stop: &AtomicBool) -> Result<Outcome, Error> {
    let trials = ready.prepared.iter().map(|p| p.scenario.sampling.trials).sum();
    let bar = progress::bar(trials, args.quiet);
    let memory = match args.memory {
        Some(gib) => Some((gib * f64::from(1 << 30)) as u64),
        None => machine::memory().map(|free| free / 10 * 9),
    };
    let settings =
        Settings { threads: threads(args), memory, stop, finished: &|trials| bar.inc(trials) };
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

fn show(args: &RunArgs, results: &Results, took: Option<f64>) {
    if !args.quiet {
        anstream::print!("{}", screen(results, took));
    }
}

fn next(args: &RunArgs, folder: &Path, say: &str) {
    if !args.quiet {
        anstream::println!(
            "\n{say} {}: densities.png, exceedance.png, summary.csv, results.json",
            folder.display()
        );
    }
}

/// Numbers first, figures last: should a figure fail, the numbers are on disk with it named.
fn write(
    ready: &Ready,
    outcome: &Outcome,
    key: Key,
    args: &RunArgs,
    staging: Staging,
    began: Instant,
) -> Result<(), Error> {
    let results = &outcome.results;
    let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|e| unwritable(&e.to_string()));
    staging.write("results.json", &json(serde_json::to_vec_pretty(results))?)?;
    for table in tables::tables(results).map_err(|e| unwritable(&e.to_string()))? {
        staging.write(table.name, &table.bytes)?;
    }
    if ready.loaded.scenario.output.trial_losses {
        let table = trial_losses::table(&ready.prepared, &outcome.samples)
            .map_err(|e| unwritable(&e.to_string()))?;
        staging.write("trial_losses.csv", &table)?;
    }
    figures::write(results, &staging)?;
    let scenario = serde_json::from_str(&ready.loaded.checksum_text)
        .map_err(|e| unwritable(&e.to_string()))?;
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
        trials: results.runs.iter().map(|run| run.trials).collect(),
        interrupted: is_interrupted(ready, results),
        warnings: results.runs.iter().flat_map(|run| run.warnings.iter().map(describe)).collect(),
        threads: threads(args),
        wall_seconds: began.elapsed().as_secs_f64(),
        ended_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()),
    };
    staging.write("manifest.json", &json(serde_json::to_vec_pretty(&manifest))?)?;
    staging.publish()
}

fn unwritable(reason: &str) -> Error {
    Error::Refused {
        message: format!("cannot put the results into their format: {reason}"),
        hint: None,
    }
}
