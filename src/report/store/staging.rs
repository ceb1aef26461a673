//! Results in the making, and how they come to their place.
//!
//! Files are written into a stage beside the target. When everything is on disk the target is looked at again:
//! what has appeared there meanwhile stays, and the results keep a name of their own. Otherwise the whole folder
//! takes its place in one step: by a renaming that replaces nothing, or, with `--force`, by an exchange with the
//! old results, of which then only those files are removed that their manifest names. A kill at any moment leaves
//! the old results or the new ones.
//!
//! A folder that cannot be renamed (a mount point, the folder that the command runs in) stays and gets the files
//! one by one: first a manifest that calls the results interrupted, last their own.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::super::manifest::{Key, Manifest};
use super::{MANIFEST, Standing, files_in, manifest, standing, stranger};
use crate::disk::stage::{self, NEW, Stage};
use crate::disk::{self, folder_of, rename, resolve};
use crate::error::Error;

/// What changes at the target while it is looked at is looked at again, so many times.
const PATIENCE: usize = 20;

/// So many other names are tried for results whose place is taken.
const MOST_NAMES: u32 = 10_000;

/// A results folder in the making.
#[derive(Debug)]
pub struct Staging {
    stage: Stage,
    /// As the user gave it.
    target: PathBuf,
    /// Where that is.
    place: PathBuf,
    /// Whether the folder stays and gets the files.
    inside: bool,
}

/// Where results are.
#[derive(Debug, PartialEq, Eq)]
pub enum Published {
    /// At the target.
    InPlace,
    /// Beside it, as something else has appeared there.
    Kept {
        /// Where.
        place: PathBuf,
        /// What has the target.
        what: String,
    },
}

/// What holds a place when results come.
enum Holder {
    Nobody,
    /// An empty folder.
    Empty,
    /// The same results.
    Same,
    /// Results that may be replaced: names of their files.
    Old(Vec<String>),
    Other(String),
}

