//! `tailcap bench`: how fast the engine is on this machine.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, TableStyle};

use super::bench_export::export;
use super::exit::Exit;
use super::fail::Failure;
use super::format::{self, Format};
use super::machine;
use super::run::whole_number;
use super::say::{hand_over, say};
use crate::bench::workloads::{WORKLOADS, Workload, find};
use crate::bench::{REPORT_FORMAT, Report, Timing, time};
use crate::disk::Standing;
use crate::error::{Fault, FaultKind, Place};
use crate::report::manifest::target;

const AFTER: &str = "\
Times sampling alone, reading and setting up apart (for W5 the plan and the measuring are in it), with one thread and with all cores. The books
are made without random numbers (docs/performance.md), so that any other engine can be given the
same: --export writes them out, benches/peers runs others on them. Figures of shared machines are
noisy: read medians, and ratios within one run.

Workloads:
  W1            100,000 borrowers, all different, 10,000 trials
  W2            W1 under ten caps
  W3            1,000 pools of 500 million people, ten caps, 10,000 trials
  W4            a tape of 10 million different rows, ten caps, 1,000 trials
  W5            W1 until ES 99.9 % is known to 1 %, with the plan that suits the book
  W5-plain      the same by plain sampling
  ladder        W1 under a ladder of 25 caps
  pools-ladder  W3's pools under a ladder of 25 caps, 100,000 trials
  W2-behaviour, W3-behaviour
                W2 and W3 with leakage, relief, squeeze and stacking

Examples:
  tailcap bench
  tailcap bench W3 pools-ladder --repeats 3
  tailcap bench W1 --trials 1e6 --threads 2 --format json > bench.json
  tailcap bench W1 W2 --export books";

/// Workloads that run unless others are named.
const USUAL: usize = 3;

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct BenchArgs {
    /// Workloads to time [default: W1 W2 W3]
    #[arg(value_name = "WORKLOAD")]
    workloads: Vec<String>,
    /// Number of trials in place of the workload's own
    #[arg(long, value_name = "N", value_parser = whole_number)]
    trials: Option<u64>,
    /// How often each is timed
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// Threads to use [default: one, then all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Text for people, CSV or JSON for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// Time nothing, write book.csv and scenario.toml of each workload into DIR/WORKLOAD
    #[arg(long, value_name = "DIR", conflicts_with_all = ["trials", "repeats", "threads", "format"])]
    export: Option<PathBuf>,
    /// Replace the files of an export
    #[arg(long, requires = "export")]
    force: bool,
}

/// Times the workloads in turn, or writes them out.
pub fn bench(args: &BenchArgs) -> Result<Exit, Failure> {
    let workloads = chosen(&args.workloads).map_err(|fault| Failure::refused(&[fault]))?;
    if let Some(folder) = &args.export {
        let standing = if args.force { Standing::Replace } else { Standing::Keep };
        export(&workloads, folder, standing)?;
        return Ok(Exit::Done);
    }
    let all = machine::threads();
    let threads = match args.threads {
        Some(threads) => vec![usize::from(threads)],
        None if all > 1 => vec![1, all],
        None => vec![1],
    };
    let mut timings = Vec::new();
    for workload in &workloads {
        timings.extend(time(workload, args.trials, &threads, usize::from(args.repeats)));
    }
    let report = Report {
        format: REPORT_FORMAT,
        version: crate::VERSION.to_owned(),
        target: target(),
        processors: all,
        timings,
    };
    match args.format {
        Format::Text => say(&screen(&report))?,
        Format::Csv => hand_over(&csv(&report).map_err(|e| format::unwritable(&e))?)?,
        Format::Json => hand_over(&format::json(&report)?)?,
    }
    Ok(Exit::Done)
}

fn chosen(names: &[String]) -> Result<Vec<Workload>, Fault> {
    if names.is_empty() {
        return Ok(WORKLOADS[..USUAL].to_vec());
    }
    let one = |name: &String| {
        find(name).ok_or_else(|| {
            let known: Vec<String> = WORKLOADS.iter().map(|w| w.id.to_owned()).collect();
            let hint = format!("there are {}", known.join(", "));
            let kind =
                FaultKind::UnknownName { what: "workload".into(), found: name.clone(), known };
            Fault::new(Place::Value("WORKLOAD".into()), kind).with_hint(hint)
        })
    };
    names.iter().map(one).collect()
}

fn screen(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_header(
        ["workload", "policies", "trials", "threads", "seconds", "least to most", "per second"]
            .map(str::to_owned),
    );
    for timing in &report.timings {
        table.add_row(row(timing));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if at > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let Report { version, target, processors, .. } = report;
    format!(
        "tailcap {version} · {target} · {processors} processors · medians, sampling alone\n{lines}\n\
         per second: borrower-trials, people times trials over the median\n"
    )
}

fn row(timing: &Timing) -> Vec<String> {
    let (least, most) = timing
        .seconds
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), &s| (least.min(s), most.max(s)));
    vec![
        timing.workload.clone(),
        timing.policies.to_string(),
        crate::report::numbers::count(timing.trials),
        timing.threads.to_string(),
        format!("{:.3}", timing.median_seconds),
        format!("{least:.3} to {most:.3}"),
        format!("{:.2e}", timing.borrower_trials_per_second),
    ]
}

/// One row per repetition.
fn csv(report: &Report) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "workload",
        "borrowers",
        "policies",
        "trials",
        "threads",
        "repetition",
        "seconds",
    ])?;
    for timing in &report.timings {
        for (at, seconds) in timing.seconds.iter().enumerate() {
            writer.serialize((
                &timing.workload,
                timing.borrowers,
                timing.policies,
                timing.trials,
                timing.threads,
                at + 1,
                seconds,
            ))?;
        }
    }
    writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}
