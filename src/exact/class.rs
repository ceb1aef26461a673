//! People whose conditional PD is the same in every state, and what they lose.

use super::cost::Cost;
use super::tied::Tied;
use crate::model::{Link, Model, State};

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
    /// The PD after stress.
    pub pd: f64,
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
            pd: model.stressed(pd).pd,
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

    /// Whether they default as often as a Poisson number says.
    pub fn counts(&self, model: &Model) -> bool {
        model.law_of(self.segment).link == Link::Count
    }

    /// The most that is lost if all of them default once, smallest units.
    pub fn total(&self) -> f64 {
        self.lots.iter().map(|lot| self.moments(lot).2 * lot.draws as f64).sum()
    }
}
