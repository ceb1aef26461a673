//! Who loses what: the borrowers of one scope under one policy, by equal conditional PD.

use std::collections::BTreeMap;

use super::cost::Cost;
use super::owed::{CostKey, Owed, owed};
use super::shares::{Owned, Shares};
use super::tied::Tied;
use crate::model::severity::Systematic;
use crate::model::{Model, Severity, State};
use crate::policy::Effect;
use crate::portfolio::{Columns, Portfolio};
use crate::system::{DefaultCount, Scope};

/// Independent draws that lose the same, or by the same law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lot {
    /// Loss of each draw that defaults, smallest units, above 0; the rounded mean where it has a law.
    pub loss: i64,
    /// Number of that law in [`Class::costs`].
    pub cost: Option<usize>,
    /// Number of draws.
    pub draws: u64,
}

/// People whose conditional PD is the same in every state.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Code of the segment.
    pub segment: usize,
    /// Threshold of the stressed PD, see [`Model::threshold`].
    pub threshold: f64,
    /// Length of the loading vector.
    pub loading: f64,
    /// What they lose, by rising loss; whoever loses nothing is left out.
    pub lots: Vec<Lot>,
    /// Laws of what a default costs.
    pub costs: Vec<Cost>,
    /// Draws whose costs hang on the state.
    pub tied: Vec<Tied>,
    /// What counts as defaults if all of them default once: people or accounts.
    pub defaults: f64,
}

impl Class {
    /// Somebody of a segment with this PD before stress.
    pub fn of(model: &Model, segment: usize, pd: f64) -> Self {
        Self {
            segment,
            threshold: model.threshold(segment, pd),
            loading: model.segments[segment].loading.at(pd),
            lots: Vec::new(),
            costs: Vec::new(),
            tied: Vec::new(),
            defaults: 0.0,
        }
    }

    /// The law of what a default of a lot costs.
    pub fn cost(&self, lot: &Lot) -> Option<&Cost> {
        lot.cost.map(|at| &self.costs[at])
    }

    /// Mean, mean square and largest value of what a default of a lot costs.
    pub fn moments(&self, lot: &Lot) -> (f64, f64, f64) {
        let loss = lot.loss as f64;
        self.cost(lot)
            .map_or((loss, loss * loss, loss), |own| (own.mean, own.square(), own.largest))
    }

    /// Conditional PD of each in a state; the mean number of defaults where they are counts.
    #[inline]
    pub fn given(&self, model: &Model, state: &State) -> f64 {
        let own = &model.segments[self.segment];
        let law = &model.laws[own.law];
        let threshold = self.threshold * state.scales[law.scale];
        law.link.probability(law.link.argument(threshold, self.loading, state.drivers[own.driver]))
    }

    /// The most that is lost if all of them default once, smallest units.
    pub fn total(&self) -> f64 {
        self.lots.iter().map(|lot| self.moments(lot).2 * lot.draws as f64).sum()
    }
}

/// Where the losses of a book are read.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The book.
    pub book: &'a Portfolio,
    /// Its parts.
    pub columns: &'a Columns,
    /// Lenders that people may get new debts at, by their number in [`Effect::elsewhere`].
    pub new_lenders: &'a [usize],
    /// Dependence and stress.
    pub model: &'a Model,
    /// Laws of what defaults cost, where that is not LGD times exposure.
    pub severity: Option<&'a Severity>,
}

/// The people of a scope under a policy, in the canonical order of their first one.
pub fn classes(ground: Ground<'_>, effect: &Effect, scope: &Scope) -> Vec<Class> {
    shared_classes(ground, effect, scope, &[]).0
}

/// The same with what some parts of the scope hold of it.
pub fn shared_classes(
    ground: Ground<'_>,
    effect: &Effect,
    scope: &Scope,
    parts: &[&Scope],
) -> (Vec<Class>, Shares) {
    let Ground { book, columns, model, .. } = ground;
    let mut within = vec![false; columns.len()];
    scope.columns().iter().for_each(|&column| within[column] = true);
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); columns.len()];
    for (part, scope) in parts.iter().enumerate() {
        scope.columns().iter().for_each(|&column| holders[column].push(part));
    }
    let mut known: BTreeMap<(usize, u64, u64), usize> = BTreeMap::new();
    let mut classes: Vec<Class> = Vec::new();
    let mut laws: BTreeMap<(usize, CostKey), usize> = BTreeMap::new();
    let mut owned: Vec<Owned> = Vec::new();
    for b in 0..book.entries() {
        let segment = book.borrowers.segment.codes.get(b);
        let people = book.borrowers.stands_for(b);
        let own = owed(ground, effect, b, &within);
        let counted = match &scope.defaults {
            DefaultCount::People(segments) if segments.contains(&segment) => 1,
            DefaultCount::Accounts => own.accounts,
            _ => 0,
        };
        if own.is_nothing() && counted == 0 {
            continue;
        }
        // Loadings come from today's PD, thresholds from the policy's.
        let today = book.borrowers.pd.get(b);
        let loading = model.segments[segment].loading.at(today);
        let pd = effect.pd(book, b);
        let at = *known.entry((segment, pd.to_bits(), loading.to_bits())).or_insert_with(|| {
            classes.push(Class { loading, ..Class::of(model, segment, pd) });
            classes.len() - 1
        });
        let draws = book.borrowers.draws(b);
        let class = &mut classes[at];
        class.defaults += (counted * people * draws) as f64;
        if own.is_nothing() {
            continue;
        }
        if let Owed::Tied(debts) = own.losses {
            class.tied.push(Tied {
                draws: draws as f64,
                people: people as f64,
                systematic: Systematic::of(model, book, b, 0.0),
                debts,
            });
            continue;
        }
        let people = people as i64;
        let mut lot = Lot { loss: people * own.fixed(), cost: None, draws };
        let mut amounts: Vec<(usize, f64)> = Vec::new();
        if let (Owed::Drawn(debts), Some(severity)) = (&own.losses, ground.severity) {
            let law = &severity.law(segment).lgd;
            let key = (people, own.key());
            let cost = *laws.entry((at, key)).or_insert_with(|| {
                class.costs.push(Cost::of(law, debts, people, &holders));
                class.costs.len() - 1
            });
            let mean = class.costs[cost].mean;
            if mean <= 0.0 {
                continue;
            }
            lot = Lot { loss: (mean.round() as i64).max(1), cost: Some(cost), draws };
            amounts.extend(class.costs[cost].shares().map(|(part, mean, _)| (part, mean)));
        }
        if let Owed::Fixed(losses) = &own.losses {
            for &(column, loss) in losses {
                let amount = (people * loss) as f64;
                amounts.extend(holders[column].iter().map(|&part| (part, amount)));
            }
        }
        let of = |(part, amount): (usize, f64)| {
            let Lot { loss, cost, draws } = lot;
            Owned { class: at, lot: (loss, cost), part, amount: amount * draws as f64 }
        };
        owned.extend(amounts.into_iter().map(of));
        class.lots.push(lot);
    }
    for class in &mut classes {
        class.lots.sort_unstable();
        class.lots.dedup_by(|next, kept| {
            let same = (next.loss, next.cost) == (kept.loss, kept.cost);
            kept.draws += if same { next.draws } else { 0 };
            same
        });
    }
    let shares = Shares::of(&classes, (parts.len(), holders), owned);
    (classes, shares)
}
