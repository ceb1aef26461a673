//! From loss samples to statistics with error bands.

pub mod estimate;
pub mod series;

pub use estimate::{Estimate, Quality};
