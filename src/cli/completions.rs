//! `tailcap completions`: scripts by which a shell completes the command line.

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::Exit;
use super::fail::Failure;
use super::say::hand_over;

const AFTER: &str = "\
Examples:
  tailcap completions bash > ~/.local/share/bash-completion/completions/tailcap
  tailcap completions zsh > \"${fpath[1]}/_tailcap\"
  tailcap completions fish > ~/.config/fish/completions/tailcap.fish";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Prints the script of a shell for the whole command line.
pub fn completions(args: &CompletionsArgs, mut whole: Command) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    let name = whole.get_name().to_owned();
    clap_complete::generate(args.shell, &mut whole, name, &mut bytes);
    hand_over(&bytes)?;
    Ok(Exit::Done)
}
