//! Regions and break-evens: a policy under many assumptions, all on the trials of the run.

use std::sync::atomic::Ordering;

use super::{Prepared, Settings};
use crate::engine::{LossSample, Plan, ordered_map};
use crate::error::{Error, Fault};
use crate::measures::compare::relative_change;
use crate::measures::order::Ranked;
use crate::measures::region::{BreakEvenPoint, Found, RegionSeries, search};
use crate::measures::statistic::{
    Asked, Known, Sample, Statistic, means_and_shortfalls, statistics,
};
use crate::measures::{Estimate, Measure};
use crate::model::{Model, Segments, Severity};
use crate::policy::{self, Conduct, Effect, Ground, Worst};
use crate::portfolio::Columns;
use crate::report::results::RunResults;
use crate::scenario::{BreakEven, Measured, Region, Scenario, Vary};
use crate::units::Level;

/// Losses that one pass over the trials may hold (128 MiB).
const LOSSES: u64 = 1 << 24;
/// Entries times assumptions that may be held at a time: some 40 bytes each.
const EFFECTS: u64 = 1 << 24;
/// Assumptions that are worked out on one pass, at least and at most.
const TOGETHER: (u64, u64) = (2, 400);
/// Passes that a break-even takes: the first look and the closer ones.
const PASSES: u64 = 4;

/// What a study looks at.
#[derive(Clone, Copy)]
struct Asking<'a> {
    policy: usize,
    measured: Measured,
    vary: &'a Vary,
    trials: u64,
    plan: &'a Plan,
    settings: Settings<'a>,
}

/// The two effects that are compared, and the model under which they are.
struct Assumed {
    scenario: Scenario,
    effects: [Effect; 2],
    columns: Columns,
    new_lenders: Vec<usize>,
    severity: Option<Severity>,
}

impl Prepared {
    /// Steps that carrying the run out takes, about: trials of the run, of each policy's attribution
    /// and of the passes over regions and break-evens; laws where they are worked out.
    pub fn steps_ahead(&self) -> u64 {
        if !self.is_sampled() {
            return (self.scopes().len() * self.applied.len()) as u64;
        }
        let Scenario { sampling, regions, break_evens, .. } = &self.scenario;
        let together = self.together(sampling.trials);
        let passes = |points: usize| (points as u64).div_ceil(together);
        let studies: u64 = match self.vary {
            Some(_) => {
                let maps = regions.iter().map(|r| passes(r.x.points * r.y.points)).sum::<u64>();
                maps + PASSES * break_evens.len() as u64
            }
            None => 0,
        };
        sampling.trials * (1 + self.attributed().len() as u64 + studies)
    }

    /// Assumptions that one pass over so many trials works out.
    fn together(&self, trials: u64) -> u64 {
        let entries = self.book().entries() as u64;
        (LOSSES / trials.max(1)).min(EFFECTS / entries.max(1)).clamp(TOGETHER.0, TOGETHER.1)
    }

    /// Bytes that a pass takes.
    pub(super) fn study_bytes(&self) -> u64 {
        let Scenario { sampling, regions, break_evens, .. } = &self.scenario;
        if self.vary.is_none() || (regions.is_empty() && break_evens.is_empty()) {
            return 0;
        }
        let each = 8 * sampling.trials + 40 * self.book().entries() as u64;
        self.together(sampling.trials) * each
    }

    /// Works the ends of all ranges out, before anything is sampled: what the book refuses there would
    /// otherwise be found when the trials are done.
    pub(super) fn try_studies(&self) -> Result<(), Vec<Fault>> {
        let Some(vary) = &self.vary else { return Ok(()) };
        let Scenario { regions, break_evens, .. } = &self.scenario;
        let corners = regions.iter().flat_map(|region| {
            let (x, y) = (&region.x, &region.y);
            let corner = |a, b| (region.policy, vec![(x.key.as_str(), a), (y.key.as_str(), b)]);
            [corner(x.from, y.from), corner(x.to, y.to)]
        });
        let ends = break_evens.iter().flat_map(|own| {
            let end = |at| (own.policy, vec![(own.axis.key.as_str(), at)]);
            [end(own.axis.from), end(own.axis.to)]
        });
        for (policy, numbers) in corners.chain(ends) {
            self.assume(policy, vary, &numbers)?;
        }
        Ok(())
    }

    /// Whether a stop has left something out that the scenario asks for.
    pub(super) fn lacks_studies(&self, run: &RunResults) -> bool {
        let attributed = self.attributed().into_iter().all(|at| {
            let id = &self.scenario.policies[at].id;
            run.summary.attribution.iter().any(|row| row.policy == *id)
        });
        let studied = self.vary.is_none()
            || run.regions.len() == self.scenario.regions.len()
                && run.break_evens.len() == self.scenario.break_evens.len();
        !(attributed && studied)
    }

