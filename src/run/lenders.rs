//! The lenders of a run: its trials once more as losses of those who fund the loans, with the second
//! round where lenders are stressed.

use std::sync::atomic::AtomicBool;

use ndarray::s;

use super::Prepared;
use crate::engine::plan::Draws;
use crate::engine::{
    self, BLOCK_TRIALS, Defaults, LossBlock, LossSample, Moves, Replayed, Replays, Severities,
    ordered_map,
};
use crate::error::{Fault, FaultKind, Place};
use crate::measures::attribution::AttributionRow;
use crate::measures::borne::Borne;
use crate::measures::failures::{FailurePoint, failure_points};
use crate::measures::lenders::{LenderRow, lender_rows};
use crate::measures::system_effects::SystemEffects;
use crate::policy::second_round::SecondRound;
use crate::policy::{Books, Conduct, Effect, Ground, NewLimits, limits_of};
use crate::report::facts;
use crate::report::results::SystemResults;
use crate::scenario::{GroupSpec, NetworkSpec, Policy};
use crate::system::market::{Market, Outcome, Scratch};
use crate::system::roster::Roster;
use crate::system::sample::{SecondTrial, SystemSample};
use crate::system::{funding, network_file};
use crate::units::Currency;

/// Limits of a policy before and during the shock.
type Worked = (Policy, NewLimits, Option<NewLimits>);

/// What was worked out before is not refused.
fn refused(faults: &[Fault]) -> ! {
    panic!("a scenario that was worked out before: {faults:?}")
}

/// What a piece of work tells of a policy.
#[derive(Default)]
struct Part {
    rows: Vec<LenderRow>,
    failures: Vec<FailurePoint>,
    effects: Vec<AttributionRow>,
}

/// Working memory of a thread.
#[derive(Default)]
struct Own {
    engine: engine::Scratch,
    market: Scratch,
    columns: Vec<f64>,
    rates: Vec<f64>,
}

impl Prepared {
    /// What the trials of a sample do to the lenders; `None` without a system.
    pub fn lenders(&self, sample: &LossSample, threads: usize) -> Option<SystemSample> {
        let market = self.market.as_ref()?;
        let Some(feedback) = self.scenario.system.as_ref().and_then(|system| system.feedback)
        else {
            return Some(self.borne(market, sample, None, threads));
        };
        let (book, currency) = (self.book(), &self.scenario.currency);
        let bound = |faults| panic!("a scenario that was worked out before: {faults:?}");
        let conduct = Conduct::new(&self.scenario.behaviour, book, currency)
            .unwrap_or_else(bound)
            .under(&self.scenario.severity, book);
        let worked: Vec<Worked> = self
            .applied
            .iter()
            .map(|applied| limits_of(applied, book, currency).unwrap_or_else(|f| refused(&f)))
            .collect();
        let ground = Ground {
            book,
            columns: &self.columns,
            currency,
            conduct: &conduct,
            bands: &self.bands,
        };
        let rounds: Vec<SecondRound<'_>> = worked
            .iter()
            .map(|(policy, limits, during)| SecondRound {
                reaction: ground.reaction(policy, limits).unwrap_or_else(|f| refused(&f)),
                during: during.as_ref(),
                squeeze: feedback.squeeze,
            })
            .collect();
        let squeezed: Vec<Effect> = rounds
            .iter()
            .zip(&self.applied)
            .map(|(round, applied)| {
                let own = |b| applied.effect.shift(b);
                Effect::of_shifts(round.shifts(own, feedback.cut.get()))
            })
            .collect();
        let effects: Vec<&Effect> =
            self.applied.iter().map(|applied| &applied.effect).chain(&squeezed).collect();
        let column = |new: usize, segment| self.columns.at(segment, self.new_lenders[new]);
        let moves = Moves::new(book, &self.model, &effects, column);
        let baseline = &self.applied[self.scenario.baseline].effect.exposure;
        let defaults = Defaults::new(self.scenario.seed, book, &self.model)
            .with_plan(sample.plan.clone(), baseline)
            .with_moves(moves);
        let severity = self.severity.as_ref().map(|laws| {
            Severities::new(self.scenario.seed, (book, &self.model), laws, effects.clone())
        });
        let replays = Replays::new(book, &self.columns, defaults, rounds, &self.new_lenders)
            .with_severity(severity);
        Some(self.borne(market, sample, Some(&replays), threads))
    }

    /// The system as measures take it.
    pub(super) fn borne_by<'a>(&'a self, sample: Option<&'a SystemSample>) -> Option<Borne<'a>> {
        let spec = self.scenario.system.as_ref()?;
        Some(Borne {
            market: self.market.as_ref()?,
            sample: sample?,
            failures: &spec.failures,
            feedback: spec.feedback.is_some(),
            during: &self.during,
        })
    }

