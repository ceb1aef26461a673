//! Special functions with the same bits on every machine.

pub mod beta;
pub mod beta_table;
pub mod bivariate;
pub mod correlation;
pub mod exponential;
pub mod gamma;
pub mod hermite;
pub mod normal;
pub mod quadrature;
pub mod student;
