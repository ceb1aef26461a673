//! All statistics of all policies in all scopes, with their comparisons: one row each.

mod baseline;
mod books;
mod repeats;
mod worked_out;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use baseline::{Baseline, Step, steps};
use repeats::{Once, once};

use super::attribution::AttributionRow;
use super::borne::Borne;
use super::compare::{compare, relative_change};
use super::contribution::{Added, Contribution, Whole};
use super::convergence::{ConvergenceRow, convergence};
use super::density::density;
use super::drawn::Drawn;
use super::exceedance::{DRAWN, TABULATED, exceedance};
use super::frontier::{FrontierPoint, Side, frontier};
use super::irb::IrbCapital;
use super::ladder::{LadderSeries, ladders};
use super::order::Ranked;
use super::row::MeasureRow;
use super::series::{DensitySeries, ExceedanceSeries, TailMark};
use super::statistic::{Asked, Known, Sample, Statistic, statistics};
use super::{Comparison, Estimate, MeanReference, Measure, Unit};
use crate::engine::{LossSample, ordered_map};
use crate::policy::{Applied, CreditSums, Role};
use crate::scenario::{Measured, Policy, PreciseOf, Precision, SystemSpec};
use crate::system::{DefaultCount, Losses, Scope, ScopeKind};
pub use worked_out::work_out;

/// Everything measured on one loss sample.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// By scope, policy, measure, level, comparison.
    pub rows: Vec<MeasureRow>,
    #[serde(skip)]
    index: Index,
    /// Loss densities of the system, one per policy.
    pub densities: Vec<DensitySeries>,
    /// Exceedance curves, one per scope and policy.
    pub exceedance: Vec<ExceedanceSeries>,
    /// EL, VaR and ES of the system on growing prefixes.
    pub convergence: Vec<ConvergenceRow>,
    /// The ladders of caps, in file order.
    pub ladders: Vec<LadderSeries>,
    /// Loss saved and credit withdrawn, by policy, rule and level.
    pub frontier: Vec<FrontierPoint>,
    /// What each effect of a policy adds to the change of EL and ES, where behaviour is on.
    pub attribution: Vec<AttributionRow>,
    /// What lenders and segments add to credit, EL and ES of the system, by policy, part, measure.
    pub contributions: Vec<Contribution>,
}

/// Where the rows of the system under each policy stand; made when first asked for, as there may be thousands of policies.
#[derive(Debug, Clone, Default)]
struct Index(OnceLock<BTreeMap<String, Vec<u32>>>);

impl PartialEq for Index {
    /// It follows from the rows.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Summary {
    /// Rows of the system under a policy, once all rows are there.
    pub fn of_system(&self, policy: &str) -> impl Iterator<Item = &MeasureRow> {
        let index = self.index.0.get_or_init(|| {
            let mut index: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            let rows = self.rows.iter().enumerate();
            for (at, row) in rows.filter(|(_, row)| row.scope_kind == ScopeKind::System) {
                match index.get_mut(&row.policy) {
                    Some(own) => own.push(at as u32),
                    None => drop(index.insert(row.policy.clone(), vec![at as u32])),
                }
            }
            index
        });
        index.get(policy).into_iter().flatten().map(|&at| &self.rows[at as usize])
    }

    /// The exceedance curves of the system: those that are drawn.
    pub fn system_exceedance(&self) -> Vec<ExceedanceSeries> {
        let system = |series: &&ExceedanceSeries| series.scope_kind == ScopeKind::System;
        self.exceedance.iter().filter(system).cloned().collect()
    }
}

/// What is summarised.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The losses; policies in the order of `applied`.
    pub sample: &'a LossSample,
    /// The scenario's policies.
    pub policies: &'a [Policy],
    /// The policies worked out, the scenario's first, then the proportional cuts.
    pub applied: &'a [Applied],
    /// The scopes; the first is the system.
    pub scopes: &'a [Scope],
    /// The lenders behind the losses, if the scenario has a system.
    pub borne: Option<Borne<'a>>,
    /// Capital by the Basel retail formula, where segments have classes.
    pub irb: Option<&'a IrbCapital>,
    /// Index of the baseline.
    pub baseline: usize,
    /// Exact means of the book, where they are known when measures are taken.
    pub reference: Option<&'a MeanReference>,
    /// Defaults of one person in a trial at most.
    pub most_defaults: i64,
    /// Levels, thresholds, how trials were drawn.
    pub asked: Asked<'a>,
    /// Threads to use; changes no number.
    pub threads: usize,
}

