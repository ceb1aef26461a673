//! What assets outside the book, contagion and the second round add to the losses of the system.
//!
//! With D the losses of the book under a policy, O those of other assets, K the costs of bankruptcy and F the
//! losses of the second round, a measure v (EL, ES) is taken of
//!
//! 1. D;  D + O;  D + O + K of the first round only;  D + O + F;  D + O + F + K (the total).
//!
//! Other assets add v(D + O) - v(D). Contagion and the second round bear on each other, so that each gets the
//! mean of what it adds before and after the other, their Shapley value:
//!
//! 2. contagion: ((v(D + O + K1) - v(D + O)) + (v(total) - v(D + O + F))) / 2, the second round likewise.
//!
//! The baseline's own effects are rows of their own; what a policy changes is v of its book less that of the
//! baseline's, and its effects less the baseline's. All rows of a policy add up to the change of the
//! total.

use std::sync::{Arc, OnceLock};

use super::attribution::{AttributionRow, combine};
use super::borne::{Borne, rounded};
use super::estimate::{Estimate, Figures, Quality};
use super::interval::FEW;
use super::measure::Measure;
use super::order::Ranked;
use super::statistic::{Asked, Known, Sample, Statistic, means_and_shortfalls};
use crate::engine::LossSample;
use crate::policy::attribution::Channel;
use crate::system::ScopeKind;

/// Statistics of equation 1 by measure.
#[derive(Debug)]
struct Steps {
    book: Arc<[Statistic]>,
    other: Arc<[Statistic]>,
    contagion: Arc<[Statistic]>,
    feedback: Arc<[Statistic]>,
    total: Arc<[Statistic]>,
    /// Trials with costs of bankruptcy, and with a second round.
    costly: f64,
    second: f64,
}

impl Steps {
    /// What a measure of an effect is made of, by equation 2.
    fn effect(&self, channel: Channel, at: usize) -> Vec<(f64, &Statistic)> {
        let (w, c) = (&self.other[at], &self.contagion[at]);
        let (f, t) = (&self.feedback[at], &self.total[at]);
        match channel {
            Channel::OtherAssets => vec![(1.0, w), (-1.0, &self.book[at])],
            Channel::Contagion => vec![(0.5, c), (-0.5, w), (0.5, t), (-0.5, f)],
            Channel::Feedback => vec![(0.5, f), (-0.5, w), (0.5, t), (-0.5, c)],
            _ => vec![(1.0, &self.book[at])],
        }
    }

    /// Trials in which an effect shows.
    fn shown(&self, channel: Channel) -> f64 {
        match channel {
            Channel::Contagion => self.costly,
            Channel::Feedback => self.second,
            _ => f64::INFINITY,
        }
    }
}

/// The effects of all policies, which are held against the baseline's.
#[derive(Debug)]
pub struct SystemEffects<'a> {
    borne: Borne<'a>,
    ids: &'a [&'a str],
    baseline: usize,
    sample: &'a LossSample,
    asked: Asked<'a>,
    base: OnceLock<Steps>,
}

impl<'a> SystemEffects<'a> {
    /// Those of a sample; nothing is measured yet.
    pub fn new(
        borne: Borne<'a>,
        (ids, baseline): (&'a [&'a str], usize),
        sample: &'a LossSample,
        asked: Asked<'a>,
    ) -> Self {
        Self { borne, ids, baseline, sample, asked, base: OnceLock::new() }
    }

    /// Measures the baseline, which all rows need.
    pub fn prepare(&self) {
        self.base();
    }

    fn base(&self) -> &Steps {
        self.base.get_or_init(|| self.steps(self.baseline))
    }

    fn steps(&self, policy: usize) -> Steps {
        steps(self.borne, policy, self.sample, self.asked)
    }

    /// Rows of a policy: by measure, the effects, then all together.
    pub fn rows(&self, policy: usize) -> Vec<AttributionRow> {
        let base = self.base();
        let id = self.ids[policy];
        if policy == self.baseline {
            return rows(self.borne, id, (base, None), self.asked);
        }
        rows(self.borne, id, (&self.steps(policy), Some(base)), self.asked)
    }
}

