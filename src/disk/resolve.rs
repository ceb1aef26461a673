//! Where a target really is: links followed, also those to nothing, and `.` by its name.

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

/// More links in a row are a circle.
const MOST_LINKS: usize = 40;

/// The place that a target stands for, which need not exist; its last step is a name that can be renamed to,
/// unless it is the root of all files.
pub fn resolve(target: &Path) -> Result<PathBuf> {
    // Without `.` at the end, which nothing can be renamed to.
    let mut at: PathBuf = target.components().collect();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&at) {
            Ok(known) if known.is_symlink() => at = folder_of(&at).join(fs::read_link(&at)?),
            _ => break,
        }
    }
    if at.file_name().is_some() { Ok(at) } else { fs::canonicalize(folder_or_here(&at)) }
}

/// The folder that a path stands in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().map_or(Path::new("."), folder_or_here)
}

fn folder_or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
