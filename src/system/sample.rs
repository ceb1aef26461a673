//! What the trials of a run do to the lenders, by policy: kept as a few series per trial, from which the
//! losses of every lender are read off.

use super::market::{Market, Outcome, Scratch};
use super::streams::Stream;

/// The system in all trials of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SystemSample {
    /// By policy.
    pub policies: Vec<PolicyTrials>,
    /// Losses of assets outside the book by trial.
    pub other: Vec<f64>,
    /// By class of such assets: loss per unit by trial.
    pub rates: Vec<Vec<f64>>,
}

/// One policy; by trial unless said, amounts in smallest units.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyTrials {
    /// All losses: of the book, of other assets, costs of bankruptcy.
    pub total: Vec<f64>,
    /// What owners of the lenders of the book bear.
    pub lenders: Vec<f64>,
    /// What owners of other lenders bear.
    pub partners: Vec<f64>,
    /// What creditors outside the system bear.
    pub creditors: Vec<f64>,
    /// What investors in tranches bear.
    pub investors: Vec<f64>,
    /// Costs of bankruptcy.
    pub costs: Vec<f64>,
    /// The same had there been no second round.
    pub first_costs: Vec<f64>,
    /// Lenders that fail.
    pub failures: Vec<u32>,
    /// Shortfall of capital of all lenders.
    pub shortfall: Vec<f64>,
    /// Additional distress as a share of equity.
    pub debt_rank: Vec<f64>,
    /// Lenders that fail in a cascade without recovery.
    pub cascade: Vec<u32>,
    /// Streams of [`super::streams`] without classes, stream x trial.
    pub streams: Vec<Vec<f64>>,
    /// Guarantors that could not pay all they had promised: trial, lender.
    pub broken: Vec<(usize, usize)>,
    /// Trials with failures, cleared.
    pub cleared: Vec<ClearedTrial>,
    /// Trials with a second round.
    pub second: Vec<SecondTrial>,
}

/// A trial in which the system was cleared.
#[derive(Debug, Clone, PartialEq)]
pub struct ClearedTrial {
    /// The trial.
    pub trial: usize,
    /// What stays at each lender.
    pub stays: Vec<f64>,
    /// Whether each fails.
    pub failed: Vec<bool>,
}

/// A trial with second-round defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondTrial {
    /// The trial.
    pub trial: usize,
    /// Losses by column, smallest units.
    pub losses: Vec<i64>,
    /// People.
    pub people: u64,
}

impl SystemSample {
    /// An empty one for so many policies, with room for so many trials.
    pub fn new(market: &Market, policies: usize, trials: usize) -> Self {
        Self {
            policies: (0..policies).map(|_| PolicyTrials::new(market, trials)).collect(),
            other: Vec::with_capacity(trials),
            rates: market.roster.classes.iter().map(|_| Vec::with_capacity(trials)).collect(),
        }
    }

    /// Number of trials.
    pub fn trials(&self) -> usize {
        self.other.len()
    }

    /// Bytes per trial and policy, about.
    pub fn bytes_per_trial(market: &Market) -> u64 {
        8 * (10 + market.streams.kinds.len() as u64)
    }

    /// Adds the trials of a later block.
    pub fn append(&mut self, block: Self) {
        let before = self.trials();
        self.other.extend(block.other);
        self.rates.iter_mut().zip(block.rates).for_each(|(all, own)| all.extend(own));
        for (all, own) in self.policies.iter_mut().zip(block.policies) {
            all.append(own, before);
        }
    }
}

impl PolicyTrials {
    /// Without trials, with room for so many.
    fn new(market: &Market, trials: usize) -> Self {
        let room = || Vec::with_capacity(trials);
        let kept = market.streams.kinds.iter().filter(|s| **s != Stream::Class);
        Self {
            total: room(),
            lenders: room(),
            partners: room(),
            creditors: room(),
            investors: room(),
            shortfall: room(),
            failures: Vec::with_capacity(trials),
            streams: kept.map(|_| room()).collect(),
            ..Self::default()
        }
    }

