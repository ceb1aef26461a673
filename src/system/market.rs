//! Lenders, their funding and their balance sheets under every policy: what a trial's losses do to them.
//!
//! Under policy k lender j has, in smallest units,
//!
//! 1. assets A = its part of the book at exposure at default, tranches, assets outside the book, and cash
//!    where its capital and debts exceed all these and its claims on other lenders;
//! 2. risk-weighted assets R = the sum of risk weight times each of them, cash and claims on lenders at 0;
//! 3. a loss x before contagion, linear in a few streams ([`super::funding`], equations 1 to 4).
//!
//! It is stressed if its capital ratio (C - x) / R is below the threshold r; its shortfall of capital is
//! max(0, r R - (C - x)). It fails if x > C, and so does a guarantor that cannot pay all it has promised. Its
//! owners lose min(x, C), its creditors the rest. Lenders without stated capital bear what comes.

use super::Bearer;
use super::contagion::{self, Contagion};
use super::funding::Pool;
use super::roster::Roster;
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
    /// By policy.
    pub standings: Vec<Standing>,
    /// r.
    pub capital_ratio: f64,
    /// Share that a line loses if all who fund it are stressed; `None`: nobody cuts.
    pub cut: Option<f64>,
    /// How failures spread.
    pub contagion: Option<Contagion>,
    streams: Vec<Stream>,
    /// By stream: who bears which share of it.
    shares: Vec<Vec<(usize, f64)>>,
    guarantors: Vec<Guarantor>,
    /// Column of the book: its stream, or its pool.
    columns: Vec<Place>,
    /// Lenders of the book are the first of all.
    book_lenders: usize,
}

/// A part of the losses that lenders bear in fixed shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Loans that a lender funds alone.
    Direct,
    /// What the maker of a pool bears itself.
    Own,
    /// What the partners of a pool bear after guarantees.
    Partners,
    /// A tranche of a pool.
    Tranche {
        /// The pool.
        pool: usize,
        /// Its number in the pool.
        at: usize,
    },
    /// What a guarantor pays.
    Guarantee,
    /// Loss per unit of a class of assets outside the book.
    Class,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Direct(usize),
    Pool(usize),
}

/// A lender that guarantees, and what its own losses are made of.
#[derive(Debug)]
struct Guarantor {
    lender: usize,
    own: Vec<(usize, f64)>,
    pools: Vec<usize>,
}

/// Balance sheets under a policy; by lender unless said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// Balance of each pool.
    pub pool_balance: Vec<f64>,
    /// Share of each pool's exposure at default that is drawn before.
    pub pool_drawn: Vec<f64>,
    /// Balances of the book that it funds.
    pub credit: Vec<f64>,
    /// The same at exposure at default.
    pub exposure: Vec<f64>,
    /// R.
    pub weighted: Vec<f64>,
    /// A.
    pub assets: Vec<f64>,
    /// Debts to creditors outside the system: what capital and debts to lenders leave open.
    pub outside_debts: Vec<f64>,
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

/// Working memory of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// By stream.
    pub streams: Vec<f64>,
    /// x by lender.
    pub losses: Vec<f64>,
    /// What stays at each lender after contagion; as `losses` where there is none.
    pub stays: Vec<f64>,
    /// Whether each lender fails; only told where contagion was worked out.
    pub failed: Vec<bool>,
    /// Guarantors that could not pay all they had promised.
    pub broken: Vec<usize>,
    promised: Vec<f64>,
    contagion: contagion::Scratch,
}

