//! A system under the policies of a run: who is stressed, who fails, who bears what in a trial.
//!
//! With capital C, risk-weighted assets R ([`super::sheets`]) and a loss x before contagion
//! ([`super::streams`]), a lender is stressed if its capital ratio (C - x) / R is below the threshold r; its
//! shortfall of capital is max(0, r R - (C - x)). It fails if x > C, and so does a guarantor that cannot pay all
//! it has promised, by more than rounding ([`super::network::is_lost`]). Its owners lose min(x, C), its
//! creditors the rest. Lenders without stated capital bear what comes. Where some lender fails and there is
//! a network, it is cleared first ([`super::contagion`]); the shortfall of a failed lender then counts what
//! stays at its owners and its creditors outside the system, not what it passes on to other lenders.

use std::ops::Range;

use super::Bearer;
use super::contagion::{self, Contagion};
use super::funding::Pool;
use super::network::clearing::Cleared;
use super::network::is_lost;
use super::roster::{Lender, Roster};
use super::sheets::Sheets;
use super::streams::{Borne, Source, Stream, Streams};
use crate::error::Fault;
use crate::policy::Books;
use crate::portfolio::Columns;
use crate::scenario::{DebtRankVariant, SystemSpec};

/// A system under the policies of a run.
#[derive(Debug)]
pub struct Market {
    /// The lenders.
    pub roster: Roster,
    /// Pools of loans with their funding.
    pub pools: Vec<Pool>,
    /// What lenders bear fixed shares of.
    pub streams: Streams,
    /// Balance sheets by policy.
    pub sheets: Vec<Sheets>,
    /// By stream: parts of it that lenders of the book and other lenders bear.
    parts: Vec<(f64, f64)>,
    /// By policy and stream: the largest share of what a lender can lose without being stressed that a unit of the
    /// stream takes; `None` where somebody is stressed whatever happens.
    strain: Vec<Option<Vec<f64>>>,
    /// r.
    pub capital_ratio: f64,
    /// Capital of each lender, without end where none is stated.
    capital: Vec<f64>,
    /// Share that a line loses if all who fund it are stressed; `None`: nobody cuts.
    cut: Option<f64>,
    /// How failures spread.
    pub contagion: Option<Contagion>,
    /// Lenders of the book are the first of all.
    book_lenders: usize,
}

/// What a trial does to the system.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outcome {
    /// All losses: of the book, of other assets, and costs of bankruptcy.
    pub total: f64,
    /// Part that the owners of the lenders of the book bear.
    pub lenders: f64,
    /// Part that the owners of other lenders bear.
    pub partners: f64,
    /// Part that creditors outside the system bear.
    pub creditors: f64,
    /// Part that investors in tranches bear.
    pub investors: f64,
    /// Losses of assets outside the book.
    pub other: f64,
    /// Costs of bankruptcy.
    pub costs: f64,
    /// Lenders that fail.
    pub failures: u32,
    /// Shortfall of capital of all lenders.
    pub shortfall: f64,
    /// Additional share of the lenders' equity that distress takes.
    pub debt_rank: f64,
    /// Lenders that fail if failed claims are lost entirely.
    pub cascade: u32,
}

impl Outcome {
    /// Whether it tells more than who bears the streams.
    pub fn is_struck(&self) -> bool {
        let Self { creditors, costs, failures, shortfall, debt_rank, cascade, .. } = *self;
        let amounts = [creditors, costs, shortfall, debt_rank];
        failures > 0 || cascade > 0 || amounts.iter().any(|&amount| amount != 0.0)
    }

    /// What a bearer bears.
    pub fn bears(&self, bearer: Bearer) -> f64 {
        match bearer {
            Bearer::Lenders => self.lenders,
            Bearer::Partners => self.partners,
            Bearer::Investors => self.investors,
            Bearer::Creditors => self.creditors,
        }
    }
}

