//! LGDs tied to the factor: the published examples of the Frye-Jacobs function.
//!
//! The published conditional PD stands for the factor: Y is where the model's own conditional PD meets it.

use super::{Case, Check, Kind, Settings, range};
use crate::model::severity::{Systematic, frye_jacobs};
use crate::scenario::Rejected;
use crate::special::normal;

/// Conditional PD, PD, LGD, asset correlation, conditional LGD to four digits.
const PUBLISHED: [(f64, f64, f64, f64, f64); 3] = [
    (0.05, 0.08, 0.40, 0.20, 0.3197),
    (0.10, 0.09, 0.45, 0.20, 0.4151),
    (0.15, 0.10, 0.50, 0.20, 0.4971),
];

/// All rows.
pub fn run(_: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let row = |(conditional, pd, lgd, rho, expected): (f64, f64, f64, f64, f64)| {
        let (l, threshold) = (rho.sqrt(), normal::quantile(pd));
        let own = (1.0 - rho).sqrt() * normal::quantile(conditional);
        let of = Systematic { y: (threshold - own) / l, loading: l, pd, threshold };
        let quantity = format!("conditional PD {conditional}, PD {pd}, LGD {lgd}");
        Check::new(quantity, expected, frye_jacobs(lgd, &of), range::within(expected, 1e-4))
    };
    Ok(Case {
        id: "frye-jacobs-formula",
        title: "LGDs tied to the factor",
        source: "MathWorks documentation of fryeJacobsLGD (Frye and Jacobs 2012), to four digits",
        kind: Kind::Published,
        trials: 0,
        checks: PUBLISHED.into_iter().map(row).collect(),
    })
}
