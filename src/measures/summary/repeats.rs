//! Scopes whose losses are those of another one in every trial: the total of a system in which nothing but
//! the book loses, the owners of lenders of whom none fails. What is sampled of them is told once.

use std::sync::atomic::AtomicBool;

use super::{Inputs, View};
use crate::engine::ordered_map;
use crate::system::{Losses, Scope, ScopeKind};

/// A scope that is measured, and those that repeat it; numbers of scopes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Once {
    pub(super) scope: usize,
    pub(super) repeats: Vec<usize>,
}

impl Once {
    /// The scope, then those that repeat it.
    pub(super) fn scopes(&self) -> impl Iterator<Item = usize> {
        [self.scope].into_iter().chain(self.repeats.iter().copied())
    }
}

/// All scopes, each once: those that are measured in their order, with those that repeat them.
pub(super) fn once(inputs: &Inputs<'_>) -> Vec<Once> {
    let pairs: Vec<(usize, usize)> = inputs
        .scopes
        .iter()
        .enumerate()
        .filter_map(|(at, scope)| Some((at, may_repeat(inputs, scope)?)))
        .collect();
    let policies = inputs.applied.len();
    let never = AtomicBool::new(false);
    let one = |(): &mut (), piece: usize| {
        let (at, of) = pairs[piece / policies];
        is_repeated(inputs, piece % policies, (&inputs.scopes[at], &inputs.scopes[of]))
    };
    let pieces = pairs.len() * policies;
    let same = ordered_map(pieces, inputs.threads, &never, || (), one, |_| {}).done;
    let same = same.chunks(policies).map(|own| own.iter().all(|&same| same));
    let pairs: Vec<_> = pairs.into_iter().zip(same).filter(|own| own.1).map(|own| own.0).collect();
    let is_measured = |scope: &usize| pairs.iter().all(|(at, _)| at != scope);
    let repeats_of = |scope| pairs.iter().filter(move |own| own.1 == scope).map(|own| own.0);
    (0..inputs.scopes.len())
        .filter(is_measured)
        .map(|scope| Once { scope, repeats: repeats_of(scope).collect() })
        .collect()
}

/// The scope that tells the losses of this one.
pub(super) fn repeated_by(groups: &[Once], scope: usize) -> usize {
    groups.iter().find(|own| own.repeats.contains(&scope)).map_or(scope, |own| own.scope)
}

/// The scope that one may repeat, by what they are: of other losses nobody expects it.
fn may_repeat(inputs: &Inputs<'_>, scope: &Scope) -> Option<usize> {
    let borne = inputs.borne?;
    let market = borne.market;
    match &scope.losses {
        Losses::Total => {
            let system = inputs.scopes.iter().position(|own| own.kind == ScopeKind::System);
            system.filter(|_| market.largest_besides_book() == 0.0 && !borne.feedback)
        }
        Losses::Bearer(bearer) => {
            let owned: Vec<usize> = market.owned_by(*bearer)?.collect();
            inputs.scopes.iter().position(|own| match &own.losses {
                Losses::Lenders(lenders) => *lenders == owned,
                _ => false,
            })
        }
        _ => None,
    }
}

/// Whether all that statistics are taken of is the same in both scopes. One without credit says nothing about
/// losses over it, and repeats the rest.
fn is_repeated(inputs: &Inputs<'_>, applied: usize, (scope, of): (&Scope, &Scope)) -> bool {
    let (own, of) = (View::new(inputs, scope), View::new(inputs, of));
    let (sums, sums_of) = (own.sums(applied), of.sums(applied));
    own.scope.defaults == of.scope.defaults
        && own.moves(applied) == of.moves(applied)
        && sums.largest_loss == sums_of.largest_loss
        && (sums.balance == 0 || sums.balance == sums_of.balance)
        && own.losses(applied, own.scope) == of.losses(applied, of.scope)
}