/// Working memory of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The trial before contagion.
    pub borne: Borne,
    /// Whether the network was cleared.
    pub is_cleared: bool,
    /// What stays at each lender: of its owners and of its creditors outside the system.
    pub stays: Vec<f64>,
    /// Whether each lender fails.
    pub failed: Vec<bool>,
    contagion: contagion::Scratch,
}

impl Market {
    /// Puts the system together; books are those of the policies.
    ///
    /// Faults: totals that no network has.
    pub fn new(
        spec: &SystemSpec,
        (roster, pools): (Roster, Vec<Pool>),
        columns: &Columns,
        books: &[&Books],
        owes: Option<Vec<Vec<f64>>>,
    ) -> Result<Self, Vec<Fault>> {
        let sheets =
            |books: &&Books| Sheets::new(&roster, &pools, columns, books, spec.risk_weight);
        let mut sheets: Vec<Sheets> = books.iter().map(sheets).collect();
        let contagion = match &spec.contagion {
            Some(own) => Some(Contagion::new(own, &roster, owes, &mut sheets)?),
            None => {
                for sheets in &mut sheets {
                    for at in roster.with_capital() {
                        let capital = roster.lenders[at].capital.unwrap_or(0.0);
                        sheets.close(at, capital, 0.0, 0.0);
                    }
                }
                None
            }
        };
        let capital = |lender: &Lender| lender.capital.unwrap_or(f64::INFINITY);
        let capital: Vec<f64> = roster.lenders.iter().map(capital).collect();
        let streams = Streams::new(&roster, &pools, columns);
        let book_lenders = columns.lenders().len();
        let part = |shares: &Vec<(usize, f64)>| {
            let of = |keep: &dyn Fn(usize) -> bool| {
                shares.iter().filter(|own| keep(own.0)).fold(0.0, |sum, own| sum + own.1)
            };
            (of(&|lender| lender < book_lenders), of(&|lender| lender >= book_lenders))
        };
        let strain = sheets
            .iter()
            .map(|sheets| strain(&streams, &capital, &sheets.weighted, spec.capital_ratio))
            .collect();
        Ok(Self {
            parts: streams.shares.iter().map(part).collect(),
            strain,
            capital,
            streams,
            roster,
            pools,
            sheets,
            capital_ratio: spec.capital_ratio,
            cut: spec.feedback.map(|feedback| feedback.cut.get()),
            contagion,
            book_lenders,
        })
    }

    /// Loss rates of the classes of other assets in a trial with these factors.
    pub fn rates(&self, factors: &[f64], out: &mut Vec<f64>) {
        out.clear();
        out.extend(self.roster.classes.iter().map(|class| class.loss(factors)));
    }

    /// Part of a stream that a bearer bears as long as no lender fails.
    pub fn part(&self, stream: usize, bearer: Bearer) -> f64 {
        let is_held = !self.streams.shares[stream].is_empty();
        match (bearer, self.streams.kinds[stream]) {
            (Bearer::Lenders, _) => self.parts[stream].0,
            (Bearer::Partners, _) => self.parts[stream].1,
            (Bearer::Investors, Stream::Tranche { .. }) if !is_held => 1.0,
            (Bearer::Investors | Bearer::Creditors, _) => 0.0,
        }
    }

    /// Streams of losses, from losses by column of the book and the rates of other assets.
    pub fn flow(&self, policy: usize, columns: &[f64], rates: &[f64], scratch: &mut Scratch) {
        let on = (&self.roster, self.pools.as_slice(), &self.sheets[policy]);
        self.streams.flow(on, columns, rates, &mut scratch.borne);
    }

    /// Losses of lenders before contagion, from the streams.
    fn bear(&self, borne: &mut Borne) {
        self.streams.bear(self.roster.lenders.len(), borne);
    }

    /// Capital that a lender lacks after a loss; below 0 where it has more than enough, and without
    /// stated capital.
    #[inline]
    fn lacks(&self, policy: usize, lender: usize, loss: f64) -> f64 {
        let needed = self.capital_ratio * self.sheets[policy].weighted[lender];
        needed - (self.capital[lender] - loss)
    }

