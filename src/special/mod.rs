//! Special functions with the same bits on every machine.

pub mod beta;
pub mod bivariate;
pub mod correlation;
pub mod exponential;
pub mod normal;
pub mod quadrature;
