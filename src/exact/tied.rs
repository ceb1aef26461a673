//! Costs that hang on the state: LGDs and CCFs tied to the factor ([`crate::model::severity`]).
//!
//! Given Y the default of a draw costs, over its accounts a with drawn part B_a and undrawn part u_a,
//!
//! 1. mean sum_a LGD_a(Y) e_a(Y),   e_a(Y) = B_a + CCF_a(Y) u_a;
//! 2. variance sum_a s_a^2 e_a(Y)^2, s_a the standard deviation of LGDs that are drawn around theirs.

use crate::model::Severity;
use crate::model::severity::{Systematic, Tables};
use crate::scenario::LgdLaw;

/// Debts that share one LGD.
#[derive(Debug, Clone, PartialEq)]
pub struct TiedDebt {
    /// Its mean.
    pub lgd: f64,
    /// By place: who holds it, what is drawn, what is not, its CCF.
    pub places: Vec<TiedPlace>,
}

/// What is owed at one place, smallest units.
#[derive(Debug, Clone, PartialEq)]
pub struct TiedPlace {
    /// Column of the place.
    pub column: usize,
    /// Drawn.
    pub drawn: f64,
    /// Not drawn.
    pub undrawn: f64,
    /// Mean share of that which is drawn before default.
    pub ccf: f64,
}

/// Draws whose costs hang on the state.
#[derive(Debug, Clone, PartialEq)]
pub struct Tied {
    /// Their number.
    pub draws: f64,
    /// People behind each.
    pub people: f64,
    /// The borrower at Y = 0.
    pub systematic: Systematic,
    /// What each owes.
    pub debts: Vec<TiedDebt>,
}

/// What the default of a draw costs given a state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TiedCost {
    /// Mean.
    pub mean: f64,
    /// Variance.
    pub variance: f64,
    /// Mean and variance by column.
    pub columns: Vec<(usize, f64, f64)>,
}

impl Tied {
    /// The most that is lost if all of them default.
    pub fn most(&self) -> f64 {
        let owed = |debt: &TiedDebt| {
            debt.places.iter().map(|place| place.drawn + place.undrawn).sum::<f64>()
        };
        self.draws * self.people * self.debts.iter().map(owed).sum::<f64>()
    }

    /// Equations 1 and 2 for a segment at a value of its Y.
    pub fn given(&self, severity: &Severity, segment: usize, y: f64) -> TiedCost {
        let systematic = Systematic { y, ..self.systematic };
        let tables = Tables::default();
        let case = severity.case(segment, systematic, &tables);
        let mut cost = TiedCost::default();
        for debt in &self.debts {
            // Where LGDs are drawn their law does not hang on Y.
            let (mean, variance) = match severity.law(segment).lgd.of(debt.lgd) {
                LgdLaw::Beta { sd } => (debt.lgd, sd * sd),
                LgdLaw::Discrete(values) => {
                    let off = |x: f64| (x - debt.lgd) * (x - debt.lgd);
                    (debt.lgd, values.iter().map(|&(x, w)| w * off(x)).sum())
                }
                LgdLaw::Fixed | LgdLaw::FryeJacobs => (case.lgd(debt.lgd, 0.5), 0.0),
            };
            let exposure = |place: &TiedPlace| {
                self.people * (place.drawn + case.ccf(place.ccf) * place.undrawn)
            };
            let all: f64 = debt.places.iter().map(exposure).sum();
            for place in &debt.places {
                let own = exposure(place);
                cost.columns.push((place.column, mean * own, variance * own * all));
            }
            cost.mean += mean * all;
            cost.variance += variance * all * all;
        }
        cost
    }
}
