//! Verdicts in words, for the screen and for tables.

use super::numbers::{count, decimal};
use super::wrapping::wrapped;
use crate::measures::verdict::{Judgement, RunVerdict, Verdict};
use crate::measures::{Comparison, Measure, Quality, Unit};

impl Verdict {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::DependsOnAssumption => "depends_on_assumption",
        }
    }

    /// As printed.
    const fn heading(self) -> &'static str {
        match self {
            Self::Holds => "HOLDS",
            Self::Fails => "FAILS",
            Self::Undecided => "UNDECIDED",
            Self::DependsOnAssumption => "DEPENDS ON ASSUMPTION",
        }
    }
}

/// One statement with its verdict and the evidence, as lines that fit the screen.
pub fn screen_lines(judgement: &Judgement) -> Vec<String> {
    lines(judgement).iter().flat_map(|line| wrapped(line, 11)).collect()
}

/// The same, whatever the length of the lines.
pub fn lines(judgement: &Judgement) -> Vec<String> {
    let mut lines = vec![format!("{:<10} {}", judgement.verdict.heading(), judgement.text)];
    let several = judgement.runs.len() > 1;
    for run in &judgement.runs {
        let name = if several {
            format!("{} in `{}`: ", run.verdict.as_str(), run.variant)
        } else {
            String::new()
        };
        lines.push(format!("{:<10} {name}{}", "", evidence(judgement, run)));
        let quality = run.estimate.as_ref().map(|estimate| estimate.quality);
        if matches!(quality, Some(Quality::TooFew | Quality::Bound)) {
            lines.push(format!("{:<10} fewer than 50 tail trials decide nothing", ""));
        }
    }
    if let Some(trials) = judgement.trials_to_decide {
        lines.push(format!("{:<10} about {} trials would decide it", "", count(trials)));
    }
    lines
}

/// The number found and the border it is held against.
fn evidence(judgement: &Judgement, run: &RunVerdict) -> String {
    let Some(estimate) = &run.estimate else {
        return "the run has no such number".to_owned();
    };
    let share = matches!(
        judgement.comparison,
        Comparison::RelativeChange | Comparison::RelativeChangeAtEqualCredit
    ) || judgement.measure.unit() == Unit::Fraction;
    let number = |x: f64| {
        if judgement.measure == Measure::ExpectedShortfallOverMean
            && judgement.comparison == Comparison::Level
        {
            format!("{} times", decimal(x, 3))
        } else if share {
            format!("{} %", decimal(100.0 * x, 2))
        } else {
            let decimals = match judgement.measure {
                Measure::Defaults => 1,
                Measure::Failures | Measure::Cascade => 3,
                _ => 0,
            };
            decimal(x, decimals)
        }
    };
    let end = |x: Option<f64>| x.map_or_else(|| "?".to_owned(), number);
    format!(
        "{} ({} to {}) against {}",
        number(estimate.value),
        end(estimate.lower),
        end(estimate.upper),
        number(judgement.border)
    )
}
