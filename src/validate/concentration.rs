//! Indices of concentration of published vectors, by the functions that tell the concentration of policies.

use super::{Case, Check, Kind, Settings, range};
use crate::measures::concentration::Powers;
use crate::scenario::Rejected;

/// Ten incomes.
pub(super) const INCOMES: [f64; 10] =
    [541.0, 1_463.0, 2_445.0, 3_438.0, 4_437.0, 5_401.0, 6_392.0, 8_304.0, 11_904.0, 22_261.0];
/// Atkinson's index of them by aversion.
pub(super) const ATKINSON: [(f64, f64); 2] = [(0.5, 0.179_659_1), (1.0, 0.351_825_1)];
/// Renyi's entropy of order 2 of these.
pub(super) const RENYI: ([f64; 3], f64) = ([1.0, 2.0, 1.0], 0.980_829_253_0);
/// Half of the last printed digit, rounded up.
const TOLERANCE: f64 = 1e-7;

/// All of them.
pub fn run(_: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let of = |order: f64, values: &[f64]| {
        let mut powers = Powers::of_order(order);
        values.iter().for_each(|&x| powers.add(1.0, x));
        powers
    };
    let check = |quantity: String, expected: f64, found: f64| {
        Check::new(quantity, expected, found, range::within(expected, TOLERANCE))
    };
    let mut checks: Vec<Check> = ATKINSON
        .into_iter()
        .map(|(aversion, expected)| {
            let found = of(1.0 - aversion, &INCOMES).atkinson();
            check(format!("Atkinson, aversion {aversion}"), expected, found)
        })
        .collect();
    let (shares, expected) = RENYI;
    checks.push(check("Renyi of order 2".into(), expected, of(2.0, &shares).renyi()));
    Ok(Case {
        id: "concentration-formula",
        title: "Indices of concentration of two vectors",
        source: "github.com/open-risk/concentrationMetrics, tests (comparison with the R package ineq)",
        kind: Kind::Published,
        trials: 0,
        checks,
    })
}
