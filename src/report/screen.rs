//! The first screen: what a run found, in 100 columns.

use std::fmt::Write;

use super::assumptions::Topic;
use super::at_a_glance::{Line, lines};
use super::numbers::{Scale, Sign, amount, banded_short, count, counted, decimal, percent};
use super::results::{EngineFacts, MatchCreditFacts, MatchParameter, Results, RunResults, Warning};
use super::screen_table::{empty, fitted, short};
use super::wrapping::wrapped;
use super::{effects, flips, system_screen, verdicts};
use crate::engine::PlanName;
use crate::measures::precision::PrecisionFacts;
use crate::measures::{Comparison, Estimate, Measure};
use crate::units::Level;

/// What was run, and how: two lines.
pub(super) fn heading(results: &Results, took: Option<f64>) -> [String; 2] {
    let facts = &results.scenario;
    let base = &results.runs[0];
    let quality = &base.portfolio.quality;
    let drawn = quality.balance_sum as f64 / facts.minor_units as f64;
    let heading = [
        format!("tailcap {}", results.version),
        facts.id.clone(),
        counted(quality.borrowers, "borrower", "borrowers"),
        format!("{} drawn", amount(drawn, &facts.currency)),
    ];
    let drawn = match &base.engine {
        Some(engine) => format!("{}, no sampling", engine.name),
        None => counted(base.trials, "trial", "trials"),
    };
    let how = [
        drawn,
        format!("seed {}", facts.seed),
        took.map_or_else(|| "stored results".to_owned(), |s| format!("{s:.1} s")),
        format!("{} % bands", decimal(100.0 * facts.confidence, 0)),
        format!("horizon {}", facts.horizon),
    ];
    let mut how = how.to_vec();
    if base.engine.is_some() {
        // Neither a seed nor a band belongs to what is not sampled.
        how = [0, 2, 4].map(|at| how[at].clone()).to_vec();
    }
    if base.plan.name != PlanName::Plain {
        how.insert(1, format!("{} sampling", base.plan.name.as_str()));
    }
    [heading.join(" · "), how.join(" · ")]
}

/// The heading and a table per variant. `took` is the wall time of a run that has just ended.
pub fn screen(results: &Results, took: Option<f64>) -> String {
    let mut out = String::new();
    let facts = &results.scenario;
    heading(results, took).iter().for_each(|line| push(&mut out, line));
    let base = &results.runs[0];
    let model = base.assumptions.iter().find(|own| own.topic == Topic::Dependence);
    for line in model.iter().flat_map(|own| wrapped(own.text.trim_end_matches('.'), 4)) {
        push(&mut out, &line);
    }
    if let Some(text) = base.engine.as_ref().and_then(EngineFacts::approximation) {
        wrapped(&text, 4).iter().for_each(|line| push(&mut out, line));
    }
    for run in &results.runs {
        push(&mut out, "");
        let title = if run.variant == "base" {
            facts.title.clone()
        } else {
            format!("{} (variant {})", run.title, run.variant)
        };
        wrapped(&title, 4).iter().for_each(|line| push(&mut out, line));
        push(&mut out, table(results, run).trim_end());
        if let Some(line) = worth(results, run) {
            push(&mut out, &line);
        }
        if let Some(line) = irb(results, run) {
            wrapped(&line, 4).iter().for_each(|line| push(&mut out, line));
        }
        if let Some(text) = effects::table(results, run) {
            push(&mut out, "");
            push(&mut out, text.trim_end());
        }
        if let Some(text) = system_screen::tables(results, run) {
            push(&mut out, "");
            push(&mut out, text.trim_end());
        }
        for line in flips::lines(run) {
            push(&mut out, &line);
        }
        if let Some(precision) = run.precision.as_ref().filter(|precision| precision.met) {
            push(&mut out, &reached(precision));
        }
        for policy in &run.policies {
            if let Some(matched) = &policy.match_credit {
                push(&mut out, &matching(&policy.id, matched, &facts.currency));
            }
        }
        for warning in &run.warnings {
            let note = format!("note: {}", describe(warning));
            wrapped(&note, 6).iter().for_each(|line| push(&mut out, line));
        }
    }
    if !results.verdicts.is_empty() {
        push(&mut out, "");
    }
    for line in results.verdicts.iter().flat_map(verdicts::screen_lines) {
        push(&mut out, &line);
    }
    out
}

