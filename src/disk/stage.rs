//! Stages: files and folders in the making, and what dead processes left of them.
//!
//! A stage is named `.tailcap-stage-PROCESS-NUMBER` and locked as long as its process lives: the system gives
//! the lock up when the process ends, however it ends. Whoever gets the lock of another's stage may therefore
//! remove it. Stages that cannot be locked, as on some network drives, stay.

use std::fs::{self, File};
use std::io::{ErrorKind, Result};
use std::path::{Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::regular;

const PREFIX: &str = ".tailcap-stage-";

/// The results of a folder's stage; another folder while it is being replaced.
pub const NEW: &str = "new";

/// The file of a folder's stage that names what may be removed of [`NEW`], one name a line: written before
/// what stands at the target is exchanged with it. Without the file everything there is the stage's own.
const NAMES: &str = "names";

/// So many names are tried for a stage.
const MOST_NAMES: u64 = 1_000;

/// A file or folder in the making; removed when it is dropped.
#[derive(Debug)]
pub struct Stage {
    path: PathBuf,
    /// Held for its lock.
    file: File,
}

impl Stage {
    /// A folder for files in the making.
    pub fn folder(parent: &Path) -> Result<Self> {
        Self::new(parent, |path| {
            fs::create_dir(path)?;
            open_folder(path)
        })
    }

    /// A file in the making.
    pub fn file(parent: &Path) -> Result<Self> {
        Self::new(parent, |path| File::options().write(true).create_new(true).open(path))
    }

    fn new(parent: &Path, make: impl Fn(&Path) -> Result<File>) -> Result<Self> {
        let now =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |own| own.as_nanos() as u64);
        for attempt in 0..MOST_NAMES {
            let number = now.wrapping_add(attempt);
            let path = parent.join(format!("{PREFIX}{}-{number:016x}", std::process::id()));
            match make(&path) {
                Ok(file) if is_ours(&path, &file) => return Ok(Self { path, file }),
                // Taken for a dead one before it was locked, or the name is taken.
                Ok(_) => {}
                Err(error) if is_gone(&error) && parent.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file, if it is one.
    pub fn opened(&mut self) -> &mut File {
        &mut self.file
    }

    /// From here on only files of these names may be removed of what is in [`NEW`].
    pub fn only(&self, names: &[String]) -> Result<()> {
        let mut file = File::create(self.path.join(NAMES))?;
        std::io::Write::write_all(&mut file, names.join("\n").as_bytes())?;
        file.sync_all()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What is left is removed by the next process.
        let _ = remove(&self.path);
    }
}

/// Locks a new stage; false if another process has taken it for a dead one.
fn is_ours(path: &Path, file: &File) -> bool {
    match file.try_lock() {
        Ok(()) => same(path, file),
        Err(fs::TryLockError::WouldBlock) => false,
        // No locks here: nobody removes it then.
        Err(fs::TryLockError::Error(_)) => true,
    }
}

/// Whether a path still leads to an opened file or folder.
fn same(path: &Path, file: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let known = fs::symlink_metadata(path).and_then(|a| Ok((a, file.metadata()?)));
        known.is_ok_and(|(a, b)| (a.dev(), a.ino()) == (b.dev(), b.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound)
}

#[cfg(unix)]
fn open_folder(path: &Path) -> Result<File> {
    File::open(path)
}

/// Folders are not opened here: a file beside is the lock.
#[cfg(not(unix))]
fn open_folder(path: &Path) -> Result<File> {
    File::options().write(true).create_new(true).open(path.join("lock"))
}

/// Whether a name is that of a stage.
pub fn is_name(name: &str) -> bool {
    let own = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-'));
    own.is_some_and(|(process, number)| {
        !process.is_empty()
            && process.bytes().all(|c| c.is_ascii_digit())
            && number.len() == 16
            && number.bytes().all(|c| c.is_ascii_hexdigit())
    })
}

/// Removes stages in a folder that dead processes of this user left. What cannot be removed stays.
pub fn sweep(folder: &Path) {
    #[cfg(unix)]
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_name) {
            let _ = sweep_one(&entry.path());
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(unix)]
fn sweep_one(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let known = fs::symlink_metadata(path)?;
    if known.uid() != rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let lock = match known.is_dir() {
        true => open_folder(path)?,
        false => regular::open(path)?,
    };
    // A living process has the lock; where there are no locks nothing is known.
    if lock.try_lock().is_ok() && same(path, &lock) {
        remove(path)?;
    }
    Ok(())
}

/// Removes a stage; of a folder that may be another's, only the files that were named.
pub fn remove(path: &Path) -> Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path);
    }
    match regular::read(&path.join(NAMES)) {
        Err(error) if error.kind() == ErrorKind::NotFound => fs::remove_dir_all(path),
        Err(error) => Err(error),
        Ok(names) => {
            let names = String::from_utf8_lossy(&names);
            remove_named(&path.join(NEW), names.lines())?;
            // Fails where something else is left, which then stays.
            fs::remove_dir(path.join(NEW)).or_else(nothing_there)?;
            fs::remove_dir_all(path)
        }
    }
}

/// Removes files of a folder by their names in it, and the folders that this leaves empty.
pub fn remove_named<'n>(folder: &Path, names: impl Iterator<Item = &'n str>) -> Result<()> {
    let mut above = std::collections::BTreeSet::new();
    for name in names.filter(|name| is_below(folder, name)) {
        fs::remove_file(folder.join(name)).or_else(nothing_there)?;
        above.extend(Path::new(name).ancestors().skip(1).map(Path::to_owned));
    }
    // The deepest first; those that hold something else stay.
    for own in above.iter().rev().filter(|own| !own.as_os_str().is_empty()) {
        let _ = fs::remove_dir(folder.join(own));
    }
    Ok(())
}