impl Staging {
    /// Opens a stage beside the target (or in it, where it cannot be renamed), so that a place that cannot be
    /// written to is found before the work starts.
    pub fn open(target: &Path) -> Result<Self, Error> {
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::File { action: "cannot write to", path, source }
        };
        let place = resolve(target).map_err(refused(target))?;
        let is_folder = place.is_dir();
        let parent = folder_of(&place).to_owned();
        if parent.exists() && !parent.is_dir() {
            return Err(refused(&parent)(ErrorKind::NotADirectory.into()));
        }
        let mut inside = is_folder && stays(&place, &parent);
        if !is_folder {
            fs::create_dir_all(&parent).map_err(refused(&parent))?;
        }
        stage::sweep(&parent);
        if is_folder {
            stage::sweep(&place);
        }
        let stage = match Stage::folder(if inside { &place } else { &parent }) {
            // A folder of the user's in one that is not.
            Err(_) if is_folder && !inside => {
                inside = true;
                Stage::folder(&place).map_err(refused(&place))?
            }
            stage => stage.map_err(refused(if inside { &place } else { &parent }))?,
        };
        let staging = Self { stage, target: target.to_owned(), place, inside };
        fs::create_dir(staging.fresh()).map_err(refused(target))?;
        Ok(staging)
    }

    /// Where it is in the making.
    pub fn stage(&self) -> &Path {
        self.stage.path()
    }

    /// The results.
    fn fresh(&self) -> PathBuf {
        self.stage.path().join(NEW)
    }

    /// Writes one file and hands it to the disk.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.fresh().join(name);
        let shown = self.target.join(name);
        let wrap = |source| Error::File { action: "cannot write", path: shown.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(wrap)?;
        }
        let mut file = fs::File::create(&path).map_err(wrap)?;
        file.write_all(bytes).map_err(wrap)?;
        file.sync_all().map_err(wrap)
    }

    /// The files written so far, with `/` between folders, in order of their names.
    pub fn files(&self) -> Result<Vec<String>, Error> {
        let wrap = |source| Error::File { action: "cannot read", path: self.fresh(), source };
        let name = |path: PathBuf| {
            let steps: Vec<_> = path.iter().map(|step| step.to_string_lossy()).collect();
            steps.join("/")
        };
        Ok(files_in(&self.fresh()).map_err(wrap)?.into_iter().map(name).collect())
    }

    /// Puts some of the files where they are missing at the target.
    pub fn mend(self, missing: &[String]) -> Result<(), Error> {
        for name in missing {
            let path = self.place.join(name);
            let wrap = |source| Error::File { action: "cannot write", path: path.clone(), source };
            fs::create_dir_all(folder_of(&path)).map_err(wrap)?;
            move_to(&self.fresh().join(name), &path, false).map_err(wrap)?;
            rename::sync_folder(folder_of(&path)).map_err(wrap)?;
        }
        Ok(())
    }

    /// Puts the results of `key` in their place if nothing else is there; with `force`, other results of
    /// tailcap are replaced.
    pub fn publish(self, key: &Key, force: bool) -> Result<Published, Error> {
        let wrap =
            |source| Error::File { action: "cannot write to", path: self.target.clone(), source };
        let folders: Vec<PathBuf> = folders_of(&self.files()?);
        for folder in folders.iter().rev() {
            rename::sync_folder(&self.fresh().join(folder)).map_err(wrap)?;
        }
        let mut what = "something that changes all the time".to_owned();
        for _ in 0..PATIENCE {
            let done = match holder(&self.place, key, force) {
                Holder::Same => return Ok(Published::InPlace),
                Holder::Other(other) => {
                    what = other;
                    break;
                }
                Holder::Nobody => self.to_free_place(),
                Holder::Empty => self.to_empty_folder((key, force)),
                Holder::Old(names) => self.to_old_results(&names, (key, force)),
            };
            match done {
                Ok(true) => return Ok(Published::InPlace),
                Ok(false) => {}
                // Finished work is kept, if it can be anywhere.
                Err(error) => return self.keep(error.to_string()).map_err(|_| wrap(error)),
            }
        }
        self.keep(what).map_err(wrap)
    }

    /// Takes a place where nothing is; false if something has appeared.
    fn to_free_place(&self) -> std::io::Result<bool> {
        taken(rename::into_free_place(&self.fresh(), &self.place))?
            .map_or(Ok(false), |()| rename::sync_folder(folder_of(&self.place)).map(|()| true))
    }

    /// Takes the place of an empty folder, with its permissions.
    fn to_empty_folder(&self, judged: (&Key, bool)) -> std::io::Result<bool> {
        if self.inside {
            return self.file_by_file(&[], judged);
        }
        self.like_the_old()?;
        // A folder that is not empty any more is not replaced.
        match fs::rename(self.fresh(), &self.place) {
            Ok(()) => rename::sync_folder(folder_of(&self.place)).map(|()| true),
            Err(error) if cannot_move(&error) => self.file_by_file(&[], judged),
            other => taken(other).map(|done| done.is_some()),
        }
    }

    /// Takes the place of old results; false if they are others meanwhile.
    fn to_old_results(&self, names: &[String], judged: (&Key, bool)) -> std::io::Result<bool> {
        if self.inside {
            return self.file_by_file(names, judged);
        }
        let new = self.fresh();
        self.like_the_old()?;
        // Should this process end now, the next one removes of what it finds there these files only.
        let mut all = names.to_vec();
        all.extend(manifest(&new).into_iter().flat_map(|own| own.names()));
        self.stage.only(&all)?;
        match rename::exchange(&new, &self.place) {
            Ok(true) => {}
            Ok(false) => return self.in_steps(judged),
            Err(error) if cannot_move(&error) => return self.file_by_file(names, judged),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        }
        rename::sync_folder(folder_of(&self.place))?;
        // What was there when the two were exchanged.
        if !matches!(holder(&new, judged.0, judged.1), Holder::Old(_) | Holder::Empty) {
            rename::exchange(&new, &self.place)?;
            return Ok(false);
        }
        Ok(true)
    }

    /// The same in two steps, where the system cannot exchange folders.
    fn in_steps(&self, judged: (&Key, bool)) -> std::io::Result<bool> {
        // In sight: a kill in between leaves both there.
        let mut aside = self.place.clone().into_os_string();
        aside.push(format!("-replaced-{}", std::process::id()));
        let aside = PathBuf::from(aside);
        rename::into_free_place(&self.place, &aside)?;
        let is_old = matches!(holder(&aside, judged.0, judged.1), Holder::Old(_) | Holder::Empty);
        if is_old && taken(rename::into_free_place(&self.fresh(), &self.place))?.is_some() {
            rename::sync_folder(folder_of(&self.place))?;
            // To be removed with the stage, by name.
            fs::rename(&aside, self.fresh())?;
            return Ok(true);
        }
        rename::into_free_place(&aside, &self.place)?;
        Ok(false)
    }

    /// Puts the files into the folder that is there, in place of those of old results.
    fn file_by_file(&self, old: &[String], (key, force): (&Key, bool)) -> std::io::Result<bool> {
        // Two of these would mix their files. Where there are no locks they are as careful as they can.
        let lock = fs::File::open(&self.place);
        let _held = lock.as_ref().map(|folder| folder.lock());
        let is_so = match holder(&self.place, key, force) {
            Holder::Empty => old.is_empty(),
            Holder::Old(names) => names == old,
            _ => false,
        };
        let Some(own) = manifest(&self.fresh()).filter(|_| is_so) else { return Ok(false) };
        let new = own.files.clone();
        let both: Vec<String> =
            old.iter().chain(&new).filter(|n| *n != MANIFEST).cloned().collect();
        let meanwhile = Manifest { interrupted: true, files: both, ..own };
        let target = self.place.join(MANIFEST);
        let standing = if old.is_empty() { disk::Standing::Keep } else { disk::Standing::Replace };
        if taken(disk::write(&target, &serde_json::to_vec_pretty(&meanwhile)?, standing))?.is_none()
        {
            return Ok(false);
        }
        let mut placed = Vec::new();
        if let Err(error) = self.place_all(&new, old, &mut placed) {
            // Whole results are kept elsewhere.
            for name in placed {
                let _ = move_to(&self.place.join(name), &self.fresh().join(name), false);
            }
            if old.is_empty() {
                let _ = fs::remove_file(&target);
            }
            return Err(error);
        }
        for folder in folders_of(&new) {
            rename::sync_folder(&self.place.join(folder))?;
        }
        Ok(true)
    }

    /// Moves all files into the folder, removes those of old results that are not among them, and puts the
    /// manifest there last.
    fn place_all<'n>(
        &self,
        new: &'n [String],
        old: &[String],
        placed: &mut Vec<&'n str>,
    ) -> std::io::Result<()> {
        for name in new {
            let (from, to) = (self.fresh().join(name), self.place.join(name));
            fs::create_dir_all(folder_of(&to))?;
            move_to(&from, &to, old.contains(name))?;
            placed.push(name);
        }
        let gone = old.iter().filter(|own| !new.contains(own) && *own != MANIFEST);
        stage::remove_named(&self.place, gone.map(String::as_str))?;
        move_to(&self.fresh().join(MANIFEST), &self.place.join(MANIFEST), true)
    }

    /// Gives the results the permissions of the folder whose place they take.
    fn like_the_old(&self) -> std::io::Result<()> {
        match fs::metadata(&self.place) {
            Ok(known) => fs::set_permissions(self.fresh(), known.permissions()),
            Err(_) => Ok(()),
        }
    }

    /// Gives the results a name of their own beside the target, else in it.
    fn keep(&self, what: String) -> std::io::Result<Published> {
        let shown = if resolve(&self.target).is_ok_and(|own| own == self.target) {
            &self.target
        } else {
            &self.place
        };
        let mut name = shown.file_name().unwrap_or("results".as_ref()).to_owned();
        let beside = (2..MOST_NAMES).map(|number| {
            let mut own = name.clone();
            own.push(format!("-{number}"));
            shown.with_file_name(own)
        });
        let mut last = None;
        for place in beside {
            match taken(rename::into_free_place(&self.fresh(), &place)) {
                Ok(None) => {}
                Ok(Some(())) => return Ok(Published::Kept { place, what }),
                Err(error) => {
                    last = Some(error);
                    break;
                }
            }
        }
        // Beside the stage, which is on the same disk.
        name.push(format!("-kept-{}", std::process::id()));
        let place = folder_of(self.stage.path()).join(name);
        match rename::into_free_place(&self.fresh(), &place) {
            Ok(()) => Ok(Published::Kept { place, what }),
            Err(error) => Err(last.unwrap_or(error)),
        }
    }
}

