//! Exit codes, part of the interface: scripts rely on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A file, a folder or memory failed.
    Failed = 1,
    /// The input is refused.
    Refused = 2,
    /// The output place holds something else.
    Occupied = 3,
    /// A statement of the scenario does not hold, and `--enforce` was given.
    NotHeld = 4,
    /// A known answer was not met (`tailcap validate`).
    Wrong = 5,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
