//! Factors that are one for each value of a column, spread out over the values that the book has.
//!
//! A segment named `students/north` by the columns (segment, region) hangs, where the model has factors
//! per segment and per region, on
//!
//! 1. X = w_s Z + w_a Z_students + w_b Z_north + sqrt(1 - w_s^2 - w_a^2 - w_b^2) eps,
//!
//! so that two segments share the squares of the loadings of what they have in common. A factor keeps its
//! index; of a spread factor it is that of the first value, and the further values stand behind all
//! factors. What refers to the other factors thus stays as it is.

use std::collections::BTreeSet;

use crate::error::{Fault, FaultKind, Place};
use crate::scenario::{FactorStress, ModelSpec, PART_SEPARATOR, Stress};

/// Most factors after spreading.
pub const MOST_FACTORS: usize = 200;

/// The factors of a book.
#[derive(Debug, Clone, PartialEq)]
pub struct Expanded {
    /// Names; of one that stands for a value `factor/value`.
    pub names: Vec<String>,
    /// Correlations, row by row.
    pub correlation: Vec<Vec<f64>>,
    /// Per factor of the scenario: the values with their indices, one without a value if it is not spread.
    of: Vec<Vec<(String, usize)>>,
    /// As in [`ModelSpec::per`].
    per: Vec<Option<usize>>,
}

impl Expanded {
    /// Spreads the factors over the segments of a book; `correlation` is that of the scenario's factors.
    ///
    /// Faults: more than [`MOST_FACTORS`].
    pub fn new(
        spec: &ModelSpec,
        correlation: &[Vec<f64>],
        segments: &[String],
    ) -> Result<Self, Fault> {
        if spec.factors.len() > MOST_FACTORS {
            let message = format!(
                "the model has {} factors, must be at most {MOST_FACTORS}",
                spec.factors.len()
            );
            let place = Place::Key(format!("{}.factor[{MOST_FACTORS}]", spec.path));
            return Err(Fault::new(place, FaultKind::Conflict { message })
                .with_hint("gather factors that move together into one"));
        }
        let mut names = spec.factors.clone();
        let mut of = Vec::with_capacity(names.len());
        for (factor, per) in spec.per.iter().enumerate() {
            let Some(part) = *per else {
                of.push(vec![(String::new(), factor)]);
                continue;
            };
            let values: BTreeSet<&str> = segments.iter().map(|name| value(name, part)).collect();
            let mut places = Vec::with_capacity(values.len());
            for (at, value) in values.into_iter().enumerate() {
                let name = format!("{}{PART_SEPARATOR}{value}", spec.factors[factor]);
                if at == 0 {
                    names[factor] = name;
                    places.push((value.to_owned(), factor));
                } else {
                    places.push((value.to_owned(), names.len()));
                    names.push(name);
                }
            }
            of.push(places);
        }
        if names.len() > MOST_FACTORS {
            let spread = of.iter().enumerate().max_by_key(|(_, places)| places.len());
            let (factor, values) = spread.map_or((0, 0), |(at, places)| (at, places.len()));
            let message = format!(
                "one factor for each value makes {} factors, more than {MOST_FACTORS}; `{}` alone has \
                 {values} values",
                names.len(),
                spec.factors[factor]
            );
            let place = Place::Key(format!("{}.factor[{factor}].per", spec.path));
            return Err(Fault::new(place, FaultKind::Conflict { message })
                .with_hint("take a column with fewer values, or gather its values in the tape"));
        }
        let n = names.len();
        let mut spread = vec![vec![0.0; n]; n];
        for (i, row) in spread.iter_mut().enumerate() {
            if let Some(own) = correlation.get(i) {
                row[..own.len()].copy_from_slice(own);
            }
            row[i] = 1.0;
        }
        Ok(Self { names, correlation: spread, of, per: spec.per.clone() })
    }

    /// The factor of the scenario behind each factor of the book.
    pub fn origins(&self) -> Vec<usize> {
        let mut origins = vec![0; self.names.len()];
        for (factor, places) in self.of.iter().enumerate() {
            places.iter().for_each(|(_, index)| origins[*index] = factor);
        }
        origins
    }

    /// The index of a factor of the scenario for a segment.
    pub fn index(&self, factor: usize, segment: &str) -> usize {
        let places = &self.of[factor];
        let Some(part) = self.per[factor] else { return factor };
        let own = value(segment, part);
        places.iter().find(|(value, _)| value == own).map_or(factor, |(_, index)| *index)
    }

    /// The stress on factors: what is done to a spread factor is done to each of its values.
    pub fn stress(&self, stress: &Stress) -> Vec<(usize, FactorStress)> {
        let each = |&(factor, what): &(usize, FactorStress)| {
            self.of[factor].iter().map(move |(_, index)| (*index, what))
        };
        stress.factors.iter().flat_map(each).collect()
    }
}

/// A part of a segment's name.
fn value(segment: &str, part: usize) -> &str {
    segment.split(PART_SEPARATOR).nth(part).unwrap_or_default()
}