    /// The scenario's regions and break-evens, on the trials of `sample`; those that a stop leaves
    /// unfinished are left out.
    pub(super) fn studies(
        &self,
        sample: &LossSample,
        settings: Settings<'_>,
    ) -> Result<(Vec<RegionSeries>, Vec<BreakEvenPoint>), Error> {
        let Some(vary) = &self.vary else { return Ok((Vec::new(), Vec::new())) };
        let trials = (sample.trials() as u64, &sample.plan);
        let regions = self.regions(vary, trials, settings).map_err(Error::Input)?;
        let break_evens = self.break_evens(vary, trials, settings).map_err(Error::Input)?;
        Ok((regions, break_evens))
    }

    fn regions(
        &self,
        vary: &Vary,
        (trials, plan): (u64, &Plan),
        settings: Settings<'_>,
    ) -> Result<Vec<RegionSeries>, Vec<Fault>> {
        let mut done = Vec::new();
        for region in &self.scenario.regions {
            let Region { policy, measured, .. } = *region;
            let asking = Asking { policy, measured, vary, trials, plan, settings };
            let (x, y) = (region.x.values(), region.y.values());
            let keys = [region.x.key.as_str(), region.y.key.as_str()];
            let points: Vec<Vec<(&str, f64)>> = y
                .iter()
                .flat_map(|&y| x.iter().map(move |&x| vec![(keys[0], x), (keys[1], y)]))
                .collect();
            let Some(changes) = self.changes(asking, &points)? else { break };
            let series = RegionSeries {
                region: region.id.clone(),
                title: region.title.clone(),
                policy: self.scenario.policies[policy].id.clone(),
                measure: Measure::from(measured),
                level: measured.level().map(Level::get),
                threshold: self.threshold(measured),
                x_key: region.x.key.clone(),
                x,
                y_key: region.y.key.clone(),
                y,
                changes,
                border: Vec::new(),
            };
            done.push(series.with_border());
        }
        Ok(done)
    }

    fn break_evens(
        &self,
        vary: &Vary,
        (trials, plan): (u64, &Plan),
        settings: Settings<'_>,
    ) -> Result<Vec<BreakEvenPoint>, Vec<Fault>> {
        let mut done = Vec::new();
        for own in &self.scenario.break_evens {
            let BreakEven { policy, measured, .. } = *own;
            let asking = Asking { policy, measured, vary, trials, plan, settings };
            let key = own.axis.key.as_str();
            let mut refused = Vec::new();
            let found = search((own.axis.from, own.axis.to), |x| {
                let points: Vec<Vec<(&str, f64)>> = x.iter().map(|&x| vec![(key, x)]).collect();
                self.changes(asking, &points).unwrap_or_else(|faults| {
                    refused = faults;
                    None
                })
            });
            if !refused.is_empty() {
                return Err(refused);
            }
            let Some(found) = found else { break };
            done.push(self.break_even(own, &found));
        }
        Ok(done)
    }

    fn break_even(&self, own: &BreakEven, found: &Found) -> BreakEvenPoint {
        let first = found.first;
        BreakEvenPoint {
            break_even: own.id.clone(),
            title: own.title.clone(),
            policy: self.scenario.policies[own.policy].id.clone(),
            measure: Measure::from(own.measured),
            level: own.measured.level().map(Level::get),
            threshold: self.threshold(own.measured),
            key: own.axis.key.clone(),
            from: own.axis.from,
            to: own.axis.to,
            value: first.map(|at| at.x),
            lower: first.and_then(|at| at.lower),
            upper: first.and_then(|at| at.upper),
            crossings: found.crossings as u64,
            at_from: found.ends[0],
            at_to: found.ends[1],
        }
    }

    fn threshold(&self, measured: Measured) -> Option<f64> {
        match measured {
            Measured::ExceedanceProbability(amount) => Some(self.scenario.currency.units(amount)),
            _ => None,
        }
    }

