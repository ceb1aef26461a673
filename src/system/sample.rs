//! What the trials of a run do to the lenders, by policy: kept as a few series per trial, from which the
//! losses of every lender are read off.

use multiversion::multiversion;

use super::Bearer;
use super::market::{Market, Outcome, Scratch};
use super::streams::Stream;

/// Trials added up at a time.
const PIECE: usize = 1_024;

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

/// One policy; amounts in smallest units.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyTrials {
    /// Streams of [`super::streams`] without classes, stream x trial. Who bears what is read off them where
    /// nothing else happens.
    pub streams: Vec<Vec<f64>>,
    /// Trials in which something else happens.
    pub struck: Vec<Struck>,
    /// Guarantors that could not pay all they had promised: trial, lender.
    pub broken: Vec<(usize, usize)>,
    /// Trials with failures, cleared.
    pub cleared: Vec<ClearedTrial>,
    /// Trials with a second round.
    pub second: Vec<SecondTrial>,
}

/// A trial in which some lender lacks capital or fails, or distress spreads.
#[derive(Debug, Clone, PartialEq)]
pub struct Struck {
    /// The trial.
    pub trial: usize,
    /// What it does.
    pub outcome: Outcome,
    /// Costs of bankruptcy had there been no second round, where both are.
    pub first_costs: f64,
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

    /// Bytes per trial and policy, about: all streams, and what happens where it happens in every trial.
    pub fn bytes_per_trial(market: &Market) -> u64 {
        8 * market.streams.kinds.len() as u64 + size_of::<Struck>() as u64
    }

    /// Losses of the second round by trial, over some columns.
    pub fn second_losses(&self, policy: usize, columns: &[usize]) -> Vec<i64> {
        let mut losses = vec![0; self.trials()];
        for second in &self.policies[policy].second {
            losses[second.trial] = columns.iter().map(|&c| second.losses[c]).sum();
        }
        losses
    }

    /// What a bearer bears by trial.
    pub fn bearer(&self, market: &Market, policy: usize, bearer: Bearer) -> Vec<f64> {
        let own = &self.policies[policy];
        let mut borne = self.sum(market, policy, |stream| market.part(stream, bearer));
        for struck in &own.struck {
            borne[struck.trial] = struck.outcome.bears(bearer);
        }
        borne
    }

    /// All losses by trial: of the book, of other assets, costs of bankruptcy.
    pub fn total(&self, market: &Market, policy: usize) -> Vec<f64> {
        let of = |bearer| self.sum(market, policy, |stream| market.part(stream, bearer));
        let mut total = of(Bearer::Investors);
        for bearer in [Bearer::Lenders, Bearer::Partners] {
            total.iter_mut().zip(of(bearer)).for_each(|(sum, part)| *sum += part);
        }
        for struck in &self.policies[policy].struck {
            total[struck.trial] = struck.outcome.total;
        }
        total
    }

    /// A number that is 0 by trial but where something happens.
    pub fn of_struck<T: Clone + Default>(
        &self,
        policy: usize,
        of: impl Fn(&Struck) -> T,
    ) -> Vec<T> {
        let mut all = vec![T::default(); self.trials()];
        self.policies[policy].struck.iter().for_each(|own| all[own.trial] = of(own));
        all
    }

    /// What stays at some lenders together by trial.
    pub fn lenders(&self, market: &Market, policy: usize, lenders: &[usize]) -> Vec<f64> {
        let mut losses = Vec::with_capacity(self.trials());
        self.stays(market, policy, lenders).pieces(|piece| losses.extend_from_slice(piece));
        losses
    }