fn push(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to a string cannot fail");
}

fn table(results: &Results, run: &RunResults) -> String {
    let facts = &results.scenario;
    let level = facts.levels.last().copied();
    let percent = level.map_or_else(String::new, percent);
    let system = |policy: &str, measure, level, comparison| {
        run.system(policy, measure, level, comparison).map(|row| row.estimate)
    };
    let value = |policy: &str, measure, level| {
        system(policy, measure, level, Comparison::Level).map_or(0.0, |e| e.value)
    };
    let es = Measure::ExpectedShortfall;
    let per_credit = Measure::ExpectedShortfallPerCredit;
    let el_scale = Scale::of(value(&facts.baseline, Measure::ExpectedLoss, None));
    let es_scale = Scale::of(value(&facts.baseline, es, level));
    let twins = run.policies.iter().any(|p| p.equal_credit_cut.is_some());

    let mut table = empty();
    let baseline = short(&facts.baseline, 12);
    let mut heading = vec![
        "policy".to_owned(),
        "credit\nkept".to_owned(),
        format!("EL\n{}", el_scale.unit(&facts.currency)),
        format!("ES {percent}\n{}", es_scale.unit(&facts.currency)),
        format!("change of ES\nvs {baseline}"),
        "ES per unit\nof credit".to_owned(),
    ];
    if twins {
        heading.push("ES vs equal-\ncredit cut".to_owned());
    }
    table.set_header(heading);
    let credit = value(&facts.baseline, Measure::Credit, None);
    for line in lines(&run.policies, &facts.baseline) {
        let policy = match line {
            Line::Policy(policy) => policy,
            Line::More { caps } => {
                table.add_row(vec![format!("… {caps} more caps")]);
                continue;
            }
        };
        let id = policy.id.as_str();
        let relative = |measure, comparison| {
            system(id, measure, level, comparison).map_or_else(|| "-".to_owned(), |e| change(&e))
        };
        let levels = |measure, level, scale: Scale| {
            system(id, measure, level, Comparison::Level)
                .map_or_else(|| "-".to_owned(), |e| banded_short(&e, scale.by, Sign::Minus))
        };
        let kept = value(id, Measure::Credit, None);
        let share = if credit > 0.0 { kept / credit } else { 1.0 };
        let mut row = vec![
            short(id, 22),
            format!("{} %", decimal(100.0 * share, 1)),
            levels(Measure::ExpectedLoss, None, el_scale),
            levels(es, level, es_scale),
            relative(es, Comparison::RelativeChange),
            relative(per_credit, Comparison::RelativeChange),
        ];
        if twins {
            row.push(relative(es, Comparison::RelativeChangeAtEqualCredit));
        }
        table.add_row(row);
    }
    fitted(table)
}

/// The number that ended sampling.
fn reached(precision: &PrecisionFacts) -> String {
    let PrecisionFacts { policy, measure, level, change, asked, reached, relative, .. } = precision;
    let what = match level {
        Some(level) => format!("{} {}", measure.as_str(), percent(*level)),
        None => measure.as_str().to_owned(),
    }
    .replace('_', " ");
    let what = if *change { format!("change of {what}") } else { what };
    // Three digits are enough to see that it was reached.
    let error = |x: f64| if *relative { percent((x * 1e5).round() / 1e5) } else { decimal(x, 4) };
    let reached = reached.map_or_else(String::new, error);
    format!("stopped early: {what} of {policy} is known to ±{reached} (asked: ±{})", error(*asked))
}

