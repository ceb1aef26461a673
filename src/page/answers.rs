//! The five questions of the first screen, answered from the results: what saves most, how sure that is, what it
//! costs, who bears what is left, what it rests on.

use serde::Serialize;

use crate::measures::{Comparison, Estimate, Figures, Measure, Quality};
use crate::report::assumptions::Topic;
use crate::report::numbers::{amount, counted, decimal, digits_for, percent};
use crate::report::results::{PolicyFacts, Results, RunResults};
use crate::scenario::DEFAULT_LENDER;
use crate::system::ScopeKind;

/// So many bearers are told by name.
const BEARERS: usize = 4;

/// A question with its answer, plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// What the results say.
    pub says: String,
    /// More of it, in smaller print.
    pub beside: Option<String>,
}

/// The answers for a run.
pub fn answers(results: &Results, run: &RunResults) -> Vec<Answer> {
    let Some(best) = Best::of(results, run) else {
        return vec![rests_on(run)];
    };
    vec![best.saves(), best.how_sure(), best.costs(), best.who_bears(), rests_on(run)]
}

/// The policy under which ES of the highest level falls most.
struct Best<'a> {
    results: &'a Results,
    run: &'a RunResults,
    policy: &'a PolicyFacts,
    level: Option<f64>,
    fall: Estimate,
}

impl<'a> Best<'a> {
    fn of(results: &'a Results, run: &'a RunResults) -> Option<Self> {
        let level = results.scenario.levels.last().copied();
        let change = |policy: &PolicyFacts| {
            let row = run.system(
                &policy.id,
                Measure::ExpectedShortfall,
                level,
                Comparison::RelativeChange,
            )?;
            Some(row.estimate)
        };
        let all = run.policies.iter().filter_map(|policy| Some((policy, change(policy)?)));
        let least = all.min_by(|a, b| a.1.value.total_cmp(&b.1.value));
        least.map(|(policy, fall)| Self { results, run, policy, level, fall })
    }

    fn es(&self) -> String {
        format!("ES {}", self.level.map_or_else(String::new, percent))
    }

    fn system(&self, policy: &str, measure: Measure, comparison: Comparison) -> Option<Estimate> {
        let level = (measure == Measure::ExpectedShortfall).then_some(self.level).flatten();
        self.run.system(policy, measure, level, comparison).map(|row| row.estimate)
    }

    /// What parts add up to: with lenders behind the book all that these lose, else the losses of the book.
    fn whole(&self) -> ScopeKind {
        self.run.system.as_ref().map_or(ScopeKind::System, |_| ScopeKind::Total)
    }

    /// A number of the whole under the policy.
    fn of_whole(&self, measure: Measure) -> Option<Estimate> {
        let level = (measure == Measure::ExpectedShortfall).then_some(self.level).flatten();
        let mut rows = self.run.summary.rows.iter();
        let row = rows.find(|row| {
            row.scope_kind == self.whole()
                && row.policy == self.policy.id
                && (row.measure, row.level) == (measure, level)
                && row.comparison == Comparison::Level
        });
        row.map(|row| row.estimate)
    }

    fn saves(&self) -> Answer {
        let says = if self.fall.value < 0.0 {
            let of = match self.run.policies.iter().filter(|p| p.binds).count() {
                0 | 1 => String::new(),
                n => format!(", the most of {n} policies"),
            };
            format!(
                "{}: it lowers {} by {}{of}.",
                self.policy.title,
                self.es(),
                share(-self.fall.value)
            )
        } else if self.fall.value == 0.0 {
            format!("None: no policy changes {}.", self.es())
        } else {
            let by = share(self.fall.value);
            format!(
                "None: {} rises under every policy, least under {} (by {by}).",
                self.es(),
                self.policy.title
            )
        };
        let comparison = Comparison::RelativeChangeAtEqualCredit;
        let twins = self.run.policies.iter().filter_map(|policy| {
            Some((policy, self.system(&policy.id, Measure::ExpectedShortfall, comparison)?))
        });
        let twins: Vec<(&PolicyFacts, Estimate)> = twins.collect();
        let is_alone = twins.len() == 1;
        let best = twins.iter().min_by(|a, b| a.1.value.total_cmp(&b.1.value));
        let beside = best.map(|(policy, change)| {
            let es = self.es();
            let against = "a cut of all limits in proportion that takes as much credit";
            match (change.value < 0.0, clear(change)) {
                (true, true) if is_alone => format!(
                    "It does better than {against}: its {es} is {} lower ({}).",
                    share(-change.value),
                    ends(&fall_of(change), "to")
                ),
                (false, true) if is_alone => format!(
                    "It does worse than {against}: its {es} is {} higher ({}).",
                    share(change.value),
                    ends(change, "to")
                ),
                (true, true) => format!(
                    "Held against {against}, {} does best: its {es} is {} lower ({}).",
                    policy.title,
                    share(-change.value),
                    ends(&fall_of(change), "to")
                ),
                (false, true) => format!(
                    "Held against {against}, every policy does worse; {} least: its {es} is {} higher ({}).",
                    policy.title,
                    share(change.value),
                    ends(change, "to")
                ),
                _ => format!("None is clearly better than {against}."),
            }
        });
        Answer { question: "Which policy saves most in bad years?", says, beside }
    }

