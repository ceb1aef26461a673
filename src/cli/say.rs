//! Standard output: what a command has to say, without falling over a closed pipe or a full disk.

use std::io::{ErrorKind, Write};

use super::fail::Failure;
use crate::error::Error;

/// Prints text; colour codes are left out where nobody would see them.
pub fn say(text: &str) -> Result<(), Failure> {
    print(&mut anstream::stdout().lock(), text.as_bytes())
}

/// Prints bytes as they are.
pub fn hand_over(bytes: &[u8]) -> Result<(), Failure> {
    print(&mut std::io::stdout().lock(), bytes)
}

fn print(out: &mut impl Write, bytes: &[u8]) -> Result<(), Failure> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::NobodyReads),
        Err(source) => {
            let path = "standard output".into();
            Err(Error::File { action: "cannot write to", path, source }.into())
        }
    }
}
