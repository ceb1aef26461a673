//! Writing one file: whole or not at all.

use std::fs;
use std::io::{ErrorKind, Read, Result};
use std::path::{Path, PathBuf};

use super::resolve::{folder_of, resolve};
use super::stage::{self, Stage};
use super::{regular, rename};

/// Whether a file that stands there already is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is replaced.
    Replace,
    /// It stays, and writing fails.
    Keep,
}

/// So many other names are tried for what cannot have its own.
const MOST_NAMES: u32 = 10_000;

/// Writes beside the target and renames, so that nothing is left half-written. A link to a file stays one; what
/// is there and no regular file is refused.
pub fn write(path: &Path, mut bytes: &[u8], standing: Standing) -> Result<()> {
    write_from(path, &mut bytes, standing)
}

/// As [`write()`], for what is too large to stand in memory.
pub fn write_from(path: &Path, bytes: &mut impl Read, standing: Standing) -> Result<()> {
    let (stage, place) = staged(path, bytes)?;
    put(stage, &place, standing)
}

/// As [`write()`]; where something has appeared meanwhile it stays, and the file gets another name, which is
/// given back.
pub fn write_or_keep(path: &Path, mut bytes: &[u8], standing: Standing) -> Result<Option<PathBuf>> {
    let (stage, place) = staged(path, &mut bytes)?;
    if standing == Standing::Replace {
        return put(stage, &place, standing).map(|()| None);
    }
    for name in [place.clone()].into_iter().chain(other_names(&place)) {
        match rename::into_free_place(stage.path(), &name) {
            Ok(()) => {
                rename::sync_folder(folder_of(&name))?;
                return Ok((name != place).then_some(name));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Names beside one that is taken: `losses-2.csv`, `losses-3.csv`, ...
pub fn other_names(place: &Path) -> impl Iterator<Item = PathBuf> {
    let stem = place.file_stem().unwrap_or_default().to_owned();
    let ending = place.extension().map(ToOwned::to_owned);
    (2..MOST_NAMES).map(move |number| {
        let mut name = stem.clone();
        name.push(format!("-{number}"));
        if let Some(ending) = &ending {
            name.push(".");
            name.push(ending);
        }
        place.with_file_name(name)
    })
}

/// The file in the making with all its bytes, and where it belongs.
fn staged(path: &Path, bytes: &mut impl Read) -> Result<(Stage, PathBuf)> {
    let place = resolve(path)?;
    let there = fs::metadata(&place).ok();
    if let Some(there) = &there {
        regular::refuse(there.file_type())?;
    }
    let folder = folder_of(&place);
    stage::sweep(folder);
    let mut stage = Stage::file(folder)?;
    std::io::copy(bytes, stage.opened())?;
    if let Some(there) = there {
        stage.opened().set_permissions(there.permissions())?;
    }
    stage.opened().sync_all()?;
    Ok((stage, place))
}

fn put(stage: Stage, place: &Path, standing: Standing) -> Result<()> {
    match standing {
        Standing::Replace => fs::rename(stage.path(), place)?,
        Standing::Keep => rename::into_free_place(stage.path(), place)?,
    }
    rename::sync_folder(folder_of(place))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn files_appear_whole_beside_what_is_there() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("book.csv");
        write(&path, b"one", Standing::Keep).unwrap();
        let taken = write(&path, b"two", Standing::Keep).unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
        let kept = write_or_keep(&path, b"two", Standing::Keep).unwrap().unwrap();
        assert_eq!(kept, root.path().join("book-2.csv"));
        assert_eq!(write_or_keep(&path, b"three", Standing::Replace).unwrap(), None);
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!((read(&path), read(&kept)), ("three".into(), "two".into()));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2, "nothing half-made stays");
    }

    #[test]
    fn links_stay_links_and_devices_stay_devices() {
        let root = tempfile::tempdir().unwrap();
        let link = root.path().join("link");
        std::os::unix::fs::symlink("file", &link).unwrap();
        write(&link, b"x", Standing::Keep).unwrap();
        write(&link, b"y", Standing::Replace).unwrap();
        assert_eq!(fs::read(root.path().join("file")).unwrap(), b"y");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(write(Path::new("/dev/null"), b"x", Standing::Replace).is_err());
    }
}
