//! Who loses what: the borrowers of one scope under one policy, by equal conditional PD.

use std::collections::BTreeMap;

use super::class::{Class, Lot};
use super::cost::Cost;
use super::ground::Ground;
use super::owed::{CostKey, Owed, owed};
use super::shares::{Owned, Shares};
use super::tied::Tied;
use crate::model::severity::Systematic;
use crate::policy::Effect;
use crate::system::{DefaultCount, Scope};

/// What makes conditional PDs equal in every state, whatever segments are called: driver, law, PD, loading; and the segment where
/// costs depend on it.
type Alike = (usize, usize, u64, u64, Option<usize>);

/// The people of a scope under a policy, by falling PD.
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
    let mut known: BTreeMap<Alike, usize> = BTreeMap::new();
    let mut classes: Vec<Class> = Vec::new();
    let mut laws: BTreeMap<(usize, usize, CostKey), usize> = BTreeMap::new();
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
        let of = &model.segments[segment];
        let tied = matches!(own.losses, Owed::Tied(_)).then_some(segment);
        let alike = (of.driver, of.law, pd.to_bits(), loading.to_bits(), tied);
        let at = *known.entry(alike).or_insert_with(|| {
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
            let cost = *laws.entry((at, segment, key)).or_insert_with(|| {
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
    let mut order: Vec<(usize, Alike)> = known.into_iter().map(|(own, at)| (at, own)).collect();
    // PDs are not negative, so that their bits are ordered as they are.
    order.sort_by_key(|&(_, (driver, law, pd, loading, tied))| {
        (std::cmp::Reverse(pd), loading, driver, law, tied)
    });
    let mut place = vec![0; classes.len()];
    order.iter().enumerate().for_each(|(to, &(from, _))| place[from] = to);
    owned.iter_mut().for_each(|own| own.class = place[own.class]);
    let mut placed: Vec<(usize, Class)> = place.into_iter().zip(classes).collect();
    placed.sort_by_key(|own| own.0);
    let classes: Vec<Class> = placed.into_iter().map(|own| own.1).collect();
    let shares = Shares::of(&classes, (parts.len(), holders), owned);
    (classes, shares)
}
