//! The exact expected loss, where the model gives one: the reference a simulated mean must meet.
//!
//! With n_i the people behind entry i,
//!
//! 1. EL = sum_i n_i p_i sum_a loss_ia, since E p_i(Z) = p_i as long as no factor is held or
//!    moved and no rate is capped at 1; losses are taken before they are rounded to the smallest unit, so that
//!    the reference shows what rounding does;
//! 2. Var L >= sum_i n_i s_i p_i (1 - p_i) loss_i^2, s_i the people who default with one draw: the
//!    part of each draw alone, as joint defaults are not negatively correlated. A sample that has
//!    missed rare large defaults looks calmer than this.
//!
//! Where what a default costs follows laws ([`crate::model::severity`]), loss_ia is its mean given default: luck of
//! LGDs only adds to equation 2, and LGDs and CCFs that hang on the factor rise together with the PDs.

use super::concentration::Spread;
use super::mean_costs::MeanCosts;
use crate::model::{Model, Severity};
use crate::policy::Applied;
use crate::policy::rounding::unrounded_loss;
use crate::portfolio::Portfolio;

/// Exact means of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanReference {
    /// EL of the system under each applied policy, smallest units; `None` where a factor is held
    /// or moved, where rates above 1 are not out of the question, and where CCFs are tied to the factor of
    /// another family than the Gaussian.
    pub expected_losses: Option<Vec<f64>>,
    /// Defaults expected under each, of all borrowers together, where EL is known: no smaller than P(L > 0).
    pub expected_defaults: Option<Vec<f64>>,
    /// What rounding of losses to the smallest unit adds to EL under each, as a share of it.
    pub moved: Vec<f64>,
    /// Equation 2 for each, smallest units: the standard deviation of one trial is no smaller.
    pub least_deviations: Vec<f64>,
    /// People whose PD the multiplier would carry above 1.
    pub clamped: u64,
    /// How what defaults cost is spread over people under each; LGDs and CCFs at their means.
    pub spreads: Vec<Spread>,
}

/// Sums over the book; `severity` holds the laws of what defaults cost, where it follows any.
pub fn mean_reference(
    book: &Portfolio,
    model: &Model,
    severity: Option<&Severity>,
    applied: &[Applied],
) -> MeanReference {
    let mut clamped = 0;
    let mut sums = vec![0.0; applied.len()];
    let mut defaults = vec![0.0; applied.len()];
    let mut squares = vec![0.0; applied.len()];
    let mut added = vec![0.0; applied.len()];
    let mut spreads = vec![Spread::default(); applied.len()];
    let mut costs = severity.map(|severity| MeanCosts::new(severity, book, model));
    for b in 0..book.entries() {
        let today = model.stressed(book.borrowers.pd.get(b));
        let count = book.count(b);
        clamped += if today.clamped { count } else { 0 };
        let sums_of = sums.iter_mut().zip(&mut defaults).zip(&mut squares).zip(&mut spreads);
        let sums_of = sums_of.zip(&mut added);
        for (((((sum, defaults), square), spread), added), policy) in sums_of.zip(applied) {
            let pd = match policy.effect.shift(b) {
                0.0 => today.pd,
                _ => model.stressed(policy.effect.pd(book, b)).pd,
            };
            let weight = pd * count as f64;
            let own = weight * (1.0 - pd) * book.borrowers.stands_for(b) as f64;
            let at_means = policy.effect.loss(book, b) as f64;
            spread.add(count as f64, at_means);
            let loss = match &mut costs {
                None => {
                    let exact = unrounded_loss(policy, book, b);
                    *added += weight * (at_means - exact);
                    exact
                }
                Some(costs) => costs.of(&policy.effect, b, pd),
            };
            *sum += weight * loss;
            *defaults += weight;
            *square += own * loss * loss;
        }
    }
    let share = |(added, sum): (&f64, &f64)| if *sum > 0.0 { added / sum } else { 0.0 };
    let by_rounding = added.iter().zip(&sums).map(share).collect();
    let moved = applied.iter().any(|policy| policy.effect.shifts.is_some());
    let capped = model.may_cap(moved);
    // What is tied to the factor has its mean with conditional PDs by the bivariate normal law alone.
    let tied = severity.is_some_and(Severity::is_systematic) && !model.is_gaussian();
    let known = !model.factors.is_moved() && !capped && !tied;
    let expected_losses = known.then_some(sums);
    let expected_defaults = known.then_some(defaults);
    let least_deviations = squares.into_iter().map(f64::sqrt).collect();
    let moved = by_rounding;
    MeanReference { expected_losses, expected_defaults, moved, least_deviations, clamped, spreads }
}