    /// Adds a trial.
    pub fn push(&mut self, market: &Market, outcome: &Outcome, scratch: &Scratch) {
        let trial = self.total.len();
        let has_network = market.contagion.is_some();
        self.total.push(outcome.total);
        self.lenders.push(outcome.lenders);
        self.partners.push(outcome.partners);
        self.creditors.push(outcome.creditors);
        self.investors.push(outcome.investors);
        self.shortfall.push(outcome.shortfall);
        self.failures.push(outcome.failures);
        if has_network {
            self.costs.push(outcome.costs);
            self.debt_rank.push(outcome.debt_rank);
            self.cascade.push(outcome.cascade);
        }
        let kept = market.streams.kinds.iter().zip(&scratch.borne.streams);
        let kept = kept.filter(|(stream, _)| **stream != Stream::Class).map(|(_, value)| value);
        self.streams.iter_mut().zip(kept).for_each(|(all, &value)| all.push(value));
        self.broken.extend(scratch.borne.broken.iter().map(|&lender| (trial, lender)));
        if scratch.is_cleared {
            let (stays, failed) = (scratch.stays.clone(), scratch.failed.clone());
            self.cleared.push(ClearedTrial { trial, stays, failed });
        }
    }

    fn append(&mut self, own: Self, before: usize) {
        let Self {
            total,
            lenders,
            partners,
            creditors,
            investors,
            costs,
            first_costs,
            failures,
            shortfall,
            debt_rank,
            cascade,
            streams,
            broken,
            cleared,
            second,
        } = own;
        self.total.extend(total);
        self.lenders.extend(lenders);
        self.partners.extend(partners);
        self.creditors.extend(creditors);
        self.investors.extend(investors);
        self.costs.extend(costs);
        self.first_costs.extend(first_costs);
        self.failures.extend(failures);
        self.shortfall.extend(shortfall);
        self.debt_rank.extend(debt_rank);
        self.cascade.extend(cascade);
        self.streams.iter_mut().zip(streams).for_each(|(all, own)| all.extend(own));
        self.broken.extend(broken.into_iter().map(|(trial, lender)| (before + trial, lender)));
        let later = cleared.into_iter();
        self.cleared.extend(later.map(|c| ClearedTrial { trial: before + c.trial, ..c }));
        let later = second.into_iter();
        self.second.extend(later.map(|s| SecondTrial { trial: before + s.trial, ..s }));
    }

    /// What stays at a lender by trial.
    pub fn lender(&self, market: &Market, rates: &[Vec<f64>], lender: usize) -> Vec<f64> {
        self.lenders(market, rates, &[lender])
    }

    /// What stays at some lenders together by trial.
    pub fn lenders(&self, market: &Market, rates: &[Vec<f64>], lenders: &[usize]) -> Vec<f64> {
        let mut is_one = vec![false; market.roster.lenders.len()];
        lenders.iter().for_each(|&lender| is_one[lender] = true);
        let mut losses = vec![0.0; self.total.len()];
        let (mut kept, mut classes) = (self.streams.iter(), rates.iter());
        for (at, stream) in market.streams.kinds.iter().enumerate() {
            let series = match stream {
                Stream::Class => classes.next(),
                _ => kept.next(),
            };
            let own = market.streams.shares[at].iter().filter(|(bearer, _)| is_one[*bearer]);
            let share: f64 = own.map(|(_, share)| share).sum();
            if let Some(series) = series.filter(|_| share != 0.0) {
                losses.iter_mut().zip(series).for_each(|(sum, value)| *sum += share * value);
            }
        }
        for cleared in &self.cleared {
            losses[cleared.trial] = lenders.iter().map(|&lender| cleared.stays[lender]).sum();
        }
        losses
    }

    /// Losses of a tranche of a pool by trial.
    pub fn tranche(&self, market: &Market, pool: usize, at: usize) -> Option<&[f64]> {
        let kept = market.streams.kinds.iter().filter(|s| **s != Stream::Class);
        let place = kept.into_iter().position(|s| *s == Stream::Tranche { pool, at })?;
        Some(&self.streams[place])
    }

    /// Losses of the second round by trial, over some columns.
    pub fn second_losses(&self, columns: &[usize]) -> Vec<i64> {
        let mut losses = vec![0; self.total.len()];
        for second in &self.second {
            losses[second.trial] = columns.iter().map(|&c| second.losses[c]).sum();
        }
        losses
    }
}
