//! Where all random numbers come from: a counter-based generator, its named streams, and points
//! that fill a cube evenly. Used by `engine`, by the synthetic books of `portfolio`
//! and by the bootstrap of `estimate`, nowhere else.

mod philox;
pub mod sobol;
mod stream;

pub use stream::{Address, GENERATOR, MAX_TRIALS, Purpose, Stream, many, uniform};
