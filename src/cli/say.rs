//! Standard output: what a command has to say, without falling over a closed pipe or a full disk.

use std::io::{ErrorKind, IsTerminal, Write};

use super::fail::Failure;
use crate::error::Error;
use crate::media;

/// Prints text; what is hidden in names is made visible.
pub fn say(text: &str) -> Result<(), Failure> {
    say_coloured(&media::terminal(text))
}

/// Prints text in which colour codes are meant; they are left out where nobody would see them.
pub fn say_coloured(text: &str) -> Result<(), Failure> {
    print(&mut anstream::stdout().lock(), text.as_bytes())
}

/// Prints bytes as they are into a pipe or file; on a terminal what is hidden in names is made visible.
pub fn hand_over(bytes: &[u8]) -> Result<(), Failure> {
    let out = std::io::stdout();
    if out.is_terminal() {
        return say(&String::from_utf8_lossy(bytes));
    }
    print(&mut out.lock(), bytes)
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
