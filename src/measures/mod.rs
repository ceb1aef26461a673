//! From loss samples to statistics with error bands.
//!
//! [`drawn`] knows how trials were drawn, `atoms` where a quantile jumps, [`influence`] what each adds to the error of a number; [`statistic`] takes the statistics of one policy in one scope, [`compare`] holds two policies
//! against each other on the same trials, [`between`] two results; [`summary`] does so for all policies
//! and scopes; [`concentration`] tells what a few borrowers make up; [`contribution`] shares the losses of the system out among its parts; [`borne`] and
//! [`lenders`] know who bears them (`delta_covar` what one lender's bad years mean for the others), [`failures`] and [`system_effects`] what that does to lenders; [`density`],
//! [`exceedance`], [`convergence`], [`ladder`] and [`frontier`] make the series behind figures and
//! tables.

mod atoms;
pub mod attribution;
pub mod between;
pub mod borne;
pub mod compare;
pub mod concentration;
pub mod contribution;
pub mod convergence;
mod delta_covar;
pub mod density;
pub mod drawn;
pub mod estimate;
pub mod exceedance;
pub mod failures;
pub mod from_law;
pub mod frontier;
pub mod influence;
pub mod interval;
pub mod irb;
mod jumps;
pub mod kinds;
pub mod ladder;
pub mod lenders;
mod mean_costs;
pub mod measure;
pub mod order;
pub mod precision;
mod reference;
pub mod region;
pub mod row;
pub mod series;
pub mod significance;
pub mod statistic;
pub mod summary;
pub mod sums;
pub mod system_effects;
pub mod verdict;
mod walk;

pub use estimate::{Estimate, Figures, Quality};
pub use measure::{Comparison, Measure, Unit};
pub use reference::{MeanReference, mean_reference};