/// What holds a place.
fn holder(place: &Path, key: &Key, force: bool) -> Holder {
    if fs::symlink_metadata(place).is_err() {
        return Holder::Nobody;
    }
    match standing(place, key) {
        Standing::Free => Holder::Empty,
        Standing::Same { .. } if !force => Holder::Same,
        Standing::Other { what } if !force => Holder::Other(what),
        Standing::Foreign => Holder::Other("files that are no results of tailcap".to_owned()),
        Standing::Same { .. } | Standing::Other { .. } => match stranger(place) {
            Some(file) => {
                Holder::Other(format!("`{}`, which tailcap did not write", file.display()))
            }
            None => Holder::Old(manifest(place).map_or_else(Vec::new, |own| own.names())),
        },
    }
}

/// Whether a folder is not to be renamed: somebody's working folder, or where a disk is mounted.
fn stays(place: &Path, parent: &Path) -> bool {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let is_above = |here: PathBuf| fs::canonicalize(place).is_ok_and(|own| here.starts_with(own));
    here.is_ok_and(is_above) || is_mounted(place, parent)
}

#[cfg(unix)]
fn is_mounted(place: &Path, parent: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let disk = |path: &Path| fs::metadata(path).map(|known| known.dev()).ok();
    disk(place) != disk(parent)
}

#[cfg(not(unix))]
fn is_mounted(_: &Path, _: &Path) -> bool {
    false
}

/// Whether a folder could not be renamed because of what it is.
fn cannot_move(error: &std::io::Error) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, ResourceBusy};
    matches!(error.kind(), CrossesDevices | PermissionDenied | ResourceBusy)
}

/// `None` where the place is taken.
fn taken(done: std::io::Result<()>) -> std::io::Result<Option<()>> {
    use ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    match done {
        Ok(()) => Ok(Some(())),
        Err(error) if matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Moves a file, to another disk if need be; unless it replaces one of ours, nothing may be there.
fn move_to(from: &Path, to: &Path, replaces: bool) -> std::io::Result<()> {
    let moved = if replaces { fs::rename(from, to) } else { rename::into_free_place(from, to) };
    match moved {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            let standing = if replaces { disk::Standing::Replace } else { disk::Standing::Keep };
            disk::write_from(to, &mut disk::open(from)?, standing)
        }
        other => other,
    }
}

/// The folders that files of these names stand in, each before those in it.
fn folders_of(names: &[String]) -> Vec<PathBuf> {
    let above = names.iter().flat_map(|name| Path::new(name).ancestors().skip(1));
    let folders: std::collections::BTreeSet<PathBuf> = above.map(Path::to_owned).collect();
    folders.into_iter().collect()
}
