//! Renaming that never removes anything, and exchange in one step where the system can.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Renames to a place where nothing is; [`ErrorKind::AlreadyExists`] where something is.
pub fn into_free_place(from: &Path, to: &Path) -> Result<()> {
    match free_in_one_step(from, to) {
        Some(done) => done,
        None => free_in_steps(from, to),
    }
}

/// Exchanges two folders or files in one step; false where the system or the file system cannot.
pub fn exchange(a: &Path, b: &Path) -> Result<bool> {
    exchange_in_one_step(a, b)
}

/// Hands the entries of a folder to the disk.
pub fn sync_folder(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    match fs::File::open(folder)?.sync_all() {
        // Some file systems have nothing to do there and say so.
        Err(error) if error.kind() != ErrorKind::InvalidInput => return Err(error),
        _ => {}
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// The same without help of the system: folders are never renamed onto others that hold something, and a
/// second name is never given to what exists.
fn free_in_steps(from: &Path, to: &Path) -> Result<()> {
    let is_taken = || fs::symlink_metadata(to).is_ok();
    if !fs::symlink_metadata(from)?.is_dir() {
        match fs::hard_link(from, to) {
            Ok(()) => return fs::remove_file(from),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error),
            // A file system without second names.
            Err(_) => {}
        }
    }
    if is_taken() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    match fs::rename(from, to) {
        Err(_) if is_taken() => Err(Error::from(ErrorKind::AlreadyExists)),
        other => other,
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod system {
    use std::io::Result;
    use std::path::Path;

    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    /// What systems and file systems answer that do not know the flags.
    fn is_unknown(error: Errno) -> bool {
        [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP].contains(&error)
    }

    pub fn free(from: &Path, to: &Path) -> Option<Result<()>> {
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(error) if is_unknown(error) => None,
            other => Some(other.map_err(Into::into)),
        }
    }

    pub fn exchange(a: &Path, b: &Path) -> Result<bool> {
        match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(error) if is_unknown(error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod system {
    use std::io::Result;
    use std::path::Path;

    pub fn free(_: &Path, _: &Path) -> Option<Result<()>> {
        None
    }

    pub fn exchange(_: &Path, _: &Path) -> Result<bool> {
        Ok(false)
    }
}

use system::{exchange as exchange_in_one_step, free as free_in_one_step};

#[cfg(test)]
mod tests {
    use super::*;

    type Renaming = fn(&Path, &Path) -> Result<()>;

    #[test]
    fn what_is_there_is_never_replaced() {
        for renaming in [into_free_place as Renaming, free_in_steps] {
            let root = tempfile::tempdir().unwrap();
            let at = |name: &str| root.path().join(name);
            fs::write(at("mine"), "mine").unwrap();
            fs::write(at("other"), "other").unwrap();
            fs::create_dir(at("folder")).unwrap();
            fs::create_dir(at("full")).unwrap();
            fs::write(at("full/x"), "x").unwrap();
            for (from, to) in
                [("mine", "other"), ("folder", "full"), ("mine", "full"), ("folder", "other")]
            {
                let error = renaming(&at(from), &at(to)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{from} {to}");
            }
            renaming(&at("mine"), &at("new")).unwrap();
            renaming(&at("full"), &at("whole")).unwrap();
            assert_eq!(fs::read_to_string(at("new")).unwrap(), "mine");
            assert_eq!(fs::read_to_string(at("whole/x")).unwrap(), "x");
            assert!(!at("mine").exists() && !at("full").exists());
        }
    }
}
