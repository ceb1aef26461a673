//! Results folders: written whole or not at all, never silently replaced.
//!
//! Files are written into a hidden sibling folder, which takes the place of the target by renaming
//! once everything is on disk. A full disk or a kill leaves the old results as they were.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::manifest::{Key, Manifest};
use super::results::Results;
use crate::error::Error;

/// What stands in a results folder before a run.
#[derive(Debug)]
pub enum Standing {
    /// Nothing.
    Free,
    /// The same results already, complete.
    Same(Box<Results>),
    /// Other results, or an interrupted run: `--force` may replace them.
    Other {
        /// In words.
        what: String,
    },
    /// Files that are no results of tailcap: never replaced.
    Foreign,
}

/// Looks at a results folder.
pub fn standing(folder: &Path, key: &Key) -> Standing {
    if !folder.exists() {
        return Standing::Free;
    }
    let read = |name: &str| fs::read(folder.join(name)).ok();
    let manifest: Option<Manifest> =
        read("manifest.json").and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(manifest) = manifest else {
        let empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        return if empty { Standing::Free } else { Standing::Foreign };
    };
    if manifest.interrupted {
        return Standing::Other { what: "results of an interrupted run".into() };
    }
    if manifest.key != *key {
        let what = if manifest.key.version != key.version {
            format!("results of version {}", manifest.key.version)
        } else if manifest.key.data_sha256 != key.data_sha256 {
            "results of other data".into()
        } else {
            "results of another scenario text (other settings, trials or seed)".into()
        };
        return Standing::Other { what };
    }
    match read("results.json").and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        Some(results) => Standing::Same(Box::new(results)),
        None => Standing::Other { what: "a damaged results.json".into() },
    }
}

/// A file in a results folder that is none of the results, as far as the manifest knows; the first
/// by name.
pub fn stranger(folder: &Path) -> Option<PathBuf> {
    let manifest: Manifest =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).ok()?).ok()?;
    let own = |name: &Path| {
        name == Path::new("manifest.json") || manifest.files.iter().any(|f| Path::new(f) == name)
    };
    files_in(folder).ok()?.into_iter().find(|name| !own(name))
}

/// All files in a folder and below, relative to it, in order of their names.
fn files_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    fn walk(root: &Path, at: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in fs::read_dir(at)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                walk(root, &path, found)?;
            } else {
                found.extend(path.strip_prefix(root).ok().map(Path::to_owned));
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found)?;
    found.sort();
    Ok(found)
}

/// A results folder in the making.
#[derive(Debug)]
pub struct Staging {
    folder: tempfile::TempDir,
    target: PathBuf,
}

impl Staging {
    /// Opens a hidden folder beside the target, so that a place that cannot be written to is found
    /// before the work starts.
    pub fn open(target: &Path) -> Result<Self, Error> {
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let refused =
            |source| Error::File { action: "cannot write to", path: parent.into(), source };
        if parent.exists() && !parent.is_dir() {
            return Err(refused(std::io::ErrorKind::NotADirectory.into()));
        }
        fs::create_dir_all(parent).map_err(refused)?;
        let folder =
            tempfile::Builder::new().prefix(".tailcap-").tempdir_in(parent).map_err(refused)?;
        Ok(Self { folder, target: target.to_owned() })
    }

    /// Writes one file and hands it to the disk.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.folder.path().join(name);
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
        let wrap = |source| Error::File {
            action: "cannot read",
            path: self.folder.path().to_owned(),
            source,
        };
        let name = |path: PathBuf| {
            let steps: Vec<_> = path.iter().map(|step| step.to_string_lossy()).collect();
            steps.join("/")
        };
        Ok(files_in(self.folder.path()).map_err(wrap)?.into_iter().map(name).collect())
    }

    /// Puts the folder in its place.
    pub fn publish(self) -> Result<(), Error> {
        let wrap =
            |source| Error::File { action: "cannot write to", path: self.target.clone(), source };
        // Folders made for temporary files are private; results are for sharing.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o755))
                .map_err(wrap)?;
        }
        let replaced = if self.target.exists() {
            let mut aside = self.folder.path().as_os_str().to_owned();
            aside.push("-replaced");
            let aside = PathBuf::from(aside);
            fs::rename(&self.target, &aside).map_err(wrap)?;
            Some(aside)
        } else {
            None
        };
        let staged = self.folder.keep();
        if let Err(source) = fs::rename(&staged, &self.target) {
            if let Some(aside) = &replaced {
                // Best effort: the error that matters is the one reported.
                let _ = fs::rename(aside, &self.target);
            }
            return Err(Error::File { action: "cannot write to", path: self.target, source });
        }
        if let Some(aside) = replaced {
            fs::remove_dir_all(&aside).map_err(|source| Error::File {
                action: "cannot remove",
                path: aside,
                source,
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_replaces_whole_folders_and_an_unfinished_one_leaves_no_trace() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out").join("case");
        let first = Staging::open(&target).unwrap();
        first.write("a.txt", b"one").unwrap();
        first.publish().unwrap();
        {
            let broken = Staging::open(&target).unwrap();
            broken.write("a.txt", b"half").unwrap();
        }
        assert_eq!(fs::read(target.join("a.txt")).unwrap(), b"one");
        let second = Staging::open(&target).unwrap();
        second.write("b.txt", b"two").unwrap();
        second.publish().unwrap();
        assert!(!target.join("a.txt").exists());
        assert_eq!(fs::read(target.join("b.txt")).unwrap(), b"two");
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn foreign_folders_are_not_free() {
        let root = tempfile::tempdir().unwrap();
        let key = Key { version: "0".into(), scenario_sha256: String::new(), data_sha256: vec![] };
        assert!(matches!(standing(root.path(), &key), Standing::Free));
        fs::write(root.path().join("thesis.doc"), "x").unwrap();
        assert!(matches!(standing(root.path(), &key), Standing::Foreign));
    }
}
