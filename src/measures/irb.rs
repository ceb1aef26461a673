//! Capital by the formula of the Basel retail approach, beside what is simulated.
//!
//! With n the people behind an entry, the loss of each account if it defaults (EAD x LGD), the entry's
//! PD p under the policy and R the correlation of its class at p (CRE31.13 to CRE31.16),
//!
//! 1. K = sum of n EAD LGD (Phi((G(p) + sqrt(R) G(0.999)) / sqrt(1 - R)) - p)
//!
//! (CRE31.14): the loss at 99.9 % beyond the expected one of a pool without end on one factor, one year
//! ahead. PDs are those of the book as behaviour moves them, without stress and without the floors of
//! CRE32; balances already in default (p = 1) add nothing. So K differs from simulated economic
//! capital by granularity, by other correlations, by stress and by a horizon that is no year.

use std::collections::BTreeMap;

use crate::error::{Fault, FaultKind, Place};
use crate::model::{basel, conditional_pd};
use crate::policy::Effect;
use crate::portfolio::{Columns, Portfolio};
use crate::scenario::{BaselRetail, CorrelationRule, Dependence, IrbClasses, ModelSpec};
use crate::special::normal;
use crate::units::Probability;

/// The confidence of CRE31.
const LEVEL: f64 = 0.999;

/// Capital by the formula: under each applied policy, by column.
#[derive(Debug, Clone, PartialEq)]
pub struct IrbCapital {
    /// Smallest units, by policy and column; `None` where the segment has no class.
    capital: Vec<Vec<Option<f64>>>,
}

/// The retail class of each segment: as `[output] irb` says, else that of its correlation if that is a
/// Basel function, else none.
///
/// Faults: segments that the book does not have.
pub fn classes(
    given: Option<&IrbClasses>,
    model: &ModelSpec,
    segments: &[String],
) -> Result<Vec<Option<BaselRetail>>, Vec<Fault>> {
    let by_name: BTreeMap<&String, _> =
        model.segments.iter().rev().map(|own| (&own.segment, own)).collect();
    let own = |name: &String| {
        let found = by_name.get(name).copied();
        match found.map_or(&model.default, |own| &own.dependence) {
            Dependence::OneFactor { correlation: CorrelationRule::Basel(class), .. } => {
                Some(*class)
            }
            _ => None,
        }
    };
    match given {
        None => Ok(segments.iter().map(own).collect()),
        Some(IrbClasses::All(class)) => Ok(vec![Some(*class); segments.len()]),
        Some(IrbClasses::BySegment(table)) => {
            let unknown = |(name, path, _): &(String, String, BaselRetail)| {
                let kind = FaultKind::UnknownName {
                    what: "segment".into(),
                    found: name.clone(),
                    known: segments.to_vec(),
                };
                (!segments.contains(name)).then(|| Fault::new(Place::Key(path.clone()), kind))
            };
            let faults: Vec<Fault> = table.iter().filter_map(unknown).collect();
            if !faults.is_empty() {
                return Err(faults);
            }
            let class = |name: &String| {
                let found = table.iter().find(|(segment, ..)| segment == name);
                found.map_or_else(|| own(name), |(.., class)| Some(*class))
            };
            Ok(segments.iter().map(class).collect())
        }
    }
}

/// Capital per unit of EAD x LGD at a PD.
pub fn rate(class: BaselRetail, pd: f64) -> f64 {
    let known = Probability::new(pd).expect("PDs of a book lie in 0..=1");
    let loading = basel::correlation(class, known).get().sqrt();
    conditional_pd(normal::quantile(pd), loading, -normal::quantile(LEVEL)) - pd
}

impl IrbCapital {
    /// Adds up the book under each effect; `classes` by segment, `takers` the lenders new to borrowers.
    /// Nothing where no segment has a class.
    pub fn of(
        book: &Portfolio,
        columns: &Columns,
        effects: &[&Effect],
        classes: &[Option<BaselRetail>],
        takers: &[usize],
    ) -> Option<Self> {
        if classes.iter().all(Option::is_none) {
            return None;
        }
        let start: Vec<Option<f64>> =
            columns.pairs().iter().map(|pair| classes[pair.segment].map(|_| 0.0)).collect();
        let mut capital = vec![start; effects.len()];
        for b in 0..book.entries() {
            let segment = book.borrowers.segment.codes.get(b);
            let Some(class) = classes[segment] else { continue };
            let people = book.count(b) as f64;
            let today = rate(class, book.borrowers.pd.get(b));
            for (sums, effect) in capital.iter_mut().zip(effects) {
                let each = match effect.shift(b) {
                    0.0 => people * today,
                    _ => people * rate(class, effect.pd(book, b)),
                };
                let mut add = |column: usize, loss: i64| {
                    if let Some(sum) = &mut sums[column] {
                        *sum += each * loss as f64;
                    }
                };
                for a in book.accounts_of(b) {
                    add(columns.of(book, b, a), effect.exposure.loss(book, a));
                }
                for (at, &lender) in takers.iter().enumerate() {
                    match effect.loss_elsewhere(at, b) {
                        0 => {}
                        loss => add(columns.at(segment, lender), loss),
                    }
                }
            }
        }
        Some(Self { capital })
    }

    /// Capital of some columns under a policy, smallest units; `None` where one of them has no class, as
    /// a part would pass for the whole.
    pub fn over(&self, policy: usize, columns: &[usize]) -> Option<f64> {
        let own = &self.capital[policy];
        columns.iter().map(|&column| own[column]).sum()
    }
}