/// Series with a number per trial behind what is taken of one policy in one scope: losses and defaults as they
/// come and as statistics see them, losses by rank with their trials and weights; with a system those
/// of lenders that fail, capital short, other assets, second rounds, costs, distress and cascades too.
pub fn series_per_policy(system: Option<&SystemSpec>) -> u64 {
    7 + system.map_or(0, |system| 7 + system.failures.len() as u64)
}

/// Takes all measures.
pub fn summarise(inputs: Inputs<'_>) -> Summary {
    let policies = inputs.policies.len();
    let groups = once(&inputs);
    let views: Vec<View<'_>> =
        groups.iter().map(|group| View::of(&inputs, &groups, group)).collect();
    let steps = steps(views.len(), policies);
    let baselines: Vec<Baseline> = views.iter().map(|_| Baseline::new(policies)).collect();
    let one = |(): &mut (), step: usize| match steps[step] {
        Step::Baseline(group) => {
            baselines[group].slot(&views[group]);
            Vec::new()
        }
        Step::Policy(group, policy) => {
            let (view, baseline) = (&views[group], &baselines[group]);
            let taken = baseline.taken(view);
            let parts = match policy == inputs.baseline {
                true => view.policy(policy, &taken, &taken),
                false => view.policy(policy, &view.statistics(policy), &taken),
            };
            baseline.leave();
            groups[group].scopes().zip(parts).collect()
        }
    };
    let never = AtomicBool::new(false);
    let mapped = ordered_map(steps.len(), inputs.threads, &never, || (), one, |_| {});
    let mut parts: Vec<(usize, Part)> = mapped.done.into_iter().flatten().collect();
    // Those of one scope stand by policy already.
    parts.sort_by_key(|(scope, _)| *scope);
    let mut summary = Summary::default();
    for (_, part) in parts {
        summary.rows.extend(part.rows);
        summary.densities.extend(part.density);
        summary.exceedance.push(part.exceedance);
        summary.convergence.extend(part.convergence);
        summary.frontier.extend(part.frontier);
        summary.contributions.extend(part.contributions);
    }
    let Inputs { policies, applied, baseline, asked, .. } = inputs;
    summary.ladders = ladders(policies, applied, baseline, &summary.rows, asked.per_unit);
    summary
}

/// One number of the system: of a policy, or its relative change against the baseline.
pub fn number(inputs: Inputs<'_>, wanted: &Precision) -> Option<Estimate> {
    let view = View::new(&inputs, &inputs.scopes[0]);
    let find = |statistics: Vec<Statistic>| {
        let threshold = match wanted.measured {
            Measured::ExceedanceProbability(amount) => {
                Some(amount.0 as f64 / inputs.asked.per_unit)
            }
            _ => None,
        };
        statistics.into_iter().find(|s| {
            s.measure == Measure::from(wanted.measured)
                && s.level == wanted.measured.level()
                && s.threshold == threshold
        })
    };
    let own = find(view.statistics(wanted.policy).statistics)?;
    match wanted.of {
        PreciseOf::Level => Some(own.own),
        PreciseOf::RelativeChange => {
            let base = find(view.statistics(inputs.baseline).statistics)?;
            relative_change(&own, &base, inputs.asked.drawn)
        }
    }
}

/// One scope of a sample, and those that repeat it.
struct View<'a> {
    inputs: &'a Inputs<'a>,
    scope: &'a Scope,
    /// All scopes, each once.
    groups: &'a [Once],
    repeats: Vec<View<'a>>,
    told: OnceLock<books::Told>,
}

/// Statistics of a policy in a scope, losses and defaults in trial order, losses by rank.
struct Taken {
    statistics: Vec<Statistic>,
    /// What is told besides its losses: of the scope, and of each that repeats it.
    besides: Vec<Vec<Statistic>>,
    losses: Vec<i64>,
    defaults: Vec<u64>,
    ranked: Ranked,
}

struct Part {
    rows: Vec<MeasureRow>,
    density: Option<DensitySeries>,
    exceedance: ExceedanceSeries,
    convergence: Vec<ConvergenceRow>,
    frontier: Vec<FrontierPoint>,
    contributions: Vec<Contribution>,
}

impl<'a> View<'a> {
    fn new(inputs: &'a Inputs<'a>, scope: &'a Scope) -> Self {
        Self { inputs, scope, groups: &[], repeats: Vec::new(), told: OnceLock::new() }
    }

    fn of(inputs: &'a Inputs<'a>, groups: &'a [Once], group: &Once) -> Self {
        let view = |scope: usize| Self { groups, ..Self::new(inputs, &inputs.scopes[scope]) };
        let repeats = group.repeats.iter().map(|&scope| view(scope)).collect();
        Self { repeats, ..view(group.scope) }
    }