impl Market {
    /// Puts the system together; books are those of the policies, the baseline's at `baseline`.
    pub fn new(
        spec: &SystemSpec,
        (roster, pools): (Roster, Vec<Pool>),
        columns: &Columns,
        books: &[&Books],
        owes: Option<Vec<Vec<f64>>>,
    ) -> Result<Self, Vec<Fault>> {
        let mut streams = Vec::new();
        let mut shares: Vec<Vec<(usize, f64)>> = Vec::new();
        let mut add = |stream: Stream, own: Vec<(usize, f64)>| {
            streams.push(stream);
            shares.push(own);
            shares.len() - 1
        };
        let mut direct = vec![None; columns.lenders().len()];
        let places = columns.pairs().iter().map(|pair| match pair.slice {
            Some(pool) => Place::Pool(pool),
            None => {
                let own = &mut direct[pair.lender];
                let at = *own.get_or_insert_with(|| add(Stream::Direct, vec![(pair.lender, 1.0)]));
                Place::Direct(at)
            }
        });
        let places: Vec<Place> = places.collect();
        for (number, pool) in pools.iter().enumerate() {
            add(Stream::Own, vec![(pool.maker, 1.0)]);
            let whole = pool.partners_share();
            let partners = pool.partners.iter().filter(|(_, share)| *share > 0.0);
            let partners = partners.map(|&(lender, share)| (lender, share / whole));
            add(Stream::Partners, partners.collect());
            for (at, tranche) in pool.tranches.iter().enumerate() {
                let holder = tranche.holder.map(|lender| (lender, 1.0));
                add(Stream::Tranche { pool: number, at }, holder.into_iter().collect());
            }
        }
        let classes = (0..roster.classes.len()).map(|class| {
            let own = roster.lenders.iter().enumerate().filter_map(|(at, lender)| {
                lender.other.filter(|o| o.class == class).map(|o| (at, o.amount))
            });
            own.collect::<Vec<_>>()
        });
        classes.for_each(|own| {
            add(Stream::Class, own);
        });
        let mut guarantors: Vec<Guarantor> = Vec::new();
        for (number, pool) in pools.iter().enumerate() {
            let Some(promise) = pool.promise else { continue };
            match guarantors.iter_mut().find(|known| known.lender == promise.by) {
                Some(known) => known.pools.push(number),
                None => guarantors.push(Guarantor {
                    lender: promise.by,
                    own: Vec::new(),
                    pools: vec![number],
                }),
            }
        }
        for guarantor in &mut guarantors {
            let own = shares.iter().enumerate().flat_map(|(stream, shares)| {
                let own = shares.iter().filter(|(lender, _)| *lender == guarantor.lender);
                own.map(move |&(_, share)| (stream, share))
            });
            guarantor.own = own.collect();
        }
        for guarantor in &guarantors {
            streams.push(Stream::Guarantee);
            shares.push(vec![(guarantor.lender, 1.0)]);
        }
        let mut market = Self {
            roster,
            pools,
            standings: Vec::new(),
            capital_ratio: spec.capital_ratio,
            cut: spec.feedback.map(|feedback| feedback.cut.get()),
            contagion: None,
            streams,
            shares,
            guarantors,
            columns: places,
            book_lenders: columns.lenders().len(),
        };
        market.standings = books.iter().map(|books| market.standing(spec, books)).collect();
        if let Some(own) = &spec.contagion {
            let owes = owes.unwrap_or_default();
            market.contagion =
                Some(Contagion::new(own, &market.roster, owes, &mut market.standings)?);
        } else {
            let standings = &mut market.standings;
            let members: Vec<usize> = market.roster.with_capital().collect();
            for standing in standings {
                for &j in &members {
                    let capital = market.roster.lenders[j].capital.unwrap_or(0.0);
                    close(standing, j, capital, 0.0, 0.0);
                }
            }
        }
        Ok(market)
    }

