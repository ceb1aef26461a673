//! `tailcap man`: the manual pages, made from what the commands know about themselves.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use super::exit::Exit;
use super::fail::Failure;
use super::say::hand_over;
use crate::disk::{self, Standing, write};
use crate::error::Error;

const AFTER: &str = "\
Without --out the page of tailcap itself is printed; with it, that page and one per command are
written.

Examples:
  tailcap man | man -l -
  tailcap man --out ~/.local/share/man/man1";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ManArgs {
    /// Folder to write all pages into [default: the main page to standard output]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace the pages of another version
    #[arg(long, requires = "out")]
    force: bool,
}

/// A manual page and the name of its file.
struct Page {
    name: String,
    bytes: Vec<u8>,
}

/// Prints the main page, or writes all pages.
pub fn man(args: &ManArgs, whole: Command) -> Result<Exit, Failure> {
    let pages = pages(whole);
    let Some(folder) = &args.out else {
        hand_over(&pages[0].bytes)?;
        return Ok(Exit::Done);
    };
    let wrap = |path: &PathBuf| {
        let path = path.clone();
        move |source| Error::File { action: "cannot write", path, source }
    };
    let mut missing = Vec::new();
    for page in &pages {
        let path = folder.join(&page.name);
        match disk::read(&path) {
            Ok(bytes) if bytes == page.bytes => {}
            _ if path.exists() && !args.force => {
                let (what, hint) = ("another page".to_owned(), "--force replaces it".to_owned());
                return Err(Failure::Occupied { place: path, what, hint });
            }
            _ => missing.push((path, page)),
        }
    }
    std::fs::create_dir_all(folder).map_err(wrap(folder))?;
    for (path, page) in missing {
        let standing = if args.force { Standing::Replace } else { Standing::Keep };
        write(&path, &page.bytes, standing).map_err(wrap(&path))?;
    }
    Ok(Exit::Done)
}

/// The page of the whole command line first, then those of its commands.
fn pages(whole: Command) -> Vec<Page> {
    let mut whole = whole.disable_help_subcommand(true);
    whole.build();
    let name = whole.get_name().to_owned();
    // The line of names holds one sentence.
    let about = whole.get_about().map(ToString::to_string).unwrap_or_default();
    let first = about.lines().next().unwrap_or_default().to_owned();
    let mut pages = vec![page(&name, whole.clone().about(first).long_about(about))];
    for command in whole.get_subcommands() {
        pages.push(page(&format!("{name}-{}", command.get_name()), command.clone()));
    }
    pages
}

fn page(name: &str, command: Command) -> Page {
    let man = Man::new(command).title(name);
    let mut bytes = Vec::new();
    man.render(&mut bytes).expect("writing to memory does not fail");
    Page { name: format!("{name}.1"), bytes }
}
