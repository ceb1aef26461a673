//! In which way the law given a state is worked out: by what it costs, the same in all states, between which the law
//! has to be smooth. The ways themselves are those of [`super::conditional`].

use super::class::Class;
use super::moments::Moments;
use crate::model::Model;

/// How the law given a state is worked out: the same way in all states, between which it has to be smooth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Every loss that can occur by itself: where there are few.
    Atoms,
    /// Lot by lot on the grid.
    Lots,
    /// Through the characteristic function.
    Transform,
    /// The same with the laws of costs as they are.
    Direct,
}

/// Losses that are followed one by one, at most.
const FEW: f64 = 1_024.0;
/// The same where costs have laws, for which there is no other way that keeps all digits.
const FEW_DRAWN: f64 = 16_384.0;

/// Whether so few losses can occur that each may be followed by itself.
pub fn are_few((classes, model): (&[Class], &Model)) -> bool {
    if classes.iter().any(|class| class.counts(model)) {
        return false;
    }
    let most = if is_drawn(classes) { FEW_DRAWN } else { FEW };
    let lots = classes.iter().flat_map(|class| class.lots.iter().map(move |lot| (class, lot)));
    let outcomes = lots.into_iter().try_fold(1.0_f64, |product, (class, lot)| {
        let draws = lot.draws as f64;
        let more = match class.cost(lot) {
            None => draws + 1.0,
            Some(cost) => (cost.outcomes()?.len() as f64 + 1.0).powf(draws),
        };
        (product * more <= most).then_some(product * more)
    });
    outcomes.is_some()
}

/// Whether costs of a book have laws.
pub fn is_drawn(classes: &[Class]) -> bool {
    classes.iter().any(|class| !class.costs.is_empty())
}

/// The way for a book of fixed costs whose conditional PDs in some states, and sums over it, are these;
/// `budget` are the multiplications that may be spent lot by lot on a state.
pub fn way(
    (classes, model): (&[Class], &Model),
    states: &[(Vec<f64>, Moments)],
    step: f64,
    budget: f64,
) -> Way {
    let cost =
        |(pds, moments): &(Vec<f64>, Moments)| by_lot((classes, model), (pds, moments), step);
    let mean = states.iter().map(cost).sum::<f64>() / states.len() as f64;
    if mean <= budget { Way::Lots } else { Way::Transform }
}

/// About how many multiplications lot by lot takes.
fn by_lot(
    (classes, model): (&[Class], &Model),
    (pds, moments): (&[f64], &Moments),
    step: f64,
) -> f64 {
    let mut cost = 0.0;
    let (mut rate, mut range, mut variance, mut most) = (0.0, 0.0, 0.0, 1.0_f64);
    for (class, &p) in classes.iter().zip(pds) {
        for lot in &class.lots {
            let (loss, draws) = (lot.loss as f64, lot.draws as f64);
            if class.counts(model) {
                rate += p * draws;
                range += 1.0;
                continue;
            }
            let own = draws * p * (1.0 - p);
            let counts = (33.0 * own.sqrt() + 2.0).min(draws + 1.0);
            // Points with a weight: no more than counts, no more than grid points.
            let points = counts.min(counts * loss / step + 2.0);
            // 138 = -ln 1e-60; the sum so far is no wider than its law, and than all its losses.
            let sofar = Moments { variance, largest: moments.largest, ..Moments::default() };
            let width = (1.0 + 2.0 * sofar.reach(138.0) / step).min(most);
            // Working the weights out costs too.
            cost += points * width + 8.0 * counts;
            variance += own * loss * loss;
            most += draws * loss / step;
        }
    }
    match rate {
        // exp(-rate) has to be a number.
        rate if rate > 600.0 => f64::INFINITY,
        _ => cost + range * (moments.mean + moments.reach(138.0)) / step,
    }
}