/// How many plain trials would know the baseline's ES of the highest level as well.
fn worth(results: &Results, run: &RunResults) -> Option<String> {
    let facts = &results.scenario;
    let level = facts.levels.last().copied();
    let (baseline, es) = (&facts.baseline, Measure::ExpectedShortfall);
    let estimate = run.system(baseline, es, level, Comparison::Level)?.estimate;
    let plain = estimate.variance_ratio? * run.trials as f64;
    // Two digits say enough.
    let step = libm::pow(10.0, libm::floor(libm::log10(plain.max(1.0))) - 1.0).max(1.0);
    let plain = (libm::round(plain / step) * step) as u64;
    Some(format!(
        "ES {} of {baseline} is as well known as by about {} plain trials",
        level.map_or_else(String::new, percent),
        count(plain),
    ))
}

/// Capital by the Basel formula under each policy of the table.
fn irb(results: &Results, run: &RunResults) -> Option<String> {
    let facts = &results.scenario;
    let of = |policy: &str| {
        let row = run.system(policy, Measure::IrbCapital, None, Comparison::Level)?;
        Some(row.estimate.value)
    };
    let scale = Scale::of(of(&facts.baseline)?);
    let shown = lines(&run.policies, &facts.baseline).into_iter().filter_map(|line| match line {
        Line::Policy(policy) => {
            Some(format!("{} {}", policy.id, decimal(of(&policy.id)? / scale.by, 1)))
        }
        Line::More { .. } => None,
    });
    let shown: Vec<String> = shown.collect();
    Some(format!("IRB capital 99.9 % ({}): {}", scale.unit(&facts.currency), shown.join(", ")))
}

/// What a policy that matches the credit of another came to.
fn matching(policy: &str, matched: &MatchCreditFacts, currency: &str) -> String {
    let value = matched.value;
    let solved = match matched.parameter {
        MatchParameter::Cap => format!("cap = {currency} {}", decimal(value, 2)),
        MatchParameter::Scale => format!("scale = {value:.6}"),
        MatchParameter::IncomeShare => format!("income_share = {value:.6}"),
        MatchParameter::ScoreCaps => format!("score_caps times {value:.6}"),
    };
    let residual = if matched.residual == 0.0 {
        "exactly".to_owned()
    } else {
        format!("residual {:+.1e}", matched.residual)
    };
    format!("{policy} keeps the credit of {}: {solved} ({residual})", matched.policy)
}

/// A relative change in percent with its band.
pub fn change(estimate: &Estimate) -> String {
    if estimate.value == 0.0 && estimate.standard_error == Some(0.0) {
        return "0 %".to_owned();
    }
    let text = banded_short(estimate, 0.01, Sign::Both);
    match text.split_once(" ±") {
        Some((value, band)) => format!("{value} % ±{band}"),
        None => format!("{text} %"),
    }
}

