//! Losses, books and further numbers of scopes that are no sums of columns: who bears the losses of the
//! system ([`crate::system`]).
//!
//! Losses are rounded to the smallest unit, so that every scope is measured in the same way.

use multiversion::multiversion;

use super::influence::Series;
use super::kinds::{alike, in_proportion};
use super::measure::Measure;
use super::statistic::{Asked, Statistic, mean_of, probability_beyond};
use crate::engine::LossSample;
use crate::policy::CreditSums;
use crate::system::market::{Market, Outcome};
use crate::system::network::is_lost;
use crate::system::sample::{Stays, SystemSample};
use crate::system::{Losses, Scope};

/// The system behind a loss sample.
#[derive(Debug, Clone, Copy)]
pub struct Borne<'a> {
    /// The lenders with their funding.
    pub market: &'a Market,
    /// Its trials.
    pub sample: &'a SystemSample,
    /// Numbers m of which P(at least m lenders fail) is told.
    pub failures: &'a [u32],
    /// Whether there is a second round.
    pub feedback: bool,
    /// Whether each policy comes with the shock.
    pub during: &'a [bool],
}

impl Borne<'_> {
    /// Losses of a scope by trial under a policy, smallest units.
    pub fn losses(&self, policy: usize, scope: &Scope, sample: &LossSample) -> Vec<i64> {
        let Self { market, sample: system, .. } = *self;
        match &scope.losses {
            Losses::Columns(columns) => sample.losses(policy, columns),
            Losses::Total => rounded(&system.total(market, policy)),
            Losses::Bearer(bearer) => rounded(&system.bearer(market, policy, *bearer)),
            Losses::Lenders(lenders) => rounded(&system.lenders(market, policy, lenders)),
            Losses::Tranche { pool, at } => {
                let own = system.policies[policy].tranche(market, *pool, *at);
                rounded(own.unwrap_or_default())
            }
        }
    }

    /// People who default in the second round by trial.
    pub fn second_people(&self, policy: usize) -> Vec<u64> {
        let own = &self.sample.policies[policy];
        let mut people = vec![0; self.sample.trials()];
        own.second.iter().for_each(|second| people[second.trial] = second.people);
        people
    }

    /// The most that all may lose under a policy whose whole book has these sums, smallest units.
    pub fn largest(&self, policy: usize, whole: CreditSums) -> i64 {
        let besides = whole_units(self.market.largest_besides_book());
        // One unit more is a bound as well, and tells a policy that comes with the shock from one that never
        // does: their books are the same.
        let comes = i64::from(self.during[policy]);
        whole.largest_loss.saturating_add(besides).saturating_add(comes)
    }

    /// Credit, exposure and largest loss of a scope under a policy whose whole book has these sums.
    pub fn sums(&self, policy: usize, scope: &Scope, whole: CreditSums) -> CreditSums {
        let sheets = &self.market.sheets[policy];
        let largest = self.largest(policy, whole);
        let only = |credit: f64, exposure: f64, largest: i64| CreditSums {
            balance: whole_units(credit),
            exposure: whole_units(exposure),
            largest_loss: largest,
            ..CreditSums::default()
        };
        match &scope.losses {
            Losses::Columns(_) | Losses::Total => CreditSums { largest_loss: largest, ..whole },
            Losses::Bearer(_) => only(0.0, 0.0, largest),
            Losses::Lenders(lenders) => {
                let sum = |of: &[f64]| lenders.iter().map(|&l| of[l]).sum::<f64>();
                only(sum(&sheets.credit), sum(&sheets.exposure), largest)
            }
            Losses::Tranche { pool, at } => {
                let own = &self.market.pools[*pool];
                let tranche = &own.tranches[*at];
                let sold = own.securitised * sheets.pool_balance[*pool];
                let size = (tranche.to - tranche.from) * sold;
                only(size, size, whole_units(size))
            }
        }
    }

    /// What is told of a scope besides its losses.
    pub fn statistics(
        &self,
        policy: usize,
        scope: &Scope,
        largest: i64,
        asked: Asked<'_>,
    ) -> Vec<Statistic> {
        match &scope.losses {
            Losses::Total => self.whole(policy, largest, asked),
            Losses::Lenders(lenders) => self.of_lenders(policy, lenders, largest, asked),
            _ => Vec::new(),
        }
    }

    fn whole(&self, policy: usize, largest: i64, asked: Asked<'_>) -> Vec<Statistic> {
        let system = self.sample;
        let largest = largest as f64 / asked.per_unit;
        let members = self.market.roster.with_capital().count() as f64;
        let mean = |measure, values: Vec<f64>, most| {
            mean_of(measure, &Series::new(values), (most, largest), asked)
        };
        let units = |values: &[f64]| values.iter().map(|x| x / asked.per_unit).collect::<Vec<_>>();
        let amounts = |of: fn(&Outcome) -> f64| system.of_struck(policy, |own| of(&own.outcome));
        let counts =
            |of: fn(&Outcome) -> u32| system.of_struck(policy, |own| f64::from(of(&own.outcome)));
        let mut all = Vec::new();
        if members > 0.0 {
            let failures = Series::new(counts(|own| own.failures));
            all.push(mean_of(Measure::Failures, &failures, (members, largest), asked));
            for &m in self.failures {
                let m = f64::from(m);
                let key = (Measure::FailuresAtLeast, Some(m));
                all.push(probability_beyond(key, (&failures, m - 0.5), largest, asked));
            }
            all.push(mean(
                Measure::CapitalShortfall,
                units(&amounts(|own| own.shortfall)),
                largest,
            ));
        }
        if !self.market.roster.classes.is_empty() {
            all.push(mean(Measure::OtherAssetLoss, units(&system.other), largest));
        }
        if self.feedback {
            let second = system.policies[policy].second.first();
            let columns: Vec<usize> = (0..second.map_or(0, |s| s.losses.len())).collect();
            let losses: Vec<f64> =
                system.second_losses(policy, &columns).iter().map(|&x| x as f64).collect();
            all.push(mean(Measure::FeedbackLoss, units(&losses), largest));
        }
        if let Some(contagion) = &self.market.contagion {
            let most = contagion.largest_costs(&self.market.sheets) / asked.per_unit;
            all.push(mean(Measure::BankruptcyCosts, units(&amounts(|own| own.costs)), most));
            if contagion.debt_rank().is_some() {
                all.push(mean(Measure::DebtRank, amounts(|own| own.debt_rank), 1.0));
            }
            if contagion.tells_cascade() {
                all.push(mean(Measure::Cascade, counts(|own| own.cascade), members));
            }
        }
        all
    }

    /// Failures and shortfall of a lender, or of the members of a group.
    fn of_lenders(
        &self,
        policy: usize,
        lenders: &[usize],
        largest: i64,
        asked: Asked<'_>,
    ) -> Vec<Statistic> {
        let trials = self.sample.trials();
        let (mut failures, mut shortfall) = (vec![0.0; trials], vec![0.0; trials]);
        // Elsewhere nobody fails or lacks anything.
        let struck = &self.sample.policies[policy].struck;
        let mut members = 0.0;
        for kind in in_proportion(self.market, lenders) {
            let of_first = self.stays(policy, kind.first).in_struck();
            let most = of_first.iter().copied().fold(0.0, f64::max);
            let own: Vec<usize> = kind.members.iter().map(|own| own.0).collect();
            for alike in alike(self.market, policy, &own) {
                let first = alike.first;
                let Some(capital) = self.market.roster.lenders[first].capital else { continue };
                members += alike.members.len() as f64;
                if self.is_sound(policy, (first, capital), kind.scale_of(first) * most) {
                    continue;
                }
                let losses = match first == kind.first {
                    true => &of_first,
                    false => &self.stays(policy, first).in_struck(),
                };
                let end = self.end(policy, (first, capital), losses);
                let scale: f64 = alike.members.iter().map(|(_, scale)| scale).sum();
                let members = alike.members.len() as f64;
                let ends = struck.iter().zip(&end.failed).zip(end.shortfalls());
                for ((struck, &failed), short) in ends {
                    failures[struck.trial] += if failed { members } else { 0.0 };
                    shortfall[struck.trial] += scale * short / asked.per_unit;
                }
            }
        }
        if members == 0.0 {
            return Vec::new();
        }
        let largest = largest as f64 / asked.per_unit;
        let failures = Series::new(failures);
        let failing = match lenders {
            [_] => {
                let key = (Measure::FailureProbability, None);
                probability_beyond(key, (&failures, 0.0), largest, asked)
            }
            _ => mean_of(Measure::Failures, &failures, (members, largest), asked),
        };
        let shortfall = Series::new(shortfall);
        let short = mean_of(Measure::CapitalShortfall, &shortfall, (largest, largest), asked);
        vec![failing, short]
    }

    /// Whether a lender with this capital neither fails nor lacks capital in any trial, as what it may lose is
    /// never above `most`, smallest units.
    pub fn is_sound(&self, policy: usize, (lender, capital): (usize, f64), most: f64) -> bool {
        let own = &self.sample.policies[policy];
        // More than what a sum in another order may differ.
        let most = most * (1.0 + 1e-9);
        self.market.contagion.is_none()
            && !is_lost(most, capital)
            && most < self.spare(policy, (lender, capital))
            && own.broken.iter().all(|(_, guarantor)| *guarantor != lender)
    }

    /// Capital beyond what its ratio asks for.
    fn spare(&self, policy: usize, (lender, capital): (usize, f64)) -> f64 {
        capital - self.market.capital_ratio * self.market.sheets[policy].weighted[lender]
    }

    /// What stays at a lender.
    pub fn stays(&self, policy: usize, lender: usize) -> Stays<'_> {
        self.sample.stays(self.market, policy, &[lender])
    }

    /// How a lender with this capital ends the struck trials, in which so much stays at it. In all others it
    /// neither fails nor lacks capital.
    pub fn end<'l>(
        &self,
        policy: usize,
        (lender, capital): (usize, f64),
        losses: &'l [f64],
    ) -> End<'l> {
        let own = &self.sample.policies[policy];
        let mut failed: Vec<bool> = losses.iter().map(|&loss| is_lost(loss, capital)).collect();
        for (trial, _) in own.broken.iter().filter(|(_, guarantor)| *guarantor == lender) {
            own.place_of_struck(*trial).into_iter().for_each(|at| failed[at] = true);
        }
        for cleared in &own.cleared {
            let place = own.place_of_struck(cleared.trial);
            place.into_iter().for_each(|at| failed[at] = cleared.failed[lender]);
        }
        End { losses, failed, spare: self.spare(policy, (lender, capital)) }
    }

    /// Risk-weighted assets and capital ratio of lenders under a policy, smallest units; `None` where
    /// some have no capital.
    pub fn capital(&self, policy: usize, lenders: &[usize]) -> Option<(f64, f64)> {
        let sheets = &self.market.sheets[policy];
        let capital = lenders.iter().map(|&l| self.market.roster.lenders[l].capital);
        let capital: f64 = capital.sum::<Option<f64>>()?;
        Some((capital, lenders.iter().map(|&l| sheets.weighted[l]).sum()))
    }
}