    fn standing(&self, spec: &SystemSpec, books: &Books) -> Standing {
        let n = self.roster.lenders.len();
        let mut standing = Standing {
            pool_balance: vec![0.0; self.pools.len()],
            pool_drawn: vec![1.0; self.pools.len()],
            credit: vec![0.0; n],
            exposure: vec![0.0; n],
            weighted: vec![0.0; n],
            assets: vec![0.0; n],
            outside_debts: vec![0.0; n],
        };
        for (column, place) in self.columns.iter().enumerate() {
            if let Place::Direct(stream) = place {
                let sums = &books.columns[column];
                let (lender, _) = self.shares[*stream][0];
                standing.credit[lender] += sums.balance as f64;
                standing.exposure[lender] += sums.exposure as f64;
            }
        }
        let mut tranches = vec![0.0; n];
        for (number, pool) in self.pools.iter().enumerate() {
            let sums = books.over(&pool.columns);
            let (balance, exposure) = (sums.balance as f64, sums.exposure as f64);
            standing.pool_balance[number] = balance;
            if exposure > 0.0 {
                standing.pool_drawn[number] = (balance / exposure).min(1.0);
            }
            let drawn_later = pool.securitised * (exposure - balance).max(0.0);
            standing.credit[pool.maker] += pool.own * balance;
            standing.exposure[pool.maker] += pool.own * exposure + drawn_later;
            for &(lender, share) in &pool.partners {
                standing.credit[lender] += share * balance;
                standing.exposure[lender] += share * exposure;
            }
            for tranche in &pool.tranches {
                let Some(holder) = tranche.holder else { continue };
                let held = (tranche.to - tranche.from) * pool.securitised * balance;
                standing.credit[holder] += held;
                tranches[holder] += held;
                standing.weighted[holder] += held * tranche.risk_weight.unwrap_or(spec.risk_weight);
            }
        }
        for (at, lender) in self.roster.lenders.iter().enumerate() {
            let other = lender.other.map_or(0.0, |other| other.amount);
            let weight = lender.other.map_or(0.0, |other| other.risk_weight);
            standing.weighted[at] += lender.risk_weight * standing.exposure[at] + weight * other;
            standing.exposure[at] += tranches[at];
            standing.assets[at] = standing.exposure[at] + other;
        }
        standing
    }