    /// What stays at some lenders together under a policy.
    pub fn stays(&self, market: &Market, policy: usize, lenders: &[usize]) -> Stays<'_> {
        let mut is_one = vec![false; market.roster.lenders.len()];
        lenders.iter().for_each(|&lender| is_one[lender] = true);
        let share = |stream: usize| {
            let own = market.streams.shares[stream].iter().filter(|(bearer, _)| is_one[*bearer]);
            own.map(|(_, share)| share).sum()
        };
        Stays {
            shared: self.shared((market, policy), share),
            trials: self.trials(),
            own: &self.policies[policy],
            lenders: lenders.to_vec(),
        }
    }

    /// Streams with a share of each, by trial.
    fn sum(&self, market: &Market, policy: usize, share: impl Fn(usize) -> f64) -> Vec<f64> {
        let shared = self.shared((market, policy), share);
        let mut sums = vec![0.0; self.trials()];
        // Piece by piece, so that sums stay at hand.
        for (sums, from) in sums.chunks_mut(PIECE).zip((0..).step_by(PIECE)) {
            add_shares(&shared, from, sums);
        }
        sums
    }

    /// The streams of which there is a share, with it.
    fn shared(
        &self,
        (market, policy): (&Market, usize),
        share: impl Fn(usize) -> f64,
    ) -> Vec<(f64, &[f64])> {
        let (mut kept, mut classes) = (self.policies[policy].streams.iter(), self.rates.iter());
        let mut shared: Vec<(f64, &[f64])> = Vec::new();
        for (at, stream) in market.streams.kinds.iter().enumerate() {
            let series = match stream {
                Stream::Class => classes.next(),
                _ => kept.next(),
            };
            let share = share(at);
            shared.extend(series.filter(|_| share != 0.0).map(|series| (share, &series[..])));
        }
        shared
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

/// Adds the shares in the trials from one on.
fn add_shares(shared: &[(f64, &[f64])], from: usize, sums: &mut [f64]) {
    for (share, series) in shared {
        add_share(*share, &series[from..from + sums.len()], sums);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_share(share: f64, series: &[f64], sums: &mut [f64]) {
    sums.iter_mut().zip(series).for_each(|(sum, value)| *sum += share * value);
}

/// What stays at some lenders together, worked out where it is asked for.
#[derive(Debug)]
pub struct Stays<'a> {
    /// What they bear of which stream.
    shared: Vec<(f64, &'a [f64])>,
    trials: usize,
    own: &'a PolicyTrials,
    lenders: Vec<usize>,
}

impl Stays<'_> {
    /// Number of trials.
    pub fn trials(&self) -> usize {
        self.trials
    }

    /// In one trial.
    pub fn at(&self, trial: usize) -> f64 {
        match self.own.cleared.binary_search_by_key(&trial, |own| own.trial) {
            Ok(at) => self.after(&self.own.cleared[at]),
            Err(_) => {
                self.shared.iter().fold(0.0, |sum, (share, series)| sum + share * series[trial])
            }
        }
    }

    /// In all trials, some of them at a time, in their order; all pieces but the last have the same length, a power
    /// of 2.
    pub fn pieces(&self, mut take: impl FnMut(&[f64])) {
        let mut room = [0.0; PIECE];
        let mut cleared = self.own.cleared.iter().peekable();
        for from in (0..self.trials).step_by(PIECE) {
            let piece = &mut room[..PIECE.min(self.trials - from)];
            piece.fill(0.0);
            add_shares(&self.shared, from, piece);
            while let Some(own) = cleared.next_if(|own| own.trial < from + piece.len()) {
                piece[own.trial - from] = self.after(own);
            }
            take(piece);
        }
    }

    /// In the struck trials.
    pub fn in_struck(&self) -> Vec<f64> {
        let struck = &self.own.struck;
        let mut losses = vec![0.0; struck.len()];
        for (share, series) in &self.shared {
            let own = losses.iter_mut().zip(struck);
            own.for_each(|(sum, struck)| *sum += share * series[struck.trial]);
        }
        for cleared in &self.own.cleared {
            if let Some(at) = self.own.place_of_struck(cleared.trial) {
                losses[at] = self.after(cleared);
            }
        }
        losses
    }

    /// After the network was cleared.
    fn after(&self, cleared: &ClearedTrial) -> f64 {
        self.lenders.iter().map(|&lender| cleared.stays[lender]).sum()
    }
}

impl PolicyTrials {
    /// Without trials, with room for so many.
    fn new(market: &Market, trials: usize) -> Self {
        let kept = market.streams.kinds.iter().filter(|s| **s != Stream::Class);
        Self { streams: kept.map(|_| Vec::with_capacity(trials)).collect(), ..Self::default() }
    }

    /// Adds a trial.
    pub fn push(
        &mut self,
        market: &Market,
        trial: usize,
        (outcome, first_costs): (Outcome, f64),
        scratch: &Scratch,
    ) {
        if outcome.is_struck() || first_costs > 0.0 {
            self.struck.push(Struck { trial, outcome, first_costs });
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
        let Self { streams, struck, broken, cleared, second } = own;
        self.streams.iter_mut().zip(streams).for_each(|(all, own)| all.extend(own));
        let later = struck.into_iter();
        self.struck.extend(later.map(|s| Struck { trial: before + s.trial, ..s }));
        self.broken.extend(broken.into_iter().map(|(trial, lender)| (before + trial, lender)));
        let later = cleared.into_iter();
        self.cleared.extend(later.map(|c| ClearedTrial { trial: before + c.trial, ..c }));
        let later = second.into_iter();
        self.second.extend(later.map(|s| SecondTrial { trial: before + s.trial, ..s }));
    }

    /// Where a trial stands among the struck ones; `None` for others.
    pub fn place_of_struck(&self, trial: usize) -> Option<usize> {
        self.struck.binary_search_by_key(&trial, |own| own.trial).ok()
    }

    /// Losses of a tranche of a pool by trial.
    pub fn tranche(&self, market: &Market, pool: usize, at: usize) -> Option<&[f64]> {
        let kept = market.streams.kinds.iter().filter(|s| **s != Stream::Class);
        let place = kept.into_iter().position(|s| *s == Stream::Tranche { pool, at })?;
        Some(&self.streams[place])
    }
}
