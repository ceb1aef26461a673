//! The order in which scopes and policies are measured, and the baselines that policies are held against.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::{Taken, View};

/// A piece of work.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// The statistics of the baseline in a scope.
    Baseline(usize),
    /// Everything of a policy in a scope.
    Policy(usize, usize),
}

/// All of them: the baseline of a scope comes a scope ahead of its policies, so that hardly anybody waits for it.
pub(super) fn steps(scopes: usize, policies: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for next in 0..=scopes {
        if next < scopes {
            steps.push(Step::Baseline(next));
        }
        if let Some(scope) = next.checked_sub(1) {
            steps.extend((0..policies).map(|policy| Step::Policy(scope, policy)));
        }
    }
    steps
}

/// The baseline in a scope, for as long as policies are held against it.
pub(super) struct Baseline {
    slot: OnceLock<Mutex<Option<Arc<Taken>>>>,
    /// Policies that have not been.
    left: AtomicUsize,
}

impl Baseline {
    pub(super) fn new(policies: usize) -> Self {
        Self { slot: OnceLock::new(), left: AtomicUsize::new(policies) }
    }

    /// Takes it, or waits for who does.
    pub(super) fn slot(&self, view: &View<'_>) -> &Mutex<Option<Arc<Taken>>> {
        let take = || Mutex::new(Some(Arc::new(view.statistics(view.inputs.baseline))));
        self.slot.get_or_init(take)
    }

    /// What was taken, for a policy that has not been.
    pub(super) fn taken(&self, view: &View<'_>) -> Arc<Taken> {
        let slot = self.slot(view).lock().expect("nobody panics with it in hand");
        slot.clone().expect("it is kept for the last policy")
    }

    /// A policy has been; the last takes it along.
    pub(super) fn leave(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1
            && let Some(slot) = self.slot.get()
        {
            slot.lock().expect("nobody panics with it in hand").take();
        }
    }
}