    /// The scope, then those that repeat it.
    fn all(&self) -> impl Iterator<Item = &Self> {
        [self].into_iter().chain(&self.repeats)
    }

    /// Defaults of each trial under a policy, nothing where none are told.
    fn defaults(&self, applied: usize) -> Vec<u64> {
        let sample = self.inputs.sample;
        let mut found = match &self.scope.defaults {
            DefaultCount::People(segments) => sample.defaulted_people(applied, segments),
            DefaultCount::Accounts => sample.defaulted_accounts(applied, self.scope.columns()),
            DefaultCount::Nobody => return Vec::new(),
        };
        if let (Losses::Total, Some(borne)) = (&self.scope.losses, &self.inputs.borne) {
            let second = borne.second_people(applied);
            found.iter_mut().zip(second).for_each(|(all, more)| *all += more);
        }
        found
    }

    /// Losses of each trial under a policy.
    fn losses(&self, applied: usize, scope: &Scope) -> Vec<i64> {
        let sample = self.inputs.sample;
        match &self.inputs.borne {
            Some(borne) => borne.losses(applied, scope, sample),
            None => sample.losses(applied, scope.columns()),
        }
    }

    fn sums(&self, applied: usize) -> CreditSums {
        self.sums_of(applied, self.scope)
    }

    fn sums_of(&self, applied: usize, scope: &Scope) -> CreditSums {
        let books = &self.inputs.applied[applied].books;
        let mut sums = match (&scope.losses, &self.inputs.borne) {
            (Losses::Columns(columns), _) => books.over(columns),
            (_, Some(borne)) => borne.sums(applied, scope, books.total()),
            (_, None) => CreditSums::default(),
        };
        sums.largest_loss = sums.largest_loss.saturating_mul(self.inputs.most_defaults);
        sums
    }

    fn sample<'s>(&self, applied: usize, losses: &'s [i64], defaults: &'s [u64]) -> Sample<'s> {
        let sums = self.sums(applied);
        let known = self.known(applied, sums);
        Sample { losses, defaults, credit: sums.balance, largest: sums.largest_loss, known }
    }

    /// What is known of a policy without its sample.
    fn known(&self, applied: usize, sums: CreditSums) -> Known {
        let Inputs { applied: all, reference, asked, most_defaults, sample, .. } = *self.inputs;
        let is_book = matches!(self.scope.losses, Losses::Columns(_));
        let of = |all: Option<&Vec<f64>>| all.map(|all| all[applied]).filter(|_| is_book);
        let mean = of(reference.and_then(|own| own.expected_losses.as_ref()));
        let is_contradicted = |mean: &f64| {
            let whole = all[applied].books.total().largest_loss.saturating_mul(most_defaults);
            *mean > asked.drawn.unseen(sample.trials()) * whole as f64
        };
        Known {
            moving: self.moves(applied),
            debts: Some(sums.debts),
            mean_at_most: mean.filter(is_contradicted).map(|mean| mean / asked.per_unit),
            defaults_at_most: of(reference.and_then(|own| own.expected_defaults.as_ref())),
        }
    }

    /// Whether a policy may change who defaults.
    fn moves(&self, applied: usize) -> bool {
        let second = self.inputs.borne.is_some_and(|borne| borne.feedback);
        self.scope.losses == Losses::Total && second
            || self.inputs.applied[applied].effect.shifts.is_some()
    }

    /// Statistics of a policy with what they were taken of.
    fn statistics(&self, applied: usize) -> Taken {
        let losses = self.losses(applied, self.scope);
        let defaults = self.defaults(applied);
        let ranked = Ranked::new(&losses, self.inputs.asked.drawn);
        let sample = self.sample(applied, &losses, &defaults);
        let asked = self.inputs.asked;
        let found = statistics(sample, &ranked, asked);
        let besides = self.all().map(|view| match &self.inputs.borne {
            Some(borne) => {
                let mut all = borne.statistics(applied, view.scope, sample.largest, asked);
                let debts = self.inputs.applied[applied].books.total().debts;
                all.iter_mut().for_each(|own| own.known.debts = Some(debts));
                all
            }
            None => Vec::new(),
        });
        Taken { statistics: found, besides: besides.collect(), losses, defaults, ranked }
    }