/// How a lender ends the struck trials, smallest units.
#[derive(Debug, Clone)]
pub struct End<'l> {
    /// What stays at it.
    pub losses: &'l [f64],
    /// Whether it fails.
    pub failed: Vec<bool>,
    /// Capital beyond what its ratio asks for.
    pub spare: f64,
}

impl End<'_> {
    /// Capital that it lacks.
    pub fn shortfalls(&self) -> impl Iterator<Item = f64> {
        self.losses.iter().map(|loss| (loss - self.spare).max(0.0))
    }
}

/// To the smallest unit.
pub fn rounded(losses: &[f64]) -> Vec<i64> {
    let mut whole = vec![0; losses.len()];
    round(losses, &mut whole);
    whole
}

/// To the smallest unit, number by number.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub fn round(losses: &[f64], whole: &mut [i64]) {
    whole.iter_mut().zip(losses).for_each(|(whole, &loss)| *whole = whole_units(loss));
}

/// Rounds half away from zero as [`libm::round`] does, in two steps of the processor: what is added is the
/// largest number below a half, so that nothing else reaches the next whole number.
#[inline(always)]
pub fn whole_units(x: f64) -> i64 {
    (x + (0.5 - 0.25 * f64::EPSILON).copysign(x)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_rounded_as_by_the_library() {
        let two: f64 = 2.0;
        let whole =
            [0.0, 1.0, 2.0, 3.0, 1e6, 1e9, two.powi(51), two.powi(52), two.powi(53), 9e18, 1e300];
        let near = [0.0, 0.25, 0.5, 0.75, 1.5];
        let around = whole.iter().flat_map(|x| near.iter().flat_map(move |d| [x - d, x + d]));
        let beside = around.flat_map(|x: f64| [x.next_down(), x, x.next_up()]);
        for x in beside.flat_map(|x| [x, -x]) {
            assert_eq!(whole_units(x), libm::round(x) as i64, "{x:e}");
        }
    }
}
