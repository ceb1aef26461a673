//! The `tailcap` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    tailcap::cli::main()
}