    /// Relative changes at some assumptions; `None` after a stop.
    fn changes(
        &self,
        asking: Asking<'_>,
        points: &[Vec<(&str, f64)>],
    ) -> Result<Option<Vec<Estimate>>, Vec<Fault>> {
        let mut changes = Vec::with_capacity(points.len());
        for points in points.chunks(self.together(asking.trials) as usize) {
            let Settings { threads, stop, .. } = asking.settings;
            let one = |(): &mut (), at: usize| self.assume(asking.policy, asking.vary, &points[at]);
            let assumed = ordered_map(points.len(), threads, stop, || (), one, |_| {});
            if assumed.stopped || stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let assumed = assumed.done.into_iter().collect::<Result<Vec<_>, _>>()?;
            // Neighbours under one model and the same laws of severity share a pass.
            let same = |a: &Assumed, b: &Assumed| {
                a.scenario.model == b.scenario.model
                    && a.scenario.stress == b.scenario.stress
                    && a.severity == b.severity
            };
            for group in assumed.chunk_by(same) {
                match self.compare(asking, group)? {
                    Some(found) => changes.extend(found),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(changes))
    }

    /// Works the baseline and the policy out under some numbers.
    fn assume(
        &self,
        policy: usize,
        vary: &Vary,
        numbers: &[(&str, f64)],
    ) -> Result<Assumed, Vec<Fault>> {
        let scenario = vary.with(numbers)?;
        let (book, currency) = (self.book(), &scenario.currency);
        let conduct =
            Conduct::new(&scenario.behaviour, book, currency)?.under(&scenario.severity, book);
        let severity = Severity::new(&scenario.severity, book, conduct.lgds_elsewhere())?;
        let new_lenders: Vec<usize> = conduct.new_lenders.iter().map(|new| new.lender).collect();
        let columns = Columns::new(book, &conduct.outside, &new_lenders, Vec::new()).as_one();
        let ground =
            Ground { book, columns: &columns, currency, conduct: &conduct, bands: &self.bands };
        let of = |at| policy::effect_of(&scenario.policies, at, ground);
        let effects = [of(scenario.baseline)?, of(policy)?];
        Ok(Assumed { effects, columns, new_lenders, severity, scenario })
    }

    /// Relative changes under assumptions that share a model.
    fn compare(
        &self,
        asking: Asking<'_>,
        group: &[Assumed],
    ) -> Result<Option<Vec<Estimate>>, Vec<Fault>> {
        // Numbers name no rivals: where credit leaks it leaks to the same lenders.
        let widest = group.iter().max_by_key(|assumed| assumed.new_lenders.len());
        let first = widest.expect("a group has a member");
        let (scenario, base) = (&first.scenario, &self.scenario);
        let same_law = scenario.model == base.model && scenario.stress == base.stress;
        let highest_pds = self.book().highest_pds();
        let names = &self.book().borrowers.segment.names;
        let segments = Segments { names, highest_pds: &highest_pds };
        let own = Model::new(&scenario.model, &scenario.stress, segments)?;
        let plan = match same_law {
            true => asking.plan.clone(),
            false => self.plan_for(&own, &first.effects[0]),
        };
        let mut effects: Vec<&Effect> = Vec::new();
        let places: Vec<[usize; 2]> = group
            .iter()
            .map(|assumed| {
                [0, 1].map(|side| {
                    let own = &assumed.effects[side];
                    // The baseline is mostly the same.
                    let known = effects.iter().position(|effect| side == 0 && *effect == own);
                    known.unwrap_or_else(|| {
                        effects.push(own);
                        effects.len() - 1
                    })
                })
            })
            .collect();
        let Settings { threads, stop, .. } = asking.settings;
        let laws = (&own, first.severity.as_ref());
        let setting = (laws, plan, first.new_lenders.as_slice());
        let engine = self.engine_under(setting, &effects, &first.columns);
        let counted = [Measure::Defaults, Measure::LossPerDefault];
        let engine = match counted.contains(&Measure::from(asking.measured)) {
            true => engine,
            false => engine.without_counts(),
        };
        let sample = engine.sample(asking.trials, asking.settings.carrying());
        if sample.stopped {
            return Ok(None);
        }
        let worst = Worst::new(&scenario.severity, self.book());
        let found = self.with_asked(&sample, |asked| {
            let level: Vec<Level> = asking.measured.level().into_iter().collect();
            let asked = Asked { levels: &level, ..asked };
            let one = |(): &mut (), at: usize| -> Statistic {
                let losses = sample.losses(at, &[0]);
                let segments: Vec<usize> = (0..segments.names.len()).collect();
                let defaults = sample.defaulted_people(at, &segments);
                let largest = self.largest(effects[at], &worst);
                let own = Sample {
                    losses: &losses,
                    defaults: &defaults,
                    credit: 0,
                    largest,
                    known: Known { moving: effects[at].shifts.is_some(), ..Known::default() },
                };
                statistic(own, asking.measured, asked)
            };
            let all = ordered_map(effects.len(), threads, stop, || (), one, |_| {}).done;
            if all.len() < effects.len() {
                return None;
            }
            let change = |[base, own]: &[usize; 2]| {
                // A change of nothing is not known as a share.
                let unknown = asked.drawn.around(0.0, None, 0.0, None);
                relative_change(&all[*own], &all[*base], asked.drawn).unwrap_or(unknown)
            };
            Some(places.iter().map(change).collect())
        });
        Ok(found)
    }

    /// Loss if everybody defaulted.
    fn largest(&self, effect: &Effect, worst: &Worst<'_>) -> i64 {
        let book = self.book();
        let of = |b| effect.largest_loss(book, b, worst) * book.count(b) as i64;
        (0..book.entries()).map(of).sum()
    }
}

/// The one statistic that is asked for.
fn statistic(sample: Sample<'_>, measured: Measured, asked: Asked<'_>) -> Statistic {
    let ranked = Ranked::new(sample.losses, asked.drawn);
    let measure = Measure::from(measured);
    let all = match measure {
        Measure::ExpectedLoss | Measure::ExpectedShortfall => {
            means_and_shortfalls(sample, &ranked, asked)
        }
        _ => statistics(sample, &ranked, asked),
    };
    let threshold = match measured {
        Measured::ExceedanceProbability(amount) => Some(amount.0 as f64 / asked.per_unit),
        _ => None,
    };
    let is_asked = |s: &Statistic| {
        s.measure == measure && s.level == measured.level() && s.threshold == threshold
    };
    all.into_iter().find(is_asked).expect("every measure of losses is taken")
}