    /// The rows of a policy's statistics and what they are held against.
    fn rows(
        &self,
        policy: usize,
        own: &[Statistic],
        baseline: &[Statistic],
        twin: Option<&[Statistic]>,
    ) -> Vec<MeasureRow> {
        let inputs = self.inputs;
        let drawn = inputs.asked.drawn;
        let is_other = policy != inputs.baseline;
        let against_baseline = against(own, is_other.then_some(baseline), drawn);
        let against_twin = against(own, twin, drawn);
        let mut rows = Vec::new();
        for ((statistic, baseline), twin) in own.iter().zip(against_baseline).zip(against_twin) {
            let unit = statistic.measure.unit();
            let mut push = |comparison, unit, estimate| {
                rows.push(self.row(policy, statistic, comparison, unit, estimate));
            };
            push(Comparison::Level, unit, statistic.own);
            let names = [
                (baseline, Comparison::Change, Comparison::RelativeChange),
                (twin, Comparison::ChangeAtEqualCredit, Comparison::RelativeChangeAtEqualCredit),
            ];
            for (compared, of_change, of_relative) in names {
                let Some((change, relative)) = compared else { continue };
                push(of_change, unit, change);
                if let Some(relative) = relative {
                    push(of_relative, Unit::Fraction, relative);
                }
            }
        }
        rows
    }

    /// Rows of losses of a scope that this one repeats, as its own.
    fn repeated(&self, policy: usize, rows: &[MeasureRow]) -> Vec<MeasureRow> {
        let has_credit = self.sums(policy).balance > 0;
        let is_told = |row: &&MeasureRow| has_credit || !row.measure.is_per_credit();
        let own = |row: &MeasureRow| MeasureRow {
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            ..row.clone()
        };
        rows.iter().filter(is_told).map(own).collect()
    }

    /// The cut of all limits that keeps as much credit as a policy.
    fn twin(&self, policy: usize) -> Option<usize> {
        let is_it = |role: &Role| matches!(role, Role::EqualCredit { of, .. } if *of == policy);
        self.inputs.applied.iter().position(|applied| is_it(&applied.role))
    }

    /// Everything of a policy: of the scope, and of each that repeats it.
    fn policy(&self, policy: usize, own: &Taken, baseline: &Taken) -> Vec<Part> {
        let twin = self.twin(policy).map(|at| (self.statistics(at), self.sums(at).balance));
        let of_twin = |of: fn(&Taken) -> &[Vec<Statistic>]| twin.as_ref().map(|own| of(&own.0));
        let told = twin.as_ref().map(|(twin, _)| &twin.statistics[..]);
        let sampled = self.rows(policy, &own.statistics, &baseline.statistics, told);
        let besides = of_twin(|twin| &twin.besides);
        let rows = self.all().enumerate().map(|(at, view)| {
            let mut rows = view.credit_rows(policy);
            match at {
                0 => rows.extend(sampled.iter().cloned()),
                _ => rows.extend(view.repeated(policy, &sampled)),
            }
            let twin = besides.map(|all| &all[at][..]);
            rows.extend(view.rows(policy, &own.besides[at], &baseline.besides[at], twin));
            rows
        });
        let rows: Vec<_> = rows.collect();
        let frontier = match self.scope.kind {
            ScopeKind::System => {
                let side = |statistics, credit| Side { statistics, credit };
                frontier(
                    &self.inputs.policies[policy],
                    side(&own.statistics, self.sums(policy).balance),
                    twin.as_ref().map(|(twin, credit)| side(&twin.statistics, *credit)),
                    side(&baseline.statistics, self.sums(self.inputs.baseline).balance),
                    self.inputs.asked,
                )
            }
            _ => Vec::new(),
        };
        // What convergence and contributions need takes its room.
        drop(twin);
        let mut parts: Vec<Part> =
            self.all().zip(rows).map(|(view, rows)| view.part(policy, own, rows)).collect();
        parts[0].frontier = frontier;
        parts
    }

    /// The rows of a policy in a scope with its curves and what its parts add.
    fn part(&self, policy: usize, own: &Taken, rows: Vec<MeasureRow>) -> Part {
        let Policy { id, title, .. } = &self.inputs.policies[policy];
        let Taken { statistics, losses, defaults, ranked, .. } = own;
        let asked = self.inputs.asked;
        let is_system = self.scope.kind == ScopeKind::System;
        let most = if is_system { DRAWN } else { TABULATED };
        // A hundredth of the highest level's tail; what is asked of a threshold has a row of its own.
        let least = asked.levels.last().map_or(0.0, |level| level.tail() / 100.0);
        let exceedance = ExceedanceSeries {
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            policy: id.clone(),
            title: title.clone(),
            points: exceedance(ranked, asked.drawn, asked.per_unit, (most, least)),
        };
        let contributions = match self.scope.kind {
            ScopeKind::System | ScopeKind::Total => {
                self.contributions(policy, (losses, defaults), ranked)
            }
            _ => Vec::new(),
        };
        let mut part = Part {
            rows,
            density: None,
            exceedance,
            convergence: Vec::new(),
            frontier: Vec::new(),
            contributions,
        };
        if is_system {
            let (kind, points) = density(ranked, asked.drawn, asked.per_unit);
            part.density = Some(DensitySeries {
                policy: id.clone(),
                title: title.clone(),
                kind,
                points,
                marks: marks(statistics),
            });
            part.convergence = convergence(id, self.sample(policy, losses, defaults), asked);
        }
        part
    }

