//! `tailcap correlation`: the asset correlation behind a series of default rates.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, TableStyle};
use serde::Serialize;

use super::exit::Exit;
use super::fail::Failure;
use super::format::{self, Format};
use super::rates::{Rates, Wanted, read};
use super::run::whole_number;
use super::say::{hand_over, say};
use crate::error::{Fault, FaultKind, Place};
use crate::estimate::{
    Asked, Banded, Estimates, Found, Method, Persistence, Refusal, Series, estimate,
};
use crate::media;
use crate::report::numbers::{count, decimal};
use crate::scenario::DEFAULT_SEED;

const AFTER: &str = "\
Two estimates of asset correlation and PD, each with its band: from mean and variance of the rates
(band: studentised moving-block bootstrap), and by maximum likelihood (without --count of pools without
end, with it of binomial numbers of defaults; bands from the likelihood, which takes periods as
independent). docs/correlation.md has the equations, an example and what such numbers are worth.

Examples:
  tailcap correlation rates.csv --column default_rate
  tailcap correlation card-losses.csv --column chargeoff_pct --percent --from 1985 --to 2005
  tailcap correlation cohorts.csv --column rate --count 2500 --format json";

/// Replicates of the bootstrap.
const REPLICATES: u32 = 1999;

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct CorrelationArgs {
    /// CSV file with a header and one row per period, in order of time
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Header of the default rates (or loss rates at even LGD)
    #[arg(long, value_name = "HEADER")]
    column: String,
    /// Header of the dates [default: the first column that begins with a year]
    #[arg(long, value_name = "HEADER")]
    date: Option<String>,
    /// First date or its beginning, such as 1985
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last date or its beginning, such as 2005 for all of that year
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// The rates are written in percent
    #[arg(long)]
    percent: bool,
    /// Average the periods of each year first
    #[arg(long)]
    per_year: bool,
    /// Borrowers behind each rate; takes the noise of counting out
    #[arg(long, value_name = "N", value_parser = whole_number)]
    count: Option<u64>,
    /// Coverage of the bands, 0.5 to below 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    confidence: f64,
    /// Periods per block of the bootstrap [default: from the autocorrelation]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    block: Option<u16>,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// Text for people, CSV or JSON for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

/// Everything that is told, for programs.
#[derive(Debug, Serialize)]
struct Told<'a> {
    format: u32,
    version: &'a str,
    column: &'a str,
    from: &'a str,
    to: &'a str,
    count: Option<u64>,
    confidence: f64,
    seed: u64,
    replicates: u32,
    mean: f64,
    standard_deviation: f64,
    persistence: Persistence,
    block: usize,
    found: &'a [Found],
    notes: &'a [String],
}

/// Reads the rates and tells the estimates.
pub fn correlation(args: &CorrelationArgs) -> Result<Exit, Failure> {
    let refused = |message: String, hint: Option<&str>| {
        let fault = Fault::new(Place::File(args.file.clone()), FaultKind::Conflict { message });
        Failure::refused(&[Fault { hint: hint.map(str::to_owned), ..fault }])
    };
    if !(0.5..1.0).contains(&args.confidence) {
        let message =
            format!("--confidence is {}, must be in 0.5..1 (1 excluded)", args.confidence);
        return Err(refused(message, None));
    }
    if args.count.is_some_and(|n| n < 2) {
        return Err(refused("--count must be at least 2 borrowers per period".into(), None));
    }
    let wanted = Wanted {
        column: &args.column,
        date: args.date.as_deref(),
        from: args.from.as_deref(),
        to: args.to.as_deref(),
        percent: args.percent,
        per_year: args.per_year,
    };
    let read = read(&args.file, wanted).map_err(|faults| Failure::refused(&faults))?;
    let series = Series { rates: read.rates.clone(), count: args.count };
    let asked = Asked {
        confidence: args.confidence,
        seed: args.seed,
        replicates: REPLICATES,
        block: args.block.map(usize::from),
    };
    let estimates = estimate(&series, asked).map_err(|refusal| {
        let extreme = matches!(refusal, Refusal::Extreme(..));
        let hint = extreme.then_some("--count N says how many borrowers stand behind each rate");
        refused(refusal.to_string(), hint)
    })?;
    let notes = notes(&read, &estimates);
    let n = read.rates.len() as f64;
    let mean = read.rates.iter().sum::<f64>() / n;
    let squares: f64 = read.rates.iter().map(|x| (x - mean) * (x - mean)).sum();
    let edge = |period: Option<&String>| period.map_or("", String::as_str).to_owned();
    let told = Told {
        format: 1,
        version: crate::VERSION,
        column: &args.column,
        from: &edge(read.periods.first()),
        to: &edge(read.periods.last()),
        count: args.count,
        confidence: args.confidence,
        seed: args.seed,
        replicates: REPLICATES,
        mean,
        standard_deviation: (squares / (n - 1.0)).sqrt(),
        persistence: estimates.persistence,
        block: estimates.block,
        found: &estimates.found,
        notes: &notes,
    };
    match args.format {
        Format::Text => say(&text(&told))?,
        Format::Json => hand_over(&format::json(&told)?)?,
        Format::Csv => {
            for note in &notes {
                anstream::eprintln!("note: {}", media::terminal(note));
            }
            hand_over(&csv(&told).map_err(|e| format::unwritable(&e))?)?;
        }
    }
    Ok(Exit::Done)
}

