//! Who loses what: the borrowers of one scope under one policy, by equal conditional PD.

use std::collections::BTreeMap;

use super::shares::{Owned, Shares};
use crate::model::{Model, State};
use crate::policy::Effect;
use crate::portfolio::{Columns, Portfolio};
use crate::system::{DefaultCount, Scope};

/// Independent draws that lose the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lot {
    /// Loss of each draw that defaults, smallest units, above 0.
    pub loss: i64,
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
            defaults: 0.0,
        }
    }

    /// Conditional PD of each in a state; the mean number of defaults where they are counts.
    #[inline]
    pub fn given(&self, model: &Model, state: &State) -> f64 {
        let own = &model.segments[self.segment];
        let law = &model.laws[own.law];
        let threshold = self.threshold * state.scales[law.scale];
        law.link.probability(law.link.argument(threshold, self.loading, state.drivers[own.driver]))
    }

    /// Sum of losses if all of them default once, smallest units.
    pub fn total(&self) -> f64 {
        self.lots.iter().map(|lot| lot.loss as f64 * lot.draws as f64).sum()
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
    let Ground { book, columns, new_lenders, model } = ground;
    let mut within = vec![false; columns.len()];
    scope.columns().iter().for_each(|&column| within[column] = true);
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); columns.len()];
    for (part, scope) in parts.iter().enumerate() {
        scope.columns().iter().for_each(|&column| holders[column].push(part));
    }
    let mut known: BTreeMap<(usize, u64, u64), usize> = BTreeMap::new();
    let mut classes: Vec<Class> = Vec::new();
    let mut owned: Vec<Owned> = Vec::new();
    // Losses of an entry by column.
    let mut losses: Vec<(usize, i64)> = Vec::new();
    for b in 0..book.entries() {
        let segment = book.borrowers.segment.codes.get(b);
        let people = book.borrowers.stands_for(b);
        losses.clear();
        for a in book.accounts_of(b) {
            losses.push((columns.of(book, b, a), effect.exposure.loss(book, a)));
        }
        let mut accounts = losses.iter().filter(|(column, _)| within[*column]).count() as u64;
        for (at, &lender) in new_lenders.iter().enumerate() {
            let (own, column) = (effect.loss_elsewhere(at, b), columns.at(segment, lender));
            if own > 0 && within[column] {
                losses.push((column, own));
                accounts += 1;
            }
        }
        losses.retain(|&(column, _)| within[column]);
        let loss: i64 = losses.iter().map(|own| own.1).sum();
        let counted = match &scope.defaults {
            DefaultCount::People(segments) if segments.contains(&segment) => 1,
            DefaultCount::Accounts => accounts,
            _ => 0,
        };
        if loss == 0 && counted == 0 {
            continue;
        }
        // Loadings come from today's PD, thresholds from the policy's.
        let today = book.borrowers.pd.get(b);
        let loading = model.segments[segment].loading.at(today);
        let pd = effect.pd(book, b);
        let at = *known.entry((segment, pd.to_bits(), loading.to_bits())).or_insert_with(|| {
            let threshold = model.threshold(segment, pd);
            let (lots, defaults) = (Vec::new(), 0.0);
            classes.push(Class { segment, threshold, loading, lots, defaults });
            classes.len() - 1
        });
        let draws = book.borrowers.draws(b);
        let class = &mut classes[at];
        class.defaults += (counted * people * draws) as f64;
        if loss > 0 {
            let lot = loss * people as i64;
            class.lots.push(Lot { loss: lot, draws });
            for &(column, own) in &losses {
                let amount = (own * people as i64) as f64 * draws as f64;
                let of = |&part: &usize| Owned { class: at, loss: lot, part, amount };
                owned.extend(holders[column].iter().map(of));
            }
        }
    }
    for class in &mut classes {
        class.lots.sort_unstable();
        class.lots.dedup_by(|next, kept| {
            let same = next.loss == kept.loss;
            kept.draws += if same { next.draws } else { 0 };
            same
        });
    }
    let shares = Shares::of(&classes, parts.len(), owned);
    (classes, shares)
}