    /// Number of streams.
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }

    /// Who bears which share of a stream.
    pub fn shares(&self, stream: usize) -> &[(usize, f64)] {
        &self.shares[stream]
    }

    /// Loss rates of the classes of other assets in a trial with these factors.
    pub fn rates(&self, factors: &[f64], out: &mut Vec<f64>) {
        out.clear();
        out.extend(self.roster.classes.iter().map(|class| class.loss(factors)));
    }

    /// Streams and losses of lenders before contagion, from losses by column of the book and the rates
    /// of other assets.
    pub fn bear(&self, policy: usize, columns: &[f64], rates: &[f64], scratch: &mut Scratch) {
        let Scratch { streams, losses, promised, broken, .. } = scratch;
        let standing = &self.standings[policy];
        streams.clear();
        streams.resize(self.streams.len(), 0.0);
        let mut pooled = [0.0; 8];
        let mut many = Vec::new();
        let pooled: &mut [f64] = if self.pools.len() <= pooled.len() {
            &mut pooled[..self.pools.len()]
        } else {
            many.resize(self.pools.len(), 0.0);
            &mut many
        };
        for (place, loss) in self.columns.iter().zip(columns) {
            match place {
                Place::Direct(stream) => streams[*stream] += loss,
                Place::Pool(pool) => pooled[*pool] += loss,
            }
        }
        let mut at = self.streams.iter().take_while(|s| **s == Stream::Direct).count();
        promised.clear();
        for (number, pool) in self.pools.iter().enumerate() {
            let (loss, balance) = (pooled[number], standing.pool_balance[number]);
            let sold = pool.securitised * balance;
            let securitised = pool.securitised * loss * standing.pool_drawn[number];
            let later = pool.securitised * loss - securitised;
            streams[at] = pool.own * loss + later + (securitised - sold).max(0.0);
            let partners = pool.partners_share();
            streams[at + 1] = partners * loss;
            at += 2;
            for tranche in &pool.tranches {
                let (from, to) = (tranche.from * sold, tranche.to * sold);
                streams[at] = (securitised - from).max(0.0).min(to - from);
                at += 1;
            }
            promised.push(pool.promise.map_or(0.0, |promise| {
                let most = promise.limit.map_or(f64::INFINITY, |limit| limit * partners * balance);
                (promise.cover * partners * loss).min(most)
            }));
        }
        streams[at..at + rates.len()].copy_from_slice(rates);
        at += rates.len();
        broken.clear();
        self.guarantee(policy, at, streams, promised, broken);
        losses.clear();
        losses.resize(self.roster.lenders.len(), 0.0);
        for (stream, shares) in streams.iter().zip(&self.shares) {
            for &(lender, share) in shares {
                losses[lender] += share * stream;
            }
        }
    }

    /// Moves what guarantors pay from partners to them.
    fn guarantee(
        &self,
        policy: usize,
        first: usize,
        streams: &mut [f64],
        promised: &[f64],
        broken: &mut Vec<usize>,
    ) {
        for (at, guarantor) in self.guarantors.iter().enumerate() {
            let own: f64 =
                guarantor.own.iter().map(|&(stream, share)| share * streams[stream]).sum();
            let capital = self.roster.lenders[guarantor.lender].capital.unwrap_or(f64::INFINITY);
            // Nobody pays more than it owns.
            let owned = match self.roster.lenders[guarantor.lender].capital {
                Some(_) => self.standings[policy].assets[guarantor.lender],
                None => f64::INFINITY,
            };
            let able = (capital.min(owned) - own).max(0.0);
            let asked: f64 = guarantor.pools.iter().map(|&pool| promised[pool]).sum();
            let part = if asked > able { able / asked } else { 1.0 };
            if asked > able {
                broken.push(guarantor.lender);
            }
            streams[first + at] = part * asked;
            for &pool in &guarantor.pools {
                streams[self.partners_stream(pool)] -= part * promised[pool];
            }
        }
    }

    /// Number of the stream of a pool's partners.
    fn partners_stream(&self, pool: usize) -> usize {
        let partners = self.streams.iter().enumerate().filter(|(_, s)| **s == Stream::Partners);
        partners.map(|(at, _)| at).nth(pool).expect("every pool has a stream of partners")
    }

    /// Whether a lender's capital ratio is below the threshold after its loss.
    fn is_stressed(&self, policy: usize, lender: usize, loss: f64) -> bool {
        let needed = self.capital_ratio * self.standings[policy].weighted[lender];
        self.roster.lenders[lender].capital.is_some_and(|capital| capital - loss < needed)
    }

    /// Whether some lender is stressed after the losses of [`Self::bear`].
    pub fn anybody_stressed(&self, policy: usize, scratch: &Scratch) -> bool {
        let losses = scratch.losses.iter().enumerate();
        losses.into_iter().any(|(lender, &loss)| self.is_stressed(policy, lender, loss))
    }

    /// Share of each column's lines that stressed lenders cut.
    pub fn cuts(&self, policy: usize, scratch: &Scratch) -> Vec<f64> {
        let cut = self.cut.unwrap_or(0.0);
        let stressed = |lender: usize| {
            let is_stressed = self.is_stressed(policy, lender, scratch.losses[lender]);
            f64::from(u8::from(is_stressed))
        };
        let of = |place: &Place| match place {
            Place::Direct(stream) => cut * stressed(self.shares[*stream][0].0),
            Place::Pool(pool) => {
                let Pool { own, maker, partners, securitised, tranches, .. } = &self.pools[*pool];
                let funded: f64 = partners.iter().map(|&(l, share)| share * stressed(l)).sum();
                let held = tranches.iter().filter_map(|tranche| {
                    Some((tranche.to - tranche.from) * stressed(tranche.holder?))
                });
                cut * (own * stressed(*maker) + funded + securitised * held.sum::<f64>())
            }
        };
        self.columns.iter().map(of).collect()
    }

    /// What the losses of [`Self::bear`] do to the system.
    pub fn outcome(&self, policy: usize, scratch: &mut Scratch) -> Outcome {
        let standing = &self.standings[policy];
        let Scratch { streams, losses, stays, failed, broken, contagion, .. } = scratch;
        let mut outcome = Outcome::default();
        for (stream, (kind, shares)) in streams.iter().zip(self.streams.iter().zip(&self.shares)) {
            match kind {
                Stream::Tranche { .. } if shares.is_empty() => outcome.investors += stream,
                Stream::Class => {
                    outcome.other += stream * shares.iter().map(|(_, amount)| amount).sum::<f64>();
                }
                _ => {}
            }
        }
        stays.clone_from(losses);
        failed.clear();
        let mut first_hand = outcome.investors;
        let mut must_clear = false;
        for (at, (&loss, lender)) in losses.iter().zip(&self.roster.lenders).enumerate() {
            first_hand += loss;
            let Some(capital) = lender.capital else {
                *self.owners(&mut outcome, at) += loss;
                continue;
            };
            *self.owners(&mut outcome, at) += loss.min(capital);
            outcome.creditors += (loss - capital).max(0.0);
            let breaks = broken.contains(&at);
            outcome.failures += u32::from(breaks || is_lost(loss, capital));
            must_clear |= is_lost(loss, capital);
            let needed = self.capital_ratio * standing.weighted[at];
            outcome.shortfall += (needed - (capital - loss)).max(0.0);
        }
        if let Some(spread) = &self.contagion {
            if must_clear {
                let lenders = &self.roster.lenders;
                let cleared = spread.clear(policy, standing, losses, contagion);
                outcome.costs = cleared.costs;
                failed.resize(lenders.len(), false);
                outcome.failures = 0;
                outcome.shortfall = 0.0;
                outcome.creditors = 0.0;
                (outcome.lenders, outcome.partners) = (0.0, 0.0);
                for (at, member) in spread.member_of().iter().enumerate() {
                    let Some(m) = *member else {
                        *self.owners(&mut outcome, at) += losses[at];
                        continue;
                    };
                    let capital = lenders[at].capital.unwrap_or(0.0);
                    let owners = capital - cleared.equity[m];
                    let creditors = standing.outside_debts[at] - cleared.paid_outside[m];
                    stays[at] = owners + creditors;
                    failed[at] = cleared.failed[m] || broken.contains(&at);
                    *self.owners(&mut outcome, at) += owners;
                    outcome.creditors += creditors;
                    outcome.failures += u32::from(failed[at]);
                    let needed = self.capital_ratio * standing.weighted[at];
                    outcome.shortfall += (needed - (capital - stays[at])).max(0.0);
                }
            }
            outcome.debt_rank = spread.distress(losses, contagion);
            outcome.cascade = spread.cascade(losses);
        }
        outcome.total = first_hand + outcome.costs;
        outcome
    }

    /// The sum that the owners of a lender belong to.
    fn owners<'o>(&self, outcome: &'o mut Outcome, lender: usize) -> &'o mut f64 {
        if lender < self.book_lenders { &mut outcome.lenders } else { &mut outcome.partners }
    }

    /// The most that all lenders and investors may lose besides the losses of the book.
    pub fn largest_besides_book(&self) -> f64 {
        let classes = &self.roster.classes;
        let other = self.roster.lenders.iter().filter_map(|lender| lender.other);
        let other: f64 = other.map(|other| classes[other.class].lgd * other.amount).sum();
        other + self.contagion.as_ref().map_or(0.0, |c| c.largest_costs(&self.standings))
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

    /// Which DebtRank is reported.
    pub fn debt_rank(&self) -> Option<DebtRankVariant> {
        self.contagion.as_ref().and_then(Contagion::debt_rank)
    }
}

/// Whether a loss is larger than the capital that bears it, by more than rounding.
pub fn is_lost(loss: f64, capital: f64) -> bool {
    loss > capital * (1.0 + 1e-12)
}

/// Closes the balance sheet of a lender that has claims on other lenders and debts to them: cash where
/// assets are too few, debts to the outside where they are more.
pub(super) fn close(standing: &mut Standing, lender: usize, capital: f64, claims: f64, debts: f64) {
    let outside = standing.assets[lender] + claims - debts - capital;
    standing.outside_debts[lender] = outside.max(0.0);
    standing.assets[lender] += (-outside).max(0.0);
}
