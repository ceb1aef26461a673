//! Figures as files: formats, pixels, captions, and a place that nothing is overwritten in unasked.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::ValueEnum;

use super::fail::Failure;
use super::figures::refused;
use super::machine;
use crate::disk::{self, Standing, write};
use crate::engine::ordered_map;
use crate::error::Error;
use crate::media;
use crate::plots::{self, Figure, PlotError, Theme};

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum PictureFormat {
    /// Vectors for the web and for editors
    Svg,
    /// Pixels
    Png,
    /// Vectors for LaTeX, with text that can be searched
    Pdf,
}

impl PictureFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }
}

/// How figures become files.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// The formats.
    pub formats: Vec<PictureFormat>,
    /// Pixels to an inch of the page.
    pub dpi: u32,
    /// The page.
    pub theme: Theme,
}

/// A file in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The files of figures, each in all formats and with its caption as text.
pub fn files(figures: &[(String, Figure)], pictures: &Pictures) -> Result<Vec<File>, Error> {
    let mut formats = pictures.formats.clone();
    formats.sort_unstable();
    formats.dedup();
    let tasks: Vec<(&String, &Figure, PictureFormat)> = figures
        .iter()
        .flat_map(|(folder, figure)| formats.iter().map(move |&format| (folder, figure, format)))
        .collect();
    let never = AtomicBool::new(false);
    let one = |(): &mut (), at: usize| drawn(tasks[at].1, tasks[at].2, pictures);
    let mapped = ordered_map(tasks.len(), machine::threads(), &never, || (), one, |_| {});
    let mut files = Vec::new();
    for ((folder, figure, format), bytes) in tasks.iter().zip(mapped.done) {
        let bytes = bytes.map_err(|error| refused(&error))?;
        files.push(File { name: format!("{folder}{}.{}", figure.name, format.extension()), bytes });
    }
    for (folder, figure) in figures {
        let text = media::terminal(&format!("{}\n\n{}\n", figure.title, figure.caption));
        files.push(File { name: format!("{folder}{}.txt", figure.name), bytes: text.into_bytes() });
    }
    Ok(files)
}

fn drawn(
    figure: &Figure,
    format: PictureFormat,
    pictures: &Pictures,
) -> Result<Vec<u8>, PlotError> {
    let millimetres = pictures.theme.millimetres();
    match format {
        PictureFormat::Svg => Ok(figure.svg.clone().into_bytes()),
        PictureFormat::Png => plots::to_png_of(figure, millimetres, pictures.dpi),
        PictureFormat::Pdf => plots::to_pdf(figure, millimetres),
    }
}

/// Writes files into a folder. One that stands there with other bytes is replaced only with `force`, and
/// then nothing is written at all.
pub fn place(folder: &Path, files: &[File], force: bool) -> Result<(), Failure> {
    let mut missing = Vec::new();
    if let Some(file) = files.iter().find(|file| !media::is_inside(&file.name)) {
        let message = format!("the figure `{}` would lie outside of its folder", file.name);
        return Err(Error::Refused { message, hint: None }.into());
    }
    for file in files {
        let path = folder.join(&file.name);
        match disk::read(&path) {
            Ok(bytes) if bytes == file.bytes => {}
            _ if path.exists() && !force => return Err(occupied(path)),
            _ => missing.push((path, file)),
        }
    }
    for (path, file) in missing {
        let wrap = |source| Error::File { action: "cannot write", path: path.clone(), source };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(wrap)?;
        }
        let standing = if force { Standing::Replace } else { Standing::Keep };
        match write(&path, &file.bytes, standing) {
            // Somebody else was quicker.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(occupied(path)),
            done => done.map_err(wrap)?,
        }
    }
    Ok(())
}

fn occupied(place: PathBuf) -> Failure {
    let what = "another file of this name".to_owned();
    let hint = "--force replaces it, another folder keeps both".to_owned();
    Failure::Occupied { place, what, hint }
}