    fn how_sure(&self) -> Answer {
        let confidence = percent(self.results.scenario.confidence);
        let fall = fall_of(&self.fall);
        let (says, beside) = match &self.run.engine {
            Some(engine) => (
                match engine.approximation() {
                    Some(text) => format!("No sampling error, but an {text}."),
                    None => format!(
                        "Worked out without sampling ({}): there is no sampling error.",
                        engine.name
                    ),
                },
                Some(format!(
                    "Tail probabilities are off by at most about {:.0e} of themselves.",
                    engine.numerical_error
                )),
            ),
            None => {
                let sure = match self.fall.quality {
                    Quality::TooFew => ": too few trials lie in the tail to trust it",
                    Quality::Bound => ": the event was not seen",
                    _ if clear(&self.fall) => "",
                    _ => ": no clear change",
                };
                let trials = counted(self.run.trials, "trial", "trials");
                let beyond = self.fall.effective_trials.map(|n| {
                    let n = counted(libm::round(n) as u64, "of them bears", "of them bear");
                    format!("{n} on the tail; ")
                });
                (
                    format!(
                        "The fall lies between {} with {confidence} confidence{sure}.",
                        ends(&fall, "and")
                    ),
                    Some(format!(
                        "{trials}, the same for every policy; {}sampling {}.",
                        beyond.unwrap_or_default(),
                        self.run.plan.name.as_str()
                    )),
                )
            }
        };
        Answer { question: "How sure is that?", says, beside }
    }

    fn costs(&self) -> Answer {
        let value = |policy: &str, measure| {
            self.system(policy, measure, Comparison::Level).map_or(0.0, |e| e.value)
        };
        let baseline = &self.results.scenario.baseline;
        let currency = &self.results.scenario.currency;
        let today = value(baseline, Measure::Credit);
        let withdrawn = today - value(&self.policy.id, Measure::Credit);
        let says = format!(
            "It takes away {} of the credit in use ({} of {}).",
            share(if today > 0.0 { withdrawn / today } else { 0.0 }),
            amount(withdrawn, currency),
            amount(today, currency)
        );
        let cut = value(&self.policy.id, Measure::PeopleCut);
        let below = value(&self.policy.id, Measure::PeopleCutBelowBalance);
        let people = self.run.portfolio.quality.borrowers;
        let beside = (cut > 0.0).then(|| {
            format!(
                "{} of {} lose part of a limit, {} are cut below what they have drawn.",
                counted(cut as u64, "person", "people"),
                decimal(people as f64, 0),
                decimal(below, 0)
            )
        });
        Answer { question: "How much credit does it cost?", says, beside }
    }

