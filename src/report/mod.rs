//! What is handed to the user: the first screen, `results.json`, tables, the manifest.

pub mod assumptions;
pub mod at_a_glance;
pub mod between;
pub mod claims;
pub mod claims_document;
pub mod comparable;
pub mod comparison;
pub mod comparison_screen;
pub mod comparison_table;
mod effects;
pub mod facts;
pub mod flips;
pub mod lenders;
pub mod manifest;
pub mod numbers;
mod points;
pub mod quality;
pub mod results;
pub mod screen;
pub mod store;
pub mod stored;
mod studies;
mod system_screen;
pub mod tables;
pub mod verdicts;
pub mod warnings;
pub mod who_is_cut;
mod wrapping;

pub use manifest::{Key, Manifest};
pub use results::{Results, RunResults};
pub use store::{Staging, Standing};