/// What the reader should know.
fn notes(read: &Rates, estimates: &Estimates) -> Vec<String> {
    let mut notes = Vec::new();
    let persistence = &estimates.persistence;
    if persistence.is_marked() {
        notes.push(format!(
            "neighbouring periods resemble each other (autocorrelation {:.2}): the {} periods know as much about \
             the correlation as {:.1} independent ones, and the likelihood's band, which takes them as \
             independent, is too narrow by about {:.1} times; blocks of {} periods widen that of the moments, \
             as far as a series of this length can",
            persistence.lag_one,
            persistence.periods,
            persistence.effective_for_variance,
            (persistence.periods as f64 / persistence.effective_for_variance).sqrt(),
            estimates.block,
        ));
    }
    if read.gaps > 0 {
        notes.push(format!("{} periods without a rate were passed over", read.gaps));
    }
    if !read.short_years.is_empty() {
        let years = read.short_years.join(", ");
        notes.push(format!("left out, as they have fewer periods than other years: {years}"));
    }
    notes
}

/// A method in words.
fn method(method: Method, borrowers: Option<u64>) -> String {
    match (method, borrowers) {
        (Method::Moments, None) => "moments".to_owned(),
        (Method::Moments, Some(_)) => "moments less noise of counting".to_owned(),
        (Method::LargePool, _) => "likelihood, pools without end".to_owned(),
        (Method::Binomial, n) => format!("likelihood, {} borrowers", count(n.unwrap_or_default())),
    }
}

fn text(told: &Told<'_>) -> String {
    let share = |x: f64| format!("{} %", decimal(100.0 * x, 2));
    let mut out = format!(
        "{}, {} periods from {} to {}: mean {}, standard deviation {}\n\n",
        told.column,
        told.persistence.periods,
        told.from,
        told.to,
        share(told.mean),
        share(told.standard_deviation),
    );
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    let band = format!("{} % band", decimal(100.0 * told.confidence, 0));
    table.set_header(vec!["method", "asset correlation", &band, "PD", &band]);
    for found in told.found {
        let rho = |x: f64| decimal(x, 4);
        let between = |of: &Banded, show: &dyn Fn(f64) -> String| {
            format!("{} to {}", show(of.lower), show(of.upper))
        };
        table.add_row(vec![
            method(found.method, told.count),
            rho(found.correlation.value),
            between(&found.correlation, &rho),
            share(found.pd.value),
            between(&found.pd, &share),
        ]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == 4 { 0 } else { 2 }));
        if at > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end()).expect("writing to a string cannot fail");
    }
    for note in told.notes {
        let options = textwrap::Options::new(100).subsequent_indent("      ");
        for line in textwrap::wrap(&format!("note: {note}"), options) {
            writeln!(out, "{line}").expect("writing to a string cannot fail");
        }
    }
    out
}

/// One row per method and number.
fn csv(told: &Told<'_>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["method", "parameter", "value", "lower", "upper", "confidence"])?;
    for found in told.found {
        let method = match found.method {
            Method::Moments => "moments",
            Method::LargePool => "large_pool",
            Method::Binomial => "binomial",
        };
        for (parameter, of) in [("correlation", found.correlation), ("pd", found.pd)] {
            let numbers = [of.value, of.lower, of.upper, told.confidence].map(|x| x.to_string());
            let words = [method, parameter].map(str::to_owned);
            writer.write_record(words.iter().chain(&numbers))?;
        }
    }
    writer.into_inner().map_err(|e| e.into_error().into())
}