    /// What the parts of the system add to its losses under a policy.
    fn contributions(
        &self,
        policy: usize,
        (losses, defaults): (&[i64], &[u64]),
        ranked: &Ranked,
    ) -> Vec<Contribution> {
        let inputs = self.inputs;
        // Segments share the losses of the book, lenders and other bearers everything.
        let of_total = |kind| matches!(kind, ScopeKind::Bearer | ScopeKind::Lender);
        let is_part = |kind| match self.scope.kind {
            ScopeKind::Total => of_total(kind),
            _ if inputs.borne.is_some() => kind == ScopeKind::Segment,
            _ => kind != ScopeKind::System,
        };
        let whole = Whole::new(self.sample(policy, losses, defaults), ranked, inputs.asked);
        let added = |at: usize| {
            let scope = &inputs.scopes[at];
            let own = self.losses(policy, scope);
            let sums = self.sums_of(policy, scope);
            let (credit, largest) = (sums.balance, sums.largest_loss);
            whole.added(Sample {
                losses: &own,
                defaults: &[],
                credit,
                largest,
                known: Known::default(),
            })
        };
        let mut told: Vec<Option<Vec<Added>>> = vec![None; inputs.scopes.len()];
        let mut all = Vec::new();
        for (at, scope) in inputs.scopes.iter().enumerate().filter(|own| is_part(own.1.kind)) {
            let first = repeats::repeated_by(self.groups, at);
            let own = told[first].get_or_insert_with(|| added(first)).clone();
            let own = match first == at {
                true => own,
                false => whole.with_credit(self.sums_of(policy, scope).balance, own),
            };
            all.extend(own.into_iter().map(|added| Contribution {
                policy: inputs.policies[policy].id.clone(),
                scope_kind: scope.kind,
                scope: scope.name.clone(),
                measure: added.measure,
                level: added.level.map(crate::units::Level::get),
                estimate: added.estimate,
                share: added.share,
            }));
        }
        all
    }

    fn row(
        &self,
        policy: usize,
        statistic: &Statistic,
        comparison: Comparison,
        unit: Unit,
        estimate: Estimate,
    ) -> MeasureRow {
        MeasureRow {
            policy: self.inputs.policies[policy].id.clone(),
            scope_kind: self.scope.kind,
            scope: self.scope.name.clone(),
            measure: statistic.measure,
            level: statistic.level.map(crate::units::Level::get),
            threshold: statistic.threshold,
            comparison,
            unit,
            estimate,
        }
    }
}

/// The same statistic of another policy.
fn partner<'s>(statistic: &Statistic, others: &'s [Statistic]) -> Option<&'s Statistic> {
    others.iter().find(|other| {
        (other.measure, other.level, other.threshold)
            == (statistic.measure, statistic.level, statistic.threshold)
    })
}

/// Statistics held against the same of another policy, where there are such.
fn against(
    own: &[Statistic],
    others: Option<&[Statistic]>,
    drawn: Drawn<'_>,
) -> Vec<Option<(Estimate, Option<Estimate>)>> {
    let partners: Vec<Option<&Statistic>> =
        own.iter().map(|one| others.and_then(|others| partner(one, others))).collect();
    let pairs: Vec<[&Statistic; 2]> =
        own.iter().zip(&partners).filter_map(|(one, other)| Some([one, (*other)?])).collect();
    let mut compared = compare(&pairs, drawn).into_iter();
    partners.into_iter().map(|other| other.and_then(|_| compared.next())).collect()
}

/// VaR and ES per level.
fn marks(statistics: &[Statistic]) -> Vec<TailMark> {
    let of = |measure| statistics.iter().filter(move |s| s.measure == measure);
    of(Measure::ValueAtRisk)
        .zip(of(Measure::ExpectedShortfall))
        .map(|(var, es)| TailMark {
            level: var.level.map(|level| level.to_string()).unwrap_or_default(),
            value_at_risk: var.own,
            expected_shortfall: es.own,
        })
        .collect()
}
