//! The files of a result but its manifest, made and written side by side.

use std::sync::atomic::{AtomicBool, Ordering};

use super::figures::{self, Drawn, refused};
use super::format::unwritable;
use super::trial_losses;
use crate::engine::{LossSample, ordered_map};
use crate::error::Error;
use crate::media;
use crate::page;
use crate::plots::{self, DEFAULT_PNG_WIDTH, Figure};
use crate::report::{Key, Results, Staging, tables};
use crate::run::Prepared;

/// What the files are made of.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The results.
    pub results: &'a Results,
    /// What identifies them.
    pub key: &'a Key,
    /// Runs and their trials, where their losses are asked for.
    pub trials: Option<(&'a [Prepared], &'a [LossSample])>,
}

/// Whether all files were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// All.
    Whole,
    /// Some figures are left out.
    WithoutFigures,
}

impl Written {
    /// Whether nothing is left out.
    pub fn is_whole(self) -> bool {
        self == Self::Whole
    }
}

/// Writes them all; figures only until `is_enough`. If some fail, the first of them in a fixed order is told.
pub fn write(
    source: Source<'_>,
    threads: usize,
    staging: &Staging,
    is_enough: &(dyn Fn() -> bool + Sync),
) -> Result<Written, Error> {
    let runs = &source.results.runs;
    let left_out = AtomicBool::new(false);
    let go_on = || {
        let is_enough = is_enough();
        left_out.fetch_or(is_enough, Ordering::Relaxed);
        !is_enough
    };
    let first = |piece: usize| match piece {
        0 => numbers(source.results, staging).map(|()| None),
        1 => all_tables(source, staging).map(|()| None),
        run if go_on() => figures::of_run(source.results, &runs[run - 2]).map(Some),
        _ => Ok(None),
    };
    let drawn: Vec<Drawn> =
        side_by_side(2 + runs.len(), threads, first)?.into_iter().flatten().collect();
    let pictures: Vec<(&str, &Figure)> = drawn
        .iter()
        .flat_map(|run| run.figures.iter().map(|figure| (&*run.folder, figure)))
        .collect();
    // The page takes as long as several pictures.
    let second = |piece: usize| match piece.checked_sub(1) {
        None => the_page(source, &drawn, staging),
        Some(at) if go_on() => picture(pictures[at], staging),
        Some(_) => Ok(()),
    };
    side_by_side(1 + pictures.len(), threads, second)?;
    let is_whole = !left_out.load(Ordering::Relaxed);
    Ok(if is_whole { Written::Whole } else { Written::WithoutFigures })
}

/// Carries out so many pieces of work.
fn side_by_side<T: Send>(
    pieces: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let never = AtomicBool::new(false);
    let one = |(): &mut (), piece: usize| work(piece);
    ordered_map(pieces, threads, &never, || (), one, |_| {}).done.into_iter().collect()
}

fn numbers(results: &Results, staging: &Staging) -> Result<(), Error> {
    let json = serde_json::to_vec_pretty(results).map_err(|error| unwritable(&error))?;
    staging.write("results.json", &media::json(json))
}

fn all_tables(source: Source<'_>, staging: &Staging) -> Result<(), Error> {
    for table in tables::tables(source.results).map_err(|error| unwritable(&error))? {
        staging.write(table.name, &media::csv(table.bytes))?;
    }
    if let Some((runs, samples)) = source.trials {
        let table = trial_losses::table(runs, samples).map_err(|error| unwritable(&error))?;
        staging.write("trial_losses.csv", &table)?;
    }
    Ok(())
}

fn the_page(source: Source<'_>, drawn: &[Drawn], staging: &Staging) -> Result<(), Error> {
    let figures = drawn.first().map_or(&[][..], |run| &run.figures);
    let page = page::html(source.results, figures, source.key).map_err(|e| unwritable(&e))?;
    staging.write("report.html", page.as_bytes())
}

fn picture((folder, figure): (&str, &Figure), staging: &Staging) -> Result<(), Error> {
    let png = plots::to_png(figure, DEFAULT_PNG_WIDTH).map_err(|error| refused(&error))?;
    staging.write(&format!("{folder}{}.svg", figure.name), figure.svg.as_bytes())?;
    staging.write(&format!("{folder}{}.png", figure.name), &png)
}
