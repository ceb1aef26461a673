//! `tailcap check`: validate without sampling, and say what is in the book.

use clap::Args;

use super::ScenarioArgs;
use super::exit::Exit;
use super::fail::Failure;
use super::input::{Ready, ready};
use crate::policy::Role;
use crate::report::numbers::{count, decimal};
use crate::report::quality;

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
}

/// Checks every file; the first refused one ends the command with its faults.
pub fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    for file in &args.scenario.files {
        let ready = ready(&args.scenario, file)?;
        anstream::println!("{}: ok", file.display());
        describe(&ready);
    }
    Ok(Exit::Done)
}

fn describe(ready: &Ready) {
    for one in &ready.prepared {
        let currency = &one.scenario.currency;
        anstream::println!("\n{} ({})", one.title, one.variant);
        for fact in quality::facts(&one.book().quality, f64::from(currency.minor_per_unit)) {
            anstream::println!("  {:<34} {:>18}", fact.text, fact.print(&currency.code));
        }
        let today = one.applied[one.scenario.baseline].books.total();
        for applied in &one.applied {
            let Role::Asked(index) = applied.role else { continue };
            let policy = &one.scenario.policies[index];
            let kept = applied.books.total();
            let share = 100.0 * kept.balance as f64 / (today.balance as f64).max(1.0);
            anstream::println!(
                "  policy {:<24} keeps {} % of the credit, cuts {} people",
                policy.id,
                decimal(share, 1),
                count(applied.books.people_cut)
            );
        }
    }
}