    /// What the trials do to the lenders, policy by policy.
    pub(super) fn system_results(
        &self,
        sample: &LossSample,
        lenders: &SystemSample,
        threads: usize,
    ) -> Option<SystemResults> {
        let borne = self.borne_by(Some(lenders))?;
        let policies = &self.scenario.policies;
        let ids: Vec<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
        let per_unit = self.scenario.currency.per_unit();
        Some(self.with_asked(sample, |asked| {
            let baseline = self.scenario.baseline;
            let all = SystemEffects::new(borne, (&ids, baseline), sample, asked);
            // What threads are left over go to the lenders of each policy.
            let inner = threads.div_ceil(ids.len());
            let lenders = |policy: usize| {
                let own = (policy, ids[policy]);
                let largest = borne.largest(policy, self.applied[policy].books.total());
                let rows = lender_rows(borne, own, largest, asked, inner);
                (rows, failure_points(borne, own, asked))
            };
            let one = |(): &mut (), piece: usize| {
                let mut part = Part::default();
                match piece.checked_sub(1) {
                    // First of all, so that nobody waits for it.
                    None => all.prepare(),
                    Some(policy) if policy < ids.len() => {
                        (part.rows, part.failures) = lenders(policy);
                    }
                    Some(piece) => part.effects = all.rows(piece - ids.len()),
                }
                part
            };
            let never = AtomicBool::new(false);
            let mut mapped = ordered_map(1 + 2 * ids.len(), threads, &never, || (), one, |_| {});
            // Effects of the baseline are told first.
            mapped.done[1 + ids.len()..=1 + ids.len() + baseline].rotate_right(1);
            let (mut rows, mut failures, mut effects) = (Vec::new(), Vec::new(), Vec::new());
            for part in mapped.done {
                rows.extend(part.rows);
                failures.extend(part.failures);
                effects.extend(part.effects);
            }
            SystemResults {
                lenders: facts::lenders(borne.market, per_unit),
                tranches: facts::tranches(borne.market, &ids, per_unit),
                debts: facts::debts(borne.market, per_unit),
                debt_rank: borne.market.debt_rank(),
                rows,
                failures,
                effects,
            }
        }))
    }

    /// Bytes that the series of lenders take.
    pub(super) fn system_bytes(&self) -> u64 {
        let trials = self.scenario.sampling.trials.next_multiple_of(BLOCK_TRIALS);
        let policies = self.applied.len() as u64;
        self.market.as_ref().map_or(0, |m| trials * policies * SystemSample::bytes_per_trial(m))
    }

    /// Puts the system together with the policies; the bytes of a network's file come along.
    pub(super) fn market(&self) -> Result<Option<(Market, Vec<u8>)>, Vec<Fault>> {
        let Some(spec) = &self.scenario.system else { return Ok(None) };
        let roster = Roster::new(spec, self.columns.lenders());
        let taken: Vec<Fault> = spec.groups.iter().flat_map(|group| self.taken(group)).collect();
        if !taken.is_empty() {
            return Err(taken);
        }
        let baseline = &self.applied[self.scenario.baseline].books;
        let balance = |column: usize| baseline.columns[column].balance;
        let pools = funding::pools(spec, &roster, &self.columns, balance)?;
        let network = spec.contagion.as_ref().map(|contagion| &contagion.network);
        let (owes, bytes) = match network {
            Some(network) => owed(network, &roster, &self.scenario.currency)?,
            None => (None, Vec::new()),
        };
        let books: Vec<&Books> = self.applied.iter().map(|applied| &applied.books).collect();
        let market = Market::new(spec, (roster, pools), &self.columns, &books, owes)?;
        Ok(Some((market, bytes)))
    }

    /// Names of a group that lenders of the book have.
    fn taken(&self, group: &GroupSpec) -> Option<Fault> {
        let is_taken = |name: &&String| **name == group.name || group.has(name);
        let name = self.columns.lenders().iter().find(is_taken)?;
        let message =
            format!("`{name}` is a lender of the book, and a name of group `{}`", group.name);
        let place = Place::Value(format!("{}.name", group.path));
        let fault = Fault::new(place, FaultKind::Conflict { message });
        Some(fault.with_hint("give the group another name"))
    }

    fn borne(
        &self,
        market: &Market,
        sample: &LossSample,
        replays: Option<&Replays<'_>>,
        threads: usize,
    ) -> SystemSample {
        let factors = self.model.factors.len();
        let draws = Draws::new(self.scenario.seed, factors, sample.plan.clone());
        // A stop has ended the sampling; what was sampled is still told whole.
        let never = AtomicBool::new(false);
        let mapped = ordered_map(
            sample.blocks.len(),
            threads,
            &never,
            Own::default,
            |own, at| self.block(market, &draws, &sample.blocks[at], replays, own),
            |_| {},
        );
        let mut all = SystemSample::new(market, self.applied.len(), sample.trials());
        mapped.done.into_iter().for_each(|block| all.append(block));
        all
    }