fn steps(borne: Borne<'_>, policy: usize, sample: &LossSample, asked: Asked<'_>) -> Steps {
    let system = borne.sample;
    let columns: Vec<usize> = (0..sample.blocks[0].losses.shape()[3]).collect();
    let book = sample.losses(policy, &columns);
    let other = rounded(&borne.sample.other);
    let all_costs = rounded(&system.of_struck(policy, |own| own.outcome.costs));
    let costs = match borne.feedback {
        true => rounded(&system.of_struck(policy, |own| own.first_costs)),
        false => all_costs.clone(),
    };
    let second = system.second_losses(policy, &columns);
    let largest = i64::MAX;
    // Many steps add nothing to the one before.
    let mut known: Vec<(Vec<i64>, Arc<[Statistic]>)> = Vec::new();
    let mut statistics = |losses: Vec<i64>| -> Arc<[Statistic]> {
        if let Some((_, found)) = known.iter().find(|(same, _)| *same == losses) {
            return Arc::clone(found);
        }
        let ranked = Ranked::new(&losses, asked.drawn);
        let sample =
            Sample { losses: &losses, defaults: &[], credit: 0, largest, known: Known::default() };
        let found: Arc<[Statistic]> = means_and_shortfalls(sample, &ranked, asked).into();
        known.push((losses, Arc::clone(&found)));
        found
    };
    let plus = |a: &[i64], b: &[i64]| -> Vec<i64> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
    let with_other = plus(&book, &other);
    let bearing =
        |losses: &[i64]| asked.drawn.bearing((0..losses.len()).filter(|&t| losses[t] != 0));
    Steps {
        costly: bearing(&all_costs).max(bearing(&costs)),
        second: bearing(&second),
        contagion: statistics(plus(&with_other, &costs)),
        feedback: statistics(plus(&with_other, &second)),
        other: statistics(with_other),
        total: statistics(rounded(&system.total(borne.market, policy))),
        book: statistics(book),
    }
}

fn rows(
    borne: Borne<'_>,
    id: &str,
    (own, base): (&Steps, Option<&Steps>),
    asked: Asked<'_>,
) -> Vec<AttributionRow> {
    let has_other = !borne.market.roster.classes.is_empty();
    let has_contagion = borne.market.contagion.is_some();
    let mut rows = Vec::new();
    for at in 0..own.book.len() {
        let mut channels: Vec<Channel> = Vec::new();
        channels.extend(base.map(|_| Channel::Book));
        channels.extend(has_other.then_some(Channel::OtherAssets));
        channels.extend(has_contagion.then_some(Channel::Contagion));
        channels.extend(borne.feedback.then_some(Channel::Feedback));
        let mut all = Vec::new();
        for channel in channels {
            let mut parts = own.effect(channel, at);
            if let Some(base) = base {
                let less = base.effect(channel, at).into_iter().map(|(weight, s)| (-weight, s));
                parts.extend(less);
            }
            all.push((Some(channel), parts));
        }
        let before = base.map_or(&own.book[at], |base| &base.total[at]);
        all.push((None, vec![(1.0, &own.total[at]), (-1.0, before)]));
        for (channel, parts) in all {
            // No policy moves the mean of other assets.
            let fixed = channel == Some(Channel::OtherAssets)
                && base.is_some()
                && own.book[at].measure == Measure::ExpectedLoss;
            let confidence = asked.drawn.confidence.get();
            // Trials in which the effect shows, here or in the baseline.
            let shown = channel.map_or(f64::INFINITY, |channel| {
                own.shown(channel).max(base.map_or(0.0, |base| base.shown(channel)))
            });
            let found = combine(&parts, asked);
            let estimate = if fixed {
                Estimate::exact(0.0, confidence)
            } else if shown == 0.0 {
                // What no trial showed is not known to be nothing.
                let (lower, upper, effective_trials) = (None, None, Some(0.0));
                let unknown = Estimate::of(Figures { lower, upper, effective_trials, ..*found });
                Estimate::of(Figures { standard_error: None, quality: Quality::TooFew, ..*unknown })
            } else if shown < FEW {
                Estimate::of(Figures {
                    quality: Quality::TooFew,
                    effective_trials: Some(shown),
                    ..*found
                })
            } else {
                found
            };
            rows.push(AttributionRow {
                policy: id.to_owned(),
                scope_kind: ScopeKind::Total,
                scope: "total".to_owned(),
                measure: own.book[at].measure,
                level: own.book[at].level.map(crate::units::Level::get),
                channel,
                estimate,
                baseline: before.own.value,
            });
        }
    }
    rows
}
