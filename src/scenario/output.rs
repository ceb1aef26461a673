//! What a checked scenario says about what is written.

use super::BaselRetail;

/// What is written beyond the standard results.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputSpec {
    /// Whether every binding policy is accompanied by a proportional cut of all limits that keeps
    /// the same credit (on by default).
    pub equal_credit_cut: bool,
    /// Whether changes are attributed to the effects of policies, where behaviour is on (on by default).
    pub attribution: bool,
    /// Whether losses of each trial are written too.
    pub trial_losses: bool,
    /// Retail classes for capital by the Basel formula; `None`: those of the model's correlations.
    pub irb: Option<IrbClasses>,
    /// Bands by which those who are cut are told apart.
    pub bands: BandEdges,
    /// Yearly repayment over yearly income above which a borrower counts as over-indebted, > 0.
    pub over_indebted: f64,
    /// Years in which a balance is taken to be repaid, > 0.
    pub repayment_years: f64,
}

/// Which retail class borrowers belong to.
#[derive(Debug, Clone, PartialEq)]
pub enum IrbClasses {
    /// One for all.
    All(BaselRetail),
    /// By segment: name, path, class. Segments not named have the class of their correlation.
    BySegment(Vec<(String, String, BaselRetail)>),
}

/// Upper edges (inclusive) of bands, ascending; above the last edge is one more band. `None`:
/// fifths of the people in the book.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BandEdges {
    /// Yearly income, units of currency.
    pub income: Option<Vec<f64>>,
    /// Age in years.
    pub age: Option<Vec<f64>>,
    /// Score.
    pub score: Option<Vec<f64>>,
    /// Sum of a borrower's limits, units of currency.
    pub limit: Option<Vec<f64>>,
}
