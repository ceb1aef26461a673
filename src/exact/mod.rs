//! Loss laws without sampling: the same scenario worked out by summation and integration.
//!
//! Given the state of the model borrowers default independently ([`crate::model`]), so that the law of
//! the losses is a mixture of laws of independent sums,
//!
//! 1. P(L = x) = E P(L = x | state).
//!
//! [`book`] gathers from a [`ground`] who loses what in one scope under one policy ([`owed`], [`cost`]), by [`class`]; [`plan`]
//! chooses a way among [`ways`], and
//! [`conditional`], [`fourier`] and [`direct`] work out the law given a state, on the grid of [`grid`]; [`quadrature`] walks through the states, on lattices that
//! [`map`] makes finer where [`turning`] says so, [`mixture`] adds up, and what is [`known`] is held against it. [`credit_risk_plus`] needs no quadrature; [`large_pool`] (costs of [`tied`] too) leaves the luck of single
//! people out and brings its first-order effect back. [`shares`] knows whose losses are whose and [`contribution`] with [`tail`]
//! what each part adds to the worst of them. Nothing here draws, and nothing here is shared
//! with the engine that does (but for the helper that starts threads), so that each can be held against the other.

pub mod book;
pub mod class;
pub mod conditional;
pub mod contribution;
pub mod cost;
pub mod credit_risk_plus;
pub mod direct;
pub mod distribution;
#[cfg(test)]
mod drawn_tests;
pub mod found;
pub mod fourier;
#[cfg(test)]
mod generated_tests;
pub mod grid;
pub mod ground;
pub mod known;
pub mod large_pool;
pub mod law;
pub mod map;
pub mod mixture;
pub mod moments;
pub mod owed;
pub mod plan;
pub mod quadrature;
pub mod shares;
pub mod tail;
#[cfg(test)]
mod tests;
pub mod tied;
pub mod turning;
pub mod ways;

pub use class::{Class, Lot};
pub use contribution::shared_law;
pub use distribution::Distribution;
pub use found::{Adjustment, Found, Granularity, Limit, Work};
pub use law::LossLaw;
