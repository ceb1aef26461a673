//! `tailcap new`: a commented starter file, most with a small book beside it, ready to run.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::fail::Failure;
use super::say::say;
use crate::disk::{Standing, write};
use crate::error::Error;

const AFTER: &str = "\
Writes FILE and, beside it, an example book as CSV (none for the synthetic one); nothing that stands
there is replaced without --force. The starter runs as it is: put your own tape in place of the
example, then your own caps.

Examples:
  tailcap new
  tailcap new --template stress my-bank.toml
  tailcap new --list";

/// What stands for the name of the book in a template.
const TAPE: &str = "{tape}";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct NewArgs {
    /// The scenario file to write [default: the template's name and .toml]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// What to start from
    #[arg(long, short, value_enum, value_name = "NAME", default_value_t = Template::Cards)]
    template: Template,
    /// Replace the files
    #[arg(long)]
    force: bool,
    /// List the templates and write nothing
    #[arg(long, conflicts_with_all = ["file", "force"])]
    list: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Template {
    /// Accounts one by one: a column map, caps on all, on the young, by income
    Cards,
    /// Millions of borrowers in a few rows, a ladder of caps
    Pools,
    /// One book in ordinary and in bad years
    Stress,
    /// Several lenders, correlated factors, a cap over all lenders of a borrower
    Segments,
    /// A book without a tape: borrowers drawn from laws, policies at equal credit
    Synthetic,
}

impl Template {
    /// The scenario and its book.
    fn texts(self) -> (&'static str, Option<&'static str>) {
        macro_rules! texts {
            ($name:literal) => {
                (
                    include_str!(concat!("templates/", $name, ".toml")),
                    Some(include_str!(concat!("templates/", $name, ".csv"))),
                )
            };
        }
        match self {
            Self::Cards => texts!("cards"),
            Self::Pools => texts!("pools"),
            Self::Stress => texts!("stress"),
            Self::Segments => texts!("segments"),
            Self::Synthetic => (include_str!("templates/synthetic.toml"), None),
        }
    }

    /// Its name and what it is for.
    fn words(self) -> (String, String) {
        let value = self.to_possible_value().expect("no template is hidden");
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        (value.get_name().to_owned(), help)
    }
}

/// Writes the starter, or lists what there is.
pub fn new(args: &NewArgs) -> Result<Exit, Failure> {
    if args.list {
        let lines = Template::value_variants().iter().map(|template| {
            let (name, help) = template.words();
            format!("{name:<10} {help}\n")
        });
        say(&lines.collect::<String>())?;
        return Ok(Exit::Done);
    }
    let file = match &args.file {
        Some(file) => file.clone(),
        None => PathBuf::from(args.template.words().0 + ".toml"),
    };
    let (book, tape) = beside(&file)?;
    let (scenario, rows) = args.template.texts();
    let books = rows.iter().map(|_| &book);
    for path in [&file].into_iter().chain(books) {
        if path.exists() && !args.force {
            return Err(occupied(path));
        }
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    }
    // The book first: a scenario without its book would be refused.
    if let Some(rows) = rows {
        put(&book, rows, args.force)?;
    }
    put(&file, &scenario.replace(TAPE, &tape), args.force)?;
    let file = file.display();
    let its_book = rows.map(|_| format!("{}: its book\n", book.display())).unwrap_or_default();
    say(&format!("{file}: the scenario\n{its_book}next: tailcap run {file}\n"))?;
    Ok(Exit::Done)
}

/// The book beside a scenario file, and its name as the scenario writes it.
fn beside(file: &Path) -> Result<(PathBuf, String), Failure> {
    let refuse =
        |message: String, hint: String| Failure::Input(format!("error: {message}\nhint: {hint}\n"));
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    let Some(stem) =
        stem.filter(|stem| !stem.contains(['"', '\\']) && !stem.contains(char::is_control))
    else {
        let message = format!("`{}` does not name a file", file.display());
        return Err(refuse(message, "for example: tailcap new my-bank.toml".into()));
    };
    if file.extension().is_none_or(|extension| extension != "toml") {
        let message = format!("`{}`: a starter is written in TOML", file.display());
        let better = file.with_extension("toml");
        return Err(refuse(message, format!("name it `{}`", better.display())));
    }
    let tape = format!("{stem}-book.csv");
    Ok((file.with_file_name(&tape), tape))
}

fn put(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let standing = if force { Standing::Replace } else { Standing::Keep };
    match write(path, text.as_bytes(), standing) {
        Ok(()) => Ok(()),
        // Somebody else was quicker.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(occupied(path)),
        Err(error) => Err(unwritable(path, &error)),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot write `{}`: {error}", path.display());
    let hint = "name a FILE in a folder that can be written to".to_owned();
    Error::Refused { message, hint: Some(hint) }.into()
}

fn occupied(path: &Path) -> Failure {
    Failure::Occupied {
        place: path.to_owned(),
        what: "a file".into(),
        hint: "--force replaces it, another FILE leaves it alone".to_owned(),
    }
}
