//! Conditional moments of a portfolio and of its parts, given a state.

use crate::exact::class::Class;
use crate::exact::moments::{Moments, given};
use crate::exact::shares::{Holders, Shares};
use crate::exact::tied::TiedCost;
use crate::model::{Model, Severity};

/// A portfolio with all that is asked of a state.
pub struct Pool<'a> {
    classes: &'a [Class],
    model: &'a Model,
    severity: Option<&'a Severity>,
    shares: &'a Shares,
    /// By class: what parts lose if all borrowers default.
    held: Vec<Holders>,
    totals: Vec<Totals>,
}

/// Sums over the lots of a class.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    losses: f64,
    squares: f64,
    /// Variances of what defaults cost.
    costs: f64,
}

impl<'a> Pool<'a> {
    /// Gathers what does not depend on the state.
    pub fn new(
        (classes, shares): (&'a [Class], &'a Shares),
        (model, severity): (&'a Model, Option<&'a Severity>),
    ) -> Self {
        let held = (0..shares.lots.len()).map(|class| shares.of_class(class)).collect();
        let totals = classes
            .iter()
            .map(|class| {
                let mut sums = Totals::default();
                for lot in &class.lots {
                    let draws = lot.draws as f64;
                    let (loss, square, _) = class.moments(lot);
                    sums.losses += draws * loss;
                    sums.squares += draws * loss * loss;
                    sums.costs += draws * (square - loss * loss);
                }
                sums
            })
            .collect();
        Self { classes, model, severity, shares, held, totals }
    }

    /// Number of parts.
    pub fn parts(&self) -> usize {
        self.shares.parts
    }

    /// Number of independent draws of default behind the losses.
    pub fn draws(&self) -> f64 {
        let lots = |class: &Class| class.lots.iter().map(|lot| lot.draws as f64).sum::<f64>();
        let tied = |class: &Class| class.tied.iter().map(|own| own.draws).sum::<f64>();
        self.classes.iter().map(|class| lots(class) + tied(class)).sum()
    }

    /// Conditional PDs where the normals are these.
    fn given(&self, normals: &[f64]) -> Vec<f64> {
        given(self.classes, self.model, &self.model.state(normals))
    }

    /// 1 - p, the part of a default that is idiosyncratic; 1 where defaults are Poisson numbers.
    fn rest(&self, class: &Class, p: f64) -> f64 {
        if class.counts(self.model) { 1.0 } else { 1.0 - p }
    }

    /// Costs that depend on the state: mean number of defaults and the idiosyncratic part of a default.
    fn tied(&self, normals: &[f64], pds: &[f64], mut take: impl FnMut((f64, f64), &TiedCost)) {
        let Some(severity) = self.severity else { return };
        let tied = self.classes.iter().zip(pds).filter(|(class, _)| !class.tied.is_empty());
        for (class, &p) in tied {
            let y = self.model.direction_at(class.segment, normals);
            let rest = self.rest(class, p);
            for own in &class.tied {
                take((own.draws * p, rest), &own.given(severity, class.segment, y));
            }
        }
    }

    /// Mean, variance and defaults given the state of these normals.
    pub fn at(&self, normals: &[f64]) -> Moments {
        let pds = self.given(normals);
        let mut sums = Moments::default();
        for ((class, own), &p) in self.classes.iter().zip(&self.totals).zip(&pds) {
            sums.mean += p * own.losses;
            sums.variance += p * (self.rest(class, p) * own.squares + own.costs);
            sums.defaults += p * class.defaults;
        }
        self.tied(normals, &pds, |(often, rest), cost| {
            sums.mean += often * cost.mean;
            sums.variance += often * (rest * cost.mean * cost.mean + cost.variance);
        });
        sums
    }

    /// Conditional means of the parts.
    pub fn means_of_parts(&self, normals: &[f64]) -> Vec<f64> {
        let pds = self.given(normals);
        let mut means = vec![0.0; self.shares.parts];
        for (held, p) in self.held.iter().zip(&pds) {
            held.iter().for_each(|&(part, amount)| means[part] += p * amount);
        }
        self.tied(normals, &pds, |(often, _), cost| {
            for &(column, own, _) in &cost.columns {
                self.shares.holders[column].iter().for_each(|&part| means[part] += often * own);
            }
        });
        means
    }

    /// Shares of the parts in the conditional variance.
    pub fn spread_of_parts(&self, normals: &[f64]) -> Vec<f64> {
        let pds = self.given(normals);
        let mut spread = vec![0.0; self.shares.parts];
        for ((class, lots), &p) in self.classes.iter().zip(&self.shares.lots).zip(&pds) {
            let rest = self.rest(class, p);
            for (lot, holders) in class.lots.iter().zip(lots) {
                let each = p * rest * class.moments(lot).0;
                holders.iter().for_each(|&(part, amount)| spread[part] += each * amount);
                for (part, _, variance) in class.cost(lot).iter().flat_map(|cost| cost.shares()) {
                    spread[part] += p * lot.draws as f64 * variance;
                }
            }
        }
        self.tied(normals, &pds, |(often, rest), cost| {
            for &(column, mean, variance) in &cost.columns {
                let own = often * (rest * cost.mean * mean + variance);
                self.shares.holders[column].iter().for_each(|&part| spread[part] += own);
            }
        });
        spread
    }
}
