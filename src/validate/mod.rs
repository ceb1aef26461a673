//! Known answers, computed again on the user's machine: `tailcap validate`.
//!
//! A [`Case`] is a small scenario, built into the binary, whose answer is known: by a closed form, by
//! enumeration over [`law`], or from a published table. The expected values share no sampling and no
//! measuring code with the engine. A [`Check`] holds one number against its answer and the range in
//! which chance may put it, see [`range`].

mod basel;
mod ccruncher;
mod concentration;
mod csfb;
pub mod document;
mod exact;
mod far_states;
mod frye_jacobs;
mod glasserman_li;
mod grid;
mod judge;
mod ladder;
pub mod law;
mod limit;
mod nth_to_default;
mod qrm;
pub mod range;
mod sampled;
pub mod screen;
mod small_exact;
mod smallest_units;
pub mod table;
#[cfg(test)]
mod tests;
mod vasicek;
mod worked_rules;

use schemars::JsonSchema;
use serde::Serialize;

use crate::scenario::Rejected;

/// A known answer with all that is asked about it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Case {
    /// Short name.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Where the expected values come from.
    pub source: &'static str,
    /// What kind of proof it is.
    pub kind: Kind,
    /// Trials drawn for each sample; 0 where nothing is sampled.
    pub trials: u64,
    /// The numbers.
    pub checks: Vec<Check>,
}

/// What kind of proof a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Samples against a law that is known exactly.
    Law,
    /// A published table.
    Published,
    /// The exact engine against samples, over families, plans and policies.
    Grid,
}

impl Kind {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Published, Self::Law, Self::Grid];

    /// Heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Law => "Exact laws",
            Self::Published => "Published cases",
            Self::Grid => "Engines against each other",
        }
    }

    /// What it shows.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Law => {
                "Books small or simple enough that the law of their losses is known by enumeration, \
                 convolution or in the limit; the answers share no code with the engine."
            }
            Self::Published => "Figures printed by others, with their source.",
            Self::Grid => {
                "The same scenario by the exact engine and by simulation: each family of dependence \
                 with each sampling plan under each policy."
            }
        }
    }
}

/// One number held against its answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    /// What is measured.
    pub quantity: String,
    /// The answer.
    pub expected: f64,
    /// What this machine found.
    pub found: f64,
    /// Least number that passes.
    pub lower: f64,
    /// Largest number that passes.
    pub upper: f64,
    /// Where the range comes from.
    pub basis: Basis,
    /// Whether the number lies in the range.
    pub verdict: Verdict,
}

/// Where the range of a check comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Rounding only: nothing is sampled, or nothing is left to chance.
    Rounding,
    /// Standard errors of the exact law.
    StandardErrors,
    /// The exact law of the order statistic that VaR is.
    OrderStatistics,
    /// The binomial law of a count.
    Counts,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The number lies where it should.
    Passed,
    /// It does not.
    Failed,
}

impl Check {
    /// Judges a number; NaN never passes.
    pub fn new(quantity: String, expected: f64, found: f64, range: range::Range) -> Self {
        let range::Range { lower, upper, basis } = range;
        let passed = lower <= found && found <= upper;
        let verdict = if passed { Verdict::Passed } else { Verdict::Failed };
        Self { quantity, expected, found, lower, upper, basis, verdict }
    }

    /// How much of the room on its side the number takes: above 1 outside the range.
    pub fn strain(&self) -> f64 {
        let off = self.found - self.expected;
        let (below, above) = (self.expected - self.lower, self.upper - self.expected);
        let room = match self.verdict {
            // Next to 0, or among few losses, one side may have no room to speak of.
            Verdict::Passed => below.max(above),
            Verdict::Failed if off < 0.0 => below,
            Verdict::Failed => above,
        };
        if off == 0.0 { 0.0 } else { (off / room).abs() }
    }
}

impl Case {
    /// Checks that failed.
    pub fn failed(&self) -> usize {
        self.checks.iter().filter(|check| check.verdict == Verdict::Failed).count()
    }
}

/// How the cases are carried out.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Trials of every sample in place of the case's own.
    pub trials: Option<u64>,
    /// What the case's own trials are divided by.
    pub divisor: u64,
    /// Threads; changes no number.
    pub threads: usize,
    /// Changes to the scenarios, as `--set` takes them, while the answers stay.
    pub overrides: &'a [String],
}

/// A case and how it is carried out.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its id.
    pub id: &'static str,
    run: fn(&Settings<'_>) -> Result<Case, Box<Rejected>>,
}

impl Entry {
    /// Carries the case out.
    ///
    /// # Errors
    ///
    /// Changes that a scenario does not take.
    pub fn run(&self, settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
        (self.run)(settings)
    }
}

/// All cases, from the smallest book to the largest.
pub const CASES: [Entry; 21] = [
    Entry { id: "one-borrower", run: ladder::one_borrower },
    Entry { id: "two-borrowers", run: ladder::two_borrowers },
    Entry { id: "binomial", run: ladder::binomial },
    Entry { id: "small-exact", run: small_exact::run },
    Entry { id: "vasicek", run: ladder::vasicek },
    Entry { id: "ccruncher", run: ccruncher::run },
    Entry { id: "vasicek-formula", run: vasicek::formula },
    Entry { id: "vasicek-pools", run: vasicek::pools },
    Entry { id: "basel-formula", run: basel::formula },
    Entry { id: "basel-pools", run: basel::pools },
    Entry { id: "basel-large-pool", run: basel::limits },
    Entry { id: "qrm", run: qrm::run },
    Entry { id: "glasserman-li", run: glasserman_li::run },
    Entry { id: "creditrisk+", run: csfb::run },
    Entry { id: "frye-jacobs-formula", run: frye_jacobs::run },
    Entry { id: "nth-to-default", run: nth_to_default::run },
    Entry { id: "concentration-formula", run: concentration::run },
    Entry { id: "far-states", run: far_states::run },
    Entry { id: "smallest-units", run: smallest_units::run },
    Entry { id: "worked-rules", run: worked_rules::run },
    Entry { id: "engines", run: grid::run },
];