    fn who_bears(&self) -> Answer {
        let rows = |kind| {
            let own = self.run.summary.contributions.iter().filter(move |row| {
                row.policy == self.policy.id
                    && row.scope_kind == kind
                    && row.measure == Measure::ExpectedShortfall
                    && row.level == self.level
            });
            let named = own.filter_map(|row| Some((bearer(&row.scope), row.share?.value)));
            let mut named: Vec<(String, f64)> = named.filter(|(_, share)| *share > 0.0).collect();
            named.sort_by(|a, b| b.1.total_cmp(&a.1));
            named
        };
        let bearers = rows(ScopeKind::Bearer);
        let parts = if bearers.is_empty() { rows(ScopeKind::Lender) } else { bearers };
        let left = self.of_whole(Measure::ExpectedShortfall).map_or_else(String::new, |loss| {
            let loss = amount(loss.value, &self.results.scenario.currency);
            match self.whole() {
                ScopeKind::Total => format!("{loss} that lenders lose in the worst years"),
                _ => format!("{loss} in the worst years"),
            }
        });
        let told: Vec<String> = parts
            .iter()
            .take(BEARERS)
            .map(|(name, part)| format!("{name} {}", share(*part)))
            .collect();
        let more = parts.len().saturating_sub(BEARERS);
        let more = if more > 0 { format!(", {more} others the rest") } else { String::new() };
        let says = match (told.len(), self.run.portfolio.lenders.as_slice()) {
            (0, [one]) if one == DEFAULT_LENDER => format!("The one lender of the book: {left}."),
            (0, [one]) => format!("{one} alone: {left}."),
            (0, lenders) => {
                format!("{}: {left}.", counted(lenders.len() as u64, "lender", "lenders"))
            }
            _ => format!("Of {left}: {}{more}.", told.join(", ")),
        };
        let fails = self.of_whole(Measure::Failures);
        let beside = fails.map(|fails| {
            let text = match fails.quality {
                Quality::Bound => "no lender is seen to fail".to_owned(),
                _ => format!("{} lenders fail on average", decimal(fails.value, 4)),
            };
            let horizon = &self.results.scenario.horizon;
            format!("Other assets of lenders and costs of failures are among these losses. Over {horizon} {text}.")
        });
        Answer { question: "Who bears what is left?", says, beside }
    }
}

fn rests_on(run: &RunResults) -> Answer {
    let of = |topic| run.assumptions.iter().find(|own| own.topic == topic).map(|own| &*own.text);
    let says = of(Topic::Dependence).unwrap_or("The model of the scenario.").to_owned();
    let mut more: Vec<&str> =
        [Topic::Stress, Topic::Behaviour, Topic::Severity].into_iter().filter_map(of).collect();
    let notes = match run.warnings.len() {
        0 => String::new(),
        1 => "Read the note below first.".to_owned(),
        n => format!("Read the {n} notes below first."),
    };
    if !notes.is_empty() {
        more.push(&notes);
    }
    Answer {
        question: "What does it rest on?",
        says,
        beside: (!more.is_empty()).then(|| more.join(" ")),
    }
}

/// A bearer in words; lenders and segments have their own names.
fn bearer(scope: &str) -> String {
    let words = match scope {
        "lenders" => "owners of the book’s lenders",
        "partners" => "owners of other lenders",
        "investors" => "investors in tranches",
        "creditors" => "creditors of lenders that fail",
        other => other,
    };
    words.to_owned()
}

/// A change as a fall.
fn fall_of(change: &Estimate) -> Estimate {
    let turned = |x: f64| -x + 0.0;
    Estimate::of(Figures {
        value: turned(change.value),
        lower: change.upper.map(turned),
        upper: change.lower.map(turned),
        ..**change
    })
}

/// Whether the band leaves 0 out.
fn clear(change: &Estimate) -> bool {
    let good = change.quality == Quality::Good || change.quality.is_unsampled();
    good && (change.lower.is_some_and(|x| x > 0.0) || change.upper.is_some_and(|x| x < 0.0))
}

/// A share in percent, with two decimals where it is small.
fn share(x: f64) -> String {
    let percent = 100.0 * x;
    format!("{} %", decimal(percent, if percent.abs() < 10.0 { 2 } else { 1 }))
}

/// `11.9 % and 12.8 %`, or with another word between the ends of the band, to the decimals that tell them apart.
fn ends(estimate: &Estimate, word: &str) -> String {
    let half = 100.0 * estimate.half_width().unwrap_or(0.0);
    let least = if 100.0 * estimate.value.abs() < 10.0 { 2 } else { 1 };
    let decimals = if half > 0.0 { digits_for(half).max(least) } else { least };
    let end = |x: Option<f64>| {
        x.map_or_else(|| "?".to_owned(), |x| format!("{} %", decimal(100.0 * x, decimals)))
    };
    format!("{} {word} {}", end(estimate.lower), end(estimate.upper))
}
