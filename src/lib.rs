//! tailcap: how much smaller do losses get when the most that one borrower may owe is lowered?
//!
//! The stages, in the order in which data flow (a stage uses earlier stages only):
//!
//! [`scenario`] → [`portfolio`] → [`policy`] → [`model`] → [`engine`] → [`system`] →
//! [`measures`] → [`report`] → [`plots`] → [`page`]
//!
//! [`run`] reads like that line; [`estimate`] reads the correlation that a scenario needs off a series of
//! default rates; [`validate`] holds known answers against it; [`media`] makes text safe for where it is written. The methods are documented where they are computed.

pub mod bench;
pub mod cli;
pub mod disk;
pub mod engine;
pub mod error;
pub mod estimate;
pub mod exact;
pub mod measures;
pub mod media;
pub mod model;
pub mod page;
pub mod plots;
pub mod policy;
pub mod portfolio;
pub mod random;
pub mod report;
pub mod run;
pub mod scenario;
pub mod special;
pub mod system;
pub mod units;
pub mod validate;

/// Version of the software.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
