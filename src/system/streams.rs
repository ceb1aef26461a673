//! The few series of losses of which every lender bears fixed shares, trial by trial.
//!
//! A lender's loss before contagion is linear in streams: what lenders fund alone, the parts of pools
//! ([`super::funding`], equations 1 to 4), what guarantors pay, and the loss rates of assets outside
//! the book, of which the shares are amounts.

use super::funding::Pool;
use super::network::is_lost;
use super::roster::Roster;
use super::sheets::Sheets;
use crate::portfolio::Columns;

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
    /// Loss per unit of a class of assets outside the book.
    Class,
    /// What a guarantor pays.
    Guarantee,
}

/// The streams of a system: direct ones, those of the pools in turn, classes, guarantees.
#[derive(Debug)]
pub struct Streams {
    /// What each is.
    pub kinds: Vec<Stream>,
    /// By stream: who bears which share of it.
    pub shares: Vec<Vec<(usize, f64)>>,
    /// The same in runs of lenders that follow one another: the first of them, and what each bears.
    runs: Vec<Vec<(usize, Vec<f64>)>>,
    /// By column of the book.
    pub columns: Vec<Source>,
    pools: Vec<PoolStreams>,
    /// Number of the first class.
    classes: usize,
    guarantors: Vec<Guarantor>,
}

/// Where the losses of a column of the book go.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// To the lender that funds them alone, by the number of its stream.
    Direct(usize),
    /// To a pool.
    Pool(usize),
}

/// The streams of a pool: its own, its partners', its tranches in a row.
#[derive(Debug)]
struct PoolStreams {
    own: usize,
    /// b.
    partners: f64,
}

/// A lender that guarantees, and what its own losses are made of.
#[derive(Debug)]
struct Guarantor {
    lender: usize,
    own: Vec<(usize, f64)>,
    pools: Vec<usize>,
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Borne {
    /// By stream, of [`Streams::flow`].
    pub streams: Vec<f64>,
    /// Loss before contagion by lender, of [`Streams::bear`].
    pub losses: Vec<f64>,
    /// Guarantors that could not pay all they had promised.
    pub broken: Vec<usize>,
    pooled: Vec<f64>,
    promised: Vec<f64>,
}

impl Streams {
    /// Lays the streams out.
    pub fn new(roster: &Roster, pools: &[Pool], columns: &Columns) -> Self {
        let mut streams = Self {
            kinds: Vec::new(),
            shares: Vec::new(),
            runs: Vec::new(),
            columns: Vec::new(),
            pools: Vec::new(),
            classes: 0,
            guarantors: Vec::new(),
        };
        let mut direct = vec![None; columns.lenders().len()];
        for column in columns.pairs() {
            let source = match column.slice {
                Some(pool) => Source::Pool(pool),
                None => {
                    let add = || streams.add(Stream::Direct, vec![(column.lender, 1.0)]);
                    Source::Direct(*direct[column.lender].get_or_insert_with(add))
                }
            };
            streams.columns.push(source);
        }
        for (number, pool) in pools.iter().enumerate() {
            let own = streams.add(Stream::Own, vec![(pool.maker, 1.0)]);
            let whole = pool.partners_share();
            // Where capital leaves no room nobody is a partner.
            let partners = pool.partners.iter().filter(|(_, share)| *share > 0.0);
            let partners = partners.map(|&(lender, share)| (lender, share / whole));
            streams.add(Stream::Partners, partners.collect());
            for (at, tranche) in pool.tranches.iter().enumerate() {
                let holder = tranche.holder.map(|lender| (lender, 1.0));
                streams.add(Stream::Tranche { pool: number, at }, holder.into_iter().collect());
            }
            streams.pools.push(PoolStreams { own, partners: whole });
        }
        streams.classes = streams.kinds.len();
        for class in 0..roster.classes.len() {
            let own = roster.lenders.iter().enumerate().filter_map(|(at, lender)| {
                lender.other.filter(|o| o.class == class).map(|o| (at, o.amount))
            });
            streams.add(Stream::Class, own.collect());
        }
        streams.add_guarantors(pools);
        streams.runs = streams.shares.iter().map(|shares| runs(shares)).collect();
        streams
    }

    fn add(&mut self, kind: Stream, shares: Vec<(usize, f64)>) -> usize {
        self.kinds.push(kind);
        self.shares.push(shares);
        self.kinds.len() - 1
    }

