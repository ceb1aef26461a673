//! Attribution: each policy again under every set of its effects, on the trials of the run.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Prepared, Settings};
use crate::engine::{BLOCK_TRIALS, LossSample, ordered_map};
use crate::measures::attribution::{Attributed, AttributionRow, attribute};
use crate::policy::attribution::{Channel, effect_of, sets, told};
use crate::policy::{Conduct, Effect, Ground, NewLimits, Worst};
use crate::portfolio::Columns;
use crate::scenario::{Channels, Policy};
use crate::system::{self, ScopeKind};

/// The effects of a policy under all sets of its channels, each that is like no other once.
struct Effects {
    all: Vec<Effect>,
    /// Which of them is that of each set.
    places: Vec<usize>,
}

impl Effects {
    fn of(
        policy: &Policy,
        channels: &[Channel],
        ground: Ground<'_>,
        settings: Settings<'_>,
    ) -> Self {
        // What can be wrong with rules was found when the policy was worked out.
        let limits = NewLimits::of(policy, ground.book, ground.currency)
            .unwrap_or_else(|faults| panic!("a policy that was worked out before: {faults:?}"));
        let sets = sets(channels);
        let one =
            |(): &mut (), at: usize| effect_of((policy, &limits), (sets[at], channels), ground);
        let found =
            ordered_map(sets.len(), settings.threads, settings.stop, || (), one, |_| {}).done;
        let mut all: Vec<Effect> = Vec::new();
        let mut places = vec![0; 1 << channels.len()];
        for (effect, &set) in found.into_iter().zip(&sets) {
            places[set] = all.iter().position(|known| *known == effect).unwrap_or(all.len());
            if places[set] == all.len() {
                all.push(effect);
            }
        }
        (0..places.len()).for_each(|set| places[set] = places[told(set, channels)]);
        Self { all, places }
    }
}

impl Prepared {
    /// The policies whose changes are attributed: those that bind, one by one; of ladders none. Needs
    /// behaviour, and a baseline that leaves limits as they are.
    pub(super) fn attributed(&self) -> Vec<usize> {
        let scenario = &self.scenario;
        let wanted = scenario.output.attribution
            && scenario.behaviour.active() != Channels::NONE
            && scenario.policies[scenario.baseline].rules.is_empty();
        let binds = |&at: &usize| {
            at != scenario.baseline
                && scenario.policies[at].ladder.is_none()
                && self.applied[at].books.people_cut > 0
        };
        (0..scenario.policies.len()).filter(|at| wanted && binds(at)).collect()
    }

    /// Bytes that the losses of one policy under all sets of its effects take.
    pub(super) fn attribution_bytes(&self) -> u64 {
        if self.attributed().is_empty() {
            return 0;
        }
        let sets = sets(&Channel::of(self.scenario.behaviour.active())).len() as u64;
        let segments = self.book().borrowers.segment.names.len() as u64;
        // Losses, and the counts that go with them.
        3 * 8 * sets * segments * self.scenario.sampling.trials.next_multiple_of(BLOCK_TRIALS)
    }

    /// What each effect of each policy adds to the change of EL and ES, on the trials of `sample`. A
    /// stop leaves out what has not been done.
    pub(super) fn attribution(
        &self,
        sample: &LossSample,
        settings: Settings<'_>,
    ) -> Vec<AttributionRow> {
        let policies = self.attributed();
        if policies.is_empty() {
            return Vec::new();
        }
        let (book, currency) = (self.book(), &self.scenario.currency);
        let conduct = Conduct::new(&self.scenario.behaviour, book, currency)
            .unwrap_or_else(|faults| panic!("behaviour that was bound before: {faults:?}"))
            .under(&self.scenario.severity, book);
        let columns = self.columns.by_segment();
        let ground =
            Ground { book, columns: &columns, currency, conduct: &conduct, bands: &self.bands };
        let channels = Channel::of(self.scenario.behaviour.active());
        let mut rows = Vec::new();
        for at in policies {
            let Some(solved) = &self.applied[at].solved else { continue };
            let effects = Effects::of(solved, &channels, ground, settings);
            if settings.stop.load(Ordering::Relaxed) {
                break;
            }
            let own = self.sample_effects(&effects.all, &columns, sample, settings);
            if own.stopped || settings.stop.load(Ordering::Relaxed) {
                break;
            }
            let samples = (&own, sample);
            rows.extend(self.attribute(at, &channels, &effects, samples, &columns, settings));
        }
        rows
    }

    fn attribute(
        &self,
        policy: usize,
        channels: &[Channel],
        effects: &Effects,
        (own, sample): (&LossSample, &LossSample),
        columns: &Columns,
        settings: Settings<'_>,
    ) -> Vec<AttributionRow> {
        let places = &effects.places;
        let acts: Vec<bool> = (0..channels.len())
            .map(|i| (0..places.len()).any(|set| places[set] != places[set | 1 << i]))
            .collect();
        let largest: Vec<Vec<i64>> =
            effects.all.iter().map(|effect| self.largest_by_column(effect, columns)).collect();
        let of = Attributed {
            policy: &self.scenario.policies[policy].id,
            channels,
            sample: own,
            places,
            largest: &largest,
            acts: &acts,
        };
        let scopes: Vec<_> = system::scopes(self.book(), columns, None)
            .into_iter()
            .filter(|scope| scope.kind != ScopeKind::Lender)
            .collect();
        let never = AtomicBool::new(false);
        self.with_asked(sample, |asked| {
            let one = |(): &mut (), at: usize| attribute(of, &scopes[at], asked);
            let mapped = ordered_map(scopes.len(), settings.threads, &never, || (), one, |_| {});
            mapped.done.into_iter().flatten().collect()
        })
    }

    /// Loss if everybody defaulted, by column.
    fn largest_by_column(&self, effect: &Effect, columns: &Columns) -> Vec<i64> {
        let book = self.book();
        let worst = Worst::new(&self.scenario.severity, book);
        let mut by_segment = vec![0; book.borrowers.segment.names.len()];
        for b in 0..book.entries() {
            let segment = book.borrowers.segment.codes.get(b);
            by_segment[segment] += effect.largest_loss(book, b, &worst) * book.count(b) as i64;
        }
        columns.pairs().iter().map(|column| by_segment[column.segment]).collect()
    }
}