    /// Share of each column's lines that stressed lenders cut after the losses of [`Self::flow`]; `None` where
    /// nobody is stressed.
    pub fn cuts(&self, policy: usize, scratch: &mut Scratch) -> Option<Vec<f64>> {
        if self.is_calm(policy, &scratch.borne.streams) {
            return None;
        }
        self.bear(&mut scratch.borne);
        let losses = &scratch.borne.losses;
        let is_stressed = |lender: usize| self.lacks(policy, lender, losses[lender]) > 0.0;
        let cut = self.cut.filter(|_| (0..losses.len()).any(is_stressed))?;
        let stressed = |lender: usize| f64::from(u8::from(is_stressed(lender)));
        let of = |source: &Source| match source {
            Source::Direct(stream) => cut * stressed(self.streams.shares[*stream][0].0),
            Source::Pool(pool) => {
                let Pool { own, maker, partners, securitised, tranches, .. } = &self.pools[*pool];
                let funded: f64 = partners.iter().map(|&(l, share)| share * stressed(l)).sum();
                let held: f64 = tranches
                    .iter()
                    .filter_map(|tranche| Some(tranche.width() * stressed(tranche.holder?)))
                    .sum();
                cut * (own * stressed(*maker) + funded + securitised * held)
            }
        };
        Some(self.streams.columns.iter().map(of).collect())
    }

    /// Whether nobody can be stressed, or lose his capital, with these streams: told without looking at each.
    /// What is not told so may still be calm.
    fn is_calm(&self, policy: usize, streams: &[f64]) -> bool {
        let Some(strain) = &self.strain[policy] else { return false };
        let own = streams.iter().zip(strain).filter(|(stream, _)| **stream > 0.0);
        // More than roundings can move.
        own.map(|(stream, strain)| stream * strain).sum::<f64>() < 1.0 - 1e-9
    }

    /// How each lender ends a trial: who bears what, what stays at it, whether it fails.
    fn end(
        &self,
        policy: usize,
        (cleared, losses): (Option<(&Contagion, &Cleared)>, &[f64]),
        (stays, failed): (&mut Vec<f64>, &mut Vec<bool>),
        outcome: &mut Outcome,
    ) {
        let sheets = &self.sheets[policy];
        let (mut lenders, mut partners) = (0.0, 0.0);
        for (at, &loss) in losses.iter().enumerate() {
            let capital = self.capital[at];
            let member = cleared.and_then(|(spread, cleared)| Some((cleared, spread.member(at)?)));
            let (owners, creditors, fails) = match member {
                Some((cleared, member)) if capital.is_finite() => (
                    capital - cleared.equity[member],
                    sheets.outside_debts[at] - cleared.paid_outside[member],
                    cleared.failed[member],
                ),
                _ => (loss.min(capital), (loss - capital).max(0.0), is_lost(loss, capital)),
            };
            *(if at < self.book_lenders { &mut lenders } else { &mut partners }) += owners;
            outcome.creditors += creditors;
            let own = if member.is_some() { owners + creditors } else { loss };
            stays.push(own);
            failed.push(fails);
            outcome.shortfall += self.lacks(policy, at, own).max(0.0);
        }
        // Where owners bear everything it is told by streams, in stressed trials and calm ones alike.
        if cleared.is_some() || outcome.creditors > 0.0 {
            (outcome.lenders, outcome.partners) = (lenders, partners);
        }
    }