    fn block(
        &self,
        market: &Market,
        draws: &Draws,
        block: &LossBlock,
        replays: Option<&Replays<'_>>,
        own: &mut Own,
    ) -> SystemSample {
        let policies = self.applied.len();
        let trials = block.losses.shape()[0];
        let mut found = SystemSample::new(market, policies, trials);
        if !market.roster.classes.is_empty() {
            for t in 0..trials {
                let trial = block.first + t as u64;
                let factors = self.model.factors.transform(&draws.draw(0, trial).normals);
                market.rates(&factors, &mut own.rates);
                found.rates.iter_mut().zip(&own.rates).for_each(|(all, &rate)| all.push(rate));
            }
        }
        // By trial and policy.
        let mut second = replays.map(|replays| {
            let cuts: Vec<Vec<Option<Vec<f64>>>> = (0..trials)
                .map(|t| {
                    own.rates_of(&found, t);
                    let cuts = |policy| {
                        own.read(block, t, policy, None);
                        market.flow(policy, &own.columns, &own.rates, &mut own.market);
                        market.cuts(policy, &mut own.market)
                    };
                    (0..policies).map(cuts).collect()
                })
                .collect();
            replays.trials(block.first, &cuts, &mut own.engine)
        });
        let tells_first = replays.is_some() && market.contagion.is_some();
        for t in 0..trials {
            own.rates_of(&found, t);
            let mut other = 0.0;
            for policy in 0..policies {
                let trials = &mut found.policies[policy];
                let more = second.as_mut().and_then(|second| second[t][policy].take());
                let more = more.filter(|second| second.people > 0);
                let first = (tells_first && more.is_some())
                    .then(|| own.outcome(market, (block, t), policy, None).costs);
                let losses = more.as_ref().map(|second| second.losses.as_slice());
                let outcome = own.outcome(market, (block, t), policy, losses);
                let first = first.unwrap_or(if tells_first { outcome.costs } else { 0.0 });
                other = outcome.other;
                trials.push(market, t, (outcome, first), &own.market);
                if let Some(Replayed { losses, people }) = more {
                    trials.second.push(SecondTrial { trial: t, losses, people });
                }
            }
            found.other.push(other);
        }
        found
    }
}

/// Debts by lender x lender, smallest units.
type Debts = Vec<Vec<f64>>;

/// Who owes whom, and the file it stands in; `None`: to be filled in from totals.
fn owed(
    network: &NetworkSpec,
    roster: &Roster,
    currency: &Currency,
) -> Result<(Option<Debts>, Vec<u8>), Vec<Fault>> {
    match network {
        NetworkSpec::MaximumEntropy => Ok((None, Vec::new())),
        NetworkSpec::File(path) => {
            network_file::read(path, roster, currency).map(|read| (Some(read.owes), read.bytes))
        }
        NetworkSpec::Matrix { lenders, owes } => {
            let n = roster.lenders.len();
            let mut all = vec![vec![0.0; n]; n];
            let at: Vec<usize> = lenders.iter().flat_map(|name| roster.resolve(name)).collect();
            for (&i, row) in at.iter().zip(owes) {
                for (&j, debt) in at.iter().zip(row) {
                    all[i][j] = debt.0 as f64;
                }
            }
            Ok((Some(all), Vec::new()))
        }
    }
}

impl Own {
    /// What the losses of a trial do to the system; clearing comes once, at the end.
    fn outcome(
        &mut self,
        market: &Market,
        (block, t): (&LossBlock, usize),
        policy: usize,
        second: Option<&[i64]>,
    ) -> Outcome {
        self.read(block, t, policy, second);
        market.flow(policy, &self.columns, &self.rates, &mut self.market);
        market.outcome(policy, &mut self.market)
    }

    /// Rates of other assets in a trial.
    fn rates_of(&mut self, found: &SystemSample, t: usize) {
        self.rates.clear();
        self.rates.extend(found.rates.iter().map(|rates| rates[t]));
    }

    /// Losses by column under a policy, with those of a second round.
    fn read(&mut self, block: &LossBlock, t: usize, policy: usize, second: Option<&[i64]>) {
        let losses = block.losses.slice(s![t, 0, policy, ..]);
        self.columns.clear();
        match second {
            None => self.columns.extend(losses.iter().map(|&loss| loss as f64)),
            Some(more) => {
                let both = losses.iter().zip(more);
                self.columns.extend(both.map(|(loss, more)| (loss + more) as f64));
            }
        }
    }
}
