//! Where the rows of a segment lie in the unit cube of their attributes.
//!
//! Rows that are people are drawn independently, each from a stream of its own. Rows that stand for
//! many (pools, or draws that stand for several) should be like the law rather than like a sample of
//! it: they lie on scrambled Sobol points, and each attribute's coordinate is then replaced by the
//! middle of its rank,
//!
//! 1. u = (rank - 1/2) / n,
//!
//! so that every attribute by itself has its law to within 1/n.
//!
//! Rank correlations come from a Gaussian copula: with Spearman's rho the normals have correlation
//!
//! 2. r = 2 sin(pi rho / 6)    (Pearson 1907).
//!
//! Every attribute has its own coordinate whether it varies or not, so that a change of one law moves
//! no other attribute; the first rows of a longer segment of people are those of the shorter one.

use std::f64::consts::PI;

use super::Point;
use crate::error::{Fault, FaultKind, Place};
use crate::random::sobol::Dimension;
use crate::random::{Address, MAX_TRIALS, Purpose, Stream, uniform};
use crate::scenario::synthetic::{Attribute, Grain, SyntheticSegment};
use crate::special::correlation::root;
use crate::special::normal;

/// The points of a segment.
pub(super) enum Placing {
    /// Drawn one by one.
    Alone { rows: u64, seed: u64, cell: u32, copula: Copula },
    /// Placed evenly: one column per attribute; empty where nobody differs.
    Even { rows: u64, columns: Vec<Vec<f64>> },
}

impl Placing {
    /// Places the rows of segment `cell`.
    pub(super) fn new(
        segment: &SyntheticSegment,
        cell: u32,
        seed: u64,
    ) -> Result<Self, Vec<Fault>> {
        let copula = Copula::new(segment)?;
        let rows = match segment.grain {
            Grain::Each => {
                let rows = segment.borrowers;
                return Ok(Self::Alone { rows, seed, cell, copula });
            }
            Grain::Pools(pools) => pools,
            Grain::StandsFor(people) => segment.borrowers / people,
        };
        // No borrower has this number.
        let at = Address { purpose: Purpose::Book, period: 0, trial: MAX_TRIALS - 1, cell };
        let mut stream = Stream::new(seed, at);
        let dimensions: Vec<Dimension> =
            (0..Attribute::ALL.len()).map(|j| Dimension::new(j, stream.word())).collect();
        let differ = |attribute: &Attribute| segment.varies(*attribute);
        let varying: Vec<Attribute> = Attribute::ALL.into_iter().filter(differ).collect();
        let mut columns = vec![Vec::new(); Attribute::ALL.len()];
        let mut u = [0.5; Attribute::ALL.len()];
        for row in 0..rows {
            for &attribute in &varying {
                u[attribute as usize] = dimensions[attribute as usize].point(row as u32);
            }
            let u = copula.apply(&u);
            varying.iter().for_each(|&a| columns[a as usize].push(u[a as usize]));
        }
        columns.iter_mut().for_each(|column| centre(column));
        Ok(Self::Even { rows, columns })
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Alone { rows, .. } | Self::Even { rows, .. } => *rows,
        }
    }

    /// The point of a row.
    pub(super) fn at(&self, row: u64) -> Point {
        match self {
            Self::Alone { seed, cell, copula, .. } => {
                let at = Address { purpose: Purpose::Book, period: 0, trial: row, cell: *cell };
                let mut stream = Stream::new(*seed, at);
                copula.apply(&std::array::from_fn(|_| uniform(&mut stream)))
            }
            Self::Even { columns, .. } => {
                let at = |column: &Vec<f64>| column.get(row as usize).copied().unwrap_or(0.5);
                std::array::from_fn(|attribute| at(&columns[attribute]))
            }
        }
    }
}

/// Equation 1.
fn centre(column: &mut [f64]) {
    let mut order: Vec<u32> = (0..column.len() as u32).collect();
    // Equal coordinates (two of 2^32 points at most) keep the order of their rows.
    order.sort_by(|&a, &b| column[a as usize].total_cmp(&column[b as usize]));
    let n = column.len() as f64;
    for (rank, row) in order.into_iter().enumerate() {
        column[row as usize] = (rank as f64 + 0.5) / n;
    }
}

/// The Gaussian copula of the attributes that are correlated.
pub(super) struct Copula {
    attributes: Vec<Attribute>,
    root: Vec<Vec<f64>>,
}

impl Copula {
    fn new(segment: &SyntheticSegment) -> Result<Self, Vec<Fault>> {
        let pairs = &segment.rank_correlations;
        let mut attributes: Vec<Attribute> = pairs.iter().flat_map(|c| [c.a, c.b]).collect();
        attributes.sort_unstable();
        attributes.dedup();
        let at = |attribute: Attribute| {
            attributes.binary_search(&attribute).expect("the list holds both of every pair")
        };
        let mut matrix = vec![vec![0.0; attributes.len()]; attributes.len()];
        matrix.iter_mut().enumerate().for_each(|(i, row)| row[i] = 1.0);
        for pair in pairs {
            let (i, j) = (at(pair.a), at(pair.b));
            // Equation 2; the ends are exact.
            let r = match pair.rank {
                1.0 | -1.0 => pair.rank,
                rank => 2.0 * libm::sin(PI * rank / 6.0),
            };
            matrix[i][j] = r;
            matrix[j][i] = r;
        }
        let names: Vec<String> = attributes.iter().map(|a| a.key().to_owned()).collect();
        let root = root(&matrix, &names).map_err(|impossible| {
            let message = format!("the rank correlations of `{}` {impossible}", segment.id);
            let place = Place::Key(format!("{}.rank_correlation", segment.path));
            let fault = Fault::new(place, FaultKind::Conflict { message });
            vec![fault.with_hint("bring the correlations named nearer to 0, or leave one out")]
        })?;
        Ok(Self { attributes, root })
    }

    /// Independent coordinates become dependent ones.
    fn apply(&self, u: &Point) -> Point {
        let mut dependent = *u;
        let normals: Vec<f64> =
            self.attributes.iter().map(|&a| normal::quantile(u[a as usize])).collect();
        for (&attribute, row) in self.attributes.iter().zip(&self.root) {
            let z: f64 = row.iter().zip(&normals).map(|(w, z)| w * z).sum();
            dependent[attribute as usize] = normal::cdf(z);
        }
        dependent
    }
}