fn nothing_there(error: std::io::Error) -> Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Whether a name leads to something in the folder: no way up, no link to elsewhere.
pub fn is_below(folder: &Path, name: &str) -> bool {
    let path = Path::new(name);
    let plain =
        !name.is_empty() && path.components().all(|own| matches!(own, Component::Normal(_)));
    let no_link =
        |own: &Path| fs::symlink_metadata(folder.join(own)).map_or(true, |known| known.is_dir());
    plain && path.ancestors().skip(1).all(no_link)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn stages_of_the_dead_are_removed_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let alive = Stage::folder(root.path()).unwrap();
        let file = Stage::file(root.path()).unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at(".tailcap-stage-1-00000000000000aa/new/deep")).unwrap();
        fs::write(at(".tailcap-stage-1-00000000000000aa/new/deep/x"), "x").unwrap();
        fs::write(at(".tailcap-stage-1-00000000000000ab"), "x").unwrap();
        // Names that are nearly those of stages, and a link.
        for name in [".tailcap-stage-1-aa", ".tailcap-stage-x-00000000000000aa", ".tailcap-notes"] {
            fs::create_dir(at(name)).unwrap();
        }
        std::os::unix::fs::symlink(at(".tailcap-notes"), at(".tailcap-stage-1-00000000000000ac"))
            .unwrap();
        let before = fs::read_dir(root.path()).unwrap().count();
        sweep(root.path());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), before - 2);
        assert!(alive.path().is_dir() && file.path().is_file());
        assert!(!at(".tailcap-stage-1-00000000000000aa").exists());
        let names = [alive.path().to_owned(), file.path().to_owned()];
        drop((alive, file));
        assert!(names.iter().all(|path| !path.exists()));
    }

    #[test]
    fn of_what_may_be_anothers_only_named_files_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let dead = root.path().join(".tailcap-stage-1-00000000000000aa");
        fs::create_dir_all(dead.join("new/sub")).unwrap();
        fs::create_dir(root.path().join("elsewhere")).unwrap();
        fs::write(root.path().join("elsewhere/x"), "x").unwrap();
        std::os::unix::fs::symlink(root.path().join("elsewhere"), dead.join("new/link")).unwrap();
        for name in ["new/a.csv", "new/sub/b.svg", "new/thesis.txt"] {
            fs::write(dead.join(name), "x").unwrap();
        }
        let hostile = "a.csv\nsub/b.svg\n../../elsewhere/x\n/etc/nothing\nlink/x";
        fs::write(dead.join(NAMES), hostile).unwrap();
        sweep(root.path());
        assert!(!dead.join("new/a.csv").exists() && !dead.join("new/sub").exists());
        assert!(dead.join("new/thesis.txt").exists() && root.path().join("elsewhere/x").exists());
        fs::remove_file(dead.join("new/thesis.txt")).unwrap();
        fs::remove_file(dead.join("new/link")).unwrap();
        sweep(root.path());
        assert!(!dead.exists());
    }
}
