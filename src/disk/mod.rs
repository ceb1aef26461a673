//! Files on disk: regular ones are read, and what is written appears whole or not at all.
//!
//! Everything that is written is staged beside its target under a name that says so, handed to the disk and
//! renamed into its place (`one` file here, whole results in [`crate::report::store`]). A stage is locked by
//! the process that fills it, so that what a dead process left is known and removed by the next one
//! ([`stage`]).

mod one;
mod regular;
pub mod rename;
mod resolve;
pub mod stage;

pub use one::{Standing, write, write_from, write_or_keep};
pub use regular::{STANDARD_INPUT, is_standard_input, open, read};
pub use resolve::{folder_of, resolve};