    fn add_guarantors(&mut self, pools: &[Pool]) {
        let mut guarantors: Vec<Guarantor> = Vec::new();
        for (number, pool) in pools.iter().enumerate() {
            let Some(promise) = pool.promise else { continue };
            match guarantors.iter_mut().find(|known| known.lender == promise.by) {
                Some(known) => known.pools.push(number),
                None => {
                    let bearers = |shares: &Vec<(usize, f64)>| {
                        shares.iter().find(|own| own.0 == promise.by).map(|own| own.1)
                    };
                    let own = self.shares.iter().map(bearers).enumerate();
                    let own = own.filter_map(|(stream, share)| Some((stream, share?)));
                    let (lender, own, pools) = (promise.by, own.collect(), vec![number]);
                    guarantors.push(Guarantor { lender, own, pools });
                }
            }
        }
        for guarantor in &guarantors {
            self.add(Stream::Guarantee, vec![(guarantor.lender, 1.0)]);
        }
        self.guarantors = guarantors;
    }

    /// Streams from losses by column of the book and the rates of other assets.
    pub fn flow(
        &self,
        (roster, pools, sheets): (&Roster, &[Pool], &Sheets),
        columns: &[f64],
        rates: &[f64],
        borne: &mut Borne,
    ) {
        let Borne { streams, broken, pooled, promised, .. } = borne;
        zeros(streams, self.kinds.len());
        zeros(pooled, pools.len());
        for (source, loss) in self.columns.iter().zip(columns) {
            match source {
                Source::Direct(stream) => streams[*stream] += loss,
                Source::Pool(pool) => pooled[*pool] += loss,
            }
        }
        promised.clear();
        for (number, (pool, own)) in pools.iter().zip(&self.pools).enumerate() {
            let (loss, balance) = (pooled[number], sheets.pool_balance[number]);
            let sold = pool.securitised * balance;
            let securitised = pool.securitised * loss * sheets.pool_drawn[number];
            let later = pool.securitised * loss - securitised;
            streams[own.own] = pool.own * loss + later + (securitised - sold).max(0.0);
            streams[own.own + 1] = own.partners * loss;
            for (stream, tranche) in streams[own.own + 2..].iter_mut().zip(&pool.tranches) {
                let (from, to) = (tranche.from * sold, tranche.to * sold);
                *stream = (securitised - from).max(0.0).min(to - from);
            }
            promised.push(pool.promise.map_or(0.0, |promise| {
                let most = promise.limit.map_or(f64::INFINITY, |l| l * own.partners * balance);
                (promise.cover * own.partners * loss).min(most)
            }));
        }
        streams[self.classes..self.classes + rates.len()].copy_from_slice(rates);
        self.guarantee(roster, sheets, streams, promised, broken);
    }

    /// Losses of lenders from the streams.
    pub fn bear(&self, lenders: usize, borne: &mut Borne) {
        let Borne { streams, losses, .. } = borne;
        zeros(losses, lenders);
        for (stream, runs) in streams.iter().zip(&self.runs) {
            for (first, shares) in runs {
                let own = losses[*first..].iter_mut().zip(shares);
                own.for_each(|(loss, share)| *loss += share * stream);
            }
        }
    }

    /// Moves what guarantors pay from partners to them.
    fn guarantee(
        &self,
        roster: &Roster,
        sheets: &Sheets,
        streams: &mut [f64],
        promised: &[f64],
        broken: &mut Vec<usize>,
    ) {
        broken.clear();
        let first = streams.len() - self.guarantors.len();
        for (at, guarantor) in self.guarantors.iter().enumerate() {
            let Guarantor { lender, own, pools } = guarantor;
            let own: f64 = own.iter().map(|&(stream, share)| share * streams[stream]).sum();
            // Nobody pays more than it owns.
            let capital = roster.lenders[*lender].capital;
            let owns = capital.map_or(f64::INFINITY, |c| c.min(sheets.assets[*lender]));
            let asked: f64 = pools.iter().map(|&pool| promised[pool]).sum();
            let mut part = 1.0;
            // By more than rounding, so that who can just pay all does.
            if asked > 0.0 && is_lost(own + asked, owns) {
                broken.push(*lender);
                part = (owns - own).max(0.0) / asked;
            }
            streams[first + at] = part * asked;
            for &pool in pools {
                streams[self.pools[pool].own + 1] -= part * promised[pool];
            }
        }
    }
}

/// Shares in runs of lenders that follow one another.
fn runs(shares: &[(usize, f64)]) -> Vec<(usize, Vec<f64>)> {
    let follow = |a: &(usize, f64), b: &(usize, f64)| a.0 + 1 == b.0;
    let run = |run: &[(usize, f64)]| (run[0].0, run.iter().map(|own| own.1).collect());
    shares.chunk_by(follow).map(run).collect()
}

/// As many zeros.
fn zeros(values: &mut Vec<f64>, count: usize) {
    values.clear();
    values.resize(count, 0.0);
}
