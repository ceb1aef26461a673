//! The command line: arguments in, exit code out.

mod bench;
mod bench_export;
mod check;
mod claims;
mod compare;
mod completions;
mod correlation;
mod exit;
mod fail;
mod figures;
mod files;
mod format;
mod input;
mod limits;
mod machine;
mod man;
mod new;
mod overlays;
mod pictures;
mod plot;
mod progress;
mod rates;
mod run;
mod say;
mod schema;
mod show;
mod stop;
mod tape;
mod terminal;
mod trial_losses;
mod validate;

use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

const ABOUT: &str = "\
How much smaller do losses get when the most that one borrower may owe is lowered?

tailcap samples borrower defaults over a loan portfolio under several limit policies on the same
random numbers and answers with tables, figures and data files in which every number carries its
error band.";

const AFTER: &str = "\
Try it:
  tailcap run scenarios/taiwan-cards.toml        a real card book under four caps
  tailcap check scenarios/taiwan-cards.toml      is the file right, and what is in the book?
  tailcap claims                                 do the reasons given for caps hold?
  tailcap show output/taiwan-cards               the tables again, for a screen or a paper
  tailcap plot output/taiwan-cards --format pdf  the figures again, for a paper or a talk
  tailcap compare output/mine output/yours       what differs between two results?
  tailcap tape scenarios/taiwan-cards.toml       the book itself, as CSV
  tailcap correlation rates.csv --column rate    how strongly do borrowers default together?
  tailcap validate                               does it compute what is known?
  tailcap new                                    a file of your own to start from

README.md explains the first screen, docs/scenario.md every key of a scenario file.

Exit codes:
  0    done
  1    a file, a folder or memory failed
  2    the input is refused (the message says where and why)
  3    the output place holds something else (--force replaces files and results of tailcap)
  4    a statement of the scenario does not hold (with --enforce)
  5    a known answer was not met (tailcap validate)
  130  interrupted; what was finished is reported and kept";

/// Portfolio default-risk Monte Carlo under limit policies.
#[derive(Debug, Parser)]
#[command(name = "tailcap", version, about = ABOUT, after_help = AFTER, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run scenarios: sample, measure, compare, draw
    Run(run::RunArgs),
    /// Put the claims about caps to the test and print the table of verdicts
    Claims(claims::ClaimsArgs),
    /// Print the tables and loss curves of stored results again
    Show(show::ShowArgs),
    /// Draw the figures of stored results again, or of several together
    Plot(plot::PlotArgs),
    /// Compare two results, with the error of each difference
    Compare(compare::CompareArgs),
    /// Check scenarios and report what is in their books, without sampling
    Check(check::CheckArgs),
    /// Write a commented starter file with an example book
    New(new::NewArgs),
    /// Write the book of a scenario, as it is used, as a CSV tape
    Tape(tape::TapeArgs),
    /// Estimate the asset correlation behind a series of default rates
    Correlation(correlation::CorrelationArgs),
    /// Hold known answers against what this machine computes
    Validate(validate::ValidateArgs),
    /// Time the engine on standard workloads
    Bench(bench::BenchArgs),
    /// Print the JSON Schema of a file format
    Schema(schema::SchemaArgs),
    /// Print the script by which a shell completes the command line
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one per command
    Man(man::ManArgs),
}

/// How a scenario is changed without touching its file.
#[derive(Debug, Args, Default)]
struct Changes {
    /// Change or add a value, such as model.correlation=0.08 or
    /// policy.cap-100k.rule.0.cap=80000 (list elements by id or number from 0); may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Parses the arguments, does the work, says how it went.
pub fn main() -> ExitCode {
    let command = Cli::parse().command;
    let stop = stop::Stop::listen();
    let outcome = match command {
        Command::Run(args) => run::run(&args, &stop),
        Command::Claims(args) => claims::claims(&args, &stop),
        Command::Show(args) => show::show(&args),
        Command::Plot(args) => plot::plot(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Check(args) => check::check(&args),
        Command::New(args) => new::new(&args),
        Command::Tape(args) => tape::tape(&args),
        Command::Correlation(args) => correlation::correlation(&args),
        Command::Validate(args) => validate::validate(&args),
        Command::Bench(args) => bench::bench(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Completions(args) => completions::completions(&args, Cli::command()),
        Command::Man(args) => man::man(&args, Cli::command()),
    };
    match outcome {
        Ok(code) => code.into(),
        Err(failure) => failure.report().into(),
    }
}