    /// What the losses of [`Self::flow`] do to the system.
    pub fn outcome(&self, policy: usize, scratch: &mut Scratch) -> Outcome {
        let sheets = &self.sheets[policy];
        let Scratch { borne, is_cleared, stays, failed, contagion } = scratch;
        let mut outcome = Outcome::default();
        let kinds = self.streams.kinds.iter().zip(&self.streams.shares).zip(&self.parts);
        let (mut by_lenders, mut by_partners) = (0.0, 0.0);
        for (stream, ((kind, shares), parts)) in borne.streams.iter().zip(kinds) {
            match kind {
                Stream::Tranche { .. } if shares.is_empty() => outcome.investors += stream,
                Stream::Class => outcome.other += stream * (parts.0 + parts.1),
                _ => {}
            }
            by_lenders += stream * parts.0;
            by_partners += stream * parts.1;
        }
        outcome.total = outcome.investors + by_lenders + by_partners;
        (outcome.lenders, outcome.partners) = (by_lenders, by_partners);
        *is_cleared = false;
        let spread = self.contagion.as_ref();
        let is_calm = borne.broken.is_empty() && self.is_calm(policy, &borne.streams);
        if is_calm && spread.is_none() {
            return outcome;
        }
        self.bear(borne);
        let Borne { losses, broken, .. } = borne;
        let is_lost = |lender: usize| is_lost(losses[lender], self.capital[lender]);
        let cleared = spread
            .filter(|_| (0..losses.len()).any(is_lost))
            .map(|spread| (spread, spread.clear(policy, sheets, losses, contagion)));
        *is_cleared = cleared.is_some();
        stays.clear();
        failed.clear();
        if !is_calm {
            self.end(policy, (cleared, losses), (stays, failed), &mut outcome);
            broken.iter().for_each(|&at| failed[at] = true);
            outcome.failures = failed.iter().map(|&failed| u32::from(failed)).sum();
        }
        outcome.costs = cleared.map_or(0.0, |(_, cleared)| cleared.costs);
        outcome.total += outcome.costs;
        if let Some(spread) = spread {
            outcome.debt_rank = spread.distress(losses, contagion);
            outcome.cascade = spread.cascade(losses, broken);
        }
        outcome
    }

    /// The most that all lenders and investors may lose besides the losses of the book.
    pub fn largest_besides_book(&self) -> f64 {
        let classes = &self.roster.classes;
        let other = self.roster.lenders.iter().filter_map(|lender| lender.other);
        let other: f64 = other.map(|other| classes[other.class].lgd * other.amount).sum();
        other + self.contagion.as_ref().map_or(0.0, |c| c.largest_costs(&self.sheets))
    }

    /// Whether somebody of a kind may bear something.
    pub fn has(&self, bearer: Bearer) -> bool {
        match bearer {
            Bearer::Lenders => true,
            Bearer::Partners => self.roster.lenders.len() > self.book_lenders,
            Bearer::Investors => self.pools.iter().any(|pool| {
                pool.securitised > 0.0 && pool.tranches.iter().any(|t| t.holder.is_none())
            }),
            Bearer::Creditors => self.roster.with_capital().next().is_some(),
        }
    }

    /// The lenders whose owners a bearer is; `None` for those who own none.
    pub fn owned_by(&self, bearer: Bearer) -> Option<Range<usize>> {
        match bearer {
            Bearer::Lenders => Some(0..self.book_lenders),
            Bearer::Partners => Some(self.book_lenders..self.roster.lenders.len()),
            Bearer::Investors | Bearer::Creditors => None,
        }
    }

    /// Which DebtRank is reported.
    pub fn debt_rank(&self) -> Option<DebtRankVariant> {
        self.contagion.as_ref().and_then(Contagion::debt_rank)
    }
}

/// By stream, the largest share of what a bearer can lose without being stressed or failing that a unit of it
/// takes; `None` where somebody is stressed without a loss.
fn strain(streams: &Streams, capital: &[f64], weighted: &[f64], ratio: f64) -> Option<Vec<f64>> {
    let limits = capital.iter().zip(weighted).map(|(capital, weighted)| capital - ratio * weighted);
    let limits: Vec<f64> = limits.collect();
    if limits.iter().any(|&limit| limit < 0.0) {
        return None;
    }
    let of = |shares: &Vec<(usize, f64)>| {
        let own = shares.iter().filter(|own| own.1 > 0.0);
        own.map(|&(lender, share)| share / limits[lender]).fold(0.0, f64::max)
    };
    Some(streams.shares.iter().map(of).collect())
}
