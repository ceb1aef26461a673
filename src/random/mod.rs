//! Where all random numbers come from: a counter-based generator, its named streams, and points
//! that fill a cube evenly. Used by `engine` and by the synthetic books of `portfolio`, nowhere else.

mod philox;
pub mod sobol;
mod stream;

pub use stream::{Address, GENERATOR, MAX_TRIALS, Purpose, Stream, many, uniform};