/// A warning in words.
pub fn describe(warning: &Warning) -> String {
    match warning {
        Warning::Interrupted { done, asked } => format!(
            "interrupted: the numbers rest on the first {} of {} trials",
            count(*done),
            count(*asked)
        ),
        Warning::StudiesInterrupted => {
            "interrupted: effects of policies, maps or break-evens are missing".to_owned()
        }
        Warning::PrecisionMissed { asked, reached, enough } => {
            let more = match enough {
                Some(n) => format!("; about --trials {n} would do"),
                None => String::new(),
            };
            let reached = reached.map_or_else(|| "nothing".to_owned(), |x| format!("±{x:.2e}"));
            format!("the precision asked for (±{asked:.2e}) was not reached: {reached}{more}")
        }
        Warning::FewTailTrials { level, beyond, enough } => {
            let more = match enough {
                Some(n) => format!("--trials {n} gives 100"),
                None => "100 take more trials than can be run".to_owned(),
            };
            format!(
                "too few: {} beyond {}, bands marked ? are indicative; {more}",
                counted(beyond.round() as u64, "trial", "trials"),
                Level::new(*level).map_or_else(|_| percent(*level), |own| format!("{own} %")),
            )
        }
        Warning::FinerUnit { minor_units } => format!(
            "a hundredth of the currency is too coarse for the data: amounts are held in steps of {:e} \
             (`minor_units = {minor_units}`)",
            1.0 / *minor_units as f64
        ),
        Warning::GranularityFaked { draws, borrowers } => format!(
            "{} stand for {} borrowers (`stands_for`): losses are lumpier than those of independent \
             people",
            counted(*draws, "draw", "draws"),
            count(*borrowers)
        ),
        Warning::DefaultUnused { key } => format!(
            "portfolio.defaults.{key} changes nothing: every row of the tape has its own `{key}`"
        ),
        Warning::PdClamped { borrowers } => format!(
            "the PD multiplier would carry the PD of {} above 1; it was clamped at 1",
            counted(*borrowers, "borrower", "borrowers")
        ),
        Warning::EqualCreditResidual { policy, residual } => format!(
            "the equal-credit cut beside `{policy}` misses its credit by {residual:+.1e} of it"
        ),
        Warning::LossesRounded { policy, share } => format!(
            "rounding of losses to the smallest unit moves the expected loss of `{policy}` by \
             {share:+.1e} of it; without `minor_units` the unit is as fine as 2^53 units for all amounts allow"
        ),
        Warning::RareDefaultsMissed { policy, exact_expected_loss } => format!(
            "`{policy}`: rare large defaults are missing from the sample; its exact EL is {}",
            decimal(*exact_expected_loss, 0)
        ),
        Warning::OnlyUnusedLinesCut { policy } => {
            format!("`{policy}` cuts unused lines only: no equal-credit cut stands beside it")
        }
        Warning::MatchCreditResidual { policy, residual } => format!(
            "`{policy}` misses the credit it should match by {residual:+.1e} of it: credit moves \
             in steps there"
        ),
        Warning::StressedFromTheStart { policy, lender, ratio, threshold } => format!(
            "`{lender}` has a capital ratio of {} before any loss under `{policy}`, below the {} of \
             system.capital_ratio: it is stressed in every trial",
            percent(libm::round(1e4 * ratio) / 1e4),
            percent(*threshold),
        ),
        Warning::FactorCorrelationsRepaired {
            factors: (one, other),
            before,
            after,
            distance,
            ..
        } => {
            format!(
                "the factor correlations cannot hold together and were moved to the nearest that can: \
                 `{one}` and `{other}` most, from {before} to {after:.4} (Frobenius distance {distance:.4}); \
                 results.json has all of them as used"
            )
        }
        Warning::GridChosen { step } => format!(
            "losses of the system were moved to a grid of step {}: VaR is a grid point, and what depends on \
             the distribution of losses is an approximation; EL and the standard deviation are not",
            decimal(*step, 2)
        ),
        Warning::PoolTooSmall { share, idiosyncratic_share, left_out } => {
            let whole = |share: f64| percent((100.0 * share).round() / 100.0);
            let adds = match *share > 1.0 {
                true => "more than 100 %".to_owned(),
                false => format!("up to {}", whole(*share)),
            };
            let of_variance = idiosyncratic_share.map_or_else(String::new, |of_variance| {
                format!(" and makes up to {} of the variance of losses", whole(of_variance))
            });
            let treated = match left_out {
                true => "where that is no correction VaR and ES leave it out",
                false => "VaR and ES hold it to first order only",
            };
            format!(
                "idiosyncratic risk adds {adds} to an ES{of_variance}; {treated}. This portfolio is too \
                 small for `large-pool`: use engine = \"exact\" or \"monte-carlo\""
            )
        }
        Warning::NumericalError { error } => {
            format!("tail probabilities are computed to about {error:.0e} of themselves only")
        }
        Warning::ExpectedLossOff { policy, standard_errors } => format!(
            "the simulated expected loss of `{policy}` lies {} standard errors from the exact one; \
             please report this",
            decimal(*standard_errors, 1)
        ),
    }
}
