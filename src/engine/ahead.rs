//! Asking for memory ahead of its use.
//!
//! What defaults cost is read from tables that do not fit into the nearest caches, in the order of the dice. While
//! one batch of trials is still decided on, the lines that it will read are on their way. A hint that changes no
//! number; machines without it read later.

#[cfg(target_arch = "x86_64")]
use super::x86;

/// Asks for a value that will be read soon.
#[inline(always)]
pub fn fetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    x86::fetch(value);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
